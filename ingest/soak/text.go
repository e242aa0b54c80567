package soak

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"time"
)

// newArticle makes up an article that differs from all others in each paragraph.
func newArticle(rng *rand.Rand, feed, item int) *Article {
	a := &Article{feed: feed, item: item}
	zh := feed%5 >= 3
	n := 0
	sentence := func() string {
		n++
		mark := fmt.Sprintf("%d-%d-%d", feed, item, n)
		if zh {
			return fmt.Sprintf("%s%s%s，%s，编号%s。", pick(rng, who), pick(rng, when), pick(rng, did), pick(rng, why), mark)
		}
		return fmt.Sprintf("%s %s %s, %s, said note %s.", pick(rng, whoEN), pick(rng, didEN), pick(rng, whenEN), pick(rng, whyEN), mark)
	}
	a.Title = strings.TrimRight(sentence(), ".。")
	for range 5 + rng.IntN(6) {
		var p strings.Builder
		for s := range 3 + rng.IntN(3) {
			if s > 0 && !zh {
				p.WriteByte(' ')
			}
			p.WriteString(sentence())
		}
		a.Paragraphs = append(a.Paragraphs, p.String())
	}
	return a
}

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }

var (
	who  = []string{"中国人民银行", "国家统计局", "上海证券交易所", "财政部", "一家券商的研究报告", "多位分析师"}
	when = []string{"周一上午", "在第三季度报告中", "本月早些时候", "在收盘之后", "当地时间周四"}
	did  = []string{"表示出口订单连续三个月回升", "公布了新的货币政策执行报告", "将全年增长预期上调至百分之五", "宣布回购二十亿元公司股份", "指出制造业投资继续改善"}
	why  = []string{"市场对此反应平静", "原因是原材料价格明显回落", "国内需求已经停止下滑", "这高于此前的预期", "相关板块随后走高"}

	whoEN  = []string{"The central bank", "The statistics office", "A large broker", "The finance ministry", "Shares of the brewer", "The regulator"}
	whenEN = []string{"on Thursday", "in its quarterly report", "earlier this month", "after the close of trading", "in a letter to investors"}
	didEN  = []string{"raised its forecast for growth", "reported higher orders from abroad", "left the main rate unchanged", "announced a buyback of two billion", "fell by four per cent"}
	whyEN  = []string{"as prices of raw materials came down", "which was more than analysts had expected", "while demand at home stopped falling", "and the market took it calmly", "a third month in a row"}
)

// Summary is what the feed says of the article.
func (a *Article) Summary() string {
	s := []rune(a.Paragraphs[0])
	return string(s[:min(len(s), 60)]) + "…"
}

// date is when it was published: the newest of a feed an hour ago.
func (a *Article) date() time.Time {
	return time.Now().Truncate(time.Hour).Add(time.Duration(a.item-1000) * time.Minute)
}

// page is the article's page, with what pages have around their text.
func (a *Article) page(charset string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html><head><meta charset="%s"><title>%s - Wire</title><link rel="canonical" href="%s">
<meta property="og:type" content="article"></head><body><header><nav><ul>`, charset, html.EscapeString(a.Title), a.URL)
	for n := range 20 {
		fmt.Fprintf(&b, `<li><a href="/s/%d">Section %d</a></li>`, n, n)
	}
	fmt.Fprintf(&b, `</ul></nav></header><main><article><h1>%s</h1><div class="body">`, html.EscapeString(a.Title))
	for _, p := range a.Paragraphs {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(p))
	}
	b.WriteString(`</div></article><aside><h3>More</h3><ul>`)
	for n := range 30 {
		fmt.Fprintf(&b, `<li><a href="/a/%d/%d.html">Another headline of the day, number %d</a></li>`, a.feed, n, n)
	}
	b.WriteString(`</ul></aside></main><footer><p>All rights reserved. <a href="/imprint">Imprint</a></p></footer></body></html>`)
	return b.String()
}
