package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

type showFlags struct {
	json, html, raw, revisions, diff bool
	revision                         int
}

func (a *app) showCmd() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show ARTICLE",
		Short: "Show one stored article",
		Long: `Show prints a stored article. ARTICLE is its address, its path in the archive, or
the twelve letters and digits that end its file name (or the first of them).`,
		Example: "  feedfolio show 0a1b2c3d4e5f\n  feedfolio show 0a1b2c3d4e5f --diff\n  feedfolio show https://news.example/2026/rates.html --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				return a.show(c.Context(), s, cfg, args[0], f)
			})
		},
	}
	c.Flags().BoolVar(&f.json, "json", false, "print it as a line of JSON, body and text in it")
	c.Flags().BoolVar(&f.revisions, "revisions", false, "list its revisions, and why each was made")
	c.Flags().BoolVar(&f.diff, "diff", false, "show what the newest revision (or --revision) changed")
	c.Flags().IntVar(&f.revision, "revision", 0, "show this revision instead of the newest")
	c.Flags().BoolVar(&f.raw, "raw", false, "print the page as it came")
	c.Flags().BoolVar(&f.html, "html", false, "print the body's HTML instead of its text")
	c.MarkFlagsMutuallyExclusive("json", "html", "raw", "revisions", "diff")
	return c
}

func (a *app) show(ctx context.Context, s *store.Store, cfg *config.Config, name string, f showFlags) error {
	art, row, err := s.Article(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return &hinted{err, "feedfolio list shows what is stored; its address, path or the end of its file name will do"}
	}
	if err != nil {
		return err
	}
	switch {
	case f.revisions:
		return a.showRevisions(ctx, s, cfg, row)
	case f.diff:
		return a.showDiff(ctx, s, row, cmp.Or(f.revision, row.Revision))
	case f.raw:
		return a.showRaw(ctx, s, row, f.revision)
	case f.revision > 0:
		if art, err = s.Revision(ctx, row.ID, f.revision); err != nil {
			return err
		}
		row.Revision, row.Fetched, row.Status = art.Revision, art.Fetched, art.Status
	}
	if f.json {
		return encodeLine(a.stdout, exportLine(art, row))
	}
	a.printArticle(art, row, cfg, f.html)
	return nil
}

func (a *app) printArticle(art *article.Article, row store.Row, cfg *config.Config, html bool) {
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(cfg.Timezone).Format("2006-01-02 15:04:05 MST")
	}
	fmt.Fprintln(a.stdout, art.Title)
	field(a.stdout, "author", art.Author)
	field(a.stdout, "in", strings.Join(art.Categories, " > "))
	field(a.stdout, "tags", strings.Join(art.Tags, ", "))
	field(a.stdout, "published", when(art.Published))
	field(a.stdout, "updated", when(art.Updated))
	field(a.stdout, "seen", when(row.FirstSeen))
	field(a.stdout, "fetched", when(row.Fetched))
	field(a.stdout, "address", art.SourceURL)
	field(a.stdout, "image", art.Image)
	field(a.stdout, "symbols", strings.Join(art.Symbols, ", "))
	if row.Cluster != "" {
		field(a.stdout, "cluster", fmt.Sprintf("%s, %s", row.Cluster, row.Origin))
	}
	field(a.stdout, "also in", strings.Join(row.Sources, ", "))
	field(a.stdout, "body", fmt.Sprintf("%s, revision %d", row.Status, row.Revision))
	field(a.stdout, "file", row.Path)
	body := art.Body
	if !html {
		body = article.Text(art.Body)
	}
	fmt.Fprintf(a.stdout, "\n%s\n", strings.TrimSpace(body))
}

// reasons say to people why a revision was made.
var reasons = map[string]string{
	store.ReasonFirst:      "first stored",
	store.ReasonPublisher:  "corrected by the publisher",
	store.ReasonExtraction: "extracted anew by us",
	store.ReasonCompleted:  "completed: the page was had",
}

func (a *app) showRevisions(ctx context.Context, s *store.Store, cfg *config.Config, row store.Row) error {
	all, err := s.Revisions(ctx, row.ID)
	if err != nil {
		return err
	}
	t := table{head: []string{"REVISION", "FETCHED", "BODY", "WHY", "FILE"}, right: []bool{true}}
	for _, r := range all {
		t.add(fmt.Sprint(r.N), r.Fetched.In(cfg.Timezone).Format("2006-01-02 15:04:05"), string(r.Status), cmp.Or(reasons[r.Reason], r.Reason), r.Path)
	}
	t.print(a.stdout)
	if row.State == store.StateGone {
		fmt.Fprintf(a.stdout, "\nthe publisher took it away: %s\n", row.Reason)
	}
	return nil
}

// showDiff shows what revision n changed.
func (a *app) showDiff(ctx context.Context, s *store.Store, row store.Row, n int) error {
	if n < 2 {
		fmt.Fprintln(a.stdout, "revision 1 is the first: nothing was changed")
		return nil
	}
	old, err := s.Revision(ctx, row.ID, n-1)
	if err != nil {
		return err
	}
	now, err := s.Revision(ctx, row.ID, n)
	if err != nil {
		return err
	}
	name := func(r *article.Article) string {
		return fmt.Sprintf("revision %d, %s", r.Revision, r.Fetched.UTC().Format(time.RFC3339))
	}
	return printDiff(a.stdout, name(old), old, name(now), now)
}

func (a *app) showRaw(ctx context.Context, s *store.Store, row store.Row, n int) error {
	raw, err := s.Raw(ctx, row.ID, n)
	if errors.Is(err, store.ErrNotFound) {
		return &hinted{fmt.Errorf("no page of %s is kept", row.Path), "raw.keep in the configuration says how long pages are kept"}
	}
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(raw.Body)
	return err
}

// exportLine is the whole article as a line of JSON.
func exportLine(art *article.Article, row store.Row) articleLine {
	line := rowLine(row)
	line.HTML, line.Text = art.Body, article.Text(art.Body)
	return line
}
