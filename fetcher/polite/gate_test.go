package polite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newGate(m HostMemory) *gate {
	return &gate{now: time.Now, memory: m, log: slog.New(slog.DiscardHandler), hosts: map[string]*host{}}
}

// memory is a HostMemory like the store's.
type memory struct {
	mu     sync.Mutex
	states map[string]HostState
	fails  error
}

func newMemory() *memory { return &memory{states: map[string]HostState{}} }

func (m *memory) LoadHost(_ context.Context, name string) (HostState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[name], m.fails
}

func (m *memory) SaveHost(_ context.Context, s HostState) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails == nil {
		m.states[s.Host] = s
	}
	return m.fails
}

// through sends one request through the gate: written at once, answered after took with status.
func through(ctx context.Context, g *gate, name string, lim limits, took time.Duration, v verdict) (time.Time, error) {
	h, err := g.use(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	defer g.leave(h)
	p, err := g.acquire(ctx, h, lim, func() {})
	if err != nil {
		return time.Time{}, err
	}
	start := time.Now()
	if v.status != 0 {
		p.written()
	}
	time.Sleep(took) // in a bubble: no time at all
	g.judge(ctx, p, v)
	p.done(true)
	return start, nil
}

var ok = verdict{200, -1}

func TestRequestsPassInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		lim := limits{delay: time.Second, connections: 2}
		var mu sync.Mutex
		var order []int
		var starts []time.Time
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				at, err := through(t.Context(), g, "a", lim, 300*time.Millisecond, ok)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				order, starts = append(order, i), append(starts, at)
			})
			synctest.Wait() // it is in the queue
		}
		wg.Wait()
		for i := range order {
			if order[i] != i {
				t.Fatalf("order %v", order)
			}
			if i > 0 && starts[i].Sub(starts[i-1]) != time.Second {
				t.Errorf("start %d is %s after the one before; want 1s", i, starts[i].Sub(starts[i-1]))
			}
		}
	})
}

func TestOnlySoManyAreInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		began := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := through(t.Context(), g, "a", limits{connections: 2}, time.Second, ok); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("10 requests of 1s, 2 at a time, took %s; want 5s", took)
		}
	})
}

func TestNextStartCountsFromTheWritingNotFromThePassing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		lim := limits{delay: time.Second, connections: 4}
		h, err := g.use(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		p, err := g.acquire(t.Context(), h, lim, func() {})
		if err != nil {
			t.Fatal(err)
		}
		var second time.Time
		var wg sync.WaitGroup
		wg.Go(func() {
			second, err = through(t.Context(), g, "a", lim, 0, ok)
		})
		time.Sleep(5 * time.Second) // it waits for a worker, and connects
		written := time.Now()
		p.written()
		wg.Wait()
		if err != nil || second.Sub(written) != time.Second {
			t.Errorf("the second passed %s after the first was written, %v; want 1s", second.Sub(written), err)
		}
		p.done(true)
		g.leave(h)
	})
}

func TestCancelledWaiterLeavesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		lim := limits{connections: 1}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = through(t.Context(), g, "a", lim, 10*time.Second, ok) })
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		for range 5 {
			wg.Go(func() {
				if _, err := through(ctx, g, "a", lim, time.Hour, ok); !errors.Is(err, gone) {
					t.Errorf("error %v; want the cause of the cancelling", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		wg.Go(func() {
			if _, err := through(t.Context(), g, "a", lim, 0, ok); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if g.waiting != 6 {
			t.Errorf("%d wait; want 6", g.waiting)
		}
		cancel(gone)
		wg.Wait()
		if d := time.Since(began); d != 10*time.Second {
			t.Errorf("the one behind waited %s; want 10s", d)
		}
		if h := g.hosts["a"]; g.waiting != 0 || h.inFlight != 0 || h.starting || h.users != 0 {
			t.Errorf("left over: %d waiting, host %+v", g.waiting, h)
		}
	})
}

func TestWaitThatIsTooLongIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		refused := func(ctx context.Context, lim limits) time.Duration {
			t.Helper()
			began := time.Now()
			_, err := through(ctx, g, "a", lim, 0, ok)
			w, isWait := errors.AsType[*WaitError](err)
			if !isWait || time.Since(began) != 0 {
				t.Fatalf("error %v after %s; want a *WaitError at once", err, time.Since(began))
			}
			return time.Until(w.Until)
		}
		lim := limits{delay: 10 * time.Second, connections: 1}
		if _, err := through(t.Context(), g, "a", lim, 0, ok); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		if d := refused(ctx, lim); d != 10*time.Second {
			t.Errorf("beyond the deadline: until %s; want 10s", d)
		}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if _, err := through(t.Context(), g, "a", lim, 0, ok); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if d := refused(t.Context(), lim); d != 70*time.Second {
			t.Errorf("seventh in the queue: until %s; want 70s", d)
		}
		wg.Wait()
	})
}

func TestWhoWaitsIsToldWhenTheHostAsksForMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		lim := limits{connections: 1}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = through(t.Context(), g, "a", lim, time.Second, verdict{429, time.Hour}) })
		synctest.Wait()
		began := time.Now()
		for range 5 {
			wg.Go(func() {
				_, err := through(t.Context(), g, "a", lim, 0, ok)
				w, isWait := errors.AsType[*WaitError](err)
				if !isWait || time.Since(began) != time.Second || w.Until.Sub(began) < time.Hour {
					t.Errorf("%v after %s; want a *WaitError after 1s", err, time.Since(began))
				}
			})
		}
		wg.Wait()
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	const none = -1
	for _, tt := range []struct {
		name     string
		verdicts []verdict
		want     time.Duration // from the last answer to the next request; a tenth (or a minute) more is allowed
	}{
		{"a good answer: none", []verdict{{200, none}}, 0},
		{"404 says nothing about the host", []verdict{{404, none}}, 0},
		{"500 says nothing about the host", []verdict{{500, none}}, 0},
		{"429 with Retry-After", []verdict{{429, 20 * time.Second}}, 20 * time.Second},
		{"429 without", []verdict{{429, none}}, 10 * time.Minute},
		{"429 twice", []verdict{{429, none}, {429, none}}, 20 * time.Minute},
		{"429 twenty times is capped", repeat(verdict{429, none}, 20), 24 * time.Hour},
		{"Retry-After: 0 is a second", []verdict{{429, 0}}, time.Second},
		{"Retry-After: 0 four times is eight seconds", repeat(verdict{429, 0}, 4), 8 * time.Second},
		{"503", []verdict{{503, none}}, 30 * time.Second},
		{"503 many times", repeat(verdict{503, none}, 20), time.Hour},
		{"500 with Retry-After is obeyed", []verdict{{500, 50 * time.Second}}, 50 * time.Second},
		{"a good answer clears it", []verdict{{429, none}, {429, none}, {200, none}, {429, none}}, 10 * time.Minute},
		{"304 clears it too", []verdict{{503, none}, {304, none}, {503, none}}, 30 * time.Second},
		{"404 does not clear it", []verdict{{429, none}, {404, none}, {429, none}}, 20 * time.Minute},
		{"one 403 doubles the gap", []verdict{{403, none}}, 2 * time.Second},
		{"two 403 double it again", repeat(verdict{403, none}, 2), 4 * time.Second},
		{"three 403 block", repeat(verdict{403, none}, 3), 5 * time.Minute},
		{"403 with Retry-After", []verdict{{403, time.Minute - 7*time.Second}}, 53 * time.Second},
		{"no connection, twice", repeat(verdict{0, none}, 2), 0},
		{"no connection, three times", repeat(verdict{0, none}, 3), 10 * time.Second},
		{"no connection, many times", repeat(verdict{0, none}, 30), 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate(nil)
				for _, v := range tt.verdicts {
					for {
						_, err := through(t.Context(), g, "a", limits{connections: 1}, 0, v)
						if w, isWait := errors.AsType[*WaitError](err); isWait {
							time.Sleep(time.Until(w.Until))
							continue
						}
						break
					}
				}
				got := g.hosts["a"].wait(time.Now())
				if got < tt.want || got > tt.want+min(tt.want/10, time.Minute) {
					t.Errorf("waits %s; want %s", got, tt.want)
				}
			})
		})
	}
}

