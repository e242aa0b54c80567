package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// Pending returns what is due, longest due first: of one source, or of all where source is "".
// It does not claim anything: two processes may be given the same, and only one of them can save it.
func (s *Store) Pending(ctx context.Context, source string, due time.Time, limit int) ([]Pending, error) {
	if source == "" {
		return s.pending(ctx, `SELECT `+pendingColumns+` FROM article a WHERE a.next_try <= ? ORDER BY a.next_try LIMIT ?`, ms(due), limit)
	}
	id, ok, err := s.ix.source(ctx, source)
	if err != nil || !ok {
		return nil, err
	}
	return s.pending(ctx, `SELECT `+pendingColumns+` FROM article a WHERE a.source_id = ? AND a.next_try <= ? ORDER BY a.next_try LIMIT ?`,
		id, ms(due), limit)
}

// Rechecks returns stored articles whose pages are to be looked at again for corrections, of all sources, longest due
// first. Save and Fail take them like others; unless Pending.Then says when, they are not looked at again.
func (s *Store) Rechecks(ctx context.Context, due time.Time, limit int) ([]Pending, error) {
	all, err := s.pending(ctx, `SELECT `+pendingColumns+` FROM article a WHERE a.next_check <= ? ORDER BY a.next_check LIMIT ?`, ms(due), limit)
	for i := range all {
		all[i].Check, all[i].Reason = true, "recheck"
	}
	return all, err
}

// Reconsider returns any article in the form that Save takes, for new rules on its kept page: set Reason to
// ReasonExtraction, so that what comes of it is not shown as a correction.
func (s *Store) Reconsider(ctx context.Context, id int64) (Pending, error) {
	all, err := s.pending(ctx, `SELECT `+pendingColumns+` FROM article a WHERE a.id = ?`, id)
	if err != nil {
		return Pending{}, err
	}
	if len(all) == 0 {
		return Pending{}, fmt.Errorf("article %d: %w", id, ErrNotFound)
	}
	return all[0], nil
}

// NextDue returns when the first pending article is due; the zero time where none is pending.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	next, err := collect(ctx, s, func(row scanner) (v sql.NullInt64, err error) { err = row.Scan(&v); return v, err },
		`SELECT next_try FROM article WHERE next_try IS NOT NULL ORDER BY next_try LIMIT 1`)
	if err != nil || len(next) == 0 {
		return time.Time{}, err
	}
	return fromMS(next[0]), nil
}

