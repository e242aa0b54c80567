package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

func (a *app) extractCmd() *cobra.Command {
	var in inputFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "extract FILE|URL...",
		Short: "Show what the extraction makes of a page",
		Long: `Extract reads article pages (files, addresses, or - for standard input) and
prints what the extraction makes of them: title, authors, date, lead image, each
with where it came from, and the text. Nothing is stored.`,
		Example: "  feedfolio extract page.html\n  feedfolio extract --json https://www.ecb.europa.eu/press/pr/date/2026/html/x.en.html",
		RunE: func(c *cobra.Command, args []string) error {
			return a.extract(c.Context(), args, in, asJSON)
		},
	}
	in.add(c, "page")
	c.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each page")
	return c
}

func (a *app) extract(ctx context.Context, args []string, f inputFlags, asJSON bool) error {
	return a.eachInput(ctx, args, f, func(in input) (bool, error) {
		res, bad := extractInput(in)
		if asJSON {
			return bad == nil, encodeLine(a.stdout, pageReport(in, res, bad))
		}
		a.printPage(in, res, bad)
		return bad == nil, nil
	})
}

// pageReport is the line of JSON for a page; one that holds no article has the reason as its remark.
func pageReport(in input, res *extract.Result, err error) extract.Report {
	if err != nil {
		res = &extract.Result{Remarks: []string{err.Error()}}
	}
	return res.Report(cmp.Or(in.id, baseName(in.file)), in.file, in.url)
}

func extractInput(in input) (*extract.Result, error) {
	if in.err != nil {
		return nil, in.err
	}
	page, err := unpacked(in.body)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", in.file, err)
	}
	return extract.Page(page, extract.Input{URL: in.url, Header: in.header})
}

func (a *app) printPage(in input, r *extract.Result, err error) {
	if err != nil {
		fmt.Fprintf(a.stderr, "feedfolio: %s: %v\n", in.file, err)
		return
	}
	origin := func(key, value string) string {
		if from := r.Sources[key]; from != "" && value != "" {
			return fmt.Sprintf("%s  (%s)", value, from)
		}
		return value
	}
	date := ""
	if !r.Published.IsZero() {
		date = r.Published.Format(time.RFC3339)
	}
	fmt.Fprintf(a.stdout, "%s\n", in.file)
	field(a.stdout, "title", origin("title", r.Title))
	field(a.stdout, "authors", origin("authors", strings.Join(r.Authors, ", ")))
	field(a.stdout, "date", origin("published", date))
	field(a.stdout, "image", origin("image", r.Image))
	field(a.stdout, "language", origin("language", r.Language))
	field(a.stdout, "strategy", r.Strategy)
	for _, remark := range slices.Compact(r.Remarks) {
		field(a.stdout, "remark", remark)
	}
	fmt.Fprintf(a.stdout, "\n%s\n\n", r.Text)
}

// field prints a name and its value, where there is one.
func field(w io.Writer, name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		fmt.Fprintf(w, "  %-9s %s\n", name, value)
	}
}
