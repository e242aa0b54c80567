package fetcher

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// document is one answer of a listing, for a parser.
type document struct {
	URL      string // after redirects
	Header   http.Header
	Body     []byte
	Timezone *time.Location // the source's own clock; nil: not set
	Default  *time.Location
	Number   int // which document of the listing it is, from 1
}

// part is what one document says.
type part struct {
	Listing          // Entries and what is said about the listing as a whole
	More    []string // addresses of further documents, in the order in which they are wanted
}

// parseFunc reads one document of a listing. It is pure. Its error is ErrNotFeed, wrapped with what the document is.
type parseFunc func(d document, src config.Source) (*part, error)

// kind is a form of listing: a new one is a function and a row in kinds.
type kind struct {
	parse  parseFunc
	accept string
	most   func(src config.Source) int // how many documents are fetched at most
}

var kinds = map[string]kind{
	"feed":    {parseFeed, acceptFeed, one},
	"sitemap": {parseSitemap, acceptSitemap, func(config.Source) int { return maxSitemaps }},
	"page":    {parsePage, acceptPage, pages},
	"json":    {parseJSON, acceptJSON, pages},
}

func one(config.Source) int { return 1 }

func pages(src config.Source) int {
	if src.List == nil {
		return 1
	}
	return min(max(1, src.List.Pages), 1000)
}

// maxEntries bounds what is taken from one listing where the source sets no bound of its own. The largest news sitemaps
// have 1,000 entries, feeds a few hundred.
const maxEntries = 10_000

// List asks what a source has. The validators are those of the Listing before; the answer is then often 304, and
// Listing.NotModified. Further documents of a listing (pages, the sitemaps of an index) are asked for as well; what
// fails among them is a remark. robots.txt is not asked about the listing: a user named it by its address.
//
// Errors that callers decide by: *StatusError, ErrNotFeed, and those of the transport (package polite).
func (f *Fetcher) List(ctx context.Context, src config.Source, v article.Validators) (*Listing, error) {
	k, ok := kinds[src.Kind]
	if src.Kind == "" {
		k, ok = kinds["feed"], true
	}
	if !ok {
		return nil, fmt.Errorf("unknown kind of source %q", src.Kind)
	}
	ctx, release := begin(polite.WithoutRobots(ctx), src)
	defer release()
	a, err := f.get(ctx, src, src.URL, k.accept, v)
	if err != nil {
		return nil, err
	}
	return f.listing(ctx, k, src, a, v)
}

// listing reads the answer for a source's address, and asks for what else belongs to it.
func (f *Fetcher) listing(ctx context.Context, k kind, src config.Source, a *answer, v article.Validators) (*Listing, error) {
	l := &Listing{Validators: validators(a, v), URL: a.URL, Moved: a.Moved, Status: a.Status, Bytes: int64(len(a.Body)), TTL: freshness(a.Header)}
	switch {
	case a.Status == http.StatusNotModified && v.URL == a.URL:
		l.NotModified = true
		return l, nil
	case a.Status < 200 || a.Status > 299:
		return nil, fmt.Errorf("GET %s: %w", redact(src.URL), statusError(a.Status, a.Header, a.URL))
	}
	first, err := f.parse(k, a, src, 1)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", redact(src.URL), err)
	}
	l.merge(first)
	f.follow(ctx, k, src, l, first.More)
	l.finish(src)
	return l, nil
}

// parse reads a document; a panic in a parser is an error of this document alone.
func (f *Fetcher) parse(k kind, a *answer, src config.Source, number int) (p *part, err error) {
	defer f.recovered(a.URL, &err)
	d := document{URL: a.URL, Header: a.Header, Body: a.Body, Number: number}
	d.Timezone, d.Default = f.clock(src)
	return k.parse(d, src)
}

// follow fetches the further documents of a listing, as far as its kind's bound and the source's entries allow.
func (f *Fetcher) follow(ctx context.Context, k kind, src config.Source, l *Listing, more []string) {
	seen := map[string]bool{src.URL: true, l.URL: true}
	most, want := k.most(src), wanted(src)
	for number := 2; number <= most && len(more) > 0 && len(l.Entries) < want && ctx.Err() == nil; {
		next := more[0]
		more = more[1:]
		if seen[next] {
			continue
		}
		seen[next] = true
		p, err := f.further(ctx, k, src, next, number, l)
		number++
		if err != nil {
			l.Remarks = append(l.Remarks, fmt.Sprintf("left out %v", err))
			continue
		}
		l.merge(p)
		more = slices.Concat(p.More, more)
	}
	if len(more) > 0 && most > 1 {
		f.log.Debug("listing has more documents", "source", src.Name, "documents", len(more))
	}
}

