package near

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func ownDocs(t testing.TB) []doc {
	t.Helper()
	files, err := filepath.Glob("testdata/texts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	var docs []doc
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		title, text, _ := strings.Cut(strings.TrimSpace(string(data)), "\n\n")
		docs = append(docs, newDoc(filepath.Base(name), title, text))
	}
	return docs
}

func TestPrecisionAndRecall(t *testing.T) {
	t.Parallel()
	docs := ownDocs(t)
	var pairs []pair
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 7))
		pairs = append(pairs, pairsOf(docs, r)...)
		pairs = append(pairs, reports(r)...)
	}
	for i, a := range docs {
		for _, b := range docs[:i] {
			pairs = append(pairs, pair{"different stories", a, b, false})
		}
	}
	precision, recall := measure(t, pairs)
	if precision < 0.99 || recall < 0.95 {
		t.Errorf("precision %.4f, recall %.4f; want 0.99 and 0.95", precision, recall)
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	docs := ownDocs(t)
	long := docs[slices.IndexFunc(docs, func(d doc) bool { return d.id == "en-results.txt" })]
	short := "某某银行公告称，一季度实现净利润12亿元，同比增长3%。"
	for _, tt := range []struct {
		name, a, b string
		want       bool
		why        string
	}{
		{"a text and itself", long.text, long.text, true, "figures agree"},
		{"flashes have no copies, not even themselves", short, short, false, "too short"},
		{"up 3 % is not up 5 %", long.text, strings.ReplaceAll(long.text, "8.4 percent", "5.1 percent"), false, "contradict"},
		{"percent in words is the same figure", long.text, strings.ReplaceAll(long.text, " percent", "%"), true, ""},
		{"per cent in two words as well", long.text, strings.ReplaceAll(long.text, " percent", " per cent"), true, ""},
		{"an extract is no copy", long.text, cutTo(long.text, 35), false, "of the other"},
		{"nothing at all", "", "", false, "too short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			same, why := Same(Of(long.title, tt.a), Of(long.title, tt.b))
			if same != tt.want || !strings.Contains(why, tt.why) {
				t.Errorf("Same = %v, %q; want %v, %q", same, why, tt.want, tt.why)
			}
			if m := Compare(tt.a, tt.b); m.Same != tt.want || !strings.Contains(m.Why, tt.why) {
				t.Errorf("Compare = %+v; want %v, %q", m, tt.want, tt.why)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, a, b string
		same       bool
	}{
		{"case does not count", "Bank of Norvania", "BANK OF NORVANIA", true},
		{"full-width forms are their twins", "３．５％ ＡＢＣ", "3.5% abc", true},
		{"thousands have no commas", "1,234,567", "1234567", true},
		{"a list of numbers keeps its commas", "1,23", "123", false},
		{"leading zeros say nothing", "007", "7", true},
		{"zeros behind a point do", "0.05", "0.5", false},
		{"percent is a sign", "3 percent", "3%", true},
		{"per cent as well", "3 per cent", "3%", true},
		{"a percentage is not a number", "3%", "3", false},
		{"cent alone is a word", "3 cent", "3%", false},
		{"per mille is not percent", "3‰", "3%", false},
		{"dates in Chinese", "2024年3月5日", "2024-03-05", true},
		{"dates in English", "March 5, 2024", "2024/3/5", true},
		{"dates in English, day first", "5 March 2024", "2024.03.05", true},
		{"short months", "Mar 5 2024", "5 march, 2024", true},
		{"a date without a year", "3月5日", "March 5", true},
		{"another day", "3月5日", "3月6日", false},
		{"no date", "13月5日", "2024-13-05", false},
		{"萬 and 亿 are no arithmetic", "3亿", "30000万", false},
		{"apostrophes", "Harrow’s", "Harrow's", true},
		{"punctuation does not count", "a—b, “c”", "a b c", true},
		{"half a character is none", "a\xe4\xb8", "a", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := slices.Equal(tokens("", tt.a), tokens("", tt.b)); got != tt.same {
				t.Errorf("%q and %q equal: %v; want %v\n%v\n%v", tt.a, tt.b, got, tt.same, tokens("", tt.a), tokens("", tt.b))
			}
		})
	}
}

// TestPrintIsStable: prints lie in databases. Where this fails, printVersion must grow.
func TestPrintIsStable(t *testing.T) {
	t.Parallel()
	d := ownDocs(t)[0]
	p := Of(d.title, d.text)
	if p.Simhash != 0x17b345964c244dc || p.Keys()[0] != 0x1976dcf430 || p.Figures[0] != 0xd949c54 {
		t.Errorf("Of(%q) = %#x, %#x, %#x: prints of version %d were otherwise", d.title, p.Simhash, p.Keys()[0], p.Figures[0], printVersion)
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	for _, d := range append(ownDocs(t), doc{}, doc{text: "1"}) {
		p := Of(d.title, d.text)
		b, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var q Print
		if err := q.UnmarshalBinary(b); err != nil || !equal(p, q) {
			t.Errorf("%s: read %+v, %v; want %+v", d.id, q, err, p)
		}
		for n := range b {
			if err := q.UnmarshalBinary(b[:n]); !errors.Is(err, ErrVersion) {
				t.Errorf("UnmarshalBinary of %d bytes of %d = %v", n, len(b), err)
			}
		}
	}
}

func equal(a, b Print) bool {
	return a.Simhash == b.Simhash && a.Size == b.Size && a.Cut == b.Cut && slices.Equal(a.Sketch, b.Sketch) && slices.Equal(a.Figures, b.Figures)
}

func FuzzPrint(f *testing.F) {
	for _, d := range ownDocs(f) {
		f.Add(d.title, d.text)
	}
	f.Add("3月5日", "2024-03-05 ５ March per cent 1,234,567.8％ it’s \xff\xe4\xb8")
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := Of(a, b), Of(b, a)
		same, _ := Same(p, q)
		if back, _ := Same(q, p); back != same {
			t.Errorf("Same is not symmetric: %v and %v", same, back)
		}
		if x, y := Compare(a, b), Compare(b, a); x.Same != y.Same {
			t.Errorf("Compare is not symmetric: %+v and %+v", x, y)
		}
		if m := Compare(b, b); !m.Same && Of("", b).Size >= MinSize {
			t.Errorf("a text is no copy of itself: %+v", m)
		}
		data, _ := p.MarshalBinary()
		var r Print
		if err := r.UnmarshalBinary(data); err != nil || !equal(p, r) {
			t.Errorf("read %+v, %v; want %+v", r, err, p)
		}
		if len(data) > 464 || len(p.Keys()) > keyCount {
			t.Errorf("%d bytes, %d keys", len(data), len(p.Keys()))
		}
		_ = r.UnmarshalBinary([]byte(a))
	})
}
