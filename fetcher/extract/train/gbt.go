package main

import (
	"math"
	"math/rand"
	"slices"
	"sync"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// settings of one boosted model.
type settings struct {
	trees   int
	leaves  int
	rate    float64
	l2      float64
	minHess float64
	columns float64 // share of features a tree may use
	rows    float64 // share of rows a tree learns from
	seed    int64
	bags    int // how often a stage is fitted and averaged
}

const maxBins = 64

// data is the training set of one fit: binned features, column by column, since a histogram reads one column at a time.
type data struct {
	width  int
	bins   [][]uint8   // by feature, then row
	cuts   [][]float32 // by feature: thresholds; bin i holds values <= cuts[i]
	label  []float32
	weight []float32
	group  []int32 // page of each row
}

// makeCuts finds up to maxBins-1 thresholds for each feature by its quantiles.
func makeCuts(rows []float32, width int, sampleEvery int) [][]float32 {
	cuts := make([][]float32, width)
	n := len(rows) / width
	var wg sync.WaitGroup
	for part := range 2 {
		wg.Go(func() {
			for f := part; f < width; f += 2 {
				var vals []float32
				for i := 0; i < n; i += sampleEvery {
					vals = append(vals, rows[i*width+f])
				}
				slices.Sort(vals)
				var uniq []float32
				for i, v := range vals {
					if i == 0 || v != vals[i-1] {
						uniq = append(uniq, v)
					}
				}
				if len(uniq) <= maxBins {
					for i := 0; i+1 < len(uniq); i++ {
						cuts[f] = append(cuts[f], (uniq[i]+uniq[i+1])/2)
					}
					continue
				}
				for b := 1; b < maxBins; b++ {
					v := vals[len(vals)*b/maxBins]
					if k := len(cuts[f]); k == 0 || v > cuts[f][k-1] {
						cuts[f] = append(cuts[f], v)
					}
				}
			}
		})
	}
	wg.Wait()
	return cuts
}

func binOf(cuts []float32, v float32) uint8 {
	lo, hi := 0, len(cuts)
	for lo < hi {
		mid := (lo + hi) / 2
		if v <= cuts[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return uint8(lo)
}

func binRows(rows []float32, width int, cuts [][]float32) [][]uint8 {
	out := make([][]uint8, width)
	n := len(rows) / width
	for f := range out {
		out[f] = make([]uint8, n)
	}
	var wg sync.WaitGroup
	for part := range 2 {
		wg.Go(func() {
			for i := part * n / 2; i < (part+1)*n/2; i++ {
				for f := range width {
					out[f][i] = binOf(cuts[f], rows[i*width+f])
				}
			}
		})
	}
	wg.Wait()
	return out
}

// eval gives a tree's value for one row.
func (d *data) eval(t *block.Tree, row int) float32 {
	if len(t.Nodes) == 0 {
		return t.Leaves[0]
	}
	for i := int16(0); ; {
		n := &t.Nodes[i]
		if d.bins[n.Feature][row] <= n.Bin {
			i = n.Left
		} else {
			i = n.Right
		}
		if i < 0 {
			return t.Leaves[-1-i]
		}
	}
}

type pair struct{ g, h float64 }

// leafNode is a leaf under construction.
type leafNode struct {
	rows   []int32
	hist   []pair
	sum    pair
	gain   float64
	feat   int
	bin    int
	parent int // index in the tree's nodes, -1 for the root
	right  bool
}

// fit boosts trees on the data.
func fit(d *data, s settings, gains []float64) *block.Forest {
	n := len(d.label)
	rng := rand.New(rand.NewSource(s.seed))
	score := make([]float64, n)
	var pos, all float64
	for i := range n {
		all += float64(d.weight[i])
		if d.label[i] >= 0.5 {
			pos += float64(d.weight[i])
		}
	}
	bias := math.Log(pos / (all - pos))
	for i := range score {
		score[i] = bias
	}
	forest := &block.Forest{Bias: float32(bias)}
	grad := make([]pair, n)
	scale := float64(n) / all
	feats := make([]int, 0, d.width)
	for range s.trees {
		var wg sync.WaitGroup
		for part := range 2 {
			wg.Go(func() {
				for i := part * n / 2; i < (part+1)*n/2; i++ {
					p := 1 / (1 + math.Exp(-score[i]))
					y := 0.0
					if d.label[i] >= 0.5 {
						y = 1
					}
					w := float64(d.weight[i]) * scale
					grad[i] = pair{w * (p - y), w * p * (1 - p)}
				}
			})
		}
		wg.Wait()
		rows := make([]int32, 0, n)
		pages := map[int32]bool{}
		for i := range n {
			in, ok := pages[d.group[i]]
			if !ok {
				in = rng.Float64() < s.rows
				pages[d.group[i]] = in
			}
			if in {
				rows = append(rows, int32(i))
			}
		}
		feats = feats[:0]
		for f := range d.width {
			if len(d.cuts[f]) > 0 && rng.Float64() < s.columns {
				feats = append(feats, f)
			}
		}
		tree := grow(d, grad, rows, feats, s, gains)
		forest.Trees = append(forest.Trees, tree)
		for part := range 2 {
			wg.Go(func() {
				for i := part * n / 2; i < (part+1)*n/2; i++ {
					score[i] += float64(d.eval(&tree, i))
				}
			})
		}
		wg.Wait()
	}
	return forest
}

// grow builds one tree, always splitting the leaf that gains most.
func grow(d *data, grad []pair, rows []int32, feats []int, s settings, gains []float64) block.Tree {
	var t block.Tree
	root := &leafNode{rows: rows, parent: -1}
	root.hist = histogram(d, grad, rows, feats)
	for _, i := range rows {
		root.sum.g += grad[i].g
		root.sum.h += grad[i].h
	}
	bestSplit(d, root, feats, s)
	leaves := []*leafNode{root}
	for len(leaves) < s.leaves {
		k := -1
		for i, l := range leaves {
			if l.gain > 1e-9 && (k < 0 || l.gain > leaves[k].gain) {
				k = i
			}
		}
		if k < 0 {
			break
		}
		l := leaves[k]
		gains[l.feat] += l.gain
		node := int16(len(t.Nodes))
		t.Nodes = append(t.Nodes, block.Node{Feature: int16(l.feat), Bin: uint8(l.bin), Cut: d.cuts[l.feat][l.bin]})
		if l.parent >= 0 {
			if l.right {
				t.Nodes[l.parent].Right = node
			} else {
				t.Nodes[l.parent].Left = node
			}
		}
		a := &leafNode{parent: int(node)}
		b := &leafNode{parent: int(node), right: true}
		column := d.bins[l.feat]
		for _, i := range l.rows {
			if column[i] <= uint8(l.bin) {
				a.rows = append(a.rows, i)
				a.sum.g += grad[i].g
				a.sum.h += grad[i].h
			} else {
				b.rows = append(b.rows, i)
				b.sum.g += grad[i].g
				b.sum.h += grad[i].h
			}
		}
		small, large := a, b
		if len(a.rows) > len(b.rows) {
			small, large = b, a
		}
		small.hist = histogram(d, grad, small.rows, feats)
		large.hist = l.hist
		for i := range large.hist {
			large.hist[i].g -= small.hist[i].g
			large.hist[i].h -= small.hist[i].h
		}
		l.hist = nil
		bestSplit(d, a, feats, s)
		bestSplit(d, b, feats, s)
		leaves[k] = a
		leaves = append(leaves, b)
	}
	for _, l := range leaves {
		v := float32(-s.rate * l.sum.g / (l.sum.h + s.l2))
		leaf := int16(-1 - len(t.Leaves))
		t.Leaves = append(t.Leaves, v)
		if l.parent < 0 {
			continue
		}
		if l.right {
			t.Nodes[l.parent].Right = leaf
		} else {
			t.Nodes[l.parent].Left = leaf
		}
	}
	return t
}

func histogram(d *data, grad []pair, rows []int32, feats []int) []pair {
	hist := make([]pair, len(feats)*maxBins)
	own := make([]pair, len(rows)) // beside one another, since each column reads them anew
	for j, i := range rows {
		own[j] = grad[i]
	}
	work := func(lo, hi int) {
		for k := lo; k < hi; k++ {
			column := d.bins[feats[k]]
			h := (*[maxBins]pair)(hist[k*maxBins:])
			for j, i := range rows {
				c := &h[column[i]%maxBins]
				c.g += own[j].g
				c.h += own[j].h
			}
		}
	}
	if len(rows) < 2000 {
		work(0, len(feats))
		return hist
	}
	var wg sync.WaitGroup
	mid := len(feats) / 2
	wg.Go(func() { work(0, mid) })
	wg.Go(func() { work(mid, len(feats)) })
	wg.Wait()
	return hist
}

func bestSplit(d *data, l *leafNode, feats []int, s settings) {
	l.gain = 0
	if l.sum.h < 2*s.minHess {
		return
	}
	whole := l.sum.g * l.sum.g / (l.sum.h + s.l2)
	for k, f := range feats {
		var left pair
		for b := range d.cuts[f] {
			c := l.hist[k*maxBins+b]
			left.g += c.g
			left.h += c.h
			rh := l.sum.h - left.h
			if left.h < s.minHess || rh < s.minHess {
				continue
			}
			rg := l.sum.g - left.g
			gain := left.g*left.g/(left.h+s.l2) + rg*rg/(rh+s.l2) - whole
			if gain > l.gain {
				l.gain, l.feat, l.bin = gain, f, b
			}
		}
	}
}
