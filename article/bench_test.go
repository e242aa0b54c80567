package article

import (
	"testing"
)

// seedArticle is the original sample: 16 kB of Chinese finance news.
func seedArticle(b *testing.B) *Article {
	b.Helper()
	a := lines[input](b, corpus+"seed/input.json")[0].article()
	a.FirstSeen, a.Fetched, a.Revision, a.Status, a.GUID = a.Published, a.Published, 1, Full, "urn:1"
	return a
}

func BenchmarkEncode(b *testing.B) {
	for _, profile := range []string{"hexo", "seed", "markdown"} {
		b.Run(profile, func(b *testing.B) {
			a, f := seedArticle(b), newFormat(b, profile, Extras()...)
			b.SetBytes(int64(len(a.Body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Encode(a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, profile := range []string{"hexo", "seed", "markdown"} {
		b.Run(profile, func(b *testing.B) {
			a, f := seedArticle(b), newFormat(b, profile, Extras()...)
			data, err := f.Encode(a)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	a := seedArticle(b)
	b.SetBytes(int64(len(a.Body)))
	b.ReportAllocs()
	for b.Loop() {
		Text(a.Body)
	}
}

func BenchmarkContentHash(b *testing.B) {
	a := seedArticle(b)
	b.SetBytes(int64(len(a.Body)))
	b.ReportAllocs()
	for b.Loop() {
		ContentHash(a.Title, a.Body)
	}
}

func BenchmarkCanonical(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Canonical("https://finance.sina.com.cn/china/2021-05-13/doc-ikmyaawc4966534.shtml?id=7&utm_source=rss&utm_medium=feed&cre=x#comments")
	}
}
