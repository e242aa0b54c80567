package feed

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrNotFeed says that a document is no feed of any kind. The error that wraps it says what it looks like.
var ErrNotFeed = errors.New("not a feed")

// Parse reads a feed of any kind. A broken one gives what can be read of it, with remarks; an error means that there
// was nothing to read: ErrNotFeed, or ErrTooBig. It fetches nothing, follows no reference out of the document, and
// takes time and memory in proportion to the body. Safe for concurrent use.
func Parse(body []byte, in Input) (*Feed, error) {
	f, err := parse(body, in)
	if err != nil {
		return nil, fmt.Errorf("parse feed: %w", err)
	}
	return f, nil
}

func parse(body []byte, in Input) (*Feed, error) {
	if in.Header == nil {
		in.Header = http.Header{}
	}
	doc, err := decode(body, in.Header)
	if err != nil {
		return nil, err
	}
	trimmed := strings.TrimLeft(doc.text, " \t\n\u00a0\ufeff\u200b")
	if trimmed == "" {
		return nil, fmt.Errorf("%w: empty", ErrNotFeed)
	}
	base := in.base()
	var f *Feed
	var items []rawItem
	var raw rawFeed
	switch {
	case trimmed[0] == '{' || trimmed[0] == '[':
		f, raw, items, err = parseJSON(trimmed, base)
	default:
		f, raw, items, err = readXML(doc.text, base)
	}
	if err != nil {
		g := fallback(doc.text)
		if g == nil {
			return nil, err
		}
		f, raw, items = g.feed, g.raw, g.items
	}
	f.Remarks = append(doc.remarks, f.Remarks...)
	f.complete(raw, items, in, base)
	return f, nil
}

// base is the address that relative ones in the document are resolved by.
func (in Input) base() string {
	if loc := in.Header.Get("Content-Location"); loc != "" {
		if abs := resolve(in.URL, loc); isHTTP(abs) {
			return abs
		}
	}
	return in.URL
}

// readXML reads a document strictly, and when that fails loosely.
func readXML(doc, base string) (*Feed, rawFeed, []rawItem, error) {
	start, skipped := findRoot(doc)
	if start < 0 {
		return nil, rawFeed{}, nil, fmt.Errorf("%w: %s", ErrNotFeed, looksLike(doc))
	}
	p, err := parseXML(doc[start:], base, false, maxItems)
	loose := err != nil
	if loose {
		p, err = parseXML(doc[start:], base, true, maxItems)
		if err != nil {
			return nil, rawFeed{}, nil, err
		}
	}
	if p.root == "" {
		return nil, rawFeed{}, nil, fmt.Errorf("%w: %s", ErrNotFeed, looksLike(doc))
	}
	f := &p.feed
	items := p.whole(f)
	if skipped {
		f.remark("text before the feed was passed over")
	}
	if loose && !p.partial && !p.endOnly() {
		f.remark("not well-formed XML: repaired, " + plural(len(items), "item") + " read")
	}
	if p.tooDeep {
		f.remark(fmt.Sprintf("elements nested more than %d deep were left out", maxDepth))
	}
	if p.dropped > 0 {
		f.remark(fmt.Sprintf("%s beyond the first %d left out", plural(p.dropped, "item"), maxItems))
	}
	return f, p.feedRaw, items, nil
}

// endOnly says whether all that the document lacks is the end tags of its outermost elements.
func (p *xmlParser) endOnly() bool { return !p.broken && !p.repaired }

// whole is the items but for one that the document's end cut off; that is kept only where it has its identity, or
// where there is no other.
func (p *xmlParser) whole(f *Feed) []rawItem {
	items := p.items
	if !p.partial || len(items) == 0 {
		return items
	}
	last := items[len(items)-1]
	keep := last.id.s != "" || len(items) == 1 && (last.title.s != "" || last.link.s != "")
	if !keep {
		items = items[:len(items)-1]
	}
	f.remark("salvaged " + plural(len(items), "item") + ": the feed was cut")
	return items
}

func (f *Feed) remark(s string) { f.Remarks = append(f.Remarks, s) }

// findRoot is where the feed's root element begins (or the XML declaration or DTD before it), -1 where there is none.
// skipped says that there is text before it, such as a warning of PHP.
func findRoot(doc string) (start int, skipped bool) {
	sc := scanner{s: doc}
	inHTML, text := false, false
	for {
		at := sc.i
		tok, s := sc.next()
		switch tok {
		case tokEOF:
			return -1, false
		case tokText, tokCDATA:
			text = text || !blank(s)
			continue
		case tokEnd:
			continue
		}
		_, local := split(sc.name)
		switch local {
		case "rss", "rdf", "feed", "channel":
			if inHTML && !sc.declares() {
				continue
			}
		case "item", "entry":
			if inHTML {
				continue
			}
		case "html", "body", "head":
			inHTML = true
			continue
		default:
			text = true
			continue
		}
		if text {
			return at, true
		}
		return 0, false
	}
}

// declares says whether the tag has a version or a namespace, as a feed's root has and an element of HTML has not.
func (s *scanner) declares() bool {
	for _, a := range s.attrs {
		if a.name == "version" || strings.HasPrefix(a.name, "xmlns") {
			return true
		}
	}
	return false
}

// looksLike says what a document that is no feed is, for the user.
func looksLike(doc string) string {
	head := strings.ToLower(clip(doc, 4096))
	switch {
	case strings.Contains(head, "<opml"):
		return "the answer is an OPML list of feeds"
	case strings.Contains(head, "<html") || strings.Contains(head, "<!doctype html") || strings.Contains(head, "<body"):
		return "the answer is an HTML page"
	case strings.Contains(head, "<urlset") || strings.Contains(head, "<sitemapindex"):
		return "the answer is a sitemap"
	case strings.Contains(head, "<?xml"):
		return "the answer is XML without a feed in it"
	}
	return fmt.Sprintf("the answer begins with %q", clip(strings.TrimSpace(doc), 40))
}

