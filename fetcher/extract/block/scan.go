// Package block parts a parsed page into blocks of text, describes each by numbers, and says how likely each belongs to
// the page's article.
//
// Scan walks the tree once. A box is a block-level element; a block is a run of text that no box boundary and no empty
// line parts, so a paragraph, a heading, a list item, a caption or the text of a cell. Page.Features then describes each
// block by its text, its boxes, its place, its neighbours and its likeness to title and standfirst, and a Model, learnt
// by the trainer in extract/train, turns that into a probability. The package decides nothing about metadata, rules or
// what a page without an article is.
package block

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of one page: what lies beyond is not looked at.
const (
	maxBlocks = 20_000
	maxBoxes  = 200_000
	maxWords  = 16 // of a block, that are looked up
)

// Block is a run of text.
type Block struct {
	Box        int32 // index of the innermost box around it
	start, end int32 // in Page.text
	node, stop int32 // in Page.nodes
	words      int32
	linkBytes  int32
	links      int32
	boldBytes  int32
	emBytes    int32
	upper      int32 // upper-case letters
	letters    int32 // letters of scripts that have case, or not
	digits     int32
	cjk        int32
	commas     int32
	ends       int32 // ends of sentences
	bars       int32 // | · » and the like
	quotes     int32
	capWords   int32 // words that begin with an upper-case letter
	breaks     int32 // br
	flags      blockFlags
	tok, tokTo int32  // in Page.wordIDs
	inl, inlTo int32  // in Page.classIDs: of the first inline element
	sum        uint64 // hash of the text
}

type blockFlags uint16

const (
	startsLower blockFlags = 1 << iota
	endsSentence
	endsColon
	hasCopyright
	hasAt
	hasYear
	hasTime // a time element
	hasImage
	startsLink
	quoted
	hasURL
	afterImage  // a picture stands between the block before and this one
	beforeImage // or between this one and the next
)

// Len is the length of the block's text in bytes.
func (b *Block) Len() int { return int(b.end - b.start) }

// Box is a block-level element.
type Box struct {
	Node   *html.Node
	Parent int32 // -1 at the top
	end    int32 // one after the last box inside
	first  int32 // blocks inside: first to last-1
	last   int32
	depth  int32
	tag    atom.Atom
	kind   kind
	in     place
	lists  int8
	arts   int8    // article elements around, itself included
	own    float32 // weight of class and id: own, and the least, greatest and sum from here up
	least  float32
	most   float32
	total  float32
	sig    uint64 // hash of tags and classes from here up
	tok    int32  // in Page.classIDs
	tokTo  int32
	bytes  int32
	link   int32
	good   int32
	ends   int32
	commas int32
	short  int32 // blocks that are short or mostly links
	score  float32
	near   [numSenses]uint8 // by sense: 1 + steps up to the nearest box with such a name; 0: none
	art    int32            // ordinal of the innermost article element; 0: none
}

// place says in what elements a box lies, itself included.
type place uint32

const (
	inArticle place = 1 << iota
	inMain
	inAside
	inNav
	inFooter
	inHeader
	inForm
	inTable
	inFigure
	inQuote
	inHidden
	inList
	inLink
	inHeading
	inDialog
	inDetails
	inARIAHidden
	inBodyProp // itemprop=articleBody
	inAddress
)

// kind groups the elements that mean the same.
type kind uint8

const (
	kindOther kind = iota
	kindP
	kindDiv
	kindItem
	kindH1
	kindH2
	kindH3
	kindH4
	kindCell
	kindCaption
	kindPre
	kindTerm
	kindSection
	kindQuote
)

// Page is a page in blocks.
type Page struct {
	Blocks []Block
	Boxes  []Box
	text   []byte
	nodes  []*html.Node // text nodes, in order of the blocks

	classIDs []int32
	wordIDs  []int32
	vocab    *Vocab
	lines    []line
	byNode   map[*html.Node]int32 // text node -> block, made when first asked for
}

