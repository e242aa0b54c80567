package polite_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// clock is a wall clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// hostMemory is a HostMemory like the store's.
type hostMemory struct {
	mu     sync.Mutex
	states map[string]polite.HostState
}

func (m *hostMemory) LoadHost(_ context.Context, name string) (polite.HostState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[name], nil
}

func (m *hostMemory) SaveHost(_ context.Context, s polite.HostState) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[s.Host] = s
	return nil
}

// robotic is a transport that reads robots.txt, all through the web.
func robotic(t *testing.T, web *fetchertest.Web, opt polite.Options) *polite.Transport {
	t.Helper()
	f := loopback()
	f.Robots = true
	f.Proxy = config.Secret(web.ProxyURL())
	return newTransport(t, f, nil, opt)
}

func TestRobotsByItsAnswer(t *testing.T) {
	t.Parallel()
	const closed = "-- a.example/robots.txt --\nUser-agent: *\nDisallow: /\n"
	for _, tt := range []struct{ name, web, want string }{
		{"there is one", closed, "robots"},
		{"there is none", "", ""},
		{"it is closed itself", "-- a.example/robots.txt.http --\n401\n", ""},
		{"it has gone", "-- a.example/robots.txt.http --\n410\n", ""},
		{"it fails", "-- a.example/robots.txt.http --\n500\n", "wait"},
		{"it fails as 503", "-- a.example/robots.txt.http --\n503\n    Retry-After: 600\n", "wait"},
		{"it is cut short", closed + "-- a.example/robots.txt.http --\nok cut=5\n", "wait"},
		{"the connection is reset", "-- a.example/robots.txt.http --\nreset\n", "wait"},
		{"it is packed", closed + "-- a.example/robots.txt.http --\nok encoding=br\n", "robots"},
		{"it is a bomb", "-- a.example/robots.txt.http --\nok bomb=30M encoding=gzip\n", ""},
		{"it has moved", strings.ReplaceAll(closed, "a.example", "b.example") + "-- a.example/robots.txt.http --\n301 location=http://b.example/robots.txt\n", "robots"},
		{"it has moved to nowhere", "-- a.example/robots.txt.http --\n301 location=http://b.example/robots.txt\n", ""},
		{"it has moved into a private network", "-- a.example/robots.txt.http --\n301 location=http://10.0.0.1/robots.txt\n", ""},
		{"it has moved to another scheme", "-- a.example/robots.txt.http --\n301 location=ftp://a.example/robots.txt\n", ""},
		{"it moves for ever", "-- a.example/robots.txt.http --\n302 location=/robots.txt\n", ""},
		{"it is a page", "-- a.example/robots.txt --\n<html><body>Not found</body></html>\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			web := fetchertest.New(t, "-- a.example/page --\npage\n"+tt.web)
			f := guarded()
			f.Robots, f.Proxy = true, config.Secret(web.ProxyURL())
			tr := newTransport(t, f, nil, polite.Options{})
			for range 2 {
				_, _, err := get(t.Context(), tr, "http://a.example/page")
				got := ""
				if errors.Is(err, polite.ErrRobots) {
					got = "robots"
				} else if _, ok := errors.AsType[*polite.WaitError](err); ok {
					got = "wait"
				} else if err != nil {
					got = err.Error()
				}
				if got != tt.want {
					t.Errorf("%q (%v); want %q", got, err, tt.want)
				}
			}
			if n := web.Count("http://a.example/robots.txt"); n != 1 && !strings.Contains(tt.name, "moves for ever") {
				t.Errorf("robots.txt was read %d times; want 1", n)
			}
		})
	}
}

func TestRobotsIsReadAgainAfterADay(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- a.example/robots.txt --\nUser-agent: *\nDisallow: /\n")
	c := &clock{t: time.Now()}
	tr := robotic(t, web, polite.Options{Now: c.now})
	if _, _, err := get(t.Context(), tr, "http://a.example/page"); !errors.Is(err, polite.ErrRobots) {
		t.Fatal(err)
	}
	web.Set("a.example/robots.txt", "User-agent: *\nDisallow: /private\n")
	c.add(23 * time.Hour)
	if _, _, err := get(t.Context(), tr, "http://a.example/page"); !errors.Is(err, polite.ErrRobots) {
		t.Errorf("after 23 hours: %v", err)
	}
	c.add(2 * time.Hour)
	if _, _, err := get(t.Context(), tr, "http://a.example/page"); err != nil {
		t.Errorf("after 25 hours: %v", err)
	}
	web.Script("a.example/robots.txt", fetchertest.Answer{Status: 500})
	c.add(25 * time.Hour)
	if _, _, err := get(t.Context(), tr, "http://a.example/page"); err != nil {
		t.Errorf("while it fails the last one holds: %v", err)
	}
	if _, _, err := get(t.Context(), tr, "http://a.example/private"); !errors.Is(err, polite.ErrRobots) {
		t.Errorf("while it fails the last one holds: %v", err)
	}
}

