package extract

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/feedfolio/feedfolio/fetcher/feed"
)

// dateMetas are the meta elements that hold the date of publication, best first.
var dateMetas = []string{
	"article:published_time", "datepublished", "og:published_time", "og:article:published_time", "article:published", "publishdate", "pubdate", "publish_date", "publish-date", "publication_date", "article:publish_time", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "article_date_original", "originalpublicationdate", "rnews:datepublished", "shareaholic:article_published_time", "last-published", "article.published", "bt:pubdate", "displaydate", "release_date", "releasedate", "vr:published_time", "firstpublished", "dateissued", "pdate", "ptime", "publishtime", "weibo: article:create_at", "weibo:article:create_at", "og:release_date", "bytedance:published_time", "iso-8601-publish-date", "published", "published-date", "published_date", "published_time", "publishedtime", "published_at", "og:pubdate", "article:publicationdate", "dc.date.x-publish",
}

// dateMetasWeak may tell when a page was made; a date that is printed beside the headline counts more.
var dateMetasWeak = []string{
	"dc.date.issued", "dcterms.issued", "dc.date.published", "date", "dc.date", "dc:date", "dcterms.date", "dc.date.created", "dcterms.created", "datecreated", "article.created", "created", "timestamp", "contentcreatedate", "content_create_date", "firstpublishedtime", "citation_online_date", "citation_publication_date", "dateupdate",
}

