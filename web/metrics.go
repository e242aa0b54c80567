package web

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Watch registers what is read from h.
func (h *Health) Watch(reg prometheus.Registerer) {
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "feedfolio_config_reload_successful",
		Help: "1 where the configuration that was read last holds; 0 where it has faults and the one before stays.",
	}, func() float64 {
		if h.reloadError() != nil {
			return 0
		}
		return 1
	})
}
