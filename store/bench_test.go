package store_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
)

// FEEDFOLIO_BENCH_ROWS sets how many articles the benchmarks find in the archive.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("FEEDFOLIO_BENCH_ROWS")); err == nil {
		return n
	}
	return 100_000
}

const benchPerSource = 1000

func benchEntry(source, n int) article.Entry {
	return article.Entry{
		GUID: fmt.Sprintf("https://news%d.example/articles/2026/%d.html", source, n), Link: fmt.Sprintf("https://news%d.example/articles/2026/%d.html", source, n),
		Title: fmt.Sprintf("Story %d of source %d: 上证指数收盘上涨", n, source), Published: benchStart.Add(time.Duration(n*1000+source) * time.Second),
		Summary: strings.Repeat("summary ", 40),
	}
}

var benchStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// benchStore is an archive with rows, but without their files: what is measured is the index.
func benchStore(b *testing.B) *store.Store {
	b.Helper()
	dir := b.TempDir()
	cfg := settings(dir)
	s, err := store.Open(b.Context(), cfg, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s.Close()
	db, err := sql.Open("sqlite", "file:"+dir+"/feedfolio.db?_pragma=synchronous(0)&_pragma=cache_size(-400000)")
	if err != nil {
		b.Fatal(err)
	}
	if err := build(b.Context(), db, benchRows()); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	if s, err = store.Open(b.Context(), cfg, store.Options{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func build(ctx context.Context, db *sql.DB, rows int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	sources := max(rows/benchPerSource, 1)
	for i := range sources {
		if _, err := tx.Exec(`INSERT INTO source (id, name, stored) VALUES (?, ?, ?)`, i+1, fmt.Sprintf("s%d", i), benchPerSource); err != nil {
			return err
		}
	}
	st, err := tx.Prepare(`INSERT INTO article (source_id, key_hash, guid, link, url_hash, title, published, at, first_seen, last_seen, fetched, checked,
		state, status, next_try, path, sha256, bytes, content_hash, revision, revised_for, entry_hash, detail) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	if err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	for n := range benchPerSource {
		for i := range sources {
			e := benchEntry(i, n)
			url := sha256.Sum256([]byte(e.Link))
			at := e.Published.UnixMilli()
			var next any
			state := store.StateStored
			if n%50 == 7 {
				next, state = now+int64(i), store.StatePending
			}
			_, err := st.Exec(i+1, int64(store.KeyHash(fmt.Sprintf("s%d", i), e)), e.GUID, e.Link, int64(binary.BigEndian.Uint64(url[:])), e.Title, at, at,
				at+60_000, now, at+60_000, at+60_000, state, "full", next, fmt.Sprintf("articles/s%d/2026/01/2026-01-01-story-%d-0123456789ab.md", i, n),
				url[:], 9000, url[:], 1, "first", 0, `{"author":"新浪财经","categories":["金融","新浪财经","国內"]}`)
			if err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// cpu is what this process has used, system time included.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it knows this question
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStore measures each call of a run at an archive of FEEDFOLIO_BENCH_ROWS articles.
func BenchmarkStore(b *testing.B) {
	s := benchStore(b)
	ctx := b.Context()
	sources := max(benchRows()/benchPerSource, 1)
	var next atomic.Int64
	next.Store(1_000_000)
	listing := func(source, from, n int) []article.Entry {
		entries := make([]article.Entry, n)
		for i := range entries {
			entries[i] = benchEntry(source, from+i)
		}
		return entries
	}
	name := func(source int) string { return fmt.Sprintf("s%d", source) }
	check := func(b *testing.B, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	for source := range min(sources, 200) { // the rows' entry hashes are unknown before the first listing
		_, err := s.Record(ctx, name(source), listing(source, 0, 50), store.State{})
		check(b, err)
	}
	run := func(name string, fn func(b *testing.B, i int)) {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				fn(b, i)
			}
		})
		b.Run(name+"/parallel64", func(b *testing.B) {
			b.SetParallelism(32) // times GOMAXPROCS
			var i atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					fn(b, int(i.Add(1)))
				}
			})
		})
	}
	run("Record 50 known", func(b *testing.B, i int) {
		source := i % min(sources, 200)
		_, err := s.Record(ctx, name(source), listing(source, 0, 50), store.State{})
		check(b, err)
	})
	run("Record 45 known 5 new", func(b *testing.B, i int) {
		source := i % min(sources, 200)
		entries := append(listing(source, 0, 45), listing(source, int(next.Add(5)), 5)...)
		rec, err := s.Record(ctx, name(source), entries, store.State{})
		check(b, err)
		if rec.New != 5 {
			b.Fatalf("%+v", rec)
		}
	})
	run("Touch", func(b *testing.B, i int) {
		check(b, s.Touch(ctx, store.State{Source: name(i % sources), Window: make([]uint64, 50)}))
	})
	run("Pending 20", func(b *testing.B, i int) {
		_, err := s.Pending(ctx, name(i%sources), time.Now().Add(time.Hour), 20)
		check(b, err)
	})
	run("Pending of all 100", func(b *testing.B, i int) {
		_, err := s.Pending(ctx, "", time.Now().Add(time.Hour), 100)
		check(b, err)
	})
	var due []store.Pending
	refill := func(b *testing.B) {
		due = nil
		for len(due) < max(b.N, 2000) && len(due) < 20_000 {
			source := len(due) / 100 % sources
			_, err := s.Record(ctx, name(source)+"x", listing(source, int(next.Add(100)), 100), store.State{})
			check(b, err)
			all, err := s.Pending(ctx, name(source)+"x", time.Now(), 100)
			check(b, err)
			due = append(due, all...)
			for _, p := range all { // out of the way of the next Pending
				check(b, s.Fail(ctx, p, store.Failure{Reason: "later", Next: time.Now().Add(time.Hour)}))
			}
		}
	}
	body := strings.Repeat("<p>上证指数收盘上涨，成交额放大。The index closed higher.</p>\n", 150)
	for _, workers := range []int{1, 64} {
		for _, page := range []bool{false, true} {
			b.Run(fmt.Sprintf("Save %d workers page=%v", workers, page), func(b *testing.B) {
				b.StopTimer()
				refill(b)
				var raw *store.Raw
				if page {
					raw = &store.Raw{Header: http.Header{"Etag": {"x"}}, Body: []byte(strings.Repeat("<div class=x>"+body[:500]+"</div>", 120))}
				}
				var i atomic.Int64
				b.SetParallelism(max(workers/2, 1))
				before := cpu()
				defer func() { b.ReportMetric((cpu()-before).Seconds()*1000/float64(b.N), "cpu-ms/op") }()
				b.StartTimer()
				one := func() {
					k := int(i.Add(1)) - 1
					if k >= len(due) {
						return
					}
					p := due[k]
					_, err := s.Save(ctx, p, &article.Article{Title: p.Entry.Title, Body: body, SourceURL: p.Entry.Link, Published: p.Entry.Published}, raw)
					check(b, err)
				}
				if workers == 1 {
					for range b.N {
						one()
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						one()
					}
				})
			})
		}
	}
	first := func(b *testing.B, q store.Query) {
		n := 0
		for _, err := range s.Articles(ctx, q) {
			check(b, err)
			n++
		}
		if n == 0 {
			b.Fatalf("%+v: no articles", q)
		}
	}
	middle := benchStart.Add(benchPerSource / 2 * 1000 * time.Second)
	run("Articles newest 20", func(b *testing.B, _ int) { first(b, store.Query{Limit: 20}) })
	run("Articles newest 20 of a source", func(b *testing.B, i int) { first(b, store.Query{Limit: 20, Sources: []string{name(i % sources)}}) })
	run("Articles 20 as of", func(b *testing.B, _ int) { first(b, store.Query{Limit: 20, AsOf: middle}) })
	run("Row by URL", func(b *testing.B, i int) {
		_, err := s.Row(ctx, benchEntry(i%sources, i%benchPerSource).Link)
		check(b, err)
	})
	run("Counts", func(b *testing.B, _ int) {
		_, err := s.Counts(ctx)
		check(b, err)
	})
}
