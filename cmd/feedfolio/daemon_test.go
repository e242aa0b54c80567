//go:build unix

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the program in a process of its own, which the tests of this package's binary become under that name.
type process struct {
	*exec.Cmd
	t     *testing.T
	ended chan struct{} // closed when it has
	log   string        // the file that it writes to: what it says is there before it goes on
}

// start starts the program in dir, where conf is its configuration.
func start(t *testing.T, dir, conf string, env []string, args ...string) *process {
	t.Helper()
	write(t, filepath.Join(dir, "feedfolio.yaml"), conf)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p := &process{Cmd: exec.CommandContext(t.Context(), self), t: t, ended: make(chan struct{}), log: log.Name()} //nolint:gosec // this test
	p.Args, p.Dir, p.Env, p.Stderr = append([]string{"feedfolio"}, args...), dir, append(os.Environ(), env...), log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait() // ProcessState has it
	}()
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// said is what the program has said so far.
func (p *process) said() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Error(err)
	}
	return string(data)
}

// until waits until the program has said something.
func (p *process) until(what string) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !strings.Contains(p.said(), what) {
		select {
		case <-tick.C:
		case <-p.ended:
			p.t.Fatalf("it ended (%s) and never said %q:\n%s", p.ProcessState, what, p.said())
		case <-late:
			p.t.Fatalf("it never said %q:\n%s", what, p.said())
		}
	}
}

func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the end of the program, and says how long that took.
func (p *process) end() time.Duration {
	p.t.Helper()
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		p.t.Fatalf("it does not end:\n%s", p.said())
	}
	return time.Since(began)
}

const idle = "listen: \"127.0.0.1:0\"\nsources: []\n"

// manager is systemd's end of the socket that NOTIFY_SOCKET names.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

func newManager(t *testing.T) (*manager, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &manager{t, conn}, path
}

// hears waits for a message that matches, whatever else comes before it but what must not.
func (m *manager) hears(pattern, not string) string {
	m.t.Helper()
	buf := make([]byte, 4096)
	for {
		_ = m.conn.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := m.conn.Read(buf)
		if err != nil {
			m.t.Fatalf("nothing like %q came: %v", pattern, err)
		}
		got := string(buf[:n])
		if not != "" && strings.Contains(got, not) {
			m.t.Errorf("%q came; it should not", got)
		}
		if regexp.MustCompile(pattern).MatchString(got) {
			return got
		}
	}
}

// Systemd is told how the daemon is: that it listens and works, that it reads its configuration, what is wrong with that,
// that it goes on, and that it stops.
func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	m, path := newManager(t)
	dir := t.TempDir()
	p := start(t, dir, idle, []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000", "WATCHDOG_PID="}, "run")
	m.hears(`^READY=1\nSTATUS=0 sources$`, "WATCHDOG")
	if !strings.Contains(p.said(), "listening") {
		t.Errorf("it is ready before it listens:\n%s", p.said())
	}
	m.hears(`^WATCHDOG=1$`, "")

	write(t, filepath.Join(dir, "feedfolio.yaml"), "sauces: []\n")
	p.signal(syscall.SIGHUP)
	m.hears(`^RELOADING=1\nMONOTONIC_USEC=\d{3,}$`, "")
	m.hears(`^READY=1\nSTATUS=0 sources; the configuration before stays: .*unknown key "sauces"`, "RELOADING")
	write(t, filepath.Join(dir, "feedfolio.yaml"), idle)
	m.hears(`^READY=1\nSTATUS=0 sources$`, "")

	p.signal(syscall.SIGTERM)
	m.hears(`^STOPPING=1$`, "")
	if p.end(); p.ProcessState.ExitCode() != exitDone {
		t.Errorf("it ends with %s:\n%s", p.ProcessState, p.said())
	}
}

