package main

import (
	"sort"
	"strings"
)

// mark gives each block of the page its label and weight.
func mark(s *sample) {
	n := len(s.page.Blocks)
	s.label = make([]float32, n)
	s.weight = make([]float32, n)
	if len(s.With)+len(s.Without) > 0 {
		markPhrases(s)
		return
	}
	body := s.Body
	if len(s.Paragraphs) > 0 {
		body = strings.Join(s.Paragraphs, "\n\n")
	}
	want := terms(body)
	texts := make([][]string, n)
	for i := range texts {
		texts[i] = terms(s.page.Text(i))
	}
	hit := align(texts, want)
	var optional []int
	if s.Summary != "" {
		optional = align(texts, terms(s.Summary))
	}
	for i := range texts {
		k := len(texts[i])
		if k == 0 {
			continue
		}
		s.label[i] = float32(hit[i]) / float32(k)
		sure := s.label[i]*2 - 1
		if sure < 0 {
			sure = -sure
		}
		s.weight[i] = (float32(k)/float32(len(want)+20) + 0.004) * sure
		if optional != nil && s.label[i] < 0.5 && float32(optional[i]) > 0.5*float32(k) {
			s.weight[i] = 0
		}
		s.weight[i] = min(s.weight[i], 0.5)
	}
}

// markPhrases labels the blocks that hold a phrase; the others' labels are unknown.
func markPhrases(s *sample) {
	for i := range s.label {
		s.label[i] = -1
		text := squeeze(s.page.Text(i))
		for _, w := range s.Without {
			if strings.Contains(text, squeeze(w)) {
				s.label[i] = 0
				s.weight[i] = 0.12
			}
		}
		for _, w := range s.With {
			if strings.Contains(text, squeeze(w)) {
				s.label[i] = 1
				s.weight[i] = 0.12
			}
		}
	}
}

// item is a stretch of a block that occurs in the gold.
type item struct {
	block, at, n int // gold tokens at..at+n-1
	from         int // first token in the block
}

// align says how many tokens of each block lie in the gold, by the best chain of stretches that run forward in both: a
// word that stands in the gold by chance has no place between its neighbours.
func align(blocks [][]string, want []string) []int {
	hit := make([]int, len(blocks))
	index := map[string][]int{}
	const k = 3
	for i := range want {
		if i+k <= len(want) {
			key := strings.Join(want[i:i+k], "\x00")
			index[key] = append(index[key], i)
		}
	}
	single := map[string][]int{}
	for i, w := range want {
		single[w] = append(single[w], i)
	}
	var items []item
	for bi, b := range blocks {
		items = append(items, stretches(bi, b, want, index, single)...)
	}
	// Weighted longest chain over (block, from) and gold position.
	sort.SliceStable(items, func(i, j int) bool {
		a, b := items[i], items[j]
		if a.block != b.block {
			return a.block < b.block
		}
		return a.from < b.from
	})
	best := make([]float64, len(items))
	prev := make([]int, len(items))
	// Fenwick tree of (score, item) by the gold position a chain ends at.
	size := len(want) + 1
	tree := make([]int, size+1)
	for i := range tree {
		tree[i] = -1
	}
	better := func(a, b int) bool { return b < 0 || a >= 0 && best[a] > best[b] }
	top := -1
	for lo := 0; lo < len(items); {
		hi := lo
		for hi < len(items) && items[hi].block == items[lo].block && items[hi].from == items[lo].from {
			hi++
		}
		for i := lo; i < hi; i++ {
			it := items[i]
			prev[i] = -1
			for p := it.at; p > 0; p -= p & -p {
				if t := tree[p]; t >= 0 && better(t, prev[i]) {
					prev[i] = t
				}
			}
			w := float64(it.n)
			if it.n < 4 {
				w *= 0.6
			}
			best[i] = w
			if prev[i] >= 0 {
				pr := items[prev[i]]
				best[i] += best[prev[i]]
				if pr.at+pr.n == it.at {
					best[i] += 0.5
				}
			}
			if better(i, top) {
				top = i
			}
		}
		for i := lo; i < hi; i++ {
			for p := items[i].at + items[i].n; p <= size; p += p & -p {
				if better(i, tree[p]) {
					tree[p] = i
				}
			}
		}
		lo = hi
	}
	for i := top; i >= 0; i = prev[i] {
		hit[items[i].block] += items[i].n
	}
	return hit
}

// stretches finds the maximal stretches of one block in the gold. Blocks of fewer than three words must occur whole.
func stretches(bi int, b, want []string, index, single map[string][]int) []item {
	const k = 3
	var out []item
	if len(b) < k {
		if len(b) == 0 {
			return nil
		}
		for _, at := range single[b[0]] {
			if at+len(b) <= len(want) && same(b, want[at:at+len(b)]) && len(out) < 40 {
				out = append(out, item{bi, at, len(b), 0})
			}
		}
		return out
	}
	for i := 0; i+k <= len(b); {
		longest := 0
		found := 0
		for _, at := range index[strings.Join(b[i:i+k], "\x00")] {
			n := k
			for i+n < len(b) && at+n < len(want) && b[i+n] == want[at+n] {
				n++
			}
			longest = max(longest, n)
			if found < 12 {
				out = append(out, item{bi, at, n, i})
				found++
			}
		}
		if longest > 0 {
			i += longest
		} else {
			i++
		}
	}
	return out
}

func same(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
