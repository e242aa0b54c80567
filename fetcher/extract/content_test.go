package extract_test

import (
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
