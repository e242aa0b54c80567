package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/feedfolio/feedfolio/article"
)

// Candidate is a stored article that shares a key with another one, and may be a copy of the same story.
type Candidate struct {
	Row
	Print []byte // as Save was given it
}

// byAddress selects the ids of the newest articles that have an address, by their own (the first parameter) or by another
// of theirs (the second, which is the same). There are few, unless all entries of a source name one page.
const byAddress = `SELECT id FROM (SELECT id FROM article WHERE url_hash = ? ORDER BY id DESC LIMIT 20)
	UNION SELECT article_id FROM (SELECT article_id FROM alias WHERE url_hash = ? ORDER BY article_id DESC LIMIT 20)`

// Elsewhere returns the article that another source has stored of an address; ErrNotFound where none has.
func (s *Store) Elsewhere(ctx context.Context, source, url string) (Row, error) {
	url = article.Canonical(url)
	h := hash64(url)
	rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanRow(ctx, row) },
		`SELECT `+rowColumns+` FROM article a WHERE a.id IN (`+byAddress+`) AND a.path <> '' ORDER BY a.first_seen, a.id`, h, h)
	if err != nil {
		return Row{}, fmt.Errorf("look for %s: %w", url, err)
	}
	for _, r := range rows {
		if r.Source != source && (article.Canonical(r.URL) == url || article.Canonical(r.Link) == url) {
			return r.Row, nil
		}
	}
	return Row{}, ErrNotFound
}

// Bounds of Near.
const (
	nearKeys   = 64   // keys that are looked for; prints have eight
	nearOfAKey = 1000 // articles of one key, the newest: what stands under all texts of a publisher gives a key to all of them
)

// Near returns the stored articles that share the most of the keys, at most limit, those seen first before others. Of
// articles that share as many, the newest are taken: copies come soon. Of those, want picks by their prints; nil wants
// all.
func (s *Store) Near(ctx context.Context, keys []int64, limit int, want func(data []byte) bool) ([]Candidate, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	sharing, err := s.sharing(ctx, keys[:min(len(keys), nearKeys)], limit)
	if err != nil || len(sharing) == 0 {
		return nil, err
	}
	list, err := json.Marshal(sharing)
	if err != nil {
		return nil, err
	}
	type found struct {
		id    int64
		print []byte
	}
	some, err := collect(ctx, s, func(row scanner) (f found, err error) { err = row.Scan(&f.id, &f.print); return f, err },
		`SELECT article_id, data FROM print WHERE article_id IN (SELECT value FROM json_each(?))`, string(list))
	if err != nil {
		return nil, fmt.Errorf("look for near-duplicates: %w", err)
	}
	var ids []int64
	prints := make(map[int64][]byte, len(some))
	for _, f := range some {
		if want == nil || want(f.print) {
			ids = append(ids, f.id)
			prints[f.id] = f.print
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if list, err = json.Marshal(ids); err != nil {
		return nil, err
	}
	rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanRow(ctx, row) },
		`SELECT `+rowColumns+` FROM article a WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY a.id`, string(list))
	if err != nil {
		return nil, fmt.Errorf("look for near-duplicates: %w", err)
	}
	all := make([]Candidate, len(rows))
	for i, r := range rows {
		all[i] = Candidate{Row: r.Row, Print: prints[r.ID]}
	}
	return all, nil
}

// sharing returns the ids of the articles that share the most of the keys, at most limit; of those that share as many, the
// newest. The database gives the ids as one text, and they are counted here: texts of one publisher share keys by the
// hundred, and grouping them there took four times as long.
func (s *Store) sharing(ctx context.Context, keys []int64, limit int) ([]int64, error) {
	var args []any
	for _, k := range keys {
		args = append(args, k, nearOfAKey)
	}
	one := `SELECT * FROM (SELECT article_id FROM print_key WHERE key = ? ORDER BY article_id DESC LIMIT ?)`
	each := one + strings.Repeat(` UNION ALL `+one, len(keys)-1)
	lists, err := collect(ctx, s, scanString, `SELECT coalesce(string_agg(article_id, ','), '') FROM (`+each+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for near-duplicates: %w", err)
	}
	if lists[0] == "" {
		return nil, nil
	}
	var ids []int64
	for text := range strings.SplitSeq(lists[0], ",") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("look for near-duplicates: %w", err)
		}
		ids = append(ids, id)
	}
	return mostFrequent(ids, limit), nil
}

