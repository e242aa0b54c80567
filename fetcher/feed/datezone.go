package feed

import (
	"strings"
	"time"
)

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
