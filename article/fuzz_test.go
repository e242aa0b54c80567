package article

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzRoundTrip encodes an article of foreign texts in each profile: it comes back whole, a YAML reader sees the same
// values, and the body stays one block.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range [][3]string{
		{"It's 'quoted': #1", "36氪", "<p>a</p>\n\n<pre>b\n\n{{ c }} ```</pre>"},
		{"---", "yes", "<textarea>\n \n~~~~&#10;\n&#10; &#10;x</textarea>{"},
		{"\u2028a\x00", "a: b", "`&#96;&#96;&#96; <pre><a b='>'\n\n>&#10;\n\n"},
		{"", "", ""},
	} {
		f.Add(s[0], s[1], s[2], int64(1620864278), uint16(3))
	}
	var formats []Format
	for _, p := range profiles {
		for _, escape := range []string{"none", "html"} {
			format, err := NewFormat(p.name, Extras(), escape)
			if err != nil {
				f.Fatal(err)
			}
			formats = append(formats, format)
		}
	}
	f.Fuzz(func(t *testing.T, text, word, body string, sec int64, n uint16) {
		a := &Article{
			GUID: text, SourceURL: text, Title: text, Categories: []string{word, text}, Author: word, Image: "https://" + word, Language: word,
			Tags: []string{text, word}, Published: time.Unix(sec, 0).UTC(), PublishedRaw: word + "x", FirstSeen: time.Unix(1, 5).UTC(), Updated: time.Unix(sec/2, 0).UTC(),
			Body: body, Status: Partial, Revision: int(n), ContentHash: word, Symbols: []string{word}, Cluster: text, Origin: "origin", Sources: []string{text},
		}
		for i, format := range formats {
			data, err := format.Encode(a)
			if err != nil {
				t.Fatal(err)
			}
			got, err := format.Decode(data)
			if err != nil {
				t.Fatalf("Decode: %v\n%q", err, data)
			}
			again, err := format.Encode(got)
			if err != nil || !bytes.Equal(again, data) {
				t.Errorf("Encode(Decode(x)) = %v\n%q; want\n%q", err, again, data)
			}
			p := profiles[i/2]
			if p.squeeze {
				_, block, _ := strings.Cut(string(data), "\n---\n\n")
				for line := range strings.Lines(block) {
					if strings.Trim(line, " \t\n") == "" {
						t.Errorf("a blank line in the body: %q", data)
					}
				}
			}
			if i%2 == 0 {
				compareFields(t, a, got, p.extra, data)
				compareYAML(t, got, data)
			}
		}
	})
}

func compareFields(t *testing.T, a, got *Article, extra bool, data []byte) {
	t.Helper()
	type value struct{ got, want any }
	values := map[string]value{
		"categories": {got.Categories, categories(a)},
		"author":     {got.Author, cut(a.Author)},
		"title":      {got.Title, title(a)},
	}
	if writable(a.Published) {
		values["date"] = value{got.Published, a.Published}
	}
	if extra {
		values["guid"] = value{got.GUID, clean(a.GUID)}
		values["source_url"] = value{got.SourceURL, clean(a.SourceURL)}
		values["cluster"] = value{got.Cluster, clean(a.Cluster)}
		values["tags"] = value{len(got.Tags), len(cleanList(a.Tags))}
		values["revision"] = value{got.Revision, a.Revision}
		values["published_raw"] = value{got.PublishedRaw, clean(a.PublishedRaw)}
	}
	for name, v := range values {
		if !reflect.DeepEqual(v.got, v.want) && !(reflect.ValueOf(v.got).Kind() == reflect.Slice && reflect.ValueOf(v.got).Len() == 0 && reflect.ValueOf(v.want).Len() == 0) {
			t.Errorf("%s: Decode gives %q; want %q in\n%q", name, v.got, v.want, data)
		}
	}
}

