package extract

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

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
	dayFirst bool // what 4/5/2021 means
	sure     bool // that it means that
	best     stamp
	raw      string
	from     string
}

// offer takes a date; it says whether the search is over, which is when a date with a clock is known.
func (f *dateFinder) offer(v, from string) bool {
	st, ok := f.read(v)
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

// read reads a date, once it is known in which order the page writes day and month.
func (f *dateFinder) read(v string) (stamp, bool) {
	if !f.sure && strings.IndexByte(v, '/') >= 0 {
		f.learnOrder(v)
	}
	return readDate(v, f.loc, f.dayFirst)
}

// writesOrder sets what 4/5/2021 means by the page's country and language. English pages of no country are not sure: most
// templates say en-US wherever they are used.
func (f *dateFinder) writesOrder(language string) {
	lang, region, _ := strings.Cut(strings.ToLower(language), "-")
	f.dayFirst, f.sure = lang != "en" && lang != "", lang != "en" && lang != ""
	if region != "" && region != "us" && lang == "en" {
		f.dayFirst, f.sure = true, true
	}
	if a := f.p.addr; a != nil {
		country := a.Hostname()[strings.LastIndexByte(a.Hostname(), '.')+1:]
		if _, known := countryZones[country]; known || country == "au" {
			f.dayFirst, f.sure = true, true
		}
	}
}

// learnOrder decides by the page's other dates, one of which may have a 13 where the month would stand, and by the date of
// the response: a page is not published after it was read.
func (f *dateFinder) learnOrder(v string) {
	if !slashed.MatchString(v) {
		return
	}
	f.sure = true
	blocks := f.p.blocks
	for i := range min(len(blocks.Blocks), 600) {
		if blocks.Blocks[i].Len() > 220 || !blocks.HasDigits(i) {
			continue
		}
		if g := slashed.FindStringSubmatch(blocks.Text(i)); g != nil && (g[1] > "12" || g[2] > "12") && len(g[1]) == 2 && len(g[2]) == 2 {
			f.dayFirst = g[1] > "12"
			return
		}
	}
	read, err := http.ParseTime(f.p.in.Header.Get("Date"))
	if err != nil {
		return
	}
	this, ok := readDate(v, f.loc, f.dayFirst)
	other, ok2 := readDate(v, f.loc, !f.dayFirst)
	if ok && ok2 && this.time.After(read.Add(24*time.Hour)) && !other.time.After(read) {
		f.dayFirst = !f.dayFirst
	}
}

var slashed = regexp.MustCompile(`(?:^|[^0-9/])(\d{1,2})/(\d{1,2})/(?:(?:19|20)\d\d|\d\d)(?:[^0-9/]|$)`)

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
	f := &dateFinder{p: p, loc: p.zone(r)}
	f.writesOrder(r.Language)
	p.updated(r, h, f)
	if v, from := p.ruled(r, "date", func(x *Rules) rule { return x.date }, f.dateIn); v != "" {
		f.offer(v, from)
	}
	p.findDate(f, h)
	if f.raw != "" {
		r.Published, r.PublishedRaw, r.Sources["published"] = p.onThePage(f, h), f.raw, f.from
	}
}

func (p *page) updated(r *Result, h *head, f *dateFinder) {
	if v := ldFirst(h.article()["dateModified"]); v != "" {
		if st, ok := f.read(v); ok {
			r.Updated, r.Sources["updated"] = st.time, "json-ld dateModified"
			return
		}
	}
	if v, name := h.get("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified"); v != "" {
		if st, ok := f.read(v); ok {
			r.Updated, r.Sources["updated"] = st.time, "meta "+name
		}
	}
}

// dateIn is what an element of a rule has as date; "" for none.
func (f *dateFinder) dateIn(n *html.Node) string {
	for _, v := range []string{attr(n, "datetime"), attr(n, "content"), nodeText(n)} {
		if g := f.fresh(); v != "" {
			if g.offer(v, "rules"); g.raw != "" {
				return v
			}
		}
	}
	return ""
}

