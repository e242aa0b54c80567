package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/extract/block"
	"github.com/feedfolio/feedfolio/fetcher/extract/train/corpus"
)

// sets are the corpus's folders, in the order in which they are read.
var sets = []string{"aeb", "trafilatura", "fundus", "fundus-eval", "wcxb", "zh"}

// gold is one line of a set's gold.jsonl.
type gold struct {
	ID         string   `json:"id"`
	URL        string   `json:"url"`
	File       string   `json:"file"`
	Summary    string   `json:"summary"`
	Body       string   `json:"body"`
	Paragraphs []string `json:"paragraphs"`
	With       []string `json:"with"`
	Without    []string `json:"without"`
}

// sample is one page of the corpus.
type sample struct {
	gold
	set  string
	path string // of the page's file
	site string
	fold int
	page *block.Page
	ev   block.Evidence

	label  []float32 // of each block: share of it that is in the gold; -1 where the gold does not tell
	weight []float32 // of each block
	known  []float32 // the weights before guesses
	prob   []float32 // first stage, by a model that has not seen the page's site
	final  []float32 // second stage, likewise
	result string    // the whole stage's text with these
	f1     float64   // its score
}

// load reads and scans all pages.
func load(dir string, v *block.Vocab, folds int) ([]*sample, error) {
	var out []*sample
	for _, set := range sets {
		if _, err := os.Stat(filepath.Join(dir, set, "gold.jsonl")); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := corpus.Each(dir, set, func(g gold) error {
			s := &sample{gold: g, set: set, path: filepath.Join(dir, set, g.File)}
			body, err := corpus.ReadPage(s.path)
			if err != nil {
				return err
			}
			s.site = siteOf(s)
			s.fold = corpus.Fold(s.site, folds)
			s.page, s.ev = extract.Blocks(body, extract.Input{URL: s.URL}, v)
			out = append(out, s)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("corpus %q has none of the sets %q", dir, sets)
	}
	return out, nil
}

// siteOf names a page's site; of the Chinese set it is in the id.
func siteOf(s *sample) string {
	if s.set == "zh" {
		name, _, _ := strings.Cut(s.ID, "-")
		return name
	}
	return corpus.Site(s.URL, s.ID)
}
