package ingest

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/feedfolio/feedfolio/config"
)

// Scheduler runs sources when they are due, for as long as its Run lasts. What is due is in the store, so that a
// restart forgets nothing: a run that was missed is made up once.
type Scheduler struct {
	in  *Ingester
	log *slog.Logger
	now func() time.Time

	wake   chan struct{}
	ill    chan struct{} // nothing can be stored
	next   chan *task    // for goroutines that wait for one
	atOnce int
	wg     sync.WaitGroup

	began time.Time
	came  atomic.Int64 // when a run last came a step further: nanoseconds since began

	mu      sync.Mutex
	workers int       // goroutines that run tasks, or wait for one
	full    bool      // a task is due, and no goroutine was free for it
	nap     time.Time // when the loop turns again, if nothing rouses it
	all     map[string]*task
	busy    map[string]*task // those that are running
	due     tasks
	looked  time.Time // when the loop last turned, by the wall
	beat    time.Time // the same, by the monotonic clock
}

// task is one source and when it is due. A task that is running is not in the heap.
type task struct {
	src    *config.Source
	at     time.Time
	faults int // runs in a row that could not store what they had
}

// NewScheduler makes a Scheduler that has no sources yet; Set gives it some. atOnce is how many sources may be in work
// at a time.
func NewScheduler(in *Ingester, log *slog.Logger, atOnce int) *Scheduler {
	return &Scheduler{
		in: in, log: log, now: in.now, began: time.Now(), all: map[string]*task{}, busy: map[string]*task{},
		wake: make(chan struct{}, 1), ill: make(chan struct{}, 1), next: make(chan *task, atOnce), atOnce: atOnce,
	}
}

// Set makes the scheduler follow these sources and this Ingester from now on. A source that was known keeps its time,
// unless its schedule changed; a new one is due as the store says, or at once. Runs under way end as they began.
func (s *Scheduler) Set(ctx context.Context, in *Ingester, all []config.Source) error {
	dues, last, err := in.dues(ctx, all)
	if err != nil {
		return err
	}
	in.Watch = s.step
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in = in
	if s.looked.IsZero() {
		s.looked = last // so that a clock that was set back before this process began is noticed
	}
	known := s.all
	s.all = make(map[string]*task, len(all))
	s.due = s.due[:0]
	for i := range all {
		src := &all[i]
		if src.Disabled {
			continue
		}
		t := cmp.Or(known[src.Name], s.busy[src.Name]) // it may have left and come back during its run
		if t == nil {
			t = &task{}
		}
		if t.src == nil || plan(*t.src) != plan(*src) {
			if t.at = lookedAt(dues[src.Name], in.now()); t.at.IsZero() {
				t.at = in.now()
			}
		}
		t.src = src
		s.all[src.Name] = t
		if s.busy[src.Name] == nil {
			s.due = append(s.due, t)
		}
	}
	clear(s.due[len(s.due):cap(s.due)])
	heap.Init(&s.due)
	in.Metrics.forget(func(source string) bool { return s.all[source] != nil })
	s.rouse()
	return nil
}

// dues is when each source that ever ran is due: its listing, or an entry that waits. last is when one ran last.
func (in *Ingester) dues(ctx context.Context, all []config.Source) (dues map[string]time.Time, last time.Time, err error) {
	if dues, err = in.store.NextTries(ctx); err != nil {
		return nil, last, err
	}
	sources := make(map[string]*config.Source, len(all))
	for i := range all {
		sources[all[i].Name] = &all[i]
	}
	now := in.now()
	for st, err := range in.store.States(ctx) {
		if err != nil {
			return nil, last, err
		}
		if st.LastRun.After(last) {
			last = st.LastRun
		}
		src := sources[st.Source]
		if src == nil {
			continue
		}
		dues[st.Source] = first(replan(st, *src, now).Due, dues[st.Source])
	}
	return dues, last, nil
}

// nextDue is the same for one source.
func (in *Ingester) nextDue(ctx context.Context, src config.Source) (time.Time, error) {
	st, err := in.store.Brief(ctx, src.Name)
	if err != nil {
		return time.Time{}, err
	}
	at, err := in.store.NextTry(ctx, src.Name)
	return first(replan(st, src, in.now()).Due, at), err
}

// first is when something of a source is due: its listing, or an entry's try, which is zero where none waits.
func first(listing, try time.Time) time.Time {
	if try.IsZero() || listing.Before(try) {
		return listing
	}
	return try
}

