package ingest

import (
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestScheduleRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, spec, want string }{
		{"nothing at all", "", "empty schedule"},
		{"a date that never comes", "0 0 31 2 *", "never comes true"},
		{"a zone with no line", "CRON_TZ=UTC", "empty schedule"},
		{"an empty zone", "TZ=", "unknown time zone"},
		{"a zone that does not exist", "CRON_TZ=Asia/Shenzen 0 9 * * *", "unknown time zone"},
		{"an interval of nothing", "@every 0s", "too often"},
		{"a line of each second", "* * * * * *", "too often"},
		{"two seconds that are close", "0,5 0 8 * * *", "too often"},
		{"a minute of its own that no clock shows", "H(0-999) * * * *", "no cron line"},
		{"a day of its own that no month has", "0 8 H(0-28) * *", "no cron line"},
		{"an interval that is no duration", "@every ten minutes", "wants a duration"},
		{"too few fields", "*/10 9-15 *", "five fields"},
		{"an hour that no clock shows", "0 25 * * *", "no cron line"},
		{"a very long line", strings.Repeat("1,", 200) + " * * * *", "over 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := CheckSchedule(tt.spec, time.UTC)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CheckSchedule(%q) = %v; want an error with %q", tt.spec, err, tt.want)
			}
		})
	}
}

func TestScheduleNext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, spec, zone, from, want string }{
		{"market hours on the exchange's clock", "*/10 9-15 * * 1-5", "Asia/Shanghai", "2026-11-20T15:55:00+08:00", "2026-11-23T09:00:00+08:00"},
		{"the line's own zone wins", "CRON_TZ=America/New_York 30 9 * * *", "Asia/Shanghai", "2026-11-23T00:00:00Z", "2026-11-23T14:30:00Z"},
		{"Sunday is 7 as well", "0 8 * * 7", "UTC", "2026-11-23T00:00:00Z", "2026-11-29T08:00:00Z"},
		{"a leap day is a date", "0 8 29 2 *", "UTC", "2026-11-23T00:00:00Z", "2028-02-29T08:00:00Z"},
		{"six fields begin with seconds", "30 0 8 * * *", "UTC", "2026-11-23T08:00:00Z", "2026-11-23T08:00:30Z"},
		{"a skipped hour runs an hour later", "30 2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-08T03:30:00-04:00"},
		{"a skipped midnight runs at one", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00+02:00", "2026-04-24T01:00:00+03:00"},
		{"a repeated hour runs the first time", "30 1 * * *", "America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"and not the second time", "30 1 * * *", "America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		{"a week may end with day 7", "0 8 * * 6-7", "UTC", "2026-11-28T09:00:00Z", "2026-11-29T08:00:00Z"},
		{"every ten minutes stays so in a repeated hour", "*/10 0-5 * * *", "America/New_York", "2026-11-01T01:50:00-04:00", "2026-11-01T01:00:00-05:00"},
		{"as do minutes that are spread", "H/30 0-5 * * *", "America/New_York", "2026-11-01T01:48:00-04:00", "2026-11-01T01:06:00-05:00"},
		{"and in a skipped hour", "*/10 2 * * *", "America/New_York", "2026-03-08T01:50:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"every other hour skips none", "0 */2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"and doubles none", "0 */2 * * *", "Europe/Berlin", "2026-10-25T02:00:00+02:00", "2026-10-25T04:00:00+01:00"},
		{"every hour follows real time", "0 * * * *", "America/New_York", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseSchedule(tt.spec, zone(t, tt.zone), "source")
			if err != nil {
				t.Fatal(err)
			}
			from, _ := time.Parse(time.RFC3339, tt.from)
			want, _ := time.Parse(time.RFC3339, tt.want)
			if got := s.Next(from); !got.Equal(want) {
				t.Errorf("Next(%s) of %q = %s; want %s", tt.from, tt.spec, got.Format(time.RFC3339), tt.want)
			}
		})
	}
}

