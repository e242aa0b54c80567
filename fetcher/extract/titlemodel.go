package extract

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

// places is a set of the places of a page that may name its headline.
type places uint16

const (
	inH1           places = 1 << iota // the h1 that the other places support
	inPrint                           // a block that is the title element's beginning, where there is no h1
	inHeading                         // the nearest heading before the text, likewise
	inPartOfH1                        // the longest part of the h1
	inOtherH1                         // an h1 that the other places support less
	inLD                              // the JSON-LD's headline
	inOG                              // Open Graph
	inTitle                           // the title element
	inTwitter                         // Twitter's card
	inAlternative                     // the JSON-LD's alternativeHeadline
	inLDName                          // the JSON-LD's name
	inHeadlineMeta                    // headlineMetas
	inTitleMeta                       // titleMetas
	inText                            // not a place: the h1 stands below the text's beginning
)

// inMetas are the places that are attributes of meta elements.
const inMetas = inOG | inTwitter | inHeadlineMeta | inTitleMeta

// placeNames are what Result.Sources and the model's file call the places, in the order of the bits.
var placeNames = []string{
	"h1", "headline as printed", "heading before the text", "part of the h1", "another h1", "json-ld headline", "meta og:title", "title element", "meta twitter:title",
	"json-ld alternativeHeadline", "json-ld name", "meta headline", "meta title", "h1 below the text's beginning",
}

// pairs are the places whose agreement counts for more, or less, than the two alone.
var pairs = []places{inH1 | inOG, inH1 | inLD, inH1 | inTitle, inOG | inLD, inOG | inTwitter, inOG | inTitle, inLD | inTitle}

// shapes are the features of a headline's text beside that of the others.
var shapes = []string{"ends in dots", "short", "end of another", "beginning of another", "cut short", "ends in another", "begins with another", "shares few words with any other", "h1 alone"}

// titleFeatures names the features in their order: each place, for pages of newsrooms once more; pairs; shapes.
var titleFeatures = func() []string {
	var names []string
	names = append(names, placeNames...)
	for _, n := range placeNames {
		names = append(names, n+" (news)")
	}
	for _, pair := range pairs {
		names = append(names, pairName(pair))
	}
	for _, pair := range pairs {
		names = append(names, pairName(pair)+" (news)")
	}
	return append(names, shapes...)
}()

func pairName(pair places) string {
	var parts []string
	for i, n := range placeNames {
		if pair&(1<<i) != 0 {
			parts = append(parts, n)
		}
	}
	return strings.Join(parts, " = ")
}

// headline is a text that may be the page's headline, and the places that give it.
type headline struct {
	text, from string
	key        string // loose
	in         places
	news       bool // the page is a newsroom's, by its JSON-LD
}

// headlineGatherer puts together what differs in no letter, and leaves out the site's names.
type headlineGatherer struct {
	list  []*headline
	news  bool
	sites []string
}

func (g *headlineGatherer) add(text string, in places) {
	key := looseKey(text)
	if key == "" || utf8.RuneCountInString(text) > 300 || slices.Contains(g.sites, flatKey(text)) {
		return
	}
	for _, c := range g.list {
		if c.key == key {
			c.in |= in
			return
		}
	}
	name := ""
	for i := range placeNames {
		if in&(1<<i) != 0 {
			name = placeNames[i]
			break
		}
	}
	g.list = append(g.list, &headline{text: text, from: name, key: key, in: in, news: g.news})
}

