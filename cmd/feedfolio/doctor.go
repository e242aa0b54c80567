package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// Bounds of what doctor finds in order.
const (
	leastDisk  = 1 << 30         // bytes free
	mostSkew   = 2 * time.Minute // between our clock and the publishers'
	probesLive = 32              // probes at a time
)

func (a *app) doctorCmd() *cobra.Command {
	var offline bool
	c := &cobra.Command{
		Use:   "doctor [SOURCE...]",
		Short: "Look for what is wrong, and say what to do about it",
		Long: `Doctor looks at configuration, disk, daemon, database, clock and network, and asks
each source (or the ones named) once, politely. Nothing is stored. Exit code 3
says that it found something.`,
		Example: "  feedfolio doctor\n  feedfolio doctor --offline\n  feedfolio doctor sina-china",
		RunE: func(c *cobra.Command, args []string) error {
			return a.doctor(c.Context(), args, offline)
		},
		ValidArgsFunction: a.completeSources,
	}
	c.Flags().BoolVar(&offline, "offline", false, "ask no source")
	return c
}

// checkup collects what a doctor finds.
type checkup struct {
	*app
	mu    sync.Mutex
	found int
}

func (d *checkup) good(what, format string, args ...any) {
	d.say("ok  ", what, fmt.Sprintf(format, args...), "")
}

func (d *checkup) bad(what, advice, format string, args ...any) {
	d.mu.Lock()
	d.found++
	d.mu.Unlock()
	d.say("LOOK", what, fmt.Sprintf(format, args...), advice)
}

func (d *checkup) say(mark, what, text, advice string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.stdout, "%s  %-14s %s\n", mark, what, text)
	if advice != "" {
		fmt.Fprintf(d.stdout, "      %-14s %s\n", "", advice)
	}
}

func (a *app) doctor(ctx context.Context, names []string, offline bool) error {
	d := &checkup{app: a}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	picked, err := sources(cfg, names)
	if err != nil {
		return err
	}
	d.configuration(cfg)
	d.disk(cfg)
	d.daemon(ctx, cfg)
	e, err := a.open(ctx, cfg, a.logger(), store.Options{})
	if err != nil {
		d.bad("database", "feedfolio reindex rebuilds it from the files", "%v", err)
	} else {
		defer e.Close()
		d.database(ctx, e.store)
		if !offline {
			d.sources(ctx, e, picked)
		}
	}
	if ctx.Err() != nil {
		return &exit{code: exitFailed, err: errors.New("stopped; not all was looked at")}
	}
	if d.found > 0 {
		fmt.Fprintf(a.stdout, "\n%s to look at\n", plural(d.found, "thing"))
		return &exit{code: exitPartly}
	}
	fmt.Fprintln(a.stdout, "\nnothing is wrong")
	return nil
}

func (d *checkup) configuration(cfg *config.Config) {
	d.good("configuration", "%s: %s", cfg.Path, plural(len(cfg.Sources), "source"))
	for _, w := range cfg.Warnings {
		d.bad("configuration", "", "%s", firstLine(w.Warning()))
	}
	if cfg.Fetch.UserAgent == config.DefaultUserAgent || strings.Contains(cfg.Fetch.UserAgent, "example.org") {
		d.bad("user agent", "set fetch.user_agent to a name with an address of yours: publishers block what they cannot reach", "%q says nothing of who you are", cfg.Fetch.UserAgent)
	}
}

func (d *checkup) disk(cfg *config.Config) {
	if err := os.MkdirAll(cfg.Archive, 0o755); err != nil {
		d.bad("archive", "choose another folder, or change its owner", "%v", err)
		return
	}
	f, err := os.CreateTemp(cfg.Archive, ".doctor-")
	if err != nil {
		d.bad("archive", "the user that runs feedfolio must be able to write there", "%v", err)
		return
	}
	f.Close()
	os.Remove(f.Name())
	free, known := store.Free(cfg.Archive)
	switch {
	case !known:
		d.good("archive", "%s can be written", cfg.Archive)
	case free < leastDisk:
		d.bad("archive", "make room: feedfolio prune --dry-run says what can go", "%s has %s free", cfg.Archive, size(free))
	default:
		d.good("archive", "%s can be written, %s free", cfg.Archive, size(free))
	}
}

func (d *checkup) daemon(ctx context.Context, cfg *config.Config) {
	switch wrong, answers, known := askDaemon(ctx, cfg.Listen); {
	case !known:
	case !answers:
		d.good("daemon", "none answers on %s", cfg.Listen)
	case len(wrong) > 0:
		d.bad("daemon", "its log says more", "%s: %s", cfg.Listen, strings.Join(wrong, "; "))
	default:
		d.good("daemon", "on %s, all is well", cfg.Listen)
	}
}

