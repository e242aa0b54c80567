package soak

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ServeHTTP implements http.Handler.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	answered := sync.OnceFunc(w.begin(host, arrived(r), r.URL.Path))
	defer answered()
	rw = &answer{rw, answered}
	if !w.pause(r, w.plan.Latency) {
		return
	}
	switch path := r.URL.Path; {
	case path == "/robots.txt":
		w.note(func() { w.sums.Robots++ })
		fmt.Fprint(rw, "User-agent: *\nDisallow: /private/\n")
	case strings.HasPrefix(path, "/feed/"):
		w.feed(rw, r, host)
	case w.pages[path] != nil:
		w.page(rw, r, host, w.pages[path])
	default:
		w.note(func() { w.sums.Other++ })
		http.NotFound(rw, r)
	}
}

// answer says when its first byte goes out: from then on the client may have it whole, and ask for the next thing before
// the handler has returned.
type answer struct {
	http.ResponseWriter
	begins func()
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(code int) {
	a.begins()
	a.ResponseWriter.WriteHeader(code)
}

// Write implements io.Writer.
func (a *answer) Write(p []byte) (int, error) {
	a.begins()
	return a.ResponseWriter.Write(p)
}

// Hijack implements http.Hijacker.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.begins()
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (w *Web) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// begin notes a request, and answered that it is in flight no more.
func (w *Web) begin(host string, at time.Time, path string) (answered func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, h := &w.sums, w.hosts[host]
	if h == nil {
		h = &hostBook{}
		w.hosts[host] = h
	}
	counts := 1
	if a := w.pages[path]; a != nil && slices.Contains([]Fault{Hang, Huge, Bomb}, a.Fault) {
		counts = 0
	}
	h.inFlight += counts
	s.Requests++
	s.MostInFlight = max(s.MostInFlight, h.inFlight)
	if s.First.IsZero() {
		s.First = at
	}
	s.Last = at
	s.came(h, at, w.plan.Gap*95/100)
	if at.After(h.waitFrom) && at.Before(h.waitUntil) {
		s.RetryViolations++
		h.waitUntil = time.Time{} // a Retry-After that is not heard counts once, however many requests follow
	}
	if strings.HasPrefix(path, "/private/") {
		s.RobotsViolations++
	}
	return func() { w.note(func() { h.inFlight -= counts }) }
}

// came notes when a request came. Handlers run late on a busy machine, and out of order where two processes ask: the gaps
// are those between requests as they came.
func (s *Stats) came(h *hostBook, at time.Time, least time.Duration) {
	i := len(h.came)
	for i > 0 && h.came[i-1].After(at) {
		i--
	}
	late := i < len(h.came)
	if late && i > 0 {
		s.gap(h.came[i].Sub(h.came[i-1]), least, -1)
	}
	if i > 0 {
		s.gap(at.Sub(h.came[i-1]), least, 1)
	}
	if late {
		s.gap(h.came[i].Sub(at), least, 1)
	}
	h.came = slices.Insert(h.came, i, at)
	h.came = h.came[max(0, len(h.came)-64):]
}

// gap counts a gap, or with n below zero no longer.
func (s *Stats) gap(d, least time.Duration, n int) {
	s.Gaps += n
	if d < least {
		s.Short += n
	}
	if n > 0 && (s.Gaps == 1 || d < s.LeastGap) {
		s.LeastGap = d
	}
}

// pause waits, unless the client goes or the web ends.
func (w *Web) pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-w.stopped:
	}
	return false
}

