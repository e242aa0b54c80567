// Package store keeps what was fetched: files, which are the truth, and a database, which is an index of them.
//
// An entry that a listing names is recorded as pending, together with the state of its source, in one transaction
// (Record). It stays pending, over restarts and for as long as it takes, until its article is saved (Save) or given up
// (Fail). Save writes the file first (temporary file, fsync), keeps the revision that it replaces, and then, in one
// transaction that no other process can be in at the same time, makes sure that nobody else saved this article
// meanwhile, renames the file to its name and updates the row. So a row that says "stored" always has its whole file;
// a crash leaves at most a file without its row, which the next Save of the entry writes again, or Reindex adopts.
//
// All writing goes through one connection. Calls that come at the same time share a transaction, so that a commit's
// fsync is paid once for all of them; each call returns when its own work is committed. Reading has connections of its
// own and waits for nobody. Several processes may open one archive; only one of them may do so with Options.Exclusive.
//
// The package knows nothing of networks or schedules: what a State means, and when a page is tried again, is the
// caller's business.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

// Errors that callers decide by.
var (
	// ErrLocked: another process has opened the archive with Options.Exclusive.
	ErrLocked = errors.New("another feedfolio daemon works on this archive")
	// ErrCorrupt: the database file is damaged, or is none. The files are not affected.
	ErrCorrupt = errors.New("the database is damaged; the articles are safe in their files: `feedfolio reindex` builds it again")
	// ErrNewer: the database was written by a newer version of the program.
	ErrNewer = errors.New("the database was written by a newer feedfolio: use that version, or move the database away and run `feedfolio reindex`")
	// ErrBusy: another process kept the database locked for longer than we wait.
	ErrBusy = errors.New("the database is locked by another process; it is tried again")
	// ErrSuperseded: somebody else saved this article since it was read as pending. Nothing was changed.
	ErrSuperseded = errors.New("saved by somebody else meanwhile")
	// ErrNotFound: there is no such article, revision or raw page.
	ErrNotFound = errors.New("not found")
)

var errLocked = errors.New("locked")

// Options are the settings of Open that are not the user's.
type Options struct {
	// Exclusive takes the lock of the archive, for a daemon. Guests leave it out.
	Exclusive bool
	// Rebuild puts a database that cannot be used aside (renamed, not deleted) and begins an empty one, for Reindex
	// to fill. It needs Exclusive. A database that is in order is kept.
	Rebuild bool
	// Files replaces the local folder of the configuration. Close closes it.
	Files Files
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log gets what an operator should know; nil means nothing is logged.
	Log *slog.Logger
}

// Store is an open archive. It may be used by many goroutines. Close it after the last call has returned.
type Store struct {
	cfg   *config.Config
	files Files
	how   atomic.Pointer[manner]
	ix    *index
	lock  *os.File
	now   func() time.Time
	log   *slog.Logger

	pages   *zstd.Encoder // of raw pages
	entries *zstd.Encoder
	unpack  *zstd.Decoder

	adopted sync.Once // until it is said that the files are newer than the database

	briefs *together[string, brief]
	hosts  *together[string, []byte]
}

// manner is how articles are written: what a reload of the configuration may change.
type manner struct {
	format article.Format
	raw    bool // pages are kept as they came
}

// Configure takes from cfg how articles are written from now on. Where the archive and the database are is fixed by
// Open. On an error nothing changes.
func (s *Store) Configure(cfg *config.Config) error {
	f, err := article.NewFormat(cfg.Format.Profile, cfg.Format.Extra, cfg.Format.Escape)
	if err != nil {
		return err
	}
	s.how.Store(&manner{format: f, raw: cfg.Raw.Keep > 0})
	return nil
}

