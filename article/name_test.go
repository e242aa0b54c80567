package article

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestKeyTellsEntriesApart(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name string
		e    Entry
		want string
	}{
		{"the GUID, byte for byte", Entry{GUID: " tag:X ", Link: "https://a.example/1"}, " tag:X "},
		{"else the link without tracking, otherwise as listed", Entry{Link: "https://A.example/1?utm_source=rss&x=1#p"}, "https://A.example/1?x=1#p"},
		{"else a hash of title and date", Entry{Title: "Fed  raises", Published: day}, "sha256:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.e.Key(); got != tt.want && (tt.want != "sha256:" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("Key of %+v = %q; want %q", tt.e, got, tt.want)
			}
		})
	}
	a, b := Entry{Title: "Fed raises", Published: day}, Entry{Title: "Fed raises", Published: day.AddDate(0, 0, 1)}
	if a.Key() == b.Key() {
		t.Errorf("two days have one key %q", a.Key())
	}
	a, b = Entry{Summary: "The Fed raises.", Published: day}, Entry{Summary: "The Fed waits.", Published: day}
	if a.Key() == b.Key() {
		t.Errorf("two texts without a title have one key %q", a.Key())
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 3, 2, 14, 31, 7, 0, time.UTC)
	for _, tt := range []struct {
		name, source string
		e            Entry
		want         string
	}{
		// The hash is that of: printf 'demo\0urn:1' | sha256sum
		{"date, words of the title, hash", "demo", Entry{GUID: "urn:1", Title: "Fed raises rates: It's 5.25% now!", Published: seen}, "2026/03/2026-03-02-fed-raises-rates-its-5-25-now-79712e63ea86"},
		{"the day is that of UTC", "demo", Entry{GUID: "urn:1", Published: time.Date(2026, 1, 1, 0, 30, 0, 0, time.FixedZone("", 8*3600))}, "2025/12/2025-12-31-79712e63ea86"},
		{"without a date the day of discovery", "demo", Entry{GUID: "urn:1", Title: "one"}, "2026/03/2026-03-02-one-79712e63ea86"},
		{"Chinese words are left out", "demo", Entry{GUID: "urn:1", Title: "央行：下调存款准备金率"}, "2026/03/2026-03-02-79712e63ea86"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Name(tt.source, tt.e, seen)
			if got != tt.want {
				t.Errorf("Name(%q, %+v) = %q; want %q", tt.source, tt.e, got, tt.want)
			}
			if HashOf(RevisionPath(tt.source, got, 1, ".md")) != "" || HashOf(Path(tt.source, got, ".md")) != tt.e.Hash(tt.source) {
				t.Errorf("HashOf(%q) = %q; want %q", got, HashOf(got), tt.e.Hash(tt.source))
			}
		})
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"words are joined", "Fed: rates up #1 -- a_b", "fed-rates-up-1-a-b"},
		{"accents go", "Zürich café naïve Łódź", "zurich-cafe-naive"},
		{"apostrophes vanish", "O'Brien’s", "obriens"},
		{"a word with Chinese in it is left out, others stay", "苹果发布 iPhone 17，A股大涨", "iphone-17"},
		{"whole words up to 60 bytes", strings.Repeat("abcdefghi ", 10), strings.TrimSuffix(strings.Repeat("abcdefghi-", 6), "-")},
		{"a long first word is cut", strings.Repeat("x", 100), strings.Repeat("x", 60)},
		{"nothing but signs is nothing", "— … 🚀 ''", ""},
		{"bytes that are no UTF-8 part words", "a\xffb", "a-b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Slug(tt.in); got != tt.want {
				t.Errorf("Slug(%q) = %q; want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	name := "2026/03/2026-03-02-one-0a1b2c3d4e5f"
	for got, want := range map[string]string{
		Path("demo", name, ".md"):            "articles/demo/2026/03/2026-03-02-one-0a1b2c3d4e5f.md",
		RevisionPath("demo", name, 1, ".md"): "revisions/demo/2026/03/2026-03-02-one-0a1b2c3d4e5f/1.md",
		RawPath("demo", name, 2):             "raw/demo/2026/03/2026-03-02-one-0a1b2c3d4e5f/2.html.zst",
	} {
		if got != want {
			t.Errorf("path %q; want %q", got, want)
		}
	}
}

var nameForm = regexp.MustCompile(`^[0-9]{4}/[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}-([a-z0-9]+-)*[0-9a-f]{12}$`)

func FuzzName(f *testing.F) {
	f.Add("demo", "urn:1", "https://a.example/1", "Fed's 中 Ünï", int64(1767323045))
	f.Fuzz(func(t *testing.T, source, guid, link, title string, sec int64) {
		got := Name(source, Entry{GUID: guid, Link: link, Title: title, Published: time.Unix(sec, 0)}, time.Unix(0, 0))
		if !nameForm.MatchString(got) || len(got) > len("2026/03/")+120 {
			t.Errorf("Name(%q, %q, %q, %q, %d) = %q", source, guid, link, title, sec, got)
		}
	})
}
