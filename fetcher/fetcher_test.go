package fetcher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// settings are those of a configuration whose whole network is a test's web.
func settings(w *fetchertest.Web) *config.Config {
	return &config.Config{
		Timezone: time.UTC,
		Format:   config.Format{Profile: "hexo"},
		Fetch: config.Fetch{
			UserAgent: "feedfolio-test/1.0 (+https://example.org/)", Timeout: 20 * time.Second, MaxBody: 4 << 20, Workers: 8,
			PerHost: config.PerHost{Connections: 4}, Robots: true, AllowPrivateNetworks: true, Proxy: config.Secret(w.ProxyURL()),
		},
	}
}

// start makes a Fetcher on a web, with the polite transport that the program has.
func start(t *testing.T, w *fetchertest.Web, cfg *config.Config) *Fetcher {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	rt := polite.New(cfg.Fetch, cfg.Hosts, polite.Options{Log: log})
	t.Cleanup(rt.CloseIdle)
	return New(cfg, rt, log)
}

func gbk(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

// story is an article's body of n paragraphs.
func story(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<p>Paragraph %d of the story says that the central bank kept its policy rate at %d.5 percent on Thursday, citing slower growth in exports and the weak demand of households, while traders had priced a cut of a quarter point.</p>\n", i+1, i%9)
	}
	return b.String()
}

// 报道 is a Chinese article's body of n paragraphs.
func chinese(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<p>　　第%d段：上交所数据显示，今日沪指收报3%d00点，成交额较前一交易日放量，券商板块领涨，北向资金净买入逾百亿元，市场人士认为政策预期升温，后市仍需观察外部环境变化。</p>\n", i+1, i%9)
	}
	return b.String()
}

func htmlPage(title, head, body string) string {
	return "<!DOCTYPE html><html lang=\"en\"><head><title>" + title + "</title>" + head + "</head><body><nav><a href=\"/\">Home</a></nav><article><h1>" +
		title + "</h1>" + body + "</article><footer>Contact us</footer></body></html>"
}

const feedXML = `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Example Markets</title><link>http://news.example/</link>
<description>d</description><ttl>30</ttl>
<item><title>One</title><link>http://news.example/1.html</link><guid isPermaLink="false">g1</guid><pubDate>Thu, 13 May 2021 00:04:38 GMT</pubDate><description>Short.</description></item>
<item><title>Two</title><link>/2.html</link><guid isPermaLink="false">g2</guid><pubDate>Thu, 13 May 2021 01:00:00 GMT</pubDate><description>Short too.</description></item>
</channel></rss>`

func TestListFeed(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, "-- web/news.example/feed.xml --\n"+feedXML)
	w.Script("news.example/feed.xml", fetchertest.Answer{Cut: -1, Header: http.Header{"Cache-Control": {"public, max-age=7200"}}})
	f := start(t, w, settings(w))
	src := config.Source{Name: "ex", URL: "http://news.example/feed.xml", Kind: "feed"}
	l, err := f.List(t.Context(), src, article.Validators{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 2 || l.Title != "Example Markets" || l.Entries[0].GUID != "g1" || l.Entries[1].Link != "http://news.example/2.html" {
		t.Errorf("listing = %+v", l)
	}
	if l.TTL != 2*time.Hour {
		t.Errorf("TTL = %s; want the longest claim, 2h", l.TTL)
	}
	if l.Status != 200 || l.Bytes == 0 || l.Moved != "" {
		t.Errorf("status %d, %d bytes, moved %q", l.Status, l.Bytes, l.Moved)
	}
	r := w.Requests()[len(w.Requests())-1]
	if ua := r.Header.Get("User-Agent"); ua != "feedfolio-test/1.0 (+https://example.org/)" {
		t.Errorf("User-Agent %q", ua)
	}
	if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || !strings.Contains(r.Header.Get("Accept"), "rss") {
		t.Errorf("headers %v", r.Header)
	}

	again, err := f.List(t.Context(), src, l.Validators)
	if err != nil || !again.NotModified || again.Status != 304 || again.Validators != l.Validators {
		t.Fatalf("second List = %+v, %v; want not modified", again, err)
	}
	other := l.Validators
	other.URL = "http://news.example/other.xml"
	if l, err := f.List(t.Context(), src, other); err != nil || l.NotModified {
		t.Errorf("validators of another address were sent: %+v, %v", l, err)
	}
}

func TestEntriesThatAreOneAndThatAreNot(t *testing.T) {
	t.Parallel()
	item := func(guid, link, title, day string) string {
		return fmt.Sprintf("<item><guid isPermaLink=\"false\">%s</guid><link>http://news.example/%s</link><title>%s</title><pubDate>%s Jan 2026 08:00:00 GMT</pubDate></item>", guid, link, title, day)
	}
	for _, tt := range []struct {
		name  string
		items []string
		want  string // GUIDs, or links where there is none
	}{
		{"one GUID for all", []string{item("x", "1", "A", "01"), item("x", "2", "B", "01"), item("y", "3", "C", "01")}, "http://news.example/1 http://news.example/2 y"},
		{"one entry twice", []string{item("x", "1", "A", "01"), item("x", "1?utm_source=rss", "A", "02")}, "x"},
		{"one article under two GUIDs", []string{item("x", "1", "A", "01"), item("y", "1?utm_source=rss", "A", "01")}, "x"},
		{"announcements of one title and day on one page", []string{
			strings.Replace(item("x", "1", "Trading halt", "01"), "<title>", "<description>Of A</description><title>", 1),
			strings.Replace(item("y", "1", "Trading halt", "01"), "<title>", "<description>Of B</description><title>", 1),
		}, "x y"},
		{"a ticker on one page", []string{item("x", "1", "A", "01"), item("y", "1", "B", "01"), item("z", "1", "A", "02")}, "x y z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := fetchertest.New(t)
			w.Set("news.example/feed.xml", "<rss version=\"2.0\"><channel><title>F</title>"+strings.Join(tt.items, "")+"</channel></rss>")
			l, err := start(t, w, settings(w)).List(t.Context(), config.Source{Name: "n", URL: "http://news.example/feed.xml"}, article.Validators{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range l.Entries {
				got = append(got, cmp.Or(e.GUID, e.Link))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("listed are %q; want %q", got, tt.want)
			}
		})
	}
}

func TestListFollowsRedirects(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, `
-- web/new.example/feed.xml --
`+feedXML+`
-- web/old.example/feed.xml.http --
301 location=http://mid.example/feed.xml
-- web/mid.example/feed.xml.http --
308 location=http://new.example/feed.xml
-- web/temp.example/feed.xml.http --
302 location=http://new.example/feed.xml
-- web/mixed.example/feed.xml.http --
301 location=http://temp.example/feed.xml
-- web/loop.example/feed.xml.http --
302 location=http://loop.example/feed.xml
`)
	f := start(t, w, settings(w))
	for _, tt := range []struct{ name, url, moved string }{
		{"all permanent", "http://old.example/feed.xml", "http://new.example/feed.xml"},
		{"temporary", "http://temp.example/feed.xml", ""},
		{"permanent and then temporary", "http://mixed.example/feed.xml", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := config.Source{Name: "x", URL: tt.url, Kind: "feed"}
			l, err := f.List(t.Context(), src, article.Validators{})
			if err != nil || l.Moved != tt.moved || l.URL != "http://new.example/feed.xml" {
				t.Fatalf("List = %+v, %v", l, err)
			}
			l, err = f.List(t.Context(), src, l.Validators)
			if err != nil || !l.NotModified {
				t.Errorf("with the validators of the redirect's target: %+v, %v; want 304", l, err)
			}
		})
	}
	if _, err := f.List(t.Context(), config.Source{Name: "x", URL: "http://loop.example/feed.xml", Kind: "feed"}, article.Validators{}); err == nil || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("a loop gives %v", err)
	}
}

func TestListSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, `
-- web/a.example/home --
<!DOCTYPE html><html><head><title>Welcome &amp; hello</title><link rel="alternate" type="application/rss+xml" href="/real.xml" title="All"></head><body>x</body></html>
-- web/a.example/error.json --
{"code":403,"message":"please log in"}
-- web/a.example/empty.xml --
-- web/a.example/sitemap.xml --
<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.example/1</loc></url></urlset>
-- web/a.example/paper --
%PDF-1.7 x
-- web/a.example/words.txt --
nothing to see
-- web/a.example/gone.xml.http --
410
-- web/busy.example/slow.xml.http --
429
    Retry-After: 120
-- web/wall.example/wall.xml.http --
403
    Cf-Mitigated: challenge
-- web/a.example/cut.xml --
`+feedXML+`
-- web/a.example/cut.xml.http --
ok cut=300
-- web/a.example/bomb.xml.http --
200 bomb=1G encoding=gzip
`)
	f := start(t, w, settings(w))
	for _, tt := range []struct{ url, want string }{
		{"a.example/home", `not a feed: answered an HTML page titled "Welcome & hello"; the page names a feed at http://a.example/real.xml`},
		{"a.example/error.json", `please log in`},
		{"a.example/empty.xml", "not a feed: the answer is empty"},
		{"a.example/sitemap.xml", "set kind: sitemap"},
		{"a.example/paper", "answered a PDF"},
		{"a.example/words.txt", `begins "nothing to see"`},
		{"a.example/gone.xml", "410 Gone"},
		{"a.example/none.xml", "404 Not Found"},
		{"busy.example/slow.xml", "429 Too Many Requests (retry after 2m0s)"},
		{"wall.example/wall.xml", "403 Forbidden, Cloudflare asks for a browser"},
		{"a.example/cut.xml", "cut short"},
		{"a.example/bomb.xml", "bomb"},
	} {
		t.Run(tt.url, func(t *testing.T) {
			_, err := f.List(t.Context(), config.Source{Name: "x", URL: "http://" + tt.url, Kind: "feed"}, article.Validators{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error = %v\n want ... %s", err, tt.want)
			}
			var status *StatusError
			if answered := strings.HasPrefix(tt.url, "a.example") && !strings.HasPrefix(tt.want, "4") && !strings.HasSuffix(tt.url, "cut.xml") && !strings.HasSuffix(tt.url, "bomb.xml"); answered != errors.Is(err, ErrNotFeed) {
				t.Errorf("errors.Is(%v, ErrNotFeed) = %v", err, !answered)
			}
			if errors.As(err, &status) && status.Code == 429 && status.RetryAfter != 2*time.Minute {
				t.Errorf("RetryAfter = %s", status.RetryAfter)
			}
		})
	}
}

