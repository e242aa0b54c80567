package extract

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// content finds the body and returns the node whose children are the article, cut out of the page's tree or made
// anew; nil: nothing. It uses up the tree.
func (p *page) content(r *Result) *html.Node {
	for _, set := range p.rules() {
		if !set.content.set() {
			continue
		}
		if parts := p.selected(set.content); len(parts) > 0 {
			r.Strategy, r.Confidence = set.name, 1
			r.Sources["body"] = set.from(set.content)
			root := gather(parts)
			dropUnseen(root)
			return root
		}
		r.Remarks = append(r.Remarks, "content: "+set.from(set.content)+" select nothing on this page")
	}
	r.Strategy = "automatic"
	root := p.carve()
	return p.structured(r, root)
}

// selected are the outermost elements that a content rule selects; none where they hold neither text nor pictures, as on
// pages that a script fills.
func (p *page) selected(r rule) []*html.Node {
	parts := outermost(p.doc, r)
	for _, n := range parts {
		if nodeText(n) != "" {
			return parts
		}
		for d := range n.Descendants() {
			if d.DataAtom == atom.Img {
				return parts
			}
		}
	}
	return nil
}

// gather moves the nodes into one new container.
func gather(parts []*html.Node) *html.Node {
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	for _, n := range parts {
		n.Parent.RemoveChild(n)
		root.AppendChild(n)
	}
	return root
}

// dropUnseen removes what a browser would not show.
func dropUnseen(root *html.Node) {
	var next *html.Node
	for c := root.FirstChild; c != nil; c = next {
		next = c.NextSibling
		if c.Type == html.ElementNode && (textSkips[c.DataAtom] && !captions[c.DataAtom] && c.DataAtom != atom.Noscript && c.DataAtom != atom.Iframe || block.Hidden(c)) {
			root.RemoveChild(c)
			continue
		}
		dropUnseen(c)
	}
}

var captions = map[atom.Atom]bool{atom.Figcaption: true, atom.Caption: true}

// decide asks the model which blocks to keep.
func (p *page) decide(r *Result) {
	p.odds = block.Default().Score(p.blocks, p.evidence())
	p.blocks.Mend(p.odds)
	if p.blocks.Anchor(p.odds, squeeze(html.UnescapeString(stripTags(p.in.Summary)))) {
		r.Remarks = append(r.Remarks, "hardly any text was found by itself: the feed's summary shows where the article is")
	}
	var kept, sure, all float64
	for i := range p.odds {
		n := float64(p.blocks.Blocks[i].Len())
		all += n
		if p.odds[i] > 0 {
			kept += n
			sure += n * (1 - 1/(1+float64(p.odds[i]*p.odds[i])))
		}
	}
	if kept > 0 {
		r.Confidence = sure / kept
	}
}

// carver cuts the kept blocks out of the tree.
type carver struct {
	keep  map[*html.Node]bool // text nodes
	drop  map[*html.Node]bool
	began bool // a kept text has been passed
	left  int  // kept texts to come
	base  *url.URL
}

// carve returns the smallest element that holds all kept blocks, rid of everything else. Pictures stay where they stand
// between kept blocks, or right before the first.
func (p *page) carve() *html.Node {
	c := &carver{keep: map[*html.Node]bool{}, drop: map[*html.Node]bool{}, base: p.base}
	first, last := -1, -1
	for i := range p.odds {
		if p.odds[i] <= 0 {
			for _, n := range p.blocks.Nodes(i) {
				c.drop[n] = true
			}
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
		for _, n := range p.blocks.Nodes(i) {
			c.keep[n] = true
			c.left++
		}
	}
	if first < 0 {
		return nil
	}
	root := p.blocks.Around(first, last)
	if root == nil {
		return nil
	}
	for i := max(0, first-3); i < last; i++ { // a picture may stand above the first paragraph
		if p.odds[i] <= 0 {
			if box := p.blocks.Figure(i); box != nil {
				makeFigure(box, p.blocks.Nodes(i))
			}
		}
	}
	if root.DataAtom == atom.P || !block.IsBody(root) && inline[root.DataAtom] {
		// One paragraph is the article: it keeps its own element.
		box := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
		root.Parent.InsertBefore(box, root)
		root.Parent.RemoveChild(root)
		box.AppendChild(root)
		root = box
	}
	c.prune(root)
	return root
}

// makeFigure turns a box of a picture and its caption into a figure, so that both stay together and the caption is none of
// the text.
func makeFigure(box *html.Node, caption []*html.Node) {
	switch box.DataAtom {
	case atom.Div, atom.P, atom.Span, atom.Section, atom.Center:
	default:
		return
	}
	var part *html.Node
	for _, n := range caption {
		for n.Parent != box {
			n = n.Parent
		}
		if part != nil && n != part || n.Type != html.ElementNode || holdsPicture(n) {
			return // words beside the picture that nothing holds together
		}
		part = n
	}
	box.DataAtom, box.Data = atom.Figure, "figure"
	part.DataAtom, part.Data = atom.Figcaption, "figcaption"
}

func holdsPicture(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.DataAtom == atom.Img {
			return true
		}
	}
	return false
}

