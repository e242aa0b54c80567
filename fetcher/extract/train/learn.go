package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// first and second are the settings of the two stages.
var (
	draft  = settings{trees: 50, leaves: 20, rate: 0.2, l2: 10, minHess: 8, columns: 0.3, rows: 0.6, seed: 3}
	first  = settings{trees: 110, leaves: 20, rate: 0.1, l2: 10, minHess: 8, columns: 0.3, rows: 0.6, seed: 1, bags: 2}
	second = settings{trees: 90, leaves: 14, rate: 0.08, l2: 15, minHess: 10, columns: 0.3, rows: 0.6, seed: 2, bags: 2}
)

// learn cross-validates both stages, then fits the model that ships.
func learn(samples []*sample, v *block.Vocab, folds int, out, dump string) error {
	t := newTables(samples, v, folds)
	for _, s := range samples {
		s.prob = make([]float32, len(s.page.Blocks))
		s.final = make([]float32, len(s.page.Blocks))
	}
	for k := range folds {
		m := fitFirst(samples, v, t, k)
		for _, s := range samples {
			if s.fold == k {
				rows := s.features(v, t, k)
				m.predict(rows, s.prob)
			}
		}
		logf("stage 1, fold %d", k)
	}
	for _, th := range []float32{-0.8, -0.4, 0, 0.4} {
		printScores("stage 1", samples, func(s *sample) []float32 { return s.prob }, th)
	}
	gains := make([]float64, block.NumAll)
	for k := range folds {
		m := fitSecond(samples, v, t, k, gains)
		for _, s := range samples {
			if s.fold == k {
				rows := s.features(v, t, k)
				s.page.Context(rows, s.prob)
				m.predict(rows, s.final)
			}
		}
		logf("stage 2, fold %d", k)
	}
	for _, th := range []float32{-0.4, -0.2, 0, 0.1, 0.2, 0.4} {
		printScores("stage 2", samples, func(s *sample) []float32 { return s.final }, th)
	}
	for _, th := range []float32{-0.4, -0.2, 0, 0.1, 0.2, 0.4} {
		printScores(fmt.Sprintf("mended %+.1f", th), samples, func(s *sample) []float32 { return s.mended(th) }, 0)
	}
	printGains(gains)
	if err := report(samples, dump); err != nil {
		return err
	}
	if out != "" {
		return ship(samples, v, t, out)
	}
	return nil
}

// report scores what the whole stage makes of the pages with the cross-validated log-odds, and writes it to a folder.
func report(samples []*sample, dump string) error {
	sums := map[string]*tally{}
	for _, set := range sets {
		sums[set] = &tally{}
	}
	for _, s := range samples {
		text, err := s.whole()
		if err != nil {
			return err
		}
		s.result, s.f1 = text, sums[s.set].add(s, text)
	}
	line := "whole stage     "
	for _, set := range sets {
		line += fmt.Sprintf("  %s %.4f", set, sums[set].value())
	}
	fmt.Println(line)
	if dump == "" {
		return nil
	}
	if err := writePredictions(samples, dump); err != nil {
		return err
	}
	if err := writeOdds(samples, filepath.Join(dump, "odds.jsonl")); err != nil {
		return err
	}
	return writeErrors(samples, filepath.Join(dump, "errors.txt"))
}

// threshold is the log-odds from which a block is kept.
const threshold = -0.2

// ship fits both stages on all pages and writes the model. The second learns from what first stages that had not seen a
// page said of it, as it will have to.
func ship(samples []*sample, v *block.Vocab, t *tables, out string) error {
	a := fitFirst(samples, v, t, -1)
	b := fitSecond(samples, v, t, -1, make([]float64, block.NumAll))
	v.Weigh(t.weights(-1, -1))
	m := &block.Model{Vocab: v, First: a.forest, Second: b.forest, Threshold: threshold}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := m.Write(f); err != nil {
		return err
	}
	logf("wrote %s", out)
	return f.Close()
}

// mended are the second stage's log-odds above a threshold, put right page by page as in use.
func (s *sample) mended(th float32) []float32 {
	out := make([]float32, len(s.final))
	for i, v := range s.final {
		out[i] = v - th
	}
	s.page.Mend(out)
	return out
}

