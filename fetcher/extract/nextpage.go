package extract

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

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
	for _, rules := range []*Rules{p.in.Rules, p.site} {
		if rules == nil || rules.next == nil {
			continue
		}
		if n := first(p.doc, rules.next); n != nil {
			if u := absolute(p.base, attr(n, "href")); u != "" && u != p.in.URL {
				r.NextPage, r.Sources["next_page"] = u, "rules"
			}
			return
		}
	}
	if p.addr == nil {
		return
	}
	here, number := paged(p.addr)
	for _, n := range p.head.nexts {
		u, err := url.Parse(absolute(p.base, attr(n, "href")))
		if err != nil || u.Host != p.addr.Host {
			continue
		}
		there, next := paged(u)
		if there != here || next <= number && next != 0 || next > number+1 && number > 0 || next > 2 && number == 0 {
			continue
		}
		if next == 0 {
			continue
		}
		text := strings.ToLower(nodeText(n))
		from := "link " + strconv.Quote(text)
		if n.DataAtom == atom.Link || strings.EqualFold(attr(n, "rel"), "next") {
			from = "rel=next"
		} else if d, err := strconv.Atoi(text); err == nil && d != max(number, 1)+1 {
			continue
		}
		r.NextPage, r.Sources["next_page"] = u.String(), from
		return
	}
}

// maybeNext says whether a link's text may name the next page.
func maybeNext(n *nethtml.Node) bool {
	c := n.FirstChild
	for c != nil && c.Type == nethtml.ElementNode && c.NextSibling == nil {
		c = c.FirstChild
	}
	if c == nil || c.Type != nethtml.TextNode || len(c.Data) > 200 {
		return false
	}
	t := strings.TrimSpace(c.Data)
	if len(t) == 0 || len(t) > 24 {
		return false
	}
	if len(t) <= 2 && t[0] >= '1' && t[0] <= '9' {
		return true
	}
	return nextWords[strings.ToLower(t)]
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
	return strings.ToLower(u.Hostname()) + strings.TrimSuffix(path, "/") + "?" + q.Encode(), number
}
