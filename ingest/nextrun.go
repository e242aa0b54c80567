package ingest

import (
	"fmt"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// NextRun is when the daemon asks a source for its listing next, and why then. The zero time says that it does not: the
// source is disabled, or gone. It is pure.
func NextRun(src config.Source, st store.State, now time.Time) (at time.Time, why string) {
	if src.Disabled {
		return time.Time{}, ""
	}
	st = replan(st, src, now)
	switch {
	case st.LastRun.IsZero():
		return now, "it has not run yet"
	case st.Gone && st.Due.Sub(st.LastRun) > goneAgain:
		return time.Time{}, "its publisher says that it is gone; only feedfolio fetch asks it again"
	case st.Failures > 0:
		return st.Due, fmt.Sprintf("ever more rarely while its listing fails (%d in a row)", st.Failures)
	case st.Error != "":
		return st.Due, "its host asks to wait"
	case !st.Due.After(now):
		return now, "it is overdue"
	}
	return st.Due, reason(src, st)
}

// reason says by which schedule a source is due.
func reason(src config.Source, st store.State) string {
	by := fmt.Sprintf("schedule %q", src.Schedule)
	if auto(src) {
		d := pause(st, src)
		by = "auto, every " + config.FormatDuration(max(d.Round(time.Second), time.Second))
		if d == st.TTL {
			by += " as its publisher asks"
		}
	}
	m, err := market(src.Market)
	if err != nil { // it has none
		return by
	}
	if !m.Open(st.Due) {
		by = m.Name + " is closed then"
	} else {
		by = m.Name + " trades then; " + by
	}
	if doubt := m.Doubt(st.Due); doubt != "" {
		by += "; " + doubt
	}
	return by
}
