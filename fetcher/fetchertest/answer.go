package fetchertest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Answer is what an address answers instead of just its file. In a script it is a line such as
//
//	200 times=3 delay=50ms encoding=gzip cut=1000
type Answer struct {
	Status   int           // 0 ("ok"): 200 or 304, as conditions ask
	Times    int           // times=N: how often, before the next line holds; 0 is once. The last line holds for ever
	Delay    time.Duration // delay=D: before the answer
	Drip     time.Duration // drip=D: before each byte of the body
	Cut      int           // cut=N: the connection ends after N bytes of the body (as sent); -1, or cut=no: never
	Reset    bool          // reset: the connection is reset, nothing is sent
	Hang     bool          // hang: nothing is ever answered
	Encoding string        // encoding=gzip|br|zstd|deflate: how the body is packed
	Bomb     int64         // bomb=SIZE: the body is so many zeros, in bytes or with K, M, G; packed by encoding
	Headers  int           // headers=SIZE: so many bytes of extra headers
	File     string        // file=NAME: the body is that of another file: of this folder, or /of/this/host
	Body     string        // body=TEXT: up to the end of the line
	HasBody  bool          // Body holds
	Bare     bool          // bare: without ETag and Last-Modified, and never 304
	Header   http.Header   // more headers, and others instead of ours; an empty value removes one
}

