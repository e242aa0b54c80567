package fetcher

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/feed"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// Found is a feed that Discover found.
type Found struct {
	URL     string // after redirects
	Title   string
	Format  string // "rss 2.0", "atom 1.0", ...
	Entries int
	Via     string // how it was found: "itself", "link", "anchor" or "guess"

	answer *answer // the feed
}

// Bounds of a discovery, in requests after the first: each waits for its host's turn.
const (
	maxNamed   = 8
	maxGuesses = 6
)

// guesses are the paths at which feeds usually are.
var guesses = []string{"/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml"}

// Discover finds the feeds of a site: the address itself if it is one; else those that its page names; else those that
// its page links to; else those at the usual paths. Each is fetched, so that what is returned is a feed, and Listing has
// its entries. robots.txt is asked about all but the address itself. The error is ErrNotFeed, wrapped, where there is none.
func (f *Fetcher) Discover(ctx context.Context, addr string) ([]Found, error) {
	if !strings.Contains(addr, "://") {
		addr = "https://" + addr
	}
	src := config.Source{Name: "discover", URL: addr, Kind: "feed"}
	ctx, release := begin(ctx, src)
	defer release()
	a, err := f.get(polite.WithoutRobots(ctx), src, addr, acceptFeed, article.Validators{})
	if err != nil {
		return nil, err
	}
	if a.Status < 200 || a.Status > 299 {
		return nil, fmt.Errorf("GET %s: %w", redact(addr), statusError(a.Status, a.Header, a.URL))
	}
	if found, ok := f.asFeed(a, "itself"); ok {
		return []Found{found}, nil
	}
	head := scanHead(document{URL: a.URL, Header: a.Header, Body: a.Body})
	if found := f.try(ctx, src, head.feeds, maxNamed); len(found) > 0 {
		return found, nil
	}
	if found := f.try(ctx, src, head.anchors, maxNamed); len(found) > 0 {
		return found, nil
	}
	if found := f.try(ctx, src, guessed(a.URL), maxGuesses); len(found) > 0 {
		return found[:1], nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("GET %s: %w", redact(addr), notFeed("%s; no feed is at the usual paths either", describe(document{URL: a.URL, Header: a.Header, Body: a.Body}, nil)))
}

// Listing is what List would answer for the source that was made of a feed that Discover found. Nothing is asked for
// again.
func (f *Fetcher) Listing(ctx context.Context, src config.Source, found Found) (*Listing, error) {
	return f.listing(ctx, kinds["feed"], src, found.answer, article.Validators{})
}

// guessed are the usual addresses of feeds on the site of a page: below its folder first.
func guessed(page string) []Found {
	u, err := url.Parse(page)
	if err != nil {
		return nil
	}
	var out []Found
	for _, g := range guesses {
		out = append(out, Found{URL: u.ResolveReference(&url.URL{Path: g}).String(), Via: "guess"})
	}
	return out
}

// try fetches candidates and returns those that are feeds. Guesses end at the first.
func (f *Fetcher) try(ctx context.Context, src config.Source, candidates []Found, most int) []Found {
	var out []Found
	seen := map[string]bool{}
	for _, c := range candidates {
		if seen[c.URL] || len(seen) >= most || ctx.Err() != nil {
			continue
		}
		seen[c.URL] = true
		a, err := f.get(ctx, src, c.URL, acceptFeed, article.Validators{})
		if err != nil || a.Status != 200 {
			continue
		}
		found, ok := f.asFeed(a, c.Via)
		if !ok || seen[found.URL] && found.URL != c.URL {
			continue
		}
		seen[found.URL] = true
		if found.Title == "" {
			found.Title = c.Title
		}
		if out = append(out, found); c.Via == "guess" {
			break
		}
	}
	return out
}

// asFeed reads an answer as a feed.
func (f *Fetcher) asFeed(a *answer, via string) (Found, bool) {
	found := Found{URL: a.URL, Via: via, answer: a}
	_, err := f.parse(kind{parse: func(d document, src config.Source) (*part, error) {
		fd, err := feed.Parse(d.Body, feed.Input{URL: d.URL, Header: d.Header})
		if err != nil {
			return nil, err
		}
		found.Title, found.Format, found.Entries = fd.Title, fd.Format, len(fd.Items)
		return parseFeed(d, src)
	}}, a, config.Source{}, 1)
	return found, err == nil
}
