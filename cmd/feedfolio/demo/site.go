package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// site is a publisher that answers requests.
type site struct {
	publisher
	base     string // "http://127.0.0.11:40000"
	articles []*story
	pages    map[string]*resource // by path and query
	log      visitLog
}

// resource is what stands at one address. It never changes.
type resource struct {
	contentType string
	body        []byte
	packed      []byte // gzip of body; nil where that gains nothing
	etag        string
	modified    time.Time
	location    string // of a redirect; the rest is empty then
	image       string // its path, where it is an image; the rest is empty then
	faults      []int  // status codes of the first answers
}

// siteData is what the listing's template and the home page's are rendered with.
type siteData struct {
	Name, Title, Base    string
	Listing, ListingType string
	Newest               time.Time
	Articles             []*story // newest first
}

// newSite renders all that the publisher p has, for the address base.
func newSite(p publisher, base string) (*site, error) {
	articles, err := p.readArticles(base)
	if err != nil {
		return nil, err
	}
	s := &site{publisher: p, base: base, articles: articles, pages: map[string]*resource{}}
	for i, a := range articles {
		if err := s.addArticle(i, a); err != nil {
			return nil, fmt.Errorf("page of article %s: %w", a.ID, err)
		}
	}
	if err := s.addListing(); err != nil {
		return nil, err
	}
	robots, err := press.ReadFile("press/robots.txt")
	if err != nil {
		return nil, err
	}
	s.add("/robots.txt", "text/plain", robots, s.newest())
	s.addImages()
	return s, nil
}

func (s *site) addArticle(i int, a *story) error {
	for n := range a.bodies {
		page := *a
		page.Body, page.Page = a.bodies[n], n+1
		if n+1 < len(a.bodies) {
			page.Next = pagePath(a, n+2)
		}
		page.Related = []*story{s.articles[(i+1)%len(s.articles)], s.articles[(i+2)%len(s.articles)]}
		page.Latest = s.articles
		html, err := render(s.name+"/page", &page)
		if err != nil {
			return err
		}
		if html, err = s.encode(html); err != nil {
			return err
		}
		r := s.add(pagePath(a, n+1), s.pageType, html, a.Updated)
		if n == 0 {
			r.faults = s.faults[a.ID]
		}
	}
	if s.redirect != "" {
		s.pages[strings.ReplaceAll(s.redirect, "{id}", a.ID)] = &resource{location: a.Path}
	}
	return nil
}

func pagePath(a *story, n int) string {
	if n == 1 {
		return a.Path
	}
	return fmt.Sprintf("%s?page=%d", a.Path, n)
}

func (s *site) addListing() error {
	data := siteData{
		Name: s.name, Title: s.title, Base: s.base,
		Listing: s.listing, ListingType: strings.TrimSpace(strings.Split(s.listingType, ";")[0]), Newest: s.newest(),
	}
	for i := len(s.articles) - 1; i >= 0; i-- {
		a := *s.articles[i]
		a.Body = strings.Join(a.bodies, "\n")
		data.Articles = append(data.Articles, &a)
	}
	listing, err := render(s.name+"/listing", data)
	if err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	if listing, err = s.encode(listing); err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	s.add(s.listing, s.listingType, listing, data.Newest)
	home, err := render("home", data)
	if err != nil {
		return fmt.Errorf("home page: %w", err)
	}
	s.add("/", "text/html; charset=utf-8", home, data.Newest)
	return nil
}

var imagePath = regexp.MustCompile(`/img/[a-z0-9-]+\.(?:png|gif|svg)`)

// addImages makes room for every image that a page or the listing names. They are drawn when they are asked for.
func (s *site) addImages() {
	var names []string
	for _, r := range s.pages {
		names = append(names, imagePath.FindAllString(string(r.body), -1)...)
	}
	for _, name := range names {
		s.pages[name] = &resource{image: name}
	}
}

func (s *site) add(path, contentType string, body []byte, modified time.Time) *resource {
	r := &resource{
		contentType: contentType, body: body, modified: modified.UTC(),
		etag: fmt.Sprintf(`"%x"`, sha256.Sum256(body))[:17] + `"`,
	}
	if strings.Contains(contentType, "text") || strings.Contains(contentType, "xml") || strings.Contains(contentType, "json") {
		r.packed = pack(body)
	}
	s.pages[path] = r
	return r
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // into memory: it cannot fail
	_ = z.Close()
	return b.Bytes()
}

func (s *site) newest() time.Time {
	var newest time.Time
	for _, a := range s.articles {
		if a.Updated.After(newest) {
			newest = a.Updated
		}
	}
	return newest
}

// ServeHTTP answers as the publisher does: its faults first, then validators, then the thing itself.
func (s *site) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r, ok := s.pages[req.URL.RequestURI()]
	if !ok {
		r, ok = s.pages[req.URL.Path] // with parameters that only count visitors
	}
	tries := s.log.arrived(req.URL.RequestURI(), time.Now())
	switch {
	case !ok:
		http.NotFound(w, req)
	case r.location != "":
		http.Redirect(w, req, r.location, http.StatusFound)
	case r.image != "":
		writeImage(w, r.image, s.title)
	case tries <= len(r.faults):
		s.log.refused()
		refuse(w, r.faults[tries-1])
	case notModified(req, r):
		s.log.notModified()
		writeValidators(w, r)
		w.WriteHeader(http.StatusNotModified)
	default:
		r.write(w, req)
	}
}

func writeImage(w http.ResponseWriter, path, title string) {
	data, contentType, err := drawImage(path, title)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(data)
}

// refuse answers as a publisher's front server does when what is behind it is not there.
func refuse(w http.ResponseWriter, code int) {
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(code)
	fmt.Fprintf(w, "<html><head><title>%d %s</title></head><body><center><h1>%[1]d %[2]s</h1></center><hr></body></html>\n",
		code, http.StatusText(code))
}

// notModified prefers the ETag, as RFC 9110 asks.
func notModified(req *http.Request, r *resource) bool {
	if match := req.Header.Get("If-None-Match"); match != "" {
		return match == r.etag
	}
	since, err := http.ParseTime(req.Header.Get("If-Modified-Since"))
	return err == nil && !r.modified.Truncate(time.Second).After(since)
}

func writeValidators(w http.ResponseWriter, r *resource) {
	w.Header().Set("ETag", r.etag)
	w.Header().Set("Last-Modified", r.modified.Format(http.TimeFormat))
}

func (r *resource) write(w http.ResponseWriter, req *http.Request) {
	writeValidators(w, r)
	w.Header().Set("Content-Type", r.contentType)
	body := r.body
	if r.packed != nil && strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Vary", "Accept-Encoding")
		body = r.packed
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that went away is no fault of ours
}

// visitLog counts a site's requests.
type visitLog struct {
	mu       sync.Mutex
	tries    map[string]int // by path and query
	last     time.Time
	counters Visit
}

// arrived records a request and returns how many there were for this address, this one included.
func (l *visitLog) arrived(path string, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries == nil {
		l.tries = map[string]int{}
	}
	l.tries[path]++
	if gap := now.Sub(l.last); l.counters.Requests > 0 && (l.counters.LeastGap == 0 || gap < l.counters.LeastGap) {
		l.counters.LeastGap = gap
	}
	l.counters.Requests++
	l.last = now
	return l.tries[path]
}

func (l *visitLog) refused() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.Refused++
}

func (l *visitLog) notModified() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.NotModified++
}

func (l *visitLog) visit(s *site) Visit {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.counters
	v.Publisher, v.Host = s.name, strings.TrimPrefix(s.base, "http://")
	return v
}
