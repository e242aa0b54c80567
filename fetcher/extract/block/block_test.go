package block

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func scan(t testing.TB, page string) *Page {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return Default().Scan(doc)
}

func texts(p *Page) []string {
	var out []string
	for i := range p.Blocks {
		out = append(out, p.Text(i))
	}
	return out
}

func TestScanPartsTextAtBoxesAndEmptyLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, page string
		want       []string
	}{
		{"each paragraph is a block", "<p>One</p><p>Two</p>", []string{"One", "Two"}},
		{"inline elements part nothing", "<p>A <b>bo</b>ld <a href=x>link</a>.</p>", []string{"A bold link."}},
		{"a line break is a space, two are an end", "<div>a<br>b<br> <br>c</div>", []string{"a b", "c"}},
		{"text before and after a box is apart", "<div>before<p>in</p>after</div>", []string{"before", "in", "after"}},
		{"white space is squeezed, wide spaces too", "<p> \u3000a \n\t b\u00a0 c </p>", []string{"a b c"}},
		{"scripts, styles and controls have no text", "<p>a<script>x</script><style>y</style><button>z</button></p>", []string{"a"}},
		{"text for screen readers is not seen", `<p>a <span class="sr-only">hidden</span><span style="display: none">x</span>b</p>`, []string{"a b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := texts(scan(t, tt.page)); !slices.Equal(got, tt.want) {
				t.Errorf("Scan(%q) = %q; want %q", tt.page, got, tt.want)
			}
		})
	}
}

func TestEveryFeatureHasAName(t *testing.T) {
	t.Parallel()
	if len(FeatureNames) != NumFeatures {
		t.Errorf("%d names for %d features", len(FeatureNames), NumFeatures)
	}
	if len(ContextNames) != NumAll-NumFeatures {
		t.Errorf("%d names for %d context features", len(ContextNames), NumAll-NumFeatures)
	}
	seen := map[string]bool{}
	for i := range NumAll {
		if n := featureName(i); seen[n] || strings.ContainsAny(n, " \n") {
			t.Errorf("feature %d: name %q is not its own", i, n)
		} else {
			seen[n] = true
		}
	}
}

func TestFeaturesAreNumbers(t *testing.T) {
	t.Parallel()
	page := scan(t, `<h1>Title</h1><table><tr><td>1</td></tr></table><p>`+strings.Repeat("Some text, and more of it. ", 20)+`</p><ul><li><a href=x>x</a></ul>`)
	m := Default()
	rows := page.Features(Evidence{Titles: []string{"Title", ""}, Description: "Some text", Body: "Some text, and more of it."})
	odds := make([]float32, len(page.Blocks))
	page.Context(rows, odds)
	for i, v := range rows {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			t.Errorf("block %d: %s = %v", i/NumAll, featureName(i%NumAll), v)
		}
	}
	if got := m.Score(page, Evidence{}); len(got) != len(page.Blocks) {
		t.Errorf("%d scores for %d blocks", len(got), len(page.Blocks))
	}
}

func TestModelGoesRound(t *testing.T) {
	t.Parallel()
	v := NewVocab()
	doc, err := html.Parse(strings.NewReader(`<div class="articleBody side-bar"><p>read more here</p></div>`))
	if err != nil {
		t.Fatal(err)
	}
	Scan(doc, v)
	classes, words := make([]float32, len(v.ClassNames)), make([]float32, len(v.WordNames))
	for i := range classes {
		classes[i] = float32(i) + 0.5
	}
	for i := range words {
		words[i] = -float32(i) - 0.25
	}
	v.Weigh(classes, words)
	m := &Model{Vocab: v, Threshold: 0.25, First: &Forest{Bias: -1, Trees: []Tree{{Nodes: []Node{{Cut: 3.5, Feature: fWords, Left: -1, Right: -2}}, Leaves: []float32{-0.5, 0.75}}}}, Second: &Forest{Bias: 2, Trees: []Tree{{Leaves: []float32{0.125}}}}}
	var a, b bytes.Buffer
	if err := m.Write(&a); err != nil {
		t.Fatal(err)
	}
	back, err := ReadModel(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if back.First.Eval(make([]float32, NumAll)) != -1.5 || back.Second.Eval(nil) != 2.125 || back.Threshold != 0.25 {
		t.Errorf("ReadModel gave other forests: %+v, %+v", back.First, back.Second)
	}
	p, q := Scan(doc, v), back.Scan(doc)
	p.weigh()
	q.weigh()
	for i := range p.Boxes {
		if p.Boxes[i].own != q.Boxes[i].own {
			t.Errorf("box %d: class weight %v; want %v", i, q.Boxes[i].own, p.Boxes[i].own)
		}
	}
	if got, want := q.wordStats(&q.Blocks[0]), p.wordStats(&p.Blocks[0]); got != want {
		t.Errorf("word weights %+v; want %+v", got, want)
	}
	if err := m.Write(&b); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("the same model gave other bytes (%v)", err)
	}
}

