package polite

import (
	"container/list"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// maxWait is the longest that a request waits for its host in memory. Whoever would wait longer gets a *WaitError
	// and comes back later, so that a source that is told to wait an hour costs no goroutine.
	maxWait = time.Minute

	// maxIdleHosts hosts that nobody uses are remembered, each for idleHostFor at most; about 400 bytes each.
	maxIdleHosts = 10_000
	idleHostFor  = 10 * time.Minute

	// maxTroubledHosts bounds those that may not be forgotten since they asked us to wait and no HostMemory keeps it.
	maxTroubledHosts = 100_000
)

// limits is what one request is owed to its host by the configuration.
type limits struct {
	delay       time.Duration // least time between two starts
	connections int
	robots      bool // robots.txt holds, and with it a Crawl-delay
}

// gate lets requests pass to their hosts: in the order they came, at most so many in flight, and with a least gap
// between the starts of two. One mutex guards all hosts; nothing is waited for while it is held.
type gate struct {
	now    func() time.Time // the wall clock; gaps are measured with the monotonic clock instead
	memory HostMemory
	log    *slog.Logger
	asked  *Asked // nil: no other process asks the same hosts

	saving [16]sync.Mutex // a host's saved state is read, changed and written under one of these

	mu      sync.Mutex
	hosts   map[string]*host
	idle    list.List // of *host that nobody uses, the longest idle first
	waiting int
}

// host is what is remembered of one host. All fields are guarded by gate.mu.
type host struct {
	name      string
	users     int           // calls that hold it; it is in gate.idle when there are none
	place     *list.Element // in gate.idle
	idleSince time.Time
	loading   chan struct{} // open while a call reads it from memory
	loaded    bool

	limits     limits
	crawlDelay time.Duration // from robots.txt

	inFlight  int
	starting  bool // a request has passed, and is not yet written
	once      bool // the last request was the first for a while
	lastStart time.Time
	asked     asked     // by other processes
	queue     list.List // of *waiter
	timer     *time.Timer

	blockedUntil time.Time // by the wall clock, since it outlives this process
	reason       string
	failures     int       // answers in a row that asked us to slow down
	lastFailure  time.Time // requests started before it do not count again
	refused      int       // 403 in a row
	unreachable  int       // requests in a row that found no connection
}

// waiter is a request in a host's queue.
type waiter struct {
	ready    chan struct{} // closed when it may pass, or err is set
	err      error
	deadline time.Time // of its context; zero: none
	pass     *pass     // once ready, without err
}

// pass is the right to send one request to a host. It ends with done.
type pass struct {
	g       *gate
	h       *host
	granted time.Time
	alone   bool // hardly anything else was asked of the host lately, or is about to be
	sent    bool
	over    bool
}

// use returns the host and holds it in memory until the call to leave. The first caller reads what is known of the
// host from an earlier process.
func (g *gate) use(ctx context.Context, name string) (*host, error) {
	g.mu.Lock()
	h := g.hosts[name]
	if h == nil {
		h = &host{name: name, loaded: g.memory == nil, asked: g.asked.of(name)}
		g.hosts[name] = h
	}
	h.users++
	if h.place != nil {
		g.idle.Remove(h.place)
		h.place = nil
	}
	for !h.loaded {
		if h.loading == nil {
			h.loading = make(chan struct{})
			g.mu.Unlock()
			g.load(ctx, h)
			g.mu.Lock()
			break
		}
		loading := h.loading
		g.mu.Unlock()
		select {
		case <-loading:
		case <-ctx.Done():
			g.leave(h)
			return nil, context.Cause(ctx)
		}
		g.mu.Lock()
	}
	g.mu.Unlock()
	return h, nil
}

// load reads what HostMemory has of h, for the first time.
func (g *gate) load(ctx context.Context, h *host) {
	g.recall(ctx, h)
	g.mu.Lock()
	defer g.mu.Unlock()
	h.loaded = true
	close(h.loading)
	h.loading = nil
}

// recall makes h what HostMemory has of it. A memory that fails does not stop the news: it is logged, and h stays.
func (g *gate) recall(ctx context.Context, h *host) {
	ctx, cancel := memoryContext(ctx)
	defer cancel()
	s, err := g.memory.LoadHost(ctx, h.name)
	if err != nil {
		g.log.Warn("host state not loaded", "host", h.name, "err", err)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	h.blockedUntil, h.reason, h.failures = s.BlockedUntil, s.Reason, s.Failures
	h.crawlDelay = min(max(s.CrawlDelay, 0), maxCrawlDelay)
	// A clock that was wrong when this was written must not silence a host for years.
	if latest := g.now().Add(maxRetryAfter); h.blockedUntil.After(latest) {
		h.blockedUntil = latest
	}
}

// leave ends use. Hosts that nobody uses are forgotten, the longest idle first.
func (g *gate) leave(h *host) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h.users--
	if h.users > 0 {
		return
	}
	now := time.Now()
	h.idleSince = now
	h.place = g.idle.PushBack(h)
	for range 2 { // each call forgets at most two, so that no call pays for all
		g.forget(now)
	}
}

