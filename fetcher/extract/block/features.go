package block

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Evidence is what is known of an article from elsewhere than its text.
type Evidence struct {
	Titles      []string // title element, og:title, headline, the feed's title
	Description string   // the standfirst a page gives to others
	Body        string   // articleBody of the page's JSON-LD
	Summary     string   // the feed entry's, as text
}

// The features of a block, by index. A trailing P, PP, PPP means the box's parent, and so on.
const (
	fBytes = iota
	fWords
	fWordLen
	fEnds
	fEndsSentence
	fCommas
	fCapWords
	fUpper
	fDigits
	fCJK
	fStartsLower
	fLinkDensity
	fLinks
	fStartsLink
	fColon
	fBars
	fCopyright
	fYear
	fAt
	fURL
	fQuotes
	fQuoted
	fBold
	fEm
	fTime
	fImage
	fBreaks
	fKind
	fInlineClass
	fWordMin
	fWordMax
	fWordSum
	fWordMean
	fWordFirst
	fArticle
	fArticles
	fMain
	fAside
	fNav
	fFooter
	fHeader
	fForm
	fTable
	fLists
	fFigure
	fQuote
	fHidden
	fARIAHidden
	fDialog
	fBodyProp
	fLink
	fAddress
	fDetails
	fClassOwn
	fClassLeast
	fClassMost
	fClassTotal
	fClassP
	fClassPP
	fDepth
	fIndex
	fOffset
	fBytesBefore
	fBytesAfter
	fPageBlocks
	fPageBytes
	fPageGood
	fGoodBefore
	fGoodAfter
	fGoodDistBefore
	fGoodDistAfter
	fSinceH1
	fHasH1
	fSinceTitle
	fTitleLike
	fTitleWords
	fDescLike
	fBodyLike
	fHasBody
	fRepeat
	fBoxBytes
	fBoxLink
	fBoxGood
	fBoxBlocks
	fBoxMean
	fBoxShare
	fPBytes
	fPLink
	fPGood
	fPBlocks
	fPMean
	fPShare
	fPShort
	fPPBytes
	fPPLink
	fPPGood
	fPPMean
	fPPShare
	fPPShort
	fPPPLink
	fPPPGood
	fPPPShare
	fScore
	fScoreP
	fScorePP
	fBestIn
	fBestUp
	fBestDown
	fBestBefore
	fBestSpan
	fSigCount
	fSigShare
	fSigLink
	fSigMean
	fSigGood
	fSibIndex
	fSibLeft
	fPrevBytes
	fPrevLink
	fPrevKind
	fPrevSame
	fPrev2Bytes
	fPrev2Link
	fPrev2Kind
	fNextBytes
	fNextLink
	fNextKind
	fNextSame
	fNext2Bytes
	fNext2Link
	fNext2Kind
	fPrevEnds
	fNextEnds
	fPrevWord
	fNextWord
	fHeadBytes
	fHeadWord
	fHeadDist
	fHeadLevel
	fLang
	fArtIndex
	fArtTitle
	fTitleUp
	fTitleDown
	fOwnSense
	fLine
	fPrevLine
	fHeadLine
	fAfterImage
	fBeforeImage
	fSense      // numSenses-1 of them
	NumFeatures = fSense + int(numSenses) - 1
)

// FeatureNames are for people who look into a model.
var FeatureNames = strings.Fields(`bytes words word-len ends ends-sentence commas cap-words upper digits cjk starts-lower link-density links starts-link colon bars copyright year at url quotes
quoted bold em time image breaks kind inline-class word-min word-max word-sum word-mean word-first article articles main aside nav footer header form table lists figure quote hidden aria-hidden dialog
body-prop link address details class-own class-least class-most class-total class-p class-pp depth index offset bytes-before bytes-after page-blocks page-bytes page-good good-before good-after
good-dist-before good-dist-after since-h1 has-h1 since-title title-like title-words desc-like body-like has-body repeat box-bytes box-link box-good box-blocks box-mean box-share p-bytes p-link p-good
p-blocks p-mean p-share p-short pp-bytes pp-link pp-good pp-mean pp-share pp-short ppp-link ppp-good ppp-share score score-p score-pp best-in best-up best-down best-before best-span sig-count
sig-share sig-link sig-mean sig-good sib-index sib-left prev-bytes prev-link prev-kind prev-same prev2-bytes prev2-link prev2-kind next-bytes next-link next-kind next-same next2-bytes next2-link
next2-kind prev-ends next-ends prev-word next-word head-bytes head-word head-dist head-level lang art-index art-title title-up title-down
own-sense line prev-line head-line after-image before-image n-comment n-related n-share n-advert n-nav n-caption n-byline n-subscribe n-side n-foot n-tags n-popup n-card n-gallery n-embed n-head n-body n-text n-hidden`)

