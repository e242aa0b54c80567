package feed

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// rank says how much a value is worth for a field: lower is better, 0 means none yet.
type rank uint8

// summaryElement is the worst rank of an element that is called summary.
const summaryElement rank = 3

// worstID is the rank of dc:identifier, which is often a DOI: rdf:about is better.
const worstID rank = 9

// text is a value with what it means.
type text struct {
	s    string
	kind textKind
	rank rank
	cut  bool // the document ended within it
}

type textKind uint8

const (
	kindGuess textKind = iota // RSS: HTML, or plain text that looks like none
	kindPlain
	kindHTML
)

// better keeps v where it is worth more than what t has.
func (t *text) better(v text) {
	if strings.TrimSpace(v.s) == "" {
		return
	}
	if t.rank == 0 || v.rank < t.rank {
		*t = v
	}
}

// latest keeps v where it is worth at least as much as what t has: the last of several wins.
func (t *text) latest(v text) {
	if v.rank == t.rank && strings.TrimSpace(v.s) != "" {
		*t = v
		return
	}
	t.better(v)
}

// plain reads an element's text.
func (p *xmlParser) plain(at rank) text { return p.ranked(at) }

func (p *xmlParser) ranked(at rank) text {
	v := p.value(false)
	if v.marked {
		v.s = plainText(v.s, kindHTML)
	}
	return text{s: v.s, rank: at, cut: v.cut, kind: kindPlain}
}

// markup reads an element's children as HTML.
func (p *xmlParser) markup(at rank) text {
	v := p.value(true)
	return text{s: v.s, rank: at, cut: v.cut, kind: kindHTML}
}

// construct reads a text construct: RSS's, whose type is to be guessed, and Atom's, which says it. A body comes back as
// HTML with absolute addresses.
func (p *xmlParser) construct(at rank, body bool) text {
	typ, mode := strings.ToLower(p.attr("type")), strings.ToLower(p.attr("mode"))
	base := p.linkBase()
	isAtom := p.feed.Format == "" || p.feed.Format[0] == 'a'
	inline := typ == "xhtml" || typ == "application/xhtml+xml"
	v := p.value(inline)
	t := text{s: v.s, rank: at, cut: v.cut}
	switch {
	case v.marked:
		t.kind = kindHTML
	case inline && (!body || !looksLikeHTML(v.s)):
		t.kind = kindPlain
	case mode == "base64" || isAtom && binaryType(typ):
		if d, err := base64.StdEncoding.DecodeString(strings.Map(noSpace, v.s)); err == nil && utf8.Valid(d) {
			t.s = clean(string(d))
		}
		if t.kind = kindHTML; typ == "text/plain" || typ == "" || typ == "text" {
			t.kind = kindPlain
		} else if binaryType(typ) {
			t.kind = kindGuess
		}
	case inline || typ == "html" || typ == "text/html":
		t.kind = kindHTML
	case typ == "text" || typ == "text/plain":
		t.kind = kindPlain
	case isAtom && typ == "" && !body:
		t.kind = kindPlain
	case isAtom && typ == "":
		if t.kind = kindPlain; looksLikeHTML(v.s) {
			t.kind = kindHTML
		}
	}
	if body {
		t.s, t.kind = bodyHTML(t, base), kindHTML
	}
	return t
}

func noSpace(r rune) rune {
	if r <= ' ' {
		return -1
	}
	return r
}

// binaryType says whether Atom wants content of the media type as base64.
func binaryType(typ string) bool {
	return strings.Contains(typ, "/") && !strings.HasPrefix(typ, "text/") && !strings.HasSuffix(typ, "xml")
}

// val is the content of an element: its text, or its children as HTML.
type val struct {
	s      string
	marked bool // s is HTML, made of child elements
	cut    bool // the document ended within it
}

// value reads up to the end of the element whose start tag was just read. Texts come with references resolved; where
// there are child elements, all comes as HTML. inline says that child elements are expected to be HTML of any kind.
func (p *xmlParser) value(inline bool) val {
	v := p.read(inline)
	v.s = unmangle(v.s)
	p.unbind()
	return v
}

func (p *xmlParser) read(inline bool) val {
	if p.self {
		return val{}
	}
	name, base := p.name, p.linkBase()
	if v, ok := p.quick(name); ok {
		return v
	}
	start := p.i
	var names [16]string
	open := names[:0]
	children, deep, entities := 0, 0, true
	upTo := func(end int) val {
		return val{s: p.content(start, end, children, base, entities, inline), marked: children > 0}
	}
	for {
		at := p.i
		tok, s := p.next()
		switch tok {
		case tokText:
		case tokCDATA:
			entities = false
			if at2, ok := p.brokenCDATA(at, name, s); ok {
				p.broken = true
				if !p.loose {
					return val{}
				}
				p.i = at2
			}
		case tokEOF:
			p.broken = true
			v := upTo(len(p.s))
			v.cut = true
			return v
		case tokStart:
			if p.loose && p.ends(name, inline) {
				p.i, p.repaired = at, true
				return upTo(at)
			}
			children++
			if p.self {
				break
			}
			if len(open) < maxDepth {
				open = append(open, p.name)
			} else {
				deep++
			}
		case tokEnd:
			switch {
			case deep > 0:
				deep--
				continue
			case len(open) > 0 && open[len(open)-1] == p.name:
				open = open[:len(open)-1]
				continue
			case len(open) == 0 && p.name == name:
				return upTo(at)
			}
			if !p.loose {
				p.broken = true
				return val{}
			}
			p.repaired = true
			if strings.EqualFold(p.name, name) {
				return upTo(at)
			}
			if rest := p.s[p.i:]; container(p.name) && closes(rest, name) { // </item></title>: the wrong way round
				p.i += len(name) + 3
				return upTo(at)
			}
			if container(p.name) || p.parentEnd() {
				p.i = at
				return upTo(at)
			}
			for i := len(open) - 1; i >= 0; i-- {
				if open[i] == p.name {
					open = open[:i]
					break
				}
			}
		}
	}
}

