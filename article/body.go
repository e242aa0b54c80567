package article

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// appendBody appends inner HTML as a file holds it. Braces and runs of three or more backticks or tildes are written as
// entities, so that no site generator takes them for its own; characters that no page shows go. With squeeze no blank
// line is left, so that Markdown takes the whole body for one block of HTML and never touches it: outside <pre> and
// <textarea> such lines go, inside them the line break before is written &#10;.
func appendBody(dst []byte, body string, squeeze bool) []byte {
	body = visible(body)
	if squeeze {
		body = strings.Trim(body, " \t\n")
	}
	var at place
	for i := 0; i < len(body); {
		c := body[i]
		switch {
		case c == '{':
			dst = append(dst, "&#123;"...)
			i++
			continue
		case c == '}':
			dst = append(dst, "&#125;"...)
			i++
			continue
		case c == '`' || c == '~':
			n := i + 1
			for n < len(body) && body[n] == c {
				n++
			}
			if n-i < 3 {
				dst = append(dst, body[i:n]...)
			} else if c == '`' {
				dst = append(dst, strings.Repeat("&#96;", n-i)...)
			} else {
				dst = append(dst, strings.Repeat("&#126;", n-i)...)
			}
			i = n
			continue
		case c == '\n' && squeeze:
			if end := blankLine(body, i+1); end > 0 {
				if at.literal(body, i) {
					dst = append(append(dst, "&#10;"...), body[i+1:end]...)
					i = end
				} else {
					i = end // the blank line goes; its end is looked at again
				}
				continue
			}
			dst = append(dst, '\n')
			i++
			continue
		}
		n := strings.IndexAny(body[i+1:], "{}`~\n")
		if n < 0 {
			return append(dst, body[i:]...)
		}
		dst = append(dst, body[i:i+1+n]...)
		i += 1 + n
	}
	return dst
}

// unescapeBody gives back what appendBody was given, as far as it can be known: appendBody(unescapeBody(s)) == s for each
// s that appendBody wrote. An entity that the page itself had is undone only where it means the same.
func unescapeBody(s string, squeezed bool) string {
	if !strings.Contains(s, "&#1") && !strings.Contains(s, "&#96;") {
		return s
	}
	var at place
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		n := strings.IndexByte(s[i:], '&')
		if n < 0 {
			return string(append(out, s[i:]...))
		}
		out = append(out, s[i:i+n]...)
		i += n
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, "&#123;"):
			out = append(out, '{')
			i += len("&#123;")
		case strings.HasPrefix(rest, "&#125;"):
			out = append(out, '}')
			i += len("&#125;")
		case strings.HasPrefix(rest, "&#96;"):
			out, i = unescapeRun(out, s, i, "&#96;", '`')
		case strings.HasPrefix(rest, "&#126;"):
			out, i = unescapeRun(out, s, i, "&#126;", '~')
		case squeezed && strings.HasPrefix(rest, "&#10;"):
			end := i
			for end < len(s) {
				if s[end] == ' ' || s[end] == '\t' {
					end++
				} else if strings.HasPrefix(s[end:], "&#10;") {
					end += len("&#10;")
				} else {
					break
				}
			}
			if end < len(s) && s[end] == '\n' && !startsLine(s, i) && at.literal(s, i) {
				out = append(out, strings.ReplaceAll(s[i:end], "&#10;", "\n")...)
			} else {
				out = append(out, s[i:end]...)
			}
			i = end
		default:
			out = append(out, '&')
			i++
		}
	}
	return string(out)
}

// unescapeRun undoes a run of three or more of one entity, unless the character itself stands beside it: appendBody would
// have written that one as an entity too.
func unescapeRun(out []byte, s string, i int, entity string, char byte) (dst []byte, next int) {
	n := 0
	for next = i; strings.HasPrefix(s[next:], entity); next += len(entity) {
		n++
	}
	beside := next < len(s) && s[next] == char || len(out) > 0 && out[len(out)-1] == char
	if n < 3 || beside {
		return append(out, s[i:next]...), next
	}
	return append(out, bytes.Repeat([]byte{char}, n)...), next
}