// onThePage is the found time on the clock of the page's readers. UTC is the machine's: the day that the page prints is the
// site's, by its country, or by what the page prints. Midnight in UTC stands for a day.
func (p *page) onThePage(f *dateFinder, h *head) time.Time {
	t := f.best.time
	if _, off := t.Zone(); !f.best.clock || off != 0 || t.Hour()+t.Minute()+t.Second() == 0 {
		return t
	}
	here := t.In(f.loc)
	if p.in.Timezone != nil || here.Hour()+here.Minute()+here.Second() == 0 {
		return here
	}
	for _, n := range h.times[:min(len(h.times), 20)] {
		st, ok := readDate(attr(n, "datetime"), f.loc, f.dayFirst)
		if !ok || !st.zone || st.time.Sub(t).Abs() > 2*time.Minute {
			continue
		}
		if _, off := st.time.Zone(); off != 0 {
			return t.In(st.time.Location())
		}
		if shown, ok := f.read(nodeText(n)); ok && !shown.zone && shown.time.Day() == t.Day() && here.Day() != t.Day() {
			return t // the site's clock is that of UTC
		}
	}
	if f.loc != time.UTC {
		return here
	}
	st, ok := p.printedDate(f, h)
	if !ok || st.zone {
		return t
	}
	if ahead := st.time.Sub(t).Round(15 * time.Minute); st.clock && ahead.Abs() <= 14*time.Hour && st.time.Sub(t.Add(ahead)).Abs() < 2*time.Minute {
		return t.In(time.FixedZone("", int(ahead/time.Second)))
	}
	return t
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
	if p.markedDates(f, h, nearHeadline) || p.saidDates(f) || p.markedDates(f, h, around) || p.printedDates(f) {
		return
	}
	for _, name := range dateMetasWeak {
		if v := h.metas[name]; len(v) > 0 && f.offer(v[0], "meta "+name) {
			return
		}
	}
	if f.raw == "" {
		p.addressDate(f)
	}
	if p.markedDates(f, h, elsewhere) || p.markedDates(f, h, changes) || p.looseDates(f) || f.raw != "" {
		return
	}
	p.lastResorts(f, h, a)
}

// settle takes the date that is printed where what machines read is at odds with it: where JSON-LD and meta element name
// different days, the one that is printed; where an earlier day is printed than both, that one, because the machines' is
// that of a new edition.
func (p *page) settle(f *dateFinder, h *head, a ldObject) {
	meta, name := h.get("article:published_time", "datepublished")
	x, ok := f.read(ldFirst(a["datePublished"]))
	y, ok2 := f.read(meta)
	if !ok && !ok2 {
		return
	}
	if !ok {
		x = y
	}
	g := f.fresh()
	p.markedDates(g, h, nearHeadline)
	if g.raw != "" && x.time.Sub(g.best.time) > 48*time.Hour && (!ok2 || y.time.Sub(g.best.time) > 48*time.Hour) {
		f.offer(g.raw, g.from)
		return
	}
	if !ok || !ok2 || x.time.Sub(y.time).Abs() < 26*time.Hour {
		return
	}
	if st, ok := p.printedDate(f, h); ok && st.time.Sub(y.time).Abs() < 26*time.Hour {
		f.offer(meta, "meta "+name)
	}
}

// fresh is a finder that has found nothing yet.
func (f *dateFinder) fresh() *dateFinder {
	return &dateFinder{p: f.p, loc: f.loc, dayFirst: f.dayFirst, sure: f.sure}
}

// printedDate is the date that the page prints near its headline.
func (p *page) printedDate(f *dateFinder, h *head) (stamp, bool) {
	g := f.fresh()
	if p.markedDates(g, h, nearHeadline); g.raw == "" {
		p.saidDates(g)
	}
	if g.raw == "" {
		p.printedDates(g)
	}
	return g.best, g.raw != ""
}

// where marked dates are looked for.
type reach int

const (
	nearHeadline reach = iota
	around             // a little farther, above and below
	elsewhere          // up to the end of the text
	changes            // anywhere, dates of changes only
)

