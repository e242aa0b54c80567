package block

import (
	"unicode"
	"unicode/utf8"
)

// Vocab holds what the names of classes and the words of a text are worth: the log-odds of belonging to the article, over
// sites. It is read only, but for a trainer's, which learns new names as it meets them.
type Vocab struct {
	classes, words        map[uint64]int32
	known                 sieve // of both
	ClassWeight           []float32
	WordWeight            []float32
	ClassNames, WordNames []string
	learning              bool
}

// sieve tells quickly that a hash is in no set, as is true of most names and words of a page: a bit for each hash that is.
type sieve []uint64

// newSieve makes a sieve of a number of bits, a power of two and at least 64.
func newSieve(bits int) sieve { return make(sieve, bits/64) }

func (s sieve) add(h uint64) { s[h>>6%uint64(len(s))] |= 1 << (h % 64) }

// may says whether the hash may have been added; false is certain.
func (s sieve) may(h uint64) bool { return s[h>>6%uint64(len(s))]>>(h%64)&1 != 0 }

// newReadVocab returns an empty vocabulary to be filled from a model's file.
func newReadVocab() *Vocab {
	return &Vocab{classes: map[uint64]int32{}, words: map[uint64]int32{}, known: newSieve(1 << 17)}
}

// NewVocab returns an empty vocabulary that takes in every name it meets.
func NewVocab() *Vocab {
	return &Vocab{classes: map[uint64]int32{}, words: map[uint64]int32{}, learning: true}
}

func (v *Vocab) classID(h uint64, name []byte) int32 {
	if !v.learning && !v.known.may(h) {
		return -1
	}
	if id, ok := v.classes[h]; ok {
		return id
	}
	if !v.learning {
		return -1
	}
	id := int32(len(v.ClassNames))
	v.classes[h] = id
	v.ClassNames = append(v.ClassNames, string(name))
	return id
}

// wordID looks up the hash of a word or a pair of words; rest is the text from there on, for the names of new ones.
func (v *Vocab) wordID(h uint64, rest []byte) int32 {
	if !v.learning && !v.known.may(h) {
		return -1
	}
	if id, ok := v.words[h]; ok {
		return id
	}
	if !v.learning {
		return -1
	}
	id := int32(len(v.WordNames))
	v.words[h] = id
	v.WordNames = append(v.WordNames, firstWords(rest))
	return id
}

// firstWords is up to 40 bytes of a text, cut at a character's end.
func firstWords(b []byte) string {
	n := 0
	for n < len(b) && n < 40 {
		r, size := utf8.DecodeRune(b[n:])
		if unicode.IsControl(r) {
			break
		}
		n += size
	}
	return string(b[:n])
}

// Weigh sets what names and words are worth. It is for the trainer.
func (v *Vocab) Weigh(classes, words []float32) { v.ClassWeight, v.WordWeight = classes, words }

// ClassesOf gives the ids of the class names of the block's box; WordsOf those of its first words. They are for the
// trainer.
func (p *Page) ClassesOf(box int) []int32 { x := &p.Boxes[box]; return p.classIDs[x.tok:x.tokTo] }

// WordsOf gives the ids of the block's first words and pairs.
func (p *Page) WordsOf(i int) []int32 { b := &p.Blocks[i]; return p.wordIDs[b.tok:b.tokTo] }

// Span gives the blocks inside a box: from first to last-1.
func (p *Page) Span(box int) (first, last int) {
	return int(p.Boxes[box].first), int(p.Boxes[box].last)
}

// Path names the elements around a block, innermost last, for people.
func (p *Page) Path(i int) string {
	s := ""
	for at, up := p.Blocks[i].Box, 0; at >= 0 && up < 4; up++ {
		n := p.Boxes[at].Node
		part := n.Data
		if c := attr(n, "class"); c != "" {
			part += "." + c[:min(len(c), 40)]
		}
		s = part + " > " + s
		at = p.Boxes[at].Parent
	}
	return s
}
