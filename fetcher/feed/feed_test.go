package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestParse reads each feed in testdata/feeds and compares with the file beside it.
func TestParse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/feeds/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no feeds: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(body, Input{URL: "https://feed.test/dir/" + filepath.Base(file)})
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(struct {
				Report
				TTL, UpdateEvery time.Duration  `json:",omitzero"`
				SkipHours        []int          `json:",omitempty"`
				SkipDays         []time.Weekday `json:",omitempty"`
				Hub, Self, Next  string         `json:",omitempty"`
			}{NewReport("", f, nil, nil), f.TTL, f.UpdateEvery, f.SkipHours, f.SkipDays, f.Hub, f.Self, f.Next}); err != nil {
				t.Fatal(err)
			}
			golden := file + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs from %s (go test -update rewrites it):\n%s", file, golden, firstDifference(got.String(), string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + clip(g[i], 400) + "\nwant " + clip(w[i], 400)
		}
	}
	return "one is longer"
}

// item wraps the inside of an item in a feed.
func item(inside string) string {
	return `<rss version="2.0"><channel><title>t</title><link>https://feed.test/</link><item>` + inside + `</item></channel></rss>`
}

func entry(inside string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry>` + inside + `</entry></feed>`
}

func TestParseItem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		got       func(Item) string
		want      string
	}{
		{"an ampersand without a reference stays", item(`<title>AT&T</title>`), func(i Item) string { return i.Title }, "AT&T"},
		{"a title of escaped HTML loses its tags", item(`<title>&lt;b&gt;Up&lt;/b&gt; 2 %</title>`), func(i Item) string { return i.Title }, "Up 2 %"},
		{"a title that only looks a bit like HTML stays", item(`<title>the &lt;blink&gt; tag, 1 &lt; 2</title>`), func(i Item) string { return i.Title }, "the <blink> tag, 1 < 2"},
		{"a title escaped twice is read twice", item(`<title>Q&amp;amp;A</title>`), func(i Item) string { return i.Title }, "Q&A"},
		{"a bracket at the end of an HTML title stays", entry(`<title type="html">&lt;b&gt;x&lt;/b&gt; &lt;a</title>`), func(i Item) string { return i.Title }, "x <a"},
		{"a script in a title goes with its text", item(`<title>&lt;script&gt;x()&lt;/script&gt;safe</title>`), func(i Item) string { return i.Title }, "safe"},
		{"a title of an image is the image's text", item(`<title>&lt;img src="/a/b.png?x" alt="Chart"&gt;</title>`), func(i Item) string { return i.Title }, "Chart"},
		{"white space in a title is one blank", item("<title>\n  a\t\tb\u00a0\u3000c </title>"), func(i Item) string { return i.Title }, "a b c"},
		{"mangled UTF-8 is undone", item(`<title>CafÃ© â€™</title>`), func(i Item) string { return i.Title }, "Café ’"},
		{"true Latin letters stay", item(`<title>Ã is a letter, é too</title>`), func(i Item) string { return i.Title }, "Ã is a letter, é too"},
		{"the title of an image in an item is not the item's", item(`<image><title>no</title><url>/i.png</url></image><title>yes</title>`), func(i Item) string { return i.Title }, "yes"},
		{"and its address is the item's image", item(`<image><title>no</title><url>/i.png</url></image>`), func(i Item) string { return i.Image }, "https://feed.test/i.png"},
		{"dc:title counts where there is no other", item(`<dc:title>dc</dc:title>`), func(i Item) string { return i.Title }, "dc"},
		{"an identifier stays byte for byte", item(`<guid isPermaLink="false">HTTP://X.example/%7eA b?x#y</guid>`), func(i Item) string { return i.ID }, "HTTP://X.example/%7eA b?x#y"},
		{"a permalink is the link", item(`<guid>https://x.example/1</guid>`), func(i Item) string { return i.Link }, "https://x.example/1"},
		{"a guid that says it is no permalink is not", item(`<guid isPermaLink="false">https://x.example/1</guid>`), func(i Item) string { return i.Link }, ""},
		{"a relative permalink is made whole", item(`<guid isPermaLink="true">/1</guid>`), func(i Item) string { return i.Link }, "https://feed.test/1"},
		{"a link with a break in it is joined", item("<link>https://x.example/\n  a</link>"), func(i Item) string { return i.Link }, "https://x.example/  a"},
		{"a link in an attribute counts", item(`<link href="https://x.example/1"/>`), func(i Item) string { return i.Link }, "https://x.example/1"},
		{"a reference without a semicolon is none in a link", item(`<link>https://x.example/?a=1&b=2&copy=3</link>`), func(i Item) string { return i.Link }, "https://x.example/?a=1&b=2&copy=3"},
		{"an address relative to the scheme is made whole", item(`<link>//x.example/1</link>`), func(i Item) string { return i.Link }, "https://x.example/1"},
		{"the alternate link wins over others", entry(`<link rel="edit" href="/e"/><link rel="replies" href="/r"/><link href="/a"/>`), func(i Item) string { return i.Link }, "https://feed.test/a"},
		{"the HTML link wins over other types", entry(`<link href="/a.json" type="application/json"/><link href="/a" type="text/html"/>`), func(i Item) string { return i.Link }, "https://feed.test/a"},
		{"name and address of an author are told apart", item(`<author>a@x.example (Ann A)</author>`), func(i Item) string { return i.Authors[0].Name + "|" + i.Authors[0].Email }, "Ann A|a@x.example"},
		{"the other way round too", item(`<dc:creator>Ann A &lt;a@x.example&gt;</dc:creator>`), func(i Item) string { return i.Authors[0].Name + "|" + i.Authors[0].Email }, "Ann A|a@x.example"},
		{"an author in markup is read", item(`<author><b>Ann</b> A</author>`), func(i Item) string { return i.Authors[0].Name }, "Ann A"},
		{"a podcast's author counts where there is no other", item(`<itunes:author>Pod</itunes:author><dc:creator>Ann</dc:creator>`), func(i Item) string { return i.Authors[0].Name }, "Ann"},
		{"relative addresses in HTML are made whole", item(`<description>&lt;a href="x?a=1&amp;amp;b=2"&gt;</description>`), func(i Item) string { return i.Summary }, `<a href="https://feed.test/x?a=1&amp;b=2">`},
		{"an address within the page stays", item(`<description>&lt;a href="#x"&gt;</description>`), func(i Item) string { return i.Summary }, `<a href="#x">`},
		{"naked markup is HTML", item(`<description><p>a &amp; b</p><br/>c<x:y xmlns:x="u"/></description>`), func(i Item) string { return i.Summary }, `<p>a &amp; b</p><br>c<y></y>`},
		{"summary and description are both kept", item(`<description>d</description><summary>s</summary>`), func(i Item) string { return i.Summary + "|" + i.Content }, "d|s"},
		{"an XHTML body is the content", item(`<body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body>`), func(i Item) string { return i.Content }, "<p>x</p>"},
		{"plain text of Atom is escaped", entry(`<summary type="text">1 &lt; 2</summary>`), func(i Item) string { return i.Summary }, "1 &lt; 2"},
		{"HTML that Atom calls text by saying nothing is HTML", entry(`<content>&lt;p&gt;x&lt;/p&gt;</content>`), func(i Item) string { return i.Content }, "<p>x</p>"},
		{"a CDATA section within text is part of it", item(`<title>a <![CDATA[<b>]]> c</title>`), func(i Item) string { return i.Title }, "a <b> c"},
		{"a section may be split", item(`<description><![CDATA[x]]]]><![CDATA[>y]]></description>`), func(i Item) string { return i.Summary }, "x]]>y"},
		{"the language of an item settles its clock", `<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:lang="ja"><published>2021-05-13 09:04:38</published></entry></feed>`, func(i Item) string { return i.Published.Format(time.RFC3339) }, "2021-05-13T00:04:38Z"},
		{"a date in the future stays", item(`<pubDate>Thu, 13 May 2094 00:00:00 GMT</pubDate>`), func(i Item) string { return i.Published.Format(time.RFC3339) }, "2094-05-13T00:00:00Z"},
		{"a date that is not to be believed goes, but not its raw form", item(`<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>`), func(i Item) string { return i.PublishedRaw + stamp(i.Published) }, "Thu, 01 Jan 1970 00:00:00 GMT"},
		{"upper case element names count", `<RSS><CHANNEL><ITEM><TITLE>x</TITLE><PubDate>2021-05-13</PubDate></ITEM></CHANNEL></RSS>`, func(i Item) string { return i.Title + stamp(i.Published) }, "x2021-05-13T00:00:00Z"},
		{"an item outside the channel counts", `<rss><channel><title>t</title></channel><item><title>x</title></item></rss>`, func(i Item) string { return i.Title }, "x"},
		{"an element that is never closed does not hide what follows", item(`<comments>x<foo><title>x</title><guid>g</guid>`), func(i Item) string { return i.Title + i.ID }, "xg"},
		{"elements that are never closed do not hide the next item", `<rss><channel>` + strings.Repeat("<x>", 400) + `<item><title>x</title></item></channel></rss>`, func(i Item) string { return i.Title }, "x"},
		{"a slip in a namespace does not hide its elements", item(`<dc:creator xmlns:dc="http://purl.org/dc/element/1.1">Ann</dc:creator>`), func(i Item) string { return i.Authors[0].Name }, "Ann"},
		{"a thumbnail is the image", item(`<media:thumbnail url="/t.jpg"/><enclosure url="/e.png" type="image/png"/>`), func(i Item) string { return i.Image }, "https://feed.test/t.jpg"},
		{"an enclosure has its length", item(`<enclosure url="/e.mp3" type="audio/mpeg" length=" 12 "/>`), func(i Item) string {
			b, _ := json.Marshal(i.Enclosures)
			return string(b)
		}, `[{"url":"https://feed.test/e.mp3","type":"audio/mpeg","length":12}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := Parse([]byte(tt.doc), Input{URL: "https://feed.test/"})
			if err != nil || len(f.Items) != 1 {
				t.Fatalf("Parse: %v, %+v", err, f)
			}
			if got := tt.got(f.Items[0]); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestParseUsesTheResponse(t *testing.T) {
	t.Parallel()
	doc := `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link href="/x"/><updated>2021-05-13 08:04:38</updated></feed>`
	for _, tt := range []struct {
		name        string
		in          Input
		link, stamp string
	}{
		{"the address it came from", Input{URL: "https://a.example/f/feed"}, "https://a.example/x", "2021-05-13T08:04:38Z"},
		{"Content-Location is stronger", Input{URL: "https://a.example/", Header: http.Header{"Content-Location": {"https://b.example/f"}}}, "https://b.example/x", "2021-05-13T08:04:38Z"},
		{"but never one that runs", Input{URL: "https://a.example/", Header: http.Header{"Content-Location": {"javascript:alert(1)"}}}, "https://a.example/x", "2021-05-13T08:04:38Z"},
		{"Content-Language settles the clock", Input{Header: http.Header{"Content-Language": {"zh-CN, en"}}}, "/x", "2021-05-13T00:04:38Z"},
		{"the source's clock is stronger", Input{Header: http.Header{"Content-Language": {"zh-CN"}}, Timezone: time.UTC}, "/x", "2021-05-13T08:04:38Z"},
		{"the default clock is weaker", Input{Header: http.Header{"Content-Language": {"zh-CN"}}, Default: time.UTC}, "/x", "2021-05-13T00:04:38Z"},
		{"but counts where nothing else is known", Input{Default: china}, "/x", "2021-05-13T00:04:38Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := Parse([]byte(doc), tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if f.Link != tt.link || stamp(f.Updated) != tt.stamp {
				t.Errorf("got %s, %s; want %s, %s", f.Link, stamp(f.Updated), tt.link, tt.stamp)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, doc, want string }{
		{"nothing", "", "empty"},
		{"a byte order mark alone", "\xef\xbb\xbf", "empty"},
		{"an HTML page", "<!DOCTYPE html><html><head><title>x</title></head><body><p>x</p></body></html>", "HTML page"},
		{"an HTML page that speaks of feeds", "<html><body><channel>x</channel><item>y</item></body></html>", "HTML page"},
		{"an OPML list", `<?xml version="1.0"?><opml version="2.0"><body/></opml>`, "OPML"},
		{"a sitemap", `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>`, "sitemap"},
		{"an error in JSON", `{"error":"rate limited"}`, "rate limited"},
		{"a list in JSON", `[1,2,3]`, "no JSON Feed"},
		{"text", "Bad gateway", `"Bad gateway"`},
		{"zeroes", strings.Repeat("\x00", 100), "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := Parse([]byte(tt.doc), Input{})
			if !errors.Is(err, ErrNotFeed) || !strings.Contains(err.Error(), tt.want) || f != nil {
				t.Errorf("Parse(%q) = %v, %v; want ErrNotFeed with %q", tt.doc, f, err, tt.want)
			}
		})
	}
	if _, err := Parse(make([]byte, maxBytes+1), Input{}); !errors.Is(err, ErrTooBig) {
		t.Errorf("a document over the limit: %v; want ErrTooBig", err)
	}
}

func TestParseRemarks(t *testing.T) {
	t.Parallel()
	whole := `<item><title>a</title><link>https://x.example/a</link></item>`
	for _, tt := range []struct {
		name, doc, want string
		items           int
	}{
		{"a sound feed has none", item(`<title>x</title>`), "", 1},
		{"missing end tags of the root alone are not worth one", `<rss><channel>` + whole, "", 1},
		{"a feed that is cut in an item", `<rss><channel>` + whole + whole + `<item><title>b`, "salvaged 2 items: the feed was cut", 2},
		{"tags that do not match", `<rss><channel><item><title>a</b></title></item></channel></rss>`, "not well-formed", 1},
		{"text before the feed", "Warning: x\n" + item(``), "text before the feed", 1},
		{"a date that cannot be read", item(`<pubDate>soon</pubDate>`), `1 date could not be read ("soon")`, 1},
		{"a year that is not believed", item(`<pubDate>1 Jan 1970</pubDate>`), `1 date outside 1990-2100 not trusted ("1 Jan 1970")`, 1},
		{"too many items", `<rss><channel>` + strings.Repeat(whole, maxItems+3) + `</channel></rss>`, "3 items beyond the first 10000 left out", maxItems},
		{"too many categories", item(manyCategories(maxCategories + 1)), "1 item: categories beyond 100 left out", 1},
		{"a title that is too long", item(`<title>` + strings.Repeat("x", maxTitle+1) + `</title>`), "1 item: title cut at 4 kB", 1},
		{"a text that is too long", item(`<description>` + strings.Repeat("x", maxText+1) + `</description>`), "1 item: text cut at 5 MiB", 1},
		{"an address that is too long", item(`<link>https://x.example/` + strings.Repeat("x", maxAddress) + `</link>`), "1 item: an address over 16 kB left out", 1},
		{"elements that are too deep", item(strings.Repeat("<x>", 300) + strings.Repeat("</x>", 300) + `<title>x</title>`), "nested more than 256 deep", 1},
		{"JSON that is cut", `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"},{"id":`, "salvaged 1 item: the JSON is broken or cut", 1},
		{"an item of JSON that is none", `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"},5]}`, "1 item could not be read", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := Parse([]byte(tt.doc), Input{})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Items) != tt.items {
				t.Errorf("%d items; want %d", len(f.Items), tt.items)
			}
			if tt.want == "" && len(f.Remarks) > 0 || tt.want != "" && !slices.ContainsFunc(f.Remarks, func(r string) bool { return strings.Contains(r, tt.want) }) {
				t.Errorf("remarks %q; want %q", f.Remarks, tt.want)
			}
		})
	}
}

func manyCategories(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("<category>c" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "</category>")
	}
	return b.String()
}
