// Package feed reads feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, RDF and JSON Feed, as they are and not as they
// should be. It is pure: bytes, headers and address in; a Feed and remarks about it out.
//
// The steps are decode (gzip by magic, character set, illegal characters), parse (one tolerant parser for all of XML,
// JSON item by item), complete (base addresses, permalinks, plain titles), dates (see ParseDate) and limits. XML that is
// not well-formed is read a second time, loosely: what is open is closed where the next element of a feed begins, so
// that every whole item is kept. What had to be repaired or left out is said in Feed.Remarks. Where the parser sees no
// feed at all, gofeed gets a try.
//
// What it leaves to others: fetching, cleaning the HTML of summaries and contents (they come as the publisher wrote
// them, but for relative addresses), and telling entries apart.
package feed

import (
	"net/http"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// Input is what is known of a feed apart from its bytes. The zero value is valid.
type Input struct {
	URL      string         // the address it came from, after redirects; relative addresses are resolved by it
	Header   http.Header    // of the response: Content-Type, Content-Location, Content-Language
	Timezone *time.Location // the source's own clock, for dates without a zone; nil: not set
	Default  *time.Location // the clock where neither date, source nor language tells; nil: UTC
}

// Feed is a parsed feed document. Its texts may share the memory of one copy of the document.
type Feed struct {
	Format      string // rss, atom, rdf or json, with the version: "rss 2.0"
	ID          string // as the publisher gives it
	Title       string // plain text
	Link        string // of the site; absolute where it can be
	Language    string // BCP 47, as the feed or else the header says
	Description string // HTML
	Image       string // absolute
	Published   time.Time
	Updated     time.Time
	Authors     []Person
	Categories  []string
	TTL         time.Duration // RSS ttl: how long the feed may be kept
	SkipHours   []int         // 0 to 23, in UTC
	SkipDays    []time.Weekday
	UpdateEvery time.Duration // sy:updatePeriod and sy:updateFrequency
	Hub         string        // WebSub hub
	Self        string        // the feed's own address, as it claims
	Next        string        // the next page of the feed (RFC 5005)
	Items       []Item
	Remarks     []string // what was repaired, distrusted or left out, for the user to read
}

// Item is an entry of a feed, in the feed's order.
type Item struct {
	ID           string // the publisher's identifier, byte for byte but for the space around it
	Link         string // absolute where it can be
	Title        string // plain text
	Published    time.Time
	PublishedRaw string // as it was written
	Updated      time.Time
	UpdatedRaw   string
	Authors      []Person
	Categories   []string
	Summary      string // HTML
	Content      string // HTML: the body, where the feed carries it beside a summary
	Enclosures   []article.Enclosure
	Image        string // absolute
	Language     string // where it is given for this item
}

// Person is an author, as far as the feed tells.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}
