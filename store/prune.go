package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// Retention says how old what Prune removes is at least. The zero time keeps all.
type Retention struct {
	Pages     time.Time // kept pages of articles whose newest revision was fetched before
	Revisions time.Time // revisions that were fetched before, and replaced since
	DryRun    bool      // count, and remove nothing
}

// Pruned is what Prune removed.
type Pruned struct {
	Pages     int
	Revisions int
	Bytes     int64
}

// pruneBatch is how many articles are pruned in one transaction.
const pruneBatch = 500

// Prune removes kept pages (and with each the entry that its article was made of) and earlier revisions that are older
// than r says. The newest revision of an article always stays. What still waits for a page or for a recheck is left
// alone. It costs as much as it removes.
func (s *Store) Prune(ctx context.Context, r Retention) (Pruned, error) {
	var sum Pruned
	err := errors.Join(s.prunePages(ctx, r, &sum), s.pruneRevisions(ctx, r, &sum))
	if err != nil {
		return sum, fmt.Errorf("prune: %w", err)
	}
	return sum, nil
}

// aged is an article or a revision that is old enough.
type aged struct {
	id    int64
	n     int
	path  string
	at    int64
	bytes int64
}

func scanAged(row scanner) (a aged, err error) {
	err = row.Scan(&a.id, &a.n, &a.path, &a.at, &a.bytes)
	return a, err
}

func (s *Store) prunePages(ctx context.Context, r Retention, sum *Pruned) error {
	if r.Pages.IsZero() {
		return nil
	}
	from := aged{}
	for {
		old, err := collect(ctx, s, scanAged, `SELECT id, 0, path, fetched, 0 FROM article
			WHERE entry IS NOT NULL AND fetched IS NOT NULL AND (fetched, id) > (?, ?) AND fetched < ? AND next_try IS NULL AND next_check IS NULL
			ORDER BY fetched, id LIMIT ?`, from.at, from.id, ms(r.Pages), pruneBatch)
		if err != nil || len(old) == 0 {
			return err
		}
		from = old[len(old)-1]
		for _, a := range old {
			if err := s.prunePage(ctx, a, r.DryRun, sum); err != nil {
				return err
			}
		}
		if r.DryRun {
			continue
		}
		err = s.ix.write(ctx, func(t *tx) error {
			for _, a := range old {
				if _, err := t.exec(`UPDATE article SET entry = NULL WHERE id = ? AND next_try IS NULL AND next_check IS NULL`, a.id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// prunePage removes the pages that are kept of one article.
func (s *Store) prunePage(ctx context.Context, a aged, dry bool, sum *Pruned) error {
	if a.path == "" {
		return nil
	}
	folder := path.Dir(article.RawPath(sourceOf(a.path), s.nameOf(sourceOf(a.path), a.path), 1))
	return s.files.Walk(ctx, folder, func(name string) error {
		size, err := s.files.Stat(ctx, name)
		if err != nil {
			return err
		}
		sum.Pages++
		sum.Bytes += size
		if dry {
			return nil
		}
		return s.files.Remove(ctx, name)
	})
}

func (s *Store) pruneRevisions(ctx context.Context, r Retention, sum *Pruned) error {
	if r.Revisions.IsZero() {
		return nil
	}
	from := aged{}
	for {
		old, err := collect(ctx, s, scanAged, `SELECT article_id, n, path, fetched, bytes FROM revision
			WHERE (fetched, article_id, n) > (?, ?, ?) AND fetched < ? ORDER BY fetched, article_id, n LIMIT ?`,
			from.at, from.id, from.n, ms(r.Revisions), pruneBatch)
		if err != nil || len(old) == 0 {
			return err
		}
		from = old[len(old)-1]
		for _, a := range old {
			sum.Revisions++
			sum.Bytes += a.bytes
		}
		if r.DryRun {
			continue
		}
		if err := s.dropRevisions(ctx, old); err != nil {
			return err
		}
	}
}

// dropRevisions removes the rows first: a file without its row is swept up later, a row without its file would be a lie.
func (s *Store) dropRevisions(ctx context.Context, old []aged) error {
	err := s.ix.write(ctx, func(t *tx) error {
		for _, a := range old {
			if _, err := t.exec(`DELETE FROM revision WHERE article_id = ? AND n = ?`, a.id, a.n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range old {
		if err := s.files.Remove(ctx, a.path); err != nil {
			return err
		}
	}
	return nil
}
