package fetcher

import (
	"fmt"
	"strings"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/feed"
)

// parseFeed reads RSS, Atom, RDF and JSON Feed.
func parseFeed(d document, _ config.Source) (*part, error) {
	fd, err := feed.Parse(d.Body, feed.Input{URL: d.URL, Header: d.Header, Timezone: d.Timezone, Default: d.Default})
	if err != nil {
		return nil, notFeed("%s", describe(d, err))
	}
	if len(fd.Items) == 0 && fd.Title == "" && fd.Link == "" && isHTML(d) {
		return nil, notFeed("%s", describe(d, nil))
	}
	// What is kept of a listing must not keep the whole document in memory.
	p := &part{Listing: Listing{
		Title: strings.Clone(fd.Title), Link: strings.Clone(fd.Link), Language: strings.Clone(fd.Language), TTL: max(fd.TTL, fd.UpdateEvery),
		SkipHours: fd.SkipHours, SkipDays: fd.SkipDays, Hub: strings.Clone(fd.Hub), Remarks: fd.Remarks,
	}}
	p.Entries = make([]article.Entry, 0, len(fd.Items))
	for _, it := range fd.Items {
		p.Entries = append(p.Entries, entryOf(it, fd))
	}
	return p, nil
}

// entryOf is a feed's item as an entry. The feed's authors are those of an item without any.
func entryOf(it feed.Item, fd *feed.Feed) article.Entry {
	e := article.Entry{
		GUID: it.ID, Link: it.Link, Title: it.Title, Tags: it.Categories, Published: it.Published, PublishedRaw: it.PublishedRaw,
		Updated: it.Updated, Summary: it.Summary, Content: it.Content, Image: it.Image, Language: it.Language, Enclosures: it.Enclosures,
	}
	if e.Language == "" {
		e.Language = fd.Language
	}
	authors := it.Authors
	if len(authors) == 0 {
		authors = fd.Authors
	}
	for _, p := range authors {
		name := strings.TrimSpace(p.Name)
		if name == "" {
			name, _, _ = strings.Cut(p.Email, "@")
		}
		if name != "" {
			e.Authors = append(e.Authors, name)
		}
	}
	return e
}

// describe says what a document is that is no feed, and what to do about it.
func describe(d document, err error) string {
	body := strings.TrimSpace(string(d.Body[:min(len(d.Body), 64<<10)]))
	declared := d.Header.Get("Content-Type")
	switch {
	case body == "":
		return "the answer is empty"
	case isHTML(d):
		return describeHTML(d)
	case body[0] == '{' || body[0] == '[':
		return fmt.Sprintf("answered JSON that is no JSON Feed: %s (a listing in JSON is kind: json with list:)", shorten(body, 120))
	case strings.Contains(body, "<urlset") || strings.Contains(body, "<sitemapindex"):
		return "answered a sitemap (set kind: sitemap)"
	case strings.HasPrefix(body, "%PDF-"):
		return "answered a PDF"
	}
	s := "answered " + shorten(declared, 60)
	if declared == "" {
		s = "answered something without a Content-Type"
	}
	if printable(body) {
		s += fmt.Sprintf(" that begins %q", shorten(body, 80))
	}
	if err != nil {
		s += ": " + err.Error()
	}
	return s
}

// describeHTML says what page came in a feed's place: its title, and the feeds that it names.
func describeHTML(d document) string {
	h := scanHead(d)
	s := "answered an HTML page"
	if h.title != "" {
		s += fmt.Sprintf(" titled %q", shorten(h.title, 80))
	}
	switch len(h.feeds) {
	case 0:
		return s
	case 1:
		return s + "; the page names a feed at " + h.feeds[0].URL
	}
	return fmt.Sprintf("%s; the page names %d feeds, the first at %s", s, len(h.feeds), h.feeds[0].URL)
}

// printable reports whether the beginning of a text can be shown.
func printable(s string) bool {
	for i, r := range s {
		if i > 200 {
			break
		}
		if r == '\uFFFD' || r < ' ' && !strings.ContainsRune("\t\n\r", r) {
			return false
		}
	}
	return true
}
