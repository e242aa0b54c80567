//go:build unix

package ingest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// articlesEach is how many articles the benchmark's feed lists in a round.
const articlesEach = 200

// BenchmarkWholePath measures the CPU time of an article from its listing to its stored row, and beside it that of the
// floor: download, gunzip and HTML parse of the same pages by bare net/http. Both share the process with the server,
// whose part is in both. FEEDFOLIO_CORPUS may name a folder with extraction/aeb/pages/*.html.gz to serve real pages.
func BenchmarkWholePath(b *testing.B) {
	pages := benchPages(b)
	srv := httptest.NewServer(&press{pages: pages})
	defer srv.Close()
	var floor, whole time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		start := cpu()
		for i := range articlesEach {
			floorOf(b, fmt.Sprintf("%s/%d/%d.html", srv.URL, rounds, i))
		}
		middle := cpu()
		ingestOnce(b, fmt.Sprintf("%s/%d/feed.xml", srv.URL, rounds))
		floor, whole = floor+middle-start, whole+cpu()-middle
	}
	n := float64(rounds * articlesEach)
	b.ReportMetric(whole.Seconds()*1000/n, "cpu-ms/article")
	b.ReportMetric(floor.Seconds()*1000/n, "floor-ms/article")
	b.ReportMetric(n/whole.Seconds(), "articles/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// cpu is the CPU time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func floorOf(b *testing.B, url string) {
	resp, err := http.Get(url) //nolint:gosec,noctx // the benchmark's own server
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := html.Parse(resp.Body); err != nil {
		b.Fatal(err)
	}
}

func ingestOnce(b *testing.B, feed string) {
	cfg := config.Default()
	cfg.Archive = b.TempDir()
	cfg.Database = filepath.Join(cfg.Archive, "feedfolio.db")
	cfg.Fetch.AllowPrivateNetworks, cfg.Fetch.PerHost = true, config.PerHost{Connections: 8}
	src := cfg.Defaults
	src.Name, src.URL, src.FullText = "bench", feed, "always"
	cfg.Sources = []config.Source{src}
	s, err := store.Open(b.Context(), cfg, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	log := slog.New(slog.DiscardHandler)
	t := polite.New(cfg.Fetch, nil, polite.Options{Hosts: polite.In(s)})
	defer t.CloseIdle()
	res := ingest.New(s, fetcher.New(cfg, t, log), log, time.Now).Run(b.Context(), src)
	if res.Err != nil || res.Saved != articlesEach {
		b.Fatalf("saved %d of %d: %v, %v", res.Saved, articlesEach, res.Err, res.Reasons)
	}
}

// press serves a feed of articlesEach entries, and pages for them, packed beforehand.
type press struct{ pages [][]byte }

func (p *press) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var round, n int
	switch {
	case r.URL.Path == "/robots.txt":
		http.NotFound(w, r)
	case strings.HasSuffix(r.URL.Path, "/feed.xml"):
		fmt.Fprint(w, `<rss version="2.0"><channel><title>Bench</title>`)
		for i := range articlesEach {
			fmt.Fprintf(w, `<item><title>Article %d</title><link>http://%s%s</link><guid>%s%d</guid></item>`, i, r.Host, strings.Replace(r.URL.Path, "feed.xml", fmt.Sprintf("%d.html", i), 1), r.URL.Path, i)
		}
		fmt.Fprint(w, `</channel></rss>`)
	default:
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d.html", &round, &n); err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(p.pages[n%len(p.pages)]) //nolint:errcheck // the client went away
	}
}

// benchPages are real pages where there are some, else pages of the size and shape of a news site's.
func benchPages(b *testing.B) [][]byte {
	if folder := os.Getenv("FEEDFOLIO_CORPUS"); folder != "" {
		files, err := filepath.Glob(filepath.Join(folder, "extraction", "aeb", "pages", "*.html.gz"))
		if err != nil || len(files) == 0 {
			b.Fatalf("no pages in %s: %v", folder, err)
		}
		var pages [][]byte
		for _, f := range files {
			page, err := os.ReadFile(f)
			if err != nil {
				b.Fatal(err)
			}
			pages = append(pages, page)
		}
		return pages
	}
	var pages [][]byte
	for i := range 20 {
		pages = append(pages, pack(b, newsPage(i)))
	}
	return pages
}

// newsPage is a page of about 110 kB: head, menus, an article of twenty paragraphs, and what stands around one.
func newsPage(n int) string {
	var p strings.Builder
	fmt.Fprintf(&p, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Article %d | Bench News</title><meta property="og:title" content="Article %d"><style>`, n, n)
	for i := range 300 {
		fmt.Fprintf(&p, ".c%d{margin:%dpx;padding:%dpx;color:#%06x}\n", i, i%20, i%7, i*77)
	}
	p.WriteString(`</style></head><body><header><nav><ul>`)
	for i := range 120 {
		fmt.Fprintf(&p, `<li class="menu-item item-%d"><a href="/section/%d" data-track="nav-%d">Section number %d</a></li>`, i, i, i, i)
	}
	p.WriteString(`</ul></nav></header><main><article class="story">`)
	fmt.Fprintf(&p, `<h1>Article %d</h1><p class="byline">By A. Writer</p>`, n)
	for i := range 20 {
		fmt.Fprintf(&p, `<p>In paragraph %d of article %d the ministry said that output rose by %d per cent in the third quarter, after a fall of %d per cent in the second, and that orders from abroad had been the main reason. Economists had expected less, and several of them raised their forecasts for the year; others, who look at credit, did not.</p>`, i, n, i+n%7, i%5)
	}
	p.WriteString(`</article><aside>`)
	for i := range 200 {
		fmt.Fprintf(&p, `<div class="card c%d"><a href="/story/%d"><img data-src="/img/%d.jpg" width="120" height="80" alt=""><span class="title">Another story of the day, number %d of the list</span></a></div>`, i, i, i, i)
	}
	p.WriteString(`</aside></main><footer>`)
	for i := range 150 {
		fmt.Fprintf(&p, `<a class="foot c%d" href="/page/%d">Footer link %d</a>`, i, i, i)
	}
	p.WriteString(`</footer></body></html>`)
	return p.String()
}

func pack(b *testing.B, page string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.WriteString(z, page); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
