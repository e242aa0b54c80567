package sanitize

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Render writes what is inside n (its inner HTML). The same tree always gives the same text: attributes in the order
// they have, in double quotes; only what must be escaped is.
//
// It is meant for cleaned trees. The content of script, style and the like is escaped as any text is, so that it could
// not be read as markup by any reader.
func Render(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; {
		open(&b, c)
		if c.FirstChild != nil {
			c = c.FirstChild
			continue
		}
		for c != n {
			shut(&b, c)
			if c.NextSibling != nil {
				c = c.NextSibling
				break
			}
			c = c.Parent
		}
		if c == n {
			break
		}
	}
	return b.String()
}

// open writes a text, or the start tag of an element.
func open(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		writeEscaped(b, n.Data, false)
	case html.ElementNode:
		b.WriteByte('<')
		b.WriteString(n.Data)
		for _, a := range n.Attr {
			b.WriteByte(' ')
			if a.Namespace != "" {
				b.WriteString(a.Namespace)
				b.WriteByte(':')
			}
			b.WriteString(a.Key)
			b.WriteString(`="`)
			writeEscaped(b, a.Val, true)
			b.WriteByte('"')
		}
		b.WriteByte('>')
		// A parser drops the first line break in a pre.
		if c := n.FirstChild; n.DataAtom == atom.Pre && c != nil && c.Type == html.TextNode && strings.HasPrefix(c.Data, "\n") {
			b.WriteByte('\n')
		}
	}
}

// shut writes the end tag of an element that has one.
func shut(b *strings.Builder, n *html.Node) {
	if n.Type == html.ElementNode && !voidElements[n.Data] {
		b.WriteString("</")
		b.WriteString(n.Data)
		b.WriteByte('>')
	}
}

func escapeText(s string) string {
	var b strings.Builder
	writeEscaped(&b, s, false)
	return b.String()
}

// writeEscaped writes a text, or the value of an attribute, so that it is read as what it is. In attributes < and > are
// escaped too, so that no reader, however lax, finds a tag in one.
func writeEscaped(b *strings.Builder, s string, quoted bool) {
	last := 0
	for i := 0; i < len(s); i++ {
		var esc string
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '\r':
			esc = "&#13;"
		case '"':
			if !quoted {
				continue
			}
			esc = "&quot;"
		default:
			continue
		}
		b.WriteString(s[last:i])
		b.WriteString(esc)
		last = i + 1
	}
	b.WriteString(s[last:])
}