func TestListSitemap(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, `
-- web/n.example/index.xml --
<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>http://n.example/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap>
<sitemap><loc>http://n.example/news.xml</loc><lastmod>2026-05-13T10:00:00+08:00</lastmod></sitemap>
<sitemap><loc>http://n.example/missing.xml</loc><lastmod>2026-05-12</lastmod></sitemap>
</sitemapindex>
-- web/n.example/old.xml --
<urlset><url><loc>http://n.example/archive/1</loc><lastmod>2020-01-01</lastmod></url></urlset>
-- web/n.example/news.xml --
<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>http://n.example/a?x=1&amp;y=2</loc><lastmod>2026-05-13T10:05:00+08:00</lastmod><news:news><news:publication><news:name>例报</news:name><news:language>zh-cn</news:language></news:publication>
<news:publication_date>2026-05-13T09:00:00+08:00</news:publication_date><news:title><![CDATA[沪指 & 深指]]></news:title><news:keywords>股市, 沪指</news:keywords></news:news>
<image:image><image:loc>http://img.example/1.jpg</image:loc><image:title>not this</image:title></image:image></url>
<url><loc> http://n.example/b </loc></url><url><loc>javascript:x</loc></url>
</urlset>
`)
	f := start(t, w, settings(w))
	l, err := f.List(t.Context(), config.Source{Name: "n", URL: "http://n.example/index.xml", Kind: "sitemap"}, article.Validators{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 3 || l.Title != "例报" {
		t.Fatalf("entries = %+v, title %q", l.Entries, l.Title)
	}
	e := l.Entries[0]
	if e.Link != "http://n.example/a?x=1&y=2" || e.Title != "沪指 & 深指" || e.Published.Format(time.RFC3339) != "2026-05-13T01:00:00Z" ||
		e.Updated.Format(time.RFC3339) != "2026-05-13T02:05:00Z" || strings.Join(e.Tags, "|") != "股市|沪指" || e.Image != "http://img.example/1.jpg" || e.Language != "zh-cn" {
		t.Errorf("first entry = %+v", e)
	}
	if len(l.Remarks) != 1 || !strings.Contains(l.Remarks[0], "missing.xml: 404") {
		t.Errorf("remarks = %q", l.Remarks)
	}
	w.ResetLog()
	if l, err = f.List(t.Context(), config.Source{Name: "n", URL: "http://n.example/index.xml", Kind: "sitemap", MaxEntries: 2}, article.Validators{}); err != nil || len(l.Entries) != 2 {
		t.Errorf("max_entries: 2 gives %+v, %v", l, err)
	}
	if w.Count("n.example/old.xml") != 0 {
		t.Error("an old sitemap was fetched though the newest had enough")
	}
}

func TestListPage(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("p.example/news/", gbk(`<html><head><meta charset="gb2312"><title>例报滚动</title></head><body><div class="top"><a href="/x">不是</a></div><ul class="list">
<li><a href="1.html" title="沪指收涨，成交额破万亿">沪指收涨…</a><span class="d">2026-05-13 09:30</span><p>摘要</p><img data-src="/i/1.jpg" src="/blank.gif"></li>
<li><a href="http://p.example/news/2.html">深指</a><span class="d">5月12日</span></li><li>no link</li></ul><a class="next" href="?page=2">下一页</a></body></html>`))
	w.Script("p.example/news/", fetchertest.Answer{Cut: -1, Header: http.Header{"Content-Type": {"text/html"}}})
	w.Set("p.example/news/?page=2", `<html><body><ul class="list"><li><a href="3.html">三</a></li><li><a href="2.html">深指</a></li></ul></body></html>`)
	f := start(t, w, settings(w))
	shanghai := time.FixedZone("CST", 8*3600)
	src := config.Source{Name: "p", URL: "http://p.example/news/", Kind: "page", Timezone: shanghai, List: &config.List{
		Item: "ul.list li", Date: ".d", Summary: "p", Image: "img", Next: "a.next", Pages: 2,
	}}
	l, err := f.List(t.Context(), src, article.Validators{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 3 || l.Title != "例报滚动" {
		t.Fatalf("listing = %+v", l)
	}
	e := l.Entries[0]
	if e.Title != "沪指收涨，成交额破万亿" || e.Link != "http://p.example/news/1.html" || e.Published.Format(time.RFC3339) != "2026-05-13T01:30:00Z" || e.Image != "http://p.example/i/1.jpg" || e.Summary != "摘要" {
		t.Errorf("first entry = %+v", e)
	}
	if l.Entries[2].Link != "http://p.example/news/3.html" {
		t.Errorf("the second page's entry = %+v", l.Entries[2])
	}
	src.List.Item = "div.nothing"
	if _, err := f.List(t.Context(), src, article.Validators{}); !errors.Is(err, ErrNotFeed) || !strings.Contains(err.Error(), "nothing matches list.item div.nothing") {
		t.Errorf("a selector that matches nothing gives %v", err)
	}
}

func TestListJSON(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("j.example/roll", `try{feedCardJsonpCallback({"result":{"status":{"code":0},"total":2,"data":[
{"docid":"comos-1","url":"https:\/\/f.example\/a\/1.shtml","title":"\u6caa\u6307\u6536\u6da8 &amp; more","intime":"1620864278","intro":"line <b>x<\/b>","media_name":"\u8bc1\u5238\u62a5","img":{"u":"http:\/\/i.example\/1.jpg"}},
{"docid":"comos-2","url":"","title":"no link"},
{"docid":"comos-3","url":"https:\/\/f.example\/a\/3.shtml","title":"Third","intime":1620864278000,"media_name":null}]}});}catch(e){};`)
	w.Set("j.example/api?page=1", `{"data":{"list":[{"id":7,"content":"one\ntwo","ctime":1620864278}]}}`)
	w.Set("j.example/api?page=2", `{"data":{"list":[{"id":8,"content":"three","ctime":1620864000}]}}`)
	w.Set("j.example/api?page=3", `{"data":{"list":[]}}`)
	w.Set("j.example/broken", `{"data":[{"id":1`)
	f := start(t, w, settings(w))
	l, err := f.List(t.Context(), config.Source{Name: "j", URL: "http://j.example/roll", Kind: "json", List: &config.List{
		Item: "result.data", Link: "url", Date: "intime", Summary: "intro", Author: "media_name", ID: "docid", Image: "img.u",
	}}, article.Validators{})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 2 {
		t.Fatalf("entries = %+v", l.Entries)
	}
	e := l.Entries[0]
	if e.GUID != "comos-1" || e.Link != "https://f.example/a/1.shtml" || e.Title != "沪指收涨 & more" || e.Published.Format(time.RFC3339) != "2021-05-13T00:04:38Z" ||
		e.PublishedRaw != "1620864278" || e.Summary != "line <b>x</b>" || e.Authors[0] != "证券报" || e.Image != "http://i.example/1.jpg" {
		t.Errorf("first entry = %+v", e)
	}
	if !l.Entries[1].Published.Equal(e.Published) {
		t.Errorf("milliseconds give %s", l.Entries[1].Published)
	}
	l, err = f.List(t.Context(), config.Source{Name: "j", URL: "http://j.example/api?page=1", Kind: "json", List: &config.List{
		Item: "data.list", Link: "https://f.example/live/{id}.html", Content: "content", Date: "ctime", Next: "http://j.example/api?page={page}", Pages: 5,
	}}, article.Validators{})
	if err != nil || len(l.Entries) != 2 || l.Entries[0].Link != "https://f.example/live/7.html" || l.Entries[0].Content != "<p>one</p>\n<p>two</p>" {
		t.Errorf("with templates: %+v, %v", l, err)
	}
	if n := w.Count("j.example/api?page=4"); n != 0 {
		t.Error("asked on after an empty page")
	}
	for url, want := range map[string]string{"http://j.example/broken": "broken or cut short", "http://j.example/roll": `no array at list.item "data.nothing": there is an object with result (object)`} {
		_, err := f.List(t.Context(), config.Source{Name: "j", URL: url, Kind: "json", List: &config.List{Item: "data.nothing", Link: "url"}}, article.Validators{})
		if !errors.Is(err, ErrNotFeed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v; want ... %s", url, err, want)
		}
	}
}

func TestArticleFromPage(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("news.example/2021/05/one.html", htmlPage("Bank keeps rate | Example News", `<link rel="canonical" href="http://news.example/2021/05/one.html?utm_source=x"><meta property="og:image" content="http://img.example/site-logo.png"><meta property="article:published_time" content="2021-05-13T08:04:38+08:00"><meta name="author" content="Jane Doe">`,
		`<img src="/qrcode/a.png"><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" data-src="/photo/bank.jpg"><script>alert(1)</script>`+story(8)))
	f := start(t, w, settings(w))
	src := config.Source{Name: "ex", URL: "http://news.example/feed.xml", Topic: "Finance", FullText: "auto", Symbols: []string{"000001"}}
	e := article.Entry{GUID: "g1", Link: "http://news.example/2021/05/one.html", Title: "Bank keeps rate", Summary: "Short.", Tags: []string{"rates"}}
	a, p, err := f.Article(t.Context(), src, "Example Markets", e)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil || p.Status != 200 || p.Validators.ETag == "" || len(p.Body) == 0 || p.Header.Get("Content-Type") != "text/html" {
		t.Errorf("page = %+v", p)
	}
	if a.Title != "Bank keeps rate" || a.GUID != "g1" || a.Source != "ex" || a.SourceURL != "http://news.example/2021/05/one.html" || a.Status != article.Full {
		t.Errorf("article = %+v", a)
	}
	if strings.Join(a.Categories, "/") != "Finance/Example Markets" || a.Author != "Jane Doe" || a.Symbols[0] != "000001" || a.Tags[0] != "rates" {
		t.Errorf("categories %q, author %q", a.Categories, a.Author)
	}
	if a.Published.Format(time.RFC3339) != "2021-05-13T00:04:38Z" {
		t.Errorf("published %s", a.Published)
	}
	if a.Image != "http://news.example/photo/bank.jpg" && a.Image != "" {
		t.Errorf("image %q; want the photo, neither logo nor QR code", a.Image)
	}
	for _, want := range []string{"Paragraph 1 ", "Paragraph 8 "} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the body lacks %q", want)
		}
	}
	if strings.Contains(a.Body, "<script") || strings.Contains(a.Body, "Contact us") {
		t.Errorf("body = %s", a.Body)
	}
	if a.ContentHash != article.ContentHash(a.Title, a.Body) {
		t.Error("content hash is not that of title and body")
	}
	if _, _, err := f.Again(t.Context(), src, "Example Markets", e, p.Validators); !errors.Is(err, ErrNotModified) {
		t.Errorf("a page that is as it was gives %v", err)
	}
	again, err := f.FromPage(src, "Example Markets", e, &Page{URL: p.URL, Header: p.Header, Body: p.Body})
	if err != nil || again.Body != a.Body || again.ContentHash != a.ContentHash || again.SourceURL != a.SourceURL {
		t.Errorf("made anew of the same page: %+v, %v", again, err)
	}
}

func TestArticleFromGBKPageUnderEveryLabel(t *testing.T) {
	t.Parallel()
	for _, label := range []string{"text/html; charset=gb2312", "text/html; charset=utf-8", "text/html", "application/octet-stream", "text/plain"} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			w := fetchertest.New(t)
			w.Set("cn.example/a.html", gbk(htmlPage("沪指收涨", `<meta charset="gbk">`, chinese(12))))
			w.Script("cn.example/a.html", fetchertest.Answer{Cut: -1, Header: http.Header{"Content-Type": {label}}})
			f := start(t, w, settings(w))
			a, p, err := f.Article(t.Context(), config.Source{Name: "cn", URL: "http://cn.example/feed", Site: "例报"}, "例报－国內", article.Entry{Link: "http://cn.example/a.html", Title: "沪指收涨"})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(a.Body, "上交所数据显示") || a.Author != "例报" {
				t.Errorf("author %q, body = %.200s", a.Author, a.Body)
			}
			if got := p.Header.Get("Content-Type"); got != label {
				t.Errorf("the page's Content-Type is %q; want it as it came, %q", got, label)
			}
			if string(p.Body) != gbk(htmlPage("沪指收涨", `<meta charset="gbk">`, chinese(12))) {
				t.Error("the page's bytes are not those that came")
			}
		})
	}
}

