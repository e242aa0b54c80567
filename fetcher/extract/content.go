package extract

import (
	"strings"

	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// content finds the body: the node whose children are the article, out of the page's tree or beside it. nil: nothing.
func (p *page) content(r *Result) *html.Node {
	if p.in.Rules != nil {
		for _, g := range p.in.Rules.remove {
			for _, n := range outermost(p.doc, g) {
				n.Parent.RemoveChild(n)
			}
		}
		if parts := outermost(p.doc, p.in.Rules.content); len(parts) > 0 {
			r.Strategy, r.Confidence = "rules", 1
			return gather(parts)
		} else if p.in.Rules.content != nil {
			r.Remarks = append(r.Remarks, "the rule for content selects nothing on this page")
		}
	}
	r.Strategy = "automatic"
	a, err := readability.FromDocument(p.doc, p.base)
	if err != nil || a.Node == nil {
		return nil
	}
	r.Confidence = 0.5
	return a.Node
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

// finish cleans the body and writes it out.
func (p *page) finish(r *Result, root *html.Node) {
	cleanNode(root, p.base)
	r.Text = plainText(root)
	var b strings.Builder
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		if err := html.Render(&b, c); err != nil {
			r.Remarks = append(r.Remarks, "render: "+err.Error())
		}
	}
	r.Body = strings.TrimSpace(b.String())
}

// notArticle decides whether the page holds an article at all.
func (p *page) notArticle(r *Result, root *html.Node) error {
	if root == nil {
		return &NotArticle{Kind: "empty", Reason: "no text that could be an article"}
	}
	return nil
}
