package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// Articles returns the articles that q asks for, newest first (by Row.At). It reads a few hundred at a time and holds
// nothing between them, so that a slow caller is in nobody's way; what is added at the top meanwhile does not show.
func (s *Store) Articles(ctx context.Context, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := s.articles(ctx, q, yield); err != nil {
			yield(Row{}, fmt.Errorf("list articles: %w", err))
		}
	}
}

// articles splits a query that no single index can answer in order, and merges what its parts give.
func (s *Store) articles(ctx context.Context, q Query, yield func(Row, error) bool) error {
	parts := split(q)
	if len(parts) == 1 {
		return s.inOrder(ctx, parts[0], yield)
	}
	type head struct {
		row  Row
		next func() (Row, error, bool)
	}
	var heads []*head
	for _, part := range parts {
		next, stop := iter.Pull2(func(yield func(Row, error) bool) {
			if err := s.inOrder(ctx, part, yield); err != nil {
				yield(Row{}, err)
			}
		})
		defer stop()
		heads = append(heads, &head{next: next})
	}
	advance := func(h *head) (more bool, err error) {
		h.row, err, more = h.next()
		return more, err
	}
	for i := 0; i < len(heads); {
		more, err := advance(heads[i])
		switch {
		case err != nil:
			return err
		case more:
			i++
		default:
			heads = slices.Delete(heads, i, i+1)
		}
	}
	for n := 0; len(heads) > 0 && (q.Limit <= 0 || n < q.Limit); n++ {
		h := slices.MinFunc(heads, func(x, y *head) int {
			return cmp.Or(y.row.At.Compare(x.row.At), cmp.Compare(y.row.ID, x.row.ID))
		})
		if !yield(h.row, nil) {
			return nil
		}
		more, err := advance(h)
		if err != nil {
			return err
		}
		if !more {
			heads = slices.DeleteFunc(heads, func(x *head) bool { return x == h })
		}
	}
	return nil
}

// mergeMost is how many parts are merged. With more, the articles of all sources are passed over in order.
const mergeMost = 64

// split makes a query for each source, and for each state that few articles are in.
func split(q Query) []Query {
	parts := []Query{q}
	if len(q.Sources) > 1 && len(q.Sources) <= mergeMost {
		parts = nil
		for _, source := range slices.Compact(slices.Sorted(slices.Values(q.Sources))) {
			part := q
			part.Sources = []string{source}
			parts = append(parts, part)
		}
	}
	if len(q.States) < 2 || slices.Contains(q.States, StateStored) || len(parts)*len(q.States) > mergeMost {
		return parts
	}
	var each []Query
	for _, part := range parts {
		for _, state := range slices.Compact(slices.Sorted(slices.Values(q.States))) {
			part.States = []string{state}
			each = append(each, part)
		}
	}
	return each
}

// inOrder answers a query in the order of an index.
func (s *Store) inOrder(ctx context.Context, q Query, yield func(Row, error) bool) error {
	where, args, err := s.conditions(ctx, q)
	if err != nil || where == "" {
		return err
	}
	text := `SELECT ` + rowColumns + ` FROM article a WHERE ` + where + ` AND (a.at, a.id) < (?, ?) ORDER BY a.at DESC, a.id DESC LIMIT ?`
	left := q.Limit
	lastAt, lastID := int64(1<<63-1), int64(1<<63-1)
	if !q.Until.IsZero() {
		lastAt, lastID = q.Until.UnixMilli(), -1
	}
	if !q.AsOf.IsZero() && q.AsOf.UnixMilli() < lastAt {
		lastAt, lastID = q.AsOf.UnixMilli(), 1<<63-1 // nothing stands later in the list than it was first seen
	}
	for {
		n := chunk
		if q.Limit > 0 {
			n = min(n, left)
		}
		if !q.AsOf.IsZero() {
			n = min(max(n, 50), chunk) // some of them were not there yet
		}
		rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanRow(ctx, row) }, text, append(args[:len(args):len(args)], lastAt, lastID, n)...)
		if err != nil {
			return err
		}
		then, err := s.thenOf(ctx, rows, q.AsOf)
		if err != nil {
			return err
		}
		for _, r := range rows {
			lastAt, lastID = r.At.UnixMilli(), r.ID
			known, err := s.asOf(ctx, &r.Row, q.AsOf, then)
			if err != nil {
				return err
			}
			if !known {
				continue
			}
			if !yield(r.Row, nil) {
				return nil
			}
			if left--; left == 0 {
				return nil
			}
		}
		if len(rows) < n {
			return nil
		}
	}
}

