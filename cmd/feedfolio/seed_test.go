package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/fetcher/fetchertest"
)

// The sample that defines the format, fed back as an RSS item, is written byte for byte.
func TestSeedSampleByteForByte(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "fetcher", "testdata", "seed")
	var in struct {
		Title      string    `json:"title"`
		Categories []string  `json:"categories"`
		Date       time.Time `json:"date"`
		Body       string    `json:"body"`
	}
	data, err := os.ReadFile(filepath.Join(folder, "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &in); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(folder, "seed.md"))
	if err != nil {
		t.Fatal(err)
	}
	web, err := fetchertest.ServeFiles(map[string]string{"sina.example/china.xml": fmt.Sprintf(
		`<rss version="2.0"><channel><title>%s</title><item><title>%s</title><link>http://sina.example/1.shtml</link><pubDate>%s</pubDate><description>%s</description></item></channel></rss>`,
		in.Categories[2], html.EscapeString(in.Title), in.Date.Format(time.RFC1123), html.EscapeString(in.Body))})
	if err != nil {
		t.Fatal(err)
	}
	defer web.Close()
	dir := t.TempDir()
	path := filepath.Join(dir, "feedfolio.yaml")
	cfg := fmt.Sprintf("format: {profile: seed}\nfetch: {proxy: %q}\nsources:\n  - {name: sina, url: 'http://sina.example/china.xml', full_text: never, topic: %s, site: %s, title: %s}\n",
		web.ProxyURL(), in.Categories[0], in.Categories[1], in.Categories[2])
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "fetch", "--config", path); code != 0 {
		t.Fatalf("fetch exits %d: %s", code, stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "archive", "articles", "sina", "2021", "05", "*.md"))
	if err != nil || len(files) != 1 {
		t.Fatalf("stored files: %v, %v; want one", files, err)
	}
	got, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the stored file differs from the sample:\n%s", got)
	}
}
