package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/article/near"
	"github.com/feedfolio/feedfolio/store"
)

// nearMost is how many candidates are compared with an article at most.
const nearMost = 40

// The parts that an article can have in a cluster.
const (
	origin     = "origin" // it was seen first
	copyOfNews = "copy"
)

// turns lets one goroutine at a time work on what has a name, so that two sources that carry the same story do not both
// store it, and two copies that come at the same moment see each other.
type turns[K comparable] struct {
	mu   sync.Mutex
	busy map[K]chan struct{}
}

// enter waits for the turn of a name. The caller calls leave.
func (t *turns[K]) enter(ctx context.Context, name K) (leave func(), err error) {
	for {
		t.mu.Lock()
		if t.busy == nil {
			t.busy = map[K]chan struct{}{}
		}
		done, taken := t.busy[name]
		if !taken {
			done = make(chan struct{})
			t.busy[name] = done
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.busy, name)
				t.mu.Unlock()
				close(done)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// enterAll waits for the turns of all names. They must be in the same order everywhere.
func (t *turns[K]) enterAll(ctx context.Context, names []K) (leave func(), err error) {
	var leaves []func()
	leave = func() {
		for _, l := range leaves {
			l()
		}
	}
	for _, n := range names {
		l, err := t.enter(ctx, n)
		if err != nil {
			leave()
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leave, nil
}

// carried looks whether another source has stored this address already. Then the article of that source names this one
// among those that carried it, and the entry is done.
func (r *run) carried(ctx context.Context, p store.Pending, url, title string, published time.Time) (bool, error) {
	if p.Stored != nil || url == "" {
		return false, nil
	}
	other, err := r.store.Elsewhere(ctx, r.src.Name, url)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if otherStory(title, published, other) {
		return false, nil
	}
	if _, err := r.store.Open(ctx, other); err != nil {
		return false, nil //nolint:nilerr // somebody removed or broke its file: this one is stored
	}
	err = r.store.Relabel(ctx, other, func(a *article.Article) {
		if !slices.Contains(a.Sources, r.src.Name) {
			a.Sources = append(a.Sources, r.src.Name)
		}
	})
	if err := unlessSuperseded(err); err != nil {
		return false, err
	}
	r.mu.Lock()
	r.res.Elsewhere++
	r.mu.Unlock()
	f := store.Failure{Dropped: true, Class: "stored already", Reason: fmt.Sprintf("source %s has stored it: %s", other.Source, other.Path)}
	return true, unlessSuperseded(r.store.Fail(ctx, p, f))
}

// otherStory says whether an article is another one than what is stored of the same address, as on the page of a column
// that has each day's: it has another title, and was published on another day.
func otherStory(title string, published time.Time, stored store.Row) bool {
	apart := published.Sub(stored.Published).Abs()
	return title != "" && article.Text(title) != stored.Title && !published.IsZero() && !stored.Published.IsZero() && apart > 24*time.Hour
}

// cluster finds the copies of an article among what is stored, and gives all of them one name. Nothing is thrown away.
func (r *run) cluster(ctx context.Context, a *article.Article, text string, p near.Print) error {
	candidates, err := r.store.Near(ctx, p.Keys(), nearMost, func(data []byte) bool {
		var other near.Print
		if other.UnmarshalBinary(data) != nil {
			return false
		}
		same, _ := near.Same(p, other)
		return same
	})
	if err != nil {
		return err
	}
	for _, c := range candidates {
		if c.Source == a.Source && c.GUID == a.GUID && c.Link == a.Link {
			continue
		}
		stored, err := r.store.Open(ctx, c.Row)
		if err != nil || !near.Compare(text, stored.Text()).Same {
			continue // a file that cannot be read is no copy; verify finds it
		}
		return r.join(ctx, a, c.Row)
	}
	return nil
}

// join puts an article into the cluster of one that was stored before.
func (r *run) join(ctx context.Context, a *article.Article, first store.Row) error {
	a.Cluster, a.Origin = first.Cluster, copyOfNews
	if a.Cluster != "" {
		return nil
	}
	a.Cluster = article.HashOf(first.Path)
	return unlessSuperseded(r.store.Relabel(ctx, first, func(f *article.Article) { f.Cluster, f.Origin = a.Cluster, origin }))
}

// printOf is a print in the form that the store keeps.
func printOf(p near.Print) *store.Print {
	data, _ := p.MarshalBinary() // never fails
	return &store.Print{Data: data, Keys: p.Keys()}
}
