package soak

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"
)

// The criteria that the documentation lists are those that are tested.
func TestCriteriaAreListed(t *testing.T) {
	t.Parallel()
	names := func(path, pattern string) []string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	listed := names("../../docs/politeness.md", "`(TestReader\\w+)`")
	tested := names("reader_test.go", `(?m)^func (TestReader\w+)\(`)
	if len(tested) == 0 || !slices.Equal(listed, tested) {
		t.Errorf("docs/politeness.md lists\n%q; the tests are\n%q", listed, tested)
	}
}

// The gap between two requests to a host is kept, whatever they are for, and no longer than it must be.
func TestGapIsKeptAndNotMore(t *testing.T) {
	t.Parallel()
	const gap = 500 * time.Millisecond
	plan, flags := Plan{Hosts: 10, Feeds: 20, Items: 7, Gap: gap}, []string{"-feeds", "20", "-hosts", "10", "-items", "7"}
	if long() {
		plan, flags = Plan{Hosts: 50, Feeds: 100, Items: 20, Gap: gap}, []string{"-feeds", "100", "-hosts", "50"}
	}
	for _, p := range presses(t, plan, flags...) {
		t.Run(p.name, func(t *testing.T) {
			a := newArchive(t, p.feeds, fmt.Sprintf("  per_host: {delay: %s, connections: 2}", gap), "{schedule: 1 3 * * *, recheck: []}")
			d := a.run()
			s := a.open()
			await(t, "all articles", 3*time.Minute, func() bool {
				full, _ := stored(t.Context(), t, s)
				return full >= len(p.truth) || ended(d)
			})
			_ = s.Close()
			d.stop()
			stats := p.stats()
			// Each host is asked for robots.txt, its feeds and their articles.
			each := 1 + plan.Feeds/plan.Hosts*(1+plan.Items)
			least := time.Duration(each-1) * gap
			took := stats.Last.Sub(stats.First)
			t.Logf("least gap %s of %d; %d requests to each of %d hosts took %s, %.3f of the best possible rate; %+v",
				stats.LeastGap, stats.Gaps, each, plan.Hosts, took.Round(time.Millisecond), least.Seconds()/took.Seconds(), stats)
			if stats.LeastGap < gap*95/100 {
				t.Errorf("the least gap is %s (%d were shorter than 0.95 of the one configured); want %s", stats.LeastGap, stats.Short, gap)
			}
			if took > 0 && least.Seconds()/took.Seconds() < 0.9 {
				t.Errorf("%s for what needs %s; want 0.9 of the best possible rate", took, least)
			}
		})
	}
}

// Whoever fetches by hand while the daemon runs, or right before it starts, does not come on top of it.
func TestGuestsAndDaemonKeepOneGap(t *testing.T) {
	t.Parallel()
	const gap = 300 * time.Millisecond
	p := ownPress(t, Plan{Hosts: 2, Feeds: 6, Items: 3, Gap: gap})
	a := newArchive(t, p.feeds, fmt.Sprintf("  per_host: {delay: %s}", gap), "{schedule: 1 3 * * *, recheck: []}")
	d := a.run()
	for range 2 {
		a.fetch()
	}
	d.stop()
	d = a.run()
	a.fetch()
	d.stop()
	stats := p.stats()
	t.Logf("%+v", stats)
	if stats.Short > 0 {
		t.Errorf("%d of %d gaps were shorter than 0.95 of %s, the least %s", stats.Short, stats.Gaps, gap, stats.LeastGap)
	}
}
