package block

import (
	"bytes"

	"golang.org/x/net/html"
)

// Mend puts right, in the blocks' log-odds, what a decision block by block gets wrong on a page as a whole.
//
//   - Comments and asides go, whatever they say, where there is an article beside them.
//   - Lines that name editors, sources and former titles go; they begin alike on all Chinese sites. So do paragraphs that
//     are one link in capitals, another story's headline, or one link after "Read more".
//   - Captions go, whatever the elements they stand in.
//   - What a line such as "Read also" leads to goes, and so does a second copy of a passage.
//   - Where nothing is kept, what comes nearest is.
//   - Tables of data are kept or dropped whole; posts of a live blog are kept whole; items of lists and headings in the midst
//     of what is kept stay, and so do lists and quotations of sentences right behind a kept paragraph.
//   - Headings and links that nothing follows go.
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
	shares := map[int32]int{}
	for i := range odds {
		if odds[i] > 0 && (article > 300 && p.inComments(i) && p.commentShare(i, odds, shares)*10 < kept*6 || p.aside(i) || p.Figure(i) != nil) {
			odds[i] = -3
		}
	}
	if kept == 0 {
		p.rescue(odds)
	}
	p.dropAsides(odds)
	p.dropRelated(odds)
	p.dropCopies(odds)
	p.wholePosts(odds)
	p.wholeTables(odds)
	p.wholeLists(odds)
	p.wholeInsertions(odds)
	p.subheadings(odds)
	p.dropTail(odds)
}

// dropAsides drops what stands in aside elements, beside an article that does not.
func (p *Page) dropAsides(odds []float32) {
	var inside, outside int
	for i := range odds {
		switch {
		case odds[i] <= 0:
		case p.inAside(i):
			inside += p.Blocks[i].Len()
		case p.Blocks[i].good():
			outside += p.Blocks[i].Len()
		}
	}
	if inside == 0 || outside < 300 || inside > outside {
		return
	}
	for i := range odds {
		if odds[i] > 0 && p.inAside(i) {
			odds[i] = -3
		}
	}
}

func (p *Page) inAside(i int) bool {
	b := p.Blocks[i].Box
	return b >= 0 && p.Boxes[b].in&inAside != 0
}

// copies is how many paragraphs on end must have been kept before, in that order, to be a second copy and no refrain.
const copies = 3

// dropCopies drops passages that have been kept before: pages hold a second copy for small screens.
func (p *Page) dropCopies(odds []float32) {
	seen := map[uint64]int{} // by text: which paragraph it was first
	var run []int
	next := -1
	end := func() {
		for _, i := range run {
			if len(run) >= copies {
				odds[i] = -3
			}
		}
		run = run[:0]
	}
	for i := range odds {
		b := &p.Blocks[i]
		if odds[i] <= 0 || !b.good() {
			continue
		}
		at, again := seen[b.sum]
		if !again || at != next {
			end()
		}
		if !again {
			seen[b.sum] = len(seen)
			continue
		}
		run, next = append(run, i), at+1
	}
	end()
}

// dropTail drops what stands below the article's last text: a heading that nothing follows, links to other stories. Where
// there are many headings, they are the text: of a series of pictures.
func (p *Page) dropTail(odds []float32) {
	var tail []int
	headings := 0
	for i := len(odds) - 1; i >= 0; i-- {
		if odds[i] <= 0 {
			continue
		}
		b := &p.Blocks[i]
		if p.Heading(i) > 0 {
			headings++
		} else if b.words < 4 || b.linkDensity() <= 0.8 {
			break
		}
		tail = append(tail, i)
	}
	if headings > 2 {
		return
	}
	for _, i := range tail {
		odds[i] = -1
	}
}

// dropRelated drops what a line such as "Read also" leads to: the links right behind it and, where it is a heading, all
// other article elements after it.
func (p *Page) dropRelated(odds []float32) {
	home := int32(-1)
	for i := range odds {
		if odds[i] > 0 && home < 0 && p.Blocks[i].good() && p.Blocks[i].Box >= 0 {
			home = p.Boxes[p.Blocks[i].Box].art
		}
		b := &p.Blocks[i]
		if home < 0 || b.Len() > 60 || b.ends > 3 || p.line(i) != lineRelated {
			continue
		}
		j := i + 1
		for j < len(odds) && p.Blocks[j].Len() < 250 && p.Blocks[j].linkDensity() > 0.9 {
			odds[j] = min(odds[j], -3)
			j++
		}
		if j > i+1 {
			odds[i] = min(odds[i], -3)
		}
		if p.Heading(i) == 0 || home == 0 {
			continue
		}
		p.dropArticles(odds, i, max(home, p.artOf(i)))
	}
}

// dropArticles drops the article elements after a heading for related stories, where they are three or more: a single one
// is the story itself, behind its introduction.
func (p *Page) dropArticles(odds []float32, heading int, home int32) {
	arts := map[int32]bool{}
	for k := heading + 1; k < len(odds); k++ {
		if art := p.artOf(k); art > home && odds[k] > 0 {
			arts[art] = true
		}
	}
	if len(arts) < 3 {
		return
	}
	odds[heading] = min(odds[heading], -3)
	for k := heading + 1; k < len(odds); k++ {
		if p.artOf(k) > home {
			odds[k] = min(odds[k], -3)
		}
	}
}

