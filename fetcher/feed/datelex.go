package feed

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokKind uint8

const (
	tokMark tokKind = iota
	tokNum
	tokWord
)

type dateTok struct {
	kind  tokKind
	text  string // lower case; the digits of a number; one mark
	n     int64  // of a number
	space bool   // white space before it
	used  bool
	caps  bool // a word in capitals
}

// lex cuts s into tokens. Digits and marks of full width become ASCII; Chinese numerals become digits.
func (d *dateParser) lex(s string) {
	d.toks = make([]dateTok, 0, 24)
	space := false
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		r = narrow(r)
		switch {
		case unicode.IsSpace(r) || r == 0x200E || r == 0x200F || r == 0xFEFF || r == 0x200B:
			space = true
			s = s[size:]
			continue
		case isDigit(r):
			text, rest := takeDigits(s)
			d.toks = append(d.toks, dateTok{kind: tokNum, text: text, n: int64(digits(clip(text, 18))), space: space})
			s = rest
		case hanDigit(r) >= 0:
			n, rest := takeHan(s)
			if n < 0 { // a word such as 十分
				d.toks = append(d.toks, dateTok{kind: tokWord, text: s[:size], space: space})
				s = s[size:]
				break
			}
			d.toks = append(d.toks, dateTok{kind: tokNum, text: fmt.Sprint(n), n: n, space: space})
			s = rest
		case unicode.IsLetter(r) || unicode.IsMark(r):
			word, rest := takeWord(s)
			caps := len(s) > len(rest) && s[:len(s)-len(rest)] == strings.ToUpper(word)
			d.toks = append(d.toks, dateTok{kind: tokWord, text: word, space: space, caps: caps})
			s = rest
		default:
			d.toks = append(d.toks, dateTok{kind: tokMark, text: string(r), space: space})
			s = s[size:]
		}
		space = false
	}
}

// narrow gives the ASCII form of digits and marks of full width, of Arabic digits, and of the many dashes.
func narrow(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r >= 0x0660 && r <= 0x0669:
		return r - 0x0660 + '0'
	case r >= 0x06F0 && r <= 0x06F9:
		return r - 0x06F0 + '0'
	case r >= 0x0966 && r <= 0x096F:
		return r - 0x0966 + '0'
	case r == 0x2212 || r >= 0x2010 && r <= 0x2015:
		return '-'
	case r == 0x3000:
		return ' '
	case r == 0x2236: // ratio
		return ':'
	}
	return r
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func takeDigits(s string) (text, rest string) {
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i > 0 && (i == len(s) || s[i] < utf8.RuneSelf) {
		return s[:i], s[i:]
	}
	var b strings.Builder
	for i, r := range s {
		r = narrow(r)
		if !isDigit(r) {
			return b.String(), s[i:]
		}
		b.WriteByte(byte(r))
	}
	return b.String(), ""
}

// hanDigit is the value of a Chinese numeral (10 for ten), or -1.
func hanDigit(r rune) int64 {
	switch r {
	case '〇', '零', '○':
		return 0
	case '一':
		return 1
	case '二':
		return 2
	case '三':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	case '十':
		return 10
	case '廿':
		return 20
	}
	return -1
}

// takeHan reads a number in Chinese numerals that a unit of time follows: 二〇二一年, 十三日, 二十三日. n is -1 where none does.
func takeHan(s string) (n int64, rest string) {
	var n10 int64 // what ten has closed
	var cur, count int64
	ten := false
	for i, r := range s {
		v := hanDigit(r)
		if v < 0 {
			if !strings.ContainsRune("年月日号號时時点點分秒", r) {
				return -1, s
			}
			if ten {
				return n10 + cur, s[i:]
			}
			return cur, s[i:]
		}
		if count++; count > 6 {
			return -1, s
		}
		switch {
		case v >= 10 && cur > 0 && v == 10:
			n10, cur, ten = cur*10, 0, true
		case v >= 10:
			n10, cur, ten = v, 0, true
		case ten:
			cur = v
		default:
			cur = cur*10 + v
		}
	}
	return -1, s
}

// takeWord reads letters, in lower case and without a full stop. Han, kana and Hangul are cut into known words: the
// longest that the text begins with, else one letter.
func takeWord(s string) (word, rest string) {
	r, size := utf8.DecodeRuneInString(s)
	if isCJK(r) {
		for n := min(len(s), 27); n > size; n-- {
			if n < len(s) && !utf8.RuneStart(s[n]) {
				continue
			}
			if _, ok := cjkWords[s[:n]]; ok {
				return s[:n], s[n:]
			}
		}
		return s[:size], s[size:]
	}
	for i, r := range s {
		if r == '.' && i > 0 && isThai(s[i+1:]) { // พ.ค.
			continue
		}
		if !(unicode.IsLetter(r) || unicode.IsMark(r)) || isCJK(r) {
			return strings.ToLower(s[:i]), s[i:]
		}
	}
	return strings.ToLower(s), ""
}

func isThai(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Thai, r)
}

func isCJK(r rune) bool {
	return r >= 0x2E80 && (unicode.Is(unicode.Han, r) || r >= 0x3040 && r <= 0x30FF || r >= 0xAC00 && r <= 0xD7AF)
}

func (d *dateParser) tok(i int) dateTok {
	if i < 0 || i >= len(d.toks) {
		return dateTok{}
	}
	return d.toks[i]
}

func (d *dateParser) isMark(i int, marks string) bool {
	t := d.tok(i)
	return t.kind == tokMark && t.text != "" && strings.Contains(marks, t.text)
}

// freeNum says whether token i is a number of at most max that nothing has taken yet.
func (d *dateParser) freeNum(i, maxDigits int, most int64) bool {
	t := d.tok(i)
	return t.kind == tokNum && !t.used && len(t.text) <= maxDigits && t.n <= most
}

func (d *dateParser) use(from, to int) {
	for i := from; i < to && i < len(d.toks); i++ {
		d.toks[i].used = true
	}
}
