package block

// The features of the second stage: what the first stage thinks of the block's surroundings. They follow the first
// NumFeatures in a row.
const (
	cSelf = NumFeatures + iota
	cPrev1
	cPrev2
	cPrev3
	cNext1
	cNext2
	cNext3
	cMean3
	cMean8
	cMaxBefore
	cMaxAfter
	cBox
	cP
	cPP
	cPPP
	cMassP
	cMassPP
	cMassPPP
	cOthersP
	cOthersPP
	cSig
	cSigOthers
	cMassBefore
	cMassAfter
	cSureBefore
	cSureAfter
	cDropBefore
	cDropAfter
	cPageMass
	cPageShare
	cPageSure
	cHeading
	cSinceHeading
	cUntilHeading
	cSib3Before
	cSib3After
	cBestMass
	cBestDist
	cRank
	NumAll
)

// ContextNames are for people who look into a model.
var ContextNames = []string{
	"self", "prev1", "prev2", "prev3", "next1", "next2", "next3", "mean3", "mean8", "max-before", "max-after", "p-box", "p-p", "p-pp", "p-ppp", "mass-p", "mass-pp", "mass-ppp",
	"others-p", "others-pp", "p-sig", "sig-others", "mass-before", "mass-after", "sure-before", "sure-after", "drop-before", "drop-after", "page-mass", "page-share", "page-sure",
	"p-heading", "since-heading", "until-heading", "sib3-before", "sib3-after", "best-mass", "best-dist", "rank",
}

// mass is a sum of bytes and of bytes times probability.
type mass struct{ bytes, kept float32 }

func (m mass) share() float32 {
	if m.bytes <= 0 {
		return 0
	}
	return m.kept / m.bytes
}

func (m *mass) add(b float32, prob float32) {
	m.bytes += b
	m.kept += b * prob
}

// surroundings are what Context works out once for a page.
type surroundings struct {
	odds  []float32
	prob  []float32
	size  []float32
	boxes []mass
	sigs  map[uint64]*mass
	all   mass
	sure  int
	best  int32 // the smallest box that holds most of what is kept
}

// Context fills in the second stage's part of rows of NumAll numbers, from the first stage's log-odds.
func (p *Page) Context(rows []float32, odds []float32) {
	n := len(p.Blocks)
	s := &surroundings{odds: odds, prob: make([]float32, n), size: make([]float32, n), boxes: make([]mass, len(p.Boxes)), sigs: map[uint64]*mass{}}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		s.prob[i] = sigmoid(odds[i])
		s.size[i] = float32(b.Len()) + 15
		s.all.add(s.size[i], s.prob[i])
		if s.prob[i] > 0.5 && b.Len() >= 60 {
			s.sure++
		}
		if b.Box < 0 {
			continue
		}
		s.boxes[b.Box].add(s.size[i], s.prob[i])
		sig := p.Boxes[b.Box].sig
		m := s.sigs[sig]
		if m == nil {
			m = &mass{}
			s.sigs[sig] = m
		}
		m.add(s.size[i], s.prob[i])
	}
	for i := len(p.Boxes) - 1; i > 0; i-- {
		if up := p.Boxes[i].Parent; up >= 0 {
			s.boxes[up].bytes += s.boxes[i].bytes
			s.boxes[up].kept += s.boxes[i].kept
		}
	}
	s.best = -1
	for i := range p.Boxes {
		if s.boxes[i].kept > 0.75*s.all.kept {
			s.best = int32(i) // later ones lie deeper
		}
	}
	p.fillSequence(rows, s)
	for i := range p.Blocks {
		p.fillBoxes(rows[i*NumAll:(i+1)*NumAll], i, s)
	}
}

