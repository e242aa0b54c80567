package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/gocolly/colly/v2"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

const (
	maxPages     = 20 // of one article
	maxRefreshes = 2  // redirects by meta refresh
)

// merged is an article as its pages gave it, put together.
type merged struct {
	page     *Page
	first    *extract.Result
	body     string
	text     string
	verbatim string // of the seed profile: what the rule's selector holds, as it came
	partial  bool
}

// visit fetches the page of an entry and the pages that follow it, and puts the article together.
func (f *Fetcher) visit(ctx context.Context, src config.Source, e article.Entry, known article.Validators) (*merged, error) {
	rules, err := f.rulesOf(src)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	v := f.newVisitor(ctx, src, known)
	page, err := v.get(e.Link)
	if err != nil {
		return nil, err
	}
	for range maxRefreshes {
		to := scanRefresh(page)
		if to == "" || to == page.URL {
			break
		}
		if page, err = v.get(to); err != nil {
			return nil, err
		}
	}
	if err := ledAway(e.Link, page.URL); err != nil {
		return nil, fmt.Errorf("GET %s: %w", redact(e.Link), err)
	}
	in := evidence(src, e, rules)
	m, err := f.open(page, in, src)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", redact(e.Link), err)
	}
	if err := f.readOn(v, m, in, src); err != nil {
		return nil, err
	}
	return m, nil
}

// evidence is what the extraction is told about a page beforehand.
func evidence(src config.Source, e article.Entry, rules *extract.Rules) extract.Input {
	in := extract.Input{Rules: rules, Title: e.Title, Summary: e.Summary, Timezone: src.Timezone}
	if in.Summary == "" {
		in.Summary = e.Content
	}
	return in
}

// open extracts the first page of an article.
func (f *Fetcher) open(page *Page, in extract.Input, src config.Source) (*merged, error) {
	if err := f.extract(page, in); err != nil {
		return nil, err
	}
	m := &merged{page: page, first: page.Result, body: page.Result.Body, text: page.Result.Text, partial: page.Result.Partial}
	if f.seed() {
		m.verbatim = ruleHTML(page, src.Extract)
	}
	return m, nil
}

// extract fills in a page's Result. There are no more such at a time than there are processors to do it, and one: a page's
// tree is ten times its size, and those of all workers at once would be most of the memory of the program.
func (f *Fetcher) extract(p *Page, in extract.Input) (err error) {
	defer f.recovered(p.URL, &err)
	f.trees <- struct{}{}
	defer func() { <-f.trees }()
	in.URL, in.Header = p.URL, p.Header
	if p.Result, err = extract.Page(p.Body, in); err != nil {
		return err
	}
	p.Charset = p.Result.Charset
	return nil
}

// readOn fetches the further pages of an article: on the same site, each once, at most maxPages. A page that is gone or
// holds no article ends it, and makes it partial. One that fails otherwise fails the article, to be tried again as a
// whole: half an article must not pass for one.
func (f *Fetcher) readOn(v *visitor, m *merged, in extract.Input, src config.Source) error {
	seen := map[string]bool{article.Canonical(m.page.URL): true}
	last := m.page
	for len(m.page.MorePages)+1 < maxPages {
		next := last.Result.NextPage
		if next == "" || seen[article.Canonical(next)] || !sameSiteAs(next, m.page.URL) {
			return nil
		}
		seen[article.Canonical(next)] = true
		p, err := v.get(next)
		if err == nil {
			err = f.extract(p, in)
		}
		var notArticle *extract.NotArticle
		var status *StatusError
		switch {
		case errors.As(err, &notArticle), errors.Is(err, ErrNotPage), errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone):
			m.first.Remarks = append(m.first.Remarks, fmt.Sprintf("page %d of the article: %v", len(m.page.MorePages)+2, err))
			m.partial = true
			return nil
		case err != nil:
			return fmt.Errorf("page %d of the article: %w", len(m.page.MorePages)+2, err)
		}
		seen[article.Canonical(p.URL)] = true
		if (src.Extract == nil || src.Extract.NextPage == "") && m.other(p.Result) || !m.add(p) {
			return nil
		}
		m.page.MorePages = append(m.page.MorePages, p)
		if m.verbatim != "" {
			m.verbatim += "\n" + ruleHTML(p, src.Extract)
		}
		last = p
	}
	m.first.Remarks = append(m.first.Remarks, fmt.Sprintf("only the first %d pages of the article were read", maxPages))
	m.partial = true
	return nil
}

// other says whether a page that looked like the next one is an article of its own, as where a site numbers its articles:
// it has another headline, and came out at another time.
func (m *merged) other(r *extract.Result) bool {
	if r.Published.IsZero() || r.Published.Equal(m.first.Published) {
		return false
	}
	one, two := letters(m.first.Title), letters(r.Title)
	return !strings.Contains(one, two) && !strings.Contains(two, one)
}

