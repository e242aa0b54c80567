package soak

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// publisher is a web of one publisher: a feed of the newest stories, and their pages.
type publisher struct {
	stories func(now time.Time) (first, last int) // that the feed lists
	page    func(w http.ResponseWriter, r *http.Request, n int)
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var n int
	if _, err := fmt.Sscanf(r.URL.Path, "/%d.html", &n); err == nil {
		if p.page != nil {
			p.page(w, r, n)
			return
		}
		_, _ = w.Write([]byte(page(n)))
		return
	}
	if r.URL.Path != "/feed.xml" {
		http.NotFound(w, r)
		return
	}
	first, last := p.stories(time.Now())
	var items []string
	for n := last; n >= first; n-- {
		items = append(items, stub(n, published(n)))
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = w.Write([]byte(rss("", items...)))
}

// published is when a story comes out: one an hour from the first of January on.
func published(n int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour)
}

// latest lists the newest stories that are out.
func latest(count int) func(time.Time) (int, int) {
	return func(now time.Time) (int, int) {
		last := int(now.Sub(published(0)) / time.Hour)
		return max(1, last-count+1), last
	}
}

const news = "sources: [{name: news, url: \"http://news.example/feed.xml\", recheck: []}]\n"

func with(keys string) string { return strings.Replace(news, "recheck: []", keys, 1) }

// A week of a source that publishes every hour, with a night of outage, a restart a day and a reload in the middle:
// each story is there, once, whole, and not much later than it came out.
func TestWeekOfAnHourlySource(t *testing.T) {
	t.Parallel()
	down := func(now time.Time) bool { return now.Weekday() == time.Wednesday && now.Hour() < 6 }
	p := &publisher{stories: latest(20)}
	simulate(t, news, func(w http.ResponseWriter, r *http.Request) {
		if down(time.Now()) {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		p.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		from, polls, days := int(time.Since(published(0))/time.Hour), 0, 7
		if raced && !long() {
			days = 4 // the race detector makes SQLite ten times slower
		}
		for day := range days {
			s.start()
			s.pass(12 * time.Hour)
			if day == 3 {
				s.reload(with("recheck: [], schedule: \"@every 15m\""))
			}
			s.pass(12*time.Hour - time.Minute)
			s.end()
			for _, r := range s.web.asked("feed.xml") {
				if down(r.at) {
					polls++
				}
			}
			s.web.forget()
			s.pass(time.Minute)
		}
		if polls < 5 || polls > 9 {
			t.Errorf("%d polls in six hours of outage; want ever fewer", polls)
		}
		got := map[string]store.Row{}
		for _, row := range s.rows() {
			if _, double := got[row.Link]; double {
				t.Errorf("%s is there twice", row.Link)
			}
			got[row.Link] = row
		}
		for n := from; n < from+days*24-1; n++ {
			link := fmt.Sprintf("http://news.example/%d.html", n)
			row, found := got[link]
			late := row.Fetched.Sub(published(n))
			if !found || row.Status != article.Full || row.Revision != 1 || late > 9*time.Hour {
				t.Errorf("story %d: found %t, status %s, revision %d, %s after it came out", n, found, row.Status, row.Revision, late)
			}
		}
	})
}

func TestPageThatFailsIsASummaryByTheDeadlineAndCompleteLater(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	p := &publisher{stories: func(time.Time) (int, int) { return 95, 96 }}
	p.page = func(w http.ResponseWriter, _ *http.Request, n int) {
		if !well.Load() && n == 96 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(page(n)))
	}
	simulate(t, with("recheck: [], full_text_deadline: 6h, retry_for: 3d"), p.ServeHTTP, func(t *testing.T, s *simulation) {
		row := func() store.Row {
			for _, r := range s.rows() {
				if strings.HasSuffix(r.Link, "/96.html") {
					return r
				}
			}
			return store.Row{}
		}
		s.runFor(5*time.Hour + 50*time.Minute)
		if r := row(); r.Revision != 0 || !r.Waiting {
			t.Errorf("before the deadline: %+v; want nothing stored yet", r)
		}
		s.runFor(20 * time.Minute)
		if r := row(); r.Status != article.Summary || !r.Waiting {
			t.Errorf("after the deadline: status %q, waiting %t; want a summary that waits for its page", r.Status, r.Waiting)
		}
		tries := len(s.web.asked("/96.html"))
		if tries < 6 || tries > 14 {
			t.Errorf("the page was tried %d times in six hours; want ever fewer tries", tries)
		}
		s.runFor(24 * time.Hour)
		if n := len(s.web.asked("/96.html")) - tries; n < 1 || n > 5 {
			t.Errorf("and %d times in the day after; want a few", n)
		}
		well.Store(true)
		s.runFor(36 * time.Hour)
		if r := row(); r.Status != article.Full || r.Waiting || r.RevisedFor != store.ReasonCompleted {
			t.Errorf("once the page is well: status %q, waiting %t, %q; want it completed", r.Status, r.Waiting, r.RevisedFor)
		}
	})
}

