// Package polite is the one way out to the network: an http.RoundTripper that keeps to what publishers ask of robots,
// and bounds what they can do to us.
//
// A request goes through these stations:
//
//	target    what is refused at once: bad ports, private addresses, other schemes        guard.go
//	robots    robots.txt of the origin, fetched once, kept a day                          robots.go, robotscache.go
//	gate      the host's queue: least gap, connections, Retry-After, backoff              gate.go
//	worker    one of fetch.workers' slots, taken last, so that slow hosts hold none       context.go
//	wire      a guarded connection, and a time limit for each phase: http.Transport's,    guard.go, exchange.go
//	          or for a poll that will hardly bring anything one of its own                once.go
//	body      gzip, br and zstd unpacked; too large, too packed or cut short is an error  decode.go, exchange.go
//
// The gate is one per host name, without the port and without www.: what a publisher rents is a machine or a network
// behind one name, and it is owed the same politeness on 80, 443 and 8080. Feeds, pages, images and robots.txt all pass
// the same gate. robots.txt is one per origin (scheme, name and port), as RFC 9309 has it.
//
// The transport starts no goroutines of its own and can be shared by any number of clients. Those clients should use
// CheckRedirect. Timers count fetch.timeout from the moment when the gate opens; the wait before it is bounded by the
// context, and by a minute: beyond that a *WaitError is returned at once, and nothing is sent.
package polite

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/idna"

	"github.com/feedfolio/feedfolio/config"
)

// ErrRobots is returned, wrapped, for a page that robots.txt closes to us.
var ErrRobots = errors.New("robots.txt disallows it (hosts.<name>.robots: false overrules it)")

// WaitError says that a request was not sent, since its host is to be left alone for longer than the request can wait.
type WaitError struct {
	Host   string
	Until  time.Time // ask again then
	Reason string
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("%s is left alone until %s: %s", e.Host, e.Until.UTC().Format(time.RFC3339), e.Reason)
}

// TimeoutError says which phase of a request took too long.
type TimeoutError struct {
	What  string // what did not happen
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s within %s (fetch.timeout, or hosts.<name>.timeout)", e.What, e.After)
}

// Timeout makes it a net.Error's timeout.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary says that a later try may do better.
func (e *TimeoutError) Temporary() bool { return true }

// HostState is what is kept of a host over restarts, and apart from it what is kept of the robots.txt of each of its origins.
type HostState struct {
	Host         string    `json:"host"`                   // its name, lower case, without port; or the origin, scheme://host[:port]
	BlockedUntil time.Time `json:"blocked_until,omitzero"` // no request before
	Reason       string    `json:"reason,omitempty"`       // why
	Failures     int       `json:"failures,omitempty"`     // answers in a row that asked us to slow down

	CrawlDelay time.Duration `json:"crawl_delay,omitempty"` // of its robots.txt; listings heed it too, and never read that

	RobotsStatus  int       `json:"robots_status,omitempty"` // 0: never read; 200: RobotsBody holds; 404: there is none
	RobotsBody    []byte    `json:"robots_body,omitempty"`   // at most 500 KiB
	RobotsFetched time.Time `json:"robots_fetched,omitzero"` // when it was last read
	RobotsExpires time.Time `json:"robots_expires,omitzero"` // when it is to be read again
	RobotsFailing time.Time `json:"robots_failing,omitzero"` // since when it cannot be read; zero: it can
}

// HostMemory keeps HostStates. LoadHost returns a zero HostState for a host that it does not know.
type HostMemory interface {
	LoadHost(ctx context.Context, name string) (HostState, error)
	SaveHost(ctx context.Context, s HostState) error
}

