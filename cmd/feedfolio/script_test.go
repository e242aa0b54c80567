package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"feedfolio": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

type webKey struct{}

// publish puts a file onto the script's web, in place of what was at the address.
func publish(ts *testscript.TestScript, _ bool, args []string) {
	ts.Value(webKey{}).(*fetchertest.Web).Set(args[0], ts.ReadFile(args[1]))
}

// asked checks how often the script's web was asked for an address.
func asked(ts *testscript.TestScript, _ bool, args []string) {
	n := ts.Value(webKey{}).(*fetchertest.Web).Count(args[0])
	if fmt.Sprint(n) != args[1] {
		ts.Fatalf("%s was asked for %d times; want %s", args[0], n, args[1])
	}
}

// untilSays runs a command again and again, until its standard output has a text in it.
func untilSays(ts *testscript.TestScript, _ bool, args []string) {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%q never said %q", args[1:], args[0])
		}
	}
}

// rss writes a feed of whole texts: FILE FIRST LAST PARAGRAPHS AGE STEP. AGE is that of the newest entry, LAST; each one
// before it is older by STEP.
func rss(ts *testscript.TestScript, _ bool, args []string) {
	first, last, paragraphs := number(ts, args[1]), number(ts, args[2]), number(ts, args[3])
	at := time.Now().Add(-span(ts, args[4]))
	host := strings.TrimSuffix(args[0], ".xml") + ".example"
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Wire</title>`)
	for n := last; n >= first; n-- {
		fmt.Fprintf(&b, `<item><title>Story %d</title><link>http://%s/%d.html</link><pubDate>%s</pubDate><description><![CDATA[`, n, host, n, at.Format(time.RFC1123Z))
		for p := range paragraphs {
			fmt.Fprintf(&b, "<p>Paragraph %d of story %d at %s: export orders rose for the third month in a row, it said.</p>", p, n, host)
		}
		b.WriteString("]]></description></item>\n")
		at = at.Add(-span(ts, args[5]))
	}
	b.WriteString(`</channel></rss>`)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func span(ts *testscript.TestScript, s string) time.Duration {
	d, err := time.ParseDuration(s)
	ts.Check(err)
	return d
}

// past runs every source of feedfolio.yaml once, with the clock of a time ago: past AGE.
func past(ts *testscript.TestScript, _ bool, args []string) {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	now := func() time.Time { return time.Now().Add(-span(ts, args[0])) }
	cfg, err := config.Options{Getenv: ts.Getenv, CheckSchedule: ingest.CheckSchedule, CheckMarket: ingest.CheckMarket}.Load(ts.MkAbs("feedfolio.yaml"))
	ts.Check(err)
	s, err := store.Open(ctx, cfg, store.Options{Now: now})
	ts.Check(err)
	in := ingest.New(s, fetcher.New(cfg, polite.New(cfg.Fetch, cfg.Hosts, polite.Options{}), log), log, now)
	for _, src := range cfg.Sources {
		ts.Check(in.Run(ctx, src).Err)
	}
	ts.Check(s.Close())
}

// await waits until a file is there that matches a pattern, and with a second argument has that text in it, with a third
// so many times.
func await(ts *testscript.TestScript, _ bool, args []string) {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !matches(ts, args) {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("nothing like %q came", args)
		}
	}
}

func matches(ts *testscript.TestScript, args []string) bool {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, f := range files {
		if len(args) == 1 {
			return true
		}
		times := 1
		if len(args) > 2 {
			times = number(ts, args[2])
		}
		if data, err := os.ReadFile(f); err == nil && strings.Count(string(data), args[1]) >= times {
			return true
		}
	}
	return false
}

// TestScripts runs each command as a user does. A script brings its own web under web/<host>/..., which is reached as
// the HTTP proxy ${WEB}, so that addresses are the same in each run.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"await": await, "publish": publish, "until": untilSays, "asked": asked, "rss": rss, "past": past},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "home-config"))
			web := filepath.Join(env.WorkDir, "web")
			if _, err := os.Stat(web); err != nil {
				return nil //nolint:nilerr // a script without a web
			}
			w, err := fetchertest.Serve(os.DirFS(web))
			if err != nil {
				return err
			}
			env.Defer(w.Close)
			env.Setenv("WEB", w.ProxyURL())
			env.Values[webKey{}] = w
			if hook, err := w.URL("hook.example"); err == nil {
				env.Setenv("HOOK", hook)
			}
			return nil
		},
	})
}
