package polite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// PrivateError says that a host was not asked, since its address is not one of the public internet: a feed or a page
// must not make this program talk to the machines behind the firewall.
type PrivateError struct {
	Host string // as in the URL
	Addr string // the address it has; "" if Host itself says it
	Port string // set if it is the port that is refused
}

func (e *PrivateError) Error() string {
	if e.Port != "" {
		return fmt.Sprintf("port %s of %s belongs to another service than HTTP and is not fetched", e.Port, e.Host)
	}
	what := fmt.Sprintf("%s is a private address", e.Host)
	if e.Addr != "" && e.Addr != e.Host {
		what = fmt.Sprintf("%s has the private address %s", e.Host, e.Addr)
	}
	if a, err := netip.ParseAddr(e.Addr); err == nil && fakeIP.Contains(a.Unmap()) {
		what = fmt.Sprintf("%s has the address %s, which looks like a fake-IP proxy (Clash, sing-box and others answer 198.18.0.0/15)", e.Host, e.Addr)
	}
	return fmt.Sprintf("%s; to allow it, set `hosts: {%q: {allow_private_networks: true}}`, or fetch.allow_private_networks for all hosts", what, e.Host)
}

var fakeIP = netip.MustParsePrefix("198.18.0.0/15")

// guard refuses addresses that are not of the public internet. It looks at the address that is dialled, after all
// resolving, so a name that changes its address between two looks gains nothing.
var guard = ssrf.New(ssrf.WithAnyPort())

// private reports whether addr is refused unless private networks are allowed.
func private(addr netip.Addr) bool {
	network := "tcp6"
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		network = "tcp4"
	}
	return guard.Safe(network, netip.AddrPortFrom(addr, 80).String(), nil) != nil
}

// badPorts are those that the WHATWG fetch standard blocks, and databases and control planes which answer HTTP or
// could be made to misread it.
var badPorts = map[string]bool{
	"1": true, "7": true, "9": true, "11": true, "13": true, "15": true, "17": true, "19": true, "20": true,
	"21": true, "22": true, "23": true, "25": true, "37": true, "42": true, "43": true, "53": true, "69": true,
	"77": true, "79": true, "87": true, "95": true, "101": true, "102": true, "103": true, "104": true, "109": true,
	"110": true, "111": true, "113": true, "115": true, "117": true, "119": true, "123": true, "135": true, "137": true,
	"139": true, "143": true, "161": true, "179": true, "389": true, "427": true, "445": true, "465": true, "512": true,
	"513": true, "514": true, "515": true, "526": true, "530": true, "531": true, "532": true, "540": true, "548": true,
	"554": true, "556": true, "563": true, "587": true, "601": true, "636": true, "873": true, "989": true, "990": true,
	"993": true, "995": true, "1433": true, "1521": true, "1719": true, "1720": true, "1723": true, "2049": true,
	"2375": true, "2376": true, "2379": true, "2380": true, "3306": true, "3389": true, "3659": true, "4045": true,
	"4190": true, "5060": true, "5061": true, "5432": true, "5672": true, "5900": true, "6000": true, "6379": true,
	"6443": true, "6566": true, "6665": true, "6666": true, "6667": true, "6668": true, "6669": true, "6679": true,
	"6697": true, "8500": true, "9042": true, "9200": true, "9300": true, "10080": true, "10250": true, "11211": true,
	"27017": true, "50070": true,
}

// checkTarget refuses what can be refused before a name is looked up: bad ports, and hosts that are private by
// themselves. It sees the forms of an IPv4 address that a proxy or a resolver may read as one (2130706433, 0x7f.1).
func checkTarget(u *url.URL, allowPrivate bool) error {
	host, port := u.Hostname(), u.Port()
	if badPorts[port] {
		return &PrivateError{Host: host, Port: port}
	}
	if allowPrivate {
		return nil
	}
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".internal") {
		return &PrivateError{Host: host}
	}
	if name == "" {
		return errors.New("address without a host")
	}
	if c := name[len(name)-1]; !strings.Contains(name, ":") && (c < '0' || c > '9') && !strings.Contains(name, "0x") {
		return nil // cannot be an address
	}
	if a, ok := parseAddr(name); ok && private(a) {
		return &PrivateError{Host: host, Addr: a.String()}
	}
	return nil
}

