// Package near tells near-duplicates: the same story as another source carries it, with another headline, an agency's
// prefix, a paragraph less or a line of promotion more. It is pure: text in, values out.
//
// Of makes a Print of a title and a text. Print.Keys are what a database finds candidates by: articles that share two of
// eight keys are worth a look, those with the most first; of copies cut to 70 % 99.7 % share two, of others all. Same
// decides by two prints alone. Compare decides by the two texts, where both are at hand: it samples nothing and so makes
// no error of sampling. A caller asks in this order, and each step leaves few pairs to the next.
//
// What is compared. A text is read as tokens: words in lower case, single characters of scripts that write no spaces
// (Han, kana, Thai ...), numbers. Full-width forms count as their ASCII twins; a number loses the commas of its
// thousands, "3 percent" is 3%, and a date with a day is one token however it is written (2024年3月5日, 2024-03-05, March
// 5, 2024). 万 and 亿 are no arithmetic: 3亿 and 30000万 are two things. The tokens make
//
//   - short shingles, three words or two characters, for a simhash of 64 bits (M. Charikar, "Similarity estimation
//     techniques from rounding algorithms", STOC 2002; G. S. Manku, A. Jain, A. Das Sarma, "Detecting near-duplicates for
//     web crawling", WWW 2007). Its distance says how much of the wording is common.
//   - long shingles, four words or six characters, of which the least hash values are kept (A. Broder, "On the resemblance
//     and containment of documents", 1997). They say how much of the shorter text is in the longer one, also where that is
//     half as long again, and the very least are the Keys.
//   - figures: each number, and each code in brackets (NYSE: ABC), with the words before it and with those behind it.
//     Where two texts say the same words about another number they contradict each other: "up 3%" and "up 5%" are two
//     stories, and so are the market reports of two days and the same notice of two companies, however alike. One that
//     leaves out a part contradicts nothing: of the same words its numbers are some of the other's.
//
// What it cannot tell: the same notice of two companies whose texts have no code and no number that differs; and a copy
// that mends a number counts as another story.
//
// Why the keys are no bands of the simhash: a copy cut to 70 % is 6 to 17 bits away (22 at most). Tables that find 17 bits
// of 64 with certainty select next to nothing, and the usual four bands of 16 bits find 3 bits. The test in this package
// measures both on the same pairs.
//
// Short texts have no copies here: a flash says one thing in one sentence, and another flash says another thing in nearly
// the same one. Texts under MinSize are never the same.
package near

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

const (
	// MinSize is the least Print.Size of which a copy is told: 80 Chinese characters, or 40 words.
	MinSize = 80

	sketchSize = 32 // kept long shingles
	keyCount   = 8  // of these, for the database
	maxFigures = 64
	maxText    = 1 << 20 // bytes that are read of a text
)

// Print is the fingerprint of an article. The zero value is that of an empty text.
type Print struct {
	Simhash uint64   // over short shingles
	Size    int      // characters of scripts without spaces, plus twice the words and numbers
	Sketch  []uint64 // the least hashes of long shingles, 48 bits each, ascending; at most 32
	Figures []uint32 // numbers in their context, ascending: 20 bits of the words beside, 12 of the number; at most 64
	Cut     bool     // there are more figures than Figures has
}

// Of makes the fingerprint of an article's title and text; the text is plain, as article.Text gives it. Of a text over
// 1 MiB the beginning counts.
func Of(title, text string) Print {
	toks := tokens(title, text)
	p := Print{Size: sizeOf(toks)}
	var sim counters
	least := bottom{make([]uint64, 0, sketchSize)}
	sums := prefixSums(toks)
	for i := range toks {
		short, long := lengths(toks[i].kind)
		if i+short.n <= len(toks) {
			sim.add(short.at(sums, i))
		}
		if i+long.n <= len(toks) {
			least.add(long.at(sums, i))
		}
	}
	p.Simhash, p.Sketch = sim.sign(), slices.Clip(least.values)
	p.Figures, p.Cut = leastFigures(figures(toks))
	return p
}

