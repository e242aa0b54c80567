package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/ingest"
)

func TestSummaryNamesWhatHasSomethingToSay(t *testing.T) {
	t.Parallel()
	results := []ingest.Result{{Source: "reuters", New: 2, Saved: 2}, {Source: "caixin", NotModified: true, Reasons: map[string]int{"status 503": 1}, Pending: 1}}
	for i := range 5000 {
		results = append(results, ingest.Result{Source: fmt.Sprintf("quiet-%d", i), NotModified: i%2 == 0})
	}
	var out strings.Builder
	printSummary(&out, results, ingest.Rechecked{}, time.Second)
	want := "SOURCE   NEW  SAVED  PENDING  NOTE\nreuters    2      2        0\ncaixin     0      0        1  1 waits: status 503\n" +
		"(5000 more sources have nothing new)\n\n5002 sources: 2 entries new, 2 articles saved, 1 pending in 1s\n"
	if out.String() != want {
		t.Errorf("%s; want\n%s", out.String(), want)
	}
}