// Run starts what is due until ctx ends. Then runs under way end gently (see Gently), which takes a few seconds at most.
func (s *Scheduler) Run(ctx context.Context) error {
	work, release := Gently(ctx)
	defer release()
	defer s.wg.Wait()
	s.wg.Go(func() { s.recheck(ctx, work) })
	s.wg.Go(func() { s.mend(ctx) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		nap := max(s.start(work), turnsEvery)
		s.mu.Lock()
		s.nap = s.looked.Add(nap)
		s.mu.Unlock()
		timer.Reset(nap)
	}
}

// recheck looks again at articles whose time has come, until ctx ends.
func (s *Scheduler) recheck(ctx, work context.Context) {
	tick := time.NewTicker(recheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		in := s.ingester()
		if s.troubled(in) {
			continue
		}
		n, err := in.Recheck(work, s.find, recheckBatch)
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("looking for corrections", "err", err)
		case n.Looked > 0:
			s.log.Debug("looked for corrections", "looked", n.Looked, "revised", n.Revised, "failed", n.Failed)
		}
	}
}

func (s *Scheduler) ingester() *Ingester {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in
}

// find returns a source that is scheduled.
func (s *Scheduler) find(name string) (config.Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, found := s.all[name]
	if !found {
		return config.Source{}, false
	}
	return *t.src, true
}

// Has says whether a source is scheduled.
func (s *Scheduler) Has(name string) bool {
	_, found := s.find(name)
	return found
}

const (
	recheckEvery = time.Minute // how often rechecks are looked for
	recheckBatch = 500         // articles at a time
)

// turnsEvery is how often the loop turns at most. What comes due meanwhile is started together: runs that begin together
// share queries, commits and the waking of the program, which cost more than a poll that finds nothing.
const turnsEvery = 100 * time.Millisecond

// longestNap bounds how long the loop sleeps: a clock that was set forward is noticed within it.
const longestNap = time.Minute

// start begins the runs that are due and says how long nothing more is.
func (s *Scheduler) start(ctx context.Context) time.Duration {
	s.turnedBack(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = false
	for {
		now := s.now()
		s.looked, s.beat = now, time.Now()
		if len(s.due) == 0 {
			return longestNap
		}
		if wait := s.due[0].at.Sub(now); wait > 0 {
			return min(wait, longestNap)
		}
		if s.troubled(s.in) {
			return longestNap // mend wakes the loop
		}
		if !s.hand(ctx, s.due[0]) {
			s.full = true
			return longestNap // the run that ends first wakes the loop
		}
	}
}

// hand gives the first task of the heap to a goroutine that waits for one, or to a new one: those that have run before
// have a stack that is large enough. It reports false where all are at work. The caller holds mu.
func (s *Scheduler) hand(ctx context.Context, t *task) bool {
	switch {
	case len(s.busy) < s.workers:
		s.next <- t // it has room for all who wait
	case s.workers < s.atOnce:
		s.workers++
		s.wg.Go(func() { s.work(ctx, t) })
	default:
		return false
	}
	heap.Pop(&s.due)
	s.busy[t.src.Name] = t
	return true
}

// mostIdle is how many goroutines wait for a task at most. After a flood, as at the start, there were a great many, and
// the stacks of all would be kept.
const mostIdle = 64

// work runs tasks until the scheduler stops, or enough others wait for one.
func (s *Scheduler) work(ctx context.Context, t *task) {
	for {
		s.run(ctx, t)
		if s.surplus() {
			return
		}
		select {
		case t = <-s.next:
		case <-stopped(ctx):
			return
		}
	}
}

// surplus says that enough goroutines wait for a task without the caller, which is counted no more then.
func (s *Scheduler) surplus() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workers-len(s.busy) <= mostIdle {
		return false
	}
	s.workers--
	return true
}

// turnedBack notices that the wall clock was set back since the loop last turned, and moves what is due along with it.
func (s *Scheduler) turnedBack(ctx context.Context) {
	s.mu.Lock()
	back := s.looked.Sub(s.now())
	if s.looked.IsZero() || back < clockSlack {
		s.mu.Unlock()
		return
	}
	for _, t := range s.due {
		t.at = t.at.Add(-back)
		if back > hoursAgain && onTheHour(*t.src) {
			t.at = s.now() // its hours come again, and count anew (see replan)
		}
	}
	heap.Init(&s.due)
	in := s.in
	s.mu.Unlock()
	s.log.Warn("the clock was set back", "by", rounded(back))
	if err := in.store.SetBack(ctx, back); err != nil {
		s.log.Error("what waits keeps the times of the clock before", "err", err)
	}
}