// Text is the block's text, white space squeezed.
func (p *Page) Text(i int) string {
	b := &p.Blocks[i]
	return string(p.text[b.start:b.end])
}

// Nodes are the text nodes that make up the block.
func (p *Page) Nodes(i int) []*html.Node {
	b := &p.Blocks[i]
	return p.nodes[b.node:b.stop]
}

// scanner is the state of one walk.
type scanner struct {
	p         *Page
	box       int32
	open      bool // a block is under way: it is the last of p.Blocks
	space     bool // white space stands before the next character
	link      int
	bold      int
	em        int
	breaks    int
	depth     int
	word      uint64 // hash of the word under way; 0 between words
	lastWord  uint64
	wordAt    int // where the word under way begins in Page.text
	lastAt    int
	seen      int // words of this block looked up
	lastRune  rune
	inWord    bool
	year      int // digits of the number under way
	yearHead  uint16
	sum       uint64
	found     [numSenses]bool // in the class and id under way
	firstHalf bool            // the word before in the name may be the first half of a body's
	articles  int32
	picture   bool // a picture has been passed since the last block
}

// Scan parts the page. The vocabulary's tables say what class names and words are worth; in training they grow.
func Scan(doc *html.Node, v *Vocab) *Page {
	p := spare.Get().(*Page)
	p.vocab = v
	s := &scanner{p: p, box: -1}
	root := doc
	for n := doc.FirstChild; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			root = n
		}
	}
	s.element(root)
	s.flush()
	p.sums()
	return p
}

// spare are released pages, whose slices the next ones fill: they would be a sixth of all memory that an extraction takes.
var spare = sync.Pool{New: func() any {
	return &Page{Blocks: make([]Block, 0, 256), Boxes: make([]Box, 0, 512), text: make([]byte, 0, 16<<10)}
}}

// maxSpare is how much text, in bytes, a page may have had whose slices are kept.
const maxSpare = 512 << 10

// Release gives back the memory of a page that is no longer needed. Nothing of it may be used afterwards. A page that is
// not released is collected as anything else.
func (p *Page) Release() {
	if cap(p.text) > maxSpare {
		return
	}
	clear(p.Boxes) // they and the nodes hold the whole tree
	clear(p.nodes)
	*p = Page{
		Blocks: p.Blocks[:0], Boxes: p.Boxes[:0], text: p.text[:0], nodes: p.nodes[:0], classIDs: p.classIDs[:0], wordIDs: p.wordIDs[:0],
	}
	spare.Put(p)
}

const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// isInline are the elements that do not part text.
var isInline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Big: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Ins: true, atom.Kbd: true, atom.Label: true, atom.Mark: true,
	atom.Q: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strike: true, atom.Strong: true, atom.Sub: true,
	atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true, atom.Img: true, atom.Ruby: true, atom.Rb: true,
	atom.Acronym: true, atom.Nobr: true, atom.Picture: true, atom.Source: true,
}

func (s *scanner) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Video, atom.Iframe, atom.Audio:
		s.image()
		return
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Math, atom.Object, atom.Button, atom.Select, atom.Textarea,
		atom.Head, atom.Rt, atom.Rp, atom.Input, atom.Link, atom.Meta, atom.Canvas, atom.Option, atom.Datalist, atom.Source, atom.Map:
		return
	case atom.Br:
		s.br()
		return
	case atom.Hr:
		s.flush()
		return
	case atom.Img:
		s.image()
		return
	case atom.Wbr:
		return
	}
	if s.depth > 1000 || len(s.p.Boxes) >= maxBoxes || len(s.p.Blocks) >= maxBlocks {
		return
	}
	if n.DataAtom == 0 || !isInline[n.DataAtom] {
		s.blockElement(n)
		return
	}
	s.inlineElement(n)
}

