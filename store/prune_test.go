package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

// remove takes the database of an archive away.
func remove(t *testing.T, dir string) {
	t.Helper()
	for _, ext := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, "feedfolio.db"+ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// pages counts the kept pages of an archive.
func (s *shelf) pages() (n int) {
	s.t.Helper()
	err := filepath.WalkDir(s.dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.Contains(filepath.ToSlash(name), "/raw/") {
			n++
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *shelf) prune(r store.Retention) store.Pruned {
	s.t.Helper()
	p, err := s.Prune(s.t.Context(), r)
	if err != nil {
		s.t.Fatalf("Prune(%+v): %v", r, err)
	}
	return p
}

func link(n int) string { return fmt.Sprintf("https://news.example/%d", n) }

func TestPrune(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	// 1: two revisions. 2: waits for its page after a change. 3: is to be looked at again. 4: given up after a change. 5: young.
	one := s.keep(s.list("wire", link(1), "a"), "<p>one</p>")
	s.keep(s.list("wire", link(2), "a"), "<p>two</p>")
	p := s.list("wire", link(3), "a")
	p.Then = store.Then{Check: began.AddDate(0, 0, 30), Step: 1}
	s.keep(p, "<p>three</p>")
	s.keep(s.list("wire", link(4), "a"), "<p>four</p>")
	s.at.t = began.Add(time.Hour)
	s.keep(s.list("wire", link(1), "b"), "<p>One</p>")
	s.list("wire", link(2), "b")
	if err := s.Fail(ctx, s.list("wire", link(4), "b"), store.Failure{Reason: "503", Class: "HTTP 503"}); err != nil {
		t.Fatal(err)
	}
	s.at.t = began.AddDate(0, 0, 9)
	s.keep(s.list("wire", link(5), "a"), "<p>five</p>")
	before, all := s.asOf(s.at.t), s.pages()
	if all != 6 {
		t.Fatalf("%d pages are kept; want 6", all)
	}

	week := began.AddDate(0, 0, 7)
	if got := s.prune(store.Retention{}); got != (store.Pruned{}) {
		t.Errorf("what is to be kept for ever is pruned: %+v", got)
	}
	want := store.Pruned{Pages: 3, Revisions: 1}
	for _, dry := range []bool{true, false} {
		got := s.prune(store.Retention{Pages: week, Revisions: week, DryRun: dry})
		if got.Pages != want.Pages || got.Revisions != want.Revisions || got.Bytes == 0 {
			t.Errorf("Prune(dry %v) = %+v; want two pages of 1, one of 4, and a revision", dry, got)
		}
		if dry && s.pages() != all {
			t.Errorf("a dry run leaves %d of %d pages", s.pages(), all)
		}
	}
	if got := s.prune(store.Retention{Pages: week, Revisions: week}); got != (store.Pruned{}) {
		t.Errorf("pruned again: %+v; want nothing", got)
	}
	if s.pages() != 3 {
		t.Errorf("%d pages are left; want those of 2, 3 and 5", s.pages())
	}
	if got := s.asOf(s.at.t); got != before {
		t.Errorf("after it the archive says\n%s\nwant as before\n%s", got, before)
	}
	if _, err := s.Raw(ctx, one.ID, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Raw of a page that was pruned = %v; want ErrNotFound", err)
	}
	if revs, err := s.Revisions(ctx, one.ID); err != nil || len(revs) != 1 || revs[0].N != 2 {
		t.Errorf("Revisions = %+v, %v; want the newest alone", revs, err)
	}
	s.clean()

	if rep, err := s.Reindex(ctx, store.Watch{}); err != nil || rep.Added+rep.Revisions+rep.Updated+rep.Dropped != 0 {
		t.Errorf("Reindex = %+v, %v; want nothing to come back", rep, err)
	}
	s.clean()
	// What waits still has its entry, and what was pruned takes the next correction.
	if p := s.list("wire", link(2), "c"); p.Entry.Summary != "c" {
		t.Errorf("2 waits with the entry %+v", p.Entry)
	}
	if got := s.keep(s.list("wire", link(1), "c"), "<p>ONE</p>"); got.Revision != 3 || got.Outcome != store.OutcomeRevised {
		t.Errorf("a correction after pruning comes to %+v; want revision 3", got)
	}
	s.clean()
}

// A database that was built again knows no entries, but its pages grow old like others.
func TestPruneAfterReindex(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	s.keep(s.list("wire", link(1), "a"), "<p>one</p>")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	remove(t, s.dir)
	var err error
	if s.Store, err = store.Open(ctx, settings(s.dir), store.Options{Now: s.at.now, Exclusive: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reindex(ctx, store.Watch{}); err != nil {
		t.Fatal(err)
	}
	again, err := s.Reconsider(ctx, 1)
	if err != nil || again.Entry.Title != "Orders rise" || again.Entry.Link != link(1) {
		t.Errorf("Reconsider = %+v, %v; want the entry as its file tells it", again.Entry, err)
	}
	if got := s.prune(store.Retention{Pages: began.AddDate(0, 0, 1)}); got.Pages != 1 || s.pages() != 0 {
		t.Errorf("Prune = %+v, %d pages are left; want none", got, s.pages())
	}
	s.clean()
}

func TestNextTryKnownAndCheck(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	if at, err := s.NextTry(ctx, "nobody"); err != nil || !at.IsZero() {
		t.Errorf("NextTry of a source that never ran = %v, %v; want none", at, err)
	}
	if n, err := s.Known(ctx, "nobody", []article.Entry{{GUID: "1"}}); err != nil || n != 0 {
		t.Errorf("Known of a source that never ran = %d, %v; want 0", n, err)
	}
	s.keep(s.list("done", link(9), "a"), "<p>done</p>")
	for i, after := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour} {
		if err := s.Fail(ctx, s.list("wire", link(i), "a"), store.Failure{Reason: "503", Next: began.Add(after)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Fail(ctx, s.list("portal", link(7), "a"), store.Failure{Reason: "503", Next: began.Add(5 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if at, err := s.NextTry(ctx, "wire"); err != nil || !at.Equal(began.Add(time.Hour)) {
		t.Errorf("NextTry(wire) = %v, %v; want an hour from the beginning", at, err)
	}
	if at, err := s.NextTry(ctx, "done"); err != nil || !at.IsZero() {
		t.Errorf("NextTry(done) = %v, %v; want none", at, err)
	}
	all, err := s.NextTries(ctx)
	if err != nil || len(all) != 2 || !all["wire"].Equal(began.Add(time.Hour)) || !all["portal"].Equal(began.Add(5*time.Hour)) {
		t.Errorf("NextTries = %v, %v", all, err)
	}
	entries := []article.Entry{{GUID: link(0), Link: link(0)}, {GUID: link(0), Link: link(0)}, {GUID: "new"}, {GUID: link(1), Link: link(1)}}
	if n, err := s.Known(ctx, "wire", entries); err != nil || n != 3 {
		t.Errorf("Known = %d, %v; want 3, the one that is there twice counting twice", n, err)
	}
	if err := s.Check(ctx); err != nil {
		t.Errorf("Check of a sound database = %v", err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping = %v", err)
	}
}
