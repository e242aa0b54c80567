package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs the program in this process and returns its exit code and outputs.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, func(string) string { return "" }, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.yaml", "sources: [{name: a, url: 'http://127.0.0.1:1/feed.xml'}]\n")
	bad := write("bad.yaml", "sauces: []\n")
	feed := write("feed.xml", `<rss version="2.0"><channel><title>x</title><item><title>y</title></item></channel></rss>`)
	for _, tt := range []struct {
		name string
		args []string
		want int
	}{
		{"done", []string{"check", "--config", good}, 0},
		{"every source failed", []string{"fetch", "--config", good, "--patience", "0s"}, 1},
		{"no such article", []string{"show", "x", "--config", good}, 1},
		{"an unknown command", []string{"fetsh"}, 2},
		{"an unknown flag", []string{"fetch", "--jsn"}, 2},
		{"a missing argument", []string{"show"}, 2},
		{"an unknown source", []string{"fetch", "nope", "--config", good}, 2},
		{"some inputs failed", []string{"parse", feed, filepath.Join(dir, "none.xml")}, 3},
		{"a configuration with faults", []string{"check", "--config", bad}, 4},
		{"no configuration", []string{"check", "--config", filepath.Join(dir, "none.yaml")}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, tt.args...)
			if code != tt.want {
				t.Errorf("feedfolio %s exits %d; want %d\nstdout: %s\nstderr: %s", strings.Join(tt.args, " "), code, tt.want, stdout, stderr)
			}
			if code != 0 && stderr == "" && stdout == "" {
				t.Errorf("feedfolio %s exits %d and says nothing", strings.Join(tt.args, " "), code)
			}
		})
	}
}
