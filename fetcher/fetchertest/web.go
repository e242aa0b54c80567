// Package fetchertest is a web made of files, for tests, command-line scripts and the demo.
//
// The first part of a file's name is its host, the rest its path; a "web/" before it is ignored:
//
//	-- web/news.example/feed.xml --
//	<rss>...
//	-- web/news.example/2026/one.html --
//	<html>...
//
// A *Web answers as an HTTP proxy, so http://news.example/feed.xml is the same address in every test and golden file
// (set ProxyURL as the proxy; https is not offered), and each of its hosts has a real address on loopback too (URL).
// A file is answered 200 with an ETag and a Last-Modified, and 304 to those who have it; other answers are scripted in
// a file of the same name with .http after it:
//
//	-- web/news.example/feed.xml.http --
//	503 times=2              # twice, with this header
//	    Retry-After: 1
//	429
//	ok delay=200ms           # the last one holds for ever
//	    Cache-Control: max-age=600
//
// A line is a status, or ok (the file), gone over in order; indented lines are its headers. See Answer for the words
// that may follow. A script without its file is an answer with an empty body.
//
// The package does not import testing, and starts no flags, so programs may use it.
package fetchertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// TB is the part of testing.TB that New needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Web is a running web. Its methods may be called from any goroutine.
type Web struct {
	proxy   string
	servers []*http.Server
	serving sync.WaitGroup
	ctx     context.Context // ends with Close, so that answers that hang do not
	stop    context.CancelFunc

	mu       sync.Mutex
	files    map[string]*file // by host/path
	hosts    map[string]string
	log      []Request
	inFlight map[string]int
	most     map[string]int
}

// file is one address of the web.
type file struct {
	body     []byte
	exists   bool // false: there is only a script
	etag     string
	modified time.Time
	version  int
	script   []Answer
	step     int // of script
	done     int // times that this step has been answered
}

// Request is a line of the log.
type Request struct {
	Start  time.Time // when its headers had been read
	End    time.Time // when it was answered, or broken off
	Host   string
	Method string
	Path   string // with the query
	Header http.Header
	Status int    // 0: none was sent
	Remote string // address of the client: tells connections apart
}

// New starts a web from texts in txtar form. It ends with the test.
func New(t TB, archives ...string) *Web {
	t.Helper()
	w, err := ServeArchive(archives...)
	if err != nil {
		t.Fatalf("fetchertest: %v", err)
	}
	t.Cleanup(w.Close)
	return w
}

// ServeArchive starts a web from texts in txtar form; files of later ones replace those of earlier ones. The caller
// closes it.
func ServeArchive(archives ...string) (*Web, error) {
	files := map[string]string{}
	for _, a := range archives {
		for _, f := range txtar.Parse([]byte(a)).Files {
			files[f.Name] = string(f.Data)
		}
	}
	return ServeFiles(files)
}

// ServeFiles starts a web from names and contents. The caller closes it.
func ServeFiles(files map[string]string) (*Web, error) {
	return start(func(w *Web) error {
		var faults []error
		for _, name := range slices.Sorted(maps.Keys(files)) {
			faults = append(faults, w.add(path.Clean(name), []byte(files[name]), base))
		}
		return errors.Join(faults...)
	})
}

// Serve starts a web from files, all read at once: os.DirFS of a folder that holds a folder for each host, or an
// embed.FS. The caller closes it.
func Serve(fsys fs.FS) (*Web, error) {
	return start(func(w *Web) error {
		var faults []error
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			modified := base
			if info, err := d.Info(); err == nil && !info.ModTime().IsZero() {
				modified = info.ModTime()
			}
			faults = append(faults, w.add(name, data, modified))
			return nil
		})
		return errors.Join(append(faults, err)...)
	})
}

