package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"strings"
	"syscall"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// output is where a command's result goes. It remembers what could not be written: a result that is lost on a full disk
// is a failure, although nothing else went wrong.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil && !errors.Is(err, syscall.EPIPE) { // who has read enough may go
		o.err = err
	}
	return n, err
}

// columns is how wide the terminal is that w writes to; 0 where it is none.
func columns(w io.Writer) int {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	wide, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return wide
}

// table prints rows in columns that are as wide as their widest cell, as a terminal shows it: a Chinese character takes
// two columns.
type table struct {
	head  []string
	right []bool // columns that are aligned to the right
	fit   bool   // the last column is cut to the room that a terminal has for it
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	fmt.Fprint(w, t.text(columns(w))) // at once: a row each would be a system call each
}

// leastFit is what the last column has in any case: a reason that is cut to less says nothing, and is broken instead.
const leastFit = 60

// text is the table for a terminal of so many columns; 0 for no terminal.
func (t *table) text(columns int) string {
	if len(t.rows) == 0 {
		return ""
	}
	width := make([]int, len(t.head))
	rows := append([][]string{t.head}, t.rows...)
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], runewidth.StringWidth(cell))
		}
	}
	last := len(width) - 1
	if t.fit && columns > 0 {
		width[last] = min(width[last], max(columns-total(width[:last]), leastFit))
	}
	var text strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			cell = shorten(cell, width[i])
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
	return text.String()
}

// total is how much room columns take, with the gap behind each.
func total(width []int) (n int) {
	for _, w := range width {
		n += w + 2
	}
	return n
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