// forget drops the longest idle host, if it is time and nothing is lost by it.
func (g *gate) forget(now time.Time) {
	front := g.idle.Front()
	if front == nil {
		return
	}
	h := front.Value.(*host)
	if g.idle.Len() <= maxIdleHosts && now.Sub(h.idleSince) < idleHostFor {
		return
	}
	troubled := h.failures > 0 || h.blockedUntil.After(g.now())
	recent := now.Sub(h.lastStart) < h.gap()
	if recent || troubled && g.memory == nil {
		if g.idle.Len() < maxTroubledHosts {
			g.idle.MoveToBack(front)
			return
		}
	}
	g.idle.Remove(front)
	h.place = nil
	delete(g.hosts, h.name)
}

// acquire waits until a request may be sent to h. It calls waits, once, before it waits. The caller holds h by use
// until after done.
func (g *gate) acquire(ctx context.Context, h *host, lim limits, waits func()) (*pass, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	g.mu.Lock()
	h.limits = lim
	if h.asked.look(g.now()) && g.memory != nil {
		g.mu.Unlock()
		g.recall(ctx, h)
		g.mu.Lock()
	}
	wait := h.wait(g.now())
	if wait <= 0 && h.queue.Len() == 0 && !h.starting && h.inFlight < lim.connections && h.asked.claim(g.now()) {
		p := g.grant(h)
		g.mu.Unlock()
		return p, nil
	}
	w := &waiter{ready: make(chan struct{}), deadline: deadline}
	if err := g.tooLong(h, w, h.queue.Len()); err != nil {
		g.mu.Unlock()
		return nil, err
	}
	place := h.queue.PushBack(w)
	g.waiting++
	g.pump(h)
	g.mu.Unlock()

	waits()
	select {
	case <-w.ready:
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		select {
		case <-w.ready: // granted, or refused, at the same moment
			if w.err != nil {
				return nil, w.err
			}
			h.inFlight--
			h.starting = false
			h.asked.write(h.lastStart, false)
		default:
			h.queue.Remove(place)
			g.waiting--
		}
		g.pump(h)
		return nil, context.Cause(ctx)
	}
	return w.pass, w.err
}

// grant lets one request of h pass. The next one waits until this one is written, whatever it still waits for in
// between (a worker, a connection): gaps are kept between requests as the publisher sees them.
func (g *gate) grant(h *host) *pass {
	now := time.Now()
	quiet := h.lastStart.IsZero() || now.Sub(h.lastStart) > idleConnTimeout
	alone := h.queue.Len() == 0 && (quiet || h.once)
	h.once = quiet // a second request soon after, as when the program begins between two polls, is no burst yet
	h.inFlight++
	h.starting = true
	return &pass{g: g, h: h, granted: now, alone: alone}
}

// pump lets pass whoever may, and sets the timer for the next.
func (g *gate) pump(h *host) {
	for {
		front := h.queue.Front()
		if front == nil {
			if h.timer != nil {
				h.timer.Stop()
			}
			return
		}
		if h.starting || h.inFlight >= h.limits.connections {
			return // done or written will pump again
		}
		h.asked.look(g.now())
		if d := h.wait(g.now()); d > 0 {
			g.wake(h, d)
			return
		}
		if !h.asked.claim(g.now()) {
			continue // another process was faster
		}
		w := h.queue.Remove(front).(*waiter)
		g.waiting--
		w.pass = g.grant(h)
		close(w.ready)
	}
}

// wake pumps h after d.
func (g *gate) wake(h *host, d time.Duration) {
	if h.timer != nil {
		h.timer.Reset(d)
		return
	}
	h.timer = time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.pump(h)
	})
}

