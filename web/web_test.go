package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type scheduler struct {
	alive   bool
	lag     time.Duration
	trouble error
}

func (s scheduler) Alive() bool        { return s.alive }
func (s scheduler) Lag() time.Duration { return s.lag }
func (s scheduler) Trouble() error     { return s.trouble }
func (s scheduler) Has(n string) bool  { return n != "removed" }

type database struct{ err error }

func (d database) Ping(context.Context) error { return d.err }

func (d database) Sums(context.Context) (waiting map[string]int, stored int, err error) {
	return map[string]int{"wire": 5, "paper": 2, "removed": 100}, 1234, d.err
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		s          scheduler
		db         error
		want       int
		wrong      string
	}{
		{"all is well", "/readyz", scheduler{alive: true}, nil, 200, ""},
		{"a process that works but is late is alive", "/healthz", scheduler{alive: true, lag: time.Hour}, nil, 200, ""},
		{"and not ready", "/readyz", scheduler{alive: true, lag: time.Hour}, nil, 503, "1h0m0s late"},
		{"a scheduler that stands still is not alive", "/healthz", scheduler{}, nil, 503, "stood still"},
		{"a database that does not answer is not ready", "/readyz", scheduler{alive: true}, errors.New("locked"), 503, "database: locked"},
		{"a full disk is not ready", "/readyz", scheduler{alive: true, trouble: errors.New("no space left")}, nil, 503, "nothing can be stored: no space left"},
		{"but the process is alive", "/healthz", scheduler{alive: true, trouble: errors.New("no space left")}, nil, 200, ""},
		{"also where the database does not answer", "/healthz", scheduler{alive: true}, errors.New("locked"), 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			Handler(NewHealth(tt.s, database{tt.db}), prometheus.NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != tt.want || !strings.Contains(w.Body.String(), tt.wrong) {
				t.Errorf("GET %s = %d %s; want %d with %q", tt.path, w.Code, w.Body, tt.want, tt.wrong)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("GET %s answers no JSON: %s", tt.path, w.Body)
			}
		})
	}
}

func TestIndexNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	h := Handler(NewHealth(scheduler{alive: true}, database{}), prometheus.NewRegistry())
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for _, path := range regexp.MustCompile(`(?m)^/\S+`).FindAllString(ask("/").Body.String(), -1) {
		if w := ask(path); w.Code != http.StatusOK {
			t.Errorf("GET %s = %d; the index names it", path, w.Code)
		}
	}
	if w := ask("/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("GET /nothing = %d", w.Code)
	}
}

func TestReloadThatFailedIsSaid(t *testing.T) {
	t.Parallel()
	h, reg := NewHealth(scheduler{alive: true}, database{}), prometheus.NewRegistry()
	h.Watch(reg, "dev")
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		Handler(h, reg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	for _, tt := range []struct {
		name         string
		err          error
		said, metric string
	}{
		{"the configuration has faults", errors.New(`unknown key "sauces"`), `the one before stays: unknown key \"sauces\"`, "feedfolio_config_reload_successful 0"},
		{"it is in order again", nil, `"status":"ok"`, "feedfolio_config_reload_successful 1"},
	} {
		h.Reloaded(tt.err)
		if code, body := ask("/readyz"); code != http.StatusOK || !strings.Contains(body, tt.said) {
			t.Errorf("%s: /readyz answers %d %s; want 200 with %s", tt.name, code, body, tt.said)
		}
		if _, body := ask("/metrics"); !strings.Contains(body, tt.metric) {
			t.Errorf("%s: want %s in\n%s", tt.name, tt.metric, body)
		}
	}
}

func TestMetricsAreShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		db          error
		want, lacks string
	}{
		{"all is well", nil, "feedfolio_build_info{version=\"1.2.3\"} 1\n", "none"},
		{"what waits, but for sources that were removed", nil, "feedfolio_entries_waiting 7\n", "none"},
		{"what is stored", nil, "feedfolio_archive_articles 1234\n", "none"},
		{"the database does not answer", errors.New("locked"), "feedfolio_config_reload_successful 1\n", "feedfolio_entries_waiting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, reg := NewHealth(scheduler{alive: true}, database{tt.db}), prometheus.NewRegistry()
			h.Watch(reg, "1.2.3")
			w := httptest.NewRecorder()
			Handler(h, reg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), tt.lacks) {
				t.Errorf("GET /metrics = %d; want %q, and no %q:\n%s", w.Code, tt.want, tt.lacks, w.Body)
			}
		})
	}
}

var quiet = slog.New(slog.DiscardHandler)

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"when nobody asks", http.NotFound},
		{"when an answer takes for ever", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			l, err := Listen(ctx, "127.0.0.1:0", quiet)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- Serve(ctx, l, tt.handler) }()
			resp, err := http.Get("http://" + l.Addr().String()) //nolint:noctx // a loopback address of this test
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Serve ends with %v", err)
			}
		})
	}
}

func TestListenSaysWhy(t *testing.T) {
	t.Parallel()
	if l, err := Listen(t.Context(), "", quiet); l != nil || err != nil {
		t.Errorf("Listen on nothing: %v, %v", l, err)
	}
	l, err := Listen(t.Context(), "127.0.0.1:0", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, addr := range []string{l.Addr().String(), "256.0.0.1:1"} {
		if _, err := Listen(t.Context(), addr, quiet); err == nil || !strings.Contains(err.Error(), "listen on "+addr) {
			t.Errorf("Listen on %s: %v; want an error that names it", addr, err)
		}
	}
}
