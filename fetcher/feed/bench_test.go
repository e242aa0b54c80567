package feed

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/charset"
)

// benchFeeds are the XML feeds over 2 kB below FEEDFOLIO_FEEDS, or else the ones in testdata.
func benchFeeds(b *testing.B) (docs [][]byte, size int64) {
	b.Helper()
	root := os.Getenv("FEEDFOLIO_FEEDS")
	if root == "" {
		root = "testdata/feeds"
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(body) > 2048 && bytes.IndexByte(body[:64], '<') >= 0 {
			docs = append(docs, body)
			size += int64(len(body))
		}
		return nil
	})
	if err != nil || len(docs) == 0 {
		b.Fatalf("no feeds in %s: %v", root, err)
	}
	return docs, size
}

// BenchmarkParse is the whole stage, bytes to model.
func BenchmarkParse(b *testing.B) {
	docs, size := benchFeeds(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			_, _ = Parse(d, Input{URL: "https://feed.test/feed.xml"})
		}
	}
}

// BenchmarkTokenScan is the floor that BenchmarkParse is measured by: encoding/xml reads the tokens and nothing is made
// of them.
func BenchmarkTokenScan(b *testing.B) {
	docs, size := benchFeeds(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			dec := xml.NewDecoder(bytes.NewReader(d))
			dec.Strict = false
			dec.Entity = xml.HTMLEntity
			dec.CharsetReader = charset.NewReaderLabel
			for {
				if _, err := dec.Token(); err != nil {
					break
				}
			}
		}
	}
}

// BenchmarkGofeed is gofeed alone, whose feed is not yet ours.
func BenchmarkGofeed(b *testing.B) {
	docs, size := benchFeeds(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			_, _ = gofeed.NewParser().Parse(io.Reader(bytes.NewReader(d)))
		}
	}
}

func BenchmarkParseDate(b *testing.B) {
	for _, in := range []string{"Thu, 13 May 2021 08:04:38 +0800", "2021-05-13T08:04:38+08:00", "2021年5月13日 下午8:04", "Thu May 13 2021 08:04:38 GMT+0800 (China Standard Time)", "no date in this at all"} {
		b.Run(in, func(b *testing.B) {
			for b.Loop() {
				_, _ = parseDate(in, DateHint{})
			}
		})
	}
}
