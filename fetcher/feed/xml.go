package feed

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/feedfolio/feedfolio/article"
)

// maxDepth is how deep elements of a feed may be nested. Real feeds are 4 to 6 deep.
const maxDepth = 256

// maxBindings is how many namespaces are known at a time. Beyond, a prefix means what it usually does.
const maxBindings = 64

// errLoose says that the document is not well-formed, so that the strict reading of it is not to be trusted.
var errLoose = errors.New("not well-formed")

// space is what an element's namespace means to us.
type space uint8

const (
	spaceOther space = iota // one that we do not read
	spaceCore               // none, the root's own, or one of RSS
	spaceAtom
	spaceDC
	spaceDCTerms
	spaceContent
	spaceMedia
	spaceITunes
	spaceXHTML
	spaceRDF
	spaceSyndication
	spaceFeedBurner
)

// binding is a prefix that stands for a namespace in the elements from depth on.
type binding struct {
	prefix string
	space  space
	depth  int
}

// place is what an open element is to the parser: which children of it are read, and as what.
type place uint8

const (
	inDocument place = iota
	inRoot           // rss, rdf:RDF, or something around them
	inFeed           // channel, feed
	inItem
	inAuthor // of Atom
	inImage  // of RSS
	inMedia  // media:group, media:content
	inSkip   // skipHours, skipDays
	inOther  // nothing below is read, but for items
)

// frame is an open element.
type frame struct {
	name  string
	place place
	base  string // xml:base, resolved; "" = the document's
}

// xmlParser reads RSS, Atom and RDF in one pass. The strict reading gives up with errLoose at the first tag that does
// not match; the loose one closes what is open where that is plain from the names.
type xmlParser struct {
	scanner
	loose bool
	base  string // of the document
	stack []frame
	deep  int // elements open beyond maxDepth
	bound []binding

	feed     Feed
	root     string
	rootNS   space
	itemTags int
	raw      rawItem // the open item
	open     bool    // there is one
	person   *Person
	authors  *[]Person // where person goes
	hour     []string

	feedRaw  rawFeed
	items    []rawItem
	dropped  int // items beyond maxItems
	faults   []string
	repaired bool
	tooDeep  bool
	partial  bool // the document ended inside an item
	maxItems int
}

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

// rawFeed and rawItem are what the document says, before it is completed.
type rawFeed struct {
	title, description, link, image, language, published, updated text
	id                                                            string
	period                                                        string
	frequency                                                     int
	linkKind                                                      rank
}

type rawItem struct {
	Item
	title, summary, description, content, link, image, published, updated, id text
	about                                                                     string
	permalink                                                                 bool // the id is an address, if it looks like one
	claimed                                                                   bool // and the feed says so
	base                                                                      string
	swapped                                                                   bool // description came before summary
	closed                                                                    bool
	mediaAuthors                                                              []Person
	cuts                                                                      uint8
}

// namespaces knows the ones that feeds use, in lower case and without a slash or # at the end.
var namespaces = map[string]space{
	"":                                               spaceCore,
	"http://backend.userland.com/rss":                spaceCore,
	"http://blogs.law.harvard.edu/tech/rss":          spaceCore,
	"http://purl.org/rss/1.0":                        spaceCore,
	"http://my.netscape.com/rdf/simple/0.9":          spaceCore,
	"http://example.com/newformat":                   spaceCore,
	"http://example.com/necho":                       spaceCore,
	"http://purl.org/echo":                           spaceAtom,
	"uri/of/echo/namespace":                          spaceAtom,
	"http://purl.org/pie":                            spaceAtom,
	"http://purl.org/atom/ns":                        spaceAtom,
	"http://www.w3.org/2005/atom":                    spaceAtom,
	"http://purl.org/rss/1.0/modules/rss091":         spaceCore,
	"http://purl.org/dc/elements/1.1":                spaceDC,
	"http://purl.org/dc/elements/1.0":                spaceDC,
	"http://purl.org/dc/terms":                       spaceDCTerms,
	"http://purl.org/rss/1.0/modules/content":        spaceContent,
	"http://search.yahoo.com/mrss":                   spaceMedia,
	"http://tools.search.yahoo.com/mrss":             spaceMedia,
	"http://www.itunes.com/dtds/podcast-1.0.dtd":     spaceITunes,
	"http://example.com/dtds/podcast-1.0.dtd":        spaceITunes,
	"http://www.w3.org/1999/xhtml":                   spaceXHTML,
	"http://www.w3.org/1999/02/22-rdf-syntax-ns":     spaceRDF,
	"http://purl.org/rss/1.0/modules/syndication":    spaceSyndication,
	"http://rssnamespace.org/feedburner/ext/1.0":     spaceFeedBurner,
	"http://www.feedburner.com/fb/feed.aspx?feed=10": spaceFeedBurner,
}

