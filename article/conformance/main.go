// Command conformance proves that real programs read the articles that package article writes.
//
// It is run by run.sh, which installs the programs:
//
//	conformance generate INPUTS EXPECTED DIR   writes DIR/<profile>/*.md, and DIR/expected.jsonl: what each reader must read
//	conformance check EXPECTED READ            compares what a program read with that, and says what differs
//
// INPUTS and EXPECTED are the reference documents' in ../testdata/frontmatter; the bodies in cases.go join them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	switch {
	case len(args) == 4 && args[0] == "generate":
		return generate(args[1], args[2], args[3])
	case len(args) == 3 && args[0] == "check":
		return check(args[1], args[2], out)
	}
	return errors.New("usage: conformance generate INPUTS EXPECTED DIR | conformance check EXPECTED READ")
}

// row is what a reader must read of one file, and what one did read.
type row struct {
	File       string   `json:"file"`
	Title      string   `json:"title"`
	Date       string   `json:"date"`
	Categories []string `json:"categories"`
	Author     string   `json:"author"`
	Headimg    string   `json:"headimg"`
	Thumbnail  string   `json:"thumbnail"`
	Comments   bool     `json:"comments"`
	Text       string   `json:"text"`           // without white space
	HTML       string   `json:"html,omitempty"` // rendered; a program gives this in place of text
	Error      string   `json:"error,omitempty"`
}

// input is what the writer is given.
type input struct {
	File       string    `json:"file"`
	Title      string    `json:"title"`
	Author     string    `json:"author"`
	Categories []string  `json:"categories"`
	Date       time.Time `json:"date"`
	Headimg    string    `json:"headimg"`
	Body       string    `json:"body"`
}

func generate(inputs, expected, dir string) error {
	ins, err := read[input](inputs)
	if err != nil {
		return err
	}
	want, err := read[row](expected)
	if err != nil {
		return err
	}
	for i, c := range cases {
		in := input{
			File: fmt.Sprintf("case-%02d.md", i+1), Title: c.name, Author: "Example Wire", Categories: []string{"markets", "A股: 银行"},
			Date: time.Date(2026, 3, 2, 14, 31, 0, 0, time.UTC), Body: c.body,
		}
		ins = append(ins, in)
		want = append(want, row{
			File: in.File, Title: in.Title, Author: in.Author, Categories: in.Categories, Date: in.Date.Format(time.RFC3339), Text: squeeze(c.body),
		})
	}
	for _, profile := range article.Profiles() {
		if err := write(profile, ins, filepath.Join(dir, profile)); err != nil {
			return err
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, w := range want {
		if err := enc.Encode(w); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "expected.jsonl"), []byte(b.String()), 0o644)
}

// write writes each article with every extra key, so that a key which means something to a program shows.
func write(profile string, ins []input, dir string) error {
	format, err := article.NewFormat(profile, article.Extras(), "none")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, in := range ins {
		data, err := format.Encode(&article.Article{
			Title: in.Title, Author: in.Author, Categories: in.Categories, Published: in.Date, Image: in.Headimg, Body: in.Body,
			SourceURL: "https://a.example/?b=1&c='2'", GUID: "1e5", Tags: []string{"yes", "货币政策", "a: b"}, PublishedRaw: in.Date.String(),
			Updated: in.Date.Add(time.Hour), FirstSeen: in.Date.Add(time.Minute), Fetched: in.Date.Add(2 * time.Minute), Revision: 2,
			Status: article.Full, ContentHash: article.ContentHash(in.Title, in.Body), Language: "zh-CN", Symbols: []string{"600036.SH"},
			Cluster: "0e1", Origin: "copy", Sources: []string{"36kr", "wsj"},
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, in.File), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// check compares each file's row, and prints a line for each difference.
func check(expected, got string, out io.Writer) error {
	want, err := read[row](expected)
	if err != nil {
		return err
	}
	rows, err := read[map[string]any](got)
	if err != nil {
		return err
	}
	byFile := map[string]map[string]any{}
	for _, r := range rows {
		if name, ok := r["file"].(string); ok {
			byFile[strings.TrimSuffix(name, filepath.Ext(name))] = r
		}
	}
	failed := 0
	for _, w := range want {
		faults := differences(w, byFile[strings.TrimSuffix(w.File, ".md")])
		if len(faults) > 0 {
			failed++
		}
		for _, fault := range faults {
			fmt.Fprintf(out, "  %s: %s\n", w.File, fault)
		}
	}
	if len(rows) != len(want) {
		fmt.Fprintf(out, "  %d files were written and %d read\n", len(want), len(rows))
		failed++
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files were not read right", failed, len(want))
	}
	fmt.Fprintf(out, "  %d of %d read right\n", len(want), len(want))
	return nil
}

func differences(want row, got map[string]any) []string {
	if got == nil {
		return []string{"the program gave nothing for this file"}
	}
	if e, ok := got["error"].(string); ok {
		return []string{e}
	}
	html, _ := got["html"].(string)
	date, _ := got["date"].(string)
	got["text"], got["date"] = squeeze(html), instant(date)
	fields := map[string]any{
		"title": want.Title, "date": instant(want.Date), "author": want.Author, "headimg": want.Headimg, "thumbnail": want.Thumbnail,
		"comments": want.Comments, "categories": anys(want.Categories), "text": want.Text,
	}
	var faults []string
	for name, w := range fields {
		if !reflect.DeepEqual(got[name], w) {
			faults = append(faults, fmt.Sprintf("%s reads %.300q; want %.300q", name, fmt.Sprint(got[name]), fmt.Sprint(w)))
		}
	}
	slices.Sort(faults)
	return faults
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// squeeze returns what a reader sees of HTML, without any white space.
func squeeze(html string) string { return strings.Join(strings.Fields(article.Text(html)), "") }

// instant writes a date of any form in UTC.
func instant(s string) string {
	for _, layout := range []string{time.RFC3339Nano, time.RFC1123, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return s
}

func read[T any](name string) ([]T, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []T
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var v T
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", name, len(out)+1, err)
		}
		out = append(out, v)
	}
}
