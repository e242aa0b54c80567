package extract

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cleanNode makes the tree below n safe and its addresses absolute.
func cleanNode(n *html.Node, base *url.URL) {
	var next *html.Node
	for c := n.FirstChild; c != nil; c = next {
		next = c.NextSibling
		if c.Type == html.CommentNode || textSkips[c.DataAtom] && c.DataAtom != atom.Figcaption && c.DataAtom != atom.Caption {
			n.RemoveChild(c)
			continue
		}
		if c.Type != html.ElementNode {
			continue
		}
		kept := c.Attr[:0]
		for _, a := range c.Attr {
			switch a.Key {
			case "href", "src":
				if u := absolute(base, a.Val); u != "" {
					kept = append(kept, html.Attribute{Key: a.Key, Val: u})
				}
			case "alt", "title", "colspan", "rowspan", "width", "height", "datetime":
				kept = append(kept, a)
			}
		}
		c.Attr = kept
		cleanNode(c, base)
	}
}

// absolute resolves an address against the page's; "" for what is not http(s) or cannot be read.
func absolute(base *url.URL, ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}
