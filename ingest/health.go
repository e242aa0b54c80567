package ingest

import (
	"fmt"
	"slices"
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
	Drift    Level = "drift"    // its articles come out shorter, or more of them partial, than they used to
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
	if quiet, most := quietFor(st, now); quiet > most && most > 0 {
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

// habits is how long a source must be known before its silences say something: a week has all its days.
const habits = 7 * 24 * time.Hour

// quietFor is how long a source has published nothing, and from when on that is an alarm: twice the longest silence it
// was ever seen to keep, and at least a day. Nothing is said of a source whose habits are not known.
func quietFor(st store.State, now time.Time) (quiet, most time.Duration) {
	if st.Gap == 0 || st.Newest.IsZero() || st.Newest.Sub(st.KnownFrom) < habits {
		return 0, 0
	}
	return now.Sub(st.Newest), max(2*st.Gap, 24*time.Hour)
}

// silences takes from a listing when its newest entry was published and the longest silence between two of them.
func silences(st store.State, entries []article.Entry, now time.Time) store.State {
	var times []time.Time
	for i := range entries {
		if at := entries[i].Published; !at.IsZero() && !at.After(now) {
			times = append(times, at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	if n := len(times); n > 0 && (st.KnownFrom.IsZero() || times[0].Before(st.KnownFrom)) {
		st.KnownFrom = times[0]
	}
	const few = 5 // of entries: fewer say nothing about a source's habits
	for i := 1; i < len(times) && len(times) >= few; i++ {
		st.Gap = max(st.Gap, min(times[i].Sub(times[i-1]), 60*24*time.Hour))
	}
	if n := len(times); n > 0 && times[n-1].After(st.Newest) {
		if !st.Newest.IsZero() && st.Gap > 0 {
			st.Gap = max(st.Gap, min(times[n-1].Sub(st.Newest), 60*24*time.Hour))
		}
		st.Newest = times[n-1]
	}
	return st
}

// Bounds of drift: how many articles a comparison needs on each side, and what counts as a fall.
const (
	driftArticles = 20
	driftShorter  = 0.5 // of the former mean length
	driftPartial  = 0.3 // more of the articles are partial
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
		to.Runes += d.Runes
	}
	if newer.Saved < driftArticles || older.Saved < driftArticles {
		return ""
	}
	length := func(d store.Day) float64 { return float64(d.Runes) / float64(d.Saved) }
	partial := func(d store.Day) float64 { return float64(d.Partial) / float64(d.Saved) }
	switch {
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
