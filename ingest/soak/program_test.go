package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// long says whether trials run at full length: in make soak.
func long() bool { return os.Getenv("FEEDFOLIO_SOAK") != "" }

// program is the binary: the one that FEEDFOLIO_BIN names, or one that is built for all trials of a run, as make does.
var program = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("FEEDFOLIO_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "feedfolio-soak-")
	if err != nil {
		return "", err
	}
	scratch = dir
	bin := filepath.Join(dir, "feedfolio")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", bin, "github.com/feedfolio/feedfolio/cmd/feedfolio") //nolint:gosec,noctx // of our own
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

// scratch is the folder of a binary that was built; written once, under program, and read after all tests.
var scratch string

func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch)
	}
	os.Exit(code)
}

// archive is a folder with a configuration, on which the program is let loose.
type archive struct {
	t      testing.TB
	dir    string
	bin    string
	prefix []string // of the command that runs the daemon
	env    []string // of the daemon
}

// newArchive writes a configuration for feeds. fetch and defaults are YAML.
func newArchive(t testing.TB, feeds []string, fetch, defaults string) *archive {
	t.Helper()
	return newArchiveIn(t, t.TempDir(), feeds, fetch, defaults)
}

// newArchiveIn is newArchive in a folder of the test's own.
func newArchiveIn(t testing.TB, dir string, feeds []string, fetch, defaults string) *archive {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{t: t, dir: dir, bin: bin}
	var b strings.Builder
	fmt.Fprintf(&b, "archive: ./archive\nlisten: \"127.0.0.1:0\"\nraw: {keep: off}\nfetch:\n  user_agent: \"feedfolio-soak/1 (+https://example.org/contact)\"\n  allow_private_networks: true\n%s\ndefaults: %s\nsources:\n", fetch, defaults)
	for i, f := range feeds {
		fmt.Fprintf(&b, "  - {name: wire-%d, url: %q}\n", i, f)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "feedfolio.yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// open opens the archive as a guest.
func (a *archive) open() *store.Store {
	a.t.Helper()
	cfg, err := config.Load(filepath.Join(a.dir, "feedfolio.yaml"), os.Getenv)
	if err != nil {
		a.t.Fatal(err)
	}
	s, err := store.Open(a.t.Context(), cfg, store.Options{})
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// daemon is `feedfolio run`, running.
type daemon struct {
	*archive
	cmd     *exec.Cmd
	log     *syncBuffer
	started time.Time
	ended   chan error
}

// run starts the daemon.
func (a *archive) run(args ...string) *daemon {
	a.t.Helper()
	d := &daemon{archive: a, log: &syncBuffer{}, ended: make(chan error, 1)}
	line := slices.Concat(a.prefix, []string{a.bin, "run", "--config", filepath.Join(a.dir, "feedfolio.yaml")}, args)
	d.cmd = exec.Command(line[0], line[1:]...) //nolint:gosec,noctx // it is killed below
	d.cmd.Stderr = d.log
	d.cmd.Env = append(append(os.Environ(), "HOME="+a.dir), a.env...)
	d.started = time.Now()
	if err := d.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	go func() { d.ended <- d.cmd.Wait() }()
	a.t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	return d
}

var listening = regexp.MustCompile(`msg=listening url=(\S+)`)

// ask asks the daemon for its health, or another path of its own; 0 before it listens.
func (d *daemon) ask(path string) (status int, body string) {
	d.t.Helper()
	m := listening.FindStringSubmatch(d.log.String())
	if m == nil {
		return 0, ""
	}
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, m[1]+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // loopback
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// kill ends the daemon as a power failure of the program would.
func (d *daemon) kill() {
	d.t.Helper()
	_ = d.cmd.Process.Kill()
	d.t.Log("killed:", <-d.ended)
}

// stop ends the daemon as systemd does, and says how long that took.
func (d *daemon) stop() time.Duration {
	d.t.Helper()
	// Before it says so it does not listen to signals yet.
	await(d.t, "the daemon runs", time.Minute, func() bool { return strings.Contains(d.log.String(), "running") })
	begin := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatalf("stop: %v\n%s", err, d.log)
	}
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the daemon ended with %v\n%s", err, d.log)
		}
	case <-time.After(30 * time.Second):
		d.t.Fatalf("the daemon does not stop\n%s", d.log)
	}
	return time.Since(begin)
}

// peak is the most memory that the daemon ever held, in bytes; 0 where the system does not tell.
func (d *daemon) peak() int64 { return d.memory("VmHWM:") }

func (d *daemon) memory(key string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, found := strings.CutPrefix(line, key); found {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// cpu is the processor time that the daemon has used.
func (d *daemon) cpu() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(data, []byte(") "))
	fields := strings.Fields(string(rest))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	sys, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+sys) * 10 * time.Millisecond // USER_HZ is 100
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// await waits until done says so, and fails the test after most.
func await(t testing.TB, what string, most time.Duration, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(most)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within %s", what, most)
		}
	}
}

