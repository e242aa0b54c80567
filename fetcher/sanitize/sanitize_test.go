package sanitize

import (
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var page = &url.URL{Scheme: "https", Host: "news.example", Path: "/a/b.html"}

func TestFragment(t *testing.T) {
	t.Parallel()
	const img = ` referrerpolicy="no-referrer">`
	for _, tt := range []struct{ name, in, want string }{
		{"plain text stays", "A & B", "A &amp; B"},
		{"quotes in text stay quotes", `<p>"a" 'b' > c</p>`, `<p>"a" 'b' &gt; c</p>`},
		{"Chinese stays as it is", "<p>　　上证指数涨 1.2%</p>", "<p>　　上证指数涨 1.2%</p>"},
		{"scripts, styles and comments go", "a<script>x</script><style>p{}</style><!-- more -->b", "ab"},
		{"event handlers, styles, classes and ids go", `<p onclick="x" style="color:red" class="c" id="i">a</p>`, "<p>a</p>"},
		{"the language of code stays", `<pre><code class="hl language-go">x</code></pre>`, `<pre><code class="language-go">x</code></pre>`},
		{"unknown elements leave their content", "<o:p>a</o:p><font color=red>b</font><blink>c</blink>", "abc"},
		{"old blocks stay blocks", "<center>a</center>b<address>c</address>", "<div>a</div>b<div>c</div>"},
		{"forms leave their text, not their fields", "<form>a<input value=x><button>go</button></form>", "<div>a</div>"},
		{"the title of a whole document stays as text", "<html><head><title>t &lt;b></title><meta x></head><body>a</body></html>", "t &lt;b&gt;a"},
		{"MathML and SVG go", "a<svg><text>x</text></svg><math><mi>y</mi></math>b", "ab"},
		{"a relative link is made absolute", `<a href="../c?x=1&amp;y=2">c</a>`, `<a href="https://news.example/c?x=1&amp;y=2">c</a>`},
		{"an absolute link keeps its bytes", `<a href="http://a.example/深圳?q=%e4">c</a>`, `<a href="http://a.example/深圳?q=%e4">c</a>`},
		{"a base element counts", `<base href="//cdn.example/x/"><a href="y">c</a>`, `<a href="https://cdn.example/x/y">c</a>`},
		{"a javascript base does not", `<base href="javascript:alert(1)//"><a href="y">c</a>`, `<a href="https://news.example/a/y">c</a>`},
		{"mail and telephone links stay", `<a href="mailto:a@b.example">m</a><a href="tel:+86-10">t</a>`, `<a href="mailto:a@b.example">m</a><a href="tel:+86-10">t</a>`},
		{"a link that runs leaves its text", `<a href="javascript:alert(1)">c</a>`, "c"},
		{"a link without address leaves its text", `<a name="x">c</a>`, "c"},
		{"an image names its address only", `<img src="/i.png" width="600px" height="auto" alt="K线" border=0>`, `<img src="https://news.example/i.png" alt="K线" width="600"` + img},
		{"a lazy image is shown", `<img src="data:image/gif;base64,R0lGOD" data-src="//img.example/1.jpg">`, `<img src="https://img.example/1.jpg"` + img},
		{"a lazy image beats its placeholder", `<img src="/static/placeholder.png" data-original="/r.jpg">`, `<img src="https://news.example/r.jpg"` + img},
		{"data that is no address is not one", `<img src="/r.jpg" data-src="{&quot;a&quot;:1}">`, `<img src="https://news.example/r.jpg"` + img},
		{"the best of a srcset", `<img srcset="a.jpg 320w, b.jpg 1280w, c.jpg 640w">`, `<img src="https://news.example/a/b.jpg"` + img},
		{"a srcset with commas in addresses", `<img srcset="/w_1,h_2/a.jpg 1x, /w_2,h_4/a.jpg 2x">`, `<img src="https://news.example/w_2,h_4/a.jpg"` + img},
		{"a picture gives its source", `<picture><source srcset="p.webp 800w"><img alt="x"></picture>`, `<img src="https://news.example/a/p.webp" alt="x"` + img},
		{"an image in noscript is shown", `<p><noscript><img src="n.jpg"></noscript></p>`, `<p><img src="https://news.example/a/n.jpg"` + img + "</p>"},
		{"noscript fills the image beside it", `<img src="data:image/gif;base64,R0" class=lazy><noscript><img src="n.jpg"></noscript>`, `<img src="https://news.example/a/n.jpg"` + img},
		{"noscript does not double an image", `<figure><img data-src="n.jpg"></figure><noscript><img src="n.jpg"></noscript>`, `<figure><img src="https://news.example/a/n.jpg"` + img + "</figure>"},
		{"other noscripts go", `a<noscript>turn on JavaScript</noscript>`, "a"},
		{"counting pixels go", `a<img src="p.gif" width=1 height="1"><img src="//hm.baidu.com/hm.gif?x">`, "a"},
		{"styled pixels go", `a<img src="p.gif" style="width: 1px; height:1px">`, "a"},
		{"spacers go", `a<img src="/img/spacer.gif">b`, "ab"},
		{"an image for a character becomes the character", `<img class="emoji" alt="📈" src="x.png">`, "📈"},
		{"inline raster images stay", `<img src="data:image/png;base64,` + strings.Repeat("A", 400) + `">`, `<img src="data:image/png;base64,` + strings.Repeat("A", 400) + `"` + img},
		{"inline SVG does not", `a<img src="data:image/svg+xml;base64,` + strings.Repeat("A", 400) + `">`, "a"},
		{"a video of a known host stays", `<iframe src="//www.youtube.com/embed/x" onload=y></iframe>`, `<iframe src="https://www.youtube.com/embed/x" loading="lazy" allowfullscreen=""></iframe>`},
		{"other frames go", `a<iframe src="https://evil.example/"></iframe><iframe srcdoc="<script>x</script>"></iframe>`, "a"},
		{"a frame of a lookalike host goes", `a<iframe src="https://www.youtube.com.evil.example/"></iframe><iframe src="https://www.youtube.com@evil.example/"></iframe>`, "a"},
		{"a video gets controls", `<video src="v.mp4" autoplay></video>`, `<video src="https://news.example/a/v.mp4" controls=""></video>`},
		{"tables keep their spans", `<table border=1><tr><td colspan=2 rowspan="1" bgcolor=red>a</td></tr></table>`, `<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>`},
		{"lists keep their numbers", `<ol start=5><li value="-3">a</ol>`, `<ol start="5"><li value="-3">a</li></ol>`},
		{"what is open is closed", `<p><b>a<p>b`, `<p><b>a</b></p><p><b>b</b></p>`},
		{"white space stays", "<p>a</p>\n\n\n<p>b</p>", "<p>a</p>\n\n\n<p>b</p>"},
		{"the first line break of a pre stays", "<pre>\n\n a</pre>", "<pre>\n\n a</pre>"},
		{"text in an old raw element is text", "<xmp><b>a</b></xmp>", "<pre>&lt;b&gt;a&lt;/b&gt;</pre>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Fragment(tt.in, page); got != tt.want {
				t.Errorf("Fragment(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
			if again := Fragment(tt.want, page); again != tt.want {
				t.Errorf("cleaned again, %s\n  became %s", tt.want, again)
			}
		})
	}
}

func TestWithoutBaseRelativeAddressesStay(t *testing.T) {
	t.Parallel()
	in := `<a href="/x">a</a><img src="i.png">`
	if got, want := Fragment(in, nil), `<a href="/x">a</a><img src="i.png" referrerpolicy="no-referrer">`; got != want {
		t.Errorf("Fragment(%q, nil) = %s; want %s", in, got, want)
	}
}

func TestDisguisedAddressesDoNotPass(t *testing.T) {
	t.Parallel()
	for _, href := range []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
		"\x01javascript:alert(1)", "\u00a0javascript:alert(1)", "vbscript:x", "data:text/html,<script>alert(1)</script>",
		"jav&#x0A;ascript:alert(1)", "&#106;avascript:alert(1)", "javascript&colon;alert(1)", "javascript%3Aalert(1)",
		"file:///etc/passwd", "blob:x", "feed:javascript:alert(1)", "view-source:x", "livescript:x", "\u2028javascript:alert(1)",
		"://javascript:alert(1)", "http://", "https:///", "http://\x00javascript:x/", `\\evil.example:x@`, "about:blank", "ftp://x.example/",
	} {
		in := `<a href="` + href + `">t</a><img src="` + href + `"><video src="` + href + `"></video>`
		got := Fragment(in, page)
		if bad := dangers(got); bad != "" {
			t.Errorf("Fragment(%q) = %s: %s", in, got, bad)
		}
	}
}