// Open opens the archive that cfg names, and makes it where it is missing.
func Open(ctx context.Context, cfg *config.Config, opt Options) (_ *Store, err error) {
	s := &Store{cfg: cfg, files: opt.Files, now: opt.Now, log: opt.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.briefs, s.hosts = newTogether(s.readBriefs), newTogether(s.readHosts)
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err = s.Configure(cfg); err != nil {
		return s, fmt.Errorf("open archive %s: %w", cfg.Archive, err)
	}
	if err := s.coders(); err != nil {
		return s, err
	}
	if err := s.openFiles(opt); err != nil {
		return s, err
	}
	path, err := databasePath(cfg)
	if err != nil {
		return s, err
	}
	s.ix, err = openIndex(ctx, path, opt, s.now, s.files, s.log)
	if err != nil {
		return s, err
	}
	return s, s.clockBack(ctx)
}

func (s *Store) coders() (err error) {
	// Small windows: a page is rarely larger than 1 MiB, and an encoder keeps its window for ever.
	if s.pages, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true)); err != nil {
		return err
	}
	if s.entries, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true)); err != nil {
		return err
	}
	s.unpack, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxFile), zstd.WithDecoderLowmem(true))
	return err
}

func (s *Store) openFiles(opt Options) error {
	if s.files == nil {
		if strings.Contains(s.cfg.Archive, "://") {
			return fmt.Errorf("open archive %s: this version keeps files in a local folder only", s.cfg.Archive)
		}
		folder, err := OpenFolder(s.cfg.Archive)
		if err != nil {
			return err
		}
		s.files = folder
	}
	if !opt.Exclusive {
		return nil
	}
	if err := os.MkdirAll(s.cfg.Archive, 0o755); err != nil {
		return fmt.Errorf("open archive %s: %w", s.cfg.Archive, plain(err, s.cfg.Archive))
	}
	lock, err := os.OpenFile(filepath.Join(s.cfg.Archive, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("lock archive %s: %w", s.cfg.Archive, plain(err, s.cfg.Archive))
	}
	s.lock = lock
	if err := flock(lock, false); err != nil {
		if errors.Is(err, errLocked) {
			err = ErrLocked
		}
		return fmt.Errorf("lock archive %s: %w", s.cfg.Archive, err)
	}
	return nil
}

// databasePath is the SQLite file that the configuration names.
func databasePath(cfg *config.Config) (string, error) {
	switch {
	case strings.Contains(cfg.Database, "://"):
		scheme, _, _ := strings.Cut(cfg.Database, "://")
		return "", fmt.Errorf("open database %s://…: this version knows SQLite files only", scheme)
	case cfg.Database != "":
		return cfg.Database, nil
	case strings.Contains(cfg.Archive, "://"):
		return "", errors.New("open database: `database` must be set where the archive is no local folder")
	}
	return filepath.Join(cfg.Archive, "feedfolio.db"), nil
}

// clockBack makes due what only a clock that ran ahead can have put off: nothing waits longer than farthest. It looks
// first, since whoever only reads must not wait for one that writes.
func (s *Store) clockBack(ctx context.Context) error {
	now := s.now()
	late := ms(now.Add(farthest))
	for _, column := range []string{"next_try", "next_check"} {
		found, err := collect(ctx, s, scanString, `SELECT 'yes' FROM article WHERE `+column+` > ? LIMIT 1`, late)
		if err == nil && len(found) > 0 {
			err = s.ix.write(ctx, func(t *tx) error {
				_, err := t.exec(`UPDATE article SET `+column+` = ? WHERE `+column+` > ?`, ms(now), late)
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("look for times beyond the clock: %w", err)
		}
	}
	return nil
}

// farthest is the longest that a pending article is put off.
const farthest = 60 * 24 * time.Hour

// Beside is the path of a file beside the database, for what else the processes on this archive have in common.
func (s *Store) Beside(name string) string { return s.ix.path + "-" + name }

// Close ends the work that has begun and closes files, database and lock. Calls after it fail.
func (s *Store) Close() error {
	var errs []error
	if s.ix != nil {
		errs = append(errs, s.ix.close())
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if s.pages != nil {
		s.pages.Close()
	}
	if s.entries != nil {
		s.entries.Close()
	}
	if s.unpack != nil {
		s.unpack.Close()
	}
	s.ix, s.files, s.lock, s.pages, s.entries, s.unpack = nil, nil, nil, nil, nil, nil
	return errors.Join(errs...)
}
