//go:build unix

package polite

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// process is a gate of its own on a file that it shares with others.
func process(t *testing.T, path string, m HostMemory) *gate {
	t.Helper()
	a, err := OpenAsked(path)
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(m)
	g.asked = a
	return g
}

func TestProcessesKeepOneGap(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		lim := limits{delay: time.Second, connections: 1}
		var mu sync.Mutex
		var starts []time.Time
		var wg sync.WaitGroup
		for n := range 3 {
			g := process(t, path, nil)
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 100 * time.Millisecond)
				for range 10 {
					at, err := through(t.Context(), g, "a.example", lim, 100*time.Millisecond, ok)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					starts = append(starts, at)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		slices.SortFunc(starts, time.Time.Compare)
		for i := 1; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap < time.Second {
				t.Errorf("request %d starts %s after the one before; want 1s", i+1, gap)
			}
		}
		if took := starts[len(starts)-1].Sub(starts[0]); took > 33*time.Second {
			t.Errorf("30 requests took %s; want little more than 29 s", took)
		}
	})
}

func TestGapHoldsWhileAnotherProcessConnects(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		lim := limits{delay: time.Second, connections: 1}
		one, two := process(t, path, nil), process(t, path, nil)
		h, err := one.use(t.Context(), "a.example")
		if err != nil {
			t.Fatal(err)
		}
		defer one.leave(h)
		p, err := one.acquire(t.Context(), h, lim, func() {})
		if err != nil {
			t.Fatal(err)
		}
		var written time.Time
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(900 * time.Millisecond) // for its connection
			written = time.Now()
			p.written()
			p.done(true)
		})
		at, err := through(t.Context(), two, "a.example", lim, 0, ok)
		wg.Wait()
		if err != nil || at.Sub(written) < time.Second {
			t.Errorf("asked %s after the other process, %v; want 1s", at.Sub(written), err)
		}
	})
}

func TestGapIsKeptOverARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		lim := limits{delay: time.Second, connections: 1}
		begin := time.Now()
		for n := range 3 {
			at, err := through(t.Context(), process(t, path, nil), "a.example", lim, 0, ok)
			if late := at.Sub(begin) - time.Duration(n)*time.Second; err != nil || late < 0 || late > 10*time.Millisecond {
				t.Errorf("process %d asks after %s, %v; want %ds", n+1, at.Sub(begin), err, n)
			}
		}
		begin = time.Now()
		if at, err := through(t.Context(), process(t, path, nil), "b.example", lim, 0, ok); err != nil || at != begin {
			t.Errorf("a host that nobody asked waits %s, %v; want 0s", at.Sub(begin), err)
		}
	})
}

func TestProcessThatWasKilledHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		lim := limits{delay: time.Second, connections: 1}
		g := process(t, path, nil)
		h, err := g.use(t.Context(), "a.example")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.acquire(t.Context(), h, lim, func() {}); err != nil { // and no more is heard of it
			t.Fatal(err)
		}
		begin := time.Now()
		at, err := through(t.Context(), process(t, path, nil), "a.example", lim, 0, ok)
		if err != nil || at.Sub(begin) > 2100*time.Millisecond {
			t.Errorf("asked after %s, %v; want 2s", at.Sub(begin), err)
		}
	})
}

func TestProcessesDoNotWaitForOneAnotherWhereNoGapIsOwed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		lim := limits{connections: 4}
		one, two := process(t, path, nil), process(t, path, nil)
		h, err := one.use(t.Context(), "a.example")
		if err != nil {
			t.Fatal(err)
		}
		defer one.leave(h)
		p, err := one.acquire(t.Context(), h, lim, func() {}) // it is about to ask
		if err != nil {
			t.Fatal(err)
		}
		defer p.done(false)
		begin := time.Now()
		if at, err := through(t.Context(), two, "a.example", lim, 0, ok); err != nil || at != begin {
			t.Errorf("asked after %s, %v; want 0s", at.Sub(begin), err)
		}
	})
}

func TestProcessesHearOfOneAnothersRetryAfter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		lim := limits{connections: 1}
		one, two := process(t, path, m), process(t, path, m)
		for _, g := range []*gate{one, two} { // both know the host as one that is well
			if _, err := through(t.Context(), g, "a.example", lim, 0, ok); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := through(t.Context(), one, "a.example", lim, 0, verdict{429, time.Hour}); err != nil {
			t.Fatal(err)
		}
		_, err := through(t.Context(), two, "a.example", lim, 0, ok)
		if w, is := errors.AsType[*WaitError](err); !is || time.Until(w.Until) < time.Hour {
			t.Errorf("error %v; want a *WaitError of an hour", err)
		}
	})
}

func TestGarbageInTheFileOfAskedHostsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	garbage := make([]byte, 8*askedPlaces)
	for i := range garbage {
		garbage[i] = byte(i*7 + i>>8)
	}
	if err := os.WriteFile(path, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"a.example", "b.example", "c.example"} {
			place := process(t, path, nil).asked.of(name)
			place.write(time.Now().AddDate(1, 0, 0), false) // by a clock that was wrong
			begin := time.Now()
			at, err := through(t.Context(), process(t, path, nil), name, limits{delay: time.Second, connections: 1}, 0, ok)
			if err != nil || at != begin {
				t.Errorf("%s is asked after %s, %v; want 0s", name, at.Sub(begin), err)
			}
		}
	})
}

func TestFileOfAskedHostsThatIsCutShort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "asked")
	g := process(t, path, nil)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	lim := limits{delay: time.Millisecond, connections: 1}
	for range 3 {
		if _, err := through(t.Context(), g, "a.example", lim, 0, ok); err != nil {
			t.Fatal(err)
		}
	}
}
