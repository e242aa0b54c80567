// Package storetest tests what every database and every kind of Files must do. Run is the suite of an archive as a
// whole, Files the one of the files alone.
package storetest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// Place gives the settings of a new, empty archive, which goes when the test ends, and its Files: nil for those of the
// settings. A test opens it more than once, one after the other and at the same time.
type Place func(t testing.TB) (*config.Config, func() store.Files)

// Run runs the suite on archives that place gives.
func Run(t *testing.T, place Place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"an article goes from its listing to its file", fromListingToFile},
		{"each change is a revision, and all of them stay", revisions},
		{"failures are kept, and what is given up is known", failures},
		{"what is known of a host is kept", hosts},
		{"a listing without news writes no article", quietListing},
		{"an entry that changes for nothing is looked at ever more rarely", changesForNothing},
		{"a change that comes while the page is fetched is not lost", changedMeanwhile},
		{"an entry that waits follows its link", corrected},
		{"a publisher that changes its GUIDs doubles nothing", renamed},
		{"new rules on a kept page bring no news", reprocess},
		{"articles are listed by source, time and state", listing},
		{"pages are looked at again", rechecks},
		{"the database can be built again from the files", rebuild},
		{"a database that is lost, or older than the files, loses nothing", lost},
		{"what a crash left and what a hand changed is put right", repair},
		{"verify finds what is wrong", verify},
		{"two processes do not both commit a revision", fence},
		{"calls that come together all come back", together},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, place)
		})
	}
}

func fresh(t *testing.T, place Place, c *clock) *store.Store {
	t.Helper()
	cfg, files := place(t)
	return open(t, cfg, store.Options{Now: c.now, Files: files()})
}

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var start = time.Date(2026, 3, 2, 14, 31, 0, 0, time.UTC)

