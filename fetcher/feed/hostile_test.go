package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestParseTakesLinearTime gives Parse documents that make a careless parser search the rest of the document again and
// again. Each would take minutes or hours then.
func TestParseTakesLinearTime(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	head := `<rss version="2.0"><channel><title>t</title><item><title>x</title><link>https://feed.test/1</link>`
	manyPrefixes := `<rss version="2.0"`
	for i := range 2000 {
		manyPrefixes += fmt.Sprintf(` xmlns:p%d="urn:%d"`, i, i)
	}
	for name, x := range map[string]struct{ head, repeat, tail string }{
		"comments that never end":                     {head, "<!-- > ", ""},
		"processing instructions that never end":      {head, "<? > ", ""},
		"CDATA sections that never end":               {head, "</item><item><description><![CDATA[x</description>", ""},
		"CDATA sections that all end at the end":      {head, "</item><item><description><![CDATA[x</description>", "]]>"},
		"CDATA sections that nothing ends":            {head, "</item><item><description><![CDATA[x", "]]>"},
		"quotes that never end":                       {head, `<a b="><a b='>`, ""},
		"comments in HTML that never end":             {head + "<description><![CDATA[", "<!-- x ", "]]></description></item></channel></rss>"},
		"start tags only":                             {head, "<x>", ""},
		"end tags only":                               {head, "</x>", ""},
		"items only":                                  {head, "<item>", ""},
		"nested extensions":                           {head, "<x:a>", ""},
		"nested divs":                                 {head + `<description>`, "<div>", ""},
		"nested divs in XHTML":                        {`<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">`, "<div>", ""},
		"titles that never end":                       {head, "<title>", ""},
		"bare ampersands":                             {head + "<description>", "& &amp;lt; ", "</description></item></channel></rss>"},
		"categories":                                  {head, "<category>x</category>", "</item></channel></rss>"},
		"enclosures":                                  {head, `<enclosure url="/x"/>`, "</item></channel></rss>"},
		"authors":                                     {head, `<author>x@y.example (z)</author>`, "</item></channel></rss>"},
		"attributes":                                  {head + "<x ", `a="b" `, "/></item></channel></rss>"},
		"prefixes":                                    {manyPrefixes + "><channel>", "<x/>", ""},
		"entities":                                    {`<!DOCTYPE rss [`, `<!ENTITY a "b">`, `]>` + head},
		"a DTD that never ends":                       {`<!DOCTYPE rss [`, `<!ENTITY a "`, head},
		"references to a long entity":                 {`<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("b", 1<<16) + `">]>` + head + "<description>", "&a;", "</description></item></channel></rss>"},
		"text before the feed":                        {"", "x ", head},
		"no feed at all":                              {"<html><body>", "<p>x</p>", ""},
		"nested JSON":                                 {`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","x":`, "[", ""},
		"JSON items":                                  {`{"version":"https://jsonfeed.org/version/1","items":[`, `{"id":"1"},`, ""},
		"items in extensions of items":                {head, "<x:y><item>", ""},
		"end tags of the item within an element":      {head, "<x:y></item><item>", ""},
		"authors that never end":                      {head, "<author><name>", ""},
		"text that looks like UTF-8 taken for Latin1": {head + "<description>", "Ã©", "</description></item></channel></rss>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := []byte(x.head + strings.Repeat(x.repeat, size/len(x.repeat)) + x.tail)
			begin := time.Now()
			f, err := Parse(doc, Input{URL: "https://feed.test/"})
			if d := time.Since(begin); d > 20*time.Second { // hundreds of times what it takes on an idle machine
				t.Errorf("took %v", d)
			}
			if err == nil && len(f.Items) > maxItems {
				t.Errorf("%d items", len(f.Items))
			}
			t.Log(time.Since(begin))
		})
	}
}
