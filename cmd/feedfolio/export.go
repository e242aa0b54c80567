package main

import (
	"bufio"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

func (a *app) exportCmd() *cobra.Command {
	var f queryFlags
	var asOPML bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Print articles as JSON Lines, or the sources as OPML",
		Long: `Export prints each article as a line of JSON: its front matter, HTML and text.
With --opml it prints the sources instead, for another reader.`,
		Example: "  feedfolio export --since 2026-03-01 > march.jsonl\n  feedfolio export --opml > sources.opml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asOPML {
				return a.exportOPML()
			}
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				q, err := f.query(cfg, time.Now())
				if err != nil {
					return err
				}
				return a.export(c.Context(), s, q)
			})
		},
	}
	f.add(a, c, 0)
	c.Flags().BoolVar(&asOPML, "opml", false, "print the sources as OPML")
	return c
}

// export streams: it holds one article at a time. A file that cannot be read is said and passed over.
func (a *app) export(ctx context.Context, s *store.Store, q store.Query) error {
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	bad := 0
	for row, err := range s.Articles(ctx, q) {
		if err != nil {
			return err
		}
		art, err := s.Open(ctx, row)
		if err != nil {
			fmt.Fprintf(a.stderr, "feedfolio: %v\n", err)
			bad++
			continue
		}
		if err := encodeLine(out, exportLine(art, row)); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return &exit{code: exitPartly, err: &hinted{fmt.Errorf("%s could not be read", plural(bad, "file")), "feedfolio verify says what is wrong with the archive"}}
	}
	return nil
}

// opml is an OPML 2.0 document (http://opml.org/spec2.opml), as far as subscription lists use it.
type opml struct {
	XMLName xml.Name  `xml:"opml"`
	Version string    `xml:"version,attr"`
	Title   string    `xml:"head>title"`
	Outline []outline `xml:"body>outline"`
}

type outline struct {
	Text    string    `xml:"text,attr"`
	Title   string    `xml:"title,attr,omitempty"`
	Type    string    `xml:"type,attr,omitempty"`
	XMLURL  string    `xml:"xmlUrl,attr,omitempty"`
	HTMLURL string    `xml:"htmlUrl,attr,omitempty"`
	Outline []outline `xml:"outline"`
}

func (a *app) exportOPML() error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	return writeOPML(a.stdout, cfg.Sources)
}

// writeOPML groups the sources by topic. Only feeds are in it: other readers know no other kind.
func writeOPML(w io.Writer, all []config.Source) error {
	doc := opml{Version: "2.0", Title: "Feedfolio sources"}
	group := map[string]int{}
	for _, s := range all {
		if s.Kind != "feed" {
			continue
		}
		title := s.Title
		if title == "" {
			title = s.Name
		}
		o := outline{Text: title, Title: title, Type: "rss", XMLURL: s.URL}
		if s.Topic == "" {
			doc.Outline = append(doc.Outline, o)
			continue
		}
		at, found := group[s.Topic]
		if !found {
			at = len(doc.Outline)
			group[s.Topic] = at
			doc.Outline = append(doc.Outline, outline{Text: s.Topic, Title: s.Topic})
		}
		doc.Outline[at].Outline = append(doc.Outline[at].Outline, o)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