func TestForestGivesUpHopelessBlocksAlone(t *testing.T) {
	t.Parallel()
	f := &Forest{Bias: -1}
	for range 100 { // each tree says no to rows of 0 and a little yes to others
		f.Trees = append(f.Trees, Tree{Nodes: []Node{{Cut: 0.5, Left: -1, Right: -2}}, Leaves: []float32{-0.0625, 0.03125}})
	}
	for _, tt := range []struct {
		name      string
		row, want float32
	}{
		{"the last trees of a hopeless block are not asked", 0, hopeless},
		{"those of a hopeful one are", 1, -1 + 100*0.03125},
	} {
		if got := f.evalHopeful([]float32{tt.row}); got != tt.want {
			t.Errorf("%s: evalHopeful = %v; want %v (Eval: %v)", tt.name, got, tt.want, f.Eval([]float32{tt.row}))
		}
	}
}

func TestFirstOfKeyIsTheKeysFirstByte(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " - ", "Title", "“Él dice”", "（原标题", "3 mal", "ÄÖ", "\xff\xfeA"} {
		var want byte
		if key := looseKey(s); key != "" {
			want = key[0]
		}
		if got := firstOfKey([]byte(s)); got != want {
			t.Errorf("firstOfKey(%q) = %q; want %q", s, got, want)
		}
	}
}

func TestReadModelNamesTheLine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"blocks 1 3 4\n", "threshold 0\nwords x y z\n", "forest 0\ntree 1 2\nno-such-feature 1 -1 -2\n", "word zz 1 x\n", ""} {
		if m, err := ReadModel(strings.NewReader(text)); err == nil {
			t.Errorf("ReadModel(%q) = %v; want an error", text, m)
		}
	}
}

func TestMend(t *testing.T) {
	t.Parallel()
	par := "<p>The board said on Tuesday that the harbour would borrow the money, and that the banks had agreed to it after long talks.</p>"
	for _, tt := range []struct {
		name, page, gone string
	}{
		{"comments go where there is an article", `<article>` + strings.Repeat(par, 4) + `</article><div class="comment">` + par[:20] + ` a comment</p></div>`, "a comment"},
		{"editors' lines go", `<p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p><p>责任编辑：周敏</p>`, "责任编辑：周敏"},
		{"former titles go", `<p>（原标题：临港新区晒出成绩单）</p><p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p>`, "（原标题：临港新区晒出成绩单）"},
		{"photo credits go", `<p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p><p>轴承厂的新生产线。 王小川 摄</p>`, "轴承厂的新生产线。 王小川 摄"},
		{"notes on pictures go", `<p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p><p>▲图片来自视频截图。</p><p>轴承厂的订单回升，明年的产能将提高三成。</p>`, "图片来自"},
		{"notices about rights in pictures go", `<p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p><p>素材来自网络，如有侵权请联系删除。</p><p>轴承厂的订单回升，明年的产能将提高三成。</p>`, "侵权"},
		{"lines of many credits go, however long", `<p>` + strings.Repeat("今年前九个月投资增长，企业订单回升，", 6) + `</p><p>编辑|周敏 责编|陈小川 校对|王小慧 来源|临港新区管理委员会、临港日报、轴承厂、港务集团和新区各街道的公开材料</p>`, "责编"},
		{"links behind Read also go", par + par + par + `<p>Read also:</p><p><a href=x>Another story about something else</a></p>`, "Another story about something else"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := scan(t, tt.page)
			odds := make([]float32, len(p.Blocks))
			for i := range odds {
				odds[i] = 2
			}
			p.Mend(odds)
			kept := 0
			for i := range odds {
				if odds[i] <= 0 {
					continue
				}
				kept++
				if strings.Contains(p.Text(i), tt.gone) {
					t.Errorf("block %q is kept", p.Text(i))
				}
			}
			if kept == 0 {
				t.Error("nothing is kept")
			}
		})
	}
}

