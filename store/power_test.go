package store_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

// mains are Files that know what of them a power cut would leave: data that was staged durably, under names whose folder
// was synced since. before each step the power may go.
type mains struct {
	store.Files
	cut func(left map[string][]byte)

	mu      sync.Mutex
	written map[string][]byte // to be seen, and lost if the power goes
	left    map[string][]byte
}

type fused struct {
	store.Staged
	m    *mains
	name string
	data []byte
}

func (m *mains) step() {
	m.mu.Lock()
	left := maps.Clone(m.left)
	m.mu.Unlock()
	m.cut(left)
}

func (m *mains) Stage(ctx context.Context, name string, data []byte, durable bool) (store.Staged, error) {
	m.step()
	st, err := m.Files.Stage(ctx, name, data, durable)
	if !durable {
		data = nil // a name without its data is all that may be left
	}
	return &fused{st, m, name, data}, err
}

func (f *fused) Publish() error {
	f.m.step()
	err := f.Staged.Publish()
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.written[f.name] = f.data
	return err
}

func (m *mains) Sync(ctx context.Context, folders ...string) error {
	m.step()
	err := m.Files.Sync(ctx, folders...)
	m.mu.Lock()
	for _, folder := range folders {
		for name, data := range m.written {
			if path.Dir(name) == folder {
				m.left[name] = data
			}
		}
	}
	m.mu.Unlock()
	m.step()
	return err
}

// The power goes at any moment of storing, revising and relabelling. The database may have all that was written of it,
// the files have only what was synced: every row has its file all the same.
func TestPowerCutAtAnyMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	cuts := 0
	m := &mains{Files: folder, written: map[string][]byte{}, left: map[string][]byte{}}
	m.cut = func(left map[string][]byte) {
		cuts++
		survives(t, fmt.Sprint("cut ", cuts), dir, left)
	}
	s := open(t, dir, store.Options{Files: m})
	for edition := range 3 {
		entries := []article.Entry{crashEntry(1, edition), crashEntry(2, edition)}
		if _, err := s.Record(t.Context(), "crash", entries, store.State{}); err != nil {
			t.Fatal(err)
		}
		due, err := s.Pending(t.Context(), "crash", time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range due {
			body := fmt.Sprintf("<p>edition %d</p>", edition)
			if _, err := s.Save(t.Context(), p, &article.Article{Title: p.Entry.Title, Body: body}, &store.Raw{URL: p.Entry.Link, Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
		}
		for row, err := range s.Articles(t.Context(), store.Query{}) {
			if err == nil {
				err = s.Relabel(t.Context(), row, func(a *article.Article) { a.Sources = append(a.Sources, fmt.Sprint("other-", edition)) })
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	survives(t, "in the end", dir, m.left)
	if cuts < 50 {
		t.Errorf("the power went %d times only", cuts)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// survives opens what a power cut has left, and looks whether it is sound.
func survives(t *testing.T, when, dir string, left map[string][]byte) {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"feedfolio.db", "feedfolio.db-wal"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			left[name] = data
		}
	}
	for name, data := range left {
		to := filepath.Join(copied, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, copied, store.Options{Exclusive: true})
	defer s.Close()
	report, err := s.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) {
		if f.Kind == "missing" || f.Kind == "torn" {
			t.Errorf("%s: %+v", when, f)
		}
	}})
	if err != nil || report.Missing+report.Torn > 0 {
		t.Errorf("%s: Verify = %+v, %v; want nothing missing, nothing torn", when, report, err)
	}
}
