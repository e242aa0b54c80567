package near

import (
	"strings"
	"testing"
)

var benchTexts = []struct{ name, text string }{
	{"5 kB English", repeatTo("Shares of Example Corp rose 3.5% to $41.20 on March 5, 2026, after the company raised its outlook for the year and announced a buyback of up to 2 billion dollars. ", 5000)},
	{"5 kB Chinese", repeatTo("3月5日，某某银行公告称，2025年度实现营业收入1234.56亿元，同比增长3.5%；归属于股东的净利润为456亿元，拟每10股派发现金红利5.2元（含税）。", 5000)},
}

func repeatTo(s string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(s)
		b.WriteByte(byte('a' + i%26)) // so that shingles differ
		b.WriteByte(byte('a' + i/26%26))
	}
	return cutAt(b.String(), n)
}

func BenchmarkOf(b *testing.B) {
	for _, x := range benchTexts {
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(int64(len(x.text)))
			b.ReportAllocs()
			for b.Loop() {
				Of("A title", x.text)
			}
		})
	}
}

func BenchmarkSame(b *testing.B) {
	x := Of("A title", benchTexts[0].text)
	y := Of("Another", benchTexts[0].text[500:])
	b.ReportAllocs()
	for b.Loop() {
		Same(x, y)
	}
}

func BenchmarkCompare(b *testing.B) {
	for _, x := range benchTexts {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Compare(x.text, x.text)
			}
		})
	}
}
