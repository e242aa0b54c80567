package feed

import (
	"errors"
	"fmt"
	"strings"
	"time"
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
