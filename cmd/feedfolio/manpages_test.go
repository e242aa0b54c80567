package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryCommandHasAManualPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out, fault strings.Builder
	if code := run(context.Background(), []string{"manpages", dir}, os.Getenv, strings.NewReader(""), &out, &fault); code != exitDone {
		t.Fatalf("manpages: exit %d\n%s", code, fault.String())
	}
	for _, c := range (&app{}).root().Commands() {
		if c.Hidden {
			continue
		}
		page, err := os.ReadFile(filepath.Join(dir, "feedfolio-"+c.Name()+".1"))
		if err != nil {
			t.Errorf("no page for %s: %v", c.Name(), err)
			continue
		}
		for _, want := range []string{".TH ", ".SH NAME\n", ".SH DESCRIPTION\n"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("the page of %s has no %q", c.Name(), want)
			}
		}
		for line := range strings.Lines(string(page)) {
			if strings.HasPrefix(line, ".") && !knownMacro(line) {
				t.Errorf("the page of %s has a line that the formatter would take for a macro: %q", c.Name(), line)
			}
		}
	}
}

func knownMacro(line string) bool {
	for _, m := range []string{".TH ", ".SH ", ".B ", ".BR ", ".TP", ".PP", ".nf", ".fi"} {
		if strings.HasPrefix(line, m) {
			return true
		}
	}
	return false
}