// tooLong returns a *WaitError if w, with so many before it in the queue, cannot pass in time.
func (g *gate) tooLong(h *host, w *waiter, before int) error {
	now := g.now()
	gap := h.gap()
	wait := h.wait(now)
	if h.starting {
		before++
	}
	if gap > 0 && before > int(2*maxWait/gap) {
		before = int(2*maxWait/gap) + 1
	}
	total := wait + time.Duration(before)*gap
	if total <= maxWait && (w.deadline.IsZero() || time.Until(w.deadline) >= total) {
		return nil
	}
	reason := "others are waiting for it too"
	if wait > gap {
		reason = h.reason
	}
	return &WaitError{Host: h.name, Until: now.Add(total), Reason: reason}
}

// gap is the least time between the starts of two requests, now.
func (h *host) gap() time.Duration {
	d := h.limits.delay
	if h.limits.robots {
		d = max(d, h.crawlDelay)
	}
	if h.refused > 0 {
		d = min(max(d, time.Second)<<min(h.refused, 6), max(d, maxWait))
	}
	return d
}

// wait is how long the next request has to wait, were it the only one.
func (h *host) wait(now time.Time) time.Duration {
	var d time.Duration
	if !h.lastStart.IsZero() {
		d = time.Until(h.lastStart.Add(h.gap()))
	}
	if gap := h.gap(); gap > 0 && !h.asked.other.IsZero() {
		d = max(d, h.asked.other.Add(gap).Sub(now))
	}
	if !h.blockedUntil.IsZero() {
		d = max(d, h.blockedUntil.Sub(now))
	}
	return max(d, 0)
}

// written tells that the request is on its way: the gap counts from here.
func (p *pass) written() {
	p.g.mu.Lock()
	defer p.g.mu.Unlock()
	if p.over {
		return
	}
	p.h.lastStart = time.Now()
	p.h.asked.write(p.g.now(), false)
	if !p.sent {
		p.sent = true
		p.h.starting = false
		p.g.pump(p.h)
	}
}

