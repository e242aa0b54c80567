package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/feedfolio/feedfolio/article/symbol"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// checks is what reading a configuration needs of packages that config must not know.
func (a *app) checks() config.Options {
	return config.Options{Getenv: a.getenv, CheckSchedule: ingest.CheckSchedule, CheckMarket: ingest.CheckMarket}
}

// engine is everything that fetching needs, wired together.
type engine struct {
	cfg       *config.Config
	store     *store.Store
	transport *polite.Transport
	fetcher   *fetcher.Fetcher
	ingester  *ingest.Ingester
	metrics   *prometheus.Registry
}

// open wires an engine for a configuration. The caller closes it.
func (a *app) open(ctx context.Context, cfg *config.Config, log *slog.Logger, opt store.Options) (*engine, error) {
	limitMemory(len(cfg.Sources), a.getenv)
	s, err := store.Open(ctx, cfg, opt)
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	t := polite.New(cfg.Fetch, cfg.Hosts, polite.Options{Log: log, Hosts: polite.In(s), Registerer: reg})
	f := fetcher.New(cfg, t, log)
	in := ingest.New(s, f, log, time.Now)
	if in.Names, err = symbol.NewNames(cfg.Symbols); err != nil {
		return nil, errors.Join(&exit{code: exitRefused, err: fmt.Errorf("%s: symbols: %w", cfg.Path, err)}, s.Close())
	}
	in.Metrics, in.Alarms = ingest.NewMetrics(reg), ingest.NewWebhook(cfg.Alarms)
	return &engine{cfg: cfg, store: s, transport: t, fetcher: f, ingester: in, metrics: reg}, nil
}

// Close gives everything back.
func (e *engine) Close() error {
	e.transport.CloseIdle()
	return e.store.Close()
}

// sources picks the sources that a command line names; none means all that are not disabled.
func sources(cfg *config.Config, names []string) ([]config.Source, error) {
	if len(names) == 0 {
		var all []config.Source
		for _, s := range cfg.Sources {
			if !s.Disabled {
				all = append(all, s)
			}
		}
		if len(all) == 0 {
			return nil, &exit{code: exitRefused, err: &hinted{errors.New(cfg.Path + " has no sources"), "add one under sources: with a url"}}
		}
		return all, nil
	}
	var picked []config.Source
	for _, name := range names {
		s, ok := cfg.Source(name)
		if !ok {
			return nil, unknownSource(cfg, name)
		}
		picked = append(picked, s)
	}
	return picked, nil
}

func unknownSource(cfg *config.Config, name string) error {
	best, least := "", 4
	for _, s := range cfg.Sources {
		if d := distance(name, s.Name); d < least {
			best, least = s.Name, d
		}
	}
	hint := "feedfolio check lists the sources"
	if best != "" {
		hint = "did you mean " + best + "?"
	}
	return &exit{code: exitUsage, err: &hinted{errors.New("no source is named " + name), hint}}
}
