package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

var filterNow = time.Date(2026, 3, 2, 14, 31, 0, 0, time.UTC)

func filterOf(t *testing.T, keep, drop string, categories ...string) *Filter {
	t.Helper()
	rules := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, "\n")
	}
	f, err := NewFilter(config.Filter{Keep: rules(keep), Drop: rules(drop)}, categories...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilterEntry(t *testing.T) {
	t.Parallel()
	e := article.Entry{
		Title: "招商银行：一季度净利润增长", Link: "https://finance.example/a/2026/1.html?utm_source=rss", Authors: []string{"Jane Doe", "王小明"},
		Tags: []string{"Markets", "股市"}, Language: "zh-CN", Published: filterNow.Add(-2 * time.Hour), Summary: "<p>广告</p>",
	}
	bare := article.Entry{GUID: "1"}
	for _, tt := range []struct {
		name, keep, drop string
		categories       []string
		e                article.Entry
		want             string
	}{
		{"no rules keep all", "", "", nil, e, ""},
		{"a keep rule that holds keeps", "title: 银行|证券", "", nil, e, ""},
		{"a keep rule that fails drops", "title: 保险", "", nil, e, "not keep title: 保险"},
		{"one of several keep rules is enough", "title: 保险\nurl: finance\\.example", "", nil, e, ""},
		{"none of several keep rules", "title: 保险\nurl: sports", "", nil, e, "none of 2 keep rules"},
		{"drop wins over keep", "title: 银行", "author: ^Jane", nil, e, "drop author: ^Jane"},
		{"a drop rule that fails drops nothing", "", "title: 保险", nil, e, ""},
		{"the body is not known before the page", "body: 北京", "body: 广告", nil, e, ""},
		{"an undecided keep rule keeps beside one that fails", "title: 保险\nbody: 北京", "", nil, e, ""},
		{"each author alone, so that anchors hold", "author: ^王小明$", "", nil, e, ""},
		{"authors are not joined", "author: Doe.*王", "", nil, e, "not keep author: Doe.*王"},
		{"case counts unless told", "category: ^markets$", "", []string{"金融"}, e, "not keep category: ^markets$"},
		{"case ignored when told", "category: (?i)^markets$", "", nil, e, ""},
		{"categories of the source may be what is wanted", "category: 金融", "", nil, e, ""},
		{"and are asked where known", "category: 金融", "", []string{"金融"}, e, ""},
		{"and fail where known", "category: 体育", "", []string{"金融"}, e, "not keep category: 体育"},
		{"a drop rule on a tag is known before the page", "", "category: 股市", nil, e, "drop category: 股市"},
		{"language", "language: ^zh", "", nil, e, ""},
		{"another language", "language: ^en", "", nil, e, "not keep language: ^en"},
		{"older than", "", "age: > 1h", nil, e, "drop age: > 1h"},
		{"not that old", "", "age: > 7d", nil, e, ""},
		{"younger than", "age: < 3h", "", nil, e, ""},
		{"the same age is not older", "", "age: > 2h", nil, e, ""},
		{"the same age is not younger", "age: < 2h", "", nil, e, "not keep age: < 2h"},
		{"what is dated in the future is young", "age: < 1h", "", nil, article.Entry{Published: filterNow.Add(48 * time.Hour)}, ""},
		{"nothing known, nothing dropped by keep", "title: a", "", nil, bare, ""},
		{"no date, no age", "age: < 1h", "age: > 1h", nil, bare, ""},
		{"no language", "language: en", "language: .*", nil, bare, ""},
		{"no tags and no categories known", "category: a", "", []string{"b"}, bare, ""},
		{"a cut title is not known to fail", "title: 银行", "", nil, article.Entry{Title: "招商…"}, ""},
		{"a cut title can hold", "", "title: 招商", nil, article.Entry{Title: "招商…"}, "drop title: 招商"},
		{"an empty title is not matched by anything", "", "title: .*", nil, bare, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drop, rule := filterOf(t, tt.keep, tt.drop, tt.categories...).Entry(tt.e, filterNow)
			if rule != tt.want || drop != (tt.want != "") {
				t.Errorf("Entry(%+v) = %v, %q; want %q", tt.e, drop, rule, tt.want)
			}
		})
	}
}

func TestFilterArticle(t *testing.T) {
	t.Parallel()
	a := &article.Article{
		Title: "Bank raises outlook", Body: "<p>Profit rose <b>3</b> %.</p><p>本文为<i>广告</i>。</p>", Author: "Example Wire", Authors: []string{"Jane Doe"},
		Categories: []string{"金融", "Example", "Example - Markets"}, Tags: []string{"banks"}, Language: "en", Link: "https://r.example/1",
		SourceURL: "https://news.example/markets/1", Published: filterNow.Add(-30 * time.Hour), FirstSeen: filterNow.Add(-time.Hour),
	}
	undated := &article.Article{Title: "x", FirstSeen: filterNow.Add(-time.Hour)}
	for _, tt := range []struct {
		name, keep, drop string
		a                *article.Article
		want             string
	}{
		{"the body is asked as text", "", "body: 本文为广告", a, "drop body: 本文为广告"},
		{"markup is not asked", "", "body: <p>", a, ""},
		{"a keep rule on the body", "body: (?i)profit rose 3", "", a, ""},
		{"a keep rule on the body that fails", "body: loss", "", a, "not keep body: loss"},
		{"the canonical URL", "url: news\\.example/markets", "", a, ""},
		{"the link as listed", "", "url: ^https://r\\.example/", a, "drop url: ^https://r\\.example/"},
		{"the front matter's author", "author: ^Example Wire$", "", a, ""},
		{"a person", "author: ^Jane Doe$", "", a, ""},
		{"the categories of the source", "category: ^金融$", "", a, ""},
		{"the publisher's own terms", "category: ^banks$", "", a, ""},
		{"neither", "category: ^sports$", "", a, "not keep category: ^sports$"},
		{"age by publication", "", "age: > 1d", a, "drop age: > 1d"},
		{"age by first sight where no date is given", "age: < 2h", "", undated, ""},
		{"and then old as well", "", "age: > 30m", undated, "drop age: > 30m"},
		{"no times at all", "age: < 100d", "", &article.Article{Title: "x"}, "not keep age: < 100d"},
		{"a field that is not there does not hold", "language: .*", "language: .*", undated, "not keep language: .*"},
		{"an empty body", "", "body: .*", undated, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drop, rule := filterOf(t, tt.keep, tt.drop).Article(tt.a, filterNow)
			if rule != tt.want || drop != (tt.want != "") {
				t.Errorf("Article = %v, %q; want %q", drop, rule, tt.want)
			}
		})
	}
}

func TestNewFilterNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := NewFilter(config.Filter{Keep: []string{"title: ("}, Drop: []string{"title: a", "colour: red"}})
	if err == nil || !strings.Contains(err.Error(), "filter.keep[0]") || !strings.Contains(err.Error(), "filter.drop[1]") {
		t.Errorf("NewFilter = %v; want both faults", err)
	}
}

func TestNoFilterKeepsAll(t *testing.T) {
	t.Parallel()
	var f *Filter
	if drop, rule := f.Entry(article.Entry{Title: "a"}, filterNow); drop || rule != "" {
		t.Errorf("Entry = %v, %q", drop, rule)
	}
	if drop, rule := f.Article(&article.Article{Title: "a"}, filterNow); drop || rule != "" {
		t.Errorf("Article = %v, %q", drop, rule)
	}
}
