package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	probeName = "articles/.probe"
	probeSize = 1 << 20 // room for a few articles, so that what goes on does not stop again at once
)

// Trouble is why nothing can be stored: the disk is full, the archive is read-only, another process holds the database.
// It is nil until a write failed so, and again once Probe succeeds. Who would fetch what is to be stored asks here
// first, so that no publisher pays for it.
func (s *Store) Trouble() error {
	if err := s.ix.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// Probe finds out whether articles can be stored again: it writes and removes a file, and writes to the database.
func (s *Store) Probe(ctx context.Context) error {
	err := s.probe(ctx)
	if err == nil {
		s.ix.trouble.Store(nil)
	}
	return err
}

func (s *Store) probe(ctx context.Context) error {
	if err := writeFile(ctx, s.files, probeName, make([]byte, probeSize)); err != nil {
		return s.ix.note(err)
	}
	if err := s.files.Remove(ctx, probeName); err != nil {
		return s.ix.note(err)
	}
	return s.ix.writeOne(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO meta (name, value) VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			s.now().UTC().Format(time.RFC3339))
		return err
	})
}

// Alone reports whether an error of Save is one of its article alone: others can be stored. A file of that name that
// belongs to another user is one, say, or a folder.
func (s *Store) Alone(ctx context.Context, err error) bool {
	var se *sqlite.Error
	switch {
	case ctx.Err() != nil, errors.As(err, &se):
		return false
	case cannotWrite(err):
		return s.Probe(ctx) == nil
	}
	return true
}

// note remembers err where it says that nothing can be written, and returns it.
func (ix *index) note(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_FULL {
		err = noSpace(err, filepath.Dir(ix.path))
	}
	if cannotWrite(err) {
		ix.trouble.Store(&err)
	}
	return err
}

// cannotWrite tells an error of the disk or the database from one of an article.
func cannotWrite(err error) bool {
	var se *sqlite.Error
	var errno syscall.Errno
	switch {
	case errors.As(err, &se):
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY:
			return true
		}
		return false
	case errors.As(err, &errno):
		return errno != syscall.ENAMETOOLONG && errno != syscall.EINVAL
	}
	return false
}

// noSpace says how much is left on the disk of a folder, and what to do.
func noSpace(err error, folder string) error {
	left := ""
	if free, known := Free(folder); known {
		left = fmt.Sprintf(", %d kB are free on the disk of %s", free>>10, folder)
	}
	return fmt.Errorf("%w%s (make room or raise the quota; nothing is lost, it is tried again)", err, left)
}
