package block

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// A page whose memory another one has used before is scanned as one that has its own.
func TestRelease(t *testing.T) {
	page := func(text string) (*Page, []float32) {
		doc, err := html.Parse(strings.NewReader("<body class=article><h1>A title</h1>" + strings.Repeat("<div class=story-body id=x><p>"+text+" <a href=b>and a link</a>.</p></div>", 40)))
		if err != nil {
			t.Fatal(err)
		}
		p := Default().Scan(doc)
		return p, Default().Score(p, Evidence{})
	}
	const long = "The first page holds much more text than the second, and other words"
	fresh, odds := page("A second page")
	for range 3 {
		used, _ := page(long)
		used.Release()
		again, scores := page("A second page")
		if len(again.Blocks) != len(fresh.Blocks) || len(again.Boxes) != len(fresh.Boxes) {
			t.Fatalf("in used memory the page has %d blocks in %d boxes; want %d in %d", len(again.Blocks), len(again.Boxes), len(fresh.Blocks), len(fresh.Boxes))
		}
		for i := range odds {
			if again.Text(i) != fresh.Text(i) || again.Blocks[i] != fresh.Blocks[i] || scores[i] != odds[i] || len(again.Nodes(i)) != len(fresh.Nodes(i)) {
				t.Fatalf("in used memory block %d is %q with odds %v; want %q, %v", i, again.Text(i), scores[i], fresh.Text(i), odds[i])
			}
		}
		again.Release()
	}
}
