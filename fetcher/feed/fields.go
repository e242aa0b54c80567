package feed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// link keeps v as the address: the first of several that are worth as much, but the last of RSS's (last), as most
// readers do.
func (t *text) link(v text, last bool) {
	if last {
		t.latest(v)
		return
	}
	t.better(v)
}

// feedElement reads a child of channel or feed.
func (p *xmlParser) feedElement(ns space, local string) {
	r := &p.feedRaw
	switch ns {
	case spaceCore, spaceAtom:
		p.feedCore(ns, local)
	case spaceDC:
		switch local {
		case "title":
			r.title.better(p.plain(4))
		case "description":
			r.description.better(p.plain(5))
		case "creator", "author":
			p.addPerson(&p.feed.Authors, p.plain(1).s)
		case "subject":
			p.addCategory(&p.feed.Categories, p.plain(1).s)
		case "language":
			r.language.better(p.plain(2))
		case "date":
			r.published.better(p.plain(2))
		case "identifier":
			if v := p.plain(1).s; r.id == "" {
				r.id = strings.TrimSpace(v)
			}
		default:
			p.push(inOther)
		}
	case spaceDCTerms:
		switch local {
		case "issued", "created":
			r.published.better(p.plain(3))
		case "modified":
			r.updated.better(p.plain(2))
		default:
			p.push(inOther)
		}
	case spaceITunes:
		switch local {
		case "author":
			p.maybePerson(&p.feed.Authors, p.plain(1).s)
		case "owner":
			p.push(inOther)
		case "summary":
			r.description.better(p.plain(6))
		case "subtitle":
			r.description.better(p.plain(7))
		case "image":
			r.image.better(text{s: p.attr("href"), rank: 4})
			p.push(inOther)
		case "category":
			p.addCategory(&p.feed.Categories, p.attr("text"))
			p.push(inOther)
		default:
			p.push(inOther)
		}
	case spaceMedia:
		switch local {
		case "thumbnail":
			r.image.better(text{s: p.attr("url"), rank: 5})
			p.push(inOther)
		default:
			p.push(inOther)
		}
	case spaceSyndication:
		switch local {
		case "updateperiod":
			r.period = strings.ToLower(strings.TrimSpace(p.plain(1).s))
		case "updatefrequency":
			r.frequency, _ = strconv.Atoi(strings.TrimSpace(p.plain(1).s))
		default:
			p.push(inOther)
		}
	default:
		p.push(inOther)
	}
}

// feedCore reads a child of channel or feed that is RSS's or Atom's own.
func (p *xmlParser) feedCore(ns space, local string) {
	r := &p.feedRaw
	atom := ns == spaceAtom && p.root != "feed" // within RSS: of less worth
	worse := rank(0)
	if atom {
		worse = 3
	}
	switch local {
	case "title":
		r.title.better(p.construct(1+worse, false))
	case "description", "tagline", "subtitle", "info":
		if local == "description" {
			worse = 0
		}
		r.description.better(p.construct(1+worse, true))
	case "abstract", "summary":
		r.description.better(p.construct(3, true))
	case "link":
		p.feedLink(atom)
	case "id", "guid":
		if v := strings.TrimSpace(p.plain(1).s); r.id == "" {
			r.id = p.relativeID(v)
		}
	case "language":
		r.language.better(p.plain(1))
	case "pubdate", "published", "issued", "created":
		r.published.better(p.plain(1))
	case "lastbuilddate", "updated", "modified", "lastmodified":
		r.updated.better(p.plain(1))
	case "author", "managingeditor":
		p.author(&p.feed.Authors)
	case "category":
		p.category(&p.feed.Categories)
	case "image":
		r.image.better(text{s: p.attr("href"), rank: 3})
		p.push(inImage)
	case "logo":
		r.image.better(p.address(2))
	case "icon":
		r.image.better(p.address(6))
	case "ttl":
		if n, err := strconv.Atoi(strings.TrimSpace(p.plain(1).s)); err == nil && n > 0 && n < 60*24*366 {
			p.feed.TTL = time.Duration(n) * time.Minute
		}
	case "skiphours", "skipdays":
		p.push(inSkip)
	case "div", "body", "html", "channel":
		p.push(p.top().place)
	default:
		p.push(inOther)
	}
}

// relativeID makes an id that is plainly an address without its host into a whole one. All others stay as they are.
func (p *xmlParser) relativeID(id string) string {
	if strings.HasPrefix(id, "/") && !strings.HasPrefix(id, "//") {
		return resolve(p.currentBase(), id)
	}
	return id
}

