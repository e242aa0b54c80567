// Command look serves a site that was built from the demo's articles, opens pages of it in headless Chromium, and fails
// unless they show what they should.
//
//	go run ./examples/look -site public -shots DIR [-width N] NAME=PATH=TEXT...
//
// Each PATH is opened and must have TEXT in what the browser made of it; DIR/NAME.png is what it looks like. The articles'
// pictures are at the demo's addresses, and the demo has ended; so the browser goes through a proxy that passes what is
// asked of 127.0.0.x to a demo of this process, and answers 404 for the rest of the world.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/cmd/feedfolio/demo"
)

func main() {
	site := flag.String("site", "public", "the folder of the site")
	shots := flag.String("shots", ".", "the folder for pictures")
	width := flag.Int("width", 1100, "of the window, in pixels")
	height := flag.Int("height", 800, "of the window, in pixels")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *site, *shots, fmt.Sprintf("%d,%d", *width, *height), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "look:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, site, shots, window string, pages []string) error {
	chromium, err := browser()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		return err
	}
	web, err := demo.Serve()
	if err != nil {
		return err
	}
	defer web.Close()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler(site, web), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	var faults []error
	for _, p := range pages {
		part := strings.SplitN(p, "=", 3)
		if len(part) != 3 {
			return fmt.Errorf("%q: want NAME=PATH=TEXT", p)
		}
		shot := filepath.Join(shots, part[0]+".png")
		if err := look(ctx, chromium, l.Addr().String(), shot, window, part[1], part[2]); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", part[1], err))
			continue
		}
		fmt.Fprintf(out, "look: %s shows %q: %s\n", part[1], part[2], shot)
	}
	return errors.Join(faults...)
}

func browser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium is installed (Debian: apt-get install chromium)")
}

// handler serves the site to who asks for http://site.test, and is the proxy for all else.
func handler(site string, web *demo.Web) http.Handler {
	files := http.FileServer(http.Dir(site))
	hosts := addresses(string(web.Config("")))
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: hosts[r.In.URL.Hostname()]})
		r.Out.URL.Path, r.Out.Host = r.In.URL.Path, hosts[r.In.URL.Hostname()]
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Hostname() == "site.test":
			r.URL.Host = ""
			files.ServeHTTP(w, r)
		case hosts[r.URL.Hostname()] != "":
			proxy.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// addresses are the publishers' addresses with port, by address.
func addresses(config string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`http://((127\.0\.0\.\d+):\d+)`).FindAllStringSubmatch(config, -1) {
		out[m[2]] = m[1]
	}
	return out
}

// look opens a page twice: for its text, and for its picture.
func look(ctx context.Context, chromium, proxy, shot, window, path, want string) error {
	dom, err := open(ctx, chromium, proxy, window, path, "--dump-dom")
	if err != nil {
		return err
	}
	if !strings.Contains(dom, want) {
		return fmt.Errorf("the page has no %q; it begins with %.300q", want, dom)
	}
	if _, err := open(ctx, chromium, proxy, window, path, "--screenshot="+shot); err != nil {
		return err
	}
	_, err = os.Stat(shot)
	return err
}

func open(ctx context.Context, chromium, proxy, window, path, what string) (string, error) {
	profile, err := os.MkdirTemp("", "look-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(profile)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	//nolint:gosec // the browser of this machine, with arguments of who runs this
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--lang=zh-CN",
		"--user-data-dir="+profile, "--window-size="+window, "--virtual-time-budget=4000",
		"--proxy-server=http://"+proxy, "--proxy-bypass-list=<-loopback>", what, "http://site.test"+path)
	cmd.Stderr = io.Discard
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("chromium: %w", err)
	}
	return string(out), nil
}