// conditions are the parts of a query that a row is chosen by; "" if none can be.
func (s *Store) conditions(ctx context.Context, q Query) (where string, args []any, err error) {
	and := []string{"1"}
	add := func(cond string, arg any) { and, args = append(and, cond), append(args, arg) }
	if len(q.Sources) > 0 {
		ids := []int64{}
		for _, name := range q.Sources {
			id, ok, err := s.ix.source(ctx, name)
			if err != nil {
				return "", nil, err
			}
			if ok {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return "", nil, nil
		}
		if len(ids) == 1 {
			add("a.source_id = ?", ids[0])
		} else {
			list, _ := json.Marshal(ids) // numbers
			// The + keeps the order of the list an index look-up: sorting all articles of the sources would be worse.
			add("+a.source_id IN (SELECT value FROM json_each(?))", string(list))
		}
	}
	if len(q.States) == 1 && q.States[0] != StateStored {
		add("a.state <> 'stored' AND a.state = ?", q.States[0]) // as the index article_odd has it
	} else if len(q.States) > 0 {
		list, _ := json.Marshal(q.States) // strings
		add("a.state IN (SELECT value FROM json_each(?))", string(list))
	} else {
		and = append(and, "a.path <> ''")
	}
	if !q.Since.IsZero() {
		add("a.at >= ?", q.Since.UnixMilli())
	}
	if !q.AsOf.IsZero() {
		add("a.first_seen <= ?", q.AsOf.UnixMilli())
	}
	return strings.Join(and, " AND "), args, nil
}

// past is what some articles were at a time, beside their revisions.
type past struct {
	gone   map[int64]tombstone // of those that were gone
	labels map[int64]string    // of those that were labelled anew since: the labels of then
}

type tombstone struct {
	id            int64
	reason, class string
}

// thenOf looks up what articles were at a time: of many in two queries.
func (s *Store) thenOf(ctx context.Context, rows []fullRow, t time.Time) (p past, err error) {
	if t.IsZero() || len(rows) == 0 {
		return p, nil
	}
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	list, _ := json.Marshal(ids) // numbers
	gone, err := collect(ctx, s, func(row scanner) (g tombstone, err error) { err = row.Scan(&g.id, &g.reason, &g.class); return g, err },
		`SELECT article_id, reason, class FROM tombstone WHERE article_id IN (SELECT value FROM json_each(?)) AND since <= ?
		AND (until IS NULL OR until > ?)`, string(list), t.UnixMilli(), t.UnixMilli())
	if err != nil {
		return p, err
	}
	p.gone = make(map[int64]tombstone, len(gone))
	for _, g := range gone {
		p.gone[g.id] = g
	}
	type labelled struct {
		id   int64
		more string
	}
	labels, err := collect(ctx, s, func(row scanner) (l labelled, err error) { err = row.Scan(&l.id, &l.more); return l, err },
		`SELECT article_id, detail FROM label WHERE article_id IN (SELECT value FROM json_each(?)) AND until > ? ORDER BY article_id, until DESC`,
		string(list), t.UnixMilli())
	if err != nil {
		return p, err
	}
	p.labels = make(map[int64]string, len(labels))
	for _, l := range labels {
		p.labels[l.id] = l.more // the last is the one that was replaced soonest after
	}
	return p, nil
}

// asOf turns a row into what it was at a time, and reports whether anything of it was stored then.
func (s *Store) asOf(ctx context.Context, r *Row, t time.Time, p past) (bool, error) {
	if t.IsZero() || r.Revision == 0 {
		return true, nil
	}
	if r.Fetched.After(t) {
		revs, err := collect(ctx, s, scanRevision, `SELECT `+revisionColumns+` FROM revision WHERE article_id = ? AND (fetched <= ? OR fetched IS NULL)
			ORDER BY n DESC LIMIT 1`, r.ID, t.UnixMilli())
		if err != nil || len(revs) == 0 {
			return false, err
		}
		if err := r.become(revs[0]); err != nil {
			return false, err
		}
	}
	if g, was := p.gone[r.ID]; was {
		r.State, r.Reason, r.Class = StateGone, g.reason, g.class
	} else if r.State == StateGone {
		r.State, r.Reason, r.Class = StateStored, "", ""
	}
	more, was := p.labels[r.ID]
	if !was {
		return true, nil
	}
	var d detail
	if err := json.Unmarshal([]byte(more), &d); err != nil {
		return false, fmt.Errorf("article %d: labels: %w", r.ID, err)
	}
	r.relabel(d)
	return true, nil
}

// become turns a row into one of the article's earlier revisions. What is said of the article besides its text stays.
func (r *Row) become(v revisionRow) error {
	labels := r.labels()
	if err := r.describe(v.more); err != nil {
		return err
	}
	r.relabel(labels)
	r.Revision, r.RevisedFor, r.Fetched, r.Status, r.Title, r.Published, r.Updated = v.N, v.Reason, v.Fetched, v.Status, v.Title, v.Published, v.Updated
	r.ContentHash, r.Path, r.SHA256, r.Bytes = v.ContentHash, v.Path, v.SHA256, v.Bytes
	return nil
}

// revisionRow is an earlier revision with what only the store needs.
type revisionRow struct {
	Revision
	more string // details; "": not known
}

const revisionColumns = `n, fetched, reason, status, title, published, updated, content_hash, path, sha256, bytes, detail`

func scanRevision(row scanner) (v revisionRow, err error) {
	var fetched, published, updated sql.NullInt64
	var content, sha []byte
	var status string
	if err := row.Scan(&v.N, &fetched, &v.Reason, &status, &v.Title, &published, &updated, &content, &v.Path, &sha, &v.Bytes, &v.more); err != nil {
		return v, err
	}
	v.Status = article.BodyStatus(status)
	v.Fetched, v.Published, v.Updated = fromMS(fetched), fromMS(published), fromMS(updated)
	v.ContentHash, v.SHA256 = hex.EncodeToString(content), hex.EncodeToString(sha)
	return v, nil
}

func (s *Store) rowByID(ctx context.Context, id int64) (fullRow, error) {
	return s.one(ctx, `SELECT `+rowColumns+` FROM article a WHERE a.id = ?`, id)
}

func (s *Store) one(ctx context.Context, text string, args ...any) (fullRow, error) {
	rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanRow(ctx, row) }, text, args...)
	if err != nil {
		return fullRow{}, err
	}
	if len(rows) == 0 {
		return fullRow{}, ErrNotFound
	}
	return rows[0], nil
}