// PageWide are the features that all blocks of a page share: a learner knows pages by them, so they are not learnt from.
var PageWide = []int{fPageBlocks, fPageBytes, fPageGood, cPageMass, cPageShare, cPageSure}

// goodLen is the least length of a block that looks like running text, in bytes.
const goodLen = 80

func (b *Block) linkDensity() float32 { return ratio(b.linkBytes, int32(b.Len())) }

func (b *Block) good() bool {
	return b.Len() >= goodLen && b.linkBytes*3 < int32(b.Len()) && b.ends+b.commas > 0
}

func ratio(a, b int32) float32 {
	if b <= 0 {
		return 0
	}
	return float32(a) / float32(b)
}

func logOf(n int32) float32 {
	if n < int32(len(logs)) {
		return logs[max(n, 0)]
	}
	return float32(math.Log2(float64(n) + 1))
}

// logs are the logarithms of small numbers.
var logs = func() (t [1024]float32) {
	for i := range t {
		t[i] = float32(math.Log2(float64(i) + 1))
	}
	return t
}()

// sums adds up what the blocks of each box hold.
func (p *Page) sums() {
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Box < 0 {
			continue
		}
		x := &p.Boxes[b.Box]
		n := int32(b.Len())
		x.bytes += n
		x.link += b.linkBytes
		x.ends += b.ends
		x.commas += b.commas
		if !b.good() {
			if n < goodLen {
				x.short++
			}
			continue
		}
		x.good += n
		points := (1 + float32(b.commas) + min(float32(n)/150, 4)) * (1 - b.linkDensity())
		weight := float32(1)
		for at, up := b.Box, 0; at >= 0 && up < 4; up++ {
			p.Boxes[at].score += points * weight
			if up > 0 {
				weight *= 0.6
			}
			at = p.Boxes[at].Parent
		}
	}
	for i := len(p.Boxes) - 1; i >= 0; i-- {
		x := &p.Boxes[i]
		if x.Parent < 0 {
			continue
		}
		up := &p.Boxes[x.Parent]
		up.bytes += x.bytes
		up.link += x.link
		up.good += x.good
		up.ends += x.ends
		up.commas += x.commas
		up.short += x.short
	}
}

// weigh gives each box the weight of its class names.
func (p *Page) weigh() {
	w := p.vocab.ClassWeight
	for i := range p.Boxes {
		x := &p.Boxes[i]
		x.own = 0
		for _, id := range p.classIDs[x.tok:x.tokTo] {
			x.own += w[id]
		}
		x.least, x.most, x.total = min(x.own, 0), max(x.own, 0), x.own
		if x.Parent >= 0 {
			up := &p.Boxes[x.Parent]
			x.least, x.most, x.total = min(x.own, up.least), max(x.own, up.most), x.own+up.total
		}
	}
}

// group is what the blocks of one signature have in common.
type group struct {
	blocks, bytes, link, good int32
}

// wordStats are what a block's words are worth.
type wordStats struct{ least, most, sum, first float32 }

func (p *Page) wordStats(b *Block) (s wordStats) {
	w := p.vocab.WordWeight
	for i, id := range p.wordIDs[b.tok:b.tokTo] {
		v := w[id]
		s.least, s.most = min(s.least, v), max(s.most, v)
		s.sum += v
		if i < 3 {
			s.first += v
		}
	}
	return s
}

