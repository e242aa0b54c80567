package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/extract/block"
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
		f, err := os.Open(filepath.Join(dir, set, "gold.jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		in := bufio.NewScanner(f)
		in.Buffer(nil, 64<<20)
		for in.Scan() {
			s := &sample{set: set}
			if err := json.Unmarshal(in.Bytes(), &s.gold); err != nil {
				return nil, fmt.Errorf("%s: %w", set, err)
			}
			s.path = filepath.Join(dir, set, s.File)
			body, err := readPage(s.path)
			if err != nil {
				return nil, err
			}
			s.site = siteOf(s)
			h := fnv.New32a()
			io.WriteString(h, "fold "+s.site)
			s.fold = int(h.Sum32() % uint32(folds))
			s.page, s.ev = extract.Blocks(body, extract.Input{URL: s.URL}, v)
			out = append(out, s)
		}
		if err := in.Err(); err != nil {
			return nil, err
		}
		f.Close()
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("corpus %q has none of the sets %q", dir, sets)
	}
	return out, nil
}

func readPage(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(z)
}

// siteOf names a page's site by the last label that people register, whatever the country: pages of one publisher must
// not stand on both sides of a split.
func siteOf(s *sample) string {
	if s.set == "zh" {
		name, _, _ := strings.Cut(s.ID, "-")
		return name
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" {
		return s.ID
	}
	host := strings.ToLower(u.Hostname())
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = d
	}
	name, _, _ := strings.Cut(host, ".")
	return name
}
