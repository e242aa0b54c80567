package soak

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// Feeds that fail in every way, for some hours or for longer than they list an article: each is asked ever more rarely
// meanwhile, and again soon when it is well. What it still lists then is all had; where something may have come and
// gone unseen, that is said, and nowhere else.
func TestFeedsThatAil(t *testing.T) {
	t.Parallel()
	faults := FeedFaults
	if raced && !long() {
		faults = []Fault{NoItems, Truncated, UnavailableBare, Empty}
	}
	for _, tt := range []struct {
		name   string
		hours  int // of feeds that list the articles of sixteen
		missed bool
	}{{"for some hours", 6, false}, {"for longer than an article is listed", 20, true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan := Plan{Hosts: len(faults), Ailing: faults, Items: 30, Window: 8}
			var w *Web
			var sources strings.Builder
			sources.WriteString("defaults: {recheck: [], schedule: \"@every 30m\"}\nsources:\n")
			for f, url := range newWeb(plan).Feeds() {
				fmt.Fprintf(&sources, "  - {name: wire-%d, url: %q}\n", f, url)
			}
			web := func(rw http.ResponseWriter, r *http.Request) { w.ServeHTTP(rw, r) }
			simulate(t, sources.String(), web, func(t *testing.T, s *simulation) {
				w = newWeb(plan) // its channels must be of the bubble
				w.write()
				hours := func(n int) {
					for range n / 2 {
						w.Publish()
						s.pass(2 * time.Hour)
					}
				}
				s.start()
				hours(4)
				before := w.Stats()
				w.Ail(1_000_000)
				hours(tt.hours)
				polls := w.Stats().Polls - before.Polls
				w.Ail(0)
				hours(18) // who was refused for long comes back after long
				stats := w.Stats()
				s.end()
				got := map[string]store.Row{}
				for _, r := range s.rows() {
					got[r.Link] = r
				}
				for f, fault := range faults {
					gaps := 0
					for n := 2; n < w.listed[f]-1; n++ {
						r, had := got[w.articles[f][n].URL]
						_, next := got[w.articles[f][n+1].URL]
						if had && !next {
							gaps++
						}
						if had && (r.Status != article.Full || r.Revision != 1) {
							t.Errorf("%s: article %d: %s %s %s; want it whole", fault, n, r.State, r.Status, r.Reason)
						}
					}
					if want := tt.missed && fault.spoils(); (gaps == 1) != want || gaps > 1 {
						t.Errorf("%s: %d gaps between the articles that were had; want one: %t", fault, gaps, want)
					}
					told(t, s, f, fault, gaps > 0)
				}
				if most := len(faults) * 2 * tt.hours; polls > most || stats.RetryViolations+stats.RobotsViolations > 0 {
					t.Errorf("%d polls in %d hours, %+v; want at most %d, and no violation", polls, tt.hours, stats, most)
				}
				t.Logf("%d polls of %d feeds in %d hours; had they been well it were %d", polls, len(faults), tt.hours, len(faults)*2*tt.hours)
			})
		})
	}
}

// spoils says whether a feed cannot be read because of its fault.
func (f Fault) spoils() bool { return !slices.Contains([]Fault{Slow, Redirect, Charset, Octet}, f) }

// told checks that an overflow was said where there was one, and nothing else that somebody should look at now.
func told(t *testing.T, s *simulation, f int, fault Fault, overflow bool) {
	t.Helper()
	name := fmt.Sprintf("wire-%d", f)
	st := s.state(name)
	if st.Failures > 0 || st.OverflowAt.IsZero() == overflow {
		t.Errorf("%s: %d failures, overflow at %s; want it well, and an overflow: %t", fault, st.Failures, st.OverflowAt, overflow)
	}
	src, _ := s.cfg.Source(name)
	for _, h := range ingest.Judge(src, st, store.Count{}, time.Now()) {
		if h.Level.Alarm() && h.Level != ingest.Overflow {
			t.Errorf("%s: alarm %s: %s", fault, h.Level, h.Why)
		}
	}
}
