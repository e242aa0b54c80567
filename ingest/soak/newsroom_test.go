package soak

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// newsroom starts the newsroom simulator with flags of its own, or returns nil where FEEDFOLIO_NEWSROOM does not name it.
func newsroom(t testing.TB, flags ...string) *press {
	t.Helper()
	folder := os.Getenv("FEEDFOLIO_NEWSROOM")
	if folder == "" {
		return nil
	}
	bin := filepath.Join(t.TempDir(), "newsroom")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".")
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build newsroom: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // ends at once
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	corpus := filepath.Join(folder, "..", "..", "corpus", "extraction", "aeb")
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"-corpus", corpus, "-port", fmt.Sprint(port)}, flags...)...) //nolint:gosec // the user named it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	control := fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, "newsroom", time.Minute, func() bool {
		resp, err := http.Get(control + "/_stats") //nolint:gosec,noctx // loopback
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return true
	})
	p := &press{name: "newsroom", atOnce: 2} // it hears late of a client that has broken off
	feeds := map[string]bool{}
	lines(t, control+"/_truth", func(data []byte) {
		var a struct {
			URL, Text, Fault, Expect string
			FeedURL                  string `json:"feed_url"`
			FeedFault                string `json:"feed_fault"`
		}
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
		if !feeds[a.FeedURL] {
			feeds[a.FeedURL] = true
			p.feeds = append(p.feeds, a.FeedURL)
		}
		e := expected{URL: a.URL, Fault: a.Fault}
		for part := range strings.SplitSeq(a.Text, "\n") {
			if strings.TrimSpace(part) != "" {
				e.Parts = append(e.Parts, part)
			}
		}
		e.Outcome = map[string]Outcome{"ok": Complete, "ok-after-retry": Complete, "fail-bounded": Never, "not-fetched": Unasked}[a.Expect]
		if e.Outcome == "" {
			e.Outcome = Either
		}
		if slices.Contains([]string{"404", "hang", "loop", "huge", "bomb"}, a.FeedFault) {
			return // nobody can know of it
		}
		p.truth = append(p.truth, e)
	})
	p.pages = len(p.truth) / 100 // one of its templates has links to further pages
	type figures struct {
		Robots      int                       `json:"robots_violations"`
		Retry       int                       `json:"retry_after_violations"`
		Most        int                       `json:"max_concurrency_one_host"`
		Gap         map[string]float64        `json:"min_gap_ms_over_hosts"`
		Fetches     map[string]int            `json:"articles_by_fetches"`
		ByFault     map[string]map[string]int `json:"articles_by_fault_and_fetches"`
		Polls       int                       `json:"feed_200"`
		NotModified int                       `json:"feed_304"`
	}
	ask := func() (f figures) {
		lines(t, control+"/_stats", func(data []byte) {
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
		})
		return f
	}
	p.stats = func() Stats {
		f := ask()
		return Stats{
			RobotsViolations: f.Robots, RetryViolations: f.Retry, MostInFlight: f.Most, LeastGap: time.Duration(f.Gap["min"] * 1e6),
			Polls: f.Polls + f.NotModified, NotModified: f.NotModified,
		}
	}
	p.again = func() (n int) {
		f := ask()
		for times, count := range f.Fetches {
			n += max(number(times)-1, 0) * count
		}
		for _, fault := range []string{"trunc", "ctype"} { // had in part, or of a kind that may count as no article: tried again
			for times, count := range f.ByFault[fault] {
				n -= max(number(times)-1, 0) * count
			}
		}
		if n > 0 {
			t.Logf("answered in full, by fault and how often: %v", f.ByFault)
		}
		return n
	}
	p.fetched = func() (n int) {
		for times, count := range ask().Fetches {
			if times != "0" {
				n += count
			}
		}
		return n
	}
	return p
}

// number reads a count; 0 where it is none.
func number(s string) int {
	n, _ := strconv.Atoi(s) // of newsroom's own
	return n
}

// lines gives each line of an answer, or all of it where it is one JSON document.
func lines(t testing.TB, url string, each func([]byte)) {
	t.Helper()
	resp, err := http.Get(url) //nolint:gosec,noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "application/json" {
		var all json.RawMessage
		if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
			t.Fatal(err)
		}
		each(all)
		return
	}
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		each(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}
