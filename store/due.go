package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// NextTry returns when the first pending article of a source is due; the zero time where none is pending.
func (s *Store) NextTry(ctx context.Context, source string) (time.Time, error) {
	id, ok, err := s.ix.source(ctx, source)
	if err != nil || !ok {
		return time.Time{}, err
	}
	next, err := collect(ctx, s, func(row scanner) (v sql.NullInt64, err error) { err = row.Scan(&v); return v, err },
		`SELECT next_try FROM article WHERE source_id = ? AND next_try IS NOT NULL ORDER BY next_try LIMIT 1`, id)
	if err != nil || len(next) == 0 {
		return time.Time{}, err
	}
	return fromMS(next[0]), nil
}

// NextTries returns, for each source with a pending article, when the first of them is due. It costs as much as wait.
func (s *Store) NextTries(ctx context.Context) (map[string]time.Time, error) {
	type due struct {
		source string
		at     sql.NullInt64
	}
	all, err := collect(ctx, s, func(row scanner) (d due, err error) { err = row.Scan(&d.source, &d.at); return d, err },
		`SELECT s.name, min(a.next_try) FROM article a JOIN source s ON s.id = a.source_id WHERE a.next_try IS NOT NULL GROUP BY a.source_id, s.name`)
	if err != nil {
		return nil, fmt.Errorf("next tries: %w", err)
	}
	next := make(map[string]time.Time, len(all))
	for _, d := range all {
		next[d.source] = fromMS(d.at)
	}
	return next, nil
}

// SetBack moves all that waits along with a clock that was set back: else a page that is to be tried again in a minute
// would wait until the clock has caught up with itself.
func (s *Store) SetBack(ctx context.Context, by time.Duration) error {
	now := ms(s.now())
	return s.ix.write(ctx, func(t *tx) error {
		for _, column := range []string{"next_try", "next_check"} {
			q := `UPDATE article SET ` + column + ` = max(` + column + ` - ?, ?) WHERE ` + column + ` > ?`
			if _, err := t.exec(q, by.Milliseconds(), now, now); err != nil {
				return fmt.Errorf("set back what waits: %w", err)
			}
		}
		return nil
	})
}

// Known returns how many of the entries the store has already. An entry that is there twice counts twice.
func (s *Store) Known(ctx context.Context, source string, entries []article.Entry) (int, error) {
	id, ok, err := s.ix.source(ctx, source)
	if err != nil || !ok {
		return 0, err
	}
	items := hashEntries(source, entries)
	known := len(entries) - len(items)
	query := func(q string, args ...any) (*sql.Rows, error) { return s.ix.query(ctx, q, args...) }
	if err := lookUp(query, id, items); err != nil {
		return 0, fmt.Errorf("look up the entries of %s: %w", source, err)
	}
	if _, err := lookUpFormer(query, id, items); err != nil {
		return 0, fmt.Errorf("look up the entries of %s: %w", source, err)
	}
	for _, it := range items {
		if it.stored != nil {
			known++
		}
	}
	return known, nil
}

// Check looks through the whole database for damage. It costs as much as is stored.
func (s *Store) Check(ctx context.Context) error {
	found, err := collect(ctx, s, scanString, `PRAGMA quick_check(1)`)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("%w: %v", ErrCorrupt, found)
	}
	return nil
}

// Ping answers whether the database does.
func (s *Store) Ping(ctx context.Context) error {
	_, err := collect(ctx, s, scanString, `SELECT 'ok'`)
	return err
}
