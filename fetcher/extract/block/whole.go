package block

import "golang.org/x/net/html/atom"

// A reader sees a table of data, a list, a live blog or a run of paragraphs under a sub-heading as one thing; the model sees
// cells, items, posts and headings, and may drop one in the midst of others. The rules here keep such things whole, or drop them whole.

// Bounds of what is taken for a table of data, in bytes: cells of a layout table are longer.
const (
	meanCell  = 250
	largeCell = 400
)

// wholeTables keeps all cells of a table of data, or none: by what the model thinks of the cells on average. A header
// cell alone looks like junk to it, a number alone like an article's.
func (p *Page) wholeTables(odds []float32) {
	for i := range p.Boxes {
		if x := &p.Boxes[i]; x.tag != atom.Table || !p.dataTable(int32(i)) || allOneWay(odds[x.first:x.last]) {
			continue
		}
		x := &p.Boxes[i]
		var sum float32
		for _, v := range odds[x.first:x.last] {
			sum += sigmoid(v)
		}
		p.decide(odds, x.first, x.last, sum/float32(x.last-x.first) >= keepTable)
	}
}

// keepTable is the mean probability of its cells from which a table is kept. Of the tables that are partly kept, those
// above it are the article's, whether or not most of their cells are.
const keepTable = 0.38

// allOneWay says whether all are kept or all dropped.
func allOneWay(odds []float32) bool {
	for _, v := range odds {
		if v > 0 != (odds[0] > 0) {
			return false
		}
	}
	return true
}

// decide keeps or drops the blocks first to last-1.
func (p *Page) decide(odds []float32, first, last int32, keep bool) {
	for i := first; i < last; i++ {
		switch {
		case keep && odds[i] <= 0:
			odds[i] = 0.1
		case !keep && odds[i] > 0:
			odds[i] = -0.1
		}
	}
}

// dataTable says whether a table holds data and is no means of layout: rows of several short cells, no table within.
func (p *Page) dataTable(at int32) bool {
	table := &p.Boxes[at]
	if table.last-table.first < 4 || attr(table.Node, "role") == "presentation" {
		return false
	}
	var rows, wide, cells, inRow, largest int32
	endRow := func() {
		if inRow > 0 {
			rows++
		}
		if inRow > 1 {
			wide++
		}
		inRow = 0
	}
	for k := at + 1; k < table.end; k++ {
		switch x := &p.Boxes[k]; x.tag {
		case atom.Table:
			return false
		case atom.Tr:
			endRow()
		case atom.Td, atom.Th:
			inRow++
			cells++
			largest = max(largest, x.bytes)
		}
	}
	endRow()
	return wide >= 2 && wide*2 >= rows && table.bytes <= cells*meanCell && largest <= max(largeCell, table.bytes/2)
}

// wholeLists keeps the items of a list that were dropped in the midst of kept ones, where most of its text is kept.
func (p *Page) wholeLists(odds []float32) {
	for i := range p.Boxes {
		x := &p.Boxes[i]
		if x.tag != atom.Ul && x.tag != atom.Ol && x.tag != atom.Dl || x.last-x.first < 3 || allOneWay(odds[x.first:x.last]) {
			continue
		}
		first, last := x.first, x.last-1
		for odds[first] <= 0 {
			first++
		}
		for odds[last] <= 0 {
			last--
		}
		var kept, all int32
		for k := first; k <= last; k++ {
			n := int32(p.Blocks[k].Len())
			all += n
			if odds[k] > 0 {
				kept += n
			}
		}
		if kept*3 < all*2 {
			continue
		}
		for k := first; k <= last; k++ {
			if odds[k] <= 0 && odds[k] > doubtful && !p.aside(int(k)) {
				odds[k] = 0.1
			}
		}
	}
}

// doubtful are the log-odds above which a dropped block is kept for the sake of what stands around it.
const doubtful = -1.8

// insertions are the elements that lists and quotations consist of.
var insertions = map[atom.Atom]bool{atom.Ul: true, atom.Ol: true, atom.Li: true, atom.Blockquote: true, atom.P: true}

