package polite

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	robotsFresh = 24 * time.Hour // how long a robots.txt is believed

	// While a robots.txt cannot be read, the last one holds for robotsStale; without one nothing is fetched, for
	// robotsPatience. Then the site is taken to have none: some answer 500 to it for years. RFC 9309 leaves the time
	// open and names 30 days as an example, by when news are lost.
	robotsStale    = 30 * 24 * time.Hour
	robotsPatience = 48 * time.Hour

	maxRobotsHops  = 5
	maxRobotsBytes = 16 << 20 // of all rules in memory, roughly
)

// robotsCache keeps the rules of the origins used last.
type robotsCache struct {
	mu      sync.Mutex
	entries map[string]*list.Element // of *robotsEntry, by origin
	recent  list.List                // the most recently used first
	bytes   int
	calls   map[string]chan struct{} // origins that are being read
	agents  map[string][]string      // tokens of the user agents
}

// robotsEntry is what is known of one origin's robots.txt. It is not changed once it is in the cache.
type robotsEntry struct {
	origin  string
	agent   string // the rules are those for it
	rules   *robots
	fetched time.Time
	expires time.Time
	failing time.Time // since when it cannot be read; zero: it can
	trouble string    // why not, if nothing may be fetched meanwhile
	size    int
}

func newRobotsCache() *robotsCache {
	return &robotsCache{entries: map[string]*list.Element{}, calls: map[string]chan struct{}{}, agents: map[string][]string{}}
}

// get returns the entry for an origin, or nil.
func (c *robotsCache) get(origin, agent string) *robotsEntry {
	e := c.entries[origin]
	if e == nil {
		return nil
	}
	entry := e.Value.(*robotsEntry)
	if entry.agent != agent {
		return nil
	}
	c.recent.MoveToFront(e)
	return entry
}

func (c *robotsCache) put(entry *robotsEntry) {
	entry.size = 300 + len(entry.origin)
	for i := range entry.rules.rules {
		entry.size += 48 + len(entry.rules.rules[i].pattern)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[entry.origin]; old != nil {
		c.drop(old)
	}
	c.entries[entry.origin] = c.recent.PushFront(entry)
	c.bytes += entry.size
	for c.bytes > maxRobotsBytes && c.recent.Len() > 1 {
		c.drop(c.recent.Back())
	}
}

func (c *robotsCache) drop(e *list.Element) {
	entry := c.recent.Remove(e).(*robotsEntry)
	delete(c.entries, entry.origin)
	c.bytes -= entry.size
}

// tokens are agentTokens, remembered.
func (c *robotsCache) tokens(agent string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.agents[agent]
	if t == nil {
		if len(c.agents) >= 1000 {
			clear(c.agents)
		}
		t = agentTokens(agent)
		c.agents[agent] = t
	}
	return t
}

// origin is what a robots.txt is for.
func origin(u *url.URL) string {
	name, port := hostName(u.Hostname()), u.Port()
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return u.Scheme + "://" + name
	}
	return u.Scheme + "://" + name + ":" + port
}

// checkRobots returns nil if robots.txt lets us fetch the request's URL. The first request to an origin reads it, the
// others wait for that.
func (t *Transport) checkRobots(req *http.Request, tg target) error {
	ctx := req.Context()
	c := t.robots
	tg.origin = origin(req.URL)
	agent := t.userAgent(req, tg)
	for {
		now := t.opt.Now()
		c.mu.Lock()
		entry := c.get(tg.origin, agent)
		if entry != nil && now.Before(entry.expires) {
			c.mu.Unlock()
			return t.obey(req, tg, entry)
		}
		call := c.calls[tg.origin]
		if call == nil {
			call = make(chan struct{})
			c.calls[tg.origin] = call
			c.mu.Unlock()
			entry, err := t.readRobots(req, tg, agent, entry)
			if err == nil {
				c.put(entry)
			}
			c.mu.Lock()
			delete(c.calls, tg.origin)
			c.mu.Unlock()
			close(call)
			if err != nil {
				return err
			}
			return t.obey(req, tg, entry)
		}
		c.mu.Unlock()
		if err := waitFor(ctx, call); err != nil {
			return err
		}
	}
}