// Options are what a Transport works with. The zero value is useful.
type Options struct {
	Log        *slog.Logger          // nil: nothing is logged
	Now        func() time.Time      // the wall clock; nil: time.Now. Gaps are kept by the monotonic clock whatever this says
	Hosts      HostMemory            // nil: what hosts asked for is forgotten with the process
	Registerer prometheus.Registerer // nil: the metrics are not shown
	Resolver   *net.Resolver         // nil: the system's
	Asked      *Asked                // nil: no other process asks the same hosts, nor did one before
	Previous   *Transport            // of before a reload: its gates, robots and metrics are taken over and go on

	// Dial, where set, is the network in place of the system's, for simulations. No address is too private for it.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Transport is a polite http.RoundTripper. Make it with New.
type Transport struct {
	opt      Options
	def      settings
	hosts    map[string]*settings // by name, or by name:port
	slots    chan struct{}
	large    chan struct{} // held while a large body is read
	gate     *gate
	robots   *robotsCache
	metrics  *metrics
	direct   *http.Transport
	kept     kept           // connections that once hands on to direct
	roots    *x509.CertPool // that publishers' certificates are to come from; nil: the system's
	agentDef string

	idleConns int

	proxyMu sync.Mutex
	proxies map[string]*http.Transport
}

// settings are those of one host, complete.
type settings struct {
	limits
	userAgent string // "": as the request has it
	header    http.Header
	cookies   string
	private   bool
	proxy     string
	timeout   time.Duration
	maxBody   int64
}

// New returns a Transport for the settings of fetch and of single hosts.
func New(f config.Fetch, hosts map[string]config.Host, opt Options) *Transport {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	t := &Transport{
		opt:      opt,
		def:      defaults(f),
		hosts:    make(map[string]*settings, len(hosts)),
		agentDef: f.UserAgent,
		proxies:  map[string]*http.Transport{},
	}
	workers := f.Workers
	if workers <= 0 {
		workers = 64
	}
	t.slots = make(chan struct{}, workers)
	t.large = make(chan struct{}, largeAtOnce)
	t.idleConns = t.def.connections
	for name, h := range hosts {
		s := override(t.def, h)
		if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
			name = name[1 : len(name)-1] // an IPv6 address as it stands in a URL
		}
		t.hosts[hostName(name)] = s
		t.idleConns = max(t.idleConns, s.connections)
	}
	t.direct = t.newBase(t.dialPages(false))
	t.direct.DialTLSContext = t.dialPages(true)
	if p := opt.Previous; p != nil {
		t.gate, t.robots, t.metrics = p.gate, p.robots, p.metrics
		t.opt.Previous = nil // or every reload would keep all earlier ones in memory
		return t
	}
	t.gate = &gate{now: opt.Now, memory: opt.Hosts, log: opt.Log, asked: opt.Asked, hosts: map[string]*host{}}
	t.robots = newRobotsCache()
	t.metrics = newMetrics(opt.Registerer, t.gate)
	return t
}

func defaults(f config.Fetch) settings {
	s := settings{
		limits:  limits{delay: f.PerHost.Delay, connections: f.PerHost.Connections, robots: f.Robots},
		private: f.AllowPrivateNetworks,
		proxy:   f.Proxy.Reveal(),
		timeout: f.Timeout,
		maxBody: f.MaxBody,
	}
	if s.connections <= 0 {
		s.connections = 1
	}
	if s.timeout <= 0 {
		s.timeout = 30 * time.Second
	}
	if s.maxBody <= 0 {
		s.maxBody = 20 << 20
	}
	return s
}

func override(s settings, h config.Host) *settings {
	if h.Delay != nil {
		s.delay = *h.Delay
	}
	if h.Connections > 0 {
		s.connections = h.Connections
	}
	if h.Robots != nil {
		s.robots = *h.Robots
	}
	if h.AllowPrivateNetworks != nil {
		s.private = *h.AllowPrivateNetworks
	}
	if h.Proxy != "" {
		s.proxy = h.Proxy.Reveal()
	}
	if h.Timeout > 0 {
		s.timeout = h.Timeout
	}
	if h.MaxBody > 0 {
		s.maxBody = h.MaxBody
	}
	s.userAgent = h.UserAgent
	s.header = make(http.Header, len(h.Headers))
	for k, v := range h.Headers {
		s.header.Set(k, v.Reveal())
	}
	pairs := make([]string, 0, len(h.Cookies))
	for k, v := range h.Cookies {
		pairs = append(pairs, k+"="+v.Reveal())
	}
	sort.Strings(pairs)
	s.cookies = strings.Join(pairs, "; ")
	return &s
}

// hostName is the form in which names are compared: lower case, in ASCII, without a dot at the end.
func hostName(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for i := range len(name) {
		if name[i] >= 0x80 {
			if a, err := idna.Lookup.ToASCII(name); err == nil {
				return a
			}
			break
		}
	}
	return name
}

