package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/article/near"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/store"
)

// Reprocessed is what today's rules make of one stored article.
type Reprocessed struct {
	Row     store.Row
	Old     *article.Article
	New     *article.Article
	Changed bool
	Skipped string // why it was left as it is: "" where it was not
	Saved   store.Saved
}

// Reprocess makes stored articles anew of their kept pages, by today's rules, without the network. With dry nothing is
// stored. Each article is told to report as it is done; an error of report ends the work. A new revision that comes of
// it is marked as one of ours: it never shows as a correction by the publisher.
func (in *Ingester) Reprocess(ctx context.Context, find func(name string) (config.Source, bool), q store.Query, dry bool, report func(Reprocessed) error) error {
	for row, err := range in.store.Articles(ctx, q) {
		if err != nil {
			return err
		}
		one := Reprocessed{Row: row}
		src, found := find(row.Source)
		if !found {
			one.Skipped = "its source is no longer configured"
		} else if err := in.reprocess(ctx, src, dry, &one); err != nil {
			return fmt.Errorf("reprocess %s: %w", row.Path, err)
		}
		if err := report(one); err != nil {
			return err
		}
	}
	return nil
}

// reprocess does one article. Its error is one of the store; what is wrong with the page is why it is skipped.
func (in *Ingester) reprocess(ctx context.Context, src config.Source, dry bool, one *Reprocessed) (err error) {
	raw, err := in.store.Raw(ctx, one.Row.ID, one.Row.Revision) // no earlier one: that may have said something else
	if errors.Is(err, store.ErrNotFound) {
		one.Skipped = "its page was not kept"
		return nil
	}
	if err != nil {
		return err
	}
	if one.Old, err = in.store.Open(ctx, one.Row); err != nil {
		one.Skipped = firstLine(err)
		return nil //nolint:nilerr // somebody removed or broke its file: the others have theirs
	}
	p, err := in.store.Reconsider(ctx, one.Row.ID)
	if err != nil {
		return err
	}
	page, err := in.anew(ctx, src, p, raw, one)
	if err != nil {
		one.Skipped = firstLine(err)
		return nil //nolint:nilerr // a page that gives nothing leaves the article as it is
	}
	text := one.New.Text()
	in.find(one.New, text)
	one.Changed = one.New.ContentHash != one.Old.ContentHash || one.New.Status != one.Old.Status
	if dry || !one.Changed {
		return nil
	}
	p.Reason, p.Print = store.ReasonExtraction, printOf(near.Of(one.New.Title, text))
	one.New.FirstSeen, one.New.Fetched = p.FirstSeen, in.now()
	one.Saved, err = in.store.Save(ctx, p, one.New, rawOf(page))
	return unlessSuperseded(err)
}

// anew makes the article of its kept page.
func (in *Ingester) anew(ctx context.Context, src config.Source, p store.Pending, raw *store.Raw, one *Reprocessed) (page *fetcher.Page, err error) {
	defer recovered(&err)
	st, err := in.store.State(ctx, src.Name)
	if err != nil {
		return nil, err
	}
	page = &fetcher.Page{URL: raw.URL, Status: raw.Status, Header: raw.Header, Body: raw.Body}
	if one.New, err = in.fetch.FromPage(src, st.Title, p.Entry, page); err != nil {
		return nil, err
	}
	if page.Result != nil && page.Result.NextPage != "" {
		return nil, errors.New("it has several pages, of which the first alone is kept")
	}
	return page, nil
}