// image notes a picture inside the block under way or between two blocks.
func (s *scanner) image() {
	if s.open {
		s.p.Blocks[len(s.p.Blocks)-1].flags |= hasImage
		return
	}
	s.picture = true
	if n := len(s.p.Blocks); n > 0 {
		s.p.Blocks[n-1].flags |= beforeImage
	}
}

func (s *scanner) children(n *html.Node) {
	s.depth++
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			s.textNode(c)
		case html.ElementNode:
			s.element(c)
		}
	}
	s.depth--
}

func (s *scanner) inlineElement(n *html.Node) {
	if hiddenInline(n) {
		return
	}
	switch n.DataAtom {
	case atom.A:
		if attr(n, "href") == "" {
			break
		}
		s.link++
		at := len(s.p.text)
		before := s.open
		s.children(n)
		s.link--
		if s.open && len(s.p.text) > at {
			b := &s.p.Blocks[len(s.p.Blocks)-1]
			b.links++
			if !before {
				b.flags |= startsLink
			}
		}
		return
	case atom.B, atom.Strong:
		s.bold++
		s.children(n)
		s.bold--
		return
	case atom.Em, atom.I:
		s.em++
		s.children(n)
		s.em--
		return
	case atom.Time:
		s.children(n)
		if s.open {
			s.p.Blocks[len(s.p.Blocks)-1].flags |= hasTime
		}
		return
	}
	fresh := !s.open
	s.children(n)
	if fresh && s.open && (n.DataAtom == atom.Span || n.DataAtom == atom.A || n.DataAtom == atom.Label) {
		b := &s.p.Blocks[len(s.p.Blocks)-1]
		if b.inlTo == 0 {
			b.inl = int32(len(s.p.classIDs))
			s.classTokens(n)
			b.inlTo = int32(len(s.p.classIDs))
		}
	}
}

func (s *scanner) blockElement(n *html.Node) {
	s.flush()
	i := int32(len(s.p.Boxes))
	b := Box{Node: n, Parent: s.box, tag: n.DataAtom, kind: kindOf(n.DataAtom), first: int32(len(s.p.Blocks)), depth: int32(s.depth)}
	if s.link > 0 {
		b.in |= inLink
	}
	s.describe(&b, n)
	s.p.Boxes = append(s.p.Boxes, b)
	outer := s.box
	s.box = i
	s.children(n)
	s.flush()
	s.box = outer
	s.p.Boxes[i].end = int32(len(s.p.Boxes))
	s.p.Boxes[i].last = int32(len(s.p.Blocks))
}

func kindOf(a atom.Atom) kind {
	switch a {
	case atom.P:
		return kindP
	case atom.Div, atom.Center:
		return kindDiv
	case atom.Li:
		return kindItem
	case atom.H1:
		return kindH1
	case atom.H2:
		return kindH2
	case atom.H3:
		return kindH3
	case atom.H4, atom.H5, atom.H6:
		return kindH4
	case atom.Td, atom.Th:
		return kindCell
	case atom.Figcaption, atom.Caption:
		return kindCaption
	case atom.Pre:
		return kindPre
	case atom.Dt, atom.Dd:
		return kindTerm
	case atom.Section, atom.Article, atom.Main:
		return kindSection
	case atom.Blockquote:
		return kindQuote
	}
	return kindOther
}

func placeOf(a atom.Atom) place {
	switch a {
	case atom.Article:
		return inArticle
	case atom.Main:
		return inMain
	case atom.Aside:
		return inAside
	case atom.Nav, atom.Menu:
		return inNav
	case atom.Footer:
		return inFooter
	case atom.Header:
		return inHeader
	case atom.Form, atom.Fieldset:
		return inForm
	case atom.Table:
		return inTable
	case atom.Figure, atom.Figcaption:
		return inFigure
	case atom.Blockquote:
		return inQuote
	case atom.Ul, atom.Ol, atom.Dl:
		return inList
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return inHeading
	case atom.Dialog:
		return inDialog
	case atom.Details:
		return inDetails
	case atom.Address:
		return inAddress
	}
	return 0
}

