package polite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// bomb is 1 GiB of zeros, packed: as one stream for br (kept as a file, since packing it takes seconds), else as 1,024.
func bomb(t *testing.T, coding string) []byte {
	t.Helper()
	if coding == "br" {
		b, err := os.ReadFile("testdata/1gib.br")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return bytes.Repeat(pack(t, coding, make([]byte, 1<<20)), 1024)
}

func TestBombsAreRefused(t *testing.T) {
	for _, coding := range []string{"gzip", "br", "zstd"} {
		packed := bomb(t, coding)
		for _, tt := range []struct {
			name  string
			limit int64
		}{{"by size", 2 << 20}, {"by ratio", 1 << 40}} {
			t.Run(coding+" "+tt.name, func(t *testing.T) {
				url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Encoding", coding)
					_, _ = w.Write(packed)
				})
				tr := newTransport(t, loopback(), nil, polite.Options{})
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := time.Now()
				req, err := http.NewRequestWithContext(polite.WithMaxBody(t.Context(), tt.limit), http.MethodGet, url, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				took := time.Since(began)
				runtime.ReadMemStats(&after)
				if _, ok := errors.AsType[*polite.LimitError](err); !ok || n > 8<<20 {
					t.Errorf("%d bytes, %v; want a *LimitError within 8 MiB", n, err)
				}
				if took > 20*time.Second {
					t.Errorf("took %s", took)
				}
				if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
					t.Errorf("allocated %d MiB", got>>20)
				}
				t.Logf("%d bytes on the wire, refused after %s and %d unpacked bytes, %d KiB allocated", len(packed), took, n, (after.TotalAlloc-before.TotalAlloc)>>10)
			})
		}
	}
}

func TestBodiesBeyondTheLimitAreErrors(t *testing.T) {
	t.Parallel()
	f := loopback()
	f.MaxBody = 1000
	exact, over := strings.Repeat("a", 1000), strings.Repeat("a", 1001)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		refused bool
	}{
		{"exactly as large as allowed", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, exact) }, false},
		{"a byte more, said in Content-Length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1001")
			_, _ = io.WriteString(w, over)
		}, true},
		{"a byte more, chunked", func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, over)
		}, true},
		{"a byte more, packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(pack(t, "gzip", []byte(over)))
		}, true},
		{"exactly as large, packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "zstd")
			_, _ = w.Write(pack(t, "zstd", []byte(exact)))
		}, false},
		{"much more that is said and never sent", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000000")
			_ = http.NewResponseController(w).Flush()
		}, true},
		{"headers of a megabyte", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, true},
		{"a zstd window of 64 MiB", func(w http.ResponseWriter, _ *http.Request) {
			var b bytes.Buffer
			z, err := zstd.NewWriter(&b, zstd.WithWindowSize(64<<20))
			if err != nil {
				t.Error(err)
			}
			_, _ = z.Write(bytes.Repeat([]byte("abc"), 1<<20))
			_ = z.Flush() // or the frame would say how small it is
			_ = z.Close()
			w.Header().Set("Content-Encoding", "zstd")
			_, _ = w.Write(b.Bytes())
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := newTransport(t, f, nil, polite.Options{})
			_, body, err := get(t.Context(), tr, serve(t, tt.handler))
			_, refused := errors.AsType[*polite.LimitError](err)
			if refused != tt.refused || !refused && err != nil {
				t.Errorf("%d bytes, %v; want a *LimitError: %v", len(body), err, tt.refused)
			}
			if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
				t.Errorf("left over: %+v", v)
			}
		})
	}
}

func TestMaxBodyOfHostAndContext(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("a", 500)) })
	f := loopback()
	f.MaxBody = 100
	limited := func(err error) bool { _, ok := errors.AsType[*polite.LimitError](err); return ok }
	if _, _, err := get(t.Context(), newTransport(t, f, nil, polite.Options{}), url); !limited(err) {
		t.Errorf("by fetch: %v", err)
	}
	tr := newTransport(t, f, map[string]config.Host{"127.0.0.1": {MaxBody: 1000}}, polite.Options{})
	if _, _, err := get(t.Context(), tr, url); err != nil {
		t.Errorf("by the host: %v", err)
	}
	if _, _, err := get(polite.WithMaxBody(t.Context(), 10), tr, url); !limited(err) {
		t.Errorf("by the context: %v", err)
	}
}