// pageStats are what the features of all blocks of a page share.
type pageStats struct {
	bytes, good       int32
	best              int32 // the box that looks most like the article's
	h1                int   // index of the block that holds the headline
	hasH1             bool
	title             int // index of the first block that repeats the title
	titles            []map[uint64]bool
	titleKeys         map[string]bool
	titleFirst        [256]bool // first bytes of the keys
	desc              map[uint64]bool
	shortest, longest int // of the titles keys, in bytes
	scratch           []uint64
	body              map[uint64]bool
	groups            map[uint64]*group
	seen              map[uint64]int
	goodBefore        []int32
	lastGood          []int32
	nextGood          []int32
	words             []wordStats
	lines             []line
	heading           []int32 // index of the nearest heading before; -1
	lang              float32
}

// Features describes each block by a row of NumAll numbers, of which the first NumFeatures are filled in; see Context for
// the rest.
func (p *Page) Features(ev Evidence) []float32 { return p.featuresInto(new([]float32), ev) }

// featuresInto is Features in memory that is used again.
func (p *Page) featuresInto(memory *[]float32, ev Evidence) []float32 {
	p.weigh()
	n := len(p.Blocks) * NumAll
	out := *memory
	if cap(out) < n {
		out = make([]float32, n)
	}
	out = out[:n]
	clear(out)
	st := p.stats(ev)
	for i := range p.Blocks {
		p.describeBlock(out[i*NumAll:(i+1)*NumAll], i, st)
	}
	return out
}

func (p *Page) stats(ev Evidence) *pageStats {
	n := len(p.Blocks)
	st := &pageStats{
		h1: -1, title: -1, best: -1, groups: map[uint64]*group{}, seen: map[uint64]int{}, goodBefore: make([]int32, n), lastGood: make([]int32, n),
		nextGood: make([]int32, n), words: make([]wordStats, n), lines: make([]line, n), heading: make([]int32, n),
	}
	st.titleKeys = map[string]bool{}
	for _, t := range ev.Titles {
		if ws := wordSet(t); len(ws) > 0 {
			st.titles = append(st.titles, ws)
			key := looseKey(t)
			st.titleKeys[key] = true
			if key != "" {
				st.titleFirst[key[0]] = true
			}
			st.longest = max(st.longest, len(key))
			if st.shortest == 0 || len(key) < st.shortest {
				st.shortest = len(key)
			}
		}
	}
	st.desc = wordSet(ev.Description)
	if len(ev.Body) > 0 {
		st.body = shingleSet(ev.Body)
	}
	var bestScore float32
	for i := range p.Boxes {
		if x := &p.Boxes[i]; x.score > bestScore && x.in&inHidden == 0 {
			bestScore, st.best = x.score, int32(i)
		}
	}
	last := int32(-1)
	head := int32(-1)
	var cjk, letters int32
	for i := range p.Blocks {
		b := &p.Blocks[i]
		ln := int32(b.Len())
		st.words[i] = p.wordStats(b)
		st.lines[i] = p.line(i)
		st.goodBefore[i] = st.good
		st.lastGood[i] = last
		st.heading[i] = head
		st.bytes += ln
		cjk += b.cjk
		letters += b.letters
		good := b.good()
		if good {
			st.good += ln
			last = int32(i)
		}
		if b.Box >= 0 {
			x := &p.Boxes[b.Box]
			if x.in&inHeading != 0 {
				head = int32(i)
			}
			if x.kind == kindH1 && !st.hasH1 {
				st.hasH1, st.h1 = true, i
			}
			g := st.groups[x.sig]
			if g == nil {
				g = &group{}
				st.groups[x.sig] = g
			}
			g.blocks++
			g.bytes += ln
			g.link += b.linkBytes
			if good {
				g.good += ln
			}
		}
		if ln < 400 {
			st.seen[b.sum]++
		}
	}
	next := int32(n)
	for i := n - 1; i >= 0; i-- {
		st.nextGood[i] = next
		if p.Blocks[i].good() {
			next = int32(i)
		}
	}
	if cjk*4 > letters {
		st.lang = 1
	}
	st.title = p.titleBlock(st)
	return st
}

// titleBlock is the block that most likely shows the headline: the last one equal to a title that comes before half of the
// running text.
func (p *Page) titleBlock(st *pageStats) int {
	at := -1
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Len() > 300 || b.Len() < 6 || st.goodBefore[i]*2 > st.good {
			continue
		}
		if st.isTitle(p.text[b.start:b.end]) {
			at = i
		}
	}
	if at < 0 && st.hasH1 {
		at = st.h1
	}
	return at
}

