package extract

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var china = location("Asia/Shanghai")

func TestReadDate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in       string
		dayFirst bool
		want     string // RFC 3339, in the zone of the text
		clock    bool
	}{
		{"2019-09-07T09:25:09+08:00", false, "2019-09-07T09:25:09+08:00", true},
		{"2019-09-07 09:25:09", false, "2019-09-07T09:25:09+08:00", true},
		{"发布时间：2019年9月7日 09:25 来源：某报", false, "2019-09-07T09:25:00+08:00", true},
		{"2019/9/7", false, "2019-09-07T00:00:00+08:00", false},
		{"20190907", false, "2019-09-07T00:00:00+08:00", false},
		{"1567819509", false, "2019-09-07T01:25:09Z", true},
		{"Sept. 7, 2019 at 9:25 p.m. EDT", false, "2019-09-07T21:25:00-04:00", true},
		{"7. September 2019, 21:25 Uhr", true, "2019-09-07T21:25:00+08:00", true},
		{"07.09.2019", true, "2019-09-07T00:00:00+08:00", false},
		{"9/7/2019", false, "2019-09-07T00:00:00+08:00", false},
		{"9/7/2019", true, "2019-07-09T00:00:00+08:00", false},
		{"25/7/2019", false, "2019-07-25T00:00:00+08:00", false},
		{"7 septembre 2019", true, "2019-09-07T00:00:00+08:00", false},
		{"2019-09-07 09:25 GMT+0200", false, "2019-09-07T09:25:00+02:00", true},
	} {
		got, ok := readDate(tt.in, china, tt.dayFirst)
		if !ok || got.time.Format(time.RFC3339) != tt.want || got.clock != tt.clock {
			t.Errorf("readDate(%q) = %v, %v, %v; want %s, clock %v", tt.in, got.time.Format(time.RFC3339), got.clock, ok, tt.want, tt.clock)
		}
	}
	for _, in := range []string{"", "no date", "2019-13-45", "call 555-1234", "31. Foo 2019", "version 1.2.3", "2019-02-31"} {
		if got, ok := readDate(in, china, true); ok {
			t.Errorf("readDate(%q) = %v; want none", in, got.time)
		}
	}
}

func FuzzReadDate(f *testing.F) {
	f.Add("2019年9月7日 下午3点05分", true)
	f.Add("Sept. 31st, 2019 25:61 pm", false)
	f.Fuzz(func(t *testing.T, s string, dayFirst bool) {
		if st, ok := readDate(s, china, dayFirst); ok && !plausible(st.time.UTC()) && !plausible(st.time) {
			t.Errorf("readDate(%q) = %v", s, st.time)
		}
	})
}

func TestBylineText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"By Ingrid Aas and Per Holm", []string{"Ingrid Aas", "Per Holm"}},
		{"Von Bettina Kugler am 21. April 2020", []string{"Bettina Kugler"}},
		{"ByEmma MackenzieUpdated 14:00, 28 Apr 2024", []string{"Emma MackenzieUpdated"}},
		{"Text: Christoph Hein, Chefredakteur", []string{"Christoph Hein"}},
		{"by DT | 12 comments", []string{"DT"}},
		{"par Bob Fischer", []string{"Bob Fischer"}},
		{"admin", nil},
		{"https://www.facebook.com/someone", nil},
		{"By Ingrid Aas ingrid.aas@pier.example", []string{"Ingrid Aas"}},
		{"Von Ada Holm Foto: Ove Lund", []string{"Ada Holm"}},
		{"By Ada Holm, Markets Editor", []string{"Ada Holm"}},
		{"By Ada Holm and Ove Lund, Reuters", []string{"Ada Holm", "Ove Lund"}},
		{"By Ada Holm, AP Business Writer", []string{"Ada Holm"}},
		{"By Ada Holm in Husum and Ove Lund in Oslo", []string{"Ada Holm", "Ove Lund"}},
		{"By Ada Holm for The Ledger", []string{"Ada Holm"}},
		{"By Ada Holm/HDA", []string{"Ada Holm"}},
		{"By Ada Holm @adaholm", []string{"Ada Holm"}},
		{"Reporting by Ada Holm; editing by Ove Lund", []string{"Ada Holm"}},
		{"Ada Holm, Ph.D.", []string{"Ada Holm"}},
		{"By Reuters", []string{"Reuters"}},
		{"By Podium Staff", []string{"Podium Staff"}},
		{"Redaktion: Ada Holm und Ove Lund Sendung: Hafenfunk, 25.04.2024", []string{"Ada Holm", "Ove Lund"}},
		{"Authored by: Dr. Ada Holm", []string{"Dr. Ada Holm"}},
		{"दैनिक भास्कर", []string{"दैनिक भास्कर"}},
		{"Ada Holm, Hafenchemie)", []string{"Ada Holm"}},
	} {
		if got := cleanNames(splitNames(bylineText(tt.in))); !slices.Equal(got, tt.want) {
			t.Errorf("names of %q = %q; want %q", tt.in, got, tt.want)
		}
	}
}

