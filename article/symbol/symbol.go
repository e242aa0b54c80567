// Package symbol finds the listed instruments that an article names, by evidence alone: an exchange in front of a code in
// brackets, a code with its market behind it, an ISIN whose check digit is right, an address of EDGAR, a name that the
// user has given a meaning. A bare word is never a symbol, whatever it spells, and what could be something else (a year,
// a postcode, a telephone number, a part of an address) is left out: it is better to miss one than to tag wrongly.
// It is pure: text in, symbols out.
//
// # Canonical form
//
// One instrument on one market has one form, whatever the article writes:
//
//	600519.SH 000001.SZ 430047.BJ   mainland China: six digits and SH, SZ or BJ; also indices, funds and bonds
//	00700.HK                        Hong Kong: five digits, filled up with zeros
//	AAPL.US BRK-B.US                the United States, whichever exchange or OTC market; classes behind a hyphen
//	7203.T 005930.KR 2330.TW        Tokyo, Korea and Taiwan, each with both of its boards
//	VOD.L SAP.DE MC.PA NESN.SW      the others: the code and the suffix that quote services use: AS AX BO BR CO DE HE IR JO
//	                                L LS MC MI NS NZ OL PA SA SI ST SW TO V VI
//	US0378331005                    an ISIN, as it is
//	CIK0000320193                   a filer at the SEC, ten digits
package symbol

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxSymbols = 64      // of one article
	maxText    = 1 << 20 // bytes that are read
	maxBracket = 200     // bytes between brackets
)

// Options are what a source or its user knows besides the text. The zero value: nothing.
type Options struct {
	Fixed []string // symbols that every article of the source has; brought into the canonical form where they are known
	Names *Names   // names with a meaning; nil: none
}

// Find returns the symbols of an article, each once: the fixed ones, then those of its address, then those of its title
// and text in the order in which they are found, then those of names. The text is plain, as article.Text gives it; of a
// text over 1 MiB the beginning counts. At most 64 are returned.
func Find(title, text, url string, opt Options) []string {
	f := finder{}
	for _, s := range opt.Fixed {
		f.add(Canonical(s))
	}
	f.edgar(url, title)
	title, text = fold(cut(title)), fold(cut(text))
	f.scan(title)
	f.scan(text)
	opt.Names.find(title, f.add)
	opt.Names.find(text, f.add)
	return f.out
}

// Canonical returns the canonical form of a symbol that somebody has written by itself: 600519.SS, SH600519, NASDAQ:AAPL,
// 700.HK, an ISIN. What it does not know it returns as it is, without spaces around.
func Canonical(s string) string {
	s = strings.TrimSpace(s)
	t := fold(s)
	if sym := suffixed(t, true); sym != "" {
		return sym
	}
	if sym := prefixed(t, true); sym != "" {
		return sym
	}
	if label, code, ok := strings.Cut(t, ":"); ok {
		if m := marketOf(label); m != nil {
			if sym := m.symbol(strings.TrimSpace(code)); sym != "" {
				return sym
			}
		}
	}
	return s
}

type finder struct{ out []string }

func (f *finder) add(sym string) {
	if sym != "" && len(f.out) < maxSymbols && !slices.Contains(f.out, sym) {
		f.out = append(f.out, sym)
	}
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText]
}

// fold makes full-width forms, ideographic spaces, commas and brackets their ASCII twins.
func fold(s string) string {
	if !strings.ContainsAny(s, "\u3000、【】〔〕") && strings.IndexFunc(s, fullWidth) < 0 {
		return s
	}
	return strings.Map(func(c rune) rune {
		switch {
		case fullWidth(c):
			return c - 0xFEE0
		case c == 0x3000:
			return ' '
		case c == '、':
			return ','
		case c == '【', c == '〔':
			return '['
		case c == '】', c == '〕':
			return ']'
		}
		return c
	}, s)
}

func fullWidth(c rune) bool { return c >= 0xFF01 && c <= 0xFF5E }

// scan reads a text once: brackets as a whole, and each run of ASCII characters by itself.
func (f *finder) scan(s string) {
	for i := 0; i < len(s) && len(f.out) < maxSymbols; {
		c := s[i]
		if c == '(' || c == '[' {
			f.bracket(s, i)
			i++
			continue
		}
		if !runByte(c) {
			i++
			continue
		}
		end := i
		for end < len(s) && runByte(s[end]) {
			end++
		}
		run := s[i:end]
		if address(run) {
			for end < len(s) && s[end] > ' ' && s[end] < utf8.RuneSelf { // its brackets and commas too
				end++
			}
		} else {
			f.run(s, i, run)
		}
		i = end
	}
}

// runByte says whether c can be a part of a symbol, or of something that is to be passed over as a whole.
func runByte(c byte) bool { return inRun[c] }

var inRun = func() (in [256]bool) {
	for c := byte('!'); c < 0x7F; c++ {
		in[c] = !strings.ContainsRune("()[]<>{}\"'`,;|*!$~+^", rune(c))
	}
	return in
}()

// address says whether a run is a part of a web or mail address, a path or a query.
func address(run string) bool {
	return strings.Contains(run, "://") || strings.ContainsAny(run, "@#%&=?_\\") || strings.HasPrefix(strings.ToLower(run), "www.")
}

// run looks at a run of characters outside brackets, or inside them. Where slashes part it, each part must be a symbol.
func (f *finder) run(s string, at int, run string) {
	run = strings.TrimLeft(strings.TrimRight(run, ".:-/"), ":")
	if run == "" || run[0] == '.' || run[0] == '-' || run[0] == '/' {
		return
	}
	if digits(run) {
		f.add(labelled(s[:at], run))
		return
	}
	var found []string
	for part := range strings.SplitSeq(run, "/") {
		sym := bare(part)
		if sym == "" && isISIN(part) && (knownISIN(part) || saysISIN(s[:at])) {
			sym = part
		}
		if sym == "" {
			return
		}
		found = append(found, sym)
	}
	for _, sym := range found {
		f.add(sym)
	}
}

// bare is the symbol that stands without brackets.
func bare(t string) string {
	if sym := suffixed(t, false); sym != "" {
		return sym
	}
	if sym := prefixed(t, false); sym != "" {
		return sym
	}
	label, code, ok := strings.Cut(t, ":")
	if !ok || !tight[label] {
		return ""
	}
	return marketOf(label).symbol(code)
}

// labelled is the symbol of digits behind 股票代码 and the like. Five digits are Hong Kong's: nobody else has so many.
func labelled(before, code string) string {
	before = strings.TrimRight(tail(before, 40), " :")
	before = strings.TrimSuffix(before, "为")
	for _, label := range [...]string{"股票代码", "证券代码", "证券代號", "股份代号", "股份代號", "股票代號", "股票代号", "A股代码", "H股代码", "港股代码", "Stock Code", "Stock code", "stock code"} {
		if strings.HasSuffix(before, label) {
			return anyChina.symbol(code)
		}
	}
	return ""
}

// tail is the last n bytes of s, or a few less where a character would be cut.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}

func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}
