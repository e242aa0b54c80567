package extract

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stamp is a date as a page writes it.
type stamp struct {
	time  time.Time
	clock bool // has a time of day
	zone  bool // names its zone
}

// months maps the first letters of month names to their number, in the languages whose news we meet.
var months = map[string]time.Month{
	"january": 1, "jan": 1, "januar": 1, "jänner": 1, "jan.": 1, "janvier": 1, "janv": 1, "enero": 1, "ene": 1, "gennaio": 1, "gen": 1, "januari": 1, "janeiro": 1, "januari.": 1, "januára": 1, "января": 1,
	"february": 2, "feb": 2, "februar": 2, "feber": 2, "février": 2, "févr": 2, "fév": 2, "febrero": 2, "febbraio": 2, "februari": 2, "fevereiro": 2, "fev": 2, "февраля": 2,
	"march": 3, "mar": 3, "märz": 3, "mär": 3, "mrz": 3, "maerz": 3, "mars": 3, "marzo": 3, "maart": 3, "mrt": 3, "março": 3, "марта": 3,
	"april": 4, "apr": 4, "avril": 4, "avr": 4, "abril": 4, "abr": 4, "aprile": 4, "апреля": 4,
	"may": 5, "mai": 5, "mayo": 5, "maggio": 5, "mag": 5, "mei": 5, "maio": 5, "maj": 5, "мая": 5,
	"june": 6, "jun": 6, "juni": 6, "juin": 6, "junio": 6, "giugno": 6, "giu": 6, "junho": 6, "июня": 6,
	"july": 7, "jul": 7, "juli": 7, "juillet": 7, "juil": 7, "julio": 7, "luglio": 7, "lug": 7, "julho": 7, "июля": 7,
	"august": 8, "aug": 8, "août": 8, "aout": 8, "agosto": 8, "ago": 8, "augustus": 8, "augusti": 8, "августа": 8,
	"september": 9, "sep": 9, "sept": 9, "septembre": 9, "septiembre": 9, "settembre": 9, "set": 9, "setembro": 9, "сентября": 9,
	"october": 10, "oct": 10, "oktober": 10, "okt": 10, "octobre": 10, "octubre": 10, "ottobre": 10, "ott": 10, "outubro": 10, "out": 10, "октября": 10,
	"november": 11, "nov": 11, "novembre": 11, "noviembre": 11, "novembro": 11, "ноября": 11,
	"december": 12, "dec": 12, "dezember": 12, "dez": 12, "décembre": 12, "déc": 12, "diciembre": 12, "dic": 12, "dicembre": 12, "desember": 12, "dezembro": 12, "декабря": 12,
}

// zones are the abbreviations that news pages use, in seconds east of UTC. CST means Beijing where the page is Chinese.
var zones = map[string]int{
	"z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 3600, "ist": 19800, "cet": 3600, "mez": 3600, "cest": 7200, "mesz": 7200, "eet": 7200, "eest": 10800, "msk": 10800,
	"est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000, "mst": -25200, "mdt": -21600, "pst": -28800, "pdt": -25200,
	"jst": 32400, "kst": 32400, "hkt": 28800, "sgt": 28800, "aest": 36000, "aedt": 39600,
}