// prefixes is what a prefix means that the document does not declare.
var prefixes = map[string]space{
	"rss": spaceCore, "atom": spaceAtom, "atom10": spaceAtom, "atom03": spaceAtom, "a10": spaceAtom, "dc": spaceDC,
	"dcterms": spaceDCTerms, "content": spaceContent, "media": spaceMedia, "itunes": spaceITunes, "xhtml": spaceXHTML,
	"rdf": spaceRDF, "sy": spaceSyndication, "syn": spaceSyndication, "feedburner": spaceFeedBurner,
}

func namespace(uri string) space {
	uri = strings.TrimSpace(uri)
	if s, ok := namespaces[uri]; ok {
		return s
	}
	uri = strings.ToLower(strings.TrimRight(uri, "/#"))
	if rest, ok := strings.CutPrefix(uri, "https:"); ok {
		uri = "http:" + rest
	}
	if s, ok := namespaces[uri]; ok {
		return s
	}
	switch {
	case strings.HasPrefix(uri, "http://backend.userland.com/rss"), strings.HasPrefix(uri, "http://channel.netscape.com/rdf/simple/0.9"),
		strings.HasPrefix(uri, "http://my.netscape.com/"), strings.HasPrefix(uri, "http://purl.org/net/rss1.1"):
		return spaceCore
	}
	return spaceOther
}

// parseXML reads text, which is UTF-8. in is for base addresses only; dates stay raw.
func parseXML(doc, base string, loose bool, maxItems int) (*xmlParser, error) {
	p := &xmlParser{scanner: scanner{s: doc}, loose: loose, base: base, maxItems: maxItems}
	p.stack = make([]frame, 0, 16)
	p.attrs = make([]attr, 0, 16)
	for {
		tok, _ := p.next()
		switch tok {
		case tokStart:
			if err := p.start(); err != nil {
				return nil, err
			}
			continue
		case tokEnd:
			if !p.end() {
				return nil, errLoose
			}
			continue
		case tokText, tokCDATA:
			continue
		}
		break
	}
	if len(p.stack) > 0 && !loose {
		return nil, errLoose
	}
	if p.open {
		p.closeItem(false)
	}
	return p, nil
}

// split parts prefix and local name; the local name in lower case.
func split(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		prefix, name = name[:i], name[i+1:]
	}
	for i := range len(name) {
		if name[i]-'A' < 26 {
			return prefix, strings.ToLower(name)
		}
	}
	return prefix, name
}

// bind keeps the namespaces that the tag declares.
func (p *xmlParser) bind() {
	for _, a := range p.attrs {
		if len(a.name) < 5 || a.name[:5] != "xmlns" || len(p.bound) >= maxBindings {
			continue
		}
		prefix := ""
		if len(a.name) > 5 {
			if a.name[5] != ':' {
				continue
			}
			prefix = a.name[6:]
		}
		p.bound = append(p.bound, binding{prefix, namespace(p.decode(a.value)), len(p.stack) + p.deep + 1})
	}
}

// unbind forgets what elements deeper than the open ones declared.
func (p *xmlParser) unbind() {
	n := len(p.bound)
	for n > 0 && p.bound[n-1].depth > len(p.stack)+p.deep {
		n--
	}
	p.bound = p.bound[:n]
}

func (p *xmlParser) resolve(prefix string) space {
	for i := len(p.bound) - 1; i >= 0; i-- {
		if p.bound[i].prefix == prefix {
			return p.bound[i].space
		}
	}
	if prefix == "" {
		return spaceCore
	}
	return prefixes[strings.ToLower(prefix)]
}

func (p *xmlParser) top() *frame {
	if len(p.stack) == 0 {
		return &frame{}
	}
	return &p.stack[len(p.stack)-1]
}

func (p *xmlParser) push(at place) {
	if p.self {
		p.unbind()
		return
	}
	if len(p.stack) >= maxDepth {
		p.deep++
		p.tooDeep = true
		return
	}
	f := frame{name: p.name, place: at, base: p.top().base}
	if b := p.xmlBase(); b != "" {
		f.base = b
	}
	p.stack = append(p.stack, f)
}

// xmlBase is the tag's own xml:base, resolved by the one around it; "" where it has none.
func (p *xmlParser) xmlBase() string {
	for _, a := range p.attrs {
		if a.name == "xml:base" {
			return resolve(p.currentBase(), strings.TrimSpace(p.decode(a.value)))
		}
	}
	return ""
}

