package extract

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// authorMetas are the meta elements that name authors, best first.
var authorMetas = []string{"author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dc:creator", "dcterms.creator", "dc.creator.name", "og:article:author", "article:author_name", "article:byline", "cxenseparse:author", "byl", "byline", "articleauthor", "author-name", "citation_author", "bylines"}

// authors reads who wrote the article. On Chinese pages the meta elements name the site or the editor, so only what is
// printed counts there.
func (p *page) authors(r *Result, h *head) {
	set := func(names []string, from string) bool {
		names = slices.DeleteFunc(cleanNames(names), func(n string) bool {
			return looseKey(n) == looseKey(r.Section) || from == "by-line" && !strings.Contains(n, " ") && slices.Contains(r.Tags, n)
		})
		if len(names) == 0 {
			return false
		}
		r.Authors, r.Sources["authors"] = names, from
		return true
	}
	if v, from := p.ruled(r, "author", func(x *Rules) rule { return x.author }, func(n *nethtml.Node) string { return firstOf(attr(n, "content"), nodeText(n)) }); v != "" {
		if set(splitNames(bylineText(hanLabel.ReplaceAllString(v, ""))), from) {
			return
		}
		r.Remarks = append(r.Remarks, fmt.Sprintf("author: %s: no name in %q", from, cutRunes(v, 60)))
	}
	if strings.HasPrefix(r.Language, "zh") {
		p.chineseAuthors(r, h, set)
		return
	}
	people, groups := h.ldAuthors()
	people = p.inFull(people)
	if len(people) > 0 && !p.siteNamed(r, people) && !(len(people) == 1 && signs(people[0])) {
		if more := p.printedBeside(h, people); more != nil && set(more, "by-line") {
			return
		}
		for _, g := range groups { // an agency beside the writer
			if !p.siteNamed(r, []string{g}) {
				people = append(people, g)
			}
		}
		if set(people, "json-ld author") {
			return
		}
	}
	var weak []string // names that may be the publisher's
	var weakFrom string
	for _, name := range authorMetas {
		var names []string
		for _, v := range h.metas[name] {
			v = html.UnescapeString(v)
			if part, _, _ := strings.Cut(v, ","); p.siteNamed(r, []string{v}) || looksLikeHost(part) || strings.Contains(v, "www.") {
				continue // the site with its town, or who built it
			}
			if looksLikeName(v) || strings.ContainsAny(v, ",;&") && len(v) < 200 && !strings.Contains(v, "://") {
				names = append(names, splitNames(bylineText(v))...)
			}
		}
		if names = cleanNames(names); len(names) == 0 || p.siteNamed(r, names) {
			continue
		}
		names = p.inFull(names)
		if len(names) == 1 && (likeOrganisation(names[0]) || slices.Contains(h.metas["publisher"], h.metas[name][0])) {
			if weak == nil {
				weak, weakFrom = names, "meta "+name
			}
			continue
		}
		set(names, "meta "+name)
		return
	}
	if names := p.markedAuthors(h); len(names) > 0 && (len(groups) == 0 || slices.ContainsFunc(names, fullName)) && set(names, "by-line") {
		return
	}
	if names := p.printedAuthors(); len(names) > 0 && set(names, "by-line in the text") {
		return
	}
	if len(groups) > 0 && set(groups, "json-ld author") || len(weak) > 0 && set(weak, weakFrom) {
		return
	}
	if len(people) > 0 {
		set(people, "json-ld author")
	}
}

// signs says whether a name is but two or three capitals, or what people log in with: a desk's sign, or that of a person who
// may sign in full elsewhere.
func signs(s string) bool {
	if strings.Contains(s, " ") {
		return false
	}
	return len(s) <= 3 && strings.ToUpper(s) == s || strings.ToLower(s) == s && strings.ContainsAny(s, "-_.0123456789")
}