// Each day of two years has one run of a line with a fixed hour, whatever the zone's clock does.
func TestScheduleRunsOnceADay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/New_York", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "America/Santiago", "Asia/Shanghai", "Atlantic/Azores"} {
		for _, spec := range []string{"30 2 * * *", "0 0 * * *", "30 1 * * *", "15 3 * * *"} {
			t.Run(name+" "+spec, func(t *testing.T) {
				t.Parallel()
				z := zone(t, name)
				s, err := ParseSchedule(spec, z, "")
				if err != nil {
					t.Fatal(err)
				}
				at := time.Date(2026, 1, 1, 12, 0, 0, 0, z)
				for day := range 730 {
					next := s.Next(at)
					if !next.After(at) {
						t.Fatalf("Next(%s) = %s, which is not later", at, next)
					}
					want := time.Date(2026, 1, 2+day, 0, 0, 0, 0, time.UTC)
					if got := next.In(z); got.YearDay() != want.YearDay() {
						t.Fatalf("run %d is on %s; want the day %s", day, got, want.Format(time.DateOnly))
					}
					at = next
				}
			})
		}
	}
}

// A line that runs ever so often does so on each day on which the clock is changed.
func TestScheduleRunsOnAndOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/New_York", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "America/Santiago", "Asia/Shanghai", "Atlantic/Azores"} {
		for _, spec := range []string{"*/10 * * * *", "*/10 0-23 * * *", "H/10 0-23 * * *", "0 */10 0-23 * * *"} {
			t.Run(name+" "+spec, func(t *testing.T) {
				t.Parallel()
				s, err := ParseSchedule(spec, zone(t, name), "wire")
				if err != nil {
					t.Fatal(err)
				}
				for day := range 730 {
					from := time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC)
					end := from.Add(24 * time.Hour)
					_, before := from.In(zone(t, name)).Zone()
					if _, after := end.In(zone(t, name)).Zone(); before == after {
						continue
					}
					for at := s.Next(from); at.Before(end); {
						next := s.Next(at)
						if next.Sub(at) > 10*time.Minute || !next.After(at) {
							t.Fatalf("Next(%s) = %s; want it ten minutes later", at, next)
						}
						at = next
					}
				}
			})
		}
	}
}

func TestEveryKeepsItsPhase(t *testing.T) {
	t.Parallel()
	s, err := ParseSchedule("@every 15m", time.UTC, "sina")
	if err != nil {
		t.Fatal(err)
	}
	first := s.Next(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	again := s.Next(first.Add(-time.Second))
	if !again.Equal(first) {
		t.Errorf("a restart just before %s moved the run to %s", first, again)
	}
	if next := s.Next(first); next.Sub(first) != 15*time.Minute {
		t.Errorf("runs are %s apart; want 15m", next.Sub(first))
	}
	if daily, err := ParseSchedule("@every 1d", time.UTC, "sina"); err != nil || daily.Next(first).Sub(first) > 24*time.Hour {
		t.Errorf("@every 1d: %v; want days as everywhere in the configuration", err)
	}
	old := time.Date(1969, 12, 31, 23, 59, 0, 0, time.UTC)
	if next := s.Next(old); !next.After(old) || next.Sub(old) > 15*time.Minute {
		t.Errorf("before the epoch: Next(%s) = %s", old, next)
	}
}

func TestHSpreadsSources(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for _, name := range strings.Fields("reuters caixin sina ecb fed pboc boj snb hkex sse szse nyse ft wsj handelsblatt") {
		s, err := ParseSchedule("H 8 * * *", time.UTC, name)
		if err != nil {
			t.Fatal(err)
		}
		seen[s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Minute()] = true
	}
	if len(seen) < 8 {
		t.Errorf("15 sources start in only %d different minutes", len(seen))
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"*/10 9-15 * * 1-5", "@every 10m", "CRON_TZ=UTC", "TZ=0", "H H(0-7) * * *", "H/15 * * * *", "0 0 31 2 *"} {
		f.Add(s)
	}
	from := time.Date(2026, 3, 8, 1, 59, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSchedule(spec, time.UTC, "x")
		if err != nil {
			return
		}
		if next := s.Next(from); !next.After(from) {
			t.Errorf("Next of %q is %s, not after %s", spec, next, from)
		}
	})
}
