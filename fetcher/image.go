package fetcher

import (
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// leadImage picks the picture of an article: what the page names (og:image, JSON-LD), else the first picture in the
// body, else the feed's own; each only if it can be taken for a picture of the news.
func leadImage(named, body, own string) string {
	if usable(named) {
		return named
	}
	if u := bodyImage(body); u != "" {
		return u
	}
	if usable(own) {
		return own
	}
	return ""
}

// bodyImage is the first usable picture of a cleaned body.
func bodyImage(body string) string {
	for a := range images(body) {
		if usable(a["src"]) && !small(a["width"]) && !small(a["height"]) && !badWords(strings.ToLower(a["alt"])) {
			return a["src"]
		}
	}
	return ""
}

// firstImage is the first picture of a body, whatever it shows; its address made absolute.
func firstImage(body string, base *url.URL) string {
	for a := range images(body) {
		if u := httpOnly(sanitize.Link(a["src"], base)); u != "" {
			return u
		}
	}
	return ""
}

// images yields the attributes of each picture of a body, in their order.
func images(body string) iter.Seq[map[string]string] {
	return func(yield func(map[string]string) bool) {
		z := html.NewTokenizer(strings.NewReader(body))
		for {
			switch z.Next() {
			case html.ErrorToken:
				return
			case html.StartTagToken, html.SelfClosingTagToken:
				if name, more := z.TagName(); string(name) == "img" && !yield(attributes(z, more)) {
					return
				}
			}
		}
	}
}

// small reports whether a width or height is that of an icon.
func small(size string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(size), "px"))
	return err == nil && n < 100
}

// usable reports whether an address can be that of a picture of the news: not a QR code, a logo, an icon, a portrait of
// the author or a counting pixel, as far as its name tells.
func usable(u string) bool {
	if httpOnly(u) == "" || len(u) > 4000 {
		return false
	}
	path := u
	if p, err := url.Parse(u); err == nil {
		if p.Path == "" || p.Path == "/" {
			return false
		}
		path = p.Path
	}
	path = strings.ToLower(path)
	if strings.HasSuffix(path, ".svg") || strings.HasSuffix(path, ".ico") {
		return false
	}
	return !badWords(path) && !standIn(path[strings.LastIndexByte(path, '/')+1:])
}

// standIn reports whether a file's name is that of the picture a site shows where an article has none of its own.
func standIn(file string) bool {
	name, _, _ := strings.Cut(file, ".")
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' })
	if !slices.Contains(words, "default") && !slices.Contains(words, "fallback") {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !standInWords[w] })
}

var standInWords = map[string]bool{
	"default": true, "fallback": true, "share": true, "sharing": true, "social": true, "og": true, "opengraph": true, "facebook": true,
	"twitter": true, "image": true, "img": true, "thumb": true, "thumbnail": true, "card": true, "cover": true, "site": true, "large": true, "small": true,
}

// badWords reports whether one of the words of a name says that the picture is no news.
func badWords(name string) bool {
	for w := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return r < 0x80 && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		if bad[strings.TrimRight(w, "0123456789")] || bad[w] {
			return true
		}
	}
	return strings.Contains(name, "二维码") || strings.Contains(name, "qrcode")
}

var bad = map[string]bool{
	"qr": true, "qrcode": true, "ewm": true, "erweima": true, "logo": true, "logos": true, "icon": true, "icons": true,
	"favicon": true, "avatar": true, "avatars": true, "gravatar": true, "sprite": true, "pixel": true, "spacer": true, "blank": true,
	"placeholder": true, "loading": true, "emoji": true, "smiley": true, "wechat": true, "weixin": true, "badge": true, "1x1": true,
}
