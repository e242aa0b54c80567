package polite

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
)

func TestHTTP2PassesTheSameGate(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var starts []time.Time
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		starts = append(starts, time.Now())
		mu.Unlock()
		if r.ProtoMajor != 2 {
			t.Errorf("%s; want HTTP/2", r.Proto)
		}
		_, _ = io.WriteString(w, "ok")
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	const gap = 50 * time.Millisecond
	tr := New(config.Fetch{AllowPrivateNetworks: true, PerHost: config.PerHost{Delay: gap, Connections: 3}}, nil, Options{})
	t.Cleanup(tr.CloseIdle)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	tr.roots = roots
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := tr.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); string(body) != "ok" || err != nil {
				t.Errorf("%q %v", body, err)
			}
		})
	}
	wg.Wait()
	if d := starts[len(starts)-1].Sub(starts[0]); len(starts) != 6 || d < 5*gap*9/10 {
		t.Errorf("%d requests within %s; want 6, and 5 gaps of %s", len(starts), d, gap)
	}
	if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
		t.Errorf("left over: %+v", v)
	}
}
