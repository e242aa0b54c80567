package feed

import (
	"errors"
	"strings"
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

	feed    Feed
	root    string
	rootNS  space
	raw     rawItem // the open item
	open    bool    // there is one
	person  *Person
	authors *[]Person // where person goes

	feedRaw  rawFeed
	items    []rawItem
	dropped  int  // items beyond maxItems
	broken   bool // a value has no end, or tags in it that do not match
	repaired bool
	looked   int // bytes that closed has looked at
	tooDeep  bool
	partial  bool // the document ended inside an item
	maxItems int
}

// rawFeed and rawItem are what the document says, before it is completed.
type rawFeed struct {
	title, description, link, image, language, published, updated text
	id                                                            string
	period                                                        string
	frequency                                                     int
}

type rawItem struct {
	Item
	title, summary, description, content, link, image, published, updated, id text
	about                                                                     string
	permalink                                                                 bool // the id is an address, if it looks like one
	claimed                                                                   bool // and the feed says so
	base                                                                      string
	swapped                                                                   bool // description came before summary
	mediaAuthors                                                              []Person
	cuts                                                                      uint8
}

// namespaces knows the ones that feeds use, in lower case and without a slash or # at the end.
var namespaces = map[string]space{
	"":                                            spaceCore,
	"http://backend.userland.com/rss":             spaceCore,
	"http://blogs.law.harvard.edu/tech/rss":       spaceCore,
	"http://purl.org/rss/1.0":                     spaceCore,
	"http://my.netscape.com/rdf/simple/0.9":       spaceCore,
	"http://purl.org/echo":                        spaceAtom,
	"http://purl.org/pie":                         spaceAtom,
	"http://purl.org/atom/ns":                     spaceAtom,
	"http://www.w3.org/2005/atom":                 spaceAtom,
	"http://purl.org/rss/1.0/modules/rss091":      spaceCore,
	"http://purl.org/dc/elements/1.1":             spaceDC,
	"http://purl.org/dc/elements/1.0":             spaceDC,
	"http://purl.org/dc/terms":                    spaceDCTerms,
	"http://purl.org/rss/1.0/modules/content":     spaceContent,
	"http://search.yahoo.com/mrss":                spaceMedia,
	"http://tools.search.yahoo.com/mrss":          spaceMedia,
	"http://www.rssboard.org/media-rss":           spaceMedia,
	"http://www.itunes.com/dtds/podcast-1.0.dtd":  spaceITunes,
	"http://www.w3.org/1999/xhtml":                spaceXHTML,
	"http://www.w3.org/1999/02/22-rdf-syntax-ns":  spaceRDF,
	"http://purl.org/rss/1.0/modules/syndication": spaceSyndication,
	"http://rssnamespace.org/feedburner/ext/1.0":  spaceFeedBurner,
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
		ns := namespace(p.decode(a.value))
		if ns == spaceOther { // a slip in the address, if the prefix is a well-known one
			ns = prefixes[strings.ToLower(prefix)]
		}
		p.bound = append(p.bound, binding{prefix, ns, len(p.stack) + p.deep + 1})
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
	if p.loose && at == inOther && p.open && !p.closed(p.name) { // its children would be lost to the item
		p.unbind()
		return
	}
	f := frame{name: p.name, place: at, base: p.top().base}
	if b := p.xmlBase(); b != "" {
		f.base = b
	}
	p.stack = append(p.stack, f)
}

// closed says whether the element that was just opened has its end tag before the item's. It looks 64 kB ahead, and in
// all no further than a few times the document's length: then it says yes.
func (p *xmlParser) closed(name string) bool {
	ahead := p.s[p.i:min(len(p.s), p.i+64<<10)]
	if p.looked > 4*len(p.s) {
		return true
	}
	for i := 0; ; i += 2 {
		j := strings.Index(ahead[i:], "</")
		if j < 0 {
			p.looked += len(ahead)
			return len(ahead) == 64<<10
		}
		i += j
		rest := ahead[i:]
		if closes(rest, name) || closes(rest, "item") || closes(rest, "entry") {
			p.looked += i
			return closes(rest, name)
		}
	}
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
	if p.deep > 0 && !(p.loose && container(p.name)) {
		p.deep--
		p.unbind()
		return true
	}
	p.deep = 0
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
	prefix, local := split(p.name)
	if p.deep > 0 && p.loose && (local == "item" || local == "entry") { // what is open was never closed
		p.deep = 0
	}
	if p.deep > 0 {
		if !p.self {
			p.deep++
		}
		return nil
	}
	p.bind()
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
		p.skipElement(local)
	default:
		p.push(inOther)
	}
	if p.broken && !p.loose {
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
	for p.loose && len(p.stack) > 0 && p.top().place == inOther { // never closed, perhaps
		p.pop()
	}
	if p.root == "" {
		p.root, p.feed.Format = local, "rss"
		if local == "entry" {
			p.feed.Format = "atom 1.0"
		}
	}
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