// feed answers a feed, or that it is as it was.
func (w *Web) feed(rw http.ResponseWriter, r *http.Request, host string) {
	f, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/feed/"), ".xml"))
	if err != nil || f < 0 || f >= w.plan.Feeds {
		http.NotFound(rw, r)
		return
	}
	tag := r.Header.Get("If-None-Match")
	fault := w.spoils(f, r)
	w.mu.Lock()
	n := w.listed[f]
	own := fmt.Sprintf(`W/"%d-%d"`, f, n)
	if r.URL.RawQuery == "" { // and no redirect's end
		w.sums.Polls++
	}
	if tag != "" {
		w.sums.Conditional++
	}
	if tag == own && fault == "" {
		w.sums.NotModified++
	}
	w.mu.Unlock()
	doc := w.document(f, n, fault)
	if w.fails(rw, r, host, fault, doc) {
		return
	}
	rw.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	switch fault {
	case Empty:
		doc = nil
	case Octet:
		rw.Header().Set("Content-Type", "application/octet-stream")
	case Page:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		doc = []byte("<!doctype html><html><head><title>We are working on it</title></head><body><h1>Back soon</h1></body></html>")
	case Slow:
		if !w.pause(r, time.Second) {
			return
		}
	case Redirect:
		if r.URL.RawQuery == "" {
			found(rw, "?hop")
			return
		}
	case "":
		rw.Header().Set("Etag", own)
		if tag == own {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
	}
	_ = send(rw, r, doc) // who asked has gone away
}

// spoils says which fault shows in the answer to this poll. A redirect is one poll with the requests that follow it.
func (w *Web) spoils(f int, r *http.Request) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f >= len(w.plan.Ailing) || w.spoilt[f] >= w.ail {
		return ""
	}
	if fault := w.plan.Ailing[f]; fault != Redirect || r.URL.RawQuery != "" {
		w.spoilt[f]++
	}
	return w.plan.Ailing[f]
}

