package article

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// input is a line of inputs.jsonl: what the writer is given.
type input struct {
	File       string     `json:"file"`
	Title      string     `json:"title"`
	Author     string     `json:"author"`
	Categories []string   `json:"categories"`
	Date       time.Time  `json:"date"`
	Headimg    string     `json:"headimg"`
	Thumbnail  string     `json:"thumbnail"`
	Body       string     `json:"body"`
	Extra      inputExtra `json:"extra"`
}

type inputExtra struct {
	SourceURL    string     `json:"source_url"`
	GUID         string     `json:"guid"`
	Updated      time.Time  `json:"updated"`
	Tags         []string   `json:"tags"`
	PublishedRaw string     `json:"published_raw"`
	FirstSeen    time.Time  `json:"first_seen"`
	Fetched      time.Time  `json:"fetched_at"`
	Revision     int        `json:"revision"`
	Status       BodyStatus `json:"body_status"`
	ContentHash  string     `json:"content_hash"`
	Symbols      []string   `json:"symbols"`
}

func (in input) article() *Article {
	x := in.Extra
	return &Article{
		Title: in.Title, Author: in.Author, Categories: in.Categories, Published: in.Date, Image: in.Headimg, Thumbnail: in.Thumbnail,
		Body: in.Body, SourceURL: x.SourceURL, GUID: x.GUID, Updated: x.Updated, Tags: x.Tags, PublishedRaw: x.PublishedRaw,
		FirstSeen: x.FirstSeen, Fetched: x.Fetched, Revision: x.Revision, Status: x.Status, ContentHash: x.ContentHash, Symbols: x.Symbols,
	}
}

// expected is a line of expected.jsonl: what each reader must read.
type expected struct {
	File       string    `json:"file"`
	Title      string    `json:"title"`
	Date       time.Time `json:"date"`
	Categories []string  `json:"categories"`
	Author     string    `json:"author"`
	Headimg    string    `json:"headimg"`
	Thumbnail  string    `json:"thumbnail"`
	Comments   bool      `json:"comments"`
	Text       string    `json:"text"`
}

const corpus = "testdata/frontmatter/"

func lines[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	for d := json.NewDecoder(bufio.NewReader(f)); d.More(); {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, v)
	}
	return out
}

