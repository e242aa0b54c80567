// Package fetcher makes entries of a source and an article of an entry. It keeps nothing: what it needs to know comes
// in with each call (configuration, validators, the entry), and everything it learns goes out.
//
// List asks for the source's listing, conditionally, and reads it: a feed, a sitemap, a listing in HTML or one in JSON
// (see kinds). Article makes the article of one entry: out of the entry itself where that holds the whole text (see
// NeedsPage), else out of its page, which is visited by colly, one collector for each article. Discover finds the feeds
// of a site.
//
// All requests go through the http.RoundTripper given to New: polite.New's in the program, any other in tests. Parsing
// is left to fetcher/feed and fetcher/extract, cleaning to fetcher/sanitize; here is what lies between: which request
// with which headers, what an answer is, and which of two texts of the same article is kept.
package fetcher

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// ErrNotFeed is returned, wrapped with what was found in its place, for a listing that is none.
var ErrNotFeed = errors.New("not a feed")

// ErrNotModified is returned, wrapped, by Again for a page that is as it was.
var ErrNotModified = errors.New("not modified")

// ErrNotPage is returned, wrapped with what it is, for an article's address that answers something other than HTML, such
// as a PDF. Asking again will hardly help.
var ErrNotPage = errors.New("not an HTML page")

// ErrNoLink is returned, wrapped, for an entry that needs a page and names none.
var ErrNoLink = errors.New("the entry names no page")

// StatusError is an answer of the wrong status.
type StatusError struct {
	Code       int
	URL        string        // after redirects; without passwords and keys
	RetryAfter time.Duration // as the server asks; 0: it does not
	Reason     string        // what else the answer tells; ""
}

// Error gives the status, what else is known, and when to come back.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("%d %s", e.Code, http.StatusText(e.Code))
	if e.Reason != "" {
		s += ", " + e.Reason
	}
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(" (retry after %s)", e.RetryAfter)
	}
	return s
}

// Listing is what a source has now.
type Listing struct {
	Entries     []article.Entry
	Validators  article.Validators // for the next List; of this answer, whether 200 or 304
	NotModified bool               // 304: no Entries, nothing else has changed
	Title       string
	Link        string // of the site
	Language    string
	TTL         time.Duration // how long the publisher wants the listing kept; the longest of its claims. 0: no claim
	SkipHours   []int
	SkipDays    []time.Weekday
	URL         string // after redirects
	Moved       string // the new address, where every redirect on the way was permanent; ""
	Hub         string // WebSub hub
	Remarks     []string
	Status      int
	Bytes       int64 // of all bodies, unpacked
}

// Page is an article's page as it came.
type Page struct {
	URL        string // after redirects
	Status     int
	Header     http.Header
	Body       []byte // content encodings undone, charset as it came
	Validators article.Validators
	Charset    string
	Result     *extract.Result // of this page alone
	MorePages  []*Page         // the pages that follow, of an article that has several
}

// Fetcher lists sources and fetches articles. It may be used by many goroutines.
type Fetcher struct {
	cfg   *config.Config
	rt    http.RoundTripper
	log   *slog.Logger
	rules map[*config.Extract]compiled // of the sources that have some; many share those of the defaults
	trees chan struct{}                // held while a page is taken apart
}

// compiled is a source's extraction rules, or what is wrong with them.
type compiled struct {
	rules *extract.Rules
	err   error
}

// New makes a Fetcher whose requests all go through rt.
func New(cfg *config.Config, rt http.RoundTripper, log *slog.Logger) *Fetcher {
	f := &Fetcher{cfg: cfg, rt: rt, log: log, rules: map[*config.Extract]compiled{}}
	f.trees = make(chan struct{}, runtime.GOMAXPROCS(0)+1)
	for i := range cfg.Sources {
		x := cfg.Sources[i].Extract
		if _, done := f.rules[x]; x != nil && !done {
			rules, err := extract.Compile(*x)
			f.rules[x] = compiled{rules, err}
		}
	}
	return f
}

// rulesOf returns the extraction rules of a source, also of one that is not in the configuration.
func (f *Fetcher) rulesOf(src config.Source) (*extract.Rules, error) {
	if src.Extract == nil {
		return nil, nil
	}
	if c, ok := f.rules[src.Extract]; ok {
		return c.rules, c.err
	}
	return extract.Compile(*src.Extract)
}

// clock returns the time zones for dates that name none: the source's own, and that for where nothing else tells.
func (f *Fetcher) clock(src config.Source) (own, fallback *time.Location) {
	fallback = f.cfg.Timezone
	if fallback == nil {
		fallback = time.UTC
	}
	return src.Timezone, fallback
}
