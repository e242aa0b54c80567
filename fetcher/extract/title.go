package extract

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// title chooses among the headlines that the page's places name: by the rules, else by the title model.
func (p *page) title(r *Result, h *head) {
	if t, from := p.ruled(r, "title", func(x *Rules) rule { return x.title }, nodeText); t != "" {
		r.Title, r.Sources["title"] = t, from
		return
	}
	if c := shippedTitles().choose(p.headlines(r, h), looseKey(p.in.Title)); c != nil {
		r.Title, r.Sources["title"] = c.text, c.from
	} else if p.in.Title != "" {
		r.Title, r.Sources["title"] = squeeze(p.in.Title), "feed"
	}
}

// headlineMetas and titleMetas are the meta elements that name the headline, and those that name the page.
var (
	headlineMetas = []string{"headline", "sailthru.title", "cxenseparse:title", "parsely-title", "articletitle", "ob_headline", "taboola:headline"}
	titleMetas    = []string{"title", "dc.title", "dcterms.title", "citation_title"}
)

// headlines gathers what the page's places name as headline, without the site's name. Of forms that differ in no letter, the
// first is kept: the one that is printed.
func (p *page) headlines(r *Result, h *head) []*headline {
	clean := func(s string) string { return squeeze(html.UnescapeString(s)) }
	meta := func(names ...string) string { v, _ := h.get(names...); return clean(v) }
	a := h.article()
	t, og, tw, ld := clean(h.title), meta("og:title"), meta("twitter:title", "twitter:text:title"), clean(ldFirst(a["headline"]))
	var refs []string
	for _, s := range []string{t, og, ld, tw} {
		if s != "" {
			refs = append(refs, looseKey(s))
		}
	}
	sites := p.siteKeys(r)
	g := headlineGatherer{news: newsArticle(a), sites: sites}
	h1, at := p.bestH1(r, h, refs)
	if h1 != "" {
		if s := p.underSiteName(h1, t); s != "" {
			h1 = s
		}
		h1 = plainH1(h, h1, []string{og, ld, t, cutSite(og, sites, nil, false), cutSite(t, sites, nil, true)})
	}
	known := map[string]bool{} // loose keys of names for the headline, to cut longer ones by
	for _, s := range []string{h1, og, ld, tw} {
		if s != "" {
			known[looseKey(s)] = true
		}
	}
	g.add(h1, inH1)
	if first, last := p.span(); last >= 0 && at > first {
		g.add(h1, inText)
	}
	if h1 == "" {
		if s := p.printedTitle(t); s != "" {
			known[looseKey(s)] = true
			g.add(s, inPrint)
		} else if !sharesWords(t, og) {
			g.add(p.headingBefore(), inHeading)
		}
	}
	for _, n := range h.h1[:min(len(h.h1), 4)] {
		if s := softHyphens.Replace(nodeText(n)); s != h1 {
			g.add(s, inOtherH1)
			continue
		}
		g.add(mainPart(n), inPartOfH1)
	}
	cut := map[string]string{"": ""} // the same text stands in most places
	add := func(s string, in places) {
		if _, ok := cut[s]; !ok {
			cut[s] = cutSite(s, sites, known, false)
		}
		g.add(cut[s], in)
	}
	g.add(cutSite(ld, sites, nil, false), inLD)
	add(og, inOG)
	g.add(cutSite(t, sites, known, true), inTitle)
	add(tw, inTwitter)
	add(clean(ldFirst(a["alternativeHeadline"])), inAlternative)
	add(clean(ldFirst(a["name"])), inLDName)
	add(meta(headlineMetas...), inHeadlineMeta)
	add(meta(titleMetas...), inTitleMeta)
	return slices.DeleteFunc(g.list, func(c *headline) bool { return c.in&^inMetas == 0 && cutAtQuote(c.text, g.list) })
}

// cutAtQuote says whether a text ends where another one has a quote: the mark that ends an attribute.
func cutAtQuote(text string, list []*headline) bool {
	return slices.ContainsFunc(list, func(o *headline) bool {
		rest, ok := strings.CutPrefix(o.text, text)
		return ok && strings.HasPrefix(strings.TrimLeft(rest, " "), `"`)
	})
}

