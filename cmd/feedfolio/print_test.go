package main

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

func TestTableFitsTheTerminal(t *testing.T) {
	t.Parallel()
	why := strings.Repeat("新浪财经的页面取不到。", 20)
	for _, tt := range []struct {
		name    string
		columns int
		want    int // columns of the longest line
	}{
		{"no terminal: all is there", 0, 8 + 440},
		{"a wide one cuts the reason", 120, 120},
		{"a narrow one leaves enough of it to say something", 40, 8 + leastFit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table := table{head: []string{"SOURCE", "WHY"}, fit: true}
			table.add("sina", why)
			table.add("xinhua", "短")
			most := 0
			for line := range strings.Lines(table.text(tt.columns)) {
				most = max(most, runewidth.StringWidth(strings.TrimSuffix(line, "\n")))
			}
			if most != tt.want && most != tt.want-1 { // a character takes two columns
				t.Errorf("the longest line has %d columns; want %d:\n%s", most, tt.want, table.text(tt.columns))
			}
		})
	}
}
