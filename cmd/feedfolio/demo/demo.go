// Package demo is a small web of finance publishers inside the process, so that the program can be tried without a
// network: nine sources, Chinese and English, in the formats and with the faults that real publishers have.
//
// Each publisher listens on a loopback address of its own, as a real one has a host of its own, so that politeness per
// host can be seen. Where the system has no more than 127.0.0.1 they share it on ports of their own.
//
// What they publish is in the folder press, a folder for each: articles.html holds the articles, listing the feed (or
// what stands for one) and page the site's page, both templates. Companies, institutions and figures are invented.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Showpiece is in the name of the file of one article that is worth showing: from a feed and a page in GBK, with a
// table, a lazy image and a QR code that is no image of the article's.
const Showpiece = "2026-11-20-d5ed77d118ab"

// Web is the running web of publishers. Its methods may be called from any goroutine.
type Web struct {
	sites   []*site
	servers []*http.Server
	serving sync.WaitGroup
	shared  bool // all publishers are at 127.0.0.1
}

// Visit says how the requests to one publisher came.
type Visit struct {
	Publisher   string        // the source's name
	Host        string        // address and port
	Requests    int           // in all
	NotModified int           // answered 304
	Refused     int           // answered 503 or 500, as this publisher's pages are at first
	LeastGap    time.Duration // between the starts of two requests; 0 where there were fewer than two
}

// Serve starts the web. The caller closes it.
func Serve() (*Web, error) {
	w := &Web{}
	listeners := make([]net.Listener, 0, len(publishers))
	for i, p := range publishers {
		l, shared, err := listen(i)
		if err != nil {
			closeAll(listeners)
			return nil, fmt.Errorf("listen for the demo's publisher %s: %w", p.name, err)
		}
		listeners = append(listeners, l)
		w.shared = w.shared || shared
		s, err := newSite(p, "http://"+l.Addr().String())
		if err != nil {
			closeAll(listeners)
			return nil, fmt.Errorf("build the demo's publisher %s: %w", p.name, err)
		}
		w.sites = append(w.sites, s)
	}
	for i, s := range w.sites {
		srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
		w.servers = append(w.servers, srv)
		w.serving.Go(func() { _ = srv.Serve(listeners[i]) }) // it returns when Close closes it
	}
	return w, nil
}

// Close stops the web and waits until it has stopped. A second call does nothing.
func (w *Web) Close() error {
	var errs []error
	for _, srv := range w.servers {
		errs = append(errs, srv.Close())
	}
	w.serving.Wait()
	return errors.Join(errs...)
}

// Config returns the feedfolio.yaml that keeps all publishers of w in the folder archive.
func (w *Web) Config(archive string) []byte {
	return mustRender("feedfolio.yaml", configData{web: w, Archive: archive})
}

// Articles returns how many articles the publishers have in all: what a complete run stores.
func (w *Web) Articles() int {
	n := 0
	for _, s := range w.sites {
		n += len(s.articles)
	}
	return n
}

// Visits returns how each publisher was visited so far, in the order of the configuration.
func (w *Web) Visits() []Visit {
	visits := make([]Visit, 0, len(w.sites))
	for _, s := range w.sites {
		visits = append(visits, s.log.visit(s))
	}
	return visits
}

// configData is what the template feedfolio.yaml is rendered with.
type configData struct {
	web     *Web
	Archive string
}

// Delay is the gap that the demo keeps. On an address that all publishers share, a whole run would take too long
// with the usual one.
func (d configData) Delay() time.Duration {
	if d.web.shared {
		return 20 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// URL is the address of a source's listing.
func (d configData) URL(name string) (string, error) {
	for _, s := range d.web.sites {
		if s.name == name {
			return s.base + s.listing, nil
		}
	}
	return "", fmt.Errorf("the demo has no publisher %q", name)
}

// listen opens the n-th publisher's address, and says whether it is the one that all systems have.
func listen(n int) (l net.Listener, shared bool, err error) {
	var lc net.ListenConfig
	l, err = lc.Listen(context.Background(), "tcp4", fmt.Sprintf("127.0.0.%d:0", 11+n))
	if err == nil {
		return l, false, nil
	}
	l, err = lc.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	return l, true, err
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// mustRender executes one of the templates in press. They are part of the program and tested, so a fault is a bug.
func mustRender(name string, data any) []byte {
	out, err := render(name, data)
	if err != nil {
		panic(err)
	}
	return out
}
