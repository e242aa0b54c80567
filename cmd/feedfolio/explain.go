package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

func (a *app) explainCmd() *cobra.Command {
	var source string
	var blocks bool
	c := &cobra.Command{
		Use:   "explain URL",
		Short: "Show each step for one article's address",
		Long: `Explain fetches one article's page as fetch would and shows each step: DNS, each
request and answer, the character set and why, what found the body and its score
for each block, where title, date and image came from, the file that would be
written, how that differs from what is stored, and when it is looked at again.
Nothing is stored.`,
		Example: "  feedfolio explain https://news.example/2026/rates.html\n  feedfolio explain --source sina-china --blocks https://finance.sina.com.cn/china/doc-1.shtml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEngine(c.Context(), func(e *engine) error {
				x := &explanation{app: a, e: e, url: args[0], blocks: blocks}
				return x.tell(c.Context(), source)
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "the source whose rules hold (default: the one that stored it, or whose host it is)")
	c.Flags().BoolVar(&blocks, "blocks", false, "show the score of each block of the page")
	_ = c.RegisterFlagCompletionFunc("source", a.completeSources)
	return c
}

// explanation tells the steps for one address.
type explanation struct {
	*app
	e      *engine
	url    string
	blocks bool
	begun  bool // something is printed

	src config.Source
	row store.Row
	old *article.Article
}

func (x *explanation) tell(ctx context.Context, source string) error {
	u, err := url.Parse(x.url)
	if err != nil || u.Host == "" {
		return usage("%q is no address", x.url)
	}
	if err := x.known(ctx, source, u); err != nil {
		return err
	}
	x.dns(ctx, u)
	entry, title, err := x.entry(ctx)
	if err != nil {
		return err
	}
	if needs, why := fetcher.NeedsPage(entry); x.row.ID != 0 {
		enough := "enough"
		if needs {
			enough = "not enough"
		}
		x.line("full_text", "%s; the entry alone is %s: %s", x.src.FullText, enough, why)
	}
	steps := &traced{rt: x.e.transport}
	f := fetcher.New(x.e.cfg, steps, x.logger())
	forced := x.src
	forced.FullText = "always"
	art, page, err := f.Article(ctx, forced, title, entry)
	x.requests(steps)
	x.host(u)
	if err != nil {
		x.head("No article")
		x.line("reason", "%v", err)
		return &exit{code: exitFailed}
	}
	x.page(page, entry)
	return x.result(art)
}

// known finds the source and what is stored.
func (x *explanation) known(ctx context.Context, source string, u *url.URL) error {
	x.head("Configuration")
	art, row, err := x.e.store.Article(ctx, x.url)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	x.old, x.row = art, row
	if source == "" {
		source = row.Source
	}
	for _, s := range x.e.cfg.Sources {
		if source == "" && sameHost(s.URL, u) {
			source = s.Name
		}
	}
	var found bool
	if x.src, found = x.e.cfg.Source(source); !found && source != "" {
		return unknownSource(x.e.cfg, source)
	}
	if !found {
		x.src = x.e.cfg.Defaults
		x.src.URL = x.url
		x.line("source", "none is for this host: the defaults hold")
	} else {
		x.line("source", "%s", x.src.Name)
	}
	if r := x.src.Extract; r != nil && (r.Content != "" || len(r.Remove) > 0) {
		x.line("rules", "content %q, remove %q", r.Content, r.Remove)
	}
	switch {
	case x.row.ID == 0:
		x.line("stored", "nothing of this address")
	case x.old == nil:
		x.line("stored", "nothing yet: %s, %s", x.row.State, x.row.Reason)
	default:
		x.line("stored", "%s (%s, revision %d, fetched %s)", x.row.Path, x.row.Status, x.row.Revision, stamp(x.row.Fetched))
	}
	return x.due(ctx)
}

// due says when this address is asked for next, and its source.
func (x *explanation) due(ctx context.Context) error {
	if x.row.Waiting {
		x.line("next try", "%s", stamp(x.row.Next))
	}
	if !x.row.Check.IsZero() {
		x.line("next look", "%s, for corrections", stamp(x.row.Check))
	}
	if x.src.Name == "" {
		return nil
	}
	st, err := x.e.store.State(ctx, x.src.Name)
	if at, why := ingest.NextRun(x.src, st, time.Now()); err == nil && !at.IsZero() {
		x.line("next run", "%s: %s", stamp(at), why)
	}
	return err
}

func sameHost(address string, u *url.URL) bool {
	v, err := url.Parse(address)
	return err == nil && strings.EqualFold(strings.TrimPrefix(v.Hostname(), "www."), strings.TrimPrefix(u.Hostname(), "www."))
}

// entry is what the listing said of this address, as far as it is kept.
func (x *explanation) entry(ctx context.Context) (article.Entry, string, error) {
	if x.row.ID == 0 {
		return article.Entry{Link: x.url}, "", nil
	}
	p, err := x.e.store.Reconsider(ctx, x.row.ID)
	if err != nil {
		return article.Entry{}, "", err
	}
	st, err := x.e.store.State(ctx, x.row.Source)
	return p.Entry, st.Title, err
}

