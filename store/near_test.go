package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

func TestElsewhere(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	s.list("pending", "https://news.example/1", "a")
	first := s.keep(s.list("wire", "https://news.example/1?utm_source=rss", "a"), "<p>text</p>")
	p := s.list("wire", "https://short.example/x", "a")
	moved, err := s.Save(ctx, p, &article.Article{Title: "Moved", SourceURL: "https://news.example/2", Body: "<p>moved</p>", Status: article.Full}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, source, url string
		want              int64 // 0: none
	}{
		{"another source has stored it", "portal", "https://news.example/1", first.ID},
		{"tracking parameters are no other address", "portal", "https://news.example/1?utm_medium=feed#top", first.ID},
		{"the same source does not count", "wire", "https://news.example/1", 0},
		{"one that only waits does not count", "other", "https://news.example/3", 0},
		{"by the address that it was listed by", "portal", "https://short.example/x", moved.ID},
		{"by the address that its page gave", "portal", "https://news.example/2", moved.ID},
	} {
		r, err := s.Elsewhere(ctx, tt.source, tt.url)
		if tt.want == 0 && !errors.Is(err, store.ErrNotFound) || tt.want != 0 && (err != nil || r.ID != tt.want) {
			t.Errorf("%s: Elsewhere(%q, %q) = %d, %v; want %d", tt.name, tt.source, tt.url, r.ID, err, tt.want)
		}
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	var ids []int64
	for i := range 30 {
		p := s.list("wire", fmt.Sprintf("https://news.example/%d", i), "a")
		// All share the key of a note that stands under them.
		p.Print = &store.Print{Data: []byte{byte(i)}, Keys: []int64{7, int64(100 + i), int64(200 + i), -int64(i)}}
		ids = append(ids, s.keep(p, fmt.Sprintf("<p>text %d</p>", i)).ID)
	}
	near := func(limit int, keys ...int64) []int64 {
		t.Helper()
		all, err := s.Near(ctx, keys, limit, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, c := range all {
			if len(c.Print) != 1 || ids[c.Print[0]] != c.ID || c.Path == "" {
				t.Errorf("candidate %d has the print %v and the file %q", c.ID, c.Print, c.Path)
			}
			got = append(got, c.ID)
		}
		return got
	}
	for _, tt := range []struct {
		name  string
		limit int
		keys  []int64
		want  []int64
	}{
		{"without keys there is none", 5, nil, nil},
		{"nobody has the keys", 5, []int64{1, 2}, nil},
		{"one key is enough", 5, []int64{103}, ids[3:4]},
		{"negative keys are keys", 5, []int64{-4}, ids[4:5]},
		{"who shares two is found among those who share one", 1, []int64{7, 100}, ids[:1]},
		{"the newest of those who share as many, the oldest of them first", 3, []int64{7}, ids[27:]},
		{"a key twice is one key", 2, []int64{103, 103, 104, 204}, ids[3:5]},
	} {
		if got := near(tt.limit, tt.keys...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Near(%v, %d) = %v; want %v", tt.name, tt.keys, tt.limit, got, tt.want)
		}
	}
	again := func(said, body string, keys ...int64) {
		s.at.t = s.at.t.Add(24 * time.Hour)
		p := s.list("wire", "https://news.example/3", said)
		p.Print = &store.Print{Data: []byte{3}, Keys: keys}
		s.keep(p, body)
	}
	again("b", "<p>text 3</p>", 8)
	if got := near(5, 8); len(got) != 0 {
		t.Errorf("its text is the same, but Near finds %v by another key", got)
	}
	again("c", "<p>short</p>") // too short for keys
	if got := near(5, 103); len(got) != 0 {
		t.Errorf("it has no keys any more, but Near finds %v by an old one", got)
	}
	again("d", "<p>long again</p>", 9)
	if got := near(5, 103); len(got) != 0 {
		t.Errorf("its keys were replaced, but Near finds %v by an old one", got)
	}
	if got := near(5, 9); !slices.Equal(got, ids[3:4]) {
		t.Errorf("Near by the new key = %v", got)
	}
}

// What is said of an article besides its text stays with it: in its next revision, and in its file.
func TestLabelsStay(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := t.Context()
	saved := s.keep(s.list("wire", "https://news.example/1", "a"), "<p>first</p>", "NASDAQ:AAPL")
	stale := s.row(saved.ID)
	s.label(saved.ID, func(a *article.Article) {
		a.Cluster, a.Origin, a.Sources = "0123456789ab", "origin", []string{"portal"}
	})
	labelled := func(when string) {
		t.Helper()
		r := s.row(saved.ID)
		if r.Cluster != "0123456789ab" || r.Origin != "origin" || !slices.Equal(r.Sources, []string{"portal"}) {
			t.Errorf("%s: cluster %q, origin %q, sources %v", when, r.Cluster, r.Origin, r.Sources)
		}
		a, err := s.Open(ctx, r)
		if err != nil || a.Cluster != r.Cluster || a.Revision != r.Revision {
			t.Errorf("%s: its file says %+v, %v", when, a, err)
		}
	}
	labelled("labelled")
	if r := s.row(saved.ID); r.Revision != 1 || !slices.Equal(r.Symbols, []string{"NASDAQ:AAPL"}) {
		t.Errorf("labelled it is revision %d with symbols %v; want all else as it was", r.Revision, r.Symbols)
	}
	s.clean()
	counts, err := s.Counts(ctx)
	if err != nil || counts[0].Bytes != s.row(saved.ID).Bytes {
		t.Errorf("Counts = %+v, %v; want the bytes of the file as it is now", counts, err)
	}

	s.at.t = s.at.t.Add(time.Hour)
	s.keep(s.list("wire", "https://news.example/1", "b"), "<p>second</p>")
	labelled("in a new revision")
	s.clean()
	if err := s.Relabel(ctx, stale, func(*article.Article) {}); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("Relabel of revision 1 when there is a second = %v; want ErrSuperseded", err)
	}
	if _, err := s.Reindex(ctx, store.Watch{}); err != nil {
		t.Fatal(err)
	}
	labelled("after reindex")
	s.clean()

	// From the files alone.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	remove(t, s.dir)
	cfg := settings(s.dir)
	if s.Store, err = store.Open(ctx, cfg, store.Options{Now: s.at.now, Exclusive: true}); err != nil {
		t.Fatal(err)
	}
	if rep, err := s.Reindex(ctx, store.Watch{}); err != nil || rep.Added != 1 || rep.Revisions != 1 {
		t.Fatalf("Reindex = %+v, %v", rep, err)
	}
	saved.ID = 1
	labelled("built again")
	s.clean()
}