func open(t *testing.T, cfg *config.Config, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), cfg, opt)
	if err != nil {
		t.Fatalf("Open(%s): %v", cfg.Archive, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func entry(n int) article.Entry {
	return article.Entry{
		GUID: fmt.Sprintf("guid-%d", n), Link: fmt.Sprintf("https://news.example/%d?utm_source=rss", n), Title: fmt.Sprintf("上证指数 story %d", n),
		Published: start.Add(-time.Duration(n) * time.Minute), PublishedRaw: "raw " + fmt.Sprint(n), Summary: fmt.Sprintf("<p>summary %d</p>", n),
	}
}

func articleOf(e article.Entry, body string) *article.Article {
	return &article.Article{
		Title: e.Title, SourceURL: e.Link, Author: "新浪财经", Categories: []string{"金融", "新浪财经"}, Published: e.Published,
		PublishedRaw: e.PublishedRaw, Body: body, Status: article.Full,
	}
}

func page(body string) *store.Raw {
	return &store.Raw{
		URL: "https://news.example/page", Status: 200, Body: []byte(body),
		Header: http.Header{"Etag": {`"abc"`}, "Content-Type": {"text/html; charset=gbk"}},
	}
}

// record lists entries n of a source and returns what is due.
func record(t *testing.T, s *store.Store, c *clock, source string, n ...int) []store.Pending {
	t.Helper()
	var entries []article.Entry
	for _, i := range n {
		entries = append(entries, entry(i))
	}
	if _, err := s.Record(t.Context(), source, entries, store.State{}); err != nil {
		t.Fatalf("Record: %v", err)
	}
	return pending(t, s, c, source)
}

func pending(t *testing.T, s *store.Store, c *clock, source string) []store.Pending {
	t.Helper()
	all, err := s.Pending(t.Context(), source, c.t, 100)
	if err != nil {
		t.Fatalf("Pending: %v", err)
	}
	return all
}

func save(t *testing.T, s *store.Store, p store.Pending, body string) store.Saved {
	t.Helper()
	saved, err := s.Save(t.Context(), p, articleOf(p.Entry, body), page(body))
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	return saved
}

func rows(t *testing.T, s *store.Store, q store.Query) []store.Row {
	t.Helper()
	var all []store.Row
	for r, err := range s.Articles(t.Context(), q) {
		if err != nil {
			t.Fatalf("Articles(%+v): %v", q, err)
		}
		all = append(all, r)
	}
	return all
}

func fromListingToFile(t *testing.T, place Place) {
	c := &clock{start}
	cfg, files := place(t)
	s := open(t, cfg, store.Options{Now: c.now, Files: files()})
	ctx := t.Context()

	state := store.State{Title: "Feed", Due: start.Add(time.Hour), Failures: 2, Window: []uint64{1, 1 << 63}}
	rec, err := s.Record(ctx, "sina", []article.Entry{entry(1), entry(2), entry(1)}, state)
	if err != nil || rec.New != 2 || rec.Changed != 0 || rec.Known != 0 || len(rec.IDs) != 2 {
		t.Fatalf("Record = %+v, %v; want 2 new, the repeated entry once", rec, err)
	}
	got, err := s.State(ctx, "sina")
	if err != nil || got.Source != "sina" || got.Title != "Feed" || !got.Due.Equal(state.Due) || len(got.Window) != 2 || got.Window[1] != 1<<63 {
		t.Fatalf("State = %+v, %v", got, err)
	}
	if rec, err = s.Record(ctx, "sina", []article.Entry{entry(1), entry(2)}, state); err != nil || rec.New != 0 || rec.Known != 2 {
		t.Fatalf("Record again = %+v, %v; want nothing new", rec, err)
	}
	all := pending(t, s, c, "sina")
	if len(all) != 2 || all[0].Entry.Summary == "" || all[0].Stored != nil || !all[0].FirstSeen.Equal(start) {
		t.Fatalf("Pending = %+v", all)
	}
	c.t = c.t.Add(time.Minute)
	saved := save(t, s, all[0], "<p>第一 body</p>")
	if saved.Outcome != store.OutcomeNew || saved.Revision != 1 || !strings.HasPrefix(saved.Path, "articles/sina/2026/03/2026-03-02-story-1-") {
		t.Errorf("Save = %+v", saved)
	}
	if left := pending(t, s, c, "sina"); len(left) != 1 {
		t.Errorf("%d pending after the first was saved; want 1", len(left))
	}
	for _, name := range []string{fmt.Sprint(saved.ID), saved.Path, filepath.Join(cfg.Archive, saved.Path), "https://news.example/1?utm_medium=x#top", article.HashOf(saved.Path)} {
		a, row, err := s.Article(ctx, name)
		if err != nil || row.ID != saved.ID || a.Body != "<p>第一 body</p>" || a.Status != article.Full || a.GUID != "guid-1" {
			t.Errorf("Article(%q) = %+v, %+v, %v", name, a, row.ID, err)
		}
	}
	raw, err := s.Raw(ctx, saved.ID, 0)
	if err != nil || string(raw.Body) != "<p>第一 body</p>" || raw.Header.Get("Content-Type") != "text/html; charset=gbk" || raw.URL == "" {
		t.Errorf("Raw = %+v, %v", raw, err)
	}
	counts, err := s.Counts(ctx)
	if err != nil || len(counts) != 1 || counts[0].Stored != 1 || counts[0].Pending != 1 || counts[0].Waiting != 1 || counts[0].Revisions != 1 || counts[0].Bytes == 0 {
		t.Errorf("Counts = %+v, %v", counts, err)
	}
	if _, err := s.Save(ctx, all[0], articleOf(all[0].Entry, "<p>other</p>"), nil); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("Save of what is saved already = %v; want ErrSuperseded", err)
	}
}

func revisions(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	ctx := t.Context()
	p := record(t, s, c, "sina", 1)[0]

	// The deadline has come: the summary is stored, the page still wanted.
	c.t = c.t.Add(6 * time.Hour)
	p.Then = store.Then{Try: c.t.Add(time.Hour), Until: c.t.Add(7 * 24 * time.Hour), Reason: "503 Service Unavailable", Class: "status"}
	a := articleOf(p.Entry, "<p>summary</p>")
	a.Status = article.Summary
	saved, err := s.Save(ctx, p, a, nil)
	if err != nil || saved.Outcome != store.OutcomeNew {
		t.Fatalf("Save(summary) = %+v, %v", saved, err)
	}
	path := saved.Path
	if counts, _ := s.Counts(ctx); counts[0].Summaries != 1 || counts[0].Waiting != 1 || counts[0].Stored != 1 || counts[0].Pending != 0 {
		t.Errorf("Counts = %+v", counts)
	}
	c.t = c.t.Add(time.Hour)
	p = pending(t, s, c, "sina")[0]
	if p.Stored == nil || p.Stored.Status != article.Summary || p.Attempts != 1 || p.Reason != "503 Service Unavailable" || p.Deadline.IsZero() {
		t.Fatalf("Pending = %+v", p)
	}
	if saved = save(t, s, p, "<p>the whole text</p>"); saved.Outcome != store.OutcomeCompleted || saved.Revision != 2 || saved.Path != path {
		t.Errorf("Save(full) = %+v; want completed, revision 2, the same path", saved)
	}
	completed := c.t

	// The publisher corrects, in equal length, and moves the date.
	c.t = c.t.Add(time.Hour)
	e := entry(1)
	e.Title, e.Updated = "上证指数 store 1", c.t
	rec, err := s.Record(ctx, "sina", []article.Entry{e}, store.State{})
	if err != nil || rec.Changed != 1 {
		t.Fatalf("Record(changed) = %+v, %v", rec, err)
	}
	p = pending(t, s, c, "sina")[0]
	if p.Reason != store.ReasonChanged || p.Page.ETag != `"abc"` {
		t.Errorf("Pending = %+v", p)
	}
	if saved = save(t, s, p, "<p>the whale text</p>"); saved.Outcome != store.OutcomeRevised || saved.Revision != 3 {
		t.Errorf("Save(corrected) = %+v", saved)
	}
	if len(pending(t, s, c, "sina")) != 0 {
		t.Error("still pending")
	}

	// The same again, and a paywall.
	again, err := s.Reconsider(ctx, saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := save(t, s, again, "<p>the  whale text</p>"); got.Outcome != store.OutcomeSame || got.Revision != 3 {
		t.Errorf("Save(same) = %+v", got)
	}
	a = articleOf(e, "<p>the</p>")
	a.Status = article.Partial
	if got, err := s.Save(ctx, again, a, nil); err != nil || got.Outcome != store.OutcomeSame {
		t.Errorf("Save(partial over full) = %+v, %v", got, err)
	}
	again.Reason = store.ReasonExtraction
	c.t = c.t.Add(time.Hour)
	if got := save(t, s, again, "<p>the whale text, and more</p>"); got.Outcome != store.OutcomeRevised || got.Revision != 4 {
		t.Errorf("Save(extraction) = %+v", got)
	}

	revs, err := s.Revisions(ctx, saved.ID)
	if err != nil || len(revs) != 4 {
		t.Fatalf("Revisions = %+v, %v", revs, err)
	}
	for i, want := range []struct{ reason, body string }{
		{store.ReasonExtraction, "<p>the whale text, and more</p>"},
		{store.ReasonPublisher, "<p>the whale text</p>"},
		{store.ReasonCompleted, "<p>the whole text</p>"},
		{store.ReasonFirst, "<p>summary</p>"},
	} {
		a, err := s.Revision(ctx, saved.ID, 4-i)
		if err != nil || a.Body != want.body || revs[i].Reason != want.reason || revs[i].N != 4-i || a.FirstSeen != start {
			t.Errorf("revision %d = %+v, %v; want %+v", 4-i, a, err, want)
		}
	}
	for _, tt := range []struct {
		name string
		asOf time.Time
		want int
	}{
		{"before it was seen", start.Add(-time.Second), 0},
		{"seen, nothing fetched", start.Add(time.Hour), 0},
		{"the summary", start.Add(6 * time.Hour), 1},
		{"the whole", completed, 2},
		{"now", c.t, 4},
	} {
		got := 0
		for _, r := range rows(t, s, store.Query{AsOf: tt.asOf}) {
			got = r.Revision
		}
		if got != tt.want {
			t.Errorf("%s: revision %d as of %v; want %d", tt.name, got, tt.asOf, tt.want)
		}
	}
}

func failures(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	ctx := t.Context()
	all := record(t, s, c, "sina", 1, 2, 3, 4)

	fail := func(p store.Pending, f store.Failure) {
		t.Helper()
		if err := s.Fail(ctx, p, f); err != nil {
			t.Fatalf("Fail(%+v): %v", f, err)
		}
	}
	fail(all[0], store.Failure{Reason: "timeout", Class: "timeout", Next: start.Add(time.Minute), Deadline: start.Add(time.Hour)})
	fail(all[1], store.Failure{Reason: "410 Gone", Class: "gone", Gone: true})
	fail(all[2], store.Failure{Reason: "dropped by title: 广告", Class: "filter", Dropped: true})
	fail(all[3], store.Failure{Reason: "host asks to wait", Class: "wait", Next: start.Add(time.Minute), Postpone: true})
	if got := pending(t, s, c, "sina"); len(got) != 0 {
		t.Fatalf("%d due at once; want 0", len(got))
	}
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(start.Add(time.Minute)) {
		t.Errorf("NextDue = %v, %v", next, err)
	}
	c.t = c.t.Add(time.Minute)
	got := pending(t, s, c, "sina")
	if len(got) != 2 || got[0].Attempts+got[1].Attempts != 1 {
		t.Fatalf("Pending = %+v; want two, one of them with an attempt", got)
	}
	counts, _ := s.Counts(ctx)
	if want := (store.Count{Source: "sina", Waiting: 2, Pending: 2, Gone: 1, Dropped: 1}); counts[0] != want {
		t.Errorf("Counts = %+v; want %+v", counts[0], want)
	}
	reasons, err := s.Reasons(ctx, "sina")
	if err != nil || len(reasons) != 2 || reasons[0].Count != 1 || reasons[0].Class != "timeout" {
		t.Errorf("Reasons = %+v, %v", reasons, err)
	}
	gone := rows(t, s, store.Query{States: []string{store.StateGone, store.StateDropped}})
	if len(gone) != 2 {
		t.Errorf("Articles(gone, dropped) = %+v", gone)
	}
	rec, err := s.Record(ctx, "sina", []article.Entry{entry(2)}, store.State{})
	if err != nil || rec.New != 0 || rec.Known != 1 {
		t.Errorf("Record of one that is gone = %+v, %v; want known", rec, err)
	}
	fail(got[0], store.Failure{Reason: "given up"})
	if r := rows(t, s, store.Query{States: []string{store.StateDropped}}); len(r) != 2 {
		t.Errorf("given up: %+v; want it among the dropped", r)
	}
}

func hosts(t *testing.T, place Place) {
	s := fresh(t, place, &clock{start})
	ctx := t.Context()
	if got, err := s.LoadHost(ctx, "a.example"); err != nil || got != nil {
		t.Errorf("LoadHost = %q, %v; want nothing", got, err)
	}
	for _, v := range []string{"one", "two"} {
		if err := s.SaveHost(ctx, "a.example", []byte(v)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.LoadHost(ctx, "a.example"); err != nil || string(got) != v {
			t.Errorf("LoadHost = %q, %v; want %q", got, err, v)
		}
	}
}

func quietListing(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	for _, p := range record(t, s, c, "sina", 1, 2, 3) {
		save(t, s, p, "<p>x</p>")
	}
	seen := rows(t, s, store.Query{})[0].LastSeen
	c.t = c.t.Add(time.Hour)
	record(t, s, c, "sina", 1, 2, 3)
	if got := rows(t, s, store.Query{})[0].LastSeen; !got.Equal(seen) {
		t.Errorf("LastSeen went from %v to %v within an hour", seen, got)
	}
	c.t = c.t.Add(24 * time.Hour)
	record(t, s, c, "sina", 1, 2, 3)
	if got := rows(t, s, store.Query{})[0].LastSeen; !got.Equal(c.t) {
		t.Errorf("LastSeen = %v a day later; want %v", got, c.t)
	}
}

func changesForNothing(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	save(t, s, record(t, s, c, "sina", 1)[0], "<p>x</p>")
	tries := 0
	for i := range 24 * 6 {
		c.t = c.t.Add(10 * time.Minute)
		e := entry(1)
		e.Summary = fmt.Sprintf("%d views", i)
		if _, err := s.Record(t.Context(), "sina", []article.Entry{e}, store.State{}); err != nil {
			t.Fatal(err)
		}
		for _, p := range pending(t, s, c, "sina") {
			tries++
			p.Entry = entry(1) // the same date and title
			if got := save(t, s, p, "<p>x</p>"); got.Outcome != store.OutcomeSame {
				t.Fatalf("Save = %+v; want same", got)
			}
		}
	}
	if tries < 2 || tries > 12 {
		t.Errorf("%d looks at the page in a day; want a few", tries)
	}
}

func reprocess(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	ctx := t.Context()
	p := record(t, s, c, "sina", 1)[0]
	p.Then = store.Then{Try: start.Add(time.Hour), Reason: "503", Check: start.Add(2 * time.Hour), Step: 2}
	a := articleOf(p.Entry, "<p>summary</p>")
	a.Status = article.Summary
	saved, err := s.Save(ctx, p, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Reconsider(ctx, saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	again.Reason = store.ReasonExtraction
	a = articleOf(p.Entry, "<p>summary, cleaner</p>")
	a.Status = article.Summary
	if got, err := s.Save(ctx, again, a, nil); err != nil || got.Outcome != store.OutcomeRevised {
		t.Fatalf("Save = %+v, %v", got, err)
	}
	r, err := s.Row(ctx, saved.Path)
	if err != nil || !r.Waiting || r.Reason != "503" || !r.Check.Equal(start.Add(2*time.Hour)) || r.Step != 2 || r.RevisedFor != store.ReasonExtraction {
		t.Errorf("Row = %+v, %v; want it to wait as before", r, err)
	}
	again, err = s.Reconsider(ctx, saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(ctx, again, store.Failure{Reason: "410 Gone", Gone: true}); err != nil {
		t.Fatal(err)
	}
	again.Reason = store.ReasonExtraction
	a = articleOf(p.Entry, "<p>summary, cleaner still</p>")
	a.Status = article.Summary
	if _, err := s.Save(ctx, again, a, nil); err != nil {
		t.Fatal(err)
	}
	if r, err = s.Row(ctx, saved.Path); err != nil || r.State != store.StateGone || r.Waiting {
		t.Errorf("Row = %+v, %v; want the tombstone to stay", r, err)
	}
	sums(t, s)
}

func changedMeanwhile(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	p := record(t, s, c, "sina", 1)[0]
	e := entry(1)
	e.Title = "Corrected"
	if _, err := s.Record(t.Context(), "sina", []article.Entry{e}, store.State{}); err != nil {
		t.Fatal(err)
	}
	save(t, s, p, "<p>as it was</p>")
	left := pending(t, s, c, "sina")
	if len(left) != 1 || left[0].Entry.Title != "Corrected" || left[0].Reason != store.ReasonChanged {
		t.Errorf("Pending = %+v; want the changed entry", left)
	}
}

// corrected: a link that leads nowhere is put right while its page is waited for, and after its summary was stored.
func corrected(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	for n, after := range []string{"nothing is stored yet", "a summary is stored"} {
		e := entry(n)
		e.Link = "https://news.example/wrong"
		recorded(t, s, "sina", e)
		p := pending(t, s, c, "sina")[0]
		if n == 0 {
			if err := s.Fail(t.Context(), p, store.Failure{Reason: "404", Next: c.t.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		} else {
			p.Then = store.Then{Try: c.t.Add(time.Hour), Until: c.t.Add(24 * time.Hour)}
			a := articleOf(p.Entry, "<p>short</p>")
			a.Status = article.Summary
			if _, err := s.Save(t.Context(), p, a, nil); err != nil {
				t.Fatal(err)
			}
		}
		e.Link = entry(n).Link
		if rec := recorded(t, s, "sina", e); rec.New+rec.Changed > 0 || len(pending(t, s, c, "sina")) > 0 {
			t.Errorf("%s: Record = %+v; want the entry to wait for its turn as before", after, rec)
		}
		c.t = c.t.Add(time.Hour)
		p = pending(t, s, c, "sina")[0]
		if p.Entry.Link != e.Link {
			t.Fatalf("%s: its page is asked for at %s; want %s", after, p.Entry.Link, e.Link)
		}
		save(t, s, p, "<p>the whole text</p>")
		if a, row, err := s.Article(t.Context(), e.Link); err != nil || row.Link != e.Link || a.Status != article.Full {
			t.Errorf("%s: Article(%s) = %+v, %+v, %v", after, e.Link, a, row, err)
		}
	}
}

// recorded lists entries of a source, and says what Record made of them.
func recorded(t *testing.T, s *store.Store, source string, entries ...article.Entry) store.Recorded {
	t.Helper()
	rec, err := s.Record(t.Context(), source, entries, store.State{})
	if err != nil {
		t.Fatalf("Record: %v", err)
	}
	return rec
}

// renamed: other GUIDs, and https, for all that is listed. What shares no more than its address stays apart.
func renamed(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	ctx := t.Context()
	var old, now []article.Entry
	for n := range 5 {
		e := entry(n)
		e.Link = strings.Replace(e.Link, "https:", "http:", 1)
		switch n {
		case 1:
			e.PublishedRaw, e.Published = "", time.Time{} // it is known by its text
		case 2:
			e.GUID = "" // it had none before
		}
		old = append(old, e)
		e.GUID = fmt.Sprintf("https://news.example/?p=%d", n)
		if n != 3 {
			e.Link = entry(n).Link
		}
		now = append(now, e)
	}
	for n, raw := range []string{"Mon, 23 Nov 2026 08:15:00 GMT", "Mon, 23 Nov 2026 00:00:00 GMT"} { // by title and time, with another text
		e := article.Entry{GUID: fmt.Sprint("halt-", n), Link: "https://exchange.example/halts", Title: "Trading halt", PublishedRaw: raw, Summary: "Of A"}
		recorded(t, s, "exchange", e)
		e.GUID, e.Summary = e.GUID+"-again", "Of B"
		if rec := recorded(t, s, "exchange", e); rec.New != n {
			t.Errorf("Record of an announcement of the same title and date %q = %+v; want %d new", raw, rec, n)
		}
	}
	ticker := article.Entry{GUID: "tick-1", Link: "https://news.example/ticker", Title: "Stocks open higher", PublishedRaw: "today", Published: start}
	other := ticker
	other.GUID, other.Title = "tick-2", "Stocks close lower"
	later := ticker
	later.GUID, later.PublishedRaw = "tick-3", "tomorrow"
	recorded(t, s, "sina", append(old, ticker)...)
	for _, p := range pending(t, s, c, "sina")[1:] { // the first still waits for its page
		save(t, s, p, "<p>text of "+p.Entry.Title+"</p>")
	}
	if n, err := s.Known(ctx, "sina", append(now, other)); err != nil || n != len(now) {
		t.Errorf("Known = %d, %v; want %d", n, err, len(now))
	}
	for range 2 {
		if rec := recorded(t, s, "sina", now...); rec.New+rec.Changed > 0 || rec.Known != len(now) {
			t.Errorf("Record under other GUIDs = %+v; want all known, and nothing new", rec)
		}
	}
	if rec := recorded(t, s, "sina", ticker, other, later); rec.New != 2 {
		t.Errorf("Record of a ticker = %+v; want two new entries", rec)
	}
	now[4].Summary += "corrected"
	if rec := recorded(t, s, "sina", now...); rec.Changed != 1 {
		t.Errorf("Record of a correction under another GUID = %+v; want it changed", rec)
	}
	// Both keys in one listing: the article's own counts, and they do not take turns in changing it.
	for range 2 {
		if rec := recorded(t, s, "sina", now[3], old[3], old[4], now[4]); rec.New > 0 {
			t.Errorf("Record under both GUIDs = %+v", rec)
		}
	}
	for _, p := range pending(t, s, c, "sina") {
		save(t, s, p, "<p>text of "+p.Entry.Title+"</p>")
	}
	if rec := recorded(t, s, "sina", old[3], now[3], old[4], now[4]); rec.New+rec.Changed > 0 {
		t.Errorf("Record under both GUIDs = %+v; want no change", rec)
	}
	if got := len(rows(t, s, store.Query{Sources: []string{"sina"}})); got != len(old)+3 {
		t.Errorf("%d articles; want %d and the three of the ticker", got, len(old))
	}
	if rep, err := s.Verify(ctx, store.Watch{}); err != nil || !rep.Clean() {
		t.Errorf("Verify = %+v, %v", rep, err)
	}
}

func listing(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	for i, source := range []string{"a", "b", "c"} {
		for _, p := range record(t, s, c, source, 10*i+1, 10*i+2, 10*i+3) {
			save(t, s, p, "<p>x</p>")
		}
	}
	future := entry(99)
	future.Published = start.AddDate(5, 0, 0)
	if _, err := s.Record(t.Context(), "a", []article.Entry{future}, store.State{}); err != nil {
		t.Fatal(err)
	}
	titles := func(q store.Query) string {
		var all []string
		for _, r := range rows(t, s, q) {
			all = append(all, strings.TrimPrefix(r.Title, "上证指数 story "))
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		name string
		q    store.Query
		want string
	}{
		{"all that is stored, newest first", store.Query{}, "1 2 3 11 12 13 21 22 23"},
		{"no more than asked for", store.Query{Limit: 4}, "1 2 3 11"},
		{"one source", store.Query{Sources: []string{"b"}}, "11 12 13"},
		{"two sources", store.Query{Sources: []string{"c", "a"}}, "1 2 3 21 22 23"},
		{"two sources, no more than asked for", store.Query{Sources: []string{"c", "a", "c"}, Limit: 4}, "1 2 3 21"},
		{"two states that few are in", store.Query{States: []string{store.StatePending, store.StateGone}}, "99"},
		{"a source that does not exist, and one that does", store.Query{Sources: []string{"nobody", "b"}}, "11 12 13"},
		{"a source that does not exist", store.Query{Sources: []string{"nobody"}}, ""},
		{"since is inclusive", store.Query{Since: start.Add(-3 * time.Minute)}, "1 2 3"},
		{"until is exclusive", store.Query{Until: start.Add(-12 * time.Minute)}, "13 21 22 23"},
		{"a date in the future stands where it was first seen", store.Query{States: []string{store.StatePending, store.StateStored}, Limit: 2}, "99 1"},
		{"pending", store.Query{States: []string{store.StatePending}}, "99"},
	} {
		if got := titles(tt.q); got != tt.want {
			t.Errorf("%s: Articles(%+v) = %q; want %q", tt.name, tt.q, got, tt.want)
		}
	}
}

func rechecks(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	ctx := t.Context()
	p := record(t, s, c, "sina", 1)[0]
	p.Then = store.Then{Check: start.Add(30 * time.Minute), Step: 1}
	save(t, s, p, "<p>x</p>")
	if due, err := s.Rechecks(ctx, c.t, 10); err != nil || len(due) != 0 {
		t.Fatalf("Rechecks at once = %+v, %v", due, err)
	}
	c.t = start.Add(30 * time.Minute)
	due, err := s.Rechecks(ctx, c.t, 10)
	if err != nil || len(due) != 1 || !due[0].Check || due[0].Step != 1 || due[0].Page.ETag != `"abc"` || due[0].Entry.Link == "" {
		t.Fatalf("Rechecks = %+v, %v", due, err)
	}
	if err := s.Fail(ctx, due[0], store.Failure{Reason: "timeout", Next: start.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if left := pending(t, s, c, "sina"); len(left) != 0 {
		t.Errorf("a recheck that failed made the article pending: %+v", left)
	}
	c.t = start.Add(time.Hour)
	if due, err = s.Rechecks(ctx, c.t, 10); err != nil || len(due) != 1 {
		t.Fatalf("Rechecks = %+v, %v", due, err)
	}
	if got := save(t, s, due[0], "<p>corrected</p>"); got.Outcome != store.OutcomeRevised {
		t.Errorf("Save = %+v", got)
	}
	if due, _ = s.Rechecks(ctx, start.AddDate(1, 0, 0), 10); len(due) != 0 {
		t.Errorf("Rechecks after the ladder = %+v", due)
	}
}

// fill makes an archive with everything in it: full, summary, revised, pending, and an entry without GUID.
func fill(t *testing.T, s *store.Store, c *clock) {
	t.Helper()
	for _, p := range record(t, s, c, "a", 1, 2, 3) {
		save(t, s, p, fmt.Sprintf("<p>body of %s</p>", p.Entry.GUID))
	}
	bare := entry(4)
	bare.GUID, bare.Link = "", "https://t.example/short/4?utm_source=x"
	nothing := article.Entry{Title: "Neither GUID nor link", Published: start, PublishedRaw: "today"}
	if _, err := s.Record(t.Context(), "b", []article.Entry{bare, nothing}, store.State{Title: "B"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range pending(t, s, c, "b") {
		a := articleOf(p.Entry, "<p>redirected</p>")
		a.Status = article.Summary
		if p.Entry.Link != "" {
			a.SourceURL = "https://news.example/long/4"
		}
		p.Then = store.Then{Try: c.t.Add(time.Hour), Reason: "404"}
		if _, err := s.Save(t.Context(), p, a, nil); err != nil {
			t.Fatal(err)
		}
	}
	c.t = c.t.Add(2 * time.Hour)
	e := entry(1)
	e.Updated = c.t
	if _, err := s.Record(t.Context(), "a", []article.Entry{e}, store.State{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range pending(t, s, c, "a") {
		save(t, s, p, "<p>corrected</p>")
	}
	for _, p := range pending(t, s, c, "b") {
		if p.Entry.Link == "" {
			continue
		}
		a := articleOf(p.Entry, "<p>redirected, and the whole of it</p>")
		a.SourceURL = "https://news.example/long/4"
		if _, err := s.Save(t.Context(), p, a, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// told is what a row says that its file says too.
func told(all []store.Row) string {
	var b strings.Builder
	slices.SortFunc(all, func(x, y store.Row) int { return strings.Compare(x.Path, y.Path) })
	for _, r := range all {
		fmt.Fprintln(&b, r.Source, r.GUID, r.URL, r.Title, r.Author, r.Categories, r.Tags, r.Published, r.PublishedRaw, r.Updated, r.At, r.FirstSeen,
			r.Fetched, r.State, r.Status, r.Revision, r.RevisedFor, r.Path, r.SHA256, r.Bytes, r.ContentHash)
	}
	return b.String()
}

func rebuild(t *testing.T, place Place) {
	for _, profile := range []string{"hexo", "seed", "markdown"} {
		c := &clock{start}
		cfg, files := place(t)
		cfg.Format.Profile = profile
		s := open(t, cfg, store.Options{Now: c.now, Files: files()})
		fill(t, s, c)
		want := told(rows(t, s, store.Query{}))
		var wantRevs []string
		for _, r := range rows(t, s, store.Query{}) {
			revs, err := s.Revisions(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			wantRevs = append(wantRevs, fmt.Sprintf("%s %+v", r.Path, revs))
		}

		other := *cfg
		other.Database = filepath.Join(t.TempDir(), "rebuilt.db")
		re := open(t, &other, store.Options{Now: c.now, Files: files()})
		report, err := re.Reindex(t.Context(), store.Watch{})
		if err != nil || report.Added != 5 || report.Revisions != 2 || report.Torn != 0 {
			t.Fatalf("%s: Reindex = %+v, %v; want 5 added, 2 revisions", profile, report, err)
		}
		if profile == "hexo" { // the other profiles keep less
			if got := told(rows(t, re, store.Query{})); got != want {
				t.Errorf("rows of the rebuilt database:\n%s\nwant:\n%s", got, want)
			}
			var revs []string
			for _, r := range rows(t, re, store.Query{}) {
				all, err := re.Revisions(t.Context(), r.ID)
				if err != nil {
					t.Fatal(err)
				}
				revs = append(revs, fmt.Sprintf("%s %+v", r.Path, all))
			}
			slices.Sort(revs)
			slices.Sort(wantRevs)
			if !slices.Equal(revs, wantRevs) {
				t.Errorf("revisions of the rebuilt database:\n%s\nwant:\n%s", strings.Join(revs, "\n"), strings.Join(wantRevs, "\n"))
			}
			if report.Partly != 2 {
				t.Errorf("Partly = %d; want 2: the entries that redirect or have neither GUID nor link", report.Partly)
			}
		}
		if report, err := re.Verify(t.Context(), store.Watch{}); err != nil || !report.Clean() {
			t.Errorf("%s: Verify after Reindex = %+v, %v", profile, report, err)
		}
		// The same feed again: nothing of it is new.
		bare := entry(4)
		bare.GUID, bare.Link = "", "https://t.example/short/4?utm_source=x"
		nothing := article.Entry{Title: "Neither GUID nor link", Published: start, PublishedRaw: "today"}
		for range 2 {
			for source, entries := range map[string][]article.Entry{"a": {entry(1), entry(2), entry(3)}, "b": {bare, nothing}} {
				rec, err := re.Record(t.Context(), source, entries, store.State{})
				if err != nil || rec.New != 0 || rec.Changed != 0 || rec.Known != len(entries) {
					t.Errorf("%s: Record(%s) after Reindex = %+v, %v; want all known", profile, source, rec, err)
				}
			}
		}
		if profile == "hexo" {
			if r, err := re.Row(t.Context(), "https://news.example/long/4"); err != nil || r.Link != bare.Link || r.URL != "https://news.example/long/4" {
				t.Errorf("Row(canonical) = %+v, %v", r, err)
			}
		}
		sums(t, re)
	}
}

// sums checks that the counters are what counting gives.
func sums(t *testing.T, s *store.Store) {
	t.Helper()
	counts, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*store.Count{}
	states := []string{store.StatePending, store.StateStored, store.StateGone, store.StateDropped}
	for _, r := range rows(t, s, store.Query{States: states}) {
		c := want[r.Source]
		if c == nil {
			c = &store.Count{Source: r.Source}
			want[r.Source] = c
		}
		c.Bytes += r.Bytes
		c.Revisions += r.Revision
		if r.Waiting {
			c.Waiting++
		}
		switch r.State {
		case store.StatePending:
			c.Pending++
		case store.StateStored:
			c.Stored++
			switch r.Status {
			case article.Summary:
				c.Summaries++
			case article.Partial:
				c.Partials++
			}
		case store.StateGone:
			c.Gone++
		case store.StateDropped:
			c.Dropped++
		}
	}
	for _, c := range counts {
		if w := want[c.Source]; w == nil && c != (store.Count{Source: c.Source}) || w != nil && *w != c {
			t.Errorf("Counts of %s = %+v; counting gives %+v", c.Source, c, w)
		}
	}
}

func repair(t *testing.T, place Place) {
	c := &clock{start}
	cfg, files := place(t)
	f := files()
	s := open(t, cfg, store.Options{Now: c.now, Files: f})
	fill(t, s, c)
	pendings := record(t, s, c, "crash", 7)
	var stored []store.Row
	stored = append(stored, rows(t, s, store.Query{Sources: []string{"a"}})...)
	// Another archive stored the same entry: its file is what a crash between rename and commit leaves here.
	otherCfg, otherFiles := place(t)
	of := otherFiles()
	o := open(t, otherCfg, store.Options{Now: c.now, Files: of})
	left := save(t, o, record(t, o, c, "crash", 7)[0], "<p>crashed</p>")
	raw := use(t, cfg, files)
	write(t, raw, left.Path, string(read(t, use(t, otherCfg, otherFiles), left.Path)))

	// By hand: one file edited, one removed.
	edited, removed := stored[0], stored[1]
	write(t, raw, edited.Path, strings.Replace(string(read(t, raw, edited.Path)), "</div>", "<p>by hand</p>\n</div>", 1))
	if err := raw.Remove(t.Context(), removed.Path); err != nil {
		t.Fatal(err)
	}

	report, err := s.Reindex(t.Context(), store.Watch{})
	if err != nil || report.Updated != 2 || report.Added != 0 || report.Dropped != 1 {
		t.Fatalf("Reindex = %+v, %v; want 2 updated, 1 dropped", report, err)
	}
	if left := pending(t, s, c, "crash"); len(left) != 0 {
		t.Errorf("the adopted article is still pending: %+v", left)
	}
	if _, err := s.Save(t.Context(), pendings[0], articleOf(pendings[0].Entry, "<p>late</p>"), nil); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("Save after the adoption = %v; want ErrSuperseded", err)
	}
	if a, _, err := s.Article(t.Context(), edited.Path); err != nil || !strings.Contains(a.Body, "by hand") {
		t.Errorf("Article(edited) = %+v, %v", a, err)
	}
	if r, err := s.Row(t.Context(), fmt.Sprint(removed.ID)); err != nil || r.State != store.StateDropped || r.Path != "" {
		t.Errorf("Row(removed) = %+v, %v; want dropped", r, err)
	}
	if rec, err := s.Record(t.Context(), "a", []article.Entry{entry(1), entry(2), entry(3)}, store.State{}); err != nil || rec.New != 0 {
		t.Errorf("Record after Reindex = %+v, %v", rec, err)
	}
	if again, err := s.Reindex(t.Context(), store.Watch{}); err != nil || again.Updated+again.Added+again.Dropped != 0 {
		t.Errorf("Reindex again = %+v, %v; want nothing to do", again, err)
	}
	sums(t, s)
}

// lost: the database is gone, or a copy from before is in its place, and nobody builds it again. What the feeds still
// list finds its files: what was seen first stays so, and no revision is written over.
func lost(t *testing.T, place Place) {
	for _, tt := range []struct {
		name, profile string
		before        int // articles that the copy has
		editions      []string
	}{
		{"gone", "hexo", 0, []string{"second"}},
		{"older than the files", "hexo", 1, []string{"second"}},
		{"much older than the files", "hexo", 1, []string{"second", "third"}},
		{"gone, and the files say little", "seed", 0, []string{"second"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg, files := place(t)
			cfg.Format.Profile = tt.profile
			later := *cfg
			later.Database = filepath.Join(t.TempDir(), "later.db")
			c := &clock{start}
			copied := open(t, cfg, store.Options{Now: c.now, Files: files()})
			edition(t, copied, c, tt.before, "first")
			lived := open(t, &later, store.Options{Now: c.now, Files: files()})
			if _, err := lived.Reindex(t.Context(), store.Watch{}); err != nil {
				t.Fatal(err)
			}
			edition(t, lived, c, 2, "first")
			for _, text := range tt.editions {
				edition(t, lived, c, 2, text)
			}
			c.t = c.t.Add(30 * 24 * time.Hour)
			edition(t, copied, c, 2, "last")
			for _, row := range rows(t, copied, store.Query{}) {
				a, _, err := copied.Article(t.Context(), row.Path)
				if err != nil || row.Revision != len(tt.editions)+2 || a.Text() != "last" {
					t.Errorf("%s is revision %d, %q, %v; want the last of %d", row.Path, row.Revision, a.Text(), err, len(tt.editions)+2)
				}
				if tt.profile == "hexo" && row.FirstSeen.After(start.Add(time.Hour)) {
					t.Errorf("%s was first seen %s; want what its file says", row.Path, row.FirstSeen)
				}
			}
			if _, err := copied.Reindex(t.Context(), store.Watch{}); err != nil {
				t.Fatal(err)
			}
			for _, row := range rows(t, copied, store.Query{}) {
				for n, want := range append([]string{"first"}, tt.editions...) {
					if a, err := copied.Revision(t.Context(), row.ID, n+1); err != nil || a.Text() != want {
						t.Errorf("revision %d of %s = %+v, %v; want %q", n+1, row.Path, a, err, want)
					}
				}
			}
			if rep, err := copied.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) { t.Log(f) }}); err != nil || !rep.Clean() {
				t.Errorf("Verify = %+v, %v", rep, err)
			}
		})
	}
}

// edition publishes some articles, or their corrections, and stores what is due.
func edition(t *testing.T, s *store.Store, c *clock, articles int, text string) {
	t.Helper()
	for n := range articles {
		e := entry(n)
		e.Summary = fmt.Sprintf("%s, listed at %s", text, c.t)
		if _, err := s.Record(t.Context(), fmt.Sprint("source-", n), []article.Entry{e}, store.State{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pending(t, s, c, "") {
		save(t, s, p, "<p>"+text+"</p>")
	}
	c.t = c.t.Add(time.Hour)
}

func verify(t *testing.T, place Place) {
	c := &clock{start}
	cfg, files := place(t)
	s := open(t, cfg, store.Options{Now: c.now, Files: files()})
	fill(t, s, c)
	if report, err := s.Verify(t.Context(), store.Watch{}); err != nil || !report.Clean() || report.Rows != 7 || report.Files != 7 {
		t.Fatalf("Verify = %+v, %v; want 7 rows, 7 files, all in order", report, err)
	}
	raw := use(t, cfg, files)
	all := rows(t, s, store.Query{Sources: []string{"a"}})
	revs, err := s.Revisions(t.Context(), all[0].ID)
	if err != nil || len(revs) != 2 {
		t.Fatalf("Revisions = %+v, %v", revs, err)
	}
	write(t, raw, all[0].Path, strings.Replace(string(read(t, raw, all[0].Path)), "corrected", "korrected", 1))
	write(t, raw, all[1].Path, "---\ntitle: 'cut o")
	for _, name := range []string{all[2].Path, revs[1].Path} {
		if err := raw.Remove(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	write(t, raw, "articles/a/2026/03/2026-03-02-stray-0123456789ab.md", "stray")
	write(t, raw, "articles/note.md", "stray")
	faults := map[string]string{}
	report, err := s.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) { faults[f.Path] = f.Kind }})
	if err != nil || report.Changed != 1 || report.Torn != 1 || report.Missing != 2 || report.Orphans != 2 || report.Clean() {
		t.Errorf("Verify = %+v, %v", report, err)
	}
	for name, want := range map[string]string{
		all[0].Path: "changed", all[1].Path: "torn", all[2].Path: "missing", revs[1].Path: "missing", "articles/note.md": "orphan",
	} {
		if faults[name] != want {
			t.Errorf("fault of %s = %q; want %q", name, faults[name], want)
		}
	}
}

func fence(t *testing.T, place Place) {
	c := &clock{start}
	cfg, files := place(t)
	s := open(t, cfg, store.Options{Now: c.now, Files: files()})
	other := open(t, cfg, store.Options{Now: c.now, Files: files()})
	const n = 20
	var ids []int
	for i := range n {
		ids = append(ids, i+1)
	}
	mine := record(t, s, c, "sina", ids...)
	theirs := pending(t, other, c, "sina")
	results := make(chan error, 2*n)
	for i := range n {
		for _, x := range []struct {
			s *store.Store
			p store.Pending
		}{{s, mine[i]}, {other, theirs[i]}} {
			go func() {
				_, err := x.s.Save(t.Context(), x.p, articleOf(x.p.Entry, fmt.Sprintf("<p>%p</p>", x.s)), nil)
				results <- err
			}()
		}
	}
	won, lost := 0, 0
	for range 2 * n {
		switch err := <-results; {
		case err == nil:
			won++
		case errors.Is(err, store.ErrSuperseded):
			lost++
		default:
			t.Error(err)
		}
	}
	if won != n || lost != n {
		t.Errorf("%d saved, %d superseded; want %d each", won, lost, n)
	}
	if report, err := s.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) { t.Errorf("%+v", f) }}); err != nil || !report.Clean() {
		t.Errorf("Verify = %+v, %v", report, err)
	}
	for _, r := range rows(t, s, store.Query{}) {
		if r.Revision != 1 {
			t.Errorf("%s has revision %d", r.Path, r.Revision)
		}
	}
}

func together(t *testing.T, place Place) {
	c := &clock{start}
	s := fresh(t, place, c)
	const sources = 40
	done := make(chan error, sources)
	for i := range sources {
		go func() {
			source := fmt.Sprintf("s%d", i)
			done <- func() error {
				if _, err := s.Record(t.Context(), source, []article.Entry{entry(1), entry(2), entry(3)}, store.State{Failures: i}); err != nil {
					return err
				}
				all, err := s.Pending(t.Context(), source, c.t, 10)
				if err != nil || len(all) != 3 {
					return fmt.Errorf("pending of %s = %d, %w", source, len(all), err)
				}
				if _, err := s.Save(t.Context(), all[0], articleOf(all[0].Entry, "<p>x</p>"), page("x")); err != nil {
					return err
				}
				if err := s.Fail(t.Context(), all[1], store.Failure{Reason: "no", Next: c.t.Add(time.Hour)}); err != nil {
					return err
				}
				return s.Touch(t.Context(), store.State{Source: source, Failures: i + 1})
			}()
		}()
	}
	for range sources {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	const more = 600 // more than share a transaction, each a source that is new
	for i := range more {
		go func() { done <- s.Touch(t.Context(), store.State{Source: fmt.Sprintf("more%d", i)}) }()
	}
	for range more {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	states := 0
	for _, err := range s.States(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		states++
	}
	if states != sources+more {
		t.Fatalf("%d States; want %d", states, sources+more)
	}
	sums(t, s)
}

// use opens the files of an archive once more, beside the store.
func use(t *testing.T, cfg *config.Config, files func() store.Files) store.Files {
	t.Helper()
	if f := files(); f != nil {
		t.Cleanup(func() { f.Close() })
		return f
	}
	f, err := store.OpenFolder(cfg.Archive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func write(t *testing.T, f store.Files, name, data string) {
	t.Helper()
	st, err := f.Stage(t.Context(), name, []byte(data), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Publish(); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(t.Context(), path.Dir(name)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, f store.Files, name string) []byte {
	t.Helper()
	data, err := f.Read(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Files runs the suite of the files alone. open opens the same empty place as often as it is called.
func Files(t *testing.T, open func() (store.Files, error)) {
	f, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx := t.Context()
	const name = "articles/a/2026/01/x.md"

	st, err := f.Stage(ctx, name, []byte("one"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(ctx, name, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Read before Publish = %v; want fs.ErrNotExist", err)
	}
	if err := st.Publish(); err != nil {
		t.Fatal(err)
	}
	st.Discard()
	if got := read(t, f, name); string(got) != "one" {
		t.Errorf("Read = %q; want %q", got, "one")
	}
	write(t, f, name, "two, longer")
	if got := read(t, f, name); string(got) != "two, longer" {
		t.Errorf("Read = %q after it was replaced", got)
	}
	if size, err := f.Stat(ctx, name); err != nil || size != 11 {
		t.Errorf("Stat = %d, %v", size, err)
	}
	if _, err := f.Read(ctx, name, 5); err == nil {
		t.Error("Read of more than the limit: no error")
	}
	discarded, err := f.Stage(ctx, "articles/a/discarded.md", []byte("x"), true)
	if err != nil {
		t.Fatal(err)
	}
	discarded.Discard()
	for _, bad := range []string{"../x", "/etc/x", "a/../../x", "", ".", "a//b"} {
		if st, err := f.Stage(ctx, bad, []byte("x"), true); err == nil {
			st.Discard()
			t.Errorf("Stage(%q): no error", bad)
		}
	}
	write(t, f, "articles/b/.hidden", "x")
	write(t, f, "revisions/a/1.md", "x")
	var names []string
	walk := func(name string) error { names = append(names, name); return nil }
	if err := f.Walk(ctx, "articles", walk); err != nil || !slices.Equal(names, []string{name}) {
		t.Errorf("Walk = %q, %v; want %q", names, err, name)
	}
	if err := f.Walk(ctx, "nowhere", walk); err != nil || len(names) != 1 {
		t.Errorf("Walk of a missing folder = %q, %v", names, err)
	}
	for range 2 {
		if err := f.Remove(ctx, name); err != nil {
			t.Errorf("Remove: %v", err)
		}
	}
	if _, err := f.Read(ctx, name, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Read of a removed file = %v; want fs.ErrNotExist", err)
	}

	// Another process, alive: what it writes is left alone.
	other, err := open()
	if err != nil {
		t.Fatal(err)
	}
	st, err = other.Stage(ctx, name, []byte("three"), true)
	if err != nil {
		t.Fatal(err)
	}
	third, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if left, err := third.Leftovers(ctx); err != nil || len(left) != 0 {
		t.Errorf("Leftovers = %q, %v; want none, their process lives", left, err)
	}
	if err := st.Publish(); err != nil {
		t.Errorf("Publish after another one has opened the place: %v", err)
	}
	for _, f := range []store.Files{other, third} {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}
