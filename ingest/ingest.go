// Package ingest runs sources: now, or on schedule. It joins the fetcher and the store, which do not know each other.
//
// Ingester.Run tells the story of one pass over one source; whatever can be decided without network, disk or clock is
// in pure functions beside it: next (the state of a source after a listing), judge (what a failed page means for its
// entry) and the schedules. Robfig/cron is known to this package alone.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/article/near"
	"github.com/feedfolio/feedfolio/article/symbol"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// pagesAtOnce is how many entries of one source are worked on at a time: one, and more while of all sources no more than
// moreAtOnce are beyond the first. Most of them wait for their host's turn, and each that waits holds memory.
const (
	pagesAtOnce = 4
	moreAtOnce  = 128
)

// keptAtOnce is how many articles are stored at a time. They have given their worker back: a worker that waited for the
// disk would be missed by hosts whose turn has come. Each holds its page, so that there is a bound all the same.
const keptAtOnce = 64

// batch is how many pending entries are read from the store at a time.
const batch = 200

// Ingester runs sources. Its methods may be called from any goroutine; two runs of one source must not overlap.
type Ingester struct {
	store *store.Store
	fetch *fetcher.Fetcher
	log   *slog.Logger
	now   func() time.Time

	addresses turns[string] // of articles
	prints    turns[int64]  // keys of near-duplicates
	more      chan struct{} // held by entries that are not the only ones of their source
	kept      chan struct{} // held while an article is stored

	// Patience is how long a run waits for entries that are due again soon, so that a page which failed for a moment
	// is had in the same run. Zero leaves them to the next run.
	Patience time.Duration
	// Watch, where set, is told of each step. It is called from many goroutines and must not block.
	Watch func(Event)
	// Metrics, where set, counts what runs do.
	Metrics *Metrics
	// Names, where set, are names with a meaning, for the symbols of articles.
	Names *symbol.Names
	// Alarms, where set, is told when the alarms of a source change.
	Alarms *Webhook
}

// New makes an Ingester. now is the clock that states and retries are stamped with. Its monotonic reading is left off:
// what is due, is due by the clock on the wall, also when that was set or when the machine slept.
func New(s *store.Store, f *fetcher.Fetcher, log *slog.Logger, now func() time.Time) *Ingester {
	return &Ingester{store: s, fetch: f, log: log, now: func() time.Time { return now().Round(0) }, more: make(chan struct{}, moreAtOnce), kept: make(chan struct{}, keptAtOnce)}
}

// Event is one step of a run, for those who show progress.
type Event struct {
	Source string
	Kind   EventKind
	Count  int    // Listed: pending entries found due
	Title  string // Saved, Failed: of the entry
	Err    error  // Failed
}

// EventKind says what happened.
type EventKind int

// The steps of a run, in the order in which they happen.
const (
	Started EventKind = iota
	Listed
	Saved
	Failed
	Done
)

// Result is what one run of one source did.
type Result struct {
	Source      string
	URL         string
	Status      string // ok, or failed where Err is set
	Listed      int    // entries in the listing
	New         int    // of these, never seen before
	Saved       int    // articles stored for the first time, or completed
	Revised     int    // articles of which a new revision was stored
	Pending     int    // entries that still wait for their page
	Dropped     int    // entries that a filter left out
	Elsewhere   int    // entries that another source has stored
	Failed      int    // tries that failed in this run
	NotModified bool
	Reasons     map[string]int // why entries wait
	Remarks     []string       // what the listing wanted to be said
	Err         error          // why there was no listing, or why nothing could be stored
	Duration    time.Duration

	next     time.Time // when the source is due, where nothing of it waits; zero: not known
	unstored bool      // something could not be stored
}

// Run makes one pass over one source: it asks for the listing, records what is new, and works off what is due. One bad
// article never stops it; the error of a listing is in the Result, beside what was done with entries of earlier runs.
func (in *Ingester) Run(ctx context.Context, src config.Source) Result {
	return in.run(ctx, src, true)
}

// RunDue is Run, but asks for the listing only where that is due; otherwise it works off what is pending.
func (in *Ingester) RunDue(ctx context.Context, src config.Source) Result {
	return in.run(ctx, src, false)
}

