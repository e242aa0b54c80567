package polite

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads a Retry-After header: seconds, or a date in any of the forms met in the wild. A date is taken
// against the answer's own Date header where it has one, since the publisher's clock may be wrong; else against now.
// What lies in the past is 0. It returns -1 if there is no header or it says nothing.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.Trim(h.Get("Retry-After"), " \t\"'")
	if v == "" || len(v) > 64 {
		return -1
	}
	if n, err := strconv.ParseFloat(strings.TrimRight(v, " s"), 64); err == nil {
		switch {
		case n != n:
			return -1
		case n <= 0:
			return 0
		case n > maxRetryAfter.Seconds():
			return maxRetryAfter
		}
		return time.Duration(n * float64(time.Second))
	}
	at, ok := parseHTTPDate(v)
	if !ok {
		return -1
	}
	if date, ok := parseHTTPDate(h.Get("Date")); ok {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// httpDates are the layouts of RFC 9110, and what servers send instead. A layout's day 2 also reads 02, and Go reads
// any weekday for Mon.
var httpDates = []string{
	"Mon, 2 Jan 2006 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04:05 -0700",
	"Monday, 2-Jan-06 15:04:05 MST",
	"Mon, 2-Jan-2006 15:04:05 MST",
	"Mon, 2-Jan-06 15:04:05 MST",
	"Mon Jan _2 15:04:05 2006",
	"Mon Jan _2 15:04:05 MST 2006",
	"Mon, 2 Jan 2006 15:04:05",
	"2 Jan 2006 15:04:05 MST",
	"2 Jan 2006 15:04:05 -0700",
	time.RFC3339,
	"2006-01-02 15:04:05",
	"2006-01-02T15:04:05",
}

// parseHTTPDate reads a date of an HTTP header. Only GMT and numeric zones are taken at their word; any other
// abbreviation is read as UTC, as Go does for those it does not know.
func parseHTTPDate(s string) (time.Time, bool) {
	if s == "" || len(s) > 64 {
		return time.Time{}, false
	}
	for _, layout := range httpDates {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