// namedZones move with the season.
var namedZones = map[string]string{"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}

var (
	yearFirst  = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)\d\d)(?:\s?[-/.]\s?|\s?[年년]\s?)(0?[1-9]|1[0-2])(?:\s?[-/.]\s?|\s?[月월]\s?)(3[01]|[12]\d|0?[1-9])(?:[^0-9]|$)`)
	compact    = regexp.MustCompile(`^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:T?([01]\d|2[0-3])([0-5]\d)([0-5]\d)?)?`)
	dayMonth   = regexp.MustCompile(`(?i)(?:^|[^0-9\pL])(\d{1,2})(?:st|nd|rd|th|er|º|°)?\.?[\s\-/]*(?:de\s+|of\s+|d')?(\pL{3,10})\.?,?[\s\-/]*(?:de\s+|del\s+)?((?:19|20)\d\d)`)
	monthDay   = regexp.MustCompile(`(?i)(?:^|[^\pL])(\pL{3,10})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s*((?:19|20)\d\d)`)
	numeric    = regexp.MustCompile(`(?:^|[^0-9])(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?((?:19|20)\d\d)`)
	shortYear  = regexp.MustCompile(`(?:^|[^0-9.])(\d{1,2})([./])(\d{1,2})[./](\d\d)(?:[^0-9.]|$)`)
	clockTime  = regexp.MustCompile(`(?i)(?:^|[^0-9:.+-])([01]?\d|2[0-3])\s?[:：h.时時点]\s?([0-5]\d)(?:\s?[:分]\s?([0-5]\d)(?:[.,]\d+)?)?\s?([ap]\.?\s?m\.?(?:[^a-z]|$))?`)
	hourOnly   = regexp.MustCompile(`(?i)(?:^|[^0-9:.])(1[0-2]|[1-9])\s?([ap])\.?m\.?(?:[^a-z]|$)`)
	offset     = regexp.MustCompile(`(?i)(?:(?:utc|gmt)\s?|[0-9]\s?)([+\-−])(1[0-4]|0?\d):?([0-5]\d)?(?:[^0-9]|$)`)
	zoneLetter = regexp.MustCompile(`(?:[0-9]\s?|[aApP]\.?[mM]\.?\s?|\()(Z|UTC|GMT|WET|BST|IST|CET|MEZ|CEST|MESZ|EET|EEST|MSK|EST|EDT|CST|CDT|MST|MDT|PST|PDT|JST|KST|HKT|SGT|AEST|AEDT|ET|CT|MT|PT)(?:[^A-Za-z]|$)`)
)

var isoLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02 15:04:05.999999999 Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05 Z07:00",
}

