package polite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// exchange is one request on its way, from the gate to the end of its body.
type exchange struct {
	t      *Transport
	tg     target
	pass   *pass
	worker *worker
	ctx    context.Context
	cancel context.CancelCauseFunc
	began  time.Time
	wrote  atomic.Bool
	ended  atomic.Bool
	large  bool // a slot of Transport.large is held; only the reader of the body knows

	mu       sync.Mutex // guards began, timer and answered, which net/http's goroutines touch too
	timer    *time.Timer
	answered bool
}

// send waits for the host's gate and a worker, sends the request and returns its answer, the body to be unpacked.
func (t *Transport) send(req *http.Request, tg target) (*http.Response, error) {
	base, err := t.base(tg.proxy)
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	h, err := t.gate.use(ctx, tg.name)
	if err != nil {
		return nil, err
	}
	p, w, err := t.enter(ctx, h, tg)
	if err != nil {
		t.gate.leave(h)
		return nil, err
	}
	x := &exchange{t: t, tg: tg, pass: p, worker: w, began: time.Now()}
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	x.timer = time.AfterFunc(tg.set.timeout, x.late)
	resp, err := x.roundTrip(base, req)
	if err != nil {
		err = x.failure(err)
		x.end()
		return nil, err
	}
	resp.Request = req
	return x.answer(resp)
}

func (x *exchange) roundTrip(base *http.Transport, req *http.Request) (*http.Response, error) {
	if x.pass.alone && base == x.t.direct && conditional(req) {
		return x.t.once(x.ctx, x.t.prepare(x.ctx, req, x.tg), x.written)
	}
	trace := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{GotConn: x.connected, WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			x.written()
		}
	}})
	return base.RoundTrip(x.t.prepare(trace, req, x.tg))
}

// enter passes the host's gate and takes a worker.
func (t *Transport) enter(ctx context.Context, h *host, tg target) (*pass, *worker, error) {
	w := workerOf(ctx)
	began, waited := time.Now(), false
	p, err := t.gate.acquire(ctx, h, tg.set.limits, func() {
		waited = true
		w.lend()
	})
	if waited {
		w.resume()
		t.metrics.waited(time.Since(began))
	}
	if err != nil {
		return nil, nil, err
	}
	if err := w.take(ctx, t.slots); err != nil {
		p.done(false)
		return nil, nil, err
	}
	return p, w, nil
}

// connected is called before the request is written, and keeps the gap if it has been written before. A wait that is
// too long ends the exchange.
func (x *exchange) connected(httptrace.GotConnInfo) {
	if !x.wrote.Load() {
		return
	}
	if err := x.pass.again(x.ctx); err != nil {
		x.cancel(err)
	}
}

// written is called when the request is on the wire; again if net/http repeats it on another connection.
func (x *exchange) written() {
	x.wrote.Store(true)
	x.pass.written()
	x.mu.Lock()
	defer x.mu.Unlock()
	if left := x.left(); !x.answered && left > x.headerTimeout() {
		x.timer.Reset(x.headerTimeout())
	}
}

func (x *exchange) left() time.Duration { return x.tg.set.timeout - time.Since(x.began) }

// headerTimeout is how long a publisher may think before it answers.
func (x *exchange) headerTimeout() time.Duration { return max(15*time.Second, x.tg.set.timeout/2) }

// late ends an exchange that takes too long.
func (x *exchange) late() {
	x.mu.Lock()
	err := &TimeoutError{What: "body of the answer not complete", After: x.tg.set.timeout}
	switch {
	case !x.wrote.Load():
		err.What = "no connection"
	case !x.answered:
		err.What, err.After = "no answer", min(x.headerTimeout(), x.tg.set.timeout)
	}
	x.mu.Unlock()
	x.cancel(err)
}

var errNoAnswer = fmt.Errorf("the connection was closed before the answer: %w", io.ErrUnexpectedEOF)

// failure says what a failed request means, to the caller and for the host.
func (x *exchange) failure(err error) error {
	err = x.cause(err)
	if refusal, ok := errors.AsType[*PrivateError](err); ok {
		return refusal
	}
	if strings.Contains(err.Error(), "server response headers exceeded") {
		return &LimitError{"response header", maxHeader}
	}
	if errors.Is(err, io.EOF) {
		err = errNoAnswer
	}
	if _, own := errors.AsType[*TimeoutError](err); !x.wrote.Load() && (own || x.ctx.Err() == nil) {
		x.t.gate.judge(x.ctx, x.pass, verdict{retryAfter: -1})
	}
	return err
}

// cause replaces the errors of a cancelled request by what cancelled it.
func (x *exchange) cause(err error) error {
	if c := context.Cause(x.ctx); c != nil {
		return c
	}
	return err
}