// vectors are pieces of markup by which scripts have got past cleaners.
var vectors = []string{
	`<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<textarea><img title="</textarea><img src=x onerror=alert(1)>">`,
	`<style><img src="</style><img src=x onerror=alert(1)//">`,
	`<xmp><p title="</xmp><img src=x onerror=alert(1)>">`,
	`<!--><img src=x onerror=alert(1)>-->`, `<!--!--><script>alert(1)</script>-->`, `<![CDATA[><script>alert(1)</script>]]>`,
	`<svg><![CDATA[><!--]]><img src=x onerror=alert(1)>-->`,
	`<a href="javas&Tab;cript:alert(1)">x</a>`, `<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>`,
	`<object data="javascript:alert(1)"></object>`, `<embed src="javascript:alert(1)">`, `<isindex action=javascript:alert(1)>`,
	`<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>`,
	`<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`, `<svg><animate attributeName=href values="x;javascript:alert(1)">`,
	`<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>`, `<meta http-equiv=refresh content="0;url=javascript:alert(1)">`,
	`<base href="javascript:alert(1)//"><a href="x">y</a>`, `<link rel=stylesheet href=javascript:alert(1)>`,
	`<template><script>alert(1)</script></template>`, `<details ontoggle=alert(1) open>`, `<video><source onerror=alert(1)></video>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`, `<<script>alert(1)//<</script>`, `<script/x>alert(1)</script >`, "<img src=`x` onerror=alert(1)>",
	`<a/onclick=alert(1)/href=x>y</a>`, `<p =onclick=alert(1) onclick =alert(1)>`, `<img """><script>alert(1)</script>">`,
	"<img src=x on\x00error=alert(1)>", `<table><td background="javascript:alert(1)">`, `<div style="background:url(javascript:alert(1))">`,
	`<select><style></select><img src=x onerror=alert(1)></style>`, `<title><a title="</title><script>alert(1)</script>">`,
	`<plaintext><script>alert(1)</script>`, `<frameset onload=alert(1)>`, `<marquee onstart=alert(1)>x</marquee>`, `<p><svg><desc><p></desc><img src onerror=alert(1)>`,
}

