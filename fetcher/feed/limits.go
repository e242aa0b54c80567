package feed

import "fmt"

// What one feed may hold. Sound feeds are far below.
const (
	maxItems      = 10_000
	maxText       = 5 << 20 // bytes of a summary or content
	maxCategories = 100
	maxLinks      = 100 // enclosures
	maxAuthors    = 50
	maxTitle      = 4 << 10
	maxAddress    = 16 << 10
	maxJSONDepth  = 256
)

const (
	cutCategories uint8 = 1 << iota
	cutLinks
	cutText
	cutTitle
	cutAddress
)

// limit cuts what is too long in an item, and notes what it was.
func (r *rawItem) limit() {
	cut := func(s *string, most int, what uint8) {
		if len(*s) > most {
			*s = clip(*s, most)
			r.cuts |= what
		}
	}
	cut(&r.Item.Title, maxTitle, cutTitle)
	cut(&r.Item.Summary, maxText, cutText)
	cut(&r.Item.Content, maxText, cutText)
	for _, s := range []*string{&r.Item.Link, &r.Item.Image, &r.Item.ID} {
		if len(*s) > maxAddress {
			*s = ""
			r.cuts |= cutAddress
		}
	}
	kept := r.Enclosures[:0]
	for _, e := range r.Enclosures {
		if len(e.URL) > maxAddress {
			r.cuts |= cutAddress
			continue
		}
		kept = append(kept, e)
	}
	r.Enclosures = kept
	for i := range r.Categories {
		cut(&r.Categories[i], maxTitle, cutCategories)
	}
}

// limitRemarks says which limits have bitten, and how often.
func limitRemarks(counts map[uint8]int) []string {
	var out []string
	for _, l := range []struct {
		cut  uint8
		text string
	}{
		{cutCategories, fmt.Sprintf("categories beyond %d left out", maxCategories)},
		{cutLinks, fmt.Sprintf("enclosures beyond %d left out", maxLinks)},
		{cutText, fmt.Sprintf("text cut at %d MiB", maxText>>20)},
		{cutTitle, fmt.Sprintf("title cut at %d kB", maxTitle>>10)},
		{cutAddress, fmt.Sprintf("an address over %d kB left out", maxAddress>>10)},
	} {
		if n := counts[l.cut]; n > 0 {
			out = append(out, fmt.Sprintf("%s: %s", plural(n, "item"), l.text))
		}
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