type model struct{ forest *block.Forest }

func (m model) predict(rows []float32, into []float32) {
	for i := range into {
		into[i] = m.forest.Eval(rows[i*block.NumAll : (i+1)*block.NumAll])
	}
}

// features describes the blocks of one page with weights of names learnt without the page's own fold and without fold k.
func (s *sample) features(v *block.Vocab, t *tables, k int) []float32 {
	v.Weigh(t.weights(s.fold, k))
	return s.page.Features(s.ev)
}

// fitStage fits one stage on all pages but those of fold k (-1: on all).
func fitStage(samples []*sample, v *block.Vocab, t *tables, k int, st settings, context bool, gains []float64) model {
	width := block.NumFeatures
	if context {
		width = block.NumAll
	}
	var rows []float32
	d := &data{width: width}
	for page, s := range samples {
		if s.fold == k {
			continue
		}
		f := s.features(v, t, k)
		if context {
			s.page.Context(f, s.prob)
		}
		for i := range s.page.Blocks {
			if s.weight[i] == 0 {
				continue
			}
			w := s.weight[i] * setWeight[s.set]
			if s.label[i] < 0.5 && w < 0.006 && skip(s, i, f[i*block.NumAll:]) {
				if (i+len(s.ID))%4 != 0 {
					continue
				}
				w *= 4
			}
			rows = append(rows, f[i*block.NumAll:i*block.NumAll+width]...)
			d.label = append(d.label, s.label[i])
			d.weight = append(d.weight, w)
			d.group = append(d.group, int32(page))
		}
	}
	d.cuts = makeCuts(rows, width, 3)
	for _, f := range block.PageWide {
		if f < width {
			d.cuts[f] = nil
		}
	}
	d.bins = binRows(rows, width, d.cuts)
	if gains == nil {
		gains = make([]float64, width)
	}
	if k <= 0 {
		logf("%d rows of %d features", len(d.label), width)
	}
	return model{bag(d, st, gains)}
}

// fitFirst fits the first stage twice: the first model guesses the labels that the phrases of the trafilatura set leave
// open, the second learns from these too.
func fitFirst(samples []*sample, v *block.Vocab, t *tables, k int) model {
	m := fitStage(samples, v, t, k, draft, false, nil)
	guessed := make([][]float32, len(samples))
	for n, s := range samples {
		if s.fold == k || s.set != "trafilatura" {
			continue
		}
		odds := make([]float32, len(s.page.Blocks))
		m.predict(s.features(v, t, k), odds)
		guessed[n] = odds
		s.guess(odds)
	}
	m = fitStage(samples, v, t, k, first, false, nil)
	for n, s := range samples {
		if guessed[n] != nil {
			s.forget()
		}
	}
	return m
}

// fitSecond fits the second stage, with what the first thinks of the blocks whose labels are open.
func fitSecond(samples []*sample, v *block.Vocab, t *tables, k int, gains []float64) model {
	for _, s := range samples {
		if s.fold != k && s.set == "trafilatura" {
			s.guess(s.prob)
		}
	}
	m := fitStage(samples, v, t, k, second, true, gains)
	for _, s := range samples {
		if s.fold != k && s.set == "trafilatura" {
			s.forget()
		}
	}
	return m
}

// guess labels the blocks that have no label by a model's log-odds, with weights by its confidence.
func (s *sample) guess(odds []float32) {
	s.known = append(s.known[:0], s.weight...)
	var kept float32
	for i := range odds {
		if odds[i] > 0 {
			kept += float32(s.page.Blocks[i].Len())
		}
	}
	for i := range odds {
		if s.weight[i] > 0 {
			continue
		}
		p := 1 / (1 + math.Exp(-float64(odds[i])))
		s.label[i] = 0
		if p > 0.5 {
			s.label[i] = 1
		}
		sure := float32(math.Abs(2*p - 1))
		s.weight[i] = min((float32(s.page.Blocks[i].Len())/(kept+100)+0.004)*sure*sure, 0.3) * guessWeight
	}
}