// ParseScript reads the text of a .http file.
func ParseScript(text string) ([]Answer, error) {
	var answers []Answer
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if s := strings.TrimSpace(line); s == "" || s[0] == '#' {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			k, v, ok := strings.Cut(line, ":")
			if !ok || len(answers) == 0 {
				return nil, fmt.Errorf("line %d: %q: want an answer, or below one an indented `Header: value`", i+1, line)
			}
			h := answers[len(answers)-1].Header
			h[http.CanonicalHeaderKey(strings.TrimSpace(k))] = append(h[http.CanonicalHeaderKey(strings.TrimSpace(k))], strings.TrimSpace(v))
			continue
		}
		a, err := parseAnswer(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", i+1, line, err)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

func parseAnswer(line string) (Answer, error) {
	a := Answer{Cut: -1, Header: http.Header{}}
	if before, body, ok := strings.Cut(line, " body="); ok {
		line, a.Body, a.HasBody = before, body, true
	} else if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	for i, word := range strings.Fields(line) {
		k, v, _ := strings.Cut(word, "=")
		var err error
		var n int64
		switch k {
		case "ok":
		case "reset":
			a.Reset = true
		case "hang":
			a.Hang = true
		case "bare":
			a.Bare = true
		case "times":
			a.Times, err = strconv.Atoi(v)
		case "delay":
			a.Delay, err = time.ParseDuration(v)
		case "drip":
			a.Drip, err = time.ParseDuration(v)
		case "cut":
			a.Cut, err = strconv.Atoi(v)
		case "encoding":
			a.Encoding = v
		case "bomb":
			a.Bomb, err = parseSize(v)
		case "headers":
			n, err = parseSize(v)
			a.Headers = int(n)
		case "file":
			a.File = v
		case "location":
			a.Header.Set("Location", v)
		default:
			a.Status, err = strconv.Atoi(k)
			if err == nil && (i > 0 || a.Status < 200 || a.Status > 599) {
				err = errors.New("a status (200 to 599) stands first")
			}
		}
		if err != nil {
			return a, fmt.Errorf("word %q: %w", word, err)
		}
	}
	return a, nil
}

func parseSize(s string) (int64, error) {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "B"), "i")
	shift := 0
	for i, unit := range []string{"K", "M", "G"} {
		if t, ok := strings.CutSuffix(s, unit); ok {
			s, shift = t, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n << shift, err
}

// site answers for one host, or for all as a proxy.
type site struct {
	w    *Web
	host string
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	host := s.host
	if host == "" {
		host = r.Host
	}
	if r.Method == http.MethodConnect {
		http.Error(rw, "fetchertest: the test web has no https", http.StatusNotImplemented)
		return
	}
	host = strings.ToLower(strings.TrimSuffix(host, ":80"))
	out := &recorder{ResponseWriter: rw}
	n := s.w.begin(host, r)
	defer func() { s.w.end(n, host, out.status) }()

	f, a, ok := s.w.next(host, r.URL.EscapedPath(), r.URL.RawQuery)
	if !ok {
		http.Error(out, "fetchertest: there is no "+host+r.URL.RequestURI(), http.StatusNotFound)
		return
	}
	s.w.serve(out, r, host, f, a)
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(code int) {
	if r.status == 0 {
		r.status = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// begin writes the first half of a line of the log, and returns its number.
func (w *Web) begin(host string, r *http.Request) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight[host]++
	w.most[host] = max(w.most[host], w.inFlight[host])
	w.log = append(w.log, Request{
		Start: time.Now(), Host: host, Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Remote: r.RemoteAddr,
	})
	return len(w.log) - 1
}

func (w *Web) end(n int, host string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight[host]--
	if n < len(w.log) {
		w.log[n].Status, w.log[n].End = status, time.Now()
	}
}

// next finds the file for a request, with the query first and then without, and the answer that is due.
func (w *Web) next(host, p, query string) (file, Answer, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := []string{p}
	if query != "" {
		names = []string{p + "?" + query, p}
	}
	if p == "" || strings.HasSuffix(p, "/") {
		names = append(names, p+"index.html", p+"index.xml")
	}
	for _, name := range names {
		f := w.files[host+"/"+strings.TrimPrefix(name, "/")]
		if f == nil {
			continue
		}
		a := f.answer()
		from := *f
		if a.File != "" {
			other := host + path.Join("/", path.Dir(p), a.File)
			if strings.HasPrefix(a.File, "/") {
				other = host + a.File
			}
			if o := w.files[other]; o != nil {
				from = *o
			}
		}
		return from, a, true
	}
	return file{}, Answer{}, false
}

// answer is the one that is due, and goes on to the next.
func (f *file) answer() Answer {
	if len(f.script) == 0 {
		return Answer{Cut: -1}
	}
	a := f.script[f.step]
	f.done++
	if f.done >= max(a.Times, 1) && f.step < len(f.script)-1 {
		f.step, f.done = f.step+1, 0
	}
	return a
}

// serve gives an answer.
func (w *Web) serve(rw *recorder, r *http.Request, host string, f file, a Answer) {
	if !w.pause(r, a.Delay) {
		return
	}
	if a.Hang {
		select {
		case <-r.Context().Done():
		case <-w.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	}
	if a.Reset {
		reset(rw)
		return
	}
	body := f.body
	if a.HasBody {
		body = []byte(a.Body)
	}
	h := rw.Header()
	if a.Status != 0 && a.Status != 200 && !a.HasBody && a.File == "" {
		body = []byte(strconv.Itoa(a.Status) + " " + http.StatusText(a.Status) + "\n")
		h.Set("Content-Type", "text/plain; charset=utf-8")
	} else if len(body) > 0 {
		h.Set("Content-Type", contentType(r.URL.Path, body))
	}
	fresh := (a.Status == 0 || a.Status == 200) && f.exists && !a.Bare && a.Bomb == 0
	if fresh {
		h.Set("ETag", f.etag)
		h.Set("Last-Modified", f.modified.Format(http.TimeFormat))
	}
	for k, v := range a.Header {
		h[k] = v
		if len(v) == 1 && v[0] == "" {
			delete(h, k)
		}
	}
	if a.Headers > 0 {
		for i := range a.Headers/1000 + 1 {
			h.Set(fmt.Sprintf("X-Padding-%d", i), strings.Repeat("x", min(1000, a.Headers)))
		}
	}
	status := a.Status
	if status == 0 {
		status = http.StatusOK
		if fresh && unchanged(r, h) {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.send(rw, r, status, body, a)
}

// pause waits, and reports false if the client or the web has gone.
func (w *Web) pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-w.ctx.Done():
	}
	return false
}

// unchanged reports whether the client has this version, by the validators that are being sent.
func unchanged(r *http.Request, h http.Header) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if match := r.Header.Get("If-None-Match"); match != "" {
		etag := strings.TrimPrefix(h.Get("ETag"), "W/")
		if etag == "" {
			return false
		}
		for m := range strings.SplitSeq(match, ",") {
			if m = strings.TrimPrefix(strings.TrimSpace(m), "W/"); m == etag || m == "*" {
				return true
			}
		}
		return false
	}
	since, modified := r.Header.Get("If-Modified-Since"), h.Get("Last-Modified")
	if since == "" || modified == "" {
		return false
	}
	s, err1 := http.ParseTime(since)
	m, err2 := http.ParseTime(modified)
	return err1 == nil && err2 == nil && !m.After(s)
}

// send writes status and body, in the way that the answer says.
func (w *Web) send(rw *recorder, r *http.Request, status int, body []byte, a Answer) {
	h := rw.Header()
	if a.Encoding != "" && h.Get("Content-Encoding") == "" {
		h.Set("Content-Encoding", a.Encoding)
	}
	if a.Bomb > 0 {
		rw.WriteHeader(status)
		z := Pack(a.Encoding, rw)
		zeros := make([]byte, 1<<20)
		for left := a.Bomb; left > 0; left -= int64(len(zeros)) {
			if _, err := z.Write(zeros[:min(left, int64(len(zeros)))]); err != nil || r.Context().Err() != nil {
				return
			}
		}
		_ = z.Close()
		return
	}
	if a.Encoding != "" {
		var b bytes.Buffer
		z := Pack(a.Encoding, &b)
		_, _ = z.Write(body)
		_ = z.Close() // neither fails on a buffer
		body = b.Bytes()
	}
	if h.Get("Content-Length") == "" {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	rw.WriteHeader(status)
	if r.Method == http.MethodHead || status == http.StatusNotModified || status == http.StatusNoContent {
		return
	}
	cut := a.Cut >= 0 && a.Cut < len(body)
	if cut {
		body = body[:a.Cut]
	}
	if a.Drip > 0 {
		w.drip(rw, r, body, a.Drip)
	} else {
		_, _ = rw.Write(body)
	}
	if cut {
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
}

// drip sends a body byte by byte.
func (w *Web) drip(rw *recorder, r *http.Request, body []byte, d time.Duration) {
	c := http.NewResponseController(rw)
	for i := range body {
		if !w.pause(r, d) {
			return
		}
		_, _ = rw.Write(body[i : i+1])
		if c.Flush() != nil {
			return
		}
	}
}

// reset ends the connection as a crashed server does.
func reset(rw http.ResponseWriter) {
	c, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Pack packs what is written to it: gzip, deflate, br or zstd; anything else is left as it is.
func Pack(encoding string, w io.Writer) io.WriteCloser {
	switch encoding {
	case "gzip":
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			panic("fetchertest: " + err.Error()) // the level is a constant
		}
		return z
	case "deflate":
		return zlib.NewWriter(w)
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic("fetchertest: " + err.Error()) // without options it has no way to fail
		}
		return z
	}
	return nopCloser{w}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// contentType is told from the name and the first bytes; never from the system's tables, so that it is the same on
// all machines.
func contentType(name string, body []byte) string {
	head := string(body[:min(len(body), 1024)])
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".shtml":
		return "text/html"
	case ".json":
		if strings.Contains(head, "jsonfeed.org") {
			return "application/feed+json"
		}
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".css":
		return "text/css"
	case ".js":
		return "text/javascript"
	case ".svg":
		return "image/svg+xml"
	}
	switch {
	case strings.Contains(head, "<feed"):
		return "application/atom+xml"
	case strings.Contains(head, "<rss"), strings.Contains(head, "<rdf:RDF"):
		return "application/rss+xml"
	case strings.Contains(head, "<?xml"), strings.Contains(head, "<urlset"), strings.Contains(head, "<sitemapindex"):
		return "application/xml"
	}
	return http.DetectContentType(body)
}