func (s *Store) pending(ctx context.Context, query string, args ...any) ([]Pending, error) {
	rows, err := collect(ctx, s, func(row scanner) (fullRow, error) { return s.scanPending(ctx, row) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("pending articles: %w", err)
	}
	all := make([]Pending, len(rows))
	for i, r := range rows {
		if all[i], err = s.pendingOf(r); err != nil {
			return nil, fmt.Errorf("pending articles: %w", err)
		}
	}
	return all, nil
}

// draft is an article on its way to the archive.
type draft struct {
	p       Pending
	was     fullRow // as it is in the index
	a       article.Article
	outcome string
	reason  string // of the revision
	hash    []byte // content hash
	page    article.Validators

	path   string
	sha    []byte
	size   int64
	staged []Staged // published in this order
	old    *Revision
	oldSHA []byte
}

// Save stores the article that a pending entry has become. It decides by text and status whether that is new, a
// revision, a completion or nothing new; keeps the revision that it replaces; and writes the page as it came (if raw is
// given and the configuration keeps pages). What was seen first stays: first_seen, the GUID, the claimed date as it was
// written, and the path. A shorter body never replaces a fuller one: a summary or the free part of a page that was
// stored whole comes to "same".
//
// ErrSuperseded: somebody else saved it since p was read. On any error the article is pending as before.
func (s *Store) Save(ctx context.Context, p Pending, a *article.Article, raw *Raw) (Saved, error) {
	saved, err := s.save(ctx, p, a, raw)
	for range relabelTries {
		if !errors.Is(err, errRelabelled) {
			break
		}
		saved, err = s.save(ctx, p, a, raw)
	}
	if err != nil {
		return Saved{}, fmt.Errorf("save article %d of %s: %w", p.ID, p.Source, err)
	}
	return saved, nil
}

// errRelabelled: the article was labelled anew while its file was written, which does not have the new labels.
var errRelabelled = errors.New("labelled anew meanwhile")

// relabelTries is how often a file is written again because of that.
const relabelTries = 10

// unlabelled makes sure that an article still has the details that its file was written with.
func unlabelled(t *tx, id int64, more string) error {
	var now string
	if err := t.row(`SELECT detail FROM article WHERE id = ?`, id).Scan(&now); err != nil {
		return err
	}
	if now != more {
		return errRelabelled
	}
	return nil
}

func (s *Store) save(ctx context.Context, p Pending, a *article.Article, raw *Raw) (Saved, error) {
	was, err := s.rowByID(ctx, p.ID)
	if err != nil {
		return Saved{}, err
	}
	if was.Revision != p.revision {
		return Saved{}, ErrSuperseded
	}
	d := &draft{p: p, was: was, a: *a}
	defer func() {
		for _, st := range d.staged {
			st.Discard()
		}
	}()
	if raw != nil {
		d.page = article.Validators{URL: raw.URL, ETag: raw.Header.Get("Etag"), LastModified: raw.Header.Get("Last-Modified")}
	}
	if err := d.decide(s.now()); err != nil {
		return Saved{}, err
	}
	if d.outcome != OutcomeSame {
		if found, err := s.unknownFile(ctx, d); err != nil {
			return Saved{}, s.ix.note(err)
		} else if found > 0 {
			p.revision = found
			return s.save(ctx, p, a, raw)
		}
		if err := s.stage(ctx, d, raw); err != nil {
			return Saved{}, s.ix.note(err)
		}
	}
	if err := s.ix.write(ctx, func(t *tx) error { return s.commit(t, d) }); err != nil {
		return Saved{}, err
	}
	return Saved{ID: p.ID, Path: d.path, Revision: d.a.Revision, Outcome: d.outcome}, nil
}

// rank orders statuses: a body is never replaced by a lesser one.
var rank = map[article.BodyStatus]int{article.Summary: 1, article.Partial: 2, article.Full: 3}

// decide says what the article is to what is stored, and fills in what never changes.
func (d *draft) decide(now time.Time) error {
	a, was := &d.a, &d.was
	a.Source, a.GUID, a.FirstSeen = was.Source, was.GUID, was.FirstSeen
	if was.Link != "" {
		a.Link = was.Link
	}
	if a.Link == "" {
		a.Link = d.p.Entry.Link
	}
	if a.SourceURL == "" {
		a.SourceURL = a.Link
	}
	a.SourceURL = article.Canonical(a.SourceURL)
	if a.Cluster == "" {
		a.Cluster, a.Origin = was.Cluster, was.Origin
	}
	if len(a.Sources) == 0 {
		a.Sources = was.Sources
	}
	if a.Status == "" {
		a.Status = article.Full
	}
	if rank[a.Status] == 0 {
		return fmt.Errorf("unknown body status %q", a.Status)
	}
	d.dates()
	if a.Fetched.IsZero() {
		a.Fetched = now
	}
	a.Fetched = a.Fetched.UTC().Truncate(time.Second)
	a.ContentHash = a.Hash()
	var err error
	if d.hash, err = hex.DecodeString(a.ContentHash); err != nil {
		return fmt.Errorf("content hash: %w", err)
	}
	d.path = was.Path
	switch {
	case was.Revision == 0 || was.Path == "":
		d.outcome, d.reason, a.Revision = OutcomeNew, ReasonFirst, max(was.Revision, 1)
	case rank[a.Status] < rank[was.Status], a.ContentHash == was.ContentHash && a.Status == was.Status:
		d.outcome, a.Revision = OutcomeSame, was.Revision
	case rank[a.Status] > rank[was.Status]:
		d.outcome, d.reason, a.Revision = OutcomeCompleted, ReasonCompleted, was.Revision+1
	default:
		d.outcome, d.reason, a.Revision = OutcomeRevised, ReasonPublisher, was.Revision+1
	}
	if d.p.Reason == ReasonExtraction && d.outcome != OutcomeSame {
		d.reason = ReasonExtraction // also where the new rules find the whole: the page was had before
	}
	return nil
}

// dates keeps the first claim about the date, unless the publisher makes another one in a later revision. The claim as
// it was first written stays in any case.
func (d *draft) dates() {
	a, was := &d.a, &d.was
	raw := a.PublishedRaw
	if was.PublishedRaw != "" {
		a.PublishedRaw = was.PublishedRaw
	}
	changed := !a.Published.IsZero() && raw != "" && raw != was.PublishedRaw
	if !was.Published.IsZero() && !changed {
		a.Published = was.Published
	}
	a.Published = a.Published.UTC().Truncate(time.Second)
	a.Updated = a.Updated.UTC().Truncate(time.Second)
}

// stage puts everything on the disk, under temporary names: the article, and its page. The revision that it replaces is
// copied to its last place at once: that can be done twice without harm.
func (s *Store) stage(ctx context.Context, d *draft, raw *Raw) error {
	how := s.how.Load()
	data, err := how.format.Encode(&d.a)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if d.was.Path != "" {
		if err := s.keepOld(ctx, d); err != nil {
			return fmt.Errorf("keep revision %d: %w", d.was.Revision, err)
		}
	}
	if raw != nil && how.raw {
		page, err := s.packRaw(raw)
		if err != nil {
			return fmt.Errorf("raw page: %w", err)
		}
		// Not durable: a page can be had again or done without, and each fsync costs as much as the article's.
		if err := d.stage(ctx, s.files, article.RawPath(d.was.Source, s.nameOf(d.was.Source, d.path), d.a.Revision), page, false); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(data)
	d.sha, d.size = sum[:], int64(len(data))
	return d.stage(ctx, s.files, d.path, data, true)
}

func (d *draft) stage(ctx context.Context, files Files, name string, data []byte, durable bool) error {
	st, err := files.Stage(ctx, name, data, durable)
	if err != nil {
		return err
	}
	d.staged = append(d.staged, st)
	return nil
}

// unknownFile chooses where an article goes, and adopts a file there that is newer than what the database knows. Either a
// crash came before its commit, or another database stored it: one that was lost, or went on after the copy was made that
// this one was restored from. What was seen first stays so, and nothing is written over that was not kept. It returns the
// revision that was adopted, or 0.
func (s *Store) unknownFile(ctx context.Context, d *draft) (revision int, err error) {
	if d.path == "" {
		if d.path, err = s.newPath(ctx, d); err != nil {
			return 0, err
		}
	}
	f := s.readFile(ctx, d.path)
	switch {
	case errors.Is(f.err, fs.ErrNotExist):
		return 0, nil
	case errors.Is(f.err, errNoArticle):
		s.log.Warn("a file that is no article is written over", "path", d.path, "err", f.err)
		return 0, nil
	case f.err != nil:
		return 0, f.err
	case d.was.Path != "" && f.art.Revision <= d.was.Revision:
		return 0, nil
	case d.was.Path == "" && f.art.FirstSeen.Equal(d.was.FirstSeen):
		return 0, nil // a crash left it; it is written again, with its page
	}
	if f.art.Revision, err = s.lastRevision(ctx, d, f.art.Revision); err != nil {
		return 0, err
	}
	if err := s.adoptNewer(ctx, d, f); err != nil {
		return 0, err
	}
	s.adopted.Do(func() {
		s.log.Warn("the archive has newer files than the database knows; they are taken over as their articles come again, and all of them by `feedfolio reindex`", "path", d.path)
	})
	return f.art.Revision, nil
}

// adoptNewer makes a row say what a newer file says. What the row said before is a revision, which was kept before the
// file was written.
func (s *Store) adoptNewer(ctx context.Context, d *draft, f *found) error {
	if d.was.Path != "" {
		to := article.RevisionPath(d.was.Source, s.nameOf(d.was.Source, d.was.Path), d.was.Revision, path.Ext(d.was.Path))
		kept, err := s.files.Read(ctx, to, maxFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if sum := sha256.Sum256(kept); err == nil {
			d.old, d.oldSHA = &Revision{Path: to, Bytes: int64(len(kept))}, sum[:]
		}
	}
	return s.ix.write(ctx, func(t *tx) error {
		if _, _, err := current(t, d.p); err != nil {
			return err
		}
		if d.old != nil {
			if err := keepRevision(t, d); err != nil {
				return err
			}
		}
		return s.adopt(t, &watcher{}, f)
	})
}

// lastRevision is the number of an article's newest revision, by those that are kept of it: not every format says it.
func (s *Store) lastRevision(ctx context.Context, d *draft, said int) (int, error) {
	last := max(said, 1)
	kept := path.Dir(article.RevisionPath(d.was.Source, s.nameOf(d.was.Source, d.path), 1, path.Ext(d.path)))
	err := s.files.Walk(ctx, kept, func(name string) error {
		last = max(last, parsePath(name).n+1)
		return nil
	})
	return last, err
}

// newPath is where a new article goes: not where another row's is, of an entry that somebody made up with the same 48
// bits of hash, day and title.
func (s *Store) newPath(ctx context.Context, d *draft) (string, error) {
	name := article.Name(d.was.Source, entryOf(d), d.was.FirstSeen)
	hash := int64(KeyHash(d.was.Source, entryOf(d)))
	taken, err := collect(ctx, s, scanString,
		`SELECT path FROM article WHERE source_id = ? AND key_hash BETWEEN ? AND ? AND id <> ?`,
		d.was.sourceID, hash&^lowBits, hash|lowBits, d.p.ID)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		at := article.Path(d.was.Source, numbered(name, n), s.how.Load().format.Ext())
		if !slices.Contains(taken, at) {
			return at, nil
		}
	}
}

// numbered puts a number before the hash at the end of a name.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	cut := strings.LastIndexByte(name, '-')
	return fmt.Sprintf("%s-%d%s", name[:cut], n, name[cut:])
}

// entryOf is the entry with what the article knows better, and the identity that the row has.
func entryOf(d *draft) article.Entry {
	e := d.p.Entry
	e.GUID, e.Link = d.was.GUID, d.a.Link
	if e.Title == "" {
		e.Title = d.a.Title
	}
	if e.Published.IsZero() {
		e.Published = d.a.Published
	}
	return e
}

// nameOf is the name in the path of an article's file.
func (s *Store) nameOf(source, file string) string {
	name := strings.TrimPrefix(file, "articles/"+source+"/")
	return strings.TrimSuffix(name, path.Ext(name))
}

// keepOld copies the stored revision to where earlier ones are, durably. If the file is not what was stored, a crash came
// between the renaming of a newer one and its commit, and the copy was made then; or somebody edited it by hand.
func (s *Store) keepOld(ctx context.Context, d *draft) error {
	was := &d.was
	to := article.RevisionPath(was.Source, s.nameOf(was.Source, was.Path), was.Revision, path.Ext(was.Path))
	data, err := s.files.Read(ctx, was.Path, maxFile)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	sum := sha256.Sum256(data)
	if missing || hex.EncodeToString(sum[:]) != was.SHA256 {
		kept, err := s.files.Read(ctx, to, maxFile)
		switch {
		case err == nil:
			data, sum = kept, sha256.Sum256(kept)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		case missing:
			s.log.Warn("a stored file is missing, its revision is lost", "article", was.ID, "path", was.Path)
			to = ""
		default:
			s.log.Warn("a stored file was changed by somebody else, its revision is kept as found", "article", was.ID, "path", was.Path)
		}
	}
	if to != "" {
		if err := writeFile(ctx, s.files, to, data); err != nil {
			return err
		}
	}
	d.old = &Revision{Path: to, Bytes: int64(len(data))}
	d.oldSHA = sum[:]
	return nil
}

// writeFile writes a file durably.
func writeFile(ctx context.Context, files Files, name string, data []byte) error {
	st, err := files.Stage(ctx, name, data, true)
	if err != nil {
		return err
	}
	defer st.Discard()
	if err := st.Publish(); err != nil {
		return err
	}
	return files.Sync(ctx, path.Dir(name))
}

// current reads what an article is now, with nobody else writing. It is the fence: what was saved by somebody else
// since it was read as pending is left alone.
func current(t *tx, p Pending) (source int64, k *known, err error) {
	k, err = scanKnown(t.row(`SELECT `+knownColumns+` FROM article WHERE id = ?`, p.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, ErrNotFound
	}
	if err != nil {
		return 0, nil, err
	}
	if k.revision != p.revision {
		return 0, nil, ErrSuperseded
	}
	source, err = t.source(p.Source)
	return source, k, err
}

// commit is the transaction of Save. Files get their names in it, so that no other process can do so at the same time;
// the folders are synced before it is committed.
func (s *Store) commit(t *tx, d *draft) error {
	source, k, err := current(t, d.p)
	if err != nil {
		return err
	}
	w := d.waits(k, s.now())
	is := *k
	is.state, is.waiting = StateStored, w.next != nil
	if d.p.Reason == ReasonExtraction && k.state == StateGone {
		is.state = StateGone // no word of the publisher's
	}
	if k.state == StateGone || k.state == StateDropped {
		if err := buried(t, k, is.state, Failure{}, d.a.Fetched); err != nil {
			return err
		}
	}
	if d.outcome == OutcomeSame {
		idle := k.idle
		if d.p.Reason == ReasonChanged {
			idle++
		}
		_, err := t.exec(`UPDATE article SET checked = ?, state = ?, validators = coalesce(nullif(?, ''), validators), idle = ?`+w.set+` WHERE id = ?`,
			append([]any{ms(d.a.Fetched), is.state, d.validators(), idle}, append(w.args, d.p.ID)...)...)
		if err != nil {
			return err
		}
		t.count(source, k.count(), is.count())
		return nil
	}
	if err := unlabelled(t, d.p.ID, d.was.more); err != nil {
		return err
	}
	if d.was.Revision > 0 {
		if err := relabelled(t, d.p.ID, d.was.labels(), detailOf(&d.a), ms(d.a.Fetched)); err != nil {
			return err
		}
	}
	if d.old != nil {
		if err := keepRevision(t, d); err != nil {
			return err
		}
	}
	if err := s.update(t, d, is.state, w); err != nil {
		return err
	}
	if d.p.Print != nil {
		if err := savePrint(t, d.p.ID, d.p.Print); err != nil {
			return err
		}
	}
	for _, st := range d.staged {
		if err := st.Publish(); err != nil {
			return err
		}
	}
	t.folders[path.Dir(d.path)] = true
	is.status, is.revision, is.bytes = string(d.a.Status), d.a.Revision, d.size
	t.count(source, k.count(), is.count())
	return nil
}

// waits is the part of an update that says what the article waits for after it was saved.
type waits struct {
	next any // nil: nothing more
	set  string
	args []any
}

func (d *draft) waits(k *known, now time.Time) waits {
	then := d.p.Then
	var w waits
	if d.p.Reason == ReasonExtraction && then == (Then{}) {
		// New rules on a kept page bring no news: what it waits for, it still waits for.
		if k.waiting {
			w.next = true
		}
		return w
	}
	switch {
	case !then.Try.IsZero():
		w.next = ms(clamp(then.Try, now))
		w.set = `, attempts = attempts + 1, next_try = ?, deadline = ?, reason = ?, class = ?`
		w.args = []any{w.next, ms(then.Until), short(then.Reason), then.Class}
	case k.waiting && k.said != d.p.entryHash:
		w.next = ms(now)
		w.set = `, attempts = 0, next_try = ?, deadline = NULL, reason = ?, class = ?`
		w.args = []any{w.next, ReasonChanged, ReasonChanged}
	default:
		w.set = `, attempts = 0, next_try = NULL, deadline = NULL, reason = '', class = ''`
	}
	var check any
	if !then.Check.IsZero() {
		check = ms(clamp(then.Check, now))
	}
	w.set += `, next_check = ?, step = ?`
	w.args = append(w.args, check, then.Step)
	return w
}

// clamp bounds a time that something waits for.
func clamp(t, now time.Time) time.Time {
	if last := now.Add(farthest); t.After(last) {
		return last
	}
	return t
}

func (d *draft) validators() string {
	if d.page == (article.Validators{}) {
		return ""
	}
	data, _ := json.Marshal(d.page) // strings only
	return string(data)
}

func (s *Store) update(t *tx, d *draft, state string, w waits) error {
	a := &d.a
	more, err := packDetail(detailOf(a))
	if err != nil {
		return err
	}
	url := a.SourceURL
	if url == article.Canonical(a.Link) {
		url = ""
	} else if err := addAlias(t, d.p.ID, article.Canonical(a.Link)); err != nil {
		return err
	}
	args := append([]any{
		a.Link, url, hash64(a.SourceURL), a.Title, ms(a.Published), ms(a.Updated), ms(at(a.Published, a.FirstSeen)), ms(a.Fetched), ms(a.Fetched),
		state, string(a.Status), d.path, d.sha, d.size, d.hash, a.Revision, d.reason, a.Language, more, d.validators(),
	}, append(w.args, d.p.ID)...)
	_, err = t.exec(`UPDATE article SET link = ?, url = ?, url_hash = ?, title = ?, published = ?, updated = ?, at = ?, fetched = ?, checked = ?,
		state = ?, status = ?, path = ?, sha256 = ?, bytes = ?, content_hash = ?, revision = ?, revised_for = ?, language = ?, detail = ?,
		validators = ?, idle = 0`+w.set+` WHERE id = ?`, args...)
	return err
}

func addAlias(t *tx, id int64, url string) error {
	if url == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO alias (url_hash, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash64(url), id)
	return err
}

func keepRevision(t *tx, d *draft) error {
	w := &d.was
	content, err := hex.DecodeString(w.ContentHash)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO revision (article_id, n, fetched, reason, status, title, published, updated, content_hash, path, sha256, bytes, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, n) DO NOTHING`,
		w.ID, w.Revision, ms(w.Fetched), w.RevisedFor, string(w.Status), w.Title, ms(w.Published), ms(w.Updated), content, d.old.Path, d.oldSHA, d.old.Bytes, w.more)
	return err
}

// Fail keeps why a pending article could not be had, and when it is tried again. Given up (no Next), an entry of which
// nothing was stored is dropped; what is stored stays as it is. ErrSuperseded: somebody else had more luck.
func (s *Store) Fail(ctx context.Context, p Pending, f Failure) error {
	now := s.now()
	err := s.ix.write(ctx, func(t *tx) error {
		source, k, err := current(t, p)
		if err != nil {
			return err
		}
		if p.Check {
			return s.failCheck(t, source, k, p, f, now)
		}
		return s.fail(t, source, k, f, now)
	})
	if err != nil {
		return fmt.Errorf("keep failure of article %d of %s: %w", p.ID, p.Source, err)
	}
	return nil
}

// buried keeps from when to when an article was gone, for those who ask what was known at some time.
func buried(t *tx, k *known, state string, f Failure, now time.Time) (err error) {
	switch {
	case k.revision == 0 || state == k.state:
	case state == StateGone:
		_, err = t.exec(`INSERT INTO tombstone (article_id, since, reason, class) VALUES (?, ?, ?, ?)
			ON CONFLICT (article_id, since) DO UPDATE SET until = NULL`, k.id, ms(now), short(f.Reason), f.Class)
	default:
		_, err = t.exec(`UPDATE tombstone SET until = ? WHERE article_id = ? AND until IS NULL`, ms(now), k.id)
	}
	return err
}

func (s *Store) fail(t *tx, source int64, k *known, f Failure, now time.Time) error {
	is := *k
	var next any
	switch {
	case f.Gone:
		is.state = StateGone
	case !f.Next.IsZero() && !f.Dropped:
		next = ms(clamp(f.Next, now))
	case k.revision == 0:
		is.state = StateDropped
	}
	is.waiting = next != nil
	if f.Gone {
		if err := buried(t, k, is.state, f, now); err != nil {
			return err
		}
	}
	tries := 1
	if f.Postpone {
		tries = 0
	}
	_, err := t.exec(`UPDATE article SET state = ?, attempts = attempts + ?, next_try = ?, deadline = coalesce(?, deadline), reason = ?, class = ?,
		entry = CASE WHEN ? OR revision > 0 THEN entry END, next_check = CASE WHEN ? THEN NULL ELSE next_check END WHERE id = ?`,
		is.state, tries, next, ms(f.Deadline), short(f.Reason), f.Class, is.waiting, f.Gone, k.id)
	if err != nil {
		return err
	}
	t.count(source, k.count(), is.count())
	return nil
}

// failCheck keeps that a recheck failed: the article itself is not pending by that.
func (s *Store) failCheck(t *tx, source int64, k *known, p Pending, f Failure, now time.Time) error {
	is := *k
	var next any
	switch {
	case f.Gone:
		is.state = StateGone
		is.waiting = false
		if err := buried(t, k, is.state, f, now); err != nil {
			return err
		}
	case !f.Next.IsZero():
		next = ms(clamp(f.Next, now))
	}
	step := p.Step
	if p.Then.Step > 0 {
		step = p.Then.Step
	}
	_, err := t.exec(`UPDATE article SET state = ?, next_check = ?, step = ?, next_try = CASE WHEN ? THEN next_try END,
		reason = CASE WHEN ? THEN ? ELSE reason END, class = CASE WHEN ? THEN ? ELSE class END WHERE id = ?`,
		is.state, next, step, is.waiting, f.Gone, short(f.Reason), f.Gone, f.Class, k.id)
	if err != nil {
		return err
	}
	t.count(source, k.count(), is.count())
	return nil
}

// short bounds a reason: an error can quote what a publisher sent.
func short(reason string) string {
	const most = 2000
	if len(reason) <= most {
		return reason
	}
	return strings.ToValidUTF8(reason[:most], "") + "…"
}