// startsLine reports whether nothing but spaces and tabs stands before s[i] in its line. An entity there is the page's own.
func startsLine(s string, i int) bool {
	for i > 0 && (s[i-1] == ' ' || s[i-1] == '\t') {
		i--
	}
	return i == 0 || s[i-1] == '\n'
}

// blankLine returns the end of the line that begins at i if there is nothing but spaces and tabs in it, else 0.
func blankLine(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t':
		case '\n':
			return i
		default:
			return 0
		}
	}
	return 0
}

// visible makes line ends LF and deletes the characters that clean deletes, but tabs and line feeds.
func visible(s string) string {
	if allVisible(s) {
		return s
	}
	if strings.Contains(s, "\r") {
		s = lineEnds.Replace(s)
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r == '\n' || r == '\t' || !unseen(r) {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// allVisible reports whether visible changes nothing. Only bytes that a deleted character can begin with are decoded.
func allVisible(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7F:
			return false
		case c == 0xC2 || c >= 0xEF:
			if r, _ := utf8.DecodeRuneInString(s[i:]); unseen(r) {
				return false
			}
		}
	}
	return utf8.ValidString(s)
}

// place follows the tags of a body and knows whether a position is text inside <pre> or <textarea>. Positions must be
// asked for in ascending order; the whole body is read once.
type place struct {
	pos      int // all before it was read
	tagEnd   int // where the tag that begins at pos ends; 0 where none was looked at
	pre      int // <pre> elements that are open
	textarea bool
}

// literal reports whether s[i] is text in which white space counts.
func (p *place) literal(s string, i int) bool {
	for p.pos < i {
		if p.tagEnd == 0 {
			n := strings.IndexByte(s[p.pos:i], '<')
			if n < 0 {
				p.pos = i
				break
			}
			p.pos += n
			p.tagEnd = p.tag(s, p.pos)
		}
		if p.tagEnd > i {
			return false // inside a tag or a comment
		}
		p.enter(s[p.pos:p.tagEnd])
		p.pos, p.tagEnd = p.tagEnd, 0
	}
	return p.pre > 0 || p.textarea
}

// tag returns the end of the tag or comment that begins at i.
func (p *place) tag(s string, i int) int {
	rest := s[i:]
	switch {
	case p.textarea && !foldPrefix(rest, "</textarea"):
		return i + 1
	case strings.HasPrefix(rest, "<!--"):
		if n := strings.Index(rest[4:], "-->"); n >= 0 {
			return i + 4 + n + 3
		}
		return len(s)
	case len(rest) < 2 || !letter(rest[1]) && (rest[1] != '/' || len(rest) < 3 || !letter(rest[2])):
		return i + 1
	}
	quote := byte(0)
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && s[j-1] == '=':
			quote = c
		case c == '>':
			return j + 1
		}
	}
	return len(s)
}

// enter notes that a tag was passed.
func (p *place) enter(tag string) {
	switch {
	case p.textarea:
		p.textarea = !foldPrefix(tag, "</textarea")
	case named(tag, "<pre"):
		p.pre++
	case named(tag, "</pre"):
		p.pre = max(0, p.pre-1)
	case named(tag, "<textarea"):
		p.textarea = true
	}
}

func named(tag, name string) bool {
	return len(tag) > len(name) && foldPrefix(tag, name) && strings.IndexByte(" \t\n/>", tag[len(name)]) >= 0
}

func foldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// firstImage returns the address of the first image of a body that has an absolute http(s) one.
func firstImage(body string) string {
	if !strings.Contains(body, "<img") && !strings.Contains(body, "<IMG") {
		return ""
	}
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if atom.Lookup(name) != atom.Img {
				continue
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if string(key) == "src" {
					if src := usable(string(value)); src != "" {
						return src
					}
				}
			}
		}
	}
}