// letters are the letters of a title, without the number of a page.
func letters(title string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, title)
}

// add appends a page, unless it says again what was said: sites answer pages that do not exist with the first.
func (m *merged) add(p *Page) bool {
	text := strings.TrimSpace(p.Result.Text)
	if text == "" || strings.Contains(m.text, text) {
		return false
	}
	m.body += "\n" + p.Result.Body
	m.text += "\n\n" + text
	m.partial = m.partial || p.Result.Partial
	return true
}

// visitor visits the pages of one article with one colly collector: one cookie jar, one deadline, one set of redirect
// rules. It is used by one goroutine.
type visitor struct {
	f    *Fetcher
	c    *colly.Collector
	src  config.Source
	page *Page // of the visit that is on
	err  error // what our callbacks found wrong

	known article.Validators // of the first page, had before
}

func (f *Fetcher) newVisitor(ctx context.Context, src config.Source, known article.Validators) *visitor {
	v := &visitor{f: f, src: src, known: known}
	c := &colly.Collector{}
	c.Init() // not NewCollector: variables of the environment would change our rules
	c.Context = ctx
	c.UserAgent = f.cfg.Fetch.UserAgent
	c.WithTransport(asItComes{f.rt, f.maxBody(), known})
	c.SetRequestTimeout(0) // the context and the transport keep time
	c.SetCookieJar(newJar(src))
	c.MaxBodySize = 0               // the transport's limit is an error; colly's cuts in silence
	c.ParseHTTPErrorResponse = true // an error page is ours to judge
	c.IgnoreRobotsTxt = true        // the transport's part
	c.AllowURLRevisit = true        // sites redirect to the same address once the cookie is set; readOn ends cycles
	c.MaxRequests = maxPages + maxRefreshes + 1
	c.SetRedirectHandler(polite.CheckRedirect)
	c.OnRequest(func(r *colly.Request) { f.setHeaders(*r.Headers, src, r.URL, acceptPage) })
	c.OnResponseHeaders(v.headers)
	c.OnResponse(v.response)
	v.c = c
	return v
}

// get visits one address.
func (v *visitor) get(addr string) (*Page, error) {
	v.page, v.err = nil, nil
	err := v.c.Visit(addr)
	switch {
	case v.err != nil:
		err = v.err
	case err != nil:
		err = cause(err)
	case v.page == nil:
		err = errors.New("no answer")
	default:
		return v.page, nil
	}
	return nil, fmt.Errorf("GET %s: %w", redact(addr), conceal(err, v.src))
}

// headers ends a visit before its body is read where the headers say enough.
func (v *visitor) headers(r *colly.Response) {
	status := r.StatusCode
	if status == http.StatusNotModified && v.known != (article.Validators{}) {
		v.err = ErrNotModified
	} else if status < 200 || status > 299 {
		v.err = statusError(status, *r.Headers, r.Request.URL.String())
	} else if t := mediaType(originalHeader(*r.Headers)); neverPage(t) {
		v.err = fmt.Errorf("%w: answered %s", ErrNotPage, t)
	}
	if v.err != nil {
		r.Request.Abort()
	}
}

// response takes a page over from colly.
func (v *visitor) response(r *colly.Response) {
	header := originalHeader(*r.Headers)
	p := &Page{URL: r.Request.URL.String(), Status: r.StatusCode, Header: header, Body: r.Body}
	p.Validators = validators(&answer{URL: p.URL, Status: p.Status, Header: header}, article.Validators{})
	if err := checkPage(p); err != nil {
		v.err = err
		return
	}
	v.page = p
}

// neverPage reports whether a media type is that of something that holds no HTML, whatever its bytes.
func neverPage(t string) bool {
	kind, sub, _ := strings.Cut(t, "/")
	switch kind {
	case "image", "audio", "video", "font":
		return true
	case "application":
		return sub == "pdf" || sub == "zip" || sub == "msword" || sub == "epub+zip" || sub == "x-rar-compressed" ||
			strings.HasPrefix(sub, "vnd.ms-") || strings.HasPrefix(sub, "vnd.openxmlformats")
	}
	return false
}

