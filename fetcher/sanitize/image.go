package sanitize

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lazyAttributes hold the real address of an image that a script of the page would load, in order of trust.
var lazyAttributes = []string{
	"data-original", "data-src", "data-lazy-src", "data-lazyload", "data-lazy", "data-actualsrc", "data-original-src",
	"data-real-src", "data-echo", "data-croporisrc", "data-img-src", "data-image", "data-hi-res-src", "data-full-src", "data-url",
	"data-orig-file", "data-backsrc", "lazy-src", "real_src", "_src", "original", "zoomfile", "file",
}

// lazySets hold several addresses, each with the width or density it is for.
var lazySets = []string{"srcset", "data-srcset", "data-lazy-srcset", "data-original-set"}

// maxInline bounds an image that stands in the text itself, as a data: address.
const maxInline = 512 << 10

// ImageURL returns the address that an img element shows once the page's scripts have run: a lazy attribute's, its
// src, or the best of its srcset; absolute, http or https, or a data: image that is more than a placeholder; "" where
// there is none.
func ImageURL(n *html.Node, base *url.URL) string {
	src, _ := attr(n, "src")
	plain := imageAddress(src, base)
	for _, key := range lazyAttributes {
		raw, ok := attr(n, key)
		if !ok || !looksLikeAddress(raw) {
			continue
		}
		if u := resource(raw, base); u != "" && !blank(u) {
			return u
		}
	}
	if plain != "" && !blank(plain) {
		return plain
	}
	for _, key := range lazySets {
		if raw, ok := attr(n, key); ok {
			if u := bestOf(raw, base); u != "" {
				return u
			}
		}
	}
	return ""
}

// cleanImage leaves an image with the address that it really shows, or nothing.
func cleanImage(n, root *html.Node, base *url.URL) *html.Node {
	if text := emoji(n); text != "" {
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: text}, n)
		return remove(n, root)
	}
	src := ImageURL(n, base)
	if src == "" || isPixel(n, src) {
		return remove(n, root)
	}
	kept := []html.Attribute{{Key: "src", Val: src}}
	for _, key := range []string{"alt", "title", "width", "height", "lang", "dir"} {
		raw, ok := attr(n, key)
		if !ok {
			continue
		}
		val, ok := cleanValue(n, key, raw, base)
		if size := key == "width" || key == "height"; ok && size && (val == "0" || val == "1") {
			ok = false // a placeholder's
		}
		if ok {
			kept = append(kept, html.Attribute{Key: key, Val: val})
		}
	}
	if v, _ := attr(n, "loading"); strings.EqualFold(v, "lazy") {
		kept = append(kept, html.Attribute{Key: "loading", Val: "lazy"})
	}
	n.Attr = append(kept, html.Attribute{Key: "referrerpolicy", Val: "no-referrer"})
	return following(n, root)
}

// emoji returns the text of an image that stands for a character, as blogs write them; else "".
func emoji(n *html.Node) string {
	class, _ := attr(n, "class")
	if !strings.Contains(class, "emoji") && !strings.Contains(class, "wp-smiley") {
		return ""
	}
	alt, _ := attr(n, "alt")
	if len(alt) > 64 || strings.ContainsFunc(alt, func(r rune) bool { return r < 0x80 }) {
		return ""
	}
	return alt
}

// imageAddress returns the address of an image: http, https, or a raster image in a data: address.
func imageAddress(raw string, base *url.URL) string {
	if u := resource(raw, base); u != "" {
		return u
	}
	s := trimURL(raw)
	if scheme(s) != "data" || len(s) > maxInline {
		return ""
	}
	kind, data, ok := strings.Cut(s[len("data:"):], ",")
	kind = strings.ToLower(strings.ReplaceAll(kind, " ", ""))
	name, isBase64 := strings.CutSuffix(kind, ";base64")
	if !ok || !isBase64 || !inlineImages[name] || strings.Trim(data, base64Alphabet) != "" {
		return ""
	}
	return "data:" + name + ";base64," + data
}

