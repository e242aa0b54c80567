package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/feedfolio/feedfolio/config"
)

// Auto is the schedule that follows the source: its own cadence, and what it says of how often to ask.
const Auto = "auto"

// minEvery is the shortest interval that a schedule may ask for.
const minEvery = 10 * time.Second

// CheckSchedule says what is wrong with a schedule as a user writes it: a cron line of five fields (or six, seconds
// first), @every with a duration, @hourly and its like, or auto. It is what the configuration's check calls.
func CheckSchedule(spec string, tz *time.Location) error {
	if spec == Auto {
		return nil
	}
	_, err := ParseSchedule(spec, tz, "")
	return err
}

// ParseSchedule reads a cron line. tz is the clock that its hours are on, unless the line names one itself
// (CRON_TZ=Asia/Shanghai */5 9-15 * * 1-5). seed, usually the source's name, spreads what would otherwise start at the
// same instant: it replaces each H of the line by a number of its own (as Jenkins does) and sets the phase of @every,
// which therefore is the same after a restart.
//
// Where the clock changes, what falls into the skipped hour runs once, an hour later, and what falls into the repeated
// hour runs once. Only a line that runs ever so often (its hour is *, or its minute begins with * or H/) runs in both
// passes of that hour, as time goes on meanwhile.
func ParseSchedule(spec string, tz *time.Location, seed string) (cron.Schedule, error) {
	s, err := parseSchedule(spec, tz, seed)
	if err != nil {
		return nil, err
	}
	at := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if at.IsZero() {
		return nil, fmt.Errorf("%q never comes true: there is no such date", spec)
	}
	for end := at.Add(time.Minute); at.Before(end); { // a line may name seconds
		next := s.Next(at)
		if gap := next.Sub(at); gap > 0 && gap < minEvery {
			return nil, fmt.Errorf("%q is too often: at least %s apart", spec, minEvery)
		}
		at = cmp.Or(next, end)
	}
	return s, nil
}

// parseSchedule is ParseSchedule for a schedule that was checked: it may never come true.
func parseSchedule(spec string, tz *time.Location, seed string) (cron.Schedule, error) {
	line, zone, err := cutZone(strings.TrimSpace(spec), tz)
	if err != nil {
		return nil, err
	}
	if every, ok := strings.CutPrefix(line, "@every"); ok {
		return parseEvery(strings.TrimSpace(every), seed)
	}
	parsed, err := parseCron(spreadH(line, seed))
	if err != nil {
		return nil, err
	}
	s, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%q is no schedule", spec)
	}
	s.Location = time.UTC
	return wallClock{spec: s, zone: zone, often: often(s, line)}, nil
}

// cutZone takes the CRON_TZ= or TZ= that a line may begin with. robfig/cron panics on some of them.
func cutZone(line string, tz *time.Location) (string, *time.Location, error) {
	if tz == nil {
		tz = time.UTC
	}
	name, found := strings.CutPrefix(line, "CRON_TZ=")
	if !found {
		name, found = strings.CutPrefix(line, "TZ=")
	}
	if !found {
		return line, tz, nil
	}
	name, rest, _ := strings.Cut(name, " ")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return "", nil, fmt.Errorf("unknown time zone %q: write it as in CRON_TZ=Asia/Shanghai", name)
	}
	return strings.TrimSpace(rest), zone, nil
}

func parseEvery(text, seed string) (cron.Schedule, error) {
	d, err := config.ParseDuration(text)
	if err != nil {
		return nil, fmt.Errorf("@every wants a duration, as in @every 10m or @every 1d; got %q", text)
	}
	if d < minEvery {
		return nil, fmt.Errorf("@every %s is too often: at least %s", d, minEvery)
	}
	return every{period: d, phase: time.Duration(hash64(seed) % uint64(d))}, nil
}

var cronParser = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// parseCron calls the library, which has panicked on foreign input before.
func parseCron(line string) (s cron.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%q is no cron line", line)
		}
	}()
	if line == "" {
		return nil, errors.New(`an empty schedule: write a cron line such as "*/10 9-15 * * 1-5", @every 10m, or auto`)
	}
	if len(line) > 200 {
		return nil, errors.New("a cron line of over 200 characters")
	}
	s, err = cronParser.Parse(sundaySeven(line))
	if err != nil {
		return nil, fmt.Errorf("%q is no cron line: %s", line, plain(err))
	}
	return s, nil
}

// plain says in words of ours what the library found.
func plain(err error) string {
	msg := err.Error()
	if strings.HasPrefix(msg, "expected ") {
		return "it needs five fields (minute hour day month weekday), or six with seconds first"
	}
	return msg
}