func (p *xmlParser) currentBase() string {
	if b := p.top().base; b != "" {
		return b
	}
	return p.base
}

// end closes the element that the tag names. Where it is not the innermost one, the strict reading ends (false); the
// loose one closes all up to it, or passes over the tag where none such is open.
func (p *xmlParser) end() bool {
	if p.deep > 0 {
		p.deep--
		p.unbind()
		return true
	}
	n := len(p.stack)
	if n > 0 && p.stack[n-1].name == p.name {
		p.pop()
		return true
	}
	if !p.loose {
		return false
	}
	p.repaired = true
	for i := n - 1; i >= 0; i-- {
		if strings.EqualFold(p.stack[i].name, p.name) {
			for len(p.stack) > i {
				p.pop()
			}
			return true
		}
		if p.stack[i].place == inItem && !container(p.name) { // a stray tag never ends the item
			break
		}
	}
	return true
}

// container says whether the element holds items, or is one.
func container(name string) bool {
	_, local := split(name)
	switch local {
	case "item", "entry", "channel", "rss", "feed", "rdf":
		return true
	}
	return false
}

func (p *xmlParser) pop() {
	f := p.top()
	switch f.place {
	case inItem:
		p.closeItem(true)
	case inAuthor:
		p.closeAuthor()
	}
	p.stack = p.stack[:len(p.stack)-1]
	p.unbind()
}

// start handles the start tag that was just read.
func (p *xmlParser) start() error {
	if p.deep > 0 {
		if !p.self {
			p.deep++
		}
		return nil
	}
	p.bind()
	prefix, local := split(p.name)
	if len(p.stack) == 0 {
		p.adopt(prefix, local)
	}
	ns := p.resolve(prefix)
	at := p.top().place
	if local == "item" && ns != spaceMedia || local == "entry" {
		if ns == spaceCore || ns == spaceAtom || ns == p.rootNS || ns == spaceOther && prefix == "" {
			return p.item(local, at)
		}
	}
	switch at {
	case inDocument:
		p.startRoot(local, ns)
	case inRoot:
		if local == "channel" || local == "feed" {
			p.startFeed(local)
			return nil
		}
		if p.loose || local == "image" || ns != spaceCore {
			p.feedElement(ns, local)
			return nil
		}
		p.feedElement(ns, local)
	case inFeed:
		p.feedElement(ns, local)
	case inItem:
		p.itemElement(ns, local)
	case inAuthor:
		p.authorElement(local)
	case inImage:
		p.imageElement(local)
	case inMedia:
		p.mediaElement(ns, local)
	case inSkip:
		if local == "hour" || local == "day" {
			p.skip(local)
			return nil
		}
		p.push(inOther)
	default:
		p.push(inOther)
	}
	return p.valueFault()
}

// valueFault is errLoose where the last value was not well-formed and the reading is strict.
func (p *xmlParser) valueFault() error {
	if len(p.faults) > 0 && !p.loose {
		return errLoose
	}
	return nil
}

// adopt makes the namespace of a feed's root the feed's own, whichever it is.
func (p *xmlParser) adopt(prefix, local string) {
	own := spaceCore
	switch local {
	case "rss", "channel":
	case "rdf":
		prefix = ""
	case "feed":
		own = spaceAtom
	default:
		return
	}
	for i := range p.bound {
		if b := &p.bound[i]; b.prefix == prefix && b.space != spaceAtom {
			b.space = own
		}
	}
}

func (p *xmlParser) startRoot(local string, ns space) {
	at := inOther
	switch local {
	case "rss", "rdf", "rdf:rdf":
		at = inRoot
	case "channel", "feed":
		p.root, p.rootNS = local, ns
		p.startFeed(local)
		return
	}
	if p.root == "" && at == inRoot {
		p.root, p.rootNS = local, ns
		p.feed.Format = "rss"
		if local == "rdf" {
			p.feed.Format = "rdf"
		} else if v := p.attr("version"); v != "" && len(v) < 8 {
			p.feed.Format = "rss " + v
		}
		p.rootLanguage()
	}
	p.push(at)
}

// startFeed opens a channel or feed.
func (p *xmlParser) startFeed(local string) {
	if p.feed.Format == "" || p.root == "" {
		p.root = local
		p.feed.Format = "rss"
	}
	if local == "feed" {
		p.feed.Format = "atom 1.0"
		if v := p.attr("version"); v == "0.3" || v == "0.2" || v == "0.1" {
			p.feed.Format = "atom " + v
		}
	}
	if about := p.attr("about"); about != "" && p.feedRaw.id == "" {
		p.feedRaw.id = about
	}
	p.rootLanguage()
	p.push(inFeed)
	if p.self {
		return
	}
}