func TestCutSite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in, site string
		known          []string
		want           string
	}{
		{"the site's name goes", "Wheat falls to a low | Harbour Ledger", "Harbour Ledger", nil, "Wheat falls to a low"},
		{"sections before it go too", "临港新区前九月投资增长11.4%_财经_滨海网", "", nil, "临港新区前九月投资增长11.4%"},
		{"what is known as the headline stays", "Wheat - and why it falls - Ledger", "", []string{"Wheat - and why it falls"}, "Wheat - and why it falls"},
		{"a hyphenated word stays", "Twenty-one banks fail", "", nil, "Twenty-one banks fail"},
		{"too short a rest is no headline", "AP - The year in review for all of the coast", "", nil, "AP - The year in review for all of the coast"},
	} {
		known := map[string]bool{}
		for _, k := range tt.known {
			known[looseKey(k)] = true
		}
		if got := cutSite(tt.in, []string{flatKey(tt.site)}, known, true); got != tt.want {
			t.Errorf("%s: cutSite(%q) = %q; want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestPaged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b  string
		same  bool
		after int
	}{
		{"https://a.example/x.html", "https://a.example/x_2.html", true, 2},
		{"https://a.example/x.html", "https://a.example/x-2.shtml", false, 2},
		{"https://a.example/news/story", "https://a.example/news/story/2", true, 2},
		{"https://a.example/news/story?page=2", "https://a.example/news/story?page=3", true, 3},
		{"https://a.example/news/story", "https://a.example/news/story/page/2/", true, 2},
		{"https://a.example/news/story", "https://a.example/news/other", false, 0},
		{"https://a.example/2019/09/07/a", "https://a.example/2019/09/07/b", false, 0},
	} {
		ua, _ := url.Parse(tt.a)
		ub, _ := url.Parse(tt.b)
		ra, _ := paged(ua)
		rb, n := paged(ub)
		if (ra == rb) != tt.same || n != tt.after {
			t.Errorf("paged(%s) = %q, paged(%s) = %q, %d; want same %v, number %d", tt.a, ra, tt.b, rb, n, tt.same, tt.after)
		}
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"boxes around boxes go", "<div>\n <div> <section><p> a  b </p></section>\n\n<p>c</p></div> </div>", "<p>a b</p>\n<p>c</p>"},
		{"a box of text is a paragraph", "<div><span>text</span> and <b>more</b></div><div>x</div>", "<p>text and <b>more</b></p>\n<p>x</p>"},
		{"what is empty goes", "<p>a</p><p> </p><ul><li></li></ul><div><br></div><h2></h2><p>b</p>", "<p>a</p>\n<p>b</p>"},
		{"pictures stay", "<div><figure><div><img src=\"https://a.example/x.jpg\"/></div><figcaption>c</figcaption></figure></div>", "<figure><img src=\"https://a.example/x.jpg\"/><figcaption>c</figcaption></figure>"},
		{"space between words stays", "<p><b>a</b> <i>b</i></p>", "<p><b>a</b> <i>b</i></p>"},
		{"indentation goes, line breaks stay", "<p>　　一<br>　　二</p>", "<p>一<br/>二</p>"},
		{"preformatted text stays as it is", "<div><pre>a\n  b</pre></div>", "<pre>a\n  b</pre>"},
		{"cells stay where they are", "<table><tbody><tr><td></td><td>1</td></tr></tbody></table>", "<table><tbody><tr><td></td><td>1</td></tr></tbody></table>"},
	} {
		doc, err := html.Parse(strings.NewReader("<body>" + tt.in))
		if err != nil {
			t.Fatal(err)
		}
		body := doc.LastChild.LastChild
		tidy(body)
		var b strings.Builder
		for c := body.FirstChild; c != nil; c = c.NextSibling {
			if err := html.Render(&b, c); err != nil {
				t.Fatal(err)
			}
		}
		if b.String() != tt.want {
			t.Errorf("%s: tidy(%q) = %q; want %q", tt.name, tt.in, b.String(), tt.want)
		}
	}
}

