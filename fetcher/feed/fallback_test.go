package feed

import (
	"os"
	"strings"
	"testing"
)

func TestFallbackReadsWhatGofeedReads(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/feeds/rss20.xml")
	if err != nil {
		t.Fatal(err)
	}
	g := fallback(string(body))
	if g == nil || len(g.items) != 4 {
		t.Fatalf("fallback = %+v; want 4 items", g)
	}
	g.feed.complete(g.raw, g.items, Input{}, "")
	if it := g.feed.Items[0]; it.ID != "urn:news:1" || it.Title != "Shares rise 2% & the dollar < 1 euro" || stamp(it.Published) != "2021-05-13T07:04:38Z" || len(it.Authors) == 0 {
		t.Errorf("first item %+v", it)
	}
	if len(g.feed.Remarks) == 0 || !strings.Contains(g.feed.Remarks[0], "second parser") {
		t.Errorf("remarks %q", g.feed.Remarks)
	}
}

// TestFallbackNeverGoesDeep gives the fallback what overflows gofeed's stack: a fault that no recover catches.
func TestFallbackNeverGoesDeep(t *testing.T) {
	t.Parallel()
	const n = maxFallback / 11 / 2
	for _, doc := range []string{
		"<rss><channel><item><x:r>" + strings.Repeat("<x:a>", n) + strings.Repeat("</x:a>", n) + "</x:r></item></channel></rss>",
		"<rss><channel><item>" + strings.Repeat("<x:a>", n),
		"<rss><channel>" + strings.Repeat("x", maxFallback) + "</channel></rss>",
	} {
		if g := fallback(doc); g != nil {
			t.Errorf("fallback read %.40q...", doc)
		}
	}
}
