package block

// leastKept is how much running text is enough not to ask the feed, in bytes.
const leastKept = 250

// Anchor uses the feed's own words for an entry where hardly any running text was kept: what repeats them is the
// article's beginning or its standfirst, so the running text beside it is kept. It says whether it changed anything.
func (p *Page) Anchor(odds []float32, summary string) bool {
	kept := 0
	for i := range odds {
		if odds[i] > 0 && p.Blocks[i].good() {
			kept += p.Blocks[i].Len()
		}
	}
	if kept >= leastKept || len(summary) < 60 {
		return false
	}
	words := shingleSet(summary)
	best, at := float32(0.5), -1
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Len() < goodLen || b.linkDensity() > 0.5 {
			continue
		}
		if s := share(string(p.text[b.start:b.end]), words); s > best {
			best, at = s, i
		}
	}
	if at < 0 || p.Blocks[at].Box < 0 {
		return false
	}
	box := p.Blocks[at].Box
	if up := p.Boxes[box].Parent; up >= 0 {
		box = up
	}
	changed := false
	for i := p.Boxes[box].first; i < p.Boxes[box].last; i++ {
		if odds[i] <= 0 && (p.Blocks[i].good() || int(i) == at) && !p.aside(int(i)) {
			odds[i] = 0.1
			changed = true
		}
	}
	return changed
}
