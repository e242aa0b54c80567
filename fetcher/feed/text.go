package feed

import (
	"html"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// squash makes one blank of every run of white space, and takes it off both ends.
func squash(s string) string {
	clean, last := true, true // last: after white space
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 {
			if c == 0xC2 || c == 0xE1 || c == 0xE2 || c == 0xE3 {
				clean = false // perhaps white space outside ASCII
				break
			}
			last = false
			continue
		}
		if isSpace(c) && (last || c != ' ') {
			clean = false
			break
		}
		last = c == ' '
	}
	if clean && !last {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}

// plainText is the text of a title, a name or a category without its HTML, if it is HTML.
func plainText(s string, kind textKind) string {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '&') < 0 {
		return s
	}
	if kind == kindPlain || kind == kindGuess && !looksLikeHTML(s) {
		return s
	}
	return html.UnescapeString(stripTags(s))
}

// titleText is a title as one line of plain text. One that is nothing but an image becomes the text that stands for the
// image, or else its file's name.
func titleText(t text) string {
	s := squash(plainText(t.s, t.kind))
	if s != "" || !strings.Contains(t.s, "<") {
		return s
	}
	sc := scanner{s: t.s}
	for {
		tok, _ := sc.next()
		if tok == tokEOF {
			return ""
		}
		if tok != tokStart || !strings.EqualFold(sc.name, "img") {
			continue
		}
		alt := sc.attr("alt")
		if alt == "" {
			alt = sc.attr("title")
		}
		if alt == "" {
			alt, _, _ = strings.Cut(path.Base(sc.attr("src")), "?")
		}
		return squash(plainText(alt, kindGuess))
	}
}

// stripTags takes tags, comments and the text of scripts and styles out of HTML; its references stay.
func stripTags(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	var b strings.Builder
	sc := scanner{s: s}
	mute := ""
	for {
		at := sc.i
		tok, text := sc.next()
		switch tok {
		case tokEOF:
			if mute == "" && at < len(s) && strings.IndexByte(s[at:], '>') < 0 { // "P/E <a": no tag
				b.WriteString(s[at:])
			}
			return b.String()
		case tokText:
			if mute == "" {
				b.WriteString(text)
			}
		case tokCDATA:
			if mute == "" {
				b.WriteString(html.EscapeString(text))
			}
		case tokStart:
			_, local := split(sc.name)
			switch local {
			case "script", "style", "noscript", "iframe", "object", "applet":
				if !sc.self && mute == "" {
					mute = local
				}
			case "br", "p", "div", "li", "tr", "td", "hr":
				b.WriteByte(' ')
			}
			continue
		case tokEnd:
			if _, local := split(sc.name); local == mute {
				mute = ""
			}
			continue
		}
	}
}

// htmlElements are the elements of HTML, of today and of old.
var htmlElements = words(`a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br button canvas caption center cite code col colgroup
	data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins
	kbd label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script
	search section select small source spacer span strike strong style sub summary sup table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp`)

var voidElements = words("area base basefont br col embed frame hr img input link meta param source spacer track wbr")

// looksLikeHTML says whether a text of unknown kind is HTML: it has a reference, an end tag or a void element, and all
// its tags are HTML's. "1 < 2" is not, nor is "the <blink> tag".
func looksLikeHTML(s string) bool {
	sure := false
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "<&")
		if j < 0 {
			break
		}
		i += j + 1
		if s[i-1] == '&' {
			sure = sure || isReference(s[i-1:])
			continue
		}
		rest := s[i:]
		if strings.HasPrefix(rest, "!--") {
			sure = true
			continue
		}
		end := strings.HasPrefix(rest, "/")
		if end {
			rest = rest[1:]
		}
		n := 0
		for n < len(rest) && n < 16 && (rest[n]|0x20-'a' < 26 || rest[n]-'0' < 10) {
			n++
		}
		if n == 0 {
			continue
		}
		name := strings.ToLower(rest[:n])
		if !htmlElements[name] {
			return false
		}
		sure = sure || end || voidElements[name]
	}
	return sure
}

