package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedfolio/feedfolio/article"
)

// Report is what Reindex did or Verify found, also while it is under way.
type Report struct {
	Files int64 // looked at
	Rows  int64 // looked at

	// Of Reindex:
	Added     int64 // files that had no row
	Updated   int64 // rows that said something else than their file
	Revisions int64 // earlier revisions that had no row
	Partly    int64 // of Added: the front matter has neither the GUID nor the address that the entry is known by; its name tells it apart
	Dropped   int64 // rows whose file was removed

	// Of Verify; Torn and Leftovers of both:
	Missing   int64 // files that a row promises
	Changed   int64 // files that are not as they were written, but can be read
	Torn      int64 // files that cannot be read as articles
	Orphans   int64 // files without a row
	Leftovers int64 // what a process that died has left: temporary files, copies of a revision that was not replaced after all
}

// Clean reports whether nothing was wrong.
func (r Report) Clean() bool {
	return r.Missing+r.Changed+r.Torn+r.Orphans+r.Leftovers+r.Dropped == 0
}

// Fault is one thing that is wrong.
type Fault struct {
	Kind   string // missing | changed | torn | orphan | leftover | dropped
	Path   string // in the archive
	Detail string
}

// Watch is told how far Reindex or Verify is. Its functions may be nil, and are called by one goroutine at a time.
type Watch struct {
	Progress func(Report)
	Fault    func(Fault)
}

// watcher counts and tells. Only one goroutine uses it.
type watcher struct {
	Report
	w Watch
}

func (w *watcher) fault(n *int64, kind, file, detail string) {
	*n++
	if w.w.Fault != nil {
		w.w.Fault(Fault{Kind: kind, Path: file, Detail: detail})
	}
}

func (w *watcher) progress() {
	if w.w.Progress != nil {
		w.w.Progress(w.Report)
	}
}

// found is a file that was read.
type found struct {
	file   string // its path
	main   string // the path of its article's newest revision: file itself, or what it is a revision of
	source string
	n      int // of a revision; 0: file is the newest
	hash   int64
	art    *article.Article
	sha    []byte
	size   int64
	err    error
}

// Reindex makes the database say what the files say. From nothing it builds all of it; a database that is there keeps
// what the files cannot tell: pending entries, the states of sources, the reasons of revisions. A file without row is
// adopted, a row that contradicts its file is corrected, and a row whose file somebody removed is dropped: it is not
// fetched again. A later listing of the same feed finds its entries known, whatever the format keeps of them: the names
// of the files tell. Files are only read.
//
// It should be run with Options.Exclusive. It needs memory for a batch, not for the archive.
func (s *Store) Reindex(ctx context.Context, watch Watch) (Report, error) {
	w := &watcher{w: watch}
	if err := s.reindex(ctx, w); err != nil {
		return w.Report, fmt.Errorf("reindex: %w", err)
	}
	w.progress()
	return w.Report, nil
}

func (s *Store) reindex(ctx context.Context, w *watcher) error {
	had, err := collect(ctx, s, scanString, `SELECT path FROM article WHERE path <> '' LIMIT 1`)
	if err != nil {
		return err
	}
	if err := s.walk(ctx, "articles", w, s.adopt); err != nil {
		return err
	}
	if len(had) > 0 && w.Files == 0 {
		return fmt.Errorf("%s holds no article, but the database knows some: is this the right folder, and is it mounted?", s.cfg.Archive)
	}
	if err := s.walk(ctx, "revisions", w, s.adoptRevision); err != nil {
		return err
	}
	if len(had) > 0 {
		if err := s.dropRemoved(ctx, w); err != nil {
			return err
		}
	}
	left, err := s.files.Leftovers(ctx)
	if err != nil {
		return err
	}
	w.Leftovers = int64(len(left))
	return s.ix.write(ctx, settle)
}

