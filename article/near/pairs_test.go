package near

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// doc is an article to make pairs of.
type doc struct {
	id, title, text string
	chinese         bool
}

// pair is two articles and what is known of them.
type pair struct {
	kind string
	a, b doc
	copy bool
}

func newDoc(id, title, text string) doc {
	han := 0
	for _, t := range tokens(title, text) {
		if t.kind == ideo {
			han++
		}
	}
	return doc{id, title, text, 3*han > utf8.RuneCountInString(text)}
}

func (d doc) paragraphs() []string { return strings.Split(d.text, "\n\n") }

func (d doc) with(paragraphs ...string) doc {
	d.text = strings.Join(paragraphs, "\n\n")
	return d
}

func pick(d doc, chinese, other string) string {
	if d.chinese {
		return chinese
	}
	return other
}

// edits are what happens to a story on its way to another source. Each returns false where the text does not allow it.
var edits = []struct {
	name string
	edit func(d doc, r *rand.Rand) (doc, bool)
}{
	{"other headline", func(d doc, _ *rand.Rand) (doc, bool) {
		d.title = pick(d, "快讯：今日要闻一览，市场关注这件事", "What we know so far about the story everyone is watching")
		return d, true
	}},
	{"first paragraph dropped", func(d doc, _ *rand.Rand) (doc, bool) {
		p := d.paragraphs()
		return d.with(p[1:]...), len(p) > 2 && len(p[0]) < len(d.text)*3/10
	}},
	{"last paragraph dropped", func(d doc, _ *rand.Rand) (doc, bool) {
		p := d.paragraphs()
		return d.with(p[:len(p)-1]...), len(p) > 2 && len(p[len(p)-1]) < len(d.text)*3/10
	}},
	{"agency's prefix and credit", func(d doc, _ *rand.Rand) (doc, bool) {
		d.text = pick(d, "某某社北京3月5日电（记者 王小明）", "LONDON, March 5 (Newswire) - ") + d.text +
			pick(d, "\n\n（编辑：李雷 校对：韩梅梅 来源：某某社）", "\n\n(Reporting by Jane Doe; Editing by John Roe)")
		return d, true
	}},
	{"promotion inserted", promote},
	{"cut to 70 %", func(d doc, _ *rand.Rand) (doc, bool) {
		d.text = cutTo(d.text, 70)
		return d, true
	}},
	{"typography", func(d doc, _ *rand.Rand) (doc, bool) {
		d.text = strings.NewReplacer("“", "\"", "”", "\"", "’", "'", " - ", " – ", "，", ", ", "%", "％", "1", "１", "\n\n", "\n").Replace(d.text)
		return d, true
	}},
	{"one word of 40 changed", func(d doc, r *rand.Rand) (doc, bool) {
		d.text = reword(d.text, 40, r)
		return d, true
	}},
	{"one word of 15 changed", func(d doc, r *rand.Rand) (doc, bool) {
		d.text = reword(d.text, 15, r)
		return d, true
	}},
	{"headline, prefix, promotion, end dropped", func(d doc, r *rand.Rand) (doc, bool) {
		d, _ = promote(d, r)
		p := d.paragraphs()
		if len(p) > 4 && len(p[len(p)-1]) < len(d.text)/4 {
			p = p[:len(p)-1]
		}
		p[0] = pick(d, "【某某财经】3月6日消息，", "(Newswire) ") + p[0]
		d.title = pick(d, "重磅！刚刚公布", "Breaking: read this now")
		return d.with(p...), true
	}},
	{"cut to 70 %, headline, promotion", func(d doc, r *rand.Rand) (doc, bool) {
		d.text = cutTo(d.text, 70)
		d.title = pick(d, "独家解读", "Opinion and analysis")
		return promote(d, r)
	}},
}

func promote(d doc, r *rand.Rand) (doc, bool) {
	p := d.paragraphs()
	line := pick(d, "点击下载“某某财经”客户端，新用户享7天免费试读，客服热线400-820-1234。", "Sign up for our newsletter and get 3 months for $9.99. Call 1-800-555-0199 today.")
	return d.with(slices.Insert(p, r.IntN(len(p)+1), line)...), true
}

func cutTo(text string, percent int) string {
	return cutAt(text, len(text)*percent/100)
}

