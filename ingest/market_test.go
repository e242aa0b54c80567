package ingest

import (
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
		if !c.Knows(time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s does not cover 2027", name)
		}
	}
}

func TestScheduleInSessions(t *testing.T) {
	t.Parallel()
	sh := zone(t, "Asia/Shanghai")
	src := config.Source{Name: "x", Schedule: "*/10 * * * *", Market: "xshg", Closed: 2 * time.Hour, Timezone: sh}
	for _, tt := range []struct{ name, from, least, most string }{
		{"in a session the schedule holds", "2026-11-23T10:01:00+08:00", "2026-11-23T10:10:00+08:00", "2026-11-23T10:11:00+08:00"},
		{"over noon there is one run after the close and then the opening", "2026-11-23T11:30:00+08:00", "2026-11-23T12:00:00+08:00", "2026-11-23T12:01:00+08:00"},
		{"at night the market's closed interval holds", "2026-11-23T20:00:00+08:00", "2026-11-23T22:00:00+08:00", "2026-11-23T22:13:00+08:00"},
		{"and gives way to the opening", "2026-11-24T08:00:00+08:00", "2026-11-24T09:30:00+08:00", "2026-11-24T09:31:00+08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from, _ := time.Parse(time.RFC3339, tt.from)
			least, _ := time.Parse(time.RFC3339, tt.least)
			most, _ := time.Parse(time.RFC3339, tt.most)
			got := due(store.State{}, src, from)
			if got.Before(least) || got.After(most) {
				t.Errorf("due after %s is %s; want %s to %s", tt.from, got.In(sh).Format(time.RFC3339), tt.least, tt.most)
			}
		})
	}
}