func newFormat(t testing.TB, profile string, extra ...string) Format {
	t.Helper()
	f, err := NewFormat(profile, extra, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// corpusExtra is format.extra of docs-extra.
var corpusExtra = []string{
	"source_url", "guid", "updated", "tags", "published_raw", "first_seen", "fetched_at", "revision", "body_status", "content_hash", "symbols",
}

func TestEncodeWritesEachDocumentOfTheCorpusByteForByte(t *testing.T) {
	t.Parallel()
	for _, set := range []struct {
		inputs, docs string
		format       Format
	}{
		{"inputs.jsonl", "docs", newFormat(t, "hexo")},
		{"inputs-extra.jsonl", "docs-extra", newFormat(t, "hexo", corpusExtra...)},
		{"seed/input.json", "seed", newFormat(t, "seed", corpusExtra...)},
	} {
		for _, in := range lines[input](t, corpus+set.inputs) {
			t.Run(in.File, func(t *testing.T) {
				want, err := os.ReadFile(filepath.Join(corpus+set.docs, in.File))
				if err != nil {
					t.Fatal(err)
				}
				got, err := set.format.Encode(in.article())
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("Encode gives %d bytes:\n%s\nwant %d bytes:\n%s", len(got), got, len(want), want)
				}
			})
		}
	}
}

func TestDecodeReadsEachValueOfTheCorpus(t *testing.T) {
	t.Parallel()
	variants := map[string]func(string) string{
		"as it is":                func(s string) string { return s },
		"with a leading blank":    func(s string) string { return "\n" + s },
		"with a byte order mark":  func(s string) string { return "\uFEFF" + s },
		"with line ends of CRLF":  func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"with spaces at the ends": func(s string) string { return strings.Replace(s, "categories:\n", "categories:   \n", 1) + "    " },
		"with a key it knows not": func(s string) string { return strings.Replace(s, "author:", "layout: post\nauthor:", 1) },
		"with a nested key":       func(s string) string { return strings.Replace(s, "author:", "seo: {a: [b, c]}\nauthor:", 1) },
		"with a comment":          func(s string) string { return strings.Replace(s, "author:", "# by hand\nauthor:", 1) },
		"with the keys reversed": func(s string) string {
			head, rest, _ := strings.Cut(strings.TrimPrefix(s, "---\n"), "---\n\n")
			var keys []string
			for line := range strings.Lines(head) {
				if strings.HasPrefix(line, " ") {
					keys[len(keys)-1] += line
				} else {
					keys = append(keys, line)
				}
			}
			slices.Reverse(keys)
			return "---\n" + strings.Join(keys, "") + "---\n\n" + rest
		},
	}
	inputs := map[string]input{}
	for _, name := range []string{"inputs.jsonl", "inputs-extra.jsonl"} {
		for _, in := range lines[input](t, corpus+name) {
			inputs[in.File] = in
		}
	}
	for name, vary := range variants {
		for set, docs := range map[string]string{"expected.jsonl": "docs", "expected-extra.jsonl": "docs-extra"} {
			for _, want := range lines[expected](t, corpus+set) {
				t.Run(name+"/"+want.File, func(t *testing.T) {
					data, err := os.ReadFile(filepath.Join(corpus+docs, want.File))
					if err != nil {
						t.Fatal(err)
					}
					a, err := Decode([]byte(vary(string(data))))
					if err != nil {
						t.Fatal(err)
					}
					thumbnail := a.Thumbnail
					if thumbnail == "" {
						thumbnail = a.Image
					}
					text := strings.Join(strings.Fields(Text(a.Body)), "")
					got := expected{want.File, a.Title, a.Published, a.Categories, a.Author, a.Image, thumbnail, false, text}
					if want.Text == "" {
						got.Text = ""
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("Decode gives\n%+v; want\n%+v", got, want)
					}
					if docs != "docs-extra" {
						return
					}
					x := inputs[want.File].Extra
					if a.SourceURL != x.SourceURL || a.GUID != x.GUID || !a.Updated.Equal(x.Updated) || !slices.Equal(a.Tags, x.Tags) ||
						a.PublishedRaw != x.PublishedRaw || !a.FirstSeen.Equal(x.FirstSeen) || !a.Fetched.Equal(x.Fetched) ||
						a.Revision != x.Revision || a.Status != x.Status || a.ContentHash != x.ContentHash || !slices.Equal(a.Symbols, x.Symbols) {
						t.Errorf("Decode gives %+v; want the extra keys %+v", a, x)
					}
				})
			}
		}
	}
}

func TestDecodeGivesBackWhatEncodesToTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, set := range []struct {
		glob   string
		format Format
	}{
		{"docs/*.md", newFormat(t, "hexo")},
		{"docs-extra/*.md", newFormat(t, "hexo", corpusExtra...)},
		{"seed/*.md", newFormat(t, "seed")},
	} {
		files, _ := filepath.Glob(corpus + set.glob)
		if len(files) == 0 {
			t.Fatalf("no files %s", set.glob)
		}
		for _, file := range files {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a, err := set.format.Decode(want)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			got, err := set.format.Encode(a)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: Encode(Decode(x)) gives\n%s\nwant\n%s", file, got, want)
			}
		}
	}
}