func (p *xmlParser) rootLanguage() {
	for _, a := range p.attrs {
		if a.name == "xml:lang" {
			p.feedRaw.language.better(text{s: strings.TrimSpace(p.decode(a.value)), rank: 5})
		}
	}
}

// item opens an item. Items never hold items: an open one is closed.
func (p *xmlParser) item(local string, at place) error {
	if p.open {
		if !p.loose && at != inItem { // a copy that an extension keeps, not an item of the feed
			p.push(inOther)
			return nil
		}
		if !p.loose {
			return errLoose
		}
		p.repaired = true
		for len(p.stack) > 0 && p.open {
			p.pop()
		}
	}
	if p.root == "" {
		p.root, p.feed.Format = local, "rss"
		if local == "entry" {
			p.feed.Format = "atom 1.0"
		}
	}
	p.itemTags++
	p.raw = rawItem{about: p.attr("about")}
	p.raw.permalink = true
	p.open = true
	for _, a := range p.attrs {
		if a.name == "xml:lang" {
			p.raw.Language = strings.TrimSpace(p.decode(a.value))
		}
	}
	if p.self {
		p.closeItem(true)
		p.unbind()
		return nil
	}
	if len(p.stack) >= maxDepth { // so deep that it is none
		p.open = false
	}
	p.push(inItem)
	p.raw.base = p.currentBase()
	return nil
}

// closeItem keeps the open item. One that the document's end cut off is kept apart.
func (p *xmlParser) closeItem(closed bool) {
	if !p.open {
		return
	}
	p.open = false
	p.raw.closed = closed
	if !closed {
		p.partial = true
		p.raw.dropCut()
	}
	if len(p.items) >= p.maxItems {
		p.dropped++
		return
	}
	p.items = append(p.items, p.raw)
}

// dropCut forgets the short fields that the document's end has cut: half an address is worse than none.
func (r *rawItem) dropCut() {
	for _, t := range []*text{&r.title, &r.link, &r.image, &r.published, &r.updated, &r.id} {
		if t.cut {
			*t = text{}
		}
	}
}

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
			p.push(inItem2())
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

func inItem2() place { return inOther }

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
		if v.s != "" && (r.id.rank == 0 || v.rank < r.id.rank) {
			r.id = v
			r.permalink = !strings.EqualFold(perm, "false")
			r.claimed = ok && r.permalink
		}
	case "description":
		r.description.better(p.construct(1, true))
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

// author reads RSS's author, a text, and Atom's, a person construct.
func (p *xmlParser) author(list *[]Person) {
	if len(*list) >= maxAuthors || len(p.stack) >= maxDepth {
		p.push(inOther)
		return
	}
	p.push(inAuthor)
	if p.self {
		return
	}
	p.person, p.authors = &Person{}, list
	name, start := p.name, p.i
	var text strings.Builder // the text itself, where that is all there is
	for {
		at := p.i
		tok, s := p.next()
		switch tok {
		case tokText:
			text.WriteString(p.decode(s))
			continue
		case tokCDATA:
			text.WriteString(s)
			continue
		case tokEOF:
			return
		case tokStart:
			if _, local := split(p.name); htmlElements[local] { // a name in markup
				p.name, p.self, p.attrs, p.i = name, false, p.attrs[:0], start
				v := p.markup(1)
				p.addPerson(list, v.s)
				p.person = nil
				p.stack = p.stack[:len(p.stack)-1]
				return
			}
		}
		p.i = at
		break
	}
	p.person.Name = text.String()
}

func (p *xmlParser) authorElement(local string) {
	if p.person == nil {
		p.push(inOther)
		return
	}
	switch local {
	case "name":
		name := p.person.Name
		p.person.Name = p.plain(1).s
		if strings.TrimSpace(p.person.Name) == "" {
			p.person.Name = name
		}
	case "email":
		p.person.Email = strings.TrimSpace(p.plain(1).s)
	case "uri", "url", "homepage":
		p.person.URL = strings.TrimSpace(p.address(1).s)
	default:
		p.push(inOther)
	}
}

func (p *xmlParser) closeAuthor() {
	who := p.person
	if who == nil {
		return
	}
	p.person = nil
	if who.Email == "" && who.URL == "" {
		p.addPerson(p.authors, who.Name)
		return
	}
	who.Name = squash(who.Name)
	if strings.Contains(who.Name, "@") {
		n := parsePerson(who.Name)
		if who.Name = n.Name; who.Email == "" {
			who.Email = n.Email
		}
	}
	p.keepPerson(p.authors, *who)
}

