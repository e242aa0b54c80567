// Package sanitize makes foreign HTML safe to keep and to show, and keeps the news in it.
//
// What comes in is a publisher's markup: a feed's content or the part of a page that was found to be the article. What
// comes out holds only the elements and attributes of an allow-list, absolute addresses of harmless schemes, images
// that load without the publisher's scripts, and nothing that runs. The tree is cleaned in place, so that a page that
// was parsed for extraction is not parsed again; see Node. Fragment does the same from text to text.
//
// Cleaned HTML keeps its shape: read by a browser or cleaned again it is the same tree, because markup that a parser
// would rearrange (a link in a link, a block in a paragraph) is put into that arrangement first. MathML and SVG, whose
// parsing differs most between programs, are dropped.
//
// Everything here is a pure function of its arguments, bounded in depth and size, and safe for use by many goroutines.
package sanitize

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// MaxBytes is how much of a fragment is read; what comes after it is cut off. An article is a hundred times smaller.
const MaxBytes = 8 << 20

// maxRepairs bounds how often a tree that a parser would rearrange is rendered and parsed anew.
const maxRepairs = 4

// Fragment cleans HTML that stands inside a body, such as a feed's content. Addresses are made absolute with base, or
// with a <base> in src; without either, relative ones stay as they are. Markup that is nested too deeply for a tree is
// flattened, in the last resort to its text.
func Fragment(src string, base *url.URL) string {
	if len(src) > MaxBytes {
		src = strings.ToValidUTF8(src[:MaxBytes], "")
	}
	if !strings.ContainsAny(src, "<&\r\x00") {
		return escapeText(src)
	}
	n := parse(src)
	Node(n, base)
	return Render(n)
}

// Node cleans the tree below n in place; n itself is left alone. Addresses are made absolute with base, or with the
// first <base> below n; a base nil leaves relative ones as they are.
func Node(n *html.Node, base *url.URL) {
	base = Base(n, base)
	revealNoscript(n)
	clean(n, base)
	for range maxRepairs {
		if nests(n) {
			return
		}
		if !reparse(n) {
			return
		}
		clean(n, base)
	}
}

// Base returns the address that relative addresses below n are resolved with: the first <base href> below n, itself
// resolved with page, or else page, the address of the document.
func Base(n *html.Node, page *url.URL) *url.URL {
	for e := range n.Descendants() {
		if e.Type != html.ElementNode || e.DataAtom != atom.Base {
			continue
		}
		href, ok := attr(e, "href")
		if !ok {
			continue
		}
		u, err := url.Parse(strings.TrimSpace(href))
		if err != nil {
			return page
		}
		if page != nil {
			u = page.ResolveReference(u)
		}
		if (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			return u
		}
		return page
	}
	return page
}

// parse returns a body element that holds src. It always succeeds: what is too deep for a tree is flattened.
func parse(src string) *html.Node {
	for _, s := range []func() string{
		func() string { return src },
		func() string { return flatten(src, 200) },
		func() string { return flatten(src, 0) },
	} {
		body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
		kids, err := html.ParseFragment(strings.NewReader(s()), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
		if err != nil {
			continue
		}
		for _, k := range kids {
			body.AppendChild(k)
		}
		return body
	}
	return &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
}

// reparse puts the children of n into the arrangement that a parser gives them, and reports whether it could.
func reparse(n *html.Node) bool {
	context := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	kids, err := html.ParseFragment(strings.NewReader(Render(n)), context)
	if err != nil {
		return false
	}
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	for _, k := range kids {
		n.AppendChild(k)
	}
	return true
}

// flatten rewrites src so that no more than depth elements are open at any point; below that, only the elements that
// hold nothing stay, and the text.
func flatten(src string, depth int) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	z.SetMaxBuf(MaxBytes)
	open, skipped := 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		raw := z.Raw()
		name, _ := z.TagName()
		void := voidElements[string(name)]
		switch kind {
		case html.TextToken:
			b.Write(raw)
		case html.StartTagToken, html.SelfClosingTagToken:
			switch {
			case void:
				b.Write(raw)
			case rawText[string(name)]:
				skipRaw(z, string(name))
				b.WriteByte(' ')
			case open < depth:
				open++
				b.Write(raw)
			default:
				skipped++
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			switch {
			case void:
			case skipped > 0:
				skipped--
				b.WriteByte(' ')
			case open > 0:
				open--
				b.Write(raw)
			}
		}
	}
}

