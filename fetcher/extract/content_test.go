package extract_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// article is a page of a site's own design around a body.
func article(body string) []byte {
	return []byte(`<!doctype html><html lang="en"><head><title>Harbour borrows again - The Ledger</title></head><body>
<ul class="nav"><li><a href="/">Home</a></li><li><a href="/markets">Markets</a></li><li><a href="/ships">Ships</a></li></ul>
<div class="story"><h1>Harbour borrows again</h1><div class="story-body">
<p>The board of the harbour said on Tuesday that it would borrow the money, and that the banks had agreed to it after long talks in the town hall.</p>
<p>Dredging begins in March, takes eighteen months, and closes the northern quay to ferries, as the council had feared since the spring.</p>
` + body + `
<p>Whether the fees rise depends on the ferries, the chairman said, adding that nobody had asked him for a promise, and that he would give none.</p>
<p>The council votes on the loan in December, and the first part of the money is to be paid out a week after that, if no court forbids it.</p>
</div></div><div class="footer"><p>The Ledger, all rights reserved</p></div></body></html>`)
}

func TestTablesKeepTheirShape(t *testing.T) {
	t.Parallel()
	table := `<table><tbody><tr><th></th><th>Boxes (millions)</th><th>Change</th></tr><tr><td>Cars</td><td>126.9</td><td>+17.5%</td></tr><tr><td>Food</td><td>41.7</td><td></td></tr></tbody></table>`
	r, err := extract.Page(article(table), extract.Input{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Body, table) {
		t.Errorf("Page gave %s; want it to hold %s", r.Body, table)
	}
}

func TestCaptionsStayWithTheirPictures(t *testing.T) {
	t.Parallel()
	const words = "Cranes at the northern quay. Photo by the port authority"
	for _, tt := range []struct{ name, body string }{
		{"a figure", `<figure><img src="/cranes.jpg"><figcaption>` + words + `</figcaption></figure>`},
		{"a figure whose caption has paragraphs", `<figure><img src="/cranes.jpg"><figcaption><p><span>` + words + `</span></p></figcaption></figure>`},
		{"a paragraph in a box for pictures", `<div class="image top"><img src="/cranes.jpg"><p>` + words + `</p></div>`},
		{"a span beside the picture", `<div class="img_wrapper"><img src="/cranes.jpg" alt="Cranes"><span class="img_descr">` + words + `</span></div>`},
		{"a box in a box", `<div class="storyPhoto"><div><a href="/full.jpg"><img src="/cranes.jpg"></a></div><div class="info"><p>` + words + `</p></div></div>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := extract.Page(article(tt.body), extract.Input{URL: address})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(r.Text, words) {
				t.Errorf("text %q; want it without the caption", r.Text)
			}
			_, figure, _ := strings.Cut(r.Body, "<figure>")
			figure, _, _ = strings.Cut(figure, "</figure>")
			if !strings.Contains(figure, "/cranes.jpg") || !strings.Contains(figure, "<figcaption>") || !strings.Contains(figure, words) {
				t.Errorf("Page gave %s; want a figure with its caption", r.Body)
			}
		})
	}
}

// teasers are the boxes of a section's front page.
func teasers() string {
	var b strings.Builder
	for i, t := range []string{"Harbour borrows again", "Ferry line sold to its crew", "Bank cuts the rate for savers", "Grain stores are full", "Chipmaker builds in the north", "Insurers raise their fees", "Rail freight grows", "Copper falls for a third day"} {
		fmt.Fprintf(&b, `<div class="teaser"><span>Markets</span><h3><a href="/news/%d.html">%s</a></h3><p>The board said on Tuesday that it would act, and that the banks, the council and the crews had agreed to it after long talks.</p></div>`, i, t)
	}
	return b.String()
}

func TestSectionPagesAreNoArticles(t *testing.T) {
	t.Parallel()
	page := `<!doctype html><html lang="en"><head><title>Markets - The Ledger</title></head><body><ul class="nav"><li><a href="/">Home</a></li><li><a href="/ships">Ships</a></li></ul><main><h1>Markets</h1>` + teasers() + `</main></body></html>`
	r, err := extract.Page([]byte(page), extract.Input{URL: "https://ledger.example/markets/"})
	var na *extract.NotArticle
	if !errors.As(err, &na) || na.Kind != "index" {
		t.Errorf("Page(section) = %+v, %v; want a *NotArticle of kind index", r, err)
	}
	r, err = extract.Page(article(`</div><div class="more">`+teasers()+`</div><div class="story-body">`), extract.Input{URL: address})
	if err != nil || !strings.Contains(r.Text, "Dredging begins in March") {
		t.Errorf("Page(article among teasers) = %+v, %v; want the article", r, err)
	}
}
