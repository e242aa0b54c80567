package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/store"
)

// noon is when the tests of this file are.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// autoSource is a source as most are configured: not at all.
func autoSource() config.Source {
	src := config.Default().Defaults
	src.Name, src.URL, src.Schedule = "wire", "http://wire.example/feed.xml", Auto
	return src
}

// listing has entries from a number to another. Where every is set they were published so far apart, the last at newest.
func listing(from, to int, newest time.Time, every time.Duration) *fetcher.Listing {
	l := &fetcher.Listing{Status: 200}
	for n := from; n <= to; n++ {
		e := article.Entry{GUID: fmt.Sprint(n), Link: fmt.Sprintf("http://wire.example/%d", n)}
		if every > 0 {
			e.Published = newest.Add(-time.Duration(to-n) * every)
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

var notModified = &fetcher.Listing{NotModified: true, Status: 304}

// quietly asks a source until a time, while nothing is new there.
func quietly(st store.State, src config.Source, until time.Time) (after store.State, polls int) {
	for now := st.Due; now.Before(until); now = st.Due {
		st = next(st, src, notModified, nil, now)
		polls++
	}
	return st, polls
}

// A source that is asked as often as it publishes is asked more rarely at night, also where the server says by itself
// that nothing is new, and as often as before once something is.
func TestAutoIsSlowerAtNight(t *testing.T) {
	t.Parallel()
	src := autoSource()
	st := next(store.State{}, src, listing(1, 20, noon, 30*time.Minute), nil, noon)
	if st.Interval != 15*time.Minute {
		t.Fatalf("by day it is asked every %s; want 15m", st.Interval)
	}
	st, polls := quietly(st, src, noon.Add(12*time.Hour))
	if polls > 20 || st.Interval != time.Hour {
		t.Errorf("in twelve hours without news it was asked %d times, at last every %s; want ever more rarely, up to an hour", polls, st.Interval)
	}
	morning := st.Due
	st = next(st, src, listing(2, 21, morning, 30*time.Minute), nil, morning)
	if st.Interval != 15*time.Minute {
		t.Errorf("in the morning it is asked every %s; want 15m", st.Interval)
	}
}

// An entry that is pinned, or whose date is wrong, says nothing of how often a source publishes.
func TestAutoPassesOverAPinnedEntry(t *testing.T) {
	t.Parallel()
	l := listing(1, 12, noon, 30*time.Minute)
	l.Entries[11].Published = noon.AddDate(-3, 0, 0)
	if st := next(store.State{}, autoSource(), l, nil, noon); st.Interval > 20*time.Minute {
		t.Errorf("it is asked every %s; want 15m", st.Interval)
	}
}

// A weekend is no reason to miss Monday's first news by hours, where there was one before; a silence that is longer than
// all before is one to ask more rarely.
func TestAutoExpectsTheEndOfAHabitualSilence(t *testing.T) {
	t.Parallel()
	src := autoSource()
	friday := listing(1, 20, noon, 30*time.Minute)
	st := next(store.State{Gap: 62 * time.Hour}, src, friday, nil, noon)
	if st, _ = quietly(st, src, noon.Add(62*time.Hour)); st.Interval != time.Hour {
		t.Errorf("at the end of a weekend like others it is asked every %s; want an hour", st.Interval)
	}
	if st, _ = quietly(st, src, noon.Add(10*24*time.Hour)); st.Interval != src.Auto.Max {
		t.Errorf("after ten days of silence it is asked every %s; want %s", st.Interval, src.Auto.Max)
	}
}

// Entries that have no dates show a cadence as well.
func TestAutoFollowsEntriesWithoutDates(t *testing.T) {
	t.Parallel()
	src := autoSource()
	st := next(store.State{}, src, listing(1, 20, noon, 0), nil, noon)
	if st.Interval != time.Hour {
		t.Fatalf("of the first listing nothing is known; it is asked every %s; want 1h", st.Interval)
	}
	last := 20
	for now := st.Due; now.Before(noon.Add(6 * time.Hour)); now = st.Due {
		last = 20 + int(now.Sub(noon)/(20*time.Minute))
		st = next(st, src, listing(last-19, last, now, 0), nil, now)
	}
	if st.Interval > 20*time.Minute {
		t.Errorf("with an entry each 20m it is asked every %s", st.Interval)
	}
	for now := st.Due; now.Before(noon.Add(30 * time.Hour)); now = st.Due {
		l := listing(last-19, last, now, 0)
		if now.Hour()%2 == 0 {
			l = notModified
		}
		st = next(st, src, l, nil, now)
	}
	if st.Interval != time.Hour {
		t.Errorf("after a day without news it is asked every %s; want 1h", st.Interval)
	}
	for range 20 { // a user who tries it out
		st = next(st, src, listing(last-19, last, noon, 0), nil, st.LastRun.Add(time.Second))
	}
	if st.Interval > 2*time.Hour {
		t.Errorf("after twenty fetches by hand it is asked every %s", st.Interval)
	}
}

// Sources that ran at the same instant, as after a night that the machine was off, do not stay together.
func TestSourcesThatRanTogetherDriftApart(t *testing.T) {
	t.Parallel()
	at := map[int64]int{}
	for n := range 1000 {
		src := autoSource()
		src.Name = fmt.Sprintf("wire-%d", n)
		d := due(store.State{Interval: time.Hour}, src, noon).Sub(noon)
		if d < time.Hour || d > 66*time.Minute {
			t.Fatalf("%s is due in %s; want an hour and at most a tenth of it", src.Name, d)
		}
		at[int64(d/time.Second)]++
	}
	for second, n := range at {
		if n > 15 {
			t.Errorf("%d of 1,000 are due in second %d", n, second)
		}
	}
}

// The wall clock is set back while a daily source waits for its next run at half past two.
func TestSetBackClockAndFixedHours(t *testing.T) {
	t.Parallel()
	src := autoSource()
	src.Schedule = "30 2 * * *"
	ran := time.Date(2026, 11, 24, 2, 30, 20, 0, time.UTC)
	st := next(store.State{}, src, notModified, nil, ran)
	for _, tt := range []struct {
		name string
		now  time.Time
		runs bool
	}{
		{"by an hour: it ran in this one", ran.Add(-time.Hour), false},
		{"by a day: the clock was wrong before", ran.Add(-24 * time.Hour), true},
		{"by a year", ran.AddDate(-1, 0, 0), true},
	} {
		if runs := !replan(st, src, tt.now).Due.After(tt.now); runs != tt.runs {
			t.Errorf("%s: runs again %v; want %v", tt.name, runs, tt.runs)
		}
	}
}

// What a person is told of a source's next run, and why it is then.
func TestNextRun(t *testing.T) {
	t.Parallel()
	src := autoSource()
	ran := func(l *fetcher.Listing, err error, src config.Source) store.State {
		return next(store.State{}, src, l, err, noon)
	}
	news := listing(1, 20, noon, 30*time.Minute)
	shanghai, daily, off := src, src, src
	shanghai.Market = "xshg"
	daily.Schedule = "0 8 * * *"
	off.Disabled = true
	asked := *news
	asked.TTL = 2 * time.Hour
	gone := &fetcher.StatusError{Code: 410}
	for _, tt := range []struct {
		name string
		src  config.Source
		st   store.State
		in   time.Duration // about; below zero: never
		why  string
	}{
		{"at once where it never ran", src, store.State{}, 0, "not run yet"},
		{"by its cadence", src, ran(news, nil, src), 15 * time.Minute, "auto, every 15m"},
		{"as its publisher asks", src, ran(&asked, nil, src), 2 * time.Hour, "every 2h as its publisher asks"},
		{"by a line", daily, ran(news, nil, daily), 20 * time.Hour, `schedule "0 8 * * *"`},
		{"by a line that is new in the configuration", daily, ran(news, nil, src), 20 * time.Hour, `schedule "0 8 * * *"`},
		{"outside of sessions", shanghai, ran(news, nil, shanghai), 30 * time.Minute, "Shanghai Stock Exchange is closed then"},
		{"after a failure", src, ran(nil, &fetcher.StatusError{Code: 500}, src), time.Minute, "1 in a row"},
		{"after a first 410", src, ran(nil, gone, src), 24 * time.Hour, "1 in a row"},
		{"never after the second", src, next(ran(nil, gone, src), src, nil, gone, noon), -1, "gone"},
		{"never where it is disabled", off, store.State{}, -1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, why := NextRun(tt.src, tt.st, noon)
			if in := at.Sub(noon); tt.in >= 0 && (in < tt.in || in > tt.in+tt.in/4+time.Second) || at.IsZero() != (tt.in < 0) {
				t.Errorf("NextRun is in %s (%s); want %s", in, at, tt.in)
			}
			if !strings.Contains(why, tt.why) {
				t.Errorf("NextRun is because of %q; want %q in it", why, tt.why)
			}
		})
	}
}
