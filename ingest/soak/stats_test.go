package soak

import (
	"testing"
	"time"
)

func TestGapsAreThoseBetweenRequestsAsTheyCame(t *testing.T) {
	t.Parallel()
	var s Stats
	var h hostBook
	begin := time.Now()
	for _, ms := range []int{0, 300, 900, 1200, 600, 1400} { // the one at 600 is handled late; that at 1400 is too soon
		s.came(&h, begin.Add(time.Duration(ms)*time.Millisecond), 285*time.Millisecond)
	}
	if s.Gaps != 5 || s.Short != 1 || s.LeastGap != 200*time.Millisecond {
		t.Errorf("%d gaps, %d short, the least %s; want 5, 1, 200ms", s.Gaps, s.Short, s.LeastGap)
	}
}
