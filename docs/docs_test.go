// Package docs_test tries what the documents say: their YAML is read by the real configuration, their commands, flags
// and make targets exist, and their links lead somewhere.
package docs_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
)

// documents returns every Markdown file that is for readers, by path from this folder.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, path := range append(paths, top...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		docs[path] = string(data)
	}
	if len(docs) < 5 {
		t.Fatalf("found %d documents; want the README and its kin", len(docs))
	}
	return docs
}

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```")

// blocks returns the fenced blocks of a document that are in one of the languages.
func blocks(doc string, languages ...string) []string {
	var out []string
	for _, m := range fence.FindAllStringSubmatch(doc, -1) {
		if slices.Contains(languages, m[1]) {
			out = append(out, m[2])
		}
	}
	return out
}

func TestYAMLBlocksAreGoodConfigurations(t *testing.T) {
	t.Parallel()
	options := config.Options{
		Getenv:   func(string) string { return "set" },
		ReadFile: func(string) (string, error) { return "secret", nil },
	}
	for path, doc := range documents(t) {
		for _, block := range blocks(doc, "yaml") {
			if _, err := options.Parse(path, []byte(block)); err != nil {
				t.Errorf("%s has a YAML block that is refused:\n%s\n%v", path, block, err)
			}
		}
	}
}

var target = regexp.MustCompile(`(?m)^([a-z-]+):`)

func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, m := range target.FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, m[1])
	}
	used := regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)")
	for path, doc := range documents(t) {
		for _, m := range used.FindAllStringSubmatch(doc, -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s uses make %s; the Makefile has no such target", path, m[1])
			}
		}
	}
}

func TestTheProgramIsAsTheDocumentsSay(t *testing.T) {
	t.Parallel()
	feedfolio := build(t)
	t.Run("commands and flags exist", func(t *testing.T) { commandsExist(t, feedfolio) })
	t.Run("what init writes is a good configuration", func(t *testing.T) { starterIsGood(t, feedfolio) })
	t.Run("Python reads the archive as they say", func(t *testing.T) { pythonRuns(t, feedfolio) })
}

func commandsExist(t *testing.T, feedfolio string) {
	used := regexp.MustCompile("(?m)(?:^|`|/)feedfolio ([a-z]+)([^`#|\n]*)")
	help := map[string]string{}
	for path, doc := range documents(t) {
		for _, m := range used.FindAllStringSubmatch(doc, -1) {
			verb := m[1]
			if _, ok := help[verb]; !ok {
				out, err := run(t, t.TempDir(), feedfolio, verb, "--help")
				if err != nil || !strings.Contains(out, "\n  feedfolio "+verb) { // an unknown command gets the general help
					t.Errorf("%s uses feedfolio %s: no such command (%v)\n%s", path, verb, err, out)
				}
				help[verb] = out
			}
			for word := range strings.FieldsSeq(m[2]) {
				if flag, _, _ := strings.Cut(word, "="); strings.HasPrefix(flag, "--") && !strings.Contains(help[verb], flag) {
					t.Errorf("%s uses feedfolio %s %s; its help has no such flag", path, verb, flag)
				}
			}
		}
	}
	if len(help) < 5 {
		t.Errorf("the documents use %d commands; the pattern finds too few", len(help))
	}
}

func starterIsGood(t *testing.T, feedfolio string) {
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "news"}, {"check", "--config", filepath.Join("news", "feedfolio.yaml")}} {
		if out, err := run(t, dir, feedfolio, args...); err != nil {
			t.Fatalf("feedfolio %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// pythonRuns runs each block of Python where a demo's archive and its export are.
func pythonRuns(t *testing.T, feedfolio string) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 is installed")
	}
	dir := t.TempDir()
	if out, err := run(t, dir, feedfolio, "demo", "."); err != nil {
		t.Fatalf("feedfolio demo: %v\n%s", err, out)
	}
	out, err := run(t, dir, feedfolio, "export")
	if err != nil {
		t.Fatalf("feedfolio export: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "articles.jsonl"), []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for path, doc := range documents(t) {
		for _, block := range blocks(doc, "python") {
			ran++
			if out, err := run(t, dir, python, "-c", block); err != nil || out == "" {
				t.Errorf("%s has Python that fails:\n%s\n%v\n%s", path, block, err, out)
			}
		}
	}
	if ran == 0 {
		t.Error("no document has Python")
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

func TestLinksLeadToFiles(t *testing.T) {
	t.Parallel()
	for path, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(doc, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
}

// build makes the program with the flags of make build, which make test runs first: what is left to do is to link.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "feedfolio")
	if out, err := run(t, "..", "go", "build", "-trimpath", "-buildvcs=false", "-o", bin, "./cmd/feedfolio"); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

func run(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