// gateName is the name of a host's gate: a site is the same machine with www. and without.
func gateName(name string) string {
	if site, is := strings.CutPrefix(name, "www."); is && strings.Contains(site, ".") {
		return site
	}
	return name
}

func (t *Transport) settings(name, port string) *settings {
	if len(t.hosts) > 0 {
		if port != "" {
			if s := t.hosts[net.JoinHostPort(name, port)]; s != nil {
				return s
			}
		}
		if s := t.hosts[name]; s != nil {
			return s
		}
	}
	return &t.def
}

// allowPrivate reports whether the host of a dial may have a private address.
func (t *Transport) allowPrivate(host, addr string) bool {
	_, port, _ := net.SplitHostPort(addr)
	return t.settings(hostName(host), port).private
}

// target is where a request goes, and by which rules.
type target struct {
	name   string // of the host's gate
	origin string // of its robots.txt; made when asked for
	set    *settings
	proxy  string
	limit  int64
}

func (t *Transport) target(req *http.Request) (target, error) {
	u := req.URL
	if u == nil || u.Host == "" || u.Hostname() == "" {
		return target{}, errors.New("address without a host")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return target{}, fmt.Errorf("address of scheme %q; only http and https are fetched", u.Scheme)
	}
	name := hostName(u.Hostname())
	tg := target{name: gateName(name), set: t.settings(name, u.Port())}
	tg.proxy, tg.limit = tg.set.proxy, tg.set.maxBody
	ctx := req.Context()
	if p, _ := ctx.Value(proxyKey{}).(string); p != "" {
		tg.proxy = p
	}
	if n, _ := ctx.Value(maxBodyKey{}).(int64); n > 0 {
		tg.limit = n
	}
	return tg, checkTarget(u, tg.set.private)
}

// RoundTrip sends one request when its host may be asked. Its errors that a caller decides by are ErrRobots,
// *WaitError, *PrivateError, *LimitError and *TimeoutError; the last two also come from reading the body. The body
// must be closed: until then the request counts as a connection to its host, and holds its worker.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.roundTrip(req)
	if err != nil {
		t.metrics.failed(err)
		if req.Body != nil {
			_ = req.Body.Close() // as http.RoundTripper wants it
		}
		return nil, err
	}
	return resp, nil
}

func (t *Transport) roundTrip(req *http.Request) (*http.Response, error) {
	tg, err := t.target(req)
	if err != nil {
		return nil, err
	}
	if tg.set.robots && req.Context().Value(robotsKey{}) == nil {
		if err := t.checkRobots(req, tg); err != nil {
			return nil, err
		}
	}
	return t.send(req, tg)
}

// prepare returns the request as it is sent: with the host's own headers, and our Accept-Encoding.
func (t *Transport) prepare(ctx context.Context, req *http.Request, tg target) *http.Request {
	out := req.Clone(ctx)
	if out.Header == nil {
		out.Header = http.Header{}
	}
	for k, v := range tg.set.header {
		out.Header[k] = v
	}
	if tg.set.cookies != "" {
		c := tg.set.cookies
		if own := out.Header.Get("Cookie"); own != "" {
			c = own + "; " + c
		}
		out.Header.Set("Cookie", c)
	}
	out.Header["User-Agent"] = []string{t.userAgent(req, tg)}
	out.Header["Accept-Encoding"] = []string{acceptEncoding}
	return out
}

// userAgent is the host's own, else the request's, else that of fetch.
func (t *Transport) userAgent(req *http.Request, tg target) string {
	if tg.set.userAgent != "" {
		return tg.set.userAgent
	}
	if ua := req.Header.Get("User-Agent"); ua != "" {
		return ua
	}
	return t.agentDef
}

// CheckRedirect is for http.Client.CheckRedirect. It ends a chain at ten redirects and in a circle, and takes from the
// request what is not meant for its new address: validators and Referer, which Go copies or adds, and to another host, or
// from https to http, every header that is not about what we are and can read. A Referer that was set on purpose stays on
// its host.
func CheckRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("stopped after %d redirects", maxRedirects)
	}
	if circle(req.URL, via) {
		return errors.New("redirects in a circle")
	}
	first := via[0]
	for _, k := range []string{"If-None-Match", "If-Modified-Since", "Referer"} {
		req.Header.Del(k)
	}
	abroad := !sameSite(first.URL, req.URL)
	for _, r := range via {
		abroad = abroad || !sameSite(first.URL, r.URL) // once away, what came back may not be ours
	}
	if abroad {
		for k := range req.Header {
			if !travels[k] {
				delete(req.Header, k)
			}
		}
		return nil
	}
	if r := first.Header.Get("Referer"); r != "" {
		req.Header.Set("Referer", r)
	}
	return nil
}