// features are the numbers of titleFeatures for the i-th of the headlines.
func features(list []*headline, i int) []float64 {
	f := make([]float64, 0, len(titleFeatures))
	set := func(ok bool) {
		if ok {
			f = append(f, 1)
		} else {
			f = append(f, 0)
		}
	}
	c := list[i]
	for b := range placeNames {
		set(c.in&(1<<b) != 0)
	}
	for b := range placeNames {
		set(c.news && c.in&(1<<b) != 0)
	}
	for _, pair := range pairs {
		set(c.in&pair == pair)
	}
	for _, pair := range pairs {
		set(c.news && c.in&pair == pair)
	}
	var end, beginning, cut, endsIn, beginsWith bool
	share := 0.0
	for j, o := range list {
		if j == i {
			continue
		}
		end = end || strings.HasSuffix(o.key, " "+c.key)
		if strings.HasPrefix(o.key, c.key) {
			rest, _ := strings.CutPrefix(o.text, c.text)
			goesOn := len(rest) < len(o.text) && cutShort(rest)
			cut, beginning = cut || goesOn, beginning || !goesOn
		}
		endsIn = endsIn || strings.HasSuffix(c.key, " "+o.key)
		beginsWith = beginsWith || strings.HasPrefix(c.key, o.key+" ")
		share = max(share, wordShare(c.key, o.key))
	}
	for _, ok := range []bool{
		strings.HasSuffix(c.text, "...") || strings.HasSuffix(c.text, "…"), utf8.RuneCountInString(c.text) < 15, end, beginning, cut, endsIn, beginsWith, len(list) > 1 && share < 0.25, c.in == inH1,
	} {
		set(ok)
	}
	return f
}

// cutShort says whether what another text has behind a headline goes on with its sentence.
func cutShort(rest string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
	return unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("\"'“„«‘’", r)
}

// titleModel weighs the features; see titles.txt.
type titleModel []float64

// feedAgrees is what it counts that the feed calls the entry so too. It is not learnt: the corpora have no feeds.
const feedAgrees = 2.5

// choose gives the likeliest headline; nil where there is none. feed is the loose key of the entry's title, "" for none.
func (m titleModel) choose(list []*headline, feed string) *headline {
	if len(list) == 1 {
		return list[0]
	}
	var best *headline
	var most float64
	for i, c := range list {
		sum := 0.0
		for k, v := range features(list, i) {
			sum += m[k] * v
		}
		if c.key == feed {
			sum += feedAgrees
		}
		if best == nil || sum > most {
			best, most = c, sum
		}
	}
	return best
}

//go:embed titles.txt
var titlesText string

// shippedTitles is the model that ships.
var shippedTitles = sync.OnceValue(func() titleModel {
	m, err := readTitleModel(titlesText)
	if err != nil {
		panic("extract: titles.txt: " + err.Error())
	}
	return m
})

// readTitleModel reads a line "WEIGHT FEATURE" for each feature; lines that begin with # are comments.
func readTitleModel(text string) (titleModel, error) {
	weights := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		number, name, _ := strings.Cut(line, " ")
		w, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		weights[strings.TrimSpace(name)] = w
	}
	m := make(titleModel, len(titleFeatures))
	for i, name := range titleFeatures {
		w, ok := weights[name]
		if !ok {
			return nil, fmt.Errorf("no weight for %q: fit the model anew", name)
		}
		m[i] = w
		delete(weights, name)
	}
	for name := range weights {
		return nil, fmt.Errorf("unknown feature %q", name)
	}
	return m, nil
}

// Headline is one text that a page may be called by, for the program that fits the title model.
type Headline struct {
	Text     string
	Features []float64
}

// Headlines gives what the places of a page name as its headline, with the features the title model weighs, named by
// TitleFeatures.
func Headlines(body []byte, in Input) []Headline {
	text, _, _ := Decode(body, in.Header)
	doc, _ := parse(text)
	p := newPage(doc, in)
	r := &Result{Sources: map[string]string{}}
	p.head = collect(doc)
	p.blocks = block.Default().Scan(doc)
	p.decide(r)
	p.siteName(r, p.head)
	list := p.headlines(r, p.head)
	out := make([]Headline, len(list))
	for i, c := range list {
		out[i] = Headline{c.text, features(list, i)}
	}
	return out
}

// TitleFeatures names the features of a Headline.
func TitleFeatures() []string { return titleFeatures }
