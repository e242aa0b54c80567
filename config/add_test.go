package config_test

import (
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/config"
)

func TestAddSource(t *testing.T) {
	t.Parallel()
	fields := []config.Field{{"name", "new"}, {"url", "https://new.example/feed?a=1&b=2"}}
	const added = "- name: new\n    url: https://new.example/feed?a=1&b=2\n"
	for _, tt := range []struct{ name, in, want string }{
		{"an empty file", "", "sources:\n  " + added},
		{"comments only", "# hello\n", "# hello\n\nsources:\n  " + added},
		{"a file without sources", "archive: x", "archive: x\n\nsources:\n  " + added},
		{"sources with nothing behind", "sources:\narchive: x\n", "sources:\n  " + added + "archive: x\n"},
		{"an empty list", "sources: []\narchive: x\n", "sources:\n  " + added + "archive: x\n"},
		{
			"comments and keys around the list stay",
			"# top\nsources: # all of them\n  # one\n  - url: https://a.example # a\n\n  - {url: https://b.example}\n    # indented\n\n# about the archive\narchive: x\n",
			"# top\nsources: # all of them\n  # one\n  - url: https://a.example # a\n\n  - {url: https://b.example}\n    # indented\n  " + added + "\n# about the archive\narchive: x\n",
		},
		{
			"a list that is not indented", "sources:\n- url: https://a.example\narchive: x",
			"sources:\n- url: https://a.example\n- name: new\n  url: https://new.example/feed?a=1&b=2\narchive: x",
		},
		{
			"a text over several lines at the end", "sources:\n  - url: https://a.example\n    topic: >\n      a\n\n      b",
			"sources:\n  - url: https://a.example\n    topic: >\n      a\n\n      b\n  " + added,
		},
		{
			"an included file that is a list", "- url: https://a.example\n",
			"- url: https://a.example\n- name: new\n  url: https://new.example/feed?a=1&b=2\n",
		},
		{
			"CRLF and a byte order mark stay", "\uFEFFsources:\r\n  - url: https://a.example\r\n",
			"\uFEFFsources:\r\n  - url: https://a.example\r\n  - name: new\r\n    url: https://new.example/feed?a=1&b=2\r\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := config.AddSource([]byte(tt.in), fields)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("AddSource gives\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAddSourceQuotes(t *testing.T) {
	t.Parallel()
	out, err := config.AddSource(nil, []config.Field{
		{"name", "x"},
		{"url", "https://x.example/"},
		{"topic", "no: yes # 金融"},
		{"title", "000001"},
		{"symbols", []string{"000001", "0x1F"}},
		{"extract", map[string]any{"content": "#artibody"}},
		{"max_entries", 5},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := load(t, string(out)).Sources[0]
	if s.Topic != "no: yes # 金融" || s.Title != "000001" || strings.Join(s.Symbols, " ") != "000001 0x1F" || s.Extract.Content != "#artibody" || s.MaxEntries != 5 {
		t.Errorf("read back: %+v\nfrom\n%s", s, out)
	}
}

func TestAddSourceRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"sources: [{url: https://a.example}]", "sources: word", "word", "sources: [", "a: &a []\nsources: *a"} {
		if out, err := config.AddSource([]byte(in), nil); err == nil {
			t.Errorf("AddSource(%q) = %q; want an error", in, out)
		}
	}
}
