package ingest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// Level is how a source is, in one word.
type Level string

// Levels, from best to worst. Those from Stale on are alarms.
const (
	Healthy  Level = "ok"
	Unknown  Level = "new"      // it never ran
	Disabled Level = "disabled" // by the configuration
	Waiting  Level = "waiting"  // entries wait for their page
	Retrying Level = "retrying" // its last run failed; it is asked again soon
	Stale    Level = "stale"    // quieter than it ever was
	Drift    Level = "drift"    // its articles come out shorter than they used to, more of them partial, or its selector finds nothing
	Overflow Level = "overflow" // entries came and went between two polls
	Failing  Level = "failing"  // its listing cannot be had
	Gone     Level = "gone"     // the publisher says that it is no more (410)
)

// Alarm says whether somebody should look.
func (l Level) Alarm() bool {
	return slices.Contains([]Level{Stale, Drift, Overflow, Failing, Gone}, l)
}

// Health is how a source is, and why.
type Health struct {
	Level Level
	Why   string
}

// failingAfter is how many runs in a row may fail before that is an alarm: one failure is over in a moment.
const failingAfter = 3

// Judge says how a source is from what is remembered of it. It is pure.
func Judge(src config.Source, st store.State, c store.Count, now time.Time) []Health {
	var all []Health
	add := func(l Level, format string, args ...any) { all = append(all, Health{l, fmt.Sprintf(format, args...)}) }
	switch {
	case src.Disabled:
		add(Disabled, "disabled: true in the configuration")
		return all
	case st.LastRun.IsZero():
		add(Unknown, "it has not run yet")
		return all
	case st.Gone:
		add(Gone, "the publisher answers 410 Gone: take it out of the configuration, or find its new address")
	case st.Failures >= failingAfter:
		add(Failing, "%d runs in a row: %s", st.Failures, st.Error)
	}
	if overflowed(st, now) {
		add(Overflow, "a poll had no entry in common with the one before: some may be lost; it is asked every %s now", st.Interval.Round(time.Second))
	}
	if quiet := quietFor(src, st); quiet > 0 {
		add(Stale, "nothing new for %s; it was never quieter than %s", days(quiet), days(st.Gap))
	}
	if st.Drift != "" {
		add(Drift, "%s", st.Drift)
	}
	if st.Failures > 0 && st.Failures < failingAfter && !st.Gone {
		add(Retrying, "the last run failed: %s", st.Error)
	}
	if c.Waiting > 0 {
		add(Waiting, "entries that wait for their page: %d", c.Waiting)
	}
	if len(all) == 0 {
		add(Healthy, "")
	}
	return all
}

// overflowShown is how long a lost window stays in the status, and shortens the interval.
const overflowShown = 24 * time.Hour

// overflowed says whether entries may have come and gone between two polls, lately.
func overflowed(st store.State, now time.Time) bool {
	return !st.OverflowAt.IsZero() && now.Sub(st.OverflowAt) < overflowShown
}

// Bounds of what is known of a source's silences.
const (
	habits     = 7 * 24 * time.Hour // how long it must be known before they say something: a week has all its days
	fewEntries = 5                  // of a listing: fewer say nothing
	fewGaps    = 10                 // the longest of so many is likely to be surpassed by far
	astray     = 10                 // times the longest silence of the others: an entry before that is pinned, or its date is wrong
)

// quietFor is how long a source has published nothing, if that is an alarm; else 0. It is one from twice the longest
// silence on that the source was ever seen to keep (thrice where few were seen), and at least a day. What counts is the
// time until it was last had: afterwards nobody knows. Holidays of the markets that are known do not count. Nothing is
// said of a source whose habits are not known.
func quietFor(src config.Source, st store.State) time.Duration {
	last := lastNews(st)
	known := last.Sub(st.KnownFrom)
	if st.Gap == 0 || last.IsZero() || known < habits {
		return 0
	}
	most := 2 * st.Gap
	if known < fewGaps*st.Gap {
		most += st.Gap
	}
	most = max(most, 24*time.Hour)
	quiet := st.LastOK.Sub(last)
	if quiet <= most || quiet-holidays(src.Market, last, st.LastOK) <= most {
		return 0
	}
	return quiet
}

// lastNews is when a source last had something new: by the date of its newest entry, or because one appeared that was
// not there before, whatever its date. To a source that was just added all is new.
func lastNews(st store.State) time.Time {
	if st.LastNew.After(st.Newest) {
		return st.LastNew
	}
	return st.Newest
}