func TestPageThatNeverComesIsGivenUpButItsSummaryStays(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: func(time.Time) (int, int) { return 96, 96 }}
	p.page = func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNotFound) }
	simulate(t, with("recheck: [], full_text_deadline: 1h, retry_for: 2d"), p.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		n := len(s.web.asked("/96.html"))
		s.runFor(2 * 24 * time.Hour)
		rows := s.rows()
		if len(rows) != 1 || rows[0].Status != article.Summary || rows[0].Waiting {
			t.Errorf("%+v; want one summary that waits for nothing", rows)
		}
		if more := len(s.web.asked("/96.html")) - n; more > 0 {
			t.Errorf("the page was asked for %d times after it was given up", more)
		}
	})
}

func TestCorrectionsAreFoundOnTheLadderOfRechecks(t *testing.T) {
	t.Parallel()
	var corrected time.Time
	p := &publisher{stories: func(time.Time) (int, int) { return 96, 96 }}
	p.page = func(w http.ResponseWriter, _ *http.Request, n int) {
		text := page(n)
		if !corrected.IsZero() && time.Now().After(corrected) {
			text = strings.ReplaceAll(text, "third month", "fourth month")
		}
		_, _ = w.Write([]byte(text))
	}
	simulate(t, with("recheck: [30m, 3h, 24h]"), p.ServeHTTP, func(t *testing.T, s *simulation) {
		corrected = time.Now().Add(2 * time.Hour)
		s.runFor(2 * 24 * time.Hour)
		if n := len(s.web.asked("/96.html")); n != 4 {
			t.Errorf("the page was asked for %d times; want 4: at first, and on three rungs", n)
		}
		rows := s.rows()
		if len(rows) != 1 || rows[0].Revision != 2 || rows[0].RevisedFor != store.ReasonPublisher {
			t.Fatalf("%+v; want a second revision by the publisher", rows)
		}
	})
}

// A host that is left alone when articles are to be looked at again is asked about them later, not never.
func TestCorrectionsAreFoundWhereTheHostWasLeftAloneMeanwhile(t *testing.T) {
	t.Parallel()
	var busy, corrected atomic.Bool
	p := &publisher{stories: func(time.Time) (int, int) { return 96, 96 }}
	p.page = func(w http.ResponseWriter, _ *http.Request, n int) {
		text := page(n)
		if corrected.Load() {
			text = strings.ReplaceAll(text, "third month", "fourth month")
		}
		_, _ = w.Write([]byte(text))
	}
	simulate(t, with("recheck: [3h], schedule: \"@every 20m\""), func(w http.ResponseWriter, r *http.Request) {
		if busy.Load() {
			w.Header().Set("Retry-After", "36000")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		p.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(2 * time.Hour)
		busy.Store(true)
		corrected.Store(true)
		s.pass(time.Hour / 2)
		busy.Store(false)
		s.pass(4 * time.Hour)
		if n := len(s.web.asked("/96.html")); n != 1 {
			t.Errorf("the page was asked for %d times while its host was to be left alone; want 1, at first", n)
		}
		s.pass(8 * time.Hour)
		s.end()
		rows := s.rows()
		if len(rows) != 1 || rows[0].Revision != 2 {
			t.Errorf("%+v; want a second revision", rows)
		}
		if n := len(s.web.asked("/96.html")); n != 2 {
			t.Errorf("the page was asked for %d times; want 2: at first, and on its one rung", n)
		}
	})
}

func TestWindowThatOverflowsIsSaidAndAskedMoreOften(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: latest(3)}
	simulate(t, news, p.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(2 * time.Hour)
		s.pass(12 * time.Hour) // it is off, and more stories come out than the feed lists
		s.web.forget()
		s.runFor(30 * time.Minute)
		st := s.state("news")
		said := false
		for _, h := range ingest.Judge(s.cfg.Sources[0], st, store.Count{}, time.Now()) {
			said = said || h.Level == ingest.Overflow
		}
		if !said {
			t.Errorf("state %+v; want the overflow in it", st)
		}
		if n := len(s.web.asked("feed.xml")); n < 2 {
			t.Errorf("%d polls in half an hour after it; want it asked more often", n)
		}
	})
}

