package block

import "math"

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

// EvalBins is Eval on binned features.
func (t *Tree) EvalBins(row []uint8) float32 {
	if len(t.Nodes) == 0 {
		return t.Leaves[0]
	}
	for i := int16(0); ; {
		n := &t.Nodes[i]
		if row[n.Feature] <= n.Bin {
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

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }
