package article

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"blank lines part blocks", "<h1>A</h1><p>b</p>\n<div>c</div>", "A\n\nb\n\nc"},
		{"white space within is one space", "<p> a\n  b <b> c</b>d </p>", "a b cd"},
		{"ideographic and no-break spaces count as space", "<p>\u3000\u3000原标题&nbsp;：a</p>", "原标题 ：a"},
		{"a break is a line", "a<br>b<br/>c", "a\nb\nc"},
		{"two breaks are a blank line", "a<br><br>b", "a\n\nb"},
		{"list items are lines", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d", "a\nb\n\nc\n\nd"},
		{"rows are lines and cells are parted by tabs", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a\tb\n1\t2"},
		{"preformatted text stays", "<p>x</p><pre>\nfor {\n\n  a\n}</pre>y", "x\n\nfor {\n\n  a\n}\n\ny"},
		{"scripts, styles and comments are no text", "a<script>b</script><style>c</style><!-- d -->e", "ae"},
		{"entities are characters", "&lt;b&gt; &amp;amp; &#123;&#x4e2d;", "<b> &amp; {中"},
		{"unclosed and wrongly nested tags hurt nobody", "<p>a<p>b</div></b>c<", "a\n\nb\n\nc<"},
		{"controls go", "a\x00b\uFFFCc", "abc"},
		{"nothing is nothing", " <p> </p> ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q; want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestContentHash(t *testing.T) {
	t.Parallel()
	// printf 'Title\na b' | sha256sum
	const want = "f123645cbb769b18318137e3dbc086c12ee4e89790b51e6c4aaca065fc795787"
	got := ContentHash(" Title\n", "<p>a</p><p class=x>b<img src=y></p>")
	if got != want {
		t.Errorf("ContentHash = %q; want %q", got, want)
	}
	if same := ContentHash("Title", "a \n\n b"); same != got {
		t.Errorf("markup and white space change the hash: %s, %s", got, same)
	}
	if other := ContentHash("Title", "<p>ab</p>"); other == got {
		t.Errorf("other words have the same hash %s", got)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"line ends and tabs become one space", "  Line one\r\n\tline two\u2028line three\u0085\u2029end \n", "Line one line two line three end"},
		{"controls and marks go", "a\x00b\x1b[31md\x7fe\u009ff\ufeffg\uffffh\ufdd0i\ufffcj", "ab[31mdefghij"},
		{"spaces around a deleted character are one", "a \x00 b", "a b"},
		{"wide spaces stay inside and go at the ends", "\u3000 a\u3000b \u00a0", "a\u3000b"},
		{"direction marks and joiners stay", "\u200fa\u200d", "\u200fa\u200d"},
		{"bytes that are no UTF-8 are replaced", "a\xffb\xed\xa0\x80", "a\ufffdb\ufffd\ufffd\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clean(tt.in)
			if got != tt.want {
				t.Errorf("clean(%q) = %q; want %q", tt.in, got, tt.want)
			}
			if again := clean(got); again != got {
				t.Errorf("clean(%q) = %q; it should change nothing more", got, again)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("<p>a</p><pre>\n\nb</pre><ul><li>c<br>&nbsp;&#0;\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Errorf("Text(%q) = %q", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("Text(%q) = %q has a control character at %d", s, got, i)
		}
		if again := clean(clean(s)); again != clean(s) {
			t.Errorf("clean(clean(%q)) = %q", s, again)
		}
	})
}
