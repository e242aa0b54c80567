package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/ingest"
)

func (a *app) reprocessCmd() *cobra.Command {
	var f queryFlags
	var write bool
	c := &cobra.Command{
		Use:   "reprocess",
		Short: "Extract kept pages again, by today's rules",
		Long: `Reprocess makes articles anew of the pages that were kept as they came (raw.keep),
by today's rules and without the network, and shows what would change. Nothing is
stored without --write. A revision that comes of it is marked as extraction and
never shows as a correction by the publisher.`,
		Example: "  feedfolio reprocess --source sina-china --since 7d\n  feedfolio reprocess --source sina-china --write",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEngine(c.Context(), func(e *engine) error {
				q, err := f.query(e.cfg, time.Now())
				if err != nil {
					return err
				}
				r := reprocessing{app: a, write: write}
				if err := e.ingester.Reprocess(c.Context(), e.cfg.Source, q, !write, r.one); err != nil {
					return err
				}
				r.sum()
				return nil
			})
		},
	}
	f.add(a, c, 0)
	c.Flags().BoolVar(&write, "write", false, "store what changes")
	return c
}

// reprocessing prints what changes and counts.
type reprocessing struct {
	*app
	write                  bool
	same, changed, skipped int
}

func (r *reprocessing) one(x ingest.Reprocessed) error {
	switch {
	case x.Skipped != "":
		r.skipped++
		if r.verbose {
			fmt.Fprintf(r.stdout, "%s: left as it is: %s\n", x.Row.Path, x.Skipped)
		}
		return nil
	case !x.Changed:
		r.same++
		return nil
	}
	r.changed++
	fmt.Fprintf(r.stdout, "%s\n", x.Row.Path)
	return printDiff(r.stdout, "stored", x.Old, "today's rules", x.New)
}

func (r *reprocessing) sum() {
	verb := "would change"
	if r.write {
		verb = "changed"
	}
	fmt.Fprintf(r.stdout, "%s %s, %d the same, %d left as they are (page not kept, or no article in it)\n", plural(r.changed, "article"), verb, r.same, r.skipped)
	if r.changed > 0 && !r.write {
		fmt.Fprintln(r.stdout, "nothing was stored; --write stores what changes")
	}
}

// printDiff shows what differs between two versions of an article, sentence by sentence.
func printDiff(w io.Writer, oldName string, old *article.Article, newName string, now *article.Article) error {
	text := diff.Diff(oldName, sentences(old), newName, sentences(now))
	if _, rest, found := bytes.Cut(text, []byte("\n")); found {
		text = rest // the line "diff old new" says again what the next two say
	}
	_, err := w.Write(text)
	return err
}

// sentences is an article's title and text with a line for each sentence, so that a correction shows as one.
func sentences(a *article.Article) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", a.Title)
	text := []rune(strings.TrimSpace(article.Text(a.Body)))
	fresh := true
	for i, r := range text {
		if fresh && r == ' ' {
			continue
		}
		fresh = false
		b.WriteRune(r)
		next := rune('\n')
		if i+1 < len(text) {
			next = text[i+1]
		}
		if strings.ContainsRune("。！？；", r) && next != '\n' && !strings.ContainsRune("”’」』）", next) || strings.ContainsRune(".!?", r) && next == ' ' {
			b.WriteByte('\n')
			fresh = true
		}
	}
	b.WriteByte('\n')
	return []byte(b.String())
}
