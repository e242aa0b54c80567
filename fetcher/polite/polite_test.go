package polite_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// loopback are settings under which a test's own server may be fetched.
func loopback() config.Fetch {
	return config.Fetch{
		UserAgent:            "feedfolio/test",
		Timeout:              10 * time.Second,
		MaxBody:              20 << 20,
		Workers:              64,
		PerHost:              config.PerHost{Connections: 1},
		AllowPrivateNetworks: true,
	}
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func newTransport(t testing.TB, f config.Fetch, hosts map[string]config.Host, opt polite.Options) *polite.Transport {
	t.Helper()
	tr := polite.New(f, hosts, opt)
	t.Cleanup(tr.CloseIdle)
	return tr
}

// get fetches url and reads its body.
func get(ctx context.Context, rt http.RoundTripper, url string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

func pack(t testing.TB, coding string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		z, err := flate.NewWriter(&b, 6)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	default:
		return data
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBodiesAreUnpacked(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("上证指数收报3000点。 markets closed. ", 2000))
	twice := append(pack(t, "gzip", text[:100]), pack(t, "gzip", text[100:])...)
	for _, tt := range []struct {
		name, label string
		body, want  []byte
		keepsLabel  bool
	}{
		{"gzip", "gzip", pack(t, "gzip", text), text, false},
		{"x-gzip in capitals", "X-GZIP", pack(t, "gzip", text), text, false},
		{"gzip of two members", "gzip", twice, text, false},
		{"gzip with garbage after it", "gzip", append(pack(t, "gzip", text), "\x00\x00garbage"...), text, false},
		{"gzip that is not packed", "gzip", text, text, false},
		{"gzip with an empty body", "gzip", nil, nil, false},
		{"br", "br", pack(t, "br", text), text, false},
		{"br with an empty body", "br", nil, nil, false},
		{"zstd", "zstd", pack(t, "zstd", text), text, false},
		{"zstd with an empty body", "zstd", nil, nil, false},
		{"deflate as zlib", "deflate", pack(t, "deflate", text), text, false},
		{"deflate without zlib's header", "deflate", pack(t, "raw deflate", text), text, false},
		{"br over gzip", "gzip, br", pack(t, "br", pack(t, "gzip", text)), text, false},
		{"identity", "identity", text, text, false},
		{"a charset where the coding belongs", "UTF-8", text, text, false},
		{"a coding nobody knows is left to others", "compress", text, text, true},
		{"gzip without a label is left to others", "", pack(t, "gzip", text), pack(t, "gzip", text), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Accept-Encoding"); got != "gzip, br, zstd" {
					t.Errorf("Accept-Encoding %q", got)
				}
				if tt.label != "" {
					w.Header().Set("Content-Encoding", tt.label)
				}
				_, _ = w.Write(tt.body)
			})
			resp, got, err := get(t.Context(), newTransport(t, loopback(), nil, polite.Options{}), url)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, tt.want) {
				t.Errorf("body of %d bytes %.40q; want %d bytes", len(got), got, len(tt.want))
			}
			if kept := resp.Header.Get("Content-Encoding") == "compress"; kept != tt.keepsLabel {
				t.Errorf("Content-Encoding %q", resp.Header.Get("Content-Encoding"))
			}
		})
	}
}

func TestBodiesThatAreNotWholeAreErrors(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("abcdefghij", 5000))
	for _, coding := range []string{"", "gzip", "br", "zstd", "deflate"} {
		for _, framing := range []string{"length", "chunked", "close"} {
			if coding == "" && framing == "close" {
				continue // nobody can know
			}
			t.Run(coding+" by "+framing, func(t *testing.T) {
				t.Parallel()
				packed := pack(t, coding, text)
				packed = packed[:len(packed)*2/3]
				url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					c, buf, err := w.(http.Hijacker).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n", coding)
					switch framing {
					case "length":
						fmt.Fprintf(buf, "Content-Length: %d\r\n\r\n%s", len(packed)+10, packed)
					case "chunked":
						fmt.Fprintf(buf, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(packed), packed)
					case "close":
						fmt.Fprintf(buf, "Connection: close\r\n\r\n%s", packed)
					}
					_ = buf.Flush()
				})
				_, got, err := get(t.Context(), newTransport(t, loopback(), nil, polite.Options{}), url)
				if err == nil {
					t.Errorf("no error, and %d bytes", len(got))
				}
			})
		}
	}
}