// looseKey keeps letters and numbers, lower-cased.
func looseKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// wordSet is the hashes of a text's words.
func wordSet(s string) map[uint64]bool {
	set := map[uint64]bool{}
	eachHash([]byte(s), func(h uint64) { set[h] = true })
	return set
}

// eachWord goes through a text's words in lower case; every CJK character is one.
func eachWord(s string, f func(string)) {
	start := -1
	for i, r := range s {
		if r >= 0x3040 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 {
			if start >= 0 {
				f(strings.ToLower(s[start:i]))
				start = -1
			}
			f(string(r))
			continue
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			f(strings.ToLower(s[start:i]))
			start = -1
		}
	}
	if start >= 0 {
		f(strings.ToLower(s[start:]))
	}
}

// shingleSet is the hashes of a text's runs of three words.
func shingleSet(s string) map[uint64]bool {
	set := map[uint64]bool{}
	var a, b uint64
	eachWord(s, func(w string) {
		c := hashString(w)
		if a != 0 {
			set[a*31*31^b*31^c] = true
		}
		a, b = b, c
	})
	return set
}

func hashString(s string) uint64 {
	h := uint64(hashStart)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return h
}

// share is how much of the text's runs of three words is in the set.
func share(text string, set map[uint64]bool) float32 {
	var a, b uint64
	var all, hit int32
	eachWord(text, func(w string) {
		c := hashString(w)
		if a != 0 {
			all++
			if set[a*31*31^b*31^c] {
				hit++
			}
		}
		a, b = b, c
	})
	return ratio(hit, all)
}

func flag(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func clip(n, limit int) float32 { return float32(min(max(n, -limit), limit)) }

func (p *Page) describeBlock(f []float32, i int, st *pageStats) {
	b := &p.Blocks[i]
	p.describeText(f, b)
	p.describeWords(f, i, st)
	p.describePlace(f, i, st)
	p.describeBoxes(f, i, st)
	p.describeNeighbours(f, i, st)
	f[fLang] = st.lang
}

func (p *Page) describeText(f []float32, b *Block) {
	n := int32(b.Len())
	f[fBytes] = logOf(n)
	f[fWords] = logOf(b.words)
	f[fWordLen] = ratio(n, b.words)
	f[fEnds] = logOf(b.ends)
	f[fEndsSentence] = flag(b.flags&endsSentence != 0)
	f[fCommas] = ratio(b.commas*100, n)
	f[fCapWords] = ratio(b.capWords, b.words)
	f[fUpper] = ratio(b.upper, b.letters)
	f[fDigits] = ratio(b.digits, n)
	f[fCJK] = ratio(b.cjk, b.letters)
	f[fStartsLower] = flag(b.flags&startsLower != 0)
	f[fLinkDensity] = b.linkDensity()
	f[fLinks] = float32(min(b.links, 20))
	f[fStartsLink] = flag(b.flags&startsLink != 0)
	f[fColon] = flag(b.flags&endsColon != 0)
	f[fBars] = float32(min(b.bars, 10))
	f[fCopyright] = flag(b.flags&hasCopyright != 0)
	f[fYear] = flag(b.flags&hasYear != 0)
	f[fAt] = flag(b.flags&hasAt != 0)
	f[fURL] = flag(b.flags&hasURL != 0)
	f[fQuotes] = float32(min(b.quotes, 10))
	f[fQuoted] = flag(b.flags&quoted != 0)
	f[fBold] = ratio(b.boldBytes, n)
	f[fEm] = ratio(b.emBytes, n)
	f[fTime] = flag(b.flags&hasTime != 0)
	f[fImage] = flag(b.flags&hasImage != 0)
	f[fAfterImage] = flag(b.flags&afterImage != 0)
	f[fBeforeImage] = flag(b.flags&beforeImage != 0)
	f[fBreaks] = float32(min(b.breaks, 10))
}

func (p *Page) describeWords(f []float32, i int, st *pageStats) {
	b := &p.Blocks[i]
	w := &st.words[i]
	f[fWordMin], f[fWordMax], f[fWordSum], f[fWordFirst] = w.least, w.most, w.sum, w.first
	if n := b.tokTo - b.tok; n > 0 {
		f[fWordMean] = w.sum / float32(n)
	}
	f[fLine] = float32(st.lines[i])
	if i > 0 {
		f[fPrevLine] = float32(st.lines[i-1])
	}
	if h := st.heading[i]; h >= 0 {
		f[fHeadLine] = float32(st.lines[h])
	}
	var inl float32
	for _, id := range p.classIDs[b.inl:b.inlTo] {
		inl += p.vocab.ClassWeight[id]
	}
	f[fInlineClass] = inl
	if b.Len() <= 400 {
		f[fRepeat] = float32(min(st.seen[b.sum]-1, 5))
		f[fTitleLike] = flag(st.isTitle(p.text[b.start:b.end]))
		if len(st.titles) > 0 || len(st.desc) > 0 {
			st.scratch = distinctWords(st.scratch[:0], p.text[b.start:b.end])
			for _, t := range st.titles {
				f[fTitleWords] = max(f[fTitleWords], jaccard(st.scratch, t))
			}
			f[fDescLike] = jaccard(st.scratch, st.desc)
		}
	}
	f[fHasBody] = flag(st.body != nil)
	f[fBodyLike] = -1
	if st.body != nil {
		f[fBodyLike] = share(string(p.text[b.start:b.end]), st.body)
	}
}

// isTitle says whether a text is a title, letters and numbers alone considered.
func (st *pageStats) isTitle(text []byte) bool {
	if len(text) < st.shortest || len(text) > 3*st.longest+40 {
		return false
	}
	return st.titleFirst[firstOfKey(text)] && st.titleKeys[looseKey(string(text))]
}

// firstOfKey is the first byte of a text's looseKey, found without making it; 0 where the key is empty.
func firstOfKey(text []byte) byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			var buf [utf8.UTFMax]byte
			utf8.EncodeRune(buf[:], unicode.ToLower(r))
			return buf[0]
		}
	}
	return 0
}