func (in *Ingester) run(ctx context.Context, src config.Source, listNow bool) Result {
	r := &run{Ingester: in, src: src, log: in.log.With("source", src.Name), res: Result{Source: src.Name, URL: src.URL}}
	began := time.Now()
	in.tell(Event{Source: src.Name, Kind: Started})
	if src.Filter != nil {
		r.filter, r.res.Err = NewFilter(*src.Filter, src.Categories("")...)
	}
	if r.res.Err == nil {
		r.pass(ctx, listNow)
	}
	r.res.Duration = time.Since(began)
	r.sum(ctx)
	in.Metrics.run(&r.res)
	in.tell(Event{Source: src.Name, Kind: Done, Err: r.res.Err})
	return r.res
}

// Preview asks for a source's listing and says what a run would find; it stores nothing.
func (in *Ingester) Preview(ctx context.Context, src config.Source) Result {
	r := &run{Ingester: in, src: src, log: in.log, res: Result{Source: src.Name, URL: src.URL, Status: "ok"}}
	began := time.Now()
	r.res.Err = r.preview(ctx)
	r.res.Duration = time.Since(began)
	if r.res.Err != nil {
		r.res.Status = "failed"
	}
	return r.res
}

func (r *run) preview(ctx context.Context) error {
	l, err := r.list(ctx, r.src, article.Validators{})
	if err != nil {
		return err
	}
	known, err := r.store.Known(ctx, r.src.Name, l.Entries)
	r.res.Listed, r.res.New, r.res.Remarks = len(l.Entries), len(l.Entries)-known, l.Remarks
	return err
}

func (in *Ingester) tell(e Event) {
	if in.Watch != nil {
		in.Watch(e)
	}
}

// run is one pass over one source.
type run struct {
	*Ingester
	src config.Source
	log *slog.Logger

	filter *Filter // nil: everything is wanted

	setAside bool // an article that alone cannot be stored; only a careful run uses it

	mu  sync.Mutex
	res Result
	day store.Day // what this run adds to the source's history
}

// pass is the life of a run, step by step.
func (r *run) pass(ctx context.Context, listNow bool) {
	if stopping(ctx) {
		r.res.Err = ErrStopped
		return
	}
	if err := r.store.Trouble(); err != nil {
		r.end(unasked(err))
		return
	}
	st, err := r.store.Brief(ctx, r.src.Name)
	if err != nil {
		r.res.Err = err
		return
	}
	st = replan(st, r.src, r.now())
	defer func() { r.remember(ctx, st) }()
	if !listNow && st.Due.After(r.now()) {
		r.end(r.articles(ctx, st.Title))
		return
	}
	listing, err := r.list(ctx, where(st, r.src), st.Validators)
	if err != nil && brokenOff(ctx) {
		r.res.Err = ErrStopped
		return
	}
	quiet := st.Waiting == 0 && (err != nil || listing.NotModified)
	if listing != nil && !listing.NotModified {
		if st.Window, err = r.window(ctx, listing); err != nil {
			r.res.Err = err
			return
		}
	}
	st = next(st, r.src, listing, err, r.now())
	st.Source = r.src.Name
	r.res.Err, r.res.Remarks = err, st.Remarks
	if err := r.record(ctx, listing, st); err != nil {
		r.res.Err, r.res.unstored = errors.Join(r.res.Err, err), true
		return
	}
	if quiet {
		r.res.next = st.Due
		return
	}
	r.end(r.articles(ctx, st.Title))
}

// errUnasked: nobody was asked for what could not be stored.
var errUnasked = errors.New("nothing is fetched that cannot be stored")

func unasked(trouble error) error { return fmt.Errorf("%w: %w", errUnasked, trouble) }

// alone says whether an article was had, and it alone cannot be stored.
func (in *Ingester) alone(ctx context.Context, err error) bool {
	return err != nil && !errors.Is(err, errUnasked) && in.store.Alone(ctx, err)
}

// end notes what ended the work on articles. That the program stops does not mean that something cannot be stored.
func (r *run) end(err error) {
	if err != nil {
		r.res.Err, r.res.unstored = errors.Join(r.res.Err, err), !errors.Is(err, ErrStopped)
	}
}

