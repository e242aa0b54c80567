package extract

import (
	"html"
	"net/url"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// head is what a page says about itself outside its running text.
type head struct {
	metas     map[string][]string // lower-cased name, property or itemprop -> contents, in order
	title     string              // of the title element
	canonical string
	imageLink string
	language  string
	ld        []ldObject
	h1        []*nethtml.Node
	times     []*nethtml.Node
	bylines   []*nethtml.Node // elements marked as naming the author
	dates     []*nethtml.Node // elements marked as holding the date
	nexts     []*nethtml.Node // rel=next
	scripts   []*nethtml.Node // plain scripts, where some pages keep the date
}

// collect walks the tree once for everything metadata needs.
func collect(doc *nethtml.Node) *head {
	h := &head{metas: map[string][]string{}}
	for n := range doc.Descendants() {
		if n.Type != nethtml.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.Html:
			h.language = attr(n, "lang")
			if h.language == "" {
				h.language = attr(n, "xml:lang")
			}
		case atom.Meta:
			h.meta(n)
			continue
		case atom.Title:
			if h.title == "" && (n.Parent == nil || n.Parent.Namespace == "") {
				h.title = squeeze(rawText(n))
			}
			continue
		case atom.Link:
			h.link(n)
			continue
		case atom.Script:
			if strings.HasPrefix(strings.ToLower(attr(n, "type")), "application/ld+json") {
				h.ld = parseLD(rawText(n), h.ld)
			} else if len(h.scripts) < 60 && n.FirstChild != nil {
				h.scripts = append(h.scripts, n)
			}
			continue
		case atom.Style, atom.Svg, atom.Input, atom.Textarea, atom.Button, atom.Noscript:
			continue
		case atom.A:
			if len(h.nexts) < 50 && maybeNext(n) {
				h.nexts = append(h.nexts, n)
				continue
			}
			if authorAddress(attr(n, "href")) && len(h.bylines) < 200 {
				h.bylines = append(h.bylines, n)
				continue
			}
		case atom.H1:
			h.h1 = append(h.h1, n)
		case atom.Time:
			h.times = append(h.times, n)
		}
		h.marked(n)
	}
	return h
}

func (h *head) meta(n *nethtml.Node) {
	content := squeeze(attr(n, "content"))
	if content == "" || len(content) > 20_000 {
		return
	}
	for _, key := range []string{"property", "name", "itemprop", "http-equiv"} {
		if name := strings.ToLower(attr(n, key)); name != "" && (key != "itemprop" || name != "author") {
			h.metas[name] = append(h.metas[name], content)
		}
	}
}

func (h *head) link(n *nethtml.Node) {
	for _, rel := range strings.Fields(strings.ToLower(attr(n, "rel"))) {
		switch rel {
		case "canonical":
			if h.canonical == "" {
				h.canonical = attr(n, "href")
			}
		case "image_src":
			h.imageLink = attr(n, "href")
		case "next":
			h.nexts = append(h.nexts, n)
		}
	}
}

// marked notes the elements whose attributes say that they hold the author or the date.
func (h *head) marked(n *nethtml.Node) {
	for _, a := range n.Attr {
		v := a.Val
		switch a.Key {
		case "rel":
			if strings.Contains(v, "author") {
				h.bylines = append(h.bylines, n)
				return
			}
			if n.DataAtom == atom.A && strings.EqualFold(strings.TrimSpace(v), "next") && len(h.nexts) < 60 {
				h.nexts = append(h.nexts, n)
			}
		case "itemprop":
			switch strings.ToLower(v) {
			case "author", "creator":
				h.bylines = append(h.bylines, n)
				return
			case "datepublished", "datecreated":
				h.dates = append(h.dates, n)
				return
			}
		case "class", "id":
			if len(v) > 200 {
				continue
			}
			l := strings.ToLower(v)
			if strings.Contains(l, "author") || strings.Contains(l, "byline") {
				h.bylines = append(h.bylines, n)
				if n.DataAtom != atom.Time && strings.Contains(l, "date") {
					h.dates = append(h.dates, n)
				}
				return
			}
			if strings.Contains(l, "auteur") || strings.Contains(l, "autor") {
				h.bylines = append(h.bylines, n)
				return
			}
			if n.DataAtom != atom.Time && (strings.Contains(l, "date") || strings.Contains(l, "publi") && !strings.Contains(l, "public") || strings.Contains(l, "time") && !strings.Contains(l, "timeline") || strings.Contains(l, "datum") || strings.Contains(l, "posted")) {
				h.dates = append(h.dates, n)
				return
			}
		}
	}
}

// authorFolders are the parts of an address under which sites keep a page for each author.
var authorFolders = map[string]bool{
	"author": true, "authors": true, "autor": true, "autoren": true, "autorin": true, "auteur": true, "autores": true, "auteurs": true, "reporter": true, "reporters": true, "journalist": true, "journalists": true,
	"redakteur": true, "redaktion": true, "by": true, "newsteam": true, "contributor": true, "contributors": true, "columnist": true, "staff": true,
}

