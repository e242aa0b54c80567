package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

const (
	autoUnknown = time.Hour      // the interval where nothing is known of a source's cadence
	askedMost   = 24 * time.Hour // the longest pause between polls that a publisher is granted
	waitMost    = 7 * askedMost  // the longest that it is left alone where it answers 429 or 503
)

// next is the state of a source after a run: what its listing said, or why there was none. It is pure.
func next(st store.State, src config.Source, l *fetcher.Listing, err error, now time.Time) store.State {
	elapsed := now.Sub(st.LastRun)
	st.LastRun, st.Plan = now, plan(src)
	if err != nil {
		return failed(st, src, err, now)
	}
	st.LastOK, st.Failures, st.Error, st.Status = now, 0, "", l.Status
	st.Gone, st.Class = false, ""
	st.Validators = l.Validators
	st = moved(st, l, now)
	if l.NotModified {
		st.TTL = max(st.TTL, min(l.TTL, askedMost)) // a 304 has no document that could ask for less
		if !overflowed(st, now) {
			st.Interval = quieter(st, src.Auto, now)
		}
		st.Due = due(st, src, now)
		return st
	}
	st.Remarks = l.Remarks
	if l.Title != "" {
		st.Title = l.Title
	}
	st.Language, st.Link, st.TTL = l.Language, l.Link, min(l.TTL, askedMost)
	st.SkipHours, st.SkipDays = l.SkipHours, l.SkipDays
	window := windowOf(l.Entries)
	fresh := unseen(st.Window, window)
	st.Interval = cadence(st, l.Entries, fresh, src.Auto, elapsed, now)
	st.Overflow = len(st.Window) > 0 && fresh > 0 && fresh == len(window)
	if st.Overflow {
		st.OverflowAt, st.Interval = now, src.Auto.Min
		st.Remarks = append(slices.Clip(st.Remarks), "no entry of the last listing is in this one: entries in between may be lost; it is asked more often now")
	}
	if !st.Overflow && overflowed(st, now) {
		st.Interval = max(st.Interval/4, src.Auto.Min)
	}
	st = silences(st, l.Entries, fresh, now)
	if len(window) > 0 { // a listing that is empty for once must not hide what is missed meanwhile
		st.Window = window
	}
	st.Listed = len(l.Entries)
	st.Due = due(st, src, now)
	return st
}

// failed is the state after a listing that could not be had. A host that asked us to wait is no failure of the source.
func failed(st store.State, src config.Source, err error, now time.Time) store.State {
	st.Error = err.Error()
	var wait *polite.WaitError
	if errors.As(err, &wait) {
		st.Due = wait.Until
		return st
	}
	st.Failures++
	st.Class = class(err)
	if st.Failures >= forgetMove {
		st.Moved = store.Moved{} // what it moved to is no more: the configured address is asked again
	}
	again := ladder(listLadder, st.Failures, src.Name)
	if answered(err) { // no sooner than if it had been well
		again = max(again, min(cmp.Or(st.Interval, autoUnknown), autoUnknown))
	}
	var status *fetcher.StatusError
	if !errors.As(err, &status) {
		st.Gone = false
		st.Due = now.Add(again)
		return st
	}
	gone := status.Code == http.StatusGone
	if gone && st.Moved.Believed { // what it moved to is no more, which says nothing of the configured address
		gone, st.Moved = false, store.Moved{}
	}
	stays := gone && st.Gone
	st.Status, st.Gone = status.Code, gone
	switch {
	case stays:
		st.Due = now.AddDate(100, 0, 0)
	case gone:
		st.Due = now.Add(goneAgain)
	case status.RetryAfter > 0:
		st.Due = now.Add(max(again, min(status.RetryAfter, waitMost)))
	case status.Code == http.StatusTooManyRequests, status.Code == http.StatusForbidden, status.Code == http.StatusUnauthorized:
		st.Due = now.Add(ladder(refusedLadder, st.Failures, src.Name))
	default:
		st.Due = now.Add(again)
	}
	return st
}

// goneAgain is when a source that answers 410 is asked once more, since publishers make mistakes. If it is gone then, it
// is not asked any more on schedule: only where somebody says `feedfolio fetch`, or gives it another address.
const goneAgain = 24 * time.Hour

// Bounds of when a permanent redirect is believed, and when no longer.
const (
	moveSeen   = 3              // runs that were sent there
	moveFor    = 24 * time.Hour // from the first of them to the last
	forgetMove = 3              // failures in a row
)