// newsArticle says whether a JSON-LD object is what newsrooms call their articles.
func newsArticle(a ldObject) bool {
	for _, t := range ldTypes(a) {
		if strings.Contains(t, "newsarticle") || t == "liveblogposting" {
			return true
		}
	}
	return false
}

// mainPart is the longest of an h1's parts, where it is most of it: the headline without its kicker.
func mainPart(h1 *nethtml.Node) string {
	best, parts, all := "", 0, 0
	for c := h1.FirstChild; c != nil; c = c.NextSibling {
		t := ""
		switch c.Type {
		case nethtml.TextNode:
			t = squeeze(c.Data)
		case nethtml.ElementNode:
			t = nodeText(c)
		}
		if t == "" {
			continue
		}
		parts++
		all += len(t)
		if len(t) > len(best) {
			best = t
		}
	}
	if parts < 2 || parts > 3 || len(best) < 15 || len(best)*2 < all {
		return ""
	}
	return softHyphens.Replace(best)
}

// underSiteName is the headline where the h1 is the site's name: the title element names it behind the headline, or before
// it, and the headline is printed as a block before the text. "" where the h1 is the headline.
func (p *page) underSiteName(h1, title string) string {
	key := looseKey(h1)
	var rest string
	for _, c := range cutPoints(title) {
		head, tail := strings.TrimSpace(title[:c.at]), strings.TrimSpace(title[c.end:])
		switch key {
		case looseKey(tail):
			rest = head
		case looseKey(head):
			if rest = tail; !p.hostNamed(key) {
				continue // a headline stands in front more often than a site's name
			}
		default:
			continue
		}
		if s := p.printedAs(rest); s != "" && !strings.HasSuffix(rest, ":") {
			return s
		}
	}
	return ""
}

// hostNamed says whether a loose key is the name in the page's address.
func (p *page) hostNamed(key string) bool {
	if p.addr == nil || key == "" {
		return false
	}
	host := strings.ReplaceAll(looseKey(p.addr.Hostname()), " ", "")
	return strings.Contains(host, strings.ReplaceAll(key, " ", ""))
}

// printedAs is the block before the article's end, marked as heading or title, that prints a headline; "" where none does.
func (p *page) printedAs(headline string) string {
	key := looseKey(headline)
	if len(key) < 6 {
		return ""
	}
	_, last := p.span()
	for i := 0; i <= last && i < len(p.blocks.Blocks); i++ {
		if n := p.blocks.Blocks[i].Len(); n < 6 || n > 300 || p.blocks.Heading(i) == 0 && !p.blocks.Titled(i) {
			continue
		}
		if t := p.blocks.Text(i); looseKey(t) == key {
			return t
		}
	}
	return ""
}

// plainH1 gives the headline of an h1 that has parts, where one of its other names shows which parts are it: without a kicker,
// or date, set beside it, or with the colon that parts the kicker from it.
func plainH1(h *head, h1 string, names []string) string {
	parts := 0
	for _, n := range h.h1 {
		if softHyphens.Replace(nodeText(n)) != h1 {
			continue
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == nethtml.TextNode && strings.TrimSpace(c.Data) != "" || c.Type == nethtml.ElementNode && nodeText(c) != "" {
				parts++
			}
		}
	}
	if parts < 2 {
		return h1
	}
	key, flat := looseKey(h1), flatKey(h1)
	for _, name := range names {
		k := looseKey(name)
		if k != key && flatKey(name) == flat || len(k) >= 15 && len(k)*2 >= len(key) && strings.HasSuffix(flat, flatKey(name)) && !strings.HasSuffix(key, " "+k) {
			return name // the parts stand beside each other without a space
		}
		if k == key && strings.Count(name, ": ") > strings.Count(h1, ": ") {
			return name
		}
		if len(k) < 15 || len(k)*2 < len(key) || !strings.HasSuffix(key, " "+k) && !strings.HasPrefix(key, k+" ") {
			continue
		}
		for i := 0; i < len(h1); i++ { // as the h1 writes it
			if h1[i] != ' ' {
				continue
			}
			if looseKey(h1[i:]) == k {
				return strings.TrimLeft(h1[i:], " |–—-:·•/")
			}
			if looseKey(h1[:i]) == k {
				return strings.TrimRight(h1[:i], " |–—-·•/(")
			}
		}
		return name
	}
	return h1
}