// waitFor waits for another request's work, without holding a worker that it may need.
func waitFor(ctx context.Context, call chan struct{}) error {
	w := workerOf(ctx)
	w.lend()
	defer w.resume()
	select {
	case <-call:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// obey applies an entry to a request.
func (t *Transport) obey(req *http.Request, tg target, e *robotsEntry) error {
	if e.trouble != "" {
		return &WaitError{Host: tg.name, Until: e.expires, Reason: e.trouble}
	}
	if e.rules.crawlDelay > 0 {
		t.setCrawlDelay(req.Context(), tg.name, e.rules.crawlDelay)
	}
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if req.URL.RawQuery != "" {
		path += "?" + req.URL.RawQuery
	}
	if !e.rules.allowed(path) {
		return fmt.Errorf("%s%s: %w", tg.origin, req.URL.EscapedPath(), ErrRobots)
	}
	return nil
}

// readRobots finds out the rules of an origin: from HostMemory if it has them, else from the site. old, which may be
// nil, is what held until now. Its errors are those of the request, and nothing is to be concluded from them.
func (t *Transport) readRobots(req *http.Request, tg target, agent string, old *robotsEntry) (*robotsEntry, error) {
	now := t.opt.Now()
	tokens := t.robots.tokens(agent)
	if old == nil {
		old = t.recallRobots(req.Context(), tg, agent, tokens)
		if old != nil && now.Before(old.expires) && old.expires.Sub(now) <= robotsFresh {
			return old, nil
		}
	}
	status, body, err := t.fetchRobots(req, tg)
	now = t.opt.Now()
	e := &robotsEntry{origin: tg.origin, agent: agent, rules: &robots{}, fetched: now, expires: now.Add(robotsFresh)}
	switch {
	case err != nil && final(req.Context(), err):
		return nil, err
	case err == nil && status/100 == 2:
		status = http.StatusOK
		e.rules = parseRobots(body, tokens)
	case err == nil && status < 500 && status != http.StatusTooManyRequests:
		status, body = http.StatusNotFound, nil // RFC 9309, 2.3.1.3: there is none
	default:
		why := fmt.Sprintf("it answered %d", status)
		if err != nil {
			why = err.Error()
		}
		e.fail(old, now, why)
		t.gate.save(req.Context(), tg.origin, func(s *HostState) { s.RobotsFailing, s.RobotsExpires = e.failing, e.expires })
		return e, nil
	}
	if d := e.rules.crawlDelay; d > 0 || old != nil && old.rules.crawlDelay > 0 { // else it may be of another origin
		t.keepCrawlDelay(req.Context(), tg.name, d)
	}
	t.gate.save(req.Context(), tg.origin, func(s *HostState) {
		s.RobotsStatus, s.RobotsBody = status, body
		s.RobotsFetched, s.RobotsExpires, s.RobotsFailing = now, e.expires, time.Time{}
	})
	return e, nil
}

// keepCrawlDelay makes d the Crawl-delay of a host, also for later processes.
func (t *Transport) keepCrawlDelay(ctx context.Context, name string, d time.Duration) {
	if t.setCrawlDelay(ctx, name, d) {
		t.gate.save(ctx, name, func(s *HostState) { s.CrawlDelay = d })
	}
}

// setCrawlDelay does so in memory, and reports whether it was another one.
func (t *Transport) setCrawlDelay(ctx context.Context, name string, d time.Duration) bool {
	h, err := t.gate.use(ctx, name)
	if err != nil {
		return false
	}
	defer t.gate.leave(h)
	return t.gate.setCrawlDelay(h, d)
}

// recallRobots is what HostMemory has of an origin, or nil.
func (t *Transport) recallRobots(ctx context.Context, tg target, agent string, tokens []string) *robotsEntry {
	g := t.gate
	if g.memory == nil {
		return nil
	}
	ctx, cancel := memoryContext(ctx)
	defer cancel()
	s, err := g.memory.LoadHost(ctx, tg.origin)
	if err != nil {
		g.log.Warn("host state not loaded", "host", tg.origin, "err", err)
		return nil
	}
	if s.RobotsStatus == 0 && s.RobotsFailing.IsZero() {
		return nil
	}
	e := &robotsEntry{origin: tg.origin, agent: agent, rules: &robots{}, fetched: s.RobotsFetched, expires: s.RobotsExpires, failing: s.RobotsFailing}
	if s.RobotsStatus == http.StatusOK {
		e.rules = parseRobots(s.RobotsBody, tokens)
	}
	if s.RobotsStatus == 0 {
		e.fail(&robotsEntry{failing: s.RobotsFailing}, t.opt.Now(), "it failed before the last start")
		e.expires = s.RobotsExpires
	}
	return e
}

// fail makes e the entry for a robots.txt that cannot be read: asked again ever more rarely.
func (e *robotsEntry) fail(old *robotsEntry, now time.Time, why string) {
	e.failing = now
	e.fetched = time.Time{}
	if old != nil {
		if !old.failing.IsZero() && old.failing.Before(now) {
			e.failing = old.failing
		}
		e.fetched = old.fetched
	}
	since := now.Sub(e.failing)
	e.expires = now.Add(jitter(min(max(since, 5*time.Minute), 2*time.Hour)))
	switch {
	case !e.fetched.IsZero() && now.Sub(e.fetched) < robotsStale:
		e.rules = old.rules
	case since < robotsPatience:
		e.trouble = "its robots.txt cannot be read: " + why
	}
}

// final tells errors of this request alone from those that say something about the site's robots.txt.
func final(ctx context.Context, err error) bool {
	return ctx.Err() != nil || is[*WaitError](err) || is[*PrivateError](err) || errors.Is(err, context.Canceled)
}

// fetchRobots gets /robots.txt, through the gates of all hosts on its way. More redirects than five count as none, and so
// does one that leads to where nothing is fetched.
func (t *Transport) fetchRobots(req *http.Request, tg target) (int, []byte, error) {
	ctx := WithMaxBody(req.Context(), 1<<40) // what is beyond maxRobots is not read
	next := &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: "/robots.txt"}
	for hops := range maxRobotsHops + 1 {
		r := (&http.Request{Method: http.MethodGet, URL: next, Host: next.Host, Header: http.Header{"Accept": {"text/plain, */*;q=0.5"}}}).WithContext(ctx)
		if ua := req.Header.Get("User-Agent"); ua != "" {
			r.Header.Set("User-Agent", ua)
		}
		hop, err := t.target(r)
		if err != nil && hops > 0 {
			return http.StatusNotFound, nil, nil
		}
		if err != nil {
			return 0, nil, err
		}
		hop.limit = 1 << 40
		resp, err := t.send(r, hop)
		if hops > 0 && is[*PrivateError](err) {
			return http.StatusNotFound, nil, nil
		}
		if err != nil {
			return 0, nil, err
		}
		if resp.StatusCode/100 != 3 || resp.Header.Get("Location") == "" {
			body, err := readRobotsBody(resp)
			return resp.StatusCode, body, err
		}
		_ = resp.Body.Close()
		if next, err = next.Parse(resp.Header.Get("Location")); err != nil {
			return http.StatusNotFound, nil, nil
		}
	}
	return http.StatusNotFound, nil, nil
}

// readRobotsBody reads as much of a robots.txt as counts. One that is cut short by the network is not believed.
func readRobotsBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxRobots))
}