// finding is what an archive holds, compared with the truth.
type finding struct {
	Complete int // stored as full, and so they are
	Lacking  int // of these, without a paragraph or two: recall of text below 0.98
	Stubs    int // stored, not whole, and marked as such
	Pending  int
	Lost     []string // neither stored nor waited for
	Twice    []string
	Unmarked []string // stored as full, and not
	Junk     []string // stored though there is no such article
	Verify   store.Report
}

// inspect compares an archive with the truth. Nobody may be at work on it.
func (a *archive) inspect(truth []expected) finding {
	a.t.Helper()
	s := a.open()
	defer s.Close()
	var f finding
	var err error
	if f.Verify, err = s.Verify(a.t.Context(), store.Watch{Fault: func(f store.Fault) { a.t.Logf("verify: %+v", f) }}); err != nil {
		a.t.Fatal(err)
	}
	files := a.files()
	byLink := map[string]store.Row{}
	all := []string{store.StatePending, store.StateStored, store.StateGone, store.StateDropped}
	for row, err := range s.Articles(a.t.Context(), store.Query{States: all}) {
		if err != nil {
			a.t.Fatal(err)
		}
		if _, double := byLink[row.Link]; double {
			f.Twice = append(f.Twice, row.Link)
		}
		byLink[row.Link] = row
	}
	for _, want := range truth {
		row, known := byLink[want.URL]
		delete(byLink, want.URL)
		switch {
		case !known || row.State == store.StateDropped:
			f.Lost = append(f.Lost, want.URL)
			continue
		case row.Revision == 0:
			f.Pending++
			continue
		}
		got := files[row.Path]
		delete(files, row.Path)
		if got == nil {
			f.Lost = append(f.Lost, want.URL+" (no file)")
			continue
		}
		recall := want.recall(got)
		switch {
		case got.Status == article.Full && recall >= leastRecall:
			f.Complete++
			if recall < 0.98 {
				f.Lacking++
			}
		case got.Status == article.Full:
			f.Unmarked = append(f.Unmarked, want.URL)
		default:
			f.Stubs++
		}
	}
	for link := range byLink {
		f.Junk = append(f.Junk, link)
	}
	for path := range files {
		f.Twice = append(f.Twice, path)
	}
	return f
}

// files reads every article of the archive, by its path. One that cannot be read ends the test.
func (a *archive) files() map[string]*article.Article {
	a.t.Helper()
	all := map[string]*article.Article{}
	root := filepath.Join(a.dir, "archive")
	err := filepath.WalkDir(filepath.Join(root, "articles"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := article.Decode(data)
		if err != nil {
			return fmt.Errorf("%s is torn: %w", path, err)
		}
		rel, err := filepath.Rel(root, path)
		all[filepath.ToSlash(rel)] = got
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.t.Fatal(err)
	}
	return all
}

// stored counts articles in full, read beside a running daemon.
func stored(ctx context.Context, t testing.TB, s *store.Store) (full, waiting int) {
	t.Helper()
	counts, err := s.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		full += c.Stored - c.Summaries - c.Partials
		waiting += c.Waiting
	}
	return full, waiting
}

// expected is the truth about an article, whichever web it is from.
type expected struct {
	URL     string
	Parts   []string // of its text
	Outcome Outcome
	Fault   string
}

// recall is how much of the text the stored article has, by paragraphs that are there as they are.
func (e expected) recall(a *article.Article) float64 {
	text := squeeze(article.Text(a.Body))
	had, all := 0, 0
	for _, p := range e.Parts {
		p = squeeze(p)
		all += len(p)
		if strings.Contains(text, p) {
			had += len(p)
		}
	}
	return float64(had) / float64(max(all, 1))
}

// leastRecall is that of an article that is stored as whole: a list or a quotation may be taken for a box beside the text.
// What a connection that broke had brought is three quarters.
const leastRecall = 0.9

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// press is a web to try the program on: ours, or newsroom.
type press struct {
	name  string
	feeds []string
	truth []expected
	stats func() Stats
	// atOnce is the most requests in flight at one host where one is allowed.
	atOnce int
	// again is how many answers in full were not the first of their article; of these, pages are further pages of it.
	again func() int
	pages int
	// fetched is how many articles were answered in full.
	fetched func() int
}

func ownPress(t testing.TB, plan Plan) *press {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the simulated web needs a loopback that is a whole network")
	}
	w, err := Serve(plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Ail(1)
	p := &press{name: "own", atOnce: 1, feeds: w.Feeds(), stats: w.Stats}
	for _, a := range w.Truth() {
		p.truth = append(p.truth, expected{URL: a.URL, Parts: a.Paragraphs, Outcome: a.Fault.Outcome(), Fault: string(a.Fault)})
	}
	p.again = func() (n int) {
		for _, a := range w.Truth() {
			if a.Fault != Octet { // which may count as no article, and then is tried again
				n += max(w.Answered(a)-1, 0)
			}
		}
		return n
	}
	p.fetched = func() (n int) {
		for _, a := range w.Truth() {
			n += min(w.Answered(a), 1)
		}
		return n
	}
	return p
}

// complete is how many articles a good client has in full at the end.
func (p *press) complete() (n int) {
	for _, e := range p.truth {
		if e.Outcome == Complete {
			n++
		}
	}
	return n
}
