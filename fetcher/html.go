package fetcher

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// isHTML reports whether a document is a page, by its beginning and only then by its Content-Type: pages come under
// every type, and feeds come as text/html.
func isHTML(d document) bool { return looksHTML(d.Header, d.Body) }

func looksHTML(header http.Header, body []byte) bool {
	start := bytes.ToLower(body[:min(len(body), 4096)])
	start = bytes.TrimLeft(start, " \t\r\n\x00\xef\xbb\xbf\xff\xfe")
	if len(start) == 0 {
		return false
	}
	if bytes.HasPrefix(start, []byte("<?xml")) {
		if _, rest, ok := bytes.Cut(start, []byte("?>")); ok {
			start = bytes.TrimSpace(rest)
		}
	}
	for bytes.HasPrefix(start, []byte("<!--")) {
		_, rest, ok := bytes.Cut(start, []byte("-->"))
		if !ok {
			break
		}
		start = bytes.TrimSpace(rest)
	}
	for _, root := range []string{"<rss", "<feed", "<rdf", "<urlset", "<sitemapindex", "<channel", "<opml", "{", "["} {
		if bytes.HasPrefix(start, []byte(root)) {
			return false
		}
	}
	if bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")) {
		return true
	}
	if !bytes.Contains(start, []byte("<")) {
		return false
	}
	for _, tag := range []string{"<html", "<head", "<body", "<title", "<meta", "<script", "<div", "<p>", "<h1"} {
		if bytes.Contains(start, []byte(tag)) && !bytes.Contains(start, []byte("<rss")) && !bytes.Contains(start, []byte("<feed")) {
			return true
		}
	}
	return mediaType(header) == "text/html" && start[0] == '<'
}

// mediaType is the declared type of an answer, in lower case and without parameters; "" where there is none.
func mediaType(h http.Header) string {
	v := h.Get("Content-Type")
	t, _, err := mime.ParseMediaType(v)
	if err != nil {
		t, _, _ = strings.Cut(v, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

// pageHead is what a page's head says about feeds and other addresses.
type pageHead struct {
	title   string
	feeds   []Found // by link rel=alternate
	anchors []Found // links whose address or text says feed
	refresh string  // where a meta refresh leads, absolute
}

// scanHead reads a page's title and the feeds that it names. It reads tokens, not a tree, and at most 2 MiB.
func scanHead(d document) pageHead {
	text, _, _ := extract.Decode(d.Body[:min(len(d.Body), 2<<20)], d.Header)
	base, _ := url.Parse(d.URL)
	var h pageHead
	z := html.NewTokenizer(bytes.NewReader(text))
	anchor := -1
	for {
		switch z.Next() {
		case html.ErrorToken:
			return h
		case html.TextToken:
			if anchor >= 0 && len(h.anchors[anchor].Title) < 200 {
				h.anchors[anchor].Title += string(z.Text())
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				anchor = -1
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			switch tag {
			case atom.Title:
				if h.title == "" && z.Next() == html.TextToken {
					h.title = strings.TrimSpace(string(z.Text()))
				}
				continue
			case atom.Link, atom.A, atom.Base, atom.Meta:
			default:
				continue
			}
			attrs := attributes(z, more)
			switch tag {
			case atom.Base:
				if u, err := url.Parse(attrs["href"]); err == nil && base != nil {
					base = base.ResolveReference(u)
				}
			case atom.Meta:
				if strings.EqualFold(attrs["http-equiv"], "refresh") && h.refresh == "" {
					h.refresh = refreshTarget(attrs["content"], base)
				}
			case atom.Link:
				h.link(attrs, base)
			case atom.A:
				if anchor = h.anchor(attrs, base); anchor >= 0 {
					continue
				}
			}
		}
	}
}

// link takes up a <link> that names a feed.
func (h *pageHead) link(attrs map[string]string, base *url.URL) {
	rel := " " + strings.ToLower(strings.Join(strings.Fields(attrs["rel"]), " ")) + " "
	t, _, _ := strings.Cut(strings.ToLower(attrs["type"]), ";")
	isFeed := feedTypes[strings.TrimSpace(t)]
	if !isFeed && !strings.Contains(rel, " feed ") || !strings.Contains(rel, " alternate ") && !strings.Contains(rel, " feed ") {
		return
	}
	if u := sanitize.Link(attrs["href"], base); strings.HasPrefix(u, "http") && len(h.feeds) < 50 {
		h.feeds = append(h.feeds, Found{URL: u, Title: strings.TrimSpace(attrs["title"]), Via: "link"})
	}
}

// anchor takes up a link whose address looks like a feed's, and returns its place.
func (h *pageHead) anchor(attrs map[string]string, base *url.URL) int {
	href := strings.ToLower(attrs["href"])
	if !strings.Contains(href, "rss") && !strings.Contains(href, "feed") && !strings.Contains(href, "atom") && !strings.HasSuffix(href, ".xml") {
		return -1
	}
	u := sanitize.Link(attrs["href"], base)
	if !strings.HasPrefix(u, "http") || len(h.anchors) >= 50 {
		return -1
	}
	h.anchors = append(h.anchors, Found{URL: u, Via: "anchor"})
	return len(h.anchors) - 1
}

var feedTypes = map[string]bool{
	"application/rss+xml": true, "application/atom+xml": true, "application/feed+json": true, "application/rdf+xml": true,
	"application/x.atom+xml": true, "application/x-atom+xml": true, "text/rss+xml": true, "text/xml": true, "application/xml": true,
}

// attributes reads the attributes of the tag that a tokenizer stands at.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	m := map[string]string{}
	for more && len(m) < 50 {
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, ok := m[string(k)]; !ok {
			m[string(k)] = string(v)
		}
	}
	return m
}

// refreshTarget reads "0; url=/next" of a meta refresh that comes at once.
func refreshTarget(content string, base *url.URL) string {
	delay, rest, ok := strings.Cut(content, ";")
	if !ok || len(strings.TrimSpace(delay)) > 1 || strings.TrimSpace(delay) > "5" {
		return ""
	}
	rest = strings.TrimSpace(rest)
	if len(rest) < 4 || !strings.EqualFold(rest[:3], "url") {
		return ""
	}
	rest = strings.TrimSpace(rest[3:])
	rest, ok = strings.CutPrefix(rest, "=")
	if !ok {
		return ""
	}
	u := sanitize.Link(strings.Trim(strings.TrimSpace(rest), `'"`), base)
	if !strings.HasPrefix(u, "http") {
		return ""
	}
	return u
}

// plain is the text of a title or name that may hold markup or references.
func plain(s string) string {
	if strings.ContainsAny(s, "<&") {
		s = article.Text(s)
	}
	return strings.Join(strings.Fields(s), " ")
}
