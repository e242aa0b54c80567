package fetcher

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// Article makes the article of an entry: from the entry alone where the source's full_text says never, or auto and the
// entry carries the whole text (see NeedsPage); else from its page. The Page is nil where none was fetched.
//
// FirstSeen, Fetched and Revision are left to the caller, who has the clock and the store. Errors that callers decide
// by: *StatusError, *extract.NotArticle, ErrNotPage, ErrNoLink, and those of the transport (package polite).
func (f *Fetcher) Article(ctx context.Context, src config.Source, feedTitle string, e article.Entry) (*article.Article, *Page, error) {
	return f.Again(ctx, src, feedTitle, e, article.Validators{})
}

// Again is Article for one whose page was had before, with these validators: where the page is as it was the error is
// ErrNotModified.
func (f *Fetcher) Again(ctx context.Context, src config.Source, feedTitle string, e article.Entry, known article.Validators) (a *article.Article, p *Page, err error) {
	defer f.recovered(e.Link, &err)
	wants, why := wantsPage(src, e)
	f.log.Debug("page or feed", "source", src.Name, "url", redact(e.Link), "page", wants, "reason", why)
	if !wants {
		return f.FromFeed(src, feedTitle, e), nil, nil
	}
	if httpOnly(e.Link) == "" {
		return nil, nil, fmt.Errorf("entry %q: %w (its link is %q)", shorten(e.Title, 60), ErrNoLink, shorten(e.Link, 100))
	}
	ctx, release := begin(ctx, src)
	defer release()
	m, err := f.visit(ctx, src, e, known)
	if err != nil {
		return nil, nil, err
	}
	a, err = f.fromPage(src, feedTitle, e, m)
	if err != nil {
		return nil, nil, fmt.Errorf("GET %s: %w", redact(e.Link), err)
	}
	return a, m.page, nil
}

// FromPage makes the article of an entry anew of pages that were fetched before, by today's rules: for reprocessing.
// p needs URL, Header and Body, and so do its MorePages; their Results are replaced. Nothing is fetched.
func (f *Fetcher) FromPage(src config.Source, feedTitle string, e article.Entry, p *Page) (a *article.Article, err error) {
	defer f.recovered(p.URL, &err)
	rules, err := f.rulesOf(src)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	in := evidence(src, e, rules)
	m, err := f.open(p, in, src)
	if err != nil {
		return nil, err
	}
	for _, more := range p.MorePages {
		if err := f.extract(more, in); err != nil {
			return nil, err
		}
		if m.add(more) && m.verbatim != "" {
			m.verbatim += "\n" + ruleHTML(more, src.Extract)
		}
	}
	return f.fromPage(src, feedTitle, e, m)
}

// FromFeed makes the article of the entry alone: for full_text: never, and for the deadline by which a page was not to
// be had. Its status says how much that is: the whole text where the feed is known to carry it; with never, what the
// feed has is all that is wanted, partial if it was cut; in all other cases it is the feed's summary.
func (f *Fetcher) FromFeed(src config.Source, feedTitle string, e article.Entry) *article.Article {
	b := feedBody(e)
	a := f.common(src, feedTitle, e)
	a.SourceURL = article.Canonical(e.Link)
	base, _ := url.Parse(e.Link)
	f.setBody(a, b.html, base, false)
	a.Authors = slices.Clone(e.Authors)
	needs, _ := NeedsPage(e)
	switch {
	case b.units == 0:
		a.Status = article.Summary
	case src.FullText == "never" && b.cut != "":
		a.Status = article.Partial
	case src.FullText == "never", src.FullText != "always" && !needs && b.cut == "":
		a.Status = article.Full
	default:
		a.Status = article.Summary
	}
	f.finish(a, src, feedTitle, e, "")
	return a
}

// fromPage makes the article of what its pages gave and what the entry carries.
func (f *Fetcher) fromPage(src config.Source, feedTitle string, e article.Entry, m *merged) (*article.Article, error) {
	r := m.first
	a := f.common(src, feedTitle, e)
	a.SourceURL = canonical(e.Link, m.page.URL, r.Canonical)
	if a.Title == "" || completes(a.Title, r.Title) {
		a.Title = r.Title
	}
	if a.Published.IsZero() || moreExact(e, r.Published) {
		a.Published, a.PublishedRaw = r.Published.UTC(), r.PublishedRaw
	}
	if a.Updated.IsZero() {
		a.Updated = r.Updated.UTC()
	}
	a.Authors = slices.Clone(e.Authors)
	if len(a.Authors) == 0 {
		a.Authors = r.Authors
	}
	if r.Language != "" {
		a.Language = r.Language
	}
	if len(a.Tags) == 0 {
		a.Tags = r.Tags
	}
	a.Status = article.Full
	if m.partial {
		a.Status = article.Partial
	}
	base, _ := url.Parse(m.page.URL)
	b := feedBody(e)
	switch {
	case better(b, m):
		r.Remarks = append(r.Remarks, "the feed's own text is longer than what the page gave: it was kept")
		f.setBody(a, b.html, base, false)
		if needs, _ := NeedsPage(e); needs {
			a.Status = article.Partial
		} else {
			a.Status = article.Full
		}
	case m.verbatim != "":
		f.setBody(a, m.verbatim, base, true)
	default:
		a.Body = m.body
	}
	if b.units == 0 && units(m.text) == 0 && !strings.Contains(a.Body, "<img") {
		return nil, &extract.NotArticle{Kind: "empty", Reason: "neither the page nor the feed has a text"}
	}
	f.finish(a, src, feedTitle, e, r.Image)
	return a, nil
}

