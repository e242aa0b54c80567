package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

func TestMarketOpen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, market, at string
		want             bool
	}{
		{"Shanghai trades on a Monday morning", "xshg", "2026-11-23T10:00:00+08:00", true},
		{"and rests at noon", "xshg", "2026-11-23T12:00:00+08:00", false},
		{"and in the Spring Festival", "xshg", "2026-02-18T10:00:00+08:00", false},
		{"and on a Sunday that is worked", "xshe", "2026-02-14T10:00:00+08:00", false},
		{"New York begins at half past nine", "xnys", "2026-11-23T09:29:00-05:00", false},
		{"and half an hour later trades", "xnys", "2026-11-23T09:59:00-05:00", true},
		{"the day after Thanksgiving is short", "xnas", "2026-11-27T13:30:00-05:00", false},
		{"Tokyo has its afternoon", "xtks", "2026-11-24T15:15:00+09:00", true},
		{"Hong Kong's Christmas Eve ends at noon", "xhkg", "2026-12-24T13:30:00+08:00", false},
		{"London is on summer time", "xlon", "2026-07-01T08:00:00+01:00", true},
		{"a holiday on a Saturday is had on Friday", "xnys", "2026-07-03T10:00:00-04:00", false},
		{"as Juneteenth in 2027", "xnas", "2027-06-18T10:00:00-04:00", false},
		{"Good Friday is one", "xnys", "2027-03-26T10:00:00-04:00", false},
		{"the eve of the Lunar New Year ends at noon", "xhkg", "2027-02-05T13:30:00+08:00", false},
		{"the National Day is a week", "xshe", "2026-10-07T10:00:00+08:00", false},
		{"a Spring Festival on a weekend is made up for", "xshg", "2027-02-10T10:00:00+08:00", false},
		{"as is Labour Day", "xshe", "2027-05-04T10:00:00+08:00", false},
		{"Tokyo ends at half past three", "xtks", "2026-11-24T15:31:00+09:00", false},
		{"London's New Year's Eve ends at half past twelve", "xlon", "2026-12-31T12:31:00Z", false},
		{"Xetra's year ends at two", "xetr", "2026-12-30T14:01:00+01:00", false},
		{"and trades until then", "xetr", "2027-12-30T13:59:00+01:00", true},
		{"Xetra closes on Easter Monday", "xetr", "2026-04-06T10:00:00+02:00", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := market(tt.market)
			if err != nil {
				t.Fatal(err)
			}
			at, _ := time.Parse(time.RFC3339, tt.at)
			if got := c.Open(at); got != tt.want {
				t.Errorf("%s open at %s: %v; want %v", tt.market, tt.at, got, tt.want)
			}
		})
	}
}

// Each exchange trades between 235 and 260 days in each year that its calendar covers.
func TestMarketDays(t *testing.T) {
	t.Parallel()
	for _, name := range Markets() {
		c, err := market(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, year := range []int{2026, 2027} {
			days := 0
			for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
				if len(c.on(day)) > 0 {
					days++
				}
			}
			if days < 235 || days > 260 {
				t.Errorf("%s trades on %d days of %d", name, days, year)
			}
		}
		for day, sessions := range c.days {
			at, err := time.Parse(time.DateOnly, day)
			if err != nil || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || day < c.from || day > c.until {
				t.Errorf("%s: %s is no weekday of its years", name, day)
			}
			if n := len(sessions); n > 0 && (sessions[0].begin != c.sessions[0].begin || sessions[n-1].end >= c.sessions[len(c.sessions)-1].end) {
				t.Errorf("%s: %s is no short day", name, day)
			}
		}
	}
}

