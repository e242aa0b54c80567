// Package soak tries the whole program for long: against a simulated web of publishers whose pages fail in every way
// that real ones do, killed at random moments, over simulated weeks, and with many thousands of sources.
//
// The package itself is the simulated web (Serve) and the book it keeps of what it was asked. The trials are its tests:
// `go test` runs them in short form, `make soak` at full length. Where FEEDFOLIO_NEWSROOM names the folder of the larger
// newsroom simulator, some run against that as well.
package soak

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is a way in which a page fails, or is odd.
type Fault string

// The faults.
const (
	// These go away after one try.
	TooMany         Fault = "429"
	TooManyDate     Fault = "429-date"
	Unavailable     Fault = "503"
	UnavailableDate Fault = "503-date"
	ServerError     Fault = "500"
	Reset           Fault = "reset"
	Truncated       Fault = "truncated"

	// These are no failure.
	Slow     Fault = "slow"
	Redirect Fault = "redirect"
	Cookie   Fault = "cookie"
	Charset  Fault = "charset"

	// These never go away.
	NotFound  Fault = "404"
	Hang      Fault = "hang"
	Loop      Fault = "loop"
	Huge      Fault = "huge"
	Bomb      Fault = "bomb"
	Forbidden Fault = "robots"

	// Octet may come to either.
	Octet Fault = "octet-stream"

	// These are of feeds alone.
	TooManyBare     Fault = "429-bare" // without a word on when to come back
	UnavailableBare Fault = "503-bare"
	Empty           Fault = "empty" // 200, and no byte
	Page            Fault = "page"  // 200, and a page in place of the feed
	NoItems         Fault = "no-items"
)

// Faults are all of them.
var Faults = []Fault{
	TooMany, TooManyDate, Unavailable, UnavailableDate, ServerError, Reset, Truncated, Slow, Redirect, Cookie, Charset,
	NotFound, Hang, Loop, Huge, Bomb, Forbidden, Octet,
}

// FeedFaults are those of feeds.
var FeedFaults = []Fault{
	TooMany, TooManyDate, TooManyBare, Unavailable, UnavailableDate, UnavailableBare, ServerError, Reset, Truncated, Slow,
	Redirect, Charset, NotFound, Hang, Loop, Huge, Bomb, Octet, Empty, Page, NoItems,
}

// Outcome is what a good client makes of an article.
type Outcome string

// Outcomes.
const (
	Complete Outcome = "complete" // its text, at once or after a few tries
	Never    Outcome = "never"    // its page cannot be had; the client must bound what it costs
	Unasked  Outcome = "unasked"  // robots.txt forbids it
	Either   Outcome = "either"   // complete or never
)

// Outcome is what a good client makes of an article whose page has this fault.
func (f Fault) Outcome() Outcome {
	switch f {
	case NotFound, Hang, Loop, Huge, Bomb:
		return Never
	case Forbidden:
		return Unasked
	case Octet:
		return Either
	}
	return Complete
}

// Heals says whether the fault is over after one try.
func (f Fault) Heals() bool {
	return slices.Contains([]Fault{TooMany, TooManyDate, Unavailable, UnavailableDate, ServerError, Reset, Truncated}, f)
}

// Plan says what a Web is to be. The zero value of a field means what its comment says.
type Plan struct {
	Hosts   int           // 10
	Feeds   int           // as many as Hosts
	Items   int           // of each feed; 20
	Rate    float64       // of articles that have each of Faults, at least one article each; 0: none
	Faults  []Fault       // with Rate; all
	Ailing  []Fault       // of the feeds, one each, while Ail says so; the feeds after them have none
	Window  int           // entries that a feed lists, of those published; all
	Latency time.Duration // of each answer
	Pause   time.Duration // that a Retry-After asks for; 2s
	Gap     time.Duration // between two requests to a host; Stats counts those that are shorter than 0.95 of it
	Seed    uint64
}

// Article is the truth about one article.
type Article struct {
	URL, GUID, Title string
	Paragraphs       []string
	Fault            Fault // "": none
	feed, item       int
}

// Text is the article's text, white space apart.
func (a *Article) Text() string { return strings.Join(a.Paragraphs, "\n") }

// Web is a running web of publishers. Each host is an address of its own on loopback, 127.1.x.y.
type Web struct {
	plan     Plan
	port     int
	server   *http.Server
	done     sync.WaitGroup
	articles [][]*Article        // by feed
	pages    map[string]*Article // by path
	bomb     func() []byte
	stopped  chan struct{}

	mu     sync.Mutex
	ail    int   // polls of each feed that its fault is yet to spoil
	spoilt []int // by feed: polls that it has
	listed []int // by feed: items published
	tries  map[string]int
	full   map[string]int // answers 200 that were written to their end, by path
	hosts  map[string]*hostBook
	sums   Stats
}

// hostBook is what is noted of one host.
type hostBook struct {
	inFlight  int
	came      []time.Time // when the last requests came, in order
	waitFrom  time.Time   // the host wants to be left alone from then on
	waitUntil time.Time
}