func TestArticleOfSeveralPages(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	next := func(n int) string {
		return fmt.Sprintf(`<link rel="next" href="/long-%d.html"><a class="next" rel="next" href="/long-%d.html">Next page</a>`, n, n)
	}
	part := func(n int) string {
		return strings.ReplaceAll(story(5), "Paragraph", fmt.Sprintf("Part %d paragraph", n))
	}
	w.Set("news.example/long-1.html", htmlPage("Long read", "", part(1)+next(2)))
	w.Set("news.example/long-2.html", htmlPage("Long read", "", part(2)+next(3)))
	w.Set("news.example/long-3.html", htmlPage("Long read", "", part(3)+next(1)))
	f := start(t, w, settings(w))
	src := config.Source{Name: "ex", URL: "http://news.example/feed.xml", FullText: "always", Extract: &config.Extract{Content: "article", NextPage: "a.next"}}
	e := article.Entry{Link: "http://news.example/long-1.html", Title: "Long read"}
	a, p, err := f.Article(t.Context(), src, "Feed", e)
	if err != nil {
		t.Fatal(err)
	}
	if p.Result.NextPage == "" {
		t.Fatal("no next page was found")
	}
	if len(p.MorePages) != 2 || !strings.Contains(a.Body, "Part 1 ") || !strings.Contains(a.Body, "Part 3 ") || a.Status != article.Full {
		t.Errorf("%d more pages, status %s, body %.300s", len(p.MorePages), a.Status, a.Body)
	}
	if n := w.Count("news.example/long-1.html"); n != 1 {
		t.Errorf("the first page was asked for %d times", n)
	}
	w.Script("news.example/long-3.html", fetchertest.Answer{Status: 500, Cut: -1})
	if _, _, err := f.Article(t.Context(), src, "Feed", e); err == nil || !strings.Contains(err.Error(), "page 3 of the article") {
		t.Errorf("with a page that fails: %v; want the whole article to fail", err)
	}
	w.Script("news.example/long-3.html", fetchertest.Answer{Status: 404, Cut: -1})
	if a, _, err := f.Article(t.Context(), src, "Feed", e); err != nil || a.Status != article.Partial {
		t.Errorf("with a page that is gone: %+v, %v; want it partial", a, err)
	}
}

