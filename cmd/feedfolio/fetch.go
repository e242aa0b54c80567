package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// runsAtOnce is how many sources are in work at a time: more than fetch.workers can ask, since some wait for their host's
// turn or for the disk. Each holds some 40 KB.
func runsAtOnce(cfg *config.Config) int { return max(128, 2*cfg.Fetch.Workers) }

type fetchFlags struct {
	json, dryRun bool
	patience     time.Duration
}

func (a *app) fetchCmd() *cobra.Command {
	var f fetchFlags
	c := &cobra.Command{
		Use:   "fetch [SOURCE...]",
		Short: "Fetch sources once, now",
		Long: `Fetch asks each source (or the ones named) for its listing, fetches the pages of
what is new and of what is due again, and stores the articles.

An entry whose page could not be had waits in the database for the next fetch;
that is no failure. Exit code 3 says that some sources failed, 1 that all did.`,
		Example: "  feedfolio fetch\n  feedfolio fetch sina-china ecb-press\n  feedfolio fetch --json | jq .saved",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			picked, err := sources(cfg, args)
			if err != nil {
				return err
			}
			return a.fetch(c.Context(), cfg, picked, f)
		},
		ValidArgsFunction: a.completeSources,
	}
	c.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each source")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "ask for the listings, say what is new, fetch no page and store nothing")
	c.Flags().DurationVar(&f.patience, "patience", 5*time.Second, "how long to wait for pages that may be had in a moment")
	return c
}

func (a *app) fetch(ctx context.Context, cfg *config.Config, picked []config.Source, f fetchFlags) error {
	signal.Ignore(syscall.SIGPIPE) // that nobody reads the results any more does not end a fetch
	e, err := a.open(ctx, cfg, a.logger(), store.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	if f.dryRun {
		return a.dryRun(ctx, e, picked, f)
	}
	e.ingester.Patience = f.patience
	p := a.progress(len(picked))
	e.ingester.Watch = p.watch
	start := time.Now()
	work, release := ingest.Gently(ctx)
	defer release()
	results := runAll(work, ctx.Done(), picked, runsAtOnce(cfg), e.ingester.Run, func(r ingest.Result) {
		p.done(r)
		if f.json {
			printResult(a.stdout, r)
		}
	})
	p.close()
	checked, err := a.rechecks(work, e, len(picked) == len(cfg.Sources))
	if ctx.Err() != nil {
		fmt.Fprintf(a.stderr, "feedfolio: stopped with %d of %s done, %s saved; the rest comes with the next fetch\n", p.ended, plural(p.total, "source"), plural(p.saved, "article"))
		return &exit{code: exitFailed}
	}
	if err != nil {
		return err
	}
	if !f.json {
		printSummary(a.stdout, results, checked, time.Since(start))
	}
	return verdict(results)
}

// runAll runs sources side by side, at most so many at once, and returns the results in their order. done is called as
// each ends, one at a time. After stop no more are begun, and what the others come to is not told.
func runAll(ctx context.Context, stop <-chan struct{}, picked []config.Source, atOnce int, run func(context.Context, config.Source) ingest.Result, done func(ingest.Result)) []ingest.Result {
	results := make([]ingest.Result, len(picked))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(atOnce, len(picked)) {
		wg.Go(func() {
			for i := range next {
				r := run(ctx, picked[i])
				mu.Lock()
				if results[i] = r; !errors.Is(r.Err, ingest.ErrStopped) && !errors.Is(r.Err, context.Canceled) {
					done(r)
				}
				mu.Unlock()
			}
		})
	}
	hand(next, len(picked), stop)
	wg.Wait()
	return results
}

// hand gives out 0 to n-1, one by one, until stop.
func hand(next chan<- int, n int, stop <-chan struct{}) {
	defer close(next)
	for i := range n {
		select {
		case <-stop:
			return
		default:
		}
		select {
		case next <- i:
		case <-stop:
			return
		}
	}
}

// verdict turns results into the command's error: nil, some failed, or all failed.
func verdict(results []ingest.Result) error {
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
	}
	switch failed {
	case 0:
		return nil
	case len(results):
		return &exit{code: exitFailed}
	}
	return &exit{code: exitPartly}
}

// resultLine is a line of fetch --json. Its names are fixed.
type resultLine struct {
	Source      string         `json:"source"`
	URL         string         `json:"url"`
	Status      string         `json:"status"`
	Listed      int            `json:"listed"`
	New         int            `json:"new"`
	Saved       int            `json:"saved"`
	Revised     int            `json:"revised"`
	Pending     int            `json:"pending"`
	Failed      int            `json:"failed"`
	NotModified bool           `json:"not_modified"`
	Error       string         `json:"error"`
	DurationMS  int64          `json:"duration_ms"`
	Reasons     map[string]int `json:"reasons,omitempty"`
	Remarks     []string       `json:"remarks,omitempty"`
}

