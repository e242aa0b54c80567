package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/web"
)

// settle is how long the configuration must be left alone before a change of it is read: editors write in steps.
const settle = 500 * time.Millisecond

func (a *app) runCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the daemon: every source on its schedule",
		Long: `Run keeps at it: each source is asked when it is due, pages that failed are tried
again, young articles are looked at again for corrections. It stops on SIGTERM or
Ctrl-C within ten seconds and forgets nothing.

A changed configuration, or SIGHUP, is read at once; one with faults changes
nothing and is said in the log. Health and metrics are on listen.`,
		Example: "  feedfolio run\n  feedfolio run --config /etc/feedfolio/feedfolio.yaml --log-json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			return a.daemon(c.Context(), cfg)
		},
	}
}

// daemon is the running program.
type daemon struct {
	*app
	*engine
	log       *slog.Logger
	scheduler *ingest.Scheduler

	mu     sync.Mutex // guards engine's fields, which a reload replaces
	health *web.Health
}

func (a *app) daemon(ctx context.Context, cfg *config.Config) error {
	level := slog.LevelInfo
	if a.verbose {
		level = slog.LevelDebug
	}
	log := a.loggerAt(level)
	e, err := a.open(ctx, cfg, log, store.Options{Exclusive: true})
	if err != nil {
		return err
	}
	defer e.Close()
	d := &daemon{app: a, engine: e, log: log}
	d.scheduler = ingest.NewScheduler(e.ingester, log, 2*runsAtOnce(cfg)) // they wait longer for the disk
	if err := d.scheduler.Set(ctx, e.ingester, cfg.Sources); err != nil {
		return err
	}
	if err := e.ingester.ShowAlarms(ctx); err != nil {
		return err
	}
	debug.FreeOSMemory() // what reading the configuration and the states took is several times what stays of them
	d.health = web.NewHealth(d.scheduler, e.store)
	d.health.Watch(e.metrics)
	e.ingester.Metrics.Watch(e.metrics, d.scheduler)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.scheduler.Run(ctx) })
	g.Go(func() error { return d.reloads(ctx) })
	g.Go(func() error { return d.housekeeping(ctx) })
	g.Go(func() error { return a.watchdog(ctx, d.scheduler.Alive) })
	g.Go(func() error { return web.Serve(ctx, cfg.Listen, web.Handler(d.health, d.metrics), log) })
	log.Info("running", "version", versionText(), "sources", len(cfg.Sources), "archive", cfg.Archive, "listen", cfg.Listen)
	d.ready()
	<-ctx.Done()
	_ = a.notify("STOPPING=1")
	log.Info("stopping")
	return g.Wait()
}

// ready tells systemd that the daemon works, and on how many sources.
func (d *daemon) ready() {
	_ = d.notify(fmt.Sprintf("READY=1\nSTATUS=%s", plural(len(d.config().Sources), "source")))
}

// reloads reads the configuration again when it changes or on SIGHUP, until ctx ends.
func (d *daemon) reloads(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	w, err := fsnotify.NewWatcher()
	if err != nil {
		d.log.Warn("changes of the configuration go unseen; SIGHUP reloads it", "err", err)
		w = &fsnotify.Watcher{}
	} else {
		defer w.Close()
		d.watchFiles(w)
	}
	changed := time.NewTimer(0)
	changed.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			changed.Stop() // the change that it was sent for is read now
			d.reload(ctx)
		case e := <-w.Events:
			if isConfig(e.Name) {
				changed.Reset(settle)
			}
		case <-changed.C:
			d.reload(ctx)
		}
		if w.Events != nil {
			d.watchFiles(w)
		}
	}
}

// housekeeping removes once a day what is old enough, in the quiet hours.
func (d *daemon) housekeeping(ctx context.Context) error {
	for {
		cfg := d.config()
		s, err := ingest.ParseSchedule("H H(2-4) * * *", cfg.Timezone, cfg.Archive)
		if err != nil {
			return err
		}
		timer := time.NewTimer(time.Until(s.Next(time.Now())))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		sum, err := d.store.Prune(ctx, retention(d.config(), time.Now(), false))
		if err != nil {
			d.log.Error("pruning", "err", err)
			continue
		}
		d.log.Info("pruned", "pages", sum.Pages, "revisions", sum.Revisions, "bytes", sum.Bytes)
	}
}

// isConfig says whether a changed file may be one of the configuration's. Kubernetes changes a ConfigMap by another link
// named ..data beside the files.
func isConfig(name string) bool {
	return filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml" || filepath.Base(name) == "..data"
}

// watchFiles watches the folders of the configuration and of what it includes: editors replace files, so a watch on
// the file itself would be lost.
func (d *daemon) watchFiles(w *fsnotify.Watcher) {
	home := filepath.Dir(d.cfg.Path)
	folders := []string{home}
	for _, pattern := range d.cfg.Include {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(home, pattern)
		}
		folders = append(folders, filepath.Dir(pattern))
	}
	for _, f := range folders {
		_ = w.Add(f) // a folder that does not exist yet is tried again after the next event
	}
}

// reload builds everything new, then swaps; where any part refuses, the old configuration stays whole.
func (d *daemon) reload(ctx context.Context) {
	_ = d.notify("RELOADING=1\nMONOTONIC_USEC=" + monotonicMicros())
	defer d.ready()
	err := d.swap(ctx)
	d.health.Reloaded(err)
	if err != nil {
		d.log.Error("the configuration was not reloaded; the old one stays", "err", err)
		return
	}
	debug.FreeOSMemory() // the old one is garbage now
	d.log.Info("configuration reloaded", "sources", len(d.cfg.Sources))
}

func (d *daemon) swap(ctx context.Context) error {
	cfg, err := d.checks().Load(d.cfg.Path)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(cfg, d.cfg) {
		return nil
	}
	if cfg.Archive != d.cfg.Archive || cfg.Database != d.cfg.Database || cfg.Listen != d.cfg.Listen {
		return errors.New("archive, database and listen change at a restart only")
	}
	next, err := wire(cfg, d.store, d.log, polite.Options{Previous: d.transport})
	if err != nil {
		return err
	}
	next.ingester.Metrics = d.ingester.Metrics
	if err := d.store.Configure(cfg); err != nil {
		return err
	}
	if err := d.scheduler.Set(ctx, next.ingester, cfg.Sources); err != nil {
		return errors.Join(err, d.store.Configure(d.cfg))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cfg, d.transport, d.fetcher, d.ingester = cfg, next.transport, next.fetcher, next.ingester
	return nil
}

// config is the configuration that holds now.
func (d *daemon) config() *config.Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cfg
}

// monotonicMicros is CLOCK_MONOTONIC as systemd wants it with RELOADING=1.
func monotonicMicros() string { return fmt.Sprint(monotonic().Microseconds()) }