// readDate finds the date in a piece of text: an attribute's value or a short line of the page. Where the text names no
// zone the clock is loc's. dayFirst says how 4/5/2021 is meant.
func readDate(s string, loc *time.Location, dayFirst bool) (stamp, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 400 || !strings.ContainsAny(s, "0123456789") {
		return stamp{}, false
	}
	if s[0] >= '0' && s[0] <= '9' {
		for _, l := range isoLayouts {
			if t, err := time.Parse(l, s); err == nil {
				return stamp{t, true, true}, plausible(t)
			}
		}
		if st, ok := unixDate(s); ok {
			return st, true
		}
	}
	y, m, d, from, to := findDay(s, dayFirst)
	if y == 0 {
		return stamp{}, false
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if t.Day() != d || !plausible(t) {
		return stamp{}, false
	}
	return withClock(s, from, to, y, m, d, loc), true
}

// unixDate reads seconds or milliseconds since 1970.
func unixDate(s string) (stamp, bool) {
	if len(s) != 10 && len(s) != 13 {
		return stamp{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return stamp{}, false
	}
	if len(s) == 13 {
		n /= 1000
	}
	t := time.Unix(n, 0).UTC()
	return stamp{t, true, true}, plausible(t)
}

// plausible keeps dates that a news page may have.
func plausible(t time.Time) bool { return t.Year() >= 1980 && t.Year() < 2100 }

// findDay gives the first day the text names and where it stands; a year of 0 means none.
func findDay(s string, dayFirst bool) (y int, m time.Month, d, from, to int) {
	if g := yearFirst.FindStringSubmatchIndex(s); g != nil {
		return num(s, g, 1), time.Month(num(s, g, 2)), num(s, g, 3), g[2], g[7]
	}
	if g := compact.FindStringSubmatchIndex(s); g != nil && (len(s) == 8 || g[8] > 0 || s[8] == 'T') {
		return num(s, g, 1), time.Month(num(s, g, 2)), num(s, g, 3), g[2], g[7]
	}
	for _, g := range dayMonth.FindAllStringSubmatchIndex(s, 4) {
		if mon, ok := months[strings.ToLower(s[g[4]:g[5]])]; ok {
			return num(s, g, 3), mon, num(s, g, 1), g[2], g[7]
		}
	}
	for _, g := range monthDay.FindAllStringSubmatchIndex(s, 4) {
		if mon, ok := months[strings.ToLower(s[g[2]:g[3]])]; ok {
			return num(s, g, 3), mon, num(s, g, 2), g[2], g[7]
		}
	}
	for _, re := range []*regexp.Regexp{numeric, shortYear} {
		g := re.FindStringSubmatchIndex(s)
		if g == nil {
			continue
		}
		a, b, y := num(s, g, 1), num(s, g, 3), num(s, g, 4)
		if y < 100 {
			y += 2000
		}
		if dayFirst || s[g[4]:g[5]] != "/" || a > 12 {
			a, b = b, a
		}
		if a > 12 {
			a, b = b, a
		}
		if a >= 1 && a <= 12 && b >= 1 && b <= 31 {
			return y, time.Month(a), b, g[2], g[9]
		}
	}
	return 0, 0, 0, 0, 0
}

func num(s string, g []int, i int) int {
	if g[2*i] < 0 {
		return 0
	}
	n, _ := strconv.Atoi(s[g[2*i]:g[2*i+1]])
	return n
}

// withClock looks for the time of day after the day, then before it.
func withClock(s string, from, to, y int, m time.Month, d int, loc *time.Location) stamp {
	st := stamp{time: time.Date(y, m, d, 0, 0, 0, 0, loc)}
	if g := compact.FindStringSubmatchIndex(s); g != nil && g[8] > 0 && from == 0 {
		st.time = time.Date(y, m, d, num(s, g, 4), num(s, g, 5), num(s, g, 6), 0, loc)
		st.clock = true
		return st
	}
	for _, part := range []string{s[to:], s[:from]} {
		hour, minute, second, ok := findClock(strings.TrimPrefix(part, "T"))
		if !ok {
			continue
		}
		zone, named := findZone(part, loc)
		st.time = time.Date(y, m, d, hour, minute, second, 0, zone)
		st.clock, st.zone = true, named
		return st
	}
	return st
}

func findClock(s string) (hour, minute, second int, ok bool) {
	half := ""
	if g := clockTime.FindStringSubmatchIndex(s); g != nil {
		hour, minute, second = num(s, g, 1), num(s, g, 2), num(s, g, 3)
		if g[8] >= 0 {
			half = strings.ToLower(s[g[8] : g[8]+1])
		}
		if strings.Contains(s[:g[0]+1], "下午") && hour < 12 {
			half = "p"
		}
	} else if g := hourOnly.FindStringSubmatchIndex(s); g != nil {
		hour, half = num(s, g, 1), strings.ToLower(s[g[4]:g[5]])
	} else {
		return 0, 0, 0, false
	}
	if half == "p" && hour < 12 {
		hour += 12
	}
	if half == "a" && hour == 12 {
		hour = 0
	}
	return hour, minute, second, true
}

// findZone reads the zone behind a clock time; loc where there is none.
func findZone(s string, loc *time.Location) (zone *time.Location, named bool) {
	if g := offset.FindStringSubmatchIndex(s); g != nil {
		secs := num(s, g, 2)*3600 + num(s, g, 3)*60
		if s[g[2]:g[3]] != "+" {
			secs = -secs
		}
		return time.FixedZone("", secs), true
	}
	g := zoneLetter.FindStringSubmatchIndex(s)
	if g == nil {
		return loc, false
	}
	name := strings.ToLower(s[g[2]:g[3]])
	if full, ok := namedZones[name]; ok {
		if l, err := time.LoadLocation(full); err == nil {
			return l, true
		}
		return loc, false
	}
	if name == "cst" && loc.String() == "Asia/Shanghai" {
		return loc, true
	}
	if secs := zones[name]; secs != 0 {
		return time.FixedZone(strings.ToUpper(name), secs), true
	}
	return time.UTC, true
}