func cutAt(text string, n int) string {
	if n >= len(text) {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	if at := strings.LastIndexAny(text[:n], " \n。，"); at > n*9/10 {
		n = at
	}
	return strings.TrimSpace(text[:n])
}

func reword(text string, every int, r *rand.Rand) string {
	var b strings.Builder
	for _, f := range strings.SplitAfter(text, " ") {
		switch n := utf8.RuneCountInString(f); {
		case n > 15: // no spaces: Chinese
			for _, c := range f {
				if spaceless(c) && r.IntN(2*every) == 0 {
					c = '的'
				}
				b.WriteRune(c)
			}
		case n > 3 && r.IntN(every) == 0 && strings.Trim(f, "abcdefghijklmnopqrstuvwxyz ,.") == "":
			b.WriteString("certain" + f[strings.LastIndexAny(f, "abcdefghijklmnopqrstuvwxyz")+1:])
		default:
			b.WriteString(f)
		}
	}
	return b.String()
}

var digits = regexp.MustCompile(`\d+`)

// renumber gives a part of the numbers of a text other values, and says how many figures it had.
func renumber(text string, every int, r *rand.Rand) (string, int) {
	n := 0
	return digits.ReplaceAllStringFunc(text, func(s string) string {
		n++
		if r.IntN(every) != 0 {
			return s
		}
		return another(s, r)
	}), n
}

// another is another number that could stand in the same place, a date's too.
func another(s string, r *rand.Rand) string {
	was, err := strconv.Atoi(s)
	if err != nil {
		return "7" + s
	}
	for {
		is := 1 + r.IntN(9)
		switch {
		case was >= 1900 && was <= 2100:
			is = 1950 + r.IntN(80)
		case was > 31:
			is = 32 + r.IntN(2*was)
		case was > 12:
			is = 13 + r.IntN(16)
		}
		if is != was {
			return fmt.Sprint(is)
		}
	}
}

// pairsOf makes copies of documents, and pairs that are none.
func pairsOf(docs []doc, r *rand.Rand) []pair {
	var out []pair
	for i, d := range docs {
		for _, e := range edits {
			if x, ok := e.edit(d, r); ok && Of("", x.text).Size >= MinSize {
				out = append(out, pair{e.name, d, x, true})
			}
		}
		other := docs[(i+1)%len(docs)]
		for k := 1; other.chinese != d.chinese && k < len(docs); k++ {
			other = docs[(i+1+k)%len(docs)]
		}
		for _, part := range []int{30, 50, 60} {
			x, y := d, other
			shared := boilerplate(docs, i, other, min(len(x.text), len(y.text))*part/(100-part))
			if x.id == y.id || shared == "" {
				continue
			}
			x.text += "\n\n" + shared
			y.text += "\n\n" + shared
			out = append(out, pair{fmt.Sprintf("boilerplate is %d %% of the shorter", part), x, y, false})
		}
		for _, every := range []int{1, 2} {
			x := d
			var n int
			if x.text, n = renumber(d.text, every, r); n >= 2 && x.text != d.text {
				out = append(out, pair{fmt.Sprintf("one number of %d is another", every), d, x, false})
			}
		}
		if x, ok := oneNumber(d, r); ok {
			out = append(out, pair{"a single number is another", d, x, false})
		}
	}
	return out
}

// oneNumber gives one number of a text another value.
func oneNumber(d doc, r *rand.Rand) (doc, bool) {
	at := digits.FindAllStringIndex(d.text, -1)
	if len(at) == 0 {
		return d, false
	}
	x := at[r.IntN(len(at))]
	d.text = d.text[:x[0]] + another(d.text[x[0]:x[1]], r) + d.text[x[1]:]
	return d, true
}

// boilerplate is text of a third article, of about n bytes.
func boilerplate(docs []doc, i int, other doc, n int) string {
	for k := range docs {
		d := docs[(i+len(docs)/2+k)%len(docs)]
		if d.id != docs[i].id && d.id != other.id && len(d.text) >= n {
			return cutAt(d.text, n)
		}
	}
	return ""
}

// reports are market reports and flashes of several days, made from templates: alike in all but their numbers.
func reports(r *rand.Rand) []pair {
	pc := func() string { return fmt.Sprintf("%d.%02d", r.IntN(4), r.IntN(100)) }
	pt := func(n int) string { return fmt.Sprintf("%d.%02d", n+r.IntN(n/10), r.IntN(100)) }
	templates := []struct {
		kind string
		make func(day int) string
	}{
		{"Chinese market report of another day", func(day int) string {
			return fmt.Sprintf("某某社上海3月%d日电（记者 王小明）3月%d日，A股三大指数集体高开，盘中震荡走强。截至收盘，上证指数报%s点，涨幅%s%%；深证成指报%s点，涨幅%s%%；创业板指报%s点，涨幅%s%%。沪深两市成交额约%d亿元，较上一交易日放量%d亿元。\n\n盘面上，银行、证券、保险板块涨幅居前，煤炭、钢铁板块跌幅居前。北向资金全天净买入%d亿元。\n\n分析人士表示，市场情绪有所回暖，短期指数有望延续震荡走势，建议投资者关注业绩确定性较强的板块，控制仓位，逢低布局。",
				day, day, pt(3000), pc(), pt(9000), pc(), pt(1800), pc(), 7000+r.IntN(3000), 100+r.IntN(900), 10+r.IntN(90))
		}},
		{"English market report of another day", func(day int) string {
			return fmt.Sprintf("NEW YORK, March %d - U.S. stocks closed higher, led by technology shares, as investors looked ahead to the policy meeting of the central bank. The benchmark index rose %s percent to %s, the blue-chip average gained %s percent to %s and the technology index added %s percent to %s. Volume on exchanges was %d million shares.\n\nThe yield on the 10-year note fell to %s percent. Oil settled at $%d a barrel and gold at $%d an ounce.\n\nAnalysts said that sentiment had improved but that the market remained sensitive to data on inflation and employment, which are due later in the week.",
				day, pc(), pt(5000), pc(), pt(39000), pc(), pt(16000), 9000+r.IntN(3000), pc(), 60+r.IntN(30), 2000+r.IntN(400))
		}},
		{"Chinese notice of another operation", func(day int) string {
			return fmt.Sprintf("为维护银行体系流动性合理充裕，2026年3月%d日人民银行以固定利率、数量招标方式开展了%d亿元逆回购操作，期限为7天，中标利率为1.40%%。由于当日有%d亿元逆回购到期，公开市场实现净投放。业内人士认为，央行操作维持了资金面平稳，月末流动性无忧，货币市场利率将围绕政策利率波动，债券市场情绪平稳。", day, 10*(1+r.IntN(400)), 10*(1+r.IntN(400)))
		}},
		{"English notice of another company's results", func(day int) string {
			return fmt.Sprintf("The company today reported results for the quarter. Revenue was $%d million, up %d percent from the same quarter a year ago. Net income was $%d million, or $%s per diluted share. The board declared a dividend of $0.%02d per share, payable to shareholders of record at the close of business on March %d. Management will host a conference call to discuss the results; a replay will be available on the investor relations page of the web site. Statements about future events are forward-looking and subject to risks and uncertainties.",
				100+r.IntN(900), 2+r.IntN(40), 10+r.IntN(90), pc(), 5+r.IntN(90), day)
		}},
		{"Chinese notice of another company", func(int) string {
			name := []string{"江城钢铁", "北湾能源", "青川汽车", "云岫科技", "合浦乳业", "东岭水泥"}[r.IntN(6)]
			return fmt.Sprintf("%s（60%04d.SH）公告，公司股票连续三个交易日内收盘价格涨幅偏离值累计超过20%%，属于股票交易异常波动。经公司自查，公司目前生产经营活动正常，市场环境和行业政策没有发生重大调整，内部生产经营秩序正常，不存在应披露而未披露的重大信息。公司郑重提醒广大投资者理性投资，注意二级市场交易风险。", name, r.IntN(10000))
		}},
		{"English notice about another company", func(int) string {
			name := []string{"Harrow Mills (NYSE: HRW)", "Lumenor (NASDAQ: LMN)", "Calder Mutual (NYSE: CLDR)", "Westmoor (NASDAQ: WSTM)", "Fjordbank (NYSE: FJB)"}[r.IntN(5)]
			return fmt.Sprintf("The law firm reminds investors that purchased securities of %s of the upcoming deadline to seek the role of lead plaintiff in the class action. The complaint alleges that the defendants made false and misleading statements to the market about the condition of the business. When the true details entered the market, the lawsuit claims that investors suffered damages. There is no cost or obligation to you. Contact the firm by telephone or through its web site to discuss your rights and options.", name)
		}},
		{"flash", func(int) string {
			return fmt.Sprintf("【快讯】沪指午后涨幅扩大，现涨%s%%，两市成交额突破%d亿元。", pc(), 1000*(1+r.IntN(9)))
		}},
		{"English flash", func(int) string {
			return fmt.Sprintf("Example Corp shares are up %s%% in premarket trading after the company said quarterly profit rose %d%%.", pc(), 2+r.IntN(90))
		}},
	}
	var out []pair
	for _, t := range templates {
		for day := range 25 {
			a, b := newDoc(t.kind, "收评 Markets", t.make(1+day)), newDoc(t.kind, "收评 Markets", t.make(2+day))
			if a.text != b.text {
				out = append(out, pair{t.kind, a, b, false})
			}
		}
	}
	return out
}

// corpusDocs reads the bodies of an extraction corpus.
func corpusDocs(t *testing.T, dir string) []doc {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "extraction", "*", "gold.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no extraction/*/gold.jsonl in %s: %v", dir, err)
	}
	var out []doc
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var g struct{ ID, Title, Body string }
			if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d := newDoc(g.ID, g.Title, g.Body); Of("", g.Body).Size >= 2*MinSize {
				out = append(out, d)
			}
		}
		f.Close()
	}
	return out
}