var inlineImages = set("image/png image/jpeg image/jpg image/gif image/webp image/avif image/bmp")

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=%"

// looksLikeAddress tells an address from the other things that data attributes hold.
func looksLikeAddress(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) > 3 && !strings.ContainsAny(s, "{}<>\n") && (hasHTTP(s) || strings.ContainsAny(s, "/.")) && !strings.HasPrefix(s, "data:")
}

// blank reports whether an address is that of a placeholder: a tiny inline image or one of the usual empty files.
func blank(u string) bool {
	if strings.HasPrefix(u, "data:") {
		return len(u) < 400
	}
	path, _, _ := strings.Cut(u, "?")
	name := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	stem, ext, ok := strings.Cut(name, ".")
	return ok && blankFiles[stem] && (ext == "gif" || ext == "png" || ext == "svg")
}

var blankFiles = set(`1x1 1px blank blank1x1 clear dot empty grey gray lazy lazyload lazy-load loading loading-lazy
	pixel pix placeholder place-holder px space spaceball spacer transparent transparent1x1 trans white`)

// isPixel reports whether an image is there to count readers.
func isPixel(n *html.Node, src string) bool {
	style, _ := attr(n, "style")
	style = strings.ToLower(strings.ReplaceAll(style, " ", ""))
	w, h := pixels(n, "width"), pixels(n, "height")
	if (w == 0 || w == 1) && (h == 0 || h == 1) {
		return true
	}
	if hasSize(style, "width") && hasSize(style, "height") {
		return true
	}
	low := strings.ToLower(src)
	for _, p := range counters {
		if strings.Contains(low, p) {
			return true
		}
	}
	return false
}

// pixels returns the number in an attribute such as width, or -1.
func pixels(n *html.Node, key string) int {
	raw, ok := attr(n, key)
	if !ok {
		return -1
	}
	v, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(raw), "px"))
	if err != nil {
		return -1
	}
	return v
}

// hasSize reports whether a style gives a size of nothing, or of one pixel.
func hasSize(style, name string) bool {
	for decl := range strings.SplitSeq(style, ";") {
		if v, ok := strings.CutPrefix(decl, name+":"); ok && (v == "0" || v == "0px" || v == "1px") {
			return true
		}
	}
	return false
}

// counters are parts of the addresses of well-known reader counters.
var counters = []string{
	"//pixel.wp.com/", "//stats.wordpress.com/", "//feeds.feedburner.com/~r/", "//feeds.wordpress.com/1.0/",
	"//www.google-analytics.com/", "//hm.baidu.com/", "//sb.scorecardresearch.com/", "//b.scorecardresearch.com/",
	"//ad.doubleclick.net/", "//www.facebook.com/tr?", "//px.ads.linkedin.com/", "//pixel.quantserve.com/", "//counter.yadro.ru/",
}

// bestOf returns the address of a srcset that has the most pixels, or "".
func bestOf(set string, base *url.URL) string {
	best, most := "", -1.0
	for _, c := range candidates(set) {
		u := resource(c.url, base)
		if u != "" && !blank(u) && c.size > most {
			best, most = u, c.size
		}
	}
	return best
}

type candidate struct {
	url  string
	size float64
}

// candidates reads a srcset as browsers do: an address ends at white space, commas at its end end the candidate.
func candidates(s string) []candidate {
	var out []candidate
	for len(out) < 100 {
		s = strings.TrimLeft(s, " \t\n\r\f,")
		if s == "" {
			break
		}
		end := strings.IndexAny(s, " \t\n\r\f")
		if end < 0 {
			end = len(s)
		}
		u := s[:end]
		s = s[end:]
		descriptor := ""
		if trimmed := strings.TrimRight(u, ","); trimmed != u {
			u = trimmed
		} else {
			descriptor, s, _ = strings.Cut(s, ",")
		}
		out = append(out, candidate{u, descriptorSize(descriptor)})
	}
	return out
}

