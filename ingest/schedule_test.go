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
		{"six fields begin with seconds", "30 0 8 * * *", "UTC", "2026-11-23T08:00:00Z", "2026-11-23T08:00:30Z"},
		{"a skipped hour runs an hour later", "30 2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-08T03:30:00-04:00"},
		{"a skipped midnight runs at one", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00+02:00", "2026-04-24T01:00:00+03:00"},
		{"a repeated hour runs the first time", "30 1 * * *", "America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"and not the second time", "30 1 * * *", "America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
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