// skipRaw reads on to the end tag of an element whose content is not markup.
func skipRaw(z *html.Tokenizer, name string) {
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.EndTagToken:
			if n, _ := z.TagName(); string(n) == name {
				return
			}
		}
	}
}

// clean applies the allow-list to everything below root, in document order and without recursion.
func clean(root *html.Node, base *url.URL) {
	for n := root.FirstChild; n != nil; {
		switch n.Type {
		case html.TextNode:
			n.Data = cleanText(n.Data)
			n = following(n, root)
		case html.ElementNode:
			n = cleanElement(n, root, base)
		default:
			n = remove(n, root)
		}
	}
}

// cleanElement cleans one element and returns the node to go on with.
func cleanElement(n, root *html.Node, base *url.URL) *html.Node {
	if n.Namespace != "" {
		return remove(n, root)
	}
	if to, ok := renamed[n.Data]; ok {
		n.Data, n.DataAtom = to, atom.Lookup([]byte(to))
	}
	allowed, ok := elements[n.Data]
	switch {
	case !ok && dropped[n.Data]:
		return remove(n, root)
	case !ok:
		return unwrap(n, root)
	}
	switch n.DataAtom {
	case atom.Img:
		return cleanImage(n, root, base)
	case atom.Iframe:
		return cleanIframe(n, root, base)
	case atom.Video, atom.Audio:
		cleanMedia(n, base)
	case atom.Source:
		if p := n.Parent; p.DataAtom != atom.Video && p.DataAtom != atom.Audio {
			return remove(n, root)
		}
	case atom.Picture:
		fillPicture(n, base)
		return unwrap(n, root)
	}
	cleanAttributes(n, allowed, base)
	if n.DataAtom == atom.A && len(n.Attr) == 0 {
		return unwrap(n, root)
	}
	return following(n, root)
}

// cleanAttributes leaves the attributes of n that its element may have, in the table's order, and only with values
// that make sense.
func cleanAttributes(n *html.Node, allowed []string, base *url.URL) {
	var kept []html.Attribute
	for _, list := range [2][]string{allowed, globalAttributes} {
		for _, key := range list {
			raw, ok := attr(n, key)
			if !ok {
				continue
			}
			if val, ok := cleanValue(n, key, raw, base); ok {
				kept = append(kept, html.Attribute{Key: key, Val: val})
			}
		}
	}
	n.Attr = kept
}

// cleanValue returns the value that an allowed attribute keeps, and whether it is kept.
func cleanValue(n *html.Node, key, raw string, base *url.URL) (string, bool) {
	switch key {
	case "href":
		u := Link(raw, base)
		return u, u != ""
	case "src", "poster", "cite":
		u := resource(raw, base)
		return u, u != ""
	case "width", "height", "colspan", "rowspan", "span", "start", "value":
		return number(key, raw)
	case "class":
		return languageClass(raw)
	case "dir":
		v := strings.ToLower(strings.TrimSpace(raw))
		return v, v == "ltr" || v == "rtl" || v == "auto"
	case "lang", "type", "scope", "datetime":
		v := strings.TrimSpace(cleanText(raw))
		return v, v != "" && len(v) <= 100
	case "open", "reversed", "controls":
		return "", true
	case "title":
		v := cleanText(raw)
		return v, v != "" && len(v) <= 2000
	case "alt":
		v := cleanText(raw)
		return v, len(v) <= 4000
	}
	return raw, false
}

