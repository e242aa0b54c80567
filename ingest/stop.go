package ingest

import (
	"context"
	"errors"
	"time"
)

// How long the work that is under way may go on when the program is told to stop. Publishers take as long as they like:
// a request that has no answer by asksEnd is broken off, and made again after the next start. What was had by then is
// stored; by worksEnd the disk has taken too long, too, and what is not stored yet stays pending.
const (
	asksEnd  = 2 * time.Second
	worksEnd = 4 * time.Second
)

// ErrStopped ends a run because the program stops. It says nothing about the source.
var ErrStopped = errors.New("stopped; what is not stored yet stays pending")

// stopKey marks a context whose work is to end soon.
type stopKey struct{}

// stop is how it ends.
type stop struct {
	begun <-chan struct{} // closed: nothing more is begun
	asks  context.Context // ended: requests are broken off
}

// Gently makes a context for runs that are to end in good order when ctx ends: nothing more is begun then, requests under
// way are broken off after a moment, and what was had is stored. Whoever calls it calls release when the runs have ended.
func Gently(ctx context.Context) (work context.Context, release func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	asks, breakOff := context.WithCancel(work)
	unhook := context.AfterFunc(ctx, func() {
		time.AfterFunc(asksEnd, breakOff)
		time.AfterFunc(worksEnd, cancel)
	})
	return context.WithValue(work, stopKey{}, stop{ctx.Done(), asks}), func() {
		unhook()
		breakOff()
		cancel()
	}
}

// stopped is closed once nothing more is to be begun; nil where that is never so.
func stopped(ctx context.Context) <-chan struct{} {
	s, _ := ctx.Value(stopKey{}).(stop)
	return s.begun
}

// stopping says whether nothing more is to be begun.
func stopping(ctx context.Context) bool {
	select {
	case <-stopped(ctx):
		return true
	default:
		return ctx.Err() != nil
	}
}

// asking is ctx for requests, which are broken off before the work that they are part of.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	s, gently := ctx.Value(stopKey{}).(stop)
	if !gently {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(s.asks, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}

// brokenOff says whether a request that failed may have done so because the program stops.
func brokenOff(ctx context.Context) bool {
	s, gently := ctx.Value(stopKey{}).(stop)
	return ctx.Err() != nil || gently && s.asks.Err() != nil
}