// sharesWords says whether one text is named in the other.
func sharesWords(a, b string) bool {
	a, b = looseKey(a), looseKey(b)
	return a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}

// bestH1 is the h1 that the page's other names for the headline support most, and the block it is; "" where none looks like
// a headline.
func (p *page) bestH1(r *Result, h *head, refs []string) (best string, at int) {
	bestScore, seen := 0.35, 0
	lone, loneAt := "", 0
	site := looseKey(r.Site)
	for i, n := range h.h1 {
		t := softHyphens.Replace(nodeText(n))
		key := looseKey(t)
		if key == "" || key == site || utf8.RuneCountInString(t) > 250 || i > 20 {
			continue
		}
		seen++
		lone, loneAt = t, p.blocks.At(n)
		score := min(float64(len(key)), 40)/100 - float64(i)*0.01
		words := 0.0
		for _, ref := range refs {
			if strings.Contains(ref, key) {
				score++
			}
			words = max(words, wordShare(key, ref))
		}
		if words < 0.4 && len(refs) > 0 && hanShare(t) > 0.3 {
			continue // another line in large letters: the site's name
		}
		score += words
		if len(key) < 8 {
			score -= 0.5
		}
		if score > bestScore {
			best, bestScore, at = t, score, p.blocks.At(n)
		}
	}
	if first, last := p.span(); best == "" && seen == 1 && len(lone) > 8 && (len(refs) == 0 || hanShare(lone) < 0.3 && (last < 0 || loneAt >= first-15 && loneAt <= first+3)) {
		best, at = lone, loneAt // nothing else calls the page so, but it stands where a headline does
	}
	return best, at
}

// wordShare is the share of a's words that b has; both are loose keys.
func wordShare(a, b string) float64 {
	ws := strings.Fields(a)
	if hanShare(a) > 0.3 { // no words to part: pairs of characters
		rs := []rune(a)
		b = cutRunes(b, len(rs)*4/3+2) // a site's name stands behind the headline
		hit := 0
		for i := 0; i+1 < len(rs); i++ {
			if strings.Contains(b, string(rs[i:i+2])) {
				hit++
			}
		}
		return float64(hit) / float64(max(len(rs)-1, 1))
	}
	if len(ws) == 0 {
		return 0
	}
	hit := 0
	b = " " + b + " "
	for _, w := range ws {
		if strings.Contains(b, " "+w+" ") {
			hit++
		}
	}
	return float64(hit) / float64(len(ws))
}

// printedTitle is the block before the article's end whose text begins the title element: the headline of a page that has no
// h1.
func (p *page) printedTitle(title string) string {
	if title == "" {
		return ""
	}
	_, last := p.span()
	best := ""
	for i := 0; i <= last && i < len(p.blocks.Blocks); i++ {
		n := p.blocks.Blocks[i].Len()
		if n < 8 || n > 300 || n*5 < len(title)*2 || n <= len(best) {
			continue
		}
		if t := p.blocks.Text(i); strings.HasPrefix(title, t) || strings.HasPrefix(looseKey(title), looseKey(t)+" ") {
			best = t
		}
	}
	return best
}

// headingBefore is the nearest heading before the article's text, or a short block that is marked as title.
func (p *page) headingBefore() string {
	first, _ := p.span()
	for i := first; i >= 0 && i > first-25; i-- {
		if i >= len(p.blocks.Blocks) {
			continue
		}
		n := p.blocks.Blocks[i].Len()
		if n < 12 || n >= 300 || !p.blocks.Titled(i) {
			continue
		}
		if t := p.blocks.Text(i); bylineBlock.FindString(t) != t {
			return t
		}
	}
	return ""
}

// span gives the first and the last kept block; (number of blocks, -1) where none is kept.
func (p *page) span() (first, last int) {
	first, last = len(p.odds), -1
	for i, o := range p.odds {
		if o > 0 {
			first, last = min(first, i), i
		}
	}
	return first, last
}