// answer looks at what came, and hands on its body.
func (x *exchange) answer(resp *http.Response) (*http.Response, error) {
	x.mu.Lock()
	x.answered = true
	x.timer.Reset(max(x.left(), 0))
	x.mu.Unlock()

	v := verdict{status: resp.StatusCode, retryAfter: -1}
	if v.status >= 400 {
		v.retryAfter = RetryAfter(resp.Header, x.t.opt.Now())
	}
	x.t.gate.judge(x.ctx, x.pass, v)
	x.t.metrics.answered(resp.StatusCode)

	if resp.Body == http.NoBody || resp.Request.Method == http.MethodHead || resp.StatusCode == http.StatusNotModified || resp.StatusCode == http.StatusNoContent {
		_ = resp.Body.Close()
		resp.Body = http.NoBody
		x.end()
		return resp, nil
	}
	if resp.ContentLength > x.tg.limit {
		x.cancel(nil)
		_ = resp.Body.Close()
		x.end()
		return nil, &LimitError{"body", x.tg.limit}
	}
	b := &body{x: x, raw: resp.Body, wire: wire{r: resp.Body, limit: x.tg.limit}}
	b.out = &b.wire
	if list, ok := codings(resp.Header); ok && len(list) > 0 {
		for i := len(list) - 1; i >= 0; i-- {
			d := newDecoder(list[i], b.out)
			b.layers = append(b.layers, d)
			b.out = d
		}
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Uncompressed = true
	}
	resp.Body = b
	return resp, nil
}

// Most bodies are far below largeFrom. Of those above, largeAtOnce are read at a time, so that a dozen hosts that all
// send something enormous cost the memory of a few.
const (
	largeFrom   = 1 << 20
	largeAtOnce = 2
)

// enlarge waits until a large body may be read on. That wait is ours, not the publisher's: it does not count against
// the time limit of the request.
func (x *exchange) enlarge() error {
	select {
	case x.t.large <- struct{}{}:
		x.large = true
		return nil
	default:
	}
	x.mu.Lock()
	x.timer.Stop()
	x.mu.Unlock()
	began := time.Now()
	select {
	case x.t.large <- struct{}{}:
		x.large = true
	case <-x.ctx.Done():
		return context.Cause(x.ctx)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.began = x.began.Add(time.Since(began))
	x.timer.Reset(max(x.left(), 0))
	return nil
}

// end gives back what the exchange holds.
func (x *exchange) end() {
	if x.ended.Swap(true) {
		return
	}
	x.mu.Lock()
	x.timer.Stop()
	x.mu.Unlock()
	x.cancel(nil)
	if x.large {
		<-x.t.large
	}
	x.pass.done(true)
	x.worker.finish(x.t.slots)
	x.t.gate.leave(x.pass.h)
	x.t.metrics.ended(time.Since(x.began))
}

// body is the body of an answer, unpacked as it is read. Every way in which it may not be whole is an error.
type body struct {
	x   *exchange
	raw io.ReadCloser

	mu     sync.Mutex // Close may be called during Read
	wire   wire
	layers []*decoder // innermost last
	out    io.Reader
	n      int64 // unpacked bytes
	err    error // of all further Reads
	closed bool
}

var errClosed = errors.New("read of a closed body")

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, errClosed
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.n > largeFrom && !b.x.large {
		if b.err = b.x.enlarge(); b.err != nil {
			b.finish()
			return 0, b.err
		}
	}
	n, err := b.out.Read(p)
	b.n += int64(n)
	if b.n > b.x.tg.limit {
		n, err = 0, &LimitError{"body", b.x.tg.limit}
	} else if b.n > ratioFrom && b.n > maxRatio*b.wire.n {
		n, err = 0, &LimitError{"compression ratio", maxRatio}
	}
	if err == io.EOF && len(b.layers) > 0 {
		if drained := drain(&b.wire); drained != nil {
			err = drained // the packed body ended, and the answer was cut short after it
		}
	}
	if err != nil {
		b.err = b.failure(err)
		b.finish()
	}
	return n, b.err
}

// failure is what an error of the body means.
func (b *body) failure(err error) error {
	if err == io.EOF {
		return err
	}
	if _, ok := errors.AsType[*LimitError](err); ok {
		return err
	}
	if c := context.Cause(b.x.ctx); c != nil {
		return c
	}
	return fmt.Errorf("body of the answer broken off or damaged after %d bytes: %w", b.n, err)
}

// Close gives back the connection, the host's place and the worker. A body that was not read to its end costs the
// connection.
func (b *body) Close() error {
	b.x.cancel(errClosed) // wakes a Read that waits
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.err == nil {
		b.finish()
	}
	return nil
}

// finish is called once: at the first error of Read, the end of the body included, or at Close.
func (b *body) finish() {
	for _, d := range b.layers {
		if d.recycle != nil {
			d.recycle()
		}
	}
	b.layers, b.out = nil, nil
	b.x.t.metrics.bytes(b.wire.n, b.n)
	_ = b.raw.Close()
	b.x.end()
}
