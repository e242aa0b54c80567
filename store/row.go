package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/feedfolio/feedfolio/article"
)

// detail holds what of an article is kept, but not asked for by the database.
type detail struct {
	Author       string   `json:"author,omitempty"`
	Authors      []string `json:"authors,omitempty"`
	Categories   []string `json:"categories,omitempty"`
	Tags         []string `json:"tags,omitempty"`
	Symbols      []string `json:"symbols,omitempty"`
	Image        string   `json:"image,omitempty"`
	Thumbnail    string   `json:"thumbnail,omitempty"`
	PublishedRaw string   `json:"published_raw,omitempty"`
	Cluster      string   `json:"cluster,omitempty"`
	Origin       string   `json:"origin,omitempty"`
	Sources      []string `json:"sources,omitempty"`
}

func detailOf(a *article.Article) detail {
	return detail{
		Author: a.Author, Authors: a.Authors, Categories: a.Categories, Tags: a.Tags, Symbols: a.Symbols, Image: a.Image,
		Thumbnail: a.Thumbnail, PublishedRaw: a.PublishedRaw, Cluster: a.Cluster, Origin: a.Origin, Sources: a.Sources,
	}
}

func packDetail(d detail) (string, error) {
	data, err := json.Marshal(d)
	return string(data), err
}

const rowColumns = `a.id, a.source_id, a.guid, a.link, a.url, a.title, a.published, a.updated, a.at, a.first_seen, a.last_seen, a.fetched, a.checked,
	a.state, a.status, a.attempts, a.next_try, a.deadline, a.reason, a.class, a.path, a.sha256, a.bytes, a.content_hash, a.revision,
	a.revised_for, a.language, a.detail, a.step, a.next_check`

// fullRow is a Row with what only the store needs.
type fullRow struct {
	Row
	sourceID int64

	more string // the details as the database has them: Relabel and Save see by it that they were changed meanwhile

	// With pendingColumns:
	entry      []byte
	said       int64
	validators string
}

const pendingColumns = rowColumns + `, a.entry, a.entry_hash, a.validators`

func (s *Store) scanRow(ctx context.Context, row scanner) (fullRow, error) {
	return s.scan(ctx, row, false)
}

func (s *Store) scanPending(ctx context.Context, row scanner) (fullRow, error) {
	return s.scan(ctx, row, true)
}

func (s *Store) scan(ctx context.Context, row scanner, pending bool) (r fullRow, err error) {
	var published, updated, at, firstSeen, lastSeen, fetched, checked, next, deadline, check sql.NullInt64
	var sha, content []byte
	var status string
	to := []any{
		&r.ID, &r.sourceID, &r.GUID, &r.Link, &r.URL, &r.Title, &published, &updated, &at, &firstSeen, &lastSeen, &fetched, &checked,
		&r.State, &status, &r.Attempts, &next, &deadline, &r.Reason, &r.Class, &r.Path, &sha, &r.Bytes, &content, &r.Revision,
		&r.RevisedFor, &r.Language, &r.more, &r.Step, &check,
	}
	if pending {
		to = append(to, &r.entry, &r.said, &r.validators)
	}
	if err := row.Scan(to...); err != nil {
		return r, explain(err)
	}
	if r.Source, err = s.ix.sourceName(ctx, r.sourceID); err != nil {
		return r, err
	}
	if r.URL == "" {
		r.URL = article.Canonical(r.Link)
	}
	r.Published, r.Updated, r.At = fromMS(published), fromMS(updated), fromMS(at)
	r.FirstSeen, r.LastSeen, r.Fetched, r.Checked = fromMS(firstSeen), fromMS(lastSeen), fromMS(fetched), fromMS(checked)
	r.Waiting, r.Next, r.Deadline, r.Check = next.Valid, fromMS(next), fromMS(deadline), fromMS(check)
	r.Status = article.BodyStatus(status)
	r.SHA256, r.ContentHash = hex.EncodeToString(sha), hex.EncodeToString(content)
	return r, r.describe(r.more)
}

// describe takes over what the details of an article, or of one of its revisions, say. "": nothing is known of them.
func (r *Row) describe(more string) error {
	if more == "" {
		return nil
	}
	var d detail
	if err := json.Unmarshal([]byte(more), &d); err != nil {
		return fmt.Errorf("article %d: details: %w", r.ID, err)
	}
	r.Author, r.Authors, r.Categories, r.Tags, r.Symbols, r.Image = d.Author, d.Authors, d.Categories, d.Tags, d.Symbols, d.Image
	r.Thumbnail, r.PublishedRaw, r.Cluster, r.Origin, r.Sources = d.Thumbnail, d.PublishedRaw, d.Cluster, d.Origin, d.Sources
	return nil
}

// detail gathers what describe took apart.
func (r *Row) detail() detail {
	return detail{
		Author: r.Author, Authors: r.Authors, Categories: r.Categories, Tags: r.Tags, Symbols: r.Symbols, Image: r.Image,
		Thumbnail: r.Thumbnail, PublishedRaw: r.PublishedRaw, Cluster: r.Cluster, Origin: r.Origin, Sources: r.Sources,
	}
}

// labels are what is said of an article besides its text: they change while its revision stays.
func (r *Row) labels() detail {
	return detail{Cluster: r.Cluster, Origin: r.Origin, Sources: r.Sources}
}

// relabel gives a row the labels of d.
func (r *Row) relabel(d detail) { r.Cluster, r.Origin, r.Sources = d.Cluster, d.Origin, d.Sources }

// relabelled keeps the labels that an article had until a time, if they are others than those that it has now.
func relabelled(t *tx, id int64, had, has detail, until any) error {
	if had.Cluster == has.Cluster && had.Origin == has.Origin && slices.Equal(had.Sources, has.Sources) {
		return nil
	}
	more, err := packDetail(had)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO label (article_id, until, detail) VALUES (?, ?, ?) ON CONFLICT (article_id, until) DO NOTHING`, id, until, more)
	return err
}

// pendingOf makes a Pending of a row that was read with pendingColumns.
func (s *Store) pendingOf(r fullRow) (Pending, error) {
	p := Pending{
		ID: r.ID, Source: r.Source, FirstSeen: r.FirstSeen, Attempts: r.Attempts, Next: r.Next, Deadline: r.Deadline,
		Reason: r.Reason, Class: r.Class, Step: r.Step, entryHash: r.said, revision: r.Revision,
	}
	if r.Path != "" {
		p.Stored = &r.Row
	}
	if r.validators != "" {
		if err := json.Unmarshal([]byte(r.validators), &p.Page); err != nil {
			return p, fmt.Errorf("article %d: validators: %w", r.ID, err)
		}
	}
	if len(r.entry) == 0 {
		p.Entry = article.Entry{
			GUID: r.GUID, Link: r.Link, Title: r.Title, Authors: r.Authors, Tags: r.Tags, Published: r.Published,
			PublishedRaw: r.PublishedRaw, Updated: r.Updated, Image: r.Image, Language: r.Language,
		}
		return p, nil
	}
	var err error
	if p.Entry, err = s.unpackEntry(r.entry); err != nil {
		return p, fmt.Errorf("article %d: entry: %w", r.ID, err)
	}
	return p, nil
}