// Stats is what a Web was asked.
type Stats struct {
	Requests         int
	Polls            int // of feeds
	Conditional      int // of these
	NotModified      int // of these
	Robots           int // requests for robots.txt
	Other            int // favicons, front pages and what nobody listed
	MostInFlight     int // at one host, asked and not answered by a byte; not counted are those that the client must break off, since the server hears of that late
	LeastGap         time.Duration
	Gaps             int // that were measured
	Short            int // of these, below 0.95 of Plan.Gap
	RobotsViolations int
	RetryViolations  int // times a host was asked before its Retry-After had passed
	First, Last      time.Time
}

// Serve starts a web. The caller closes it. It works where loopback is a whole network, as on Linux.
func Serve(p Plan) (*Web, error) {
	w := newWeb(p)
	l, err := listen()
	if err != nil {
		return nil, err
	}
	w.port = l.Addr().(*net.TCPAddr).Port
	w.write()
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: time.Minute, ConnContext: stampContext}
	w.done.Go(func() { _ = w.server.Serve(l) }) // always http.ErrServerClosed
	return w, nil
}

// newWeb makes a web that listens nowhere. Its hosts have names, not addresses, until it has a port.
func newWeb(p Plan) *Web {
	p.Hosts = cmp.Or(p.Hosts, 10)
	p.Feeds = cmp.Or(p.Feeds, p.Hosts)
	p.Items = cmp.Or(p.Items, 20)
	p.Pause = cmp.Or(p.Pause, 2*time.Second)
	p.Window = cmp.Or(p.Window, p.Items)
	if p.Faults == nil {
		p.Faults = Faults
	}
	return &Web{
		plan: p, tries: map[string]int{}, full: map[string]int{}, hosts: map[string]*hostBook{},
		pages: map[string]*Article{}, listed: make([]int, p.Feeds), spoilt: make([]int, p.Feeds), stopped: make(chan struct{}), bomb: sync.OnceValue(bomb),
	}
}

// Close ends the web and all answers under way.
func (w *Web) Close() {
	close(w.stopped)
	_ = w.server.Close()
	w.done.Wait()
}

// write makes up all articles and gives faults to some.
func (w *Web) write() {
	rng := rand.New(rand.NewPCG(w.plan.Seed, 1)) //nolint:gosec // the same in every run
	var all []*Article
	for f := range w.plan.Feeds {
		var items []*Article
		for i := range w.plan.Items {
			a := newArticle(rng, f, i)
			items = append(items, a)
			all = append(all, a)
		}
		w.articles = append(w.articles, items)
		w.listed[f] = w.plan.Window
	}
	if w.plan.Rate > 0 {
		some := slices.Clone(all)
		rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		each := max(1, int(w.plan.Rate*float64(len(all))))
		for i, a := range some[:min(len(some), each*len(w.plan.Faults))] {
			a.Fault = w.plan.Faults[i/each]
		}
	}
	for _, a := range all {
		a.URL = w.base(a.feed) + a.path()
		a.GUID = fmt.Sprintf("tag:soak,2026:%d/%d", a.feed, a.item)
		w.pages[a.path()] = a
	}
}

func (a *Article) path() string {
	if a.Fault == Forbidden {
		return fmt.Sprintf("/private/a/%d/%d.html", a.feed, a.item)
	}
	return fmt.Sprintf("/a/%d/%d.html", a.feed, a.item)
}

// Host is the name of a host.
func Host(n int) string { return fmt.Sprintf("127.1.%d.%d", n/250, n%250+1) }

func (w *Web) base(feed int) string {
	if w.port == 0 {
		return fmt.Sprintf("http://wire%d.example", feed%w.plan.Hosts)
	}
	return fmt.Sprintf("http://%s:%d", Host(feed%w.plan.Hosts), w.port)
}

// Feeds are the addresses of all feeds.
func (w *Web) Feeds() []string {
	var all []string
	for f := range w.plan.Feeds {
		all = append(all, fmt.Sprintf("%s/feed/%d.xml", w.base(f), f))
	}
	return all
}

// Ail lets the faults of Plan.Ailing spoil the next polls of their feeds; 0 ends that.
func (w *Web) Ail(polls int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ail = polls
	clear(w.spoilt)
}

// Publish lets every feed list one more article, in place of its oldest.
func (w *Web) Publish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.listed {
		w.listed[f] = min(w.listed[f]+1, w.plan.Items)
	}
}

// Truth is every article that the feeds list.
func (w *Web) Truth() []*Article { return slices.Concat(w.articles...) }

// Stats is what was asked so far.
func (w *Web) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sums
}

// Tries is how often an article's page was asked for, redirects on its way not counted.
func (w *Web) Tries(a *Article) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tries[a.path()]
}

// Answered is how often an article's page was answered in full.
func (w *Web) Answered(a *Article) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.full[a.path()]
}
