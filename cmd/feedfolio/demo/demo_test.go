package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"image"
	_ "image/gif" // so that the images of the pages can be decoded
	_ "image/png"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

func serve(t *testing.T) *Web {
	t.Helper()
	w, err := Serve()
	if err != nil {
		t.Fatalf("Serve() = %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return w
}

// answer is what a GET gave.
type answer struct {
	status int
	header http.Header
	body   []byte
	url    *url.URL // after redirects
}

func get(t *testing.T, address string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	return answer{resp.StatusCode, resp.Header, body, resp.Request.URL}
}

// healed gets what answers with faults at first.
func healed(t *testing.T, address string) answer {
	t.Helper()
	for range 5 {
		if a := get(t, address); a.status < 500 {
			return a
		}
	}
	t.Fatalf("GET %s still fails at the fifth try", address)
	return answer{}
}

func TestEveryArticleOfEveryListingAnswers(t *testing.T) {
	t.Parallel()
	w := serve(t)
	if len(w.sites) < 7 || w.Articles() < 30 {
		t.Fatalf("the web has %d publishers with %d articles; want at least 7 with 30", len(w.sites), w.Articles())
	}
	for _, s := range w.sites {
		listing := get(t, s.base+s.listing)
		if listing.status != http.StatusOK || listing.header.Get("Content-Type") != s.listingType {
			t.Fatalf("GET %s = %d %q; want 200 %q", s.base+s.listing, listing.status, listing.header.Get("Content-Type"), s.listingType)
		}
		text := decode(t, s, listing.body)
		for _, a := range s.articles {
			if s.redirect == "" && !strings.Contains(text, a.Path) {
				t.Errorf("%s: the listing does not name %s", s.name, a.Path)
			}
			if !strings.Contains(html.UnescapeString(html.UnescapeString(text)), a.Title) {
				t.Errorf("%s: the listing has no title %q", s.name, a.Title)
			}
			page := healed(t, a.URL)
			if page.status != http.StatusOK || page.header.Get("Content-Type") != s.pageType {
				t.Errorf("GET %s = %d %q; want 200 %q", a.URL, page.status, page.header.Get("Content-Type"), s.pageType)
			}
			if text := decode(t, s, page.body); !strings.Contains(text, a.bodies[0]) {
				t.Errorf("GET %s: the page lacks the article's body", a.URL)
			}
		}
	}
}

func TestEveryLinkOfEveryListingLeadsToAnArticle(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`<link>([^<]+)</link>|<link rel="alternate" type="text/html" href="([^"]+)"|"url":"([^"]+)"|<h3><a href="([^"]+)"`)
	for _, s := range serve(t).sites {
		listing := get(t, s.base+s.listing)
		articles := map[string]bool{}
		for _, a := range s.articles {
			articles[a.Path] = true
		}
		for _, m := range links.FindAllStringSubmatch(html.UnescapeString(decode(t, s, listing.body)), -1) {
			link, err := listing.url.Parse(strings.Join(m[1:], ""))
			if err != nil {
				t.Fatal(err)
			}
			page := healed(t, link.String())
			if page.status != http.StatusOK {
				t.Errorf("%s: the listed link %s answers %d", s.name, link, page.status)
			}
			delete(articles, page.url.Path)
		}
		for path := range articles {
			t.Errorf("%s: no link of the listing leads to %s", s.name, path)
		}
	}
}

func decode(t *testing.T, s *site, body []byte) string {
	t.Helper()
	var err error
	switch s.name {
	case "jiangan":
		if utf8.Valid(body) {
			t.Errorf("%s: the text is UTF-8; want GBK", s.name)
		}
		body, err = simplifiedchinese.GBK.NewDecoder().Bytes(body)
	case "meridian":
		body, err = charmap.Windows1252.NewDecoder().Bytes(body)
	}
	if err != nil || !utf8.Valid(body) || bytes.ContainsRune(body, utf8.RuneError) {
		t.Fatalf("%s: text in the wrong charset (%v)", s.name, err)
	}
	return string(body)
}

func TestListingsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, s := range serve(t).sites {
		body := []byte(decode(t, s, get(t, s.base+s.listing).body))
		switch {
		case strings.Contains(s.listingType, "json"):
			if !json.Valid(body) {
				t.Errorf("%s: the listing is no JSON:\n%s", s.name, body)
			}
		case strings.Contains(s.listingType, "xml"):
			d := xml.NewDecoder(bytes.NewReader(body))
			d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is decoded
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: the listing is no XML: %v", s.name, err)
				}
			}
		}
	}
}

var (
	jsonLD   = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
	imageRef = regexp.MustCompile(`(?:src|data-[a-z-]+|content)="([^"]*/img/[^" ]+)"`)
)

func TestPagesHaveWhatTheyPromise(t *testing.T) {
	t.Parallel()
	for _, s := range serve(t).sites {
		seen := map[string]bool{}
		for _, a := range s.articles {
			page := healed(t, a.URL)
			for _, m := range jsonLD.FindAllSubmatch(page.body, -1) {
				if !json.Valid(m[1]) {
					t.Errorf("%s: JSON-LD is no JSON: %s", a.URL, m[1])
				}
			}
			for _, m := range imageRef.FindAllSubmatch(page.body, -1) {
				if ref := string(m[1]); !seen[ref] {
					seen[ref] = true
					checkImage(t, page.url, ref)
				}
			}
		}
	}
}