// softHyphens takes out where a word may be broken.
var softHyphens = strings.NewReplacer("\u00ad", "", "\u200b", "")

// separators part a headline from a site's name in titles.
var separators = []string{" - ", " – ", " — ", " | ", " · ", " • ", " :: ", " » ", " « ", " / ", "_", "|", "｜", " -- ", "--", " —", "-", "—", "–", " « ", " : ", " ‹ ", " › ", " ~ "}

// cutSite takes a site's names (see siteKeys) off a title, at its end or its beginning, unless a part of it is known as
// headline. With eager set it also cuts at any separator that leaves a headline of some length: sections go.
func cutSite(t string, sites []string, known map[string]bool, eager bool) string {
	cuts := cutPoints(t)
	for i := len(cuts) - 1; i >= 0; i-- {
		if head := strings.TrimSpace(t[:cuts[i].at]); known[looseKey(head)] {
			return head
		}
		if tail := strings.TrimSpace(t[cuts[i].end:]); known[looseKey(tail)] {
			return tail
		}
	}
	if len(cuts) > 0 && slices.Contains(sites, flatKey(t[:cuts[0].at])) {
		if rest := strings.TrimSpace(t[cuts[0].end:]); len(rest) >= 10 {
			return cutSite(rest, sites, known, eager)
		}
	}
	for i := len(cuts) - 1; i >= 0; i-- {
		if c := cuts[i]; c.at > 0 && namesSite(flatKey(t[:c.at]), flatKey(t[c.end:]), sites) {
			t, cuts = strings.TrimSpace(t[:c.at]), cuts[:i]
			break
		}
	}
	if !eager {
		return t
	}
	out := t
	for i := len(cuts) - 1; i >= 0; i-- {
		c := cuts[i]
		head := strings.TrimSpace(t[:c.at])
		if c.weak || len(head) < 10 || len(head)*100 < len(t)*35 {
			break
		}
		out = head
	}
	return out
}

// siteKeys are the names by which titles call the page's site, as flat keys: its name, its host and the host's main label.
func (p *page) siteKeys(r *Result) []string {
	var keys []string
	if k := flatKey(r.Site); k != "" {
		keys = append(keys, k)
	}
	if p.addr != nil {
		host := strings.TrimPrefix(strings.ToLower(p.addr.Hostname()), "www.")
		keys = append(keys, flatKey(host))
		if label, _, ok := strings.Cut(host, "."); ok && len(label) > 2 {
			keys = append(keys, flatKey(label))
		}
	}
	return keys
}

// flatKey is a loose key without its spaces.
func flatKey(s string) string { return strings.ReplaceAll(looseKey(s), " ", "") }

// namesSite says whether the end of a title is one of the site's names, a part of one, or more than one; what is longer than
// the title before it is a headline that names the site.
func namesSite(title, end string, sites []string) bool {
	return end != "" && slices.ContainsFunc(sites, func(site string) bool {
		return strings.Contains(site, end) || len(end) <= len(title) && strings.Contains(end, site)
	})
}

type cutPoint struct {
	at, end int
	weak    bool // a hyphen inside a word, perhaps
}

func cutPoints(t string) []cutPoint {
	var cuts []cutPoint
	for i := 0; i < len(t); {
		found := false
		for _, s := range separators {
			if !strings.HasPrefix(t[i:], s) {
				continue
			}
			weak := false
			if s == "-" || s == "—" || s == "–" || s == "--" {
				// Without spaces these part only Chinese text.
				prev, _ := utf8.DecodeLastRuneInString(t[:i])
				next, _ := utf8.DecodeRuneInString(t[i+len(s):])
				if prev < 0x3000 && next < 0x3000 {
					break
				}
				weak = s != "--" && (prev < 0x3000 || next < 0x3000)
			}
			cuts = append(cuts, cutPoint{i, i + len(s), weak})
			i += len(s)
			found = true
			break
		}
		if !found {
			_, n := utf8.DecodeRuneInString(t[i:])
			i += n
		}
	}
	return cuts
}