// remember adds what the run stored to the source's history, against which it is found to drift, and tells alarms.
func (r *run) remember(ctx context.Context, st store.State) {
	if ctx.Err() != nil {
		return
	}
	st.Source = r.src.Name
	if r.day != (store.Day{}) {
		full, err := r.store.State(ctx, r.src.Name)
		if err != nil {
			r.end(err)
			return
		}
		var day *store.Day
		st.Days, day = today(full.Days, r.now())
		day.New += r.res.New
		day.Saved += r.day.Saved
		day.Partial += r.day.Partial
		day.Missed += r.day.Missed
		day.Runes += r.day.Runes
		st.Drift = drift(st.Days)
	}
	told := r.alarm(ctx, st)
	if r.day == (store.Day{}) && slices.Equal(told, st.Alarms) {
		return
	}
	st.Alarms = told
	if err := r.store.Touch(context.WithoutCancel(ctx), st); err != nil && r.res.Err == nil {
		r.res.Err = err
	}
}

// list asks for the listing. A panic in a parser is a fault of ours, but it stays with this source.
func (r *run) list(ctx context.Context, src config.Source, v article.Validators) (l *fetcher.Listing, err error) {
	defer recovered(&err)
	ctx, release := polite.WithWorker(ctx)
	defer release()
	ctx, asked := asking(ctx)
	defer asked()
	return r.fetch.List(ctx, src, v)
}

// window is the last listing of the source, to be compared with this one; none where the two have nothing in common, but
// most of this one is known. Then nothing came and went unseen: the publisher has changed its GUIDs, or the feed of
// somebody else came for a poll, and now its own again.
func (r *run) window(ctx context.Context, l *fetcher.Listing) ([]uint64, error) {
	before, err := r.store.Window(ctx, r.src.Name)
	shared := func(h uint64) bool {
		_, found := slices.BinarySearch(before, h)
		return found
	}
	if err != nil || len(before) == 0 || len(l.Entries) == 0 || slices.ContainsFunc(windowOf(l.Entries), shared) {
		return before, err
	}
	known, err := r.store.Known(ctx, r.src.Name, l.Entries)
	if 2*known >= len(l.Entries) {
		return []uint64{}, err
	}
	return before, err
}

// record writes what the listing said: new entries become pending in the transaction that writes the state.
func (r *run) record(ctx context.Context, l *fetcher.Listing, st store.State) error {
	if l == nil || l.NotModified {
		r.res.NotModified = l != nil
		return r.store.Touch(ctx, st)
	}
	r.res.Listed = len(l.Entries)
	rec, err := r.store.Record(ctx, r.src.Name, l.Entries, st)
	if err != nil {
		return err
	}
	r.res.New = rec.New
	return nil
}

// articles works off what is due, and waits for what is due soon.
func (r *run) articles(ctx context.Context, title string) error {
	patience := r.now().Add(r.Patience)
	for {
		due, err := r.store.Pending(ctx, r.src.Name, r.now(), batch)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			again, err := r.wait(ctx, patience)
			if err != nil || !again {
				return err
			}
			continue
		}
		r.tell(Event{Source: r.src.Name, Kind: Listed, Count: len(due)})
		if err := r.work(ctx, due, title); err != nil {
			return err
		}
	}
}

// wait sleeps until the next entry is due, if that is soon enough.
func (r *run) wait(ctx context.Context, patience time.Time) (bool, error) {
	at, err := r.store.NextTry(ctx, r.src.Name)
	if err != nil || at.IsZero() || at.After(patience) {
		return false, err
	}
	t := time.NewTimer(at.Sub(r.now()))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-t.C:
		return true, nil
	}
}

// careKey marks a context under which pages are asked for one at a time, since the last could not be stored.
type careKey struct{}

func withCare(ctx context.Context) context.Context { return context.WithValue(ctx, careKey{}, true) }

func careful(ctx context.Context) bool { return ctx.Value(careKey{}) != nil }