// better reports whether the feed's own text is to be kept in place of what the page gave: it is not cut, and clearly
// longer (by a fifth and ten words, so that a footer in the feed does not count), or at all longer than what a page shows
// to who does not pay.
func better(b entryBody, m *merged) bool {
	if b.units == 0 || b.cut != "" {
		return false
	}
	page := units(m.text)
	if m.partial {
		return b.units > page
	}
	return b.units > page+page/5+10
}

// common is what the entry and the source say, whether there is a page or not.
func (f *Fetcher) common(src config.Source, feedTitle string, e article.Entry) *article.Article {
	return &article.Article{
		Source: src.Name, GUID: e.GUID, Link: e.Link, Title: plainTitle(e.Title), Categories: src.Categories(feedTitle),
		Language: e.Language, Tags: slices.Clone(e.Tags), Published: e.Published, PublishedRaw: e.PublishedRaw,
		Updated: e.Updated, Symbols: slices.Clone(src.Symbols),
	}
}

// setBody sets a body that was not cleaned yet. The seed profile keeps it as it is.
func (f *Fetcher) setBody(a *article.Article, html string, base *url.URL, fromRule bool) {
	if f.seed() {
		a.Body = sanitize.Verbatim(html)
		return
	}
	a.Body = sanitize.Fragment(html, base)
	if fromRule {
		return
	}
	a.Body = strings.TrimSpace(a.Body)
}

func (f *Fetcher) seed() bool { return f.cfg.Format.Profile == "seed" }

// finish sets what follows from the rest: title, author, images and hash.
func (f *Fetcher) finish(a *article.Article, src config.Source, feedTitle string, e article.Entry, lead string) {
	if a.Title == "" {
		a.Title = firstWords(a.Text())
	}
	if a.Title == "" {
		a.Title = a.SourceURL
	}
	switch {
	case src.Site != "":
		a.Author = src.Site
	case len(a.Authors) > 0:
		a.Author = strings.Join(a.Authors, ", ")
	case src.Title != "" && feedTitle == "":
		a.Author = src.Title
	default:
		a.Author = feedTitle
	}
	base, _ := url.Parse(a.Link)
	if f.seed() {
		a.Image = firstImage(a.Body, base)
	} else {
		a.Image = leadImage(lead, a.Body, e.Image)
		if e.Image != a.Image && usable(e.Image) {
			a.Thumbnail = e.Image
		}
	}
	a.ContentHash = a.Hash()
}

// firstWords is the title of an article that has none: the first 80 characters of its text.
func firstWords(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	n := 0
	for i := range text {
		if n++; n > 80 {
			return text[:i]
		}
	}
	return text
}

// plainTitle squeezes the white space of a title. Feeds give titles as plain text already.
func plainTitle(s string) string { return strings.Join(strings.Fields(s), " ") }

// completes reports whether a page's title is the whole of an entry's title that was cut.
func completes(cut, whole string) bool {
	short := strings.TrimRight(cut, ".… ")
	return short != cut && len(whole) > len(short) && strings.HasPrefix(whole, short)
}

// moreExact reports whether a page tells the time of day of an entry that has the day only.
func moreExact(e article.Entry, page time.Time) bool {
	if page.IsZero() || e.Published.IsZero() || strings.Contains(e.PublishedRaw, ":") || strings.Contains(e.PublishedRaw, "T") {
		return false
	}
	if t := strings.TrimSpace(e.PublishedRaw); t == "" || strings.Trim(t, "0123456789") == "" {
		return false // a Unix time
	}
	gap := page.Sub(e.Published)
	return gap > -24*time.Hour && gap < 24*time.Hour
}

// canonical is the address that an article is known by: what its page calls canonical, if that is on the same site and
// no home page (publishers' templates name their front page, their mobile site or another's copy), else the address
// that the page was had from.
func canonical(link, final, named string) string {
	fu, err := url.Parse(final)
	if err != nil || fu.Host == "" {
		return article.Canonical(link)
	}
	nu, err := url.Parse(named)
	if named == "" || err != nil || (nu.Scheme != "http" && nu.Scheme != "https") || !sameSite(fu, nu) {
		return article.Canonical(final)
	}
	if home(nu) && !home(fu) {
		return article.Canonical(final)
	}
	if strings.Count(strings.Trim(nu.Path, "/"), "/") == 0 && nu.RawQuery == "" && deeper(fu, nu) {
		return article.Canonical(final) // a section
	}
	return article.Canonical(named)
}

// deeper reports whether a lies below b: then b is the section that a is in.
func deeper(a, b *url.URL) bool {
	p := strings.TrimSuffix(b.Path, "/") + "/"
	return strings.EqualFold(a.Hostname(), b.Hostname()) && len(a.Path) > len(p) && strings.HasPrefix(a.Path, p)
}

// home reports whether an address is a site's front page.
func home(u *url.URL) bool {
	p := strings.ToLower(strings.Trim(u.Path, "/"))
	return u.RawQuery == "" && (p == "" || p == "index.html" || p == "index.htm" || p == "index.php" || p == "home" || p == "m" || p == "default.aspx")
}
