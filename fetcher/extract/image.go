package extract

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// noPicture is what the addresses, classes and descriptions say of images that are no pictures at all: codes to scan, logos
// and icons, portraits beside comments, placeholders, counters, buttons.
var noPicture = regexp.MustCompile(`qr[-_]?code|erweima|appqr|weixin_code|二维码|扫码|扫一扫|(?:^|[^a-z])(?:qr|ewm)(?:[^a-z]|$)` +
	`|(?:^|[^aio])logos?(?:[^a-z]|$)|favicon|touch-icon|(?:^|[^a-z])icons?(?:[^a-z]|$)|emoji|smil(?:ey|ies)|sprite|badge|button|avatar` +
	`|spacer|blank\.|transparent\.|placeholder|loading\.|lazyload\.(?:gif|png|jpg)|no[-_]?(?:image|pic)(?:[^a-z]|$)|default[-_]image` +
	`|(?:^|[/_-])pixel(?:[./?]|$)|(?:^|[^0-9])1x1\.(?:gif|png)|/tracking[/.]|doubleclick|feedburner|(?:^|[^a-z])share[_.]`)

// noLead is what is known by its address to be no picture of one article: drawings, portraits of writers, cards of the site.
var noLead = regexp.MustCompile(`\.svg(?:[?#]|$)|default-user|headshot|(?:^|/)authors?/|(?:author|profile)[-_]?(?:photo|image|pic)` +
	`|default[-_](?:og|share)|(?:image|opengraph|og|share)[-_]default|(?:^|/)og[-_]?image(?:_v\d+)?\.|fallback[-.]`)

// hints are parts of words without one of which noPicture and noLead match nothing: a quick look first.
var hints = []string{"qr", "erweima", "weixin", "二维码", "扫", "ewm", "logo", "icon", "emoji", "smil", "sprite", "badge", "button", "avatar", "spacer", "blank.", "transparent.", "placeholder", "loading.", "lazyload.", "noimage", "nopic", "no-", "no_", "default", "pixel", "1x1", "/tracking", "doubleclick", "feedburner", "share", ".svg", "headshot", "author", "profile", "og-image", "og_image", "ogimage", "opengraph", "fallback"}

// hinted says whether a text has one of the hints.
func hinted(s string) bool {
	return slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(s, h) })
}

// notPicture says whether an address, a class or a description is that of an image which is no picture.
func notPicture(s string) bool {
	s = plainAddress(s)
	return hinted(s) && noPicture.MatchString(s)
}

// notLead says whether an address is that of an image which shows no one article.
func notLead(address string) bool {
	address = plainAddress(address)
	return hinted(address) && (noPicture.MatchString(address) || noLead.MatchString(address))
}

// plainAddress is an address in lower case, its escaped characters as they are read.
func plainAddress(s string) string {
	s = strings.ToLower(s)
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// saysNoPicture says so of a description. A sentence that names a logo describes a picture with one.
func saysNoPicture(alt string) bool { return utf8.RuneCountInString(alt) < 40 && notPicture(alt) }

// image takes the lead image that the page's head names.
func (p *page) image(r *Result, h *head) {
	a := h.article()
	publisher, _ := a["publisher"].(ldObject)
	logo := absolute(p.base, ldFirst(publisher["logo"]))
	set := func(v, from string) bool {
		u := absolute(p.base, html.UnescapeString(v))
		if u == "" || u == logo || notLead(u) {
			return false
		}
		r.Image, r.Sources["image"] = u, from
		return true
	}
	for _, name := range []string{"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"} {
		for i, v := range h.metas[name] {
			if !p.saidSmall(h, name, i) && set(v, "meta "+name) {
				return
			}
		}
	}
	images, _ := a["image"].([]any)
	if images == nil {
		images = []any{a["image"]}
	}
	for _, v := range images {
		if o, ok := v.(ldObject); ok && (smallSide(fmt.Sprint(o["width"])) || smallSide(fmt.Sprint(o["height"]))) {
			continue
		}
		if set(ldFirst(v), "json-ld image") {
			return
		}
	}
	set(h.imageLink, "link image_src")
}

// saidSmall says whether the meta elements beside the i-th of a name say that it is an icon, or describe a code or a logo.
func (p *page) saidSmall(h *head, name string, i int) bool {
	at := func(part string) string {
		if v := h.metas[strings.TrimSuffix(strings.TrimSuffix(name, ":url"), ":secure_url")+part]; i < len(v) {
			return v[i]
		}
		return ""
	}
	return smallSide(at(":width")) || smallSide(at(":height")) || saysNoPicture(at(":alt"))
}

// leadImage takes the body's first picture where the head names none.
func (p *page) leadImage(r *Result, root *nethtml.Node) {
	if r.Image != "" {
		return
	}
	for n := range root.Descendants() {
		if n.DataAtom != atom.Img || smallSide(attr(n, "width")) || smallSide(attr(n, "height")) || inBox(n, root) {
			continue
		}
		u := sanitize.ImageURL(n, p.base)
		if strings.HasPrefix(u, "http") && !notLead(u) && !notPicture(attr(n, "class")) && !saysNoPicture(attr(n, "alt")) {
			r.Image, r.Sources["image"] = u, "first picture of the body"
			return
		}
	}
}

// scanHere is what stands beside codes to scan.
var scanHere = regexp.MustCompile(`二维码|扫码|扫一扫|扫描|长按识别|关注.{0,6}公众号|(?i:scan (?:the|this|here)|qr code)`)

// inBox says whether an image stands in a box of the writer's portrait, of a code to scan or of an icon.
func inBox(n, root *nethtml.Node) bool {
	for up, box := 0, n.Parent; box != nil && box != root && up < 4; up, box = up+1, box.Parent {
		c := attr(box, "class") + " " + attr(box, "id")
		for _, w := range []string{"author", "byline", "avatar", "qr", "follow", "share"} {
			if containsFold(c, w) && len(c) < 200 {
				return true
			}
		}
		if t := nodeText(box); utf8.RuneCountInString(t) < 60 && scanHere.MatchString(t) {
			return true
		}
	}
	return false
}

// smallSide says whether a width or height is given and is that of an icon, not of a picture.
func smallSide(v string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(v), "px"))
	return err == nil && n < 80
}