func TestReadOn(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	second := strings.ReplaceAll(story(5), "Paragraph", "Second page, paragraph")
	w.Set("news.example/1.html", htmlPage("Long read", "", story(5)))
	w.Set("news.example/2.html", htmlPage("Long read", "", second))
	w.Set("news.example/same.html", htmlPage("Long read", "", story(5)))
	dated := `<meta property="article:published_time" content="2026-11-20T08:00:00Z">`
	w.Set("news.example/news/13", htmlPage("Another story altogether", dated, second))
	w.Set("news.example/dated.html", htmlPage("Long read (2)", dated, second))
	w.Set("news.example/chapter.html", htmlPage("How it went on", "", second))
	w.Set("other.example/2.html", htmlPage("Long read", "", second))
	w.Script("news.example/fails.html", fetchertest.Answer{Status: 500, Cut: -1})
	w.Script("news.example/paper.html", fetchertest.Answer{HasBody: true, Body: "%PDF-1.7", Cut: -1, Header: http.Header{"Content-Type": {"application/pdf"}}})
	f := start(t, w, settings(w))
	src := config.Source{Name: "ex", URL: "http://news.example/feed.xml"}
	for _, tt := range []struct {
		name, next      string
		more            int
		partial, failed bool
	}{
		{"there is no next page", "", 0, false, false},
		{"the next page is joined", "http://news.example/2.html", 1, false, false},
		{"also where its headline says which it is", "http://news.example/dated.html", 1, false, false},
		{"also where it has a headline of its own", "http://news.example/chapter.html", 1, false, false},
		{"the next article is none", "http://news.example/news/13", 0, false, false},
		{"a page of another site is none", "http://other.example/2.html", 0, false, false},
		{"the page itself is none", "http://news.example/1.html?utm_source=x", 0, false, false},
		{"a page that says the same is none", "http://news.example/same.html", 0, false, false},
		{"a page that is gone ends the article", "http://news.example/gone.html", 0, true, false},
		{"a page that is none ends the article", "http://news.example/paper.html", 0, true, false},
		{"a page that fails fails the article", "http://news.example/fails.html", 0, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := f.newVisitor(t.Context(), src, article.Validators{})
			p, err := v.get("http://news.example/1.html")
			if err != nil {
				t.Fatal(err)
			}
			in := evidence(src, article.Entry{Title: "Long read"}, nil)
			m, err := f.open(p, in, src)
			if err != nil {
				t.Fatal(err)
			}
			m.first.NextPage = tt.next
			err = f.readOn(v, m, in, src)
			if (err != nil) != tt.failed || len(p.MorePages) != tt.more || m.partial != tt.partial {
				t.Errorf("readOn = %v, %d more pages, partial %v", err, len(p.MorePages), m.partial)
			}
			if tt.more > 0 && (!strings.Contains(m.body, "Second page, paragraph 5") || !strings.Contains(m.body, "Paragraph 1 of")) {
				t.Errorf("body = %s", m.body)
			}
		})
	}
}

