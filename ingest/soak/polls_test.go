package soak

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

// fetch runs `feedfolio fetch` once and says what time and processor time it took. Its most memory is not to be had so: of
// a child, the kernel counts what its parent held when it began.
func (a *archive) fetch(args ...string) (wall, cpu time.Duration) {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), a.bin, append([]string{"fetch", "--config", filepath.Join(a.dir, "feedfolio.yaml")}, args...)...) //nolint:gosec // of our own
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("fetch: %v\n%.2000s", err, out)
	}
	wall = time.Since(begin)
	cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return wall, cpu
}

// Feeds that have nothing new cost little: processor time, memory and, where their hosts are slow, not more time than
// the hosts take. The state of each is safe on the disk after each poll.
func TestPollsThatFindNothingNew(t *testing.T) {
	t.Parallel()
	feeds := 200
	if long() {
		feeds = 5000
	}
	p := ownPress(t, Plan{Hosts: feeds, Items: 1})
	a := newArchive(t, p.feeds, "  workers: 64\n  robots: false\n  per_host: {delay: 0s, connections: 1}", "{schedule: \"@every 10s\", recheck: []}")
	a.fetch()
	before := p.stats()
	wall, cpu := a.fetch()
	n := p.stats().NotModified - before.NotModified
	t.Logf("fetch, all at once: %d polls, all 304, in %s; CPU %s, %.0f polls a second of one core (start and end of the program included)",
		n, wall.Round(time.Millisecond), cpu, float64(n)/cpu.Seconds())
	if n != feeds {
		t.Errorf("%d of %d polls were answered 304", n, feeds)
	}

	d := a.run()
	await(t, "the first round", time.Minute, func() bool { return p.stats().NotModified-before.NotModified >= 2*feeds || ended(d) })
	time.Sleep(time.Second) //nolint:forbidigo // a window of measurement begins
	from, begin, used := p.stats().NotModified, time.Now(), d.cpu()
	<-time.After(10 * time.Second)
	n, took, cpu := p.stats().NotModified-from, time.Since(begin), d.cpu()-used
	t.Logf("run, spread over time: %d polls in %s; CPU %s, %.0f polls a second of one core; most memory %d MB, of it now %d MB of the program's file",
		n, took.Round(time.Millisecond), cpu, float64(n)/cpu.Seconds(), d.peak()>>20, d.memory("RssFile:")>>20)
	// Two fifths of it are pages of the program's file, which are no memory of its own; the most is had in the flood at the start.
	if most := int64(60 << 20); long() && d.peak() > most {
		t.Errorf("the daemon held %d MB; want %d", d.peak()>>20, most>>20)
	}
	d.stop()
}

// Polls of slow hosts go on side by side.
func TestPollsOfSlowHosts(t *testing.T) {
	t.Parallel()
	feeds, workers := 200, 100
	if long() {
		feeds, workers = 5000, 1000
	}
	const latency = 100 * time.Millisecond
	p := ownPress(t, Plan{Hosts: feeds, Items: 1, Latency: latency})
	a := newArchive(t, p.feeds, fmt.Sprintf("  workers: %d\n  robots: false\n  per_host: {delay: 0s, connections: 1}", workers), "{schedule: 1 3 * * *, recheck: []}")
	a.fetch()
	before := p.stats().NotModified
	wall, cpu := a.fetch()
	least := time.Duration(feeds/workers) * latency
	t.Logf("%d polls, %d at a time, each %s: %s, CPU %s; the least possible is %s: %.2f times",
		p.stats().NotModified-before, workers, latency, wall.Round(time.Millisecond), cpu, least, wall.Seconds()/least.Seconds())
}

// A great many sources that wait cost next to nothing.
func TestManyIdleSources(t *testing.T) {
	t.Parallel()
	if !long() {
		t.Skip("100,000 sources")
	}
	var feeds []string
	for n := range 100_000 {
		feeds = append(feeds, fmt.Sprintf("http://127.200.%d.%d:9/feed.xml", n/250, n%250+1))
	}
	a := newArchive(t, feeds, "  timeout: 1s", "{schedule: 1 3 29 2 *, recheck: []}")
	a.ran(feeds)
	d := a.run()
	await(t, "to be running", 2*time.Minute, func() bool { return strings.Contains(d.log.String(), "msg=running") || ended(d) })
	up := time.Since(d.started)
	<-time.After(10 * time.Second)
	used, from := d.cpu(), time.Now()
	<-time.After(30 * time.Second)
	idle := 100 * (d.cpu() - used).Seconds() / time.Since(from).Seconds()
	t.Logf("100,000 sources: up in %s; CPU %.2f %% of one core; memory %d MB, at most %d MB", up.Round(time.Millisecond), idle, d.memory("VmRSS:")>>20, d.peak()>>20)
	if idle > 1 {
		t.Errorf("100,000 sources that wait take %.2f %% of a core; want 1", idle)
	}
	if most := int64(250 << 20); d.peak() > most {
		t.Errorf("the daemon held %d MB, while its configuration was read or after; want %d", d.peak()>>20, most>>20)
	}
	d.stop()
}

// ran makes each source one that ran an hour ago and is not due for long.
func (a *archive) ran(feeds []string) {
	a.t.Helper()
	s := a.open()
	defer s.Close()
	g, ctx := errgroup.WithContext(a.t.Context())
	g.SetLimit(256)
	at := time.Now().Add(-time.Hour)
	for n, feed := range feeds {
		g.Go(func() error {
			return s.Touch(ctx, store.State{
				Source: fmt.Sprintf("wire-%d", n), Title: fmt.Sprintf("Wire %d", n), Link: "https://news.example/", Language: "en", Status: http.StatusNotModified,
				Validators: article.Validators{URL: feed, ETag: `"5d8c72a5edda8d6a"`, LastModified: "Mon, 05 Jan 2026 10:00:00 GMT"},
				LastRun:    at, LastOK: at, LastNew: at, Newest: at, KnownFrom: at, Listed: 20, Interval: time.Hour, Gap: time.Hour, Due: at.AddDate(1, 0, 0),
			})
		})
	}
	if err := g.Wait(); err != nil {
		a.t.Fatal(err)
	}
}
