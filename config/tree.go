package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxFile is the largest configuration file that is read: some 100,000 sources.
const maxFile = 16 << 20

// maxMarks bounds the characters that may end a value, and with them the memory of the tree: some 250 bytes each.
const maxMarks = 2_000_000

// file is one configuration file with its lines, for faults.
type file struct {
	name  string // as shown
	dir   string // relative paths in it start here
	order int    // main file first, then as included
	data  []byte // without a byte order mark

	ends    []int                // ends[i] is where line i+1 begins; filled at the first fault
	masks   map[int][]secretSpan // by line
	runes   []rune               // of line runesOf, the last that was asked for
	runesOf int
	guess   bool // there is no tree to know the secrets by: hide what looks like one
}

// errEmpty lies below the fault of a file with nothing but comments in it.
var errEmpty = errors.New("empty")

// secretSpan is part of a line that is never shown: runes from..to of it; to < 0: to its end.
type secretSpan struct{ from, to int }

// parse builds the node tree of a file, or says why it is none. It never panics and needs memory in proportion to the
// file, aliases not being expanded here.
func (f *file) parse() (root *yaml.Node, fault *Fault) {
	if len(f.data) > maxFile {
		return nil, f.whole(fmt.Sprintf("larger than %s", FormatSize(maxFile)), "move sources into files of their own, and name those in `include`")
	}
	f.data = bytes.TrimPrefix(f.data, []byte("\uFEFF"))
	if fault := f.badBytes(); fault != nil {
		return nil, fault
	}
	marks := 0
	for _, c := range f.data {
		if c == ',' || c == ':' || c == '\n' || c == '[' || c == '{' {
			marks++
		}
	}
	if marks > maxMarks {
		return nil, f.whole("too many values for one file", "move sources into files of their own, and name those in `include`")
	}
	defer func() {
		if r := recover(); r != nil {
			root, fault = nil, f.whole(fmt.Sprintf("the YAML library gave up: %v", r), "")
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader(f.data))
	if err != nil {
		return nil, f.syntax(err)
	}
	doc, next := new(yaml.Node), new(yaml.Node)
	if err := loader.Load(doc); errors.Is(err, io.EOF) {
		fault := f.whole("the file is empty", "the smallest configuration is\n    sources:\n      - url: https://news.example/feed.xml")
		fault.err = errEmpty
		return nil, fault
	} else if err != nil {
		return nil, f.syntax(err)
	}
	if err := loader.Load(next); err == nil {
		line, col := 1, 1
		if len(next.Content) > 0 {
			line, col = next.Content[0].Line, next.Content[0].Column
		}
		return nil, f.at(line, col, "a second YAML document begins here", "take out the line `---`, or move what follows into a file of its own and name that in `include`")
	} else if !errors.Is(err, io.EOF) {
		return nil, f.syntax(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, f.whole("the file is empty", "")
	}
	return doc.Content[0], nil
}

// badBytes finds what no YAML file may hold, with its place, which the library does not give.
func (f *file) badBytes() *Fault {
	for i := 0; i < len(f.data); {
		r, n := utf8.DecodeRune(f.data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			line, col := f.position(i)
			return f.at(line, col, fmt.Sprintf("not UTF-8: byte 0x%02X", f.data[i]), "save the file as UTF-8; GBK, GB18030 and UTF-16 are not read")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7F || r == 0xFFFE || r == 0xFFFF || r > 0x7F && r < 0xA0 && r != 0x85:
			line, col := f.position(i)
			return f.at(line, col, fmt.Sprintf("a control character, U+%04X", r), "delete it; in double quotes it may be written as an escape")
		case r == 0xFEFF:
			line, col := f.position(i)
			return f.at(line, col, "a byte order mark, U+FEFF, within the file", "delete it")
		}
		i += n
	}
	return nil
}

// syntax puts what the library says into words of our own, with the place.
func (f *file) syntax(err error) *Fault {
	f.guess = true
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return f.whole(strings.TrimPrefix(err.Error(), "yaml: "), "")
	}
	line, col := le.Mark.Line, le.Mark.Column
	msg, hint := le.Message, ""
	char := f.runeAt(line, col)
	switch {
	case strings.Contains(msg, "tab character"), strings.Contains(msg, "cannot start any token") && char == '\t':
		msg, hint = "a tab where the line is indented", "YAML is indented with spaces: two for each level"
	case strings.Contains(msg, "cannot start any token"):
		msg, hint = fmt.Sprintf("a value cannot begin with %q", char), "put the value in quotes"
	case strings.Contains(msg, "mapping values are not allowed"):
		msg, hint = "a second \": \" in one line, or a key that is indented too far", "put a value that holds \": \" in quotes; write the keys of one thing below one another"
	case strings.Contains(msg, "unexpected end of stream") && le.ContextMark.Line > 0:
		line, col = le.ContextMark.Line, le.ContextMark.Column
		msg, hint = "the quote that begins here is never closed", "close it; in single quotes a quote is written twice"
	case strings.Contains(msg, "',' or ']'"):
		msg, hint = "a comma or ] is missing", f.began("the list", le.ContextMark)
	case strings.Contains(msg, "',' or '}'"):
		msg, hint = "a comma or } is missing", f.began("the map", le.ContextMark)
	case strings.Contains(msg, "could not find expected ':'"):
		msg, hint = "a key without a colon", "write `key: value`, with a space behind the colon"
	case strings.Contains(msg, "did not find expected key"), strings.Contains(msg, "expected '-' indicator"):
		msg, hint = "this does not fit the lines above", "keys of one thing, and the - of one list, begin in the same column; a value that begins with a quote or bracket must end with it"
	case strings.Contains(msg, "unknown anchor"):
		msg = strings.NewReplacer("'", `"`, " referenced", " is not defined above").Replace(msg)
	case strings.Contains(msg, "unknown escape"):
		msg, hint = "unknown escape in double quotes", `in double quotes \ is an escape; use single quotes for regular expressions and paths`
	case strings.Contains(msg, "max depth"):
		msg = "nested too deeply"
	case strings.Contains(msg, "incompatible YAML"):
		msg, hint = "an unknown version of YAML", "take out the line %YAML"
	}
	if line == 0 {
		return f.whole(msg, hint)
	}
	return f.at(line, col, msg, hint)
}

func (f *file) began(what string, m yaml.Mark) string {
	if m.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s that begins at line %d, column %d, is not closed; a text that begins with [ or { needs quotes", what, m.Line, m.Column)
}

// whole is a fault of the file as a whole.
func (f *file) whole(msg, hint string) *Fault {
	return &Fault{File: f.name, Message: msg, Hint: hint, src: f}
}

// at is a fault at a place.
func (f *file) at(line, col int, msg, hint string) *Fault {
	return &Fault{File: f.name, Line: line, Column: max(col, 1), Message: msg, Hint: hint, src: f}
}

// isBreak says where the library ends a line.
func isBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

func (f *file) index() {
	if f.ends != nil {
		return
	}
	for i := 0; i < len(f.data); {
		r, n := utf8.DecodeRune(f.data[i:])
		i += n
		if !isBreak(r) || r == '\r' && i < len(f.data) && f.data[i] == '\n' {
			continue
		}
		f.ends = append(f.ends, i)
	}
	f.ends = append(f.ends, len(f.data))
}

func (f *file) lineCount() int {
	f.index()
	return len(f.ends)
}

// line returns a line, counted from 1, without its break.
func (f *file) line(n int) string {
	f.index()
	if n < 1 || n > len(f.ends) {
		return ""
	}
	from := 0
	if n > 1 {
		from = f.ends[n-2]
	}
	return strings.TrimRight(string(f.data[from:f.ends[n-1]]), "\r\n\u0085\u2028\u2029")
}

// row returns a line as runes, which stay as they are.
func (f *file) row(n int) []rune {
	if f.runesOf != n {
		f.runesOf, f.runes = n, []rune(f.line(n))
	}
	return f.runes
}

// position turns an offset into line and column.
func (f *file) position(offset int) (line, col int) {
	f.index()
	from := 0
	for i, end := range f.ends {
		if offset < end || i == len(f.ends)-1 {
			return i + 1, utf8.RuneCount(f.data[from:offset]) + 1
		}
		from = end
	}
	return 1, 1
}

func (f *file) runeAt(line, col int) rune {
	rs := f.row(line)
	if col < 1 || col > len(rs) {
		return 0
	}
	return rs[col-1]
}

// hide keeps a secret's text out of what faults show.
func (f *file) hide(n *yaml.Node) {
	if f.masks == nil {
		f.masks = map[int][]secretSpan{}
	}
	mask := func(line, from, to int) { f.masks[line] = append(f.masks[line], secretSpan{from, to}) }
	from := n.Column - 1
	row := f.row(n.Line)
	if from < 0 || from > len(row) {
		mask(n.Line, 0, -1)
		return
	}
	rest := string(row[from:min(len(row), from+len(n.Value)+2)])
	for _, quote := range []string{"", `"`, `'`} {
		if text := quote + n.Value + quote; n.Value != "" && strings.HasPrefix(rest, text) {
			mask(n.Line, from, from+utf8.RuneCountInString(text))
			return
		}
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		f.hideQuoted(n, mask)
		return
	}
	mask(n.Line, from, -1)
	// A text over several lines. What follows and is indented further than its key belongs to it.
	key := indent(row)
	for line := n.Line + 1; line <= f.lineCount(); line++ {
		r := f.row(line)
		if len(strings.TrimSpace(string(r))) > 0 && indent(r) <= key {
			return
		}
		mask(line, 0, -1)
	}
}

// hideQuoted hides a quoted text that has escapes or several lines, up to its closing quote.
func (f *file) hideQuoted(n *yaml.Node, mask func(line, from, to int)) {
	var quote rune
	for line, from := n.Line, n.Column-1; line <= f.lineCount(); line, from = line+1, 0 {
		row := f.row(line)
		for i := from; i < len(row); i++ {
			switch {
			case quote == 0:
				if row[i] == '"' || row[i] == '\'' {
					quote = row[i]
				}
			case quote == '"' && row[i] == '\\':
				i++
			case row[i] == quote && quote == '\'' && i+1 < len(row) && row[i+1] == quote:
				i++
			case row[i] == quote:
				mask(line, from, i+1)
				return
			}
		}
		mask(line, from, -1)
	}
}

func indent(row []rune) int {
	for i, r := range row {
		if r != ' ' && r != '\t' && r != '-' {
			return i
		}
	}
	return len(row)
}

var looksSecret = regexp.MustCompile(`(?i)((?:proxy|headers|cookies?|authorization|[a-z_-]*(?:token|passw|secret|key|session)[a-z_-]*)["']?\s*:\s*)(\S.*)$`)

// nearby is how much of a very long line is looked at, on either side of the column.
const nearby = 1000

// masked returns a line with its secrets as ***, and where its column (from 1) now is (from 0). Of a very long line it
// returns what is near the column.
func (f *file) masked(n, col int) (text string, at int) {
	row := f.row(n)
	from, to := max(0, min(col-nearby, len(row))), min(len(row), col+nearby)
	hidden := make([]bool, to-from)
	for _, s := range f.masks[n] {
		end := s.to
		if end < 0 || end > to {
			end = to
		}
		for i := max(s.from, from); i < end; i++ {
			hidden[i-from] = true
		}
	}
	out := make([]rune, 0, len(hidden))
	for i, hide := range hidden {
		if from+i == col-1 {
			at = len(out)
		}
		switch {
		case !hide:
			out = append(out, row[from+i])
		case i == 0 || !hidden[i-1]:
			out = append(out, '*', '*', '*')
		}
	}
	if col > to {
		at = len(out) + col - 1 - to
	}
	text = userinfo.ReplaceAllString(string(out), "$1***@")
	if f.guess {
		text = looksSecret.ReplaceAllString(text, "$1***")
	}
	return text, at
}

// userinfo is the user and password of an address, which do not belong into one but may be written there.
var userinfo = regexp.MustCompile(`(://)[^/\s@]+@`)
