package ingest

import (
	"container/heap"
	"context"
	"time"
)

// mend waits, whenever nothing can be stored, until that has changed: a small file is tried instead of articles, so that
// no publisher is asked meanwhile.
func (s *Scheduler) mend(ctx context.Context) {
	var well time.Time
	for tries := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-s.ill:
		}
		in := s.ingester()
		if in.store.Trouble() == nil {
			continue
		}
		if time.Since(well) > forgetTrouble {
			tries = 0
		}
		s.log.Error("nothing can be stored; no source is asked until that has changed", "err", in.store.Trouble())
		for in.store.Trouble() != nil {
			tries++
			select {
			case <-ctx.Done():
				return
			case <-time.After(ladder(probeLadder, tries, "probe")):
			}
			_ = in.store.Probe(ctx) // why it fails is in Trouble, and in the log once
		}
		well = time.Now()
		s.log.Info("articles can be stored again")
		s.resume()
	}
}

// forgetTrouble is how long articles must have been storable before trouble counts as the first.
const forgetTrouble = 10 * time.Minute

// resume makes due what failed because nothing could be stored. What failed so before, and then alone, keeps its time.
func (s *Scheduler) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, t := range s.due {
		if t.faults == 1 && t.at.After(now) {
			t.at = now
		}
	}
	heap.Init(&s.due)
	s.rouse()
}

// troubled says whether nothing can be stored, and then has mend look after it.
func (s *Scheduler) troubled(in *Ingester) bool {
	if in.store.Trouble() == nil {
		return false
	}
	select {
	case s.ill <- struct{}{}:
	default:
	}
	return true
}

// Trouble is why nothing can be stored; nil where articles can be.
func (s *Scheduler) Trouble() error { return s.ingester().store.Trouble() }
