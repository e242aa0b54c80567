package ingest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/article/near"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// rechecksAtOnce is how many articles are looked at again at a time. Corrections are no hurry.
const rechecksAtOnce = 16

// Rechecked counts what a round of rechecks found.
type Rechecked struct {
	Looked  int // pages asked for
	Revised int // of these, the publisher had changed the article
	Failed  int // of these, no page was had; they are looked at again at their next time
}

// Recheck looks again at the pages of young articles whose time has come, at most limit of them, for corrections. find
// gives the source of an article; one that is no longer configured is not looked at any more.
func (in *Ingester) Recheck(ctx context.Context, find func(name string) (config.Source, bool), limit int) (Rechecked, error) {
	due, err := in.store.Rechecks(ctx, in.now(), limit)
	if err != nil || len(due) == 0 {
		return Rechecked{}, err
	}
	counts := make(chan Rechecked, len(due))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rechecksAtOnce)
	for _, p := range due {
		src, found := find(p.Source)
		g.Go(func() error {
			if stopping(ctx) {
				return nil
			}
			if !found {
				return unlessSuperseded(in.store.Fail(ctx, p, store.Failure{}))
			}
			r := &run{Ingester: in, src: src, log: in.log.With("source", src.Name)}
			n, err := r.recheck(ctx, p)
			if in.alone(ctx, err) {
				in.log.Error("an article cannot be stored; it is looked at again at its next time", "source", p.Source, "url", p.Entry.Link, "err", err)
				n, err = Rechecked{Looked: 1, Failed: 1}, unlessSuperseded(in.store.Fail(ctx, p, store.Failure{Next: r.then(p, p.Step+1).Check}))
			}
			counts <- n
			return err
		})
	}
	err = g.Wait()
	close(counts)
	var sum Rechecked
	for n := range counts {
		sum.Looked, sum.Revised, sum.Failed = sum.Looked+n.Looked, sum.Revised+n.Revised, sum.Failed+n.Failed
	}
	in.Metrics.checked(sum)
	return sum, err
}

// recheck looks at one article's page again: most pages answer that nothing has changed.
func (r *run) recheck(ctx context.Context, p store.Pending) (Rechecked, error) {
	if err := r.store.Trouble(); err != nil {
		return Rechecked{}, unasked(err)
	}
	p.Then = r.then(p, p.Step+1)
	ctx, release := polite.WithWorker(ctx)
	defer release()
	a, page, err := r.again(ctx, p)
	var status *fetcher.StatusError
	var wait *polite.WaitError
	switch {
	case ctx.Err() != nil:
		return Rechecked{}, ctx.Err()
	case errors.As(err, &wait): // nobody was asked: the rung is still to come
		p.Then = store.Then{}
		return Rechecked{}, unlessSuperseded(r.store.Fail(ctx, p, store.Failure{Reason: err.Error(), Class: class(err), Next: wait.Until}))
	case err != nil && brokenOff(ctx):
		return Rechecked{}, nil
	case errors.Is(err, fetcher.ErrNotModified):
		return Rechecked{Looked: 1}, unlessSuperseded(r.store.Fail(ctx, p, store.Failure{Next: p.Then.Check}))
	case err != nil:
		f := store.Failure{Reason: err.Error(), Class: class(err), Next: p.Then.Check}
		if errors.As(err, &status) {
			last := p.Then.Check.IsZero()
			f.Gone = status.Code == http.StatusGone || status.Code == http.StatusNotFound && last
		}
		return Rechecked{Looked: 1, Failed: 1}, unlessSuperseded(r.store.Fail(ctx, p, f))
	}
	a.FirstSeen, a.Fetched = p.FirstSeen, r.now()
	text := a.Text()
	r.find(a, text)
	p.Print = printOf(near.Of(a.Title, text))
	saved, err := r.store.Save(ctx, p, a, rawOf(page))
	n := Rechecked{Looked: 1}
	if saved.Outcome == store.OutcomeRevised {
		n.Revised = 1
		r.log.Info("corrected by its publisher", "url", a.SourceURL, "article", saved.Path, "revision", saved.Revision)
	}
	return n, unlessSuperseded(err)
}

// again asks for the page, conditionally.
func (r *run) again(ctx context.Context, p store.Pending) (a *article.Article, page *fetcher.Page, err error) {
	defer recovered(&err)
	st, err := r.store.State(ctx, p.Source)
	if err != nil {
		return nil, nil, err
	}
	ctx, asked := asking(ctx)
	defer asked()
	return r.fetch.Again(ctx, r.src, st.Title, p.Entry, p.Page)
}

// then is when an article is looked at again after now: on the next rung of the source's ladder, counted from when it
// was published, or first seen where that is not known. An article that was old when it came is not looked at.
func (r *run) then(p store.Pending, step int) store.Then {
	from := p.FirstSeen
	if at := p.Entry.Published; !at.IsZero() && at.Before(from) {
		from = at
	}
	for ; step < len(r.src.Recheck); step++ {
		if at := from.Add(r.src.Recheck[step]); at.After(r.now()) {
			return store.Then{Check: at.Add(spread(p.Entry.Key(), r.src.Recheck[step])), Step: step}
		}
	}
	return store.Then{}
}

// spread moves a recheck by up to a tenth of its rung, so that a listing's articles are not all looked at at once.
func spread(key string, rung time.Duration) time.Duration {
	return time.Duration(hash64("recheck"+key) % uint64(rung/10+1))
}

func rawOf(page *fetcher.Page) *store.Raw {
	if page == nil {
		return nil
	}
	return &store.Raw{URL: page.URL, Status: page.Status, Header: page.Header, Body: page.Body}
}
