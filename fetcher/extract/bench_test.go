package extract_test

import (
	"bytes"
	"math/rand"
	"sort"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// TestCost compares the CPU time of the whole stage with that of parsing alone, on every fourth page of two sets of the
// corpus, in turns in one process.
func TestCost(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement")
	}
	var pages []corpusPage
	for _, set := range []string{"aeb", "fundus"} {
		for i, p := range readSet(t, set) {
			if i%4 == 0 {
				pages = append(pages, p)
			}
		}
	}
	rand.New(rand.NewSource(1)).Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
	var parse, whole time.Duration
	best := make([]time.Duration, len(pages))
	for pass := range 4 {
		for i, p := range pages {
			a := cpuTime()
			if _, err := html.Parse(bytes.NewReader(p.body)); err != nil {
				t.Log(err)
			}
			b := cpuTime()
			if _, err := extract.Page(p.body, extract.Input{URL: p.URL}); err != nil {
				t.Log(p.ID, err)
			}
			c := cpuTime()
			if pass == 0 {
				best[i] = time.Hour
				continue
			}
			parse += b - a
			whole += c - b
			best[i] = min(best[i], c-b)
		}
	}
	sort.Slice(best, func(i, j int) bool { return best[i] < best[j] })
	t.Logf("%d pages: parse %v, whole stage %v a page: x %.2f; p50 %v, p99 %v, max %v", len(pages), parse/time.Duration(3*len(pages)), whole/time.Duration(3*len(pages)),
		float64(whole)/float64(parse), best[len(best)/2], best[len(best)*99/100], best[len(best)-1])
}

// cpuTime is the time this process has spent on processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
