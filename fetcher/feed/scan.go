package feed

import (
	"html"
	"strings"
	"unicode/utf8"
)

// scanner cuts a document into tags and text, without a copy and without a fault: what is no tag is text. It knows
// nothing of feeds.
type scanner struct {
	s string
	i int // the next byte

	// of the last tag
	name  string // as it is written, with its prefix
	attrs []attr
	self  bool // it closed itself

	entities map[string]string // declared in the document's DTD
	expanded int               // bytes that those have become, which is bounded
	cut      bool              // the document ended inside a tag, a CDATA section or a comment

	// What is known of ends further on. Without these a document of nothing but beginnings would be searched to its end
	// for each of them.
	noComment, noPI bool // there is no such end in the rest
	endCDATA        int  // the next ]]>, where that is not behind s.i; the document's length where there is none
}

// attr is an attribute, its value still with its references.
type attr struct {
	name, value string
	at          int // where the value begins in the document
}

type token uint8

const (
	tokEOF   token = iota
	tokText        // text holds references
	tokCDATA       // text is verbatim
	tokStart
	tokEnd
)

// maxExpansion is how many bytes the entities of a DTD may become in all.
const maxExpansion = 1 << 20

// next is the next token, and its text where it has one. Comments, processing instructions and the DTD are passed over.
func (s *scanner) next() (token, string) {
	for s.i < len(s.s) {
		start := s.i
		if s.s[s.i] != '<' {
			s.toTag(s.i)
			return tokText, s.s[start:s.i]
		}
		rest := s.s[s.i:]
		if len(rest) == 1 {
			s.i++
			return tokText, rest
		}
		switch c := rest[1]; {
		case nameStart(c):
			if s.startTag() {
				return tokStart, ""
			}
			return tokEOF, ""
		case c == '/' && len(rest) > 2 && nameStart(rest[2]):
			s.endTag()
			return tokEnd, ""
		case c == '/' && (len(rest) == 2 || rest[2] == '>'):
			s.i = min(s.i+3, len(s.s))
		case strings.HasPrefix(rest, "<!--"):
			s.comment()
		case strings.HasPrefix(rest, "<![CDATA["):
			return tokCDATA, s.cdata()
		case c == '!' && len(rest) > 9 && strings.EqualFold(rest[2:9], "doctype"):
			s.doctype()
		case c == '?':
			s.instruction()
		default:
			s.toTag(s.i + 1)
			return tokText, s.s[start:s.i]
		}
	}
	return tokEOF, ""
}

// toTag moves to the next < that begins something, from i on.
func (s *scanner) toTag(i int) {
	for i < len(s.s) {
		j := strings.IndexByte(s.s[i:], '<')
		if j < 0 {
			break
		}
		i += j
		if i+1 < len(s.s) {
			if c := s.s[i+1]; nameStart(c) || c == '/' || c == '!' || c == '?' {
				s.i = i
				return
			}
		}
		i++
	}
	s.i = len(s.s)
}