// work fetches and stores a batch of entries. Its error is one of the store or of ctx: the publisher's are judged and
// recorded with their entries.
func (r *run) work(ctx context.Context, due []store.Pending, title string) error {
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(pagesAtOnce)
	if careful(ctx) {
		g.SetLimit(1)
	}
	one := make(chan struct{}, 1)
	for _, p := range due {
		if stopping(each) {
			break
		}
		place := one
		select {
		case one <- struct{}{}:
		case r.more <- struct{}{}:
			place = r.more
		}
		g.Go(func() error {
			defer func() { <-place }()
			return r.aside(each, p, r.article(each, p, title))
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if stopping(ctx) {
		return ErrStopped
	}
	return nil
}

// aside lets the others of a source go on where one article alone cannot be stored. Only the first of a run that is
// careful is put aside: if the next cannot be stored either, it is the source's folder, and no more pages are asked for.
func (r *run) aside(ctx context.Context, p store.Pending, err error) error {
	if !careful(ctx) || r.setAside || stopping(ctx) || !r.alone(ctx, err) {
		return err
	}
	r.setAside = true
	r.log.Error("an article cannot be stored; it is tried again, ever more rarely", "url", p.Entry.Link, "err", err)
	next := r.now().Add(ladder(pageLadder, p.Attempts+1, p.Entry.Key()))
	return unlessSuperseded(r.store.Fail(ctx, p, store.Failure{Reason: err.Error(), Class: "it cannot be stored", Next: next}))
}

// article makes one entry into a stored article, or records why it is not one yet. Where the program stops it does
// neither: the entry stays as it is, and that is no error, which would break off the others.
func (r *run) article(ctx context.Context, p store.Pending, title string) error {
	if stopping(ctx) {
		return nil
	}
	if err := r.store.Trouble(); err != nil {
		return unasked(err)
	}
	if drop, rule := r.unwanted(p, nil); drop {
		return r.drop(ctx, p, rule)
	}
	url := article.Canonical(p.Entry.Link)
	leave, err := r.addresses.enter(ctx, cmp.Or(url, fmt.Sprint(p.ID)))
	if err != nil {
		return err
	}
	defer leave()
	if done, err := r.carried(ctx, p, url, p.Entry.Title, p.Entry.Published); done || err != nil {
		return err
	}
	ctx, release := polite.WithWorker(ctx)
	defer release()
	a, page, err := r.page(ctx, p, title)
	if ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case r.kept <- struct{}{}:
			defer func() { <-r.kept }()
			release()
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && brokenOff(ctx):
		return nil
	case err != nil:
		return r.fail(ctx, p, title, err)
	}
	if drop, rule := r.unwanted(p, a); drop {
		return r.drop(ctx, p, rule)
	}
	if a.SourceURL != url {
		if done, err := r.carried(ctx, p, a.SourceURL, a.Title, a.Published); done || err != nil {
			return err
		}
	}
	return r.save(ctx, p, a, page)
}

// unwanted asks the source's filter, before the page (a is nil) and after it. What is stored already stays.
func (r *run) unwanted(p store.Pending, a *article.Article) (drop bool, rule string) {
	switch {
	case r.filter == nil || p.Stored != nil:
		return false, ""
	case a == nil:
		return r.filter.Entry(p.Entry, p.FirstSeen)
	}
	return r.filter.Article(a, p.FirstSeen)
}

// drop leaves an entry out, and remembers by which rule.
func (r *run) drop(ctx context.Context, p store.Pending, rule string) error {
	r.mu.Lock()
	r.res.Dropped++
	r.mu.Unlock()
	r.Metrics.article("dropped")
	r.log.Debug("left out", "url", p.Entry.Link, "rule", rule)
	return unlessSuperseded(r.store.Fail(ctx, p, store.Failure{Dropped: true, Reason: rule, Class: "filter"}))
}

func (r *run) page(ctx context.Context, p store.Pending, title string) (a *article.Article, page *fetcher.Page, err error) {
	defer recovered(&err)
	ctx, asked := asking(ctx)
	defer asked()
	return r.fetch.Article(ctx, r.src, title, p.Entry)
}

// save stores the article.
func (r *run) save(ctx context.Context, p store.Pending, a *article.Article, page *fetcher.Page) error {
	if page != nil {
		p.Then = r.then(p, p.Step)
	}
	a.FirstSeen, a.Fetched = p.FirstSeen, r.now()
	text := a.Text()
	r.find(a, text)
	own := near.Of(a.Title, text)
	leave, err := r.prints.enterAll(ctx, slices.Compact(slices.Sorted(slices.Values(own.Keys()))))
	if err != nil {
		return err
	}
	defer leave()
	if err := r.cluster(ctx, a, text, own); err != nil {
		return err
	}
	p.Print = printOf(own)
	saved, err := r.store.Save(ctx, p, a, rawOf(page))
	if errors.Is(err, store.ErrSuperseded) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", p.Entry.Link, err)
	}
	r.count(saved, a.Status, text, r.missed(page))
	r.Metrics.article(saved.Outcome)
	r.log.Debug("saved", "url", a.SourceURL, "article", saved.Path, "outcome", saved.Outcome)
	r.tell(Event{Source: r.src.Name, Kind: Saved, Title: a.Title})
	return nil
}

// missed says whether the source's own selector found no text on a page.
func (r *run) missed(page *fetcher.Page) bool {
	return r.src.Extract != nil && r.src.Extract.Content != "" && page != nil && page.Result != nil && page.Result.Strategy != "rules"
}

// count adds what was saved to the result and to the source's history.
func (r *run) count(s store.Saved, status article.BodyStatus, text string, missed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch s.Outcome {
	case store.OutcomeRevised:
		r.res.Revised++
	case store.OutcomeNew, store.OutcomeCompleted:
		r.res.Saved++
		r.day.Saved++
		r.day.Runes += int64(utf8.RuneCountInString(text))
		if status != article.Full {
			r.day.Partial++
		}
		if missed {
			r.day.Missed++
		}
	}
}

// fail records why an entry has no page, and stores the feed's own text when its time has come; anew where the publisher
// has changed it since.
func (r *run) fail(ctx context.Context, p store.Pending, title string, cause error) error {
	f, summary := judge(p, r.src, cause, r.now())
	r.mu.Lock()
	r.res.Failed++
	r.mu.Unlock()
	r.log.Debug("not fetched", "url", p.Entry.Link, "err", cause, "next", f.Next)
	r.Metrics.failed()
	r.tell(Event{Source: r.src.Name, Kind: Failed, Title: p.Entry.Title, Err: cause})
	if !summary || p.Stored != nil && p.Stored.Status != article.Summary {
		return unlessSuperseded(r.store.Fail(ctx, p, f))
	}
	a := r.fetch.FromFeed(r.src, title, p.Entry)
	if p.Stored != nil && p.Stored.ContentHash == a.Hash() {
		return unlessSuperseded(r.store.Fail(ctx, p, f))
	}
	if drop, rule := r.unwanted(p, a); drop {
		return r.drop(ctx, p, rule)
	}
	a.Status, a.FirstSeen, a.Fetched = article.Summary, p.FirstSeen, r.now()
	text := a.Text()
	r.find(a, text)
	p.Then = store.Then{Try: f.Next, Until: f.Deadline, Reason: f.Reason, Class: f.Class}
	saved, err := r.store.Save(ctx, p, a, nil)
	if err != nil {
		return unlessSuperseded(err)
	}
	r.count(saved, a.Status, text, false)
	if !f.Gone {
		return nil
	}
	if p, err = r.store.Reconsider(ctx, saved.ID); err != nil {
		return err
	}
	return unlessSuperseded(r.store.Fail(ctx, p, f))
}

// find tags an article with the listed instruments that it names.
func (in *Ingester) find(a *article.Article, text string) {
	a.Symbols = symbol.Find(a.Title, text, a.SourceURL, symbol.Options{Fixed: a.Symbols, Names: in.Names})
}

// unlessSuperseded lets pass that another process saved the article meanwhile: that is what was wanted.
func unlessSuperseded(err error) error {
	if errors.Is(err, store.ErrSuperseded) {
		return nil
	}
	return err
}

// sum counts what still waits, and why.
func (r *run) sum(ctx context.Context) {
	r.res.Status = "ok"
	if r.res.Err != nil {
		r.res.Status = "failed"
	}
	if !r.res.next.IsZero() {
		return
	}
	reasons, err := r.store.Reasons(context.WithoutCancel(ctx), r.src.Name)
	if err != nil && r.res.Err == nil {
		r.res.Err = err
	}
	r.res.Reasons = make(map[string]int, len(reasons))
	for _, why := range reasons {
		r.res.Pending += why.Count
		r.res.Reasons[cmp.Or(why.Class, "not tried yet")] += why.Count
	}
	if r.res.Err != nil {
		r.res.Status = "failed"
	}
}

// recovered turns a panic into an error that carries the place it came from.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v\n%s", errFault, p, debug.Stack())
	}
}
