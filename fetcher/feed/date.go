package feed

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxDate is how many bytes of a date are looked at. The longest sane ones (a Chinese sentence with a date in it, what
// JavaScript's Date prints) are well below; a pubDate of 100 kB costs no more than they do.
const maxDate = 120

// The years that are trusted. A date outside them comes from a broken clock or an unset field.
const (
	minYear = 1990
	maxYear = 2100
)

// ErrDateRange says that a date was read, but that its year is not to be believed.
var ErrDateRange = errors.New("year outside 1990-2100")

var errNoDate = errors.New("no date")

// DateHint says how to read what a date leaves open. Its zero value means UTC, American order, no relative dates.
type DateHint struct {
	Timezone *time.Location // the source's own clock; settles also what CST, IST and their like mean. nil: not known
	Language string         // BCP 47, of the feed or page: the clock of zh, ja and ko, and the order of 03/04/2021
	Default  *time.Location // the clock where nothing else is known; nil: UTC
	Now      time.Time      // what "3 hours ago" counts from; zero: such dates are not read
}

// ParseDate reads a date as feeds and pages write it, and returns it in UTC. It knows the formats of RFC 822, RFC 3339,
// ISO 8601, JavaScript and Unix time stamps, the month names of some forty languages, and Chinese, Japanese and Korean
// notation; words around the date do not hurt. The clock is the zone in the text, else h.Timezone, else that of
// h.Language (zh, ja, ko), else h.Default, else UTC.
//
// The error is ErrDateRange where the year is outside 1990-2100. It looks at the first 120 bytes only. Safe for
// concurrent use.
func ParseDate(s string, h DateHint) (time.Time, error) {
	t, err := parseDate(s, h)
	if err != nil {
		return time.Time{}, fmt.Errorf("date %q: %w", clip(s, 64), err)
	}
	return t, nil
}

// parseDate is ParseDate without the text of the error, which costs more than the parsing.
func parseDate(s string, h DateHint) (time.Time, error) {
	s = strings.TrimSpace(clip(s, maxDate))
	if s == "" {
		return time.Time{}, errNoDate
	}
	if strings.IndexByte(h.Language, '_') >= 0 {
		h.Language = strings.ReplaceAll(h.Language, "_", "-")
	}
	t, ok := quickRFC3339(s)
	if !ok {
		t, ok = quickRFC1123(s)
	}
	if !ok {
		d := dateParser{hint: h}
		var err error
		if t, err = d.parse(s); err != nil {
			return time.Time{}, err
		}
	}
	if y := t.Year(); y < minYear || y > maxYear {
		return time.Time{}, ErrDateRange
	}
	return t, nil
}

// clip cuts s to at most n bytes, at the edge of a rune.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// quickRFC3339 reads 2006-01-02T15:04:05Z and 2006-01-02T15:04:05+08:00, the form of Atom.
func quickRFC3339(s string) (time.Time, bool) {
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	y, mo, d := digits(s[:4]), digits(s[5:7]), digits(s[8:10])
	hh, mm, ss := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	off := 0
	switch z := s[19:]; {
	case z == "Z":
	case len(z) == 6 && (z[0] == '+' || z[0] == '-') && z[3] == ':':
		var ok bool
		if off, ok = quickOffset(z[0], z[1:3], z[4:6]); !ok {
			return time.Time{}, false
		}
	default:
		return time.Time{}, false
	}
	return quickTime(y, mo, d, hh, mm, ss, off)
}

// quickRFC1123 reads Thu, 13 May 2021 08:04:38 +0800 (or GMT), the form of RSS.
func quickRFC1123(s string) (time.Time, bool) {
	if len(s) < 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || s[19] != ':' || s[22] != ':' || s[25] != ' ' {
		return time.Time{}, false
	}
	mo := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[8:11])
	if mo < 0 || mo%3 != 0 {
		return time.Time{}, false
	}
	mo = mo/3 + 1
	d, y := digits(s[5:7]), digits(s[12:16])
	hh, mm, ss := digits(s[17:19]), digits(s[20:22]), digits(s[23:25])
	off := 0
	switch z := s[26:]; {
	case z == "GMT" || z == "UTC":
	case len(z) == 5 && (z[0] == '+' || z[0] == '-'):
		var ok bool
		if off, ok = quickOffset(z[0], z[1:3], z[3:5]); !ok {
			return time.Time{}, false
		}
	default:
		return time.Time{}, false
	}
	return quickTime(y, mo, d, hh, mm, ss, off)
}

