package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/store"
)

// The archive that answers are to come from within 50 ms, 99 times of 100.
const (
	scaleRows    = 200_000
	scaleSources = 1000
	scaleChecks  = 100_000 // articles that wait to be looked at again
)

// scaleEpoch is when the first article of that archive was first seen; another one came each half minute.
var scaleEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// scaleSteps build it, in SQL. Every tenth article has a second revision, and every twentieth a label of before and a
// tombstone; every fourth was years old when it came, as where a source with a long listing is added. A key of
// near-duplicates is shared by the articles of a source, as by a note that stands under all of them.
const scaleSteps = `
CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < %[1]d) INSERT INTO n SELECT i FROM c;
INSERT INTO article (id, source_id, key_hash, guid, link, url_hash, title, published, at, first_seen, last_seen, fetched, checked,
	state, status, path, sha256, bytes, content_hash, revision, revised_for, entry_hash, detail, next_check, step)
SELECT i, 1 + i %% %[2]d, i * 2654435761, 'https://news.example/articles/2026/' || i || '.html', 'https://news.example/articles/2026/' || i || '.html',
	i * 40503, 'Story ' || i || ': 上证指数收盘上涨', at, at, seen, seen, seen + 60000, seen + 60000,
	'stored', 'full', 'articles/s' || (i %% %[2]d) || '/2026/01/2026-01-01-story-' || i || '-0123456789ab.md', randomblob(32), 9000, randomblob(32),
	1 + (i %% 10 = 0), 'first', 1, '{"author":"新浪财经","categories":["金融","新浪财经","国內"],"symbols":["XSHG:600519"]}',
	CASE WHEN i %% 2 = 0 AND i <= 2 * %[4]d THEN seen + 86400000 END, 1
FROM (SELECT i, %[3]d + i * 30000 AS seen, %[3]d + i * 30000 - CASE WHEN i %% 4 = 0 THEN 63072000000 ELSE 120000 END AS at FROM n);
INSERT INTO revision (article_id, n, fetched, reason, status, title, published, updated, content_hash, path, sha256, bytes, detail)
SELECT id, 1, fetched - 30000, 'first', 'full', title, published, updated, content_hash, path || '/1.md', sha256, bytes, detail FROM article WHERE id %% 10 = 0;
INSERT INTO tombstone (article_id, since, reason, class) SELECT id, fetched + 86400000, '410 Gone', 'HTTP 410' FROM article WHERE id %% 20 = 1;
INSERT INTO label (article_id, until, detail) SELECT id, fetched + 3600000, '{}' FROM article WHERE id %% 20 = 2;
INSERT INTO print (article_id, data) SELECT i, randomblob(420) FROM n;
INSERT OR IGNORE INTO print_key (key, article_id)
SELECT CASE WHEN k = 0 THEN i %% %[2]d ELSE (i * 8 + k) * 2654435761 END, i FROM n, (SELECT 0 AS k UNION VALUES (1),(2),(3),(4),(5),(6),(7));
-- A note that stands under a tenth of all.
INSERT OR IGNORE INTO print_key (key, article_id) SELECT -1, i FROM n WHERE i %% 10 = 0;
`

