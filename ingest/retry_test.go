package ingest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

func TestWhatAFailureMeansForAnEntry(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	src := config.Source{Name: "wire", FullTextDeadline: 6 * time.Hour, RetryFor: 7 * 24 * time.Hour}
	status := func(code int, after time.Duration) error {
		return fmt.Errorf("GET http://news.example/1: %w", &fetcher.StatusError{Code: code, RetryAfter: after})
	}
	list := &extract.NotArticle{Kind: "index", Reason: "a list of links (12 links, 80 bytes of running text)"}
	for _, tt := range []struct {
		name        string
		err         error
		after       time.Duration // since the entry was seen
		attempts    int
		least, most time.Duration // until its page is asked for again; both 0: it is not
		summary     bool
		gone        bool
		class       string
	}{
		{"a server's own fault", status(500, 0), 0, 0, 2 * time.Second, 3 * time.Second, false, false, "HTTP 500"},
		{"for the fifth time", status(500, 0), time.Hour, 4, 2 * time.Hour, 150 * time.Minute, false, false, "HTTP 500"},
		{"a request that came too slowly", status(408, 0), 0, 0, 2 * time.Second, 3 * time.Second, false, false, "HTTP 408"},
		{"a page that is not there yet", status(404, 0), 0, 0, 5 * time.Minute, 7 * time.Minute, false, false, "HTTP 404"},
		{"for the third time", status(404, 0), time.Hour, 2, 2 * time.Hour, 150 * time.Minute, false, false, "HTTP 404"},
		{"refused", status(403, 0), 0, 0, 5 * time.Minute, 7 * time.Minute, false, false, "HTTP 403"},
		{"a PDF", fmt.Errorf("GET: %w", fetcher.ErrNotPage), 0, 0, 5 * time.Minute, 7 * time.Minute, false, false, "no usable answer"},
		{"too large", fmt.Errorf("GET: %w", &polite.LimitError{What: "body", Limit: 1}), 0, 0, 2 * time.Hour, 150 * time.Minute, false, false, "too large"},
		{"no longer than to the deadline", status(500, 0), 5 * time.Hour, 6, time.Hour, time.Hour, false, false, "HTTP 500"},
		{"a server that asks for time", status(503, 3*time.Hour), time.Hour, 1, 3 * time.Hour, 3 * time.Hour, false, false, "HTTP 503"},
		{"the deadline has come", status(500, 0), 6 * time.Hour, 6, 12 * time.Hour, 15 * time.Hour, true, false, "HTTP 500"},
		{"and passed long ago", status(403, 0), 6 * 24 * time.Hour, 12, 24 * time.Hour, 30 * time.Hour, true, false, "HTTP 403"},
		{"the end has come", status(403, 0), 7 * 24 * time.Hour, 13, 0, 0, true, false, "HTTP 403"},
		{"taken away", status(410, 0), 0, 0, 0, 0, true, true, "HTTP 410"},
		{"robots.txt forbids it", fmt.Errorf("GET: %w", polite.ErrRobots), 0, 0, 24 * time.Hour, 24 * time.Hour, true, false, "robots.txt forbids it"},
		{"its host asks us to wait", &polite.WaitError{Host: "news.example", Until: seen.Add(time.Hour)}, 0, 0, time.Hour, time.Hour, false, false, "its host asks us to wait"},
		{"beyond the deadline", &polite.WaitError{Host: "news.example", Until: seen.Add(9 * time.Hour)}, 7 * time.Hour, 0, 2 * time.Hour, 2 * time.Hour, true, false, "its host asks us to wait"},
		{"a page that is no article", fmt.Errorf("GET: %w", list), 0, 0, 2 * time.Second, 3 * time.Second, false, false, "no article: index"},
		{"an entry that names no page", fmt.Errorf("entry: %w", fetcher.ErrNoLink), 0, 0, 0, 0, true, false, "it names no page"},
		{"something else", errors.New("EOF"), 0, 1, 30 * time.Second, 38 * time.Second, false, false, "no usable answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := seen.Add(tt.after)
			p := store.Pending{FirstSeen: seen, Attempts: tt.attempts, Entry: article.Entry{GUID: "1"}}
			f, summary := judge(p, src, tt.err, now)
			wait := f.Next.Sub(now)
			if f.Next.IsZero() {
				wait = 0
			}
			if wait < tt.least || wait > tt.most || summary != tt.summary || f.Gone != tt.gone || f.Class != tt.class {
				t.Errorf("judge = %+v in %s, summary %t; want it in %s to %s, summary %t", f, wait, summary, tt.least, tt.most, tt.summary)
			}
		})
	}
}