func (x *explanation) dns(ctx context.Context, u *url.URL) {
	x.head("Network")
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		x.line("DNS", "%v", err)
		return
	}
	x.line("DNS", "%s", strings.Join(addrs, ", "))
}

// requests shows what went over the wire.
func (x *explanation) requests(t *traced) {
	for _, s := range t.steps {
		x.line("request", "GET %s", s.url)
		x.headers("  > ", s.sent)
		if s.err != nil {
			x.line("answer", "%v", s.err)
			continue
		}
		x.line("answer", "%s in %s", s.status, s.took.Round(time.Millisecond))
		x.headers("  < ", s.got)
	}
}

func (x *explanation) headers(mark string, h http.Header) {
	for _, k := range slices.Sorted(maps.Keys(h)) {
		v := strings.Join(h[k], ", ")
		if x.secret(k) {
			v = "***"
		}
		fmt.Fprintf(x.stdout, "            %s%s: %s\n", mark, k, shorten(v, 90))
	}
}

// secret says whether a header's value is not to be shown: a cookie, or what the configuration gives the source's own.
func (x *explanation) secret(header string) bool {
	if slices.Contains([]string{"Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization"}, header) {
		return true
	}
	for k := range x.src.Headers {
		if http.CanonicalHeaderKey(k) == header {
			return true
		}
	}
	return false
}

func (x *explanation) host(u *url.URL) {
	h := x.e.transport.Host(u.Hostname())
	x.line("politeness", "%s between requests, %s at once", h.Gap, plural(h.Connections, "request"))
	if h.CrawlDelay > 0 {
		x.line("", "robots.txt asks for %s", h.CrawlDelay)
	}
	if !h.BlockedUntil.IsZero() {
		x.line("", "asked to wait until %s: %s", stamp(h.BlockedUntil), h.Reason)
	}
}

func (x *explanation) page(p *fetcher.Page, e article.Entry) {
	if p == nil || p.Result == nil {
		return
	}
	x.head("Page")
	_, _, why := extract.Decode(p.Body, p.Header)
	x.line("charset", "%s: %s", p.Charset, why)
	x.line("strategy", "%s, confidence %.2f", p.Result.Strategy, p.Result.Confidence)
	for _, k := range slices.Sorted(maps.Keys(p.Result.Sources)) {
		x.line("", "%s from %s", k, p.Result.Sources[k])
	}
	for _, r := range p.Result.Remarks {
		x.line("remark", "%s", r)
	}
	if n := len(p.MorePages); n > 0 {
		x.line("pages", "%d", n+1)
	}
	if !x.blocks {
		return
	}
	x.head("Blocks (kept above 0)")
	for _, b := range extract.Score(p.Body, extract.Input{URL: p.URL, Header: p.Header, Title: e.Title, Summary: e.Summary, Timezone: x.src.Timezone}) {
		mark := "-"
		if b.Odds > 0 {
			mark = "+"
		}
		fmt.Fprintf(x.stdout, "%s %6.2f  %s\n", mark, b.Odds, shorten(strings.Join(strings.Fields(b.Text), " "), 90))
	}
}

// result shows the file that would be written, and what differs from the stored one.
func (x *explanation) result(art *article.Article) error {
	now := time.Now()
	art.FirstSeen, art.Fetched, art.Revision = now, now, max(x.row.Revision, 1)
	if x.old != nil {
		art.FirstSeen = x.row.FirstSeen
	}
	format, err := article.NewFormat(x.e.cfg.Format.Profile, x.e.cfg.Format.Extra, x.e.cfg.Format.Escape)
	if err != nil {
		return err
	}
	data, err := format.Encode(art)
	if err != nil {
		return err
	}
	x.head("File")
	const most = 40
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	for _, line := range lines[:min(most, len(lines))] {
		fmt.Fprintf(x.stdout, "  %s\n", shorten(line, 116))
	}
	if len(lines) > most {
		fmt.Fprintf(x.stdout, "  … %s more\n", plural(len(lines)-most, "line"))
	}
	if x.old == nil {
		return nil
	}
	x.head("Against what is stored")
	if art.ContentHash == x.old.ContentHash {
		fmt.Fprintln(x.stdout, "  title and text are the same")
		return nil
	}
	return printDiff(x.stdout, "stored", x.old, "now", art)
}

func (x *explanation) head(title string) {
	if x.begun {
		fmt.Fprintln(x.stdout)
	}
	x.begun = true
	fmt.Fprintln(x.stdout, title)
}

func (x *explanation) line(name, format string, args ...any) {
	fmt.Fprintf(x.stdout, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
}

// traced notes the requests that pass.
type traced struct {
	rt    http.RoundTripper
	mu    sync.Mutex
	steps []step
}

type step struct {
	url, status string
	sent, got   http.Header
	took        time.Duration
	err         error
}

// RoundTrip implements http.RoundTripper.
func (t *traced) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.rt.RoundTrip(req)
	s := step{url: req.URL.Redacted(), sent: req.Header.Clone(), took: time.Since(start), err: err}
	if err == nil {
		s.status, s.got = resp.Status, resp.Header.Clone()
	}
	t.mu.Lock()
	t.steps = append(t.steps, s)
	t.mu.Unlock()
	return resp, err
}