// Row returns what the index has of an article: by number, by the path of its file (in the archive or from outside, with
// or without the folders before its source), by any of its addresses, or by the hash at the end of its file's name.
func (s *Store) Row(ctx context.Context, name string) (Row, error) {
	r, err := s.find(ctx, strings.TrimSpace(name))
	if err != nil {
		return Row{}, fmt.Errorf("article %q: %w", name, err)
	}
	return r.Row, nil
}

func (s *Store) find(ctx context.Context, name string) (fullRow, error) {
	if strings.Contains(name, "://") {
		return s.findURL(ctx, name)
	}
	if hash := article.HashOf(name); hash != "" {
		return s.findHash(ctx, hash, name)
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return fullRow{}, ErrNotFound
	}
	return s.rowByID(ctx, id)
}

// findURL prefers what is stored, then what was seen first.
func (s *Store) findURL(ctx context.Context, url string) (fullRow, error) {
	h := hash64(article.Canonical(url))
	return s.one(ctx, `SELECT `+rowColumns+` FROM article a WHERE a.url_hash = ? OR a.id IN (SELECT article_id FROM alias WHERE url_hash = ?)
		ORDER BY a.path = '', a.first_seen, a.id LIMIT 1`, h, h)
}

// findHash looks for the 48 bits of a file's name in its source, or, without a path, in all.
func (s *Store) findHash(ctx context.Context, hash, name string) (fullRow, error) {
	bits, err := strconv.ParseUint(hash, 16, 64)
	if err != nil {
		return fullRow{}, ErrNotFound
	}
	low := int64(bits << 16)
	text := `SELECT ` + rowColumns + ` FROM source s CROSS JOIN article a ON a.source_id = s.id AND a.key_hash BETWEEN ? AND ?`
	args := []any{low, low | lowBits}
	if source := sourceOf(name); source != "" {
		text, args = text+` WHERE s.name = ?`, append(args, source)
	}
	rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanRow(ctx, row) }, text+` ORDER BY a.id LIMIT 100`, args...)
	if err != nil {
		return fullRow{}, err
	}
	for _, r := range rows {
		if path.Base(r.Path) == path.Base(name) {
			return r, nil
		}
	}
	if len(rows) == 0 {
		return fullRow{}, ErrNotFound
	}
	return rows[0], nil
}