func TestNothingThatRunsGetsThrough(t *testing.T) {
	t.Parallel()
	for _, in := range vectors {
		for name, clean := range map[string]func(string) string{
			"Fragment": func(s string) string { return Fragment(s, page) },
			"Verbatim": Verbatim,
		} {
			got := clean(in)
			if name == "Verbatim" {
				if runs(got) {
					t.Errorf("Verbatim(%q) = %q, which runs", in, got)
				}
				continue
			}
			if bad := dangers(got); bad != "" {
				t.Errorf("%s(%q) = %q: %s", name, in, got, bad)
			}
		}
	}
}

func TestDeepMarkupIsFlattened(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"div", "b", "span", "blockquote", "svg", "ul><li", "table><tr><td"} {
		in := "<p>first</p>" + strings.Repeat("<"+tag+">", 100_000) + "last<img src=i.png>"
		got := Fragment(in, page)
		if !strings.Contains(got, "first") || (tag != "svg" && (!strings.Contains(got, "last") || !strings.Contains(got, "i.png"))) {
			t.Errorf("100,000 open %s lost the text: %.200q", tag, got)
		}
		if len(got) > len(in) {
			t.Errorf("100,000 open %s gave %d bytes for %d", tag, len(got), len(in))
		}
	}
}

func TestNodeLeavesTheNodeItself(t *testing.T) {
	t.Parallel()
	doc, err := html.Parse(strings.NewReader(`<html><head><base href="https://cdn.example/"><title>t</title></head><body class="c"><p id=x>a</p><img src=i.png></body></html>`))
	if err != nil {
		t.Fatal(err)
	}
	var body *html.Node
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Body {
			body = n
		}
	}
	Node(body, Base(doc, page))
	if got, want := Render(body), `<p>a</p><img src="https://cdn.example/i.png" referrerpolicy="no-referrer">`; got != want {
		t.Errorf("body = %s; want %s", got, want)
	}
	if len(body.Attr) != 1 {
		t.Errorf("the attributes of the node itself changed: %v", body.Attr)
	}
}

