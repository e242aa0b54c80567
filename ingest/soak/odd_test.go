package soak

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// item is an entry as a feed lists it; what is "" is left out.
type item struct {
	n                       int
	guid, link, title, text string
	at                      time.Time
}

// tale is the entry of a page that is there.
func tale(n int) item {
	return item{
		n: n, guid: fmt.Sprintf("story-%d", n), link: fmt.Sprintf("http://news.example/%d.html", n), title: fmt.Sprintf("Story %d", n),
		text: fmt.Sprintf("Story %d in short…", n), at: published(n),
	}
}

func (it item) String() string {
	var b strings.Builder
	b.WriteString("<item>")
	part := func(name, v string) {
		if v != "" {
			fmt.Fprintf(&b, "<%s>%s</%[1]s>", name, v)
		}
	}
	part("guid", it.guid)
	part("link", it.link)
	part("title", it.title)
	part("description", it.text)
	if !it.at.IsZero() {
		part("pubDate", it.at.Format(time.RFC1123Z))
	}
	b.WriteString("</item>")
	return b.String()
}

func tales(from, to int) (all []item) {
	for n := to; n >= from; n-- {
		all = append(all, tale(n))
	}
	return all
}

// oddities is a web of one feed, which lists what it is told to in its nth hour.
func oddities(feed func(hour int) []item) http.HandlerFunc {
	begin := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	return func(w http.ResponseWriter, r *http.Request) {
		var n int
		switch _, err := fmt.Sscanf(r.URL.Path, "/%d.html", &n); {
		case err == nil:
			_, _ = w.Write([]byte(page(n)))
		case r.URL.Path == "/feed.xml":
			var items []string
			for _, it := range feed(int(time.Since(begin).Hours())) {
				items = append(items, it.String())
			}
			w.Header().Set("Content-Type", "application/rss+xml")
			_, _ = w.Write([]byte(rss("", items...)))
		case r.URL.Path == "/gone":
			w.WriteHeader(http.StatusGone)
		case r.URL.Path == "/private":
			w.WriteHeader(http.StatusForbidden)
		default:
			http.NotFound(w, r)
		}
	}
}

