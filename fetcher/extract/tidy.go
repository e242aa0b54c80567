package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tidy gives a cleaned body the shape that a reader sees: boxes that only hold boxes go, boxes of text become paragraphs,
// what is empty goes, white space is one space, and each block at the top has a line of its own.
func tidy(root *html.Node) {
	unwrap(root, 0)
	spaces(root, false, 0)
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		if c.PrevSibling != nil && (parts(c) || parts(c.PrevSibling)) && !isSpaceText(c) && !isSpaceText(c.PrevSibling) {
			root.InsertBefore(&html.Node{Type: html.TextNode, Data: "\n"}, c)
		}
	}
}

// parts says whether a node stands on lines of its own.
func parts(n *html.Node) bool {
	return n != nil && n.Type == html.ElementNode && !inline[n.DataAtom] && n.DataAtom != atom.Br
}

func isSpaceText(n *html.Node) bool {
	return n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""
}

// boxes are the elements that say nothing but where a box begins and ends.
var boxes = map[atom.Atom]bool{
	atom.Div: true, atom.Section: true, atom.Article: true, atom.Main: true, atom.Header: true, atom.Center: true, atom.Footer: true, atom.Aside: true, atom.Nav: true, atom.Hgroup: true,
}

// hollow are the elements that mean nothing without content.
var hollow = map[atom.Atom]bool{
	atom.P: true, atom.Span: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true,
	atom.H5: true, atom.H6: true, atom.Strong: true, atom.Em: true, atom.B: true, atom.I: true, atom.U: true, atom.A: true, atom.Blockquote: true, atom.Figure: true, atom.Figcaption: true,
	atom.Table: true, atom.Tbody: true, atom.Thead: true, atom.Tr: true, atom.Small: true, atom.Font: true, atom.Mark: true, atom.Sub: true, atom.Sup: true, atom.Caption: true,
}

// unwrap works from the leaves up.
func unwrap(n *html.Node, depth int) {
	if depth > 4*maxDepth {
		return
	}
	var next *html.Node
	for c := n.FirstChild; c != nil; c = next {
		next = c.NextSibling
		if c.Type != html.ElementNode || c.DataAtom == atom.Pre {
			continue
		}
		unwrap(c, depth+1)
		switch {
		case (boxes[c.DataAtom] || hollow[c.DataAtom]) && empty(c):
			n.RemoveChild(c)
		case (c.DataAtom == atom.Span || c.DataAtom == atom.Font) && len(c.Attr) == 0:
			splice(n, c)
		case boxes[c.DataAtom] && len(c.Attr) == 0:
			blocks, text := content(c)
			switch {
			case blocks && !text, n.DataAtom == atom.Figure, n.DataAtom == atom.P, headings[n.DataAtom], inline[n.DataAtom] && !blocks, !blocks && !text && n.DataAtom == atom.Li:
				splice(n, c)
			case !blocks:
				c.DataAtom, c.Data = atom.P, "p"
			}
		}
	}
}

// content says whether an element has blocks, and whether it has text or inline elements, among its children.
func content(n *html.Node) (blocks, text bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case holdsBlocks(c):
			blocks = true
		case !isSpaceText(c) && c.DataAtom != atom.Br:
			text = true
		}
	}
	return blocks, text
}

// holdsBlocks says whether a node is a block, or an inline element around one: a link around a paragraph.
func holdsBlocks(n *html.Node) bool {
	if parts(n) {
		return true
	}
	if n.Type == html.ElementNode {
		for d := range n.Descendants() {
			if parts(d) {
				return true
			}
		}
	}
	return false
}

func empty(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if !isSpaceText(c) && c.DataAtom != atom.Br {
			return false
		}
	}
	return true
}

// splice puts an element's children in its place.
func splice(parent, n *html.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		parent.InsertBefore(c, n)
	}
	parent.RemoveChild(n)
}

// spaces makes each run of white space one space and none at the edges of blocks.
func spaces(n *html.Node, pre bool, depth int) {
	if depth > 4*maxDepth {
		return
	}
	var next *html.Node
	for c := n.FirstChild; c != nil; c = next {
		next = c.NextSibling
		if c.Type == html.ElementNode {
			spaces(c, pre || c.DataAtom == atom.Pre || c.DataAtom == atom.Textarea, depth+1)
			continue
		}
		if c.Type != html.TextNode || pre {
			continue
		}
		c.Data = oneSpace(c.Data)
		if edge(c.PrevSibling, n) {
			c.Data = strings.TrimLeftFunc(c.Data, unicode.IsSpace)
		}
		if edge(c.NextSibling, n) {
			c.Data = strings.TrimRightFunc(c.Data, unicode.IsSpace)
		}
		if c.Data == "" {
			n.RemoveChild(c)
		}
	}
}

// edge says whether a block begins or ends where the sibling is: a line break, a block, or the parent's own edge.
func edge(sibling, parent *html.Node) bool {
	if sibling == nil {
		return !inline[parent.DataAtom]
	}
	return parts(sibling) || sibling.DataAtom == atom.Br
}

// oneSpace squeezes runs of white space; a wide space of Chinese text stays where it stands alone.
func oneSpace(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		switch s[i] {
		case '\n', '\t', '\r', '\f':
			plain = false
		case ' ':
			plain = i+1 >= len(s) || s[i+1] != ' '
		case 0xE3, 0xC2:
			plain = false
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		j := i + n
		for j < len(s) {
			next, m := utf8.DecodeRuneInString(s[j:])
			if !unicode.IsSpace(next) {
				break
			}
			j += m
		}
		if j == i+n && (r == '\u3000' || r == '\u00A0') {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
		i = j
	}
	return b.String()
}

var headings = map[atom.Atom]bool{atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true}