// parseAddr reads an IP address as inet_aton does: 127.1, 0x7f000001, 0177.0.0.1, 2130706433 too.
func parseAddr(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a, true
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, p := range parts {
		base := 10
		switch {
		case strings.HasPrefix(p, "0x"):
			p, base = p[2:], 16
			if p == "" {
				p = "0"
			}
		case len(p) > 1 && p[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(p, base, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}, false
			}
			v |= n << (24 - 8*i)
			continue
		}
		if n >= 1<<(32-8*i) {
			return netip.Addr{}, false
		}
		v |= n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// dialDirect connects to a publisher.
func (t *Transport) dialDirect(ctx context.Context, network, addr string) (net.Conn, error) {
	if t.opt.Dial != nil {
		return t.opt.Dial(ctx, network, addr)
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d := t.dialer()
	if !t.allowPrivate(host, addr) {
		d.Control = func(network, address string, c syscall.RawConn) error {
			err := guard.Safe(network, address, c)
			if err == nil {
				return nil
			}
			if ip, _, splitErr := net.SplitHostPort(address); splitErr == nil && errors.Is(err, ssrf.ErrProhibitedIP) {
				return &PrivateError{Host: host, Addr: ip}
			}
			return err
		}
	}
	return d.DialContext(ctx, network, addr)
}

// dialProxy connects to a proxy. The user named it, so it may be anywhere.
func (t *Transport) dialProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	d := t.dialer()
	return d.DialContext(ctx, network, addr)
}

// dialer has no TCP keep-alive: no connection is idle for longer than idleConnTimeout, each request has its time limit,
// and it would cost four system calls for each poll.
func (t *Transport) dialer() net.Dialer {
	return net.Dialer{Timeout: dialTimeout, KeepAlive: -1, Resolver: t.opt.Resolver}
}

// base returns the http.Transport for a proxy, or for none. There is one for each, so that only a connection to a
// proxy, never one to a publisher, goes round the guard.
func (t *Transport) base(proxy string) (*http.Transport, error) {
	if proxy == "" || proxy == "direct" {
		return t.direct, nil
	}
	t.proxyMu.Lock()
	defer t.proxyMu.Unlock()
	if b := t.proxies[proxy]; b != nil {
		return b, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" {
		return nil, errors.New("proxy: not an address; want http://, https:// or socks5://host:port")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("proxy %s: scheme %q; want http, https or socks5", u.Redacted(), u.Scheme)
	}
	if len(t.proxies) >= maxProxies {
		return nil, fmt.Errorf("proxy %s: more than %d different proxies", u.Redacted(), maxProxies)
	}
	b := t.newBase(t.dialProxy)
	b.Proxy = http.ProxyURL(u)
	t.proxies[proxy] = b
	return b, nil
}

const (
	dialTimeout = 10 * time.Second
	maxProxies  = 256
)

// newBase is an http.Transport with what all of ours share.
func (t *Transport) newBase(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		ForceAttemptHTTP2:      true, // a DialContext of our own would turn it off
		DisableCompression:     true, // see decode.go
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    t.idleConns,
		IdleConnTimeout:        idleConnTimeout, // for the burst of one source; nothing is kept between polls
		ExpectContinueTimeout:  time.Second,
		ReadBufferSize:         2 << 10, // of headers; bodies are read past it
		WriteBufferSize:        1 << 10,
	}
}

const (
	maxHeader       = 256 << 10
	idleConnTimeout = 5 * time.Second
)
