package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// Whoever asks while a query is on its way shares the next one.
func TestQuestionsThatComeTogetherShareAQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rounds [][]int
		hold := make(chan struct{})
		q := newTogether(func(_ context.Context, keys []int) (map[int]string, error) {
			rounds = append(rounds, keys)
			<-hold
			found := map[int]string{}
			for _, k := range keys {
				if k%2 == 0 {
					found[k] = fmt.Sprint(k)
				}
			}
			return found, nil
		})
		ask := func(wg *sync.WaitGroup, k int) {
			wg.Go(func() {
				want := ""
				if k%2 == 0 {
					want = fmt.Sprint(k)
				}
				if got, err := q.get(t.Context(), k); got != want || err != nil {
					t.Errorf("get(%d) = %q, %v; want %q", k, got, err, want)
				}
			})
		}
		var wg sync.WaitGroup
		ask(&wg, 1)
		synctest.Wait()
		for k := range chunk + 10 {
			ask(&wg, k)
		}
		synctest.Wait()
		close(hold)
		wg.Wait()
		asked := 0
		for _, keys := range rounds {
			asked += len(keys)
			if len(keys) > chunk {
				t.Errorf("a query for %d; want at most %d", len(keys), chunk)
			}
		}
		if asked != chunk+11 || len(rounds) != 3 {
			t.Errorf("%d were asked for by %d queries; want %d by 3", asked, len(rounds), chunk+11)
		}
	})
}

// What a query fails with is told to all who share it, and one who does not want to wait any more leaves the others.
func TestSharedQueryFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		hold := make(chan struct{})
		q := newTogether(func(ctx context.Context, _ []int) (map[int]string, error) {
			<-hold
			return nil, errors.Join(broken, ctx.Err())
		})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make([]error, 3)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = q.get(ctx, i) })
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(hold)
		wg.Wait()
		told := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, broken) })
		if told < 0 || slices.Contains(errs, nil) {
			t.Errorf("got %v; want the query's error, or that of the context", errs)
		}
	})
}
