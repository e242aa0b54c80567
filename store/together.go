package store

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
)

// together answers questions that are asked at the same time by one query: the states of fifty sources cost little more
// than that of one. One query is on its way at a time, and whoever asks meanwhile shares the next one: the first of them
// reads for all.
type together[K comparable, V any] struct {
	read func(ctx context.Context, keys []K) (map[K]V, error)
	turn chan struct{} // held while reading

	mu   sync.Mutex
	next *round[K, V] // has not begun; nil: none
}

func newTogether[K comparable, V any](read func(context.Context, []K) (map[K]V, error)) *together[K, V] {
	return &together[K, V]{read: read, turn: make(chan struct{}, 1)}
}

// round is one query, and who waits for it.
type round[K comparable, V any] struct {
	keys  []K
	found map[K]V // once done is closed
	err   error
	done  chan struct{}
}

// get returns what is known of key; the zero value where nothing is.
func (t *together[K, V]) get(ctx context.Context, key K) (V, error) {
	r, first := t.join(key)
	if first {
		runtime.Gosched()                       // those who are about to ask come in
		t.answer(context.WithoutCancel(ctx), r) // others wait for it too
		return r.found[key], r.err
	}
	select {
	case <-r.done:
		return r.found[key], r.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// join adds a key to the next round. first says that the caller is to read it.
func (t *together[K, V]) join(key K) (r *round[K, V], first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r = t.next
	if r == nil {
		r, first = &round[K, V]{done: make(chan struct{})}, true
		t.next = r
	}
	r.keys = append(r.keys, key)
	if len(r.keys) == chunk {
		t.next = nil
	}
	return r, first
}

// answer reads for a round, which takes no further keys then.
func (t *together[K, V]) answer(ctx context.Context, r *round[K, V]) {
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	t.mu.Lock()
	if t.next == r {
		t.next = nil
	}
	t.mu.Unlock()
	r.found, r.err = t.read(ctx, r.keys)
	close(r.done)
}

// byName reads what a query finds for names, which it takes as one list for json_each.
func byName[V any](ctx context.Context, s *Store, names []string, scan func(scanner) (string, V, error), text string) (map[string]V, error) {
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	found := make(map[string]V, len(names))
	_, err = collect(ctx, s, func(row scanner) (struct{}, error) {
		name, v, err := scan(row)
		found[name] = v
		return struct{}{}, err
	}, text, string(list))
	return found, err
}