// describe reads the box's element: what its tag, class, id and role say, and what it inherits.
func (s *scanner) describe(b *Box, n *html.Node) {
	own := placeOf(n.DataAtom)
	h := uint64(hashStart)
	for i := 0; i < len(n.Data) && i < 16; i++ {
		h = (h ^ uint64(n.Data[i])) * hashPrime
	}
	b.tok = int32(len(s.p.classIDs))
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "class":
			h = hashClass(h, a.Val)
		case "hidden":
			own |= inHidden
		case "style":
			if hiddenStyle(a.Val) {
				own |= inHidden
			}
		case "aria-hidden":
			if a.Val == "true" {
				own |= inARIAHidden
			}
		case "role":
			own |= placeOfRole(a.Val)
		case "itemprop":
			if a.Val == "articleBody" {
				own |= inBodyProp
			}
		}
	}
	s.found = [numSenses]bool{}
	s.classTokens(n)
	b.tokTo = int32(len(s.p.classIDs))
	b.sig = h
	b.in |= own
	for k, ok := range s.found {
		if ok {
			b.near[k] = 1
		} else if s.box >= 0 {
			if d := s.p.Boxes[s.box].near[k]; d > 0 {
				b.near[k] = min(d+1, 30)
			}
		}
	}
	if n.DataAtom == atom.Article {
		s.articles++
		b.arts, b.art = 1, s.articles
	} else if s.box >= 0 {
		b.art = s.p.Boxes[s.box].art
	}
	if own&inList != 0 {
		b.lists = 1
	}
	if s.box >= 0 {
		up := &s.p.Boxes[s.box]
		b.in |= up.in
		b.arts += up.arts
		b.lists += up.lists
		b.sig = h ^ (up.sig * 31)
	}
	if n.DataAtom == atom.Body {
		b.tok, b.in, b.near = b.tokTo, 0, [numSenses]uint8{} // what body says holds for all of the page
	}
}

func placeOfRole(role string) place {
	switch role {
	case "main":
		return inMain
	case "article":
		return inArticle
	case "navigation", "menu", "menubar", "tablist":
		return inNav
	case "contentinfo":
		return inFooter
	case "complementary":
		return inAside
	case "banner":
		return inHeader
	case "dialog", "alertdialog":
		return inDialog
	case "search", "form":
		return inForm
	}
	return 0
}

func hashClass(h uint64, v string) uint64 {
	for i := 0; i < len(v) && i < 100; i++ {
		c := v[i]
		if c >= '0' && c <= '9' {
			continue
		}
		h = (h ^ uint64(c)) * hashPrime
	}
	return h
}

// hiddenStyle says whether a style attribute keeps its element from being seen.
func hiddenStyle(v string) bool {
	i := strings.Index(v, "display")
	if i >= 0 && strings.HasPrefix(strings.TrimLeft(strings.TrimLeft(v[i+7:], " "), ": "), "none") {
		return true
	}
	i = strings.Index(v, "visibility")
	return i >= 0 && strings.HasPrefix(strings.TrimLeft(strings.TrimLeft(v[i+10:], " "), ": "), "hidden")
}

// classTokens looks up the words of class and id.
func (s *scanner) classTokens(n *html.Node) {
	for i := range n.Attr {
		a := &n.Attr[i]
		if a.Key != "class" && a.Key != "id" || len(a.Val) > 300 {
			continue
		}
		s.tokens(a.Val)
	}
}

