package ingest_test

import (
	"fmt"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// known is what the archive knows of an article: a line of the week's log.
type known struct {
	Revision int
	Reason   string
	Status   article.BodyStatus
	State    string
	Origin   string
	Sources  string
	Says     string // a part of its text
}

// week is a newsroom of four sources, an archive, a clock that is moved by hand, and a log of what was to be known when.
type week struct {
	t     *testing.T
	web   *fetchertest.Web
	cfg   *config.Config
	store *store.Store
	in    *ingest.Ingester
	at    time.Time

	log []change
}

// change is an event of the log: from a time on, something else is known of an article.
type change struct {
	at      time.Time
	article string // <source>/<last part of the address>
	change  func(*known)
}

// monday is when the week begins.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// on is a time of the week: day 0 is Monday.
func on(day, hour, minute int) time.Time {
	return monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func newWeek(t *testing.T) *week {
	t.Helper()
	w := &week{t: t, web: fetchertest.New(t), cfg: config.Default(), at: on(0, 8, 0)}
	now := func() time.Time { return w.at }
	w.cfg.Archive = t.TempDir()
	w.cfg.Format.Extra = []string{"source_url", "guid", "first_seen", "fetched_at", "revision", "body_status", "cluster", "origin", "sources"}
	for _, name := range []string{"wire", "portal", "paper", "desk"} {
		src := w.cfg.Defaults
		src.Name, src.URL, src.Kind, src.FullText = name, "http://"+name+".example/feed.xml", "feed", "always"
		w.cfg.Sources = append(w.cfg.Sources, src)
		w.feed(name)
	}
	var err error
	if w.store, err = store.Open(t.Context(), w.cfg, store.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	log := slog.New(slog.DiscardHandler)
	w.in = ingest.New(w.store, fetcher.New(w.cfg, w.web.Transport(), log), log, now)
	return w
}

// feed publishes a listing: of each item its address, its title and its summary.
func (w *week) feed(source string, items ...[3]string) {
	w.web.Set(source+".example/feed.xml", feedOf(source, w.at, items...))
}

func feedOf(source string, at time.Time, items ...[3]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>%s</title>`, source)
	for _, it := range items {
		fmt.Fprintf(&b, `<item><link>http://%s</link><guid>%[1]s</guid><title>%s</title><description>%s</description></item>`, it[0], it[1], it[2])
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// page publishes an article's page.
func (w *week) page(address, title string, paragraphs ...string) {
	w.web.Set(address, fmt.Sprintf(`<html><head><title>%s</title></head><body><nav><a href="/">Home</a></nav><article><h1>%[1]s</h1>
<p>%s</p></article></body></html>`, title, strings.Join(paragraphs, "</p>\n<p>")))
}

// note writes into the log what is known from a time on.
func (w *week) note(at time.Time, article string, what func(*known)) {
	w.log = append(w.log, change{at, article, what})
}

// first, revised, labelled and gone are what the log says.
func first(status article.BodyStatus, says string) func(*known) {
	return func(k *known) { *k = known{Revision: 1, Reason: "first", Status: status, State: "stored", Says: says} }
}

func revised(reason string, status article.BodyStatus, says string) func(*known) {
	return func(k *known) { k.Revision, k.Reason, k.Status, k.Says = k.Revision+1, reason, status, says }
}

func carriedBy(source string) func(*known) { return func(k *known) { k.Sources = source } }
func part(origin string) func(*known)      { return func(k *known) { k.Origin = origin } }
func gone(k *known)                        { k.State = "gone" }

// until runs all sources, and what is to be looked at again, every so often up to a time.
func (w *week) until(end time.Time, every time.Duration) {
	w.t.Helper()
	for ; !w.at.After(end); w.at = w.at.Add(every) {
		for _, src := range w.cfg.Sources {
			if res := w.in.Run(w.t.Context(), src); res.Err != nil {
				w.t.Fatalf("%s: run %s: %v", w.at.Format("Mon 15:04"), src.Name, res.Err)
			}
		}
		if _, err := w.in.Recheck(w.t.Context(), w.cfg.Source, 1000); err != nil {
			w.t.Fatalf("%s: recheck: %v", w.at.Format("Mon 15:04"), err)
		}
	}
	w.at = end
}

// said is what the log says of a time.
func (w *week) said(t time.Time) map[string]known {
	all := map[string]known{}
	for _, c := range w.log {
		if c.at.After(t) {
			continue
		}
		k := all[c.article]
		c.change(&k)
		all[c.article] = k
	}
	return all
}

// check compares what the archive says of a time with the log.
func (w *week) check(at time.Time) {
	w.t.Helper()
	want, got := w.said(at), map[string]known{}
	for row, err := range w.store.Articles(w.t.Context(), store.Query{AsOf: at}) {
		if err != nil {
			w.t.Fatal(err)
		}
		a, err := w.store.Open(w.t.Context(), row)
		if err != nil {
			w.t.Fatal(err)
		}
		if a.Revision != row.Revision || a.Status != row.Status || a.Fetched.After(at) {
			w.t.Errorf("as of %s: the row of %s is revision %d (%s), what it opens is revision %d (%s) of %s", at.Format("Mon 15:04"),
				row.Path, row.Revision, row.Status, a.Revision, a.Status, a.Fetched)
		}
		name := row.Source + "/" + path.Base(row.Link)
		k := known{Revision: row.Revision, Reason: row.RevisedFor, Status: row.Status, State: row.State, Origin: row.Origin, Sources: strings.Join(row.Sources, ",")}
		if says := want[name].Says; strings.Contains(article.Text(a.Body), says) {
			k.Says = says
		} else {
			k.Says = article.Text(a.Body)
		}
		got[name] = k
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			w.t.Errorf("as of %s: %s is\n%+v; the log says\n%+v", at.Format("Mon 15:04"), name, got[name], want[name])
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		w.t.Errorf("as of %s: %s is %+v; the log does not know it", at.Format("Mon 15:04"), name, got[name])
	}
}

// judged are the alarms of a source now.
func (w *week) judged(source string) []ingest.Level {
	w.t.Helper()
	st, err := w.store.State(w.t.Context(), source)
	if err != nil {
		w.t.Fatal(err)
	}
	src, _ := w.cfg.Source(source)
	var all []ingest.Level
	for _, h := range ingest.Judge(src, st, store.Count{}, w.at) {
		all = append(all, h.Level)
	}
	return all
}

const (
	ordersText = "Export orders of the country's machine builders rose by %s per cent in October, the association said on Thursday, and domestic demand has stopped falling for the first time in two years."
	outlook    = "It left its forecast for the year unchanged: output will be two per cent below that of the year before. A recovery is expected from the summer on, when cheaper credit should reach the workshops."
	busy       = "Makers of printing presses and of packaging lines were busiest, while those of farm tractors sent 1,200 people home on short hours."
	ratesText  = "The central bank left its key rate at %s per cent on Monday, as all but two of the economists asked beforehand had expected, and said that it would look at each figure of the coming months before it moved again."
	ratesMore  = "Its governor named wages as the one thing that keeps services dear. Lending to households grew for the fourth month in a row, she said, and the currency had gained against those of the neighbours."
	mergerText = "Two makers of valves said on Wednesday that they would merge. Shareholders of the smaller one get three shares for four of theirs, a fifth more than the market paid the day before, and two of nine seats on the board."
)

// A week of a newsroom, and what the archive says of it afterwards: as of any moment, exactly what was known then.
func TestWhatWasKnownWhen(t *testing.T) {
	t.Parallel()
	w := newWeek(t)
	const hourly = time.Hour
	orders := [3]string{"wire.example/orders", "Orders rise", "Machine builders see more orders"}
	rates := [3]string{"wire.example/rates", "Rates stay", "The key rate was left where it was"}
	merger := [3]string{"wire.example/merger", "Valves merge", "Two makers of valves become one"}

	// Monday. A story appears, and twenty of another source, whose design is as it was.
	w.page("wire.example/orders", "Orders rise", fmt.Sprintf(ordersText, "3.1"), outlook, busy)
	w.feed("wire", orders)
	w.desk(0, 5)
	w.note(w.at, "wire/orders", first(article.Full, "3.1 per cent"))
	w.until(on(0, 9, 0), hourly)

	// Corrected without a word, with as many letters as before: the recheck after three hours sees it.
	w.page("wire.example/orders", "Orders rise", fmt.Sprintf(ordersText, "3.7"), outlook, busy)
	w.note(on(0, 12, 0), "wire/orders", revised("publisher", article.Full, "3.7 per cent"))
	w.until(on(0, 13, 0), hourly)

	// Another source carries it under the same address, a third one a copy under an address of its own.
	w.at = on(0, 14, 0)
	w.feed("portal", orders)
	w.note(w.at, "wire/orders", carriedBy("portal"))
	w.until(on(0, 15, 0), hourly)
	w.at = on(0, 16, 0)
	w.page("paper.example/machines", "Machine builders see more orders", "(Example Wire) "+fmt.Sprintf(ordersText, "3.7"), outlook, busy)
	w.feed("paper", [3]string{"paper.example/machines", "Machine builders see more orders", "From the wire"})
	w.note(w.at, "paper/machines", first(article.Full, "Example Wire"))
	w.note(w.at, "paper/machines", part("copy"))
	w.note(w.at, "wire/orders", part("origin"))
	w.until(on(0, 17, 0), hourly)

	// A page fails: after six hours the feed's summary is stored. It heals: the article is completed.
	w.at = on(0, 18, 0)
	w.web.Script("wire.example/rates", fetchertest.Answer{Status: 503})
	w.feed("wire", rates, orders)
	w.note(on(1, 0, 0), "wire/rates", first(article.Summary, "left where it was"))
	w.until(on(1, 3, 0), hourly)
	w.web.Script("wire.example/rates")
	w.page("wire.example/rates", "Rates stay", fmt.Sprintf(ratesText, "2.25"), ratesMore)
	w.note(on(1, 8, 0), "wire/rates", revised("completed", article.Full, "2.25 per cent"))
	w.until(on(1, 9, 0), hourly)

	// Tuesday. Its publisher corrects it, in equal length, and says so in the feed.
	w.at = on(1, 10, 0)
	w.page("wire.example/rates", "Rates stay", fmt.Sprintf(ratesText, "2.75"), ratesMore)
	rates[2] = "Corrects the rate: it was left where it was"
	w.feed("wire", rates, orders)
	w.note(w.at, "wire/rates", revised("publisher", article.Full, "2.75 per cent"))
	w.until(on(1, 11, 0), hourly)

	// Wednesday. The feed is cut in its second entry: the first is had, and the cut is remarked.
	w.until(on(2, 8, 0), 3*hourly)
	w.at = on(2, 9, 0)
	w.page("wire.example/merger", "Valves merge", mergerText, ratesMore)
	whole := feedOf("wire", w.at, merger, rates, orders)
	w.web.Set("wire.example/feed.xml", whole[:strings.Index(whole, "Rates stay")+4])
	w.note(w.at, "wire/merger", first(article.Full, "makers of valves"))
	w.until(w.at, hourly)
	if st, err := w.store.State(t.Context(), "wire"); err != nil || len(st.Remarks) == 0 {
		t.Errorf("State after a feed that was cut = %+v, %v; want a remark", st, err)
	}
	w.at = on(2, 10, 0)
	w.feed("wire", merger, rates, orders)
	w.until(on(2, 14, 0), hourly)

	// Thursday. The page is gone: the recheck after a day finds its tombstone.
	w.web.Script("wire.example/merger", fetchertest.Answer{Status: 410})
	w.note(on(3, 12, 0), "wire/merger", gone)
	w.until(on(3, 8, 0), 3*hourly)
	w.until(on(3, 13, 0), hourly)

	// So many entries come that the window of the feed runs over.
	w.at = on(3, 14, 0)
	var flood [][3]string
	for i := range 3 {
		link := fmt.Sprintf("wire.example/flood-%d", i)
		w.page(link, fmt.Sprintf("Flood %d", i), fmt.Sprintf("Item %d of the flood: %s", i, deskText(100+i, 5)))
		flood = append(flood, [3]string{link, fmt.Sprintf("Flood %d", i), "Short"})
		w.note(w.at, "wire/"+path.Base(link), first(article.Full, fmt.Sprintf("Item %d of the flood", i)))
	}
	w.feed("wire", flood...)
	w.until(w.at, hourly)
	if got := w.judged("wire"); !slices.Contains(got, ingest.Overflow) {
		t.Errorf("after an overflow wire is %v", got)
	}
	w.at = on(3, 15, 0)

	// Friday. A redesign: what is found on the pages of a source is a fifth of what it was.
	w.until(on(4, 8, 0), 6*hourly)
	w.at = on(4, 9, 0)
	w.desk(20, 1)
	w.until(on(4, 10, 0), hourly)
	if got := w.judged("desk"); !slices.Contains(got, ingest.Drift) {
		t.Errorf("after its redesign desk is %v", got)
	}

	// Rules of ours change: what they make of a kept page is no correction.
	w.at = on(4, 15, 0)
	src, _ := w.cfg.Source("wire")
	src.Extract = &config.Extract{Content: "article", Remove: []string{"article p:last-child"}}
	one := func(string) (config.Source, bool) { return src, true }
	err := w.in.Reprocess(t.Context(), one, store.Query{Sources: []string{"wire"}, Until: on(0, 12, 0)}, false, func(r ingest.Reprocessed) error {
		if r.Skipped != "" || !r.Changed {
			t.Errorf("reprocess of %s: skipped because of %q, changed %v", r.Row.Path, r.Skipped, r.Changed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.note(w.at, "wire/orders", revised("extraction", article.Full, "3.7 per cent"))

	// The Monday after. The last recheck finds no page: a tombstone, and the file stays.
	w.web.Remove("wire.example/orders")
	w.note(on(8, 2, 0), "wire/orders", gone)
	w.until(on(7, 4, 0), 12*hourly)
	w.until(on(8, 2, 0), 2*hourly)

	for _, at := range []time.Time{
		on(0, 7, 59), on(0, 8, 30), on(0, 11, 0), on(0, 12, 30), on(0, 14, 30), on(0, 17, 0), on(0, 23, 30), on(1, 0, 30), on(1, 9, 0),
		on(1, 11, 0), on(2, 12, 0), on(3, 8, 0), on(3, 13, 0), on(3, 15, 0), on(4, 12, 0), on(4, 16, 0), on(7, 4, 0), on(8, 3, 0),
	} {
		w.check(at)
	}
	if rep, err := w.store.Verify(t.Context(), store.Watch{}); err != nil || !rep.Clean() {
		t.Errorf("Verify = %+v, %v; want nothing wrong", rep, err)
	}
}

// desk publishes twenty stories, from a number on, each of so many paragraphs.
func (w *week) desk(from, paragraphs int) {
	var items [][3]string
	for i := from; i < from+20; i++ {
		link, title := fmt.Sprintf("desk.example/%d", i), fmt.Sprintf("Company %d reports", i)
		w.page(link, title, deskText(i, paragraphs))
		items = append(items, [3]string{link, title, "Short"})
		w.note(w.at, fmt.Sprintf("desk/%d", i), first(article.Full, fmt.Sprintf("company %d ", i)))
	}
	w.feed("desk", items...)
}

// deskText is a text that is a copy of no other.
func deskText(n, paragraphs int) string {
	words := strings.Fields("profit revenue orders plants workers exports harbours engines credit rivals prices tariffs steel copper timber cotton barley wheat sugar cocoa coffee rubber silver nickel cobalt lithium")
	var all []string
	for p := range paragraphs {
		var b strings.Builder
		fmt.Fprintf(&b, "In part %d of its report company %d said", p+1, n)
		for i := range 30 {
			fmt.Fprintf(&b, " %s by %d and", words[(n*7+p*11+i*(n%5+1))%len(words)], (n*31+p*17+i*13)%997)
		}
		b.WriteString(" that the board agrees.")
		all = append(all, b.String())
	}
	return strings.Join(all, "</p>\n<p>")
}
