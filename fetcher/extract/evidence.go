package extract

import (
	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// Blocks decodes and parses a page and parts it into blocks, with the evidence for which of them are the article. It is
// for the trainer and for tools that show what the model sees; Page is what makes articles.
func Blocks(body []byte, in Input, v *block.Vocab) (*block.Page, block.Evidence) {
	text, _, _ := Decode(body, in.Header)
	doc, _ := parse(text)
	p := newPage(doc, in)
	p.head = collect(doc)
	return block.Scan(doc, v), p.evidence()
}

// Kept is the text that the automatic strategy would make of the page, were these the log-odds of its blocks as Blocks parts
// it: for the trainer, which scores models that do not ship.
func Kept(body []byte, in Input, odds []float32) string {
	text, _, _ := Decode(body, in.Header)
	doc, _ := parse(text)
	p := newPage(doc, in)
	p.head = collect(doc)
	p.applyBase()
	p.blocks = block.Scan(doc, block.NewVocab()) // the model that ships may not fit the features yet
	p.odds = odds
	p.blocks.Mend(p.odds)
	root := p.structured(&Result{}, p.carve())
	if root == nil {
		return ""
	}
	return plainText(root)
}

// evidence is what the page's head and the feed say about the article.
func (p *page) evidence() block.Evidence {
	if p.known != nil {
		return *p.known
	}
	h := p.head
	var ev block.Evidence
	add := func(t string) {
		if t = squeeze(html.UnescapeString(t)); t != "" {
			ev.Titles = append(ev.Titles, t)
		}
	}
	add(h.title)
	if v, _ := h.get("og:title"); v != "" {
		add(v)
	}
	a := h.article()
	add(ldFirst(a["headline"]))
	add(p.in.Title)
	ev.Description, _ = h.get("og:description", "description", "twitter:description")
	if body, ok := a["articleBody"].(string); ok {
		ev.Body = html.UnescapeString(body)
	}
	ev.Summary = p.in.Summary
	p.known = &ev
	return ev
}
