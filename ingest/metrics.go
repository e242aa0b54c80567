package ingest

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// Metrics counts what runs do. A nil *Metrics counts nothing.
type Metrics struct {
	runs     *prometheus.CounterVec
	seconds  prometheus.Histogram
	entries  prometheus.Counter
	articles *prometheus.CounterVec
	retries  prometheus.Counter
	checks   *prometheus.CounterVec
	sources  *prometheus.GaugeVec

	mu      sync.Mutex
	alarmed map[string][]string // alarms by source, where there are any
}

// NewMetrics registers the metrics of this package.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	m := &Metrics{
		alarmed: map[string][]string{},
		runs: f.NewCounterVec(prometheus.CounterOpts{
			Name: "feedfolio_runs_total",
			Help: "Passes over a source, by outcome: ok, not_modified, failed, waited (its host asked for time).",
		}, []string{"outcome"}),
		seconds: f.NewHistogram(prometheus.HistogramOpts{
			Name: "feedfolio_run_duration_seconds",
			Help: "How long a pass over a source took, waiting for its host included.", Buckets: []float64{.05, .15, .5, 1.5, 5, 15, 60, 300, 900},
		}),
		entries: f.NewCounter(prometheus.CounterOpts{Name: "feedfolio_entries_new_total", Help: "Entries that were seen for the first time."}),
		articles: f.NewCounterVec(prometheus.CounterOpts{
			Name: "feedfolio_articles_total",
			Help: "Articles stored, by outcome: new, revised, completed, same; or dropped by a filter.",
		}, []string{"outcome"}),
		retries: f.NewCounter(prometheus.CounterOpts{Name: "feedfolio_articles_failed_total", Help: "Tries for an article that failed; it stays pending."}),
		checks: f.NewCounterVec(prometheus.CounterOpts{
			Name: "feedfolio_rechecks_total",
			Help: "Pages of young articles looked at again, by outcome: same, revised, failed.",
		}, []string{"outcome"}),
		sources: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "feedfolio_sources_alarmed",
			Help: "Sources with an alarm, by level: failing, gone, stale, overflow, drift.",
		}, []string{"level"}),
	}
	// All begin at 0: what comes first would not show as an increase, and what never came not at all.
	for vec, outcomes := range map[*prometheus.CounterVec][]string{
		m.runs:     {"ok", "not_modified", "failed", "waited"},
		m.articles: {store.OutcomeNew, store.OutcomeRevised, store.OutcomeCompleted, store.OutcomeSame, "dropped"},
		m.checks:   {"same", "revised", "failed"},
	} {
		for _, o := range outcomes {
			vec.WithLabelValues(o)
		}
	}
	for _, l := range []Level{Failing, Gone, Stale, Overflow, Drift} {
		m.sources.WithLabelValues(string(l))
	}
	return m
}

// Watch registers gauges that are read from a running scheduler.
func (m *Metrics) Watch(reg prometheus.Registerer, s *Scheduler) {
	f := promauto.With(reg)
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "feedfolio_scheduler_lag_seconds", Help: "How late the most overdue source is."},
		func() float64 { return s.Lag().Seconds() })
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "feedfolio_sources", Help: "Sources that are scheduled."},
		func() float64 { return float64(s.Len()) })
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "feedfolio_sources_running", Help: "Sources in work now."},
		func() float64 { return float64(s.Running()) })
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "feedfolio_archive_writable", Help: "1 where articles can be stored; 0 where the disk is full, read-only or locked: no source is asked then."},
		func() float64 {
			if s.Trouble() != nil {
				return 0
			}
			return 1
		})
}

func (m *Metrics) run(r *Result) {
	if m == nil || errors.Is(r.Err, ErrStopped) {
		return
	}
	outcome := "ok"
	var wait *polite.WaitError
	switch {
	case errors.As(r.Err, &wait):
		outcome = "waited"
	case r.Err != nil:
		outcome = "failed"
	case r.NotModified:
		outcome = "not_modified"
	}
	m.runs.WithLabelValues(outcome).Inc()
	m.seconds.Observe(r.Duration.Seconds())
	m.entries.Add(float64(r.New))
}

func (m *Metrics) article(outcome string) {
	if m != nil {
		m.articles.WithLabelValues(outcome).Inc()
	}
}

func (m *Metrics) failed() {
	if m != nil {
		m.retries.Inc()
	}
}

func (m *Metrics) checked(n Rechecked) {
	if m == nil {
		return
	}
	m.checks.WithLabelValues("revised").Add(float64(n.Revised))
	m.checks.WithLabelValues("failed").Add(float64(n.Failed))
	m.checks.WithLabelValues("same").Add(float64(n.Looked - n.Revised - n.Failed))
}

// alarms sets the alarms of a source that hold now.
func (m *Metrics) alarms(source string, active []string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.alarmed[source] {
		m.sources.WithLabelValues(l).Dec()
	}
	for _, l := range active {
		m.sources.WithLabelValues(l).Inc()
	}
	if delete(m.alarmed, source); len(active) > 0 {
		m.alarmed[source] = active
	}
}

// forget takes back the alarms of sources that are no longer asked.
func (m *Metrics) forget(asked func(source string) bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	var gone []string
	for source := range m.alarmed {
		if !asked(source) {
			gone = append(gone, source)
		}
	}
	m.mu.Unlock()
	for _, source := range gone {
		m.alarms(source, nil)
	}
}

// rounded is a duration as logs show it.
func rounded(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
