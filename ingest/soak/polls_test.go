package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// fetch runs `feedfolio fetch` once and says what processor time and memory it took.
func (a *archive) fetch(args ...string) (wall, cpu time.Duration, peak int64) {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), a.bin, append([]string{"fetch", "--config", filepath.Join(a.dir, "feedfolio.yaml")}, args...)...) //nolint:gosec // of our own
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("fetch: %v\n%.2000s", err, out)
	}
	wall = time.Since(begin)
	cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = u.Maxrss << 10
	}
	return wall, cpu, peak
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
	wall, cpu, peak := a.fetch()
	n := p.stats().NotModified - before.NotModified
	t.Logf("fetch, all at once: %d polls, all 304, in %s; CPU %s, %.0f polls a second of one core (start and end of the program included); most memory %d MB",
		n, wall.Round(time.Millisecond), cpu, float64(n)/cpu.Seconds(), peak>>20)
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
	wall, cpu, peak := a.fetch()
	least := time.Duration(feeds/workers) * latency
	t.Logf("%d polls, %d at a time, each %s: %s, CPU %s; the least possible is %s: %.2f times; most memory %d MB",
		p.stats().NotModified-before, workers, latency, wall.Round(time.Millisecond), cpu, least, wall.Seconds()/least.Seconds(), peak>>20)
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
	for _, tt := range []string{"that never ran", "restarted"} {
		begin := time.Now()
		d := a.run()
		await(t, "to be running", 2*time.Minute, func() bool {
			_, err := os.Stat(filepath.Join(a.dir, "archive", "feedfolio.db"))
			return err == nil || ended(d)
		})
		<-time.After(30 * time.Second)
		used, from := d.cpu(), time.Now()
		<-time.After(30 * time.Second)
		t.Logf("100,000 sources %s: up for %s, CPU %.2f %% of one core, memory %d MB, at most %d MB", tt, time.Since(begin).Round(time.Second),
			100*(d.cpu()-used).Seconds()/time.Since(from).Seconds(), d.memory("VmRSS:")>>20, d.peak()>>20)
		d.stop()
	}
}
