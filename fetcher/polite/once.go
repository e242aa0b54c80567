package polite

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A conditional request to a host of which nothing else is wanted will hardly bring anything. It has a connection of its
// own, over HTTP/1.1, that is closed with the answer: kept ones cost memory here and at the publisher's. http.Transport
// would start three goroutines for it, and they are most of what such a request costs. Where it does bring something, its
// connection is kept for the pages that follow: see kept.

// conditional reports whether a request will hardly bring anything new.
func conditional(req *http.Request) bool {
	return req.Header["If-None-Match"] != nil || req.Header["If-Modified-Since"] != nil
}

// once sends a request on a connection of its own and returns the head of its answer. The end of its body ends the
// connection. wrote is called when the request is on the wire.
func (t *Transport) once(ctx context.Context, req *http.Request, wrote func()) (*http.Response, error) {
	to := destinationOf(req.URL)
	conn, err := t.connect(ctx, to, "http/1.1")
	if err != nil {
		return nil, err
	}
	c := &single{conn: conn, to: to, kept: &t.kept}
	c.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // who reads or writes gives up
	if err = c.write(req); err == nil {
		wrote()
		c.resp, err = c.head(req)
	}
	if err != nil {
		c.end(false)
		return nil, err
	}
	if c.resp.Body == http.NoBody {
		c.end(false)
		return c.resp, nil
	}
	c.body, c.resp.Body = c.resp.Body, c
	return c.resp, nil
}

// connect dials a publisher, and by TLS greets it in the first of the protocols that it speaks.
func (t *Transport) connect(ctx context.Context, to destination, protocols ...string) (net.Conn, error) {
	conn, err := t.dialDirect(ctx, "tcp", to.addr)
	if err != nil || !to.secure {
		return conn, err
	}
	host, _, err := net.SplitHostPort(to.addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, &TimeoutError{What: "no TLS connection", After: dialTimeout})
	defer cancel()
	c := tls.Client(conn, &tls.Config{ServerName: host, NextProtos: protocols, RootCAs: t.roots, MinVersion: tls.VersionTLS12})
	if err := c.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, err
	}
	return c, nil
}

// dialPages is how http.Transport comes to a connection for pages: the one of their feed, if that was kept.
func (t *Transport) dialPages(secure bool) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, addr string) (net.Conn, error) {
		to := destination{secure, addr}
		if c := t.kept.take(to); c != nil {
			return c, nil
		}
		return t.connect(ctx, to, "h2", "http/1.1")
	}
}

// single is the connection of one exchange, and the body of its answer.
type single struct {
	conn net.Conn
	to   destination
	kept *kept
	stop func() bool // of what ends it with its context
	in   *bufio.Reader
	resp *http.Response
	body io.ReadCloser // as net/http reads it
	left int64         // bytes that a head may still have; below zero: it is read
	err  error         // of the last read of the head, then of the body
}

var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 2<<10) }}
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 1<<10) }}
)

// write sends a request, in one packet where it has no body.
func (c *single) write(req *http.Request) error {
	w := writers.Get().(*bufio.Writer) //nolint:forcetypeassert // its own
	w.Reset(c.conn)
	defer func() {
		w.Reset(nil)
		writers.Put(w)
	}()
	if err := req.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// head reads the head of the answer, past those that only say that it is on its way (RFC 9110, 15.2).
func (c *single) head(req *http.Request) (*http.Response, error) {
	c.in = readers.Get().(*bufio.Reader) //nolint:forcetypeassert // its own
	c.left = maxHeader
	c.in.Reset(headReader{c})
	for {
		resp, err := http.ReadResponse(c.in, req)
		switch {
		case err == nil:
		case c.err == io.EOF:
			return nil, errNoAnswer
		case c.err != nil:
			return nil, c.err // half a line has passed for a whole one
		default:
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			c.left, c.err = -1, nil
			return resp, nil
		}
	}
}

// headReader reads a single's connection, and bounds what comes before the body.
type headReader struct{ c *single }

func (r headReader) Read(p []byte) (int, error) {
	c := r.c
	if c.left < 0 {
		return c.conn.Read(p)
	}
	if c.left == 0 {
		c.err = &LimitError{"response header", maxHeader}
		return 0, c.err
	}
	n, err := c.conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.err = err
	return n, err
}

// Read implements io.Reader, for the body of the answer.
func (c *single) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.body.Read(p)
	c.err = err
	return n, err
}

// Close implements io.Closer. What was not read to its end is not read.
func (c *single) Close() error {
	c.end(c.err == io.EOF)
	return nil
}

// end gives the connection up, to be kept where the whole answer was read and the publisher does not close it.
func (c *single) end(whole bool) {
	if c.conn == nil {
		return
	}
	conn := c.conn
	whole = whole && c.stop() && !c.resp.Close && c.resp.ProtoAtLeast(1, 1) && c.in.Buffered() == 0
	c.stop()
	if c.in != nil {
		c.in.Reset(nil)
		readers.Put(c.in)
	}
	c.conn, c.in, c.err = nil, nil, errClosed
	if whole {
		c.kept.put(c.to, conn)
		return
	}
	_ = conn.Close()
}

// destination is where a connection leads.
type destination struct {
	secure bool
	addr   string // host:port
}

func destinationOf(u *url.URL) destination {
	to, port := destination{secure: u.Scheme == "https"}, u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[to.secure]
	}
	to.addr = net.JoinHostPort(hostName(u.Hostname()), port)
	return to
}

// kept holds the connections of feeds that did bring something, for idleConnTimeout at most, until http.Transport takes
// them for the pages: one connection for the burst of one source.
type kept struct {
	mu    sync.Mutex
	conns map[destination]*keptConn
}

type keptConn struct {
	net.Conn
	timer *time.Timer
}

// maxKept bounds what kept holds.
const maxKept = 512

func (k *kept) put(to destination, conn net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conns[to] != nil || len(k.conns) >= maxKept {
		_ = conn.Close()
		return
	}
	if k.conns == nil {
		k.conns = map[destination]*keptConn{}
	}
	c := &keptConn{Conn: conn}
	c.timer = time.AfterFunc(idleConnTimeout, func() { k.drop(to, c) })
	k.conns[to] = c
}

// take returns a kept connection that the publisher has not closed, or nil.
func (k *kept) take(to destination) net.Conn {
	k.mu.Lock()
	c := k.conns[to]
	delete(k.conns, to)
	k.mu.Unlock()
	if c == nil || !c.timer.Stop() {
		return nil
	}
	// Nothing is to be read from a connection that is alive.
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		_ = c.Close()
		return nil
	}
	_ = c.SetDeadline(time.Time{})
	return c.Conn
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// drop closes a connection that nobody took.
func (k *kept) drop(to destination, c *keptConn) {
	k.mu.Lock()
	if k.conns[to] == c {
		delete(k.conns, to)
	}
	k.mu.Unlock()
	_ = c.Close()
}

// close closes all.
func (k *kept) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for to, c := range k.conns {
		if c.timer.Stop() {
			_ = c.Close()
		}
		delete(k.conns, to)
	}
}
