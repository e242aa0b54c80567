package polite

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
)

// ask sends one request, conditional if tag is one, and reads its answer.
func ask(ctx context.Context, t *testing.T, tr *Transport, url, tag string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// publisher is a server that knows on which connection, by number, each request came.
type publisher struct {
	*httptest.Server
	mu       sync.Mutex
	numbers  map[string]int
	requests []int
	open     map[net.Conn]bool
}

func newPublisher(t *testing.T, secure bool, h http.HandlerFunc) *publisher {
	t.Helper()
	p := &publisher{numbers: map[string]int{}, open: map[net.Conn]bool{}}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		n := p.numbers[r.RemoteAddr]
		if n == 0 {
			n = len(p.numbers) + 1
			p.numbers[r.RemoteAddr] = n
		}
		p.requests = append(p.requests, n)
		p.mu.Unlock()
		h(w, r)
	}))
	p.Config.ConnState = func(c net.Conn, s http.ConnState) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch s {
		case http.StateNew:
			p.open[c] = true
		case http.StateClosed:
			delete(p.open, c)
		}
	}
	p.EnableHTTP2 = true
	if secure {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

// on is the connections that the requests came on.
func (p *publisher) on() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// transport trusts the publisher and keeps no gap.
func (p *publisher) transport(t *testing.T) *Transport {
	t.Helper()
	tr := New(config.Fetch{AllowPrivateNetworks: true, Timeout: 10 * time.Second, PerHost: config.PerHost{Connections: 1}}, nil, Options{})
	t.Cleanup(tr.CloseIdle)
	if c := p.Certificate(); c != nil {
		tr.roots = x509.NewCertPool()
		tr.roots.AddCert(c)
	}
	return tr
}

// A feed and its pages have one connection between them, and a feed that brings nothing leaves none behind.
func TestConnectionsOfABurst(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		for _, tt := range []struct {
			name string
			tags []string // of the requests, one after the other; "" is a page's
			want []int    // the connections they come on
			open bool     // one is kept for more
		}{
			{"a poll that brings nothing", []string{"same"}, []int{1}, false},
			{"a poll that brings something, and its pages", []string{"old", "", ""}, []int{1, 1, 1}, true},
			{"a first poll, and its pages", []string{"", "", ""}, []int{1, 1, 1}, true},
			{"a poll that brings nothing, and a page that is tried again", []string{"same", "", ""}, []int{1, 2, 2}, true},
			{"a feed that is asked twice within seconds", []string{"same", "same"}, []int{1, 2}, false},
			{"polls of several feeds of a host", []string{"same", "same", "same", "same"}, []int{1, 2, 3, 3}, true},
			{"a poll whose answer ends the connection", []string{"last", "", ""}, []int{1, 2, 2}, true},
		} {
			t.Run(fmt.Sprintf("%s, TLS %t", tt.name, secure), func(t *testing.T) {
				t.Parallel()
				p := newPublisher(t, secure, func(w http.ResponseWriter, r *http.Request) {
					switch r.Header.Get("If-None-Match") {
					case "same":
						w.WriteHeader(http.StatusNotModified)
						return
					case "last":
						w.Header().Set("Connection", "close")
					}
					_, _ = io.WriteString(w, strings.Repeat("news ", 2000))
				})
				tr := p.transport(t)
				for _, tag := range tt.tags {
					if _, body, err := ask(t.Context(), t, tr, p.URL, tag); err != nil || tag == "" && len(body) != 10000 {
						t.Fatalf("%d bytes, %v", len(body), err)
					}
				}
				if got := p.on(); !slices.Equal(got, tt.want) {
					t.Errorf("the requests came on connections %v; want %v", got, tt.want)
				}
				await(t, func() bool {
					p.mu.Lock()
					defer p.mu.Unlock()
					return (len(p.open) > 0) == tt.open
				})
				tr.CloseIdle()
				await(t, func() bool {
					p.mu.Lock()
					defer p.mu.Unlock()
					return len(p.open) == 0
				})
			})
		}
	}
}

// A publisher may close the connection that was kept for the pages.
func TestKeptConnectionThatThePublisherCloses(t *testing.T) {
	t.Parallel()
	p := newPublisher(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "news") })
	tr := p.transport(t)
	if _, _, err := ask(t.Context(), t, tr, p.URL, "old"); err != nil {
		t.Fatal(err)
	}
	p.CloseClientConnections()
	if _, body, err := ask(t.Context(), t, tr, p.URL, ""); err != nil || body != "news" {
		t.Errorf("%q, %v; want the page on a connection of its own", body, err)
	}
	if got := p.on(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("the requests came on connections %v; want 1 2", got)
	}
}