// jaccard is the share of the words of either that both have.
func jaccard(a []uint64, b map[uint64]bool) float32 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both := int32(0)
	for _, w := range a {
		if b[w] {
			both++
		}
	}
	return ratio(both, int32(len(a)+len(b))-both)
}

// distinctWords appends the hashes of a short text's words, each once.
func distinctWords(into []uint64, text []byte) []uint64 {
	eachHash(text, func(h uint64) {
		for _, known := range into {
			if known == h {
				return
			}
		}
		into = append(into, h)
	})
	return into
}

// eachHash goes through the hashes of a text's words in lower case; every CJK character is one.
func eachHash(text []byte, f func(uint64)) {
	var h uint64
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		i += n
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r |= 0x20
		case r >= 0x3040 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3:
			if h != 0 {
				f(h)
				h = 0
			}
			f((hashStart ^ uint64(r)) * hashPrime)
			continue
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			r = unicode.ToLower(r)
		default:
			if h != 0 {
				f(h)
				h = 0
			}
			continue
		}
		if h == 0 {
			h = hashStart
		}
		h = (h ^ uint64(r)) * hashPrime
	}
	if h != 0 {
		f(h)
	}
}

func (p *Page) describePlace(f []float32, i int, st *pageStats) {
	b := &p.Blocks[i]
	n := int32(len(p.Blocks))
	f[fIndex] = ratio(int32(i), n)
	f[fOffset] = ratio(b.start, st.bytes)
	f[fBytesBefore] = logOf(b.start)
	f[fBytesAfter] = logOf(st.bytes - b.end)
	f[fPageBlocks] = logOf(n)
	f[fPageBytes] = logOf(st.bytes)
	f[fPageGood] = logOf(st.good)
	f[fGoodBefore] = ratio(st.goodBefore[i], st.good)
	after := st.good - st.goodBefore[i]
	if b.good() {
		after -= int32(b.Len())
	}
	f[fGoodAfter] = ratio(after, st.good)
	f[fGoodDistBefore] = 60
	if st.lastGood[i] >= 0 {
		f[fGoodDistBefore] = clip(i-int(st.lastGood[i]), 60)
	}
	f[fGoodDistAfter] = 60
	if st.nextGood[i] < n {
		f[fGoodDistAfter] = clip(int(st.nextGood[i])-i, 60)
	}
	f[fHasH1] = flag(st.hasH1)
	if st.hasH1 {
		f[fSinceH1] = clip(i-st.h1, 100)
	}
	f[fSinceTitle] = -101
	if st.title >= 0 {
		f[fSinceTitle] = clip(i-st.title, 100)
	}
	f[fHeadLevel] = -1
	f[fHeadDist] = 100
	if h := st.heading[i]; h >= 0 {
		hb := &p.Blocks[h]
		f[fHeadBytes] = logOf(int32(hb.Len()))
		f[fHeadWord] = st.words[h].least + st.words[h].most
		f[fHeadDist] = clip(i-int(h), 100)
		f[fHeadLevel] = float32(p.Boxes[hb.Box].kind)
	}
}