func (d *checkup) database(ctx context.Context, s *store.Store) {
	if err := s.Check(ctx); err != nil {
		d.bad("database", "stop the daemon and run feedfolio reindex", "%v", err)
		return
	}
	counts, err := s.Counts(ctx)
	if err != nil {
		d.bad("database", "", "%v", err)
		return
	}
	var stored, waiting int
	for _, c := range counts {
		stored, waiting = stored+c.Stored, waiting+c.Waiting
	}
	d.good("database", "in order; %s stored, %d waiting", plural(stored, "article"), waiting)
}

// sources probes each source once and compares clocks with the publishers'.
func (d *checkup) sources(ctx context.Context, e *engine, picked []config.Source) {
	seen := &dates{rt: e.transport}
	e.fetcher = fetcher.New(e.cfg, seen, d.logger())
	e.ingester = ingest.New(e.store, e.fetcher, d.logger(), time.Now)
	runAll(ctx, ctx.Done(), picked, probesLive, func(ctx context.Context, src config.Source) ingest.Result {
		return d.probe(ctx, e, src)
	}, func(ingest.Result) {})
	if ctx.Err() != nil {
		return
	}
	if _, answered := seen.skew(); !answered && len(picked) > 1 {
		d.bad("network", "look at the network and the DNS of this machine, its firewall, and fetch.proxy", "not one publisher has answered")
	}
	d.clock(seen)
}

func (d *checkup) probe(ctx context.Context, e *engine, src config.Source) ingest.Result {
	r := e.ingester.Preview(ctx, src)
	switch {
	case ctx.Err() != nil:
	case r.Err != nil:
		d.bad(src.Name, d.advice(ctx, e, src, r.Err), "%s", firstLine(r.Err.Error()))
	default:
		d.good(src.Name, "%s, %d of them new", plural2(r.Listed, "entry", "entries"), r.New)
	}
	return r
}

// advice says what may help with a source that cannot be had.
func (d *checkup) advice(ctx context.Context, e *engine, src config.Source, err error) string {
	var private *polite.PrivateError
	var wait *polite.WaitError
	var status *fetcher.StatusError
	code := 0
	if errors.As(err, &status) {
		code = status.Code
	}
	switch {
	case errors.As(err, &private):
		return "fetch.allow_private_networks, or the same under hosts: for this host alone, allows it"
	case errors.Is(err, fetcher.ErrNotFeed):
		if found, err := e.fetcher.Discover(ctx, src.URL); err == nil && len(found) > 0 {
			return "its feed seems to be " + found[0].URL
		}
		return "open the address in a browser: the feed may have moved, or want kind: page, json or sitemap"
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return "the publisher refuses: a user agent with a contact, headers or cookies may be wanted"
	case code == http.StatusNotFound || code == http.StatusGone:
		return "the address is no longer there: feedfolio add with the site's home page finds its feeds"
	case code == http.StatusTooManyRequests || errors.As(err, &wait):
		return "the host asks for patience; nothing is to be done"
	}
	if help := unreachable(err); help != "" {
		return help
	}
	return "feedfolio parse -v '" + src.URL + "' shows more"
}

// unreachable says what may help where nobody answered; "" where somebody did.
func unreachable(err error) string {
	var dns *net.DNSError
	var late interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns):
		return "its name leads nowhere: mind the spelling, and look at the DNS of this machine"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there, or a firewall is in between; fetch.proxy goes another way"
	case errors.As(err, &late) && late.Timeout():
		return "it does not answer from here: it may shut this network out; fetch.proxy goes another way"
	}
	return ""
}

// clock compares our clock with the Date of the answers.
func (d *checkup) clock(seen *dates) {
	skew, known := seen.skew()
	switch {
	case !known:
		d.good("clock", "no answer to compare it with")
	case skew > mostSkew || skew < -mostSkew:
		d.bad("clock", "set it by NTP: first_seen and fetched_at come from it", "%s off the publishers' clocks", skew.Round(time.Second))
	default:
		d.good("clock", "agrees with the publishers'")
	}
}

// dates notes the Date of answers that pass.
type dates struct {
	rt    http.RoundTripper
	mu    sync.Mutex
	skews []time.Duration
}

// RoundTrip implements http.RoundTripper.
func (d *dates) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.rt.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		d.mu.Lock()
		d.skews = append(d.skews, time.Until(at))
		d.mu.Unlock()
	}
	return resp, nil
}

// skew is the median of how far the publishers' clocks are ahead of ours.
func (d *dates) skew() (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.skews) == 0 {
		return 0, false
	}
	slices.Sort(d.skews)
	return d.skews[len(d.skews)/2], true
}