func nameStart(c byte) bool {
	return c-'a' < 26 || c-'A' < 26 || c == '_' || c == ':' || c >= utf8.RuneSelf
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// instruction passes over <?...?>. Where ?> is missing, > ends it.
func (s *scanner) instruction() {
	if !s.noPI {
		if j := strings.Index(s.s[s.i:], "?>"); j >= 0 {
			s.i += j + 2
			return
		}
		s.noPI = true
	}
	s.toClose(2)
}

// toClose moves past the next > that is at least n bytes on, or to the end.
func (s *scanner) toClose(n int) {
	from := min(s.i+n, len(s.s))
	if j := strings.IndexByte(s.s[from:], '>'); j >= 0 {
		s.i = from + j + 1
		return
	}
	s.i, s.cut = len(s.s), true
}

func (s *scanner) comment() {
	if !s.noComment {
		if j := strings.Index(s.s[s.i+4:], "-->"); j >= 0 {
			s.i += 4 + j + 3
			return
		}
		s.noComment = true
	}
	s.cut = true // never closed: it ends at the next >, as browsers do with <!-->
	s.toClose(4)
}

// cdata is the text of the CDATA section at s.i. One that is never closed goes up to the end of the document.
func (s *scanner) cdata() string {
	start := s.i + len("<![CDATA[")
	end := s.cdataEnd(start)
	s.i = min(end+len("]]>"), len(s.s))
	s.cut = s.cut || end == len(s.s)
	return s.s[start:end]
}

// cdataEnd is where the next ]]> is, from i on.
func (s *scanner) cdataEnd(i int) int {
	if s.endCDATA < i || s.endCDATA == 0 {
		s.endCDATA = len(s.s)
		if j := strings.Index(s.s[i:], "]]>"); j >= 0 {
			s.endCDATA = i + j
		}
	}
	return s.endCDATA
}

// startTag reads the tag at s.i with its attributes, quoted or not. It is false where the document ends inside it.
func (s *scanner) startTag() bool {
	d, i := s.s, s.i+1
	start := i
	for i < len(d) && !nameEnd[d[i]] {
		i++
	}
	s.name, s.attrs, s.self = d[start:i], s.attrs[:0], false
	for i < len(d) {
		switch c := d[i]; {
		case isSpace(c):
			i++
		case c == '>':
			s.i = i + 1
			return true
		case c == '<': // never closed; the next tag closes it
			s.i = i
			return true
		case c == '/':
			i++
			if i < len(d) && d[i] == '>' {
				s.self, s.i = true, i+1
				return true
			}
		default:
			i = s.attribute(i)
		}
	}
	s.i, s.cut = len(d), true
	return false
}

var nameEnd = byteSet(" \n\t\r\f/><=\"'")

var attrEnd = byteSet(" \n\t\r\f/><=")

func byteSet(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

// maxAttrs is how many attributes of one tag are kept.
const maxAttrs = 256

func (s *scanner) keep(name, value string, at int) {
	if len(s.attrs) < maxAttrs {
		s.attrs = append(s.attrs, attr{name, value, at})
	}
}

// attribute reads the attribute at i and returns the index after it.
func (s *scanner) attribute(i int) int {
	d, start := s.s, i
	for i < len(d) && !attrEnd[d[i]] {
		i++
	}
	if i == start { // a stray mark
		return i + 1
	}
	name := d[start:i]
	for i < len(d) && isSpace(d[i]) {
		i++
	}
	if i >= len(d) || d[i] != '=' {
		s.keep(name, "", i)
		return i
	}
	i++
	for i < len(d) && isSpace(d[i]) {
		i++
	}
	if i >= len(d) {
		return i
	}
	if q := d[i]; q == '"' || q == '\'' {
		if end := quoted(d, i+1, q); end >= 0 {
			s.keep(name, d[i+1:end], i+1)
			return end + 1
		}
		i++
	}
	start = i
	for i < len(d) && !isSpace(d[i]) && d[i] != '>' && d[i] != '<' && !(d[i] == '/' && i+1 < len(d) && d[i+1] == '>') {
		i++
	}
	s.keep(name, strings.TrimRight(d[start:i], `"'`), start)
	return i
}

// quoted is the index of the quote that ends the value at i, or -1 where it is missing: when there is none, or when the
// next one is not followed as the end of a value is and a tag's end comes before it.
func quoted(d string, i int, q byte) int {
	j := strings.IndexByte(d[i:], q)
	if j < 0 {
		return -1
	}
	end := i + j
	if end+1 >= len(d) {
		return end
	}
	if c := d[end+1]; isSpace(c) || c == '>' || c == '/' || c == '?' {
		return end
	}
	if strings.IndexByte(d[i:end], '>') >= 0 && strings.IndexByte(d[i:end], '<') >= 0 {
		return -1
	}
	return end
}

// endTag reads </name>, whose > may be missing.
func (s *scanner) endTag() {
	d, i := s.s, s.i+2
	start := i
	for i < len(d) && !nameEnd[d[i]] {
		i++
	}
	s.name = d[start:i]
	for i < len(d) && d[i] != '>' && d[i] != '<' {
		i++
	}
	if i < len(d) && d[i] == '>' {
		i++
	}
	s.i = i
}

// doctype reads the entities that the DTD at s.i declares, and passes over the rest.
func (s *scanner) doctype() {
	i := s.i + 9
	end, sub := len(s.s), -1
	var quote byte
loop:
	for ; i < len(s.s); i++ {
		switch c := s.s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			end = i + 1
			break loop
		case c == '[':
			sub = i + 1
			break loop
		}
	}
	if sub < 0 {
		s.i = end
		return
	}
	s.i = sub
	s.subset()
}

// subset reads the internal subset of a DTD up to its ]>.
func (s *scanner) subset() {
	for s.i < len(s.s) {
		rest := s.s[s.i:]
		switch {
		case strings.HasPrefix(rest, "<!--"):
			s.comment()
		case strings.HasPrefix(rest, "<!ENTITY"):
			s.entity()
		case strings.HasPrefix(rest, "<?"):
			s.instruction()
		case rest[0] == '<':
			s.i++
			for s.i < len(s.s) && s.s[s.i] != '>' {
				if q := s.s[s.i]; q == '"' || q == '\'' {
					if j := strings.IndexByte(s.s[s.i+1:], q); j >= 0 {
						s.i += j + 1
					}
				}
				s.i++
			}
		case rest[0] == ']':
			s.toClose(1)
			return
		default:
			s.i++
		}
	}
}

// entity reads <!ENTITY name "value">. External and parameter entities are passed over: nothing is ever fetched.
func (s *scanner) entity() {
	d, i := s.s, s.i+len("<!ENTITY")
	skip := func() {
		for i < len(d) && isSpace(d[i]) {
			i++
		}
	}
	word := func() string {
		start := i
		for i < len(d) && !isSpace(d[i]) && d[i] != '>' && d[i] != '"' && d[i] != '\'' {
			i++
		}
		return d[start:i]
	}
	skip()
	name := word()
	skip()
	value, ok := "", false
	if i < len(d) && (d[i] == '"' || d[i] == '\'') {
		if j := strings.IndexByte(d[i+1:], d[i]); j >= 0 {
			value, ok = d[i+1:i+1+j], true
			i += j + 2
		}
	}
	for i < len(d) && d[i] != '>' { // the quoted names of an external entity
		if d[i] == '"' || d[i] == '\'' {
			if j := strings.IndexByte(d[i+1:], d[i]); j >= 0 {
				i += j + 1
			}
		}
		i++
	}
	s.i = min(i+1, len(d))
	if !ok || name == "%" || name == "" || len(s.entities) >= 1000 {
		return
	}
	if s.entities == nil {
		s.entities = map[string]string{}
	}
	if _, dup := s.entities[name]; !dup {
		s.entities[name] = value
	}
}

// attr is the value of the attribute, its references resolved and the space around it gone. Where no attribute has
// that very name, one that has it behind a prefix counts.
func (s *scanner) attr(name string) string {
	v, _ := s.lookup(name)
	return v
}

func (s *scanner) lookup(name string) (string, bool) {
	for _, a := range s.attrs {
		if a.name == name || len(a.name) == len(name) && strings.EqualFold(a.name, name) {
			return strings.TrimSpace(s.decode(a.value)), true
		}
	}
	for _, a := range s.attrs {
		if k := len(a.name) - len(name); k > 1 && a.name[k-1] == ':' && strings.EqualFold(a.name[k:], name) && !strings.HasPrefix(a.name, "xml") {
			return strings.TrimSpace(s.decode(a.value)), true
		}
	}
	return "", false
}

// decode resolves the references of XML, those of HTML that XML does not have, and those of the document's own DTD
// (flat, never one within another). What is no reference stays as it is; characters that XML forbids go.
func (s *scanner) decode(t string) string {
	i := strings.IndexByte(t, '&')
	if i < 0 {
		return t
	}
	var b strings.Builder
	b.Grow(len(t))
	for i >= 0 {
		b.WriteString(t[:i])
		t = t[i:]
		n := s.reference(&b, t)
		if n == 0 {
			b.WriteByte('&')
			n = 1
		}
		t = t[n:]
		i = strings.IndexByte(t, '&')
	}
	b.WriteString(t)
	return b.String()
}

// reference writes what the reference at the start of t stands for, and returns its length; 0 where it is none.
func (s *scanner) reference(b *strings.Builder, t string) int {
	end := -1
	for i := 1; i < len(t) && i < 40; i++ {
		c := t[i]
		if c == ';' {
			end = i
			break
		}
		if !(nameStart(c) || c-'0' < 10 || c == '#' && i == 1 || c == '.' || c == '-') {
			break
		}
	}
	if end < 2 {
		return 0
	}
	switch name := t[1:end]; name {
	case "amp":
		b.WriteByte('&')
	case "lt":
		b.WriteByte('<')
	case "gt":
		b.WriteByte('>')
	case "quot":
		b.WriteByte('"')
	case "apos":
		b.WriteByte('\'')
	case "nbsp":
		b.WriteString("\u00a0")
	default:
		if name[0] == '#' {
			return s.number(b, t, end)
		}
		return s.named(b, t, end)
	}
	return end + 1
}

func (s *scanner) number(b *strings.Builder, t string, end int) int {
	digits, base := t[2:end], 10
	if digits != "" && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	if digits == "" {
		return 0
	}
	r := rune(0)
	for i := range len(digits) {
		v := unhex(digits[i])
		if v < 0 || v >= base {
			return 0
		}
		if r = r*rune(base) + rune(v); r > utf8.MaxRune {
			r = utf8.MaxRune + 1
		}
	}
	switch {
	case r >= 0x80 && r < 0xA0: // windows-1252, as browsers read it
		b.WriteString(html.UnescapeString(t[:end+1]))
	case r > utf8.MaxRune, r >= 0xD800 && r < 0xE000, r == 0xFFFE, r == 0xFFFF, r < ' ' && r != '\t' && r != '\n' && r != '\r':
		// forbidden in XML
	default:
		b.WriteRune(r)
	}
	return end + 1
}

func unhex(c byte) int {
	switch {
	case c-'0' < 10:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func (s *scanner) named(b *strings.Builder, t string, end int) int {
	if v, ok := s.entities[t[1:end]]; ok {
		if s.expanded += len(v); s.expanded <= maxExpansion {
			flat := scanner{}
			b.WriteString(flat.decode(v))
		}
		return end + 1
	}
	ref := t[:end+1]
	if v := html.UnescapeString(ref); v != ref && !strings.HasSuffix(v, ";") {
		b.WriteString(v)
		return end + 1
	}
	return 0
}
