package extract

import (
	"errors"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/config"
)

// Rules say where the parts of a site's pages are, by CSS selectors. A rule whose selector finds nothing on a page is
// passed over with a remark, and the next strategy has its turn.
type Rules struct {
	content, next, title, date, author rule
	remove                             []rule
}

// rule is one selector; its zero value is none.
type rule struct {
	group cascadia.SelectorGroup
	text  string // as it was written
}

// set says whether there is a rule.
func (r rule) set() bool { return r.group != nil }

// named is a set of rules and what Result.Sources calls it.
type named struct {
	name string
	*Rules
}

// rules are the sets that hold for the page, the user's first.
func (p *page) rules() []named {
	var all []named
	for _, n := range []named{{"rules", p.in.Rules}, {"site rules", p.site}} {
		if n.Rules != nil {
			all = append(all, n)
		}
	}
	return all
}

// from names a rule in Result.Sources: "rules (h1.title)".
func (n named) from(r rule) string { return n.name + " (" + r.text + ")" }

// ruled is what the first rule of a kind that selects an element with a value gives, and where it is from. A rule that
// selects none leaves a remark.
func (p *page) ruled(r *Result, what string, pick func(*Rules) rule, value func(*html.Node) string) (v, from string) {
	for _, set := range p.rules() {
		by := pick(set.Rules)
		if !by.set() {
			continue
		}
		for _, n := range cascadia.QueryAll(p.doc, by.group) {
			if v := value(n); v != "" {
				return v, set.from(by)
			}
		}
		r.Remarks = append(r.Remarks, fmt.Sprintf("%s: %s select nothing on this page", what, set.from(by)))
	}
	return "", ""
}

// Compile reads the selectors of a source's rules. Without any it gives nil. The error names every selector that cannot
// be read.
func Compile(x config.Extract) (*Rules, error) {
	var errs []error
	read := func(key, selector string) rule {
		if selector == "" {
			return rule{}
		}
		g, err := cascadia.ParseGroup(selector)
		if err != nil {
			errs = append(errs, fmt.Errorf("extract.%s: selector %q: %w", key, selector, err))
		}
		return rule{g, selector}
	}
	r := &Rules{
		content: read("content", x.Content), next: read("next_page", x.NextPage), title: read("title", x.Title),
		date: read("date", x.Date), author: read("author", x.Author),
	}
	for i, s := range x.Remove {
		if one := read(fmt.Sprintf("remove[%d]", i), s); one.set() {
			r.remove = append(r.remove, one)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if !r.content.set() && !r.next.set() && !r.title.set() && !r.date.set() && !r.author.set() && r.remove == nil {
		return nil, nil
	}
	return r, nil
}

// outermost are the elements that a rule selects and that lie in no other such element.
func outermost(n *html.Node, r rule) []*html.Node {
	var out []*html.Node
	for _, m := range cascadia.QueryAll(n, r.group) {
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
func (p *page) remove(r *Result) {
	var by []string
	for _, set := range p.rules() {
		for _, one := range set.remove {
			found := outermost(p.doc, one)
			for _, n := range found {
				n.Parent.RemoveChild(n)
			}
			if len(found) > 0 {
				by = append(by, set.from(one))
			}
		}
	}
	if by != nil {
		r.Sources["removed"] = strings.Join(by, ", ")
	}
}
