package article

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text returns what a reader sees of an HTML fragment: blank lines between blocks, a line for each list item, table row
// and <br>, cells parted by a tab, preformatted text as it is. It reads the fragment once and builds no tree, so that
// memory and time are in proportion to the input, however it is nested.
func Text(fragment string) string {
	fragment = strings.ToValidUTF8(fragment, "\uFFFD")
	z := html.NewTokenizer(strings.NewReader(fragment))
	w := textWriter{out: make([]byte, 0, len(fragment)/2+16)}
	skip := atom.Atom(0) // the element whose content is not shown
	pre := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.String()
		case html.TextToken:
			switch {
			case skip != 0:
			case pre > 0:
				w.verbatim(z.Text())
			default:
				w.text(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if skip == 0 && hidden(a) {
				skip = a
			}
			if a == atom.Pre && pre < 1<<30 {
				pre++
			}
			w.tag(a)
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if a == skip {
				skip = 0
			}
			if a == atom.Pre && pre > 0 {
				pre--
			}
			w.tag(a)
		}
	}
}

// shown remembers the text of a Body, which several stages on the way to the archive ask for.
type shown struct{ body, text string }

// Text is the Text of the article's Body. It is read again only where the Body was changed.
func (a *Article) Text() string {
	if a.shown.body != a.Body {
		a.shown = shown{a.Body, Text(a.Body)}
	}
	return a.shown.text
}

// Hash is the ContentHash of the article as it is now.
func (a *Article) Hash() string { return hashOf(a.Title, a.Text()) }

// ContentHash identifies what an article says: 64 hex digits of the SHA-256 of the cleaned title, a line feed, and the
// body's text with each run of white space squeezed to one space. Markup, images and layout do not count.
func ContentHash(title, body string) string { return hashOf(title, Text(body)) }

func hashOf(title, text string) string {
	b := make([]byte, 0, len(title)+1+len(text))
	b = append(append(b, clean(title)...), '\n')
	start := len(b)
	for word := range strings.FieldsSeq(text) {
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, word...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hidden(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Title, atom.Noscript, atom.Iframe:
		return true
	}
	return false
}

// The breaks that a tag makes, weakest first.
const (
	noBreak = iota
	cellBreak
	lineBreak
	blockBreak
)

func breakOf(a atom.Atom) int {
	switch a {
	case atom.Td, atom.Th:
		return cellBreak
	case atom.Br, atom.Li, atom.Tr, atom.Dt, atom.Dd, atom.Option, atom.Summary, atom.Thead, atom.Tbody, atom.Tfoot:
		return lineBreak
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Blockquote,
		atom.Pre, atom.Figure, atom.Figcaption, atom.Hr, atom.Section, atom.Article, atom.Aside, atom.Header, atom.Footer, atom.Nav,
		atom.Main, atom.Address, atom.Details, atom.Fieldset, atom.Form, atom.Caption, atom.Center:
		return blockBreak
	}
	return noBreak
}

// textWriter collects text; white space is owed until the next visible character comes.
type textWriter struct {
	out   []byte
	brk   int  // the strongest break owed
	space bool // a space is owed
}

func (w *textWriter) tag(a atom.Atom) {
	if b := breakOf(a); b > w.brk {
		w.brk = b
	} else if a == atom.Br && w.brk == lineBreak {
		w.brk = blockBreak // two <br> make a paragraph, as many old pages do
	}
}

// pay writes the white space owed. Where nothing was written yet, none is.
func (w *textWriter) pay() {
	if len(w.out) > 0 {
		switch {
		case w.brk == blockBreak:
			w.out = append(w.out, "\n\n"...)
		case w.brk == lineBreak:
			w.out = append(w.out, '\n')
		case w.brk == cellBreak:
			w.out = append(w.out, '\t')
		case w.space:
			w.out = append(w.out, ' ')
		}
	}
	w.brk, w.space = noBreak, false
}

// text writes running text: white space of any kind, also U+3000 and no-break spaces, counts as one space.
func (w *textWriter) text(s []byte) {
	for len(s) > 0 {
		n := solid(s)
		if n > 0 {
			w.pay()
			w.out = append(w.out, s[:n]...)
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		if unicode.IsSpace(r) {
			w.space = true
		}
		s = s[size:]
	}
}

// solid returns the length of the text before the next white space or unseen character. Only the first bytes that such
// characters have are looked at closely: most of a Chinese text is passed over by length.
func solid(s []byte) int {
	n := 0
	for n < len(s) {
		switch c := s[n]; {
		case c > ' ' && c < 0x7F:
			n++
		case c < utf8.RuneSelf:
			return n
		case c >= 0xE4 && c <= 0xED && n+2 < len(s):
			n += 3
		default:
			r, size := utf8.DecodeRune(s[n:])
			if unicode.IsSpace(r) || unseen(r) {
				return n
			}
			n += size
		}
	}
	return n
}

func (w *textWriter) verbatim(s []byte) {
	if len(bytes.TrimSpace(s)) == 0 {
		w.space = true
		if bytes.IndexByte(s, '\n') >= 0 && w.brk < lineBreak {
			w.brk = lineBreak
		}
		return
	}
	if w.brk >= lineBreak || len(w.out) == 0 {
		s = bytes.TrimLeft(s, "\r\n")
	}
	w.pay()
	for i, line := range bytes.Split(s, []byte("\n")) {
		if i > 0 {
			w.out = append(bytes.TrimRight(w.out, " \t\r"), '\n')
		}
		for _, r := range string(line) {
			if !unseen(r) || r == '\t' {
				w.out = utf8.AppendRune(w.out, r)
			}
		}
	}
}

// String returns the text, trimmed.
func (w *textWriter) String() string {
	return string(bytes.TrimSpace(w.out))
}

// clean makes one line of any text value: it keeps what a reader can see, and nothing that could end a line, a value or a
// site build. No normalisation form is applied. clean(clean(s)) == clean(s).
func clean(s string) string {
	if plainASCII(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	space := false
	for _, r := range s { // a byte that is no UTF-8 comes as U+FFFD
		if r == ' ' || lineSpace(r) {
			space = true
			continue
		}
		if unseen(r) {
			continue
		}
		if space && len(b) > 0 {
			b = append(b, ' ')
		}
		space = false
		b = utf8.AppendRune(b, r)
	}
	return strings.TrimSpace(string(b))
}

// plainASCII reports whether s needs no cleaning, which is the usual case of addresses and identifiers.
func plainASCII(s string) bool {
	if s == "" {
		return true
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7F || s[i] == ' ' && s[i+1] == ' ' {
			return false
		}
	}
	return true
}

// lineSpace reports whether r is white space that moves to another line or column.
func lineSpace(r rune) bool {
	return r >= '\t' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// unseen reports whether r is a control character, a byte order mark, U+FFFC or a noncharacter. U+FFFC is deleted because
// Hexo marks its own placeholders with it: a page that contains one ends the build.
func unseen(r rune) bool {
	return r < ' ' || r >= 0x7F && r <= 0x9F || r == 0xFEFF || r == 0xFFFC || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}