// printedBeside are the names of the by-line near the headline, where it prints others beside the given one; nil where it does
// not. Some templates hand on the first writer only.
func (p *page) printedBeside(h *head, names []string) []string {
	if len(names) != 1 {
		return nil
	}
	start, end := p.region()
	var marked []string // each in an element of its own
	var last int
	for _, n := range h.bylines[:min(len(h.bylines), 60)] {
		at := p.blocks.At(n)
		if at < start || at > end {
			continue
		}
		text := nodeText(n)
		named := strings.Contains(text, names[0]) && len(text) > len(names[0])+8 // room for another
		alone := attr(n, "rel") == "author" || attr(n, "itemprop") == "author"
		if !named && !alone || len(text) > 160 || !fullName(text) || p.outOfPlace(n) {
			continue
		}
		found := splitNames(bylineText(text))
		if named && len(found) > 1 && looseKey(found[0]) == looseKey(names[0]) {
			if both := writers(found); both != nil {
				return both
			}
		}
		if alone && (marked == nil || at <= last+1) {
			marked, last = append(marked, found...), at
		}
	}
	if marked = writers(marked); len(marked) > 1 && slices.Contains(marked, names[0]) {
		return marked
	}
	return nil
}

// roles are words of what people are, in lines that print it beside their names.
var roles = regexp.MustCompile(`(?i)editor|reporter|writer|expert|correspondent|contributor|producer|journalist|columnist|redakt|staff|senior|last|published|updated|follow|twitter`)

// writers are the names, where each is a person's; nil where one is not.
func writers(names []string) []string {
	names = cleanNames(names)
	for _, n := range names {
		if !fullName(n) || likeOrganisation(n) || len(strings.Fields(n)) > 4 || roles.MatchString(n) {
			return nil
		}
	}
	return names
}

// inFull completes a lone first name where a by-line near the headline or below the text prints more of it: "By Todd Bates".
func (p *page) inFull(names []string) []string {
	if len(names) != 1 || strings.ContainsAny(names[0], " .@-") || utf8.RuneCountInString(names[0]) < 3 || likeOrganisation(names[0]) {
		return names
	}
	_, last := p.span()
	start, end := p.region()
	for i := start; i <= last+8 && i < len(p.blocks.Blocks); i++ {
		if i > end && i < last-1 {
			continue
		}
		if n := p.blocks.Blocks[i].Len(); n < len(names[0])+3 || n > 400 {
			continue
		}
		t := cutRunes(p.blocks.Text(i), 400)
		at := strings.Index(t, names[0]+" ")
		if at < 0 {
			continue
		}
		before := strings.ToLower(strings.TrimRight(t[:at], " :"))
		if before != "" && !strings.HasSuffix(before, " von") && !strings.HasSuffix(before, " by") && before != "von" && before != "by" {
			continue
		}
		g := surname.FindStringSubmatch(t[at+len(names[0]):])
		if g == nil || before == "" && g[2] != "" && len(t) <= 60 {
			continue
		}
		if _, month := months[strings.ToLower(g[1])]; !month {
			return []string{names[0] + " " + g[1]}
		}
	}
	return names
}

var surname = regexp.MustCompile(`^ (\p{Lu}\p{Ll}[\pL'’-]+)(.*)$`)

// ldAuthors are the authors of the page's article by its JSON-LD: people, and organisations.
func (h *head) ldAuthors() (people, groups []string) {
	a := h.article()
	var read func(v any, depth int)
	read = func(v any, depth int) {
		switch v := v.(type) {
		case string:
			people = append(people, splitNames(bylineText(html.UnescapeString(v)))...)
		case []any:
			for _, e := range v {
				read(e, depth+1)
			}
		case ldObject:
			name := v["name"]
			if name == nil && depth < 3 {
				if id, ok := v["@id"].(string); ok {
					for _, o := range h.ld {
						if o["@id"] == id && o["name"] != nil {
							read(o, depth+1)
							return
						}
					}
				}
				return
			}
			for _, s := range ldStrings(name) {
				s = html.UnescapeString(s)
				if slices.Contains(ldTypes(v), "organization") || slices.Contains(ldTypes(v), "newsmediaorganization") {
					groups = append(groups, s)
				} else {
					s = strings.TrimPrefix(strings.TrimPrefix(s, "By "), "Von ")
					people = append(people, splitNames(roleBehind.ReplaceAllString(s, ""))...)
				}
			}
		}
	}
	read(a["author"], 0)
	if len(people)+len(groups) == 0 {
		read(a["creator"], 0)
	}
	return people, groups
}