// moved remembers a permanent redirect. It is followed at once each time, and only believed after it was seen on
// several runs over a day.
func moved(st store.State, l *fetcher.Listing, now time.Time) store.State {
	switch {
	case l.Moved == "":
		if l.URL != st.Moved.URL {
			st.Moved = store.Moved{}
		}
	case l.Moved == st.Moved.URL:
		st.Moved.Count++
		if !st.Moved.Believed && st.Moved.Count >= moveSeen && now.Sub(st.Moved.Since) >= moveFor {
			st.Moved.Believed = true
		}
	default:
		st.Moved = store.Moved{URL: l.Moved, Count: 1, Since: now}
	}
	return st
}

// where is the address to ask for a source's listing: what it moved to for good, once that is believed. A source whose
// configuration names headers or cookies is always asked at its own address, so that no redirect can make us send them
// elsewhere.
func where(st store.State, src config.Source) config.Source {
	if st.Moved.Believed && len(src.Headers) == 0 && len(src.Cookies) == 0 {
		src.URL = st.Moved.URL
	}
	return src
}

// plan names what Due and the validators depend on in the configuration. The address comes last.
func plan(src config.Source) string {
	zone := ""
	if src.Timezone != nil {
		zone = src.Timezone.String()
	}
	parts := []string{src.Schedule, zone, src.Market, src.Closed.String(), src.Auto.Min.String(), src.Auto.Max.String()}
	if how := reads(src); how != "" {
		parts = append(parts, how)
	}
	return strings.Join(append(parts, src.URL), " ")
}

const readsPrefix = "reads:"

// reads names how a listing is read, where it is not as any feed.
func reads(src config.Source) string {
	if src.MaxEntries == 0 && (src.Kind == "" || src.Kind == "feed") {
		return ""
	}
	return fmt.Sprintf("%s%x", readsPrefix, hash64(fmt.Sprintf("%s %+v %d", src.Kind, src.List, src.MaxEntries)))
}

// readAs says whether a listing is read as when the plan was made.
func readAs(plan string, src config.Source) bool {
	was := ""
	for part := range strings.SplitSeq(plan, " ") {
		if strings.HasPrefix(part, readsPrefix) {
			was = part
		}
	}
	return was == reads(src)
}

// clockSlack is how far the clock may go back unnoticed, as it does when it is set right by seconds.
const clockSlack = time.Minute

// hoursAgain is how far the clock may be set back so that the hours which come again count as had by a source that is
// asked at fixed hours. (The rule of ISC cron; further back, the clock was wrong before.)
const hoursAgain = 3 * time.Hour

// onTheHour says whether a source is asked at fixed hours of the wall clock, instead of ever so often.
func onTheHour(src config.Source) bool {
	return !auto(src) && !strings.Contains(src.Schedule, "@every")
}

// replan is the state of a source whose configuration may have changed since its last run. Another address is another
// publisher, to be asked at once; so is a listing that is read otherwise, and unconditionally, since a 304 would hide what
// it holds by the new rules. Another schedule holds from now on, unless the source is being left alone. It also notices a
// clock that was set back.
func replan(st store.State, src config.Source, now time.Time) store.State {
	if back := st.LastRun.Sub(now); back > clockSlack && !st.Gone && (back > hoursAgain || !onTheHour(src)) {
		st.LastRun, st.Due = now, now // the clock was set back: what it said before means nothing
	}
	p := plan(src)
	if st.Plan == "" || st.Plan == p {
		return st
	}
	switch {
	case !strings.HasSuffix(st.Plan, " "+src.URL):
		st.Due, st.Failures, st.Gone, st.Moved, st.TTL, st.SkipHours, st.SkipDays = now, 0, false, store.Moved{}, 0, nil, nil
	case !readAs(st.Plan, src):
		st.Due, st.Validators = now, article.Validators{}
	case st.Failures == 0 && st.Error == "":
		st.Due = due(st, src, st.LastRun)
	}
	st.Plan = p
	return st
}

// windowOf hashes the keys of a listing, so that the next one can be compared with it.
func windowOf(entries []article.Entry) []uint64 {
	window := make([]uint64, 0, len(entries))
	for i := range entries {
		window = append(window, hash64(entries[i].Key()))
	}
	slices.Sort(window)
	return slices.Compact(window)
}

// unseen counts what is in a listing and was not in the one before. Where that is all of it, entries between the two may
// have come and gone unseen.
func unseen(before, after []uint64) int {
	n := 0
	for _, h := range after {
		if _, found := slices.BinarySearch(before, h); !found {
			n++
		}
	}
	return n
}