func (f *Fetcher) further(ctx context.Context, k kind, src config.Source, addr string, number int, l *Listing) (*part, error) {
	a, err := f.get(ctx, src, addr, k.accept, article.Validators{})
	if err != nil {
		return nil, err
	}
	l.Bytes += int64(len(a.Body))
	if a.Status < 200 || a.Status > 299 {
		return nil, fmt.Errorf("GET %s: %w", redact(addr), statusError(a.Status, a.Header, a.URL))
	}
	p, err := f.parse(k, a, src, number)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", redact(addr), err)
	}
	return p, nil
}

// merge adds what one more document says. What is said about the listing as a whole is the first document's.
func (l *Listing) merge(p *part) {
	l.Entries = append(l.Entries, p.Entries...)
	l.Remarks = append(l.Remarks, p.Remarks...)
	for to, from := range map[*string]string{&l.Title: p.Title, &l.Link: p.Link, &l.Language: p.Language, &l.Hub: p.Hub} {
		if *to == "" {
			*to = from
		}
	}
	l.TTL = max(l.TTL, p.TTL)
	if l.SkipHours == nil {
		l.SkipHours = p.SkipHours
	}
	if l.SkipDays == nil {
		l.SkipDays = p.SkipDays
	}
}

// finish takes out entries that are listed twice, and cuts the listing to the newest entries that the source wants.
func (l *Listing) finish(src config.Source) {
	l.unshare()
	pages := make(map[string]int, len(l.Entries))
	for _, e := range l.Entries {
		pages[article.Canonical(e.Link)]++
	}
	seen := make(map[string]bool, len(l.Entries))
	l.Entries = slices.DeleteFunc(l.Entries, func(e article.Entry) bool {
		key, says := e.Key(), ""
		if page := article.Canonical(e.Link); page != "" && pages[page] > 1 { // one entry, perhaps, under two GUIDs
			says = strings.Join([]string{"", page, e.Title, e.PublishedRaw, e.Summary, e.Content}, "\x00")
		}
		double := seen[key] || seen[says]
		seen[key], seen[says] = true, says != ""
		return double
	})
	want := wanted(src)
	if len(l.Entries) <= want {
		return
	}
	if src.MaxEntries <= 0 {
		l.Remarks = append(l.Remarks, fmt.Sprintf("%d entries listed: only the newest %d are taken (max_entries)", len(l.Entries), want))
	}
	if !slices.ContainsFunc(l.Entries, func(e article.Entry) bool { return date(e).IsZero() }) {
		slices.SortStableFunc(l.Entries, func(a, b article.Entry) int { return date(b).Compare(date(a)) })
	}
	l.Entries = slices.Clip(l.Entries[:want])
}

// unshare takes their GUID from entries that share it although they name different pages: some publishers give one to all
// that they list. Their links tell them apart then.
func (l *Listing) unshare() {
	page := func(i int) string { return cmp.Or(article.Canonical(l.Entries[i].Link), l.Entries[i].Title) }
	first := make(map[string]int, len(l.Entries))
	shared := map[string]bool{}
	for i, e := range l.Entries {
		if was, found := first[e.GUID]; !found {
			first[e.GUID] = i
		} else if e.GUID != "" && page(was) != page(i) {
			shared[e.GUID] = true
		}
	}
	if len(shared) == 0 {
		return
	}
	for i := range l.Entries {
		if shared[l.Entries[i].GUID] {
			l.Entries[i].GUID = ""
		}
	}
	l.Remarks = append(l.Remarks, "different entries have one GUID: their links tell them apart")
}

// date is when an entry was published, as far as the listing tells.
func date(e article.Entry) time.Time {
	if e.Published.IsZero() {
		return e.Updated
	}
	return e.Published
}

func wanted(src config.Source) int {
	if src.MaxEntries > 0 {
		return src.MaxEntries
	}
	return maxEntries
}

// notFeed is ErrNotFeed with what there was in a feed's place.
func notFeed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotFeed, fmt.Sprintf(format, args...))
}

// shorten squeezes white space and cuts a foreign text for an error or a remark.
func shorten(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
