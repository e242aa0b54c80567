package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// What a request accepts, by what it is for.
const (
	acceptFeed = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, " +
		"application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.3, */*;q=0.2"
	acceptPage    = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5"
	acceptJSON    = "application/json, text/javascript;q=0.9, */*;q=0.5"
	acceptSitemap = "application/xml, text/xml, application/gzip;q=0.9, text/plain;q=0.5, */*;q=0.3"
)

// fallbackMaxBody bounds a body where the configuration does not.
const fallbackMaxBody = 20 << 20

// answer is a response that was read to its end.
type answer struct {
	URL    string // after redirects
	Status int
	Header http.Header
	Body   []byte
	Moved  string // where every redirect was permanent: the new address
}

// begin prepares a context for the requests of one piece of work: one worker's slot, the source's proxy.
func begin(ctx context.Context, src config.Source) (context.Context, func()) {
	ctx, release := polite.WithWorker(ctx)
	if p := src.Proxy.Reveal(); p != "" {
		ctx = polite.WithProxy(ctx, p)
	}
	return ctx, release
}

// get asks for one address of a source. Validators are sent to the address that they came from and to no other, also
// when that is the target of a redirect. An answer of any status is no error here.
func (f *Fetcher) get(ctx context.Context, src config.Source, addr, accept string, v article.Validators) (*answer, error) {
	a, err := f.do(ctx, src, addr, accept, v)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", redact(addr), conceal(err, src))
	}
	return a, nil
}

func (f *Fetcher) do(ctx context.Context, src config.Source, addr, accept string, v article.Validators) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return nil, err
	}
	if req.URL.Host == "" || (req.URL.Scheme != "http" && req.URL.Scheme != "https") {
		return nil, fmt.Errorf("not an http or https address")
	}
	req.URL.Fragment = ""
	f.setHeaders(req.Header, src, req.URL, accept)
	setValidators(req, v)
	permanent := true
	client := &http.Client{Transport: f.rt, Jar: newJar(src), CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if c := req.Response.StatusCode; c != http.StatusMovedPermanently && c != http.StatusPermanentRedirect {
			permanent = false
		}
		if err := polite.CheckRedirect(req, via); err != nil {
			return err
		}
		setValidators(req, v)
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, cause(err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	a := &answer{URL: resp.Request.URL.String(), Status: resp.StatusCode, Header: resp.Header}
	if resp.Request != req && permanent {
		a.Moved = a.URL
	}
	if a.Body, err = readBody(resp, f.maxBody()); err != nil {
		return nil, err
	}
	return a, nil
}

// maxBody is the bound that holds also where the transport has none.
func (f *Fetcher) maxBody() int64 {
	if f.cfg.Fetch.MaxBody <= 0 {
		return fallbackMaxBody
	}
	most := f.cfg.Fetch.MaxBody
	for _, h := range f.cfg.Hosts {
		most = max(most, h.MaxBody)
	}
	return most
}

// readBody reads a body to its end. What is cut short on the way is an error, not a shorter body.
func readBody(resp *http.Response, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("answer cut short after %d bytes: %w", len(body), err)
		}
		return nil, cause(err)
	}
	if int64(len(body)) > most {
		return nil, &polite.LimitError{What: "body", Limit: most}
	}
	return body, nil
}

// setHeaders sets what a request of a source says. The configured headers that may be secrets go to the source's own
// site only; those that say who asks and where from go to all its pages.
func (f *Fetcher) setHeaders(h http.Header, src config.Source, to *url.URL, accept string) {
	h.Set("User-Agent", f.cfg.Fetch.UserAgent)
	h.Set("Accept", accept)
	if len(src.Headers) == 0 {
		return
	}
	own, err := url.Parse(src.URL)
	home := err == nil && sameSite(own, to)
	for k, v := range src.Headers {
		if k = http.CanonicalHeaderKey(k); home || harmless[k] {
			h.Set(k, v.Reveal())
		}
	}
}

var harmless = map[string]bool{"User-Agent": true, "Accept": true, "Accept-Language": true, "Referer": true, "Dnt": true}

// setValidators makes a request conditional if it is for the address that the validators came from.
func setValidators(req *http.Request, v article.Validators) {
	if v.URL == "" || v.URL != req.URL.String() {
		return
	}
	if v.ETag != "" {
		req.Header["If-None-Match"] = []string{v.ETag}
	}
	if v.LastModified != "" {
		req.Header["If-Modified-Since"] = []string{v.LastModified}
	}
}

// newJar makes the cookie jar of one piece of work, with the source's configured cookies for its own site. Cookies that
// sites set are kept for the redirects and further pages of this work, and forgotten after it.
func newJar(src config.Source) http.CookieJar {
	if len(src.Cookies) == 0 {
		return &lateJar{}
	}
	return filledJar(src)
}

// lateJar is made when the first cookie comes: most listings bring none. As the work that it is of, it is used by one
// goroutine at a time.
type lateJar struct{ jar http.CookieJar }

// Cookies implements http.CookieJar.
func (j *lateJar) Cookies(u *url.URL) []*http.Cookie {
	if j.jar == nil {
		return nil
	}
	return j.jar.Cookies(u)
}