const guessWeight = 0.5

// setWeight balances the sets: the small ones that people marked by hand against the large ones.
var setWeight = map[string]float32{"aeb": 2, "trafilatura": 0.8, "fundus": 1, "fundus-eval": 2.5, "wcxb": 0.7, "zh": 2}

// forget takes the guesses back.
func (s *sample) forget() {
	for i := range s.known {
		if s.known[i] == 0 {
			s.label[i], s.weight[i] = -1, 0
		}
	}
}

// bag fits a stage several times, each from other pages and features, and averages.
func bag(d *data, st settings, gains []float64) *block.Forest {
	var all block.Forest
	n := float32(max(st.bags, 1))
	var forests []*block.Forest
	for i := range max(st.bags, 1) {
		st.seed += int64(100 * i)
		f := fit(d, st, gains)
		all.Bias += f.Bias / n
		forests = append(forests, f)
	}
	for k := range st.trees { // in turns, so that the sum of the first trees is near the whole
		for _, f := range forests {
			t := f.Trees[k]
			for j := range t.Leaves {
				t.Leaves[j] /= n
			}
			all.Trees = append(all.Trees, t)
		}
	}
	return &all
}

// skip says whether a block is one of the many short links around an article, of which a quarter is enough.
func skip(s *sample, i int, f []float32) bool {
	return s.page.Blocks[i].Len() < 60
}

// tables hold, by fold, on how many sites a name stood on blocks inside and outside of articles.
type tables struct {
	folds       int
	class, word [][]count // fold, id
	cache       map[[2]int][2][]float32
}

type count struct{ in, out float32 }

// newTables counts each site once for each name: the share of its blocks with the name that are in the article.
func newTables(samples []*sample, v *block.Vocab, folds int) *tables {
	t := &tables{folds: folds, cache: map[[2]int][2][]float32{}}
	for range folds {
		t.class = append(t.class, make([]count, len(v.ClassNames)))
		t.word = append(t.word, make([]count, len(v.WordNames)))
	}
	class, word := map[nameAt]count{}, map[nameAt]count{}
	foldOf := map[string]int{}
	for _, s := range samples {
		foldOf[s.site] = s.fold
		for b := range s.page.Boxes {
			ids := s.page.ClassesOf(b)
			if len(ids) == 0 {
				continue
			}
			lo, hi := s.page.Span(b)
			var c count
			for i := lo; i < hi; i++ {
				if s.label[i] < 0 {
					continue
				}
				w := s.weight[i]
				c.in += w * s.label[i]
				c.out += w * (1 - s.label[i])
			}
			for _, id := range ids {
				x := class[nameAt{s.site, id}]
				x.in += c.in
				x.out += c.out
				class[nameAt{s.site, id}] = x
			}
		}
		for i := range s.page.Blocks {
			if s.label[i] < 0 || s.weight[i] == 0 {
				continue
			}
			for _, id := range s.page.WordsOf(i) {
				x := word[nameAt{s.site, id}]
				x.in += s.label[i]
				x.out += 1 - s.label[i]
				word[nameAt{s.site, id}] = x
			}
		}
	}
	addUp(t.class, class, foldOf)
	addUp(t.word, word, foldOf)
	return t
}

// nameAt is a name on the pages of one site.
type nameAt struct {
	site string
	id   int32
}

// addUp adds each site's shares to its fold, always in the same order, since sums of fractions depend on it.
func addUp(by [][]count, counts map[nameAt]count, foldOf map[string]int) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b nameAt) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.site, b.site))
	})
	for _, k := range keys {
		c := counts[k]
		sum := c.in + c.out
		if sum <= 0 {
			continue
		}
		e := &by[foldOf[k.site]][k.id]
		e.in += c.in / sum
		e.out += c.out / sum
	}
}

// weights are the log-odds of all names, learnt without the folds a and b.
func (t *tables) weights(a, b int) (class, word []float32) {
	key := [2]int{min(a, b), max(a, b)}
	if c, ok := t.cache[key]; ok {
		return c[0], c[1]
	}
	class, word = t.odds(t.class, a, b, 3, 0.25), t.odds(t.word, a, b, 4, 0.9)
	t.cache[key] = [2][]float32{class, word}
	return class, word
}

