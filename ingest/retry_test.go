package ingest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

func TestPagesAreTriedAgainAsSoonAsItMayHelp(t *testing.T) {
	t.Parallel()
	src := config.Source{FullTextDeadline: 7 * 24 * time.Hour, RetryFor: 7 * 24 * time.Hour}
	now := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		err  error
		want time.Duration // after the first failure; up to a quarter more
	}{
		{"no connection", errors.New("connection refused"), 2 * time.Second},
		{"the publisher's own fault", &fetcher.StatusError{Code: 500}, 2 * time.Second},
		{"a request that came too slowly", &fetcher.StatusError{Code: 408}, 2 * time.Second},
		{"not found", &fetcher.StatusError{Code: 404}, 5 * time.Minute},
		{"refused", &fetcher.StatusError{Code: 403}, 5 * time.Minute},
		{"a PDF", fmt.Errorf("GET: %w", fetcher.ErrNotPage), 5 * time.Minute},
		{"too large", fmt.Errorf("GET: %w", &polite.LimitError{What: "body", Limit: 1}), 2 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, _ := judge(store.Pending{FirstSeen: now}, src, tt.err, now)
			if wait := f.Next.Sub(now); wait < tt.want || wait > tt.want*5/4 {
				t.Errorf("tried again after %s; want %s, and up to a quarter more", wait, tt.want)
			}
		})
	}
}
