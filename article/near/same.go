package near

import (
	"fmt"
	"slices"
)

// Thresholds, found by measuring on pairs of both kinds; the test in this package prints the table.
const (
	maxDistance   = 23   // of simhashes: more is no copy; copies were found up to 22 bits apart
	guessContain  = 0.62 // of the shorter text's long shingles, by the sketches: less is no copy
	guessResemble = 0.33
	contain       = 0.66 // the same, by the texts
	resemble      = 0.38
	minRatio      = 0.45 // a text of less than this part of the other is an extract
	spareFigures  = 6    // numbers that a promotion, a telephone number or a date line may bring in
)

// Same decides by two prints whether the articles are copies of one story, and says why it decided so, for people. It is
// symmetric. It samples, so that where both texts are at hand Compare should have the last word.
func Same(a, b Print) (same bool, why string) {
	if a.Size < MinSize || b.Size < MinSize {
		return false, "too short to tell"
	}
	if r := ratio(a.Size, b.Size); r < minRatio {
		return false, fmt.Sprintf("one is %.0f %% of the other", 100*r)
	}
	if d := Distance(a, b); d > maxDistance {
		return false, fmt.Sprintf("the wording differs (simhash distance %d)", d)
	}
	c, j := overlap(a.Sketch, b.Sketch, sketchSize)
	if c < guessContain || j < guessResemble {
		return false, fmt.Sprintf("about %.0f %% of the shorter text is in the longer", 100*c)
	}
	if ok, why := figuresAgree(a.Figures, b.Figures, a.Cut, b.Cut); !ok {
		return false, why
	}
	return true, fmt.Sprintf("about %.0f %% of the shorter text is in the longer, figures agree", 100*c)
}

// Match is what Compare found.
type Match struct {
	Same        bool
	Why         string
	Containment float64 // part of the shorter text's long shingles that the longer has, 0 to 1
	Resemblance float64 // common long shingles by all of both (Jaccard)
	Agree       int     // numbers that both texts give in the same words
	Conflict    int     // words about which the two give different numbers
}

// Compare decides by the texts. Titles are left out: copies have other headlines. It costs as much as two calls of Of,
// and some sorting.
func Compare(textA, textB string) Match {
	a, b := tokens("", textA), tokens("", textB)
	fa, fb := figures(a), figures(b)
	var m Match
	m.Agree, m.Conflict = contradict(fa, fb)
	if sa, sb := sizeOf(a), sizeOf(b); sa < MinSize || sb < MinSize {
		m.Why = "too short to tell"
		return m
	} else if r := ratio(sa, sb); r < minRatio {
		m.Why = fmt.Sprintf("one is %.0f %% of the other", 100*r)
		return m
	}
	m.Containment, m.Resemblance = overlap(allShingles(a), allShingles(b), 0)
	if m.Containment < contain || m.Resemblance < resemble {
		m.Why = fmt.Sprintf("%.0f %% of the shorter text is in the longer", 100*m.Containment)
		return m
	}
	if m.Same, m.Why = figuresAgree(fa, fb, false, false); m.Same {
		m.Why = fmt.Sprintf("%.0f %% of the shorter text is in the longer, figures agree", 100*m.Containment)
	}
	return m
}

func ratio(a, b int) float64 {
	return float64(min(a, b)) / float64(max(a, b, 1))
}

// span is a number of tokens, and base to the power of it.
type span struct {
	n     int
	power uint64
}

const base = 0x9e3779b97f4a7c15

var (
	twoChars, sixChars    = newSpan(2), newSpan(6)
	threeWords, fourWords = newSpan(3), newSpan(4)
)

func newSpan(n int) span {
	s := span{n, 1}
	for range n {
		s.power *= base
	}
	return s
}

// lengths are those of the short and of the long shingle that begin with a token of this kind.
func lengths(k kind) (short, long span) {
	if k == ideo {
		return twoChars, sixChars
	}
	return threeWords, fourWords
}

// prefixSums are the polynomials of the hashes of the first 0, 1, 2 ... tokens, from which that of any run of them is
// had with one multiplication (M. Rabin 1981, R. Karp).
func prefixSums(toks []token) []uint64 {
	sums := make([]uint64, len(toks)+1)
	for i, t := range toks {
		sums[i+1] = sums[i]*base + t.hash
	}
	return sums
}

// at is the hash of the shingle that begins at token i.
func (s span) at(sums []uint64, i int) uint64 {
	return mix(sums[i+s.n] - sums[i]*s.power)
}