// TestMendSeesThePageAsAWhole marks in the text what the model drops: "?" is doubt, "!" is certainty.
func TestMendSeesThePageAsAWhole(t *testing.T) {
	t.Parallel()
	par := func(n int) string {
		return fmt.Sprintf("Paragraph %d says that the harbour would borrow the money, and that the banks had agreed to it after long talks.", n)
	}
	one, two, three, four := par(1)+" "+par(5), par(2)+" "+par(6), par(3)+" "+par(7), par(4)+" "+par(8)
	posts := func(list ...string) string {
		return `<article class="post">` + strings.Join(list, `</article><article class="post">`) + `</article>`
	}
	for _, tt := range []struct {
		name, page string
		kept       []string
	}{
		{"a header cell that is dropped alone stays", `<table><tr><th>?Goods<th>?Boxes<tr><td>Cars<td>12<tr><td>Food<td>?14<tr><td>Wood<td>9</table>`, []string{"?Goods", "?Boxes", "Cars", "12", "Food", "?14", "Wood", "9"}},
		{"so does a row for a footnote", `<table><tr><td>Cars<td>12<tr><td>Food<td>14<tr><td colspan=2>?Without transit</table>`, []string{"Cars", "12", "Food", "14", "?Without transit"}},
		{"a table that is mostly dropped goes", `<p>` + one + `</p><table><tr><td>!Share price<td>12<tr><td>!Low<td>!14<tr><td>!High<td>!9</table>`, []string{one}},
		{"a table for layout is none of data", `<table><tr><td>?Home<td>?News<tr><td>?Sport<td>` + strings.Repeat("<p>"+one+"</p>", 2) + `</table>`, []string{one, one}},
		{"a table in a table for layout is whole", `<table><tr><td>?Home<td><p>` + one + `</p><table><tr><td>?Goods<td>?Boxes<tr><td>Cars<td>12<tr><td>Food<td>14</table><tr><td>?Sport<td>` + two + `</table>`, []string{one, "?Goods", "?Boxes", "Cars", "12", "Food", "14", two}},
		{"an item in the midst of a list stays", `<ul><li>` + one + `<li>?Short<li>` + two + `<li>?Last</ul>`, []string{one, "?Short", two}},
		{"a term in the midst of a list of terms stays", `<dl><dt>?First<dd>` + one + `<dt>?Draught<dd>` + two + `</dl>`, []string{one, "?Draught", two}},
		{"an item that is surely none goes", `<ul><li>` + one + `<li>!Share<li>` + two + `</ul>`, []string{one, two}},
		{"a list of sentences behind a paragraph stays", `<p>` + one + `</p><ul><li>?The first part is paid.<li>?The rest comes later.</ul><p>` + two + `</p>`, []string{one, "?The first part is paid.", "?The rest comes later.", two}},
		{"a quotation behind a paragraph stays", `<p>` + one + `</p><blockquote><p>?Nobody asked me.</p></blockquote><p>` + two + `</p>`, []string{one, "?Nobody asked me.", two}},
		{"a list of links behind a paragraph goes", `<p>` + one + `</p><ul><li><a href=x>?A story that is another.</a><li><a href=y>?And one more.</a></ul><p>` + two + `</p>`, []string{one, two}},
		{"a quotation in a box of its own goes", `<p>` + one + `</p><div><blockquote>?Nobody asked me.</blockquote></div><p>` + two + `</p>`, []string{one, two}},
		{"a heading between paragraphs stays", `<p>` + one + `</p><h2>?What comes next</h2><p>` + two + `</p>`, []string{one, "?What comes next", two}},
		{"a heading that nothing follows goes", `<p>` + one + `</p><h2>More of our stories</h2><p>!` + two + `</p>`, []string{one}},
		{"links below the last text go", `<p>` + one + `</p><p>` + two + `</p><ul><li><a href=a>A headline of another story</a><li><a href=b>And one more of these</a></ul>`, []string{one, two}},
		{"headings of a series of pictures stay", `<p>` + one + `</p><h3>1. The harbour</h3><img src=a><h3>2. The quay</h3><img src=b><h3>3. The ferry</h3>`, []string{one, "1. The harbour", "2. The quay", "3. The ferry"}},
		{"an aside beside an article goes", `<article><p>` + one + `</p><aside><p>` + two + `</p></aside><p>` + three + `</p><p>` + four + `</p></article>`, []string{one, three, four}},
		{"an aside that is the article stays", `<aside><p>` + one + `</p><p>` + two + `</p></aside><p>` + three + `</p>`, []string{one, two, three}},
		{"a second copy of a passage goes", `<div><p>` + one + `</p><p>` + two + `</p><p>` + three + `</p><p>` + four + `</p></div><div><p>` + one + `</p><p>` + two + `</p><p>` + three + `</p></div>`, []string{one, two, three, four}},
		{"a refrain stays", `<p>` + one + `</p><p>` + two + `</p><p>` + one + `</p><p>` + three + `</p><p>` + one + `</p><p>` + four + `</p><p>` + one + `</p>`, []string{one, two, one, three, one, four, one}},
		{"posts of a live blog stay, with their headings", posts(`<h3>!Noon</h3><p>`+one+`</p>`, `<h3>!One</h3><p>?`+two+`</p>`, `<h3>!Two</h3><p>`+three+`</p>`), []string{"!Noon", one, "!One", "?" + two, "!Two", three}},
		{"teasers beside a single kept one go", posts(`<h3>!Noon</h3><p>`+one+`</p>`, `<h3>!One</h3><p>!`+two+`</p>`, `<h3>!Two</h3><p>!`+three+`</p>`, `<h3>!Six</h3><p>!`+four+`</p>`), []string{one}},
		{"notices in place of videos are no posts", posts(`<h3>!Film</h3><p>`+one+`</p>`, `<h3>!Film</h3><p>`+one+`</p>`, `<h3>!Film</h3><p>`+one+`</p>`), []string{one, one, one}},
		{"links behind Read also go, the text after them stays", `<p>` + one + `</p><p>Read also:</p><p><a href=x>The ferries that no longer sail</a></p><p>` + two + `</p>`, []string{one, two}},
		{"articles below a heading for related ones go", `<article><p>` + one + `</p><p>` + two + `</p></article><h3>Related stories</h3>` + posts(three, four, par(9)), []string{one, two}},
		{"a caption in a box for pictures goes", `<p>` + one + `</p><div class="storyImage"><img src=a><p>Cranes at the northern quay</p></div><p>` + two + `</p>`, []string{one, two}},
		{"text in a box for pictures that holds none stays", `<p>` + one + `</p><div class="storyImage"><p>Cranes at the northern quay</p></div><p>` + two + `</p>`, []string{one, "Cranes at the northern quay", two}},
		{"a link after Read more goes", `<p>` + one + `</p><p>Read more: <a href=x>The ferries that no longer sail</a></p><p>` + two + `</p>`, []string{one, two}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := scan(t, tt.page)
			odds := make([]float32, len(p.Blocks))
			for i := range odds {
				odds[i] = 2
				switch p.Text(i)[0] {
				case '?':
					odds[i] = -1
				case '!':
					odds[i] = -4
				}
			}
			p.Mend(odds)
			var kept []string
			for i := range odds {
				if odds[i] > 0 {
					kept = append(kept, p.Text(i))
				}
			}
			if !slices.Equal(kept, tt.kept) {
				t.Errorf("Mend keeps %q; want %q", kept, tt.kept)
			}
		})
	}
}