func TestVerbatim(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"text without markup stays", "a < b & c {x}", "a < b & c {x}"},
		{"comments, styles and unknown attributes stay", "<!-- x --><style>\n a{b:c}\n</style><p cms-style=\"font-L \">x</P >", "<!-- x --><style>\n a{b:c}\n</style><p cms-style=\"font-L \">x</P >"},
		{"unbalanced markup stays", "</div><p>a<b>c</i>", "</div><p>a<b>c</i>"},
		{"scripts go", "a<SCRIPT src=x>if (a < b) {}</script >b<script>", "ab"},
		{"handlers go and the rest of the tag stays", `<IMG  SRC='a.png' onerror = "x()"  Alt=b/>`, `<IMG  SRC='a.png'  Alt=b/>`},
		{"javascript addresses go", `<a  href="&#106;avascript:x" title="t">b</a>`, `<a title="t">b</a>`},
		{"words that only look like one stay", `<a href="/javascript:x" data-once="1" alt="javascript">b</a>`, `<a href="/javascript:x" data-once="1" alt="javascript">b</a>`},
		{"entities and odd bytes stay", "<p>&nbsp;&bogus; \xff\x00</p>\r\n", "<p>&nbsp;&bogus; \xff\x00</p>\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Verbatim(tt.in); got != tt.want {
				t.Errorf("Verbatim(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestVerbatimLeavesTheSample(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../testdata/seed/input.json")
	if err != nil {
		t.Fatal(err)
	}
	var sample struct{ Body string }
	if err := json.Unmarshal(b, &sample); err != nil {
		t.Fatal(err)
	}
	if got := Verbatim(sample.Body); got != sample.Body {
		t.Errorf("the sample changed: %d bytes became %d", len(sample.Body), len(got))
	}
}

// dangers says what in a piece of HTML runs or is not allowed; "" where there is nothing.
func dangers(s string) string {
	for n := range parse(s).Descendants() {
		if n.Type == html.CommentNode || n.Type == html.DoctypeNode {
			return "a comment"
		}
		if n.Type != html.ElementNode {
			continue
		}
		allowed, ok := elements[n.Data]
		if !ok || n.Namespace != "" {
			return "element " + n.Data
		}
		for _, a := range n.Attr {
			known := slices.Contains(allowed, a.Key) || slices.Contains(globalAttributes, a.Key) ||
				n.Data == "img" && strings.Contains(" src alt width height loading referrerpolicy ", " "+a.Key+" ") ||
				n.Data == "iframe" && strings.Contains(" src width height loading allowfullscreen ", " "+a.Key+" ")
			if !known {
				return "attribute " + a.Key
			}
			if a.Key != "src" && a.Key != "href" && a.Key != "poster" && a.Key != "cite" {
				continue
			}
			u := strings.ToLower(a.Val)
			good := strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") ||
				n.Data == "a" && (strings.HasPrefix(u, "mailto:") || strings.HasPrefix(u, "tel:")) ||
				n.Data == "img" && strings.HasPrefix(u, "data:image/") && !strings.Contains(u, "svg")
			if !good {
				return "address " + a.Val
			}
		}
	}
	return ""
}

