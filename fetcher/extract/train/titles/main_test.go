package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeCorpus makes a corpus of small pages whose h1 is the headline and whose title element is for search engines; in the
// set zh the other way round.
func writeCorpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text := strings.Repeat("<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring.</p>", 3)
	for _, set := range sets {
		var gold strings.Builder
		for i := range 6 {
			h1, title := fmt.Sprintf("The finest of quay number %d", i), fmt.Sprintf("Cheap ships, dredgers, and harbour dues at pier %d", i)
			noted := h1
			if set.name == "zh" {
				noted = title
			}
			fmt.Fprintf(&gold, `{"id":"%s-%d","url":"https://www.quay%d.example/a","file":"%d.html","title":%q}`+"\n", set.name, i, i, i, noted)
			page := "<html><head><title>" + title + "</title></head><body><h1>" + h1 + "</h1>" + text + "</body></html>"
			write(t, filepath.Join(dir, set.name, fmt.Sprintf("%d.html", i)), page)
		}
		write(t, filepath.Join(dir, set.name, "gold.jsonl"), gold.String())
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFitTakesTheMostPages(t *testing.T) {
	t.Parallel()
	pages, err := load(writeCorpus(t), 3)
	if err != nil {
		t.Fatal(err)
	}
	w := fit(pages, -1)
	for _, p := range pages {
		if want := sets[p.set].name != "zh"; p.chosen(w) != want || !p.answer {
			t.Errorf("a page of %s: chosen %v, some headline right %v; want %v, true", sets[p.set].name, p.chosen(w), p.answer, want)
		}
	}
}

func TestTheSameCorpusGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	corpus, out := writeCorpus(t), t.TempDir()
	var files [2]string
	for i := range files {
		path := filepath.Join(out, fmt.Sprint(i))
		if err := run(corpus, path, 3); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(b)
	}
	if files[0] != files[1] || !strings.Contains(files[0], " h1\n") {
		t.Errorf("two fits gave\n%s\nand\n%s", files[0], files[1])
	}
}
