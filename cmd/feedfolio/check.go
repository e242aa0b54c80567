package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) checkCmd() *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use:     "check",
		Short:   "Check the configuration; exit 4 with every fault",
		Example: "  feedfolio check\n  feedfolio check --sources",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if list {
				t := table{head: []string{"SOURCE", "KIND", "SCHEDULE", "URL"}}
				for _, s := range cfg.Sources {
					t.add(s.Name, s.Kind, s.Schedule, s.URL)
				}
				t.print(a.stdout)
				return nil
			}
			fmt.Fprintf(a.stdout, "%s: %s, no faults\n", cfg.Path, plural(len(cfg.Sources), "source"))
			return nil
		},
	}
	c.Flags().BoolVar(&list, "sources", false, "list the sources, names and defaults filled in")
	return c
}

// completeSources offers the names of the sources on the command line.
func (a *app) completeSources(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	cfg, err := a.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, s := range cfg.Sources {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