// compareYAML checks that a YAML reader gives each text as text and each list as a list of texts.
func compareYAML(t *testing.T, a *Article, data []byte) {
	t.Helper()
	m := yamlValues(t, bytes.TrimPrefix(data, []byte("\n")))
	for key, want := range map[string]string{
		"title": a.Title, "author": a.Author, "headimg": a.Image, "guid": a.GUID, "source_url": a.SourceURL, "cluster": a.Cluster, "published_raw": a.PublishedRaw,
		"content_hash": a.ContentHash,
	} {
		if got, ok := m[key].(string); got != want || !ok && want != "" {
			t.Errorf("a YAML reader gives %s = %#v; want %q in\n%q", key, m[key], want, data)
		}
	}
	for key, want := range map[string][]string{"categories": a.Categories, "tags": a.Tags, "symbols": a.Symbols, "sources": a.Sources} {
		list, _ := m[key].([]any)
		if len(list) != len(want) {
			t.Errorf("a YAML reader gives %s = %#v; want %q in\n%q", key, m[key], want, data)
			continue
		}
		for i, v := range list {
			if v != want[i] {
				t.Errorf("a YAML reader gives %s = %#v; want %q in\n%q", key, m[key], want, data)
			}
		}
	}
	if m["comments"] != false {
		t.Errorf("a YAML reader gives comments = %#v", m["comments"])
	}
}

// FuzzDecode reads any bytes: no panic, and what was read can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"---\ntitle: \"a\\u0041\"\ncategories: [a, [b, {c: d}]]\ndate: 2021-05-13\n---\n\n<div>\n<p>a</p>\n</div>\n", "\n---\ntitle: 'x'\n---\n\n<div>   \na  \n</div>\n            ",
		"---\ndate: 2021-05-13T00:00:00Z\n---\n# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "---\na: &a [*a]\ntitle: *a\n---\n", "---\n? [a]\n: b\n---\n", "\uFEFF---\r\nrevision: 1e5\r\n---\r\n",
		"---\ntitle: !!binary aGk=\n<<: {author: x}\n---\n", "---\ntitle: |\n  a\n  b\ndate: 2021-05-13\n---\n<div>\n<pre>\n&#10;\n</pre></div>",
	} {
		f.Add([]byte(s))
	}
	hexo, err := NewFormat("hexo", Extras(), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode(data)
		if err != nil {
			return
		}
		a.Published = time.Unix(1620864278, 0)
		first, err := hexo.Encode(a)
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		b, err := hexo.Decode(first)
		if err != nil {
			t.Fatalf("Decode: %v\n%q", err, first)
		}
		second, err := hexo.Encode(b)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("Encode gives %v\n%q\nand, read again,\n%q", err, first, second)
		}
	})
}

// FuzzBody encodes a foreign body in each profile: a reader sees the same text after as before.
func FuzzBody(f *testing.F) {
	for _, tt := range markdownCases {
		f.Add(tt.body)
	}
	f.Add("a\n\n<pre>b\n\nc</pre> *d* _e_ `f` <b>“g”</b>h [i](j) 1. k\n# l\n> m\n| n | o |\n|---|---|")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(strings.ToLower(body), "span") || len(body) > 1<<12 {
			return // the text of a cell that spans others is repeated
		}
		nodes, err := parseBody(visible(body))
		if err != nil {
			return
		}
		var tree strings.Builder
		for _, n := range nodes {
			tree.WriteString(renderNode(n))
		}
		want := strings.Join(strings.Fields(Text(tree.String())), "")
		for _, p := range []string{"hexo", "markdown"} {
			format, err := NewFormat(p, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			data, err := format.Encode(&Article{Title: "t", Published: time.Unix(0, 0), Body: tree.String()})
			if err != nil {
				t.Fatal(err)
			}
			a, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(strings.Fields(Text(a.Body)), ""); got != want {
				t.Errorf("%s: the body %q reads\n%q; want\n%q in\n%s", p, body, got, want, data)
			}
		}
	})
}