// tokens parts a name at everything that is not a letter and where a capital follows a small letter: "articleBody_main"
// is article, body, main.
func (s *scanner) tokens(v string) {
	h, n := uint64(hashStart), 0
	s.firstHalf = false
	small := false
	var buf [32]byte
	emit := func() {
		if n >= 2 && n <= len(buf) {
			first := false
			if meant.may(h) {
				m := meanings[h]
				s.found[m.sense] = m.sense != senseNone
				if m.second && s.firstHalf {
					s.found[senseBody] = true
				}
				first = m.first
			}
			s.firstHalf = first
			if id := s.p.vocab.classID(h, buf[:n]); id >= 0 {
				s.p.classIDs = append(s.p.classIDs, id)
			}
		}
		h, n = hashStart, 0
	}
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c >= 'a' && c <= 'z':
			small = true
		case c >= 'A' && c <= 'Z':
			if small {
				emit()
			}
			small = false
			c |= 0x20
		default:
			emit()
			small = false
			continue
		}
		h = (h ^ uint64(c)) * hashPrime
		if n < len(buf) {
			buf[n] = c
		}
		n++
	}
	emit()
}

func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val
		}
	}
	return ""
}

func (s *scanner) br() {
	s.space = true
	if !s.open {
		return
	}
	s.p.Blocks[len(s.p.Blocks)-1].breaks++
	s.breaks++
	if s.breaks == 2 {
		s.flush()
	}
}

func (s *scanner) textNode(n *html.Node) {
	at := len(s.p.text)
	was := s.open
	s.text(n.Data)
	if s.open && (len(s.p.text) > at || was) {
		s.p.nodes = append(s.p.nodes, n)
	}
}

func (s *scanner) begin() {
	s.open = true
	s.space = false
	s.seen, s.lastWord, s.word, s.inWord = 0, 0, 0, false
	s.sum = hashStart
	s.lastRune = 0
	var flags blockFlags
	if s.picture {
		flags, s.picture = afterImage, false
	}
	s.p.Blocks = append(s.p.Blocks, Block{Box: s.box, flags: flags, start: int32(len(s.p.text)), node: int32(len(s.p.nodes)), tok: int32(len(s.p.wordIDs))})
}

// flush ends the block under way.
func (s *scanner) flush() {
	s.breaks = 0
	s.space = false
	if !s.open {
		return
	}
	b := &s.p.Blocks[len(s.p.Blocks)-1]
	s.endWord(b)
	s.open = false
	b.end = int32(len(s.p.text))
	b.stop = int32(len(s.p.nodes))
	b.tokTo = int32(len(s.p.wordIDs))
	b.sum = s.sum
	switch s.lastRune {
	case '.', '!', '?', '。', '！', '？', '…', '"', '”', '’', '»', '“', '」', '』', ')', '）', ';', '；':
		b.flags |= endsSentence
	case ':', '：':
		b.flags |= endsColon
	}
}

func isSpace(r rune) bool {
	return r == ' ' || r >= '\t' && r <= '\r' || r == 0xA0 || r == 0x3000 || r >= 0x2000 && r <= 0x200B || r == 0xFEFF || r == 0x202F || r == 0x2028 || r == 0x2029 || r == 0x85 || r == 0x2060 || r == 0xAD
}

