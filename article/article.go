// Package article holds what everything else is about: the Entry that a listing names, the Article that is made of it,
// the names of their files and the formats they are written in. It knows no network, disk, clock or configuration.
package article

import "time"

// Article is the complete, normalised, stored record of one piece of news.
type Article struct {
	Source    string // the source's name in the configuration
	GUID      string // the publisher's identifier, byte for byte; "" where it gives none
	Link      string // the address as the listing gave it, made absolute
	SourceURL string // the canonical URL

	Title      string
	Categories []string // topic, site, feed title
	Author     string   // the front matter's author, as it is written
	Authors    []string // the people, as far as they are known
	Image      string   // headimg: an absolute http(s) address or ""
	Thumbnail  string   // the entry's own thumbnail; "" means Image
	Language   string   // BCP 47, as far as it is known
	Tags       []string // the publisher's own terms

	Published    time.Time // as claimed, in UTC; zero where there is none
	PublishedRaw string    // the claim as it was written
	Updated      time.Time // zero where there is none
	FirstSeen    time.Time // when the entry was first visible to us
	Fetched      time.Time // when this revision was fetched

	Body   string     // cleaned inner HTML, not yet escaped for a format
	Status BodyStatus // how much of the article Body is

	Revision    int    // from 1
	ContentHash string // of title and text; see ContentHash

	Symbols []string // listed instruments, with evidence
	Cluster string   // near-duplicates share it; "" where it stands alone
	Origin  string   // "origin" or "copy" within the cluster; ""
	Sources []string // other sources that carried the same story

	written written // see there
	shown   shown   // see Text
}

// BodyStatus says how much of an article its stored body is.
type BodyStatus string

// The body is the whole article, what the publisher shows of it without paying, or the feed's own summary because the
// page could not be had yet.
const (
	Full    BodyStatus = "full"
	Partial BodyStatus = "partial"
	Summary BodyStatus = "summary"
)

// Entry is one element of a listing, before its page was fetched (an RSS item, an Atom entry, a sitemap's url).
type Entry struct {
	GUID         string      `json:"guid,omitempty"` // byte for byte; "" where the listing gives none
	Link         string      `json:"link,omitempty"` // absolute, as listed
	Title        string      `json:"title,omitempty"`
	Authors      []string    `json:"authors,omitempty"`
	Tags         []string    `json:"tags,omitempty"`
	Published    time.Time   `json:"published,omitzero"` // UTC; zero: none, or not to be trusted
	PublishedRaw string      `json:"published_raw,omitempty"`
	Updated      time.Time   `json:"updated,omitzero"`
	Summary      string      `json:"summary,omitempty"` // HTML
	Content      string      `json:"content,omitempty"` // HTML: the body, where the listing carries it
	Image        string      `json:"image,omitempty"`   // absolute
	Language     string      `json:"language,omitempty"`
	Enclosures   []Enclosure `json:"enclosures,omitempty"`
}

// Enclosure is a file that an entry carries.
type Enclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"`
}

// Validators make the next GET of URL conditional. They are sent back byte for byte.
type Validators struct {
	URL          string `json:"url,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}