// addPerson reads the ways to write a name and an address in one text.
func (p *xmlParser) addPerson(list *[]Person, s string) {
	if len(*list) >= maxAuthors {
		return
	}
	if s = squash(plainText(s, kindGuess)); s != "" {
		p.keepPerson(list, parsePerson(s))
	}
}

func (p *xmlParser) maybePerson(list *[]Person, s string) {
	if len(*list) == 0 {
		p.addPerson(list, s)
	}
}

func (p *xmlParser) keepPerson(list *[]Person, who Person) {
	if who == (Person{}) || len(*list) >= maxAuthors {
		return
	}
	for i, x := range *list {
		if x == who {
			return
		}
		if x.Name == who.Name && x.Name != "" && (x.Email == "" || who.Email == "" || x.Email == who.Email) {
			if x.Email == "" {
				(*list)[i].Email = who.Email
			}
			if x.URL == "" {
				(*list)[i].URL = who.URL
			}
			return
		}
	}
	*list = append(*list, who)
}

// parsePerson parts "a@b.example (Name)", "Name <a@b.example>" and their like.
func parsePerson(s string) Person {
	at := strings.IndexByte(s, '@')
	if at < 0 {
		return Person{Name: s}
	}
	start := strings.LastIndexAny(s[:at], " <(,;:[\"'") + 1
	end := len(s)
	if i := strings.IndexAny(s[at:], " >),;]\"'"); i >= 0 {
		end = at + i
	}
	email := s[start:end]
	if start == at || at+1 == end || !strings.Contains(email, ".") {
		return Person{Name: s}
	}
	name := strings.TrimSpace(s[:start] + " " + s[end:])
	name = strings.TrimSpace(strings.TrimSuffix(name, "mailto:"))
	name = strings.NewReplacer("()", "", "<>", "", "< >", "", "( )", "", "[]", "").Replace(name)
	name = squash(strings.Trim(name, " ()<>[],;\"'"))
	return Person{Name: name, Email: email}
}

// skip reads an hour of skipHours and a day of skipDays.
func (p *xmlParser) skip(local string) {
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
		if t.kind = kindHTML; (typ == "html" || typ == "text/html") && strings.IndexByte(v.s, '<') < 0 {
			t.s = html.UnescapeString(v.s) // escaped HTML within a div
		}
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
	for {
		at := p.i
		tok, s := p.next()
		switch tok {
		case tokText:
		case tokCDATA:
			entities = false
			if at2, ok := p.brokenCDATA(at, name, s); ok {
				p.fault("a CDATA section that is never closed")
				if !p.loose {
					return val{}
				}
				p.i = at2
			}
		case tokEOF:
			p.fault("the end is missing")
			return val{s: p.content(start, len(p.s), children, base, entities), marked: children > 0, cut: true}
		case tokStart:
			if p.loose && p.ends(name, inline) {
				p.i, p.repaired = at, true
				return val{s: p.content(start, at, children, base, entities), marked: children > 0}
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
				return val{s: p.content(start, at, children, base, entities), marked: children > 0}
			}
			if !p.loose {
				p.fault("tags that do not match")
				return val{}
			}
			p.repaired = true
			if strings.EqualFold(p.name, name) {
				return val{s: p.content(start, at, children, base, entities), marked: children > 0}
			}
			if rest := p.s[p.i:]; container(p.name) && closes(rest, name) { // </item></title>: the wrong way round
				p.i += len(name) + 3
				return val{s: p.content(start, at, children, base, entities), marked: children > 0}
			}
			if container(p.name) || p.parentEnd() {
				p.i = at
				return val{s: p.content(start, at, children, base, entities), marked: children > 0}
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

func (p *xmlParser) fault(what string) {
	if len(p.faults) < 8 {
		p.faults = append(p.faults, what)
	}
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
func (p *xmlParser) content(start, end, children int, base string, entities bool) string {
	if children == 0 {
		if entities && strings.IndexByte(p.s[start:end], '<') < 0 {
			return p.decode(p.s[start:end])
		}
		return p.characters(start, end)
	}
	return p.serialise(start, end, base)
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

// describe says where in the document something was, for a remark.
func (p *xmlParser) line(i int) int { return 1 + strings.Count(p.s[:min(i, len(p.s))], "\n") }

func (p *xmlParser) where() string { return fmt.Sprintf("line %d", p.line(p.i)) }
