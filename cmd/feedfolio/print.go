package main

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"

	"github.com/mattn/go-runewidth"
)

// table prints rows in columns that are as wide as their widest cell, as a terminal shows it: a Chinese character takes
// two columns.
type table struct {
	head  []string
	right []bool // columns that are aligned to the right
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	width := make([]int, len(t.head))
	rows := append([][]string{t.head}, t.rows...)
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], runewidth.StringWidth(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-runewidth.StringWidth(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if i < len(t.right) && t.right[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	fmt.Fprint(w, text.String()) // at once: a row each would be a system call each
}

func plural(n int, word string) string { return plural2(n, word, word+"s") }

func plural64(n int64, word string) string { return plural(int(n), word) }

func plural2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size is a number of bytes as people read it.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// shorten cuts s to a width in columns.
func shorten(s string, columns int) string { return runewidth.Truncate(s, columns, "…") }

func mapKeys[M ~map[string]V, V any](m M) iter.Seq[string] { return maps.Keys(m) }