// odds leaves out names that are on fewer than fewest sites or say less than least: most names say nothing.
func (t *tables) odds(by [][]count, a, b int, fewest, least float32) []float32 {
	out := make([]float32, len(by[0]))
	var in, outside float64
	for id := range out {
		var c count
		for f := range by {
			if f != a && f != b {
				c.in += by[f][id].in
				c.out += by[f][id].out
			}
		}
		if c.in+c.out < fewest {
			continue
		}
		in += float64(c.in)
		outside += float64(c.out)
		out[id] = float32(math.Log(float64(c.in+0.5) / float64(c.out+0.5)))
	}
	prior := float32(math.Log((in + 1) / (outside + 1)))
	for id := range out {
		if out[id] != 0 {
			out[id] -= prior
			if out[id] > -least && out[id] < least {
				out[id] = 0
			}
		}
	}
	return out
}

func printGains(gains []float64) {
	names := append(append([]string{}, block.FeatureNames...), block.ContextNames...)
	idx := make([]int, len(gains))
	for i := range idx {
		idx[i] = i
	}
	sort.Slice(idx, func(a, b int) bool { return gains[idx[a]] > gains[idx[b]] })
	for _, i := range idx[:40] {
		fmt.Printf("%s:%.0f ", names[i], gains[i])
	}
	fmt.Println()
}

func writePredictions(samples []*sample, dir string) error {
	files := map[string]*json.Encoder{}
	for _, set := range sets {
		f, err := os.Create(filepath.Join(dir, set+".jsonl"))
		if err != nil {
			return err
		}
		defer f.Close()
		files[set] = json.NewEncoder(f)
	}
	for _, s := range samples {
		if err := files[s.set].Encode(map[string]any{"id": s.ID, "text": s.result}); err != nil {
			return err
		}
	}
	return nil
}

// pageOdds is a line of odds.jsonl.
type pageOdds struct {
	Set  string    `json:"set"`
	ID   string    `json:"id"`
	Odds []float32 `json:"odds"`
}

func writeOdds(samples []*sample, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	for _, s := range samples {
		if err := enc.Encode(pageOdds{s.set, s.ID, s.final}); err != nil {
			return err
		}
	}
	return f.Close()
}

// readOdds reads what writeOdds wrote for the same corpus.
func readOdds(samples []*sample, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := json.NewDecoder(f)
	for _, s := range samples {
		var p pageOdds
		if err := in.Decode(&p); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if p.Set != s.set || p.ID != s.ID || len(p.Odds) != len(s.page.Blocks) {
			return fmt.Errorf("%s: odds of %d blocks of %s %s where the corpus has %d of %s %s", path, len(p.Odds), p.Set, p.ID, len(s.page.Blocks), s.set, s.ID)
		}
		s.final = p.Odds
	}
	return nil
}

// writeErrors lists, page by page and the worst first, the blocks that are decided wrongly.
func writeErrors(samples []*sample, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, set := range sets {
		var pages []*sample
		for _, s := range samples {
			if s.set == set {
				pages = append(pages, s)
			}
		}
		sort.SliceStable(pages, func(a, b int) bool { return pages[a].f1 < pages[b].f1 })
		for _, s := range pages {
			if s.f1 > 0.995 {
				break
			}
			fmt.Fprintf(w, "== %s %.3f %s %s\n", set, s.f1, s.ID, s.URL)
			odds := s.mended(threshold)
			n := 0
			for i := range s.page.Blocks {
				if s.weight[i] == 0 || (s.label[i] >= 0.5) == (odds[i] > 0) || n > 12 {
					continue
				}
				n++
				text := s.page.Text(i)
				fmt.Fprintf(w, "  %s w %.3f  odds %5.1f  mended %5.1f  [%s] %.150q\n", map[bool]string{true: "LOST", false: "JUNK"}[s.label[i] >= 0.5], s.weight[i], s.final[i], odds[i], s.page.Path(i), text)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
