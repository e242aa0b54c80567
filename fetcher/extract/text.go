package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// inline are the elements that do not part text.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Big: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Ins: true, atom.Kbd: true, atom.Label: true, atom.Mark: true,
	atom.Q: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strike: true, atom.Strong: true, atom.Sub: true,
	atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true, atom.Img: true, atom.Ruby: true, atom.Rb: true,
	atom.Acronym: true, atom.Nobr: true, atom.Picture: true, atom.Source: true,
}

// textSkips are the elements whose text is none of the article's: code, controls, captions, pictures drawn in place.
var textSkips = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Math: true, atom.Iframe: true, atom.Object: true,
	atom.Figcaption: true, atom.Caption: true, atom.Button: true, atom.Select: true, atom.Textarea: true, atom.Rt: true, atom.Rp: true, atom.Head: true,
}

// textWriter writes text: white space squeezed, blank lines between blocks, line breaks kept.
type textWriter struct {
	b     strings.Builder
	gap   string // what comes before the next text: "", " ", "\n" or "\n\n"
	depth int
}

// plainText is the text below n, blank lines between blocks, captions left out.
func plainText(n *html.Node) string {
	var w textWriter
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
	return w.b.String()
}

func (w *textWriter) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if parent := n.Parent; parent != nil && parent.DataAtom == atom.Pre {
			w.preformatted(n.Data)
		} else {
			w.text(n.Data)
		}
	case html.ElementNode:
		if textSkips[n.DataAtom] || w.depth > 4*maxDepth {
			return
		}
		if n.DataAtom == atom.Br {
			w.want("\n")
			return
		}
		block := !inline[n.DataAtom]
		if block {
			w.want(blockGap(n.DataAtom))
		}
		w.depth++
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			w.node(c)
		}
		w.depth--
		if block {
			w.want(blockGap(n.DataAtom))
		}
	}
}

// blockGap is what parts an element from its neighbours: cells stand in a line, rows and items below one another.
func blockGap(a atom.Atom) string {
	switch a {
	case atom.Td, atom.Th:
		return " "
	case atom.Tr, atom.Li, atom.Dt, atom.Dd:
		return "\n"
	}
	return "\n\n"
}

// want asks for a gap before the next text; the widest wins, two line breaks make a blank line.
func (w *textWriter) want(gap string) {
	if gap == "\n" && w.gap == "\n" {
		gap = "\n\n"
	}
	if len(gap) > len(w.gap) || w.gap == " " {
		w.gap = gap
	}
}

func (w *textWriter) text(s string) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			if w.gap == "" && r != '\u200b' && r != '\ufeff' {
				w.gap = " "
			}
			s = s[n:]
			continue
		}
		end := n
		for end < len(s) {
			r, n := utf8.DecodeRuneInString(s[end:])
			if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
				break
			}
			end += n
		}
		w.flush()
		w.b.WriteString(s[:end])
		s = s[end:]
	}
}

func (w *textWriter) preformatted(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.want("\n")
		}
		w.text(line)
	}
}

func (w *textWriter) flush() {
	if w.b.Len() > 0 {
		w.b.WriteString(w.gap)
	}
	w.gap = ""
}

// squeeze makes each run of white space one space and trims the ends.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// nodeText is all text below n that is seen, white space squeezed.
func nodeText(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	appendText(&b, n, 0)
	return squeeze(b.String())
}

func appendText(b *strings.Builder, n *html.Node, depth int) {
	for c := n.FirstChild; c != nil && b.Len() < 64<<10 && depth < 4*maxDepth; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type != html.ElementNode || textSkips[c.DataAtom] || block.Hidden(c):
		default:
			parts := !inline[c.DataAtom]
			if parts {
				b.WriteByte(' ')
			}
			appendText(b, c, depth+1)
			if parts {
				b.WriteByte(' ')
			}
		}
	}
}

// attr is the value of an attribute, trimmed; "" where there is none.
func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return strings.TrimSpace(n.Attr[i].Val)
		}
	}
	return ""
}