// feedLink reads link, which is a text in RSS and attributes in Atom, and at times the other way round.
func (p *xmlParser) feedLink(atom bool) {
	rel, href, typ := strings.ToLower(p.attr("rel")), p.attr("href"), strings.ToLower(p.attr("type"))
	base, attributes := p.linkBase(), len(p.attrs) > 0
	v := p.plain(1)
	if href == "" {
		href = strings.TrimSpace(v.s)
	}
	if href == "" {
		return
	}
	href = resolve(base, href)
	switch rel {
	case "", "alternate":
		p.feedRaw.link.link(text{s: href, rank: linkRank(rel, typ, atom)}, !attributes)
	case "self":
		p.feed.Self = href
		p.feedRaw.link.better(text{s: href, rank: 20})
	case "hub":
		if p.feed.Hub == "" {
			p.feed.Hub = href
		}
	case "next":
		p.feed.Next = href
	}
}

// linkBase is the base of the tag that was just read.
func (p *xmlParser) linkBase() string {
	if b := p.xmlBase(); b != "" {
		return b
	}
	return p.currentBase()
}

// linkRank says which of several links is the one to the page: HTML before other types, RSS's own before Atom's.
func linkRank(rel, typ string, atom bool) rank {
	r := rank(2)
	switch {
	case typ == "text/html" || typ == "application/xhtml+xml":
		if rel == "alternate" {
			r = 1
		}
	case typ != "":
		r += 4
	}
	if atom {
		r += 2
	}
	return r
}

// itemElement reads a child of item or entry.
func (p *xmlParser) itemElement(ns space, local string) {
	r := &p.raw
	switch ns {
	case spaceCore, spaceAtom:
		p.itemCore(ns, local)
	case spaceContent:
		switch local {
		case "encoded":
			r.content.better(p.construct(1, true))
		case "items", "item":
			p.push(inOther)
		default:
			p.push(inOther)
		}
	case spaceDC:
		switch local {
		case "title":
			r.title.better(p.construct(3, false))
		case "description":
			r.summary.better(p.construct(4, true))
		case "creator", "author":
			p.addPerson(&r.Authors, p.plain(1).s)
		case "subject":
			p.addCategory(&r.Categories, p.plain(1).s)
		case "date":
			r.published.better(p.plain(3))
		case "language":
			r.Language = strings.TrimSpace(p.plain(1).s)
		case "identifier":
			r.id.better(p.ranked(worstID))
		default:
			p.push(inOther)
		}
	case spaceDCTerms:
		switch local {
		case "issued", "available", "date":
			r.published.better(p.plain(3))
		case "created":
			r.published.better(p.plain(4))
		case "modified":
			r.updated.better(p.plain(2))
		case "abstract":
			r.summary.better(p.construct(5, true))
		default:
			p.push(inOther)
		}
	case spaceITunes:
		switch local {
		case "title":
			r.title.better(p.construct(5, false))
		case "author":
			if v := p.plain(1).s; len(r.mediaAuthors) == 0 {
				p.addPerson(&r.mediaAuthors, v)
			}
		case "summary":
			r.summary.better(p.construct(6, true))
		case "subtitle":
			r.summary.better(p.construct(8, true))
		case "image":
			r.image.better(text{s: p.resolved(p.attr("href")), rank: 3})
			p.push(inOther)
		default:
			p.push(inOther)
		}
	case spaceMedia:
		p.mediaElement(ns, local)
	case spaceXHTML:
		switch local {
		case "body", "div":
			r.content.better(p.markup(2))
		default:
			p.push(inOther)
		}
	case spaceFeedBurner:
		switch local {
		case "origlink":
			// The address before FeedBurner's redirect: the publisher's own.
			v := p.address(1)
			if isHTTP(v.s) {
				r.link.better(text{s: v.s, rank: 9, cut: v.cut})
			}
		default:
			p.push(inOther)
		}
	default:
		p.push(inOther)
	}
}