func TestJSONLDIsMended(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`{"@type":"NewsArticle","headline":"A"}`,
		"/*<![CDATA[*/{\"@type\":\"NewsArticle\",\n\"headline\":\"A\",}/*]]>*/",
		"{\"@type\":\"NewsArticle\",\"headline\":\"A\",\"description\":\"two\nlines\"}",
		`[{"@graph":[{"@type":["Thing","https://schema.org/NewsArticle"],"headline":"A"}]}]`,
	} {
		h := &head{ld: parseLD(src, nil)}
		if a := h.article(); a == nil || a["headline"] != "A" {
			t.Errorf("parseLD(%q) = %v; want the article", src, h.ld)
		}
	}
}

// articlePage is a page of three paragraphs with what a test puts into its head and around its headline.
func articlePage(head, before, first string) []byte {
	text := "<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring, and that no further closures are planned.</p>"
	return []byte("<html lang=de><head><title>Der Hafen wird wieder geöffnet</title>" + head + "</head><body><main><article>" + before + "<h1>Der Hafen wird wieder geöffnet</h1>" + first + text + text + text + "</article></main></body></html>")
}

func TestPublished(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, head, before, first, want string }{
		{"a year alone near the headline is no date", "", "<p>Ausgabejahr: 2022</p><p>Datum: 26. Januar 2022</p>", "", "2022-01-26"},
		{"a heading that names a year is no date", "", "", "<h2>Der Arbeitsmarkt im Jahr 2022</h2>", ""},
		{"a text may begin with its place and date", "", "", "<p>Husum, (12.11.2021). Das Amt hat am Montag mitgeteilt, dass der Hafen zum Ende des Monats wieder für Schiffe jeder Größe geöffnet wird, nachdem die Arbeiten an der Fahrrinne, die im Frühjahr begonnen hatten, abgeschlossen sind und weitere Sperrungen nicht geplant seien.</p>", "2021-11-12"},
		{"or with its date in bold", "", "", "<p><strong>01.02.2022 Das Amt hat am Montag mitgeteilt, dass der Hafen zum Ende des Monats wieder für Schiffe jeder Größe geöffnet wird, nachdem die Arbeiten an der Fahrrinne, die im Frühjahr begonnen hatten, abgeschlossen sind und weitere Sperrungen nicht geplant seien.</strong></p>", "2022-02-01"},
		{"meta published", "<meta name=published content='July 17, 2025'>", "", "", "2025-07-17"},
		{"meta published-date", "<meta name=published-date content='2021-02-16'>", "", "", "2021-02-16"},
		{"a caption's date is none while another line says when the page was published", "", "<p>Wrecks in the harbour of Husum after the great storm, 24 April 2023</p>", "<p>Datum 28.04.2023</p>", "2023-04-28"},
		{"a picture's credit is no date", "", "<p>Quay 28.04.2014 © Ove Lund</p>", "<p>Erschienen: 3. Mai 2023</p>", "2023-05-03"},
		{"an earlier day that is printed counts more than that of a new edition", "<meta property=article:published_time content='2022-11-17T10:33:13.258Z'>", "<time datetime=2022-03-09>09.03.2022</time>", "", "2022-03-09"},
		{"a later one is that of a change", "<meta property=article:published_time content='2022-03-09T10:33:13.258Z'>", "<time datetime=2022-11-17>17.11.2022</time>", "", "2022-03-09"},
		{"dates of other articles count less than a meta element", "<meta name=date content=2020-02-11>", strings.Repeat("<p>Fisch</p>", 30) + "<div><span class=date>29.02.2020</span></div>" + strings.Repeat("<p>Fleisch</p>", 30), "", "2020-02-11"},
		{"a link to a publication is no date of the page", "", "<p>Datum: 18.10.2021</p>", "<p>Siehe <a class='Publication' href='/x.pdf'>Nr. 34 vom 14. Oktober 2021</a></p>", "2021-10-18"},
		{"a date inside the by-line", "", "<div class=byline>Von Ada Holm <p class='byline__pub-dates'>Updated March 13, 2024</p></div>", "", "2024-03-13"},
	} {
		r, err := Page(articlePage(tt.head, tt.before, tt.first), Input{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := ""
		if !r.Published.IsZero() {
			got = r.Published.Format(time.DateOnly)
		}
		if got != tt.want {
			t.Errorf("%s: published %q from %q (%s); want %q", tt.name, got, r.PublishedRaw, r.Sources["published"], tt.want)
		}
	}
}

func TestTheDayIsThatOfTheSite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, published, before, want string }{
		{"an offset of +00:00 is the machine's, on the clock of the country", "https://hafen.example.de/a", "2018-02-28T23:20:18+00:00", "", "2018-03-01T00:20:18+01:00"},
		{"so is Z", "https://hafen.example.de/a", "2018-02-28T23:20:18Z", "", "2018-03-01T00:20:18+01:00"},
		{"midnight in UTC is a day without a time", "https://hafen.example.de/a", "2018-02-28T00:00:00+00:00", "", "2018-02-28T00:00:00Z"},
		{"midnight in the country too", "https://hafen.example.de/a", "2022-11-06T23:00:00Z", "<time datetime=2022-11-06T23:00:00Z>6.11.22</time>", "2022-11-07T00:00:00+01:00"},
		{"a site that prints the day in UTC keeps it", "https://hafen.example.de/a", "2019-12-26T23:07:45+00:00", "<time datetime=2019-12-26T23:07:45+00:00>26/12/2019</time>", "2019-12-26T23:07:45Z"},
		{"where the day is the same, the clock is the country's", "https://hafen.example.de/a", "2019-12-26T10:07:45Z", "<time datetime=2019-12-26T10:07:45Z>Publiziert: 26.12.2019, 11:07</time>", "2019-12-26T11:07:45+01:00"},
		{"a time element tells the offset of a site of no country", "https://harbour.example/a", "2022-05-04T03:37:37+00:00", "<time datetime=2022-05-03T23:37:37-04:00>3 May, 2022</time>", "2022-05-03T23:37:37-04:00"},
		{"so does a printed time", "https://harbour.example/a", "2022-05-04T03:37:37+00:00", "<p>Published 3 May 2022, 11:37 pm</p>", "2022-05-03T23:37:37-04:00"},
		{"a printed time of another moment does not", "https://harbour.example/a", "2022-05-04T03:37:37+00:00", "<p>Published 3 May 2022, 11:12 pm</p>", "2022-05-04T03:37:37Z"},
		{"an offset that the page gives stays", "https://hafen.example.de/a", "2022-05-04T03:37:37-07:00", "", "2022-05-04T03:37:37-07:00"},
	} {
		page := articlePage("<meta property=article:published_time content='"+tt.published+"'>", tt.before, "")
		r, err := Page([]byte(strings.Replace(string(page), "lang=de", "lang=en", 1)), Input{URL: tt.url})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := r.Published.Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: published %s; want %s", tt.name, got, tt.want)
		}
	}
}