func TestSlowAnswersEnd(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, `
-- a.example/hang.http --
hang
-- a.example/drip --
0123456789012345678901234567890123456789
-- a.example/drip.http --
ok drip=200ms
`)
	base, err := web.URL("a.example")
	if err != nil {
		t.Fatal(err)
	}
	f := loopback()
	f.Timeout = 2 * time.Second // a loaded machine may take long to begin
	for path, what := range map[string]string{"/hang": "no answer", "/drip": "body of the answer not complete"} {
		tr := newTransport(t, f, nil, polite.Options{})
		began := time.Now()
		_, _, err := get(t.Context(), tr, base+path)
		late, ok := errors.AsType[*polite.TimeoutError](err)
		if !ok || late.What != what {
			t.Errorf("%s: %v; want a *TimeoutError: %s", path, err, what)
		}
		if d := time.Since(began); d < f.Timeout {
			t.Errorf("%s: ended after %s", path, d)
		}
		if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
			t.Errorf("left over: %+v", v)
		}
	}
}

func TestTimeInTheGateDoesNotCount(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	f := loopback()
	f.Timeout = 150 * time.Millisecond
	f.PerHost.Delay = 100 * time.Millisecond
	tr := newTransport(t, f, nil, polite.Options{})
	var wg sync.WaitGroup
	for range 5 { // the last waits for 400 ms
		wg.Go(func() {
			if _, _, err := get(t.Context(), tr, url); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestCancelledRequestsGiveBackWhatTheyHold(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/x.http --\nhang\n")
	base, err := web.URL("a.example")
	if err != nil {
		t.Fatal(err)
	}
	tr := newTransport(t, loopback(), nil, polite.Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, _, err := get(ctx, tr, base+"/x"); !errors.Is(err, errStop) {
				t.Errorf("error %v; want the cause", err)
			}
		})
	}
	for tr.Snapshot().Waiting < 9 {
		runtime.Gosched()
	}
	cancel(errStop)
	wg.Wait()
	if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 || v.Waiting != 0 || v.Idle != v.Hosts {
		t.Errorf("left over: %+v", v)
	}
}

var errStop = errors.New("stop")

func TestClosingABodyDuringAReadIsSafe(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		packed := pack(t, coding, bytes.Repeat([]byte("0123456789"), 100_000))
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(packed[:len(packed)/2])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		tr := newTransport(t, loopback(), nil, polite.Options{})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, resp.Body)
			done <- err
		}()
		time.AfterFunc(10*time.Millisecond, func() { _ = resp.Body.Close() })
		if err := <-done; err == nil {
			t.Errorf("%s: no error", coding)
		}
		_ = resp.Body.Close()
		if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
			t.Errorf("%s: left over: %+v", coding, v)
		}
	}
}

func TestHostsOwnHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	tr := newTransport(t, loopback(), map[string]config.Host{"127.0.0.1": {
		UserAgent: "Company contact@example.com",
		Headers:   map[string]config.Secret{"x-key": "k"},
		Cookies:   map[string]config.Secret{"b": "2", "a": "1"},
	}}, polite.Options{})
	if _, _, err := get(t.Context(), tr, url); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"User-Agent": "Company contact@example.com", "X-Key": "k", "Cookie": "a=1; b=2"} {
		if got.Get(k) != want {
			t.Errorf("%s: %q; want %q", k, got.Get(k), want)
		}
	}
	if _, _, err := get(t.Context(), newTransport(t, loopback(), nil, polite.Options{}), url); err != nil || got.Get("User-Agent") != "feedfolio/test" {
		t.Errorf("User-Agent %q, %v; want that of fetch", got.Get("User-Agent"), err)
	}
}