func TestArticleErrors(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, `
-- web/a.example/report.pdf --
%PDF-1.7
x
-- web/a.example/report.pdf.http --
ok
    Content-Type: application/pdf
-- web/a.example/hidden --
%PDF-1.7 x
-- web/a.example/hidden.http --
ok
    Content-Type: text/html
-- web/a.example/photo.jpg.http --
200 body=x
    Content-Type: image/jpeg
-- web/a.example/gone.http --
410
-- web/busy.example/busy.http --
503
    Retry-After: 60
-- web/a.example/removed.http --
302 location=http://a.example/
-- web/a.example/index.html --
<html><body>front page</body></html>
-- web/a.example/empty.http --
200 body=
-- web/a.example/huge.http --
200 bomb=300M
    Content-Type: text/html
-- web/a.example/cut.http --
200 cut=20 body=<html><body><p>this is a long page that is cut in its middle</p></body></html>
-- web/a.example/data.http --
200 body={"error":"no such article"}
    Content-Type: application/json
-- web/a.example/robots.txt --
User-agent: *
Disallow: /private/
`)
	f := start(t, w, settings(w))
	var limit *polite.LimitError
	var status *StatusError
	var not *extract.NotArticle
	for _, tt := range []struct {
		path, want string
		is         func(error) bool
	}{
		{"report.pdf", "not an HTML page: answered application/pdf", func(err error) bool { return errors.Is(err, ErrNotPage) }},
		{"hidden", "not an HTML page: answered application/pdf", func(err error) bool { return errors.Is(err, ErrNotPage) }},
		{"photo.jpg", "answered image/jpeg", func(err error) bool { return errors.Is(err, ErrNotPage) }},
		{"gone", "410 Gone", func(err error) bool { return errors.As(err, &status) && status.Code == 410 }},
		{"../busy.example/busy", "(retry after 1m0s)", func(err error) bool { return errors.As(err, &status) && status.RetryAfter == time.Minute }},
		{"removed", "leads to the front page", func(err error) bool { return errors.As(err, &not) && not.Kind == "not found" }},
		{"empty", "empty", func(err error) bool { return errors.As(err, &not) }},
		{"huge", "larger than", func(err error) bool { return errors.As(err, &limit) }},
		{"cut", "unexpected EOF", func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"data", "answered application/json that begins", func(err error) bool { return errors.Is(err, ErrNotPage) }},
		{"private/x", "robots.txt", func(err error) bool { return errors.Is(err, polite.ErrRobots) }},
	} {
		t.Run(tt.path, func(t *testing.T) {
			a, _, err := f.Article(t.Context(), config.Source{Name: "a", URL: "http://a.example/f"}, "F", article.Entry{Link: strings.ReplaceAll("http://a.example/"+tt.path, "a.example/../", ""), Title: "T"})
			if err == nil || a != nil || !strings.Contains(err.Error(), tt.want) || !tt.is(err) {
				t.Errorf("Article = %v, %v; want ... %s", a, err, tt.want)
			}
		})
	}
	if _, _, err := f.Article(t.Context(), config.Source{Name: "a"}, "F", article.Entry{Title: "T", Link: "urn:x"}); !errors.Is(err, ErrNoLink) {
		t.Errorf("an entry without an address gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.Article(ctx, config.Source{Name: "a"}, "F", article.Entry{Title: "T", Link: "http://a.example/x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestConsentPageIsNoArticle(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("a.example/x.html", `<!DOCTYPE html><html><head><title>Before you continue</title></head><body><h1>Before you continue</h1><div id="consent"><p>We use cookies and data to deliver and maintain our services. Please accept our cookies to continue.</p><form action="/save"><button>Reject all</button><button>Accept all</button></form></div></body></html>`)
	f := start(t, w, settings(w))
	a, _, err := f.Article(t.Context(), config.Source{Name: "a", URL: "http://a.example/f"}, "F", article.Entry{Link: "http://a.example/x.html", Title: "Bank keeps rate", Summary: "The bank kept its rate."})
	var not *extract.NotArticle
	if !errors.As(err, &not) || not.Kind != "consent" {
		t.Errorf("Article = %v, %v; want a consent page", a, err)
	}
}

func TestArticleThroughCookieRedirects(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("c.example/a.html", htmlPage("Behind a cookie", "", story(8)))
	w.Script("c.example/a.html",
		fetchertest.Answer{Status: 302, Cut: -1, Header: http.Header{"Location": {"/set?u=a.html"}}},
		fetchertest.Answer{Cut: -1})
	w.Script("c.example/set?u=a.html", fetchertest.Answer{Status: 302, Cut: -1, Header: http.Header{"Location": {"http://c.example/a.html"}, "Set-Cookie": {"seen=1; Path=/"}}})
	f := start(t, w, settings(w))
	a, _, err := f.Article(t.Context(), config.Source{Name: "c", URL: "http://c.example/f"}, "F", article.Entry{Link: "http://c.example/a.html", Title: "T"})
	if err != nil || !strings.Contains(a.Body, "Paragraph 8") {
		t.Fatalf("Article = %v, %v", a, err)
	}
	reqs := w.Requests("c.example")
	last := reqs[len(reqs)-1]
	if last.Header.Get("Cookie") != "seen=1" {
		t.Errorf("the last request's cookie is %q", last.Header.Get("Cookie"))
	}
	if last.Header.Get("Referer") != "" {
		t.Errorf("Referer %q was sent", last.Header.Get("Referer"))
	}
}

func TestMetaRefreshIsFollowed(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("r.example/go", `<html><head><meta http-equiv="refresh" content="0; url='http://r.example/real/story.html'"></head></html>`)
	w.Set("r.example/real/story.html", htmlPage("Real", "", story(8)))
	f := start(t, w, settings(w))
	a, p, err := f.Article(t.Context(), config.Source{Name: "r", URL: "http://r.example/f"}, "F", article.Entry{Link: "http://r.example/go", Title: "T"})
	if err != nil || p.URL != "http://r.example/real/story.html" || a.SourceURL != p.URL {
		t.Fatalf("Article = %v, %v", a, err)
	}
}

func TestSecretsStayAtHome(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("www.home.example/feed.xml", feedXML)
	w.Set("news.home.example/a.html", htmlPage("A", "", story(8)))
	w.Set("other.example/a.html", htmlPage("A", "", story(8)))
	w.Script("other.example/no.html", fetchertest.Answer{Status: 401, Cut: -1})
	f := start(t, w, settings(w))
	src := config.Source{
		Name: "h", URL: "http://www.home.example/feed.xml?key=sesame", Kind: "feed", FullText: "always",
		Headers: map[string]config.Secret{"X-Api-Key": "open-sesame", "Referer": "http://www.home.example/"},
		Cookies: map[string]config.Secret{"session": "cookie-secret"},
	}
	if _, err := f.List(t.Context(), src, article.Validators{}); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"http://news.home.example/a.html", "http://other.example/a.html"} {
		if _, _, err := f.Article(t.Context(), src, "F", article.Entry{Link: link, Title: "A"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range w.Requests() {
		if strings.HasPrefix(r.Path, "/robots.txt") {
			continue
		}
		own := strings.HasSuffix(r.Host, "home.example")
		if got := r.Header.Get("X-Api-Key") == "open-sesame"; got != own {
			t.Errorf("%s: key sent: %v", r.Host, got)
		}
		if got := r.Header.Get("Cookie") == "session=cookie-secret"; got != own {
			t.Errorf("%s: cookie sent: %v (%q)", r.Host, got, r.Header.Get("Cookie"))
		}
		if r.Header.Get("Referer") != "http://www.home.example/" {
			t.Errorf("%s: Referer %q", r.Host, r.Header.Get("Referer"))
		}
	}
	src.URL = "http://user:hunter22@other.example/no.html?key=sesame"
	_, err := f.List(t.Context(), src, article.Validators{})
	for _, secret := range []string{"hunter22", "sesame", "cookie-secret"} {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error = %v, with %q in it", err, secret)
		}
	}
}

func TestFullText(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t)
	w.Set("n.example/a.html", htmlPage("A", "", story(6)))
	w.Set("n.example/stub.html", htmlPage("A", "", story(1)))
	f := start(t, w, settings(w))
	long := story(10)
	for _, tt := range []struct {
		name, mode string
		e          article.Entry
		page       bool
		status     article.BodyStatus
		has        string
	}{
		{"a feed with the whole text needs no page", "auto", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "S.", Content: long}, false, article.Full, "Paragraph 10"},
		{"always asks for the page, and the longer text wins", "always", article.Entry{Link: "http://n.example/stub.html", Title: "A", Content: long}, true, article.Full, "Paragraph 10"},
		{"never asks for none", "never", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "<p>All there is.</p>"}, false, article.Full, "All there is."},
		{"never knows a cut text", "never", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "The bank said that..."}, false, article.Partial, "The bank"},
		{"a short text needs the page", "auto", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "Short."}, true, article.Full, "Paragraph 6"},
		{"no mode is auto", "", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "Short."}, true, article.Full, "Paragraph 6"},
		{"without a link the feed is all there is", "auto", article.Entry{GUID: "x", Title: "A", Summary: "快讯：央行开展逆回购操作。"}, false, article.Full, "逆回购"},
		{"without a link a cut text is no whole one", "auto", article.Entry{GUID: "x", Title: "A", Summary: "The bank said that..."}, false, article.Summary, "The bank"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, p, err := f.Article(t.Context(), config.Source{Name: "n", URL: "http://n.example/f", FullText: tt.mode}, "F", tt.e)
			if err != nil {
				t.Fatal(err)
			}
			if (p != nil) != tt.page || a.Status != tt.status || !strings.Contains(a.Body, tt.has) {
				t.Errorf("page %v, status %s, body %.100q", p != nil, a.Status, a.Body)
			}
		})
	}
	deadline := f.FromFeed(config.Source{Name: "n", FullText: "auto"}, "F", article.Entry{Link: "http://n.example/a.html", Title: "A", Summary: "Short."})
	if deadline.Status != article.Summary || deadline.Body != "Short." || deadline.Author != "F" || deadline.SourceURL != "http://n.example/a.html" {
		t.Errorf("at the deadline: %+v", deadline)
	}
}