// sourceOf is the source in a path "…/<source>/<yyyy>/<mm>/<name>", "" where it is none.
func sourceOf(file string) string {
	parts := strings.Split(strings.ReplaceAll(file, `\`, "/"), "/")
	if len(parts) < 4 {
		return ""
	}
	return parts[len(parts)-4]
}

// Article returns a stored article, body and all, and its row; name is what Row takes. Of an article that is not stored
// yet it returns the row and ErrNotFound.
func (s *Store) Article(ctx context.Context, name string) (*article.Article, Row, error) {
	r, err := s.Row(ctx, name)
	if err != nil {
		return nil, Row{}, err
	}
	a, err := s.Open(ctx, r)
	return a, r, err
}

// Open reads the article of a row that Articles or Row returned: in the revision that the row is of.
func (s *Store) Open(ctx context.Context, r Row) (*article.Article, error) {
	if r.Path == "" {
		return nil, fmt.Errorf("article %d of %s is %s, its file: %w", r.ID, r.Source, r.State, ErrNotFound)
	}
	data, err := s.files.Read(ctx, r.Path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("article %d: %w (%w; `feedfolio verify` tells what else is missing)", r.ID, ErrNotFound, err)
	}
	if err != nil {
		return nil, fmt.Errorf("article %d: %w", r.ID, err)
	}
	a, err := s.how.Load().format.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("article %d: %s: %w", r.ID, r.Path, err)
	}
	complete(a, r)
	return a, nil
}

// complete fills in what the file's format has no place for.
func complete(a *article.Article, r Row) {
	a.Source, a.GUID, a.Link, a.FirstSeen = r.Source, r.GUID, r.Link, r.FirstSeen
	a.SourceURL, a.Language, a.Authors, a.Symbols = r.URL, r.Language, r.Authors, r.Symbols
	a.PublishedRaw, a.Published, a.Updated, a.Fetched = r.PublishedRaw, r.Published, r.Updated, r.Fetched
	a.Status, a.Revision, a.ContentHash = r.Status, r.Revision, r.ContentHash
	a.Tags, a.Cluster, a.Origin, a.Sources = r.Tags, r.Cluster, r.Origin, r.Sources
}

// Revisions returns all revisions of an article, the newest first.
func (s *Store) Revisions(ctx context.Context, id int64) ([]Revision, error) {
	_, revs, err := s.revisions(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("revisions of article %d: %w", id, err)
	}
	all := make([]Revision, len(revs))
	for i, v := range revs {
		all[i] = v.Revision
	}
	return all, nil
}

func (s *Store) revisions(ctx context.Context, id int64) (fullRow, []revisionRow, error) {
	r, err := s.rowByID(ctx, id)
	if err != nil {
		return r, nil, err
	}
	old, err := collect(ctx, s, scanRevision, `SELECT `+revisionColumns+` FROM revision WHERE article_id = ? ORDER BY n DESC`, id)
	if err != nil || r.Revision == 0 {
		return r, old, err
	}
	newest := revisionRow{more: r.more, Revision: Revision{
		N: r.Revision, Fetched: r.Fetched, Reason: r.RevisedFor, Status: r.Status, Title: r.Title, Published: r.Published, Updated: r.Updated,
		ContentHash: r.ContentHash, Path: r.Path, SHA256: r.SHA256, Bytes: r.Bytes,
	}}
	return r, append([]revisionRow{newest}, old...), nil
}

// Revision returns revision n of an article, body and all.
func (s *Store) Revision(ctx context.Context, id int64, n int) (*article.Article, error) {
	r, revs, err := s.revisions(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("revision %d of article %d: %w", n, id, err)
	}
	for _, v := range revs {
		if v.N != n {
			continue
		}
		if err := r.become(v); err != nil {
			return nil, err
		}
		return s.Open(ctx, r.Row)
	}
	return nil, fmt.Errorf("revision %d of article %d: %w", n, id, ErrNotFound)
}

// Raw returns the page of revision n as it came; n = 0 is the newest that was kept.
func (s *Store) Raw(ctx context.Context, id int64, n int) (*Raw, error) {
	r, err := s.rowByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("page of article %d: %w", id, err)
	}
	if r.Path == "" {
		return nil, fmt.Errorf("page of article %d: %w", id, ErrNotFound)
	}
	last := n
	if n == 0 {
		n, last = r.Revision, 1
	}
	for ; n >= last; n-- {
		name := article.RawPath(r.Source, s.nameOf(r.Source, r.Path), n)
		data, err := s.files.Read(ctx, name, maxFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("page of article %d: %w", id, err)
		}
		raw, err := s.unpackRaw(data)
		if err != nil { // pages are not synced: after a power cut some are there in part
			return nil, fmt.Errorf("page of article %d: %w whole: %s: %w", id, ErrNotFound, name, err)
		}
		return raw, nil
	}
	return nil, fmt.Errorf("page of article %d: %w (none was kept, or `raw.keep` is over)", id, ErrNotFound)
}

// Counts returns how much there is of each source, by name. It reads counters: it costs as much as there are sources.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	all, err := collect(ctx, s, func(row scanner) (c Count, err error) {
		err = row.Scan(&c.Source, &c.Waiting, &c.Pending, &c.Stored, &c.Gone, &c.Dropped, &c.Summaries, &c.Partials, &c.Revisions, &c.Bytes)
		return c, err
	}, `SELECT name, waiting, pending, stored, gone, dropped, summaries, partials, revisions, bytes FROM source ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("count articles: %w", err)
	}
	return all, nil
}

// Sums counts what is there at all: of which sources how many entries wait, those that are no longer configured
// included, and how many articles are stored.
func (s *Store) Sums(ctx context.Context) (waiting map[string]int, stored int, err error) {
	one := func(row scanner) (c Count, err error) { return c, row.Scan(&c.Source, &c.Waiting) }
	all, err := collect(ctx, s, one, `SELECT name, waiting FROM source WHERE waiting > 0`)
	if err == nil {
		err = s.ix.r.QueryRowContext(ctx, `SELECT coalesce(sum(stored), 0) FROM source`).Scan(&stored)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("count articles: %w", explain(err))
	}
	waiting = make(map[string]int, len(all))
	for _, c := range all {
		waiting[c.Source] = c.Waiting
	}
	return waiting, stored, nil
}

// Reason is why so many articles wait.
type Reason struct {
	Class   string // Failure.Class; "" for entries not tried yet
	Example string // one of the reasons in full
	Count   int
}

// Reasons returns why the articles of a source wait, the most frequent first. It costs as much as wait.
func (s *Store) Reasons(ctx context.Context, source string) ([]Reason, error) {
	id, ok, err := s.ix.source(ctx, source)
	if err != nil || !ok {
		return nil, err
	}
	all, err := collect(ctx, s, func(row scanner) (r Reason, err error) { err = row.Scan(&r.Class, &r.Example, &r.Count); return r, err },
		`SELECT class, max(reason), count(*) FROM article WHERE source_id = ? AND next_try IS NOT NULL GROUP BY class ORDER BY 3 DESC, 1`, id)
	if err != nil {
		return nil, fmt.Errorf("reasons of %s: %w", source, err)
	}
	return all, nil
}

// LoadHost returns what SaveHost kept of a host; nil where there is nothing. Calls that come at the same time share one
// query.
func (s *Store) LoadHost(ctx context.Context, name string) ([]byte, error) {
	return s.hosts.get(ctx, name)
}

func (s *Store) readHosts(ctx context.Context, names []string) (map[string][]byte, error) {
	return byName(ctx, s, names, func(row scanner) (name string, state []byte, err error) {
		err = row.Scan(&name, &state)
		return name, state, err
	}, `SELECT name, state FROM host WHERE name IN (SELECT value FROM json_each(?))`)
}

// SaveHost keeps what is to be remembered of a host over restarts. What it is, the caller decides.
func (s *Store) SaveHost(ctx context.Context, name string, state []byte) error {
	err := s.ix.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO host (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state`, name, state)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep state of host %s: %w", name, err)
	}
	return nil
}