func TestOrderOfDayAndMonth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, lang, url, first, read, want string }{
		{"American pages write the month first", "en-US", "https://harbour.example/a", "", "", "2023-03-10"},
		{"British ones the day", "en-GB", "https://harbour.example/a", "", "", "2023-10-03"},
		{"and those of a country", "en-US", "https://harbour.example.uk/a", "", "", "2023-10-03"},
		{"and those in other languages", "fr", "https://harbour.example/a", "", "", "2023-10-03"},
		{"another date of the page tells: a 25th is no month", "en", "https://harbour.example/a", "<p>Next tide tables: 25/10/2023</p>", "", "2023-10-03"},
		{"or the month stands first there", "en", "https://harbour.example/a", "<p>Next tide tables: 10/25/2023</p>", "", "2023-03-10"},
		{"a page is not published after it was read", "en", "https://harbour.example/a", "", "Fri, 10 Feb 2023 10:00:00 GMT", "2023-02-09"},
		{"a day that is before it stays", "en", "https://harbour.example/a", "", "Sun, 10 Dec 2023 10:00:00 GMT", "2023-09-02"},
	} {
		date := "03/10/2023"
		if tt.read != "" {
			date = "09/02/2023"
		}
		page := strings.Replace(string(articlePage("", "<p>"+date+"</p>", tt.first)), "lang=de", "lang="+tt.lang, 1)
		r, err := Page([]byte(page), Input{URL: tt.url, Header: http.Header{"Date": {tt.read}}})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := r.Published.Format(time.DateOnly); got != tt.want {
			t.Errorf("%s: published %s from %q; want %s", tt.name, got, r.PublishedRaw, tt.want)
		}
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring, and that no further closures are planned.</p>", 3)
	for _, tt := range []struct{ name, head, body, want string }{
		{"the h1 is the headline", "<title>Quay opens again - Ledger</title>", "<h1>Quay opens again</h1>" + text, "Quay opens again"},
		{"an h1 that names the site behind the headline is none", "<title>Quay opens again | Notes from the Pier</title>", "<h1>Notes from the Pier</h1><h2>Quay opens again</h2>" + text, "Quay opens again"},
		{"nor one that names the site of the address before it", "<title>pierside » Quay opens again</title>", "<h1>pierside</h1><h2>Quay opens again</h2>" + text, "Quay opens again"},
		{"a site's name in another heading is no headline", "<title>Quay opens again - Notes from the Pier</title>", "<h2>Notes from the Pier</h2><h1>Quay opens again</h1>" + text, "Quay opens again"},
		{"a kicker gets the colon that other names of the headline have", "<title>Dredging at the mouth: Quay opens again</title><meta property=og:title content='Dredging at the mouth: Quay opens again'>", "<h1><span>Dredging at the mouth</span> <span>Quay opens again</span></h1>" + text, "Dredging at the mouth: Quay opens again"},
		{"a kicker that no other name has goes", "<title>Quay opens again for ships</title><meta property=og:title content='Quay opens again for ships'>", "<h1><span>Pierside</span> Quay opens again for ships</h1>" + text, "Quay opens again for ships"},
		{"what is set behind the headline goes", "<title>Quay opens again for ships</title>", "<h1>Quay opens again for ships <small>02.02.2022</small></h1>" + text, "Quay opens again for ships"},
		{"an h1 without parts stays", "<title>Quay opens again for ships</title>", "<h1>At last: Quay opens again for ships</h1>" + text, "At last: Quay opens again for ships"},
		{"a kicker set without a space before the headline goes where other names show it", "<title>Dredging at the mouth of the harbour - Ledger</title>", "<h1><span>Pierside</span><span>Dredging at the mouth of the harbour</span></h1>" + text, "Dredging at the mouth of the harbour"},
		{"the newsroom's headline, which three places give, counts more than an h1 that lost its kicker", `<title>After the storm: Quay opens again</title><meta property=og:title content="After the storm: Quay opens again"><script type="application/ld+json">{"@type":"NewsArticle","headline":"After the storm: Quay opens again"}</script>`, "<h1>Quay opens again</h1>" + text, "After the storm: Quay opens again"},
		{"the printed headline counts more than the one for search engines", `<title>Best quays of the coast - Pierside</title><meta property=og:title content="Best quays of the coast"><meta name=twitter:title content="Best quays of the coast">`, "<h1>The seven finest quays that we have seen</h1>" + text, "The seven finest quays that we have seen"},
		{"a title that a quote cut short does not count", `<title>Mayor calls the quay "finished" - Ledger</title><meta property=og:title content="Mayor calls the quay"><meta name=twitter:title content="Mayor calls the quay">`, "<h2>Mayor calls the quay \"finished\"</h2>" + text, `Mayor calls the quay "finished"`},
		{"the site's name is never the headline", "<title>Pierside</title><meta property=og:site_name content='Notes of the Pier'><meta property=og:title content='pierside.example'>", "<h1>Notes of the Pier</h1>" + text, ""},
		{"a headline that the template puts in the place of the site's name stays", "<title>Quay opens again</title><meta property=og:site_name content='Quay opens again'><meta property=og:title content='Quay opens again'>", text, "Quay opens again"},
		{"the host's name before the headline goes", "<title>pierside.example - Quay opens again for ships</title>", text, "Quay opens again for ships"},
		{"a headline that names the site stays whole", "<title>News - Where to find the newest charts on Pierside</title>", "<h1>Where to find the newest charts on Pierside</h1>" + text, "Where to find the newest charts on Pierside"},
		{"a lone h1 far above the text is the site's", "<title>Quay opens again for the largest of ships</title>", "<h1>엔터 미디어</h1><ul>" + strings.Repeat("<li><a href=/s>Ships</a></li>", 30) + "</ul><div>Quay opens again for the largest of ships</div>" + text, "Quay opens again for the largest of ships"},
		{"a lone h1 right above the text is the headline, whatever the page is called elsewhere", "<title>Harbours of the west coast</title>", "<h1>Quay opens again</h1>" + text, "Quay opens again"},
		{"a by-line set as a heading is no headline", "<title>Pierside</title>", "<h2>By Ingrid Aas</h2>" + text, ""},
		{"soft hyphens go", "<title>Ledger - Press releases - Harbourmaster opens the quay</title>", "<h1>Harbour\u00admaster opens the quay</h1>" + text, "Harbourmaster opens the quay"},
	} {
		r, err := Page([]byte("<html lang=en><head>"+tt.head+"</head><body><main>"+tt.body+"</main></body></html>"), Input{URL: "https://www.pierside.example/a"})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if r.Title != tt.want {
			t.Errorf("%s: title %q from %s; want %q", tt.name, r.Title, r.Sources["title"], tt.want)
		}
	}
}