func TestMendKeepsSomething(t *testing.T) {
	t.Parallel()
	p := scan(t, `<ul><li><a href=a>Home</a><li><a href=b>News</a></ul><p>`+strings.Repeat("A town hall said something, and then more. ", 5)+`</p>`)
	odds := []float32{-6, -6, -2}
	p.Mend(odds)
	if odds[0] > 0 || odds[2] <= 0 {
		t.Errorf("Mend gave %v; want the paragraph alone", odds)
	}
}

func TestAnchorFindsTheArticleByTheFeedsSummary(t *testing.T) {
	t.Parallel()
	par := "The board said on Tuesday that the harbour would borrow the money, and that the banks had agreed to it after long talks."
	p := scan(t, `<ul><li><a href=a>Home</a></ul><div><p>`+par+`</p><p>Dredging begins in March, takes eighteen months, and closes the northern quay to ferries.</p></div><div><p>Cookies help us, and so we use them on every page of ours, as the law of the land allows.</p></div>`)
	odds := []float32{-3, -3, -3, -3}
	if !p.Anchor(odds, par) || odds[1] <= 0 || odds[2] <= 0 || odds[0] > 0 || odds[3] > 0 {
		t.Errorf("Anchor gave %v; want the two paragraphs of the article", odds)
	}
	odds = []float32{-3, -3, -3, -3}
	if p.Anchor(odds, "Something else that nobody has said on this page, nor on any other page that we know of.") {
		t.Errorf("Anchor took another story: %v", odds)
	}
}

func BenchmarkScore(b *testing.B) {
	doc, err := html.Parse(strings.NewReader(strings.Repeat(`<div class="card"><a href=x>A headline of another story</a></div>`, 200) + strings.Repeat("<p>The board said on Tuesday that the harbour would borrow the money.</p>", 40)))
	if err != nil {
		b.Fatal(err)
	}
	m := Default()
	b.ReportAllocs()
	for b.Loop() {
		m.Score(m.Scan(doc), Evidence{Titles: []string{"A title of some words"}})
	}
}
