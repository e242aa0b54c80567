// Command titles fits the title model of fetcher/extract to a corpus of pages whose headlines people noted.
//
//	go run ./fetcher/extract/train/titles -corpus DIR [-out fetcher/extract/titles.txt] [-folds 10]
//
// The model is a sum of weights over the features of a headline (extract.TitleFeatures), fitted so that among the headlines
// of a page the noted one is the likeliest. Printed are, for each set of the corpus, the share of pages on which some
// headline is the noted one, and on which the chosen one is: by cross-validation with folds by site (each page judged by a
// model that has seen no page of its site), then by the model of all pages, which is written. The same corpus gives the same bytes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/extract/train/corpus"
)

// sets are the folders of the corpus that note headlines, and what a page of each counts. Pages of newsrooms and Chinese pages are few and count more.
var sets = []struct {
	name   string
	weight float64
}{{"fundus", 4}, {"trafilatura", 1}, {"wcxb", 1}, {"zh", 3}}

const (
	rounds = 300
	ridge  = 5 // pulls weights towards 0: a feature must show on several sites
)

// page is one page of the corpus.
type page struct {
	set    int
	fold   int
	texts  []extract.Headline
	right  []bool // which of them are the noted headline
	answer bool   // some of them is
}

func main() {
	corpus := flag.String("corpus", "", "folder of the corpus: SET/gold.jsonl, SET/pages")
	out := flag.String("out", "", "file to write the model to; empty: only cross-validate")
	folds := flag.Int("folds", 10, "folds of the cross-validation")
	flag.Parse()
	if err := run(*corpus, *out, *folds); err != nil {
		fmt.Fprintln(os.Stderr, "titles:", err)
		os.Exit(1)
	}
}

func run(corpus, out string, folds int) error {
	pages, err := load(corpus, folds)
	if err != nil {
		return err
	}
	report("some headline is right", pages, func(p *page) bool { return p.answer })
	models := make([][]float64, folds)
	for k := range models {
		models[k] = fit(pages, k)
	}
	report("chosen, by cross-validation", pages, func(p *page) bool { return p.chosen(models[p.fold]) })
	all := fit(pages, -1)
	report("chosen, by the model of all pages", pages, func(p *page) bool { return p.chosen(all) })
	if out == "" {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# The weights of the title model, made by fetcher/extract/train/titles. Of a page's headlines, the one with the highest sum is\n")
	b.WriteString("# taken. \"(news)\" counts on pages whose JSON-LD says NewsArticle, beside the weight of the place itself.\n")
	for i, name := range extract.TitleFeatures() {
		fmt.Fprintf(&b, "%5.2f %s\n", all[i], name)
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

func load(dir string, folds int) ([]*page, error) {
	type gold struct{ ID, URL, File, Title string }
	var pages []*page
	for i, set := range sets {
		err := corpus.Each(dir, set.name, func(g gold) error {
			if g.Title == "" {
				return nil
			}
			body, err := corpus.ReadPage(filepath.Join(dir, set.name, g.File))
			if err != nil {
				return err
			}
			p := &page{set: i, texts: extract.Headlines(body, extract.Input{URL: g.URL}), fold: corpus.Fold(corpus.Site(g.URL, g.ID), folds)}
			for _, t := range p.texts {
				ok := plain(t.Text) == plain(g.Title)
				p.right = append(p.right, ok)
				p.answer = p.answer || ok
			}
			pages = append(pages, p)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// plain squeezes white space and makes quotes alike, as headlines are compared.
func plain(s string) string {
	s = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "\u00a0", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// sums are the scores of a page's headlines.
func (p *page) sums(w []float64) []float64 {
	s := make([]float64, len(p.texts))
	for i, t := range p.texts {
		for k, v := range t.Features {
			s[i] += w[k] * v
		}
	}
	return s
}

// chosen says whether the headline with the highest score is right.
func (p *page) chosen(w []float64) bool {
	best := -1
	s := p.sums(w)
	for i := range s {
		if best < 0 || s[i] > s[best] {
			best = i
		}
	}
	return best >= 0 && p.right[best]
}

// fit learns the weights from the pages outside of one fold: gradient ascent on the log-likelihood of the right headline
// among the page's.
func fit(pages []*page, without int) []float64 {
	w := make([]float64, len(extract.TitleFeatures()))
	square := make([]float64, len(w))
	for range rounds {
		grad := make([]float64, len(w))
		for _, p := range pages {
			if p.fold != without && p.answer {
				p.push(w, grad)
			}
		}
		for k := range w {
			g := grad[k] - ridge*w[k]
			square[k] += g * g
			w[k] += 0.5 * g / (math.Sqrt(square[k]) + 1e-9)
		}
	}
	for k := range w {
		w[k] = math.Round(w[k]*100) / 100 // as it is written
	}
	return w
}

// push adds a page's part of the gradient.
func (p *page) push(w, grad []float64) {
	s := p.sums(w)
	most := s[0]
	for _, v := range s {
		most = max(most, v)
	}
	var all, right float64
	for i := range s {
		s[i] = math.Exp(s[i] - most)
		all += s[i]
		if p.right[i] {
			right += s[i]
		}
	}
	for i, t := range p.texts {
		d := -s[i] / all
		if p.right[i] {
			d += s[i] / right
		}
		d *= sets[p.set].weight
		for k, v := range t.Features {
			grad[k] += d * v
		}
	}
}

func report(what string, pages []*page, ok func(*page) bool) {
	fmt.Printf("%-36s", what)
	for i, set := range sets {
		n, hits := 0, 0
		for _, p := range pages {
			if p.set != i {
				continue
			}
			n++
			if ok(p) {
				hits++
			}
		}
		fmt.Printf("  %s %.3f", set.name, float64(hits)/float64(max(n, 1)))
	}
	fmt.Println()
}
