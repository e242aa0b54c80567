package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/feedfolio/feedfolio/config"
)

// The exit codes that scripts can rely on.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartly  = 3
	exitRefused = 4
)

// app is what every command gets: the process's surroundings and the flags that all commands share.
type app struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer

	configPath string
	verbose    bool
	logJSON    bool
	cpuProfile string
}

// exit is an error with an exit code. Quiet ones were already reported.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// hinted is an error with advice for the person at the terminal.
type hinted struct {
	error
	hint string
}

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, ended := interrupted(ctx, stderr)
	defer ended()
	out := &output{w: stdout}
	a := &app{getenv: getenv, stdin: stdin, stdout: out, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	stopProfile := func() {}
	root.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		stopProfile, err = profile(a.cpuProfile)
		return err
	}
	err := root.ExecuteContext(ctx)
	stopProfile()
	if err == nil && out.err != nil {
		err = fmt.Errorf("the result could not be written: %w", out.err)
	}
	return a.report(err)
}

// report prints an error once, with its hint, and chooses the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	code := exitFailed
	var e *exit
	var faults *config.Faults
	switch {
	case errors.As(err, &e):
		code = e.code
		if e.err == nil {
			return code
		}
	case errors.As(err, &faults):
		fmt.Fprintln(a.stderr, strings.TrimRight(faults.Error(), "\n"))
		return exitRefused
	case isUsage(err):
		code = exitUsage
	}
	fmt.Fprintf(a.stderr, "feedfolio: %v\n", err)
	var h *hinted
	if errors.As(err, &h) {
		fmt.Fprintf(a.stderr, "hint: %s\n", h.hint)
	}
	return code
}

// usage marks an error as wrong use of the command line.
func usage(format string, args ...any) error {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// isUsage recognises what cobra itself finds wrong with a command line.
func isUsage(err error) bool {
	for _, s := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs an argument", "invalid argument", "accepts ", "requires at least", "required flag"} {
		if strings.HasPrefix(err.Error(), s) {
			return true
		}
	}
	return false
}

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "feedfolio",
		Short: "Keep a folder of finance news, complete and normalised",
		Long: `Feedfolio keeps a folder of finance news: it pulls feeds, fetches each article's
page, takes the full body out of it, normalises everything to one front-matter
format and stores it on disk. Sources are configured in one YAML file.

New here?   feedfolio demo              see it work, without a network
Then:       feedfolio init              write a feedfolio.yaml to begin with
            feedfolio fetch             fetch everything once

Exit codes: 0 done, 1 failed, 2 wrong use, 3 done in part or something to look at,
4 configuration refused.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetIn(a.stdin)
	c.SetOut(a.stdout)
	c.SetErr(a.stderr)
	c.SetFlagErrorFunc(flagError)
	p := c.PersistentFlags()
	p.StringVar(&a.configPath, "config", "", "configuration file (default ./feedfolio.yaml, then the user's, then /etc's)")
	p.BoolVarP(&a.verbose, "verbose", "v", false, "log each step")
	p.BoolVar(&a.logJSON, "log-json", false, "log as JSON")
	p.StringVar(&a.cpuProfile, "cpuprofile", "", "write a CPU profile to this file, for go tool pprof")
	_ = p.MarkHidden("cpuprofile") // it is there: AddFlag has just added it
	group := func(id, title string, commands ...*cobra.Command) {
		c.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, sub := range commands {
			sub.GroupID = id
			c.AddCommand(sub)
		}
	}
	group("begin", "To begin:", a.demoCmd(), a.initCmd(), a.catalogueCmd(), a.addCmd(), a.importCmd(), a.checkCmd())
	group("fetch", "To fetch:", a.fetchCmd(), a.runCmd(), a.statusCmd(), a.healthCmd(), a.doctorCmd())
	group("read", "To read what is stored:", a.listCmd(), a.showCmd(), a.exportCmd())
	group("look", "To look closer:", a.explainCmd(), a.parseCmd(), a.extractCmd())
	group("keep", "To keep the archive:", a.verifyCmd(), a.reindexCmd(), a.reprocessCmd(), a.pruneCmd())
	c.AddCommand(a.versionCmd(), a.manPagesCmd())
	for _, sub := range c.Commands() {
		sub.Args = explainedArgs(sub.Args)
	}
	return c
}

// explainedArgs shows how a command is used to who gives it too many or too few arguments.
func explainedArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil || check(c, args) == nil {
			return nil
		}
		return &exit{code: exitUsage, err: &hinted{fmt.Errorf("%s does not take %s", c.Name(), plural(len(args), "argument")), "it is used so: " + c.UseLine()}}
	}
}

// unknownCommand refuses a verb that there is not, with the one that may have been meant.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "feedfolio --help lists the commands"
	c.SuggestionsMinimumDistance = 2
	if like := c.SuggestionsFor(args[0]); len(like) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(like, " or "))
	}
	return &exit{code: exitUsage, err: &hinted{fmt.Errorf("unknown command %q", args[0]), hint}}
}

// flagError adds what the user may have meant to an unknown flag.
func flagError(c *cobra.Command, err error) error {
	name, found := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !found {
		return &exit{code: exitUsage, err: &hinted{err, fmt.Sprintf("%s --help lists the flags", c.CommandPath())}}
	}
	hint := fmt.Sprintf("%s --help lists the flags", c.CommandPath())
	if best := nearest(name, flagNames(c)); best != "" {
		hint = fmt.Sprintf("did you mean --%s?", best)
	}
	return &exit{code: exitUsage, err: &hinted{err, hint}}
}

// find finds the configuration.
func (a *app) find() (string, error) {
	path, err := config.Find(a.configPath, a.getenv)
	if err != nil {
		return "", &exit{code: exitRefused, err: err}
	}
	return path, nil
}

// load finds and reads the configuration.
func (a *app) load() (*config.Config, error) {
	path, err := a.find()
	if err != nil {
		return nil, err
	}
	return a.checks().Load(path)
}

// logger writes to stderr: for people on a terminal, else plain text, or JSON.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	return a.loggerAt(level)
}

func (a *app) loggerAt(level slog.Level) *slog.Logger {
	switch {
	case a.logJSON:
		return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: readable}))
	case isTerminal(a.stderr):
		return slog.New(tint.NewTextHandler(a.stderr, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: a.getenv("NO_COLOR") != ""}))
	default:
		return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
	}
}

// readable writes durations into JSON as everywhere else, 1.5s: a number would be of nanoseconds, and does not say so.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
