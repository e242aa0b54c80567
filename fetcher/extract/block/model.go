package block

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/html"
)

//go:embed model.txt
var modelText string

// Default is the model that ships: what the trainer made of the development corpus.
var Default = sync.OnceValue(func() *Model {
	m, err := ReadModel(strings.NewReader(modelText))
	if err != nil {
		panic("block: the embedded model: " + err.Error())
	}
	return m
})

// Model says how likely a block belongs to the article: two forests, and what names and words are worth. A Model does not
// change and may be used from many goroutines.
type Model struct {
	Vocab     *Vocab
	First     *Forest
	Second    *Forest // sees what the first thinks of a block's surroundings; nil: one stage
	Threshold float32 // log-odds from which a block is kept
}

// Scan parts a page with the model's vocabulary.
func (m *Model) Scan(doc *html.Node) *Page { return Scan(doc, m.Vocab) }

// Score gives each block's log-odds of belonging to the article, less the threshold: blocks above 0 are to be kept.
func (m *Model) Score(p *Page, ev Evidence) []float32 {
	rows := p.featuresInto(scratch.Get().(*[]float32), ev)
	defer scratch.Put(&rows)
	odds := make([]float32, len(p.Blocks))
	for i := range odds {
		odds[i] = m.First.evalHopeful(rows[i*NumAll : i*NumAll+NumFeatures])
	}
	if m.Second != nil {
		p.Context(rows, odds)
		for i := range odds {
			if odds[i] > hopeless {
				odds[i] = m.Second.Eval(rows[i*NumAll : (i+1)*NumAll])
			}
		}
	}
	for i := range odds {
		odds[i] -= m.Threshold
	}
	return odds
}

// scratch keeps the rows of features from page to page: they are the largest thing that is made for one.
var scratch = sync.Pool{New: func() any { return new([]float32) }}

// hopeless are the log-odds below which a block is given up: the first stage's further trees and the second stage are not
// asked. Most blocks of a page are such.
const hopeless = -4.5

// Node is an inner node of a tree: blocks whose feature is at most Cut go left. A negative child is a leaf: -1-index.
type Node struct {
	Cut         float32
	Feature     int16
	Left, Right int16
	Bin         uint8 // Cut's place among the trainer's bins
}

// Tree is a regression tree.
type Tree struct {
	Nodes  []Node
	Leaves []float32
}

// Eval gives the tree's value for one row of features.
func (t *Tree) Eval(row []float32) float32 {
	if len(t.Nodes) == 0 {
		return t.Leaves[0]
	}
	for i := int16(0); ; {
		n := &t.Nodes[i]
		if row[n.Feature] <= n.Cut {
			i = n.Left
		} else {
			i = n.Right
		}
		if i < 0 {
			return t.Leaves[-1-i]
		}
	}
}

// Forest is a sum of trees: a log-odds.
type Forest struct {
	Bias  float32
	Trees []Tree
}

// Eval gives the log-odds for one row.
func (f *Forest) Eval(row []float32) float32 {
	v := f.Bias
	for i := range f.Trees {
		v += f.Trees[i].Eval(row)
	}
	return v
}

// giveUp are sums of a forest's first trees below which a block is given up: the sum goes on falling, and of a thousand
// blocks that come out above -3 not one has been so low.
var giveUp = [...]struct {
	trees int
	least float32
}{{32, -2.5}, {64, -3.6}, {96, -4.2}, {128, hopeless}, {160, hopeless}, {192, hopeless}}