// everything is an article with a value in each field that a file holds.
func everything() *Article {
	at := func(s string) time.Time {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err)
		}
		return t
	}
	return &Article{
		Source: "sina-china", GUID: "urn:x:'1'", SourceURL: "https://a.example/1?x=1&y=2", Title: `Q&A: "Fed" <b>raises</b> rates, it's said`,
		Categories: []string{"金融", "A & B", "36氪"}, Author: "O'Brien & Söhne", Image: "https://a.example/1.png", Thumbnail: "https://a.example/t.png",
		Language: "zh-CN", Tags: []string{"<i>", "yes"}, Published: at("2026-03-02T14:31:00Z"), PublishedRaw: "2026年3月2日",
		Updated: at("2026-03-02T15:00:01Z"), FirstSeen: at("2026-03-02T14:31:07Z"), Fetched: at("2026-03-02T14:31:09Z"),
		Body: "<p>正文 {{ x }} <b>bold</b></p>\n<pre>a\n\n  b ```</pre>", Status: Partial, Revision: 3, ContentHash: strings.Repeat("0a", 32),
		Symbols: []string{"600036.SH", "AAPL"}, Cluster: "c1", Origin: "copy", Sources: []string{"wsj", "36kr-news"},
	}
}

func TestEachProfileGivesBackAllThatItWrote(t *testing.T) {
	t.Parallel()
	for _, profile := range Profiles() {
		for _, escape := range []string{"none", "html"} {
			t.Run(profile+" escape "+escape, func(t *testing.T) {
				f, err := NewFormat(profile, Extras(), escape)
				if err != nil {
					t.Fatal(err)
				}
				want := everything()
				data, err := f.Encode(want)
				if err != nil {
					t.Fatal(err)
				}
				got, err := f.Decode(data)
				if err != nil {
					t.Fatalf("Decode: %v\n%s", err, data)
				}
				want.Source = ""
				if profile == "seed" {
					*want = Article{
						Title: want.Title, Categories: want.Categories, Author: want.Author, Image: want.Image, Thumbnail: want.Thumbnail,
						Published: want.Published, Body: want.Body,
					}
				}
				if profile == "obsidian" || profile == "markdown" {
					gotText, wantText := strings.Fields(Text(got.Body)), strings.Fields(Text(want.Body))
					if !slices.Equal(gotText, wantText) {
						t.Errorf("the body reads %q; want %q", gotText, wantText)
					}
					again, err := f.Encode(got)
					if err != nil || !bytes.Equal(again, data) {
						t.Errorf("Encode(Decode(x)) gives %v\n%s\nwant\n%s", err, again, data)
					}
					*got, got.Body = fieldsOf(got), want.Body
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("Decode(Encode(a)) gives\n%+v; want\n%+v\n%s", got, want, data)
				}
			})
		}
	}
}

// fieldsOf copies the exported fields.
func fieldsOf(a *Article) Article {
	var out Article
	from, to := reflect.ValueOf(a).Elem(), reflect.ValueOf(&out).Elem()
	for i := range from.NumField() {
		if from.Type().Field(i).IsExported() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return out
}

func TestEscapeHTMLKeepsMarkupOutOfTheFrontMatter(t *testing.T) {
	t.Parallel()
	f, err := NewFormat("hexo", Extras(), "html")
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.Encode(everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`title: 'Q&amp;A: &quot;Fed&quot; &lt;b&gt;raises&lt;/b&gt; rates, it&#39;s said'`,
		`author: 'O&#39;Brien &amp; Söhne'`, ` - 'A &amp; B'`, ` - '&lt;i&gt;'`,
	} {
		if !strings.Contains(string(data), want+"\n") {
			t.Errorf("no line %s in\n%s", want, data)
		}
	}
}

func TestNewFormatRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, profile, extra, escape, want string
	}{
		{"an unknown profile", "hexxo", "", "", `unknown profile "hexxo"; one of hexo, seed`},
		{"an unknown escape", "hexo", "", "xml", `unknown escape "xml"`},
		{"an unknown extra key", "hexo", "feed_id", "", `unknown extra key "feed_id"; one of source_url`},
		{"a key that hides the body in Hexo", "hexo", "content", "", `"content" belongs to the site generators`},
		{"a reserved key in any case", "hexo", "expiryDate", "", `"expiryDate" belongs to the site generators`},
		{"one of the seven", "hexo", "date", "", `"date" is one of the seven`},
		{"a key named twice", "hexo", "guid guid", "", `"guid" is named twice`},
		{"a wrong key also where none is written", "seed", "layout", "", `"layout" belongs`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewFormat(tt.profile, strings.Fields(tt.extra), tt.escape)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewFormat(%q, %q, %q) = %v; want an error with %s", tt.profile, tt.extra, tt.escape, err, tt.want)
			}
		})
	}
}

func TestDecodeReadsFrontMatterThatSomeoneEdited(t *testing.T) {
	t.Parallel()
	a, err := Decode([]byte(`
---
# mine
title: "It's \"quoted\" \u4e2d"
categories: [金融, '5:30', 2021-05-13, yes]
tags:
- one
-   two
headimg: &img https://a.example/x.png
thumbnail: *img
author:
  - A
  - B
comments: true
date: 2021-05-13 08:04:38 +0800
updated: 2021-05-14
description: >
  folded
  text
revision: 2
---
<div>
<p>a</p>
</div>
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Article{
		Title: `It's "quoted" 中`, Categories: []string{"金融", "5:30", "2021-05-13", "yes"}, Tags: []string{"one", "two"}, Image: "https://a.example/x.png",
		Author: "A, B", Published: time.Date(2021, 5, 13, 0, 4, 38, 0, time.UTC), Updated: time.Date(2021, 5, 14, 0, 0, 0, 0, time.UTC),
		Revision: 2, Body: "<p>a</p>",
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("Decode gives\n%+v; want\n%+v", a, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, doc, want string }{
		{"an empty file", "", "the file is empty"},
		{"blank lines alone", "\n \n", "the file is empty"},
		{"a file without front matter", "# Title\n", `the first line is "# Title", not ---`},
		{"front matter without an end", "---\ntitle: x\n", "a line --- is missing"},
		{"a date that is none", "---\ntitle: x\ndate: soon\n---\n", `date: "soon" is not a date`},
		{"a status that is none", "---\nbody_status: most\n---\n", `body_status: "most" is not one of full`},
		{"a key that is there twice", "---\ntitle: a\ntitle: b\n---\n", "title is there twice"},
		{"broken YAML", "---\ntitle: 'a\n---\n", "front matter"},
		{"a list for front matter", "---\n- a\n---\n", "not keys with values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode([]byte(tt.doc))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Decode(%q) = %v; want an error with %q", tt.doc, err, tt.want)
			}
		})
	}
}

func TestEncodeFillsInWhatIsMissing(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 3, 2, 22, 31, 7, 999, time.FixedZone("CST", 8*3600))
	for _, tt := range []struct {
		name string
		a    Article
		want string // a line
	}{
		{"an empty title is the beginning of the text", Article{FirstSeen: seen, Body: "<p>" + strings.Repeat("字", 100) + "</p>"}, "title: '" + strings.Repeat("字", 80) + "'"},
		{"or else the address", Article{FirstSeen: seen, SourceURL: "https://a.example/1", Body: "<img>"}, "title: 'https://a.example/1'"},
		{"an article without a date has that of its discovery", Article{FirstSeen: seen}, "date: Mon, 02 Mar 2026 14:31:07 GMT"},
		{"a date out of all bounds counts as none", Article{Published: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), FirstSeen: seen}, "date: Mon, 02 Mar 2026 14:31:07 GMT"},
		{"authors stand in for the author", Article{FirstSeen: seen, Authors: []string{"A", " B "}}, "author: 'A, B'"},
		{"the source stands in for the categories", Article{FirstSeen: seen, Source: "sina", Categories: []string{" "}}, " - sina"},
		{"no category at all is an empty list", Article{FirstSeen: seen}, "categories: []"},
		{"repeated categories go", Article{FirstSeen: seen, Categories: []string{"b", "a", "b "}}, " - b\n - a\nheadimg: ''"},
		{"an image that is no address goes", Article{FirstSeen: seen, Image: "data:image/png;base64,AA"}, "headimg: ''"},
		{"the image is the thumbnail", Article{FirstSeen: seen, Image: "https://a.example/i"}, "thumbnail: 'https://a.example/i'"},
		{"a category is cut to 200 bytes", Article{FirstSeen: seen, Categories: []string{strings.Repeat("ab ", 100)}}, " - " + strings.TrimSpace(strings.Repeat("ab ", 67)[:200])},
		{"an empty body is an empty element", Article{FirstSeen: seen, Body: " \n "}, "---\n\n<div>\n</div>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := newFormat(t, "hexo").Encode(&tt.a)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), "\n"+tt.want+"\n") {
				t.Errorf("no line %q in\n%s", tt.want, data)
			}
		})
	}
	if _, err := newFormat(t, "hexo").Encode(&Article{Title: "x"}); err == nil || !strings.Contains(err.Error(), "neither a publication date") {
		t.Errorf("Encode of an article without any date = %v; want an error", err)
	}
	if _, err := newFormat(t, "hexo", "body_status").Encode(&Article{FirstSeen: seen, Status: "half"}); err == nil {
		t.Error("Encode of an article with status half gives no error")
	}
}