func (s *scanner) text(t string) {
	var b *Block
	if s.open {
		b = &s.p.Blocks[len(s.p.Blocks)-1]
	}
	from := len(s.p.text)
	for i := 0; i < len(t); {
		r, n := rune(t[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(t[i:])
		}
		if isSpace(r) {
			s.space = true
			i += n
			continue
		}
		if b == nil {
			s.begin()
			b = &s.p.Blocks[len(s.p.Blocks)-1]
			from = len(s.p.text)
		} else if s.space {
			s.p.text = append(s.p.text, ' ')
			s.endWord(b)
		}
		s.space = false
		s.breaks = 0
		s.p.text = append(s.p.text, t[i:i+n]...)
		s.char(b, r)
		i += n
	}
	if b == nil {
		return
	}
	added := int32(len(s.p.text) - from)
	if s.link > 0 || s.box >= 0 && s.p.Boxes[s.box].in&inLink != 0 {
		b.linkBytes += added
	}
	if s.bold > 0 {
		b.boldBytes += added
	}
	if s.em > 0 {
		b.emBytes += added
	}
}

// char takes one character that is no white space into the block's counts.
func (s *scanner) char(b *Block, r rune) {
	s.sum = (s.sum ^ uint64(r)) * hashPrime
	prev := s.lastRune
	s.lastRune = r
	if r < utf8.RuneSelf {
		switch {
		case r >= 'a' && r <= 'z':
			b.letters++
			if !s.inWord {
				if prev == 0 {
					b.flags |= startsLower
				}
				s.startWord()
			}
			s.word = (s.word ^ uint64(r)) * hashPrime
			return
		case r >= 'A' && r <= 'Z':
			b.letters++
			b.upper++
			if !s.inWord {
				b.capWords++
				s.startWord()
			}
			s.word = (s.word ^ uint64(r|0x20)) * hashPrime
			return
		case r >= '0' && r <= '9':
			b.digits++
			if !s.inWord {
				s.startWord()
				s.year, s.yearHead = 0, 0
			}
			s.year++
			s.yearHead = s.yearHead*10 + uint16(r-'0')
			if s.year == 4 && (s.yearHead/100 == 20 || s.yearHead/100 == 19) {
				b.flags |= hasYear
			}
			s.word = (s.word ^ '0') * hashPrime
			return
		}
		s.endWord(b)
		switch r {
		case ',':
			b.commas++
		case '.', '!', '?':
			b.ends++
		case '|', '>', '/':
			b.bars++
		case '"':
			b.quotes++
			if prev == 0 {
				b.flags |= quoted
			}
		case '@':
			b.flags |= hasAt
		case ':':
			if prev == 'p' || prev == 's' {
				b.flags |= hasURL
			}
		}
		return
	}
	s.wide(b, r, prev)
}

// wide is char for characters beyond ASCII.
func (s *scanner) wide(b *Block, r, prev rune) {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF || r >= 0x3040 && r <= 0x30FF || r >= 0x3400 && r <= 0x4DBF || r >= 0xAC00 && r <= 0xD7A3 || r >= 0x20000 && r <= 0x3FFFF:
		b.cjk++
		b.letters++
		s.endWord(b)
		s.startWord()
		s.word = (s.word ^ uint64(r)) * hashPrime
		s.endWord(b)
		return
	case r == '，' || r == '、':
		b.commas++
	case r == '。' || r == '！' || r == '？' || r == '…':
		b.ends++
	case r == '·' || r == '»' || r == '•' || r == '›' || r == '｜' || r == '→' || r == '▸' || r == '►' || r == '❯':
		b.bars++
	case r == '©' || r == '®':
		b.flags |= hasCopyright
	case r == '“' || r == '”' || r == '„' || r == '«' || r == '「':
		b.quotes++
		if prev == 0 {
			b.flags |= quoted
		}
	case unicode.IsLetter(r):
		b.letters++
		if unicode.IsUpper(r) {
			b.upper++
			if !s.inWord {
				b.capWords++
			}
			r = unicode.ToLower(r)
		} else if prev == 0 {
			b.flags |= startsLower
		}
		if !s.inWord {
			s.startWord()
		}
		s.word = (s.word ^ uint64(r)) * hashPrime
		return
	}
	s.endWord(b)
}

// startWord begins a word with the character just written.
func (s *scanner) startWord() {
	_, n := utf8.DecodeLastRune(s.p.text)
	s.wordAt = len(s.p.text) - n
	s.inWord = true
	s.word = hashStart
	s.year, s.yearHead = 0, 0
}

func (s *scanner) endWord(b *Block) {
	if !s.inWord {
		return
	}
	s.inWord = false
	b.words++
	if s.seen < maxWords {
		s.seen++
		if id := s.p.vocab.wordID(s.word, s.p.text[s.wordAt:]); id >= 0 {
			s.p.wordIDs = append(s.p.wordIDs, id)
		}
		if s.lastWord != 0 {
			if id := s.p.vocab.wordID(s.lastWord*31^s.word, s.p.text[s.lastAt:]); id >= 0 {
				s.p.wordIDs = append(s.p.wordIDs, id)
			}
		}
	}
	s.lastWord, s.lastAt = s.word, s.wordAt
}

