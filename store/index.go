package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations
var migrations embed.FS

const (
	maxBatch      = 256 // calls that share a transaction
	lingers       = 20 * time.Millisecond
	daemonLingers = 250 * time.Millisecond
	idleTime      = 2 * time.Second // without writing, then the write-ahead log is put back into the database
	checkpointAt  = 20_000          // pages in the log at which SQLite does so itself, in the midst of a commit
	readers       = 4
	busyTimeout   = 10 * time.Second
	sqliteOptions = "&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate"
)

// index is the database: one connection that writes and a few that read. Methods of Store hold the SQL; only what
// differs between databases is here.
type index struct {
	path  string
	w     *sql.DB
	conn  *sql.Conn // the one that writes; only the writer goroutine uses it
	r     *sql.DB
	files Files
	now   func() time.Time
	log   *slog.Logger

	stmts map[string]*sql.Stmt // of conn, by their text
	reads sync.Map             // of r: text -> *sql.Stmt

	jobs chan *job
	done chan struct{} // the writer goroutine has ended

	lingers time.Duration // how long states of sources are waited for, to be committed with the first

	trouble atomic.Pointer[error] // nil: what was written last could be

	closing sync.RWMutex // held by callers while they hand in a job; apart from mu, which the writer goroutine needs
	closed  bool

	mu      sync.RWMutex
	sources map[string]int64 // ids, by name; a source is never deleted
	names   map[int64]string
}

// job is one call's part of a transaction.
type job struct {
	ctx context.Context
	fn  func(*tx) error
	one bool // fn runs one statement, which needs no savepoint to be undone
	err chan error
}

// openIndex opens the database, brings its tables up to date and starts its writer goroutine, which close ends.
func openIndex(ctx context.Context, path string, opt Options, now func() time.Time, files Files, log *slog.Logger) (*index, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, plain(err, filepath.Dir(path)))
	}
	ix, err := connect(ctx, path)
	if opt.Rebuild && opt.Exclusive && (errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNewer)) {
		log.Warn("database put aside", "path", path, "err", err)
		if err := putAside(path, now()); err != nil {
			return nil, err
		}
		ix, err = connect(ctx, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	ix.files, ix.now, ix.log, ix.lingers = files, now, log, lingers
	if opt.Exclusive {
		ix.lingers = daemonLingers
	}
	if err := ix.loadSources(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), ix.closeConns())
	}
	ix.jobs = make(chan *job, maxBatch)
	ix.done = make(chan struct{})
	go ix.run()
	return ix, nil
}

func connect(ctx context.Context, path string) (ix *index, err error) {
	ix = &index{path: path, stmts: map[string]*sql.Stmt{}, sources: map[string]int64{}, names: map[int64]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), ix.closeConns())
			ix = nil
		}
	}()
	name := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	// Small caches, in kB: the system keeps the files' pages too, and each commit empties those of the readers.
	write := name + "?mode=rwc" + sqliteOptions +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-6000)" +
		"&_pragma=wal_autocheckpoint(" + strconv.Itoa(checkpointAt) + ")&_pragma=journal_size_limit(67108864)"
	if ix.w, err = sql.Open("sqlite", write); err != nil {
		return ix, err
	}
	ix.w.SetMaxOpenConns(1)
	if err = migrate(ctx, ix.w, path); err != nil {
		return ix, err
	}
	if ix.conn, err = ix.w.Conn(ctx); err != nil {
		return ix, err
	}
	if ix.r, err = sql.Open("sqlite", name+"?mode=rw"+sqliteOptions+"&_pragma=query_only(1)&_pragma=cache_size(-2000)"); err != nil {
		return ix, err
	}
	ix.r.SetMaxOpenConns(readers)
	ix.r.SetMaxIdleConns(readers)
	return ix, ix.r.PingContext(ctx)
}

// migrate brings the tables up to date. Two processes that open a new archive at once take turns.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	folder, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithVerbose(false))
	if err != nil {
		return err
	}
	known := p.ListSources()[len(p.ListSources())-1].Version
	have, err := version(ctx, db)
	switch {
	case err != nil:
		return err
	case have > known:
		return fmt.Errorf("tables of version %d, this program knows %d: %w", have, known, ErrNewer)
	case have == known:
		return nil
	}
	turn, err := os.OpenFile(path+".migrate", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer turn.Close()
	if err := flock(turn, true); err != nil {
		return err
	}
	_, err = p.Up(ctx)
	os.Remove(turn.Name())
	return err
}