// The watchdog of another process is none of ours, and that of a scheduler that stands still shall bite.
func TestWatchdogIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		env   string
		alive bool
	}{
		{"of another process", "WATCHDOG_PID=1", true},
		{"of a scheduler that stands still", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, path := newManager(t)
			env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000"}
			if name, value, found := strings.Cut(tt.env, "="); found {
				env[name] = value
			}
			a := &app{getenv: func(name string) string { return env[name] }}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := a.watchdog(ctx, func() bool { return tt.alive }); err != nil {
				t.Fatal(err)
			}
			_ = m.conn.SetReadDeadline(time.Now())
			if n, err := m.conn.Read(make([]byte, 100)); err == nil {
				t.Errorf("%d bytes came", n)
			}
		})
	}
}

// slowWeb is a web with a feed, of which one address is answered when done is closed; asked is told of it.
func slowWeb(t *testing.T, address string) (conf string, asked <-chan struct{}, answer func()) {
	t.Helper()
	heard, done := make(chan struct{}, 100), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == address {
			heard <- struct{}{}
			select {
			case <-done:
			case <-r.Context().Done():
			}
		}
		if r.URL.Path != "/feed.xml" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Wire</title><item><title>One</title><link>http://%s/1.html</link></item></channel></rss>`, r.Host)
	}))
	t.Cleanup(srv.Close)
	conf = fmt.Sprintf("listen: \"\"\nfetch: {allow_private_networks: true, per_host: {delay: 0s}}\nsources: [{name: wire, url: %q}]\n", srv.URL+"/feed.xml")
	return conf, heard, sync.OnceFunc(func() { close(done) })
}

// A second signal ends the program at once, whatever it waits for.
func TestSecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"run", "fetch"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			conf, asked, _ := slowWeb(t, "/1.html")
			p := start(t, t.TempDir(), conf, nil, command)
			<-asked
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for ended := false; !ended; {
				_ = p.Process.Signal(os.Interrupt) // the first is taken notice of, the next is not
				select {
				case <-p.ended:
					ended = true
				case <-tick.C:
				}
			}
			if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
				t.Errorf("it ends with %s; want the signal", p.ProcessState)
			}
		})
	}
}

// Ten seconds are promised, whatever holds it up: here a program that keeps the database locked.
func TestStopEndsInAnyCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf, asked, answer := slowWeb(t, "/feed.xml")
	p := start(t, dir, conf, nil, "run")
	<-asked
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "archive", "feedfolio.db")+"?_pragma=busy_timeout(5000)") // store has registered it
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGTERM)
	p.until("stopping")
	answer()
	if took := p.end(); took > 9*time.Second || p.ProcessState.ExitCode() != exitFailed || !strings.Contains(p.said(), "broken off") {
		t.Errorf("it ends %s after it was told to, with %s:\n%s", took, p.ProcessState, p.said())
	}
}

// An address that is taken is said before the daemon says that it is ready, with what to do.
func TestAddressIsTaken(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := start(t, t.TempDir(), fmt.Sprintf("listen: %q\nsources: []\n", l.Addr()), nil, "run")
	p.end()
	for _, want := range []string{"listen on " + l.Addr().String() + ": ", "address already in use", "hint: listen: "} {
		if !strings.Contains(p.said(), want) {
			t.Errorf("it does not say %q:\n%s", want, p.said())
		}
	}
	if p.ProcessState.ExitCode() != exitFailed || strings.Contains(p.said(), "running") {
		t.Errorf("it ends with %s:\n%s", p.ProcessState, p.said())
	}
}