// authorAddress says whether a link leads to the page of one author.
func authorAddress(href string) bool {
	for {
		_, rest, ok := strings.Cut(href, "/")
		if !ok {
			return false
		}
		folder, name, ok := strings.Cut(rest, "/")
		if ok && len(name) > 2 && len(folder) <= 12 && authorFolders[folder] {
			return true
		}
		href = rest
	}
}

// get is the first value of the first of the names that has one.
func (h *head) get(names ...string) (value, name string) {
	for _, n := range names {
		if v := h.metas[n]; len(v) > 0 {
			return html.UnescapeString(v[0]), n
		}
	}
	return "", ""
}

// rawText is all text directly below n.
func rawText(n *nethtml.Node) string {
	if n.FirstChild != nil && n.FirstChild == n.LastChild && n.FirstChild.Type == nethtml.TextNode {
		return n.FirstChild.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == nethtml.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// metadata fills everything but the body.
func (p *page) metadata(r *Result) {
	h := p.head
	p.language(r, h)
	p.scriptLanguage(r)
	p.wordLanguage(r)
	p.siteName(r, h)
	p.sections(r, h)
	p.title(r, h)
	p.authors(r, h)
	p.published(r, h)
	p.image(r, h)
	p.nextPage(r)
	p.canonical(r, h)
}

// canonical takes the address that the page gives itself. Templates give the front page there, or what is none.
func (p *page) canonical(r *Result, h *head) {
	og, name := h.get("og:url", "twitter:url")
	for _, v := range []struct{ address, from string }{{h.canonical, "link canonical"}, {og, "meta " + name}} {
		u, err := url.Parse(absolute(p.base, v.address))
		if err != nil || !strings.Contains(u.Host, ".") || strings.Contains(u.Path, "://") {
			continue
		}
		if here := p.addr; frontPage(u) && (here == nil || !frontPage(here) || !strings.EqualFold(here.Host, u.Host)) {
			continue
		}
		r.Canonical, r.Sources["canonical"] = u.String(), v.from
		return
	}
}

// frontPage says whether an address is that of a site.
func frontPage(u *url.URL) bool { return strings.Trim(u.Path, "/") == "" && u.RawQuery == "" }

// applyBase resolves further addresses against the page's base element.
func (p *page) applyBase() { p.base = sanitize.Base(p.doc, p.base) }

// absolute resolves an address against the page's; "" for what is not http(s) or cannot be read.
func absolute(base *url.URL, ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// containsFold is strings.Contains for ASCII in any case; w is lower case.
func containsFold(s, w string) bool {
	for i := 0; i+len(w) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(w)], w) {
			return true
		}
	}
	return false
}

// article is the first JSON-LD object that is an article; nil where there is none.
func (h *head) article() ldObject {
	for _, o := range h.ld {
		if ldIsArticle(o) && (o["headline"] != nil || o["datePublished"] != nil || o["articleBody"] != nil) {
			return o
		}
	}
	return nil
}

func (p *page) language(r *Result, h *head) {
	set := func(v, from string) bool {
		if v = languageTag(v); v == "" {
			return false
		}
		r.Language, r.Sources["language"] = v, from
		return true
	}
	if set(h.language, "html lang") {
		return
	}
	if v, name := h.get("og:locale", "content-language", "language", "dc.language"); v != "" && set(v, "meta "+name) {
		return
	}
	if p.in.Header != nil && set(p.in.Header.Get("Content-Language"), "http") {
		return
	}
	title := h.title
	for _, c := range title {
		switch {
		case unicode.In(c, unicode.Hiragana, unicode.Katakana):
			set("ja", "script of the title")
			return
		case unicode.Is(unicode.Hangul, c):
			set("ko", "script of the title")
			return
		}
	}
	if hanShare(title) > 0.3 {
		set("zh", "script of the title")
	}
}

