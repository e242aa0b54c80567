package extract

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep the fallback nests elements; what lies deeper is put beside.
const maxDepth = 200

// parse gives the page's tree. The parser refuses pages that nest more than 512 elements, so these get a plain tree
// of their tokens.
func parse(text []byte) (doc *html.Node, remark string) {
	doc, err := html.Parse(bytes.NewReader(text))
	if err == nil {
		return doc, ""
	}
	return parseTokens(text), "nested too deep for the HTML parser: read token by token"
}

// voidElements have no end tag.
var voidElements = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true, atom.Img: true, atom.Input: true,
	atom.Link: true, atom.Meta: true, atom.Param: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
}

// parseTokens builds a tree by the tags alone, never deeper than maxDepth: an end tag closes the nearest open element of
// its name, and none where there is none.
func parseTokens(text []byte) *html.Node {
	doc := &html.Node{Type: html.DocumentNode}
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Html, Data: "html"}
	doc.AppendChild(root)
	open := []*html.Node{root}
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return doc
		}
		top := open[len(open)-1]
		t := z.Token()
		switch kind {
		case html.TextToken:
			top.AppendChild(&html.Node{Type: html.TextNode, Data: t.Data})
		case html.StartTagToken, html.SelfClosingTagToken:
			if t.DataAtom == atom.Html {
				continue
			}
			if t.DataAtom == atom.P && top.DataAtom == atom.P {
				open = open[:len(open)-1]
				top = open[len(open)-1]
			}
			n := &html.Node{Type: html.ElementNode, DataAtom: t.DataAtom, Data: strings.ToLower(t.Data), Attr: t.Attr}
			top.AppendChild(n)
			if kind == html.StartTagToken && !voidElements[t.DataAtom] && len(open) < maxDepth {
				open = append(open, n)
			}
		case html.EndTagToken:
			for i := len(open) - 1; i > 0; i-- {
				if open[i].Data == t.Data {
					open = open[:i]
					break
				}
			}
		}
	}
}