func allShingles(toks []token) []uint64 {
	all := make([]uint64, 0, len(toks))
	sums := prefixSums(toks)
	for i := range toks {
		if _, long := lengths(toks[i].kind); i+long.n <= len(toks) {
			all = append(all, long.at(sums, i))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// overlap compares two ascending sets: containment of the smaller in the larger, and resemblance. Where a set has size
// values (size over 0) it is the least part of one that may be larger: then only values up to the last of it are asked.
func overlap(a, b []uint64, size int) (contain, resemble float64) {
	limit := ^uint64(0)
	for _, s := range [][]uint64{a, b} {
		if size > 0 && len(s) == size {
			limit = min(limit, s[size-1])
		}
	}
	na, nb, both := 0, 0, 0
	for i, j := 0, 0; ; {
		inA, inB := i < len(a) && a[i] <= limit, j < len(b) && b[j] <= limit
		switch {
		case !inA && !inB:
			if na == 0 || nb == 0 {
				return 0, 0
			}
			return float64(both) / float64(min(na, nb)), float64(both) / float64(na+nb-both)
		case inA && inB && a[i] == b[j]:
			both++
			na, nb, i, j = na+1, nb+1, i+1, j+1
		case !inB || inA && a[i] < b[j]:
			na, i = na+1, i+1
		default:
			nb, j = nb+1, j+1
		}
	}
}

// The context of a figure: so many tokens on either side of it, within its paragraph, and how many it must have at least.
const (
	wordsAround, leastWords = 4, 2
	ideosAround, leastIdeos = 6, 4
)

// What a figure is packed of.
const (
	contextBits = 20
	valueBits   = 32 - contextBits
)

// leastFigures keeps whole contexts only, from the least on, so that two prints have the same ones of the same text.
func leastFigures(all []uint32) (kept []uint32, cut bool) {
	if len(all) <= maxFigures {
		return all, false
	}
	n := maxFigures
	for n > 0 && all[n-1]>>valueBits == all[n]>>valueBits {
		n--
	}
	return slices.Clip(all[:n]), true
}

const numberMask = 0x5bd1e995 // stands for any other number in a context

// figures are the numbers with their contexts, ascending, each once. What stands before a number and what stands behind
// it are two contexts: a company's name differs from notice to notice, and then what is behind its code tells.
func figures(toks []token) []uint32 {
	var out []uint32
	for i, t := range toks {
		if !t.kind.figure() || i == len(toks)-1 { // the last one may have been cut
			continue
		}
		value := t.hash
		if i+1 < len(toks) && toks[i+1].kind == ideo && unit[toks[i+1].hash] {
			value = mix(value + toks[i+1].hash)
		}
		value = mix(value) >> (64 - valueBits)
		for _, step := range [...]int{-1, 1} {
			if c, ok := context(toks, i, step); ok {
				out = append(out, uint32(c>>(64-contextBits))<<valueBits|uint32(value))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unit are the multipliers that are a part of a Chinese number.
var unit = map[uint64]bool{mix('万'): true, mix('亿'): true, mix('萬'): true, mix('億'): true, mix('千'): true, mix('百'): true}

// context is what is said on one side of a number; false where that is too little to tell. Other numbers in it count as
// any number; only where there is nothing else, as in a table, they count as what they are.
func context(toks []token, i, step int) (hash uint64, ok bool) {
	n, least := wordsAround, leastWords
	if j := i + step; j >= 0 && j < len(toks) && toks[j].kind == ideo {
		n, least = ideosAround, leastIdeos
	}
	words, all, only := uint64(2+step), uint64(6+step), true
	for j := i + step; n > 0 && j >= 0 && j < len(toks) && !toks[max(j, j-step)].starts; j += step {
		n, least = n-1, least-1
		all = all*base + toks[j].hash
		if toks[j].kind.figure() {
			words = words*base + numberMask
			continue
		}
		words, only = words*base+toks[j].hash, false
	}
	if only {
		return mix(all), least <= 0
	}
	return mix(words), least <= 0
}

// contradict counts the contexts that both have. They conflict where each has a number that the other has not: one that
// has less of the text may have fewer.
func contradict(a, b []uint32) (agree, conflict int) {
	for len(a) > 0 && len(b) > 0 {
		ca, cb := a[0]>>valueBits, b[0]>>valueBits
		if ca < cb {
			a = a[1:]
			continue
		}
		if cb < ca {
			b = b[1:]
			continue
		}
		na, nb := group(a), group(b)
		common := 0
		for _, f := range a[:na] {
			if _, found := slices.BinarySearch(b[:nb], f); found {
				common++
			}
		}
		if common == min(na, nb) {
			agree++
		} else {
			conflict++
		}
		a, b = a[na:], b[nb:]
	}
	return agree, conflict
}

// group is how many figures share the first one's context.
func group(figures []uint32) int {
	n := 1
	for n < len(figures) && figures[n]>>valueBits == figures[0]>>valueBits {
		n++
	}
	return n
}

// figuresAgree is the guard against stories that differ in little but their numbers. No contradiction is let
// pass, so that a copy that mends a number stands alone: better than to join two reports. And of the numbers of the text that has fewer, beyond a few, a third must be in the other,
// wherever they stand.
func figuresAgree(a, b []uint32, cutA, cutB bool) (ok bool, why string) {
	agree, conflict := contradict(a, b)
	if conflict > 0 {
		return false, fmt.Sprintf("figures contradict each other (%d of %d)", conflict, agree+conflict)
	}
	limit := min(lastOf(a, cutA), lastOf(b, cutB))
	va, vb := values(a, limit), values(b, limit)
	if len(va) > len(vb) {
		va, vb = vb, va
	}
	common := 0
	for _, v := range va {
		if _, found := slices.BinarySearch(vb, v); found {
			common++
		}
	}
	if 3*common < len(va)-spareFigures {
		return false, fmt.Sprintf("figures differ (%d of %d are in the other)", common, len(va))
	}
	return true, ""
}

// lastOf is up to where the figures are all there.
func lastOf(figures []uint32, cut bool) uint32 {
	switch {
	case !cut:
		return ^uint32(0)
	case len(figures) == 0:
		return 0
	}
	return figures[len(figures)-1]
}

// values are the numbers of figures, without their contexts.
func values(figures []uint32, limit uint32) []uint32 {
	var out []uint32
	for _, f := range figures {
		if f <= limit {
			out = append(out, f&(1<<valueBits-1))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