// start fills a web and opens it.
func start(fill func(*Web) error) (*Web, error) {
	w := &Web{
		files: map[string]*file{}, hosts: map[string]string{}, inFlight: map[string]int{}, most: map[string]int{},
	}
	if err := fill(w); err != nil {
		return nil, err
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	addr, err := w.listen("127.0.0.1:0", "")
	if err != nil {
		w.stop()
		return nil, err
	}
	w.proxy = "http://" + addr
	return w, nil
}

// add takes a file, or a script. Files that belong to no host, such as a README beside them, are ignored.
func (w *Web) add(name string, data []byte, modified time.Time) error {
	key := strings.TrimPrefix(name, "web/")
	if !strings.Contains(key, "/") {
		return nil
	}
	target, ok := strings.CutSuffix(key, ".http")
	if !ok {
		w.file(key).set(data, modified)
		return nil
	}
	script, err := ParseScript(string(data))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.file(target).script = script
	return nil
}

// base is the Last-Modified of files that have no time of their own: the same in every run.
var base = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// file returns the file of a key, made if need be. It needs mu once the web runs.
func (w *Web) file(key string) *file {
	f := w.files[key]
	if f == nil {
		f = &file{}
		w.files[key] = f
	}
	return f
}

func (f *file) set(body []byte, modified time.Time) {
	sum := sha256.Sum256(body)
	f.body, f.exists, f.modified = body, true, modified.UTC().Truncate(time.Second)
	f.etag = fmt.Sprintf(`"%x"`, sum[:6])
	f.version++
}

// key is the name of an address: the host, without a port of 80, and the path.
func key(address string) string {
	address = strings.TrimPrefix(address, "http://")
	host, rest, _ := strings.Cut(address, "/")
	return strings.ToLower(strings.TrimSuffix(host, ":80")) + "/" + rest
}

// Set publishes a new text at an address (with or without http://). Its Last-Modified is an hour after the last one,
// its script stays.
func (w *Web) Set(address, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.file(key(address))
	modified := base
	if f.exists {
		modified = f.modified.Add(time.Hour)
	}
	f.set([]byte(body), modified)
}

// Script replaces the answers at an address; none: the file is answered again.
func (w *Web) Script(address string, answers ...Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.file(key(address))
	f.script, f.step, f.done = answers, 0, 0
}

// Remove makes an address answer 404.
func (w *Web) Remove(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.files, key(address))
}

// ProxyURL is the address of the web as an HTTP proxy, for HTTP_PROXY or fetch.proxy.
func (w *Web) ProxyURL() string { return w.proxy }

// Client asks the web, and nothing else, whatever the address.
func (w *Web) Client() *http.Client { return &http.Client{Transport: w.Transport()} }

// Transport sends all requests to the web.
func (w *Web) Transport() *http.Transport {
	u, err := url.Parse(w.proxy)
	if err != nil {
		panic("fetchertest: " + err.Error()) // it was made by us
	}
	return &http.Transport{Proxy: http.ProxyURL(u)}
}

// URL is the real address of a host of the web, without a slash at the end: http://127.x.y.z:port. Each host has its
// own address where the system allows it (Linux does), else its own port.
func (w *Web) URL(host string) (string, error) {
	w.mu.Lock()
	addr, n := w.hosts[host], len(w.hosts)
	w.mu.Unlock()
	if addr != "" {
		return "http://" + addr, nil
	}
	addr, err := w.listen(fmt.Sprintf("127.77.%d.%d:0", n/250, n%250+1), host)
	if err != nil {
		addr, err = w.listen("127.0.0.1:0", host)
	}
	if err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[host] = addr
	return "http://" + addr, nil
}

// listen serves a host, or as proxy all hosts.
func (w *Web) listen(addr, host string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: &site{w, host}, ReadHeaderTimeout: time.Minute}
	w.mu.Lock()
	w.servers = append(w.servers, s)
	w.mu.Unlock()
	w.serving.Go(func() { _ = s.Serve(l) }) // always http.ErrServerClosed
	return l.Addr().String(), nil
}

// Close ends the web, and answers that are under way.
func (w *Web) Close() {
	w.stop()
	w.mu.Lock()
	servers := w.servers
	w.mu.Unlock()
	for _, s := range servers {
		_ = s.Close()
	}
	w.serving.Wait()
}

// Requests is the log: all requests in the order of their start. Those to a host if one is given.
func (w *Web) Requests(hosts ...string) []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.log), func(r Request) bool {
		return len(hosts) > 0 && !slices.Contains(hosts, r.Host)
	})
}

// Count is how often an address was asked for.
func (w *Web) Count(address string) int {
	k, n := key(address), 0
	for _, r := range w.Requests() {
		if r.Host+r.Path == k {
			n++
		}
	}
	return n
}

// ResetLog forgets the requests so far.
func (w *Web) ResetLog() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = nil
	clear(w.most)
}

// MinGap is the least time between the starts of two requests to one host, and the host. It is 0 and "" if no host
// had two.
func (w *Web) MinGap() (time.Duration, string) {
	last := map[string]time.Time{}
	var least time.Duration
	var at string
	for _, r := range w.Requests() {
		if before, ok := last[r.Host]; ok && (at == "" || r.Start.Sub(before) < least) {
			least, at = r.Start.Sub(before), r.Host
		}
		last[r.Host] = r.Start
	}
	return least, at
}

// MostInFlight is the highest number of requests to one host at a time.
func (w *Web) MostInFlight() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	most := 0
	for n := range maps.Values(w.most) {
		most = max(most, n)
	}
	return most
}
