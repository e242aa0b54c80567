package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A State is kept as lines of a name and a value, since it is read and written at each poll: as JSON that costs 10 µs more,
// a thirtieth of the poll. A name that stands for several values has several lines. What is zero is left out, and names that a
// later version may add are passed over.

// visitor is told each field of a State by its name, and says what it is from now on.
type visitor interface {
	text(name, value string) string
	number(name string, value int64) int64
	texts(name string, value []string) []string
}

// visit shows v what is kept of a State, but for its Window and its Days, which are kept apart.
func (st *State) visit(v visitor) {
	st.Validators.URL = v.text("url", st.Validators.URL)
	st.Validators.ETag = v.text("etag", st.Validators.ETag)
	st.Validators.LastModified = v.text("last_modified", st.Validators.LastModified)
	st.Title = v.text("title", st.Title)
	st.Language = v.text("language", st.Language)
	st.Link = v.text("link", st.Link)
	st.Hub = v.text("hub", st.Hub)
	visitTime(v, "due", &st.Due)
	visitTime(v, "last_run", &st.LastRun)
	visitTime(v, "last_ok", &st.LastOK)
	visitTime(v, "last_new", &st.LastNew)
	visitNumber(v, "failures", &st.Failures)
	visitNumber(v, "status", &st.Status)
	st.Class = v.text("class", st.Class)
	st.Error = v.text("error", st.Error)
	st.Remarks = v.texts("remark", st.Remarks)
	visitNumber(v, "listed", &st.Listed)
	visitNumber(v, "interval", &st.Interval)
	visitNumber(v, "ttl", &st.TTL)
	st.Plan = v.text("plan", st.Plan)
	visitNumbers(v, "skip_hour", &st.SkipHours)
	visitNumbers(v, "skip_day", &st.SkipDays)
	visitTime(v, "newest", &st.Newest)
	visitTime(v, "known_from", &st.KnownFrom)
	visitNumber(v, "gap", &st.Gap)
	visitBool(v, "overflow", &st.Overflow)
	visitTime(v, "overflow_at", &st.OverflowAt)
	st.Drift = v.text("drift", st.Drift)
	st.Alarms = v.texts("alarm", st.Alarms)
	visitBool(v, "gone", &st.Gone)
	st.Moved.URL = v.text("moved_url", st.Moved.URL)
	visitNumber(v, "moved_count", &st.Moved.Count)
	visitTime(v, "moved_since", &st.Moved.Since)
	visitBool(v, "moved_believed", &st.Moved.Believed)
}

func visitNumber[T ~int | ~int64](v visitor, name string, n *T) { *n = T(v.number(name, int64(*n))) }

func visitTime(v visitor, name string, t *time.Time) {
	was := int64(0)
	if !t.IsZero() {
		was = t.UnixNano()
	}
	switch is := v.number(name, was); is {
	case was:
	case 0:
		*t = time.Time{}
	default:
		*t = time.Unix(0, is).UTC()
	}
}

func visitBool(v visitor, name string, b *bool) {
	was := int64(0)
	if *b {
		was = 1
	}
	*b = v.number(name, was) != 0
}

func visitNumbers[T ~int](v visitor, name string, all *[]T) {
	var was []string
	for _, n := range *all {
		was = append(was, strconv.Itoa(int(n)))
	}
	var is []T
	for _, text := range v.texts(name, was) {
		n, _ := strconv.Atoi(text)
		is = append(is, T(n))
	}
	*all = is
}

// packState writes a State as it is kept.
func packState(st *State) string {
	p := packer{lines: make([]byte, 0, 512)}
	st.visit(&p)
	return string(p.lines)
}

// unpackState reads what packState wrote into st, or JSON, as states were kept at first.
func unpackState(lines string, st *State) error {
	if strings.HasPrefix(lines, "{") {
		return json.Unmarshal([]byte(lines), st)
	}
	u := unpacker{rest: lines}
	st.visit(&u)
	if u.rest != "" {
		u = unpacker{rest: lines, pass: true}
		st.visit(&u)
	}
	return u.err
}

// packer writes the lines of a State.
type packer struct{ lines []byte }

func (p *packer) text(name, value string) string {
	if value == "" {
		return value
	}
	p.lines = append(append(p.lines, name...), ' ')
	if strings.ContainsAny(value, "\\\n") {
		p.lines = append(p.lines, escaper.Replace(value)...)
	} else {
		p.lines = append(p.lines, value...)
	}
	p.lines = append(p.lines, '\n')
	return value
}

func (p *packer) number(name string, value int64) int64 {
	if value != 0 {
		p.lines = strconv.AppendInt(append(append(p.lines, name...), ' '), value, 10)
		p.lines = append(p.lines, '\n')
	}
	return value
}

func (p *packer) texts(name string, value []string) []string {
	for _, v := range value {
		p.text(name, v)
	}
	return value
}

// unpacker reads the lines of a State, which come in the order of visit.
type unpacker struct {
	rest string
	pass bool // names that nobody knows are passed over, which takes longer
	err  error
}

func (u *unpacker) text(name, _ string) string {
	value, _ := u.next(name)
	return value
}

func (u *unpacker) number(name string, _ int64) int64 {
	text, found := u.next(name)
	if !found {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		u.err = fmt.Errorf("%s %q: %w", name, text, err)
	}
	return n
}

func (u *unpacker) texts(name string, _ []string) (all []string) {
	for {
		value, found := u.next(name)
		if !found {
			return all
		}
		all = append(all, value)
	}
}

// next takes the line of a name, where that comes next.
func (u *unpacker) next(name string) (value string, found bool) {
	rest := u.rest
	for !strings.HasPrefix(rest, name) || len(rest) == len(name) || rest[len(name)] != ' ' {
		if !u.pass || rest == "" {
			return "", false
		}
		_, rest, _ = strings.Cut(rest, "\n")
	}
	value, u.rest, _ = strings.Cut(rest[len(name)+1:], "\n")
	if strings.Contains(value, `\`) {
		value = unescaper.Replace(value)
	}
	return value, true
}

var (
	escaper   = strings.NewReplacer("\\", `\\`, "\n", `\n`)
	unescaper = strings.NewReplacer(`\\`, "\\", `\n`, "\n")
)