// version is the newest migration that the database has; 0 for an empty one.
func version(ctx context.Context, db *sql.DB) (v int64, err error) {
	var n int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&n)
	if err != nil || n == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&v)
	return v, err
}

// putAside renames a database that cannot be used, with its log.
func putAside(path string, now time.Time) error {
	aside := path + ".broken-" + now.UTC().Format("20060102T150405")
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("put the database aside: %w", err)
	}
	for _, ext := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+ext, aside+ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the database aside: %w", err)
		}
	}
	return nil
}

// write runs fn in a transaction, together with the work of other callers, and returns when it is committed. fn runs
// in the writer goroutine, perhaps not at all, and must only use what it is given. An error of fn undoes fn's part
// alone. When ctx ends before fn has begun, nothing is done; once begun, it is waited for.
func (ix *index) write(ctx context.Context, fn func(*tx) error) error {
	return ix.do(&job{ctx: ctx, fn: fn, err: make(chan error, 1)})
}

// writeOne is write for an fn of a single statement.
func (ix *index) writeOne(ctx context.Context, fn func(*tx) error) error {
	return ix.do(&job{ctx: ctx, fn: fn, one: true, err: make(chan error, 1)})
}

func (ix *index) do(j *job) error {
	ctx := j.ctx
	if err := ctx.Err(); err != nil {
		return err
	}
	ix.closing.RLock()
	if ix.closed {
		ix.closing.RUnlock()
		return errors.New("the store is closed")
	}
	ix.jobs <- j // the writer goroutine runs until closed is set, so this ends
	ix.closing.RUnlock()
	return ix.note(explain(<-j.err))
}

// run is the writer goroutine: it commits what has come in, and uses pauses to shorten the write-ahead log.
func (ix *index) run() {
	defer close(ix.done)
	idle := time.NewTimer(idleTime)
	defer idle.Stop()
	dirty := false
	for {
		select {
		case j, ok := <-ix.jobs:
			if !ok {
				return
			}
			ix.commit(ix.gather(j))
			dirty = true
			idle.Reset(idleTime)
		case <-idle.C:
			if dirty {
				ix.checkpoint()
			}
			dirty = false
			idle.Reset(time.Hour)
		}
	}
}

