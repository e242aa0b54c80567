package soak

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// presses are the webs that a trial runs against: ours, and newsroom where there is one.
func presses(t *testing.T, plan Plan, flags ...string) []*press {
	t.Helper()
	all := []*press{ownPress(t, plan)}
	if p := newsroom(t, flags...); p != nil {
		all = append(all, p)
	}
	return all
}

// The daemon is killed at random moments while it fetches, and started again each time. In the end nothing is lost,
// nothing is there twice, and what was fetched twice is at most what was in flight when it was killed.
func TestKilledAtRandomMomentsOfAnIngest(t *testing.T) {
	t.Parallel()
	kills, plan, flags := 5, Plan{Hosts: 5, Feeds: 10, Items: 20, Rate: 0.005, Faults: cheap}, []string{"-feeds", "10", "-hosts", "5"}
	resume := 15 * time.Second // a loaded machine that also runs the race detector
	// The gap makes the ingest last longer than the kills; a kill comes within span after the first request.
	gap, span := "60ms", 300*time.Millisecond
	if long() {
		kills, plan = 50, Plan{Hosts: 25, Feeds: 100, Items: 20, Rate: 0.01}
		flags = []string{"-feeds", "100", "-hosts", "25"}
		resume = 2 * time.Second
		gap, span = "500ms", time.Second
	}
	const workers = 16
	for _, p := range presses(t, plan, append(flags, "-faults", "all=0.01")...) {
		t.Run(p.name, func(t *testing.T) {
			a := newArchive(t, p.feeds, "  timeout: 2s\n  workers: 16\n  per_host: {delay: "+gap+", connections: 1}", "{schedule: 1 3 * * *, recheck: []}")
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) //nolint:gosec // random moments
			var resumed []time.Duration
			for k := range kills {
				before := p.stats().requests(p)
				d := a.run()
				await(t, "a request after the start", time.Minute, func() bool { return p.stats().requests(p) > before || ended(d) })
				resumed = append(resumed, time.Since(d.started))
				<-time.After(time.Duration(rng.Int64N(int64(span))))
				d.kill()
				if k%10 == 0 || !long() {
					if got := a.inspect(nil).Verify; got.Missing+got.Torn > 0 {
						t.Fatalf("after kill %d: %+v; want nothing missing, nothing torn", k, got)
					}
				}
			}
			before := p.fetched()
			d := a.run()
			s := a.open()
			await(t, "the rest", 5*time.Minute, func() bool {
				full, _ := stored(t.Context(), t, s)
				return full >= p.complete()
			})
			_ = s.Close()
			took := d.stop()
			got := a.inspect(p.truth)
			slices.Sort(resumed)
			t.Logf("%d kills, %d articles had by the last: complete %d of %d, stubs %d, pending %d; fetched again %d; first request after start: median %s, most %s; stop %s; %+v",
				kills, before, got.Complete, p.complete(), got.Stubs, got.Pending, p.again(), resumed[len(resumed)/2], resumed[len(resumed)-1], took, p.stats())
			if len(got.Lost)+len(got.Twice)+len(got.Unmarked)+len(got.Junk) > 0 || got.Complete < p.complete() {
				t.Errorf("lost %v, twice %v, stubs that pass for articles %v, junk %v, complete %d; want none, and %d complete",
					got.Lost, got.Twice, got.Unmarked, got.Junk, got.Complete, p.complete())
			}
			if v := got.Verify; !v.Clean() {
				t.Errorf("verify: %+v; want it clean", v)
			}
			if most := kills * workers; p.again() > most {
				t.Errorf("%d fetched again after %d kills; want at most the %d in flight at each", p.again(), kills, workers)
			}
			if at := resumed[len(resumed)*9/10]; at > resume {
				t.Errorf("nine of ten starts had their first request within %s; want %s", at, resume)
			}
			// What a host asked for in the very moment of a kill cannot have been written down.
			if s := p.stats(); s.RobotsViolations > 0 || s.RetryViolations > kills {
				t.Errorf("%d robots violations, %d of Retry-After; want none but those of the moment", s.RobotsViolations, s.RetryViolations)
			}
		})
	}
}

// cheap are the faults that do not cost much time: for short forms.
var cheap = []Fault{
	TooMany, Unavailable, ServerError, Reset, Truncated, Redirect, Cookie, Charset, NotFound, Loop, Forbidden, Octet,
}

func ended(d *daemon) bool {
	select {
	case err := <-d.ended:
		d.t.Fatalf("the daemon ended by itself: %v\n%s", err, d.log)
	default:
	}
	return false
}

// requests is how many a web had; newsroom tells only what it answered.
func (s Stats) requests(p *press) int {
	if s.Requests > 0 {
		return s.Requests
	}
	return s.Polls + p.fetched()
}
