package article

import (
	"strings"
	"testing"
)

// markdownCases are bodies that Markdown makes trouble of.
var markdownCases = []struct{ name, body, want string }{
	{"headings, emphasis and links", `<h2>A</h2><p>b <b>c</b> <i>d</i> <a href="https://a.example/x">e</a></p>`, "## A\n\nb **c** *d* [e](https://a.example/x)"},
	{"a list", "<ul><li>a</li><li>b</li></ul>", "- a\n- b"},
	{"a table with a header", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "| a | b |\n|---|---|\n| 1 | 2 |"},
	{"a table without a header promotes its first row", "<table><tr><td>项目</td><td>2020</td></tr><tr><td>1</td><td>2</td></tr></table>", "| 项目 | 2020 |\n|---|---|\n| 1 | 2 |"},
	{"a cell that spans columns is repeated", `<table><tr><th colspan="2">a</th></tr><tr><td>1</td><td>2</td></tr></table>`, "| a | a |\n|---|---|\n| 1 | 2 |"},
	{"a cell that spans rows is repeated", `<table><tr><td>k</td><td>v</td></tr><tr><td rowspan=2>1</td><td>2</td></tr><tr><td>3</td></tr></table>`, "| k | v |\n|---|---|\n| 1 | 2 |\n| 1 | 3 |"},
	{"a span of a billion columns stays HTML", `<table><tr><td colspan="1000000000">x</td></tr></table>`, `<table><tbody><tr><td colspan="1000000000">x</td></tr></tbody></table>`},
	{"a list in a cell keeps the table HTML", "<p>p</p><table><tr><td><ul><li>a</li></ul></td></tr></table>", "p\n\n<table><tbody><tr><td><ul><li>a</li></ul></td></tr></tbody></table>"},
	{"a table in a table stays HTML", "<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>", "<table><tbody><tr><td><table><tbody><tr><td>a</td></tr></tbody></table></td></tr></tbody></table>"},
	{"subscripts and superscripts stay", "<p>a<sup>2</sup> H<sub>2</sub>O</p>", "a<sup>2</sup> H<sub>2</sub>O"},
	{"bold with Chinese quotes beside Chinese text", "<p>这是<b>“重磅”</b>利好</p>", "这是<strong>“重磅”</strong>利好"},
	{"bold with Chinese text alone", "<p>这是<b>重磅</b>利好</p>", "这是**重磅**利好"},
	{"emphasis that ends in a stop", "<p>这是<em>重磅。</em>利好</p>", "这是<em>重磅。</em>利好"},
	{"template commands are text", "<p>{{ site.x }} {% raw %}</p>", "&#123;&#123; site.x &#125;&#125; &#123;% raw %&#125;"},
	{"code with braces stays HTML", "<pre><code>f() {\n\n}</code></pre><p>a <code>{{x}}</code></p>", "<pre><code>f() &#123;&#10;\n&#125;</code></pre>\n\na <code>&#123;&#123;x&#125;&#125;</code>"},
	{"code without braces is fenced", "<pre><code>a\n\nb</code></pre>", "```\na\n\nb\n```"},
	{"text that looks like Markdown is escaped", "<p>1. a</p><p># b</p><p>*c* _d_ &lt;e&gt; [f](g)</p>", "1\\. a\n\n\\# b\n\n\\*c* \\_d_ &lt;e&gt; \\[f](g)"},
	{"a figure keeps image and caption", `<figure><img src="https://a.example/i.png" alt="i"><figcaption>c</figcaption></figure>`, "![i](https://a.example/i.png)\n\nc"},
	{"addresses stay byte for byte", `<p><a href="https://a.example/中?a=b+c&amp;d=(e)&amp;copy;|f{g}">x</a></p>`, `[x](https://a.example/中?a=b+c&amp;d=\(e\)&amp;copy;\|f&#123;g&#125;)`},
	{"an entity that was escaped stays text", "<p>&amp;lt;b&amp;gt; &amp;amp;</p>", ""},
	{"empty", "", ""},
}

func TestMarkdownSaysWhatTheArticleSays(t *testing.T) {
	t.Parallel()
	f := newFormat(t, "markdown")
	for _, tt := range markdownCases {
		t.Run(tt.name, func(t *testing.T) {
			a := everything()
			a.Body = tt.body
			data, err := f.Encode(a)
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(string(data), "\n---\n\n")
			if got = strings.TrimSpace(got); tt.want != "" && got != tt.want {
				t.Errorf("the body %q is written as\n%s\nwant\n%s", tt.body, got, tt.want)
			}
			back, err := f.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(tt.name, "a cell") {
				return // its text is there twice
			}
			if got, want := factsOf(back.Body), factsOf(tt.body); got != want {
				t.Errorf("written as\n%s\nthe body reads %+v; want %+v", data, got, want)
			}
		})
	}
}

func TestMarkdownStaysHTMLWhereItWouldLoseSomething(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body string }{
		{"deep nesting", strings.Repeat("<div>", 300) + "x" + strings.Repeat("</div>", 300)},
		{"deeper than a parser goes", strings.Repeat("<b><div>", 2000) + "x"},
		{"a form field", "<p>a</p><textarea>b\n\nc</textarea>"},
		{"a heading in a table", "<table><tr><td><h2>a</h2>b</td></tr></table>"},
		{"a player", `<p>a</p><iframe src="https://a.example/v"></iframe>`},
		{"a definition list", "<dl><dt>a</dt><dd>b</dd></dl>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := everything()
			a.Body = tt.body
			f := newFormat(t, "obsidian")
			data, err := f.Encode(a)
			if err != nil {
				t.Fatal(err)
			}
			back, err := f.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := factsOf(back.Body), factsOf(tt.body); got != want {
				t.Errorf("written as\n%.2000s\nthe body reads %+v; want %+v", data, got, want)
			}
		})
	}
}

func TestDecodeReadsMarkdownThatSomeoneWrote(t *testing.T) {
	t.Parallel()
	a, err := Decode([]byte("---\ntitle: a\n---\n# H\n\n| a |\n|---|\n| ~~b~~ |\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "<h1>H</h1>\n<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><del>b</del></td>\n</tr>\n</tbody>\n</table>"; a.Body != want {
		t.Errorf("the body is\n%s\nwant\n%s", a.Body, want)
	}
}

func TestMarkdownThatCostsTooMuchStaysAsItIs(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{"[", "~", "*a ", "_a", "`a``", "> ", "1. ", "1.\t", "- > "} {
		md := strings.Repeat(sign, 200_000)
		if got := markdownToHTML(md); got != "<pre>"+strings.ReplaceAll(md, ">", "&gt;")+"</pre>" {
			t.Errorf("markdownToHTML of many %q gives %.100q; want it in <pre>", sign, got)
		}
	}
	for _, body := range []string{
		strings.Repeat("[", 200_000), strings.Repeat("~", 200_000),
		"<table>" + strings.Repeat("<tr><td rowspan=60 colspan=60>a</td></tr>", 500) + "</table>",
	} {
		if md, ok := markdownOf(&Article{Body: body}); ok && !strings.HasPrefix(md, "<table>") {
			t.Errorf("markdownOf(%.60q) gives %.100q; want it to stay HTML", body, md)
		}
	}
}