// number keeps small whole numbers, as widths, spans and list numbers are.
func number(key, raw string) (string, bool) {
	v := strings.TrimSpace(raw)
	sign := ""
	if key == "start" || key == "value" {
		v, sign = strings.TrimPrefix(v, "-"), v[:len(v)-len(strings.TrimPrefix(v, "-"))]
	} else {
		v = strings.TrimSuffix(v, "px")
	}
	v, _, _ = strings.Cut(v, ".")
	if v == "" || len(v) > 5 || strings.Trim(v, "0123456789") != "" {
		return "", false
	}
	v = strings.TrimLeft(v, "0")
	if v == "" {
		v = "0"
	}
	if (key == "colspan" || key == "rowspan" || key == "span") && (len(v) > 3 || v == "0" || v == "1") {
		return "", false
	}
	return sign + v, true
}

// languageClass keeps of an element's classes the one that names the language of a piece of code.
func languageClass(raw string) (string, bool) {
	for c := range strings.FieldsSeq(raw) {
		if strings.HasPrefix(c, "language-") && len(c) <= 40 && strings.Trim(c, "abcdefghijklmnopqrstuvwxyz0123456789+#-") == "" {
			return c, true
		}
	}
	return "", false
}

// cleanIframe keeps a video of a known host and drops any other frame.
func cleanIframe(n, root *html.Node, base *url.URL) *html.Node {
	src := ""
	for _, key := range []string{"src", "data-src", "data-lazy-src", "data-original"} {
		raw, _ := attr(n, key)
		if src = video(raw, base); src != "" {
			break
		}
	}
	if src == "" {
		return remove(n, root)
	}
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	kept := []html.Attribute{{Key: "src", Val: src}}
	for _, key := range []string{"title", "width", "height"} {
		raw, ok := attr(n, key)
		if !ok {
			continue
		}
		if val, ok := cleanValue(n, key, raw, nil); ok {
			kept = append(kept, html.Attribute{Key: key, Val: val})
		}
	}
	n.Attr = append(kept, html.Attribute{Key: "loading", Val: "lazy"}, html.Attribute{Key: "allowfullscreen"})
	return following(n, root)
}

// video returns the address of a frame that shows a video of a known host, over https, or "".
func video(raw string, base *url.URL) string {
	s := resource(raw, base)
	u, err := url.Parse(s)
	if s == "" || err != nil || u.User != nil || u.Port() != "" || !videoHosts[strings.ToLower(u.Host)] {
		return ""
	}
	u.Scheme = "https"
	return u.String()
}

// cleanMedia gives a video or sound controls, because the page's own scripts are gone.
func cleanMedia(n *html.Node, base *url.URL) {
	if raw, ok := attr(n, "src"); !ok || resource(raw, base) == "" {
		if lazy, ok := attr(n, "data-src"); ok {
			setAttr(n, "src", lazy)
		}
	}
	setAttr(n, "controls", "")
}

// remove takes n and all below it out of the tree and returns the node after it, in document order below root.
func remove(n, root *html.Node) *html.Node {
	next := after(n, root)
	n.Parent.RemoveChild(n)
	return next
}

// unwrap puts the children of n in its place and returns the node to go on with.
func unwrap(n, root *html.Node) *html.Node {
	next := n.FirstChild
	if next == nil {
		return remove(n, root)
	}
	for n.FirstChild != nil {
		c := n.FirstChild
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
	return next
}

// following is the next node below root in document order.
func following(n, root *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	return after(n, root)
}

// after is the next node below root in document order that is not below n.
func after(n, root *html.Node) *html.Node {
	for n != root {
		if n.NextSibling != nil {
			return n.NextSibling
		}
		n = n.Parent
	}
	return nil
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

func setAttr(n *html.Node, key, val string) {
	for i, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

// cleanText takes NUL out of a text and writes line ends as a parser does.
func cleanText(s string) string {
	if !strings.ContainsAny(s, "\r\x00") {
		return s
	}
	return textCleaner.Replace(s)
}

var textCleaner = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "")