// gather takes what else is waiting.
func (ix *index) gather(first *job) []*job {
	batch := []*job{first}
	if first.one {
		batch = ix.linger(batch)
	}
	for len(batch) < maxBatch {
		select {
		case j, ok := <-ix.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// linger waits for a moment for more states of sources to come, unless something else comes first. Nobody waits for a
// state, and a commit of its own for each costs more than the poll that it is of. A daemon waits longer: its runs come
// spread over time. Nothing is said to be kept before it is; a crash in between repeats those polls, which their hosts
// are asked no sooner than after the gap that they are owed, as the gate of a daemon that begins counts it anew.
func (ix *index) linger(batch []*job) []*job {
	t := time.NewTimer(ix.lingers)
	defer t.Stop()
	for len(batch) < maxBatch {
		select {
		case j, ok := <-ix.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
			if !j.one {
				return batch
			}
		case <-t.C:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction and tells each caller how it went.
func (ix *index) commit(batch []*job) {
	errs := make([]error, len(batch))
	err := ix.transact(batch, errs)
	for i, j := range batch {
		if errs[i] == nil {
			errs[i] = err
		}
		j.err <- errs[i]
	}
}

func (ix *index) transact(batch []*job, errs []error) (err error) {
	t := &tx{ix: ix, counts: map[int64]Count{}, folders: map[string]bool{}}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		if _, rollback := t.exec("ROLLBACK"); rollback != nil {
			ix.log.Error("rollback", "err", rollback)
		}
	}()
	for i, j := range batch {
		if errs[i], err = t.part(j); err != nil {
			return err
		}
	}
	if err := t.flushCounts(); err != nil {
		return err
	}
	if err := t.syncFolders(); err != nil {
		return err
	}
	_, err = t.exec("COMMIT")
	if err != nil {
		return err
	}
	for _, fn := range t.after {
		fn()
	}
	return nil
}

// checkpoint moves the log into the database as far as no reader is in the way. It is done in a pause, so that no
// commit has to.
func (ix *index) checkpoint() {
	if _, err := ix.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		ix.log.Warn("checkpoint", "err", explain(err))
	}
}

// close waits for the writer goroutine and closes the connections.
func (ix *index) close() error {
	ix.closing.Lock()
	closed := ix.closed
	ix.closed = true
	ix.closing.Unlock()
	if closed {
		return nil
	}
	close(ix.jobs)
	<-ix.done
	return ix.closeConns()
}

func (ix *index) closeConns() error {
	var errs []error
	for _, st := range ix.stmts {
		errs = append(errs, st.Close())
	}
	ix.reads.Range(func(_, st any) bool { errs = append(errs, st.(*sql.Stmt).Close()); return true })
	if ix.conn != nil {
		errs = append(errs, ix.conn.Close())
	}
	for _, db := range []*sql.DB{ix.r, ix.w} { // the writer last: it removes the log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// query reads, outside any transaction.
func (ix *index) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	st, ok := ix.reads.Load(text)
	if !ok {
		made, err := ix.r.PrepareContext(ctx, text)
		if err != nil {
			return nil, explain(err)
		}
		if st, ok = ix.reads.LoadOrStore(text, made); ok {
			made.Close()
		}
	}
	rows, err := st.(*sql.Stmt).QueryContext(ctx, args...)
	return rows, explain(err)
}

// tx is a transaction, as one caller's part of it sees it.
type tx struct {
	ix      *index
	counts  map[int64]Count // what the batch changes, by source
	folders map[string]bool // in which files were published
	after   []func()        // to do once all is committed

	mine struct { // of the part that runs
		counts map[int64]Count
		after  []func()
	}
}

// part runs one job between savepoints. fatal ends the whole transaction.
func (t *tx) part(j *job) (err, fatal error) {
	if err := j.ctx.Err(); err != nil {
		return err, nil
	}
	t.mine.counts, t.mine.after = nil, nil
	if j.one {
		return j.fn(t), nil
	}
	if _, err := t.exec("SAVEPOINT part"); err != nil {
		return nil, err
	}
	if err = j.fn(t); err != nil {
		if _, fatal = t.exec("ROLLBACK TO part"); fatal != nil {
			return nil, errors.Join(err, fatal)
		}
	}
	if _, fatal = t.exec("RELEASE part"); fatal != nil {
		return nil, fatal
	}
	if err != nil {
		return err, nil
	}
	for id, c := range t.mine.counts {
		t.counts[id] = t.counts[id].plus(c, 1)
	}
	t.after = append(t.after, t.mine.after...)
	return nil, nil
}

// exec runs a statement. The context of a caller must not end a transaction that others share.
func (t *tx) exec(text string, args ...any) (sql.Result, error) {
	st, err := t.stmt(text)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(context.Background(), args...)
}

func (t *tx) query(text string, args ...any) (*sql.Rows, error) {
	st, err := t.stmt(text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

func (t *tx) row(text string, args ...any) scanner {
	st, err := t.stmt(text)
	if err != nil {
		return failedScan{err}
	}
	return st.QueryRowContext(context.Background(), args...)
}

func (t *tx) stmt(text string) (*sql.Stmt, error) {
	if st := t.ix.stmts[text]; st != nil {
		return st, nil
	}
	st, err := t.ix.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	t.ix.stmts[text] = st
	return st, nil
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

// scanFunc is a scanner that is a function.
type scanFunc func(...any) error

func (f scanFunc) Scan(to ...any) error { return f(to...) }

type failedScan struct{ err error }

func (f failedScan) Scan(...any) error { return f.err }

// count changes the counters of a source by what an article was and is.
func (t *tx) count(source int64, was, is Count) {
	if t.mine.counts == nil {
		t.mine.counts = map[int64]Count{}
	}
	t.mine.counts[source] = t.mine.counts[source].plus(was, -1).plus(is, 1)
}

// plus adds o, n times.
func (c Count) plus(o Count, n int) Count {
	c.Waiting += n * o.Waiting
	c.Pending += n * o.Pending
	c.Stored += n * o.Stored
	c.Gone += n * o.Gone
	c.Dropped += n * o.Dropped
	c.Summaries += n * o.Summaries
	c.Partials += n * o.Partials
	c.Revisions += n * o.Revisions
	c.Bytes += int64(n) * o.Bytes
	return c
}

func (t *tx) flushCounts() error {
	for id, c := range t.counts {
		if c == (Count{}) {
			continue
		}
		_, err := t.exec(`UPDATE source SET waiting = waiting + ?, pending = pending + ?, stored = stored + ?, gone = gone + ?,
			dropped = dropped + ?, summaries = summaries + ?, partials = partials + ?, revisions = revisions + ?, bytes = bytes + ?
			WHERE id = ?`, c.Waiting, c.Pending, c.Stored, c.Gone, c.Dropped, c.Summaries, c.Partials, c.Revisions, c.Bytes, id)
		if err != nil {
			return fmt.Errorf("count: %w", err)
		}
	}
	return nil
}

// syncFolders makes the names of published files safe before the rows that promise them are committed. The folders are
// synced at the same time, so that the file system can write its journal once for all of them.
func (t *tx) syncFolders() error {
	if len(t.folders) == 0 {
		return nil
	}
	errs := make(chan error, len(t.folders))
	slots := make(chan struct{}, 16)
	for folder := range t.folders {
		slots <- struct{}{}
		go func() {
			errs <- t.ix.files.Sync(context.Background(), folder)
			<-slots
		}()
	}
	var all []error
	for range len(t.folders) {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// explain gives errors of SQLite that a person can do something about a name and a hint.
func explain(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("%w (waited %v: %w)", ErrBusy, busyTimeout, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("no space left for the database: %w", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the database must be writable for the user that feedfolio runs as, and so must its folder: %w", err)
	}
	return err
}

func (ix *index) loadSources(ctx context.Context) error {
	rows, err := ix.query(ctx, `SELECT id, name FROM source`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		ix.sources[name], ix.names[id] = id, name
	}
	return rows.Err()
}

// source returns the id of a source, or ok false where it has none yet. Another process may have made it.
func (ix *index) source(ctx context.Context, name string) (id int64, ok bool, err error) {
	ix.mu.RLock()
	id, ok = ix.sources[name]
	ix.mu.RUnlock()
	if ok {
		return id, true, nil
	}
	rows, err := ix.query(ctx, `SELECT id FROM source WHERE name = ?`, name)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, false, rows.Err()
	}
	if err := rows.Scan(&id); err != nil {
		return 0, false, err
	}
	ix.remember(id, name)
	return id, true, nil
}

func (ix *index) remember(id int64, name string) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.sources[name], ix.names[id] = id, name
}

// source returns the id of a source, and makes it where it is missing.
func (t *tx) source(name string) (id int64, err error) {
	t.ix.mu.RLock()
	id, ok := t.ix.sources[name]
	t.ix.mu.RUnlock()
	if ok {
		return id, nil
	}
	if name == "" {
		return 0, errors.New("a source needs a name")
	}
	if _, err = t.exec(`INSERT INTO source (name) VALUES (?) ON CONFLICT (name) DO NOTHING`, name); err != nil {
		return 0, fmt.Errorf("add source %s: %w", name, err)
	}
	if err = t.row(`SELECT id FROM source WHERE name = ?`, name).Scan(&id); err != nil {
		return 0, fmt.Errorf("add source %s: %w", name, err)
	}
	t.mine.after = append(t.mine.after, func() { t.ix.remember(id, name) })
	return id, nil
}

// sourceName is the name of an id that the database gave.
func (ix *index) sourceName(ctx context.Context, id int64) (string, error) {
	ix.mu.RLock()
	name, ok := ix.names[id]
	ix.mu.RUnlock()
	if ok {
		return name, nil
	}
	rows, err := ix.query(ctx, `SELECT name FROM source WHERE id = ?`, id)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if !rows.Next() {
		return "", errors.Join(fmt.Errorf("source %d: %w", id, ErrNotFound), rows.Err())
	}
	if err := rows.Scan(&name); err != nil {
		return "", err
	}
	ix.remember(id, name)
	return name, nil
}

// ms is a time as it is kept: NULL for the zero time.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// fromMS is a time as it was kept.
func fromMS(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMilli(v.Int64).UTC()
}