// isReference says whether s begins with a reference that HTML knows, with its semicolon.
func isReference(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return false
	}
	ref := s[:end+1]
	if strings.ContainsAny(ref, " <\n") {
		return false
	}
	v := html.UnescapeString(ref)
	return v != ref && (!strings.HasSuffix(v, ";") || ref == "&semi;")
}

// bodyHTML makes HTML with absolute addresses of a summary or content.
func bodyHTML(t text, base string) string {
	if t.kind == kindPlain {
		return html.EscapeString(t.s)
	}
	return rebase(t.s, base)
}

// resolve makes ref absolute by base, byte for byte otherwise. Where either is no address, ref stays.
func resolve(base, ref string) string {
	if ref == "" || base == "" || hasScheme(ref) {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil || b.Scheme != "http" && b.Scheme != "https" {
		return ref
	}
	clean := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, ref)
	u, err := url.Parse(strings.ReplaceAll(clean, " ", "%20"))
	if err != nil {
		return ref
	}
	return b.ResolveReference(u).String()
}

// hasScheme says whether an address is absolute: https:, mailto:, urn: and so on.
func hasScheme(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c|0x20-'a' < 26:
		case i > 0 && (c-'0' < 10 || c == '+' || c == '-' || c == '.'):
		default:
			return c == ':' && i > 0
		}
	}
	return false
}

func isHTTP(s string) bool {
	return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
}

// addressAttrs are the attributes of HTML that hold an address.
func addressAttr(name string) bool {
	switch name {
	case "href", "src", "cite", "action", "longdesc", "poster", "background", "data", "codebase", "usemap", "classid", "profile", "formaction",
		"data-src", "data-original":
		return true
	}
	return false
}

// rebase makes the relative addresses in HTML absolute, and escapes a < that begins nothing. All else stays byte for
// byte.
func rebase(s, base string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	var b strings.Builder
	done := 0
	put := func(from, to int, with string) {
		b.WriteString(s[done:from])
		b.WriteString(with)
		done = to
	}
	sc := scanner{s: s}
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			break
		}
		i += j
		if i+1 == len(s) {
			break
		}
		switch c := s[i+1]; {
		case c|0x20-'a' < 26:
			sc.i = i
			sc.startTag()
			if base != "" {
				for _, a := range sc.attrs {
					if a.value == "" || a.value[0] == '#' || hasScheme(a.value) || !addressAttr(strings.ToLower(a.name)) {
						continue
					}
					ref := strings.TrimSpace(html.UnescapeString(a.value))
					if abs := resolve(base, ref); abs != ref {
						put(a.at, a.at+len(a.value), html.EscapeString(abs))
					}
				}
			}
			i = max(sc.i, i+1)
		case c == '!' && !strings.HasPrefix(s[i:], "<!--") && !strings.HasPrefix(s[i:], "<![") && !(len(s) > i+9 && strings.EqualFold(s[i+2:i+9], "doctype")):
			put(i, i+1, "&lt;")
			i++
		case c == '!' && strings.HasPrefix(s[i:], "<!--"):
			sc.i = i
			sc.comment()
			i = max(sc.i, i+1)
		default:
			i++
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// unmangle undoes a common fault: UTF-8 that was taken for Latin-1 or windows-1252 and encoded once more. It does so
// only where all of the text comes out as UTF-8.
func unmangle(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i+3 >= len(s) || s[i] != 0xC3 || s[i+1] < 0x82 { // the first is no letter that begins a character of UTF-8
		return s
	}
	if r, _ := utf8.DecodeRuneInString(s[i+2:]); latinByte(r) < 0x80 || latinByte(r) > 0xBF {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c := latinByte(r)
		if c < 0 {
			return s
		}
		b = append(b, byte(c))
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

// latinByte is the byte of r in Latin-1, else in windows-1252, else -1.
func latinByte(r rune) int {
	if r < 0x100 {
		return int(r)
	}
	if c, ok := charmap.Windows1252.EncodeRune(r); ok {
		return int(c)
	}
	return -1
}
