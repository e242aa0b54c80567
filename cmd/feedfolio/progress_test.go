package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/ingest"
)

// Sources that end at the same time have each a line and a number of its own, in order.
func TestProgressCountsOneByOne(t *testing.T) {
	t.Parallel()
	const many = 5000
	var out strings.Builder
	a := &app{stderr: &out}
	p := a.progress(many)
	picked := make([]config.Source, many)
	for i := range picked {
		picked[i].Name = fmt.Sprintf("wire-%d", i)
	}
	run := func(_ context.Context, src config.Source) ingest.Result {
		p.watch(ingest.Event{Source: src.Name, Kind: ingest.Started})
		p.watch(ingest.Event{Source: src.Name, Kind: ingest.Done})
		return ingest.Result{Source: src.Name, Listed: 1}
	}
	runAll(t.Context(), nil, picked, 128, run, p.done)
	n := 0
	for line := range strings.Lines(out.String()) {
		n++
		if want := fmt.Sprintf("[%d/%d] wire-", n, many); !strings.HasPrefix(line, want) {
			t.Fatalf("line %d is %q; want %q", n, line, want)
		}
	}
	if n != many {
		t.Errorf("%d lines; want %d", n, many)
	}
}

// After a stop nothing more is begun, and what was broken off is not told as if the source had failed.
func TestStopIsNoFailureOfSources(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	begun := make(chan struct{}, 100)
	run := func(ctx context.Context, src config.Source) ingest.Result {
		begun <- struct{}{}
		if len(begun) == 4 {
			stop()
		}
		<-ctx.Done()
		return ingest.Result{Source: src.Name, Err: ingest.ErrStopped}
	}
	runAll(ctx, ctx.Done(), make([]config.Source, 50), 4, run, func(r ingest.Result) { t.Errorf("told: %v", r.Err) })
	if n := len(begun); n > 5 {
		t.Errorf("%d are begun", n)
	}
}