// SetCookies implements http.CookieJar.
func (j *lateJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	if j.jar == nil {
		j.jar = filledJar(config.Source{})
	}
	j.jar.SetCookies(u, cookies)
}

func filledJar(src config.Source) http.CookieJar {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil { // it never is
		return nil
	}
	u, err := url.Parse(src.URL)
	if err != nil || len(src.Cookies) == 0 {
		return jar
	}
	domain := site(u.Hostname())
	if _, err := netip.ParseAddr(strings.Trim(domain, "[]")); err == nil || !strings.Contains(domain, ".") {
		domain = ""
	}
	var cookies []*http.Cookie
	for name, v := range src.Cookies {
		cookies = append(cookies, &http.Cookie{Name: name, Value: v.Reveal(), Path: "/", Domain: domain})
	}
	jar.SetCookies(u, cookies)
	return jar
}

// sameSite reports whether two addresses belong to one publisher, as far as their hosts tell.
func sameSite(a, b *url.URL) bool {
	return site(a.Hostname()) == site(b.Hostname())
}

// site is the part of a host name that a publisher registers: sina.com.cn of finance.sina.com.cn. An IP address, and a
// name of one label, is its own.
func site(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	s, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return s
}

// statusError describes an answer that is no success.
func statusError(code int, header http.Header, addr string) *StatusError {
	e := &StatusError{Code: code, URL: redact(addr), RetryAfter: max(0, polite.RetryAfter(header, time.Now()))}
	if e.RetryAfter == 0 && (code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable) {
		e.RetryAfter = freshness(header) // how long this answer holds, which says the same
	}
	switch {
	case strings.EqualFold(header.Get("Cf-Mitigated"), "challenge"):
		e.Reason = "Cloudflare asks for a browser"
	case strings.Contains(strings.ToLower(header.Get("Server")), "datadome") || header.Get("X-Datadome") != "":
		e.Reason = "DataDome asks for a browser"
	case code == http.StatusUnauthorized:
		e.Reason = "a login is wanted (headers or cookies of the source)"
	}
	return e
}

// validators are what makes the next request of this address conditional. A 304 that repeats only one of them leaves
// the other as it was.
func validators(a *answer, old article.Validators) article.Validators {
	v := article.Validators{URL: a.URL, ETag: a.Header.Get("ETag"), LastModified: a.Header.Get("Last-Modified")}
	if a.Status == http.StatusNotModified && old.URL == a.URL {
		if v.ETag == "" {
			v.ETag = old.ETag
		}
		if v.LastModified == "" {
			v.LastModified = old.LastModified
		}
	}
	if v.ETag == "" && v.LastModified == "" {
		return article.Validators{}
	}
	return v
}

// freshness is how long an answer may be kept by its headers: Cache-Control's max-age, else Expires; 0 where they do
// not say, or forbid it.
func freshness(h http.Header) time.Duration {
	for _, line := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(strings.ToLower(line), ",") {
			name, val, _ := strings.Cut(strings.TrimSpace(d), "=")
			switch name {
			case "no-store", "no-cache":
				return 0
			case "max-age":
				n, err := strconv.ParseInt(strings.Trim(val, `" `), 10, 64)
				if err != nil || n <= 0 {
					return 0
				}
				return time.Duration(min(n, 400*24*3600)) * time.Second
			}
		}
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(0, expires.Sub(date)), 400*24*time.Hour)
}

// cause takes the address out of an http.Client's error: the caller says it, without its secrets.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// redact returns an address for logs and errors: without password and without the values of parameters that look like
// keys.
func redact(addr string) string {
	u, err := url.Parse(addr)
	if err != nil {
		return strconv.Quote(strings.ToValidUTF8(addr[:min(len(addr), 200)], ""))
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "***")
	}
	pairs := strings.Split(u.RawQuery, "&")
	hidden := false
	for i, p := range pairs {
		if k, v, _ := strings.Cut(p, "="); v != "" && looksSecret(k) {
			pairs[i], hidden = k+"=***", true
		}
	}
	if hidden {
		u.RawQuery = strings.Join(pairs, "&")
	}
	return strings.ReplaceAll(u.String(), "%2A%2A%2A", "***")
}

func looksSecret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range []string{"key", "token", "secret", "passw", "auth", "signature", "session"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// conceal keeps the secrets of a source out of an error's text.
func conceal(err error, src config.Source) error {
	var secrets []string
	add := func(s config.Secret) {
		if len(s.Reveal()) >= 4 {
			secrets = append(secrets, s.Reveal(), "***")
		}
	}
	add(src.Proxy)
	if u, e := url.Parse(src.Proxy.Reveal()); e == nil {
		if p, ok := u.User.Password(); ok {
			add(config.Secret(p))
		}
	}
	for k, s := range src.Headers {
		if !harmless[http.CanonicalHeaderKey(k)] {
			add(s)
		}
	}
	for _, s := range src.Cookies {
		add(s)
	}
	if secrets == nil {
		return err
	}
	return &concealed{err, strings.NewReplacer(secrets...)}
}

// concealed is an error whose text has no secrets.
type concealed struct {
	err error
	r   *strings.Replacer
}

func (e *concealed) Error() string { return e.r.Replace(e.err.Error()) }
func (e *concealed) Unwrap() error { return e.err }
