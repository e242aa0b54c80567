package ingest

import (
	"container/heap"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

func TestTheClockIsTheOneOnTheWall(t *testing.T) {
	t.Parallel()
	in := New(nil, nil, slog.New(slog.DiscardHandler), time.Now)
	if now := in.now().String(); strings.Contains(now, "m=") {
		t.Errorf("%s has a monotonic reading: a clock that is set, and a machine that slept, would go unseen", now)
	}
}

func TestAClockThatIsSetBackPutsNothingOff(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	db, err := store.Open(t.Context(), cfg, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := NewScheduler(New(db, nil, slog.New(slog.DiscardHandler), func() time.Time { return now }), slog.New(slog.DiscardHandler), 1)
	heap.Push(&s.due, &task{src: &config.Source{Name: "wire"}, at: now.Add(10 * time.Minute)})
	s.start(t.Context())
	for _, tt := range []struct {
		name      string
		set, left time.Duration
	}{
		{"a minute goes by", time.Minute, 9 * time.Minute},
		{"set right by a second", -time.Second, 9*time.Minute + time.Second},
		{"back by an hour", -time.Hour, 9*time.Minute + time.Second},
		{"forward by five minutes", 5 * time.Minute, 4*time.Minute + time.Second},
	} {
		now = now.Add(tt.set)
		s.start(t.Context())
		if left := s.due[0].at.Sub(now); left != tt.left {
			t.Errorf("%s: due in %s, want %s", tt.name, left, tt.left)
		}
	}
	if !s.Alive() {
		t.Error("the loop that has just turned counts as dead")
	}
}

// A source that never ran is due at once, and not late since the beginning of time: /readyz and an alert go by that.
func TestNewSourceIsNotLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	db, err := store.Open(t.Context(), cfg, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	log := slog.New(slog.DiscardHandler)
	in := New(db, nil, log, func() time.Time { return now })
	s := NewScheduler(in, log, 1)
	if err := s.Set(t.Context(), in, []config.Source{{Name: "wire", Schedule: "@every 1h"}}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if got := s.Lag(); got != time.Minute {
		t.Errorf("it is %s late; want a minute", got)
	}
}

// A loop that turns while no run comes further, as where all of them wait for each other, is not alive.
func TestAliveOnlyWhileWorkGoesOn(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for _, tt := range []struct {
		name         string
		turned, came time.Duration // ago
		busy         bool
		want         bool
	}{
		{"all is quiet for a day", time.Second, 24 * time.Hour, false, true},
		{"a run waits for a host with a long gap", time.Second, time.Hour, true, true},
		{"no run comes further", time.Second, 4 * time.Hour, true, false},
		{"the loop stands still", time.Hour, time.Second, false, false},
	} {
		s := NewScheduler(New(nil, nil, log, time.Now), log, 1)
		s.began = time.Now().Add(-48 * time.Hour)
		s.beat = time.Now().Add(-tt.turned)
		s.came.Store(int64(48*time.Hour - tt.came))
		if tt.busy {
			s.busy["wire"] = &task{}
		}
		if got := s.Alive(); got != tt.want {
			t.Errorf("%s: alive %t; want %t", tt.name, got, tt.want)
		}
		if s.step(Event{}); tt.busy && !s.Alive() {
			t.Errorf("%s: a run has come further, and it is not alive", tt.name)
		}
	}
}