// The daemon goes on where nobody reads its log any more.
func TestLogThatNobodyReads(t *testing.T) {
	t.Parallel()
	m, path := newManager(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "feedfolio.yaml"), idle)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self) //nolint:gosec // this test
	c.Args, c.Dir, c.Stderr, c.Env = []string{"feedfolio", "run"}, dir, w, append(os.Environ(), "NOTIFY_SOCKET="+path)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m.hears("^READY=1", "")
	r.Close()
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.hears("^RELOADING=1", "")
	m.hears("^READY=1", "")
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// Status says whether a daemon is at work, and what is wrong with it.
func TestStatusTellsOfTheDaemon(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, idle, nil, "run")
	p.until("running")
	addr := regexp.MustCompile(`url=http://(\S+)`).FindStringSubmatch(p.said())[1]
	other := filepath.Join(dir, "other.yaml") // the same archive, and where the daemon listens
	write(t, other, fmt.Sprintf("listen: %q\nsources: []\n", addr))
	status := func() string {
		t.Helper()
		code, stdout, stderr := command(t, "status", "--config", other)
		if code != exitDone {
			t.Fatalf("status ends with %d: %s", code, stderr)
		}
		return stdout
	}
	if got, want := status(), "\n0 sources, 0 to look at\nthe daemon on "+addr+": all is well\n"; got != want {
		t.Errorf("status says %q; want %q", got, want)
	}
	write(t, filepath.Join(dir, "feedfolio.yaml"), "sauces: []\nlisten: nowhere\n")
	p.signal(syscall.SIGHUP)
	p.until("the old one stays\" faults=2\n")
	p.until(`msg="fault in the configuration" at=feedfolio.yaml:1:1 err="unknown key \"sauces\"" hint="did you mean \"sources\"?"`)
	if got, want := status(), `does not hold: `; !strings.Contains(got, want) || !strings.Contains(got, "sauces") {
		t.Errorf("status says %q; want %q, and why", got, want)
	}
	write(t, other, fmt.Sprintf("listen: %q\nsources: [{name: wire, url: 'http://news.example/feed.xml'}]\n", addr))
	if _, got, _ := command(t, "doctor", "--offline", "--config", other); !strings.Contains(got, "LOOK  daemon") {
		t.Errorf("doctor finds nothing wrong with the daemon: %s", got)
	}
	p.signal(syscall.SIGTERM)
	p.end()
	if got, want := status(), "no daemon answers on "+addr; !strings.Contains(got, want) {
		t.Errorf("status says %q; want %q", got, want)
	}
}

// A result that is lost is a failure, whatever the command.
func TestResultThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	var said strings.Builder
	code := run(t.Context(), []string{"catalogue"}, func(string) string { return "" }, strings.NewReader(""), full, &said)
	if code != exitFailed || !strings.Contains(said.String(), "no space left") {
		t.Errorf("it ends with %d and says %q", code, said.String())
	}
}

// A fetch goes on where nobody reads its results any more.
func TestResultThatNobodyReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf, asked, answer := slowWeb(t, "/1.html")
	write(t, filepath.Join(dir, "feedfolio.yaml"), conf)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self) //nolint:gosec // this test
	c.Args, c.Dir, c.Stdout = []string{"feedfolio", "fetch", "--json"}, dir, w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	<-asked
	r.Close()
	answer()
	if err := c.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// What root does to another user's archive is done as that user: what root wrote there, the daemon could not replace.
func TestRootActsAsTheOwnerOfTheArchive(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	const nobody = 65534
	dir := t.TempDir()
	for _, folder := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // others come through
			t.Fatal(err)
		}
	}
	archive := filepath.Join(dir, "archive")
	if err := errors.Join(os.Mkdir(archive, 0o755), os.Chown(archive, nobody, nobody)); err != nil { //nolint:gosec // as the program makes it
		t.Fatal(err)
	}
	conf, _, answer := slowWeb(t, "/none")
	answer()
	for _, args := range [][]string{{"fetch"}, {"reindex"}} {
		p := start(t, dir, conf, nil, args...)
		if p.end(); p.ProcessState.ExitCode() != exitDone {
			t.Fatalf("%s ends with %s:\n%s", args, p.ProcessState, p.said())
		}
	}
	err := filepath.WalkDir(archive, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != nobody {
			t.Errorf("%s belongs to %d; want %d", path, stat.Uid, nobody)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