// document is what a feed lists when n articles are published.
func (w *Web) document(f, n int, fault Fault) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Wire %d</title><link>%s/</link><description>News</description>`, f, w.base(f))
	for i := n - 1; i >= max(0, n-w.plan.Window) && fault != NoItems; i-- {
		a := w.articles[f][i]
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"false\">%s</guid><pubDate>%s</pubDate><description>%s</description></item>\n",
			html.EscapeString(a.Title), a.URL, a.GUID, a.date().Format(time.RFC1123Z), html.EscapeString(a.Summary()))
	}
	b.WriteString("</channel></rss>")
	if fault != Charset {
		return []byte(b.String())
	}
	packed, err := simplifiedchinese.GBK.NewEncoder().String(strings.Replace(b.String(), "UTF-8", "GBK", 1))
	if err != nil {
		return []byte(b.String())
	}
	return []byte(packed) // and the header says that it is UTF-8
}

// page answers an article's page, or with its fault.
func (w *Web) page(rw http.ResponseWriter, r *http.Request, host string, a *Article) {
	if a.Fault == Redirect && r.URL.RawQuery != "hop=3" {
		w.redirect(rw, r, a)
		return
	}
	if a.Fault == Cookie {
		if c, err := r.Cookie("consent"); err != nil || c.Value != "yes" {
			http.SetCookie(rw, &http.Cookie{Name: "consent", Value: "yes", Path: "/"})
			http.Redirect(rw, r, a.path(), http.StatusFound)
			return
		}
	}
	w.mu.Lock()
	w.tries[a.path()]++
	first := w.tries[a.path()] == 1
	w.mu.Unlock()
	if a.Fault.Heals() && !first {
		w.article(rw, r, a, "text/html; charset=utf-8", false)
		return
	}
	if w.fails(rw, r, host, a.Fault, []byte(a.page("utf-8"))) {
		return
	}
	switch a.Fault {
	case Charset:
		w.article(rw, r, a, "text/html; charset=utf-8", true)
	case Octet:
		w.article(rw, r, a, "application/octet-stream", false)
	case Slow:
		if w.pause(r, time.Second) {
			w.article(rw, r, a, "text/html; charset=utf-8", false)
		}
	default:
		w.article(rw, r, a, "text/html; charset=utf-8", false)
	}
}

// fails answers with a fault that is the same for pages and feeds, or says that there is none.
func (w *Web) fails(rw http.ResponseWriter, r *http.Request, host string, f Fault, whole []byte) bool {
	switch f {
	case TooMany, TooManyDate, Unavailable, UnavailableDate:
		w.wait(rw, host, f)
	case TooManyBare:
		http.Error(rw, "slow down", http.StatusTooManyRequests)
	case UnavailableBare:
		http.Error(rw, "not now", http.StatusServiceUnavailable)
	case ServerError:
		http.Error(rw, "a fault", http.StatusInternalServerError)
	case Reset:
		reset(rw)
	case Truncated:
		rw.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		_, _ = rw.Write(whole[:len(whole)*3/4])
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	case NotFound:
		http.NotFound(rw, r)
	case Hang:
		w.pause(r, time.Hour)
	case Loop:
		found(rw, "?again="+strconv.Itoa(len(r.URL.RawQuery)%2))
	case Huge:
		w.huge(rw, r)
	case Bomb:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.Header().Set("Content-Encoding", "gzip")
		_, _ = rw.Write(w.bomb())
	default:
		return false
	}
	return true
}

// found redirects to the same path with another query.
func found(rw http.ResponseWriter, query string) {
	rw.Header().Set("Location", query)
	rw.WriteHeader(http.StatusFound)
}

// wait answers that the host wants to be left alone, in one of the two forms.
func (w *Web) wait(rw http.ResponseWriter, host string, f Fault) {
	until := time.Now().Add(w.plan.Pause)
	code, after := http.StatusTooManyRequests, strconv.Itoa(int(w.plan.Pause.Seconds()))
	if f == Unavailable || f == UnavailableDate {
		code = http.StatusServiceUnavailable
	}
	if f == TooManyDate || f == UnavailableDate {
		until = until.Add(time.Second).Truncate(time.Second)
		after = until.UTC().Format(http.TimeFormat)
	}
	w.note(func() {
		if h := w.hosts[host]; until.After(h.waitUntil) {
			h.waitFrom, h.waitUntil = time.Now(), until
		}
	})
	rw.Header().Set("Retry-After", after)
	http.Error(rw, "slow down", code)
}

// redirect goes by 301 to another host, by 302 back, and by 307 to the page.
func (w *Web) redirect(rw http.ResponseWriter, r *http.Request, a *Article) {
	hop := 1
	if _, err := fmt.Sscanf(r.URL.RawQuery, "hop=%d", &hop); err == nil {
		hop++
	}
	to := w.base(a.feed)
	if hop == 1 {
		to = w.base(a.feed + 1)
	}
	http.Redirect(rw, r, fmt.Sprintf("%s%s?hop=%d", to, a.path(), hop), []int{301, 302, 307}[hop-1])
}

// article answers the page itself and notes that it went out whole.
func (w *Web) article(rw http.ResponseWriter, r *http.Request, a *Article, contentType string, gbk bool) {
	page := []byte(a.page("utf-8"))
	if gbk {
		if packed, err := simplifiedchinese.GBK.NewEncoder().String(a.page("gbk")); err == nil {
			page = []byte(packed)
		}
	}
	rw.Header().Set("Content-Type", contentType)
	if send(rw, r, page) == nil {
		w.note(func() { w.full[a.path()]++ })
	}
}

// send writes a body, packed where the client can read it.
func send(rw http.ResponseWriter, r *http.Request, body []byte) error {
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a constant
		_, _ = z.Write(body)
		_ = z.Close() // neither fails on a buffer
		body = b.Bytes()
		rw.Header().Set("Content-Encoding", "gzip")
	}
	rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, err := rw.Write(body)
	return err
}

// huge writes 300 MB of markup, for as long as the client takes it.
func (w *Web) huge(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	part := bytes.Repeat([]byte("<div><p>filler filler filler filler</p></div>\n"), 1500)
	for range 300 << 20 / len(part) {
		if _, err := rw.Write(part); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

// bomb is 1 GiB of text in 1 MiB of gzip: one member of it, many times.
func bomb() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a constant
	_, _ = z.Write([]byte("<html><body><p>"))
	_, _ = z.Write(bytes.Repeat([]byte("A"), 16<<20))
	_ = z.Close() // nothing of this fails on a buffer
	return bytes.Repeat(b.Bytes(), 64)
}

// reset ends the connection as a crashed server does.
func reset(rw http.ResponseWriter) {
	c, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if t, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
