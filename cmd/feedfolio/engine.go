package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	s, err := openStore(ctx, cfg, opt)
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	net := polite.Options{Registerer: reg}
	if net.Asked, err = polite.OpenAsked(s.Beside("asked")); err != nil {
		log.Warn("no gap is kept to the requests of other processes", "err", err)
	}
	e, err := wire(cfg, s, log, net)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	e.metrics, e.ingester.Metrics = reg, ingest.NewMetrics(reg)
	return e, nil
}

// wire makes what fetching needs for a configuration, over a store that is open.
func wire(cfg *config.Config, s *store.Store, log *slog.Logger, opt polite.Options) (*engine, error) {
	names, err := symbol.NewNames(cfg.Symbols)
	if err != nil {
		return nil, &exit{code: exitRefused, err: fmt.Errorf("%s: symbols: %w", cfg.Path, err)}
	}
	opt.Log, opt.Hosts = log, polite.In(s)
	t := polite.New(cfg.Fetch, cfg.Hosts, opt)
	f := fetcher.New(cfg, t, log)
	in := ingest.New(s, f, log, time.Now)
	in.Names, in.Alarms = names, ingest.NewWebhook(cfg.Alarms)
	return &engine{cfg: cfg, store: s, transport: t, fetcher: f, ingester: in}, nil
}

// withEngine does something with an engine for the configuration.
func (a *app) withEngine(ctx context.Context, do func(*engine) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	e, err := a.open(ctx, cfg, a.logger(), store.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	return do(e)
}

// withStore does something with the archive of the configuration; no network is needed.
func (a *app) withStore(ctx context.Context, do func(*store.Store, *config.Config) error) error {
	return a.withArchive(ctx, store.Options{}, do)
}

// withArchive is withStore, with options.
func (a *app) withArchive(ctx context.Context, opt store.Options, do func(*store.Store, *config.Config) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	opt.Log = a.logger()
	s, err := openStore(ctx, cfg, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s, cfg)
}

// openStore opens the archive, as its owner.
func openStore(ctx context.Context, cfg *config.Config, opt store.Options) (*store.Store, error) {
	if err := actAs(cfg.Archive); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, cfg, opt)
	if errors.Is(err, store.ErrLocked) {
		err = &hinted{err, "stop that one first (systemctl stop feedfolio); fetch, status and most other commands work beside it"}
	}
	return s, err
}

// Close gives everything back.
func (e *engine) Close() error {
	e.transport.CloseIdle()
	return e.store.Close()
}

// sources picks the sources that a command line names; none means all that are not disabled.
func sources(cfg *config.Config, names []string) ([]config.Source, error) {
	if len(names) == 0 {
		if len(cfg.Sources) == 0 {
			return nil, &exit{code: exitRefused, err: &hinted{errors.New(cfg.Path + " has no sources"), "add one under sources: with a url"}}
		}
		off := func(s config.Source) bool { return s.Disabled }
		if !slices.ContainsFunc(cfg.Sources, off) {
			return cfg.Sources, nil
		}
		return slices.DeleteFunc(slices.Clone(cfg.Sources), off), nil
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
	var names []string
	for _, s := range cfg.Sources {
		names = append(names, s.Name)
	}
	hint := "feedfolio check --sources lists them"
	if best := nearest(name, names); best != "" {
		hint = "did you mean " + best + "?"
	}
	return &exit{code: exitUsage, err: &hinted{errors.New("no source is named " + name), hint}}
}