func TestNeedsPage(t *testing.T) {
	t.Parallel()
	const link = "http://n.example/a"
	for _, tt := range []struct {
		name string
		e    article.Entry
		want bool
	}{
		{"no text", article.Entry{Link: link}, true},
		{"a long description of paragraphs", article.Entry{Link: link, Summary: story(8)}, false},
		{"a long Chinese description", article.Entry{Link: link, Summary: chinese(8)}, false},
		{"a Chinese teaser", article.Entry{Link: link, Summary: chinese(1)}, true},
		{"content beside a summary", article.Entry{Link: link, Summary: "What happened.", Content: story(3)}, false},
		{"content that is the summary again", article.Entry{Link: link, Summary: story(3), Content: story(3)}, true},
		{"an ellipsis", article.Entry{Link: link, Summary: "S.", Content: story(8) + "<p>And then…</p>"}, true},
		{"a bracketed ellipsis and a WordPress footer", article.Entry{Link: link, Summary: "S.", Content: story(8) + "<p>And then [&#8230;]</p><p>The post <a>A</a> appeared first on <a>B</a>.</p>"}, true},
		{"a footer alone", article.Entry{Link: link, Summary: "S.", Content: story(8) + "<p>The post <a>A</a> appeared first on <a>B</a>.</p>"}, false},
		{"read more", article.Entry{Link: link, Content: story(8) + `<a href="x">Read more</a>`}, true},
		{"阅读全文", article.Entry{Link: link, Content: chinese(8) + `<a href="x">阅读全文&gt;&gt;</a>`}, true},
		{"a text that only ends with 全文", article.Entry{Link: link, Summary: "S", Content: chinese(8) + `<p>今日公布了意见的全文</p>`}, false},
		{"one long block of a description", article.Entry{Link: link, Summary: strings.ReplaceAll(strings.ReplaceAll(story(8), "<p>", ""), "</p>", "")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, why := NeedsPage(tt.e); got != tt.want {
				t.Errorf("NeedsPage = %v (%s); want %v", got, why, tt.want)
			}
		})
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, final, named, want string }{
		{"the page's own", "http://m.a.example/x/1.html?from=app", "https://www.a.example/x/1.html", "https://www.a.example/x/1.html"},
		{"none named", "http://a.example/1.html?utm_source=rss", "", "http://a.example/1.html"},
		{"a home page", "http://a.example/2021/1.html", "http://a.example/", "http://a.example/2021/1.html"},
		{"another site", "http://a.example/1.html", "http://b.example/1.html", "http://a.example/1.html"},
		{"its section", "http://a.example/markets/2021/1.html", "http://a.example/markets/", "http://a.example/markets/2021/1.html"},
		{"no address", "http://a.example/1.html", "javascript:x", "http://a.example/1.html"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := canonical("http://a.example/listed", tt.final, tt.named); got != tt.want {
				t.Errorf("canonical(%q, %q) = %q; want %q", tt.final, tt.named, got, tt.want)
			}
		})
	}
}

func TestLedAway(t *testing.T) {
	t.Parallel()
	const link = "http://a.example/2021/1.html"
	for _, tt := range []struct{ name, link, final, kind string }{
		{"the same address", link, link, ""},
		{"another address of the article", link, "https://www.a.example/markets/2021/1", ""},
		{"the front page", link, "http://a.example/index.html", "not found"},
		{"the front page, asked for", "http://a.example/", "http://www.a.example/", ""},
		{"an article behind a query", "http://a.example/?p=12", "http://a.example/?p=12&x=1", ""},
		{"a page for what is gone", link, "http://a.example/errors/404.html", "not found"},
		{"a consent wall", link, "https://consent.a.example/v2/collect?session=3", "consent"},
		{"a login", link, "https://passport.b.example/?u=http://a.example/2021/1.html", "login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kind := ""
			var not *extract.NotArticle
			if err := ledAway(tt.link, tt.final); errors.As(err, &not) {
				kind = not.Kind
			}
			if kind != tt.kind {
				t.Errorf("ledAway(%q, %q) is %q; want %q", tt.link, tt.final, kind, tt.kind)
			}
		})
	}
}

func TestLeadImage(t *testing.T) {
	t.Parallel()
	const photo = "https://i.example/2021/bank.jpg"
	for _, tt := range []struct{ name, named, body, own, want string }{
		{"the page's", photo, `<img src="https://i.example/2.jpg">`, "", photo},
		{"a logo is none", "https://i.example/img/logo.png", `<img src="` + photo + `">`, "", photo},
		{"a QR code is none", "", `<img src="https://i.example/wx_qrcode.png"><img src="` + photo + `">`, "", photo},
		{"an icon is none", "", `<img src="https://i.example/a.png" width="24">`, photo, photo},
		{"words inside of words do not count", "https://i.example/logistics/silicon-badger.jpg", "", "", "https://i.example/logistics/silicon-badger.jpg"},
		{"nothing", "", "<p>x</p>", "", ""},
		{"nothing that is inline", "data:image/png;base64,AAAA", `<img src="data:image/png;base64,AAAA">`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := leadImage(tt.named, tt.body, tt.own); got != tt.want {
				t.Errorf("leadImage(%q, %q, %q) = %q; want %q", tt.named, tt.body, tt.own, got, tt.want)
			}
		})
	}
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, `
-- web/linked.example/index.html --
<html><head><title>L</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><link rel="alternate" type="application/rss+xml" href="/dead.xml"><link rel="alternate" type="application/rss+xml" href="feed.xml"><link rel="alternate" hreflang="de" href="/de/"></head></html>
-- web/linked.example/feed.xml --
`+feedXML+`
-- web/anchored.example/index.html --
<html><body><a href="http://linked.example/feed.xml">RSS</a></body></html>
-- web/guessed.example/index.html --
<html><body>Nothing named.</body></html>
-- web/guessed.example/rss.xml --
`+feedXML+`
-- web/none.example/index.html --
<html><head><title>No news</title></head></html>
`)
	f := start(t, w, settings(w))
	for _, tt := range []struct{ url, want, via string }{
		{"http://linked.example/feed.xml", "http://linked.example/feed.xml", "itself"},
		{"http://linked.example/", "http://linked.example/feed.xml", "link"},
		{"http://anchored.example/", "http://linked.example/feed.xml", "anchor"},
		{"http://guessed.example/", "http://guessed.example/rss.xml", "guess"},
	} {
		t.Run(tt.url, func(t *testing.T) {
			found, err := f.Discover(t.Context(), tt.url)
			if err != nil || len(found) != 1 || found[0].URL != tt.want || found[0].Via != tt.via || found[0].Entries != 2 || found[0].Title != "Example Markets" {
				t.Errorf("Discover = %+v, %v", found, err)
			}
		})
	}
	if _, err := f.Discover(t.Context(), "http://none.example/"); !errors.Is(err, ErrNotFeed) || !strings.Contains(err.Error(), "No news") {
		t.Errorf("where there is none: %v", err)
	}
}

