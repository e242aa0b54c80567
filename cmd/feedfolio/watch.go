package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// lookEvery is how often the files of the configuration are looked at. They are looked at, and not waited for, since the
// system tells nothing of a link that leads elsewhere, of a folder that is put in another's place or of most network
// file systems, which is how configurations are deployed.
const lookEvery = time.Second

// watched is how the files were that a configuration was read from, by their paths and by the patterns that they match.
type watched map[string]string

// note looks at a file that is about to be read, so that no later change of it goes unseen.
func (w watched) note(pathOrPattern string) { w[pathOrPattern] = looks(pathOrPattern) }

// again looks at the same files again.
func (w watched) again() watched {
	now := make(watched, len(w))
	for p := range maps.Keys(w) {
		now.note(p)
	}
	return now
}

// every is how long it is until they are looked at again: thousands of files less often, so that it costs nothing.
func (w watched) every() time.Duration {
	files := 0
	for _, how := range w {
		files += strings.Count(how, "\n")
	}
	return max(lookEvery, time.Duration(files)*5*time.Millisecond)
}

// looks says how a file is, and those that match it as a pattern: where it is, how large, and when it was changed.
func looks(pathOrPattern string) string {
	paths := []string{pathOrPattern}
	if strings.ContainsAny(pathOrPattern, "*?[") {
		found, _ := filepath.Glob(pathOrPattern) // what is no pattern was refused when it was read
		slices.Sort(found)
		paths = append(paths, found...)
	}
	var b strings.Builder
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			fmt.Fprintf(&b, "%s: none\n", p)
			continue
		}
		at, _ := filepath.EvalSymlinks(p)
		fmt.Fprintf(&b, "%s: %d %s %d\n", p, info.ModTime().UnixNano(), at, info.Size())
	}
	return b.String()
}
