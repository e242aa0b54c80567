package fetchertest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
)

const news = `
-- web/news.example/feed.xml --
<rss version="2.0"><channel><title>News</title></channel></rss>
-- web/news.example/feed.xml.http --
503 times=2
    Retry-After: 1
ok
    Cache-Control: max-age=600
-- web/news.example/plain.xml --
<rss version="2.0"></rss>
-- news.example/cut.html --
<html>0123456789</html>
-- news.example/cut.html.http --
ok cut=10
-- news.example/moved.http --
301 location=http://other.example/new.html
-- news.example/reset.http --
reset
-- news.example/hang.http --
hang
-- news.example/packed.html --
<p>packed</p>
-- news.example/packed.html.http --
ok encoding=gzip
-- news.example/bomb.html.http --
ok bomb=4M encoding=gzip
-- news.example/said.txt.http --
404 body=gone # today
-- news.example/page --
any page
-- news.example/page?id=2 --
page two
-- other.example/new.html --
<p>new</p>
`

func fetch(t *testing.T, c *http.Client, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func TestScriptIsGoneOverInOrder(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, news)
	for i, want := range []int{503, 503, 200, 200} {
		resp, _, err := fetch(t, w.Client(), "http://news.example/feed.xml")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("answer %d is %d; want %d", i+1, resp.StatusCode, want)
		}
		if h := resp.Header.Get("Retry-After"); (want == 503) != (h == "1") {
			t.Errorf("answer %d has Retry-After %q", i+1, h)
		}
		if h := resp.Header.Get("Cache-Control"); (want == 200) != (h == "max-age=600") {
			t.Errorf("answer %d has Cache-Control %q", i+1, h)
		}
	}
	if n := w.Count("http://news.example/feed.xml"); n != 4 {
		t.Errorf("Count = %d; want 4", n)
	}
}

func TestThoseWhoHaveItGet304(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, news)
	const url = "http://news.example/plain.xml"
	resp, _, err := fetch(t, w.Client(), url)
	if err != nil {
		t.Fatal(err)
	}
	etag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	if ct := resp.Header.Get("Content-Type"); ct != "application/rss+xml" {
		t.Errorf("Content-Type %q", ct)
	}
	for _, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"the ETag", []string{"If-None-Match", etag}, 304},
		{"the ETag as weak", []string{"If-None-Match", "W/" + etag}, 304},
		{"the ETag without quotes", []string{"If-None-Match", strings.Trim(etag, `"`)}, 200},
		{"the date", []string{"If-Modified-Since", modified}, 304},
		{"another ETag goes before the date", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}, 200},
	} {
		resp, _, err := fetch(t, w.Client(), url, tt.header...)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != tt.want {
			t.Errorf("%s: %d; want %d", tt.name, resp.StatusCode, tt.want)
		}
	}
	w.Set(url, "<rss>changed</rss>")
	resp, body, err := fetch(t, w.Client(), url, "If-None-Match", etag, "If-Modified-Since", modified)
	if err != nil || resp.StatusCode != 200 || body != "<rss>changed</rss>" || resp.Header.Get("Last-Modified") == modified {
		t.Errorf("after Set: %v %q %v", resp, body, err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, news)
	c := w.Client()
	if _, body, err := fetch(t, c, "http://news.example/cut.html"); err == nil || body != "<html>0123" {
		t.Errorf("cut: %q %v", body, err)
	}
	if _, body, err := fetch(t, c, "http://news.example/moved"); err != nil || body != "<p>new</p>\n" {
		t.Errorf("moved: %q %v", body, err)
	}
	if _, _, err := fetch(t, c, "http://news.example/reset"); err == nil {
		t.Error("reset: no error")
	}
	if resp, body, err := fetch(t, c, "http://news.example/said.txt"); err != nil || body != "gone # today" || resp.StatusCode != 404 {
		t.Errorf("body=: %q %v", body, err)
	}
	if resp, _, err := fetch(t, c, "http://nobody.example/"); err != nil || resp.StatusCode != 404 {
		t.Errorf("unknown host: %v %v", resp, err)
	}
	hasty := w.Client()
	hasty.Timeout = 20 * time.Millisecond
	if _, _, err := fetch(t, hasty, "http://news.example/hang"); err == nil {
		t.Error("hang: no error")
	}
	if _, body, err := fetch(t, c, "http://news.example/page?id=1"); err != nil || body != "any page\n" {
		t.Errorf("query without its file: %q %v", body, err)
	}
	if _, body, err := fetch(t, c, "http://news.example/page?id=2"); err != nil || body != "page two\n" {
		t.Errorf("query with its file: %q %v", body, err)
	}
	if resp, body, err := fetch(t, c, "http://news.example/packed.html"); err != nil || !resp.Uncompressed || body != "<p>packed</p>\n" {
		t.Errorf("packed: %q %v", body, err)
	}
}

func TestBombIsPacked(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, news)
	resp, body, err := fetch(t, w.Client(), "http://news.example/bomb.html", "Accept-Encoding", "gzip")
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 1<<20 {
		t.Fatalf("%v, %d bytes, %v", resp, len(body), err)
	}
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); n != 4<<20 || err != nil {
		t.Errorf("unpacks to %d bytes, %v; want 4 MiB", n, err)
	}
}

func TestHostsHaveAddressesOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, news)
	for host, path := range map[string]string{"news.example": "/plain.xml", "other.example": "/new.html"} {
		base, err := w.URL(host)
		if err != nil {
			t.Fatal(err)
		}
		if resp, _, err := fetch(t, http.DefaultClient, base+path); err != nil || resp.StatusCode != 200 {
			t.Errorf("%s%s: %v %v", base, path, resp, err)
		}
		if again, _ := w.URL(host); again != base {
			t.Errorf("URL(%q) = %q, then %q", host, base, again)
		}
	}
	if got := w.Requests("other.example"); len(got) != 1 || got[0].Path != "/new.html" || got[0].Status != 200 {
		t.Errorf("log of other.example: %+v", got)
	}
}

func TestServeReadsAFolder(t *testing.T) {
	t.Parallel()
	w, err := fetchertest.Serve(fstest.MapFS{
		"README":                 {Data: []byte("not of the web")},
		"a.example/x/index.html": {Data: []byte("<p>index</p>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, body, err := fetch(t, w.Client(), "http://a.example/x/"); err != nil || body != "<p>index</p>" {
		t.Errorf("%q %v", body, err)
	}
}

func TestScriptsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ script, want string }{
		{"  Header: first", "want an answer"},
		{"ok tiems=3", `word "tiems=3"`},
		{"ok 200", "stands first"},
		{"99", "stands first"},
		{"ok delay=fast", `word "delay=fast"`},
	} {
		_, err := fetchertest.ServeFiles(map[string]string{"a.example/x.http": tt.script})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "a.example/x.http: line 1") {
			t.Errorf("script %q: error %v; want it to say %q", tt.script, err, tt.want)
		}
	}
}
