package store

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

// No statement of the daily work may read a whole table of articles: each must find its rows by an index.
func TestNothingIsLinearInWhatIsStored(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(ctx, &config.Config{Archive: t.TempDir(), Format: config.Format{Profile: "hexo"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	for i := range 3 {
		e := article.Entry{GUID: "g", Link: "https://a.example/1", Title: fmt.Sprint(i)}
		if _, err := s.Record(ctx, "a", []article.Entry{e, {GUID: "h"}}, State{}); err != nil {
			t.Fatal(err)
		}
		due, err := s.Pending(ctx, "a", time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range due {
			if p.Entry.GUID == "h" {
				err = s.Fail(ctx, p, Failure{Next: now.Add(time.Hour)})
			} else {
				p.Print = &Print{Data: []byte("x"), Keys: []int64{1, 2}}
				_, err = s.Save(ctx, p, &article.Article{Title: e.Title, Body: e.Title, SourceURL: "https://b.example/"}, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, guid := range []string{"g2", "g2"} { // another GUID for what is known
		e := article.Entry{GUID: guid, Link: "https://a.example/1", Title: "2"}
		if rec, err := s.Record(ctx, "a", []article.Entry{e}, State{}); err != nil || rec.New > 0 {
			t.Fatalf("Record = %+v, %v", rec, err)
		}
		if _, err := s.Known(ctx, "a", []article.Entry{e, {GUID: "g3", Link: e.Link}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []Query{
		{},
		{Sources: []string{"a"}, Since: now.Add(-time.Hour), Until: now},
		{Sources: []string{"a", "b"}, States: []string{StateStored}, AsOf: now.Add(-time.Minute)},
	} {
		for _, err := range s.Articles(ctx, q) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, do := range []func() error{
		func() error { _, err := s.Pending(ctx, "", now, 1); return err },
		func() error { _, err := s.Rechecks(ctx, now, 1); return err },
		func() error { _, err := s.NextDue(ctx); return err },
		func() error { _, err := s.Row(ctx, "https://b.example/"); return err },
		func() error { _, err := s.Revisions(ctx, 1); return err },
		func() error { _, err := s.Raw(ctx, 1, 0); return err },
		func() error { _, err := s.Counts(ctx); return err },
		func() error { _, err := s.Reasons(ctx, "a"); return err },
		func() error { _, err := s.Near(ctx, []int64{1, 2, 3}, 40, nil); return err },
		func() error { _, err := s.Elsewhere(ctx, "b", "https://b.example/"); return err },
		func() error { _, err := s.NextTry(ctx, "a"); return err },
		func() error { return s.SaveHost(ctx, "a.example", []byte("x")) },
	} {
		_ = do() // what is asked for need not be there
	}

	var texts []string
	for text := range s.ix.stmts {
		texts = append(texts, text)
	}
	s.ix.reads.Range(func(text, _ any) bool { texts = append(texts, text.(string)); return true })
	if len(texts) < 20 {
		t.Fatalf("only %d statements were run", len(texts))
	}
	for _, text := range texts {
		for _, step := range plan(t, s.ix.r, text) {
			if strings.HasSuffix(step, "article_key (source_id=?)") {
				t.Errorf("%s: all articles of a source:\n%s", step, text)
			}
			if strings.HasPrefix(step, "SCAN article") || step == "SCAN a" || strings.HasPrefix(step, "SCAN revision") || strings.HasPrefix(step, "SCAN r") ||
				strings.HasPrefix(step, "SCAN p") || strings.HasPrefix(step, "SCAN tombstone") || strings.HasPrefix(step, "SCAN label") {
				t.Errorf("%s:\n%s", step, text)
			}
		}
	}
}

func plan(t *testing.T, db *sql.DB, text string) []string {
	t.Helper()
	switch word, _, _ := strings.Cut(text, " "); word {
	case "SELECT", "UPDATE", "INSERT":
	default:
		return nil
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN " + strings.ReplaceAll(text, "?", "1"))
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var a, b, c int
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