func TestRobotsThatAlwaysFailsIsGivenUp(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- a.example/robots.txt.http --\n500\n")
	c := &clock{t: time.Now()}
	m := &hostMemory{states: map[string]polite.HostState{}}
	tr := robotic(t, web, polite.Options{Now: c.now, Hosts: m})
	began := c.now()
	var tries int
	for {
		_, _, err := get(t.Context(), tr, "http://a.example/page")
		if err == nil {
			break
		}
		w, ok := errors.AsType[*polite.WaitError](err)
		if !ok || !strings.Contains(w.Reason, "500") && !strings.Contains(w.Reason, "before") {
			t.Fatal(err)
		}
		if tries++; tries > 100 {
			t.Fatal("it is never given up")
		}
		c.add(w.Until.Sub(c.now()))
		if tries%5 == 0 { // a restart changes nothing
			tr = robotic(t, web, polite.Options{Now: c.now, Hosts: m})
		}
	}
	if d := c.now().Sub(began); d < 48*time.Hour || d > 51*time.Hour {
		t.Errorf("given up after %s; want two days", d)
	}
}

func TestRobotsOutlivesARestart(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/robots.txt --\nUser-agent: *\nDisallow: /\nCrawl-delay: 7\n")
	m := &hostMemory{states: map[string]polite.HostState{}}
	for range 3 {
		tr := robotic(t, web, polite.Options{Hosts: m})
		if _, _, err := get(t.Context(), tr, "http://a.example/page"); !errors.Is(err, polite.ErrRobots) {
			t.Fatal(err)
		}
	}
	if n := web.Count("http://a.example/robots.txt"); n != 1 {
		t.Errorf("robots.txt was read %d times in three processes; want 1", n)
	}
	if s := m.states["http://a.example"]; s.RobotsStatus != 200 || len(s.RobotsBody) == 0 {
		t.Errorf("kept of the origin: %+v", s)
	}
	if s := m.states["a.example"]; s.CrawlDelay != 7*time.Second {
		t.Errorf("kept of the host: %+v", s)
	}
}

func TestRobotsOfEachOriginOutlivesARestart(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- a.example/robots.txt --\nUser-agent: *\nCrawl-delay: 0.01\n")
	m := &hostMemory{states: map[string]polite.HostState{}}
	for range 3 {
		tr := robotic(t, web, polite.Options{Hosts: m})
		for _, u := range []string{"http://a.example/page", "http://A.example.:8080/page", "http://a.example:80/page"} {
			if _, _, err := get(t.Context(), tr, u); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := 0
	for _, r := range web.Requests() {
		if r.Path == "/robots.txt" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("robots.txt was read %d times by three processes; want 2, once for each port", n)
	}
}

func TestCrawlDelayIsKept(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- a.example/robots.txt --\nUser-agent: *\nCrawl-delay: 0.2\n")
	tr := robotic(t, web, polite.Options{})
	began := time.Now()
	for range 3 {
		if _, _, err := get(t.Context(), tr, "http://a.example/page"); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d < 600*time.Millisecond {
		t.Errorf("robots.txt and three pages took %s; want three gaps of 200 ms", d)
	}
	if v := tr.Host("A.example"); v.CrawlDelay != 200*time.Millisecond || v.Gap != v.CrawlDelay {
		t.Errorf("Host: %+v", v)
	}
}

// Listings are asked for whatever robots.txt says, but not faster than it says.
func TestCrawlDelayHoldsForListingsAfterARestart(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- a.example/robots.txt --\nUser-agent: *\nCrawl-delay: 0.2\n")
	m := &hostMemory{states: map[string]polite.HostState{}}
	if _, _, err := get(t.Context(), robotic(t, web, polite.Options{Hosts: m}), "http://a.example/page"); err != nil {
		t.Fatal(err)
	}
	tr := robotic(t, web, polite.Options{Hosts: m})
	began := time.Now()
	for range 3 {
		if _, _, err := get(polite.WithoutRobots(t.Context()), tr, "http://a.example/page"); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d < 400*time.Millisecond {
		t.Errorf("three listings took %s; want two gaps of 200 ms", d)
	}
}

func TestRedirectTargetsAreSubjectToTheirRobots(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, `
-- a.example/page.http --
302 location=http://b.example/closed
-- b.example/robots.txt --
User-agent: *
Disallow: /closed
-- b.example/closed --
text
`)
	c := &http.Client{Transport: robotic(t, web, polite.Options{}), CheckRedirect: polite.CheckRedirect}
	resp, err := c.Get("http://a.example/page")
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if !errors.Is(err, polite.ErrRobots) || web.Count("http://b.example/closed") != 0 {
		t.Errorf("error %v, %d requests; want ErrRobots and none", err, web.Count("http://b.example/closed"))
	}
}

func TestRobotsWithOneWorkerForAll(t *testing.T) {
	t.Parallel()
	web := fetchertest.New(t, "-- a.example/page --\npage\n-- b.example/page --\npage\n-- c.example/page --\npage\n")
	f := loopback()
	f.Robots = true
	f.Workers = 1
	f.Proxy = config.Secret(web.ProxyURL())
	tr := newTransport(t, f, nil, polite.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			ctx, release := polite.WithWorker(ctx)
			defer release()
			for _, host := range []string{"a", "b", "c"} {
				if _, _, err := get(ctx, tr, "http://"+host+".example/page"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