func TestBodyIsOneBlockOfHTML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"blank lines go", "<p>a</p>\n\n \t\n<p>b</p>\n", "<p>a</p>\n<p>b</p>"},
		{"in pre they are written as entities", "<pre>a\n\nb {{x}}</pre>", "<pre>a&#10;\nb &#123;&#123;x&#125;&#125;</pre>"},
		{"a pre that begins with blank lines keeps them", "<pre>\n\n\nx</pre>", "<pre>&#10;&#10;\nx</pre>"},
		{"white space in a blank line of a pre stays", "<PRE class=x>a\n \t\n</PRE>\n\nb", "<PRE class=x>a&#10; \t\n</PRE>\nb"},
		{"textarea is like pre", "<textarea><pre>\n\n</textarea>\n\nb", "<textarea><pre>&#10;\n</textarea>\nb"},
		{"a tag named prefix is no pre", "<prefix>a\n\nb</prefix>", "<prefix>a\nb</prefix>"},
		{"a pre in a comment is none", "<!-- <pre> -->a\n\nb", "<!-- <pre> -->a\nb"},
		{"an attribute may hold the end of a tag", "<a title=\"> <pre>\">a\n\nb</a>", "<a title=\"> <pre>\">a\nb</a>"},
		{"inside a tag of a pre blank lines go", "<pre><a\n\nx=y>a</a></pre>", "<pre><a\nx=y>a</a></pre>"},
		{"runs of three are fences", "``` ~~ ~~~~ `` &#96;", "&#96;&#96;&#96; ~~ &#126;&#126;&#126;&#126; `` &#96;"},
		{"a run counts after the deletions", "``\x00`", "&#96;&#96;&#96;"},
		{"line ends become LF", "a\r\nb\rc", "a\nb\nc"},
		{"what no page shows goes", "a\u0085b\uFFFCc\uFEFFd\x00e\ufdd0\U0001fffff\u2028g", "abcdef\u2028g"},
		{"bytes that are no UTF-8 are replaced", "a\xffb", "a\uFFFDb"},
		{"lines of ideographic spaces stay", "a\n\u3000\nb", "a\n\u3000\nb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(appendBody(nil, tt.in, true))
			if got != tt.want {
				t.Errorf("appendBody(%q) = %q; want %q", tt.in, got, tt.want)
			}
			if again := string(appendBody(nil, unescapeBody(got, true), true)); again != got {
				t.Errorf("appendBody(unescapeBody(%q)) = %q", got, again)
			}
		})
	}
}

// yamlValues reads front matter with a YAML reader, as site generators do.
func yamlValues(t testing.TB, data []byte) map[string]any {
	t.Helper()
	head, _, err := splitHead(string(data))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(head), &m); err != nil {
		t.Fatalf("%v in\n%s", err, head)
	}
	return m
}
