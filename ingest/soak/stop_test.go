package soak

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// stopMost is how long the daemon may take to stop, whatever publishers do; ten seconds are promised.
const stopMost = 3 * time.Second

// A daemon that is told to stop waits for no publisher: it breaks off what hangs, holds nothing of that against the
// source, and has it all after the next start.
func TestStopWaitsForNoPublisher(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for _, tt := range []struct {
		name   string
		config string
		hangs  func(w http.ResponseWriter, r *http.Request) bool // the rest is answered at once
	}{
		{"a listing that never comes", news, func(_ http.ResponseWriter, r *http.Request) bool { return r.URL.Path == "/feed.xml" }},
		{"a page that never comes", news, func(_ http.ResponseWriter, r *http.Request) bool { return isPage(r) }},
		{"a page that drips", news, func(w http.ResponseWriter, r *http.Request) bool {
			for range 3600 {
				if !isPage(r) || r.Context().Err() != nil {
					break
				}
				fmt.Fprint(w, "<p>And so on.</p>\n")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second) //nolint:forbidigo // in a bubble
			}
			return isPage(r)
		}},
		{"robots.txt that never comes", news, func(_ http.ResponseWriter, r *http.Request) bool { return r.URL.Path == "/robots.txt" }},
		{"a host with a long gap", "hosts: {news.example: {delay: 50s}}\n" + news, func(http.ResponseWriter, *http.Request) bool { return false }},
		{"a host with many connections", "hosts: {news.example: {connections: 8, delay: 0s}}\n" + news, func(_ http.ResponseWriter, r *http.Request) bool { return isPage(r) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var well atomic.Bool
			p := &publisher{stories: latest(20)}
			simulate(t, tt.config, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case !well.Load() && tt.hangs(w, r):
					<-r.Context().Done()
				case r.URL.Path == "/robots.txt":
					http.NotFound(w, r)
				default:
					p.ServeHTTP(w, r)
				}
			}, func(t *testing.T, s *simulation) {
				s.start()
				s.pass(5 * time.Second)
				begin := time.Now()
				s.end()
				if took := time.Since(begin); took > stopMost {
					t.Errorf("the stop took %s; want at most %s", took, stopMost)
				}
				for _, row := range s.rows() {
					if row.Attempts > 0 {
						t.Errorf("%s: the stop counts as a try that failed: %s", row.Link, row.Reason)
					}
				}
				if st := s.state("news"); st.Failures > 0 {
					t.Errorf("the stop counts as %d failures: %s", st.Failures, st.Error)
				}
				well.Store(true)
				s.runFor(hour)
				had := 0
				for _, row := range s.rows() {
					if row.Status == article.Full && row.Revision == 1 {
						had++
					}
				}
				if had < 20 {
					t.Errorf("%d articles are whole an hour after the next start; want 20", had)
				}
			})
		})
	}
}

// What a publisher answers in the moment after the daemon was told to stop is stored, not asked for again.
func TestStopStoresWhatIsAnswered(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	p := &publisher{stories: latest(20), page: func(w http.ResponseWriter, _ *http.Request, n int) {
		asked.Add(1)
		time.Sleep(time.Duration(700+n%4*150) * time.Millisecond) //nolint:forbidigo // in a bubble
		_, _ = w.Write([]byte(page(n)))
	}}
	simulate(t, "hosts: {news.example: {connections: 4, delay: 0s}}\n"+news, p.ServeHTTP, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(400 * time.Millisecond)
		s.end()
		s.pass(time.Minute) // the publisher gives up on those who went away
		stored := 0
		for _, row := range s.rows() {
			stored += row.Revision
		}
		if n := int(asked.Load()); n < 2 || stored != n {
			t.Errorf("%d pages were answered, %d articles stored; want all, and at least two", n, stored)
		}
	})
}

// Articles that are looked at again are in no hurry either.
func TestStopInTheMidstOfRechecks(t *testing.T) {
	t.Parallel()
	var hang atomic.Bool
	var held atomic.Int64
	p := &publisher{stories: latest(20), page: func(w http.ResponseWriter, r *http.Request, n int) {
		if hang.Load() {
			held.Add(1)
			<-r.Context().Done()
			return
		}
		_, _ = w.Write([]byte(page(n)))
	}}
	simulate(t, with("recheck: [30m]"), p.ServeHTTP, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(20 * time.Minute) // story 96 came out at midnight
		hang.Store(true)
		for range 40 {
			if s.pass(time.Minute); held.Load() > 0 {
				break
			}
		}
		begin := time.Now()
		s.end()
		if took := time.Since(begin); took > stopMost || held.Load() == 0 {
			t.Errorf("the stop took %s with %d pages that hang; want at most %s", took, held.Load(), stopMost)
		}
	})
}

func isPage(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, ".html") }