// printResult writes a line of JSON.
func printResult(w io.Writer, r ingest.Result) {
	line := resultLine{
		Source: r.Source, URL: r.URL, Status: r.Status, Listed: r.Listed, New: r.New, Saved: r.Saved, Revised: r.Revised,
		Pending: r.Pending, Failed: r.Failed, NotModified: r.NotModified, DurationMS: r.Duration.Milliseconds(),
		Reasons: r.Reasons, Remarks: r.Remarks,
	}
	if r.Err != nil {
		line.Error = r.Err.Error()
	}
	_ = encodeLine(w, line)
}

// encodeLine writes v as one line of JSON, with <, > and & as they are.
func encodeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// rechecksEach is how many young articles a fetch looks at again in one go.
const rechecksEach = 500

// rechecks looks again at young articles whose time has come, after a fetch of all sources.
func (a *app) rechecks(ctx context.Context, e *engine, all bool) (sum ingest.Rechecked, err error) {
	for all && err == nil {
		var n ingest.Rechecked
		n, err = e.ingester.Recheck(ctx, e.cfg.Source, rechecksEach)
		sum.Looked, sum.Revised, sum.Failed = sum.Looked+n.Looked, sum.Revised+n.Revised, sum.Failed+n.Failed
		if n.Looked < rechecksEach {
			break
		}
	}
	return sum, err
}

// printSummary ends a fetch: a row for each source that has something to say, and the sums.
func printSummary(w io.Writer, results []ingest.Result, checked ingest.Rechecked, took time.Duration) {
	t := table{head: []string{"SOURCE", "NEW", "SAVED", "PENDING", "NOTE"}, right: []bool{false, true, true, true, false}, fit: true}
	var entries, saved, revised, pending, quiet, failed int
	for _, r := range results {
		entries, saved, revised, pending = entries+r.New, saved+r.Saved, revised+r.Revised, pending+r.Pending
		note := note(r)
		if r.Err != nil {
			failed++
		}
		if (note == "" || note == unchanged) && r.New+r.Saved+r.Pending == 0 && len(results) > few {
			quiet++
			continue
		}
		t.add(r.Source, fmt.Sprint(r.New), fmt.Sprint(r.Saved), fmt.Sprint(r.Pending), note)
	}
	t.print(w)
	if quiet > 0 {
		fmt.Fprintf(w, "(%d more sources have nothing new)\n", quiet)
	}
	revised += checked.Revised
	fmt.Fprintf(w, "\n%s: %s new, %s saved", plural(len(results), "source"), plural2(entries, "entry", "entries"), plural(saved, "article"))
	if revised > 0 {
		fmt.Fprintf(w, ", %s revised", plural(revised, "article"))
	}
	if pending > 0 {
		fmt.Fprintf(w, ", %d pending", pending)
	}
	if failed > 0 {
		fmt.Fprintf(w, ", %s failed", plural(failed, "source"))
	}
	if checked.Looked > 0 {
		fmt.Fprintf(w, ", %s looked at again", plural(checked.Looked, "young article"))
	}
	fmt.Fprintf(w, " in %s\n", took.Round(10*time.Millisecond))
}

// unchanged is the note of a source that answered that nothing is new.
const unchanged = "not modified"

// note says what a reader of the summary should know of a source: why it failed, why entries wait, what was odd.
func note(r ingest.Result) string {
	if r.Err != nil {
		return "failed: " + firstLine(r.Err.Error())
	}
	var parts []string
	for _, why := range slices.Sorted(mapKeys(r.Reasons)) {
		parts = append(parts, fmt.Sprintf("%s: %s", plural2(r.Reasons[why], "waits", "wait"), firstLine(why)))
	}
	parts = append(parts, r.Remarks...)
	if r.Dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d left out by the filter", r.Dropped))
	}
	if r.Elsewhere > 0 {
		parts = append(parts, fmt.Sprintf("%d stored already by another source", r.Elsewhere))
	}
	if r.Revised > 0 {
		parts = append(parts, fmt.Sprintf("%d revised", r.Revised))
	}
	if len(parts) == 0 && r.NotModified {
		return unchanged
	}
	const most = 3
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more", len(parts)-most))
	}
	return strings.Join(parts, "; ")
}

// dryRun asks for listings and says what a fetch would find.
func (a *app) dryRun(ctx context.Context, e *engine, picked []config.Source, f fetchFlags) error {
	p := a.progress(len(picked))
	results := runAll(ctx, ctx.Done(), picked, runsAtOnce(e.cfg), e.ingester.Preview, func(r ingest.Result) {
		p.done(r)
		if f.json {
			printResult(a.stdout, r)
		}
	})
	p.close()
	if ctx.Err() != nil {
		return &exit{code: exitFailed, err: errors.New("stopped")}
	}
	if !f.json {
		t := table{head: []string{"SOURCE", "LISTED", "NEW", "NOTE"}, right: []bool{false, true, true, false}, fit: true}
		for _, r := range results {
			t.add(r.Source, fmt.Sprint(r.Listed), fmt.Sprint(r.New), note(r))
		}
		t.print(a.stdout)
		fmt.Fprintln(a.stdout, "\nnothing was stored")
	}
	return verdict(results)
}
