package feed

import (
	"unicode/utf8"
)

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