// complete makes the feed of what the document says: plain titles, one link, dates, within limits.
func (f *Feed) complete(raw rawFeed, items []rawItem, in Input, base string) {
	f.ID = raw.id
	f.Title = clip(titleText(raw.title), maxTitle)
	f.Link = address(raw.link.s, base)
	f.Description = clip(strings.TrimSpace(raw.description.s), maxText)
	f.Image = address(raw.image.s, base)
	f.Language = language(raw.language.s, in.Header)
	if len(f.Categories) > maxCategories {
		f.Categories = f.Categories[:maxCategories]
	}
	f.UpdateEvery = every(raw.period, raw.frequency)
	hint := DateHint{Timezone: in.Timezone, Default: in.Default, Language: f.Language}
	f.Published, _ = parseDate(raw.published.s, hint)
	f.Updated, _ = parseDate(raw.updated.s, hint)
	counts, dates := map[uint8]int{}, dateFaults{}
	f.Items = make([]Item, 0, len(items))
	for i := range items {
		r := &items[i]
		r.complete(base, hint, &dates)
		r.limit()
		for bit := uint8(1); bit != 0 && r.cuts != 0; bit <<= 1 {
			if r.cuts&bit != 0 {
				counts[bit]++
			}
		}
		f.Items = append(f.Items, r.Item)
	}
	f.Remarks = append(f.Remarks, dates.remarks()...)
	f.Remarks = append(f.Remarks, limitRemarks(counts)...)
}

// address makes a link absolute, and drops what can be none.
func address(s, base string) string {
	s = strings.TrimSpace(s)
	if strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\t') >= 0 {
		s = strings.NewReplacer("\n", "", "\t", "").Replace(s)
	}
	return resolve(base, s)
}

// complete fills the item's fields.
func (r *rawItem) complete(base string, hint DateHint, faults *dateFaults) {
	if r.base != "" {
		base = r.base
	}
	it := &r.Item
	it.Title = titleText(r.title)
	it.ID = strings.TrimSpace(r.id.s)
	if r.about != "" && (it.ID == "" || r.id.rank == worstID) {
		it.ID = strings.TrimSpace(r.about)
	}
	it.Link = address(r.link.s, base)
	if it.Link == "" && (r.permalink && isHTTP(it.ID) || r.claimed && strings.HasPrefix(it.ID, "/")) {
		it.Link = resolve(base, it.ID)
	}
	if it.Link == "" && isHTTP(r.about) {
		it.Link = r.about
	}
	r.bodies()
	it.Image = address(r.image.s, base)
	if len(it.Authors) == 0 {
		it.Authors = r.mediaAuthors
	}
	if it.Language != "" {
		hint.Language = it.Language
	}
	it.PublishedRaw, it.UpdatedRaw = clip(strings.TrimSpace(r.published.s), 200), clip(strings.TrimSpace(r.updated.s), 200)
	it.Published = faults.parse(r.published.s, hint)
	it.Updated = faults.parse(r.updated.s, hint)
}

// bodies settles what is the summary and what the content. RSS's description is the summary; where there is an element
// summary beside it, the second of them is the content.
//
// White space around a body stays: a body is given on as the publisher wrote it. One of nothing else is none.
func (r *rawItem) bodies() {
	it, description := &r.Item, unlessBlank(r.description.s)
	it.Summary, it.Content = unlessBlank(r.summary.s), unlessBlank(r.content.s)
	switch {
	case description == "":
	case it.Summary == "" || r.summary.rank > summaryElement:
		it.Summary = description
	case it.Content == "" && r.swapped:
		it.Summary, it.Content = description, it.Summary
	case it.Content == "":
		it.Content = description
	}
}

// unlessBlank is s, or "" where it is white space alone.
func unlessBlank(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

// dateFaults counts the dates that could not be used.
type dateFaults struct {
	unread, unbelieved int
	example, odd       string
}

func (d *dateFaults) parse(s string, hint DateHint) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := parseDate(s, hint)
	switch {
	case errors.Is(err, ErrDateRange):
		if d.unbelieved++; d.odd == "" {
			d.odd = clip(strings.TrimSpace(s), 60)
		}
	case err != nil && strings.TrimSpace(s) != "":
		if d.unread++; d.example == "" {
			d.example = clip(strings.TrimSpace(s), 60)
		}
	}
	return t
}

func (d *dateFaults) remarks() []string {
	var out []string
	if d.unread > 0 {
		out = append(out, fmt.Sprintf("%s could not be read (%q): the time of first sight is used", plural(d.unread, "date"), d.example))
	}
	if d.unbelieved > 0 {
		out = append(out, fmt.Sprintf("%s outside 1990-2100 not trusted (%q): the time of first sight is used", plural(d.unbelieved, "date"), d.odd))
	}
	return out
}

// language is the feed's own claim, else the header's.
func language(claim string, header http.Header) string {
	claim = strings.TrimSpace(claim)
	if claim == "" {
		claim, _, _ = strings.Cut(header.Get("Content-Language"), ",")
		claim = strings.TrimSpace(claim)
	}
	if len(claim) > 35 || strings.ContainsAny(claim, " <>&\n") {
		return ""
	}
	return strings.ReplaceAll(claim, "_", "-")
}

// every is the interval of sy:updatePeriod and sy:updateFrequency, 0 where they do not give one.
func every(period string, frequency int) time.Duration {
	if frequency < 1 {
		frequency = 1
	}
	d := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
	}[period]
	return d / time.Duration(frequency)
}
