package extract

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// nextWords are the texts of links to an article's next page, lower case.
var nextWords = map[string]bool{
	"下一页": true, "下页": true, "下一頁": true, "后页": true, "next": true, "next page": true, "next »": true, "next ›": true, "next>": true, "next >": true, "»": true, "›": true, ">": true, ">>": true,
	"weiter": true, "nächste seite": true, "weiter »": true, "page suivante": true, "suivant": true, "suivante": true, "siguiente": true, "página siguiente": true, "次へ": true, "次のページ": true, "다음": true,
	"read on": true, "continue": true, "volgende": true, "avanti": true,
}

// nextPage finds the address of the article's next page: by the rules, rel=next, a link that says so, or the number
// after this page's. The address must be this page's but for its page number, since "next" is also the next article.
func (p *page) nextPage(r *Result) {
	for _, set := range p.rules() {
		if !set.next.set() {
			continue
		}
		for _, n := range cascadia.QueryAll(p.doc, set.next.group) {
			if u := absolute(p.base, linked(n)); u != "" && u != p.in.URL {
				r.NextPage, r.Sources["next_page"] = u, set.from(set.next)
				return
			}
		}
		return // the last page has none, and what else says "next" is not for whoever wrote the rule
	}
	if p.addr == nil {
		return
	}
	for _, n := range p.head.nexts {
		u, err := url.Parse(absolute(p.base, attr(n, "href")))
		if err != nil || u.Host != p.addr.Host {
			continue
		}
		label := pagerLabel(n)
		if !follows(p.addr, u, labelNumber(label)) {
			continue
		}
		from := "link " + strconv.Quote(label)
		if n.DataAtom == atom.Link || strings.EqualFold(attr(n, "rel"), "next") {
			from = "rel=next"
		}
		r.NextPage, r.Sources["next_page"] = u.String(), from
		return
	}
}

// linked is where an element leads: its own address, or that of the first link within.
func linked(n *nethtml.Node) string {
	if v := attr(n, "href"); v != "" {
		return v
	}
	for d := range n.Descendants() {
		if v := attr(d, "href"); v != "" && d.DataAtom == atom.A {
			return v
		}
	}
	return ""
}

// follows says whether one address is that of the page after another's. A number that the link shows must be the next
// one too; 0 where it shows none. What looks like this page's number may be part of its name: the pages of t1_9.html are
// t1_9_1.html and so on.
func follows(here, there *url.URL, shown int) bool {
	rest, number := paged(there)
	if number == 0 {
		return false
	}
	base, at := paged(here)
	if rest != base {
		base, at = unpaged(here), 0
	}
	if rest != base {
		return false
	}
	if at == 0 {
		return number <= 2 && (shown == 0 || shown == 2)
	}
	return number == at+1 && (shown == 0 || shown == number)
}

// maybeNext says whether a link's text may name the next page.
func maybeNext(n *nethtml.Node) bool {
	label := pagerLabel(n)
	return label != "" && (nextWords[label] || labelNumber(label) > 0)
}

// pagerLabel is the short text of a link or, for a picture, what is said in its place, lower case, without the brackets
// and arrows around words; "" where it is too long to be that of the next page.
func pagerLabel(n *nethtml.Node) string {
	c := n.FirstChild
	for c != nil && (c.Type == nethtml.ElementNode && c.NextSibling == nil && c.FirstChild != nil || c.Type == nethtml.TextNode && c.NextSibling != nil && strings.TrimSpace(c.Data) == "") {
		if c.Type == nethtml.TextNode {
			c = c.NextSibling
		} else {
			c = c.FirstChild
		}
	}
	t := ""
	switch {
	case c == nil:
	case c.Type == nethtml.TextNode:
		t = c.Data
	case c.DataAtom == atom.Img:
		if t = attr(c, "alt"); t == "" {
			t = attr(n, "title")
		}
	}
	if len(t) > 200 {
		return ""
	}
	t = strings.TrimSpace(t)
	if len(t) == 0 || len(t) > 30 {
		return ""
	}
	t = strings.ToLower(t)
	if words := strings.Trim(t, " []()【】（）«»‹›<>→|·.\u00a0"); words != "" {
		return words
	}
	return t
}

// labelNumber is the page's number in the label of a link: 2, page 2, 第2页; 0 where there is none.
func labelNumber(label string) int {
	for _, before := range []string{"page ", "seite ", "página ", "pagina ", "第"} {
		if rest, ok := strings.CutPrefix(label, before); ok {
			label = strings.TrimSuffix(strings.TrimSuffix(rest, "页"), "頁")
			break
		}
	}
	if len(label) > 2 {
		return 0
	}
	d, err := strconv.Atoi(label)
	if err != nil || d < 1 {
		return 0
	}
	return d
}

var (
	pathNumber = regexp.MustCompile(`^(.*?)(?:[/_-](?:page|seite|p|pagina|s)?[/_-]?(\d{1,2}))?((?:\.s?html?|\.php|\.jsp|\.aspx?)?)/?$`)
	queryPage  = map[string]bool{"page": true, "p": true, "seite": true, "pn": true, "pg": true, "pageno": true, "page_no": true, "paged": true, "pagenum": true, "currentpage": true}
)

// paged parts an address into what all pages of an article share and the page's number; 0 where it has none.
func paged(u *url.URL) (rest string, number int) {
	q := u.Query()
	for k, v := range q {
		if queryPage[strings.ToLower(k)] && len(v) == 1 {
			if n, err := strconv.Atoi(v[0]); err == nil && n < 100 {
				number = n
				q.Del(k)
			}
		}
	}
	path := u.Path
	if number == 0 {
		if g := pathNumber.FindStringSubmatch(path); g != nil {
			path = g[1] + g[3]
			if g[2] != "" {
				number, _ = strconv.Atoi(g[2])
			}
		}
	}
	return shared(u, path, q), number
}

// unpaged is what the further pages of an address share with it, if none of its numbers is a page's.
func unpaged(u *url.URL) string { return shared(u, u.Path, u.Query()) }

func shared(u *url.URL, path string, q url.Values) string {
	return strings.ToLower(u.Hostname()) + strings.TrimSuffix(path, "/") + "?" + q.Encode()
}