// scaleStore builds that archive: rows alone, what is measured is the index.
func scaleStore(b *testing.B) *store.Store {
	b.Helper()
	dir := b.TempDir()
	cfg := settings(dir)
	s, err := store.Open(b.Context(), cfg, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+dir+"/feedfolio.db?_pragma=synchronous(0)&_pragma=cache_size(-400000)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := scaleSourceRows(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	if _, err := db.ExecContext(b.Context(), fmt.Sprintf(scaleSteps, scaleRows, scaleSources, scaleEpoch.UnixMilli(), scaleChecks)); err != nil {
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

// scaleSourceRows adds sources with all that two months of runs leave in their states.
func scaleSourceRows(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for i := range scaleSources {
		st := store.State{
			Title: "上证指数 News", Language: "zh-CN", Link: "https://news.example/", Due: scaleEpoch, LastRun: scaleEpoch, LastOK: scaleEpoch,
			Listed: 50, Interval: time.Hour, Plan: "auto Asia/Shanghai 1h0m0s 10m0s 6h0m0s https://news.example/rss/feed.xml",
			Newest: scaleEpoch, Gap: 9 * time.Hour, Remarks: []string{"the feed is cut: what came before was read"},
		}
		st.Validators.ETag, st.Validators.LastModified = `"5f3-62a1b"`, "Mon, 02 Mar 2026 14:31:00 GMT"
		var days strings.Builder
		for d := range 60 {
			fmt.Fprintf(&days, "%s 24 0 1200 50 48 2 150000\n", scaleEpoch.AddDate(0, 0, d).Format(time.DateOnly))
		}
		data, err := json.Marshal(st)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO source (id, name, state, days, stored, revisions, bytes) VALUES (?, ?, ?, ?, 200, 220, 1800000)`,
			i+1, fmt.Sprintf("s%d", i), string(data), days.String()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// BenchmarkScale reports how long answers take that somebody waits for: half of them, and 99 of 100, at most so long.
// go test -run - -bench Scale -benchtime 500x ./store
func BenchmarkScale(b *testing.B) {
	s := scaleStore(b)
	ctx := b.Context()
	end := scaleEpoch.Add(scaleRows * 30 * time.Second)
	list := func(q store.Query) func(i int) (int, error) {
		return func(i int) (n int, err error) {
			for _, err = range s.Articles(ctx, q) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}
	}
	for _, bb := range []struct {
		name string
		want int // answers, at least
		do   func(i int) (int, error)
	}{
		{"list 20 newest", 20, list(store.Query{Limit: 20})},
		{"list 20 as of a day ago", 20, list(store.Query{Limit: 20, AsOf: end.AddDate(0, 0, -1)})},
		{"list 20 as of the middle", 20, list(store.Query{Limit: 20, AsOf: scaleEpoch.Add(scaleRows / 2 * 30 * time.Second)})},
		{"list 20 as of the first hour", 20, list(store.Query{Limit: 20, AsOf: scaleEpoch.Add(time.Hour)})},
		{"list 20 as of before the first", 0, list(store.Query{Limit: 20, AsOf: scaleEpoch.AddDate(0, 0, -1)})},
		{"list 20 of a source as of the middle", 20, list(store.Query{Sources: []string{"s7"}, Limit: 20, AsOf: scaleEpoch.Add(scaleRows / 2 * 30 * time.Second)})},
		{"near, 8 keys, one of them of a source", 2, func(i int) (int, error) {
			n := 1 + i*7919%scaleRows
			keys := []int64{int64(n % scaleSources)}
			for k := 1; k < 8; k++ {
				keys = append(keys, int64(n*8+k)*2654435761)
			}
			all, err := s.Near(ctx, keys, 40, nil)
			return len(all), err
		}},
		{"near, a key of a tenth of all", 40, func(i int) (int, error) {
			all, err := s.Near(ctx, []int64{-1, int64(i % scaleSources), 5, 6, 7, 8, 9, 10}, 40, nil)
			return len(all), err
		}},
		{"near, no candidate", 0, func(i int) (int, error) {
			all, err := s.Near(ctx, []int64{-2, -3, -4, -5, -6, -7, -8, -9}, 40, nil)
			return len(all), err
		}},
		{"elsewhere", 0, func(i int) (int, error) {
			_, err := s.Elsewhere(ctx, "s1", fmt.Sprintf("https://news.example/none/%d", i))
			if err == store.ErrNotFound { //nolint:errorlint // as documented
				err = nil
			}
			return 0, err
		}},
		{"status of 1000 sources", scaleSources, func(int) (int, error) {
			states := 0
			for _, err := range s.States(ctx) {
				if err != nil {
					return 0, err
				}
				states++
			}
			counts, err := s.Counts(ctx)
			return min(states, len(counts)), err
		}},
		{"100 rechecks of 100,000 due", 100, func(int) (int, error) {
			all, err := s.Rechecks(ctx, end.AddDate(1, 0, 0), 100)
			return len(all), err
		}},
		{"next tries", 0, func(int) (int, error) {
			all, err := s.NextTries(ctx)
			return len(all), err
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var took []time.Duration
			before := cpu()
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				n, err := bb.do(i)
				took = append(took, time.Since(start))
				if err != nil || n < bb.want {
					b.Fatalf("%d answers, %v; want %d", n, err, bb.want)
				}
			}
			b.ReportMetric((cpu()-before).Seconds()*1000/float64(len(took)), "cpu-ms/op")
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
