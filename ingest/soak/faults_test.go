package soak

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// Every fault at once, at one per cent each: what can be had is had whole, what cannot does not pass for an article and
// costs little, and nobody is asked more often, sooner or elsewhere than they allow. At full length a part of the feeds
// fails at first, too; each is had a minute later.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	plan, flags := Plan{Hosts: 10, Feeds: 10, Items: 20, Rate: 0.005}, []string{"-feeds", "10", "-hosts", "10"}
	if long() {
		plan, flags = Plan{Hosts: 100, Feeds: 100, Items: 20, Rate: 0.01}, []string{"-feeds", "100", "-hosts", "100", "-feedfaults", "all=0.01"}
		for _, fault := range FeedFaults {
			// Refused without a word, a host is left alone for many minutes. What it has answered, it will hardly answer
			// otherwise in a minute: it is asked again when it would be if all were well. Nothing says that an empty feed failed.
			if !slices.Contains([]Fault{TooManyBare, UnavailableBare, NotFound, Page, Empty, Huge, Bomb, NoItems}, fault) {
				plan.Ailing = append(plan.Ailing, fault)
			}
		}
	}
	for _, p := range presses(t, plan, append(flags, "-faults", "all=0.01")...) {
		t.Run(p.name, func(t *testing.T) {
			a := newArchive(t, p.feeds, "  timeout: 5s\n  per_host: {delay: 5ms, connections: 1}", "{schedule: 1 3 * * *, recheck: []}")
			begin := time.Now()
			d := a.run()
			s := a.open()
			await(t, "what can be had", 15*time.Minute, func() bool {
				full, _ := stored(t.Context(), t, s)
				return full >= p.complete() || ended(d)
			})
			first := time.Since(begin)
			<-time.After(5 * time.Second) // the bodies of 300 MB and the bombs, once more
			_ = s.Close()
			peak, cpu := d.peak(), d.cpu()
			d.stop()
			got, stats := a.inspect(p.truth), p.stats()
			t.Logf("all that can be had after %s, CPU %s, most memory %d MB: complete %d (of %d sure; %d of them lack a paragraph), stubs %d, pending %d, fetched again %d; %+v",
				first.Round(10*time.Millisecond), cpu, peak>>20, got.Complete, p.complete(), got.Lacking, got.Stubs, got.Pending, p.again(), stats)
			if len(got.Lost)+len(got.Twice)+len(got.Unmarked)+len(got.Junk) > 0 || got.Complete < p.complete() || !got.Verify.Clean() {
				t.Errorf("lost %v, twice %v, stubs that pass for articles %v, junk %v, complete %d, %+v; want none, and %d complete",
					got.Lost, got.Twice, got.Unmarked, got.Junk, got.Complete, got.Verify, p.complete())
			}
			if stats.RobotsViolations+stats.RetryViolations > 0 || stats.MostInFlight > p.atOnce {
				t.Errorf("%+v; want no violation, one request at a time at a host", stats)
			}
			if n := p.again(); n > p.pages {
				t.Errorf("%d articles were fetched again though they had been had", n-p.pages)
			}
			if most := int64(200 << 20); peak > most && runtime.GOOS == "linux" {
				t.Errorf("the daemon held %d MB; want %d", peak>>20, most>>20)
			}
		})
	}
}
