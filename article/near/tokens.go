package near

import (
	"unicode"
	"unicode/utf8"
)

// token is a word, a number or a single character, as its hash.
type token struct {
	hash   uint64
	kind   kind
	starts bool // a line
	// What dates are made of: the value of a whole number under 10,000, a month's number for its English name, or the
	// month and day (m*100+d) of a date that may still get its year; -1 for all else.
	val int16
}

type kind uint8

const (
	word   kind = iota
	ideo        // a character of a script without spaces
	number      // also a date, and a word that is a code: with a digit (Q3, A350), or short, in capitals and in brackets (AAPL)
	day         // a number that is a month and a day, and may get its year
)

func (k kind) figure() bool { return k >= number }

// tokens reads a title and a text.
func tokens(title, text string) []token {
	title, text = title[:min(len(title), maxText)], text[:min(len(text), maxText)]
	r := reader{toks: make([]token, 0, (len(title)+len(text))/3+8)}
	r.read(title)
	r.read(text)
	return r.toks
}

func sizeOf(toks []token) int {
	n := 2 * len(toks)
	for _, t := range toks {
		if t.kind == ideo {
			n--
		}
	}
	return n
}

const (
	offset64 = 14695981039346656037 // FNV-1a
	prime64  = 1099511628211
)

// mix spreads the bits of a hash (the finaliser of splitmix64).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func hashOf(s string) uint64 {
	h := uint64(offset64)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime64
	}
	return mix(h)
}

var (
	percentSalt = hashOf("%")
	perHash     = hashOf("per")
	centHash    = hashOf("cent")
	percents    = map[uint64]bool{hashOf("percent"): true, hashOf("pct"): true, centHash: true}
	months      = monthHashes()
	telling     = tellingHashes()
)

// tellingHashes says by the last byte of a hash whether it may be that of a month or of percent: most words are not.
func tellingHashes() (t [256]bool) {
	for h := range months {
		t[h&255] = true
	}
	for h := range percents {
		t[h&255] = true
	}
	return t
}

func monthHashes() map[uint64]int16 {
	m := make(map[uint64]int16)
	for i, name := range [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"} {
		m[hashOf(name)] = int16(i + 1)
		m[hashOf(name[:3])] = int16(i + 1)
	}
	m[hashOf("sept")] = 9
	return m
}

// reader makes tokens of text.
type reader struct{ toks []token }

func (r *reader) read(s string) {
	line, from := true, len(r.toks) // a line begins; its first token is to be marked
	for i := 0; i < len(s); {
		if line && len(r.toks) > from {
			r.toks[from].starts, line = true, false
		}
		from = len(r.toks)
		if b := s[i]; b >= 0xE4 && b <= 0xE9 && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80 && (b > 0xE4 || s[i+1] >= 0xB8) {
			r.ideo(rune(b&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F)) // U+4E00 to U+9FFF
			i += 3
			continue
		}
		switch c, size := fold(s, i); {
		case c >= '0' && c <= '9':
			i = r.number(s, i)
		case spaceless(c):
			r.ideo(c)
			i += size
		case letter(c):
			i = r.word(s, i)
		default:
			line = line || c == '\n'
			i += size
		}
	}
	if line && len(r.toks) > from {
		r.toks[from].starts = true
	}
}

// fold decodes the character at i; full-width forms become their ASCII twins. Behind the end there is a zero.
func fold(s string, i int) (rune, int) {
	if i >= len(s) {
		return 0, 0
	}
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), 1
	}
	c, size := utf8.DecodeRuneInString(s[i:])
	if c >= 0xFF01 && c <= 0xFF5E {
		c -= 0xFEE0
	}
	return c, size
}

