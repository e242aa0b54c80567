package block

import "bytes"

// Mend puts right, in the blocks' log-odds, what a decision block by block gets wrong on a page as a whole.
//
//   - Comments go, whatever they say, where there is an article beside them.
//   - Lines that name editors, sources and former titles go; they begin alike on all Chinese sites. So do paragraphs that
//     are one link in capitals: another story's headline.
//   - Where nothing is kept, what comes nearest is.
func (p *Page) Mend(odds []float32) {
	var kept, article int
	for i := range odds {
		if odds[i] <= 0 {
			continue
		}
		kept += p.Blocks[i].Len()
		if !p.inComments(i) && p.Blocks[i].good() {
			article += p.Blocks[i].Len()
		}
	}
	for i := range odds {
		if odds[i] > 0 && (article > 300 && p.inComments(i) || p.aside(i)) {
			odds[i] = -3
		}
	}
	if kept == 0 {
		p.rescue(odds)
	}
}

// aside says whether a block is a line that is never part of an article.
func (p *Page) aside(i int) bool {
	b := &p.Blocks[i]
	if b.cjk*3 < b.letters {
		return b.links == 1 && b.linkDensity() > 0.95 && b.words >= 5 && b.upper*10 > b.letters*9 && b.Box >= 0 && p.Boxes[b.Box].kind == kindP
	}
	text := p.text[b.start:b.end]
	if b.Len() < 240 && b.ends <= 2 && photoCredit(text) {
		return true
	}
	switch l := lineOf(text); l {
	case lineFormerTitle:
		return b.Len() < 300
	case lineCredit:
		return b.Len() < 150 && b.ends <= 1
	case lineRelated:
		return b.Len() < 240 && b.ends <= 1
	}
	return false
}

// inComments says whether a block lies in a box that is named for comments.
func (p *Page) inComments(i int) bool {
	b := p.Blocks[i].Box
	return b >= 0 && p.Boxes[b].near[senseComment] > 0
}

// rescue keeps the running text that comes nearest to being kept, and what stands in its box.
func (p *Page) rescue(odds []float32) {
	best, at := float32(-8), -1
	for i := range odds {
		if p.Blocks[i].good() && odds[i] > best {
			best, at = odds[i], i
		}
	}
	if at < 0 {
		return
	}
	box := p.Blocks[at].Box
	for i := range odds {
		b := &p.Blocks[i]
		if odds[i] >= best-1.5 && b.linkBytes*3 < int32(b.Len()) && (b.good() || b.Box == box || b.Box >= 0 && box >= 0 && p.Boxes[b.Box].Parent == p.Boxes[box].Parent) {
			odds[i] = 0.1
		}
	}
}

// photoCredit says whether a Chinese line ends as captions do: "someone 摄".
func photoCredit(text []byte) bool {
	text = bytes.TrimRight(text, ")）。 】]")
	for _, w := range []string{"摄", "供图", "摄影"} {
		if bytes.HasSuffix(text, []byte(w)) {
			return true
		}
	}
	return false
}
