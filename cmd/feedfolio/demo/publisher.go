package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

//go:embed press
var press embed.FS

// publisher is one row of the table below: where its things are, and its habits.
type publisher struct {
	name        string // of its folder in press, and of the source
	title       string
	listing     string // path of the listing
	listingType string // its Content-Type
	article     string // path of an article; {date}, {month} and {id} stand for the article's own
	pageType    string // Content-Type of the pages
	charset     encoding.Encoding
	full        bool             // the listing carries the bodies
	redirect    string           // path under which the listing links to an article, which redirects; "" = the article's own
	faults      map[string][]int // by article: what its page answers at first
}

var publishers = []publisher{
	{
		name: "jiangan", title: "江岸财经",
		listing: "/rss/finance.xml", listingType: "text/xml",
		article: "/finance/{date}/doc-{id}.shtml", pageType: "text/html", // the charset is in the page only
		charset: simplifiedchinese.GBK,
	},
	{
		name: "linlan", title: "临澜证券报",
		listing: "/feed/top", listingType: "application/rss+xml; charset=utf-8",
		article: "/detail/{id}", pageType: "text/html; charset=utf-8",
		faults: map[string][]int{"20261119-0071": {503}, "20261121-0042": {500}},
	},
	{
		name: "shuowen", title: "朔闻研究",
		listing: "/feed/", listingType: "application/rss+xml; charset=UTF-8",
		article: "/{month}/{id}/", pageType: "text/html; charset=UTF-8",
		full: true,
	},
	{
		name: "yuanheng", title: "远衡快讯",
		listing: "/api/flash/list.json", listingType: "application/json;charset=UTF-8",
		article: "/news/{id}.html", pageType: "text/html;charset=UTF-8",
	},
	{
		name: "harbour", title: "Harbour Ledger",
		listing: "/atom.xml", listingType: "application/atom+xml; charset=utf-8",
		article: "/{month}/{id}", pageType: "text/html; charset=utf-8",
	},
	{
		name: "meridian", title: "Meridian Wire",
		listing: "/wire.rdf", listingType: "application/rdf+xml",
		article: "/article/{id}", pageType: "text/html; charset=ISO-8859-1",
		charset: charmap.Windows1252,
	},
	{
		name: "northgate", title: "Northgate Research Notes",
		listing: "/feed.json", listingType: "application/feed+json",
		article: "/notes/{id}", pageType: "text/html; charset=utf-8",
	},
	{
		name: "kestrel", title: "Kestrel Markets Daily",
		listing: "/rss", listingType: "application/xml",
		article: "/daily/{date}/{id}", pageType: "text/html",
		redirect: "/go?u={id}",
	},
	{
		name: "aldermere", title: "Central Bank of Aldermere",
		listing: "/news/", listingType: "text/html; charset=utf-8",
		article: "/news/{id}", pageType: "text/html; charset=utf-8",
	},
}

// story is one piece of news, with what the templates need to know.
type story struct {
	ID, Title, Author, Summary, Section string
	Tags                                []string
	Date, Updated                       time.Time
	Image                               string // absolute, or ""
	Path, URL                           string

	bodies []string // of its pages; more than one for few

	// Of the page that is being rendered.
	Base            string
	Body            string
	Page            int
	Next            string // path of the next page; "" on the last one
	Related, Latest []*story
}

// Pages is how many pages the article has.
func (a *story) Pages() int { return len(a.bodies) }

// readArticles reads a publisher's articles.html: articles parted by lines "=== id", each a head of "key: value"
// lines, an empty line, and the body in HTML; a line "=page=" ends a page of it.
func (p publisher) readArticles(base string) ([]*story, error) {
	data, err := press.ReadFile("press/" + p.name + "/articles.html")
	if err != nil {
		return nil, err
	}
	var articles []*story
	for part := range strings.SplitSeq("\n"+string(data), "\n=== ") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		a, err := readArticle(part, base)
		if err != nil {
			return nil, err
		}
		a.Base = base
		a.Path = strings.NewReplacer(
			"{date}", a.Date.Format("2006-01-02"), "{month}", a.Date.Format("2006/01"), "{id}", a.ID,
		).Replace(p.article)
		a.URL = base + a.Path
		articles = append(articles, a)
	}
	return articles, nil
}

func readArticle(part, base string) (*story, error) {
	head, body, _ := strings.Cut(part, "\n\n")
	id, head, _ := strings.Cut(head, "\n")
	a := &story{ID: id, bodies: strings.Split(strings.TrimSpace(body), "\n=page=\n")}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		var err error
		switch key {
		case "title":
			a.Title = value
		case "author":
			a.Author = value
		case "summary":
			a.Summary = value
		case "section":
			a.Section = value
		case "tags":
			a.Tags = strings.Split(value, ", ")
		case "image":
			a.Image = base + value
		case "date":
			a.Date, err = time.Parse(time.RFC3339, value)
		case "updated":
			a.Updated, err = time.Parse(time.RFC3339, value)
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return nil, fmt.Errorf("article %s: %w", id, err)
		}
	}
	if a.Updated.IsZero() {
		a.Updated = a.Date
	}
	return a, nil
}

// encode writes UTF-8 text in the publisher's charset.
func (p publisher) encode(text []byte) ([]byte, error) {
	if p.charset == nil {
		return text, nil
	}
	return p.charset.NewEncoder().Bytes(text)
}

// funcs are what the templates may call besides the built-in ones.
var funcs = template.FuncMap{
	"join":  strings.Join,
	"split": func(s string) []string { return strings.Split(s, ", ") },
	"slug":  func(s string) string { return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(s), "-"), "-") },
	"xml": func(s string) (string, error) {
		var b bytes.Buffer
		err := xml.EscapeText(&b, []byte(s))
		return b.String(), err
	},
	"json": func(v any) (string, error) {
		b, err := json.Marshal(v)
		return string(b), err
	},
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// render executes the template press/name.
func render(name string, data any) ([]byte, error) {
	src, err := press.ReadFile("press/" + name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Funcs(funcs).Parse(string(src))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