// holidays is the time between two days that is no weekend, and on which a market is closed: the source's own, or any
// that is known.
func holidays(name string, from, to time.Time) (sum time.Duration) {
	var all []*Calendar
	for _, n := range Markets() {
		if m, err := market(n); err == nil && (name == "" || strings.EqualFold(n, name)) {
			all = append(all, m)
		}
	}
	const most = 366
	for day, n := from, 0; day.Before(to) && n < most; day, n = day.AddDate(0, 0, 1), n+1 {
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		if !weekend && slices.ContainsFunc(all, func(m *Calendar) bool { return len(m.on(day)) == 0 }) {
			sum += 24 * time.Hour
		}
	}
	return sum
}

// silences takes from a listing when its newest entry was published and the longest silence between two of them. st has
// the window of the listing before; fresh entries of this one are not in it.
func silences(st store.State, entries []article.Entry, fresh int, now time.Time) store.State {
	times := published(entries, now)
	if n := len(times); n >= fewEntries {
		st.Gap = max(st.Gap, longest(times))
	}
	missed := fresh == len(entries)
	if later := slices.IndexFunc(times, func(t time.Time) bool { return t.After(st.Newest) }); later >= 0 {
		if !st.Newest.IsZero() && st.Gap > 0 && !missed {
			st.Gap = max(st.Gap, times[later].Sub(st.Newest))
		}
		st.Newest = times[len(times)-1]
	}
	switch {
	case len(times) > 0 && (st.KnownFrom.IsZero() || times[0].Before(st.KnownFrom)):
		st.KnownFrom = times[0]
	case len(entries) > 0 && st.KnownFrom.IsZero():
		st.KnownFrom = now
	}
	if fresh > 0 {
		if st.Newest.IsZero() { // entries without dates count from when they appear
			st.Gap = max(st.Gap, now.Sub(later(st.KnownFrom, st.LastNew)))
		}
		st.LastNew = now
	}
	return st
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// published is when the entries of a listing were, oldest first. What lies before a silence that is beyond all others is
// left out: an entry that is pinned, or whose date is wrong.
func published(entries []article.Entry, now time.Time) []time.Time {
	var times []time.Time
	for i := range entries {
		if at := entries[i].Published; !at.IsZero() && !at.After(now) {
			times = append(times, at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := len(times) / 4; i > 0; i-- {
		gap, rest := times[i].Sub(times[i-1]), times[i:]
		if len(rest) >= fewEntries && gap > habits && gap > astray*longest(rest) {
			return rest
		}
	}
	return times
}

// longest is the longest silence between times that are in order.
func longest(times []time.Time) (gap time.Duration) {
	for i := 1; i < len(times); i++ {
		gap = max(gap, times[i].Sub(times[i-1]))
	}
	return gap
}

// Bounds of drift: how many articles a comparison needs on each side, and what counts as a fall.
const (
	driftArticles = 20
	driftShorter  = 0.5 // of the former mean length
	driftPartial  = 0.3 // more of the articles are partial, or without what the source's selector is to find
)

// drift compares a source's newest articles with those before: selectors that no longer match and pages behind a new
// wall show in shorter texts.
func drift(history []store.Day) string {
	var newer, older store.Day
	for _, d := range slices.Backward(history) {
		to := &older
		if newer.Saved < driftArticles {
			to = &newer
		}
		to.Saved += d.Saved
		to.Partial += d.Partial
		to.Missed += d.Missed
		to.Runes += d.Runes
	}
	if newer.Saved < driftArticles || older.Saved < driftArticles {
		return ""
	}
	length := func(d store.Day) float64 { return float64(d.Runes) / float64(d.Saved) }
	partial := func(d store.Day) float64 { return float64(d.Partial) / float64(d.Saved) }
	missed := func(d store.Day) float64 { return float64(d.Missed) / float64(d.Saved) }
	switch {
	case missed(newer) > missed(older)+driftPartial:
		return fmt.Sprintf("extract.content finds nothing on %.0f %% of its pages; it was %.0f %%: look at one with feedfolio explain", 100*missed(newer), 100*missed(older))
	case length(newer) < driftShorter*length(older):
		return fmt.Sprintf("its articles have %.0f characters on average; they had %.0f: look at one with feedfolio explain", length(newer), length(older))
	case partial(newer) > partial(older)+driftPartial:
		return fmt.Sprintf("%.0f %% of its articles are not whole; it was %.0f %%", 100*partial(newer), 100*partial(older))
	}
	return ""
}

// historyDays is how many days of a source's history are kept.
const historyDays = 60

// today returns the day of now in a history, which it bounds; the oldest days go.
func today(history []store.Day, now time.Time) ([]store.Day, *store.Day) {
	name := now.UTC().Format(time.DateOnly)
	if n := len(history); n == 0 || history[n-1].Day < name {
		history = append(history, store.Day{Day: name})
	}
	if extra := len(history) - historyDays; extra > 0 {
		history = slices.Delete(history, 0, extra)
	}
	return history, &history[len(history)-1]
}

// days writes a duration as people say it.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