// wholeInsertions keeps the sentences of lists and quotations that follow a kept paragraph as its sibling, where the model
// is in doubt: it takes short sentences for other things, most of all where it has seen little of a language.
func (p *Page) wholeInsertions(odds []float32) {
	for i := range odds {
		b := &p.Blocks[i]
		if odds[i] > 0 || odds[i] <= doubtful || b.ends == 0 || b.linkDensity() > 0.2 || b.Box < 0 || p.aside(i) {
			continue
		}
		top := b.Box
		for up := p.Boxes[top].Parent; up >= 0 && insertions[p.Boxes[up].tag]; up = p.Boxes[top].Parent {
			top = up
		}
		x := &p.Boxes[top]
		if x.tag == atom.P || !insertions[x.tag] || x.first == 0 {
			continue
		}
		before := &p.Blocks[x.first-1]
		if odds[x.first-1] > 0 && before.good() && before.Box >= 0 && p.Boxes[before.Box].tag == atom.P && p.Boxes[before.Box].Parent == x.Parent {
			odds[i] = 0.1
		}
	}
}

// subheadings keeps the headings between kept blocks that the model is in doubt about.
func (p *Page) subheadings(odds []float32) {
	for i := 1; i+1 < len(odds); i++ {
		if odds[i] <= 0 && odds[i] > doubtful && odds[i-1] > 0 && odds[i+1] > 0 && p.Heading(i) > 0 && p.Heading(i+1) == 0 && !p.aside(i) {
			odds[i] = 0.1
		}
	}
}

// design is what boxes have in common that stand beside one another and look alike.
type design struct {
	parent int32
	sig    uint64
}

// Bounds of what is taken for posts: fewest beside one another, least bytes of running text of one, most of their text in
// links.
const (
	fewestPosts = 3
	leastPost   = 150
	linkedPosts = 0.3
)

// wholePosts keeps the running text and the headings of all posts of a live blog, slides of a series or answers to
// questions, where the model keeps a good part of them: boxes of one design beside one another are alike in being the
// article's or not.
func (p *Page) wholePosts(odds []float32) {
	groups := map[design][]int32{}
	var order []design
	for i := range p.Boxes {
		x := &p.Boxes[i]
		if x.last-x.first < 2 || x.good < leastPost || x.near[senseComment] > 0 {
			continue
		}
		key := design{x.Parent, x.sig}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], int32(i))
	}
	for _, key := range order {
		if boxes := groups[key]; len(boxes) >= fewestPosts && p.postsKept(boxes, odds) >= keepPosts {
			for _, i := range boxes {
				p.keepPost(&p.Boxes[i], odds)
			}
		}
	}
}

// postsKept is the mean probability of the running text of posts, each post counting once; 0 where much of it is links,
// and where one says what another does: notices in place of videos.
func (p *Page) postsKept(boxes []int32, odds []float32) float32 {
	var bytes, link int32
	var sum float32
	seen := map[uint64]bool{}
	for _, i := range boxes {
		x := &p.Boxes[i]
		bytes += x.bytes
		link += x.link
		var m mass
		for k := x.first; k < x.last; k++ {
			b := &p.Blocks[k]
			if !b.good() {
				continue
			}
			if seen[b.sum] {
				return 0
			}
			seen[b.sum] = true
			m.add(float32(b.Len()), sigmoid(odds[k]))
		}
		sum += m.share()
	}
	if float32(link) > linkedPosts*float32(bytes) {
		return 0
	}
	return sum / float32(len(boxes))
}

// keepPost keeps the running text of a post, and its heading, however little the model thinks of that.
func (p *Page) keepPost(x *Box, odds []float32) {
	for k := x.first; k < x.last; k++ {
		b := &p.Blocks[k]
		box := &p.Boxes[b.Box]
		if odds[k] > 0 || p.aside(int(k)) || box.in&(inFigure|inHidden) != 0 || box.named(senseCaption) || box.named(senseHidden) {
			continue
		}
		if b.good() && odds[k] > unlikely || k == x.first && p.Heading(int(k)) > 0 {
			odds[k] = 0.1
		}
	}
}

// named says whether the box or one close around it has a name of that sense.
func (x *Box) named(s sense) bool { return x.near[s] > 0 && x.near[s] <= 3 }

// keepPosts is the mean probability of their running text from which posts are kept.
const keepPosts = 0.4

// unlikely are the log-odds above which running text of a kept post is kept.
const unlikely = -2.5