// Hidden says whether an element's own attributes keep it from being seen.
func Hidden(n *html.Node) bool {
	for i := range n.Attr {
		a := &n.Attr[i]
		if a.Key == "hidden" || a.Key == "style" && hiddenStyle(a.Val) {
			return true
		}
	}
	return inlineHidden(n)
}

func inlineHidden(n *html.Node) bool {
	return n.DataAtom != 0 && isInline[n.DataAtom] && n.DataAtom != atom.Img && hiddenInline(n)
}

// Around is the element that holds the blocks first to last, the smallest such.
func (p *Page) Around(first, last int) *html.Node {
	at := p.Blocks[first].Box
	for at >= 0 && (p.Boxes[at].first > int32(first) || p.Boxes[at].last <= int32(last)) {
		at = p.Boxes[at].Parent
	}
	if at < 0 {
		return nil
	}
	return p.Boxes[at].Node
}

// IsBody says whether a node is the page's body.
func IsBody(n *html.Node) bool { return n.DataAtom == atom.Body || n.DataAtom == atom.Html }

// Share is how much of a text's runs of three words another text holds.
func Share(text, of string) float64 { return float64(share(text, shingleSet(of))) }

// Titled says whether a block's box is a heading or is named as the place of a title.
func (p *Page) Titled(i int) bool {
	b := p.Blocks[i].Box
	return b >= 0 && (p.Boxes[b].in&inHeading != 0 || p.Boxes[b].near[senseHead] == 1)
}

// Heading is the level of the heading that a block is: 1 to 4 (for h4 and below); 0 for other text.
func (p *Page) Heading(i int) int {
	b := p.Blocks[i].Box
	if b < 0 {
		return 0
	}
	switch p.Boxes[b].kind {
	case kindH1:
		return 1
	case kindH2:
		return 2
	case kindH3:
		return 3
	case kindH4:
		return 4
	}
	return 0
}

// At is the index of the first block that holds text of the node or follows it; -1 where the node is not on the page.
func (p *Page) At(n *html.Node) int {
	if p.byNode == nil {
		p.byNode = make(map[*html.Node]int32, len(p.nodes))
		for i := range p.Blocks {
			for _, t := range p.Nodes(i) {
				if _, ok := p.byNode[t]; !ok {
					p.byNode[t] = int32(i)
				}
			}
		}
	}
	for ; n != nil; n = n.NextSibling {
		for d := range n.Descendants() {
			if i, ok := p.byNode[d]; ok {
				return int(i)
			}
		}
		if i, ok := p.byNode[n]; ok {
			return int(i)
		}
		if n.NextSibling == nil && n.Parent != nil {
			n = n.Parent
		}
	}
	return -1
}

// HasDigits says whether a block holds at least four digits.
func (p *Page) HasDigits(i int) bool { return p.Blocks[i].digits >= 4 }

// CJK says whether at least a quarter of the page's letters are Chinese, Japanese or Korean.
func (p *Page) CJK() bool {
	var cjk, letters int32
	for i := range p.Blocks {
		cjk += p.Blocks[i].cjk
		letters += p.Blocks[i].letters
	}
	return cjk*4 > letters
}

// Running says whether a block is running text: a sentence at least, and more than links.
func (p *Page) Running(i int) bool { return p.Blocks[i].good() }

// Links counts the page's links, the bytes of their text and of all text.
func (p *Page) Links() (links, linkBytes, all int) {
	for i := range p.Blocks {
		b := &p.Blocks[i]
		links += int(b.links)
		if b.links == 0 && b.linkBytes > 0 {
			links++
		}
		linkBytes += int(b.linkBytes)
		all += b.Len()
	}
	return links, linkBytes, all
}
