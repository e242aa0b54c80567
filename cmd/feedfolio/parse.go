package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/fetcher/feed"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

func (a *app) parseCmd() *cobra.Command {
	var in inputFlags
	var asJSON, clean bool
	c := &cobra.Command{
		Use:   "parse FILE|URL...",
		Short: "Show what the feed stage makes of a feed",
		Long: `Parse reads feeds (files, addresses, or - for standard input) and prints what
the feed stage makes of them: title, entries, dates, and remarks on what had to
be repaired. Nothing is stored.`,
		Example: "  feedfolio parse feed.xml\n  feedfolio parse --json https://www.ecb.europa.eu/rss/press.html",
		RunE: func(c *cobra.Command, args []string) error {
			return a.parse(c.Context(), args, in, asJSON, clean)
		},
	}
	in.add(c, "feed")
	c.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each feed")
	c.Flags().BoolVar(&clean, "sanitize", false, "pass summary and content through the sanitiser")
	return c
}

func (a *app) parse(ctx context.Context, args []string, f inputFlags, asJSON, clean bool) error {
	return a.eachInput(ctx, args, f, func(in input) (bool, error) {
		parsed, bad := parseInput(in)
		if asJSON {
			return bad == nil, encodeLine(a.stdout, feed.NewReport(cmp.Or(in.id, in.file), parsed, bad, cleaner(clean, in.url)))
		}
		a.printFeed(in, parsed, bad)
		return bad == nil, nil
	})
}

func parseInput(in input) (*feed.Feed, error) {
	if in.err != nil {
		return nil, in.err
	}
	return feed.Parse(in.body, feed.Input{URL: in.url, Header: in.header, Default: time.UTC})
}

// cleaner is the sanitiser for the HTML of a feed from address; nil where none is asked for.
func cleaner(clean bool, address string) func(string) string {
	if !clean {
		return nil
	}
	base, err := url.Parse(address)
	if err != nil {
		base = nil
	}
	return func(html string) string { return sanitize.Fragment(html, base) }
}

func (a *app) printFeed(in input, f *feed.Feed, err error) {
	if err != nil {
		fmt.Fprintf(a.stderr, "feedfolio: %s: %v\n", in.file, err)
		return
	}
	fmt.Fprintf(a.stdout, "%s\n", in.file)
	field(a.stdout, "title", f.Title)
	field(a.stdout, "format", f.Format)
	field(a.stdout, "link", f.Link)
	field(a.stdout, "language", f.Language)
	for _, r := range f.Remarks {
		field(a.stdout, "remark", r)
	}
	fmt.Fprintf(a.stdout, "\n%s\n", plural2(len(f.Items), "entry", "entries"))
	for _, it := range f.Items {
		when := "no date           "
		if !it.Published.IsZero() {
			when = it.Published.Format("2006-01-02 15:04 Z")
		}
		fmt.Fprintf(a.stdout, "  %s  %s\n", when, shorten(strings.TrimSpace(it.Title), 90))
		fmt.Fprintf(a.stdout, "      %s\n", it.Link)
	}
	fmt.Fprintln(a.stdout)
}