// Keys are what a database finds candidates by: at most eight numbers, of which copies share one or more. None for a
// text that is too short to have copies.
func (p Print) Keys() []int64 {
	if p.Size < MinSize {
		return nil
	}
	keys := make([]int64, 0, keyCount)
	for _, h := range p.Sketch[:min(keyCount, len(p.Sketch))] {
		keys = append(keys, int64(h))
	}
	return keys
}

// Distance is the number of bits in which two simhashes differ, 0 to 64.
func Distance(a, b Print) int { return bits.OnesCount64(a.Simhash ^ b.Simhash) }

// MarshalBinary returns the print in the form that a database keeps: a version, then the fields; at most 464 bytes.
func (p Print) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, 17+6*len(p.Sketch)+4*len(p.Figures))
	flags := byte(0)
	if p.Cut {
		flags = 1
	}
	b = append(b, printVersion, flags, byte(len(p.Sketch)), byte(len(p.Figures)))
	b = binary.BigEndian.AppendUint32(b, uint32(min(p.Size, 1<<31-1)))
	b = binary.BigEndian.AppendUint64(b, p.Simhash)
	for _, h := range p.Sketch {
		b = binary.BigEndian.AppendUint64(b, h<<16)[:len(b)+6]
	}
	for _, f := range p.Figures {
		b = binary.BigEndian.AppendUint32(b, f)
	}
	return b, nil
}

// printVersion grows when prints of one version can no longer be compared with those of the one before.
const printVersion = 1

// ErrVersion says that bytes are a print of another version, or none. Make it anew from the text.
var ErrVersion = errors.New("not a print of this version")

// UnmarshalBinary reads what MarshalBinary has written.
func (p *Print) UnmarshalBinary(b []byte) error {
	const head = 16
	if len(b) < head || b[0] != printVersion || b[1] > 1 || b[2] > sketchSize || b[3] > maxFigures ||
		len(b) != head+6*int(b[2])+4*int(b[3]) {
		return ErrVersion
	}
	q := Print{Cut: b[1] == 1, Size: int(binary.BigEndian.Uint32(b[4:]) & (1<<31 - 1)), Simhash: binary.BigEndian.Uint64(b[8:])}
	sketch, figs := b[head:head+6*int(b[2])], b[head+6*int(b[2]):]
	for ; len(sketch) > 0; sketch = sketch[6:] {
		q.Sketch = append(q.Sketch, uint64(binary.BigEndian.Uint16(sketch))<<32|uint64(binary.BigEndian.Uint32(sketch[2:])))
	}
	for ; len(figs) > 0; figs = figs[4:] {
		q.Figures = append(q.Figures, binary.BigEndian.Uint32(figs))
	}
	if !ascending(q.Sketch) || !ascending(q.Figures) {
		return ErrVersion
	}
	*p = q
	return nil
}

func ascending[T uint32 | uint64](s []T) bool {
	for i := 1; i < len(s); i++ {
		if s[i] <= s[i-1] {
			return false
		}
	}
	return true
}

// bottom keeps the least values that it was given, each once, ascending.
type bottom struct{ values []uint64 }

func (b *bottom) add(h uint64) {
	h >>= 16
	n := len(b.values)
	if n == sketchSize && h >= b.values[n-1] {
		return
	}
	at, found := slices.BinarySearch(b.values, h)
	if found {
		return
	}
	if n == sketchSize {
		b.values = b.values[:n-1]
	}
	b.values = slices.Insert(b.values, at, h)
}

// counters counts each of 64 bits, as planes of a binary number: an addition touches few planes, where counting bit by
// bit would touch 64 numbers.
type counters struct {
	planes [24]uint64
	n      int
}

func (c *counters) add(h uint64) {
	c.n++
	for i := range c.planes {
		c.planes[i], h = c.planes[i]^h, c.planes[i]&h
		if h == 0 {
			return
		}
	}
}

// sign is the simhash: a bit is 1 where more than half of what was added had it.
func (c *counters) sign() uint64 {
	var out uint64
	for bit := range 64 {
		n := 0
		for i, p := range c.planes {
			n |= int(p>>bit&1) << i
		}
		if 2*n > c.n {
			out |= 1 << bit
		}
	}
	return out
}