// A feed that a user names is asked for as any listing is: once, whatever robots.txt says to crawlers.
func TestDiscoverAsksOnceForAFeedThatIsNamed(t *testing.T) {
	t.Parallel()
	w := fetchertest.New(t, "-- closed.example/robots.txt --\nUser-agent: *\nDisallow: /\n-- closed.example/feed.xml --\n"+feedXML)
	f := start(t, w, settings(w))
	found, err := f.Discover(t.Context(), "http://closed.example/feed.xml")
	if err != nil || len(found) != 1 {
		t.Fatalf("Discover = %+v, %v; want the feed", found, err)
	}
	l, err := f.Listing(t.Context(), config.Source{Name: "closed", URL: found[0].URL}, found[0])
	if err != nil || len(l.Entries) != 2 || l.Validators.ETag == "" {
		t.Errorf("Listing = %+v, %v; want two entries and the ETag", l, err)
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("%d requests; want the feed, once", n)
	}
}

// TestSample feeds the document that defines the seed format back: an item with its title, HTML and date becomes the
// file, byte for byte.
func TestSample(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/seed/input.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/seed/seed.md")
	if err != nil {
		t.Fatal(err)
	}
	var sample struct{ Title, Body, Date string }
	if err := json.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	date, err := time.Parse(time.RFC3339, sample.Date)
	if err != nil {
		t.Fatal(err)
	}
	w := fetchertest.New(t)
	w.Set("rsshub.example/sina/finance/china", `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title><![CDATA[新浪财经－国內]]></title><link>http://finance.sina.com.cn/china/</link><description>x</description>
<item><title><![CDATA[`+sample.Title+`]]></title><description><![CDATA[`+sample.Body+`]]></description><pubDate>`+date.Format(http.TimeFormat)+`</pubDate>
<guid isPermaLink="false">https://finance.sina.com.cn/china/2021-05-13/doc-1.shtml</guid><link>https://finance.sina.com.cn/china/2021-05-13/doc-1.shtml</link></item></channel></rss>`)
	cfg := settings(w)
	cfg.Format.Profile = "seed"
	f := start(t, w, cfg)
	src := config.Source{Name: "sina-china", URL: "http://rsshub.example/sina/finance/china", Kind: "feed", Topic: "金融", Site: "新浪财经", Title: "新浪财经－国內", FullText: "never"}
	l, err := f.List(t.Context(), src, article.Validators{})
	if err != nil || len(l.Entries) != 1 {
		t.Fatalf("List = %+v, %v", l, err)
	}
	e := l.Entries[0]
	if e.Summary != sample.Body {
		t.Errorf("the feed stage changed the body")
	}
	a, page, err := f.Article(t.Context(), src, l.Title, e)
	if err != nil || page != nil {
		t.Fatalf("Article = %v, %v", page, err)
	}
	format, err := article.NewFormat("seed", nil, "none")
	if err != nil {
		t.Fatal(err)
	}
	got, err := format.Encode(a)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		i := 0
		for i < len(got) && i < len(want) && got[i] == want[i] {
			i++
		}
		t.Errorf("%d bytes, want %d; they differ from byte %d:\n got %q\nwant %q", len(got), len(want), i, clip(got, i), clip(want, i))
	}
}

func clip(b []byte, i int) []byte { return b[max(0, i-20):min(len(b), i+60)] }

func FuzzSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>http://a.example/1</loc><news:news><news:title>x</news:title></news:news></url></urlset>`))
	f.Add([]byte(`<sitemapindex><sitemap><loc>/s.xml</loc><lastmod>2020</lastmod></sitemap>`))
	f.Add([]byte("http://a.example/1\nhttp://a.example/2"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, body []byte) {
		checkPart(t, parseSitemap, body, config.List{})
	})
}

func FuzzJSONListing(f *testing.F) {
	f.Add([]byte(`cb({"data":{"list":[{"id":1,"url":"/a","t":"x","d":1620864278}]}})`), "data.list", "url")
	f.Add([]byte(`[[{"a.b":"http://x.example"}]]`), "*", "a.b")
	f.Add([]byte(`{"a":[{"b":[1,2]}]}`), "a[0].b", "http://x.example/{c}?{d}")
	f.Fuzz(func(t *testing.T, body []byte, item, link string) {
		checkPart(t, parseJSON, body, config.List{Item: item, Link: link, Title: "t", Date: "d", Next: link, ID: item, Author: item})
	})
}

func FuzzPageListing(f *testing.F) {
	f.Add([]byte(`<ul><li><a href=1 title=x>y</a><time datetime=2020-01-01>z</time><img data-src=a.jpg></ul>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		checkPart(t, parsePage, body, config.List{Item: "li", Date: "time", Image: "img", Summary: "p", Next: "a.next", ID: "a"})
	})
}

// checkPart checks what holds of every listing, whatever it was read from.
func checkPart(t *testing.T, parse parseFunc, body []byte, l config.List) {
	t.Helper()
	p, err := parse(document{URL: "https://x.example/dir/list", Header: http.Header{}, Body: body, Number: 1}, config.Source{List: &l})
	if err != nil {
		if !errors.Is(err, ErrNotFeed) {
			t.Fatalf("error is no ErrNotFeed: %v", err)
		}
		return
	}
	for _, u := range p.More {
		if httpOnly(u) == "" {
			t.Fatalf("further document %q", u)
		}
	}
	for _, e := range p.Entries {
		if e.Link != "" && httpOnly(e.Link) == "" || e.Image != "" && httpOnly(e.Image) == "" {
			t.Fatalf("entry %+v", e)
		}
	}
}
