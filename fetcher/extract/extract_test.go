package extract_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// address is where the pages of testdata come from.
const address = "https://ledger.example/news/invest.html"

func readPage(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden compares a whole Report with testdata/NAME/want.json.
func golden(t *testing.T, name string, rep extract.Report) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(rep); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name, "want.json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("Page(%s) = %s\nwant %s", name, b.Bytes(), want)
	}
}

func TestPageGivesTheArticle(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"english", "chinese-gb2312", "chinese-gbk-declared-utf-8", "chinese-paged", "paywall", "json-ld-only"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := extract.Page(readPage(t, name), extract.Input{URL: address})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, r.Report(name, "page.html", address))
		})
	}
}

func TestPageRefusesWhatIsNoArticle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ page, kind string }{
		{"consent", "consent"},
		{"captcha", "captcha"},
		{"captcha-chinese", "captcha"},
		{"login", "login"},
		{"not-found", "not found"},
		{"not-found-chinese", "not found"},
		{"index", "index"},
	} {
		t.Run(tt.page, func(t *testing.T) {
			t.Parallel()
			r, err := extract.Page(readPage(t, tt.page), extract.Input{URL: "https://ledger.example/news"})
			var na *extract.NotArticle
			if !errors.As(err, &na) {
				t.Fatalf("Page(%s) = %+v, %v; want *NotArticle", tt.page, r, err)
			}
			if na.Kind != tt.kind {
				t.Errorf("Page(%s): kind %q (%v); want %q", tt.page, na.Kind, na, tt.kind)
			}
		})
	}
}

func TestPageOfNothingIsNoArticle(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " ", "<html></html>", "\x00", "<p>"} {
		if r, err := extract.Page([]byte(body), extract.Input{}); err == nil {
			t.Errorf("Page(%q) = %+v; want an error", body, r)
		}
	}
}

func TestPageRefusesWhatIsNoPage(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"%PDF-1.7\n...", "\x89PNG\r\n", `<?xml version="1.0"?><rss version="2.0"><channel/></rss>`, `{"items": []}`, "\xef\xbb\xbf<feed/>"} {
		_, err := extract.Page([]byte(body), extract.Input{})
		var na *extract.NotArticle
		if !errors.As(err, &na) || na.Kind != "not html" {
			t.Errorf("Page(%q): %v; want a *NotArticle of kind not html", body, err)
		}
	}
}