// parentEnd says whether the end tag closes an element that is open around the value.
func (p *xmlParser) parentEnd() bool {
	n := len(p.stack)
	return n > 0 && p.stack[n-1].name == p.name
}

// quick reads the two common forms: a text alone, and one CDATA section alone.
func (p *xmlParser) quick(name string) (val, bool) {
	rest := p.s[p.i:]
	j := strings.IndexByte(rest, '<')
	if j < 0 {
		return val{}, false
	}
	text, tail := rest[:j], rest[j:]
	if closes(tail, name) {
		p.i += j + len(name) + 3
		return val{s: p.decode(text)}, true
	}
	if !strings.HasPrefix(tail, "<![CDATA[") || !blank(text) {
		return val{}, false
	}
	start := p.i + j + len("<![CDATA[")
	end := p.cdataEnd(start)
	if end == len(p.s) {
		return val{}, false
	}
	data, next := p.s[start:end], end+len("]]>")
	for next < len(p.s) && isSpace(p.s[next]) {
		next++
	}
	if !closes(p.s[next:], name) || nestedCDATA(data) {
		return val{}, false
	}
	p.i = next + len(name) + 3
	return val{s: data}, true
}

func closes(s, name string) bool {
	return len(s) >= len(name)+3 && s[0] == '<' && s[1] == '/' && s[2:2+len(name)] == name && s[2+len(name)] == '>'
}

func blank(s string) bool {
	for i := range len(s) {
		if !isSpace(s[i]) {
			return false
		}
	}
	return true
}

// nestedCDATA says whether a CDATA section's text looks as if it had swallowed what came after it, up to the end of
// another section.
func nestedCDATA(data string) bool {
	i := strings.Index(data, "<![CDATA[")
	return i >= 0 && (strings.Contains(data[:i], "</item") || strings.Contains(data[:i], "</entry") || strings.Contains(data[:i], "<item") || strings.Contains(data[:i], "<entry"))
}

// brokenCDATA says whether the section at p.s[at:], whose text is data, lacks its end, and where it should have been: at
// the first end tag of its element or of what is around it.
func (p *xmlParser) brokenCDATA(at int, name, data string) (int, bool) {
	if !p.cut && !nestedCDATA(data) {
		return 0, false
	}
	for i := at + 9; ; i += 2 {
		j := strings.Index(p.s[i:], "</")
		if j < 0 {
			return len(p.s), true
		}
		i += j
		rest := p.s[i:]
		if closes(rest, name) || strings.HasPrefix(rest, "</item>") || strings.HasPrefix(rest, "</entry>") || strings.HasPrefix(rest, "</channel>") {
			p.cut = false
			return i, true
		}
	}
}

// ends says whether the start tag that was just read can be no child of the value of name, so that the value's end tag
// is missing.
func (p *xmlParser) ends(name string, inline bool) bool {
	prefix, local := split(p.name)
	if prefix != "" {
		switch p.resolve(prefix) {
		case spaceDC, spaceDCTerms, spaceContent, spaceMedia, spaceITunes, spaceAtom, spaceSyndication, spaceFeedBurner:
			return true
		}
		return local == "item" || local == "entry"
	}
	switch local {
	case "item", "entry", "channel", "pubdate", "guid", "description", "lastbuilddate", "managingeditor", "webmaster", "generator",
		"enclosure", "category", "author", "comments", "updated", "published", "issued", "modified", "subtitle", "tagline", "content", "copyright", "docs", "ttl":
		return true
	case "title", "link", "language", "id":
		return !inline
	case "summary":
		return name == "title" || name == "link" || name == "id" || name == "updated"
	}
	return false
}

// content makes a value of the document's bytes from start to end.
func (p *xmlParser) content(start, end, children int, base string, entities, inline bool) string {
	if children == 0 {
		if entities && strings.IndexByte(p.s[start:end], '<') < 0 {
			return p.decode(p.s[start:end])
		}
		return p.characters(start, end)
	}
	return p.serialise(start, end, base, inline)
}

// characters joins the text and CDATA sections of a stretch that has no elements.
func (p *xmlParser) characters(start, end int) string {
	var b strings.Builder
	sub := scanner{s: p.s[start:end], entities: p.entities, expanded: p.expanded}
	for {
		tok, s := sub.next()
		switch tok {
		case tokText:
			b.WriteString(sub.decode(s))
			continue
		case tokCDATA:
			b.WriteString(s)
			continue
		case tokStart, tokEnd:
			continue
		}
		break
	}
	p.expanded = sub.expanded
	return b.String()
}
