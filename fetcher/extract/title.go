package extract

import (
	"html"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// titleVote is what one place of a page says the headline is, and how much that counts.
type titleVote struct {
	text, from string
	weight     float64
}

// title chooses the headline that most places of the page agree on: the visible h1 counts most, as the headline that is
// printed; then the JSON-LD's, Open Graph's and the title element without the site's name.
func (p *page) title(r *Result, h *head) {
	if p.in.Rules != nil || p.site != nil {
		for _, rules := range []*Rules{p.in.Rules, p.site} {
			if rules == nil {
				continue
			}
			if t := nodeText(first(p.doc, rules.title)); t != "" {
				r.Title, r.Sources["title"] = t, "rules"
				return
			}
		}
	}
	votes := p.titleVotes(r, h)
	sum := map[string]float64{}
	for _, v := range votes {
		sum[looseKey(v.text)] += v.weight
	}
	var best titleVote
	var bestSum float64
	for _, v := range votes { // in order of weight: the first form of the winner is taken
		if s := sum[looseKey(v.text)]; s > bestSum {
			best, bestSum = v, s
		}
	}
	r.Title = best.text
	if best.text != "" {
		r.Sources["title"] = best.from
	}
	if r.Title == "" && p.in.Title != "" {
		r.Title, r.Sources["title"] = squeeze(p.in.Title), "feed"
	}
}

func (p *page) titleVotes(r *Result, h *head) []titleVote {
	clean := func(s string) string { return squeeze(html.UnescapeString(s)) }
	t := clean(h.title)
	og, _ := h.get("og:title")
	og = clean(og)
	tw, _ := h.get("twitter:title", "twitter:text:title")
	tw = clean(tw)
	ld := clean(ldFirst(h.article()["headline"]))
	known := map[string]bool{} // loose keys of names for the headline, to cut longer ones by
	var refs []string
	for _, s := range []string{t, og, ld, tw} {
		if s != "" {
			refs = append(refs, looseKey(s))
		}
	}
	h1 := p.bestH1(r, h, refs)
	if h1 != "" {
		if s := p.underSiteName(h1, t); s != "" {
			h1 = s
		}
		h1 = plainH1(h, h1, []string{og, ld, t, cutSite(og, r.Site, nil, false), cutSite(t, r.Site, nil, false)})
	}
	for _, s := range []string{h1, og, ld, tw} {
		if s != "" {
			known[looseKey(s)] = true
		}
	}
	var votes []titleVote
	add := func(text, from string, weight float64) {
		if looseKey(text) != "" {
			votes = append(votes, titleVote{text, from, weight})
		}
	}
	add(h1, "h1", 2.0)
	if h1 == "" {
		if s := p.printedTitle(t); s != "" {
			known[looseKey(s)] = true
			add(s, "headline as printed", 2.6)
		} else if !sharesWords(t, og) {
			add(p.headingBefore(), "heading before the text", 1.05)
		}
	}
	add(ld, "json-ld headline", 1.6)
	add(cutSite(og, r.Site, known, false), "meta og:title", 1)
	add(cutSite(t, r.Site, known, true), "title element", 0.9)
	add(cutSite(tw, r.Site, known, false), "meta twitter:title", 0.5)
	return votes
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
	key := looseKey(h1)
	for _, name := range names {
		k := looseKey(name)
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

// bestH1 is the h1 that the page's other names for the headline support most; "" where none looks like a headline.
func (p *page) bestH1(r *Result, h *head, refs []string) string {
	best, bestScore, seen := "", 0.35, 0
	lone := ""
	site := looseKey(r.Site)
	for i, n := range h.h1 {
		t := softHyphens.Replace(nodeText(n))
		key := looseKey(t)
		if key == "" || key == site || utf8.RuneCountInString(t) > 250 || i > 20 {
			continue
		}
		seen++
		lone = t
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
			best, bestScore = t, score
		}
	}
	if best == "" && seen == 1 && len(lone) > 8 && (hanShare(lone) < 0.3 || len(refs) == 0) {
		return lone
	}
	return best
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
		if n >= 12 && n < 300 && p.blocks.Titled(i) {
			return p.blocks.Text(i)
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

// cutSite takes the site's name, and sections before it, off a title. With eager set it cuts at any separator that leaves a
// headline of some length, else only where what is left is known or what goes is the site's name.
func cutSite(t, site string, known map[string]bool, eager bool) string {
	if t == "" {
		return ""
	}
	cuts := cutPoints(t)
	for i := len(cuts) - 1; i >= 0; i-- {
		if head := strings.TrimSpace(t[:cuts[i].at]); known[looseKey(head)] {
			return head
		}
		if tail := strings.TrimSpace(t[cuts[i].end:]); known[looseKey(tail)] {
			return tail
		}
	}
	siteKey := strings.ReplaceAll(looseKey(site), " ", "")
	if siteKey != "" {
		for _, c := range cuts {
			tail := strings.ReplaceAll(looseKey(t[c.end:]), " ", "")
			if tail != "" && (strings.Contains(tail, siteKey) || strings.Contains(siteKey, tail)) && c.at > 0 {
				return strings.TrimSpace(t[:c.at])
			}
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