func TestPageIsStable(t *testing.T) {
	t.Parallel()
	body := readPage(t, "english")
	var first []byte
	for range 5 {
		r, err := extract.Page(slices.Clone(body), extract.Input{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(r)
		if first == nil {
			first = b
		} else if !bytes.Equal(b, first) {
			t.Fatalf("the same page gave\n%s\nand\n%s", first, b)
		}
	}
}

func TestBodyKeepsWhatAnArticleHas(t *testing.T) {
	t.Parallel()
	r, err := extract.Page(readPage(t, "english"), extract.Input{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<table>", "<li>", "<h2>", "<figure>", "<figcaption>", `src="https://ledger.example/media/quay-large.jpg"`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the body has no %s: %s", want, r.Body)
		}
	}
	for _, bad := range []string{"script", "Share", "Most read", "harbourcat", "Related", "Brandvik orders"} {
		if strings.Contains(r.Body, bad) {
			t.Errorf("the body has %q: %s", bad, r.Body)
		}
	}
	if strings.Contains(r.Text, "Photo: Ledger") {
		t.Errorf("the text has the caption: %s", r.Text)
	}
}

func TestLeadImageIsNeverACode(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chinese-gb2312", "chinese-paged"} {
		r, err := extract.Page(readPage(t, name), extract.Input{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		if want := "https://img.binhai.example/2026/1018/factory.jpg"; r.Image != want {
			t.Errorf("Page(%s): image %q; want %q", name, r.Image, want)
		}
		if strings.Contains(r.Body, "qrcode") {
			t.Errorf("Page(%s): the QR code is in the body: %s", name, r.Body)
		}
	}
}

func TestHomePageIsNoArticle(t *testing.T) {
	t.Parallel()
	card := `<article class="teaser"><h2><a href="/2026/02/harbour-loan">Lindesholm borrows 240m crowns for a deeper harbour</a></h2><p>The board wants the large container ships back, and the banks have agreed to lend it the money.</p></article>`
	page := `<html lang="en"><head><title>Harbour Ledger</title></head><body><nav>` + strings.Repeat(`<a href="/x">Section</a> `, 20) + `</nav><main>` + strings.Repeat(card, 25) + `</main></body></html>`
	r, err := extract.Page([]byte(page), extract.Input{URL: "https://ledger.example/"})
	var na *extract.NotArticle
	if !errors.As(err, &na) || na.Kind != "index" {
		t.Errorf("Page = %+v, %v; want an index", r, err)
	}
}

func TestBaseElementMovesAddressesOnly(t *testing.T) {
	t.Parallel()
	page := bytes.Replace(readPage(t, "english"), []byte("<head>"), []byte(`<head><base href="https://static.example/">`), 1)
	r, err := extract.Page(page, extract.Input{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Body, `src="https://static.example/media/quay-large.jpg"`) {
		t.Errorf("the picture is not at the base's address: %s", r.Body)
	}
}

func TestLanguageIsThatOfTheText(t *testing.T) {
	t.Parallel()
	page := bytes.Replace(readPage(t, "chinese-paged"), []byte("<html>"), []byte(`<html lang="en">`), 1)
	r, err := extract.Page(page, extract.Input{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if r.Language != "zh" || r.Published.Format(time.RFC3339) != "2026-10-18T09:30:00+08:00" || !slices.Equal(r.Authors, []string{"沈一帆"}) {
		t.Errorf("language %q, published %v, authors %q; want a Chinese page's", r.Language, r.Published, r.Authors)
	}
}

func TestRulesComeFirst(t *testing.T) {
	t.Parallel()
	rules, err := extract.Compile(config.Extract{
		Content: ".comments", Remove: []string{".comment-author"}, Title: ".sidebar h3", Date: "time", Author: "a[rel=author]", NextPage: ".sidebar a",
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := extract.Page(readPage(t, "english"), extract.Input{URL: address, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if r.Strategy != "rules" || !strings.Contains(r.Text, "About time.") || strings.Contains(r.Text, "harbourcat") || strings.Contains(r.Text, "240 million") {
		t.Errorf("strategy %q, text %q; want the comments alone", r.Strategy, r.Text)
	}
	if r.Title != "Most read" || !slices.Equal(r.Authors, []string{"Ingrid Aas"}) || r.NextPage != "https://ledger.example/1" {
		t.Errorf("title %q, authors %q, next page %q", r.Title, r.Authors, r.NextPage)
	}
	if want := time.Date(2026, 2, 17, 7, 15, 0, 0, time.UTC); !r.Published.Equal(want) {
		t.Errorf("published %v; want %v", r.Published, want)
	}
}

func TestRuleThatSelectsNothingIsPassedOver(t *testing.T) {
	t.Parallel()
	rules, err := extract.Compile(config.Extract{Content: "#no-such-id"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := extract.Page(readPage(t, "english"), extract.Input{URL: address, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if r.Strategy != "automatic" || len(r.Remarks) == 0 {
		t.Errorf("strategy %q, remarks %q; want the automatic one and a remark", r.Strategy, r.Remarks)
	}
}

func TestCompileNamesEveryBadSelector(t *testing.T) {
	t.Parallel()
	_, err := extract.Compile(config.Extract{Content: "div[", Remove: []string{".ok", "::bad("}})
	if err == nil || !strings.Contains(err.Error(), "extract.content") || !strings.Contains(err.Error(), "extract.remove[1]") {
		t.Errorf("Compile = %v; want both selectors named", err)
	}
	if r, err := extract.Compile(config.Extract{}); r != nil || err != nil {
		t.Errorf("Compile of no rules = %v, %v; want nil, nil", r, err)
	}
}

func TestDeepAndHugePagesEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("large pages")
	}
	par := "<p>The board of the harbour decided on Tuesday to borrow the money, after long talks with the banks of the region.</p>"
	for _, tt := range []struct{ name, page string }{
		{"100,000 nested elements", strings.Repeat("<div>", 100_000) + par + par + par},
		{"600 nested elements around an article", strings.Repeat("<div>", 600) + strings.Repeat(par, 8) + strings.Repeat("</div>", 600)},
		{"200,000 elements", strings.Repeat("<b>x</b>", 100_000) + strings.Repeat("<i></i>", 100_000)},
		{"36,000 paragraphs of 4 MB", strings.Repeat(par, 36_000)},
		{"20 MB in one attribute", `<div class="` + strings.Repeat("a b ", 5<<20) + `">` + par + par},
		{"a table in tables", strings.Repeat("<table><tr><td>", 300) + par},
		{"formatting elements left open", strings.Repeat("<p><b><i><a href=x>", 3000) + par},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			_, _ = html.Parse(strings.NewReader(tt.page)) // refuses the deep ones; what counts is its time
			parse := time.Since(began)
			began = time.Now()
			r, err := extract.Page([]byte(tt.page), extract.Input{URL: address})
			// By the parse of the same page, so that a busy machine does not count.
			if took, most := time.Since(began), 20*parse+30*time.Second; took > most {
				t.Errorf("took %v; a parse takes %v", took, parse)
			}
			if strings.Contains(tt.name, "article") && (err != nil || !strings.Contains(r.Text, "borrow the money")) {
				t.Errorf("Page = %+v, %v; want the article", r, err)
			}
		})
	}
}

func FuzzPage(f *testing.F) {
	names, _ := filepath.Glob("testdata/*/page.html")
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, address)
	}
	f.Add([]byte(strings.Repeat("<div>", 600)+"text"), "")
	f.Add([]byte(`<script type="application/ld+json">{"@graph":[{"@type":"Article","author":{"@id":"x"},"@id":"x"}]}</script><p>a`), "http://a.example/2.html")
	f.Fuzz(func(t *testing.T, body []byte, url string) {
		if len(body) > 1<<16 {
			return
		}
		r, err := extract.Page(body, extract.Input{URL: url, Header: http.Header{"Content-Type": {"text/html; charset=gbk"}}})
		if (r == nil) == (err == nil) {
			t.Errorf("Page gave %v and %v", r, err)
		}
		if r != nil && strings.Contains(strings.ToLower(r.Body), "<script") {
			t.Errorf("a script is left: %s", r.Body)
		}
	})
}
