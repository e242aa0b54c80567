package fetcher

import (
	"bytes"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/feed"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// parsePage reads a listing in HTML: the entries are where the CSS selectors of list: say.
func parsePage(d document, src config.Source) (*part, error) {
	if src.List == nil || src.List.Item == "" {
		return nil, notFeed("kind: page needs list.item, the selector of the entries")
	}
	text, _, _ := extract.Decode(d.Body, d.Header)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(text))
	if err != nil {
		return nil, notFeed("the page cannot be parsed: %v", err)
	}
	sel, err := compile(src.List)
	if err != nil {
		return nil, notFeed("%v", err)
	}
	page, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	r := pageReader{sel: sel, base: sanitize.Base(doc.Nodes[0], page), d: d}
	r.language, _ = doc.Find("html").Attr("lang")
	p := &part{Listing: Listing{Title: plain(doc.Find("title").First().Text()), Link: d.URL, Language: strings.TrimSpace(r.language)}}
	items := doc.FindMatcher(sel["item"])
	items.EachWithBreak(func(_ int, item *goquery.Selection) bool {
		if e := r.entry(item); e.Link != "" || e.Title != "" {
			p.Entries = append(p.Entries, e)
		}
		return len(p.Entries) < maxEntries
	})
	if len(p.Entries) == 0 {
		return nil, notFeed("%s", nothingListed(d, src.List.Item, items.Length(), doc.Find("a[href]").Length()))
	}
	if m := sel["next"]; m != nil {
		if next := r.address(doc.FindMatcher(m).First()); next != "" {
			p.More = []string{next}
		}
	}
	return p, nil
}

// nothingListed says why a page lists nothing.
func nothingListed(d document, selector string, items, links int) string {
	s := describe(d, nil)
	if items > 0 {
		return s + ", in which the items of list.item have neither link nor title"
	}
	if links == 0 {
		return s + ", which has no links at all: it may be made by scripts"
	}
	return s + ", in which nothing matches list.item " + selector
}

// compile reads the selectors of a listing, by the name of their field.
func compile(l *config.List) (map[string]cascadia.Selector, error) {
	out := map[string]cascadia.Selector{}
	for name, s := range l.Texts() {
		if s == "" {
			continue
		}
		g, err := cascadia.Compile(s)
		if err != nil {
			return nil, notFeed("list.%s: selector %q: %v", name, s, err)
		}
		out[name] = g
	}
	return out, nil
}

// pageReader reads the items of one page.
type pageReader struct {
	sel      map[string]cascadia.Selector
	base     *url.URL
	d        document
	language string
}

func (r pageReader) entry(item *goquery.Selection) article.Entry {
	link := r.link(item)
	e := article.Entry{Link: r.address(link), Language: strings.TrimSpace(r.language)}
	e.Title = r.title(item, link)
	if s := r.find(item, "date"); s != nil {
		e.PublishedRaw = dateText(s)
		e.Published = r.date(e.PublishedRaw)
	}
	if s := r.find(item, "summary"); s != nil {
		e.Summary = inner(s)
	}
	if s := r.find(item, "content"); s != nil {
		e.Content = inner(s)
	}
	if s := r.find(item, "author"); s != nil {
		if name := plain(s.Text()); name != "" {
			e.Authors = []string{name}
		}
	}
	if s := r.find(item, "image"); s != nil {
		if !s.Is("img") {
			s = s.Find("img").First()
		}
		if s.Length() > 0 {
			e.Image = httpOnly(sanitize.ImageURL(s.Nodes[0], r.base))
		}
	}
	if s := r.find(item, "id"); s != nil {
		e.GUID = identifier(s)
	}
	return e
}

// find is the first element of an item that the field's selector matches: in the item, or the item itself.
func (r pageReader) find(item *goquery.Selection, field string) *goquery.Selection {
	m := r.sel[field]
	if m == nil {
		return nil
	}
	if s := item.FindMatcher(m).First(); s.Length() > 0 {
		return s
	}
	if item.IsMatcher(m) {
		return item
	}
	return nil
}

// link is the element whose address is the entry's: what list.link selects, else the item itself, else its first link.
func (r pageReader) link(item *goquery.Selection) *goquery.Selection {
	if r.sel["link"] != nil {
		if s := r.find(item, "link"); s != nil {
			return s
		}
		return item.Slice(0, 0)
	}
	if item.Is("a[href]") {
		return item
	}
	return item.Find("a[href]").First()
}

// address is the absolute address of a link, of the first link in an element, or of an element's own data-href.
func (r pageReader) address(s *goquery.Selection) string {
	if s.Length() == 0 {
		return ""
	}
	for _, key := range []string{"href", "data-href", "data-url", "data-link"} {
		if raw, ok := s.Attr(key); ok {
			return httpOnly(sanitize.Link(raw, r.base))
		}
	}
	raw, _ := s.Find("a[href]").First().Attr("href")
	return httpOnly(sanitize.Link(raw, r.base))
}

// title is what list.title selects, else the link's text, or its title attribute where that says more: listings cut
// long titles in the text.
func (r pageReader) title(item, link *goquery.Selection) string {
	if s := r.find(item, "title"); s != nil {
		return plain(s.Text())
	}
	text := plain(link.Text())
	full, _ := link.Attr("title")
	full = plain(full)
	cut := strings.TrimRight(text, ".… ")
	if text == "" || cut != text && strings.HasPrefix(full, cut) {
		text = full
	}
	if text == "" {
		alt, _ := link.Find("img[alt]").First().Attr("alt")
		text = plain(alt)
	}
	return text
}

func (r pageReader) date(raw string) time.Time {
	return readDate(raw, r.d, r.language)
}

// readDate reads a date of a listing; zero where it is none.
func readDate(raw string, d document, language string) time.Time {
	if raw == "" {
		return time.Time{}
	}
	hint := feed.DateHint{Timezone: d.Timezone, Default: d.Default, Language: language}
	if now, err := time.Parse(time.RFC1123, d.Header.Get("Date")); err == nil {
		hint.Now = now
	}
	t, err := feed.ParseDate(raw, hint)
	if err != nil {
		return time.Time{}
	}
	return t
}

// dateText is the date that an element holds: in an attribute for machines, else as text.
func dateText(s *goquery.Selection) string {
	for _, key := range []string{"datetime", "content", "data-time", "data-timestamp", "data-date"} {
		if v, ok := s.Attr(key); ok && strings.TrimSpace(v) != "" {
			return strings.TrimSpace(v)
		}
	}
	return shorten(s.Text(), 120)
}

// identifier is what an element says of an item's identity: an attribute, else its text.
func identifier(s *goquery.Selection) string {
	for _, key := range []string{"data-id", "data-docid", "data-aid", "id", "value", "href"} {
		if v, ok := s.Attr(key); ok && strings.TrimSpace(v) != "" {
			return strings.TrimSpace(v)
		}
	}
	return shorten(s.Text(), 300)
}

func inner(s *goquery.Selection) string {
	h, err := s.Html()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(h)
}

// httpOnly drops an address that is not absolute http or https.
func httpOnly(u string) string {
	if strings.HasPrefix(strings.ToLower(u), "http://") || strings.HasPrefix(strings.ToLower(u), "https://") {
		return u
	}
	return ""
}
