package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

const (
	seenEvery  = 24 * time.Hour   // last_seen of an article that is still listed is written this often
	calmDown   = 10 * time.Minute // first wait of an article whose entry changes without the article changing
	chunk      = 500              // rows that are asked for at once
	unknownKey = "?"              // in article.key: only the 48 bits of the file's name are known, the rest of key_hash is 0
	lowBits    = 1<<16 - 1
)

// KeyHash is what the store tells the entries of a source apart by: the first 8 bytes of the SHA-256 of the source's
// name, a NUL and the entry's Key. Its first 6 bytes end the name of the article's file.
func KeyHash(source string, e article.Entry) uint64 { return keyHash(source, e.Key()) }

func keyHash(source, key string) uint64 {
	h := sha256.New()
	h.Write([]byte(source))
	h.Write([]byte{0})
	h.Write([]byte(key))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// hash64 is never 0, which means "not known".
func hash64(s string) int64 {
	sum := sha256.Sum256([]byte(s))
	if v := int64(binary.BigEndian.Uint64(sum[:])); v != 0 {
		return v
	}
	return 1
}

// entryHash changes when the publisher changes what an entry says.
func entryHash(e article.Entry) int64 {
	return hash64(strings.Join([]string{e.Title, e.Updated.UTC().Format(time.RFC3339), e.Content, e.Summary}, "\x00"))
}

// listed is an entry of a listing with its hashes.
type listed struct {
	entry  article.Entry
	key    string
	hash   int64
	said   int64
	stored *known // nil: not there
	double bool   // its article is in the listing under another key, which counts
}

// news says whether a listing tells anything of an entry that is to be written.
func (it *listed) news(now time.Time) bool {
	k := it.stored
	if k == nil || it.double {
		return !it.double
	}
	return k.said != it.said || k.key == unknownKey || it.moved() || now.Sub(k.lastSeen) >= seenEvery
}

// moved says whether an entry that still waits for its page names another page now.
func (it *listed) moved() bool { return it.stored.waiting && it.stored.link != it.entry.Link }

// known is what the index has of an entry.
type known struct {
	id       int64
	hash     int64
	key      string
	link     string // as listed
	state    string
	status   string
	waiting  bool
	bytes    int64
	revision int
	said     int64
	idle     int
	lastSeen time.Time
	checked  time.Time
}

const knownColumns = `id, key_hash, key, guid, link, state, status, next_try IS NOT NULL, bytes, revision, entry_hash, idle, last_seen, checked`

func scanKnown(row scanner) (*known, error) {
	var k known
	var guid string
	var seen int64
	var checked sql.NullInt64
	err := row.Scan(&k.id, &k.hash, &k.key, &guid, &k.link, &k.state, &k.status, &k.waiting, &k.bytes, &k.revision, &k.said, &k.idle, &seen, &checked)
	if err != nil {
		return nil, err
	}
	if k.key == "" {
		k.key = article.Entry{GUID: guid, Link: k.link}.Key()
	}
	k.lastSeen, k.checked = time.UnixMilli(seen), fromMS(checked)
	return &k, nil
}

// count is what an article adds to the counters of its source.
func (k *known) count() Count {
	c := Count{Revisions: k.revision, Bytes: k.bytes}
	if k.waiting {
		c.Waiting = 1
	}
	switch k.state {
	case StatePending:
		c.Pending = 1
	case StateStored:
		c.Stored = 1
	case StateGone:
		c.Gone = 1
	case StateDropped:
		c.Dropped = 1
	}
	if k.revision > 0 && k.state == StateStored {
		switch article.BodyStatus(k.status) {
		case article.Summary:
			c.Summaries = 1
		case article.Partial:
			c.Partials = 1
		}
	}
	return c
}

// Record keeps what a run of a source has brought, in one transaction: entries not known become pending and due now,
// known ones that the publisher changed become pending again, and the state is kept. An entry that is twice in the
// listing counts once, the first time. A listing without news writes the state alone, however long it is.
//
// An article whose entry changes again and again while its text does not is looked at ever more rarely.
func (s *Store) Record(ctx context.Context, source string, entries []article.Entry, st State) (Recorded, error) {
	st.Source = source
	items := hashEntries(source, entries)
	if id, ok, err := s.ix.source(ctx, source); err != nil {
		return Recorded{}, fmt.Errorf("record %s: %w", source, err)
	} else if ok {
		query := func(q string, args ...any) (*sql.Rows, error) { return s.ix.query(ctx, q, args...) }
		if err := lookUp(query, id, items); err != nil {
			return Recorded{}, fmt.Errorf("record %s: %w", source, err)
		}
	}
	now := s.now()
	var news []*listed
	for _, it := range items {
		if it.news(now) {
			news = append(news, it)
		}
	}
	var rec Recorded
	err := s.ix.write(ctx, func(t *tx) error {
		rec = Recorded{Known: len(items)}
		id, err := t.source(source)
		if err != nil {
			return err
		}
		if err := s.record(t, id, items, news, now, &rec); err != nil {
			return err
		}
		return saveState(t, id, st)
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("record %s: %w", source, err)
	}
	return rec, nil
}

// hashEntries leaves out entries that are there twice.
func hashEntries(source string, entries []article.Entry) []*listed {
	items := make([]*listed, 0, len(entries))
	seen := make(map[uint64]bool, len(entries))
	for _, e := range entries {
		key := e.Key()
		h := keyHash(source, key)
		if seen[h] {
			continue
		}
		seen[h] = true
		items = append(items, &listed{entry: e, key: key, hash: int64(h), said: entryHash(e)})
	}
	return items
}

// lookUp finds what the index has of items: by their key, or by the part of it that is in the name of a file whose front
// matter says no more, or by another key that they had.
func lookUp(query queryFunc, source int64, items []*listed) error {
	if err := lookUpOwn(query, source, items); err != nil {
		return fmt.Errorf("look up entries: %w", err)
	}
	if err := lookUpOther(query, source, items); err != nil {
		return fmt.Errorf("look up entries: %w", err)
	}
	return nil
}

func lookUpOwn(query queryFunc, source int64, items []*listed) error {
	for len(items) > 0 {
		n := min(chunk, len(items))
		hashes := make([]int64, 0, 2*n)
		for _, it := range items[:n] {
			hashes = append(hashes, it.hash, it.hash&^lowBits)
		}
		list, err := json.Marshal(hashes)
		if err != nil {
			return err
		}
		found, err := scanAll(query, scanKnown, `SELECT `+knownColumns+` FROM article
			WHERE source_id = ? AND key_hash IN (SELECT value FROM json_each(?))`, source, string(list))
		if err != nil {
			return err
		}
		byHash := make(map[int64]*known, len(found))
		for _, k := range found {
			byHash[k.hash] = k
		}
		for _, it := range items[:n] {
			it.stored = byHash[it.hash]
			if k := byHash[it.hash&^lowBits]; it.stored == nil && k != nil && k.key == unknownKey {
				it.stored = k
			}
		}
		items = items[n:]
	}
	return nil
}

// lookUpOther finds what is known under other keys. An article that is listed under its own key, too, is not found twice.
func lookUpOther(query queryFunc, source int64, items []*listed) error {
	unknown := map[int64]*listed{}
	var hashes []int64
	held := map[int64]bool{}
	for _, it := range items {
		if it.stored == nil {
			unknown[it.hash] = it
			hashes = append(hashes, it.hash)
		} else {
			held[it.stored.id] = true
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	list, err := json.Marshal(hashes)
	if err != nil {
		return err
	}
	type other struct{ hash, id int64 }
	others, err := scanAll(query, func(row scanner) (o other, err error) { err = row.Scan(&o.hash, &o.id); return o, err },
		`SELECT key_hash, article_id FROM other_key WHERE source_id = ? AND key_hash IN (SELECT value FROM json_each(?))`, source, string(list))
	if err != nil {
		return err
	}
	for _, o := range others {
		found, err := scanAll(query, scanKnown, `SELECT `+knownColumns+` FROM article WHERE id = ?`, o.id)
		if err != nil {
			return err
		}
		for _, k := range found {
			it := unknown[o.hash]
			it.stored, it.double = k, held[k.id]
			k.key, held[k.id] = it.key, true
		}
	}
	return nil
}

// queryFunc reads, in a transaction or outside any.
type queryFunc func(string, ...any) (*sql.Rows, error)

// scanAll collects the rows of a query.
func scanAll[T any](query queryFunc, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	rows, err := query(text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// collect is scanAll outside any transaction.
func collect[T any](ctx context.Context, s *Store, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	return scanAll(func(q string, args ...any) (*sql.Rows, error) { return s.ix.query(ctx, q, args...) }, scan, text, args...)
}

func scanString(row scanner) (v string, err error) {
	err = row.Scan(&v)
	return v, err
}

// record writes what is new or changed of a listing. It looks again, now that nobody else can write.
func (s *Store) record(t *tx, source int64, all, news []*listed, now time.Time, rec *Recorded) error {
	if err := lookUp(t.query, source, news); err != nil {
		return err
	}
	if slices.ContainsFunc(news, func(it *listed) bool { return it.stored == nil }) {
		if err := renamed(t, source, all); err != nil {
			return err
		}
	}
	for _, it := range news {
		k := it.stored
		switch {
		case k == nil:
			id, err := s.insert(t, source, it, now)
			if err != nil {
				return err
			}
			rec.New++
			rec.Known--
			rec.IDs = append(rec.IDs, id)
		case k.key != it.key && k.key != unknownKey:
			// Two keys with one 64-bit hash: no accident, and it costs only the source that made them.
			s.log.Warn("entry left out: its key has the hash of another", "article", k.id, "key", it.key)
		default:
			changed, err := s.seen(t, source, it, now)
			if err != nil {
				return err
			}
			if changed {
				rec.Changed++
				rec.Known--
				rec.IDs = append(rec.IDs, k.id)
			}
		}
	}
	return nil
}

// lookUpFormer finds, for entries of a listing that are not known, articles that are: under a key by which they are no
// longer listed. A publisher that moves its site changes the GUIDs of all that it lists, and each article would be there
// twice.
func lookUpFormer(query queryFunc, source int64, items []*listed) (found []*listed, err error) {
	some, err := scanAll(query, scanString, `SELECT 'yes' FROM article WHERE source_id = ? LIMIT 1`, source)
	if err != nil || len(some) == 0 {
		return nil, err
	}
	here := make(map[int64]bool, len(items))
	for _, it := range items {
		here[it.hash] = true
	}
	for _, it := range items {
		if it.stored != nil || it.entry.Link == "" {
			continue
		}
		if it.stored, err = formerly(query, source, it, here); err != nil {
			return nil, fmt.Errorf("entry %q: %w", it.key, err)
		}
		if it.stored != nil {
			here[it.stored.hash] = true
			it.stored.key = it.key
			found = append(found, it)
		}
	}
	return found, nil
}

// formerly returns the article that an entry was under another key: it has the same address, but perhaps for http and
// https, and is the same. The address alone would not do: many entries share that of a ticker or of a front page.
func formerly(query queryFunc, source int64, it *listed, here map[int64]bool) (*known, error) {
	url := article.Canonical(it.entry.Link)
	for _, url := range []string{url, otherScheme(url)} {
		h := hash64(url)
		found, err := scanAll(query, scanTold, `SELECT `+knownColumns+`, title, detail FROM article WHERE +source_id = ? AND id IN (`+byAddress+`) ORDER BY id DESC`,
			source, h, h)
		if err != nil {
			return nil, err
		}
		for _, k := range found {
			if !here[k.hash] && article.Canonical(k.link) == url && k.same(it) {
				return k.known, nil
			}
		}
	}
	return nil, nil
}

// renamed finds articles that are listed under other keys now, and keeps those.
func renamed(t *tx, source int64, items []*listed) error {
	found, err := lookUpFormer(t.query, source, items)
	if err != nil {
		return err
	}
	for _, it := range found {
		if _, err := t.exec(`INSERT INTO other_key (source_id, key_hash, article_id) VALUES (?, ?, ?)`, source, it.hash, it.stored.id); err != nil {
			return fmt.Errorf("entry %q: %w", it.key, err)
		}
	}
	return nil
}

// otherScheme is an address for https where it is one for http, and the other way round.
func otherScheme(url string) string {
	if rest, plain := strings.CutPrefix(url, "http:"); plain {
		return "https:" + rest
	}
	return "http:" + strings.TrimPrefix(url, "https:")
}

// told is what the index has of an entry, and what that said.
type told struct {
	*known
	title string
	raw   string // its date, as written
}

func scanTold(row scanner) (k told, err error) {
	var more string
	k.known, err = scanKnown(scanFunc(func(to ...any) error { return row.Scan(append(to, &k.title, &more)...) }))
	if err != nil {
		return k, err
	}
	var d detail
	err = json.Unmarshal([]byte(more), &d)
	k.raw = d.PublishedRaw
	return k, err
}

// same says whether an entry of the same address is this one, under another key. Where its text is another, title and time
// must tell: a day is not enough, on which an exchange has many announcements of one title.
func (k told) same(it *listed) bool {
	raw := it.entry.PublishedRaw
	if k.said == it.said {
		return raw == "" || k.raw == raw
	}
	timed := strings.Contains(raw, ":") && !strings.Contains(raw, " 00:00") && !strings.Contains(raw, "T00:00")
	return timed && k.raw == raw && article.Text(k.title) == article.Text(it.entry.Title)
}

func (s *Store) insert(t *tx, source int64, it *listed, now time.Time) (id int64, err error) {
	e := it.entry
	blob, err := s.packEntry(e)
	if err != nil {
		return 0, fmt.Errorf("entry %q: %w", it.key, err)
	}
	first := now.Truncate(time.Second)
	detail, err := packDetail(detailOf(&article.Article{
		Authors: e.Authors, Tags: e.Tags, Image: e.Image, PublishedRaw: e.PublishedRaw,
	}))
	if err != nil {
		return 0, fmt.Errorf("entry %q: %w", it.key, err)
	}
	published := e.Published.Truncate(time.Second)
	err = t.row(`INSERT INTO article (source_id, key_hash, key, guid, link, url_hash, title, published, updated, at, first_seen, last_seen,
		state, next_try, entry, entry_hash, language, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		source, it.hash, storedKey(it.key, e), e.GUID, e.Link, hash64(article.Canonical(e.Link)), e.Title, ms(published),
		ms(e.Updated.Truncate(time.Second)), ms(at(published, first)), ms(first), ms(now), StatePending, ms(now), blob, it.said, e.Language, detail).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add entry %q: %w", it.key, err)
	}
	t.count(source, Count{}, Count{Waiting: 1, Pending: 1})
	return id, nil
}

// storedKey is the key where GUID and link do not tell it.
func storedKey(key string, e article.Entry) string {
	if e.GUID == "" && article.StripTracking(e.Link) == "" {
		return key
	}
	return ""
}

// at is where an article stands in lists: a date in the future must not stay on top of them for ever.
func at(published, firstSeen time.Time) time.Time {
	if published.IsZero() || published.After(firstSeen) {
		return firstSeen
	}
	return published
}

// seen updates an article that is listed again, and reports whether it became pending by that.
func (s *Store) seen(t *tx, source int64, it *listed, now time.Time) (changed bool, err error) {
	k := it.stored
	if k.key == unknownKey {
		_, err := t.exec(`UPDATE article SET key_hash = ?, key = ?, guid = ?, link = ?, entry_hash = ? WHERE id = ?`,
			it.hash, storedKey(it.key, it.entry), it.entry.GUID, it.entry.Link, it.said, k.id)
		if err != nil {
			return false, fmt.Errorf("entry %q: %w", it.key, err)
		}
		k.said = it.said
	}
	if !it.moved() && (k.said == it.said || k.said == 0) {
		_, err := t.exec(`UPDATE article SET last_seen = ?, entry_hash = ? WHERE id = ?`, ms(now), it.said, k.id)
		return false, err
	}
	blob, err := s.packEntry(it.entry)
	if err != nil {
		return false, fmt.Errorf("entry %q: %w", it.key, err)
	}
	if k.waiting {
		// Its turn comes when it was to come: an entry that changes all the time gets no more tries than others.
		_, err := t.exec(`UPDATE article SET last_seen = ?, entry = ?, entry_hash = ?, link = ?, url_hash = CASE WHEN revision > 0 THEN url_hash ELSE ? END WHERE id = ?`,
			ms(now), blob, it.said, it.entry.Link, hash64(article.Canonical(it.entry.Link)), k.id)
		return false, err
	}
	is := *k
	is.waiting = true
	if k.revision == 0 {
		is.state = StatePending
	}
	next := now
	if calm := calmDown << min(max(k.idle-1, 0), 10); k.idle > 0 && now.Sub(k.checked) < calm && !k.checked.After(now) {
		next = k.checked.Add(calm)
	}
	_, err = t.exec(`UPDATE article SET last_seen = ?, state = ?, entry = ?, entry_hash = ?, attempts = 0, next_try = ?, deadline = NULL,
		reason = ?, class = ? WHERE id = ?`, ms(now), is.state, blob, it.said, ms(next), ReasonChanged, ReasonChanged, k.id)
	if err != nil {
		return false, fmt.Errorf("entry %q: %w", it.key, err)
	}
	t.count(source, k.count(), is.count())
	return true, nil
}

// Touch keeps the state of a source alone: after a 304 or a failure. A Window that is nil is left as it is.
func (s *Store) Touch(ctx context.Context, st State) error {
	save := func(t *tx) error {
		id, err := t.source(st.Source)
		if err != nil {
			return err
		}
		return saveState(t, id, st)
	}
	write := s.ix.write
	if _, known, err := s.ix.source(ctx, st.Source); err == nil && known && st.Window == nil {
		write = s.ix.writeOne
	}
	err := write(ctx, save)
	if err != nil {
		return fmt.Errorf("keep state of %s: %w", st.Source, err)
	}
	return nil
}

func saveState(t *tx, id int64, st State) error {
	days := packDays(st.Days)
	if _, err := t.exec(`UPDATE source SET state = ?, days = CASE WHEN ? = '' THEN days ELSE ? END, due = ?, failures = ? WHERE id = ?`, packState(&st), days, days, ms(st.Due), st.Failures, id); err != nil {
		return err
	}
	if st.Window == nil {
		return nil
	}
	keys := make([]byte, 0, 8*len(st.Window))
	for _, k := range st.Window {
		keys = binary.BigEndian.AppendUint64(keys, k)
	}
	_, err := t.exec(`INSERT INTO listing (source_id, keys) VALUES (?, ?) ON CONFLICT (source_id) DO UPDATE SET keys = excluded.keys
		WHERE listing.keys <> excluded.keys`, id, keys)
	return err
}

// packDays writes a history, a line for each day: as JSON it would be most of the work of reading the states of all sources.
func packDays(all []Day) string {
	var b []byte
	for _, d := range all {
		b = append(b, d.Day...)
		for _, n := range [...]int64{int64(d.Runs), int64(d.Failed), int64(d.Listed), int64(d.New), int64(d.Saved), int64(d.Partial), d.Runes, int64(d.Missed)} {
			b = strconv.AppendInt(append(b, ' '), n, 10)
		}
		b = append(b, '\n')
	}
	return string(b)
}

// unpackDays reads what packDays wrote. What a later version may have added to a line is passed over, and what an earlier
// one did not have is 0.
func unpackDays(text string) ([]Day, error) {
	all := make([]Day, 0, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		day, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var n [8]int64
		for i := 0; i < len(n) && (i == 0 || rest != ""); i++ {
			var word string
			var err error
			word, rest, _ = strings.Cut(rest, " ")
			if n[i], err = strconv.ParseInt(word, 10, 64); err != nil {
				return nil, fmt.Errorf("history of %q: %w", day, err)
			}
		}
		all = append(all, Day{
			Day: day, Runs: int(n[0]), Failed: int(n[1]), Listed: int(n[2]), New: int(n[3]), Saved: int(n[4]), Partial: int(n[5]), Runes: n[6], Missed: int(n[7]),
		})
	}
	return all, nil
}

// State returns what is remembered of a source; of one that never ran, its name alone.
func (s *Store) State(ctx context.Context, source string) (State, error) {
	states, err := collect(ctx, s, scanState, `SELECT s.name, s.state, s.days, s.waiting, coalesce(l.keys, x'') FROM source s LEFT JOIN listing l ON l.source_id = s.id
		WHERE s.name = ?`, source)
	if err != nil {
		return State{}, fmt.Errorf("state of %s: %w", source, err)
	}
	if len(states) == 0 {
		return State{Source: source}, nil
	}
	return states[0], nil
}

// Brief is State without its Window and its Days. Written back, those stay as they were. Calls that come at the same time
// share one query.
func (s *Store) Brief(ctx context.Context, source string) (State, error) {
	b, err := s.briefs.get(ctx, source)
	if err != nil {
		return State{}, fmt.Errorf("state of %s: %w", source, err)
	}
	st := State{Source: source, Waiting: b.waiting}
	if err := unpackState(b.state, &st); err != nil {
		return State{}, fmt.Errorf("state of %s: %w", source, err)
	}
	return st, nil
}

// brief is a Brief as it is kept.
type brief struct {
	state   string
	waiting int
}

func (s *Store) readBriefs(ctx context.Context, sources []string) (map[string]brief, error) {
	return byName(ctx, s, sources, func(row scanner) (name string, b brief, err error) {
		err = row.Scan(&name, &b.state, &b.waiting)
		return name, b, err
	}, `SELECT name, state, waiting FROM source WHERE name IN (SELECT value FROM json_each(?))`)
}

// Window returns the KeyHashes of the last listing of a source, which is not nil.
func (s *Store) Window(ctx context.Context, source string) ([]uint64, error) {
	st, err := s.State(ctx, source)
	if st.Window == nil {
		st.Window = []uint64{}
	}
	return st.Window, err
}

// States gives what is remembered of every source that ever ran, by name, each without its Window and its Days. It reads
// while the caller does what it does with them, so that not all are in memory at once.
func (s *Store) States(ctx context.Context) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		if err := s.eachState(ctx, yield); err != nil {
			yield(State{}, fmt.Errorf("states of the sources: %w", err))
		}
	}
}

func (s *Store) eachState(ctx context.Context, yield func(State, error) bool) error {
	rows, err := s.ix.query(ctx, `SELECT name, state, '', waiting, x'' FROM source ORDER BY name`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		st, err := scanState(rows)
		if err != nil {
			return err
		}
		if !yield(st, nil) {
			return nil
		}
	}
	return explain(rows.Err())
}

func scanState(row scanner) (State, error) {
	var st State
	var name, lines, days string
	var keys []byte
	if err := row.Scan(&name, &lines, &days, &st.Waiting, &keys); err != nil {
		return st, err
	}
	if err := unpackState(lines, &st); err != nil {
		return st, fmt.Errorf("state of %s: %w", name, err)
	}
	if days != "" {
		var err error
		if st.Days, err = unpackDays(days); err != nil {
			return st, fmt.Errorf("state of %s: %w", name, err)
		}
	}
	st.Source = name
	for ; len(keys) >= 8; keys = keys[8:] {
		st.Window = append(st.Window, binary.BigEndian.Uint64(keys))
	}
	return st, nil
}

// An entry is kept as JSON, compressed where that is worth it. The first byte of a zstd frame is none of JSON's.
const packAbove = 512

func (s *Store) packEntry(e article.Entry) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil || len(data) < packAbove {
		return data, err
	}
	return s.entries.EncodeAll(data, nil), nil
}

func (s *Store) unpackEntry(data []byte) (e article.Entry, err error) {
	if len(data) == 0 {
		return e, errors.New("no entry")
	}
	if data[0] != '{' {
		if data, err = s.unpack.DecodeAll(data, nil); err != nil {
			return e, err
		}
	}
	err = json.Unmarshal(data, &e)
	return e, err
}
