package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// A flood of sources that are due at once leaves few goroutines behind: each keeps the stack that it needed.
func TestFewGoroutinesWaitAfterAFlood(t *testing.T) {
	t.Parallel()
	const flood = 3 * mostIdle
	asked, answer := make(chan bool, flood), make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		<-answer
		http.NotFound(w, r)
	}))
	defer srv.Close()
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	cfg.Database = filepath.Join(cfg.Archive, "feedfolio.db")
	cfg.Fetch.AllowPrivateNetworks, cfg.Fetch.Workers, cfg.Fetch.PerHost = true, flood, config.PerHost{Connections: flood}
	for n := range flood {
		src := cfg.Defaults
		src.Name, src.URL = fmt.Sprintf("wire-%d", n), fmt.Sprintf("%s/%d.xml", srv.URL, n)
		cfg.Sources = append(cfg.Sources, src)
	}
	db, err := store.Open(t.Context(), cfg, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log := slog.New(slog.DiscardHandler)
	net := polite.New(cfg.Fetch, nil, polite.Options{Hosts: polite.In(db)})
	defer net.CloseIdle()
	in := New(db, fetcher.New(cfg, net, log), log, time.Now)
	s := NewScheduler(in, log, flood)
	if err := s.Set(t.Context(), in, cfg.Sources); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	for range flood {
		<-asked
	}
	close(answer)
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.busy) > 0 {
			return flood
		}
		return s.workers
	}
	for deadline := time.After(time.Minute); waiting() > mostIdle; {
		select {
		case <-deadline:
			t.Fatalf("%d goroutines wait for a task; want %d", waiting(), mostIdle)
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
