// Package web serves what others look at: health, readiness and metrics.
//
// It reads; it never changes anything. By default it listens on this machine alone.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// lagMost is how late a source may be before the daemon says that it is not ready.
const lagMost = 10 * time.Minute

// Scheduler is what health is read from; ingest.Scheduler is one.
type Scheduler interface {
	Alive() bool
	Lag() time.Duration
	Trouble() error         // why nothing can be stored
	Has(source string) bool // it is scheduled
}

// Database is asked whether it answers, and what it holds; store.Store is one.
type Database interface {
	Ping(ctx context.Context) error
	Sums(ctx context.Context) (waiting map[string]int, stored int, err error)
}

// Health is how the daemon is. Its methods may be called from any goroutine.
type Health struct {
	scheduler Scheduler
	database  Database

	mu        sync.Mutex
	reloadErr error
}

// NewHealth makes a Health.
func NewHealth(s Scheduler, db Database) *Health { return &Health{scheduler: s, database: db} }

// Reloaded notes how the last reload of the configuration went.
func (h *Health) Reloaded(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reloadErr = err
}

func (h *Health) reloadError() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reloadErr
}

// Report is what /healthz and /readyz answer.
type Report struct {
	Status string   `json:"status"`                  // ok or failing
	Wrong  []string `json:"wrong,omitempty"`         // why it is failing
	Lag    string   `json:"lag"`                     // how late the most overdue source is
	Config string   `json:"configuration,omitempty"` // why the one that was read last does not hold
}

func (h *Health) alive() Report {
	r := Report{Status: "ok", Lag: h.scheduler.Lag().Round(time.Second).String()}
	if !h.scheduler.Alive() {
		r.Wrong = append(r.Wrong, "work has stood still for long")
	}
	if err := h.reloadError(); err != nil { // nothing is wrong with the one that holds
		r.Config = "the one before stays: " + err.Error()
	}
	return r
}

func (h *Health) ready(ctx context.Context) Report {
	r := h.alive()
	if lag := h.scheduler.Lag(); lag > lagMost {
		r.Wrong = append(r.Wrong, fmt.Sprintf("sources are up to %s late", lag.Round(time.Second)))
	}
	if err := h.scheduler.Trouble(); err != nil {
		r.Wrong = append(r.Wrong, "nothing can be stored: "+err.Error())
	}
	if err := h.database.Ping(ctx); err != nil {
		r.Wrong = append(r.Wrong, "database: "+err.Error())
	}
	return r
}

// index is for those who open the address of the log in a browser.
const index = `Feedfolio

/healthz  the process works
/readyz   it keeps up, the database answers, and articles can be stored
/metrics  for Prometheus

The articles are in the archive's folder; on the command line, feedfolio status says how each source is.
`

// Handler answers /healthz (the process works), /readyz (it keeps up) and /metrics, and / with what there is.
func Handler(h *Health, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, index) // the client went away
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.alive()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, h.ready(r.Context())) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return mux
}

func answer(w http.ResponseWriter, r Report) {
	w.Header().Set("Content-Type", "application/json")
	if len(r.Wrong) > 0 {
		r.Status = "failing"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(r) // the client went away
}

// Listen takes the address that Serve serves; "" is off.
func Listen(ctx context.Context, addr string, log *slog.Logger) (net.Listener, error) {
	if addr == "" {
		return nil, nil //nolint:nilnil // Serve takes it
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // which does not say the address again
		}
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	log.Info("listening", "url", "http://"+l.Addr().String())
	return l, nil
}

// stopMost is how long requests may take that are being answered when Serve is to end.
const stopMost = time.Second

// Serve answers on l until ctx ends, and closes it; a nil one is off.
func Serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	if l == nil {
		<-ctx.Done()
		return nil
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopMost)
		defer cancel()
		if srv.Shutdown(end) != nil {
			_ = srv.Close() // who does not read its answer waits no longer
		}
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}
