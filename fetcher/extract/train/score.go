package main

import (
	"strings"
	"unicode"
)

// The measures of the corpus's scorer.

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

func terms(text string) []string {
	var out []string
	for _, w := range words(strings.ToLower(text)) {
		start := 0
		for i, r := range w {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				if i > start {
					out = append(out, w[start:i])
				}
				out = append(out, string(r))
				start = i + len(string(r))
			}
		}
		if start < len(w) {
			out = append(out, w[start:])
		}
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func counts(tokens []string, n int) map[string]int {
	m := map[string]int{}
	if len(tokens) == 0 {
		return m
	}
	if len(tokens) < n {
		m[strings.Join(tokens, "\x00")]++
		return m
	}
	for i := 0; i+n <= len(tokens); i++ {
		m[strings.Join(tokens[i:i+n], "\x00")]++
	}
	return m
}

func overlap(gold, pred map[string]int) (tp, fp, fn float64) {
	for k, g := range gold {
		p := pred[k]
		tp += float64(min(g, p))
		fn += float64(max(0, g-p))
	}
	for k, p := range pred {
		fp += float64(max(0, p-gold[k]))
	}
	return tp, fp, fn
}

func div(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// tally gathers one set's score.
type tally struct {
	pages        int
	f1           float64
	p, r, np, nr float64
	tp, fp, fn   float64
	phrases      bool
	shingle      bool
}

func (t *tally) value() float64 {
	switch {
	case t.phrases:
		return div(2*t.tp, 2*t.tp+t.fp+t.fn)
	case t.shingle:
		p, r := div(t.p, t.np), div(t.r, t.nr)
		return div(2*p*r, p+r)
	}
	return div(t.f1, float64(t.pages))
}

// add scores one page's text and gives the page's own F1.
func (t *tally) add(s *sample, text string) float64 {
	t.pages++
	if len(s.With)+len(s.Without) > 0 {
		t.phrases = true
		sq := squeeze(text)
		var tp, fp float64
		for _, w := range s.With {
			if strings.Contains(sq, squeeze(w)) {
				tp++
			}
		}
		for _, w := range s.Without {
			if strings.Contains(sq, squeeze(w)) {
				fp++
			}
		}
		t.tp += tp
		t.fp += fp
		t.fn += float64(len(s.With)) - tp
		return div(tp+float64(len(s.Without))-fp, float64(len(s.With)+len(s.Without)))
	}
	if s.set == "aeb" {
		t.shingle = true
		tp, fp, fn := overlap(counts(words(s.Body), 4), counts(words(text), 4))
		if tp+fp > 0 {
			t.p += div(tp, tp+fp)
			t.np++
		}
		if tp+fn > 0 {
			t.r += div(tp, tp+fn)
			t.nr++
		}
		return div(2*tp, 2*tp+fp+fn)
	}
	pred := counts(terms(text), 1)
	best := 0.0
	for _, ref := range s.references() {
		tp, fp, fn := overlap(counts(terms(ref), 1), pred)
		best = max(best, div(2*tp, 2*tp+fp+fn))
	}
	t.f1 += best
	return best
}

// references are the bodies a page accepts.
func (s *sample) references() []string {
	if len(s.Paragraphs) == 0 {
		if s.Summary != "" {
			return []string{s.Body, s.Summary + "\n\n" + s.Body}
		}
		return []string{s.Body}
	}
	refs := []string{""}
	optional := 0
	for _, p := range s.Paragraphs {
		if strings.HasPrefix(p, "[") && strings.HasSuffix(p, "]") && optional < 6 {
			optional++
			for _, r := range refs {
				refs = append(refs, r+"\n\n"+p)
			}
			continue
		}
		for i := range refs {
			refs[i] += "\n\n" + p
		}
	}
	return refs
}
