package sanitize

import (
	"strings"

	"golang.org/x/net/html"
)

// nests reports whether the tree below root, once rendered, would be parsed into the same tree. It knows the rules by
// which a parser moves the allowed elements; it may say no where the answer is yes, which costs a parse.
func nests(root *html.Node) bool {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && !staysIn(n, root) || n.Type == html.TextNode && !textStays(n, root) {
			return false
		}
	}
	return true
}

// staysIn reports whether a parser leaves n where it is.
func staysIn(n, root *html.Node) bool {
	switch name := n.Data; {
	case tableParents[name] != nil:
		if n.Parent == root || !tableParents[name][n.Parent.Data] {
			return false
		}
	case n.Parent != root && tableOnly[n.Parent.Data]:
		return false
	case name == "a":
		return !within(n, root, "a", cellBoundary)
	case name == "li" && within(n, root, "li", listBoundary):
		return false
	case (name == "dd" || name == "dt") && (within(n, root, "dd", listBoundary) || within(n, root, "dt", listBoundary)):
		return false
	case name == "rt" || name == "rp":
		return n.Parent == root || (n.Parent.Data != "rt" && n.Parent.Data != "rp")
	case heading[name] && n.Parent != root && heading[n.Parent.Data]:
		return false
	}
	return !closesP[n.Data] || !within(n, root, "p", cellBoundary)
}

// textStays reports whether a parser leaves a text where it is: between the parts of a table only white space does.
func textStays(n, root *html.Node) bool {
	if n.Parent == root || !tableOnly[n.Parent.Data] {
		return true
	}
	return strings.Trim(n.Data, " \t\n\f") == ""
}

// within reports whether n is inside an element of this name below root, with no element of boundary between them.
func within(n, root *html.Node, name string, boundary map[string]bool) bool {
	for p := n.Parent; p != nil && p != root; p = p.Parent {
		if p.Data == name {
			return true
		}
		if boundary[p.Data] {
			return false
		}
	}
	return false
}

var (
	tableParents = map[string]map[string]bool{
		"caption": set("table"), "colgroup": set("table"), "thead": set("table"), "tbody": set("table"), "tfoot": set("table"),
		"tr": set("thead tbody tfoot"), "td": set("tr"), "th": set("tr"), "col": set("colgroup"),
	}
	tableOnly    = set("table colgroup thead tbody tfoot tr")
	cellBoundary = set("td th caption")
	listBoundary = set("ul ol dl td th caption table blockquote section article aside figure figcaption details summary pre h1 h2 h3 h4 h5 h6")
	heading      = set("h1 h2 h3 h4 h5 h6")
	closesP      = set(`article aside blockquote dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section
		summary table ul`)
)
