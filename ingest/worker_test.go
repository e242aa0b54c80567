package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// slowDisk writes no file before it is let go.
type slowDisk struct {
	store.Files
	let chan struct{}
}

func (d slowDisk) Stage(ctx context.Context, name string, data []byte, durable bool) (store.Staged, error) {
	<-d.let
	return d.Files.Stage(ctx, name, data, durable)
}

// An article that waits for the disk does not hold a worker that a host waits for.
func TestSlowDiskHoldsNoWorkers(t *testing.T) {
	t.Parallel()
	const articles = 3
	asked := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/feed.xml":
			fmt.Fprint(w, `<rss version="2.0"><channel><title>Wire</title>`)
			for i := range articles {
				fmt.Fprintf(w, `<item><title>Article %d</title><link>http://%s/%d.html</link></item>`, i, r.Host, i)
			}
			fmt.Fprint(w, `</channel></rss>`)
		case strings.HasSuffix(r.URL.Path, ".html"):
			asked <- r.URL.Path
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<title>Article</title><article><h1>Article</h1>%s</article>`,
				strings.Repeat("<p>Of "+r.URL.Path+" the ministry said that output rose in the third quarter, after a fall in the second.</p>", 10))
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	cfg.Database = filepath.Join(cfg.Archive, "feedfolio.db")
	cfg.Fetch.AllowPrivateNetworks, cfg.Fetch.Workers, cfg.Fetch.PerHost = true, 1, config.PerHost{Connections: 8}
	src := cfg.Defaults
	src.Name, src.URL, src.FullText = "wire", srv.URL+"/feed.xml", "always"
	cfg.Sources = []config.Source{src}
	folder, err := store.OpenFolder(cfg.Archive)
	if err != nil {
		t.Fatal(err)
	}
	disk := slowDisk{folder, make(chan struct{})}
	s, err := store.Open(t.Context(), cfg, store.Options{Files: disk})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := slog.New(slog.DiscardHandler)
	net := polite.New(cfg.Fetch, nil, polite.Options{Hosts: polite.In(s)})
	defer net.CloseIdle()
	done := make(chan ingest.Result, 1)
	go func() { done <- ingest.New(s, fetcher.New(cfg, net, log), log, time.Now).Run(t.Context(), src) }()
	for n := range articles {
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Errorf("%d of %d pages are asked for while the disk is slow", n, articles)
		}
		if t.Failed() {
			break
		}
	}
	close(disk.let)
	if r := <-done; r.Err != nil || r.Saved != articles {
		t.Errorf("saved %d, %v, %v; want %d", r.Saved, r.Err, r.Reasons, articles)
	}
}