func (p *Page) describeBoxes(f []float32, i int, st *pageStats) {
	b := &p.Blocks[i]
	if b.Box < 0 {
		return
	}
	x := &p.Boxes[b.Box]
	in := x.in
	f[fKind] = float32(x.kind)
	f[fArticle] = flag(in&inArticle != 0)
	f[fArticles] = float32(x.arts)
	f[fMain] = flag(in&inMain != 0)
	f[fAside] = flag(in&inAside != 0)
	f[fNav] = flag(in&inNav != 0)
	f[fFooter] = flag(in&inFooter != 0)
	f[fHeader] = flag(in&inHeader != 0)
	f[fForm] = flag(in&inForm != 0)
	f[fTable] = flag(in&inTable != 0)
	f[fLists] = float32(x.lists)
	f[fFigure] = flag(in&inFigure != 0)
	f[fQuote] = flag(in&inQuote != 0)
	f[fHidden] = flag(in&inHidden != 0)
	f[fARIAHidden] = flag(in&inARIAHidden != 0)
	f[fDialog] = flag(in&inDialog != 0)
	f[fBodyProp] = flag(in&inBodyProp != 0)
	f[fLink] = flag(in&inLink != 0)
	f[fAddress] = flag(in&inAddress != 0)
	f[fDetails] = flag(in&inDetails != 0)
	f[fClassOwn], f[fClassLeast], f[fClassMost], f[fClassTotal] = x.own, x.least, x.most, x.total
	f[fDepth] = float32(x.depth)
	f[fBoxBytes], f[fBoxLink], f[fBoxGood] = logOf(x.bytes), ratio(x.link, x.bytes), ratio(x.good, x.bytes)
	f[fBoxBlocks], f[fBoxMean], f[fBoxShare] = logOf(x.last-x.first), ratio(x.bytes, x.last-x.first), ratio(x.good, st.good)
	f[fScore] = logOf(int32(x.score))
	if g := st.groups[x.sig]; g != nil {
		f[fSigCount], f[fSigShare], f[fSigLink] = logOf(g.blocks), ratio(g.bytes, st.bytes), ratio(g.link, g.bytes)
		f[fSigMean], f[fSigGood] = ratio(g.bytes, g.blocks), ratio(g.good, st.good)
	}
	if x.Parent >= 0 {
		u := &p.Boxes[x.Parent]
		f[fClassP] = u.own
		f[fPBytes], f[fPLink], f[fPGood] = logOf(u.bytes), ratio(u.link, u.bytes), ratio(u.good, u.bytes)
		f[fPBlocks], f[fPMean], f[fPShare] = logOf(u.last-u.first), ratio(u.bytes, u.last-u.first), ratio(u.good, st.good)
		f[fPShort] = ratio(u.short, u.last-u.first)
		f[fScoreP] = logOf(int32(u.score))
		f[fSibIndex] = float32(min(int32(i)-u.first, 50))
		f[fSibLeft] = float32(min(u.last-1-int32(i), 50))
		if u.Parent >= 0 {
			v := &p.Boxes[u.Parent]
			f[fClassPP] = v.own
			f[fPPBytes], f[fPPLink], f[fPPGood] = logOf(v.bytes), ratio(v.link, v.bytes), ratio(v.good, v.bytes)
			f[fPPMean], f[fPPShare], f[fPPShort] = ratio(v.bytes, v.last-v.first), ratio(v.good, st.good), ratio(v.short, v.last-v.first)
			f[fScorePP] = logOf(int32(v.score))
			if v.Parent >= 0 {
				w := &p.Boxes[v.Parent]
				f[fPPPLink], f[fPPPGood], f[fPPPShare] = ratio(w.link, w.bytes), ratio(w.good, w.bytes), ratio(w.good, st.good)
			}
		}
	}
	f[fArtIndex] = float32(min(x.art, 30))
	for k := 1; k < int(numSenses); k++ {
		f[fSense+k-1] = float32(x.near[k])
		if x.near[k] == 1 {
			f[fOwnSense] = float32(k)
		}
	}
	p.describeBest(f, i, st)
	p.describeTitle(f, i, st)
}

