package extract_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// corpusSets are the sets of the extraction corpus, when FEEDFOLIO_CORPUS names its folder.
var corpusSets = []string{"aeb", "trafilatura", "fundus", "fundus-eval", "wcxb", "zh"}

type corpusPage struct {
	ID   string `json:"id"`
	File string `json:"file"`
	URL  string `json:"url"`
	body []byte
}

// readSet reads the pages of one set; the test is skipped where there is no corpus.
func readSet(t testing.TB, set string) []corpusPage {
	t.Helper()
	dir := os.Getenv("FEEDFOLIO_CORPUS")
	if dir == "" {
		t.Skip("FEEDFOLIO_CORPUS is not set: no corpus of saved pages to run on")
	}
	f, err := os.Open(filepath.Join(dir, set, "gold.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var pages []corpusPage
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var p corpusPage
		if err := json.Unmarshal(in.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, set, p.File))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if b, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		p.body = b
		pages = append(pages, p)
	}
	return pages
}

// TestCorpus writes, to the folder FEEDFOLIO_REPORTS names, a line for each page as extract --json prints it.
func TestCorpus(t *testing.T) {
	out := os.Getenv("FEEDFOLIO_REPORTS")
	if out == "" {
		out = t.TempDir()
	}
	for _, set := range corpusSets {
		t.Run(set, func(t *testing.T) {
			f, err := os.Create(filepath.Join(out, set+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			enc := json.NewEncoder(f)
			for _, p := range readSet(t, set) {
				r, err := extract.Page(p.body, extract.Input{URL: p.URL})
				if err != nil {
					t.Logf("%s: %v", p.ID, err)
					r = &extract.Result{Remarks: []string{err.Error()}}
				}
				if err := enc.Encode(r.Report(p.ID, p.File, p.URL)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
