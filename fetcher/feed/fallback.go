package feed

import (
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/feedfolio/feedfolio/article"
)

// second is what gofeed makes of a document that our own parser saw no feed in.
type second struct {
	feed  *Feed
	raw   rawFeed
	items []rawItem
}

// maxFallback bounds what gofeed is given: it takes up to thirty times the memory of its input.
const maxFallback = 4 << 20

// fallback gives a document to gofeed; nil where that reads nothing either. gofeed recurses with no bound, and a stack
// that overflows kills the process, so it is never given more elements in one another than maxDepth.
func fallback(doc string) *second {
	if len(doc) > maxFallback || strings.IndexByte(doc, '<') < 0 || deeper(doc, maxDepth) {
		return nil
	}
	g, err := gofeed.NewParser().ParseString(doc)
	if err != nil || g == nil || g.FeedType == "json" || len(g.Items) == 0 && g.Title == "" {
		return nil
	}
	s := &second{feed: &Feed{Format: strings.TrimSpace(g.FeedType + " " + g.FeedVersion), Categories: g.Categories}}
	s.feed.remark("read by the second parser: the first saw no feed")
	one := func(v string) text { return text{s: v, rank: 1} }
	s.raw = rawFeed{
		title: one(g.Title), description: one(g.Description), link: one(g.Link), language: one(g.Language),
		published: one(g.Published), updated: one(g.Updated),
	}
	if g.Image != nil {
		s.raw.image = one(g.Image.URL)
	}
	for _, it := range g.Items {
		if len(s.items) >= maxItems {
			break
		}
		r := rawItem{
			id: one(it.GUID), title: one(it.Title), link: one(it.Link), summary: one(it.Description), content: one(it.Content),
			published: one(it.Published), updated: one(it.Updated),
		}
		r.Categories = it.Categories
		for _, a := range it.Authors {
			if a != nil {
				r.Authors = append(r.Authors, Person{Name: a.Name, Email: a.Email})
			}
		}
		for _, e := range it.Enclosures {
			if e != nil {
				r.Enclosures = append(r.Enclosures, article.Enclosure{URL: e.URL, Type: e.Type})
			}
		}
		if it.Image != nil {
			r.image = one(it.Image.URL)
		}
		s.items = append(s.items, r)
	}
	return s
}

// deeper says whether more than most tags are open at once anywhere in doc, as a parser that trusts no end tag would
// count them.
func deeper(doc string, most int) bool {
	sc := scanner{s: doc}
	depth := 0
	for {
		switch tok, _ := sc.next(); tok {
		case tokEOF:
			return false
		case tokStart:
			if !sc.self {
				depth++
			}
			if depth > most {
				return true
			}
		case tokEnd:
			depth = max(0, depth-1)
		}
	}
}