const maxRedirects = 10

// circle reports whether a chain of redirects comes to an address for the third time. The second is for sites that set a
// cookie and want to see it.
func circle(u *url.URL, via []*http.Request) bool {
	seen := 0
	for _, r := range via {
		if r.URL.String() == u.String() {
			seen++
		}
	}
	return seen > 1
}

// travels are the headers that may follow a redirect to another host.
var travels = map[string]bool{"User-Agent": true, "Accept": true, "Accept-Language": true, "Accept-Charset": true}

// sameSite reports whether what is meant for a may be shown to b: the same host or one below it, www. apart, and no
// less secure.
func sameSite(a, b *url.URL) bool {
	site, name := strings.TrimPrefix(hostName(a.Hostname()), "www."), hostName(b.Hostname())
	below := name == site || strings.HasSuffix(name, "."+site)
	return below && (a.Scheme == b.Scheme || b.Scheme == "https")
}

// CloseIdle closes the connections that are not in use.
func (t *Transport) CloseIdle() {
	t.direct.CloseIdleConnections()
	t.kept.close()
	t.proxyMu.Lock()
	defer t.proxyMu.Unlock()
	for _, b := range t.proxies {
		b.CloseIdleConnections()
	}
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (t *Transport) CloseIdleConnections() { t.CloseIdle() }

// HostView is what is known of a host now, for people.
type HostView struct {
	Name         string
	Gap          time.Duration // between two requests, as it is kept now
	CrawlDelay   time.Duration // the part of robots.txt in it
	Connections  int
	InFlight     int
	Waiting      int
	Next         time.Time // no request starts before
	BlockedUntil time.Time // zero: the host has not asked us to wait
	Reason       string
	Failures     int
}

// Host tells what is known of a host, by its name without a port. It is the zero view, but for the settings, if
// nothing is remembered.
func (t *Transport) Host(name string) HostView {
	name = hostName(name)
	set := t.settings(name, "")
	v := HostView{Name: name, Gap: set.delay, Connections: set.connections}
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.hosts[gateName(name)]
	if h == nil {
		return v
	}
	now := g.now()
	v.InFlight, v.Waiting, v.CrawlDelay = h.inFlight, h.queue.Len(), h.crawlDelay
	v.Gap = max(v.Gap, h.gap())
	v.Next = now.Add(h.wait(now))
	v.Failures = h.failures
	if h.blockedUntil.After(now) {
		v.BlockedUntil, v.Reason = h.blockedUntil, h.reason
	}
	return v
}

// View is the whole Transport at one moment.
type View struct {
	Hosts    int // remembered
	Idle     int // of these not in use
	Waiting  int // requests in queues of hosts
	InFlight int // requests between start and end of body
	Workers  int
	Busy     int // workers
	Blocked  []HostView
}

// Snapshot looks at all hosts that are remembered. Those that are left alone are listed, at most a thousand.
func (t *Transport) Snapshot() View {
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	v := View{Hosts: len(g.hosts), Idle: g.idle.Len(), Waiting: g.waiting, Workers: cap(t.slots), Busy: len(t.slots)}
	now := g.now()
	for _, h := range g.hosts {
		v.InFlight += h.inFlight
		if h.blockedUntil.After(now) && len(v.Blocked) < 1000 {
			v.Blocked = append(v.Blocked, HostView{Name: h.name, BlockedUntil: h.blockedUntil, Reason: h.reason, Failures: h.failures, Waiting: h.queue.Len()})
		}
	}
	sort.Slice(v.Blocked, func(i, j int) bool { return v.Blocked[i].Name < v.Blocked[j].Name })
	return v
}

// drain reads a little of what is left, so that the connection can be used again.
func drain(r io.Reader) error {
	_, err := io.CopyN(io.Discard, r, 64<<10)
	if err == io.EOF {
		return nil
	}
	return err
}