// itemCore reads a child of item or entry that is RSS's or Atom's own.
func (p *xmlParser) itemCore(ns space, local string) {
	r := &p.raw
	isAtom := ns == spaceAtom
	foreign := isAtom && strings.HasPrefix(p.feed.Format, "r") // Atom's within RSS: of less worth
	worse := rank(0)
	if foreign {
		worse = 2
	}
	switch local {
	case "title":
		r.title.better(p.construct(1+worse, false))
	case "link":
		p.itemLink(foreign)
	case "guid", "id":
		perm, ok := p.lookup("isPermaLink")
		v := p.ranked(1 + worse)
		v.s = strings.TrimSpace(v.s)
		if isAtom || local == "id" {
			v.s = p.relativeID(v.s)
		}
		if v.s != "" && (r.id.rank == 0 || v.rank <= r.id.rank) {
			r.id = v
			r.permalink = !strings.EqualFold(perm, "false")
			r.claimed = ok && r.permalink
		}
	case "description":
		if t := p.construct(1, true); r.description.rank == 0 {
			r.description.better(t)
		} else { // the second of two is the body
			t.rank = 6
			r.content.better(t)
		}
	case "summary", "abstract":
		r.swapped = r.swapped || r.description.rank != 0 && local == "summary"
		r.summary.better(p.construct(1+worse, true))
	case "content":
		if src := p.attr("src"); src != "" && isAtom {
			p.contentSource(src)
			return
		}
		r.content.latest(p.construct(2+worse, true))
	case "fullitem", "body", "fulltext", "full-text":
		r.content.better(p.construct(4, true))
	case "encoded":
		r.content.better(p.construct(5, true))
	case "pubdate", "published", "issued":
		r.published.better(p.ranked(1 + worse))
	case "date":
		r.published.better(p.ranked(5))
	case "created":
		r.published.better(p.ranked(6))
	case "updated", "modified", "lastmodified", "lastbuilddate":
		r.updated.latest(p.ranked(1 + worse))
	case "author", "creator":
		p.author(&r.Authors)
	case "category":
		p.category(&r.Categories)
	case "enclosure":
		p.enclosure(p.attr("url"), p.attr("type"), p.attr("length"))
		p.push(inOther)
	case "image":
		r.image.better(text{s: p.resolved(p.attr("href")), rank: 4})
		r.image.better(text{s: p.resolved(p.attr("url")), rank: 4})
		p.itemImage()
	case "thumbnail":
		r.image.better(text{s: p.resolved(p.attr("url")), rank: 4})
		p.push(inOther)
	case "language":
		r.Language = strings.TrimSpace(p.plain(1).s)
	case "source":
		p.push(inOther)
	default:
		p.push(inOther)
	}
}

// contentSource notes an Atom entry whose content lies elsewhere.
func (p *xmlParser) contentSource(src string) {
	typ := strings.ToLower(p.attr("type"))
	src = p.resolved(src)
	if strings.HasPrefix(typ, "image/") || strings.HasPrefix(typ, "audio/") || strings.HasPrefix(typ, "video/") {
		p.enclosure(src, typ, "")
	} else {
		p.raw.link.better(text{s: src, rank: 12})
	}
	p.push(inOther)
}

// itemLink reads link, in any of the ways that feeds write it.
func (p *xmlParser) itemLink(foreign bool) {
	r := &p.raw
	rel, href, typ, length := strings.ToLower(p.attr("rel")), p.attr("href"), strings.ToLower(p.attr("type")), p.attr("length")
	if href == "" {
		href = p.attr("resource")
	}
	base, attributes := p.linkBase(), len(p.attrs) > 0
	v := p.plain(1)
	if href == "" {
		href = strings.TrimSpace(v.s)
	}
	if href == "" {
		return
	}
	href = resolve(base, href)
	switch rel {
	case "", "alternate":
		r.link.link(text{s: href, rank: linkRank(rel, typ, foreign), cut: v.cut}, !attributes)
	case "enclosure":
		p.enclosure(href, typ, length)
	case "via", "canonical":
		r.link.better(text{s: href, rank: 10, cut: v.cut})
	case "related":
		r.link.better(text{s: href, rank: 11, cut: v.cut})
	}
}

// itemImage reads image in an item: an address, or url within it.
func (p *xmlParser) itemImage() {
	v := p.value(false)
	s := strings.TrimSpace(v.s)
	if v.marked {
		_, in, ok := strings.Cut(v.s, "<url>")
		if !ok {
			return
		}
		s, _, _ = strings.Cut(in, "<")
		s = strings.TrimSpace(p.decode(s))
	}
	if s != "" && !strings.ContainsAny(s, " <>") {
		p.raw.image.better(text{s: p.resolved(s), rank: 4})
	}
}

