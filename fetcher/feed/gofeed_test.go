package feed

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
)

// TestAgreesWithGofeed has gofeed read the feeds in testdata, and those below FEEDFOLIO_FEEDS where that is set. On what
// both read they must agree: as many items at least, the same titles, links and identifiers. With FEEDFOLIO_FEEDS it
// only reports.
func TestAgreesWithGofeed(t *testing.T) {
	t.Parallel()
	root, strict := os.Getenv("FEEDFOLIO_FEEDS"), false
	if root == "" {
		root, strict = "testdata/feeds", true
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".golden.json") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, diff := range gofeedDifferences(body) {
			if strict {
				t.Errorf("%s: %s", path, diff)
			} else {
				t.Logf("%s: %s", path, diff)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// zoned matches a date whose clock is not left open: gofeed takes UTC then, we the feed's language.
var zoned = regexp.MustCompile(`(Z|GMT|UTC|[+-]\d\d:?\d\d)\s*$`)

func gofeedDifferences(body []byte) []string {
	want, err := gofeed.NewParser().ParseString(string(body))
	if err != nil {
		return nil
	}
	got, err := Parse(body, Input{})
	if err != nil {
		return []string{"gofeed reads it: " + err.Error()}
	}
	var diffs []string
	differ := func(what, got, want string) {
		got, want = squash(got), squash(plainText(want, kindGuess))
		if !strings.EqualFold(got, want) && want != "" { // gofeed writes an identifier's scheme in lower case
			diffs = append(diffs, what+": got "+clip(got, 120)+"; gofeed has "+clip(want, 120))
		}
	}
	differ("title", got.Title, want.Title)
	differ("link", got.Link, want.Link)
	if len(got.Items) < len(want.Items) {
		return append(diffs, "fewer items than gofeed")
	}
	if len(got.Items) > len(want.Items) {
		return append(diffs, "more items than gofeed")
	}
	for i, w := range want.Items {
		g := got.Items[i]
		differ("item title", g.Title, w.Title)
		differ("item link", g.Link, w.Link)
		differ("item id", g.ID, w.GUID)
		if w.PublishedParsed != nil && g.Published.IsZero() && g.Updated.IsZero() {
			diffs = append(diffs, "no date: "+w.Published)
		}
		if w.PublishedParsed != nil && !g.Published.IsZero() && zoned.MatchString(w.Published) && g.Published.Unix() != w.PublishedParsed.Unix() {
			diffs = append(diffs, "date "+w.Published+" read as "+g.Published.String()+"; gofeed has "+w.PublishedParsed.String())
		}
		if w.Content != "" && g.Content == "" && g.Summary == "" {
			diffs = append(diffs, "no content")
		}
		if len(w.Authors) > len(g.Authors) {
			diffs = append(diffs, "fewer authors")
		}
		if len(w.Categories) > len(g.Categories) {
			diffs = append(diffs, "fewer categories")
		}
		if len(w.Enclosures) > len(g.Enclosures) {
			diffs = append(diffs, "fewer enclosures")
		}
		if len(diffs) > 8 {
			break
		}
	}
	return diffs
}
