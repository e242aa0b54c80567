package extract_test

import (
	"testing"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
)

func TestNextPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url, links, want string
		rule                   string
	}{
		{name: "a link that says so", url: "https://n.example/a/123.html", links: `<a href="/a/123_2.html">下一页</a>`, want: "https://n.example/a/123_2.html"},
		{name: "a link that says so in words of its own", url: "https://n.example/a/123.html", links: `<a href="/a/123_2.html">下一页 &gt;&gt;</a>`, want: "https://n.example/a/123_2.html"},
		{name: "with an arrow in front", url: "https://n.example/a/123.html", links: `<a href="/a/123_2.html">» Next page</a>`, want: "https://n.example/a/123_2.html"},
		{name: "as a picture", url: "https://n.example/a/123.html", links: `<a href="/a/123_2.html" title="Next page"><img src="/r.gif" alt="Next page"></a>`, want: "https://n.example/a/123_2.html"},
		{name: "the number after this page's", url: "https://n.example/a/123.html", links: `<b>1</b> <a href="/a/123_2.html">2</a> <a href="/a/123_3.html">3</a>`, want: "https://n.example/a/123_2.html"},
		{name: "on a later page", url: "https://n.example/a/123_2.html", links: `<a href="/a/123.html">1</a> <b>2</b> <a href="/a/123_3.html">3</a>`, want: "https://n.example/a/123_3.html"},
		{name: "in brackets", url: "https://n.example/a/123.html", links: `[1] <a href="/a/123_2.html">[2]</a> <a href="/a/123_3.html">[3]</a>`, want: "https://n.example/a/123_2.html"},
		{name: "as 第2页", url: "https://n.example/a/123.html", links: `<a href="/a/123_2.html">第2页</a> <a href="/a/123_3.html">第3页</a>`, want: "https://n.example/a/123_2.html"},
		{name: "as Page 2", url: "https://n.example/a/story", links: `<a href="/a/story?page=2">Page 2</a>`, want: "https://n.example/a/story?page=2"},
		{name: "in the query", url: "https://n.example/a/story?id=7", links: `<a href="?id=7&amp;page=2">2</a>`, want: "https://n.example/a/story?id=7&page=2"},
		{name: "in the path", url: "https://n.example/a/story/", links: `<a href="/a/story/2/">2</a><a href="/a/story/3/">3</a>`, want: "https://n.example/a/story/2/"},
		{name: "in the path as a word", url: "https://n.example/a/story", links: `<a href="/a/story/page/2">2</a>`, want: "https://n.example/a/story/page/2"},
		{name: "counted from nought", url: "https://n.example/a/t1_9.html", links: `<a href="/a/t1_9_1.html">2</a><a href="/a/t1_9_1.html">下一页</a>`, want: "https://n.example/a/t1_9_1.html"},
		{name: "rel=next in the head of pages", url: "https://n.example/a/story", links: `<a rel="next" href="/a/story?page=2">Older</a>`, want: "https://n.example/a/story?page=2"},
		{name: "the next article is no next page", url: "https://n.example/a/123.html", links: `<a rel="next" href="/a/124.html">Next</a>`},
		{name: "nor is one whose number is in its name", url: "https://n.example/2026/story-1", links: `<a rel="next" href="/2026/story-9">Next</a>`},
		{name: "nor a page of comments", url: "https://n.example/a/123.html", links: `<a href="/a/123.html?cpage=2">2</a>`},
		{name: "the last page has none", url: "https://n.example/a/123_3.html", links: `<a href="/a/123.html">1</a> <a href="/a/123_2.html">2</a> <b>3</b>`},
		{name: "another host is another site", url: "https://n.example/a/123.html", links: `<a href="https://m.example/a/123_2.html">2</a>`},
		{name: "the rule of the source", url: "https://n.example/a/123.html", links: `<a class="more" href="/a/teil-zwei.html">Teil zwei</a>`, want: "https://n.example/a/teil-zwei.html", rule: "a.more"},
		{name: "the rule at a box around the link", url: "https://n.example/a/123.html", links: `<span class="more"><a href="/a/teil-zwei.html">Teil zwei</a></span>`, want: "https://n.example/a/teil-zwei.html", rule: ".more"},
		{name: "the rule at a link that leads nowhere", url: "https://n.example/a/123.html", links: `<a class="more" href="#top">Top</a><a class="more" href="/a/123_2.html">2</a>`, want: "https://n.example/a/123_2.html", rule: "a.more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := extract.Input{URL: tt.url}
			if tt.rule != "" {
				rules, err := extract.Compile(config.Extract{NextPage: tt.rule})
				if err != nil {
					t.Fatal(err)
				}
				in.Rules = rules
			}
			r, err := extract.Page(article(`<div class="pages">`+tt.links+`</div>`), in)
			if err != nil {
				t.Fatal(err)
			}
			if r.NextPage != tt.want {
				t.Errorf("next page of %s by %s = %q (%s); want %q", tt.url, tt.links, r.NextPage, r.Sources["next_page"], tt.want)
			}
		})
	}
}