// descriptorSize reads "640w" and "2x"; a candidate without a descriptor is 1x.
func descriptorSize(s string) float64 {
	f := strings.Fields(s)
	if len(f) == 0 || len(f[0]) < 2 {
		return 1
	}
	v, err := strconv.ParseFloat(f[0][:len(f[0])-1], 64)
	if err != nil || v < 0 || v > 1e6 {
		return 0
	}
	return v
}

// fillPicture gives the img of a picture the best address of the sources, where it has none of its own, and takes the
// sources out.
func fillPicture(pic *html.Node, base *url.URL) {
	var img *html.Node
	best := ""
	for c := pic.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.DataAtom {
		case atom.Img:
			if img == nil {
				img = c
			}
		case atom.Source:
			for _, key := range lazySets {
				if raw, ok := attr(c, key); ok && best == "" {
					best = bestOf(raw, base)
				}
			}
			pic.RemoveChild(c)
		}
		c = next
	}
	switch {
	case best == "":
	case img == nil:
		pic.AppendChild(imgNode(best))
	case ImageURL(img, base) == "":
		setAttr(img, "src", best)
	}
}

func imgNode(src string) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: "img", DataAtom: atom.Img, Attr: []html.Attribute{{Key: "src", Val: src}}}
}

// revealNoscript replaces each noscript below root by the images in it, unless the image beside it shows one already:
// pages write <img data-x="..."><noscript><img src="..."></noscript>. The rest of a noscript says "turn on JavaScript".
func revealNoscript(root *html.Node) {
	for n := root.FirstChild; n != nil; {
		next := following(n, root)
		if n.Type == html.ElementNode && n.DataAtom == atom.Noscript {
			next = after(n, root)
			reveal(n)
		}
		n = next
	}
}

func reveal(ns *html.Node) {
	defer ns.Parent.RemoveChild(ns)
	img := noscriptImage(ns)
	if img == nil {
		return
	}
	if beside := imageBeside(ns); beside != nil {
		if ImageURL(beside, nil) == "" {
			src, _ := attr(img, "src")
			setAttr(beside, "src", src)
		}
		return
	}
	ns.Parent.InsertBefore(img, ns)
}

// noscriptImage returns the one image in a noscript, out of any tree; nil where there is none, or several.
func noscriptImage(ns *html.Node) *html.Node {
	holder := ns
	if c := ns.FirstChild; c != nil && c.Type == html.TextNode && strings.Contains(c.Data, "<") {
		if !strings.Contains(c.Data, "<img") || len(c.Data) > 20_000 {
			return nil
		}
		holder = parse(c.Data)
	}
	var found *html.Node
	for e := range holder.Descendants() {
		if e.Type == html.ElementNode && e.DataAtom == atom.Img && e.Namespace == "" {
			if found != nil {
				return nil
			}
			found = e
		}
	}
	if found == nil || ImageURL(found, nil) == "" || isPixel(found, ImageURL(found, nil)) {
		return nil
	}
	found.Parent.RemoveChild(found)
	return found
}

// imageBeside returns the img that is, or is in, the element before ns or after it.
func imageBeside(ns *html.Node) *html.Node {
	for _, e := range []*html.Node{sibling(ns, false), sibling(ns, true)} {
		if e == nil {
			continue
		}
		if e.DataAtom == atom.Img {
			return e
		}
		steps := 0
		for d := range e.Descendants() {
			if d.Type == html.ElementNode && d.DataAtom == atom.Img {
				return d
			}
			if steps++; steps > 20 {
				break
			}
		}
	}
	return nil
}

// sibling returns the element next to n, before it or after it, where only white space stands between them.
func sibling(n *html.Node, forward bool) *html.Node {
	for {
		if forward {
			n = n.NextSibling
		} else {
			n = n.PrevSibling
		}
		switch {
		case n == nil:
			return nil
		case n.Type == html.ElementNode:
			return n
		case n.Type == html.TextNode && strings.TrimSpace(n.Data) != "":
			return nil
		}
	}
}
