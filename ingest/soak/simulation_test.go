package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// simulation is the whole program but its command line, on a clock and a network of the test's own: within
// synctest.Test, days pass in milliseconds. Only the archive is real.
type simulation struct {
	t     *testing.T
	dir   string
	web   *inMemory
	log   io.Writer
	clock func() time.Time

	cfg       *config.Config
	store     *store.Store
	transport *polite.Transport
	scheduler *ingest.Scheduler
	stop      context.CancelFunc
	done      chan error
}

// simulate runs a test on a configuration and a web. The daemon is not running yet. It begins on Monday, 5 January 2026.
func simulate(t *testing.T, sources string, web http.HandlerFunc, test func(t *testing.T, s *simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))) //nolint:forbidigo // in a bubble
		s := &simulation{t: t, dir: t.TempDir(), web: newInMemory(web), log: io.Discard, clock: time.Now}
		defer s.web.close()
		s.configure(sources)
		test(t, s)
	})
}

// configure writes the configuration and reads it.
func (s *simulation) configure(sources string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "feedfolio.yaml")
	text := "archive: ./archive\nfetch: {user_agent: \"feedfolio-soak/1 (+https://example.org/contact)\"}\n" + sources
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cfg, err := config.Options{CheckSchedule: ingest.CheckSchedule, CheckMarket: ingest.CheckMarket}.Load(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cfg = cfg
}

// engine wires an Ingester for the present configuration.
func (s *simulation) engine() *ingest.Ingester {
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	opt := polite.Options{Log: log, Hosts: polite.In(s.store), Dial: s.web.dial, Now: s.clock, Previous: s.transport}
	s.transport = polite.New(s.cfg.Fetch, s.cfg.Hosts, opt)
	return ingest.New(s.store, fetcher.New(s.cfg, s.transport, log), log, s.clock)
}

// start starts the daemon.
func (s *simulation) start() {
	s.t.Helper()
	var err error
	if s.store, err = store.Open(s.t.Context(), s.cfg, store.Options{Exclusive: true, Now: s.clock}); err != nil {
		s.t.Fatal(err)
	}
	in := s.engine()
	s.scheduler = ingest.NewScheduler(in, slog.New(slog.DiscardHandler), 64)
	if err := s.scheduler.Set(s.t.Context(), in, s.cfg.Sources); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(s.t.Context())
	s.stop, s.done = stop, make(chan error, 1)
	go func() { s.done <- s.scheduler.Run(ctx) }()
}

// reload does what the daemon does when its configuration has changed.
func (s *simulation) reload(sources string) {
	s.t.Helper()
	s.configure(sources)
	if err := s.scheduler.Set(s.t.Context(), s.engine(), s.cfg.Sources); err != nil {
		s.t.Fatal(err)
	}
}

// end stops the daemon in good order.
func (s *simulation) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.done; err != nil {
		s.t.Error(err)
	}
	s.transport.CloseIdle()
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
	s.transport = nil
}

// runFor lets the daemon run for a while and stops it.
func (s *simulation) runFor(d time.Duration) {
	s.t.Helper()
	s.start()
	s.pass(d)
	s.end()
}

// pass lets time pass.
func (s *simulation) pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a bubble
	synctest.Wait()
}

// state is what the store has of a source. It opens the archive where the daemon does not run.
func (s *simulation) state(source string) store.State {
	s.t.Helper()
	var st store.State
	s.with(func(db *store.Store) {
		var err error
		if st, err = db.State(s.t.Context(), source); err != nil {
			s.t.Fatal(err)
		}
	})
	return st
}

// with opens the archive as a guest.
func (s *simulation) with(do func(*store.Store)) {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.cfg, store.Options{Now: s.clock})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	do(db)
}

// rows are all articles that the store knows.
func (s *simulation) rows() []store.Row {
	s.t.Helper()
	var all []store.Row
	s.with(func(db *store.Store) {
		states := []string{store.StatePending, store.StateStored, store.StateGone, store.StateDropped}
		for row, err := range db.Articles(s.t.Context(), store.Query{States: states}) {
			if err != nil {
				s.t.Fatal(err)
			}
			all = append(all, row)
		}
	})
	return all
}

// inMemory is a network with one server, for all names.
type inMemory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	server *http.Server
	ended  chan struct{}

	mu  sync.Mutex
	log []request
}

// request is what the server was asked.
type request struct {
	at     time.Time
	url    string
	header http.Header
	status int
}

func newInMemory(h http.HandlerFunc) *inMemory {
	m := &inMemory{conns: make(chan net.Conn), closed: make(chan struct{}), ended: make(chan struct{})}
	m.server = &http.Server{ReadHeaderTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		at := time.Now()
		defer func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.log = append(m.log, request{at, "http://" + r.Host + r.URL.String(), r.Header.Clone(), out.status})
		}()
		h(out, r)
	})}
	go func() {
		defer close(m.ended)
		_ = m.server.Serve(m)
	}()
	return m
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(code int) {
	w.status = code
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (m *inMemory) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	if strings.HasPrefix(addr, "down.") {
		return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
	}
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.closed:
		return nil, errors.New("the network is gone")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (m *inMemory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (m *inMemory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// Addr implements net.Listener.
func (m *inMemory) Addr() net.Addr { return &net.IPAddr{} }

func (m *inMemory) close() {
	_ = m.server.Close()
	<-m.ended
}

// asked lists the requests so far, of those whose address has part in it.
func (m *inMemory) asked(part string) []request {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []request
	for _, r := range m.log {
		if strings.Contains(r.url, part) {
			all = append(all, r)
		}
	}
	return all
}

// forget empties the log.
func (m *inMemory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = nil
}

// rss is a feed whose entries carry their whole text, or name pages that do.
func rss(extra string, items ...string) string {
	return `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Blog</title><link>http://blog.example/</link><description>d</description>` +
		extra + strings.Join(items, "") + `</channel></rss>`
}

// whole is an entry that carries its whole text.
func whole(n int, at time.Time) string {
	return fmt.Sprintf(`<item><title>Post %d</title><link>http://blog.example/%d.html</link><guid isPermaLink="false">post-%d</guid><pubDate>%s</pubDate><content:encoded><![CDATA[%s]]></content:encoded></item>`,
		n, n, n, at.Format(time.RFC1123Z), text(n))
}

// stub is an entry that names a page.
func stub(n int, at time.Time) string {
	return fmt.Sprintf(`<item><title>Story %d</title><link>http://news.example/%d.html</link><guid isPermaLink="false">story-%d</guid><pubDate>%s</pubDate><description>Story %d in short…</description></item>`,
		n, n, n, at.Format(time.RFC1123Z), n)
}

func text(n int) string {
	var b strings.Builder
	for p := range 8 {
		fmt.Fprintf(&b, "<p>Paragraph %d of story %d says that export orders rose for the third month in a row, the association said on Thursday, and that demand at home has stopped falling at last.</p>", p, n)
	}
	return b.String()
}

func page(n int) string {
	return fmt.Sprintf(`<html><head><title>Story %d</title></head><body><article><h1>Story %d</h1>%s</article></body></html>`, n, n, text(n))
}
