package fetcher

import (
	"bytes"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// ruleHTML is what the selector of a source's rule holds, without what the rule removes: the body of the seed profile,
// which is not cleaned. "" where there is no rule, or it matches nothing.
func ruleHTML(p *Page, x *config.Extract) string {
	if x == nil || x.Content == "" {
		return ""
	}
	content, err := cascadia.Compile(x.Content)
	if err != nil {
		return ""
	}
	text, _, _ := extract.Decode(p.Body, p.Header)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(text))
	if err != nil {
		return ""
	}
	found := doc.FindMatcher(content).First()
	for _, s := range x.Remove {
		if m, err := cascadia.Compile(s); err == nil {
			found.FindMatcher(m).Remove()
		}
	}
	h, err := found.Html()
	if err != nil {
		return ""
	}
	return h
}
