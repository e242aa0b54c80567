package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

type showFlags struct {
	json, html bool
}

func (a *app) showCmd() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show ARTICLE",
		Short: "Show one stored article",
		Long: `Show prints a stored article. ARTICLE is its address, its path in the archive, or
the twelve letters and digits that end its file name (or the first of them).`,
		Example: "  feedfolio show 0a1b2c3d4e5f\n  feedfolio show https://news.example/2026/rates.html --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				return a.show(c.Context(), s, cfg, args[0], f)
			})
		},
	}
	c.Flags().BoolVar(&f.json, "json", false, "print it as a line of JSON, body and text in it")
	c.Flags().BoolVar(&f.html, "html", false, "print the body's HTML instead of its text")
	return c
}

func (a *app) show(ctx context.Context, s *store.Store, cfg *config.Config, name string, f showFlags) error {
	art, row, err := s.Article(ctx, name)
	if err != nil {
		return err
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
	field(a.stdout, "body", fmt.Sprintf("%s, revision %d", row.Status, row.Revision))
	field(a.stdout, "file", row.Path)
	body := art.Body
	if !html {
		body = article.Text(art.Body)
	}
	fmt.Fprintf(a.stdout, "\n%s\n", strings.TrimSpace(body))
}

// exportLine is the whole article as a line of JSON.
func exportLine(art *article.Article, row store.Row) articleLine {
	line := rowLine(row)
	line.HTML, line.Text = art.Body, article.Text(art.Body)
	return line
}
