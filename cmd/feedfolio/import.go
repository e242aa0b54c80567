package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/net/html/charset"

	"github.com/feedfolio/feedfolio/config"
)

// maxOPML is the most of an OPML file that is read, in bytes.
const maxOPML = 32 << 20

func (a *app) importCmd() *cobra.Command {
	var write bool
	c := &cobra.Command{
		Use:   "import FILE.opml",
		Short: "Turn an OPML file into sources",
		Long: `Import reads the subscription list of another reader (OPML, - for standard input)
and prints its feeds as sources in YAML. With --write they go into
sources/NAME.yaml beside the configuration, where include: [sources/*.yaml]
finds them; feeds that are configured already are left out.`,
		Example: "  feedfolio import reader.opml\n  feedfolio import --write reader.opml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.importOPML(args[0], write)
		},
	}
	c.Flags().BoolVar(&write, "write", false, "write sources/NAME.yaml beside the configuration")
	return c
}

func (a *app) importOPML(path string, write bool) error {
	feeds, err := a.readOPML(path)
	if err != nil {
		return err
	}
	if !write {
		_, err := io.WriteString(a.stdout, sourcesYAML(feeds))
		return err
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	fresh := unknownFeeds(feeds, cfg)
	if len(fresh) == 0 {
		fmt.Fprintf(a.stdout, "%s in %s, all of them configured already\n", plural(len(feeds), "feed"), path)
		return nil
	}
	return a.writeSources(cfg, path, feeds, fresh)
}

// writeSources writes the new file and checks that the whole configuration is still good; if not, the file goes again.
func (a *app) writeSources(cfg *config.Config, path string, feeds, fresh []config.Source) error {
	file := filepath.Join(filepath.Dir(cfg.Path), "sources", fileName(path)+".yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := writeNew(file, []byte(sourcesYAML(fresh)), "remove it, or give the OPML file another name: its name becomes that of the sources"); err != nil {
		return err
	}
	again, err := a.checks().Load(cfg.Path)
	if err != nil {
		return errors.Join(fmt.Errorf("the feeds of %s make no good configuration; nothing was changed", path), err, os.Remove(file))
	}
	fmt.Fprintf(a.stdout, "%s: %s of %d written\n", file, plural(len(fresh), "source"), len(feeds))
	if len(again.Sources) == len(cfg.Sources) {
		fmt.Fprintf(a.stderr, "hint: %s does not include it yet; add the line\n\n  include: [sources/*.yaml]\n", cfg.Path)
	}
	return nil
}

func (a *app) readOPML(path string) ([]config.Source, error) {
	r := a.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	feeds, err := parseOPML(io.LimitReader(r, maxOPML))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return feeds, nil
}

// parseOPML returns the feeds of an OPML document; the outlines around a feed become its topic. It reads token by
// token, so that a deep document costs no stack.
func parseOPML(r io.Reader) ([]config.Source, error) {
	d := xml.NewDecoder(r)
	d.Strict, d.AutoClose, d.Entity, d.CharsetReader = false, xml.HTMLAutoClose, xml.HTMLEntity, charset.NewReaderLabel
	var feeds []config.Source
	var groups []string
	seen, isOPML := map[string]bool{}, false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && len(feeds) == 0 {
			return nil, fmt.Errorf("not an OPML document: %w", err)
		}
		if err != nil {
			break // what was read until here is good
		}
		switch t := tok.(type) {
		case xml.StartElement:
			isOPML = isOPML || strings.EqualFold(t.Name.Local, "opml")
			if !strings.EqualFold(t.Name.Local, "outline") {
				continue
			}
			s, group := sourceOf(t.Attr, groups)
			groups = append(groups, group)
			if s.URL != "" && !seen[s.URL] {
				seen[s.URL] = true
				feeds = append(feeds, s)
			}
		case xml.EndElement:
			if strings.EqualFold(t.Name.Local, "outline") && len(groups) > 0 {
				groups = groups[:len(groups)-1]
			}
		}
	}
	if !isOPML || len(feeds) == 0 {
		return nil, errors.New("no feed in it: an OPML document has <outline xmlUrl=…> elements")
	}
	return feeds, nil
}

// sourceOf reads one outline: a source where it has an address, and the name it gives to what is inside.
func sourceOf(attrs []xml.Attr, groups []string) (s config.Source, group string) {
	var text, title string
	for _, at := range attrs {
		switch strings.ToLower(at.Name.Local) {
		case "text":
			text = strings.TrimSpace(at.Value)
		case "title":
			title = strings.TrimSpace(at.Value)
		case "xmlurl":
			s.URL = feedAddress(at.Value)
		}
	}
	if title == "" {
		title = text
	}
	s.Title = title
	for _, g := range groups {
		if g != "" {
			s.Topic = g
		}
	}
	return s, title
}

// feedAddress is an address that can be fetched, or "". feed:// is how old readers wrote http://.
func feedAddress(s string) string {
	s = strings.TrimSpace(s)
	if rest, found := strings.CutPrefix(s, "feed:"); found {
		s = rest
		if strings.HasPrefix(s, "//") {
			s = "http:" + s
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return s
}

// unknownFeeds leaves out what is configured already.
func unknownFeeds(feeds []config.Source, cfg *config.Config) []config.Source {
	known := map[string]bool{}
	for _, s := range cfg.Sources {
		known[s.URL] = true
	}
	var fresh []config.Source
	for _, f := range feeds {
		if !known[f.URL] {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// sourcesYAML writes sources as a file of their own.
func sourcesYAML(feeds []config.Source) string {
	var b strings.Builder
	b.WriteString("sources:\n")
	for _, f := range feeds {
		fmt.Fprintf(&b, "  - url: %s\n", quoteYAML(f.URL))
		if f.Topic != "" {
			fmt.Fprintf(&b, "    topic: %s\n", quoteYAML(f.Topic))
		}
		if f.Title != "" {
			fmt.Fprintf(&b, "    title: %s\n", quoteYAML(f.Title))
		}
	}
	return b.String()
}

// fileName is the name of path without folder and extension, in letters that are safe everywhere.
func fileName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	name = strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
	if name = strings.Trim(name, "-"); name == "" {
		return "imported"
	}
	return name
}

// quoteYAML writes a string as a single-quoted scalar on one line.
func quoteYAML(s string) string {
	return "'" + strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "'", "''") + "'"
}