func TestScheduleInSessions(t *testing.T) {
	t.Parallel()
	sh := zone(t, "Asia/Shanghai")
	cron := config.Source{Name: "x", Schedule: "*/10 * * * *", Market: "xshg", Closed: 2 * time.Hour, Timezone: sh}
	off, early, never, auto := cron, cron, cron, cron
	off.Closed = 0
	early.Schedule, early.Closed = "0 8,14 * * *", 0
	never.Schedule, never.Closed = "0 8 * * *", 0
	auto.Schedule, auto.Auto, auto.Closed = Auto, config.Auto{Min: 10 * time.Minute, Max: 12 * time.Hour}, 30*time.Minute
	alone := auto
	alone.Closed = 0
	for _, tt := range []struct {
		name              string
		src               config.Source
		st                store.State
		from, least, most string
	}{
		{"in a session the schedule holds", cron, store.State{}, "2026-11-23T10:01:00+08:00", "2026-11-23T10:10:00+08:00", "2026-11-23T10:11:00+08:00"},
		{"over noon there is one run after the close and then the opening", cron, store.State{}, "2026-11-23T11:30:00+08:00", "2026-11-23T12:00:00+08:00", "2026-11-23T12:01:00+08:00"},
		{"at night the market's closed interval holds", cron, store.State{}, "2026-11-23T20:00:00+08:00", "2026-11-23T22:00:00+08:00", "2026-11-23T22:13:00+08:00"},
		{"and gives way to the opening", cron, store.State{}, "2026-11-24T08:00:00+08:00", "2026-11-24T09:30:00+08:00", "2026-11-24T09:31:00+08:00"},
		{"closed: off leaves nothing after the close", off, store.State{}, "2026-11-23T11:25:00+08:00", "2026-11-23T11:30:00+08:00", "2026-11-23T11:31:00+08:00"},
		{"and nothing at night", off, store.State{}, "2026-11-23T15:00:30+08:00", "2026-11-24T09:30:00+08:00", "2026-11-24T09:31:00+08:00"},
		{"nor on a holiday", off, store.State{}, "2026-09-30T16:00:00+08:00", "2026-10-08T09:30:00+08:00", "2026-10-08T09:31:00+08:00"},
		{"what the schedule names outside of sessions is left out", early, store.State{}, "2026-11-23T14:01:00+08:00", "2026-11-24T14:00:00+08:00", "2026-11-24T14:01:00+08:00"},
		{"a schedule that is in no session has a run as one begins", never, store.State{}, "2026-11-23T08:00:00+08:00", "2026-11-23T09:30:00+08:00", "2026-11-23T09:31:00+08:00"},
		{"auto is there as trading begins, however quiet the night", auto, store.State{Interval: 5 * time.Hour}, "2026-11-24T09:15:00+08:00", "2026-11-24T09:30:00+08:00", "2026-11-24T09:34:00+08:00"},
		{"and is no rarer in a session than outside", auto, store.State{Interval: 5 * time.Hour}, "2026-11-24T09:30:00+08:00", "2026-11-24T10:00:00+08:00", "2026-11-24T10:04:00+08:00"},
		{"unless the publisher asks for that", auto, store.State{Interval: time.Hour, TTL: time.Hour}, "2026-11-24T09:30:00+08:00", "2026-11-24T10:30:00+08:00", "2026-11-24T10:37:00+08:00"},
		{"which holds at night as well", auto, store.State{Interval: time.Hour, TTL: 3 * time.Hour}, "2026-11-24T18:00:00+08:00", "2026-11-24T21:00:00+08:00", "2026-11-24T21:19:00+08:00"},
		{"auto alone in sessions waits for the next", alone, store.State{Interval: 20 * time.Minute}, "2026-11-24T11:20:00+08:00", "2026-11-24T13:00:00+08:00", "2026-11-24T13:03:00+08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from, _ := time.Parse(time.RFC3339, tt.from)
			least, _ := time.Parse(time.RFC3339, tt.least)
			most, _ := time.Parse(time.RFC3339, tt.most)
			got := due(tt.st, tt.src, from)
			if got.Before(least) || got.After(most) {
				t.Errorf("due after %s is %s; want %s to %s", tt.from, got.In(sh).Format(time.RFC3339), tt.least, tt.most)
			}
		})
	}
}

func TestDoubtOfHolidays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, market, day, want string }{
		{"this year is known", "xshg", "2026-12-31", ""},
		{"next year's are not announced in Shanghai", "xshg", "2027-01-04", "not all announced"},
		{"as they are in New York", "xnys", "2027-12-31", ""},
		{"the year after is in no calendar", "xnys", "2028-01-03", "from 2026-01-01 to 2027-12-31 alone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := market(tt.market)
			if err != nil {
				t.Fatal(err)
			}
			day, _ := time.ParseInLocation(time.DateOnly, tt.day, c.zone)
			if got := c.Doubt(day); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("Doubt(%s) of %s = %q; want %q in it", tt.day, tt.market, got, tt.want)
			}
		})
	}
}
