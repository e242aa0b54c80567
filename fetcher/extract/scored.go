package extract

import "github.com/feedfolio/feedfolio/fetcher/extract/block"

// Scored is a block of a page with what the automatic strategy makes of it.
type Scored struct {
	Text string
	Path string  // the elements around it
	Odds float32 // above 0 it is kept
}

// Score returns the blocks of a page in their order, each with the model's odds: for those who want to know why a
// paragraph is in an article or is not.
func Score(body []byte, in Input) []Scored {
	model := block.Default()
	p, ev := Blocks(body, in, model.Vocab)
	odds := model.Score(p, ev)
	p.Mend(odds)
	all := make([]Scored, len(odds))
	for i := range odds {
		all[i] = Scored{Text: p.Text(i), Path: p.Path(i), Odds: odds[i]}
	}
	return all
}
