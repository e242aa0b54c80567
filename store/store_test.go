package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var start = time.Date(2026, 3, 2, 14, 31, 0, 0, time.UTC)

func settings(dir string) *config.Config {
	return &config.Config{
		Archive: dir,
		Format: config.Format{Profile: "hexo", Extra: []string{
			"source_url", "guid", "updated", "tags", "published_raw", "first_seen", "fetched_at", "revision", "body_status", "content_hash",
		}},
		Raw: config.Raw{Keep: config.Forever},
	}
}

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

func TestAnArticleFromListingToFile(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	cfg := settings(t.TempDir())
	s := open(t, cfg, store.Options{Now: c.now})
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

func TestRevisions(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	s := open(t, settings(t.TempDir()), store.Options{Now: c.now})
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

func TestFailures(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	s := open(t, settings(t.TempDir()), store.Options{Now: c.now})
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

func TestHostsAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, settings(t.TempDir()), store.Options{})
	ctx := context.Background()
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