// oracle is another cleaner with the same allow-list.
var oracle = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardURLs()
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowDataURIImages()
	p.RequireNoFollowOnLinks(false)
	for name, attrs := range elements {
		p.AllowElements(name)
		p.AllowNoAttrs().OnElements(name)
		for _, list := range [][]string{attrs, globalAttributes} {
			if len(list) > 0 {
				p.AllowAttrs(list...).OnElements(name)
			}
		}
	}
	p.AllowAttrs("src", "alt", "width", "height", "loading", "referrerpolicy").OnElements("img")
	p.AllowAttrs("src", "width", "height", "loading", "allowfullscreen").OnElements("iframe")
	return p
}()

// shape lists the elements of a piece of HTML and the names of their attributes.
func shape(s string) []string {
	var out []string
	for n := range parse(s).Descendants() {
		if n.Type == html.ElementNode {
			e := n.Data
			for _, a := range n.Attr {
				e += " " + a.Key
			}
			out = append(out, e)
		}
	}
	return out
}

func FuzzFragment(f *testing.F) {
	for _, v := range vectors {
		f.Add(v)
	}
	f.Add(`<p><marquee><p>a</marquee></p><li><fieldset><li>b</fieldset><a href=x><table><a href=y>z</table>`)
	f.Add(`<table><p>a</p><tr>b<td><svg><td>c</table><h1><font><h2>d`)
	f.Fuzz(func(t *testing.T, in string) {
		got := Fragment(in, page)
		if bad := dangers(got); bad != "" {
			t.Fatalf("Fragment(%q) = %q: %s", in, got, bad)
		}
		if again := Fragment(got, page); again != got {
			t.Fatalf("Fragment(%q)\n gives %q\n and of that %q", in, got, again)
		}
		if checked := oracle.Sanitize(got); len(got) < 10_000 && !slices.Equal(shape(got), shape(checked)) {
			t.Fatalf("of %q\nFragment leaves %q\nthe other cleaner, of that, %q", in, got, checked)
		}
	})
}

func FuzzVerbatim(f *testing.F) {
	for _, v := range vectors {
		f.Add(v)
	}
	f.Add(`<p title='x>y' onclick = "a" href=javascript:x b>`)
	f.Fuzz(func(t *testing.T, in string) {
		got := Verbatim(in)
		if runs(got) {
			t.Fatalf("Verbatim(%q) = %q, which runs", in, got)
		}
		if !runs(in) && !strings.Contains(strings.ToLower(in), "script") && !strings.Contains(strings.ToLower(in), "on") && !strings.Contains(in, "data:") && !strings.Contains(in, "srcdoc") && !strings.Contains(in, "&") && got != in {
			t.Fatalf("Verbatim(%q) = %q, though nothing in it runs", in, got)
		}
		if again := Verbatim(got); again != got {
			t.Fatalf("Verbatim(%q) = %q, and of that %q", in, got, again)
		}
	})
}

func BenchmarkNode(b *testing.B) {
	raw, err := os.ReadFile("../testdata/seed/input.json")
	if err != nil {
		b.Fatal(err)
	}
	var sample struct{ Body string }
	if err := json.Unmarshal(raw, &sample); err != nil {
		b.Fatal(err)
	}
	b.Run("parse, clean and render", func(b *testing.B) {
		b.SetBytes(int64(len(sample.Body)))
		b.ReportAllocs()
		for b.Loop() {
			Fragment(sample.Body, page)
		}
	})
	b.Run("parse alone", func(b *testing.B) {
		b.SetBytes(int64(len(sample.Body)))
		b.ReportAllocs()
		for b.Loop() {
			parse(sample.Body)
		}
	})
}
