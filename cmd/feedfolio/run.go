package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/web"
)

func (a *app) runCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the daemon: every source on its schedule",
		Long: `Run keeps at it: each source is asked when it is due, pages that failed are tried
again, young articles are looked at again for corrections. It stops on SIGTERM or
Ctrl-C within a few seconds and forgets nothing; a second one ends it at once.

A changed configuration is read within seconds, on SIGHUP at once; one with faults
changes nothing, and the log says so. Health and metrics are on listen.`,
		Example: "  feedfolio run\n  feedfolio run --config /etc/feedfolio/feedfolio.yaml --log-json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			err := a.daemon(c.Context())
			if c.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return nil // told to stop while it began
			}
			return err
		},
	}
}

// daemon is the running program.
type daemon struct {
	*app
	*engine
	log       *slog.Logger
	scheduler *ingest.Scheduler
	health    *web.Health

	files watched // of the configuration that was read last

	mu sync.Mutex // guards engine's fields, which a reload replaces
}

func (a *app) daemon(ctx context.Context) (err error) {
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	limitMemory(0, a.getenv) // while the configuration is read, too
	d := &daemon{app: a}
	path, err := a.find()
	if err != nil {
		return err
	}
	cfg, err := d.read(path)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if a.verbose {
		level = slog.LevelDebug
	}
	log := a.loggerAt(level)
	e, err := a.open(ctx, cfg, log, store.Options{Exclusive: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	listener, err := web.Listen(ctx, cfg.Listen, log)
	if err != nil {
		return &hinted{err, `listen: in the configuration takes another address, or "" for none`}
	}
	d.engine, d.log = e, log
	d.scheduler = ingest.NewScheduler(e.ingester, log, 2*runsAtOnce(cfg)) // they wait longer for the disk
	if err := d.scheduler.Set(ctx, e.ingester, cfg.Sources); err != nil {
		return err
	}
	if err := e.ingester.ShowAlarms(ctx, cfg.Sources); err != nil {
		return err
	}
	debug.FreeOSMemory() // what reading the configuration and the states took is several times what stays of them
	d.health = web.NewHealth(d.scheduler, e.store)
	d.health.Watch(e.metrics, versionText())
	e.ingester.Metrics.Watch(e.metrics, d.scheduler)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.scheduler.Run(ctx) })
	g.Go(func() error { return d.reloads(ctx, hup) })
	g.Go(func() error { return d.housekeeping(ctx) })
	g.Go(func() error { return a.watchdog(ctx, d.scheduler.Alive) })
	g.Go(func() error { return web.Serve(ctx, listener, web.Handler(d.health, d.metrics)) })
	log.Info("running", "version", versionText(), "sources", len(cfg.Sources), "archive", cfg.Archive, "listen", cfg.Listen)
	d.logWarnings()
	d.ready(nil)
	<-ctx.Done()
	_ = a.notify("STOPPING=1")
	log.Info("stopping")
	return g.Wait()
}

// ready tells systemd that the daemon works, on how many sources, and what is wrong with a configuration that does not
// hold.
func (d *daemon) ready(wrong error) {
	status := plural(d.scheduler.Len(), "source")
	if wrong != nil {
		status += "; the configuration before stays: " + firstLine(wrong.Error())
	}
	_ = d.notify("READY=1\nSTATUS=" + status)
}

// read reads the configuration, and notes what it is made of.
func (d *daemon) read(path string) (*config.Config, error) {
	d.files = watched{}
	opt := d.checks()
	opt.Reads = d.files.note
	return opt.Load(path)
}

// reloads reads the configuration again when it has changed and was left alone since, or on SIGHUP, until ctx ends.
func (d *daemon) reloads(ctx context.Context, hup <-chan os.Signal) error {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	last := d.files
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			d.reload(ctx)
			last = d.files
		case <-timer.C:
			now := d.files.again()
			if !maps.Equal(now, d.files) && maps.Equal(now, last) {
				d.reload(ctx)
			}
			last = now
			timer.Reset(now.every())
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

// reload builds everything new, then swaps; where any part refuses, the old configuration stays whole.
func (d *daemon) reload(ctx context.Context) {
	_ = d.notify("RELOADING=1\nMONOTONIC_USEC=" + monotonicMicros())
	err := d.swap(ctx)
	d.health.Reloaded(err)
	d.ready(err)
	if err != nil {
		d.logRefused(err)
		return
	}
	debug.FreeOSMemory() // the old one is garbage now
	d.log.Info("configuration reloaded", "sources", len(d.cfg.Sources))
	d.logWarnings()
}

// logRefused says why a configuration does not hold: of faults, a line for each.
func (d *daemon) logRefused(err error) {
	const msg = "the configuration was not reloaded; the old one stays"
	faults, ok := errors.AsType[*config.Faults](err)
	if !ok {
		d.log.Error(msg, "err", err)
		return
	}
	d.log.Error(msg, "faults", len(faults.List)+faults.More)
	for _, f := range faults.List[:min(few, len(faults.List))] {
		d.log.Error("fault in the configuration", "at", fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column), "err", f.Message, "hint", f.Hint)
	}
}

// logWarnings says what is allowed in the configuration, but hardly meant.
func (d *daemon) logWarnings() {
	for _, w := range d.cfg.Warnings {
		d.log.Warn("hardly meant in the configuration", "at", fmt.Sprintf("%s:%d:%d", w.File, w.Line, w.Column), "err", w.Message, "hint", w.Hint)
	}
}

func (d *daemon) swap(ctx context.Context) error {
	cfg, err := d.read(d.cfg.Path)
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
	limitMemory(len(cfg.Sources), d.getenv)
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