// tally counts what was decided of one kind of pair.
type tally struct{ n, keys, bands, same, compare int }

// measure decides all pairs and prints a table. It returns precision and recall of the whole way: a shared key, Same,
// then Compare.
func measure(t *testing.T, pairs []pair) (precision, recall float64) {
	t.Helper()
	kinds := make(map[string]*tally)
	var order []string
	var hit, miss, wrong, wrongSame, hitSame int
	for _, p := range pairs {
		a, b := Of(p.a.title, p.a.text), Of(p.b.title, p.b.text)
		k := kinds[p.kind]
		if k == nil {
			k = &tally{}
			kinds[p.kind], order = k, append(order, p.kind)
		}
		k.n++
		key := shareKey(a, b)
		if key {
			k.keys++
		}
		for shift := 0; shift < 64; shift += 16 {
			if (a.Simhash^b.Simhash)>>shift&0xFFFF == 0 {
				k.bands++
				break
			}
		}
		same, _ := Same(a, b)
		same = same && key
		m := Compare(p.a.text, p.b.text)
		if same {
			k.same++
		}
		if same && m.Same {
			k.compare++
		}
		switch whole := same && m.Same; {
		case p.copy && whole:
			hit++
		case p.copy:
			miss++
			if os.Getenv("NEAR_VERBOSE") != "" {
				_, why := Same(a, b)
				t.Logf("missed: %s, %s: %s; %s", p.kind, p.a.id, why, m.Why)
			}
		case whole:
			wrong++
			if os.Getenv("NEAR_VERBOSE") != "" {
				t.Logf("wrong: %s, %s and %s: %s; %+v", p.kind, p.a.id, p.b.id, difference(p.a.text, p.b.text), m)
			}
		}
		if same && p.copy {
			hitSame++
		} else if same {
			wrongSame++
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-46s %6s %8s %8s %8s %8s\n", "pairs", "n", "4x16", "key", "Same", "+Compare")
	for _, name := range order {
		k := kinds[name]
		part := func(n int) float64 { return 100 * float64(n) / float64(k.n) }
		fmt.Fprintf(&out, "%-46s %6d %7.1f%% %7.1f%% %7.1f%% %7.1f%%\n", name, k.n, part(k.bands), part(k.keys), part(k.same), part(k.compare))
	}
	precision, recall = float64(hit)/float64(max(1, hit+wrong)), float64(hit)/float64(max(1, hit+miss))
	fmt.Fprintf(&out, "Same alone: precision %.4f, recall %.4f; with Compare: precision %.4f, recall %.4f", float64(hitSame)/float64(max(1, hitSame+wrongSame)),
		float64(hitSame)/float64(max(1, hit+miss)), precision, recall)
	t.Log("\n" + out.String())
	return precision, recall
}

// difference shows where two texts begin to differ.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-40):min(len(s), i+20)] }
	return fmt.Sprintf("%q, %q", around(a), around(b))
}

func shareKey(a, b Print) bool {
	keys := b.Keys()
	for _, k := range a.Keys() {
		if slices.Contains(keys, k) {
			return true
		}
	}
	return false
}

// TestCorpus measures on the texts of a corpus that is not part of the repository.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("FEEDFOLIO_CORPUS")
	if dir == "" {
		t.Skip("FEEDFOLIO_CORPUS is not set: the folder that has extraction/*/gold.jsonl")
	}
	docs := corpusDocs(t, dir)
	r := rand.New(rand.NewPCG(1, 2))
	var chinese, other []doc
	for _, d := range docs {
		if d.chinese {
			chinese = append(chinese, d)
		} else {
			other = append(other, d)
		}
	}
	t.Logf("%d Chinese texts, %d others", len(chinese), len(other))
	for _, set := range []struct {
		name string
		docs []doc
	}{{"Chinese", chinese}, {"others", other}} {
		p, rec := measure(t, pairsOf(set.docs, r))
		if p < 0.99 || rec < 0.95 {
			t.Errorf("%s: precision %.4f, recall %.4f; want 0.99 and 0.95", set.name, p, rec)
		}
	}
	strangers(t, docs)
}

// strangers asks every pair of different articles.
func strangers(t *testing.T, docs []doc) {
	t.Helper()
	prints := make([]Print, len(docs))
	for i, d := range docs {
		prints[i] = Of(d.title, d.text)
	}
	n, keys := 0, 0
	for i, a := range prints {
		for j, b := range prints[:i] {
			n++
			if !shareKey(a, b) {
				continue
			}
			keys++
			same, why := Same(a, b)
			if same && Compare(docs[i].text, docs[j].text).Same {
				t.Logf("the corpus has a pair of copies: %s and %s: %s", docs[i].id, docs[j].id, why)
			}
		}
	}
	t.Logf("%d pairs of different articles: %d share a key", n, keys)
}
