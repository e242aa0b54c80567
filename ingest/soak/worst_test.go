package soak

import (
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/store/storetest"
)

// In the middle of an ingest nothing can be stored any more. The daemon says so, and asks no publisher while it is so;
// then it goes on by itself, and nothing is lost, torn or there twice.
func TestNothingCanBeStoredForAWhile(t *testing.T) {
	t.Parallel()
	t.Run("the disk is full", func(t *testing.T) {
		t.Parallel()
		room := 32
		if long() {
			room = 256 // the database's log alone takes 80 MB before it is put back
		}
		storetest.WithSmallDisk(t, room, func(t *testing.T, disk *storetest.Disk) {
			trouble{
				dir: disk.Dir, says: []string{"no space left", "kB are free", "make room", disk.Dir},
				harm: func(*archive) func() { disk.Fill(); return disk.Empty },
			}.run(t)
		})
	})
	t.Run("the folder is read-only", func(t *testing.T) {
		t.Parallel()
		trouble{
			dir: t.TempDir(), says: []string{"permission denied", "must be writable"}, prefix: mortal(t),
			harm: func(a *archive) func() {
				a.chmod(0o555)
				return func() { a.chmod(0o755) }
			},
		}.run(t)
	})
	t.Run("another process holds the database", func(t *testing.T) {
		t.Parallel()
		trouble{
			dir: t.TempDir(), says: []string{"locked by another process"},
			harm: func(a *archive) func() { return lockDatabase(t, filepath.Join(a.dir, "archive", "feedfolio.db")) },
		}.run(t)
	})
}

// trouble is a reason why nothing can be stored.
type trouble struct {
	dir    string // of the archive
	prefix []string
	says   []string                     // /readyz, while it lasts
	harm   func(*archive) (heal func()) // brings it about, and ends it
}

func (tr trouble) run(t *testing.T) {
	plan, pause := Plan{Hosts: 10, Feeds: 20, Items: 10, Rate: 0.005, Faults: cheap}, 4*time.Second
	if long() {
		plan, pause = Plan{Hosts: 20, Feeds: 100, Items: 20, Rate: 0.01, Faults: cheap}, time.Minute
	}
	p := ownPress(t, plan)
	a := newArchiveIn(t, tr.dir, p.feeds, "  timeout: 2s\n  workers: 16\n  per_host: {delay: 100ms, connections: 1}", "{schedule: 1 3 * * *, recheck: []}")
	a.prefix = tr.prefix
	d := a.run()
	await(t, "a tenth of the articles", time.Minute, func() bool { return p.fetched() >= len(p.truth)/10 || ended(d) })
	heal := tr.harm(a)
	said := ""
	await(t, "not to be ready", time.Minute, func() bool {
		code, body := d.ask("/readyz")
		said = body
		return code == http.StatusServiceUnavailable && strings.Contains(body, "nothing can be stored") || ended(d)
	})
	for _, want := range tr.says {
		if !strings.Contains(said, want) {
			t.Errorf("/readyz says %s; want %q in it", said, want)
		}
	}
	if code, body := d.ask("/healthz"); code != http.StatusOK {
		t.Errorf("/healthz answers %d %s; a restart would not help", code, body)
	}
	if out, err := a.command("status").CombinedOutput(); err != nil {
		t.Errorf("status meanwhile: %v\n%s", err, out)
	}
	before := p.stats().Requests
	<-time.After(pause)
	asked := p.stats().Requests - before
	heal()
	healed := time.Now()
	await(t, "to be ready again", time.Minute, func() bool {
		code, _ := d.ask("/readyz")
		return code == http.StatusOK || ended(d)
	})
	resumed := time.Since(healed)
	s := a.open()
	await(t, "the rest", 2*time.Minute, func() bool {
		full, _ := stored(t.Context(), t, s)
		return full >= p.complete() || ended(d)
	})
	_ = s.Close()
	d.stop()
	got, stats := a.inspect(p.truth), p.stats()
	t.Logf("for %s: %d requests meanwhile; articles can be stored again %s after its end; complete %d of %d, pending %d, fetched again %d; %+v",
		pause, asked, resumed.Round(time.Millisecond), got.Complete, p.complete(), got.Pending, p.again(), stats)
	if len(got.Lost)+len(got.Twice)+len(got.Unmarked)+len(got.Junk) > 0 || got.Complete < p.complete() || !got.Verify.Clean() {
		t.Errorf("%+v; want nothing lost, twice or torn, and %d complete", got, p.complete())
	}
	if most := plan.Feeds; asked > most {
		t.Errorf("%d requests while nothing could be stored; want at most the %d that were under way", asked, most)
	}
	if most := 4 * plan.Feeds; p.again() > most {
		t.Errorf("%d articles were fetched again; want at most the %d in work when it began", p.again(), most)
	}
	if n := strings.Count(d.log.String(), "nothing can be stored;"); n < 1 || n > 4 {
		t.Errorf("the log says it %d times; want once, or a few times where it came and went\n%s", n, d.log)
	}
	if stats.RobotsViolations+stats.RetryViolations > 0 {
		t.Errorf("%+v; want no violation", stats)
	}
}

// mortal begins a command line whose process may not write everywhere, as root may.
func mortal(t testing.TB) []string {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	path, err := exec.LookPath("setpriv")
	if err != nil {
		t.Fatalf("as root this needs setpriv, of util-linux: %v", err)
	}
	return []string{path, "--bounding-set", "-dac_override,-dac_read_search"}
}

