package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/web"
)

type statusFlags struct {
	json, alarms bool
}

func (a *app) statusCmd() *cobra.Command {
	var f statusFlags
	c := &cobra.Command{
		Use:   "status [SOURCE...]",
		Short: "Show how each source is, and why",
		Long: `Status shows for each source when it was last had, when it is due, what is stored
and what waits. With sources named it tells all that is known of each.
Exit code 3 says that some sources need to be looked at.`,
		Example: "  feedfolio status\n  feedfolio status --alarms\n  feedfolio status sina-china",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				return a.status(c.Context(), s, cfg, args, f)
			})
		},
		ValidArgsFunction: a.completeSources,
	}
	c.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each source")
	c.Flags().BoolVar(&f.alarms, "alarms", false, "only the sources that somebody should look at")
	return c
}

// sourceStatus is a source as status prints it.
type sourceStatus struct {
	Source   string          `json:"source"`
	URL      string          `json:"url"`
	Level    ingest.Level    `json:"level"`
	Findings []ingest.Health `json:"-"`
	Why      []string        `json:"why,omitempty"`
	LastOK   string          `json:"last_ok,omitempty"`
	Newest   string          `json:"newest,omitempty"`
	Due      string          `json:"due,omitempty"`
	DueWhy   string          `json:"due_why,omitempty"`
	Failures int             `json:"failures"`
	Stored   int             `json:"stored"`
	Waiting  int             `json:"waiting"`
	Remarks  []string        `json:"remarks,omitempty"`

	next  time.Time
	state store.State
	count store.Count
}

func (a *app) status(ctx context.Context, s *store.Store, cfg *config.Config, names []string, f statusFlags) error {
	picked := cfg.Sources
	if len(names) > 0 {
		var err error
		if picked, err = sources(cfg, names); err != nil {
			return err
		}
	}
	all, err := statuses(ctx, s, picked, time.Now())
	if err != nil {
		return err
	}
	alarms, levels := 0, map[ingest.Level]int{}
	t := table{head: []string{"SOURCE", "STATE", "LAST HAD", "NEXT", "STORED", "WAITING", "WHY"}, right: []bool{false, false, true, true, true, true, false}, fit: true}
	for _, st := range all {
		levels[st.Level]++
		if st.Level.Alarm() {
			alarms++
		} else if f.alarms {
			continue
		}
		switch {
		case f.json:
			if err := encodeLine(a.stdout, st); err != nil {
				return err
			}
		case len(names) > 0:
			if err := a.printStatus(ctx, s, st, cfg.Timezone); err != nil {
				return err
			}
		default:
			t.add(st.Source, string(st.Level), ago(st.state.LastOK), until(st.next), fmt.Sprint(st.Stored), fmt.Sprint(st.Waiting), firstLine(strings.Join(st.Why, "; ")))
		}
	}
	if !f.json && len(names) == 0 {
		t.print(a.stdout)
		a.printSum(levels, len(all), alarms)
		a.printDaemon(ctx, cfg.Listen)
	}
	if alarms > 0 {
		return &exit{code: exitPartly}
	}
	return nil
}