// mostFrequent returns those of ids that are in it most often, at most limit; of those as frequent, the greatest. It
// sorts ids.
func mostFrequent(ids []int64, limit int) []int64 {
	slices.Sort(ids)
	type counted struct {
		id int64
		n  int
	}
	var all []counted
	for _, id := range ids {
		if n := len(all); n > 0 && all[n-1].id == id {
			all[n-1].n++
		} else {
			all = append(all, counted{id, 1})
		}
	}
	slices.SortFunc(all, func(a, b counted) int { return cmp.Or(b.n-a.n, cmp.Compare(b.id, a.id)) })
	ids = ids[:0]
	for _, c := range all[:min(limit, len(all))] {
		ids = append(ids, c.id)
	}
	return ids
}

// savePrint keeps the fingerprint of an article and the keys that it is found by, in place of those it had.
func savePrint(t *tx, id int64, p *Print) error {
	if _, err := t.exec(`DELETE FROM print_key WHERE article_id = ?`, id); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO print (article_id, data) VALUES (?, ?) ON CONFLICT (article_id) DO UPDATE SET data = excluded.data`, id, p.Data); err != nil {
		return err
	}
	if len(p.Keys) == 0 {
		return nil // a text too short to have copies
	}
	list, err := json.Marshal(p.Keys)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO print_key (key, article_id) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, id, string(list))
	return err
}

// Relabel changes what is said of a stored article besides its text: its cluster, its part in it, and the sources that
// carried it. The file is written anew where the format has those keys; the revision stays. ErrSuperseded: somebody else
// saved the article meanwhile; nothing was changed.
func (s *Store) Relabel(ctx context.Context, row Row, change func(*article.Article)) error {
	err := errRelabelled
	for tries := 0; tries <= relabelTries && errors.Is(err, errRelabelled); tries++ {
		err = s.relabel(ctx, row, change)
	}
	if err != nil {
		return fmt.Errorf("relabel %s: %w", row.Path, err)
	}
	return nil
}

func (s *Store) relabel(ctx context.Context, row Row, change func(*article.Article)) error {
	was, err := s.rowByID(ctx, row.ID)
	if err != nil {
		return err
	}
	if was.Revision != row.Revision || was.Path != row.Path {
		return ErrSuperseded
	}
	a, err := s.Open(ctx, was.Row)
	if err != nil {
		return err
	}
	change(a)
	data, err := s.how.Load().format.Encode(a)
	if err != nil {
		return err
	}
	d := &draft{a: *a, p: Pending{ID: was.ID, Source: was.Source, revision: was.Revision}}
	defer func() {
		for _, st := range d.staged {
			st.Discard()
		}
	}()
	if err := d.stage(ctx, s.files, was.Path, data, true); err != nil {
		return err
	}
	had := was.labels()
	was.relabel(detailOf(a))
	more, err := packDetail(was.detail())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	now := ms(s.now())
	return s.ix.write(ctx, func(t *tx) error {
		source, k, err := current(t, d.p)
		if err != nil {
			return err
		}
		if err := unlabelled(t, was.ID, was.more); err != nil {
			return err
		}
		if err := relabelled(t, was.ID, had, was.detail(), now); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE article SET sha256 = ?, bytes = ?, detail = ? WHERE id = ?`, sum[:], len(data), more, was.ID); err != nil {
			return err
		}
		is := *k
		is.bytes = int64(len(data))
		t.count(source, k.count(), is.count())
		for _, st := range d.staged {
			if err := st.Publish(); err != nil {
				return err
			}
		}
		t.folders[path.Dir(was.Path)] = true
		return nil
	})
}