// sundaySeven lets 7 be Sunday in the last field, alone or as the end of a range, as every other cron does.
func sundaySeven(line string) string {
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return line
	}
	days := strings.Split(fields[len(fields)-1], ",")
	for i, day := range days {
		if from, found := strings.CutSuffix(day, "-7"); found {
			days[i] = from + "-6,0"
		} else if day == "7" {
			days[i] = "0"
		}
	}
	fields[len(fields)-1] = strings.Join(days, ",")
	return strings.Join(fields, " ")
}

// often says whether a line runs ever so often, not at times that it names.
func often(s *cron.SpecSchedule, line string) bool {
	if s.Hour&starBit != 0 {
		return true
	}
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return false
	}
	minute := fields[len(fields)-5]
	return strings.HasPrefix(minute, "*") || strings.HasPrefix(minute, "H") && strings.Contains(minute, "/")
}

var hField = regexp.MustCompile(`^H(?:\((\d+)-(\d+)\))?(?:/(\d+))?$`)

// spreadH replaces each H of a cron line by a number made from the seed.
func spreadH(line, seed string) string {
	fields := strings.Fields(line)
	ranges := [][2]uint64{{0, 59}, {0, 23}, {1, 28}, {1, 12}, {0, 6}}
	if len(fields) == 6 {
		ranges = append([][2]uint64{{0, 59}}, ranges...)
	}
	for i, f := range fields {
		m := hField.FindStringSubmatch(f)
		if m == nil || i >= len(ranges) {
			continue
		}
		fields[i] = spreadField(m, ranges[i], hash64(seed+"\x00"+strconv.Itoa(i)))
	}
	return strings.Join(fields, " ")
}

func spreadField(m []string, limits [2]uint64, h uint64) string {
	low, high := limits[0], limits[1]
	if m[1] != "" {
		low, _ = strconv.ParseUint(m[1], 10, 16)
		high, _ = strconv.ParseUint(m[2], 10, 16)
	}
	if high < low || low < limits[0] || high > limits[1] {
		return m[0] // which is refused
	}
	if m[3] == "" {
		return strconv.FormatUint(low+h%(high-low+1), 10)
	}
	step, _ := strconv.ParseUint(m[3], 10, 16)
	if step == 0 || step > high-low+1 {
		return m[0]
	}
	return fmt.Sprintf("%d-%d/%d", low+h%step, high, step)
}

// every runs each period, counted from the epoch and shifted by a phase, so that a restart does not move it.
type every struct{ period, phase time.Duration }

// Next implements cron.Schedule.
func (e every) Next(t time.Time) time.Time {
	since := t.Sub(time.Unix(0, 0)) - e.phase
	n := since/e.period + 1
	if since < 0 && since%e.period != 0 {
		n--
	}
	return time.Unix(0, 0).Add(n*e.period + e.phase).In(t.Location())
}

// wallClock runs a cron line on the wall clock of a zone. spec is in UTC, where no hour is skipped or repeated.
type wallClock struct {
	spec  *cron.SpecSchedule
	zone  *time.Location
	often bool // also in the second pass of an hour that is repeated
}

// starBit marks a field of the library that was written as *.
const starBit = 1 << 63

// Next implements cron.Schedule. It returns the zero time where nothing comes in the next five years.
func (w wallClock) Next(t time.Time) time.Time {
	at := w.once(t)
	if w.often && !at.IsZero() {
		both := *w.spec
		both.Location = w.zone
		if again := both.Next(t); again.After(t) && again.Before(at) {
			return again
		}
	}
	return at
}

// once is the next run of a line whose runs come once each, whatever the clock does.
func (w wallClock) once(t time.Time) time.Time {
	wall := asUTC(t.In(w.zone))
	for {
		wall = w.spec.Next(wall)
		if wall.IsZero() {
			return wall
		}
		if at := fromWall(wall, w.zone); at.After(t) {
			return at
		}
	}
}

// asUTC reads t's clock as if it hung in UTC.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// fromWall is the first instant at which the zone's clock shows wall; in a skipped hour, what the clock would have
// shown had it not been changed.
func fromWall(wall time.Time, zone *time.Location) time.Time {
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone()
	at := wall.Add(-time.Duration(before) * time.Second)
	if asUTC(at.In(zone)).Equal(wall) {
		return at.In(zone)
	}
	_, after := wall.Add(24 * time.Hour).In(zone).Zone()
	if later := wall.Add(-time.Duration(after) * time.Second); asUTC(later.In(zone)).Equal(wall) {
		return later.In(zone)
	}
	return at.In(zone)
}

// hash64 spreads names evenly; it is the same on each machine and in each version.
func hash64(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) //nolint:errcheck // a hash never fails
	// FNV's low bits of short strings are poor; one round of a finaliser (MurmurHash3, fmix64) mixes them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}