// siteNamed says whether the names are but the site's own.
func (p *page) siteNamed(r *Result, names []string) bool {
	site := strings.ReplaceAll(looseKey(r.Site), " ", "")
	host := ""
	if p.addr != nil {
		host = strings.ReplaceAll(looseKey(strings.TrimPrefix(p.addr.Hostname(), "www.")), " ", "")
	}
	for _, n := range names {
		k := strings.ReplaceAll(looseKey(n), " ", "")
		if k == "" || k == site || host != "" && (k == host || strings.HasPrefix(host, k) && len(k) > 4) || looksLikeHost(n) {
			continue
		}
		return false
	}
	return true
}

// likeOrganisation says whether a name is more likely a publisher's than a person's.
func likeOrganisation(s string) bool {
	l := strings.ToLower(s)
	if !strings.Contains(s, " ") && strings.ToUpper(s) == s && l != s {
		return true
	}
	for _, w := range []string{"gmbh", "e.v", " ag", "www.", ".com", ".de", "verlag", "zeitung", "media", "news", " inc", " ltd", "redaktion", "welle", "agentur", "stiftung", "press", "team", "magazin", "online", "tv"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

// fullName says whether a name has two words that begin with a capital, or is one word of a script that has none and
// writes family and given name together.
func fullName(s string) bool {
	if n := utf8.RuneCountInString(s); n >= 3 && n <= 6 && hanShare(s) > 0.5 {
		return true
	}
	n := 0
	for _, w := range strings.Fields(s) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

func looksLikeHost(s string) bool {
	return !strings.Contains(s, " ") && strings.Contains(s, ".") && !strings.HasSuffix(s, ".")
}

// looksLikeName says whether a text may be a person's or a desk's name.
func looksLikeName(s string) bool {
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 60 || strings.Contains(s, "://") || strings.ContainsAny(s, "@{}<>=|#:()[]") {
		return false
	}
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	return letters >= 2 && digits <= 2 && letters*10 >= n*6 && len(strings.Fields(s)) <= 7
}

var (
	bylineStart = regexp.MustCompile(`(?i)^(?:[-–—•*]+\s*)?(?:post author\s+|autor(?:in)? |capital )?(?:(?:view all posts|zeige alle beiträge|all posts|posted on [\pL\d ,.]{4,24}|erstellt|gespeichert|beitrag|eine? (?:kolumne|interview|analyse|essay|reportage|gastkommentar)|(?:text|bericht|interview)(?: und fotos?)?|rezept)\s*(?:by|von|par)\s*:?\s+|(?:text(?: und (?:foto|bild|interview)s?)?|words|story|written|authored|reporting|article|posted|published|reviewed|veröffentlicht|geschrieben|eingestellt|verfasst|ein (?:beitrag|artikel|kommentar|gastbeitrag)|publié|écrit|autor(?:in|en)?|author|authors|auteur|redaktion|autorin/autor|autor/in|autor:in|autor\*in|autorin|words|writer)\s*[:|]?\s*(?:by|von|par|por|di|door|av|af)?\s*[:|]?\s+|(?:by|von|par|por|de|di|door|av|af|text|words|autor|author)\s*[:|]?\s+|(?:by|von|par)\s*:?\s*(\p{Lu}))`)
	bylineEnd   = regexp.MustCompile(`(?i)\s*(?:[|•·–—]|\s-\s|\s/\s/|\d{1,2}[.:/]\s?\d{1,2}|\b(?:am|on|published|publiziert|veröffentlicht|updated|aktualisiert|posted|stand|den|le|in)\b\s*:?\s*\d|\b(?:january|february|march|april|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\.? \d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:illustration(?:en)?|fotos?|bilder) von\b|\bpublished\b|\bupdated\b|\bposted\b|\s\d+\s*(?:min|comment|kommentar)|\s\d|\bHace\b).*$`)
	bylineTail  = regexp.MustCompile(`(?i)(?:\s+(?:am|on|le|den|um|at|fr|mo|di|mi|do|sa|so|vom|for)(?:\s+\pL+tag)?|,?\s+(?:chefredakteur(?:in)?|redakteur(?:in)?|autor(?:in)?|korrespondent(?:in)?|reporter(?:in)?|volontär(?:in)?|staff reporter|editor|correspondent|staff writer|journalist(?:in)?|phd|md|senior \pL+|news reporter|lifestyle writer|contributor|gastautor(?:in)?|freie\pL* \pL+))+\.?$`)
	nameSplit   = regexp.MustCompile(`(?i)\s*(?:[,;&，、；]|\s/\s|\s\+\s|\s(?:and|und|et|y|og|och|en)\s)\s*`)
)

var (
	// nextLabel is an address, another label or another's work behind a name: "Ada Holm ada@pier.example", "Ada Holm @ada",
	// "Ada Holm Photo: Ove Lund", "Ada Holm; editing by Ove Lund".
	nextLabel = regexp.MustCompile(`(?i:\s*[(<]?\S+@\S+\.\pL{2,}.*$|\s@\w+.*$|[;.,]\s*(?:(?:additional )?(?:editing|writing|reporting)|compiled|edited) by .*$)|\s\p{Lu}\pL{3,}\s?:\s.*$`)
	// roleBehind is what a writer is, behind the name: "Ada Holm, Markets Editor".
	roleBehind = regexp.MustCompile(`(?i),\s*(?:[\pL.&'-]+ ){0,4}(?:editor|reporter|writer|correspondent|contributor|columnist|analyst|bureau chief|redakteur(?:in)?|korrespondent(?:in)?)\b[^,;&]*$`)
	// whereFor is where a writer is, or for whom: "Ada Holm in Husum", "Ada Holm for The Ledger", "Ada Holm/HDA".
	whereFor = regexp.MustCompile(`^(\p{Lu}[\pL.'’-]+(?: [\pL.'’-]+){1,3}?)(?: (?:in|aus|from|for|at) (?:the )?\p{Lu}| ?/ ?\pL+$)`)
	// houses are agencies and broadcasters, in lines that name one behind the writer.
	houses = regexp.MustCompile(`(?i),\s*(?:ap|afp|dpa|upi|pti|efe|ansa|cnn(?: business)?|cnbc|bbc(?: news)?|reuters|(?:the )?associated press|bloomberg(?: news)?|agence france-presse)$`)
)

// bylineText takes the words around names off a by-line: "By", "Von", a date behind it.
func bylineText(s string) string {
	s = squeeze(s)
	if len(s) > 400 {
		return ""
	}
	for range 2 {
		if g := bylineStart.FindStringSubmatchIndex(s); g != nil {
			if g[2] >= 0 {
				s = s[g[2]:]
			} else {
				s = s[g[1]:]
			}
		}
	}
	s = bylineEnd.ReplaceAllString(nextLabel.ReplaceAllString(s, ""), "")
	s = houses.ReplaceAllString(roleBehind.ReplaceAllString(s, ""), "")
	s = bylineTail.ReplaceAllString(s, "")
	return strings.Trim(s, " ,;:.-–—|/·•\"")
}

// splitNames parts "A, B and C".
func splitNames(s string) []string {
	var out []string
	for _, n := range nameSplit.Split(s, 12) {
		n = strings.Trim(n, " ,;:-–—|/·•")
		for _, word := range []string{"par ", "vom ", "von ", "by "} {
			n = strings.TrimPrefix(n, word)
		}
		if g := whereFor.FindStringSubmatch(n); g != nil {
			n = g[1]
		}
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}

var notNames = map[string]bool{"admin": true, "administrator": true, "editor": true, "redaktion": false, "staff": true, "author": true, "autor": true, "name": true, "none": true, "null": true, "undefined": true, "unknown": true, "anonymous": true, "guest": true, "webmaster": true, "root": true, "user": true, "authors": true, "more": true, "weiter": true, "weitere artikel": true, "view all posts": true, "read more": true, "alle artikel": true, "follow": true, "mehr": true, "contributor": true, "reporter": true, "journalist": true, "redakteur": true, "redakteurin": true, "correspondent": true, "autoren": true, "über den autor": true, "about the author": true, "auteurs": true, "comments": true, "share": true, "twitter": true, "facebook": true, "email": true, "e-mail": true, "by": true, "von": true, "zur artikelübersicht": true, "alle beiträge": true, "freelance writer": true, "senior reporter": true, "writer": true, "senior editor": true, "ph d": true, "phd": true, "md": true, "mba": true, "cfa": true, "ms": true, "rd": true, "rdn": true, "rn": true, "cpa": true}

// cleanNames drops what are no names, and repeats.
func cleanNames(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		n = strings.Trim(squeeze(n), " ,;:-–—|/·•")
		if i := strings.IndexAny(n, "(（["); i > 3 {
			n = strings.TrimSpace(n[:i])
		}
		k := looseKey(n)
		if strings.Contains(n, "©") || strings.HasPrefix(k, "quelle") || strings.HasPrefix(k, "source ") || strings.HasSuffix(k, " bearbeiten") {
			continue
		}
		if k == "" || seen[k] || notNames[k] || !looksLikeName(n) || len(out) >= 12 {
			continue
		}
		seen[k] = true
		out = append(out, n)
	}
	return out
}

// markedAuthors reads the elements marked as by-lines: the first that stands before the article's end, outside of comments
// and of what is about other articles, and holds names.
func (p *page) markedAuthors(h *head) []string {
	type found struct {
		names []string
		score int
	}
	var best found
	var lone []string
	others := map[string]bool{}
	start, end := p.region()
	for i, n := range h.bylines {
		if i > 60 {
			break
		}
		if n.DataAtom == atom.Article || n.DataAtom == atom.Body || n.DataAtom == atom.Section || n.DataAtom == atom.Input || n.DataAtom == atom.Img || p.outOfPlace(n) {
			continue
		}
		text := nodeText(n)
		if text == "" || len(text) > 160 {
			continue
		}
		score := 0
		switch at := p.blocks.At(n); {
		case at < 0:
			continue
		case p.blocks.Blocks[at].Len() > len(text)+150 && attr(n, "rel") == "" && attr(n, "class") == "" && attr(n, "itemprop") == "":
			continue // a link in the text: somebody whom it talks of
		case at >= start && at <= end:
			score += 4
		case at > end:
			score--
		}
		cls := strings.ToLower(attr(n, "class") + " " + attr(n, "itemprop") + " " + attr(n, "rel") + " " + attr(n, "id"))
		for _, w := range []string{"name", "byline", "vcard", "fn", "rel"} {
			if strings.Contains(cls, w) {
				score++
			}
		}
		if attr(n, "rel") == "author" || attr(n, "itemprop") == "author" {
			score += 2
		}
		if n.DataAtom == atom.A && authorAddress(attr(n, "href")) {
			score++
		}
		for _, w := range []string{"bio", "box", "image", "photo", "licen", "credit", "desc", "avatar", "teaser", "card", "related", "social"} {
			if strings.Contains(cls, w) {
				score -= 2
			}
		}
		names := cleanNames(splitNames(bylineText(text)))
		if len(names) == 0 || len(names) > 6 {
			continue
		}
		if strings.Contains(cls, "author") && n.DataAtom != atom.Button && !strings.Contains(cls, "follow") && !strings.Contains(cls, "btn") {
			others[looseKey(strings.Join(names, " "))] = true
			lone = names
		}
		if score > best.score || best.names == nil && score >= 0 {
			best = found{names, score}
		}
	}
	if best.names == nil && len(lone) > 0 && len(others) == 1 {
		return lone // the only name on the page that is marked
	}
	return best.names
}

// outOfPlace says whether an element stands in comments, a form, navigation or a list of other articles.
func (p *page) outOfPlace(n *nethtml.Node) bool {
	for up := 0; n != nil && up < 12 && !p.aroundArticle(n); n, up = n.Parent, up+1 {
		switch n.DataAtom {
		case atom.Form, atom.Nav, atom.Footer:
			return true
		}
		c := attr(n, "class") + " " + attr(n, "id")
		for _, w := range []string{"comment", "related", "teaser", "sidebar", "disqus", "recommend", "caption", "licen", "tie-", "reply"} {
			if n.DataAtom != atom.Body && n.DataAtom != atom.Article && n.DataAtom != atom.Html && containsFold(c, w) && len(c) < 200 {
				return true
			}
		}
	}
	return false
}

// aroundArticle says whether an element holds the beginning of the article's text.
func (p *page) aroundArticle(n *nethtml.Node) bool {
	if p.holders == nil {
		p.holders = map[*nethtml.Node]bool{}
		if first, last := p.span(); first <= last {
			for up := p.blocks.Nodes(first)[0].Parent; up != nil; up = up.Parent {
				p.holders[up] = true
			}
		}
	}
	return p.holders[n]
}

// region is the blocks around the headline and the article's beginning, where by-line and date are printed.
func (p *page) region() (start, end int) {
	first, last := p.span()
	if last < 0 {
		return 0, min(40, len(p.odds)-1)
	}
	start = first
	for i := first; i >= 0 && i > first-40; i-- {
		if i < len(p.blocks.Blocks) && (p.blocks.Heading(i) == 1 || p.isTitle(i)) {
			start = max(0, i-4)
			break
		}
	}
	if start == first {
		start = max(0, first-12)
	}
	return start, min(first+3, last)
}

func (p *page) isTitle(i int) bool {
	n := p.blocks.Blocks[i].Len()
	if n > 300 || n < 6 {
		return false
	}
	k := looseKey(p.blocks.Text(i))
	for _, t := range p.titleKeys() {
		if k == t {
			return true
		}
	}
	return false
}

func (p *page) titleKeys() []string {
	if p.keys == nil {
		for _, t := range p.evidence().Titles {
			p.keys = append(p.keys, looseKey(t))
		}
		if p.keys == nil {
			p.keys = []string{}
		}
	}
	return p.keys
}

// creditLine is a line that names the writer below the text.
var creditLine = regexp.MustCompile(`^(?:(?i:autorin/autor|autor/in|autor:in|autor\*in)\s?:?|(?i:text|autor|autorin|author|auteur|words|written by|story by|von|by|redaktion)\s?:)\s*\p{Lu}[\pL'’.-]*(?: \p{L}[\pL'’.-]*){1,3}(?:$|[,(/]|\s(?i:fotos?|photos?|bilder|und|and)\b)`)

var bylineBlock = regexp.MustCompile(`^(?i:by|von|par|por|text von|text|words by|written by|text:|autor:|author:|ein beitrag von|posted by)\s*:?\s+\p{Lu}[\pL'’.-]*(?:[ -]\p{L}[\pL'’.-]*){0,4}(?:(?:,| and| und| &| et| y)\s+\p{Lu}[\pL'’.-]*(?:[ -]\p{L}[\pL'’.-]*){0,3}){0,3}`)

// printedAuthors finds a block in the region that reads as a by-line.
func (p *page) printedAuthors() []string {
	start, end := p.region()
	for i := start; i <= end && i < len(p.blocks.Blocks); i++ {
		if n := p.blocks.Blocks[i].Len(); n < 6 || n > 160 {
			continue
		}
		t := p.blocks.Text(i)
		if m := withoutMonth(bylineBlock.FindString(t), t); m != "" && (len(m) == len(t) || len(t) < 120) {
			if names := cleanNames(splitNames(bylineText(m))); len(names) > 0 {
				return names
			}
		}
	}
	for i := start; i <= end && i < len(p.blocks.Blocks); i++ {
		if n := p.blocks.Blocks[i].Len(); n < 12 || n > 90 || !p.blocks.HasDigits(i) {
			continue
		}
		for _, re := range []*regexp.Regexp{datedName, nameDated} {
			if g := re.FindStringSubmatch(p.blocks.Text(i)); g != nil {
				if names := writers([]string{g[1] + g[2]}); len(names) == 1 {
					return names
				}
			}
		}
	}
	_, last := p.span()
	for i := min(start, last); i >= 0 && i <= last+12 && i < len(p.blocks.Blocks); i++ {
		if n := p.blocks.Blocks[i].Len(); n >= 3 && n <= 8 && i+1 < len(p.blocks.Blocks) && authorLabel.MatchString(p.blocks.Text(i)) {
			if g := nameLine.FindStringSubmatch(cutRunes(p.blocks.Text(i+1), 80)); g != nil && !likeOrganisation(g[1]) {
				return []string{g[1]}
			}
		}
		if n := p.blocks.Blocks[i].Len(); n < 8 || n > 160 || i < last-30 || i <= end && i < last-1 {
			continue
		}
		if m := bylineBlock.FindString(p.blocks.Text(i)); i >= last-1 && i <= last+2 && m == p.blocks.Text(i) {
			if names := cleanNames(splitNames(bylineText(m))); len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !fullName(n) || likeOrganisation(n) }) {
				return names
			}
		}
		if m := creditLine.FindString(p.blocks.Text(i)); m != "" {
			if names := cleanNames(splitNames(bylineText(strings.TrimRight(m, ",(/")))); len(names) > 0 {
				return names[:1]
			}
		}
	}
	return nil
}

// authorLabel is a line that announces the writer's name, nameLine that name, before an agency's.
var (
	authorLabel = regexp.MustCompile(`^(?i:von|by|autor|autorin|author|text)\s?:$`)
	nameLine    = regexp.MustCompile(`^(\p{Lu}\p{Ll}[\pL'’-]*(?: \p{Lu}[\pL'’-]*\.?){1,2})(?:\s?/\s?[\pL-]+)?$`)
)

// datedName is a line of a date and, behind it, a name: "11.12.2019 - Ada Holm", "04.02.2022 | 13:10 Uhr | Ada Holm",
// "06.11.2023 13:30 von Ada Holm".
var datedName = regexp.MustCompile(`^(?:\pL{2,10}[,:]? )?\d{1,2}\.\s?(?:\d{1,2}\.|\pL{3,10})\s?\d{4},?(?:\s*[|,–-]?\s*\d{1,2}[:.]\d\d(?: Uhr)?)?(?:\s*[|–-]\s*(?:(?i:redaktion|autor(?:in)?|von|text)\s?:?\s+)?(\p{Lu}\p{Ll}[\pL'’-]*(?: \p{Lu}[\pL'’-]*\.?){1,2})|\s+von (\p{Lu}\p{Ll}[\pL'’-]*(?: \p{Lu}[\pL'’-]*){1,2}))\s*(?:\([^)]*\))?$`)

// nameDated is a line of a name and, behind a bar, a date: "Ada Holm | 05.04.2025 - 13:10".
var nameDated = regexp.MustCompile(`^(\p{Lu}\p{Ll}[\pL'’-]*(?: \p{Lu}[\pL'’-]*\.?){1,2})()\s*\|\s*(?:\d{1,2}[./]\s?\d{1,2}[./]\s?\d{4}|\d{4}-\d\d-\d\d|\d{1,2}\.? \pL{3,10}\.? \d{4}|\p{Lu}\pL{2,8}\.? \d{1,2}, \d{4})`)

// withoutMonth takes the month of a date off a by-line that was cut out of the text t: "By Ada Holm December" of "... 5".
func withoutMonth(m, t string) string {
	i := strings.LastIndexByte(m, ' ')
	if i < 0 || len(m) >= len(t) || strings.Count(m, " ") < 3 {
		return m
	}
	rest := strings.TrimLeft(t[len(m):], " .,")
	if _, ok := months[strings.ToLower(m[i+1:])]; !ok || rest == "" || rest[0] < '0' || rest[0] > '9' {
		return m
	}
	return strings.TrimSuffix(m[:i], " on")
}

var (
	hanAuthor   = regexp.MustCompile(`(?:作者|撰文|采写|文字|记者|撰稿)\s*[:：|｜丨/ 　]\s*((?:\p{Han}{2,4}[ 　、,，/]{0,2}){1,4})(?:[^\p{Han}]|$)`)
	hanDateline = regexp.MustCompile(`[（(【](?:[^（(】）)]{0,12}?)(?:记者|作者|通讯员)[ 　:：]?\s*((?:\p{Han}{2,3}[ 　、]?){1,4})(?:[ 　](?:整合|报道|综合|编译|实习生)[^）)】]*)?[）)】]`)
	hanClosing  = regexp.MustCompile(`[（(]\s*(?:(?:本报|本刊|新华社)?记者|文/图|文图|文|图文|作者|撰稿|通讯员)?[ 　:：/]*((?:\p{Han}{2,3}[ 　、]{0,2}){1,3})[）)]$`)
	hanSlash    = regexp.MustCompile(`^(\p{Han}{2,3})/\p{Han}{2,10}$`)
	hanWriter   = regexp.MustCompile(`(?:^|[|｜ 　])作者(\p{Han}{2,3})(?:[^\p{Han}]|$)`)
	hanLabel    = regexp.MustCompile(`^(?:本报|特约)?(?:作者|记者|撰文|撰稿|采写|文)\s*[:：|｜丨/ 　]\s*`)
	hanAnd      = regexp.MustCompile(`((?:作者|撰文|采写|文字|记者|撰稿|通讯员)\s*[:：|｜丨/ 　]?\s*(?:\p{Han}{2,3}[ 　、,，])*\p{Han}{2,3})[ 　]?(?:和|与|及)[ 　]?(\p{Han}{2,3}(?:[^\p{Han}]|$))`)
	latinAuthor = regexp.MustCompile(`(?:作者|文)\s*[:：|｜丨/]\s*([A-Za-z][\w .-]{1,24})$`)
)

// chineseAuthors reads by-lines as Chinese pages print them: in the head, as a line of its own, in the dateline, or in
// brackets at the end. Editors (编辑) are none.
func (p *page) chineseAuthors(r *Result, h *head, set func([]string, string) bool) {
	start, end := p.region()
	_, last := p.span()
	end = min(end+3, len(p.odds)-1)
	names := func(s string) []string {
		var out []string
		for _, n := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" 　、,，/", c) }) {
			if hanNameOK(n) {
				out = append(out, n)
			}
		}
		return out
	}
	for i := max(0, start-6); i <= end && i < len(p.blocks.Blocks); i++ {
		n := p.blocks.Blocks[i].Len()
		if n > 1200 {
			n = 0
		}
		t := p.blocks.Text(i)
		if n == 0 {
			t = cutRunes(t, 60)
		}
		if strings.Contains(t, "编辑") && !strings.Contains(t, "作者") {
			continue
		}
		t = hanAnd.ReplaceAllString(t, "$1、$2")
		if g := hanDateline.FindStringSubmatch(cutRunes(t, 60)); g != nil && set(names(g[1]), "dateline") {
			return
		}
		if len(t) <= 240 {
			if g := hanAuthor.FindStringSubmatch(t); g != nil && !strings.HasSuffix(strings.TrimRight(t, "）)。"), "摄") && set(names(g[1]), "by-line") {
				return
			}
			if g := hanWriter.FindStringSubmatch(t); g != nil && set(names(g[1]), "by-line") {
				return
			}
			if g := hanSlash.FindStringSubmatch(t); g != nil && set(names(g[1]), "by-line") {
				return
			}
			if g := latinAuthor.FindStringSubmatch(t); g != nil && set([]string{g[1]}, "by-line") {
				return
			}
		}
	}
	for i := max(0, last-1); i >= 0 && i < len(p.blocks.Blocks) && i <= last+6; i++ {
		t := hanAnd.ReplaceAllString(p.blocks.Text(i), "$1、$2")
		if g := hanClosing.FindStringSubmatch(t); g != nil && i <= last+1 && !photoLine.MatchString(t) && set(names(g[1]), "name in closing brackets") {
			return
		}
		if len(t) <= 160 && !strings.Contains(t, "编辑") {
			if g := hanAuthor.FindStringSubmatch(t); g != nil && set(names(g[1]), "by-line") {
				return
			}
		}
	}
	// A name that the page's head gives and the page prints by itself near the headline.
	if v, name := h.get("author", "og:article:author"); looksLikeName(v) && !hanOnly(v) {
		for i := max(0, start-6); i <= end && i < len(p.blocks.Blocks); i++ {
			if p.blocks.Blocks[i].Len() < 200 && strings.Contains(p.blocks.Text(i), v) && set([]string{v}, "meta "+name) {
				return
			}
		}
	}
}

var photoLine = regexp.MustCompile(`[图摄影]+[）)]$`)

func hanOnly(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return true
}

func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// hanNameOK keeps two to four characters that are no common word of by-lines.
func hanNameOK(s string) bool {
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 4 || !hanOnly(s) {
		return false
	}
	for _, w := range []string{"记者", "编辑", "作者", "来源", "报道", "综合", "整合", "未知", "佚名", "发布", "时间", "责任", "通讯", "新闻", "网", "日报", "晚报", "图片", "视频", "本报", "本刊", "社", "摄影", "获悉", "了解", "从", "在", "采访", "表示", "招聘", "部", "专栏", "专家", "我们", "简介", "声明", "观点", "投稿", "文章", "赞赏", "关注", "最新", "更多", "热门", "点击", "阅读", "评论", "原创", "摄", "转载", "授权"} {
		if strings.Contains(s, w) {
			return false
		}
	}
	return true
}
