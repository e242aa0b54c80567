package extract_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
)

func TestEachShippedRuleFindsSomethingOnItsPage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("sites.yml")
	if err != nil {
		t.Fatal(err)
	}
	var sites map[string]config.Extract
	if err := yaml.Unmarshal(b, &sites); err != nil {
		t.Fatal(err)
	}
	for host, x := range sites {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			address := "https://news." + host + "/2026-10-18/100.html"
			r, err := extract.Page(readPage(t, "site-"+host), extract.Input{URL: address})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "site-"+host, r.Report("site-"+host, "page.html", address))
			for key, selector := range map[string]string{"body": x.Content, "title": x.Title, "published": x.Date, "authors": x.Author, "next_page": x.NextPage} {
				if want := "site rules (" + selector + ")"; selector != "" && r.Sources[key] != want {
					t.Errorf("%s is from %q; want %q", key, r.Sources[key], want)
				}
			}
			for _, selector := range x.Remove {
				if !strings.Contains(r.Sources["removed"], "site rules ("+selector+")") {
					t.Errorf("%q removes nothing: %q", selector, r.Sources["removed"])
				}
			}
		})
	}
	pages, err := filepath.Glob("testdata/site-*")
	if err != nil || len(pages) != len(sites) {
		t.Errorf("pages %q, %v; want one for each of %q", pages, err, slices.Sorted(maps.Keys(sites)))
	}
}

// ruled is a page on which each rule has its choice.
const ruled = `<html lang="en"><head><title>Harbour borrows again - The Ledger</title><meta name="author" content="Ove Lund"></head><body>
<h1>Harbour borrows again</h1><p class="kicker-title">The loan of the year</p><p>By Ove Lund, 3 May 2026</p>
<div class="by"><b>By Ingrid Aas and Per Holm</b></div><span class="when">17 February 2026, 08:15 UTC</span><meta class="stamp" content="2026-02-18T10:00:00Z">
<div id="text"><p>The board of the harbour said on Tuesday that it would borrow the money, and that the banks had agreed to it after long talks.</p>
<div class="promo"><p>Read the Ledger for a crown a week, and learn first what the board decides about the harbour and its fees.</p></div>
<p>Dredging begins in March, takes eighteen months, and closes the northern quay to ferries, as the council had feared.</p></div>
<div id="script-fills-this"></div>
<p>Whether the fees rise depends on the ferries, the chairman said, adding that nobody had asked him for a promise at all.</p>
<a class="more" href="loan-2.html">The loan, continued</a> <a class="nowhere">next</a></body></html>`

