// Command train learns the block model of fetcher/extract from a corpus of pages with marked articles.
//
//	go run ./fetcher/extract/train -corpus DIR [-out fetcher/extract/block/model.txt] [-folds 5] [-dump DIR]
//	go run ./fetcher/extract/train -corpus DIR -odds DIR/odds.jsonl
//
// It prints, for each set of the corpus, the score by cross-validation with folds by site: each page is scored by a model
// that has seen no page of its site. The model that is written has seen all pages. The same corpus gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/extract/block"
	"github.com/feedfolio/feedfolio/fetcher/extract/train/corpus"
)

func main() {
	corpus := flag.String("corpus", "", "folder of the corpus: SET/gold.jsonl, SET/pages")
	out := flag.String("out", "", "file to write the model to; empty: only cross-validate")
	folds := flag.Int("folds", 5, "folds of the cross-validation")
	dump := flag.String("dump", "", "folder to write to: cross-validated predictions, SET.jsonl; log-odds, odds.jsonl; what went wrong, errors.txt")
	odds := flag.String("odds", "", "odds.jsonl of an earlier run, to score anew after a change of what becomes of log-odds; nothing is learnt")
	oracle := flag.Bool("oracle", false, "score the labels themselves, the best any model can do")
	flag.Parse()
	if err := run(*corpus, *out, *folds, *dump, *odds, *oracle); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

var began = time.Now()

func logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
}

func run(corpus, out string, folds int, dump, odds string, oracle bool) error {
	v := block.NewVocab()
	samples, err := load(corpus, v, folds)
	if err != nil {
		return err
	}
	blocks := 0
	for _, s := range samples {
		mark(s)
		blocks += len(s.page.Blocks)
	}
	logf("%d pages, %d blocks, %d class names, %d words", len(samples), blocks, len(v.ClassNames), len(v.WordNames))
	if oracle {
		printScores("oracle", samples, func(s *sample) []float32 { return s.label }, 0.5)
		return nil
	}
	if odds != "" {
		if err := readOdds(samples, odds); err != nil {
			return err
		}
		return report(samples, dump)
	}
	return learn(samples, v, folds, out, dump)
}

// text joins the blocks whose value is at least the threshold.
func (s *sample) text(value []float32, threshold float32) string {
	var b strings.Builder
	for i := range s.page.Blocks {
		if value[i] >= threshold {
			b.WriteString(s.page.Text(i))
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

// whole is the text that the whole stage makes of a page with the second stage's log-odds.
func (s *sample) whole() (string, error) {
	body, err := corpus.ReadPage(s.path)
	if err != nil {
		return "", err
	}
	odds := make([]float32, len(s.final))
	for i, v := range s.final {
		odds[i] = v - threshold
	}
	return extract.Kept(body, extract.Input{URL: s.URL}, odds), nil
}

func printScores(name string, samples []*sample, value func(*sample) []float32, threshold float32) {
	line := fmt.Sprintf("%-10s %.3f", name, threshold)
	for _, set := range sets {
		t := tally{}
		for _, s := range samples {
			if s.set == set {
				t.add(s, s.text(value(s), threshold))
			}
		}
		line += fmt.Sprintf("  %s %.4f", set, t.value())
	}
	fmt.Println(line)
}
