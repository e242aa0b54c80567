// Package extract makes an article of a page: bytes, response headers, address and rules in; body, metadata and
// remarks out. It is pure: no network, disk, clock or log, and the same page gives the same bytes.
//
// A page is decoded and parsed once (Decode, parse), and everything works on that one tree. What tells where a
// page's article is, in order: the user's rules, the rules shipped for known sites (sites.yml), and the automatic
// strategy, which parts the page into blocks (package block) and keeps or drops each by a model learnt from pages whose
// articles people marked. Metadata comes from JSON-LD, Open Graph, meta elements and the page itself; Result.Sources
// says which. Pages that hold no article (consent walls, captchas, log-ins, error pages, lists) give a *NotArticle.
package extract

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// Input is what is known about a page beside its bytes.
type Input struct {
	URL      string         // the page's address after redirects; relative addresses are resolved against it
	Header   http.Header    // the response's headers, for the charset and the language; may be nil
	Rules    *Rules         // the user's rules; nil for none
	Title    string         // the feed entry's title: evidence, and the last resort
	Summary  string         // the feed entry's summary, HTML or text: evidence of where the article is
	Timezone *time.Location // of dates that name none; nil for what the page's site or language suggests, else UTC
}

// Result is the article of a page. Fields that the page does not tell are empty.
type Result struct {
	Title        string
	Authors      []string // people; none where the page prints no by-line
	Published    time.Time
	PublishedRaw string // as the page wrote it
	Updated      time.Time
	Image        string // absolute address of the lead image
	Language     string // BCP 47
	Site         string // the site's own name
	Canonical    string // absolute
	Section      string
	Tags         []string

	Body       string            // inner HTML: sanitised, addresses absolute
	Text       string            // the body's text without captions, blank lines between blocks
	Strategy   string            // what found the body: "rules", "site rules", "automatic", "json-ld"
	Sources    map[string]string // field -> where its value came from
	NextPage   string            // absolute address of the article's next page
	Partial    bool              // the page shows only the beginning of the article
	Confidence float64           // of the body, 0 to 1
	Charset    string            // the encoding the bytes came in
	Remarks    []string          // what a person who looks into this page should know
}

// NotArticle says that a page holds no article, and why. Callers decide by it: such a page is tried again or given up,
// never stored.
type NotArticle struct {
	Kind   string // "consent", "captcha", "login", "not found", "error", "index", "empty", "not html"
	Reason string // for people
}

// Error gives the kind and the reason.
func (e *NotArticle) Error() string { return "not an article (" + e.Kind + "): " + e.Reason }

// Page extracts the article of one page. The error is a *NotArticle; a page of any bytes and size gives that or a
// Result. Page may be called from many goroutines.
func Page(body []byte, in Input) (*Result, error) {
	if what := notHTML(body); what != "" {
		return nil, &NotArticle{Kind: "not html", Reason: what}
	}
	text, charset, why := Decode(body, in.Header)
	doc, remark := parse(text)
	p := newPage(doc, in)
	r := &Result{Charset: charset, Sources: map[string]string{"charset": why}}
	if remark != "" {
		r.Remarks = append(r.Remarks, remark)
	}
	p.head = collect(doc)
	p.applyBase()
	p.remove(r)
	p.blocks = block.Default().Scan(doc)
	defer p.blocks.Release()
	p.decide(r)
	p.metadata(r)
	if err := p.notArticle(r); err != nil {
		return nil, err
	}
	root := p.content(r)
	if root == nil {
		return nil, &NotArticle{Kind: "empty", Reason: "no text that could be an article"}
	}
	p.finish(r, root)
	return r, nil
}

// Report is the form in which extract --json prints a Result, a line for each page.
type Report struct {
	ID       string            `json:"id"`
	File     string            `json:"file"`
	Title    string            `json:"title"`
	Authors  []string          `json:"authors"`
	Date     string            `json:"date"`
	Language string            `json:"language"`
	Image    string            `json:"image"`
	URL      string            `json:"url"`
	Text     string            `json:"text"`
	HTML     string            `json:"html"`
	Strategy string            `json:"strategy"`
	Sources  map[string]string `json:"sources"`
	Remarks  []string          `json:"remarks"`
}

// Report gives the result under the input's id, file and address. The date is RFC 3339; url is the canonical address
// where the page names one, else the input's.
func (r *Result) Report(id, file, url string) Report {
	rep := Report{
		ID: id, File: file, Title: r.Title, Authors: r.Authors, Language: r.Language, Image: r.Image, URL: r.Canonical,
		Text: r.Text, HTML: r.Body, Strategy: r.Strategy, Sources: r.Sources, Remarks: r.Remarks,
	}
	if !r.Published.IsZero() {
		rep.Date = r.Published.Format(time.RFC3339)
	}
	if rep.URL == "" {
		rep.URL = url
	}
	if rep.Authors == nil {
		rep.Authors = []string{}
	}
	if rep.Remarks == nil {
		rep.Remarks = []string{}
	}
	return rep
}

// page is one parsed page on its way to a Result.
type page struct {
	in   Input
	doc  *html.Node
	addr *url.URL // the page's address; nil where it is unknown
	base *url.URL // what addresses on the page are resolved with; nil likewise
	head *head
	site *Rules // the rules shipped for the page's site; nil for none

	blocks *block.Page
	known  *block.Evidence
	keys   []string // loose keys of the titles
	lang   string

	holders map[*html.Node]bool // elements around the article's beginning
	odds    []float32           // of each block, to belong to the article; above 0: kept
	kept    string              // text of the kept blocks, once it is asked for
	running int                 // bytes of it that are running text
}

func newPage(doc *html.Node, in Input) *page {
	p := &page{in: in, doc: doc}
	if u, err := url.Parse(strings.TrimSpace(in.URL)); err == nil && u.Host != "" {
		p.addr, p.base = u, u
		p.site = siteRules(u.Hostname())
	}
	return p
}