// cadence chooses the interval of schedule auto from when the entries were published: half of the mean gap between the
// newest ones, and longer while the source is quiet, as at night. Entries that have no dates count from when they appear.
func cadence(st store.State, entries []article.Entry, fresh int, bounds config.Auto, elapsed time.Duration, now time.Time) time.Duration {
	const newest = 20
	times := published(entries, now)
	times = times[max(len(times)-newest, 0):]
	switch n := len(times); {
	case n > 1:
		gap := times[n-1].Sub(times[0]) / time.Duration(n-1)
		return bounded(max(gap/2, quiet(st, now.Sub(times[n-1]))), bounds)
	case len(st.Window) == 0:
		return bounded(autoUnknown, bounds)
	case fresh > 0:
		return bounded(elapsed/time.Duration(2*fresh), bounds)
	}
	return quieter(st, bounds, now)
}

// quieter is the interval of schedule auto after a listing that has nothing new.
func quieter(st store.State, bounds config.Auto, now time.Time) time.Duration {
	was := cmp.Or(st.Interval, autoUnknown)
	if last := lastNews(st); !last.IsZero() {
		was = max(was, quiet(st, now.Sub(last)))
	}
	return bounded(was, bounds)
}

// quiet is the interval that fits a silence: a quarter of it. A silence as the source has kept before, over a night or a
// weekend, may end at any moment: then it is no longer than an hour.
func quiet(st store.State, silence time.Duration) time.Duration {
	if silence <= max(st.Gap+st.Gap/4, 24*time.Hour) {
		return min(silence/4, autoUnknown)
	}
	return silence / 4
}

// bounded holds an interval in the bounds that the user set.
func bounded(d time.Duration, bounds config.Auto) time.Duration {
	return min(max(d, bounds.Min), max(bounds.Max, bounds.Min))
}

// due is when the source is asked next. The schedule decides; a publisher that asks for a longer pause (ttl, max-age) or
// names hours and days on which it wants to be left alone is heard where the schedule is auto.
func due(st store.State, src config.Source, now time.Time) time.Time {
	s, err := schedule(st, src)
	if err != nil { // the configuration was checked; a source that is never asked would be worse than an hour
		return now.Add(autoUnknown)
	}
	at := s.Next(now)
	gap := s.Next(at).Sub(at)
	if !auto(src) {
		return at.Add(jitter(src.Name, min(gap/10, 30*time.Second)))
	}
	return unskipped(st, at.Add(jitter(src.Name, gap/10)), jitter(src.Name, time.Minute))
}

func auto(src config.Source) bool { return src.Schedule == Auto || src.Schedule == "" }

// unskipped is the first time from at on that is in none of the hours and days to be skipped, in GMT; at itself where
// they leave no hour of a week. What is put off begins a little into its hour, as not all do that are.
func unskipped(st store.State, at time.Time, into time.Duration) time.Time {
	t := at.UTC()
	for range 7 * 24 {
		if !slices.Contains(st.SkipHours, t.Hour()) && !slices.Contains(st.SkipDays, t.Weekday()) {
			return t
		}
		t = t.Truncate(time.Hour).Add(time.Hour + into)
	}
	return at
}

// schedule is the schedule of a source in its present state.
func schedule(st store.State, src config.Source) (cron.Schedule, error) {
	var m *Calendar
	if src.Market != "" {
		var err error
		if m, err = market(src.Market); err != nil {
			return nil, err
		}
	}
	if auto(src) {
		if m == nil {
			return after(pause(st, src)), nil
		}
		least, closed := max(src.Auto.Min, st.TTL), src.Closed
		if closed > 0 {
			closed = max(closed, least)
		}
		return inSessions{market: m, inside: pauses{m, pause(st, src), least}, closed: closed}, nil
	}
	s, err := parseSchedule(src.Schedule, src.Timezone, src.Name)
	if err != nil || m == nil {
		return s, err
	}
	return inSessions{market: m, inside: ticks{m, s}, closed: src.Closed}, nil
}

// pause is the time between two runs of schedule auto. In the sessions of a market it is no longer than outside them.
func pause(st store.State, src config.Source) time.Duration {
	d := cmp.Or(st.Interval, autoUnknown)
	if src.Market != "" && src.Closed > 0 {
		d = min(d, src.Closed)
	}
	return max(d, st.TTL)
}

// after is the schedule that runs a while after the last run, wherever the clock stands.
type after time.Duration

// Next implements cron.Schedule.
func (a after) Next(t time.Time) time.Time { return t.Add(time.Duration(a)) }

// jitter spreads sources that would be asked at the same instant over most, the same each time. A schedule that a user
// wrote is held to half a minute; one of ours gives way by a tenth of its interval, so that sources which began together,
// as after a night that the machine was off, drift apart. It only ever adds: nobody is asked earlier than was said.
func jitter(name string, most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(hash64("jitter"+name) % uint64(most))
}