func checkImage(t *testing.T, page *url.URL, ref string) {
	t.Helper()
	at, err := page.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	img := get(t, at.String())
	if img.status != http.StatusOK {
		t.Errorf("%s: image %s answers %d", page, ref, img.status)
	}
	if img.header.Get("Content-Type") == "image/svg+xml" {
		return
	}
	if _, _, err := image.Decode(bytes.NewReader(img.body)); err != nil {
		t.Errorf("%s: image %s: %v", page, ref, err)
	}
}

func TestFaultsHeal(t *testing.T) {
	t.Parallel()
	w := serve(t)
	faulty := 0
	for _, s := range w.sites {
		for _, a := range s.articles {
			faults := s.faults[a.ID]
			for i, want := range faults {
				faulty++
				got := get(t, a.URL)
				if got.status != want {
					t.Errorf("try %d of %s = %d; want %d", i+1, a.URL, got.status, want)
				}
				if after := got.header.Get("Retry-After"); (want == http.StatusServiceUnavailable) != (after == "1") {
					t.Errorf("try %d of %s: Retry-After = %q", i+1, a.URL, after)
				}
			}
			if got := get(t, a.URL); got.status != http.StatusOK {
				t.Errorf("try %d of %s = %d; want 200", len(faults)+1, a.URL, got.status)
			}
		}
	}
	refused := 0
	for _, v := range w.Visits() {
		refused += v.Refused
	}
	if faulty == 0 || refused != faulty {
		t.Errorf("Visits: %d requests refused; want %d, and more than none", refused, faulty)
	}
}

func TestSecondReadIsNotModified(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for _, s := range w.sites {
		first := get(t, s.base+s.listing)
		for _, validator := range [][]string{
			{"If-None-Match", first.header.Get("ETag")},
			{"If-Modified-Since", first.header.Get("Last-Modified")},
		} {
			if got := get(t, s.base+s.listing, validator...); got.status != http.StatusNotModified || len(got.body) != 0 {
				t.Errorf("%s with %s: %s = %d with %d bytes; want 304 with none", s.listing, validator[0], validator[1], got.status, len(got.body))
			}
		}
	}
	for _, v := range w.Visits() {
		if v.NotModified != 2 || v.Requests != 3 || v.LeastGap <= 0 {
			t.Errorf("Visits of %s = %+v; want 3 requests, 2 of them not modified, and a gap", v.Publisher, v)
		}
	}
}

func TestLinksOfOnePublisherRedirect(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for _, s := range w.sites {
		if s.redirect == "" {
			continue
		}
		for _, a := range s.articles {
			got := get(t, s.base+strings.ReplaceAll(s.redirect, "{id}", a.ID))
			if got.url.String() != a.URL {
				t.Errorf("the listed link of %s leads to %s; want %s", a.ID, got.url, a.URL)
			}
		}
	}
}

func TestSecondPageOfAnArticle(t *testing.T) {
	t.Parallel()
	next := regexp.MustCompile(`<a class="next-page" href="([^"]+)"`)
	found := 0
	for _, s := range serve(t).sites {
		for _, a := range s.articles {
			if a.Pages() == 1 {
				continue
			}
			found++
			m := next.FindSubmatch(get(t, a.URL).body)
			if m == nil {
				t.Fatalf("%s has %d pages and no link to the second", a.URL, a.Pages())
			}
			second := get(t, s.base+string(m[1]))
			if second.status != http.StatusOK || !strings.Contains(string(second.body), a.bodies[1]) || next.Match(second.body) {
				t.Errorf("GET %s = %d; want the last page, with the rest of the body", m[1], second.status)
			}
		}
	}
	if found == 0 {
		t.Error("no article has two pages")
	}
}

func TestConfigNamesEveryPublisher(t *testing.T) {
	t.Parallel()
	w := serve(t)
	const archive = `/tmp/a "quoted": folder`
	cfg, err := config.Parse("feedfolio.yaml", w.Config(archive), func(string) string { return "" })
	if err != nil {
		t.Fatalf("the demo's configuration is refused:\n%v", err)
	}
	if cfg.Archive != archive || !cfg.Fetch.AllowPrivateNetworks || len(cfg.Sources) != len(w.sites) {
		t.Errorf("Config: archive %q, %d sources; want %q, %d", cfg.Archive, len(cfg.Sources), archive, len(w.sites))
	}
	for _, s := range w.sites {
		if src, ok := cfg.Source(s.name); !ok || src.URL != s.base+s.listing {
			t.Errorf("Config has source %s at %q; want %q", s.name, src.URL, s.base+s.listing)
		}
	}
}

func TestShowpieceIsInTheNameOfAnArticle(t *testing.T) {
	t.Parallel()
	published := time.Date(2026, 11, 20, 1, 12, 0, 0, time.UTC)
	entry := article.Entry{GUID: "jiangan-3408215", Title: "青屿港前十月集装箱吞吐量突破八百万箱 冷链航线成新增量", Published: published}
	if name := article.Name("jiangan", entry, published); !strings.Contains(name, Showpiece) {
		t.Errorf("the article's name is %q; want %q in it", name, Showpiece)
	}
}

func TestCloseEndsTheWeb(t *testing.T) {
	t.Parallel()
	w, err := Serve()
	if err != nil {
		t.Fatal(err)
	}
	address := w.sites[0].base + "/"
	for range 2 {
		if err := w.Close(); err != nil {
			t.Fatalf("Close() = %v", err)
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("GET %s = %d after Close", address, resp.StatusCode)
	}
}
