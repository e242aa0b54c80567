package block

// Bounds of what is taken for a teaser, in blocks and bytes.
const (
	teaserBlocks = 8
	teaserBytes  = 800
	teaserLink   = 15 // least length of its headline
)

// Teasers counts the boxes of one design that tell of other pages, a headline that is a link and a few lines, and says how
// much of the running text that is kept stands outside of such boxes, in bytes: on a page that lists articles, none.
func (p *Page) Teasers(odds []float32) (n, outside int) {
	inside := make([]bool, len(p.Blocks))
	count := map[uint64]int{}
	for i := int32(0); i < int32(len(p.Boxes)); i++ {
		x := &p.Boxes[i]
		if !p.teaser(x) {
			continue
		}
		count[x.sig]++
		n = max(n, count[x.sig])
		for k := x.first; k < x.last; k++ {
			inside[k] = true
		}
		i = x.end - 1 // what is inside of a teaser is none of its own
	}
	for k := range inside {
		if b := &p.Blocks[k]; !inside[k] && odds[k] > 0 && b.good() {
			outside += b.Len()
		}
	}
	return n, outside
}

// teaser says whether a box holds a link of some words, which may follow a label or a date, and running text beside it.
func (p *Page) teaser(x *Box) bool {
	if n := x.last - x.first; n < 2 || n > teaserBlocks || x.bytes > teaserBytes || x.good == 0 {
		return false
	}
	for k := x.first; k < x.last; k++ {
		b := &p.Blocks[k]
		switch {
		case b.Len() >= teaserLink && b.linkDensity() > 0.8:
			return true
		case b.good():
			return false // an article's paragraph comes first
		}
	}
	return false
}