// markedDates reads the elements that say they hold a date.
func (p *page) markedDates(f *dateFinder, h *head, where reach) bool {
	start, end := p.region()
	_, last := p.span()
	for _, list := range [][]*html.Node{h.times, h.dates} {
		for i, n := range list {
			if i > 80 {
				break
			}
			at := p.blocks.At(n)
			reached := at <= last+12 && f.raw == ""
			switch where {
			case nearHeadline:
				reached = at >= start-3 && at <= end
			case around:
				reached = reached && at >= start-12 && at <= end+12
			}
			if !reached || p.outOfPlace(n) {
				continue
			}
			cls := strings.ToLower(attr(n, "class") + attr(n, "itemprop"))
			if changed := strings.Contains(cls, "updat") || strings.Contains(cls, "modif"); changed != (where == changes) {
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
	return false
}

// dateLine is the text of a block that is short enough to be a line with a date; "" for others.
func (p *page) dateLine(i int) string {
	if i < 0 || i >= len(p.blocks.Blocks) || p.blocks.Blocks[i].Len() > 220 || !p.blocks.HasDigits(i) {
		return ""
	}
	return p.blocks.Text(i)
}

// saysPublished begins a line that says when the page was published.
var saysPublished = regexp.MustCompile(`(?i)^(?:veröffentlicht|publiziert|erschienen|erstellt|eingestellt|datum|published|posted|first published|date|publié|publicado|pubblicato|gepubliceerd|julkaistu|publicerad|发布(?:时间|日期|于)|发表(?:时间|于)|日期|时间|公開日|投稿日|掲載日)(?: on| am| le| el| il| op)?[\s:：]`)

// saidDates reads the lines that say so, from above the headline to below the text.
func (p *page) saidDates(f *dateFinder) bool {
	start, _ := p.region()
	_, last := p.span()
	for i := max(0, start-6); i <= last+12 && i < len(p.blocks.Blocks); i++ {
		if t := p.dateLine(i); saysPublished.MatchString(t) && f.offer(t, "line that says published") {
			return true
		}
	}
	return false
}

// printedDates reads the short lines around the headline, then the beginning of the text.
func (p *page) printedDates(f *dateFinder) bool {
	start, end := p.region()
	first, _ := p.span()
	look := func(i int) bool {
		t := p.dateLine(i)
		return t != "" && mostlyDate(t) && f.offer(t, "line near the headline")
	}
	for i := min(first, len(p.blocks.Blocks)) - 1; i >= max(0, start-6); i-- { // upwards from the text
		if look(i) {
			return true
		}
	}
	for i := first; i <= end+3; i++ {
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
	return false
}

// looseDates reads any line with a date around the headline, then those below the text: captions and sources among them.
func (p *page) looseDates(f *dateFinder) bool {
	if f.raw != "" {
		return false
	}
	start, end := p.region()
	_, last := p.span()
	for i := end; i >= max(0, start-6); i-- {
		if f.offer(p.dateLine(i), "line near the headline") {
			return true
		}
	}
	if f.raw != "" {
		return false
	}
	for i := last + 1; i <= last+8; i++ {
		if f.offer(p.dateLine(i), "line below the text") {
			return true
		}
	}
	return false
}

// mostlyDate says whether a line's date stands near its beginning, as it does in lines about a page and seldom in captions.
func mostlyDate(line string) bool {
	if strings.Contains(line, "©") {
		return false
	}
	_, _, _, from, _ := findDay(line, true)
	return utf8.RuneCountInString(line[:from]) <= 40
}

// dateline is the beginning of a text that names its place and date: "Karlsruhe, (12.11.2021). ", "01.02.2022 ".
var dateline = regexp.MustCompile(`^(?:\p{Lu}[\pL /-]{2,24},?\s*[(–-]?\s*|\()?(?:\d{1,2}\.\s?\d{1,2}\.\s?(?:19|20)\d\d|\d{1,2}\.? \pL{3,10}\.? (?:19|20)\d\d|\p{Lu}\pL{2,8}\.? \d{1,2}, (?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)`)

var (
	addressDay    = regexp.MustCompile(`/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?:[/_.-]|\b)`)
	addressMonth  = regexp.MustCompile(`/((?:19|20)\d\d)-?(0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])/`)
	addressGerman = regexp.MustCompile(`/(0[1-9]|[12]\d|3[01])[.-](0[1-9]|1[0-2])[.-]((?:19|20)\d\d)\b`)
	scriptDate    = regexp.MustCompile(`(?i)["']?(?:date_?published|publish(?:ed)?_?(?:date|time|at|on)|pub_?(?:date|time)|first_?published|ptime|release_?date|created_?(?:at|time)|create_?time|ct|datecreated)["']?\s*[:=]\s*["'](\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[^"'<]{0,20}|\d{10}(?:\d{3})?)["']`)
)

// addressDate reads the day in the page's address.
func (p *page) addressDate(f *dateFinder) {
	if p.addr == nil {
		return
	}
	path := p.addr.Path + "/"
	if g := addressGerman.FindStringSubmatch(path); g != nil {
		f.offer(g[3]+"-"+g[2]+"-"+g[1], "address")
	}
	for _, re := range []*regexp.Regexp{addressDay, addressMonth} {
		if g := re.FindStringSubmatch(path); g != nil {
			f.offer(g[1]+"-"+g[2]+"-"+g[3], "address")
		}
	}
}

// lastResorts are time elements anywhere, the page's scripts and what may be another date.
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

// location is a zone by its name; where the machine has no zone data it is UTC, or the fixed offset of zones without seasons.
func location(name string) *time.Location {
	if z := fixedZones[name]; z != nil {
		return z
	}
	if z := seasonZones()[name]; z != nil {
		return z
	}
	return time.UTC
}

// seasonZones are the zones of countries and languages, read once: each is a file.
var seasonZones = sync.OnceValue(func() map[string]*time.Location {
	all := map[string]*time.Location{}
	for _, names := range []map[string]string{countryZones, languageZones} {
		for _, name := range names {
			if z, err := time.LoadLocation(name); err == nil && name != "" {
				all[name] = z
			}
		}
	}
	return all
})

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