// walk reads the files below a folder in parallel and hands them to take in batches, each in a transaction.
func (s *Store) walk(ctx context.Context, folder string, w *watcher, take func(*tx, *watcher, *found) error) error {
	g, ctx := errgroup.WithContext(ctx)
	names := make(chan string, chunk)
	files := make(chan *found, 64)
	g.Go(func() error {
		defer close(names)
		return s.files.Walk(ctx, folder, func(name string) error { return send(ctx, names, name) })
	})
	var readers errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() error {
			for name := range names {
				if err := send(ctx, files, s.readFile(ctx, name)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(files)
		return readers.Wait()
	})
	g.Go(func() error { return s.take(ctx, files, w, take) })
	return g.Wait()
}

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) take(ctx context.Context, files <-chan *found, w *watcher, take func(*tx, *watcher, *found) error) error {
	b := batches{s: s, w: w, do: take}
	for f := range files {
		w.Files++
		switch {
		case errors.Is(f.err, errNoArticle):
			w.fault(&w.Torn, "torn", f.file, f.err.Error())
			continue
		case f.err != nil:
			return f.err
		}
		if err := b.add(ctx, f); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// batches does something for files, in transactions of chunk of them.
type batches struct {
	s     *Store
	w     *watcher
	do    func(*tx, *watcher, *found) error
	files []*found
}

func (b *batches) add(ctx context.Context, f *found) error {
	if b.files = append(b.files, f); len(b.files) < chunk {
		return nil
	}
	return b.flush(ctx)
}

// flush does the last of them. The caller calls it when all are added.
func (b *batches) flush(ctx context.Context) error {
	if len(b.files) == 0 {
		return ctx.Err()
	}
	err := b.s.ix.write(ctx, func(t *tx) error {
		for _, f := range b.files {
			if err := b.do(t, b.w, f); err != nil {
				return fmt.Errorf("%s: %w", f.file, err)
			}
		}
		return nil
	})
	b.files = b.files[:0]
	b.w.progress()
	return err
}

var errNoArticle = errors.New("no article")

// readFile reads and decodes a file of articles/ or revisions/.
func (s *Store) readFile(ctx context.Context, name string) *found {
	f := parsePath(name)
	if f.err != nil {
		return f
	}
	data, err := s.files.Read(ctx, name, maxFile)
	if err != nil {
		f.err = err
		return f
	}
	sum := sha256.Sum256(data)
	f.sha, f.size = sum[:], int64(len(data))
	if f.art, err = s.how.Load().format.Decode(data); err != nil {
		f.err = fmt.Errorf("%w: %w", errNoArticle, err)
	}
	return f
}

// parsePath takes apart articles/<source>/<yyyy>/<mm>/<name>.<ext> and revisions/<source>/<yyyy>/<mm>/<name>/<n>.<ext>.
func parsePath(name string) *found {
	f := &found{file: name, main: name}
	parts := strings.Split(name, "/")
	ext := path.Ext(name)
	if parts[0] == "revisions" && len(parts) == 6 {
		n, err := strconv.Atoi(strings.TrimSuffix(parts[5], ext))
		if err != nil || n < 1 {
			f.err = fmt.Errorf("%w: its name is no number", errNoArticle)
			return f
		}
		f.n = n
		f.main = "articles/" + strings.Join(parts[1:5], "/") + ext
		parts = parts[:5]
	}
	bits, err := strconv.ParseUint(article.HashOf(f.main), 16, 64)
	if len(parts) != 5 || err != nil {
		f.err = fmt.Errorf("%w: its path is not <source>/<yyyy>/<mm>/<yyyy-mm-dd>-<title>-<hash>%s", errNoArticle, ext)
		return f
	}
	f.source, f.hash = parts[1], int64(bits<<16)
	return f
}

// holder is a row that may be a file's.
type holder struct {
	known
	path string
	sha  string
}

// holderOf finds the row of a file by the hash in its name: the one with its path, else one that has none.
func holderOf(t *tx, source int64, f *found) (*holder, error) {
	all, err := scanAll(t.query, func(row scanner) (*holder, error) {
		var h holder
		var sha []byte
		err := row.Scan(&h.id, &h.hash, &h.state, &h.status, &h.waiting, &h.bytes, &h.revision, &h.path, &sha)
		h.sha = hex.EncodeToString(sha)
		return &h, err
	}, `SELECT id, key_hash, state, status, next_try IS NOT NULL, bytes, revision, path, sha256 FROM article
		WHERE source_id = ? AND key_hash BETWEEN ? AND ?`, source, f.hash, f.hash|lowBits)
	if err != nil {
		return nil, err
	}
	var free *holder
	for _, h := range all {
		if h.path == f.main {
			return h, nil
		}
		if h.path == "" {
			free = h
		}
	}
	return free, nil
}

// adopt makes a row say what its file says.
func (s *Store) adopt(t *tx, w *watcher, f *found) error {
	source, err := t.source(f.source)
	if err != nil {
		return err
	}
	h, err := holderOf(t, source, f)
	if err != nil {
		return err
	}
	a := f.art
	a.Source = f.source
	a.Revision = max(a.Revision, 1)
	if a.Status == "" {
		a.Status = article.Full
	}
	if rank[a.Status] == 0 {
		a.Status = article.Full
	}
	a.ContentHash = article.ContentHash(a.Title, a.Body)
	switch {
	case h == nil:
		w.Added++
		return s.addRow(t, w, source, f)
	case h.path == f.main && h.sha == hex.EncodeToString(f.sha) && h.revision >= a.Revision:
		return nil
	}
	w.Updated++
	return s.correctRow(t, source, h, f)
}

// addRow adopts a file that has no row.
func (s *Store) addRow(t *tx, w *watcher, source int64, f *found) error {
	a := f.art
	if a.FirstSeen.IsZero() {
		if a.FirstSeen = a.Published; a.FirstSeen.IsZero() {
			a.FirstSeen = s.now().Truncate(time.Second)
		}
	}
	hash, key, link := f.hash, unknownKey, a.SourceURL
	for _, e := range []article.Entry{{GUID: a.GUID}, {Link: a.SourceURL}} {
		if (e.GUID != "" || e.Link != "") && int64(KeyHash(f.source, e))&^lowBits == f.hash {
			hash, key = int64(KeyHash(f.source, e)), ""
			break
		}
	}
	url := "" // as the link
	if key == unknownKey {
		url = a.SourceURL // a later listing will bring another link
		w.Partly++
	}
	more, err := packDetail(detailOf(a))
	if err != nil {
		return err
	}
	content, err := hex.DecodeString(a.ContentHash)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO article (source_id, key_hash, key, guid, link, url, url_hash, title, published, updated, at, first_seen, last_seen,
		fetched, checked, state, status, path, sha256, bytes, content_hash, revision, language, detail, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')`, // the entry is not known; Prune looks once whether a page is kept
		source, hash, key, a.GUID, link, url, hash64(article.Canonical(a.SourceURL)), a.Title, ms(a.Published), ms(a.Updated), ms(at(a.Published, a.FirstSeen)),
		ms(a.FirstSeen), ms(a.FirstSeen), ms(a.Fetched), ms(a.Fetched), StateStored, string(a.Status), f.file, f.sha, f.size, content, a.Revision,
		a.Language, more)
	if err != nil {
		return err
	}
	k := known{state: StateStored, status: string(a.Status), revision: a.Revision, bytes: f.size}
	t.count(source, Count{}, k.count())
	return nil
}

// correctRow makes a row agree with its file: one that was written before a crash and never committed, or changed by
// hand. What waits for a page that the file has whole, waits no longer.
func (s *Store) correctRow(t *tx, source int64, h *holder, f *found) error {
	a := f.art
	is := h.known
	is.state, is.status, is.bytes, is.revision = StateStored, string(a.Status), f.size, max(a.Revision, h.revision)
	if h.revision < a.Revision && a.Status != article.Summary {
		is.waiting = false
	}
	content, err := hex.DecodeString(a.ContentHash)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE article SET title = ?, updated = coalesce(?, updated), published = coalesce(?, published), fetched = coalesce(?, fetched),
		first_seen = coalesce(min(first_seen, ?), first_seen), at = coalesce(min(at, ?), at),
		state = ?, status = ?, path = ?, sha256 = ?, bytes = ?, content_hash = ?, revision = ?,
		entry = CASE WHEN ? THEN entry END, next_try = CASE WHEN ? THEN next_try END, reason = CASE WHEN ? THEN reason ELSE '' END,
		detail = json_patch(detail, json_object('author', ?, 'image', ?)),
		url = CASE WHEN ? = '' OR ? = link THEN url ELSE ? END, url_hash = CASE WHEN ? = '' THEN url_hash ELSE ? END WHERE id = ?`,
		a.Title, ms(a.Updated), ms(a.Published), ms(a.Fetched), ms(a.FirstSeen), ms(at(a.Published, a.FirstSeen)), is.state, is.status, f.file, f.sha, f.size, content, is.revision,
		is.waiting, is.waiting, is.waiting, a.Author, a.Image, a.SourceURL, a.SourceURL, a.SourceURL, a.SourceURL, hash64(article.Canonical(a.SourceURL)), h.id)
	if err != nil {
		return err
	}
	t.count(source, h.count(), is.count())
	return buried(t, &h.known, is.state, Failure{}, s.now())
}

// adoptRevision makes sure that an earlier revision has its row. Its reason is found by settle.
func (s *Store) adoptRevision(t *tx, w *watcher, f *found) error {
	source, err := t.source(f.source)
	if err != nil {
		return err
	}
	h, err := holderOf(t, source, f)
	if err != nil {
		return err
	}
	if h == nil || h.path != f.main {
		w.fault(&w.Orphans, "orphan", f.file, "it is a revision of "+f.main+", which does not exist")
		return nil
	}
	if f.n >= h.revision && f.art.Revision > 0 {
		w.fault(&w.Leftovers, "leftover", f.file, "a copy of the newest revision, which was not replaced after all")
		return nil
	}
	if f.n >= h.revision { // the format does not keep numbers
		if _, err := t.exec(`UPDATE article SET revision = ? WHERE id = ?`, f.n+1, h.id); err != nil {
			return err
		}
		is := h.known
		is.revision = f.n + 1
		t.count(source, h.count(), is.count())
	}
	a := f.art
	content, err := hex.DecodeString(article.ContentHash(a.Title, a.Body))
	if err != nil {
		return err
	}
	if rank[a.Status] == 0 {
		a.Status = article.Full
	}
	a.Cluster, a.Origin, a.Sources = "", "", nil // the article's
	more, err := packDetail(detailOf(a))
	if err != nil {
		return err
	}
	res, err := t.exec(`INSERT INTO revision (article_id, n, fetched, reason, status, title, published, updated, content_hash, path, sha256, bytes, detail)
		VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, n) DO NOTHING`,
		h.id, f.n, ms(a.Fetched), string(a.Status), a.Title, ms(a.Published), ms(a.Updated), content, f.file, f.sha, f.size, more)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil {
		w.Revisions += n
	}
	return nil
}

// dropRemoved drops the rows whose files are gone.
func (s *Store) dropRemoved(ctx context.Context, w *watcher) error {
	return s.eachRow(ctx, w, func(rows []promised) error {
		var gone []promised
		for _, r := range rows {
			if _, err := s.files.Stat(ctx, r.path); errors.Is(err, fs.ErrNotExist) {
				gone = append(gone, r)
			} else if err != nil {
				return err
			}
		}
		if len(gone) == 0 {
			return nil
		}
		return s.ix.write(ctx, func(t *tx) error {
			for _, r := range gone {
				k, err := scanKnown(t.row(`SELECT `+knownColumns+` FROM article WHERE id = ?`, r.id))
				if err != nil {
					return err
				}
				is := *k
				is.state, is.waiting, is.bytes = StateDropped, false, 0
				_, err = t.exec(`UPDATE article SET state = ?, next_try = NULL, next_check = NULL, entry = NULL, path = '', sha256 = NULL, bytes = 0,
					content_hash = NULL, reason = 'its file was removed', class = 'removed' WHERE id = ?`, is.state, r.id)
				if err != nil {
					return err
				}
				t.count(r.source, k.count(), is.count())
				w.fault(&w.Dropped, "dropped", r.path, "the file is gone: the article is dropped and not fetched again")
			}
			return nil
		})
	})
}

// promised is a file that a row promises.
type promised struct {
	id, source int64
	n          int // of an earlier revision; 0: the newest
	path       string
	sha        string
}

func scanPromised(row scanner) (p promised, err error) {
	var sha []byte
	err = row.Scan(&p.id, &p.source, &p.n, &p.path, &sha)
	p.sha = hex.EncodeToString(sha)
	return p, err
}

// eachRow goes through the rows that have files, in batches.
func (s *Store) eachRow(ctx context.Context, w *watcher, do func([]promised) error) error {
	last := int64(-1)
	for {
		rows, err := collect(ctx, s, scanPromised, `SELECT id, source_id, 0, path, sha256 FROM article WHERE id > ? AND path <> '' ORDER BY id LIMIT ?`, last, chunk)
		if err != nil || len(rows) == 0 {
			return err
		}
		w.Rows += int64(len(rows))
		last = rows[len(rows)-1].id
		if err := do(rows); err != nil {
			return err
		}
		w.progress()
	}
}

// settle finds what needs all rows: the reasons of adopted revisions, by what came before them, and the counters.
func settle(t *tx) error {
	for _, q := range []string{
		`UPDATE revision SET reason = CASE
			WHEN n = 1 THEN 'first'
			WHEN (SELECT p.status FROM revision p WHERE p.article_id = revision.article_id AND p.n = revision.n - 1) IN ('summary', 'partial')
				AND status = 'full' THEN 'completed'
			ELSE 'publisher' END WHERE reason = ''`,
		`UPDATE article SET revised_for = CASE
			WHEN revision = 1 THEN 'first'
			WHEN (SELECT p.status FROM revision p WHERE p.article_id = article.id AND p.n = article.revision - 1) IN ('summary', 'partial')
				AND status = 'full' THEN 'completed'
			ELSE 'publisher' END WHERE revised_for = '' AND path <> ''`,
		`UPDATE source SET waiting = 0, pending = 0, stored = 0, gone = 0, dropped = 0, summaries = 0, partials = 0, revisions = 0, bytes = 0`,
		`UPDATE source SET waiting = c.waiting, pending = c.pending, stored = c.stored, gone = c.gone, dropped = c.dropped,
			summaries = c.summaries, partials = c.partials, revisions = c.revisions, bytes = c.bytes
		FROM (SELECT source_id, count(next_try) AS waiting, sum(state = 'pending') AS pending, sum(state = 'stored') AS stored,
			sum(state = 'gone') AS gone, sum(state = 'dropped') AS dropped,
			sum(state = 'stored' AND status = 'summary' AND revision > 0) AS summaries,
			sum(state = 'stored' AND status = 'partial' AND revision > 0) AS partials,
			sum(revision) AS revisions, sum(bytes) AS bytes FROM article GROUP BY source_id) c WHERE source.id = c.source_id`,
	} {
		if _, err := t.exec(q); err != nil {
			return err
		}
	}
	t.counts = map[int64]Count{} // all is counted
	return nil
}

// Verify compares the files with the database, and changes nothing. It may run beside a daemon: what looks wrong is
// looked at again while nobody writes.
func (s *Store) Verify(ctx context.Context, watch Watch) (Report, error) {
	w := &watcher{w: watch}
	if err := s.verify(ctx, w); err != nil {
		return w.Report, fmt.Errorf("verify: %w", err)
	}
	w.progress()
	return w.Report, nil
}

func (s *Store) verify(ctx context.Context, w *watcher) error {
	if err := s.eachRow(ctx, w, func(rows []promised) error { return s.verifyRows(ctx, w, rows) }); err != nil {
		return err
	}
	if err := s.eachRevision(ctx, w, func(rows []promised) error { return s.verifyRows(ctx, w, rows) }); err != nil {
		return err
	}
	for _, folder := range []string{"articles", "revisions"} {
		if err := s.verifyFiles(ctx, w, folder); err != nil {
			return err
		}
	}
	left, err := s.files.Leftovers(ctx)
	for _, name := range left {
		w.fault(&w.Leftovers, "leftover", name, "a process that died was writing it; the next start removes it")
	}
	return err
}

func (s *Store) eachRevision(ctx context.Context, w *watcher, do func([]promised) error) error {
	lastID, lastN := int64(-1), 0
	for {
		rows, err := collect(ctx, s, scanPromised, `SELECT r.article_id, a.source_id, r.n, r.path, r.sha256 FROM revision r JOIN article a ON a.id = r.article_id
			WHERE (r.article_id, r.n) > (?, ?) ORDER BY r.article_id, r.n LIMIT ?`, lastID, lastN, chunk)
		if err != nil || len(rows) == 0 {
			return err
		}
		w.Rows += int64(len(rows))
		lastID, lastN = rows[len(rows)-1].id, rows[len(rows)-1].n
		if err := do(rows); err != nil {
			return err
		}
		w.progress()
	}
}

// verifyRows compares files with what their rows promise, in parallel.
func (s *Store) verifyRows(ctx context.Context, w *watcher, rows []promised) error {
	kinds := make([]string, len(rows))
	details := make([]string, len(rows))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for i, r := range rows {
		g.Go(func() (err error) {
			if kinds[i], details[i], err = s.look(ctx, r); err != nil || kinds[i] == "" {
				return err
			}
			return s.ix.write(ctx, func(t *tx) (err error) {
				kinds[i], details[i], err = s.lookAgain(ctx, t, r)
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, r := range rows {
		switch kinds[i] {
		case "missing":
			w.fault(&w.Missing, kinds[i], r.path, details[i])
		case "changed":
			w.fault(&w.Changed, kinds[i], r.path, details[i])
		case "torn":
			w.fault(&w.Torn, kinds[i], r.path, details[i])
		}
	}
	return nil
}

// look says what is wrong with a file that a row promises.
func (s *Store) look(ctx context.Context, r promised) (kind, detail string, err error) {
	if r.path == "" {
		return "missing", fmt.Sprintf("revision %d of article %d was lost before it could be kept", r.n, r.id), nil
	}
	data, err := s.files.Read(ctx, r.path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "missing", "the database knows the article, the file is not there", nil
	case err != nil:
		return "", "", err
	}
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) == r.sha {
		return "", "", nil
	}
	if _, err := s.how.Load().format.Decode(data); err != nil {
		return "torn", err.Error(), nil
	}
	return "changed", "not as feedfolio wrote it; `feedfolio reindex` takes over what it says now", nil
}

// lookAgain looks while nobody can be between the renaming of a file and the commit of its row.
func (s *Store) lookAgain(ctx context.Context, t *tx, r promised) (kind, detail string, err error) {
	query := `SELECT id, source_id, 0, path, sha256 FROM article WHERE id = ? AND ? = 0`
	if r.n > 0 {
		query = `SELECT r.article_id, a.source_id, r.n, r.path, r.sha256 FROM revision r JOIN article a ON a.id = r.article_id WHERE r.article_id = ? AND r.n = ?`
	}
	now, err := scanAll(t.query, scanPromised, query, r.id, r.n)
	if err != nil || len(now) == 0 {
		return "", "", err
	}
	return s.look(ctx, now[0])
}

// verifyFiles looks for files without a row.
func (s *Store) verifyFiles(ctx context.Context, w *watcher, folder string) error {
	b := batches{s: s, w: w, do: orphan}
	err := s.files.Walk(ctx, folder, func(name string) error {
		w.Files++
		return b.add(ctx, parsePath(name))
	})
	if err != nil {
		return err
	}
	return b.flush(ctx)
}

func orphan(t *tx, w *watcher, f *found) error {
	if f.err != nil {
		w.fault(&w.Orphans, "orphan", f.file, f.err.Error())
		return nil
	}
	var source int64
	err := t.row(`SELECT coalesce(max(id), -1) FROM source WHERE name = ?`, f.source).Scan(&source)
	if err != nil {
		return err
	}
	h, err := holderOf(t, source, f)
	switch {
	case err != nil:
		return err
	case h == nil || h.path != f.main:
		w.fault(&w.Orphans, "orphan", f.file, "the database does not know it; `feedfolio reindex` adopts it")
		return nil
	case f.n == 0 || f.n < h.revision:
		return nil
	}
	w.fault(&w.Leftovers, "leftover", f.file, "a copy of the newest revision, which was not replaced after all")
	return nil
}