func TestSlowHostHoldsNoWorkers(t *testing.T) {
	t.Parallel()
	slow := serve(t, func(http.ResponseWriter, *http.Request) {})
	fast := strings.Replace(slow, "127.0.0.1", "localhost", 1) // another name, so another host
	f := loopback()
	f.Workers = 2
	long := 50 * time.Second
	tr := newTransport(t, f, map[string]config.Host{"127.0.0.1": {Delay: &long}}, polite.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	if _, _, err := get(ctx, tr, slow); err != nil {
		t.Fatal(err)
	}
	wg.Go(func() {
		ctx, release := polite.WithWorker(ctx)
		defer release()
		_, _, _ = get(ctx, tr, slow)
	})
	for tr.Snapshot().Waiting < 1 {
		runtime.Gosched()
	}
	for range 20 {
		if _, _, err := get(ctx, tr, fast); err != nil {
			t.Fatal(err)
		}
	}
	if v := tr.Snapshot(); v.Busy != 0 || v.Waiting != 1 {
		t.Errorf("%+v; want one that waits and no worker busy", v)
	}
}

func TestWorkerIsHeldUntilReleased(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	f := loopback()
	f.Workers = 1
	f.PerHost.Connections = 4
	tr := newTransport(t, f, nil, polite.Options{})
	ctx, release := polite.WithWorker(t.Context())
	for range 3 {
		if _, _, err := get(ctx, tr, url); err != nil {
			t.Fatal(err)
		}
		if v := tr.Snapshot(); v.Busy != 1 || v.InFlight != 0 {
			t.Errorf("after a request under a worker: %+v", v)
		}
	}
	second := make(chan error)
	go func() {
		_, _, err := get(t.Context(), tr, url)
		second <- err
	}()
	for tr.Snapshot().InFlight < 1 {
		runtime.Gosched() // it has passed the gate, and waits for the worker
	}
	select {
	case err := <-second:
		t.Errorf("a second request went through, %v", err)
	default:
	}
	release()
	release()
	if err := <-second; err != nil {
		t.Error(err)
	}
	if v := tr.Snapshot(); v.Busy != 0 {
		t.Errorf("after release: %+v", v)
	}
}

func TestReloadKeepsWhatHostsAskedFor(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	reg := prometheus.NewRegistry()
	first := newTransport(t, loopback(), nil, polite.Options{Registerer: reg})
	if _, _, err := get(t.Context(), first, url); err != nil {
		t.Fatal(err)
	}
	second := newTransport(t, loopback(), nil, polite.Options{Registerer: reg, Previous: first})
	_, _, err := get(t.Context(), second, url)
	if _, ok := errors.AsType[*polite.WaitError](err); !ok || n.Load() != 1 {
		t.Errorf("%v after %d requests; want a *WaitError after 1", err, n.Load())
	}
	if v := second.Host("127.0.0.1"); v.Failures != 1 || v.Reason == "" || time.Until(v.BlockedUntil) < time.Hour-time.Minute {
		t.Errorf("Host: %+v", v)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			fmt.Fprintln(&text, f.GetName(), m.GetLabel(), m.GetCounter().GetValue())
		}
	}
	for _, want := range []string{`"503"`, `"wait"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("metrics lack outcome %s:\n%s", want, text.String())
		}
	}
}

func TestDeadHostIsLeftAlone(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, loopback(), nil, polite.Options{})
	for range 3 {
		if _, _, err := get(t.Context(), tr, "http://127.0.0.1:2"); err == nil {
			t.Fatal("no error")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, _, err := get(ctx, tr, "http://127.0.0.1:2")
	if w, ok := errors.AsType[*polite.WaitError](err); !ok || !strings.Contains(w.Reason, "no connection") {
		t.Errorf("error %v; want a *WaitError", err)
	}
}

// BenchmarkRoundTrip compares the transport with a bare one: the difference is what politeness costs.
func BenchmarkRoundTrip(b *testing.B) {
	for _, size := range []int{0, 40_000} {
		text := []byte(strings.Repeat("news ", size/5))
		packed := pack(b, "gzip", text)
		url := serve(b, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") == "" || size == 0 {
				_, _ = w.Write(text)
				return
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed)
		})
		f := loopback()
		transports := map[string]http.RoundTripper{
			"bare":   &http.Transport{DisableCompression: true},
			"polite": polite.New(f, nil, polite.Options{}),
		}
		for _, name := range []string{"bare", "polite"} {
			b.Run(name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := get(b.Context(), transports[name], url); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// A publisher's machine has several names; the gap holds between the requests to all of them.
func TestNamesOfOneHostShareItsGate(t *testing.T) {
	t.Parallel()
	const gap = 50 * time.Millisecond
	web := fetchertest.New(t, "-- xn--bcher-kva.example/page --\npage\n-- www.xn--bcher-kva.example/page --\npage\n")
	f := loopback()
	f.PerHost.Delay = gap
	f.Proxy = config.Secret(web.ProxyURL())
	tr := newTransport(t, f, nil, polite.Options{})
	names := []string{"xn--bcher-kva.example", "www.xn--bcher-kva.example", "XN--BCHER-KVA.example.", "xn--bcher-kva.example:8080", "bücher.example", "www.bücher.example"}
	began := time.Now()
	for _, name := range names {
		if _, _, err := get(t.Context(), tr, "http://"+name+"/page"); err != nil {
			t.Fatal(err)
		}
	}
	if took, want := time.Since(began), time.Duration(len(names)-1)*gap; took < want {
		t.Errorf("%d requests took %s; want %s at least", len(names), took, want)
	}
	if v := tr.Host("www.bücher.example"); v.Next.IsZero() {
		t.Errorf("Host: %+v; want what is known of it by its other names", v)
	}
}
