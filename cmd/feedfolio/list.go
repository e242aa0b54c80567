package main

import (
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// queryFlags choose stored articles.
type queryFlags struct {
	sources            []string
	since, until, asOf string
	limit              int
}

func (f *queryFlags) add(a *app, c *cobra.Command, limit int) {
	c.Flags().StringSliceVar(&f.sources, "source", nil, "only these sources")
	c.Flags().StringVar(&f.since, "since", "", "published at or after: 2026-03-02, 2026-03-02T14:31Z, or an age as 7d or 12h")
	c.Flags().StringVar(&f.until, "until", "", "published before")
	c.Flags().StringVar(&f.asOf, "as-of", "", "what was known at that time: each article in its revision of then")
	c.Flags().IntVarP(&f.limit, "limit", "n", limit, "at most so many; 0 = all")
	_ = c.RegisterFlagCompletionFunc("source", a.completeSources)
}

// query turns the flags into what the store understands.
func (f *queryFlags) query(cfg *config.Config, now time.Time) (store.Query, error) {
	q := store.Query{Sources: f.sources, Limit: f.limit}
	for _, name := range f.sources {
		if _, ok := cfg.Source(name); !ok {
			return q, unknownSource(cfg, name)
		}
	}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"since", f.since, &q.Since}, {"until", f.until, &q.Until}, {"as-of", f.asOf, &q.AsOf}} {
		if t.text == "" {
			continue
		}
		at, err := readTime(t.text, cfg.Timezone, now)
		if err != nil {
			return q, usage("--%s: %w", t.flag, err)
		}
		*t.to = at
	}
	return q, nil
}

// readTime reads a time as a person writes it on the command line: a day, a time with or without zone, or an age.
func readTime(text string, zone *time.Location, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	if d, err := config.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-03-02, 2026-03-02T14:31Z, or an age as 7d", text)
}

func (a *app) listCmd() *cobra.Command {
	var f queryFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List stored articles, newest first",
		Example: "  feedfolio list --source sina-china --since 7d\n  feedfolio list --as-of 2026-03-02T14:31Z --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				q, err := f.query(cfg, time.Now())
				if err != nil {
					return err
				}
				return a.list(s.Articles(c.Context(), q), cfg, asJSON)
			})
		},
	}
	f.add(a, c, 50)
	c.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each article")
	return c
}

func (a *app) list(rows iter.Seq2[store.Row, error], cfg *config.Config, asJSON bool) error {
	t := table{head: []string{"PUBLISHED", "SOURCE", "TITLE", "FILE"}}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if asJSON {
			if err := encodeLine(a.stdout, rowLine(row)); err != nil {
				return err
			}
			continue
		}
		t.add(row.Published.In(cfg.Timezone).Format("2006-01-02 15:04"), row.Source, shorten(mark(row)+row.Title, 60), row.Path)
	}
	if asJSON {
		return nil
	}
	if len(t.rows) == 0 {
		fmt.Fprintln(a.stderr, "no article matches; feedfolio fetch brings new ones")
		return nil
	}
	t.print(a.stdout)
	return nil
}

// mark says in front of a title what is special about an article.
func mark(row store.Row) string {
	switch {
	case row.Status != "full":
		return "[" + string(row.Status) + "] "
	case row.Revision > 1:
		return fmt.Sprintf("[rev %d] ", row.Revision)
	}
	return ""
}

// articleLine is an article as list and export print it.
type articleLine struct {
	Source      string   `json:"source"`
	Path        string   `json:"path"`
	SourceURL   string   `json:"source_url"`
	GUID        string   `json:"guid,omitempty"`
	Title       string   `json:"title"`
	Author      string   `json:"author"`
	Published   string   `json:"published,omitempty"`
	Updated     string   `json:"updated,omitempty"`
	FirstSeen   string   `json:"first_seen"`
	FetchedAt   string   `json:"fetched_at"`
	Revision    int      `json:"revision"`
	BodyStatus  string   `json:"body_status"`
	ContentHash string   `json:"content_hash"`
	Language    string   `json:"language,omitempty"`
	Categories  []string `json:"categories,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Symbols     []string `json:"symbols,omitempty"`
	Cluster     string   `json:"cluster,omitempty"`
	Origin      string   `json:"origin,omitempty"`
	Sources     []string `json:"sources,omitempty"`
	Image       string   `json:"image,omitempty"`
	Text        string   `json:"text,omitempty"`
	HTML        string   `json:"html,omitempty"`
}

func rowLine(r store.Row) articleLine {
	return articleLine{
		Source: r.Source, Path: r.Path, SourceURL: r.URL, GUID: r.GUID, Title: r.Title, Author: r.Author,
		Published: stamp(r.Published), Updated: stamp(r.Updated), FirstSeen: stamp(r.FirstSeen), FetchedAt: stamp(r.Fetched),
		Revision: r.Revision, BodyStatus: string(r.Status), ContentHash: r.ContentHash, Language: r.Language,
		Categories: r.Categories, Tags: r.Tags, Symbols: r.Symbols, Image: r.Image, Cluster: r.Cluster, Origin: r.Origin, Sources: r.Sources,
	}
}

// stamp is a time as RFC 3339 in UTC; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