// fillSequence does the features that look along the page.
func (p *Page) fillSequence(rows []float32, s *surroundings) {
	n := len(p.Blocks)
	at := func(i int) float32 {
		if i < 0 || i >= n {
			return -8
		}
		return s.odds[i]
	}
	mean := func(i, w int) float32 {
		var m mass
		for j := max(0, i-w); j <= min(n-1, i+w); j++ {
			if j != i {
				m.add(s.size[j], s.prob[j])
			}
		}
		return m.share()
	}
	sure := func(i int) bool { return s.prob[i] > 0.5 && p.Blocks[i].Len() >= 60 }
	var before mass
	last, dropped := -1, float32(0)
	heading := -1
	var since mass
	for i := range n {
		f := rows[i*NumAll : (i+1)*NumAll]
		f[cSelf], f[cPrev1], f[cPrev2], f[cPrev3], f[cNext1], f[cNext2], f[cNext3] = at(i), at(i-1), at(i-2), at(i-3), at(i+1), at(i+2), at(i+3)
		f[cMean3], f[cMean8] = mean(i, 3), mean(i, 8)
		f[cMaxBefore] = max(at(i-1), at(i-2), at(i-3), at(i-4), at(i-5))
		f[cMaxAfter] = max(at(i+1), at(i+2), at(i+3), at(i+4), at(i+5))
		f[cMassBefore] = before.kept / max(s.all.kept, 1)
		before.add(s.size[i], s.prob[i])
		f[cMassAfter] = (s.all.kept - before.kept) / max(s.all.kept, 1)
		f[cSureBefore] = 50
		if last >= 0 {
			f[cSureBefore] = clip(i-last, 50)
		}
		f[cDropBefore] = logOf(int32(dropped))
		if sure(i) {
			last, dropped = i, 0
		} else {
			dropped += s.size[i]
		}
		f[cHeading] = -9
		if heading >= 0 {
			f[cHeading] = s.odds[heading]
		}
		f[cSinceHeading] = since.share()
		if b := p.Blocks[i].Box; b >= 0 && p.Boxes[b].in&inHeading != 0 {
			heading, since = i, mass{}
		} else {
			since.add(s.size[i], s.prob[i])
		}
		f[cPageMass], f[cPageShare], f[cPageSure] = logOf(int32(s.all.kept)), s.all.share(), logOf(int32(s.sure))
	}
	last, dropped = -1, 0
	var until mass
	for i := n - 1; i >= 0; i-- {
		f := rows[i*NumAll : (i+1)*NumAll]
		f[cSureAfter] = 50
		if last >= 0 {
			f[cSureAfter] = clip(last-i, 50)
		}
		f[cDropAfter] = logOf(int32(dropped))
		if sure(i) {
			last, dropped = i, 0
		} else {
			dropped += s.size[i]
		}
		f[cUntilHeading] = until.share()
		if b := p.Blocks[i].Box; b >= 0 && p.Boxes[b].in&inHeading != 0 {
			until = mass{}
		} else {
			until.add(s.size[i], s.prob[i])
		}
	}
}

// fillBoxes does the features that look up the tree.
func (p *Page) fillBoxes(f []float32, i int, s *surroundings) {
	b := &p.Blocks[i]
	if b.Box < 0 {
		return
	}
	own := mass{s.size[i], s.size[i] * s.prob[i]}
	all := max(s.all.kept, 1)
	f[cBox] = s.boxes[b.Box].share()
	x := &p.Boxes[b.Box]
	sig := s.sigs[x.sig]
	f[cSig] = sig.share()
	f[cSigOthers] = mass{sig.bytes - own.bytes, sig.kept - own.kept}.share()
	f[cBestDist] = -1
	if up := x.Parent; up >= 0 {
		m := s.boxes[up]
		f[cP], f[cMassP] = m.share(), m.kept/all
		f[cOthersP] = mass{m.bytes - own.bytes, m.kept - own.kept}.share()
		var sib mass
		for j := max(0, i-3); j < i; j++ {
			if bj := p.Blocks[j].Box; bj >= 0 && (p.Boxes[bj].Parent == up || bj == up) {
				sib.add(s.size[j], s.prob[j])
			}
		}
		f[cSib3Before] = sib.share()
		sib = mass{}
		for j := i + 1; j <= min(len(p.Blocks)-1, i+3); j++ {
			if bj := p.Blocks[j].Box; bj >= 0 && (p.Boxes[bj].Parent == up || bj == up) {
				sib.add(s.size[j], s.prob[j])
			}
		}
		f[cSib3After] = sib.share()
		if up = p.Boxes[up].Parent; up >= 0 {
			m := s.boxes[up]
			f[cPP], f[cMassPP] = m.share(), m.kept/all
			f[cOthersPP] = mass{m.bytes - own.bytes, m.kept - own.kept}.share()
			if up = p.Boxes[up].Parent; up >= 0 {
				f[cPPP], f[cMassPPP] = s.boxes[up].share(), s.boxes[up].kept/all
			}
		}
	}
	if s.best < 0 {
		return
	}
	at := b.Box
	for up := 0; at >= 0; up++ {
		if at <= s.best && p.Boxes[at].end > s.best {
			f[cBestDist] = float32(min(up, 20))*32 + clip(int(p.Boxes[s.best].depth-p.Boxes[at].depth), 30)
			f[cBestMass] = s.boxes[at].share()
			break
		}
		at = p.Boxes[at].Parent
	}
	f[cRank] = ratio(int32(i)-p.Boxes[s.best].first, p.Boxes[s.best].last-p.Boxes[s.best].first)
}