// A daily run on a wall clock that is changed in both directions: once a day, never twice, never not at all.
func TestChangeOfClocksNeitherSkipsNorDoubles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schedule string
		from           time.Time
	}{
		{"spring, an hour that is skipped", "30 2 * * *", time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)},
		{"autumn, an hour that comes twice", "30 1 * * *", time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &publisher{stories: func(time.Time) (int, int) { return 1, 2 }}
			simulate(t, with(fmt.Sprintf("recheck: [], schedule: %q, timezone: America/New_York", tt.schedule)), p.ServeHTTP, func(t *testing.T, s *simulation) {
				s.runFor(time.Minute)
				s.pass(time.Until(tt.from)) // a long pause, made up for once
				s.runFor(time.Minute)
				s.web.forget()
				zone, err := time.LoadLocation("America/New_York")
				if err != nil {
					t.Fatal(err)
				}
				s.runFor(3 * 24 * time.Hour)
				days := map[string]int{}
				for _, r := range s.web.asked("feed.xml") {
					days[r.at.In(zone).Format(time.DateOnly)]++
				}
				if len(days) != 3 {
					t.Errorf("polls on %v; want three days", days)
				}
				for day, n := range days {
					if n != 1 {
						t.Errorf("%d polls on %s; want 1", n, day)
					}
				}
			})
		})
	}
}

// A week of New York with Thanksgiving in it: the schedule holds in sessions, the short one too, and never outside them.
func TestWeekOfAMarket(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: func(time.Time) (int, int) { return 1, 2 }}
	simulate(t, with(`recheck: [], schedule: "*/30 * * * *", timezone: America/New_York, market: xnys, closed: off`), p.ServeHTTP, func(t *testing.T, s *simulation) {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		s.runFor(time.Minute)
		s.pass(time.Until(time.Date(2026, 11, 22, 12, 0, 0, 0, zone)))
		s.runFor(time.Minute) // what was missed
		s.web.forget()
		s.runFor(7 * 24 * time.Hour)
		polls := map[string]int{}
		for _, r := range s.web.asked("feed.xml") {
			polls[r.at.In(zone).Format("Mon 15")]++
		}
		for day := range 7 {
			for hour := range 24 {
				at := time.Date(2026, 11, 22+day, hour, 0, 0, 0, zone)
				want := 0
				switch last := map[time.Weekday]int{time.Monday: 16, time.Tuesday: 16, time.Wednesday: 16, time.Friday: 13}[at.Weekday()]; {
				case hour > 9 && hour < last:
					want = 2
				case last > 0 && (hour == 9 || hour == last): // from half past nine; at the close
					want = 1
				}
				if got := polls[at.Format("Mon 15")]; got != want {
					t.Errorf("%d polls on %s; want %d", got, at.Format("Monday 15:xx"), want)
				}
			}
		}
	})
}