func letter(c rune) bool {
	if c < utf8.RuneSelf {
		return c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return unicode.IsLetter(c)
}

// spaceless says whether c belongs to a script that puts no spaces between words.
func spaceless(c rune) bool {
	if c < 0x0E00 {
		return false
	}
	return c >= 0x4E00 && c <= 0x9FFF || c >= 0x3041 && c <= 0x30FF || c >= 0x3400 && c <= 0x4DBF || c >= 0x20000 && c <= 0x3FFFF ||
		c >= 0xF900 && c <= 0xFAFF || c == '〇' || c <= 0x0EFF || c >= 0x1000 && c <= 0x109F || c >= 0x1780 && c <= 0x17FF
}

// ideo adds a single character. The 日 or 号 of a date makes one token of all that belongs to it.
func (r *reader) ideo(c rune) {
	if (c == '日' || c == '号' || c == '號') && r.chineseDate() {
		return
	}
	r.toks = append(r.toks, token{hash: mix(uint64(c)), kind: ideo, val: -1})
}

var (
	yearHash  = mix('年')
	monthHash = mix('月')
)

func (r *reader) chineseDate() bool {
	n := len(r.toks)
	if n < 3 || r.toks[n-2].hash != monthHash {
		return false
	}
	m, d := r.toks[n-3], r.toks[n-1]
	if m.kind != number || d.kind != number || !isDay(m.val, d.val) {
		return false
	}
	if n >= 5 && r.toks[n-4].hash == yearHash && isYear(r.toks[n-5]) {
		y := r.toks[n-5].val
		r.become(n-5, date(y, m.val, d.val))
		return true
	}
	r.become(n-3, monthDay(m.val, d.val))
	return true
}

// become makes one token of the last ones, from at on.
func (r *reader) become(at int, t token) {
	t.starts = r.toks[at].starts
	r.toks = append(r.toks[:at], t)
}

func isDay(m, d int16) bool { return m >= 1 && m <= 12 && d >= 1 && d <= 31 }
func isYear(t token) bool   { return t.kind == number && t.val >= 1900 && t.val <= 2199 }

func date(y, m, d int16) token {
	return token{hash: mix(uint64(y)<<32 | uint64(m)<<8 | uint64(d) | 1<<60), kind: number, val: -1}
}

func monthDay(m, d int16) token {
	return token{hash: date(0, m, d).hash, kind: day, val: m*100 + d}
}

// word reads letters, and digits and marks behind them; an apostrophe between letters does not end it.
func (r *reader) word(s string, i int) int {
	h, k, start, capitals := uint64(offset64), word, i, 0
	for i < len(s) {
		c, size := fold(s, i)
		switch {
		case c >= 'a' && c <= 'z':
		case c >= '0' && c <= '9':
			k = number
		case c >= 'A' && c <= 'Z':
			if capitals++; capitals > 1 && capitals < 7 && capitals == i+size-start && ticker(s, start, i+size) {
				k = number
			}
			c |= 0x20
		case c == '\'' || c == '’':
			if next, _ := fold(s, i+size); !letter(next) || spaceless(next) {
				return r.addWord(token{hash: mix(h), kind: k, val: -1}, i)
			}
			i += size
			continue
		case c < utf8.RuneSelf || spaceless(c) || !unicode.In(c, unicode.L, unicode.M, unicode.Nd):
			return r.addWord(token{hash: mix(h), kind: k, val: -1}, i)
		default:
			c = unicode.ToLower(c)
		}
		h = (h ^ uint64(c)) * prime64
		i += size
	}
	return r.addWord(token{hash: mix(h), kind: k, val: -1}, i)
}

// ticker says whether a word stands as the codes of listed companies do: (NYSE: ABC).
func ticker(s string, start, end int) bool {
	for start > 0 && s[start-1] == ' ' {
		start--
	}
	next, _ := fold(s, end)
	return start > 0 && (s[start-1] == ':' || s[start-1] == '(') && (next == ')' || next == ':' || next == ',' || next == ';')
}

// addWord adds a word, unless it makes a percentage or a date of the number before it.
func (r *reader) addWord(t token, end int) int {
	n, h := len(r.toks), t.hash
	if t.kind != word || !telling[h&255] {
		r.toks = append(r.toks, t)
		return end
	}
	at := n - 1 // of the number that this belongs to
	if h == centHash && at > 0 && r.toks[at].hash == perHash {
		at-- // per cent
	} else if h == centHash {
		at = -1
	}
	if at >= 0 && r.toks[at].kind == number && percents[h] {
		r.toks = r.toks[:at+1]
		r.toks[at].hash, r.toks[at].val = mix(r.toks[at].hash+percentSalt), -1
		return end
	}
	if m, ok := months[h]; ok {
		if n > 0 && r.toks[n-1].kind == number && isDay(m, r.toks[n-1].val) { // 5 March
			r.become(n-1, monthDay(m, r.toks[n-1].val))
			return end
		}
		t.val = m
	}
	r.toks = append(r.toks, t)
	return end
}

// number reads a number: its thousands without their commas, its percent sign with it, a date in figures as one.
func (r *reader) number(s string, i int) int {
	if end, ok := r.isoDate(s, i); ok {
		return end
	}
	h, val, digits := uint64(offset64), int16(0), 0
	for i < len(s) {
		c, size := fold(s, i)
		switch next, _ := fold(s, i+size); {
		case c >= '0' && c <= '9':
			i += size
			if c == '0' && digits == 0 && next >= '0' && next <= '9' {
				continue // leading zeros say nothing
			}
			digits++
			h = (h ^ uint64(c)) * prime64
			if val >= 0 && digits <= 4 {
				val = val*10 + int16(c-'0')
			} else {
				val = -1
			}
			continue
		case c == '.' && next >= '0' && next <= '9':
			h, val, digits = (h^'.')*prime64, -1, digits+1
			i += size
			continue
		case c == ',' && thousands(s, i+size):
			val = -1
			i += size
			continue
		case c == '%' || c == '‰':
			h, val = mix(h)+percentSalt+uint64(c-'%'), -1
			i += size
		}
		break
	}
	return r.addNumber(token{hash: mix(h), kind: number, val: val}, i)
}

// addNumber adds a number, unless it is the day behind a month or the year behind both.
func (r *reader) addNumber(t token, end int) int {
	if n := len(r.toks); n > 0 {
		last := r.toks[n-1]
		switch {
		case last.kind == word && last.val > 0 && isDay(last.val, t.val): // March 5
			r.become(n-1, monthDay(last.val, t.val))
			return end
		case last.kind == day && isYear(t): // March 5, 2024
			r.become(n-1, date(t.val, last.val/100, last.val%100))
			return end
		}
	}
	r.toks = append(r.toks, t)
	return end
}

// thousands says whether three digits and no fourth begin at i.
func thousands(s string, i int) bool {
	for n := 0; ; n++ {
		c, size := fold(s, i)
		if c < '0' || c > '9' {
			return n == 3
		}
		if n == 3 {
			return false
		}
		i += size
	}
}

// isoDate reads 2024-03-05, 2024/3/5 and 2024.3.5.
func (r *reader) isoDate(s string, i int) (end int, ok bool) {
	if i+8 > len(s) || s[i+4] != '-' && s[i+4] != '/' && s[i+4] != '.' {
		return 0, false
	}
	sep := s[i+4]
	y, n := small(s, i, 4)
	m, n2 := small(s, i+5, 2)
	if n != 4 || n2 == 0 || i+5+n2 >= len(s) || s[i+5+n2] != sep {
		return 0, false
	}
	d, n3 := small(s, i+6+n2, 2)
	end = i + 6 + n2 + n3
	if n3 == 0 || !isDay(m, d) || y < 1900 || y > 2199 || end < len(s) && s[end] >= '0' && s[end] <= '9' {
		return 0, false
	}
	r.toks = append(r.toks, date(y, m, d))
	return end, true
}

// small reads at most the given number of ASCII digits.
func small(s string, i, most int) (v int16, n int) {
	for n < most && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
		v = v*10 + int16(s[i+n]-'0')
		n++
	}
	return v, n
}