func repeat(v verdict, n int) []verdict {
	vs := make([]verdict, n)
	for i := range vs {
		vs[i] = v
	}
	return vs
}

func TestAnswersToOneBurstAreOneComplaint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = through(t.Context(), g, "a", limits{connections: 8}, time.Second, verdict{429, -1}) })
		}
		wg.Wait()
		if n := g.hosts["a"].failures; n != 1 {
			t.Errorf("8 answers at once count %d times; want once", n)
		}
	})
}

func TestHostIsRememberedOverARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		if _, err := through(t.Context(), newGate(m), "a", limits{connections: 1}, 0, verdict{429, 2 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		g := newGate(m)
		_, err := through(t.Context(), g, "a", limits{connections: 1}, 0, ok)
		w, isWait := errors.AsType[*WaitError](err)
		if !isWait || w.Reason == "" || time.Until(w.Until) < time.Hour {
			t.Fatalf("error %v; want a *WaitError with its reason", err)
		}
		time.Sleep(time.Until(w.Until))
		if _, err := through(t.Context(), g, "a", limits{connections: 1}, 0, ok); err != nil {
			t.Fatal(err)
		}
		if s := m.states["a"]; s.Failures != 0 || !s.BlockedUntil.IsZero() {
			t.Errorf("kept after a good answer: %+v", s)
		}
	})
}

func TestMemoryThatFailsStopsNothing(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.fails = errors.New("disk full")
	g := newGate(m)
	if _, err := through(t.Context(), g, "a", limits{connections: 1}, 0, verdict{429, time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := through(t.Context(), g, "a", limits{connections: 1}, 0, ok); !is[*WaitError](err) {
		t.Errorf("error %v; want a *WaitError", err)
	}
}

func TestIdleHostsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(nil)
		if _, err := through(t.Context(), g, "troubled", limits{connections: 1}, 0, verdict{429, 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		for i := range 100_000 {
			if _, err := through(t.Context(), g, fmt.Sprintf("host%d", i), limits{delay: time.Second, connections: 1}, 0, ok); err != nil {
				t.Fatal(err)
			}
			if i%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		if n := len(g.hosts); n > maxIdleHosts+2000 {
			t.Errorf("%d hosts in memory; want about %d", n, maxIdleHosts)
		}
		if g.hosts["troubled"] == nil {
			t.Error("a host that asked us to wait was forgotten")
		}
		time.Sleep(idleHostFor)
		for range 6000 {
			_, _ = through(t.Context(), g, "busy", limits{connections: 1}, 0, ok)
		}
		if n := len(g.hosts); n > 2 {
			t.Errorf("%d hosts after the idle time; want 2", n)
		}
	})
}

func TestCrawlDelayThatIsLongerWins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		delay, crawl time.Duration
		robots       bool
		want         time.Duration
	}{
		{time.Second, 5 * time.Second, true, 5 * time.Second},
		{10 * time.Second, 5 * time.Second, true, 10 * time.Second},
		{time.Second, 5 * time.Second, false, time.Second},
	} {
		h := &host{limits: limits{delay: tt.delay, robots: tt.robots}, crawlDelay: tt.crawl}
		if got := h.gap(); got != tt.want {
			t.Errorf("gap with delay %s, Crawl-delay %s, robots %t = %s; want %s", tt.delay, tt.crawl, tt.robots, got, tt.want)
		}
	}
}