// languageTag writes a declared language as BCP 47 does: "de-CH" for "de_ch,en". "" for what is none.
func languageTag(v string) string {
	v = strings.ReplaceAll(strings.TrimSpace(v), "_", "-")
	if i := strings.IndexAny(v, ",; "); i >= 0 {
		v = v[:i]
	}
	if len(v) < 2 || len(v) > 12 || !isASCIILetters(v[:2]) {
		return ""
	}
	parts := strings.Split(strings.ToLower(v), "-")
	for i, part := range parts[1:] {
		switch len(part) {
		case 2:
			parts[i+1] = strings.ToUpper(part)
		case 4:
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "-")
}

// latin are the languages told apart by their commonest words, and these words.
var latin = []struct{ lang, words string }{
	{"en", "the of and to is that for with was by are this be from have"},
	{"de", "der die und das den von zu mit ist des auf für nicht im dem eine sich auch"},
	{"fr", "les des est dans une pour pas qui sur au du avec ce sont par"},
	{"es", "los las del por con una para su al como más este fue también"},
	{"it", "il che di per della non sono una del con gli anche nel alla dei"},
	{"pt", "não uma os dos das para com por mais como foi ao pela também"},
	{"nl", "het een van en voor niet zijn met op aan dat door ook naar worden"},
}

// commonWords gives for each word the languages, by their place in latin, that have it.
var commonWords = sync.OnceValue(func() map[string][]int {
	words := map[string][]int{}
	for i, l := range latin {
		for _, w := range strings.Fields(l.words) {
			words[w] = append(words[w], i)
		}
	}
	return words
})

// wordLanguage names the language of pages that declare none, or English as most templates do, by the words of the text.
func (p *page) wordLanguage(r *Result) {
	if r.Language != "" && r.Language != "en" && !strings.HasPrefix(r.Language, "en-") || p.blocks.CJK() {
		return
	}
	text, _ := p.keptText()
	var count [7]int
	for _, w := range strings.Fields(strings.ToLower(cutRunes(text, 2500))) {
		for _, i := range commonWords()[w] {
			count[i]++
		}
	}
	best, second := 0, 0
	for i := 1; i < len(count); i++ {
		if count[i] > count[best] {
			best, second = i, count[best]
		} else {
			second = max(second, count[i])
		}
	}
	if lang := latin[best].lang; count[best] >= 12 && count[best] >= 2*second && !strings.HasPrefix(r.Language, lang) {
		r.Language, r.Sources["language"] = lang, "words of the text"
	}
}

// scriptLanguage puts right a declaration that the text belies: templates say "en" on Chinese pages.
func (p *page) scriptLanguage(r *Result) {
	lang, _, _ := strings.Cut(strings.ToLower(r.Language), "-")
	if lang == "zh" || lang == "ja" || lang == "ko" || lang == "yue" || !p.blocks.CJK() {
		return
	}
	text, _ := p.keptText()
	if text == "" {
		text = p.visibleText(3000)
	}
	kana, hangul, han := 0, 0, 0
	for _, c := range cutRunes(text, 3000) {
		switch {
		case unicode.In(c, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Hangul, c):
			hangul++
		case unicode.Is(unicode.Han, c):
			han++
		}
	}
	lang = "zh"
	switch {
	case hangul > han:
		lang = "ko"
	case kana*5 > han:
		lang = "ja"
	case han == 0:
		return
	}
	r.Language, r.Sources["language"] = lang, "script of the text"
}

func isASCIILetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func hanShare(s string) float64 {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return 0
	}
	han := 0
	for _, c := range s {
		if unicode.Is(unicode.Han, c) {
			han++
		}
	}
	return float64(han) / float64(n)
}

func (p *page) siteName(r *Result, h *head) {
	title, _ := h.get("og:title")
	for _, name := range []string{"og:site_name", "application-name", "al:android:app_name"} {
		if v, _ := h.get(name); v != "" && v != title && v != "/" { // some templates put the headline there
			if u, err := url.Parse(v); err == nil && u.Host != "" {
				v = strings.TrimPrefix(u.Hostname(), "www.")
			}
			r.Site, r.Sources["site"] = v, "meta "+name
			return
		}
	}
	if a := h.article(); a != nil {
		if v := ldFirst(a["publisher"]); v != "" && !strings.HasPrefix(v, "http") {
			r.Site, r.Sources["site"] = v, "json-ld publisher"
		}
	}
}

func (p *page) sections(r *Result, h *head) {
	a := h.article()
	if v := ldFirst(a["articleSection"]); v != "" {
		r.Section, r.Sources["section"] = firstSection(html.UnescapeString(v)), "json-ld articleSection"
	} else if v, name := h.get("article:section", "section", "parsely-section"); v != "" {
		r.Section, r.Sources["section"] = firstSection(v), "meta "+name
	}
	tags := h.metas["article:tag"]
	from := "meta article:tag"
	if len(tags) == 0 {
		tags, from = ldStrings(a["keywords"]), "json-ld keywords"
	}
	if len(tags) == 0 {
		tags, from = h.metas["news_keywords"], "meta news_keywords"
	}
	if len(tags) == 0 {
		tags, from = h.metas["keywords"], "meta keywords"
	}
	seen := map[string]bool{}
	for _, t := range tags {
		for _, t := range strings.FieldsFunc(t, func(c rune) bool { return strings.ContainsRune(",，;；、", c) }) {
			t = squeeze(html.UnescapeString(t))
			if t != "" && !numbered(t) && len(t) <= 80 && !seen[strings.ToLower(t)] && len(r.Tags) < 30 {
				seen[strings.ToLower(t)] = true
				r.Tags = append(r.Tags, t)
			}
		}
	}
	if len(r.Tags) > 0 {
		r.Sources["tags"] = from
	}
}

// numbered says whether a tag is the number that a content system gave it; a listed company's has six digits.
func numbered(s string) bool { return len(s) > 6 && strings.Trim(s, "0123456789") == "" }

// firstSection is the first of several: "Brooklyn" of "Brooklyn,Government,Video". "Food, drink" is one.
func firstSection(s string) string {
	if strings.Contains(s, ", ") {
		return s
	}
	first, _, _ := strings.Cut(s, ",")
	return strings.TrimSpace(first)
}

// looseKey keeps letters and numbers, lower-cased, single spaces between.
func looseKey(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }), " ")
}