// run makes one pass and puts the source back.
func (s *Scheduler) run(ctx context.Context, t *task) {
	s.mu.Lock()
	faults, src, in := t.faults, t.src, s.in
	s.mu.Unlock()
	if faults > 0 {
		ctx = withCare(ctx)
	}
	res := in.RunDue(ctx, *src)
	if faults++; !res.unstored {
		faults = 0
	}
	logResult(ctx, s.log, res)
	s.troubled(in)
	at := s.again(ctx, in, *src, res, faults)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, src.Name)
	t.faults, t.at = faults, at
	if t.src != src {
		t.at = s.now() // by another configuration it may be due
	}
	if s.all[src.Name] == t {
		heap.Push(&s.due, t)
	} else {
		in.Metrics.alarms(src.Name, nil) // it left during its run
	}
	if s.full || t.at.Before(s.nap) {
		s.rouse()
	}
}

// again is when a source is due after a run.
func (s *Scheduler) again(ctx context.Context, in *Ingester, src config.Source, res Result, faults int) time.Time {
	at, err := res.next, error(nil)
	if at.IsZero() {
		at, err = in.nextDue(context.WithoutCancel(ctx), src)
	}
	now := s.now()
	if err != nil || at.IsZero() {
		at = now.Add(autoUnknown)
	}
	least := now.Add(time.Second) // a store that cannot be written to must not make the loop spin
	if faults > 0 {
		least = now.Add(ladder(storeLadder, faults, src.Name))
	}
	if at.Before(least) {
		return least
	}
	return lookedAt(at, now)
}

// lookAgain is how long the scheduler takes a source's time in the store for granted. Somebody may have fetched it by hand
// meanwhile, one that is gone above all.
const lookAgain = 24 * time.Hour

// lookedAt is when a source that is due at some time is looked at, at the latest.
func lookedAt(at, now time.Time) time.Time {
	if latest := now.Add(lookAgain); at.After(latest) {
		return latest
	}
	return at
}

// Running is how many sources are in work.
func (s *Scheduler) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.busy)
}

// logResult says what an operator acts on: failures, and what was stored.
func logResult(ctx context.Context, log *slog.Logger, r Result) {
	if r.Err == nil && r.New+r.Saved+r.Revised+r.Failed == 0 && !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []any{"source", r.Source, "listed", r.Listed, "new", r.New, "saved", r.Saved, "revised", r.Revised, "pending", r.Pending, "duration", rounded(r.Duration)}
	switch {
	case errors.Is(r.Err, ErrStopped), errors.Is(r.Err, context.Canceled): // by the end of the program
		log.Info("source stopped; what is not stored yet stays pending", attrs...)
	case r.Err != nil:
		log.Warn("source failed", append(attrs, "err", firstLine(r.Err))...)
	case r.New+r.Saved+r.Revised+r.Failed > 0:
		log.Info("source done", attrs...)
	default:
		log.Debug("source done", attrs...)
	}
}

// rouse makes the loop look again.
func (s *Scheduler) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// step notes that a run has come further.
func (s *Scheduler) step(Event) { s.came.Store(int64(time.Since(s.began))) }

// longestStep is how long no run may come further while some are in work: each step waits for an answer, which has its
// time limit, and before that for its host, an hour at most.
const longestStep = 3 * time.Hour

// Alive says whether work goes on; a watchdog asks. The loop must have turned lately, and what is in work must come
// further.
func (s *Scheduler) Alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	still := time.Since(s.began) - time.Duration(s.came.Load())
	return time.Since(s.beat) < 2*longestNap && (len(s.busy) == 0 || still < longestStep)
}

// Lag is how late the most overdue source is; 0 where none is.
func (s *Scheduler) Lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 {
		return 0
	}
	return max(s.now().Sub(s.due[0].at), 0)
}

// Len is how many sources are scheduled.
func (s *Scheduler) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// tasks is a heap by due time.
type tasks []*task

func (h tasks) Len() int           { return len(h) }
func (h tasks) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h tasks) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *tasks) Push(x any) { *h = append(*h, x.(*task)) }

// Pop implements heap.Interface.
func (h *tasks) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}