// printSum ends the table: how many sources are how.
func (a *app) printSum(levels map[ingest.Level]int, all, alarms int) {
	fmt.Fprintf(a.stdout, "\n%s, %d to look at", plural(all, "source"), alarms)
	var parts []string
	for _, l := range slices.SortedFunc(maps.Keys(levels), func(a, b ingest.Level) int {
		return cmp.Or(levels[b]-levels[a], strings.Compare(string(a), string(b)))
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", levels[l], l))
	}
	if len(parts) > 1 {
		fmt.Fprintf(a.stdout, " (%s)", strings.Join(parts, ", "))
	}
	fmt.Fprintln(a.stdout)
}

// printDaemon says how the daemon is: what the table says of the next runs holds only where one is at work.
func (a *app) printDaemon(ctx context.Context, listen string) {
	switch wrong, answers, known := askDaemon(ctx, listen); {
	case !known:
	case !answers:
		fmt.Fprintf(a.stdout, "no daemon answers on %s: what is due waits for feedfolio run or feedfolio fetch\n", listen)
	default:
		fmt.Fprintf(a.stdout, "the daemon on %s: %s\n", listen, cmp.Or(strings.Join(wrong, "; "), "all is well"))
	}
}

// askDaemon asks the daemon what is wrong; known is false where the configuration does not say where it listens.
func askDaemon(ctx context.Context, listen string) (wrong []string, answers, known bool) {
	if _, port, err := net.SplitHostPort(listen); err != nil || port == "0" {
		return nil, false, false
	}
	code, body, err := ask(ctx, listen, "/readyz")
	if err != nil {
		return nil, false, true
	}
	var r web.Report
	if json.Unmarshal(body, &r) != nil || r.Status == "" {
		return []string{fmt.Sprintf("what answers there is no daemon of feedfolio (status %d)", code)}, true, true
	}
	if r.Config != "" {
		r.Wrong = append(r.Wrong, "the configuration that was changed last does not hold: "+firstLine(r.Config))
	}
	return r.Wrong, true, true
}

// statuses puts together what is known of each source.
func statuses(ctx context.Context, s *store.Store, picked []config.Source, now time.Time) ([]sourceStatus, error) {
	state := make(map[string]store.State, len(picked))
	for st, err := range s.States(ctx) {
		if err != nil {
			return nil, err
		}
		state[st.Source] = st
	}
	counts, err := s.Counts(ctx)
	if err != nil {
		return nil, err
	}
	count := make(map[string]store.Count, len(counts))
	for _, c := range counts {
		count[c.Source] = c
	}
	all := make([]sourceStatus, 0, len(picked))
	for _, src := range picked {
		st, c := state[src.Name], count[src.Name]
		next, why := ingest.NextRun(src, st, now)
		one := sourceStatus{
			Source: src.Name, URL: src.URL, Findings: ingest.Judge(src, st, c, now), LastOK: stamp(st.LastOK), Newest: stamp(st.Newest), Due: stamp(next), DueWhy: why,
			Failures: st.Failures, Stored: c.Stored, Waiting: c.Waiting, Remarks: st.Remarks, next: next, state: st, count: c,
		}
		one.Level = one.Findings[0].Level
		for _, h := range one.Findings {
			if h.Why != "" {
				one.Why = append(one.Why, h.Why)
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// printStatus tells all that is known of one source.
func (a *app) printStatus(ctx context.Context, s *store.Store, st sourceStatus, zone *time.Location) error {
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04:05 MST")
	}
	fmt.Fprintln(a.stdout, st.Source)
	field(a.stdout, "address", st.URL)
	field(a.stdout, "title", st.state.Title)
	for _, h := range st.Findings {
		field(a.stdout, string(h.Level), h.Why)
	}
	field(a.stdout, "last had", when(st.state.LastOK))
	field(a.stdout, "last run", when(st.state.LastRun))
	field(a.stdout, "newest", when(st.state.Newest))
	field(a.stdout, "next", strings.TrimPrefix(when(st.next)+": "+st.DueWhy, ": "))
	if told := strings.Join(st.Why, "\n"); st.state.Error != "" && !strings.Contains(told, st.state.Error) {
		field(a.stdout, "error", st.state.Error)
	}
	if st.state.Moved.URL != "" {
		field(a.stdout, "moved", fmt.Sprintf("to %s, seen in %s since %s", st.state.Moved.URL, plural(st.state.Moved.Count, "run"), when(st.state.Moved.Since)))
	}
	for _, r := range st.Remarks {
		field(a.stdout, "remark", r)
	}
	c := st.count
	stored := fmt.Sprintf("%d (%d summaries, %d partial), %s", c.Stored, c.Summaries, c.Partials, size(c.Bytes))
	if earlier := c.Revisions - c.Stored; earlier > 0 {
		stored += ", and " + plural(earlier, "earlier revision")
	}
	field(a.stdout, "stored", stored)
	if err := a.printDropped(ctx, s, st); err != nil {
		return err
	}
	reasons, err := s.Reasons(ctx, st.Source)
	if err != nil {
		return err
	}
	for _, r := range reasons {
		class := r.Class
		if class == "" {
			class = "not tried yet"
		}
		field(a.stdout, "waiting", fmt.Sprintf("%d: %s", r.Count, class))
		if r.Example != "" {
			fmt.Fprintf(a.stdout, "            %s\n", shorten(firstLine(r.Example), 110))
		}
	}
	fmt.Fprintln(a.stdout)
	return nil
}

// printDropped shows the newest entries that were left out, and by which rule.
func (a *app) printDropped(ctx context.Context, s *store.Store, st sourceStatus) error {
	if st.count.Dropped == 0 {
		return nil
	}
	field(a.stdout, "left out", plural2(st.count.Dropped, "entry", "entries"))
	const newest = 5
	for row, err := range s.Articles(ctx, store.Query{Sources: []string{st.Source}, States: []string{store.StateDropped}, Limit: newest}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "            %s: %s\n", shorten(row.Title, 60), shorten(firstLine(row.Reason), 60))
	}
	return nil
}

// ago says how long ago something was.
func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return rough(time.Since(t)) + " ago"
}

// until says how far something is ahead.
func until(t time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case !t.After(time.Now()):
		return "now"
	}
	return "in " + rough(time.Until(t))
}

// rough is a duration in its largest unit.
func rough(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