func TestGapIsKeptBetweenStarts(t *testing.T) {
	t.Parallel()
	const gap = 30 * time.Millisecond
	var mu sync.Mutex
	var starts []time.Time
	var now, most atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		starts = append(starts, time.Now())
		mu.Unlock()
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		_, _ = io.WriteString(w, "ok")
	})
	f := loopback()
	f.PerHost = config.PerHost{Delay: gap, Connections: 3}
	tr := newTransport(t, f, nil, polite.Options{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, _, err := get(t.Context(), tr, url); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// Single gaps are tested on a fake clock: here the server's goroutines may be late. All gaps together are not.
	if d := starts[len(starts)-1].Sub(starts[0]); d < 19*gap*95/100 {
		t.Errorf("20 requests came within %s; want at least 19 x %s", d, gap)
	}
	if most.Load() > 3 {
		t.Errorf("%d requests at a time; want at most 3", most.Load())
	}
	if len(starts) != 20 {
		t.Errorf("%d requests; want 20", len(starts))
	}
}

func TestHostIsLeftAloneAfter429(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	tr := newTransport(t, loopback(), nil, polite.Options{})
	resp, _, err := get(t.Context(), tr, url+"/a")
	if err != nil || resp.StatusCode != 429 {
		t.Fatal(resp, err)
	}
	_, _, err = get(t.Context(), tr, url+"/b")
	w, ok := errors.AsType[*polite.WaitError](err)
	if !ok {
		t.Fatalf("error %v; want a *WaitError", err)
	}
	if d := time.Until(w.Until); d < 119*time.Second || d > 133*time.Second {
		t.Errorf("until in %s; want 120 s and up to a tenth", d)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests; want 1", n.Load())
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	conns := map[string]bool{}
	packed := pack(t, "gzip", []byte("hello"))
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		conns[r.RemoteAddr] = true
		mu.Unlock()
		switch r.URL.Path {
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed)
		default:
			_, _ = io.WriteString(w, "plain")
		}
	})
	tr := newTransport(t, loopback(), nil, polite.Options{})
	for i := range 60 {
		if _, _, err := get(t.Context(), tr, url+[]string{"/304", "/gzip", "/plain"}[i%3]); err != nil {
			t.Fatal(err)
		}
	}
	if len(conns) != 1 {
		t.Errorf("%d connections; want 1", len(conns))
	}
}

func TestRobots(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /private/\n")
			return
		}
		_, _ = io.WriteString(w, "page")
	})
	f := loopback()
	f.Robots = true
	f.PerHost.Connections = 4
	tr := newTransport(t, f, nil, polite.Options{})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, _, err := get(t.Context(), tr, url+"/page"+strconv.Itoa(i)); err != nil {
				t.Error(err)
			}
			if _, _, err := get(t.Context(), tr, url+"/private/x"); !errors.Is(err, polite.ErrRobots) {
				t.Errorf("error %v; want ErrRobots", err)
			}
		})
	}
	wg.Wait()
	if asked.Load() != 1 {
		t.Errorf("robots.txt was read %d times; want 1", asked.Load())
	}
	if _, _, err := get(polite.WithoutRobots(t.Context()), tr, url+"/private/feed.xml"); err != nil {
		t.Errorf("a listing that the user configured: %v", err)
	}
}

func TestWorkerIsSharedAndLent(t *testing.T) {
	t.Parallel()
	f := loopback()
	f.Workers = 1
	f.Robots = true
	f.PerHost.Delay = 10 * time.Millisecond
	a := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a") })
	tr := newTransport(t, f, nil, polite.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			ctx, release := polite.WithWorker(t.Context())
			defer release()
			for range 3 {
				if _, _, err := get(ctx, tr, a); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if v := tr.Snapshot(); v.Busy != 0 || v.InFlight != 0 || v.Waiting != 0 {
		t.Errorf("after all is done: %+v", v)
	}
}

func TestRepeatedRequestKeepsTheGapToo(t *testing.T) {
	t.Parallel()
	const gap = 200 * time.Millisecond
	var mu sync.Mutex
	var starts []time.Time
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		starts = append(starts, time.Now())
		n := len(starts)
		mu.Unlock()
		if n == 2 { // on a kept connection: net/http repeats the request by itself
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "ok")
	})
	f := loopback()
	f.PerHost.Delay = gap
	tr := newTransport(t, f, nil, polite.Options{})
	for range 2 {
		if _, _, err := get(t.Context(), tr, url); err != nil {
			t.Fatal(err)
		}
	}
	if len(starts) != 3 {
		t.Fatalf("%d requests; want 3", len(starts))
	}
	if d := starts[2].Sub(starts[1]); d < gap/2 {
		t.Errorf("the repeated request came %s after the first; want %s", d, gap)
	}
	if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
		t.Errorf("left over: %+v", v)
	}
}
