package feed

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// seedFeeds adds the feeds of testdata to the corpus of f.
func seedFeeds(f *testing.F) {
	f.Helper()
	for _, dir := range []string{"testdata/feeds", "testdata/hostile"} {
		files, err := filepath.Glob(dir + "/*")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if len(body) < 8<<10 && !strings.HasSuffix(file, ".golden.json") {
				f.Add(body)
			}
		}
	}
}

// FuzzDecode: whatever the bytes, the text is valid UTF-8 without characters that XML forbids.
func FuzzDecode(f *testing.F) {
	seedFeeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, header := range []http.Header{{}, {"Content-Type": {"text/xml; charset=gbk"}}} {
			d, err := decode(body, header)
			if err != nil {
				continue
			}
			if !utf8.ValidString(d.text) {
				t.Errorf("invalid UTF-8 as %s", d.charset)
			}
			if i := strings.IndexFunc(d.text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' }); i >= 0 {
				t.Errorf("%q at %d", d.text[i], i)
			}
		}
	})
}

// FuzzParse: no panic, and what comes out is text within the limits.
func FuzzParse(f *testing.F) {
	seedFeeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		feed, err := Parse(body, Input{URL: "https://feed.test/dir/feed.xml"})
		if err != nil {
			return
		}
		if len(feed.Items) > maxItems {
			t.Errorf("%d items", len(feed.Items))
		}
		for _, it := range feed.Items {
			for _, s := range []string{it.ID, it.Link, it.Title, it.Summary, it.Content, it.Image} {
				if !utf8.ValidString(s) {
					t.Errorf("invalid UTF-8: %q", s)
				}
			}
			if strings.ContainsAny(it.Title, "\n\r\t") || len(it.Title) > maxTitle {
				t.Errorf("title %q", it.Title)
			}
			if y := it.Published.Year(); !it.Published.IsZero() && (y < minYear || y > maxYear) {
				t.Errorf("year %d of %q", y, it.PublishedRaw)
			}
		}
	})
}

// FuzzLoose: the loose reading reads every document, and never fewer items than the strict one has.
func FuzzLoose(f *testing.F) {
	seedFeeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decode(body, http.Header{})
		if err != nil {
			return
		}
		loose, err := parseXML(d.text, "https://feed.test/", true, maxItems)
		if err != nil {
			t.Fatal(err)
		}
		strict, err := parseXML(d.text, "https://feed.test/", false, maxItems)
		if err == nil && len(strict.items) > len(loose.items) {
			t.Errorf("strict %d items, loose %d", len(strict.items), len(loose.items))
		}
	})
}

// FuzzParseDate: no panic, and a date that is read is one that is trusted and UTC.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{
		"Thu, 13 May 2021 08:04:38 +0800", "2021-05-13T08:04:38.123+08:00", "2021年5月13日 下午8:04", "令和3年5月13日", "2021. 5. 13. 오전 9:04:38", "13. Mai 2021 um 8 Uhr",
		"Thu May 13 2021 08:04:38 GMT+0800 (China Standard Time)", "1620864278", "2021-W19-4", "昨天 08:04", "5分钟前", "13 พ.ค. 2564", "May 13th, 2021 at 12:04 p.m. ET", "2021-05-12 20:04:38 America/New_York", "二〇二一年十二月二十三日",
	} {
		f.Add(s, "zh-CN")
		f.Add(s, "en")
	}
	now := time.Date(2021, 5, 13, 0, 4, 38, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s, lang string) {
		got, err := ParseDate(s, DateHint{Language: lang, Now: now})
		if err != nil {
			if !got.IsZero() {
				t.Errorf("ParseDate(%q) = %v with %v", s, got, err)
			}
			return
		}
		if got.Year() < minYear || got.Year() > maxYear || got.Location() != time.UTC {
			t.Errorf("ParseDate(%q) = %v", s, got)
		}
	})
}
