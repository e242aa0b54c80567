package polite_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// guarded are settings under which private networks are closed.
func guarded() config.Fetch {
	f := loopback()
	f.AllowPrivateNetworks = false
	f.Timeout = 2 * time.Second
	return f
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"http://127.0.0.1/", "http://127.0.0.1:8080/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
		"http://0177.0.0.1/", "http://017700000001/", "http://0/", "http://0.0.0.0/", "http://127.0.0.1./",
		"http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://169.254.169.254/latest/meta-data/",
		"http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/", "http://198.18.0.5/", "http://224.0.0.1/", "http://255.255.255.255/",
		"http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/",
		"http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[2001:db8::1]/", "http://[ff02::1]/",
		"http://localhost/", "http://LOCALHOST:8080/", "http://localhost./", "http://a.localhost/", "http://printer.local/", "http://metadata.google.internal/",
	} {
		for _, proxy := range []string{"", "http://127.0.0.1:1"} {
			f := guarded()
			f.Proxy = config.Secret(proxy)
			_, _, err := get(t.Context(), newTransport(t, f, nil, polite.Options{}), u)
			p, ok := errors.AsType[*polite.PrivateError](err)
			if !ok {
				t.Errorf("%s, proxy %q: %v; want a *PrivateError", u, proxy, err)
			} else if !strings.Contains(p.Error(), "allow_private_networks") {
				t.Errorf("%s: %v; want it to say how to allow it", u, p)
			}
		}
	}
}

func TestFakeAddressesAreExplained(t *testing.T) {
	t.Parallel()
	_, _, err := get(t.Context(), newTransport(t, guarded(), nil, polite.Options{}), "http://198.18.0.5/")
	if err == nil || !strings.Contains(err.Error(), "fake-IP proxy") {
		t.Errorf("error %v", err)
	}
}

func TestPortsOfOtherServicesAreRefused(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"http://news.example:22/", "http://news.example:25/", "https://news.example:6379/", "http://127.0.0.1:5432/"} {
		_, _, err := get(t.Context(), newTransport(t, loopback(), nil, polite.Options{}), u)
		if p, ok := errors.AsType[*polite.PrivateError](err); !ok || p.Port == "" {
			t.Errorf("%s: %v; want a *PrivateError for the port", u, err)
		}
	}
}

func TestOtherSchemesAreRefused(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"file:///etc/passwd", "ftp://news.example/", "gopher://news.example/", "http:///x"} {
		if _, _, err := get(t.Context(), newTransport(t, loopback(), nil, polite.Options{}), u); err == nil {
			t.Errorf("%s: no error", u)
		}
	}
}

func TestPrivateNetworkMayBeAllowedForOneHost(t *testing.T) {
	t.Parallel()
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	yes := true
	tr := newTransport(t, guarded(), map[string]config.Host{"127.0.0.1": {AllowPrivateNetworks: &yes}}, polite.Options{})
	if _, _, err := get(t.Context(), tr, url); err != nil {
		t.Error(err)
	}
	if _, _, err := get(t.Context(), tr, strings.Replace(url, "127.0.0.1", "127.0.0.2", 1)); !private(err) {
		t.Errorf("another host: %v; want a *PrivateError", err)
	}
	port := strings.TrimPrefix(url, "http://")
	tr = newTransport(t, guarded(), map[string]config.Host{port: {AllowPrivateNetworks: &yes}}, polite.Options{})
	if _, _, err := get(t.Context(), tr, url); err != nil {
		t.Errorf("host with its port: %v", err)
	}
}

func private(err error) bool {
	_, ok := errors.AsType[*polite.PrivateError](err)
	return ok
}

// resolver answers each look-up with the next of some addresses, and the last one for ever.
func resolver(t *testing.T, addrs ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var n atomic.Int32
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			q := buf[:size]
			end := 12
			for q[end] != 0 {
				end += int(q[end]) + 1
			}
			question := q[12 : end+5]
			reply := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
			if binary.BigEndian.Uint16(q[end+1:]) == 1 { // A
				a := addrs[min(int(n.Add(1))-1, len(addrs)-1)]
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				reply = append(reply, net.ParseIP(a).To4()...)
			}
			_, _ = conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestNameWithAPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	u := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(u, "http://"))
	target := "http://rebound.example:" + port + "/"

	tr := newTransport(t, guarded(), nil, polite.Options{Resolver: resolver(t, "127.0.0.1")})
	_, _, err := get(t.Context(), tr, target)
	if p, ok := errors.AsType[*polite.PrivateError](err); !ok || p.Host != "rebound.example" || p.Addr != "127.0.0.1" {
		t.Errorf("error %v; want a *PrivateError with name and address", err)
	}

	open := newTransport(t, loopback(), nil, polite.Options{Resolver: resolver(t, "127.0.0.1")})
	if _, _, err := get(t.Context(), open, target); err != nil {
		t.Errorf("with private networks allowed: %v", err)
	}
	if asked.Load() != 1 {
		t.Errorf("%d requests came; want 1", asked.Load())
	}
}

func TestNameThatChangesItsAddressIsRefused(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	u := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(u, "http://"))
	f := guarded()
	f.Timeout = 300 * time.Millisecond // the first address goes nowhere
	tr := newTransport(t, f, nil, polite.Options{Resolver: resolver(t, "192.88.98.1", "127.0.0.1")})
	var last error
	for range 3 {
		_, _, last = get(t.Context(), tr, "http://rebound.example:"+port+"/")
		if last == nil {
			t.Fatal("a request went through")
		}
	}
	if !private(last) || asked.Load() != 0 {
		t.Errorf("error %v, %d requests came; want a *PrivateError and none", last, asked.Load())
	}
}

func TestRedirectToAPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	inner := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	inner = strings.Replace(inner, "127.0.0.1", "127.0.0.2", 1)
	outer := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner, http.StatusFound) })
	yes := true
	tr := newTransport(t, guarded(), map[string]config.Host{"127.0.0.1": {AllowPrivateNetworks: &yes}}, polite.Options{})
	c := &http.Client{Transport: tr, CheckRedirect: polite.CheckRedirect}
	resp, err := c.Get(outer)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !private(err) || asked.Load() != 0 {
		t.Errorf("error %v, %d requests came; want a *PrivateError and none", err, asked.Load())
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	const files = "-- news.example/x --\nfrom %s"
	global := fetchertest.New(t, strings.Replace(files, "%s", "global", 1))
	host := fetchertest.New(t, strings.Replace(files, "%s", "host", 1)+"\n-- other.example/x --\nhost")
	source := fetchertest.New(t, strings.Replace(files, "%s", "source", 1))
	f := guarded()
	f.Proxy = config.Secret(global.ProxyURL())
	tr := newTransport(t, f, map[string]config.Host{"other.example": {Proxy: config.Secret(host.ProxyURL())}}, polite.Options{})
	for _, tt := range []struct {
		name, url, source, want string
	}{
		{"that of fetch", "http://news.example/x", "", "from global\n"},
		{"that of the host", "http://other.example/x", "", "host"},
		{"that of the source", "http://news.example/x", source.ProxyURL(), "from source\n"},
	} {
		ctx := t.Context()
		if tt.source != "" {
			ctx = polite.WithProxy(ctx, tt.source)
		}
		if _, body, err := get(ctx, tr, tt.url); err != nil || strings.TrimSpace(string(body)) != strings.TrimSpace(tt.want) {
			t.Errorf("%s: %q, %v; want %q", tt.name, body, err, tt.want)
		}
	}
	if _, _, err := get(polite.WithProxy(t.Context(), "ftp://user:secret@proxy.example"), tr, "http://news.example/"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("proxy of another scheme: %v; want an error without the password", err)
	}
}

func TestRedirectTakesOnlyWhatIsMeantForIt(t *testing.T) {
	t.Parallel()
	ask := func(from, to, referer string) http.Header {
		t.Helper()
		u1, _ := url.Parse(from)
		u2, _ := url.Parse(to)
		first := &http.Request{URL: u1, Header: http.Header{}}
		if referer != "" {
			first.Header.Set("Referer", referer)
		}
		h := http.Header{"Referer": {from}, "If-None-Match": {"x"}, "If-Modified-Since": {"y"}, "User-Agent": {"u"}, "Accept": {"a"}, "X-Api-Key": {"secret"}, "Cookie": {"c=1"}}
		if err := polite.CheckRedirect(&http.Request{URL: u2, Header: h}, []*http.Request{first}); err != nil {
			t.Fatal(err)
		}
		if h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != "" || h.Get("User-Agent") != "u" {
			t.Errorf("%s to %s: %v", from, to, h)
		}
		return h
	}
	for _, tt := range []struct {
		name, from, to, referer, wantReferer string
		secret                               bool
	}{
		{"same host", "http://a.example/1", "http://a.example/2", "", "", true},
		{"same host, Referer set on purpose", "http://a.example/1", "http://a.example/2", "http://a.example/", "http://a.example/", true},
		{"to https", "http://a.example/1", "https://a.example/2", "r", "r", true},
		{"to www", "http://a.example/1", "http://www.a.example/2", "r", "r", true},
		{"from www", "http://www.a.example/1", "http://a.example/2", "r", "r", true},
		{"to http", "https://a.example/1", "http://a.example/2", "r", "", false},
		{"to another host", "http://a.example/1", "http://b.example/2", "r", "", false},
		{"to a host whose name only ends alike", "http://a.example/1", "http://evila.example/2", "r", "", false},
	} {
		h := ask(tt.from, tt.to, tt.referer)
		if got := h.Get("Referer"); got != tt.wantReferer {
			t.Errorf("%s: Referer %q; want %q", tt.name, got, tt.wantReferer)
		}
		if got := h.Get("X-Api-Key") != ""; got != tt.secret {
			t.Errorf("%s: key follows: %v; want %v", tt.name, got, tt.secret)
		}
	}
}

func TestRedirectsEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		to   func(n int32) string
		want int32 // requests
	}{
		{"where they never come back", func(n int32) string { return fmt.Sprint("/", n) }, 10},
		{"in a circle of one", func(int32) string { return "/" }, 2},
		{"in a circle of two", func(n int32) string { return fmt.Sprint("/?", n%2) }, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			u := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, tt.to(n.Add(1)), http.StatusFound) })
			c := &http.Client{Transport: newTransport(t, loopback(), nil, polite.Options{}), CheckRedirect: polite.CheckRedirect}
			resp, err := c.Get(u + "/")
			if err == nil {
				_ = resp.Body.Close()
			}
			if err == nil || n.Load() != tt.want {
				t.Errorf("error %v after %d requests; want one after %d", err, n.Load(), tt.want)
			}
		})
	}
}
