package extract

import (
	"errors"
	"fmt"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/config"
)

// Rules say where the parts of a site's pages are, by CSS selectors. A rule whose selector finds nothing on a page is
// passed over with a remark, and the next strategy has its turn.
type Rules struct {
	content, next, title, date, author cascadia.SelectorGroup
	remove                             []cascadia.SelectorGroup
}

// Compile reads the selectors of a source's rules. Without any it gives nil. The error names every selector that cannot
// be read.
func Compile(x config.Extract) (*Rules, error) {
	var errs []error
	group := func(key, selector string) cascadia.SelectorGroup {
		if selector == "" {
			return nil
		}
		g, err := cascadia.ParseGroup(selector)
		if err != nil {
			errs = append(errs, fmt.Errorf("extract.%s: selector %q: %w", key, selector, err))
		}
		return g
	}
	r := &Rules{
		content: group("content", x.Content), next: group("next_page", x.NextPage), title: group("title", x.Title),
		date: group("date", x.Date), author: group("author", x.Author),
	}
	for i, s := range x.Remove {
		if g := group(fmt.Sprintf("remove[%d]", i), s); g != nil {
			r.remove = append(r.remove, g)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if r.content == nil && r.next == nil && r.title == nil && r.date == nil && r.author == nil && r.remove == nil {
		return nil, nil
	}
	return r, nil
}

// first is the first element below n that g selects; nil where g is nil.
func first(n *html.Node, g cascadia.SelectorGroup) *html.Node {
	if g == nil {
		return nil
	}
	return cascadia.Query(n, g)
}

// outermost are the elements that g selects and that lie in no other such element.
func outermost(n *html.Node, g cascadia.SelectorGroup) []*html.Node {
	var out []*html.Node
	if g == nil {
		return nil
	}
	for _, m := range cascadia.QueryAll(n, g) {
		if len(out) > 0 && within(m, out[len(out)-1]) {
			continue
		}
		out = append(out, m)
	}
	return out
}

// within says whether n is root or lies below it.
func within(n, root *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == root {
			return true
		}
	}
	return false
}

// remove takes out of the page what the rules say is never article.
func (p *page) remove() {
	for _, r := range []*Rules{p.in.Rules, p.site} {
		if r == nil {
			continue
		}
		for _, g := range r.remove {
			for _, n := range outermost(p.doc, g) {
				n.Parent.RemoveChild(n)
			}
		}
	}
}
