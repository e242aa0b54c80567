package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// pageLadder is how long an entry waits after its page failed for the first time, the second, and so on; the last step
// is repeated. The first step is short because most failures of one page are over in a moment.
var pageLadder = []time.Duration{
	2 * time.Second, 30 * time.Second, 5 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// listLadder is the same for a source whose listing fails; it never gives up. It is slow to grow in the hours that an
// outage may last: news wait for its end.
var listLadder = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
	3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// storeLadder is for a source whose articles cannot be stored, although the archive as a whole can be written to: each
// such try costs a publisher a request for nothing.
var storeLadder = []time.Duration{30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute}

// probeLadder is how often an archive that cannot be written to (a full disk, say) is tried. That costs nobody anything.
var probeLadder = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}

// refusedLadder is for a listing that is refused (401, 403, 429) without a word on when to come back: whoever is not
// wanted does not ask again within the hour.
var refusedLadder = []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour}

// robotsAgain is when an entry whose page robots.txt forbids is looked at again: a robots.txt holds for a day.
const robotsAgain = 24 * time.Hour

// ladder returns the wait after n failures (from 1), lengthened by up to a quarter that depends on key alone, so that
// what failed together is not tried together.
func ladder(steps []time.Duration, n int, key string) time.Duration {
	d := steps[min(max(n, 1), len(steps))-1]
	return d + time.Duration(hash64(fmt.Sprint(key, n))%uint64(d/4+1))
}

// judge decides what a failure means for one entry: when its page is tried again, and whether the feed's own text is
// stored now. It is pure: the same failure at the same time means the same.
func judge(p store.Pending, src config.Source, err error, now time.Time) (f store.Failure, summary bool) {
	deadline, end := p.FirstSeen.Add(src.FullTextDeadline), p.FirstSeen.Add(src.RetryFor)
	f = store.Failure{Reason: err.Error(), Class: class(err), Deadline: end}
	f.Next = now.Add(ladder(pageLadder, p.Attempts+1+skipped(err), p.Entry.Key()))

	var wait *polite.WaitError
	var status *fetcher.StatusError
	switch {
	case errors.As(err, &wait):
		f.Next, f.Postpone = wait.Until, true
	case errors.Is(err, polite.ErrRobots):
		f.Next, summary = now.Add(robotsAgain), true
	case errors.Is(err, fetcher.ErrNoLink):
		f.Next, summary = time.Time{}, true // there is no page to wait for, unless the entry changes
	case errors.As(err, &status) && status.Code == http.StatusGone:
		f.Next, f.Gone, summary = time.Time{}, true, true
	case errors.As(err, &status) && status.RetryAfter > 0:
		f.Next = now.Add(status.RetryAfter)
	}
	switch {
	case f.Gone:
	case !now.Before(end):
		f.Next, summary = time.Time{}, true
	case !now.Before(deadline):
		summary = true
	case !summary && f.Next.After(deadline):
		f.Next = deadline // so that the feed's own text is there in time
	}
	return f, summary
}

// answered says whether a publisher has given its answer, and will hardly give another one in a minute.
func answered(err error) bool {
	if status, ok := errors.AsType[*fetcher.StatusError](err); ok {
		soon := []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}
		return status.Code/100 == 4 && !slices.Contains(soon, status.Code)
	}
	return tooLarge(err) || errors.Is(err, fetcher.ErrNotPage) || errors.Is(err, fetcher.ErrNotFeed)
}

func tooLarge(err error) bool {
	_, is := errors.AsType[*polite.LimitError](err)
	return is
}

// skipped is how many steps of pageLadder an entry leaves out: those for failures that are over in a moment where the
// publisher has answered, and those of the first hours where each try costs it many megabytes.
func skipped(err error) int {
	switch {
	case tooLarge(err):
		return 4
	case answered(err):
		return 2
	}
	return 0
}

// class names a failure in few words, for counting. People read it, so it is in words of theirs.
func class(err error) string {
	var (
		wait     *polite.WaitError
		status   *fetcher.StatusError
		limit    *polite.LimitError
		private  *polite.PrivateError
		other    *extract.NotArticle
		dns      *net.DNSError
		netError net.Error
	)
	switch {
	case errors.As(err, &wait):
		return "its host asks us to wait"
	case errors.Is(err, polite.ErrRobots):
		return "robots.txt forbids it"
	case errors.As(err, &status):
		return fmt.Sprintf("HTTP %d", status.Code)
	case errors.As(err, &limit):
		return "too large"
	case errors.As(err, &private):
		return "private address"
	case errors.Is(err, fetcher.ErrNoLink):
		return "it names no page"
	case errors.As(err, &other):
		return "no article: " + other.Kind
	case errors.As(err, &dns):
		return "no such host"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netError) && netError.Timeout():
		return "timed out"
	case errors.Is(err, errFault):
		return "a fault of feedfolio's own"
	}
	return "no usable answer"
}

// errFault marks a panic that was caught.
var errFault = errors.New("a fault of feedfolio's own, please report it")

// firstLine is an error without the stack or the list that may follow it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
