package web

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// scrapeMost is how long a scrape may wait for the database.
const scrapeMost = 5 * time.Second

// Watch registers what is read from h, and the version that runs.
func (h *Health) Watch(reg prometheus.Registerer, version string) {
	promauto.With(reg).NewGauge(prometheus.GaugeOpts{
		Name: "feedfolio_build_info", Help: "1, labelled with the version that runs.", ConstLabels: prometheus.Labels{"version": version},
	}).Set(1)
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "feedfolio_config_reload_successful",
		Help: "1 where the configuration that was read last holds; 0 where it has faults and the one before stays.",
	}, func() float64 {
		if h.reloadError() != nil {
			return 0
		}
		return 1
	})
	reg.MustRegister(sums{
		Health:  h,
		waiting: prometheus.NewDesc("feedfolio_entries_waiting", "Entries of the sources that are scheduled that wait for their page; of some, a summary is stored already.", nil, nil),
		stored:  prometheus.NewDesc("feedfolio_archive_articles", "Articles that are stored, summaries included.", nil, nil),
	})
}

// sums asks the database at each scrape. Where it does not answer there is no value, and /readyz says why.
type sums struct {
	*Health
	waiting, stored *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (s sums) Describe(ch chan<- *prometheus.Desc) { ch <- s.waiting; ch <- s.stored }

// Collect implements prometheus.Collector.
func (s sums) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeMost)
	defer cancel()
	waiting, stored, err := s.database.Sums(ctx)
	if err != nil {
		return
	}
	sum := 0
	for source, n := range waiting {
		if s.scheduler.Has(source) { // what waits of one that was removed waits for nobody
			sum += n
		}
	}
	ch <- prometheus.MustNewConstMetric(s.waiting, prometheus.GaugeValue, float64(sum))
	ch <- prometheus.MustNewConstMetric(s.stored, prometheus.GaugeValue, float64(stored))
}
