package polite

import (
	"context"
	"sync"
)

type (
	proxyKey   struct{}
	maxBodyKey struct{}
	robotsKey  struct{}
	workerKey  struct{}
)

// WithProxy makes the requests under the context go through a proxy: http://, https:// or socks5://host:port, or
// "direct" for none. It goes before the proxy of the host and of fetch.
func WithProxy(ctx context.Context, proxy string) context.Context {
	return context.WithValue(ctx, proxyKey{}, proxy)
}

// WithMaxBody sets the most bytes that an answer under the context may have, unpacked. It goes before max_body of the
// host and of fetch.
func WithMaxBody(ctx context.Context, bytes int64) context.Context {
	return context.WithValue(ctx, maxBodyKey{}, bytes)
}

// WithoutRobots lets the requests under the context pass whatever robots.txt disallows. It is for listings that a
// user configured by their address: there this program is a reader that acts for one person, as a browser's bookmark,
// and many publishers close their feeds to crawlers. The pages that listings name are subject to robots.txt. A
// Crawl-delay that is known holds for both.
func WithoutRobots(ctx context.Context) context.Context {
	return context.WithValue(ctx, robotsKey{}, true)
}

// WithWorker makes all requests under the context share one of fetch.workers' slots. It is taken when the first of
// them has passed its host's gate, kept while its answer is worked on, and given back by release, which must be
// called and may be called more than once. A request that has to wait for its host lends the slot to others
// meanwhile, unless an answer of another request under the same context is still open. Work that is part of other such
// work shares its slot.
func WithWorker(ctx context.Context) (_ context.Context, release func()) {
	if workerOf(ctx) != nil {
		return ctx, func() {}
	}
	w := &worker{turn: make(chan struct{}, 1)}
	return context.WithValue(ctx, workerKey{}, w), w.release
}

// worker is the slot of one piece of work. A nil *worker is that of a request alone: held until its body is closed.
type worker struct {
	turn chan struct{} // held while a slot is waited for

	mu       sync.Mutex
	slots    chan struct{} // the slot is held in it; nil: none is held
	users    int           // requests between take and finish
	waiting  int           // requests that wait for something else
	released bool
}

func workerOf(ctx context.Context) *worker {
	w, _ := ctx.Value(workerKey{}).(*worker)
	return w
}

// take waits for a slot, unless the work holds one. finish ends the use by this request.
func (w *worker) take(ctx context.Context, slots chan struct{}) error {
	if w == nil {
		select {
		case slots <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-w.turn }()
	w.mu.Lock()
	if w.slots != nil {
		w.users++
		w.mu.Unlock()
		return nil
	}
	w.mu.Unlock()
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.mu.Lock()
	w.slots = slots
	w.users++
	w.mu.Unlock()
	return nil
}

// finish ends what take began.
func (w *worker) finish(slots chan struct{}) {
	if w == nil {
		<-slots
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users = max(w.users-1, 0) // release may have been here first
	if w.released || w.waiting > 0 {
		w.giveBack()
	}
}

// lend gives the slot to others while the caller waits for something that is not a slot; resume ends it.
func (w *worker) lend() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting++
	w.giveBack()
}

func (w *worker) resume() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting--
}

func (w *worker) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.released = true
	w.users = 0
	w.giveBack()
}

// giveBack needs mu.
func (w *worker) giveBack() {
	if w.slots == nil || w.users > 0 {
		return
	}
	<-w.slots
	w.slots = nil
}