// dateMetasLast are those that may mean something else.
var dateMetasLast = []string{"article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "moddate", "article:modified", "revised", "bytedance:updated_time"}

// dateFinder gathers dates in the order in which they are believed.
type dateFinder struct {
	p        *page
	loc      *time.Location
	dayFirst bool
	best     stamp
	raw      string
	from     string
}

// offer takes a date; it says whether the search is over, which is when a date with a clock is known.
func (f *dateFinder) offer(v, from string) bool {
	if v == "" {
		return false
	}
	st, ok := readDate(v, f.loc, f.dayFirst)
	if !ok {
		if len(v) > 64 || digitRuns(v) < 2 || from == "address" || from == "script" {
			return false // a year alone, or the number of something, is no date
		}
		t, err := feed.ParseDate(v, feed.DateHint{Timezone: f.loc, Language: f.p.lang})
		if err != nil {
			return false
		}
		st = stamp{time: t, clock: t.Hour()+t.Minute()+t.Second() > 0, zone: true}
	}
	switch {
	case f.raw == "":
		f.best, f.raw, f.from = st, v, from
	case !f.best.clock && st.clock && sameDayAs(f.best.time, st.time):
		f.best, f.raw, f.from = st, v, from // the same day, and the time of it
	}
	return f.best.clock
}

// digitRuns counts the numbers in s.
func digitRuns(s string) int {
	n, in := 0, false
	for i := range len(s) {
		d := s[i] >= '0' && s[i] <= '9'
		if d && !in {
			n++
		}
		in = d
	}
	return n
}

// sameDayAs allows a day's difference in zones.
func sameDayAs(a, b time.Time) bool {
	return a.Sub(b).Abs() < 26*time.Hour && (a.Day() == b.Day() || a.YearDay() == b.UTC().YearDay())
}

func (p *page) published(r *Result, h *head) {
	p.lang = r.Language
	f := &dateFinder{p: p, loc: p.zone(r), dayFirst: !strings.EqualFold(r.Language, "en-us") && r.Language != "en" && r.Language != ""}
	if p.addr != nil && (strings.HasSuffix(p.addr.Hostname(), ".uk") || strings.HasSuffix(p.addr.Hostname(), ".au") || strings.HasSuffix(p.addr.Hostname(), ".de") || strings.HasSuffix(p.addr.Hostname(), ".in")) {
		f.dayFirst = true
	}
	p.updated(r, h, f)
	for _, rules := range []*Rules{p.in.Rules, p.site} {
		if rules != nil && rules.date != nil {
			if n := first(p.doc, rules.date); n != nil {
				f.offer(attr(n, "datetime"), "rules")
				f.offer(attr(n, "content"), "rules")
				f.offer(nodeText(n), "rules")
			}
		}
	}
	p.findDate(f, h)
	if f.raw != "" {
		t := f.best.time
		if _, off := t.Zone(); f.best.clock && off == 0 && !strings.HasSuffix(f.raw, "00:00") {
			t = t.In(f.loc) // UTC is the machine's; the day that the page prints is the site's
		}
		r.Published, r.PublishedRaw, r.Sources["published"] = t, f.raw, f.from
	}
}

func (p *page) updated(r *Result, h *head, f *dateFinder) {
	if v := ldFirst(h.article()["dateModified"]); v != "" {
		if st, ok := readDate(v, f.loc, f.dayFirst); ok {
			r.Updated, r.Sources["updated"] = st.time, "json-ld dateModified"
			return
		}
	}
	if v, name := h.get("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified"); v != "" {
		if st, ok := readDate(v, f.loc, f.dayFirst); ok {
			r.Updated, r.Sources["updated"] = st.time, "meta "+name
		}
	}
}

// findDate goes through the places in which a page says when it was published, and stops at a full date.
func (p *page) findDate(f *dateFinder, h *head) {
	a := h.article()
	if f.raw != "" && f.best.clock {
		return
	}
	p.settle(f, h, a)
	if f.offer(ldFirst(a["datePublished"]), "json-ld datePublished") {
		return
	}
	if f.raw == "" {
		for _, o := range h.ld {
			if f.offer(ldFirst(o["datePublished"]), "json-ld datePublished") {
				return
			}
		}
	}
	for _, name := range dateMetas {
		if v := h.metas[name]; len(v) > 0 && f.offer(v[0], "meta "+name) {
			return
		}
	}
	if p.markedDates(f, h) || p.printedDates(f) {
		return
	}
	for _, name := range dateMetasWeak {
		if v := h.metas[name]; len(v) > 0 && f.offer(v[0], "meta "+name) {
			return
		}
	}
	if f.raw == "" {
		p.lastResorts(f, h, a)
	}
}

// settle decides between the JSON-LD and the meta element where they name different days: the day that is printed counts.
func (p *page) settle(f *dateFinder, h *head, a ldObject) {
	meta, name := h.get("article:published_time", "datepublished")
	ld := ldFirst(a["datePublished"])
	x, ok := readDate(ld, f.loc, f.dayFirst)
	y, ok2 := readDate(meta, f.loc, f.dayFirst)
	if !ok || !ok2 || x.time.Sub(y.time).Abs() < 26*time.Hour {
		return
	}
	g := &dateFinder{p: p, loc: f.loc, dayFirst: f.dayFirst}
	p.markedDates(g, h)
	if g.raw == "" {
		p.printedDates(g)
	}
	if g.raw != "" && g.best.time.Sub(y.time).Abs() < 26*time.Hour {
		f.offer(meta, "meta "+name)
	}
}

// markedDates reads the elements that say they hold a date.
func (p *page) markedDates(f *dateFinder, h *head) bool {
	start, end := p.region()
	_, last := p.span()
	for pass := range 3 { // first those near the headline, then others, then dates of changes
		for _, list := range [][]*html.Node{h.times, h.dates} {
			for i, n := range list {
				if i > 80 {
					break
				}
				at := p.blocks.At(n)
				near := at >= start-3 && at <= end
				if pass < 2 && near != (pass == 0) || pass >= 1 && (at > last+12 || f.raw != "") || p.outOfPlace(n) {
					continue
				}
				cls := strings.ToLower(attr(n, "class") + attr(n, "itemprop"))
				if changed := strings.Contains(cls, "updat") || strings.Contains(cls, "modif"); changed != (pass == 2) {
					continue
				}
				from := "element marked as date"
				if n.DataAtom == atom.Time {
					from = "time element"
				}
				if f.offer(attr(n, "datetime"), from) || f.offer(attr(n, "content"), from) || n.DataAtom == atom.Abbr && f.offer(attr(n, "title"), from) {
					return true
				}
				if t := nodeText(n); len(t) < 200 && f.offer(t, from) {
					return true
				}
			}
		}
	}
	return false
}

// printedDates reads the short lines around the headline, then those right after the text.
func (p *page) printedDates(f *dateFinder) bool {
	start, end := p.region()
	_, last := p.span()
	look := func(i int) bool {
		if i < 0 || i >= len(p.blocks.Blocks) || p.blocks.Blocks[i].Len() > 220 || !p.blocks.HasDigits(i) {
			return false
		}
		return f.offer(p.blocks.Text(i), "line near the headline")
	}
	first, _ := p.span()
	for i := min(first, len(p.blocks.Blocks)) - 1; i >= max(0, start-6); i-- { // upwards from the text
		if look(i) {
			return true
		}
	}
	for i := first; i <= end; i++ {
		if look(i) {
			return true
		}
	}
	if f.raw != "" {
		return false
	}
	for i := first; i <= end && i < len(p.blocks.Blocks); i++ {
		if f.offer(dateline.FindString(cutRunes(p.blocks.Text(i), 60)), "dateline") {
			return true
		}
	}
	if f.raw != "" {
		return false
	}
	for i := last + 1; i <= last+8; i++ {
		if look(i) {
			return true
		}
	}
	return f.raw != ""
}

// dateline is the beginning of a text that names its place and date: "Karlsruhe, (12.11.2021). ", "01.02.2022 ".
var dateline = regexp.MustCompile(`^(?:\p{Lu}[\pL /-]{2,24},?\s*[(–-]?\s*|\()?(?:\d{1,2}\.\s?\d{1,2}\.\s?(?:19|20)\d\d|\d{1,2}\.? \pL{3,10}\.? (?:19|20)\d\d|\p{Lu}\pL{2,8}\.? \d{1,2}, (?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)`)

var (
	addressDay    = regexp.MustCompile(`/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?:[/_.-]|\b)`)
	addressMonth  = regexp.MustCompile(`/((?:19|20)\d\d)-?(0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])/`)
	addressGerman = regexp.MustCompile(`/(0[1-9]|[12]\d|3[01])[.-](0[1-9]|1[0-2])[.-]((?:19|20)\d\d)\b`)
	scriptDate    = regexp.MustCompile(`(?i)["']?(?:date_?published|publish(?:ed)?_?(?:date|time|at|on)|pub_?(?:date|time)|first_?published|ptime|release_?date|created_?(?:at|time)|create_?time|ct|datecreated)["']?\s*[:=]\s*["'](\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[^"'<]{0,20}|\d{10}(?:\d{3})?)["']`)
)

// lastResorts are time elements anywhere, the address, the page's scripts and what may be another date.
func (p *page) lastResorts(f *dateFinder, h *head, a ldObject) {
	for _, n := range h.times {
		if !p.outOfPlace(n) && (f.offer(attr(n, "datetime"), "time element") || f.offer(nodeText(n), "time element")) {
			return
		}
	}
	for _, n := range h.scripts {
		src := rawText(n)
		if len(src) > 300_000 {
			src = src[:300_000]
		}
		if !strings.Contains(src, "ublish") && !strings.Contains(src, "time") && !strings.Contains(src, "date") && !strings.Contains(src, "Date") && !strings.Contains(src, "ct") {
			continue
		}
		if g := scriptDate.FindStringSubmatch(src); g != nil && f.offer(g[1], "script") {
			return
		}
	}
	if p.addr != nil {
		if g := addressGerman.FindStringSubmatch(p.addr.Path + "/"); g != nil && f.offer(g[3]+"-"+g[2]+"-"+g[1], "address") {
			return
		}
		for _, re := range []*regexp.Regexp{addressDay, addressMonth} {
			if g := re.FindStringSubmatch(p.addr.Path + "/"); g != nil && f.offer(g[1]+"-"+g[2]+"-"+g[3], "address") {
				return
			}
		}
	}
	if f.raw != "" {
		return
	}
	for _, v := range []any{a["dateCreated"], a["uploadDate"], a["dateModified"]} {
		if f.offer(ldFirst(v), "json-ld date") {
			return
		}
	}
	for _, name := range dateMetasLast {
		if v := h.metas[name]; len(v) > 0 && f.offer(v[0], "meta "+name) {
			return
		}
	}
}

// zone is the time zone of dates that name none: the user's, else that of the page's country, else of its language.
func (p *page) zone(r *Result) *time.Location {
	if p.in.Timezone != nil {
		return p.in.Timezone
	}
	if p.addr != nil {
		host := p.addr.Hostname()
		if name := countryZones[host[strings.LastIndexByte(host, '.')+1:]]; name != "" {
			return location(name)
		}
	}
	lang, _, _ := strings.Cut(strings.ToLower(r.Language), "-")
	if p.blocks.CJK() && lang != "ja" && lang != "ko" {
		lang = "zh"
	}
	if name := languageZones[lang]; name != "" {
		return location(name)
	}
	return time.UTC
}

// location loads a zone; where the machine has no zone data it is UTC, or the fixed offset of zones without seasons.
func location(name string) *time.Location {
	if z := fixedZones[name]; z != nil {
		return z
	}
	if z, err := time.LoadLocation(name); err == nil {
		return z
	}
	return time.UTC
}

var fixedZones = map[string]*time.Location{
	"Asia/Shanghai": time.FixedZone("Asia/Shanghai", 8*3600), "Asia/Hong_Kong": time.FixedZone("Asia/Hong_Kong", 8*3600), "Asia/Tokyo": time.FixedZone("Asia/Tokyo", 9*3600),
	"Asia/Seoul": time.FixedZone("Asia/Seoul", 9*3600), "Asia/Kolkata": time.FixedZone("Asia/Kolkata", 19800),
}

// countryZones are the clocks of countries that have one, by their domain.
var countryZones = map[string]string{
	"cn": "Asia/Shanghai", "hk": "Asia/Hong_Kong", "tw": "Asia/Shanghai", "mo": "Asia/Hong_Kong", "sg": "Asia/Hong_Kong", "my": "Asia/Hong_Kong", "jp": "Asia/Tokyo", "kr": "Asia/Seoul", "in": "Asia/Kolkata",
	"de": "Europe/Berlin", "at": "Europe/Vienna", "ch": "Europe/Zurich", "fr": "Europe/Paris", "it": "Europe/Rome", "es": "Europe/Madrid", "nl": "Europe/Amsterdam", "be": "Europe/Brussels", "pl": "Europe/Warsaw",
	"se": "Europe/Stockholm", "no": "Europe/Oslo", "dk": "Europe/Copenhagen", "fi": "Europe/Helsinki", "uk": "Europe/London", "ie": "Europe/Dublin", "pt": "Europe/Lisbon", "cz": "Europe/Prague", "hu": "Europe/Budapest",
	"gr": "Europe/Athens", "tr": "Europe/Istanbul", "il": "Asia/Jerusalem", "za": "Africa/Johannesburg", "nz": "Pacific/Auckland", "ar": "America/Argentina/Buenos_Aires", "uy": "America/Montevideo", "co": "",
	"bo": "America/La_Paz", "pe": "America/Lima", "br": "America/Sao_Paulo", "cl": "America/Santiago",
}

// languageZones are the clocks of languages that are mostly spoken by one.
var languageZones = map[string]string{
	"zh": "Asia/Shanghai", "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "de": "Europe/Berlin", "it": "Europe/Rome", "pl": "Europe/Warsaw", "nl": "Europe/Amsterdam", "sv": "Europe/Stockholm", "nb": "Europe/Oslo", "no": "Europe/Oslo",
	"da": "Europe/Copenhagen", "fi": "Europe/Helsinki", "cs": "Europe/Prague", "hu": "Europe/Budapest", "el": "Europe/Athens", "tr": "Europe/Istanbul", "he": "Asia/Jerusalem",
}