func TestRules(t *testing.T) {
	t.Parallel()
	plain, err := extract.Page([]byte(ruled), extract.Input{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		rules  config.Extract
		source string // of which field, and what it is then
		from   string
		ok     func(r *extract.Result) bool
		remark string
	}{
		{"content is the article, whatever else looks like one", config.Extract{Content: "#text"}, "body", "rules (#text)", func(r *extract.Result) bool {
			return r.Strategy == "rules" && strings.Contains(r.Text, "Read the Ledger") && !strings.Contains(r.Text, "chairman")
		}, ""},
		{"content of several elements is all of them", config.Extract{Content: "#text > p, .by"}, "body", "rules (#text > p, .by)", func(r *extract.Result) bool {
			return strings.Contains(r.Text, "Ingrid Aas") && strings.Contains(r.Text, "Dredging") && !strings.Contains(r.Text, "Read the Ledger")
		}, ""},
		{"content that a script fills is none", config.Extract{Content: "#script-fills-this"}, "body", "", func(r *extract.Result) bool { return r.Strategy == "automatic" && r.Text == plain.Text }, "content: rules (#script-fills-this) select nothing"},
		{"what is removed is in no article", config.Extract{Content: "#text", Remove: []string{".promo", ".not-here"}}, "removed", "rules (.promo)", func(r *extract.Result) bool { return !strings.Contains(r.Text, "Read the Ledger") }, ""},
		{"also in that of the automatic strategy", config.Extract{Remove: []string{"#text p:first-child"}}, "removed", "rules (#text p:first-child)", func(r *extract.Result) bool {
			return r.Strategy == "automatic" && !strings.Contains(r.Text, "long talks") && strings.Contains(r.Text, "Dredging")
		}, ""},
		{"title", config.Extract{Title: ".kicker-title"}, "title", "rules (.kicker-title)", func(r *extract.Result) bool { return r.Title == "The loan of the year" }, ""},
		{"a title that is not there", config.Extract{Title: "h2.title"}, "title", plain.Sources["title"], func(r *extract.Result) bool { return r.Title == plain.Title }, "title: rules (h2.title) select nothing"},
		{"date as text", config.Extract{Date: ".when"}, "published", "rules (.when)", func(r *extract.Result) bool {
			return r.Published.Equal(time.Date(2026, 2, 17, 8, 15, 0, 0, time.UTC))
		}, ""},
		{"date as content", config.Extract{Date: ".stamp"}, "published", "rules (.stamp)", func(r *extract.Result) bool {
			return r.Published.Equal(time.Date(2026, 2, 18, 10, 0, 0, 0, time.UTC))
		}, ""},
		{"the first of the selected that has a date", config.Extract{Date: "h1, .when"}, "published", "rules (h1, .when)", func(r *extract.Result) bool { return r.Published.Month() == time.February }, ""},
		{"what has no date is none", config.Extract{Date: "h1"}, "published", plain.Sources["published"], func(r *extract.Result) bool { return r.Published.Equal(plain.Published) }, "date: rules (h1) select nothing"},
		{"author", config.Extract{Author: ".by b"}, "authors", "rules (.by b)", func(r *extract.Result) bool { return slices.Equal(r.Authors, []string{"Ingrid Aas", "Per Holm"}) }, ""},
		{"what is no name is no author", config.Extract{Author: ".when"}, "authors", plain.Sources["authors"], func(r *extract.Result) bool { return slices.Equal(r.Authors, plain.Authors) }, "author: rules (.when): no name in"},
		{"next page, whatever its address", config.Extract{NextPage: "a.more"}, "next_page", "rules (a.more)", func(r *extract.Result) bool { return r.NextPage == "https://ledger.example/news/loan-2.html" }, ""},
		{"a link without an address is no next page", config.Extract{NextPage: "a.nowhere"}, "next_page", "", func(r *extract.Result) bool { return r.NextPage == "" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rules, err := extract.Compile(tt.rules)
			if err != nil {
				t.Fatal(err)
			}
			r, err := extract.Page([]byte(ruled), extract.Input{URL: address, Rules: rules})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Report("", "", "").Sources[tt.source]; got != tt.from {
				t.Errorf("%s is from %q; want %q", tt.source, got, tt.from)
			}
			if !tt.ok(r) {
				t.Errorf("Page = %+v", r)
			}
			if tt.remark != "" && !slices.ContainsFunc(r.Remarks, func(s string) bool { return strings.HasPrefix(s, tt.remark) }) {
				t.Errorf("remarks %q; want %q", r.Remarks, tt.remark)
			}
		})
	}
}

func TestChineseAuthorOfARule(t *testing.T) {
	t.Parallel()
	rules, err := extract.Compile(config.Extract{Author: ".info span:nth-of-type(3)"})
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Replace(string(readPage(t, "chinese-paged")), "作者：沈一帆", "作者：沈一帆、Ove Lund", 1)
	r, err := extract.Page([]byte(page), extract.Input{URL: address, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"沈一帆", "Ove Lund"}; !slices.Equal(r.Authors, want) {
		t.Errorf("authors %q from %q; want %q", r.Authors, r.Sources["authors"], want)
	}
}

func TestTheUsersRulesComeBeforeTheShipped(t *testing.T) {
	t.Parallel()
	rules, err := extract.Compile(config.Extract{Title: "#subhead"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := extract.Page(readPage(t, "site-caixin.com"), extract.Input{URL: "https://finance.caixin.com/2026-10-18/100.html", Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sources["title"] != "rules (#subhead)" || r.Sources["body"] != "site rules (#Main_Content_Val)" {
		t.Errorf("sources %q; want the user's title, and the body of the site's rules", r.Sources)
	}
}

func TestABodyByARuleMayBeATeaser(t *testing.T) {
	t.Parallel()
	rules, err := extract.Compile(config.Extract{Content: ".article"})
	if err != nil {
		t.Fatal(err)
	}
	page := `<html lang="en"><head><title>Quay sold</title></head><body><h1>Quay sold</h1><div class="article"><p>The northern quay has been sold to a company from the islands, the harbour said on Monday, without naming a price or a date.</p></div><div class="wall"><p>Subscribe to continue reading this article.</p></div></body></html>`
	r, err := extract.Page([]byte(page), extract.Input{URL: address, Rules: rules})
	if err != nil || !r.Partial {
		t.Errorf("Page = %+v, %v; want a partial article", r, err)
	}
}