// checkPage says of what came under the name of a page whether it is one. The bytes decide: pages come as octet-stream
// and as plain text, and other things come as text/html.
func checkPage(p *Page) error {
	if len(strings.TrimSpace(string(p.Body[:min(len(p.Body), 1000)]))) == 0 && len(p.Body) < 1000 {
		return &extract.NotArticle{Kind: "empty", Reason: "the answer is empty"}
	}
	sniffed, _, _ := strings.Cut(http.DetectContentType(p.Body), ";")
	declared := mediaType(p.Header)
	switch {
	case neverPage(sniffed), sniffed == "application/x-gzip":
		return fmt.Errorf("%w: answered %s, declared as %q", ErrNotPage, sniffed, declared)
	case looksHTML(p.Header, p.Body):
		return nil
	case declared == "text/html" || declared == "application/xhtml+xml":
		return nil // odd, or in UTF-16
	case sniffed == "text/html":
		return nil
	}
	body := strings.TrimSpace(string(p.Body[:min(len(p.Body), 1000)]))
	if printable(body) {
		return fmt.Errorf("%w: answered %s that begins %q", ErrNotPage, orUnknown(declared), shorten(body, 80))
	}
	return fmt.Errorf("%w: answered %s", ErrNotPage, orUnknown(declared))
}

func orUnknown(t string) string {
	if t == "" {
		return "something without a Content-Type"
	}
	return t
}

// ledAway says that an article's address leads to something else: a front page or a page for what is gone, a consent
// wall or a login on a host of its own. Their contents tell less surely than their addresses.
func ledAway(link, final string) error {
	a, err1 := url.Parse(link)
	b, err2 := url.Parse(final)
	if err1 != nil || err2 != nil || a.Host == b.Host && a.Path == b.Path {
		return nil
	}
	if home(b) && !home(a) && (a.RawQuery == "" || strings.Trim(a.Path, "/") != "") {
		return &extract.NotArticle{Kind: "not found", Reason: "its address leads to the front page " + redact(final)}
	}
	name := strings.ToLower(strings.Trim(b.Path, "/"))
	name = name[strings.LastIndexByte(name, '/')+1:]
	name, _, _ = strings.Cut(name, ".")
	if goneNames[name] {
		return &extract.NotArticle{Kind: "not found", Reason: "its address leads to " + redact(final)}
	}
	if a.Hostname() == b.Hostname() {
		return nil
	}
	first, _, _ := strings.Cut(strings.ToLower(b.Hostname()), ".")
	if kind := gateNames[first]; kind != "" {
		return &extract.NotArticle{Kind: kind, Reason: "its address leads to " + b.Hostname()}
	}
	return nil
}

var (
	goneNames = map[string]bool{"404": true, "error": true, "error404": true, "notfound": true, "not-found": true, "not_found": true, "page-not-found": true, "pagenotfound": true}
	gateNames = map[string]string{
		"consent": "consent", "privacy": "consent", "guce": "consent", "login": "login", "signin": "login", "sso": "login",
		"passport": "login", "accounts": "login", "auth": "login", "captcha": "captcha", "verify": "captcha",
	}
)

// scanRefresh is where a page that holds nothing but a meta refresh leads; "".
func scanRefresh(p *Page) string {
	if len(p.Body) > 8<<10 || !strings.Contains(strings.ToLower(string(p.Body)), "http-equiv") {
		return ""
	}
	return scanHead(document{URL: p.URL, Header: p.Header, Body: p.Body}).refresh
}

func sameSiteAs(a, b string) bool {
	ua, err1 := url.Parse(a)
	ub, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && sameSite(ua, ub)
}

// recovered makes an error of a panic, so that one page that trips a parser is one article's failure. It must be
// deferred itself.
func (f *Fetcher) recovered(addr string, err *error) {
	if r := recover(); r != nil {
		f.log.Error("panic", "url", redact(addr), "err", fmt.Sprint(r), "stack", string(debug.Stack()))
		*err = fmt.Errorf("this is a bug, please report it with the page: %v", r)
	}
}

// asItComes keeps colly from recoding and unpacking bodies: colly decodes by the Content-Type alone, which is wrong for
// one Chinese page in ten, and unpacks by the name of the address. The real type travels in another header.
//
// Requests for the address that known came from are conditional.
type asItComes struct {
	rt    http.RoundTripper
	most  int64
	known article.Validators
}

const originalType = "X-Feedfolio-Content-Type"

func (t asItComes) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.known != (article.Validators{}) {
		req = req.Clone(req.Context())
		setValidators(req, t.known)
	}
	resp, err := t.rt.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	h := resp.Header.Clone()
	h.Del(originalType)
	if v, ok := h["Content-Type"]; ok {
		h[originalType] = v
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	out := *resp
	out.Header, out.Uncompressed = h, true
	out.Body = &bounded{resp.Body, t.most}
	return &out, nil
}

// originalHeader undoes what asItComes did to the headers.
func originalHeader(h http.Header) http.Header {
	out := h.Clone()
	out.Del("Content-Type")
	if v, ok := out[originalType]; ok {
		out["Content-Type"] = v
	}
	out.Del(originalType)
	return out
}

// bounded is a body that fails where it becomes too long. A transport of package polite fails earlier.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, &polite.LimitError{What: "body", Limit: b.left + int64(n)}
	}
	return n, err
}
