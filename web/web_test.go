package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

type database struct{ err error }

func (d database) Ping(context.Context) error { return d.err }

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

func TestReloadThatFailedIsSaid(t *testing.T) {
	t.Parallel()
	h, reg := NewHealth(scheduler{alive: true}, database{}), prometheus.NewRegistry()
	h.Watch(reg)
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
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "feedfolio_things_total"})
	reg.MustRegister(c)
	c.Inc()
	w := httptest.NewRecorder()
	Handler(NewHealth(scheduler{alive: true}, database{}), reg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(w.Body.String(), "feedfolio_things_total 1") {
		t.Errorf("GET /metrics = %s", w.Body)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	lines := make(chan string, 1)
	log := slog.New(slog.NewTextHandler(writer(lines), nil))
	go func() { done <- Serve(ctx, "127.0.0.1:0", http.NotFoundHandler(), log) }()
	line := <-lines
	url := line[strings.Index(line, "http://"):]
	resp, err := http.Get(strings.TrimSpace(url)) //nolint:noctx // a loopback address of this test
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body) //nolint:errcheck // only that it answers matters
	resp.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve ends with %v", err)
	}
	if err := Serve(t.Context(), "256.0.0.1:1", nil, log); err == nil {
		t.Error("Serve on an address that is none: no error")
	}
}

type writer chan string

func (w writer) Write(p []byte) (int, error) {
	select {
	case w <- string(p):
	default:
	}
	return len(p), nil
}