// again waits until the same request may be sent once more: net/http repeats one whose kept connection turns out to be
// closed, and a publisher who closes after reading sees two requests. It returns a *WaitError if that would be too long.
func (p *pass) again(ctx context.Context) error {
	deadline, _ := ctx.Deadline()
	for {
		p.g.mu.Lock()
		h := p.h
		if !p.sent || p.over {
			p.g.mu.Unlock()
			return nil
		}
		h.asked.look(p.g.now())
		d := h.wait(p.g.now())
		if d <= 0 && !h.starting && h.asked.claim(p.g.now()) {
			h.starting, p.sent = true, false
			p.g.mu.Unlock()
			return nil
		}
		err := p.g.tooLong(h, &waiter{deadline: deadline}, 0)
		p.g.mu.Unlock()
		if err != nil {
			return err
		}
		timer := time.NewTimer(max(d, 10*time.Millisecond))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// done gives the connection back. tried tells whether the host was asked for anything, be it only a connection.
func (p *pass) done(tried bool) {
	p.g.mu.Lock()
	defer p.g.mu.Unlock()
	if p.over {
		return
	}
	p.over = true
	p.h.inFlight--
	if !p.sent {
		p.h.starting = false
		if tried {
			p.h.lastStart = time.Now()
		}
		p.h.asked.write(p.h.lastStart, false)
	}
	p.g.pump(p.h)
}

// setCrawlDelay says what robots.txt asks for, and reports whether that is new.
func (g *gate) setCrawlDelay(h *host, d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := h.crawlDelay
	h.crawlDelay = d
	return was != d
}

// verdict is what an answer, or its absence, means for the whole host.
type verdict struct {
	status     int           // 0: there was no connection
	retryAfter time.Duration // what the host asked for; negative: nothing
}

// judge slows the host down, or clears its failures. Answers to requests that were under way when the host first
// complained do not count again: four connections that all get a 429 are one complaint.
func (g *gate) judge(ctx context.Context, p *pass, v verdict) {
	g.mu.Lock()
	h := p.h
	changed := g.count(h, p, v)
	state := HostState{BlockedUntil: h.blockedUntil, Reason: h.reason, Failures: h.failures}
	if changed {
		g.refuse(h)
		g.pump(h)
	}
	g.mu.Unlock()
	if !changed {
		return
	}
	if state.Failures > 0 {
		g.log.Info("host asked us to wait", "host", h.name, "reason", state.Reason, "until", state.BlockedUntil)
	}
	g.save(ctx, h.name, func(s *HostState) {
		s.BlockedUntil, s.Reason, s.Failures = state.BlockedUntil, state.Reason, state.Failures
	})
	g.mu.Lock()
	h.asked.write(h.lastStart, true)
	g.mu.Unlock()
}

// count changes h by v and reports whether the block changed.
func (g *gate) count(h *host, p *pass, v verdict) bool {
	if v.status == 0 {
		h.unreachable++
		if h.unreachable < 3 {
			return false
		}
		d := jitter(backoff(unreachableFloor, unreachableCap, h.unreachable-3))
		return h.block(g.now(), d, "no connection to it, several times in a row")
	}
	h.unreachable = 0
	b, slows := slowing[v.status]
	if !slows && v.status >= 400 && v.retryAfter >= 0 {
		b, slows = slowing[503], true
	}
	if !slows {
		if v.status >= 400 {
			return false
		}
		h.refused = 0
		changed := h.failures > 0 && !p.granted.Before(h.lastFailure)
		if changed {
			h.failures, h.reason, h.blockedUntil = 0, "", time.Time{}
		}
		return changed
	}
	if p.granted.Before(h.lastFailure) && v.retryAfter < 0 {
		return false
	}
	if v.status == 403 && v.retryAfter < 0 {
		h.refused++
		if h.refused < b.after {
			return false // slower, by gap, but not blocked: a single page may be closed to us
		}
	}
	var d time.Duration
	if v.retryAfter >= 0 {
		d = max(v.retryAfter, backoff(time.Second, b.cap, h.failures))
	} else {
		d = backoff(b.floor, b.cap, h.failures)
	}
	if !p.granted.Before(h.lastFailure) {
		h.failures++
	}
	h.lastFailure = time.Now()
	return h.block(g.now(), jitter(min(d, maxRetryAfter)), b.reason)
}

// block makes h wait at least d from now; it never shortens a wait.
func (h *host) block(now time.Time, d time.Duration, reason string) bool {
	until := now.Add(d)
	if until.Before(h.blockedUntil) {
		return false
	}
	h.blockedUntil, h.reason = until, reason
	return true
}

// refuse tells those in the queue who cannot pass in time any more.
func (g *gate) refuse(h *host) {
	before := 0
	for e := h.queue.Front(); e != nil; {
		next := e.Next()
		w := e.Value.(*waiter)
		if w.err = g.tooLong(h, w, before); w.err != nil {
			h.queue.Remove(e)
			g.waiting--
			close(w.ready)
		} else {
			before++
		}
		e = next
	}
}

// save changes what HostMemory has of a host. Memory that fails is logged: politeness then ends with the process.
func (g *gate) save(ctx context.Context, name string, change func(*HostState)) {
	if g.memory == nil {
		return
	}
	ctx, cancel := memoryContext(ctx)
	defer cancel()
	mu := &g.saving[stripe(name)%len(g.saving)]
	mu.Lock()
	defer mu.Unlock()
	s, err := g.memory.LoadHost(ctx, name)
	if err != nil { // what cannot be read is replaced
		g.log.Warn("host state not loaded", "host", name, "err", err)
		s = HostState{}
	}
	s.Host = name
	change(&s)
	if err := g.memory.SaveHost(ctx, s); err != nil {
		g.log.Warn("host state not saved", "host", name, "err", err)
	}
}

// memoryContext is for HostMemory: what a publisher told us is written down even if the request was cancelled.
func memoryContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

func stripe(name string) int {
	n := uint32(2166136261)
	for i := range len(name) {
		n = (n ^ uint32(name[i])) * 16777619
	}
	return int(n & 0xffff)
}

// slow says how long a host is left alone that answered a status without a Retry-After.
type slow struct {
	floor, cap time.Duration // first wait; it doubles with each answer of the kind up to cap
	after      int           // answers in a row before the host is left alone
	reason     string
}

// slowing are the answers by which a publisher asks us to slow down. 403 is what firewalls answer to those they take
// for a robot, but also what a single closed page answers: the first two only double the gap.
var slowing = map[int]slow{
	429: {10 * time.Minute, 24 * time.Hour, 1, "it answered 429 Too Many Requests"},
	503: {30 * time.Second, time.Hour, 1, "it answered 503 Service Unavailable"},
	403: {5 * time.Minute, 24 * time.Hour, 3, "it answered 403 Forbidden, several times in a row"},
}

const (
	unreachableFloor = 10 * time.Second
	unreachableCap   = 5 * time.Minute

	// maxRetryAfter is the longest wait that a host may ask for.
	maxRetryAfter = 7 * 24 * time.Hour
)

// backoff is floor doubled n times, at most limit.
func backoff(floor, limit time.Duration, n int) time.Duration {
	if n > 30 || floor<<n > limit {
		return limit
	}
	return floor << n
}

// jitter adds up to a tenth, at most a minute: later, never sooner, so that the sources of one host do not come back
// all at once.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(min(d/10, time.Minute)+1)
}