// mediaElement reads Media RSS, in an item and in its groups.
func (p *xmlParser) mediaElement(ns space, local string) {
	r := &p.raw
	if ns != spaceMedia {
		p.push(inOther)
		return
	}
	group := p.top().place == inMedia
	switch local {
	case "group":
		p.push(inMedia)
	case "content":
		u, typ, medium := p.resolved(p.attr("url")), strings.ToLower(p.attr("type")), strings.ToLower(p.attr("medium"))
		if medium == "image" || strings.HasPrefix(typ, "image/") {
			r.image.better(text{s: u, rank: 2})
		}
		if u != "" {
			p.enclosure(u, typ, p.attr("fileSize"))
		}
		p.push(inMedia)
	case "thumbnail":
		u := p.attr("url")
		v := p.plain(1)
		if u == "" {
			u = strings.TrimSpace(v.s)
		}
		r.image.better(text{s: p.resolved(u), rank: 1})
	case "title":
		r.title.better(p.media(4, false))
	case "description", "text":
		at := rank(7)
		if group {
			at = 9
		}
		r.summary.better(p.media(at, true))
	case "category":
		label := p.attr("label")
		v := p.plain(1).s
		if strings.TrimSpace(v) == "" {
			v = label
		}
		p.addCategory(&r.Categories, v)
	case "credit":
		role := strings.ToLower(p.attr("role"))
		if v := p.plain(1).s; role == "author" {
			p.addPerson(&r.mediaAuthors, v)
		}
	default:
		p.push(inOther)
	}
}

// media reads a text of Media RSS, whose type is plain or html.
func (p *xmlParser) media(at rank, body bool) text {
	typ := p.attr("type")
	v := p.value(false)
	t := text{s: v.s, rank: at, cut: v.cut}
	switch {
	case v.marked || typ == "html":
		t.kind = kindHTML
	case typ == "plain":
		t.kind = kindPlain
	}
	if body {
		t.s, t.kind = bodyHTML(t, p.currentBase()), kindHTML
	}
	return t
}

func (p *xmlParser) resolved(u string) string {
	if u == "" {
		return ""
	}
	return resolve(p.currentBase(), u)
}

func (p *xmlParser) address(at rank) text {
	base := p.linkBase()
	v := p.plain(at)
	if v.s = strings.TrimSpace(v.s); v.s != "" {
		v.s = resolve(base, v.s)
	}
	return v
}

func (p *xmlParser) enclosure(u, typ, length string) {
	r := &p.raw
	if u == "" {
		return
	}
	if len(r.Enclosures) >= maxLinks {
		r.cuts |= cutLinks
		return
	}
	u = p.resolved(u)
	for _, e := range r.Enclosures {
		if e.URL == u {
			return
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	if strings.HasPrefix(typ, "image/") {
		r.image.better(text{s: u, rank: 5})
	}
	r.Enclosures = append(r.Enclosures, article.Enclosure{URL: u, Type: typ, Length: n})
}

// category reads Atom's attributes and RSS's text.
func (p *xmlParser) category(list *[]string) {
	term, label := p.attr("term"), p.attr("label")
	v := p.plain(1).s
	switch {
	case label != "":
		v = label
	case term != "":
		v = term
	}
	p.addCategory(list, v)
}

func (p *xmlParser) addCategory(list *[]string, v string) {
	if len(*list) >= maxCategories {
		p.raw.cuts |= cutCategories
		return
	}
	v = squash(plainText(v, kindGuess))
	if v == "" {
		return
	}
	for _, c := range *list {
		if c == v {
			return
		}
	}
	*list = append(*list, v)
}

// imageElement reads a child of RSS's channel/image.
func (p *xmlParser) imageElement(local string) {
	if local == "url" {
		p.feedRaw.image.better(p.address(1))
		return
	}
	p.push(inOther)
}

// skipElement reads an hour of skipHours and a day of skipDays.
func (p *xmlParser) skipElement(local string) {
	if local != "hour" && local != "day" {
		p.push(inOther)
		return
	}
	v := strings.TrimSpace(p.plain(1).s)
	if local == "hour" {
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n <= 24 && !slices.Contains(p.feed.SkipHours, n%24) {
			p.feed.SkipHours = append(p.feed.SkipHours, n%24)
		}
		return
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(v, d.String()) && !slices.Contains(p.feed.SkipDays, d) {
			p.feed.SkipDays = append(p.feed.SkipDays, d)
		}
	}
}
