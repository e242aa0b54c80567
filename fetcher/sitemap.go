package fetcher

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// Bounds of sitemaps. An index may name 50,000 sitemaps of 50,000 addresses each: the newest few hold the news.
const (
	maxSitemaps     = 8         // documents fetched for one listing, the index included
	maxSitemapBytes = 100 << 20 // unpacked, of one document
	maxSitemapURLs  = 100_000   // read of one document
)

// sitemapURL is one <url> of a sitemap, or one <sitemap> of an index. Names match in any namespace, as files in the wild
// declare them under wrong addresses.
type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
	News    struct {
		Title       string `xml:"title"`
		Date        string `xml:"publication_date"`
		Keywords    string `xml:"keywords"`
		Tickers     string `xml:"stock_tickers"`
		Publication struct {
			Name     string `xml:"name"`
			Language string `xml:"language"`
		} `xml:"publication"`
	} `xml:"news"`
	Images []struct {
		Loc string `xml:"loc"`
	} `xml:"image"`
}

// parseSitemap reads a sitemap (news sitemaps above all), an index of sitemaps or a plain list of addresses, packed or
// not. What is cut short gives the entries before the cut. The sitemaps of an index are wanted newest first.
func parseSitemap(d document, _ config.Source) (*part, error) {
	body, err := unpack(d.Body)
	if err != nil {
		return nil, notFeed("a packed sitemap that cannot be unpacked: %v", err)
	}
	d.Body = body
	base, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	if p := plainSitemap(body, base); p != nil {
		return p, nil
	}
	if isHTML(d) || !bytes.Contains(body[:min(len(body), 64<<10)], []byte("<")) {
		return nil, notFeed("%s", strings.Replace(describe(d, nil), "(set kind: sitemap)", "", 1))
	}
	s := sitemapReader{d: d, base: base, part: &part{}}
	root, err := s.read()
	switch {
	case root == "":
		return nil, notFeed("%s", describe(d, err))
	case root != "urlset" && root != "sitemapindex":
		return nil, notFeed("answered XML whose root is <%s>, not a sitemap", shorten(root, 40))
	case err != nil && len(s.part.Entries) == 0 && len(s.indexed) == 0:
		return nil, notFeed("a sitemap that cannot be read: %v", err)
	case err != nil:
		s.part.Remarks = append(s.part.Remarks, fmt.Sprintf("the sitemap is broken after %d addresses: %v", len(s.part.Entries)+len(s.indexed), err))
	}
	s.part.More = newestFirst(s.indexed)
	s.part.Link = base.ResolveReference(&url.URL{Path: "/"}).String()
	return s.part, nil
}

// sitemapReader reads the elements of one document.
type sitemapReader struct {
	d       document
	base    *url.URL
	part    *part
	indexed []sitemapURL
}

// read goes through the document and returns the name of its root.
func (s *sitemapReader) read() (root string, err error) {
	dec := xml.NewDecoder(bytes.NewReader(s.d.Body))
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = charset.NewReaderLabel
	for range 4 * maxSitemapURLs {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return root, err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		name := start.Name.Local
		if root == "" {
			root = name
			continue
		}
		if name != "url" && name != "sitemap" {
			if err := dec.Skip(); err != nil {
				return root, err
			}
			continue
		}
		var u sitemapURL
		if err := dec.DecodeElement(&u, &start); err != nil {
			return root, err
		}
		if s.add(name, u); len(s.part.Entries)+len(s.indexed) >= maxSitemapURLs {
			return root, nil
		}
	}
	return root, nil
}

// add takes up one element.
func (s *sitemapReader) add(name string, u sitemapURL) {
	loc := httpOnly(sanitize.Link(u.Loc, s.base))
	if loc == "" {
		return
	}
	if name == "sitemap" {
		u.Loc = loc
		s.indexed = append(s.indexed, u)
		return
	}
	e := article.Entry{Link: loc, Title: plain(u.News.Title), Language: strings.TrimSpace(u.News.Publication.Language)}
	e.PublishedRaw = strings.TrimSpace(u.News.Date)
	e.Published = readDate(e.PublishedRaw, s.d, e.Language)
	e.Updated = readDate(strings.TrimSpace(u.LastMod), s.d, e.Language)
	for k := range strings.SplitSeq(u.News.Keywords, ",") {
		if k = plain(k); k != "" && len(e.Tags) < 50 {
			e.Tags = append(e.Tags, k)
		}
	}
	if len(u.Images) > 0 {
		e.Image = httpOnly(sanitize.Link(u.Images[0].Loc, s.base))
	}
	if s.part.Title == "" {
		s.part.Title = plain(u.News.Publication.Name)
	}
	s.part.Entries = append(s.part.Entries, e)
}

// newestFirst orders the sitemaps of an index: by date; without dates those that call themselves news, and then the
// last listed, which are mostly the newest.
func newestFirst(list []sitemapURL) []string {
	type dated struct {
		loc  string
		at   time.Time
		news bool
	}
	var all []dated
	for _, u := range list {
		at := readDate(strings.TrimSpace(u.LastMod), document{}, "")
		low := strings.ToLower(u.Loc)
		all = append(all, dated{u.Loc, at, strings.Contains(low, "news") || strings.Contains(low, "latest")})
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b dated) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		return cmp.Compare(rank(b.news), rank(a.news))
	})
	var out []string
	for _, u := range all[:min(len(all), 4*maxSitemaps)] {
		out = append(out, u.loc)
	}
	return out
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// plainSitemap reads a list of addresses, one a line; nil where the text is none.
func plainSitemap(body []byte, base *url.URL) *part {
	start := bytes.TrimLeft(body, "\xef\xbb\xbf \t\r\n")
	if !bytes.HasPrefix(start, []byte("http://")) && !bytes.HasPrefix(start, []byte("https://")) {
		return nil
	}
	p := &part{}
	for line := range bytes.Lines(start) {
		if u := httpOnly(sanitize.Link(string(bytes.TrimSpace(line)), base)); u != "" {
			p.Entries = append(p.Entries, article.Entry{Link: u})
		}
		if len(p.Entries) >= maxSitemapURLs {
			break
		}
	}
	return p
}

// unpack undoes gzip, known by its first bytes.
func unpack(body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxSitemapBytes+1))
	if len(out) > maxSitemapBytes {
		return nil, fmt.Errorf("larger than %d bytes unpacked", maxSitemapBytes)
	}
	if err != nil && len(out) == 0 {
		return nil, err
	}
	return out, nil
}