// evalHopeful is Eval, but stops at a block that is given up, and says hopeless.
func (f *Forest) evalHopeful(row []float32) float32 {
	v, done := f.Bias, 0
	for _, g := range giveUp {
		if g.trees >= len(f.Trees) {
			break
		}
		for i := range f.Trees[done:g.trees] {
			v += f.Trees[done+i].Eval(row)
		}
		if done = g.trees; v < g.least {
			return min(v, hopeless)
		}
	}
	for i := range f.Trees[done:] {
		v += f.Trees[done+i].Eval(row)
	}
	return v
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// Write writes the model as text, a line for each name, word, tree and node, in an order that depends on nothing but the
// model.
func (m *Model) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "blocks 1 %d %d\nthreshold %g\n", NumFeatures, NumAll, m.Threshold)
	for id, v := range m.Vocab.ClassWeight {
		if v != 0 {
			fmt.Fprintf(b, "class %s %.3g\n", m.Vocab.ClassNames[id], v)
		}
	}
	hashes := make([]uint64, len(m.Vocab.WordNames))
	for h, id := range m.Vocab.words {
		hashes[id] = h
	}
	for id, v := range m.Vocab.WordWeight {
		if v != 0 {
			fmt.Fprintf(b, "word %x %.3g %s\n", hashes[id], v, m.Vocab.WordNames[id])
		}
	}
	for _, f := range []*Forest{m.First, m.Second} {
		if f == nil {
			continue
		}
		fmt.Fprintf(b, "forest %g\n", f.Bias)
		for i := range f.Trees {
			t := &f.Trees[i]
			fmt.Fprintf(b, "tree")
			for _, v := range t.Leaves {
				fmt.Fprintf(b, " %.4g", v)
			}
			fmt.Fprintln(b)
			for _, n := range t.Nodes {
				fmt.Fprintf(b, "%s %g %d %d\n", featureName(int(n.Feature)), n.Cut, n.Left, n.Right)
			}
		}
	}
	return b.Flush()
}

func featureName(i int) string {
	if i < NumFeatures {
		return FeatureNames[i]
	}
	return ContextNames[i-NumFeatures]
}

// ReadModel reads what Write wrote. The error names the line.
func ReadModel(r io.Reader) (*Model, error) {
	m := &Model{Vocab: newReadVocab()}
	index := map[string]int16{}
	for i := range NumAll {
		index[featureName(i)] = int16(i)
	}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	var forest *Forest
	for line := 1; in.Scan(); line++ {
		if err := m.readLine(in.Text(), index, &forest); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if m.First == nil {
		return nil, fmt.Errorf("no forest")
	}
	return m, nil
}

func (m *Model) readLine(line string, index map[string]int16, forest **Forest) error {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "blocks":
		if want := fmt.Sprintf("1 %d %d", NumFeatures, NumAll); rest != want {
			return fmt.Errorf("made for features %q, these are %q: train anew", rest, want)
		}
	case "threshold":
		return readFloat(rest, &m.Threshold)
	case "class":
		name, weight, _ := strings.Cut(rest, " ")
		m.Vocab.classes[hashString(name)] = int32(len(m.Vocab.ClassWeight))
		m.Vocab.known.add(hashString(name))
		m.Vocab.ClassWeight = append(m.Vocab.ClassWeight, 0)
		return readFloat(weight, &m.Vocab.ClassWeight[len(m.Vocab.ClassWeight)-1])
	case "word":
		hash, rest, _ := strings.Cut(rest, " ")
		weight, _, _ := strings.Cut(rest, " ")
		h, err := strconv.ParseUint(hash, 16, 64)
		if err != nil {
			return err
		}
		m.Vocab.words[h] = int32(len(m.Vocab.WordWeight))
		m.Vocab.known.add(h)
		m.Vocab.WordWeight = append(m.Vocab.WordWeight, 0)
		return readFloat(weight, &m.Vocab.WordWeight[len(m.Vocab.WordWeight)-1])
	case "forest":
		*forest = &Forest{}
		if m.First == nil {
			m.First = *forest
		} else {
			m.Second = *forest
		}
		return readFloat(rest, &(*forest).Bias)
	case "tree":
		var t Tree
		for _, v := range strings.Fields(rest) {
			t.Leaves = append(t.Leaves, 0)
			if err := readFloat(v, &t.Leaves[len(t.Leaves)-1]); err != nil {
				return err
			}
		}
		(*forest).Trees = append((*forest).Trees, t)
	default:
		f, ok := index[kind]
		if !ok || *forest == nil || len((*forest).Trees) == 0 {
			return fmt.Errorf("%q is no feature", kind)
		}
		n := Node{Feature: f}
		if _, err := fmt.Sscan(rest, &n.Cut, &n.Left, &n.Right); err != nil {
			return err
		}
		t := &(*forest).Trees[len((*forest).Trees)-1]
		t.Nodes = append(t.Nodes, n)
	}
	return nil
}

func readFloat(s string, into *float32) error {
	v, err := strconv.ParseFloat(s, 32)
	*into = float32(v)
	return err
}
