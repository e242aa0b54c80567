package config

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// units of durations, the longest first. Months and years are left out: they have no one length.
var units = []struct {
	name string
	d    time.Duration
}{
	{"w", 7 * day},
	{"d", day},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
	{"us", time.Microsecond},
	{"ns", time.Nanosecond},
}

// ParseDuration reads durations as they stand in the configuration: 90s, 15m, 1h30m, 1.5h, 7d, 2w, 1d12h, and 0. Days have 24
// hours. It refuses negative ones and a number without a unit.
func ParseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	rest, total := s, time.Duration(0)
	for rest != "" || s == "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if n <= 0 {
			return 0, errDuration(s)
		}
		number := rest[:n]
		rest = rest[n:]
		m := strings.IndexAny(rest, "0123456789.")
		if m < 0 {
			m = len(rest)
		}
		unit := rest[:m]
		rest = rest[m:]
		d, ok := times(number, unit)
		if !ok || total+d < total {
			return 0, errDuration(s)
		}
		total += d
	}
	return total, nil
}

// times multiplies a decimal number with a unit of time.
func times(number, unit string) (time.Duration, bool) {
	for _, u := range units {
		if u.name != unit {
			continue
		}
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			hi, lo := bits.Mul64(uint64(n), uint64(u.d))
			return time.Duration(lo), hi == 0 && lo < math.MaxInt64
		}
		f, err := strconv.ParseFloat(number, 64)
		if err != nil || f*float64(u.d) >= math.MaxInt64/2 {
			return 0, false
		}
		return time.Duration(math.Round(f * float64(u.d))), true
	}
	return 0, false
}

func errDuration(s string) error {
	return fmt.Errorf("%s is not a duration; write for example 90s, 15m, 1h30m or 7d", quote(s))
}

// FormatDuration writes a duration as ParseDuration reads it, with weeks left out: 90s is 1m30s, 168h is 7d.
func FormatDuration(d time.Duration) string {
	if d == Forever {
		return "forever"
	}
	if d == 0 {
		return "0"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = d.Abs()
	}
	if d > 2*day || d%day == 0 {
		if n := d / day; n > 0 {
			fmt.Fprintf(&b, "%dd", n)
			d -= n * day
		}
	}
	for _, u := range units[2:] {
		if n := d / u.d; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.d
		}
	}
	return b.String()
}

var sizes = []struct {
	name string
	n    int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"kB", 1e3},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"B", 1},
	{"", 1},
}

// ParseSize reads a number of bytes: 20MiB, 5MB, 1.5GiB, 512KiB, 65536. KiB, MiB and GiB are powers of 1024; kB, MB and GB of 1000.
func ParseSize(s string) (int64, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(s)
	}
	number, unit := s[:end], strings.TrimSpace(s[end:])
	for _, u := range sizes {
		if !strings.EqualFold(u.name, unit) || number == "" {
			continue
		}
		f, err := strconv.ParseFloat(number, 64)
		if err != nil || f*float64(u.n) >= math.MaxInt64/2 {
			break
		}
		return int64(math.Round(f * float64(u.n))), nil
	}
	return 0, errors.New(quote(s) + " is not a size; write for example 512KiB, 20MiB or 1GB")
}

// FormatSize writes a number of bytes as ParseSize reads it.
func FormatSize(n int64) string {
	for _, u := range []string{"TiB", "GiB", "MiB", "KiB"} {
		for _, s := range sizes {
			if s.name == u && n >= s.n && n%s.n == 0 {
				return strconv.FormatInt(n/s.n, 10) + u
			}
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// parseBool reads the words of YAML 1.1 and 1.2 for yes and no.
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "on":
		return true, nil
	case "false", "no", "off":
		return false, nil
	}
	return false, errors.New(quote(s) + " is neither true nor false")
}

// quote quotes a value for a message, cut where it is long.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		cut := most
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		return strconv.Quote(s[:cut] + "…")
	}
	return strconv.Quote(s)
}