func TestTheFeedsTitleDecidesBetweenHeadlines(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring, and that no further closures are planned.</p>", 3)
	page := []byte("<html lang=en><head><title>Quay to open - Ledger</title><meta property=og:title content='Quay to open'></head><body><h1>Ships return to the harbour</h1>" + text)
	for feed, want := range map[string]string{"": "Ships return to the harbour", "Quay to open": "Quay to open", "Something else": "Ships return to the harbour"} {
		r, err := Page(page, Input{URL: "https://www.pierside.example/a", Title: feed})
		if err != nil {
			t.Fatal(err)
		}
		if r.Title != want {
			t.Errorf("title %q from %s where the feed has %q; want %q", r.Title, r.Sources["title"], feed, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	german := strings.Repeat("<p>Der Vorstand des Hafens hat am Dienstag mitgeteilt, dass er das Geld aufnehmen und die Fahrrinne für große Schiffe vertiefen wird, und dass die Banken nicht mehr zögern, sich an dem Vorhaben zu beteiligen.</p>", 3)
	english := strings.Repeat("<p>The board of the harbour said on Tuesday that it would borrow the money, and that the banks had agreed to it after long talks in the town hall with the council.</p>", 3)
	for _, tt := range []struct{ name, html, head, text, want, from string }{
		{"as declared", " lang=de-AT", "", german, "de-AT", "html lang"},
		{"in the letters of BCP 47", " lang=DE_at", "", german, "de-AT", "html lang"},
		{"with the script", " lang=zh-hans-cn", "", german, "zh-Hans-CN", "html lang"},
		{"the first of several", " lang='fr, en'", "", german, "fr", "html lang"},
		{"by Open Graph", "", "<meta property=og:locale content=de_CH>", german, "de-CH", "meta og:locale"},
		{"a template's English on a German page", " lang=en-US", "", german, "de", "words of the text"},
		{"English on an English page", " lang=en-GB", "", english, "en-GB", "html lang"},
		{"none declared", "", "", english, "en", "words of the text"},
		{"none declared and too little said", "", "", "<p>Quay 7 closed.</p><p>Ferries run late today, the harbour office said.</p>", "", ""},
	} {
		r, err := Page([]byte("<html"+tt.html+"><head><title>Hafen</title>"+tt.head+"</head><body><article><h1>Hafen</h1>"+tt.text+"</article></body></html>"), Input{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if r.Language != tt.want || r.Sources["language"] != tt.from {
			t.Errorf("%s: language %q from %q; want %q from %q", tt.name, r.Language, r.Sources["language"], tt.want, tt.from)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, head, want string }{
		{"as declared", "https://pier.example/news/a?utm_source=x", "<link rel=canonical href=/news/a>", "https://pier.example/news/a"},
		{"by Open Graph", "https://pier.example/news/a", "<meta property=og:url content='https://pier.example/news/a'>", "https://pier.example/news/a"},
		{"another site's, where this is a copy", "https://pier.example/news/a", "<link rel=canonical href='https://ledger.example/a'>", "https://ledger.example/a"},
		{"the front page is none", "https://pier.example/news/a", "<link rel=canonical href='https://pier.example/'>", ""},
		{"and gives way to Open Graph's", "https://pier.example/news/a", "<link rel=canonical href=/><meta property=og:url content='https://pier.example/news/a'>", "https://pier.example/news/a"},
		{"a front page by a query is one", "https://pier.example/?p=7", "<link rel=canonical href='/?p=7'>", "https://pier.example/?p=7"},
		{"the front page is none where the address is not known", "", "<meta property=og:url content='https://pier.example'>", ""},
		{"a name without a domain is none", "https://pier.example/news/a", "<link rel=canonical href='http://news-a'>", ""},
		{"an address inside an address is none", "https://pier.example/news/a", "<link rel=canonical href='/https%3A%2F%2Fpier.example%2Fnews%2Fa'>", ""},
	} {
		r, err := Page(articlePage(tt.head, "", ""), Input{URL: tt.url})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if r.Canonical != tt.want {
			t.Errorf("%s: canonical %q from %q; want %q", tt.name, r.Canonical, r.Sources["canonical"], tt.want)
		}
	}
}

func TestSiteSectionAndTags(t *testing.T) {
	t.Parallel()
	r, err := Page(articlePage(`<meta property=og:site_name content="Der Hafen wird wieder geöffnet"><meta property=og:title content="Der Hafen wird wieder geöffnet"><meta name=application-name content="https://www.pier.example"><script type="application/ld+json">{"@type":"NewsArticle","headline":"x","articleSection":"Wirtschaft,Häfen,Video","keywords":"Hafen, 600519, 100312362, hafen"}</script>`, "", ""), Input{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Site != "pier.example" || r.Section != "Wirtschaft" || !slices.Equal(r.Tags, []string{"Hafen", "600519"}) {
		t.Errorf("site %q, section %q, tags %q; want pier.example, Wirtschaft, and a word and a listed company", r.Site, r.Section, r.Tags)
	}
}

func TestChineseAuthors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before, after string
		want                []string
	}{
		{"reporters in the head", "<p>2026年10月18日 来源：滨海日报 记者：沈一帆</p>", "", []string{"沈一帆"}},
		{"two joined by and", "<p>记者 沈一帆和陆小曼</p>", "", []string{"沈一帆", "陆小曼"}},
		{"three", "<p>记者：沈一帆、陆小曼 与 王大川</p>", "", []string{"沈一帆", "陆小曼", "王大川"}},
		{"a name that has the character for and", "<p>作者：李和平</p>", "", []string{"李和平"}},
		{"editors are none", "<p>责任编辑：沈一帆</p>", "<p>（责编：牛一、陆二）</p>", nil},
		{"nor is a source", "<p>来源：滨海日报</p>", "<p>编辑 沈一帆</p>", nil},
		{"the writer in closing brackets", "", "<p>预计年底前全部投产。（记者沈一帆 陆小曼）</p>", []string{"沈一帆", "陆小曼"}},
	} {
		text := strings.Repeat("<p>　　临港新区管理委员会18日公布，今年前九个月，区内企业完成固定资产投资312.6亿元，同比增长11.4%，其中设备更新投资占四成以上。</p>", 4)
		page := "<html lang=zh><head><meta charset=utf-8><title>临港新区投资增长_滨海财经网</title><meta name=author content=滨海财经网></head><body><div><h1>临港新区投资增长</h1>" + tt.before + "<div class=article>" + text + tt.after + "</div></div></body></html>"
		r, err := Page([]byte(page), Input{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if !slices.Equal(r.Authors, tt.want) {
			t.Errorf("%s: authors %q from %s; want %q", tt.name, r.Authors, r.Sources["authors"], tt.want)
		}
	}
}

func TestReadTitleModel(t *testing.T) {
	t.Parallel()
	if _, err := readTitleModel(titlesText); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"a feature without a weight":   {strings.Replace(titlesText, " short\n", " shrt\n", 1), `no weight for "short"`},
		"a weight without a feature":   {titlesText + "1 tall\n", `unknown feature "tall"`},
		"a line that begins otherwise": {"h1 1\n", "invalid syntax"},
	} {
		if _, err := readTitleModel(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v; want %q", name, err, tt.want)
		}
	}
}

func TestAuthors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, head, before, after string
		want                      []string
	}{
		{"a date and the name behind it", "", "<p>11.12.2019 - Ada Holm</p>", "", []string{"Ada Holm"}},
		{"a date, a time and the name", "", "<p>04.02.2022 | 13:10 Uhr | Ada Holm</p>", "", []string{"Ada Holm"}},
		{"a date, a label and the name with its office", "", "<p>05.02.2020 - Redaktion: Ada Holm (Sprecherin des Amts)</p>", "", []string{"Ada Holm"}},
		{"a date and a time are no name", "", "<p>05.02.2020 - 13:10 Uhr</p>", "", nil},
		{"a date and a desk are no person", "", "<p>05.02.2020 - Hafen Verlag</p>", "", nil},
		{"a date and a rubric are no person", "", "<p>05.02.2020 - Wirtschaft</p>", "", nil},
		{"a first name is completed by the by-line", "<meta name=author content=Ada>", "<p>Eine Kolumne von Ada Holm</p>", "", []string{"Ada Holm"}},
		{"but not by the month behind it", "<meta name=author content=Ada>", "<p>by Ada July 5, 2021</p>", "", []string{"Ada"}},
		{"nor by what the text says of somebody", "<meta name=author content=Ada>", "<p>Damals sah Ada Holm das anders.</p>", "", []string{"Ada"}},
		{"the month of a date is no name", "", "<p>By Ada Holm December 5, 2021</p>", "", []string{"Ada Holm"}},
		{"the name below its label after the text", "", "", "<h5>Autor:</h5><p>Ada Holm/AB-C</p>", []string{"Ada Holm"}},
		{"the by-line as the last line", "", "", "<p><em>Von Ada Holm</em></p>", []string{"Ada Holm"}},
		{"a last line that begins alike is none", "", "", "<p>Von der Mole</p>", nil},
		{"the writer, not the illustrator", "", "<p>Text von Ada Holm Illustration von Ove Lund</p>", "", []string{"Ada Holm"}},
		{"what follows another label is none", "", "", "<h5>Quelle:</h5><p>Ada Holm</p>", nil},
		{"a name and a date behind a bar", "", "<p>Ada Holm | 05.04.2025 - Aktualisiert : 05.04.2025</p>", "", []string{"Ada Holm"}},
		{"a rubric and a date are no person", "", "<p>Wirtschaft | 05.04.2025</p>", "", nil},
		{"the writer below the text, not the publisher that the head calls author", "<meta name=author content='Pier Welle (www.pier.example)'><meta name=publisher content='Pier Welle (www.pier.example)'>", "", "<p>Datum 28.04.2023</p><p>Autorin/Autor Ada Holm</p>", []string{"Ada Holm"}},
		{"the site and its town are no authors", "<meta name=author content='pierside.example, Husum, Germany'>", "", "", nil},
		{"nor is who built the site", "<meta name=author content='Pier Web GmbH www.pierweb.example'>", "", "", nil},
		{"a by-line prints the second writer, whom JSON-LD leaves out", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":{"@type":"Person","name":"Ada Holm"}}</script>`, "<p class=byline>von Ada Holm, Ove Lund</p>", "", []string{"Ada Holm", "Ove Lund"}},
		{"in an element each", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":{"@type":"Person","name":"Ove Lund"}}</script>`, "<div><a rel=author href=/a>Ada Holm</a></div><div><a rel=author href=/b>Ove Lund</a></div>", "", []string{"Ada Holm", "Ove Lund"}},
		{"what a writer is, is no second writer", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":{"@type":"Person","name":"Ada Holm"}}</script>`, "<p class=byline>von Ada Holm, Senior Editor</p>", "", []string{"Ada Holm"}},
		{"an agency beside the writer", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":[{"@type":"Person","name":"Ada Holm"},{"@type":"Organization","name":"HDA"}]}</script>`, "", "", []string{"Ada Holm", "HDA"}},
		{"the site beside the writer is none", `<meta property=og:site_name content=Pierside><script type="application/ld+json">{"@type":"Article","headline":"x","author":[{"@type":"Person","name":"Ada Holm"},{"@type":"Organization","name":"Pierside"}]}</script>`, "", "", []string{"Ada Holm"}},
		{"the section is no author", `<meta property=article:section content=Hafen>`, "<p class=author>Hafen</p>", "", nil},
		{"a log-in name counts less than the printed one", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":{"@type":"Person","name":"ada-holm"}}</script>`, "<p>Von Ada Holm</p>", "", []string{"Ada Holm"}},
		{"somebody whom the text talks of is none", "", "", "<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring, as <a href='/people/ove-lund'>Ove Lund</a> and <a href='/authors/ingrid-aas'>Ingrid Aas</a> had promised to the council, which did not believe either of them and had asked for it in writing.</p>", nil},
		{"what a writer is, in JSON-LD", `<script type="application/ld+json">{"@type":"Article","headline":"x","author":{"@type":"Person","name":"ADA HOLM, AP Markets Writer"}}</script>`, "", "", []string{"ADA HOLM"}},
		{"the photographer of a licensed picture is none", "", "", "<div class=licence><span class='author-name'>Ove Lund</span></div>", nil},
	} {
		page := strings.Replace(string(articlePage(tt.head, "", tt.before)), "</article>", tt.after+"</article>", 1)
		r, err := Page([]byte(page), Input{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if !slices.Equal(r.Authors, tt.want) {
			t.Errorf("%s: authors %q from %s; want %q", tt.name, r.Authors, r.Sources["authors"], tt.want)
		}
	}
}
