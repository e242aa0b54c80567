package feed

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// TestCorpus writes what Parse makes of the inputs that FEEDFOLIO_CORPUS names (a list such as corpus/feeds/inputs.jsonl)
// to FEEDFOLIO_REPORT, a line for each, to be scored; with FEEDFOLIO_SANITIZE the bodies go through the sanitiser. It
// fails where one takes over a second.
func TestCorpus(t *testing.T) {
	list := os.Getenv("FEEDFOLIO_CORPUS")
	if list == "" {
		t.Skip("FEEDFOLIO_CORPUS names no list of inputs")
	}
	in, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(os.Getenv("FEEDFOLIO_REPORT"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	defer w.Flush()
	for dec := json.NewDecoder(in); dec.More(); {
		var x struct {
			ID, File, URL string
			Headers       map[string]string
		}
		if err := dec.Decode(&x); err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(filepath.Dir(list), x.File))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		for k, v := range x.Headers {
			h.Set(k, v)
		}
		begin := time.Now()
		f, err := Parse(body, Input{URL: x.URL, Header: h})
		if d := time.Since(begin); d > time.Second {
			t.Errorf("%s took %v", x.File, d)
		}
		id := x.ID
		if id == "" {
			id = x.File
		}
		var sanitise func(string) string
		if os.Getenv("FEEDFOLIO_SANITIZE") != "" {
			base, _ := url.Parse(x.URL)
			sanitise = func(s string) string { return sanitize.Fragment(s, base) }
		}
		line, err := json.Marshal(NewReport(id, f, err, sanitise))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(w, "%s\n", line)
	}
}
