package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"feedfolio": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
		},
	})
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
			return nil
		},
	})
}
