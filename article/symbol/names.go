package symbol

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names is a user's dictionary of names and what they stand for. It may be shared between goroutines.
type Names struct {
	by map[rune][]entry // by the first character, longest first
}

type entry struct{ name, symbol string }

// NewNames makes a dictionary. A name is found as it is written, capitals too, and as a whole: the letters and digits of
// words that have spaces around them must end with it. Of two names that begin at one place the longer one counts. A
// Chinese name has no end that could be seen: where a longer word begins with it and means something else (中国银行 in
// 中国银行业), give that word the symbol "", and it is passed over.
func NewNames(symbols map[string]string) (*Names, error) {
	n := &Names{by: make(map[rune][]entry)}
	var faults []error
	for name, sym := range symbols {
		key := fold(strings.TrimSpace(name))
		if utf8.RuneCountInString(key) < 2 {
			faults = append(faults, fmt.Errorf("the name %q is too short: two characters at least", name))
			continue
		}
		if sym != "" {
			sym = Canonical(sym)
		}
		first, _ := utf8.DecodeRuneInString(key)
		n.by[first] = append(n.by[first], entry{key, sym})
	}
	for _, list := range n.by {
		slices.SortFunc(list, func(a, b entry) int {
			if d := len(b.name) - len(a.name); d != 0 {
				return d
			}
			return strings.Compare(a.name, b.name)
		})
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return n, errors.Join(faults...)
}

// find tells of each name in a folded text.
func (n *Names) find(s string, found func(string)) {
	if n == nil || len(n.by) == 0 {
		return
	}
	before := ' '
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		if e, ok := n.at(s, i, c, before); ok {
			if e.symbol != "" {
				found(e.symbol)
			}
			before, _ = utf8.DecodeLastRuneInString(e.name)
			i += len(e.name)
			continue
		}
		before = c
		i += size
	}
}

func (n *Names) at(s string, i int, first, before rune) (entry, bool) {
	for _, e := range n.by[first] {
		if !strings.HasPrefix(s[i:], e.name) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(e.name)
		next, _ := utf8.DecodeRuneInString(s[i+len(e.name):])
		if spaced(first) && (spaced(before) || strings.ContainsRune("/@.-_&", before)) || spaced(last) && (spaced(next) || next == '_' || next == '@') {
			continue
		}
		return e, true
	}
	return entry{}, false
}

// spaced says whether c is a letter or digit of a script that puts spaces between words.
func spaced(c rune) bool {
	if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
		return false
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}
