package main

import "strings"

// canary is a template command that, where it is run, shows the version of the program that ran it.
const canary = `{{ range.constructor("globalThis.FEEDFOLIO_CANARY = 1; return process.version")() }}`

// cases are bodies that a publisher may send and a site generator may trip over.
var cases = []struct{ name, body string }{
	{"a command that runs code in Hexo", "<p>" + canary + "</p><p>" + strings.Repeat("{", 3) + " x }}}</p>"},
	{"the same in an attribute and in code", `<p title='` + strings.ReplaceAll(canary, `"`, "`") + `'>a</p><pre><code>` + strings.ReplaceAll(canary, `"`, "&quot;") + "</code></pre>"},
	{"Nunjucks and Liquid blocks", "<p>{% for x in (1..3) %}{{ x }}{% endfor %} {% endraw %} {% raw %} {% include 'x' %} {# c #} {%- if a -%}</p>"},
	{"Hugo shortcodes", "<p>{{< figure src=x >}} {{% note %}} {{&lt;/* x */&gt;}} {{< /figure >}} {{ .Site.Title }}</p>"},
	{"Kramdown attributes and extensions", "<p>{: .class #id}</p>\n<p>{::nomarkdown}x{:/} *[HTML]: abbreviation</p>\n<p>{:toc}</p>"},
	{"fences at the beginning of lines", "<p>a</p>\n```js\nb {{ c }}\n```\n~~~\nd\n~~~\n<p>e</p>"},
	{"fences after deletions", "``\u0000`\n<p>a</p>\n~~\uFEFF~"},
	{"placeholders of Hexo", "<p>a &lt;!--swig\uFFFC0--&gt; <hexopostrendercodeblock>b</hexopostrendercodeblock></p>"},
	{"a separator of excerpts", "<p>before</p>\n&lt;!-- more --&gt;\n<p>after</p>"},
	{"lines of front matter", "<p>a</p>\n---\ntitle: x\n---\n+++\n;;;\n...\n<p>b</p>"},
	{"blank lines in a table", "<table>\n\n<tr>\n\n<td>a</td>\n\n    <td>b</td>\n\n</tr>\n\n</table>"},
	{"blank lines in lists and quotes", "<ul>\n\n  <li>a\n\n      b</li>\n\n</ul>\n\n<blockquote>\n\n> c\n\n</blockquote>"},
	{"blank lines in code", "<pre><code>a\n\n\n  \n    b\n</code></pre>\n\n<pre>\n\nc</pre>"},
	{"lines that look like Markdown", "# h\n* a\n- b\n+ c\n1. d\n> e\n    code\n\ttab\n***\n===\n[x]: https://a.example/\n[^1]: note\n| a | b |\n|---|---|"},
	{"inline Markdown", "<p>*a* _b_ **c** ~~d~~ `e` [f](g) ![h](i) https://j.example &lt;https://k.example&gt; $$l$$ :smile: [[m]] #tag ^n</p>"},
	{"quotes and dashes are not made pretty", `<p>"a" 'b' -- c --- d ... (c) (tm) 1/2 &lt;&lt;e&gt;&gt;</p>`},
	{"entities", "<p>&amp;amp; &amp;lt;b&amp;gt; &#123;&#125; &amp;#123; &nbsp;x &lt;script&gt;y&lt;/script&gt;</p>"},
	{"a backslash at each place", `<p>\ \\ \n \" \{ \&lt; C:\new</p>`},
	{"text without any element", "plain text {{ x }}\n\nand more"},
	{"elements within elements", strings.Repeat("<div><section>\n\n", 20) + "x" + strings.Repeat("\n\n</section></div>", 20)},
	{"a long line", "<p>" + strings.Repeat("长 {x} ", 5000) + "</p>"},
	{"right to left, joined and rare characters", "<p>\u200fשלום\u200f 👨‍👩‍👧‍👦 e\u0301 \u202bمرحبا\u202c 𠮷</p>"},
	{"separators of lines and paragraphs", "<p>a\u2028b\u2029c\u0085d</p>\r\n\r\n<p>e\rf</p>"},
	{"attributes with signs", `<p><a href="https://a.example/?a={b}&amp;c=[d]" title="&quot;{{ x }}&quot; &gt; &lt;!-- ">e</a><img src="https://a.example/i.png" alt="{% x %}" referrerpolicy="no-referrer"></p>`},
	{"a figure, sub- and superscript, bold Chinese", `<figure><img src="https://a.example/i.png" alt="i"><figcaption>图：x</figcaption></figure><p>H<sub>2</sub>O a<sup>2</sup> 这是<b>“重磅”</b>利好<i>。</i></p>`},
	{"code with each sign", "<pre><code class=\"language-go\">func f() map[string]struct{} {\n\n\treturn `{{ x }}` // ``` ~~~ # *a* &lt;b&gt;\n}</code></pre><p><code>{{ y }}</code> <code>``</code></p>"},
}