// quickOffset reads the parts of a zone such as +0800, in seconds.
func quickOffset(sign byte, hours, minutes string) (off int, ok bool) {
	h, m := digits(hours), digits(minutes)
	if h < 0 || m < 0 || h > 14 || m > 59 {
		return 0, false
	}
	if off = h*3600 + m*60; sign == '-' {
		off = -off
	}
	return off, true
}

// quickTime is the time of its parts, where there is such a day and such a time of day; off is the zone in seconds.
func quickTime(y, mo, d, hh, mm, ss, off int) (time.Time, bool) {
	if y < 0 || !validDay(y, mo, d) || hh < 0 || hh > 23 || mm < 0 || mm > 59 || ss < 0 || ss > 59 {
		return time.Time{}, false
	}
	return time.Date(y, time.Month(mo), d, hh, mm, ss-off, 0, time.UTC), true
}

// digits is the value of a string of ASCII digits, or -1.
func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

func validDay(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	if d <= 28 {
		return true
	}
	return d <= time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// dateParser reads what the quick forms do not fit: it cuts the text into numbers, words and marks, and gives each the
// meaning that what is known so far leaves for it.
type dateParser struct {
	hint DateHint
	toks []dateTok

	year, month, day int // 0: not found
	hour, min, sec   int
	nsec             int
	hasTime          bool
	half             int // 1: before noon, 2: after noon
	night            bool
	zoneSet          bool
	offset           int // seconds east of UTC, where zoneSet and loc is nil
	loc              *time.Location
	zoneWord         string // a name whose meaning is settled when the date is known
	clockWord        bool   // a city's clock ("Beijing time"), weaker than an offset
}

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

func (d *dateParser) parse(s string) (time.Time, error) {
	if t, ok := epoch(s); ok {
		return t, nil
	}
	d.lex(s)
	d.times()
	d.dates()
	if d.year == 0 && !d.hint.Now.IsZero() {
		if t, ok := d.relative(); ok {
			return t, nil
		}
	}
	if d.year == 0 || d.month == 0 {
		return time.Time{}, errNoDate
	}
	if !d.hasTime {
		d.militaryTime()
	}
	d.zones()
	return d.build()
}

// militaryTime reads the four digits that are left and that a zone follows: 13 May 2021 0804 GMT.
func (d *dateParser) militaryTime() {
	for i := range d.toks {
		if t := d.toks[i]; d.freeNum(i, 4, 2359) && len(t.text) == 4 && t.n%100 < 60 && d.tok(i+1).kind == tokWord && d.toks[i+1].caps {
			d.compactTime(i, t.text)
			return
		}
	}
}

// epoch reads a Unix time stamp in seconds, milli-, micro- or nanoseconds, and the /Date(...)/ of ASP.NET.
func epoch(s string) (time.Time, bool) {
	if in, ok := strings.CutPrefix(strings.ReplaceAll(s, `\`, ""), "/Date("); ok {
		s, _, _ = strings.Cut(in, ")")
		if i := strings.IndexAny(s, "+-"); i > 0 {
			s = s[:i]
		}
	}
	whole, frac, hasFrac := strings.Cut(s, ".")
	n := digits(whole)
	if n < 0 || hasFrac && digits(frac) < 0 {
		return time.Time{}, false
	}
	switch {
	case len(whole) == 9 && n >= minEpoch, len(whole) == 10:
		return time.Unix(int64(n), 0).UTC(), true
	case len(whole) == 12 && n/1000 >= minEpoch && digits(whole[4:6]) > 12, len(whole) == 13:
		return time.UnixMilli(int64(n)).UTC(), true
	case len(whole) == 16:
		return time.UnixMicro(int64(n)).UTC(), true
	case len(whole) == 19 && n > 0:
		return time.Unix(0, int64(n)).UTC(), true
	}
	return time.Time{}, false
}

// minEpoch is 1990-01-01 as a Unix time stamp.
const minEpoch = 631152000

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

// times finds the time of day, whose colons or units leave no doubt, and the words for the halves of the day.
func (d *dateParser) times() {
	for i := range d.toks {
		t := &d.toks[i]
		if t.kind == tokWord && !t.used {
			d.halfWord(i)
		}
		if t.kind != tokNum || t.used || d.hasTime {
			continue
		}
		switch {
		case d.isMark(i+1, ":") && d.freeNum(i+2, 2, 59) && d.freeNum(i, 2, 24):
			d.clock(i, i+2)
		case d.tok(i+1).kind == tokWord && hourUnits[d.tok(i+1).text] && d.freeNum(i, 2, 24):
			d.clockUnits(i)
		case len(t.text) == 14 && compactDate(t.text[:8]):
			d.compact(i, t.text)
		case len(t.text) == 12 && compactDate(t.text[:8]) && digits(t.text[8:10]) < 25 && digits(t.text[10:]) < 60:
			d.compact(i, t.text)
		case len(t.text) == 8 && compactDate(t.text) && d.year == 0:
			d.compact(i, t.text)
		case (len(t.text) == 6 || len(t.text) == 4) && d.tok(i-1).text == "t" && digits(t.text[:2]) < 25 && digits(t.text[2:4]) < 60:
			d.compactTime(i, t.text)
		case len(t.text) == 2 && d.tok(i-1).text == "t" && t.n < 25 && !d.isMark(i+1, ":"): // 2021-05-13T08
			d.hour, d.hasTime = int(t.n), true
			d.use(i, i+1)
		}
	}
	if d.hasTime {
		return
	}
	d.bareTimes()
}

// bareTimes reads a time that only its place tells: "3 pm", and "08.04" after the date.
func (d *dateParser) bareTimes() {
	for i := range d.toks {
		if !d.freeNum(i, 2, 24) || d.hasTime {
			continue
		}
		next := d.tok(i + 1)
		if next.kind == tokWord && (next.text == "am" || next.text == "pm" || halfAt(d, i+1) != 0) {
			d.hour, d.hasTime = int(d.toks[i].n), true
			d.use(i, i+1)
			return
		}
		if d.isMark(i+1, ".") && d.freeNum(i+2, 2, 59) && len(d.tok(i+2).text) == 2 && !d.tok(i+2).space && i >= 3 && !d.isMark(i+3, ".") &&
			(clockWords[d.tok(i-1).text] || d.isMark(i-1, ".") && clockWords[d.tok(i-2).text] || d.tok(i-1).kind == tokNum && len(d.tok(i-1).text) == 4 || d.isMark(i-1, ",") && len(d.tok(i-2).text) == 4) {
			d.clock(i, i+2)
			return
		}
	}
}

func compactDate(s string) bool {
	y := digits(s[:4])
	return y >= minYear && y <= maxYear && validDay(y, digits(s[4:6]), digits(s[6:8]))
}

// compact reads 20210513, 202105130804 and 20210513080438.
func (d *dateParser) compact(i int, s string) {
	d.year, d.month, d.day = digits(s[:4]), digits(s[4:6]), digits(s[6:8])
	d.use(i, i+1)
	if len(s) > 8 {
		d.compactTime(i, s[8:])
	}
}

func (d *dateParser) compactTime(i int, s string) {
	d.hour, d.min, d.hasTime = digits(s[:2]), digits(s[2:4]), true
	if len(s) >= 6 {
		d.sec = digits(s[4:6])
	}
	d.use(i, i+1)
	d.fraction(i + 1)
}

// clock reads h:m, then :s and .fraction where they follow.
func (d *dateParser) clock(h, m int) {
	d.hour, d.min, d.hasTime = int(d.toks[h].n), int(d.toks[m].n), true
	d.use(h, m+1)
	i := m + 1
	if (d.isMark(i, ":") || d.isMark(m-1, ".") && d.isMark(i, ".") && len(d.tok(i+1).text) == 2) && d.freeNum(i+1, 2, 60) {
		d.sec = int(d.toks[i+1].n)
		d.use(i, i+2)
		i += 2
	}
	d.fraction(i)
}

// fraction reads .123, ,123 and :123 of a second.
func (d *dateParser) fraction(i int) {
	f := d.tok(i + 1)
	if !d.isMark(i, ".,:") || f.kind != tokNum || f.used || f.space || d.tok(i).space {
		return
	}
	frac := clip(f.text+"000000000", 9)
	d.nsec = digits(frac)
	d.use(i, i+2)
}

// clockUnits reads 8時4分38秒, 8点04, 8시 4분, 8h04 and 8 uhr.
func (d *dateParser) clockUnits(i int) {
	if d.tok(i+1).text == "h" && d.tok(i+2).kind == tokNum && (d.tok(i+2).space || len(d.tok(i+2).text) > 2) {
		// "8 h 2021" is no minute.
		return
	}
	d.hour, d.hasTime = int(d.toks[i].n), true
	unit := d.tok(i + 1).text
	d.use(i, i+2)
	i += 2
	if unit == "点半" || unit == "點半" || unit == "時半" || unit == "时半" {
		d.min = 30
		return
	}
	if w := d.tok(i); w.kind == tokWord && (w.text == "半" || w.text == "반") {
		d.min = 30
		d.use(i, i+1)
		return
	}
	if !d.freeNum(i, 2, 59) || !minuteUnits[d.tok(i+1).text] && unit != "h" && len(d.tok(i).text) != 2 {
		return
	}
	d.min = int(d.toks[i].n)
	d.use(i, i+1)
	if d.isMark(i+1, ":") { // 8时04:38
		if d.freeNum(i+2, 2, 60) {
			d.sec = int(d.toks[i+2].n)
			d.use(i+1, i+3)
		}
		return
	}
	if !minuteUnits[d.tok(i+1).text] {
		return
	}
	d.use(i+1, i+2)
	if d.freeNum(i+2, 2, 60) && secondUnits[d.tok(i+3).text] {
		d.sec = int(d.toks[i+2].n)
		d.use(i+2, i+4)
	}
}

// halfAt is 1 or 2 where a word for the forenoon or the afternoon is at token i.
func halfAt(d *dateParser, i int) int {
	t := d.tok(i)
	if t.kind != tokWord {
		return 0
	}
	if h := halves[t.text]; h != 0 {
		return h
	}
	// a.m., p. m.
	if (t.text == "a" || t.text == "p") && d.isMark(i+1, ".") && d.tok(i+2).text == "m" {
		if t.text == "a" {
			return 1
		}
		return 2
	}
	return 0
}

func (d *dateParser) halfWord(i int) {
	h := halfAt(d, i)
	if h == 0 || d.half != 0 {
		return
	}
	afterNumber := d.tok(i-1).kind == tokNum
	beforeTime := d.tok(i+1).kind == tokNum && d.isMark(i+2, ":") // "PM 8:04", but not the German "am 13. Mai"
	if !afterNumber && !beforeTime && !isCJK(firstRune(d.toks[i].text)) {
		return
	}
	d.half = h
	d.night = nightWords[d.toks[i].text]
	d.use(i, i+1)
	if t := d.toks[i].text; t == "a" || t == "p" {
		d.use(i, i+3)
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// dates finds year, month and day: by their units (2021年5月13日), by the name of the month, or by the order of numbers.
func (d *dateParser) dates() {
	if d.year != 0 {
		return
	}
	d.units()
	if d.month == 0 {
		d.monthName()
	}
	if d.month == 0 {
		d.numeric()
	}
	if d.month != 0 && d.year == 0 {
		d.year = d.findYear()
	}
	if d.month != 0 && d.day == 0 {
		d.day = d.findDay()
	}
	if d.month == 0 && d.year == 0 {
		d.yearAlone()
	}
	switch {
	case d.year > 2400 && d.year < 2700: // the Buddhist era
		d.year -= 543
	case d.year > 1300 && d.year < 1500 && strings.HasPrefix(d.hint.Language, "fa"):
		d.year, d.month = 0, 0 // the Persian calendar: not ours to guess
	}
}

// units reads the numbers that 年, 月 and 日 follow (and their Korean and Vietnamese kin).
func (d *dateParser) units() {
	taken := make([]bool, len(d.toks))
	for i, t := range d.toks {
		taken[i] = t.used
	}
	for i := range d.toks {
		if d.tok(i).kind != tokNum || d.tok(i).used {
			if d.tok(i).text == "元年" && d.year == 0 {
				d.year = eras[d.tok(i-1).text] + 1
			}
			continue
		}
		n, unit := d.toks[i].n, d.tok(i+1).text
		switch {
		case d.year == 0 && yearUnits[unit] && n <= 9999:
			d.year = int(n)
			if base, ok := eras[d.tok(i-1).text]; ok && n < 200 {
				d.year += base
			} else if n >= 80 && n < 200 && isLang(d.hint.Language, "zh-TW") {
				d.year += eras["民國"]
			} else if len(d.toks[i].text) <= 2 {
				d.year = century(int(n))
			}
		case d.month == 0 && monthUnits[unit] && n >= 1 && n <= 12:
			d.month = int(n)
		case d.day == 0 && dayUnits[unit] && n >= 1 && n <= 31 && d.tok(i-1).text != "tháng":
			d.day = int(n)
		case d.month == 0 && monthsBefore[d.tok(i-1).text] && n >= 1 && n <= 12:
			d.month = int(n)
			d.use(i, i+1)
			continue
		case d.year == 0 && d.tok(i-1).text == "năm" && n > 31:
			d.year = int(n)
			d.use(i, i+1)
			continue
		default:
			continue
		}
		d.use(i, i+2)
	}
	if d.month == 0 { // "13 мая 2021 г.": the month has a name
		d.year, d.day = 0, 0
		for i := range d.toks {
			d.toks[i].used = taken[i]
		}
	}
}

// monthName reads 13 May 2021 and May 13, 2021. Of two words that could be months (mar, 11 may 2021) the one with the
// day beside it is the month.
func (d *dateParser) monthName() {
	best, score := -1, -1
	for i := range d.toks {
		m := d.monthAt(i)
		if m == 0 {
			continue
		}
		s := 0
		if p := d.prevNum(i); p >= 0 && d.freeNum(p, 2, 31) {
			s += 2
		}
		if n := d.nextNum(i); n >= 0 {
			s++
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 || score == 0 {
		return
	}
	d.month = d.monthAt(best)
	d.use(best, best+1)
	prev, next := d.prevNum(best), d.nextNum(best)
	switch {
	case prev >= 0 && d.freeNum(prev, 2, 31) && d.toks[prev].n > 0:
		d.day = int(d.toks[prev].n)
		d.use(prev, prev+1)
		if next >= 0 && d.freeNum(next, 4, 9999) && d.toks[next].n > 31 {
			d.year = d.yearOf(next)
			d.use(next, next+1)
		} else if next >= 0 && d.freeNum(next, 2, 99) && d.findYear0() == 0 {
			d.year = d.yearOf(next)
			d.use(next, next+1)
		}
	case next >= 0 && d.freeNum(next, 2, 31) && d.toks[next].n > 0:
		d.day = int(d.toks[next].n)
		d.use(next, next+1)
	}
}

// monthAt is the month that the word at i names, or 0.
func (d *dateParser) monthAt(i int) int {
	t := d.tok(i)
	if t.kind != tokWord || t.used {
		return 0
	}
	if m := croatian[t.text]; m != 0 && (strings.HasPrefix(d.hint.Language, "hr") || strings.HasPrefix(d.hint.Language, "bs")) {
		return m
	}
	if m := months[t.text]; m != 0 {
		return m
	}
	return months[strings.TrimSuffix(t.text, "s'")]
}

// prevNum is the index of the number before token i, past marks and small words such as "de", or -1.
func (d *dateParser) prevNum(i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		switch t := d.toks[j]; {
		case t.kind == tokNum:
			if t.used {
				return -1
			}
			return j
		case t.kind == tokWord && !small[t.text]:
			return -1
		}
	}
	return -1
}

func (d *dateParser) nextNum(i int) int {
	for j := i + 1; j < len(d.toks) && j <= i+4; j++ {
		switch t := d.toks[j]; {
		case t.kind == tokNum:
			if t.used {
				return -1
			}
			return j
		case t.kind == tokWord && !small[t.text]:
			return -1
		}
	}
	return -1
}

func (d *dateParser) yearOf(i int) int {
	t := d.toks[i]
	switch {
	case len(t.text) == 2 && isLang(d.hint.Language, "th"): // of the Buddhist era
		return 2500 + int(t.n)
	case len(t.text) == 2:
		return century(int(t.n))
	}
	return int(t.n)
}

// century gives a year of two digits its century, as RFC 2822 and its readers do.
func century(y int) int {
	if y >= 70 {
		return 1900 + y
	}
	return 2000 + y
}

// findYear0 is the first free number of four digits, 0 where there is none.
func (d *dateParser) findYear0() int {
	for i := range d.toks {
		if t := d.toks[i]; d.freeNum(i, 4, 9999) && len(t.text) == 4 && !d.signed(i) {
			return i + 1
		}
	}
	return 0
}

// signed says whether the number at i looks like a zone: +0800 after the time.
func (d *dateParser) signed(i int) bool {
	return d.hasTime && d.isMark(i-1, "+-") && !d.tok(i).space && (d.tok(i-1).space || d.tok(i-2).used || d.isMark(i-1, "+"))
}

func (d *dateParser) findYear() int {
	if i := d.findYear0(); i > 0 {
		d.use(i-1, i)
		return int(d.toks[i-1].n)
	}
	for i := range d.toks {
		if t := d.toks[i]; d.freeNum(i, 2, 99) && len(t.text) == 2 && !d.signed(i) && (d.day != 0 || t.n > 31) {
			d.use(i, i+1)
			return century(int(t.n))
		}
	}
	if d.day != 0 && !d.hint.Now.IsZero() {
		return d.nearYear()
	}
	return 0
}

// nearYear is the year of a date that has none: the last one in which it is not in the future by more than a day.
func (d *dateParser) nearYear() int {
	y := d.hint.Now.Year()
	if time.Date(y, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).After(d.hint.Now.Add(36 * time.Hour)) {
		y--
	}
	return y
}

func (d *dateParser) findDay() int {
	for i := range d.toks {
		if d.freeNum(i, 2, 31) && d.toks[i].n > 0 && !d.signed(i) {
			d.use(i, i+1)
			return int(d.toks[i].n)
		}
	}
	return 1
}

// numeric reads 2021-05-13, 13.05.2021, 05/13/2021 and their like, 2021-W19-4, 2021-133 and 2021-05.
func (d *dateParser) numeric() {
	for i := range d.toks {
		a, b, c := d.tok(i), d.tok(i+2), d.tok(i+4)
		if a.kind != tokNum || a.used || a.n > 9999 {
			continue
		}
		if d.isMark(i+1, "-/.") && d.isMark(i+3, "-/.") && b.kind == tokNum && c.kind == tokNum && !b.used && !c.used &&
			d.triple(a, b, c, d.tok(i+1).text) {
			d.use(i, i+5)
			return
		}
		if len(a.text) == 4 && d.isMark(i+1, "-") && d.tok(i+2).text == "w" && d.freeNum(i+3, 2, 53) {
			d.week(i)
			return
		}
		if len(a.text) == 4 && !a.space && a.n >= minYear && d.isMark(i+1, "-") && b.kind == tokNum && !b.used && len(b.text) == 3 && b.n >= 1 && b.n <= 366 {
			t := time.Date(int(a.n), 1, int(b.n), 0, 0, 0, 0, time.UTC)
			d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
			d.use(i, i+3)
			return
		}
	}
	for i := range d.toks {
		a, b := d.tok(i), d.tok(i+2)
		if a.kind != tokNum || a.used || b.kind != tokNum || b.used || !d.isMark(i+1, "-/.") {
			continue
		}
		switch {
		case len(a.text) == 4 && a.n >= minYear && a.n <= maxYear && b.n >= 1 && b.n <= 12 && len(d.toks) == 3:
			d.year, d.month, d.day = int(a.n), int(b.n), 1
		case !d.hint.Now.IsZero() && a.n >= 1 && a.n <= 12 && b.n >= 1 && b.n <= 31 && len(a.text) <= 2 && len(b.text) <= 2 && d.hasTime:
			d.month, d.day = int(a.n), int(b.n)
			d.year = d.nearYear()
		default:
			continue
		}
		d.use(i, i+3)
		return
	}
}

// triple settles the order of three numbers, and says whether they make a date.
func (d *dateParser) triple(a, b, c dateTok, sep string) bool {
	var y, m, day int64
	iso := len(a.text) >= 3
	switch {
	case len(a.text) >= 3 && len(b.text) <= 2 && len(c.text) <= 2:
		y, m, day = a.n, b.n, c.n
	case len(c.text) == 4 && len(a.text) <= 2 && len(b.text) <= 2:
		y = c.n
		if day, m = a.n, b.n; d.monthFirst(a, b, sep) {
			m, day = a.n, b.n
		}
	case len(a.text) <= 2 && len(b.text) <= 2 && len(c.text) == 2:
		yearFirst := a.n > 31 || sep == "-" && b.n <= 12 && c.n <= 31 && a.n > 12 || cjkLanguage(d.hint.Language) && b.n <= 12 && c.n <= 31
		if yearFirst {
			y, m, day = int64(century(int(a.n))), b.n, c.n
			break
		}
		y = int64(century(int(c.n)))
		if day, m = a.n, b.n; d.monthFirst(a, b, sep) {
			m, day = a.n, b.n
		}
	default:
		return false
	}
	if m > 12 && day <= 12 && !iso {
		m, day = day, m
	}
	if m < 1 || m > 12 || day < 1 || day > 31 {
		return false
	}
	d.year, d.month, d.day = int(y), int(m), int(day)
	return true
}

// monthFirst says whether 03/04 is in March. It is in America, and there with strokes (or a.m. and p.m.); elsewhere the
// day is first.
func (d *dateParser) monthFirst(a, b dateTok, sep string) bool {
	switch {
	case a.n > 12:
		return false
	case b.n > 12:
		return true
	case sep == ".":
		return false
	}
	lang := strings.ToLower(strings.ReplaceAll(d.hint.Language, "_", "-"))
	switch {
	case lang == "" || lang == "en" || lang == "en-us" || strings.HasPrefix(lang, "en-us"):
		return sep == "/" || d.half != 0
	case lang == "en-ph", lang == "fil", lang == "tl":
		return true
	}
	return false
}

// week reads the ISO week date 2021-W19-4.
func (d *dateParser) week(i int) {
	day := 1
	if d.isMark(i+4, "-") && d.freeNum(i+5, 1, 7) && d.toks[i+5].n > 0 {
		day = int(d.toks[i+5].n)
	}
	jan4 := time.Date(int(d.toks[i].n), 1, 4, 0, 0, 0, 0, time.UTC)
	monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7)
	t := monday.AddDate(0, 0, (int(d.toks[i+3].n)-1)*7+day-1)
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
	d.use(i, i+6)
}

// yearAlone takes a text that is nothing but a year, as ISO 8601 allows.
func (d *dateParser) yearAlone() {
	if len(d.toks) == 1 && d.freeNum(0, 4, maxYear) && d.toks[0].n >= minYear {
		d.year, d.month, d.day = int(d.toks[0].n), 1, 1
	}
}

// zones finds the zone: an offset is stronger than a name, and a name of the zone stronger than a city's clock.
func (d *dateParser) zones() {
	if !d.hasTime {
		return
	}
	start := 0
	for i := range d.toks { // zones stand behind the time, but for a city's clock
		if t := d.toks[i]; t.used && t.kind == tokNum && i+2 < len(d.toks) && (d.isMark(i+1, ":") || d.toks[i+1].kind == tokWord && len(t.text) == 4) {
			start = i
			break
		}
	}
	for i := range d.toks {
		t := d.toks[i]
		if i > start && d.isMark(i, "+-") && !t.used && d.zoneOffset(i) {
			return
		}
		if t.kind != tokWord || t.used || d.zoneWord != "" || d.loc != nil && !d.clockWord {
			continue
		}
		if z, ok := cjkZones[t.text]; ok && d.loc == nil {
			d.loc, d.clockWord = zoneLocation(z), true
			continue
		}
		if i > start {
			d.zoneName(i)
		}
	}
}

// zoneOffset reads +0800, +08:00, +8 and -530 at the mark i.
func (d *dateParser) zoneOffset(i int) bool {
	n := d.tok(i + 1)
	if n.kind != tokNum || n.used || n.space && len(n.text) != 4 {
		return false
	}
	h, m := n.n, int64(0)
	switch len(n.text) {
	case 1, 2:
		if (d.isMark(i+2, ":") || d.isMark(i+2, ".")) && d.freeNum(i+3, 2, 59) {
			m = d.toks[i+3].n
		}
	case 3, 4:
		h, m = n.n/100, n.n%100
	default:
		return false
	}
	if h > 14 || m > 59 {
		return false
	}
	if d.offset = int(h*3600 + m*60); d.tok(i).text == "-" {
		d.offset = -d.offset
	}
	d.zoneSet = true
	return true
}

// zoneName reads UTC, CST, China Standard Time and Asia/Shanghai.
func (d *dateParser) zoneName(i int) {
	t := d.toks[i]
	for n := 4; n >= 2; n-- {
		if z, ok := longZones[d.words(i, n)]; ok {
			d.loc, d.clockWord = zoneLocation(z), false
			return
		}
	}
	if d.isMark(i+1, "/") && ianaAreas[t.text] {
		if loc := d.iana(i); loc != nil {
			d.loc, d.clockWord = loc, false
		}
		return
	}
	if t.text == "z" && len(d.tok(i+1).text) == 0 || t.text == "utc" || t.text == "gmt" || t.text == "ut" && d.upper(i) {
		d.zoneWord = "utc"
		return
	}
	if _, ok := zoneOffsets[t.text]; ok && d.upper(i) {
		d.zoneWord = t.text
		return
	}
	if z, ok := usClocks[t.text]; ok && d.upper(i) {
		d.loc, d.clockWord = zoneLocation(z), false
	}
}

// words joins n words from token i with blanks; "" where there are not as many.
func (d *dateParser) words(i, n int) string {
	if i+n > len(d.toks) {
		return ""
	}
	var b strings.Builder
	for j := i; j < i+n; j++ {
		if d.toks[j].kind != tokWord {
			return ""
		}
		if j > i {
			b.WriteByte(' ')
		}
		b.WriteString(d.toks[j].text)
	}
	return b.String()
}

// iana reads an area and a city: Asia/Shanghai, America/New_York.
func (d *dateParser) iana(i int) *time.Location {
	name := title(d.toks[i].text) + "/"
	for j := i + 2; j < len(d.toks); j++ {
		switch t := d.toks[j]; {
		case t.kind == tokWord && !t.space:
			name += title(t.text)
		case t.kind == tokMark && !t.space && strings.Contains("_/-", t.text):
			name += t.text
		default:
			j = len(d.toks)
		}
	}
	return zoneLocation(name)
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// build makes the time of what was found.
func (d *dateParser) build() (time.Time, error) {
	if d.day == 0 {
		d.day = 1
	}
	if d.year < 1 || !validDay(d.year, d.month, d.day) {
		return time.Time{}, errNoDate
	}
	h := d.hour
	switch {
	case d.half == 2 && d.night && h == 12:
		h = 24
	case d.half == 2 && d.night && h == 0:
	case d.half == 2 && h < 12:
		h += 12
	case d.half == 1 && h == 12:
		h = 0
	case d.half == 3 && h < 4: // noon
		h += 12
	}
	if h > 24 || d.min > 59 {
		return time.Time{}, errNoDate
	}
	at := func(loc *time.Location) time.Time {
		return time.Date(d.year, time.Month(d.month), d.day, h, d.min, min(d.sec, 59), d.nsec, loc)
	}
	switch {
	case d.zoneSet:
		return at(time.UTC).Add(-time.Duration(d.offset) * time.Second), nil
	case d.zoneWord != "":
		off := d.meaning(d.zoneWord, at)
		return at(time.UTC).Add(-time.Duration(off) * time.Second), nil
	case d.loc != nil:
		return at(d.loc).UTC(), nil
	}
	return at(d.hint.clock()).UTC(), nil
}

// clock is the clock of a date that names none.
func (h DateHint) clock() *time.Location {
	switch {
	case h.Timezone != nil:
		return h.Timezone
	case isLang(h.Language, "zh"):
		return china
	case isLang(h.Language, "ja"), isLang(h.Language, "ko"):
		return japan
	case h.Default != nil:
		return h.Default
	}
	return time.UTC
}

// meaning is the offset of a zone's name. The same three letters stand for several zones: what the source's own clock
// calls by that name is meant where it is set, else what the language tells, else the commonest.
func (d *dateParser) meaning(name string, at func(*time.Location) time.Time) int {
	if tz := d.hint.Timezone; tz != nil {
		if abbr, off := at(tz).Zone(); strings.EqualFold(abbr, name) {
			return off
		} else if name == "cst" && off >= 7*3600 && off <= 9*3600 {
			return 8 * 3600
		}
	}
	lang := strings.ToLower(d.hint.Language)
	for _, a := range ambiguous {
		if a.name == name && isLang(lang, a.lang) {
			return a.offset
		}
	}
	return zoneOffsets[name]
}

// countries are the codes of countries that feeds give where the language belongs.
var countries = map[string]string{"zh": "cn", "ja": "jp", "ko": "kr"}

// isLang says whether tag is the language lang, or one of its regional forms.
func isLang(tag, lang string) bool {
	if c := countries[lang]; c != "" && strings.EqualFold(tag, c) {
		return true
	}
	if len(tag) < len(lang) || !strings.EqualFold(tag[:len(lang)], lang) {
		return false
	}
	return len(tag) == len(lang) || tag[len(lang)] == '-' || tag[len(lang)] == '_'
}

func cjkLanguage(tag string) bool { return isLang(tag, "zh") || isLang(tag, "ja") || isLang(tag, "ko") }

// upper says whether the word at i was written in capitals, as the names of zones are.
func (d *dateParser) upper(i int) bool { return d.toks[i].caps }

// relative reads "3 hours ago", 5分钟前 and 昨天 08:04.
func (d *dateParser) relative() (time.Time, bool) {
	now := d.hint.Now.In(d.hint.clock())
	for i, t := range d.toks {
		if days, ok := dayWords[t.text]; ok {
			if !d.hasTime {
				return now.AddDate(0, 0, days).UTC(), true
			}
			day := now.AddDate(0, 0, days)
			d.year, d.month, d.day = day.Year(), int(day.Month()), day.Day()
			d.zones()
			at, err := d.build()
			return at, err == nil
		}
		if t.kind != tokNum || t.n > 10000 {
			continue
		}
		unit, ok := agoUnits[d.tok(i+1).text]
		if !ok {
			continue
		}
		for j := range d.toks {
			if w := d.toks[j].text; agoWords[w] {
				return now.Add(-time.Duration(t.n) * unit).UTC(), true
			}
		}
	}
	return time.Time{}, false
}
