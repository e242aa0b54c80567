package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

// watch is a clock that tests move.
type watch struct{ t time.Time }

func (w *watch) now() time.Time { return w.t }

// began is when the archives of these tests begin.
var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// shelf is an archive with a clock.
type shelf struct {
	*store.Store
	t   *testing.T
	at  *watch
	dir string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	dir, at := t.TempDir(), &watch{began}
	cfg := settings(dir)
	cfg.Format.Extra = append(cfg.Format.Extra, "cluster", "origin", "sources", "symbols")
	s, err := store.Open(t.Context(), cfg, store.Options{Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &shelf{Store: s, t: t, at: at, dir: dir}
}

// list records an entry and returns it as it is due.
func (s *shelf) list(source, link, said string) store.Pending {
	s.t.Helper()
	e := article.Entry{GUID: link, Link: link, Title: "Orders rise", Summary: said, Published: began.Add(-time.Hour), PublishedRaw: "a date"}
	if _, err := s.Record(s.t.Context(), source, []article.Entry{e}, store.State{}); err != nil {
		s.t.Fatal(err)
	}
	all, err := s.Pending(s.t.Context(), source, s.at.t, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		if p.Entry.Link == link {
			return p
		}
	}
	s.t.Fatalf("%s of %s is not due: %+v", link, source, all)
	return store.Pending{}
}

// keep stores a body with its page. symbols may be left out.
func (s *shelf) keep(p store.Pending, body string, symbols ...string) store.Saved {
	s.t.Helper()
	a := &article.Article{Title: p.Entry.Title, SourceURL: p.Entry.Link, Body: body, Status: article.Full, Symbols: symbols}
	saved, err := s.Save(s.t.Context(), p, a, &store.Raw{URL: p.Entry.Link, Status: 200, Body: []byte("<html>" + body)})
	if err != nil {
		s.t.Fatal(err)
	}
	return saved
}

func (s *shelf) row(id int64) store.Row {
	s.t.Helper()
	r, err := s.Row(s.t.Context(), fmt.Sprint(id))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *shelf) label(id int64, change func(*article.Article)) {
	s.t.Helper()
	if err := s.Relabel(s.t.Context(), s.row(id), change); err != nil {
		s.t.Fatal(err)
	}
}

// clean makes sure that files and database agree.
func (s *shelf) clean() {
	s.t.Helper()
	rep, err := s.Verify(s.t.Context(), store.Watch{Fault: func(f store.Fault) { s.t.Errorf("verify: %+v", f) }})
	if err != nil || !rep.Clean() {
		s.t.Errorf("Verify = %+v, %v; want nothing wrong", rep, err)
	}
}

// asOf tells what was known at a time, in a line for each article.
func (s *shelf) asOf(t time.Time) string {
	s.t.Helper()
	var all []string
	for r, err := range s.Articles(s.t.Context(), store.Query{AsOf: t}) {
		if err != nil {
			s.t.Fatal(err)
		}
		a, err := s.Open(s.t.Context(), r)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %d %s %s %q %v %s %v", r.Source, r.Revision, r.State, a.Status, a.Body, a.Symbols, a.Origin, a.Sources))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// What is said of an article changes with its revisions, and between them: nothing of it may be known too early.
func TestNothingIsKnownBeforeItsTime(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	type moment struct {
		name string
		at   time.Time
		want string
	}
	var log []moment
	note := func(name, want string) {
		log = append(log, moment{name, s.at.t, want})
		s.at.t = s.at.t.Add(time.Hour)
	}

	note("nothing", "")
	p := s.list("wire", "https://news.example/1", "a")
	note("an entry without a page", "")
	id := s.keep(p, "<p>up 3 per cent</p>", "NASDAQ:AAPL").ID
	note("stored", `wire 1 stored full "<p>up 3 per cent</p>" [NASDAQ:AAPL]  []`)
	s.label(id, func(a *article.Article) { a.Sources = append(a.Sources, "portal") })
	note("carried by another source", `wire 1 stored full "<p>up 3 per cent</p>" [NASDAQ:AAPL]  [portal]`)
	s.label(id, func(a *article.Article) { a.Cluster, a.Origin = "0123456789ab", "origin" })
	note("copied", `wire 1 stored full "<p>up 3 per cent</p>" [NASDAQ:AAPL] origin [portal]`)
	s.keep(s.list("wire", "https://news.example/1", "b"), "<p>up 5 per cent</p>", "NASDAQ:MSFT")
	note("corrected", `wire 2 stored full "<p>up 5 per cent</p>" [NASDAQ:MSFT] origin [portal]`)
	if err := s.Fail(t.Context(), s.list("wire", "https://news.example/1", "c"), store.Failure{Gone: true, Reason: "410 Gone", Class: "HTTP 410"}); err != nil {
		t.Fatal(err)
	}
	note("gone", `wire 2 gone full "<p>up 5 per cent</p>" [NASDAQ:MSFT] origin [portal]`)
	s.keep(s.list("wire", "https://news.example/1", "d"), "<p>up 5 per cent</p>", "NASDAQ:MSFT")
	note("back", `wire 2 stored full "<p>up 5 per cent</p>" [NASDAQ:MSFT] origin [portal]`)
	s.keep(s.list("wire", "https://news.example/1", "e"), "<p>up 6 per cent</p>")
	note("corrected again", `wire 3 stored full "<p>up 6 per cent</p>" [] origin [portal]`)
	if err := s.Fail(t.Context(), s.list("wire", "https://news.example/1", "f"), store.Failure{Gone: true, Reason: "404 Not Found"}); err != nil {
		t.Fatal(err)
	}
	note("gone again", `wire 3 gone full "<p>up 6 per cent</p>" [] origin [portal]`)

	for _, m := range log {
		for _, t2 := range []time.Time{m.at, m.at.Add(59 * time.Minute)} {
			if got := s.asOf(t2); got != m.want {
				t.Errorf("%s: as of %s:\n%s\nwant\n%s", m.name, t2.Format("15:04"), got, m.want)
			}
		}
	}
	a, err := s.Revision(t.Context(), id, 1)
	if err != nil || !slices.Equal(a.Symbols, []string{"NASDAQ:AAPL"}) {
		t.Errorf("revision 1 = %+v, %v; want the symbols that it had", a, err)
	}
	s.clean()
}

// A tombstone tells why, and not before its time.
func TestTombstoneKeepsItsReason(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	id := s.keep(s.list("wire", "https://news.example/1", "a"), "<p>text</p>").ID
	s.at.t = s.at.t.Add(time.Hour)
	if err := s.Fail(t.Context(), s.list("wire", "https://news.example/1", "b"), store.Failure{Gone: true, Reason: "410 Gone", Class: "HTTP 410"}); err != nil {
		t.Fatal(err)
	}
	s.at.t = s.at.t.Add(time.Hour)
	s.keep(s.list("wire", "https://news.example/1", "c"), "<p>text</p>")
	if r := s.row(id); r.State != store.StateStored || r.Reason != "" {
		t.Errorf("back again, it is %s because of %q; want stored", r.State, r.Reason)
	}
	for r, err := range s.Articles(t.Context(), store.Query{AsOf: began.Add(90 * time.Minute)}) {
		if err != nil || r.State != store.StateGone || r.Reason != "410 Gone" || r.Class != "HTTP 410" {
			t.Errorf("in between it was %s because of %q (%s), %v; want gone because of 410 Gone", r.State, r.Reason, r.Class, err)
		}
	}
}

// Two that label an article at once, and one that saves a new revision of it, lose nothing of each other's.
func TestLabelsThatComeTogetherAllStay(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	saved := s.keep(s.list("wire", "https://news.example/1", "a"), "<p>first</p>")
	row, p := s.row(saved.ID), s.list("wire", "https://news.example/1", "b")
	const n = 6
	errs := make([]error, n+1)
	var g sync.WaitGroup
	for i := range n {
		g.Go(func() {
			row := row
			for {
				errs[i] = s.Relabel(t.Context(), row, func(a *article.Article) { a.Sources = append(a.Sources, fmt.Sprint("s", i)) })
				if !errors.Is(errs[i], store.ErrSuperseded) {
					return
				}
				var err error
				if row, err = s.Row(t.Context(), fmt.Sprint(saved.ID)); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	g.Go(func() {
		_, errs[n] = s.Save(t.Context(), p, &article.Article{Title: "Orders rise", Body: "<p>second</p>", Status: article.Full}, nil)
	})
	g.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	r := s.row(saved.ID)
	if slices.Sort(r.Sources); r.Revision != 2 || fmt.Sprint(r.Sources) != "[s0 s1 s2 s3 s4 s5]" {
		t.Errorf("revision %d, carried by %v; want revision 2 with all six", r.Revision, r.Sources)
	}
	s.clean()
}

// New rules that find the whole text on a page that was had before complete nothing: the reason is ours.
func TestRulesThatFindMoreAreNoCompletion(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	p := s.list("wire", "https://news.example/1", "a")
	saved, err := s.Save(t.Context(), p, &article.Article{Title: "Orders rise", Body: "<p>a part</p>", Status: article.Partial}, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Reconsider(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	again.Reason = store.ReasonExtraction
	s.keep(again, "<p>a part and all the rest</p>")
	if r := s.row(saved.ID); r.Revision != 2 || r.RevisedFor != store.ReasonExtraction || r.Status != article.Full {
		t.Errorf("revision %d (%s) because of %q; want 2 (full) because of extraction", r.Revision, r.Status, r.RevisedFor)
	}
}
