package ingest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/store"
)

// habit says whether a source publishes at a time, which is a full or half hour.
type habit func(at time.Time) bool

var (
	shanghai = time.FixedZone("CST", 8*60*60)
	aYear    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// office is on weekdays from nine to five, but for the days that a market is closed.
func office(calendar string) habit {
	m, _ := market(calendar)
	return func(at time.Time) bool {
		at = at.In(m.zone)
		return at.Hour() >= 9 && at.Hour() < 17 && len(m.on(asUTC(at))) > 0 && at.Minute() == 30
	}
}

func daily(days ...time.Weekday) habit {
	return func(at time.Time) bool {
		at = at.In(shanghai)
		return at.Hour() == 18 && at.Minute() == 0 && (len(days) == 0 || slices.Contains(days, at.Weekday()))
	}
}

func onDates(dates ...string) habit {
	return func(at time.Time) bool {
		return at.Hour() == 12 && at.Minute() == 0 && slices.Contains(dates, at.Format("01-02"))
	}
}

// life lets a source be asked every so often, and says when it was stale.
type life struct {
	src     config.Source
	publish habit
	dates   func(at time.Time) time.Time // what the entries say of when they came out; nil: the truth
	pinned  time.Time                    // date of an entry that is always listed
	window  int

	all []article.Entry
}

func (l *life) listing() *fetcher.Listing {
	out := &fetcher.Listing{Status: 200, Entries: slices.Clone(l.all[max(0, len(l.all)-l.window):])}
	if !l.pinned.IsZero() {
		out.Entries = append(out.Entries, article.Entry{GUID: "pinned", Published: l.pinned})
	}
	return out
}

// run lives from a time on, until the source is stale or the time is over. It is known from added on.
func (l *life) run(from, added, until time.Time) (stale time.Time, why string) {
	var st store.State
	for at := from; at.Before(until); at = at.Add(30 * time.Minute) {
		if l.publish(at) {
			e := article.Entry{GUID: at.String(), Published: at}
			if l.dates != nil {
				e.Published = l.dates(at)
			}
			l.all = append(l.all, e)
		}
		if at.Before(added) || at.Hour()%2 > 0 || at.Minute() > 0 {
			continue
		}
		st = next(st, l.src, l.listing(), nil, at)
		for _, h := range Judge(l.src, st, store.Count{}, at) {
			if h.Level == Stale {
				return at, h.Why
			}
		}
	}
	return time.Time{}, ""
}

// A source is never stale while it does what it always does, whenever it was added, and soon is when it stops.
func TestStaleIsQuieterThanEver(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	random := rand.New(rand.NewPCG(1, 2))
	chance := make([]bool, 10000)
	for i := range chance {
		chance[i] = random.IntN(24) == 0
	}
	for _, tt := range []struct {
		name   string
		life   life
		notice time.Duration // at most, after it stops
	}{
		{"day and night", life{publish: func(at time.Time) bool { return at.Minute() == 0 }}, 30 * time.Hour},
		{"by day", life{publish: func(at time.Time) bool { return at.Hour() > 6 && at.Hour() < 22 && at.Minute() == 0 }}, 40 * time.Hour},
		{"in the hours of a bourse with holidays of a week", life{publish: office("xshg")}, 24 * day},
		{"of one that the configuration names", life{src: config.Source{Market: "xnys"}, publish: office("xnys")}, 10 * day},
		{"over Easter and the end of the year", life{publish: office("xlon")}, 14 * day},
		{"once a day", life{publish: daily()}, 4 * day},
		{"on Sundays", life{publish: daily(time.Sunday)}, 30 * day},
		{"with dates of days", life{publish: office("xnys"), dates: func(at time.Time) time.Time { return at.Truncate(day) }}, 14 * day},
		{"with dates of long ago", life{publish: daily(), dates: func(at time.Time) time.Time { return at.AddDate(0, 0, -40) }}, 5 * day},
		{"without dates", life{publish: office("xnys"), dates: func(time.Time) time.Time { return time.Time{} }}, 14 * day},
		{"with an entry that is pinned", life{publish: office("xnys"), pinned: aYear.AddDate(-6, 0, 0)}, 14 * day},
		{"three times a year", life{publish: onDates("02-20", "06-10", "11-03")}, 500 * day},
		{"by chance, some twice a day", life{publish: func(at time.Time) bool { return chance[at.Unix()/1800%int64(len(chance))] }}, 10 * day},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, days := range []int{43, 358} { // before holidays in the East, and in the West
				l := tt.life
				l.src.Name, l.window = "wire", 15
				began, added, stop := aYear.AddDate(0, -2, 0), aYear.AddDate(0, 0, days), aYear.AddDate(1, 2, 1)
				if tt.notice > 100*day {
					began = aYear.AddDate(-5, 0, 0)
				}
				l.publish = func(at time.Time) bool { return at.Before(stop) && tt.life.publish(at) }
				stale, why := l.run(began, added, stop.Add(tt.notice))
				if stale.Before(stop) {
					t.Errorf("added on %s, it is stale on %s (%q); want it so after %s, within %s", added.Format(time.DateOnly), stale, why, stop, tt.notice)
				}
			}
		})
	}
}
