package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Fault is one thing wrong with a configuration file.
type Fault struct {
	File    string   `json:"file"`
	Line    int      `json:"line,omitempty"`   // from 1; 0: the file as a whole
	Column  int      `json:"column,omitempty"` // in characters, from 1
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`  // what to do about it
	Lines   []string `json:"lines,omitempty"` // the source lines that end with Line; secrets are ***

	err   error // what lies below it; may be nil
	src   *file // where its lines come from; may be nil
	first int   // number of Lines[0]
	caret int   // width of what is before the column in the last of Lines
}

// Faults is everything wrong with a configuration, in the order of the files. It is the error of Load and Parse.
type Faults struct {
	List []Fault
	More int // faults beyond those in List
}

const (
	maxFaults   = 200 // kept
	snippetRows = 3   // lines shown of each place
	snippetCols = 120 // columns shown of each line
)

// Error prints all faults, each with its place, the lines there and a hint.
func (fs *Faults) Error() string {
	var b strings.Builder
	for i, f := range fs.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.String())
	}
	if fs.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", fs.More)
	}
	return b.String()
}

// Unwrap gives what lies below the faults, such as fs.ErrNotExist.
func (fs *Faults) Unwrap() []error {
	var errs []error
	for _, f := range fs.List {
		if f.err != nil {
			errs = append(errs, f.err)
		}
	}
	return errs
}

// String prints the fault as in Faults.Error, without a line break at its end.
func (f Fault) String() string { return f.print("error") }

// Warning prints what is a warning in Config.Warnings.
func (f Fault) Warning() string { return f.print("warning") }

func (f Fault) print(level string) string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": " + level + ": " + f.Message)
	for i, line := range f.Lines {
		fmt.Fprintf(&b, "\n%6d | %s", f.first+i, line)
	}
	if len(f.Lines) > 0 {
		fmt.Fprintf(&b, "\n%6s | %s^", "", strings.Repeat(" ", f.caret))
	}
	if f.Hint != "" {
		b.WriteString("\n  help: " + f.Hint)
	}
	return b.String()
}

// add keeps a fault, once.
func (fs *Faults) add(f Fault) {
	same := func(g Fault) bool {
		return g.File == f.File && g.Line == f.Line && g.Column == f.Column && g.Message == f.Message
	}
	switch {
	case slices.ContainsFunc(fs.List, same):
	case len(fs.List) >= maxFaults:
		fs.More++
	default:
		fs.List = append(fs.List, f)
	}
}

// tooMany says that there is no use in looking for further faults.
func (fs *Faults) tooMany() bool { return fs.More >= maxFaults }

// err sorts the faults and returns them as an error; nil where there are none.
func (fs *Faults) err() error {
	if len(fs.List) == 0 {
		return nil
	}
	finish(fs.List)
	return fs
}

// finish sorts faults and fills in the lines that they show. It waits until all secrets are known, and lets go of the files.
func finish(list []Fault) {
	slices.SortStableFunc(list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for i := range list {
		list[i].snippet()
	}
	for i := range list {
		list[i].src = nil
	}
}

// order is that of the fault's file.
func (f *Fault) order() int {
	if f.src == nil {
		return 0
	}
	return f.src.order
}

// AsFaults returns the faults of an error of Load or Parse.
func AsFaults(err error) (*Faults, bool) {
	var fs *Faults
	ok := errors.As(err, &fs)
	return fs, ok
}

// snippet fills in the lines that a fault shows: its own and a few before, with secrets hidden, long ones cut, and
// nothing in them that a terminal would obey.
func (f *Fault) snippet() {
	src := f.src
	if src == nil || f.Line < 1 || f.Line > src.lineCount() {
		return
	}
	f.first = max(1, f.Line-snippetRows+1)
	for f.first < f.Line && strings.TrimSpace(src.line(f.first)) == "" {
		f.first++
	}
	for n := f.first; n < f.Line; n++ {
		text, _ := src.masked(n, 1)
		f.Lines = append(f.Lines, window([]rune(text), 0))
	}
	text, at := src.masked(f.Line, f.Column)
	start := 0
	if at > snippetCols-20 {
		start = at - snippetCols/2
		at++ // for the …
	}
	shown := window([]rune(text), start)
	f.Lines = append(f.Lines, shown)
	f.caret = columns(shown, at-start)
}

// window cuts a line to what is shown, from one of its runes on, with … where something is missing.
func window(line []rune, from int) string {
	line = line[min(from, len(line)):]
	cut := len(line) > snippetCols
	if cut {
		line = line[:snippetCols]
	}
	for i, r := range line {
		switch {
		case r == '\t':
			line[i] = ' '
		case !unicode.IsPrint(r):
			line[i] = '\uFFFD'
		}
	}
	s := strings.TrimRight(string(line), " ")
	if from > 0 {
		s = "…" + s
	}
	if cut {
		s += "…"
	}
	return s
}

// columns is the width on a terminal of the first n runes of s; beyond its end each counts one.
func columns(s string, n int) int {
	w := 0
	for _, r := range s {
		if n <= 0 {
			return w
		}
		n--
		w += runeWidth(r)
	}
	return w + max(n, 0)
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// didYouMean is a hint that names the word nearest to the one written, or all words where none is near and they are few.
func didYouMean(word string, words []string) string {
	if near := nearest(word, words); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	if len(words) == 0 || len(words) > 12 {
		return ""
	}
	return "one of " + strings.Join(words, ", ")
}

// nearest returns the word most like the given one, or "" where none is.
func nearest(word string, words []string) string {
	if len(word) > 100 {
		return ""
	}
	norm := func(s string) []rune {
		return []rune(strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(s), "-", "_"), " ", "_"))
	}
	w := norm(word)
	best, most := "", max(1, len(w)/3)+1
	for _, cand := range words {
		c := norm(cand)
		d := distance(w, c)
		if d < most && d < len(c) {
			best, most = cand, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that make b of a.
func distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
