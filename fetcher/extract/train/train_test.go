package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/fetcher/extract/block"
)

func TestAlignFindsTheBlocksOfTheGold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		blocks []string
		gold   string
		want   []int
	}{
		{"whole paragraphs", []string{"home news sport", "one two three four", "five six seven", "about us"}, "one two three four five six seven", []int{0, 4, 3, 0}},
		{"a short line between its neighbours", []string{"share", "one two three four", "share", "five six seven eight"}, "one two three four share five six seven eight", []int{0, 4, 1, 4}},
		{"a repeated paragraph counts once", []string{"one two three four", "x y z", "one two three four", "five six seven eight"}, "one two three four five six seven eight", []int{0, 0, 4, 4}},
		{"a part of a block", []string{"by someone one two three four five"}, "one two three four five", []int{5}},
		{"Chinese characters one by one", []string{"责任编辑", "今年投资增长"}, "今年投资增长", []int{0, 6}},
	} {
		var blocks [][]string
		for _, b := range tt.blocks {
			blocks = append(blocks, terms(b))
		}
		got := align(blocks, terms(tt.gold))
		if tt.name == "a repeated paragraph counts once" && slices.Equal(got, []int{4, 0, 0, 4}) {
			continue // either copy will do
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: align = %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestFitLearnsAndIsReproducible(t *testing.T) {
	t.Parallel()
	const n, width = 3000, 3
	rows := make([]float32, 0, n*width)
	d := &data{width: width}
	for i := range n {
		a, b := float32(i%17), float32(i%23)
		rows = append(rows, a, b, float32(i%5))
		y := float32(0)
		if a > 8 != (b > 11) { // no single feature tells
			y = 1
		}
		d.label, d.weight, d.group = append(d.label, y), append(d.weight, 1), append(d.group, int32(i%50))
	}
	d.cuts = makeCuts(rows, width, 1)
	d.bins = binRows(rows, width, d.cuts)
	s := settings{trees: 30, leaves: 8, rate: 0.3, l2: 1, minHess: 1, columns: 1, rows: 0.8, seed: 7}
	f := fit(d, s, make([]float64, width))
	wrong := 0
	for i := range n {
		if (f.Eval(rows[i*width:(i+1)*width]) > 0) != (d.label[i] > 0.5) {
			wrong++
		}
	}
	if wrong > n/100 {
		t.Errorf("%d of %d wrong", wrong, n)
	}
	g := fit(d, s, make([]float64, width))
	var a, b bytes.Buffer
	for _, m := range []struct {
		f *block.Forest
		w *bytes.Buffer
	}{{f, &a}, {g, &b}} {
		if err := (&block.Model{Vocab: block.NewVocab(), First: m.f}).Write(m.w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same data gave two models")
	}
}

// writeCorpus makes a small corpus of pages of one design on many sites.
func writeCorpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, set := range []string{"aeb", "trafilatura", "zh"} {
		if err := os.MkdirAll(filepath.Join(dir, set, "pages"), 0o755); err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for i := range 9 {
			par := fmt.Sprintf("The board of harbour %d said on Tuesday that it would borrow the money, and more of it later.", i)
			page := fmt.Sprintf(`<html><body><ul class="nav"><li><a href="/">Home</a></li><li><a href="/n">News %d</a></li></ul><div class="story-body"><h1>Title %d</h1><p>%s</p><p>%s And then some.</p></div><div class="footer"><p>All rights reserved %d</p></div></body></html>`, i, i, par, par, i)
			file := fmt.Sprintf("pages/%s%d.html", set, i)
			if err := os.WriteFile(filepath.Join(dir, set, file), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			g := gold{ID: fmt.Sprintf("%s%d-1", set, i), URL: fmt.Sprintf("https://site%d%s.example/a", i, set), File: file, Body: par + "\n\n" + par + " And then some."}
			if set == "trafilatura" {
				g.Body, g.With, g.Without = "", []string{par[:30]}, []string{"All rights"}
			}
			b, err := json.Marshal(map[string]any{"id": g.ID, "url": g.URL, "file": g.File, "body": g.Body, "with": g.With, "without": g.Without})
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(b, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, set, "gold.jsonl"), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheSameCorpusGivesTheSameBytes(t *testing.T) {
	corpus := writeCorpus(t)
	dump := t.TempDir()
	var models [2][]byte
	for i := range models {
		out := filepath.Join(t.TempDir(), "model.txt")
		if err := run(corpus, out, 3, dump, "", false); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		models[i] = b
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("two runs gave two models")
	}
	if _, err := block.ReadModel(bytes.NewReader(models[0])); err != nil {
		t.Errorf("the model cannot be read: %v", err)
	}
	again := t.TempDir()
	if err := run(corpus, "", 3, again, filepath.Join(dump, "odds.jsonl"), false); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aeb.jsonl", "errors.txt", "odds.jsonl"} {
		first, err := os.ReadFile(filepath.Join(dump, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(again, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("scored anew, %s is\n%s\nwant\n%s", name, second, first)
		}
	}
}

func TestScoresAreTheScorers(t *testing.T) {
	t.Parallel()
	s := &sample{set: "wcxb", gold: gold{Body: "One two. 三四"}}
	var sum tally
	if f := sum.add(s, "one TWO 三 五"); f != 0.75 || sum.value() != 0.75 {
		t.Errorf("token F1 = %v, %v; want 0.75", f, sum.value())
	}
	s = &sample{set: "trafilatura", gold: gold{With: []string{"a  b", "c"}, Without: []string{"d"}}}
	sum = tally{}
	sum.add(s, "a b d")
	if got, want := sum.value(), 0.5; got != want {
		t.Errorf("phrase F1 = %v; want %v", got, want)
	}
}
