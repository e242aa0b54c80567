package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/config"
)

// BenchmarkParse reads 10,000 sources.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString("defaults: {headers: {X-A: b}}\nsources:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "  - {name: s-%d, url: \"https://h%d.example/feed\", topic: 金融, extract: {content: \"#artibody\"}, filter: {drop: [\"title: 广告\"]}}\n", i, i)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := config.Parse("bench.yaml", data, nil); err != nil {
			b.Fatal(err)
		}
	}
}
