package ingest

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"go.yaml.in/yaml/v4"
)

//go:embed calendars/*.yaml
var calendarFiles embed.FS

// Calendar knows when an exchange trades.
type Calendar struct {
	Name        string
	zone        *time.Location
	sessions    []session // of an ordinary weekday
	days        map[string][]session
	from, until string // the first and the last day that the holidays are known for, 2006-01-02
	provisional string // the first day that they are not all known for; "": there is none
}

// session is a time of trading, as the offsets of its begin and end from midnight on the wall clock.
type session struct{ begin, end time.Duration }

// calendarFile is a calendar as it is written.
type calendarFile struct {
	Name        string              `yaml:"name"`
	Timezone    string              `yaml:"timezone"`
	Sessions    []string            `yaml:"sessions"`
	From        string              `yaml:"from"`
	Until       string              `yaml:"until"`
	Provisional string              `yaml:"provisional"`
	Holidays    []string            `yaml:"holidays"`
	Short       map[string][]string `yaml:"short"`
}

var calendars = sync.OnceValues(func() (map[string]*Calendar, error) {
	all := map[string]*Calendar{}
	files, err := fs.Glob(calendarFiles, "calendars/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		data, err := calendarFiles.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := ParseCalendar(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all[strings.TrimSuffix(path.Base(file), ".yaml")] = c
	}
	return all, nil
})

// Markets lists the names of the calendars that are shipped.
func Markets() []string {
	all, _ := calendars() // CheckMarket reports a fault in them
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CheckMarket says whether a calendar of that name is there.
func CheckMarket(name string) error {
	_, err := market(name)
	return err
}

func market(name string) (*Calendar, error) {
	all, err := calendars()
	if err != nil {
		return nil, err
	}
	c, found := all[strings.ToLower(name)]
	if !found {
		return nil, fmt.Errorf("no calendar of a market is named %q; there are %s", name, strings.Join(Markets(), ", "))
	}
	return c, nil
}

// ParseCalendar reads a calendar file.
func ParseCalendar(data []byte) (*Calendar, error) {
	var f calendarFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	c := &Calendar{Name: f.Name, from: f.From, until: f.Until, provisional: f.Provisional, days: map[string][]session{}}
	var err error
	if c.zone, err = time.LoadLocation(f.Timezone); err != nil {
		return nil, err
	}
	if c.sessions, err = parseSessions(f.Sessions); err != nil {
		return nil, err
	}
	for _, day := range f.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, err
		}
		c.days[day] = nil
	}
	for day, texts := range f.Short {
		if c.days[day], err = parseSessions(texts); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func parseSessions(texts []string) ([]session, error) {
	var all []session
	for _, text := range texts {
		begin, end, _ := strings.Cut(text, "-")
		b, err := time.Parse("15:04", begin)
		if err != nil {
			return nil, err
		}
		e, err := time.Parse("15:04", end)
		if err != nil {
			return nil, err
		}
		midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
		all = append(all, session{b.Sub(midnight), e.Sub(midnight)})
	}
	slices.SortFunc(all, func(a, b session) int { return cmp.Compare(a.begin, b.begin) })
	return all, nil
}

// on returns the sessions of the day that wall, a wall clock read as UTC, is on.
func (c *Calendar) on(wall time.Time) []session {
	if s, special := c.days[wall.Format(time.DateOnly)]; special {
		return s
	}
	if wd := wall.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return nil
	}
	return c.sessions
}

// Open says whether the market trades at t: from the first minute of a session to the end of its last.
func (c *Calendar) Open(t time.Time) bool {
	wall := asUTC(t.In(c.zone))
	clock := wall.Sub(wall.Truncate(24 * time.Hour))
	for _, s := range c.on(wall) {
		if s.begin <= clock && clock <= s.end {
			return true
		}
	}
	return false
}

// Doubt says what is not known of the day of t: whether it is a holiday. Then it counts as a day of trading. "" where it
// is known.
func (c *Calendar) Doubt(t time.Time) string {
	day := t.In(c.zone).Format(time.DateOnly)
	switch {
	case day < c.from || day > c.until:
		return fmt.Sprintf("its holidays are known from %s to %s alone", c.from, c.until)
	case c.provisional != "" && day >= c.provisional:
		return fmt.Sprintf("its holidays from %s on were not all announced when this version was made", c.provisional)
	}
	return ""
}

// NextOpen is the first begin of a session after t.
func (c *Calendar) NextOpen(t time.Time) time.Time {
	wall := asUTC(t.In(c.zone))
	day := wall.Truncate(24 * time.Hour)
	for range 366 {
		for _, s := range c.on(day) {
			if at := fromWall(day.Add(s.begin), c.zone); at.After(t) {
				return at
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

// inSessions holds a schedule in the sessions of a market; outside them there is a run now and then.
type inSessions struct {
	market *Calendar
	inside cron.Schedule // its runs are in sessions
	closed time.Duration // between runs outside them; 0: there are none
}

// afterClose is when a source is asked after the last run of a session, at the latest: for what came out at its end.
const afterClose = 30 * time.Minute

// Next implements cron.Schedule.
func (m inSessions) Next(t time.Time) time.Time {
	inside := m.inside.Next(t)
	if m.closed == 0 {
		return inside
	}
	outside := t.Add(m.closed)
	if m.market.Open(t) {
		outside = t.Add(min(m.closed, afterClose))
	}
	if inside.IsZero() || (outside.Before(inside) && !m.market.Open(outside)) {
		return outside
	}
	return inside
}

// ticks are the runs of a schedule that fall into the sessions of a market.
type ticks struct {
	market *Calendar
	cron.Schedule
}

// Next implements cron.Schedule. A schedule that is in no session for a year has a run as the next one begins.
func (s ticks) Next(t time.Time) time.Time {
	for at := s.Schedule.Next(t); !at.IsZero() && at.Sub(t) < 366*24*time.Hour; {
		if s.market.Open(at) {
			return at
		}
		at = s.Schedule.Next(s.market.NextOpen(at).Add(-time.Nanosecond))
	}
	return s.market.NextOpen(t)
}

// pauses are the runs of schedule auto in the sessions of a market: the first as a session begins, then one each pause.
type pauses struct {
	market       *Calendar
	after, least time.Duration // the pause, and that from a run outside of sessions
}

// Next implements cron.Schedule.
func (p pauses) Next(t time.Time) time.Time {
	at := t.Add(p.least)
	if p.market.Open(t) {
		at = t.Add(p.after)
	}
	if p.market.Open(at) {
		return at
	}
	return p.market.NextOpen(at)
}