// chmod changes all folders of the archive.
func (a *archive) chmod(mode fs.FileMode) {
	a.t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(a.dir, "archive"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, path := range all {
		if err := os.Chmod(path, mode); err != nil {
			a.t.Fatal(err)
		}
	}
}

// The daemon is stopped in the middle of an ingest, as a frozen machine stops it, and goes on later: nothing is lost,
// what it missed is made up for once, and no gap is shorter for it.
func TestStoppedForAWhile(t *testing.T) {
	t.Parallel()
	const gap = 200 * time.Millisecond
	plan, frozen := Plan{Hosts: 5, Feeds: 20, Items: 10, Rate: 0.005, Faults: cheap, Gap: gap}, 12*time.Second
	if long() {
		plan, frozen = Plan{Hosts: 20, Feeds: 100, Items: 20, Rate: 0.01, Faults: cheap, Gap: gap}, time.Minute
	}
	p := ownPress(t, plan)
	a := newArchive(t, p.feeds, "  timeout: 5s\n  workers: 16\n  per_host: {delay: 200ms, connections: 2}", `{schedule: "@every 10s", recheck: []}`)
	notes := listenForNotes(t)
	a.env = []string{"NOTIFY_SOCKET=" + notes.path, "WATCHDOG_USEC=4000000"}
	d := a.run()
	await(t, "a third of the articles", time.Minute, func() bool { return p.fetched() >= len(p.truth)/3 || ended(d) })
	d.signal(syscall.SIGSTOP)
	// Who looks on meanwhile is not kept waiting, and nobody takes its place.
	if out, err := a.command("status").CombinedOutput(); err != nil {
		t.Errorf("status beside a daemon that is stopped: %v\n%s", err, out)
	}
	if out, err := a.command("run").CombinedOutput(); err == nil || !strings.Contains(string(out), "another feedfolio daemon") {
		t.Errorf("a second daemon beside one that is stopped: %v\n%s", err, out)
	}
	<-time.After(frozen)
	before, pats := p.stats(), notes.count("WATCHDOG=1")
	d.signal(syscall.SIGCONT)
	<-time.After(10 * time.Second)
	after := p.stats()
	polls := after.Polls - before.Polls
	if code, body := d.ask("/readyz"); code != 200 {
		t.Errorf("/readyz ten seconds after it goes on: %d %s", code, body)
	}
	if notes.count("WATCHDOG=1") == pats {
		t.Error("the watchdog is not patted any more")
	}
	s := a.open()
	await(t, "the rest", 2*time.Minute, func() bool {
		full, _ := stored(t.Context(), t, s)
		return full >= p.complete() || ended(d)
	})
	_ = s.Close()
	await(t, "a status in which all is well and in time", time.Minute, func() bool { return a.inTime() || ended(d) })
	d.stop()
	got, stats := a.inspect(p.truth), p.stats()
	t.Logf("stopped for %s: %d polls of %d feeds in the ten seconds after; complete %d of %d, fetched again %d; %+v", frozen, polls, plan.Feeds, got.Complete, p.complete(), p.again(), stats)
	if len(got.Lost)+len(got.Twice)+len(got.Unmarked)+len(got.Junk) > 0 || got.Complete < p.complete() || !got.Verify.Clean() {
		t.Errorf("%+v; want nothing lost or twice, and %d complete", got, p.complete())
	}
	if polls > 2*plan.Feeds+plan.Feeds/4 {
		t.Errorf("%d polls in the ten seconds after; want each of %d feeds made up for once, beside its regular turn", polls, plan.Feeds)
	}
	if stats.Short > 0 || stats.RobotsViolations+stats.RetryViolations > 0 {
		t.Errorf("%d gaps below 0.95 of %s, the least %s; %+v", stats.Short, gap, stats.LeastGap, stats)
	}
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		if notes.count(want) != 1 {
			t.Errorf("systemd was told %s %d times; want once", want, notes.count(want))
		}
	}
}

// inTime says whether status finds every source well, and none overdue.
func (a *archive) inTime() bool {
	a.t.Helper()
	out, err := a.command("status", "--json").Output()
	if err != nil {
		a.t.Fatalf("status: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var st struct {
			Level string
			Due   time.Time
		}
		if err := json.Unmarshal([]byte(line), &st); err != nil {
			a.t.Fatalf("status says %s: %v", line, err)
		}
		if st.Level != "ok" && st.Level != "waiting" || time.Since(st.Due) > 10*time.Second {
			return false
		}
	}
	return true
}

// signal sends the daemon a signal.
func (d *daemon) signal(s os.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatal(err)
	}
}

// command is another command on the archive.
func (a *archive) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(a.t.Context(), a.bin, append([]string{name, "--config", filepath.Join(a.dir, "feedfolio.yaml")}, args...)...) //nolint:gosec // of our own
	cmd.Env = append(os.Environ(), "HOME="+a.dir)
	return cmd
}

// notes is a socket like that of systemd, and what was written to it.
type notes struct {
	path string
	book syncBuffer
}

func listenForNotes(t testing.TB) *notes {
	t.Helper()
	n := &notes{path: filepath.Join(t.TempDir(), "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: n.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			k, err := conn.Read(b)
			if err != nil {
				return
			}
			_, _ = n.book.Write(append(b[:k:k], '\n'))
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return n
}

// count is how often a line was said.
func (n *notes) count(line string) int {
	return strings.Count("\n"+n.book.String(), "\n"+line+"\n")
}
