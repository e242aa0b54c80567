package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/feedfolio/feedfolio/ingest"
)

// slowAfter is when a source that is still in work is named in the progress.
const slowAfter = 3 * time.Second

// few is how many sources are told of one by one, whatever they have to say.
const few = 20

// progress shows how a fetch goes: live on a terminal, a line for each source otherwise.
type progress struct {
	out   io.Writer
	bars  *mpb.Progress // nil: plain lines
	bar   *mpb.Bar
	total int
	start time.Time

	mu      sync.Mutex
	saved   int
	failed  int
	ended   int
	running map[string]time.Time
}

func (a *app) progress(total int) *progress {
	p := &progress{out: a.stderr, total: total, start: time.Now(), running: map[string]time.Time{}}
	if !isTerminal(a.stderr) || a.verbose {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(36), mpb.WithRefreshRate(120*time.Millisecond))
	p.bar = p.bars.New(int64(total), mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.PrependDecorators(decor.Any(p.left)),
		mpb.AppendDecorators(decor.Any(p.right)),
		mpb.BarExtender(mpb.BarFillerFunc(p.slow), false))
	return p
}

// left is what stands before the bar: sources done.
func (p *progress) left(decor.Statistics) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("sources %d/%d ", p.ended, p.total)
}

// right is what stands behind it: articles, their rate, tries that failed.
func (p *progress) right(decor.Statistics) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := fmt.Sprintf(" %s, %.0f/s", plural(p.saved, "article"), float64(p.saved)/max(time.Since(p.start).Seconds(), 0.001))
	if p.failed > 0 {
		s += fmt.Sprintf(", %d to try again", p.failed)
	}
	return s
}

// slow names the sources that have been in work the longest.
func (p *progress) slow(w io.Writer, st decor.Statistics) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	type entry struct {
		name string
		took time.Duration
	}
	var slow []entry
	for name, since := range p.running {
		if took := time.Since(since); took > slowAfter {
			slow = append(slow, entry{name, took})
		}
	}
	slices.SortFunc(slow, func(a, b entry) int { return int(b.took - a.took) })
	var names []string
	for _, e := range slow[:min(len(slow), 3)] {
		names = append(names, fmt.Sprintf("%s %ds", e.name, int(e.took.Seconds())))
	}
	line := ""
	if len(names) > 0 {
		line = shorten("  waiting for "+strings.Join(names, ", "), max(st.AvailableWidth, 20))
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// watch takes the steps of the runs.
func (p *progress) watch(e ingest.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case ingest.Started:
		p.running[e.Source] = time.Now()
	case ingest.Saved:
		p.saved++
	case ingest.Failed:
		p.failed++
	case ingest.Done:
		delete(p.running, e.Source)
	}
}

// done is told of each source that ended, one at a time. Of a few it tells each, of many those that have something to
// say; the number is how many have ended, those that are not told of included.
func (p *progress) done(r ingest.Result) {
	p.mu.Lock()
	p.ended++
	n := p.ended
	p.mu.Unlock()
	if p.bar != nil {
		p.bar.Increment()
		return
	}
	if p.total > few && r.Err == nil && r.NotModified && r.Saved+r.Failed == 0 {
		return
	}
	state := fmt.Sprintf("%d listed, %d saved, %d failed", r.Listed, r.Saved, r.Failed)
	switch {
	case r.Err != nil:
		state = "failed: " + firstLine(r.Err.Error())
	case r.NotModified && r.Saved+r.Failed == 0:
		state = unchanged
	}
	fmt.Fprintf(p.out, "[%d/%d] %s: %s (%s)\n", n, p.total, r.Source, state, r.Duration.Round(time.Millisecond))
}

// close ends the live display.
func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.bar.Abort(false)
	p.bars.Wait()
}
