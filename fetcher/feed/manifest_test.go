package feed

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// TestParseHostile reads each feed in testdata/hostile and holds it to what the MANIFEST there expects.
func TestParseHostile(t *testing.T) {
	t.Parallel()
	list, err := os.Open("testdata/hostile/MANIFEST.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for sc := bufio.NewScanner(list); sc.Scan(); {
		var x struct{ File, Expect, Note string }
		if err := json.Unmarshal(sc.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		t.Run(x.File+" "+x.Expect, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata/hostile", x.File))
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(body, Input{URL: "https://feed.test/feed.xml"})
			if msg := unmet(x.Expect, f, err); msg != "" {
				t.Errorf("expected %s (%s): %s", x.Expect, x.Note, msg)
			}
		})
	}
}

// unmet is how the outcome falls short of the expectation; "" where it does not.
func unmet(expect string, f *Feed, err error) string {
	n := 0
	if f != nil {
		n = len(f.Items)
	}
	for _, op := range []string{"items>=", "items<=", "items="} {
		rest, ok := strings.CutPrefix(expect, op)
		if !ok {
			continue
		}
		want, _ := strconv.Atoi(rest)
		if op == "items>=" && n < want || op == "items<=" && n > want || op == "items=" && n != want {
			return strconv.Itoa(n) + " items"
		}
		return ""
	}
	whole, _ := json.Marshal(NewReport("", f, err, func(s string) string {
		base, _ := url.Parse("https://feed.test/")
		return sanitize.Fragment(s, base)
	}))
	switch expect {
	case "error":
		if err == nil {
			return "no error"
		}
	case "salvage":
		if n == 0 {
			return "no items"
		}
	case "salvage-or-error":
		if n == 0 && err == nil {
			return "neither"
		}
	case "roundtrip":
		if n != 1 || strings.ContainsAny(f.Items[0].Title, "\n\r\x00\x1b") {
			return "the title is no line of text"
		}
	case "no-secret":
		if strings.Contains(string(whole), "root:") {
			return "a file's content is in it"
		}
	case "no-script":
		if strings.Contains(string(whole), "script:") {
			return "a script's address is in it"
		}
	}
	return ""
}

// TestParseFetchesNothing gives Parse every way that XML knows to make a parser fetch.
func TestParseFetchesNothing(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer srv.Close()
	for _, doc := range []string{
		`<!DOCTYPE rss SYSTEM "URL/a.dtd"><rss><channel><title>x</title></channel></rss>`,
		`<!DOCTYPE rss [<!ENTITY x SYSTEM "URL/x">]><rss><channel><title>&x;</title></channel></rss>`,
		`<!DOCTYPE rss [<!ENTITY % x SYSTEM "URL/x"> %x;]><rss><channel><title>&y;</title></channel></rss>`,
		`<?xml-stylesheet href="URL/x.xsl"?><rss><channel><title>x</title></channel></rss>`,
		`<rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><xi:include href="URL/x"/><title><xi:include href="URL/y"/></title></channel></rss>`,
		`<rss xmlns="URL/ns"><channel><title>x</title><link>URL/l</link><image><url>URL/i</url></image></channel></rss>`,
	} {
		if _, err := Parse([]byte(strings.ReplaceAll(doc, "URL", srv.URL)), Input{URL: srv.URL}); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if n := hits.Load(); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// TestParseMemory measures what reading a feed of 8 MB takes. It runs alone: the figure is the whole process's.
func TestParseMemory(t *testing.T) {
	body := "<rss><channel><title>t</title>"
	one := "<item><title>Item</title><link>https://feed.test/1</link><guid>1</guid><pubDate>Thu, 13 May 2021 08:04:38 +0800</pubDate><description><![CDATA[" + strings.Repeat("<p>证券时报网讯，沪深两市主要股指午后走高。</p>", 40) + "]]></description></item>"
	doc := []byte(body + strings.Repeat(one, 8<<20/len(one)) + "</channel></rss>")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f, err := Parse(doc, Input{})
	runtime.ReadMemStats(&after)
	if err != nil || len(f.Items) == 0 {
		t.Fatal(err)
	}
	// All that was allocated, so that what was in use at any time is less.
	if got := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(doc)); got > 4 {
		t.Errorf("Parse allocates %.1f times its input; want 4 at most", got)
	}
}
