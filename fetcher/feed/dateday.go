package feed

import (
	"strings"
	"time"
)

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
