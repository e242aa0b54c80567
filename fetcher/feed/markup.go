package feed

import (
	"html"
	"strings"
)

// serialise writes the XML from start to end, which has elements, as HTML: prefixes and namespaces go, an empty element
// that HTML does not know as one gets its end tag, addresses become absolute by the xml:base that holds at their place.
// A single div around all, which Atom asks for, is left out. Where the element was not said to be XHTML (inline), escaped
// HTML among the elements is HTML too.
func (p *xmlParser) serialise(start, end int, base string, inline bool) string {
	var b strings.Builder
	b.Grow(end - start)
	sub := scanner{s: p.s[start:end], entities: p.entities, expanded: p.expanded}
	var bases []string // of the open elements
	current := func() string {
		if n := len(bases); n > 0 {
			return bases[n-1]
		}
		return base
	}
	tops, wrapped, open, closed := 0, false, 0, 0
	for {
		tok, s := sub.next()
		switch tok {
		case tokText:
			if d := sub.decode(s); !inline && looksLikeHTML(d) {
				b.WriteString(d)
			} else {
				escape(&b, d)
			}
			if len(bases) == 0 && !blank(s) {
				tops += 2
			}
			continue
		case tokCDATA:
			escape(&b, s)
			if len(bases) == 0 && !blank(s) {
				tops += 2
			}
			continue
		case tokStart:
			_, local := split(sub.name)
			own := current()
			plain := sub.writeTag(&b, local, &own)
			if len(bases) == 0 {
				if tops++; tops == 1 && local == "div" && plain && !sub.self {
					wrapped, open = true, b.Len()
				}
			}
			if !sub.self && !voidElements[local] && len(bases) < maxDepth {
				bases = append(bases, own)
			}
			continue
		case tokEnd:
			_, local := split(sub.name)
			if voidElements[local] {
				continue
			}
			if n := len(bases); n > 0 {
				bases = bases[:n-1]
				if n == 1 {
					closed = b.Len()
				}
			}
			b.WriteString("</")
			b.WriteString(local)
			b.WriteByte('>')
			continue
		}
		break
	}
	p.expanded = sub.expanded
	out := b.String()
	if wrapped && tops == 1 && closed >= open {
		return out[open:closed]
	}
	return out
}

// writeTag writes the start tag that was just read as HTML, and says whether it had no attributes. base becomes the
// element's own where it has xml:base.
func (s *scanner) writeTag(b *strings.Builder, local string, base *string) bool {
	for _, a := range s.attrs {
		if a.name == "xml:base" {
			*base = resolve(*base, strings.TrimSpace(s.decode(a.value)))
		}
	}
	b.WriteByte('<')
	b.WriteString(local)
	plain := true
	for _, a := range s.attrs {
		name := strings.ToLower(a.name)
		if strings.HasPrefix(name, "xmlns") || name == "xml:base" || name == "xml:space" {
			continue
		}
		if i := strings.IndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		v := s.decode(a.value)
		if addressAttr(name) && v != "" && v[0] != '#' {
			v = resolve(*base, strings.TrimSpace(v))
		}
		plain = false
		b.WriteByte(' ')
		b.WriteString(name)
		b.WriteString(`="`)
		b.WriteString(html.EscapeString(v))
		b.WriteByte('"')
	}
	b.WriteByte('>')
	if s.self && !voidElements[local] {
		b.WriteString("</")
		b.WriteString(local)
		b.WriteByte('>')
	}
	return plain
}

// escape writes text so that HTML reads it as text.
func escape(b *strings.Builder, s string) {
	for {
		i := strings.IndexAny(s, "&<>")
		if i < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:i])
		switch s[i] {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		default:
			b.WriteString("&gt;")
		}
		s = s[i+1:]
	}
}