// A connection that nobody takes is closed after a while.
func TestKeptConnectionIsDropped(t *testing.T) {
	t.Parallel()
	p := newPublisher(t, false, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "news") })
	tr := p.transport(t)
	if _, _, err := ask(t.Context(), t, tr, p.URL, "old"); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		tr.kept.mu.Lock()
		defer tr.kept.mu.Unlock()
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(tr.kept.conns) == 0 && len(p.open) == 0
	})
}

// await waits for what comes within half a minute.
func await(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("not within half a minute")
		}
	}
}

// Whatever a host answers to a poll, it is read as it is meant, or it is an error that says what is wrong.
func TestAnswersToAPoll(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews"
	for _, tt := range []struct {
		name, answer string
		hangs        bool
		status       int
		body         string
		err          string
	}{
		{"whole", ok, false, 200, "news", ""},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\n", true, 304, "", ""},
		{"not modified, with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 700\r\n\r\n", true, 304, "", ""},
		{"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nne\r\n2\r\nws\r\n0\r\n\r\n", true, 200, "news", ""},
		{"until the end of the connection", "HTTP/1.0 200 OK\r\n\r\nnews", false, 200, "news", ""},
		{"after hints", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok, false, 200, "news", ""},
		{"two answers", ok + ok, true, 200, "news", ""},
		{"nothing", "", false, 0, "", "connection was closed before the answer"},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-", false, 0, "", "connection was closed before the answer"},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", false, 0, "", "malformed HTTP"},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnews", false, 200, "", "broken off"},
		{"a head without an end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxHeader), false, 0, "", "response header"},
		{"hints without an end", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", maxHeader/20), false, 0, "", "response header"},
		{"silence", "", true, 0, "", "no answer within"},
		{"a body that stops", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnews", true, 200, "", "body of the answer not complete"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, heard := answers(t, tt.answer, tt.hangs)
			tr := New(config.Fetch{AllowPrivateNetworks: true, Timeout: 2 * time.Second, PerHost: config.PerHost{Connections: 1}}, nil, Options{})
			t.Cleanup(tr.CloseIdle)
			status, body, err := ask(t.Context(), t, tr, url, `"1"`)
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) || tt.err == "" && err != nil {
				t.Errorf("error %v; want %q", err, tt.err)
			}
			if status != tt.status || tt.err == "" && body != tt.body {
				t.Errorf("%d %q; want %d %q", status, body, tt.status, tt.body)
			}
			if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
				t.Errorf("left over: %+v", v)
			}
			if got := <-heard; !strings.HasPrefix(got, "GET /feed?a=b HTTP/1.1\r\nHost: 127.") || !strings.Contains(got, "If-None-Match: \"1\"\r\n") || strings.Contains(got, "Content-Length") {
				t.Errorf("sent %q", got)
			}
		})
	}
}

// answers is a host that answers bytes to whatever it is asked, and then closes the connection or hangs.
func answers(t *testing.T, answer string, hangs bool) (url string, heard <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		var head strings.Builder
		for line := ""; line != "\r\n" && err == nil; head.WriteString(line) {
			line, err = r.ReadString('\n')
		}
		got <- head.String()
		_, _ = io.WriteString(c, answer)
		if hangs {
			_, _ = io.Copy(io.Discard, r) // until the other side ends it
		}
	}()
	return "http://" + l.Addr().String() + "/feed?a=b", got
}

func TestPollThatIsCancelled(t *testing.T) {
	t.Parallel()
	url, heard := answers(t, "", true)
	tr := New(config.Fetch{AllowPrivateNetworks: true, Timeout: time.Minute, PerHost: config.PerHost{Connections: 1}}, nil, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-heard
		cancel()
	}()
	if _, _, err := ask(ctx, t, tr, url, `"1"`); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want that it was cancelled", err)
	}
	if v := tr.Snapshot(); v.InFlight != 0 || v.Busy != 0 {
		t.Errorf("left over: %+v", v)
	}
}

func TestPageOfAHostThatHangsUp(t *testing.T) {
	t.Parallel()
	url, _ := answers(t, "", false)
	tr := New(config.Fetch{AllowPrivateNetworks: true, PerHost: config.PerHost{Connections: 1}}, nil, Options{})
	if _, _, err := ask(t.Context(), t, tr, url, ""); !errors.Is(err, errNoAnswer) {
		t.Errorf("error %v; want that the connection was closed", err)
	}
}
