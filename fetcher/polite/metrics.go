package polite

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what goes over the network.
type metrics struct {
	requests *prometheus.CounterVec
	codes    [600]prometheus.Counter // of requests, by status: no look-up for each answer
	seconds  prometheus.Histogram
	wire     prometheus.Counter
	unpacked prometheus.Counter
	waits    prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, g *gate) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "feedfolio_http_requests_total",
			Help: "Requests by outcome: the class of the status (200, 304, 403, 404, 429 and 503 on their own), or robots, wait, private, limit, timeout, cancelled, error if there was no answer.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "feedfolio_http_request_seconds",
			Help:    "From the opening of the host's gate to the end of the body.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30},
		}),
		wire: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "feedfolio_http_received_bytes_total", Help: "Bytes of bodies as they came.",
		}),
		unpacked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "feedfolio_http_unpacked_bytes_total", Help: "Bytes of bodies, unpacked.",
		}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "feedfolio_http_wait_seconds",
			Help:    "Time in a host's queue, of the requests that had to wait.",
			Buckets: []float64{.01, .1, .3, 1, 3, 10, 30, 60},
		}),
	}
	for code := range m.codes {
		m.codes[code] = m.requests.WithLabelValues(outcome(code))
	}
	for _, o := range []string{"robots", "wait", "private", "limit", "timeout", "cancelled", "error"} {
		m.requests.WithLabelValues(o) // so that the first of them shows as an increase
	}
	if reg == nil {
		return m
	}
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			g.mu.Lock()
			defer g.mu.Unlock()
			return float64(value())
		})
	}
	reg.MustRegister(m.requests, m.seconds, m.wire, m.unpacked, m.waits,
		gauge("feedfolio_http_hosts", "Hosts that are remembered.", func() int { return len(g.hosts) }),
		gauge("feedfolio_http_waiting", "Requests in the queues of hosts.", func() int { return g.waiting }),
	)
	return m
}

// outcome is the label of a status.
func outcome(code int) string {
	switch code {
	case 200, 304, 403, 404, 429, 503:
		return strconv.Itoa(code)
	}
	if code < 100 || code > 599 {
		return "other"
	}
	return strconv.Itoa(code/100) + "xx"
}

func (m *metrics) answered(code int) {
	if code < 0 || code >= len(m.codes) {
		code = 0
	}
	m.codes[code].Inc()
}

func (m *metrics) failed(err error) {
	label := "error"
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, ErrRobots):
		label = "robots"
	case is[*WaitError](err):
		label = "wait"
	case is[*PrivateError](err):
		label = "private"
	case is[*LimitError](err):
		label = "limit"
	case errors.Is(err, context.Canceled):
		label = "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		label = "timeout"
	}
	m.requests.WithLabelValues(label).Inc()
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func (m *metrics) waited(d time.Duration) { m.waits.Observe(d.Seconds()) }
func (m *metrics) ended(d time.Duration)  { m.seconds.Observe(d.Seconds()) }

func (m *metrics) bytes(wire, unpacked int64) {
	m.wire.Add(float64(wire))
	m.unpacked.Add(float64(unpacked))
}