// artOf is the ordinal of the article element around a block; 0 where there is none.
func (p *Page) artOf(i int) int32 {
	if b := p.Blocks[i].Box; b >= 0 {
		return p.Boxes[b].art
	}
	return 0
}

// aside says whether a block is a line that is never part of an article.
func (p *Page) aside(i int) bool {
	b := &p.Blocks[i]
	if b.cjk*3 < b.letters {
		return b.links == 1 && (b.linkDensity() > 0.95 && b.words >= 5 && b.upper*10 > b.letters*9 && b.Box >= 0 && p.Boxes[b.Box].kind == kindP ||
			b.linkDensity() > 0.5 && b.Len() < 250 && p.line(i) == lineRelated)
	}
	text := p.text[b.start:b.end]
	if b.Len() < 240 && b.ends <= 2 && photoCredit(text) || b.Len() < 300 && pictureNote(text) || b.Len() < 900 && p.line(i) == lineCredit && credits(text) >= 3 {
		return true
	}
	switch p.line(i) {
	case lineFormerTitle:
		return b.Len() < 300
	case lineCredit:
		return b.Len() < 150 && b.ends <= 1
	case lineRelated:
		return b.Len() < 240 && b.ends <= 1
	}
	return false
}

// Figure is the element that holds a block and the picture it is the caption of: a small box that is named for pictures.
// It is nil for other blocks, and for captions in elements that say so.
func (p *Page) Figure(i int) *html.Node {
	b := &p.Blocks[i]
	if b.Len() > captionBytes {
		return nil
	}
	at := b.Box
	for up := 0; at >= 0 && up < 3; up++ {
		x := &p.Boxes[at]
		if x.bytes > captionBytes || x.in&inFigure != 0 {
			return nil
		}
		if namedForPictures(x.Node) && holdsPicture(x.Node) {
			return x.Node
		}
		at = x.Parent
	}
	return nil
}

// captionBytes is the greatest length of a caption.
const captionBytes = 400

// inComments says whether a block lies in a box that is named for comments.
func (p *Page) inComments(i int) bool {
	b := p.Blocks[i].Box
	return b >= 0 && p.Boxes[b].near[senseComment] > 0
}

// commentShare is how many bytes are kept in the nearest box around a block that is named for comments. A box that holds
// most of the page is named for having comments, not for being one.
func (p *Page) commentShare(i int, odds []float32, known map[int32]int) int {
	at := p.Blocks[i].Box
	for p.Boxes[at].near[senseComment] > 1 {
		at = p.Boxes[at].Parent
	}
	if sum, ok := known[at]; ok {
		return sum
	}
	sum := 0
	for k := p.Boxes[at].first; k < p.Boxes[at].last; k++ {
		if odds[k] > 0 {
			sum += p.Blocks[k].Len()
		}
	}
	known[at] = sum
	return sum
}

// rescue keeps the running text that comes nearest to being kept, and what stands in its box.
func (p *Page) rescue(odds []float32) {
	best, at := float32(-8), -1
	for i := range odds {
		if b := &p.Blocks[i]; b.Len() >= goodLen && b.linkBytes*3 < int32(b.Len()) && odds[i] > best {
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

// pictureNote says whether a Chinese line speaks of a picture as such: where it is from, that it can be made larger.
func pictureNote(text []byte) bool {
	if bytes.Contains(text, []byte("侵权")) && bytes.Contains(text, []byte("删")) {
		return true
	}
	start := bytes.TrimLeft(text, "（(【[▲△ ")
	for _, w := range []string{"图片来自", "图片来源", "图片说明", "点击看", "点击图"} {
		if bytes.HasPrefix(start, []byte(w)) {
			return true
		}
	}
	end := bytes.TrimRight(text, ")）。 】]")
	for _, w := range []string{"截图", "资料图", "资料图片", "配图", "大图"} {
		if bytes.HasSuffix(end, []byte(w)) {
			return true
		}
	}
	return false
}

// credits counts the functions that a Chinese line of credits names, each before a bar or colon.
func credits(text []byte) int {
	n := 0
	for _, w := range []string{"编辑", "责编", "校对", "来源", "审核", "监制", "记者", "作者", "设计", "图片", "视频", "统筹"} {
		for _, mark := range []string{"|", "｜", "丨", ":", "：", "/"} {
			n += bytes.Count(text, []byte(w+mark))
		}
	}
	return n
}

// line is lineOf the block, worked out once.
func (p *Page) line(i int) line {
	if p.lines == nil {
		p.lines = make([]line, len(p.Blocks))
		for i := range p.Blocks {
			b := &p.Blocks[i]
			p.lines[i] = lineOf(p.text[b.start:b.end])
		}
	}
	return p.lines[i]
}