// The wall clock jumps while the daemon runs: forward, what is due comes at once; back, nothing waits for the clock to
// catch up with itself.
func TestWallClockJumps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		jump time.Duration
	}{{"forward by a day", 24 * time.Hour}, {"back by a day", -24 * time.Hour}, {"back by a year", -365 * 24 * time.Hour}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &publisher{stories: func(time.Time) (int, int) { return 95, 96 }}
			simulate(t, with("recheck: [], schedule: \"@every 1h\""), p.ServeHTTP, func(t *testing.T, s *simulation) {
				var offset atomic.Int64
				s.clock = func() time.Time { return time.Now().Round(0).Add(time.Duration(offset.Load())) }
				s.start()
				s.pass(90 * time.Minute)
				s.web.forget()
				offset.Store(int64(tt.jump))
				s.pass(2*time.Hour + 10*time.Minute)
				n := len(s.web.asked("feed.xml"))
				s.end()
				if n < 1 || n > 4 {
					t.Errorf("%d polls in the two hours after the jump; want two or three", n)
				}
			})
		})
	}
}

// The wall clock is set about the time of a daily run, at half past two: it is neither left out nor doubled.
func TestWallClockIsSetAboutADailyRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		at    time.Duration // into the day
		jump  time.Duration
		polls int // in the 20 hours after
	}{
		{"back by an hour, after it", 160 * time.Minute, -time.Hour, 0},
		{"back by an hour, before it", 150*time.Minute - time.Hour, -time.Hour, 1},
		{"forward over it", time.Hour, 2 * time.Hour, 1},
		{"forward, after it", 3 * time.Hour, 2 * time.Hour, 0},
		{"back by five hours, after it: the clock was wrong before", 3 * time.Hour, -5 * time.Hour, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &publisher{stories: func(time.Time) (int, int) { return 95, 96 }}
			simulate(t, with(`recheck: [], schedule: "30 2 * * *"`), p.ServeHTTP, func(t *testing.T, s *simulation) {
				var offset atomic.Int64
				s.clock = func() time.Time { return time.Now().Round(0).Add(time.Duration(offset.Load())) }
				s.start()
				s.pass(24*time.Hour + tt.at)
				s.web.forget()
				offset.Store(int64(tt.jump))
				s.pass(20 * time.Hour)
				polls := s.web.asked("feed.xml")
				s.end()
				if len(polls) != tt.polls {
					t.Errorf("%d polls in the 20 hours after; want %d", len(polls), tt.polls)
				}
			})
		})
	}
}

// A page that fails is tried again within the hour, also where the clock is set back by a day meanwhile, be it under the
// daemon's feet or while it does not run.
func TestClockSetBackPutsNoPageOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		off  bool
	}{{"under the daemon's feet", false}, {"while it does not run", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var well atomic.Bool
			p := &publisher{stories: func(time.Time) (int, int) { return 95, 96 }}
			p.page = func(w http.ResponseWriter, _ *http.Request, n int) {
				if !well.Load() {
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				_, _ = w.Write([]byte(page(n)))
			}
			simulate(t, with("recheck: []"), p.ServeHTTP, func(t *testing.T, s *simulation) {
				var offset atomic.Int64
				s.clock = func() time.Time { return time.Now().Round(0).Add(time.Duration(offset.Load())) }
				s.start()
				s.pass(10 * time.Minute) // the next try is in half an hour
				if tt.off {
					s.end()
				}
				offset.Store(-int64(24 * time.Hour))
				well.Store(true)
				if tt.off {
					s.start()
				}
				s.pass(time.Hour)
				s.end()
				for _, r := range s.rows() {
					if r.Status != article.Full || r.Waiting {
						t.Errorf("%s: %s, waiting %t; want it had within the hour", r.Link, r.State, r.Waiting)
					}
				}
			})
		})
	}
}