// describeTitle says where the block stands to the headline in the tree.
func (p *Page) describeTitle(f []float32, i int, st *pageStats) {
	f[fTitleUp], f[fTitleDown], f[fArtTitle] = -1, -1, -1
	if st.title < 0 || p.Blocks[st.title].Box < 0 {
		return
	}
	title := p.Blocks[st.title].Box
	f[fArtTitle] = clip(int(p.Boxes[p.Blocks[i].Box].art-p.Boxes[title].art), 20)
	at := p.Blocks[i].Box
	for up := 0; at >= 0; up++ {
		if at <= title && p.Boxes[at].end > title {
			f[fTitleUp] = float32(min(up, 30))
			f[fTitleDown] = clip(int(p.Boxes[title].depth-p.Boxes[at].depth), 30)
			return
		}
		at = p.Boxes[at].Parent
	}
}

// describeBest says where the block stands to the box that looks most like the article's.
func (p *Page) describeBest(f []float32, i int, st *pageStats) {
	f[fBestUp], f[fBestDown] = -1, -1
	if st.best < 0 {
		return
	}
	best := &p.Boxes[st.best]
	at := p.Blocks[i].Box
	for up := 0; at >= 0; up++ {
		if at <= st.best && p.Boxes[at].end > st.best {
			f[fBestUp] = float32(min(up, 30)) // steps from the block to what holds both
			f[fBestDown] = clip(int(best.depth-p.Boxes[at].depth), 30)
			f[fBestIn] = flag(at == st.best)
			break
		}
		at = p.Boxes[at].Parent
	}
	switch j := int32(i); {
	case j < best.first:
		f[fBestBefore] = -clip(int(best.first-j), 50)
	case j >= best.last:
		f[fBestBefore] = clip(int(j-best.last+1), 50)
	}
	f[fBestSpan] = ratio(int32(i)-best.first, best.last-best.first)
}

func (p *Page) describeNeighbours(f []float32, i int, st *pageStats) {
	put := func(j, length, link, kind int) *Block {
		f[kind] = -1
		if j < 0 || j >= len(p.Blocks) {
			f[length], f[link] = -1, -1
			return nil
		}
		b := &p.Blocks[j]
		f[length], f[link] = logOf(int32(b.Len())), b.linkDensity()
		if b.Box >= 0 {
			f[kind] = float32(p.Boxes[b.Box].kind)
		}
		return b
	}
	if b := put(i-1, fPrevBytes, fPrevLink, fPrevKind); b != nil {
		f[fPrevSame] = p.related(i-1, i)
		f[fPrevEnds] = flag(b.flags&endsSentence != 0)
		f[fPrevWord] = st.words[i-1].least + st.words[i-1].most
	}
	put(i-2, fPrev2Bytes, fPrev2Link, fPrev2Kind)
	if b := put(i+1, fNextBytes, fNextLink, fNextKind); b != nil {
		f[fNextSame] = p.related(i, i+1)
		f[fNextEnds] = flag(b.flags&endsSentence != 0)
		f[fNextWord] = st.words[i+1].least + st.words[i+1].most
	}
	put(i+2, fNext2Bytes, fNext2Link, fNext2Kind)
}

// related says how near two neighbouring blocks are in the tree: 3 in one box, 2 in boxes of one parent and signature, 1
// of one parent.
func (p *Page) related(i, j int) float32 {
	a, b := p.Blocks[i].Box, p.Blocks[j].Box
	if a == b {
		return 3
	}
	if a < 0 || b < 0 {
		return 0
	}
	x, y := &p.Boxes[a], &p.Boxes[b]
	switch {
	case x.Parent == y.Parent && x.sig == y.sig:
		return 2
	case x.Parent == y.Parent || x.Parent == b || y.Parent == a:
		return 1
	}
	return 0
}
