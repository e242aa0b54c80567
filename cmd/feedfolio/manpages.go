package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPagesCmd is for those who make packages; it is not in the help.
func (a *app) manPagesCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "manpages DIR",
		Short:   "Write the manual pages",
		Long:    `Manpages writes a manual page for each command into DIR, for packages.`,
		Example: "  feedfolio manpages /usr/share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := c.Root()
			root.InitDefaultCompletionCmd()
			return writeManPages(args[0], root)
		},
	}
}

func writeManPages(dir string, c *cobra.Command) error {
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	if err := os.WriteFile(filepath.Join(dir, name+".1"), []byte(manPage(c)), 0o644); err != nil {
		return err
	}
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" || c.Name() == "completion" {
			continue
		}
		if err := writeManPages(dir, sub); err != nil {
			return err
		}
	}
	return nil
}

// manPage writes a command's help as a manual page. It has no date, so that the same program makes the same page.
func manPage(c *cobra.Command) string {
	var b strings.Builder
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"feedfolio %s\" \"Feedfolio\"\n", roff(strings.ToUpper(name)), roff(versionText()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", paragraphs(c.Long))
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(c.Example))
	}
	manFlags(&b, "OPTIONS", c.NonInheritedFlags())
	manFlags(&b, "GLOBAL OPTIONS", c.InheritedFlags())
	if !c.HasParent() {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(sub.UseLine()), roff(sub.Short))
			}
		}
		b.WriteString(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage, 3 partly done (some sources failed), 4 configuration refused.\n")
		b.WriteString(".SH FILES\n\\&./feedfolio.yaml, $XDG_CONFIG_HOME/feedfolio/feedfolio.yaml, /etc/feedfolio/feedfolio.yaml: the first that exists is read.\n")
		return b.String()
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(c.Root().Name()))
	return b.String()
}

func manFlags(b *strings.Builder, head string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", head)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		names := "--" + f.Name
		if f.Shorthand != "" {
			names = "-" + f.Shorthand + ", " + names
		}
		arg, usage := pflag.UnquoteUsage(f)
		if arg != "" {
			names += " " + arg
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(names), roff(usage))
	})
}

// paragraphs writes text, lines that are indented as they stand.
func paragraphs(text string) string {
	var b strings.Builder
	literal := false
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, "  ") || strings.Contains(line, "   ")
		switch {
		case indented && !literal:
			b.WriteString(".nf\n")
		case !indented && literal:
			b.WriteString(".fi\n")
		}
		literal = indented
		if line == "" {
			line = ".PP"
			b.WriteString(line + "\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if literal {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// roff protects text from the formatter.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