// Feeds that are odd, for a day in which they are asked every hour: nothing of them is lost, nothing is there twice, and
// nobody is alarmed for nothing.
func TestFeedsThatAreOdd(t *testing.T) {
	t.Parallel()
	const everything = "recheck: [], schedule: \"@every 1h\", max_entries: 20000"
	changed := func(hour int, change func(*item)) func(int) []item {
		return func(now int) []item {
			all := tales(80, 89)
			for i := range all {
				if now >= hour {
					change(&all[i])
				}
			}
			return all
		}
	}
	with1 := func(change func(*item)) func(int) []item {
		return func(int) []item {
			all := tales(80, 82)
			change(&all[1])
			return all
		}
	}
	many := 700
	if long() {
		many = 10_000
	}
	for n, tt := range []struct {
		name     string
		feed     func(hour int) []item
		full     int // articles that are stored whole
		summary  int // and as summaries
		waiting  int // of these, for their page
		gone     int
		overflow bool
		says     string // the summary
		hours    int    // 0: a day
	}{
		{name: "one GUID for all", feed: changed(0, func(it *item) { it.guid = "news" }), full: 10},
		{name: "other GUIDs from some hour on", feed: changed(3, func(it *item) { it.guid = "https://news.example/?p=" + it.guid }), full: 10},
		{name: "https from some hour on", feed: changed(3, func(it *item) {
			it.link = strings.Replace(it.link, "http:", "https:", 1)
			it.guid = it.link
		}), full: 10},
		{name: "no GUIDs any more", feed: changed(3, func(it *item) { it.guid = "" }), full: 10},
		{name: "one article under two GUIDs", feed: func(int) []item {
			all := append(tales(80, 82), tales(80, 82)...)
			for i := range 3 {
				all[i].guid = "again-" + all[i].guid
			}
			return all
		}, full: 3},
		{name: "no link", feed: with1(func(it *item) { it.link = "" }), full: 2, summary: 1},
		{name: "no title", feed: with1(func(it *item) { it.title = "" }), full: 3},
		{name: "no date", feed: with1(func(it *item) { it.at = time.Time{} }), full: 3},
		{name: "a date in the future", feed: with1(func(it *item) { it.at = it.at.AddDate(1, 0, 0) }), full: 3},
		{name: "texts alone", feed: func(int) []item {
			return []item{{text: "The central bank waits."}, {text: "Stocks close higher."}}
		}, full: 2},
		{name: "a link that is put right", feed: func(hour int) []item {
			all := tales(80, 82)
			if hour < 3 {
				all[0].link = "http://news.example/nothing"
			}
			return all
		}, full: 3},
		{name: "a page that is not there, and an entry that leaves the feed", feed: func(hour int) []item {
			all := tales(80, 82)
			all[0].link = "http://news.example/nothing"
			if hour > 0 {
				return all[1:]
			}
			return all
		}, full: 2, summary: 1, waiting: 1},
		{name: "a page that is refused, of an entry that is corrected", feed: func(hour int) []item {
			all := tales(80, 82)
			all[0].link = "http://news.example/private"
			if hour >= 8 {
				all[0].text = "Story 82, corrected."
			}
			return all
		}, full: 2, summary: 1, waiting: 1, says: "corrected"},
		{name: "a page that is refused", feed: with1(func(it *item) { it.link = "http://news.example/private" }), full: 2, summary: 1, waiting: 1},
		{name: "a page that is gone from the start", feed: with1(func(it *item) { it.link = "http://news.example/gone" }), full: 2, gone: 1},
		{name: "empty for half a day", feed: func(hour int) []item {
			if hour > 2 && hour < 15 {
				return nil
			}
			return tales(80, 89)
		}, full: 10},
		{name: "cut in the middle", feed: func(hour int) []item { return tales(80+3*(hour%3), 89) }, full: 10},
		{name: "the oldest first", feed: func(hour int) []item {
			all := tales(80, 89)
			for i := range all[:5] {
				all[i], all[9-i] = all[9-i], all[i]
			}
			return all
		}, full: 10},
		{name: "the feed of somebody else for an hour", feed: func(hour int) []item {
			if hour == 3 {
				return tales(10, 19)
			}
			return tales(80, 89)
		}, full: 20, overflow: true},
		{name: "very many entries", feed: func(int) []item {
			all := tales(1, many)
			for i := range all {
				all[i].at = published(all[i].n / 200)
			}
			return all
		}, full: many, hours: 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if raced && !long() && n%3 > 0 {
				t.Skip("a third of them with the race detector; SQLite is slow there")
			}
			simulate(t, with(everything), oddities(tt.feed), func(t *testing.T, s *simulation) {
				s.runFor(time.Duration(cmp.Or(tt.hours, 24)) * time.Hour)
				full, summary, waiting, gone := 0, 0, 0, 0
				rows := s.rows()
				for _, r := range rows {
					switch {
					case r.State == store.StateGone:
						gone++
					case r.Status == article.Full:
						full++
					case r.Status == article.Summary:
						summary++
						if text := s.text(r); !strings.Contains(text, tt.says) {
							t.Errorf("the summary of %s says %q; want %q in it", r.Link, text, tt.says)
						}
					}
					if r.Waiting {
						waiting++
					}
					if r.Revision > 1 && r.RevisedFor != store.ReasonCompleted && tt.says == "" {
						t.Errorf("%s is revision %d, for %s", r.Link, r.Revision, r.RevisedFor)
					}
				}
				if full != tt.full || summary != tt.summary || waiting != tt.waiting || gone != tt.gone || len(rows) != full+summary+gone {
					for _, r := range rows[:min(len(rows), 30)] {
						t.Logf("%s %s %q %s %s", r.State, r.Status, r.GUID, r.Link, r.Reason)
					}
					t.Errorf("%d articles: %d full, %d summaries, %d waiting, %d gone; want %d, %d, %d, %d", len(rows), full, summary, waiting, gone, tt.full, tt.summary, tt.waiting, tt.gone)
				}
				st := s.state("news")
				for _, h := range ingest.Judge(s.cfg.Sources[0], st, store.Count{}, time.Now()) {
					if h.Level.Alarm() && (h.Level != ingest.Overflow || !tt.overflow) {
						t.Errorf("alarm %s: %s", h.Level, h.Why)
					}
				}
				s.with(func(db *store.Store) {
					if rep, err := db.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) { t.Log(f) }}); err != nil || !rep.Clean() {
						t.Errorf("Verify = %+v, %v", rep, err)
					}
				})
			})
		})
	}
}

// text is what the file of an article says.
func (s *simulation) text(r store.Row) (text string) {
	s.t.Helper()
	s.with(func(db *store.Store) {
		a, err := db.Open(s.t.Context(), r)
		if err != nil {
			s.t.Fatal(err)
		}
		text = a.Text()
	})
	return text
}

// One article cannot be stored: somebody has made a folder where its file should be. The others of its source are, and it
// is once the folder is gone.
func TestOneArticleThatCannotBeStored(t *testing.T) {
	t.Parallel()
	simulate(t, with("recheck: [], schedule: \"@every 1h\""), oddities(func(int) []item { return tales(80, 84) }), func(t *testing.T, s *simulation) {
		first := tale(84) // it is listed first
		name := article.Path("news", article.Name("news", article.Entry{GUID: first.guid, Title: first.title, Published: first.at}, time.Now()), ".md")
		block := filepath.Join(s.dir, "archive", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Join(block, "folder"), 0o755); err != nil {
			t.Fatal(err)
		}
		s.runFor(6 * time.Hour)
		for _, r := range s.rows() {
			if blocked := r.Link == first.link; blocked != r.Waiting || blocked == (r.Status == article.Full) {
				t.Errorf("%s: %s %s, waiting %t: %s", r.Link, r.State, r.Status, r.Waiting, r.Reason)
			}
		}
		if n := len(s.web.asked("/84.html")); n > 20 {
			t.Errorf("its page was asked for %d times in six hours", n)
		}
		if err := os.RemoveAll(block); err != nil {
			t.Fatal(err)
		}
		s.runFor(12 * time.Hour)
		for _, r := range s.rows() {
			if r.Waiting || r.Status != article.Full {
				t.Errorf("%s once the folder is gone: %s %s: %s", r.Link, r.State, r.Status, r.Reason)
			}
		}
	})
}
