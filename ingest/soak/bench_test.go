package soak

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// BenchmarkPoll is one poll that is answered 304, the publisher's side and the network included: from the state in the
// store to the state in the store.
func BenchmarkPoll(b *testing.B) {
	const feeds = 1000
	p := ownPress(b, Plan{Hosts: feeds, Items: 1})
	dir := b.TempDir()
	var text strings.Builder
	text.WriteString("archive: ./archive\nfetch: {allow_private_networks: true, per_host: {delay: 0s}}\ndefaults: {full_text: never, recheck: []}\nsources:\n")
	for i, f := range p.feeds {
		fmt.Fprintf(&text, "  - {name: wire-%d, url: %q}\n", i, f)
	}
	if err := os.WriteFile(filepath.Join(dir, "feedfolio.yaml"), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "feedfolio.yaml"), os.Getenv)
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.Context(), cfg, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	log := slog.New(slog.DiscardHandler)
	t := polite.New(cfg.Fetch, cfg.Hosts, polite.Options{Hosts: polite.In(s)})
	in := ingest.New(s, fetcher.New(cfg, t, log), log, time.Now)
	round := func(polls int) {
		var wg sync.WaitGroup
		slots := make(chan struct{}, 256)
		for i := range polls {
			slots <- struct{}{}
			wg.Go(func() {
				if r := in.Run(b.Context(), cfg.Sources[i%feeds]); r.Err != nil {
					b.Error(r.Err)
				}
				<-slots
			})
		}
		wg.Wait()
	}
	round(feeds)
	before := p.stats().NotModified
	b.ReportAllocs()
	b.ResetTimer()
	round(b.N)
	b.StopTimer()
	if n := p.stats().NotModified - before; n != b.N {
		b.Errorf("%d of %d polls were answered 304", n, b.N)
	}
}

// BenchmarkPollFloor is what net/http alone takes for the same requests, each on a connection of its own: what
// BenchmarkPoll is to be compared with, on a machine that is never quiet.
func BenchmarkPollFloor(b *testing.B) {
	const feeds = 1000
	p := ownPress(b, Plan{Hosts: feeds, Items: 1})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64)
	b.ReportAllocs()
	for i := range b.N {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, p.feeds[i%feeds], nil)
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("If-None-Match", fmt.Sprintf(`W/"%d-1"`, i%feeds))
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	wg.Wait()
	if n := p.stats().NotModified; n < b.N {
		b.Errorf("%d of %d polls were answered 304", n, b.N)
	}
}