// content says what is below a node.
type held struct {
	text    bool // kept text
	dropped int  // bytes of dropped text
	links   int
	images  int
}

// prune removes what is not kept below n, and says what is left.
func (c *carver) prune(n *html.Node) held {
	var h held
	var next *html.Node
	for k := n.FirstChild; k != nil; k = next {
		next = k.NextSibling
		switch k.Type {
		case html.TextNode:
			switch {
			case c.keep[k]:
				c.began = true
				c.left--
				h.text = true
			case c.drop[k]:
				h.dropped += len(k.Data)
				if !captioned(k) {
					n.RemoveChild(k)
				}
			case strings.TrimSpace(k.Data) != "":
				n.RemoveChild(k)
			}
		case html.ElementNode:
			sub := c.element(n, k)
			h.text = h.text || sub.text
			h.dropped += sub.dropped
			h.links += sub.links
			h.images += sub.images
		default:
			n.RemoveChild(k)
		}
	}
	return h
}

// captioned says whether a node is or stands in the caption of a figure, which goes or stays with its picture.
func captioned(n *html.Node) bool {
	for up := 0; n != nil && up < 6; n, up = n.Parent, up+1 {
		if n.DataAtom == atom.Figcaption {
			return true
		}
	}
	return false
}

// element prunes one element and removes it from its parent where nothing worth keeping is left.
func (c *carver) element(parent, k *html.Node) held {
	switch k.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Svg, atom.Math, atom.Button, atom.Select, atom.Textarea, atom.Input, atom.Form, atom.Link, atom.Meta, atom.Object, atom.Canvas, atom.Nav:
		if k.DataAtom != atom.Form && k.DataAtom != atom.Nav {
			parent.RemoveChild(k)
			return held{}
		}
	case atom.Br, atom.Hr, atom.Wbr:
		if !c.began || c.left == 0 {
			parent.RemoveChild(k)
		}
		return held{}
	case atom.Img, atom.Picture, atom.Video, atom.Audio, atom.Iframe, atom.Noscript:
		if !c.showsHere(k) {
			parent.RemoveChild(k)
			return held{}
		}
		return held{images: 1}
	}
	before := c.began
	h := c.prune(k)
	switch {
	case h.text, captioned(k): // a caption stays or goes with its figure
		return h
	case (k.DataAtom == atom.Td || k.DataAtom == atom.Th) && h.dropped == 0: // an empty cell, with its row: the others would move
		return h
	}
	if k.DataAtom == atom.A {
		h.links += 1
	}
	// Without kept text only pictures are worth keeping: a figure, or a box with a picture and hardly any words.
	picture := h.images > 0 && (k.DataAtom == atom.Figure || h.dropped < 300) && h.links <= 1+h.images && h.images <= 30
	if !picture || !before && c.left == 0 {
		parent.RemoveChild(k)
		return held{dropped: h.dropped, links: h.links}
	}
	return h
}

// showsHere says whether a picture at this place belongs to the article: after the article's last text it does not.
func (c *carver) showsHere(n *html.Node) bool {
	if c.left == 0 || block.Hidden(n) {
		return false
	}
	src := attr(n, "src")
	if n.DataAtom == atom.Img {
		src = sanitize.ImageURL(n, c.base) // what a lazy image will show, not its placeholder
	}
	return !notPicture(src) && !notPicture(attr(n, "class")) && !notPicture(attr(n, "alt"))
}

// structured weighs the body that the page's JSON-LD gives against the one that was found. It is taken only where the
// two agree and the page shows but a part, or shows nothing.
func (p *page) structured(r *Result, root *html.Node) *html.Node {
	body := p.evidence().Body
	if len(body) < 600 {
		return root
	}
	found := 0
	var text string
	if root != nil {
		text = plainText(root)
		found = len(text)
	}
	if found*2 > len(body) || found > 0 && block.Share(text, body) < 0.7 {
		return root
	}
	r.Strategy = "json-ld"
	r.Confidence = 0.7
	out := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	for _, par := range strings.FieldsFunc(body, func(c rune) bool { return c == '\n' || c == '\r' }) {
		par = squeeze(stripTags(par))
		if par == "" {
			continue
		}
		n := &html.Node{Type: html.ElementNode, DataAtom: atom.P, Data: "p"}
		n.AppendChild(&html.Node{Type: html.TextNode, Data: par})
		out.AppendChild(n)
	}
	return out
}

// stripTags removes markup from text that should have none.
func stripTags(s string) string {
	if !strings.ContainsAny(s, "<") {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
			b.WriteByte(' ')
		}
	}
}

// finish cleans the body and writes it out.
func (p *page) finish(r *Result, root *html.Node) {
	r.Text = plainText(root)
	p.leadImage(r, root)
	sanitize.Node(root, p.base)
	tidy(root)
	r.Body = strings.TrimSpace(sanitize.Render(root))
}