// A disk that refuses to be written to loses nothing: what could not be stored is there once the disk is well again.
func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: func(time.Time) (int, int) { return 90, 96 }}
	simulate(t, news, p.ServeHTTP, func(t *testing.T, s *simulation) {
		// A file where the folder of articles should be: it stops root too, whom permissions do not.
		block := filepath.Join(s.dir, "archive", "articles")
		if err := os.MkdirAll(filepath.Dir(block), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(block, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.pass(2 * time.Hour)
		asked := len(s.web.asked(".html"))
		for _, r := range s.rows() {
			if !r.Waiting || r.Revision > 0 {
				t.Errorf("%+v; want it to wait", r)
			}
		}
		if asked > 50 {
			t.Errorf("%d pages were asked for in two hours though nothing can be stored", asked)
		}
		if err := os.Remove(block); err != nil {
			t.Fatal(err)
		}
		s.pass(2 * time.Hour)
		s.end()
		rows := s.rows()
		if len(rows) != 7 {
			t.Errorf("%d articles; want 7", len(rows))
		}
		for _, r := range rows {
			if r.Status != article.Full {
				t.Errorf("%s: %s %s; want it stored", r.Link, r.State, r.Reason)
			}
		}
	})
}

// Another process locks the database for longer than we wait: the runs of that time fail, and nothing is lost.
func TestDatabaseThatIsLocked(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: latest(10)}
	simulate(t, with("recheck: [], schedule: \"@every 10m\""), p.ServeHTTP, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(30 * time.Minute)
		unlock := lockDatabase(t, filepath.Join(s.dir, "archive", "feedfolio.db"))
		s.pass(2 * time.Hour)
		unlock()
		s.pass(2 * time.Hour)
		s.end()
		synctest.Wait()
		last := int(time.Since(published(0)) / time.Hour)
		got := map[string]bool{}
		for _, r := range s.rows() {
			got[r.Link] = r.Status == article.Full
		}
		for n := last - 9; n < last; n++ {
			if !got[fmt.Sprintf("http://news.example/%d.html", n)] {
				t.Errorf("story %d is not there", n)
			}
		}
	})
}

// What status says of a source's next run is what then happens: to the second, and nothing before.
func TestNextRunIsWhatHappens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, keys, then string }{
		{"auto", "schedule: auto", "schedule: auto, auto: {max: 20m}"},
		{"a line, then another", `schedule: "*/20 9-15 * * 1-5", timezone: Asia/Shanghai`, `schedule: "@every 50m"`},
		{"a market", `schedule: "@every 40m", market: xnys, closed: 3h`, "schedule: auto, market: xlon, closed: off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &publisher{stories: latest(5)}
			simulate(t, with("recheck: [], "+tt.keys), p.ServeHTTP, func(t *testing.T, s *simulation) {
				s.start()
				s.pass(time.Minute)
				for n := range 20 {
					if n == 10 {
						s.reload(with("recheck: [], " + tt.then))
					}
					s.web.forget()
					at, why := ingest.NextRun(s.cfg.Sources[0], s.state("news"), time.Now())
					s.pass(time.Until(at) + 30*time.Second)
					polls := s.web.asked("feed.xml")
					if len(polls) != 1 || polls[0].at.Sub(at).Abs() > time.Second {
						t.Fatalf("run %d, announced for %s (%s): %d polls, %v; want one then", n, at, why, len(polls), polls)
					}
				}
				s.end()
			})
		})
	}
}

// The configuration changes while a source is being asked: what it says of the source holds from the end of that run on.
func TestReloadDuringARun(t *testing.T) {
	t.Parallel()
	p := &publisher{stories: func(time.Time) (int, int) { return 95, 96 }}
	slowly := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Second) //nolint:forbidigo // in a bubble
		p.ServeHTTP(w, r)
	}
	simulate(t, with("recheck: [], schedule: \"0 3 1 * *\""), slowly, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(5 * time.Second) // the feed is being asked for
		s.reload(with("recheck: [], schedule: \"@every 5m\""))
		s.pass(time.Hour)
		polls := len(s.web.asked("feed.xml"))
		s.reload("sources: []\n")
		s.pass(time.Hour)
		s.reload(with("recheck: [], schedule: \"@every 5m\""))
		s.pass(5 * time.Second) // it is being asked for again
		s.reload("sources: []\n")
		s.reload(with("recheck: [], schedule: \"@every 5m\""))
		s.pass(30 * time.Second)
		again := len(s.web.asked("feed.xml")) - polls
		s.end()
		if polls < 10 || polls > 14 {
			t.Errorf("%d polls in an hour of which the schedule says every five minutes", polls)
		}
		if again != 1 {
			t.Errorf("%d polls as it was taken out and put back while it was asked; want that one", again)
		}
	})
}
