package block

// Mend puts right, in the blocks' log-odds, what a decision block by block gets wrong on a page as a whole.
//
//   - Comments go, whatever they say, unless most of what is kept is comments (a forum).
//   - Lines that name editors, sources and former titles go; they begin alike on all Chinese sites.
//   - Where nothing is kept, what comes nearest is.
func (p *Page) Mend(odds []float32) {
	var kept, comments float32
	for i := range odds {
		if odds[i] <= 0 {
			continue
		}
		n := float32(p.Blocks[i].Len())
		kept += n
		if p.inComments(i) {
			comments += n
		}
	}
	for i := range odds {
		if odds[i] <= 0 {
			continue
		}
		b := &p.Blocks[i]
		switch l := lineOf(p.text[b.start:b.end]); {
		case comments*2 < kept && p.inComments(i):
			odds[i] = -4
		case b.cjk*3 < b.letters:
		case l == lineFormerTitle && b.Len() < 300, l == lineCredit && b.Len() < 150 && b.ends <= 1, l == lineRelated && b.Len() < 240 && b.ends <= 1:
			odds[i] = -3
		}
	}
	if kept == 0 {
		p.rescue(odds)
	}
}

// inComments says whether a block lies in a box that is named for comments.
func (p *Page) inComments(i int) bool {
	b := p.Blocks[i].Box
	return b >= 0 && p.Boxes[b].near[senseComment] > 0
}

// rescue keeps the blocks that come nearest to being kept: those within 1.5 of the best running text.
func (p *Page) rescue(odds []float32) {
	best := float32(-8)
	for i := range odds {
		if b := &p.Blocks[i]; b.Len() >= goodLen && b.linkBytes*2 < int32(b.Len()) {
			best = max(best, odds[i])
		}
	}
	if best == -8 {
		return
	}
	for i := range odds {
		odds[i] += 1.5 - best
	}
}
