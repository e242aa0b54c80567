package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

func (a *app) pruneCmd() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove kept pages and revisions that are old enough",
		Long: `Prune removes pages that were kept as they came for longer than raw.keep says, and
earlier revisions older than revisions.keep. Articles themselves always stay.
The daemon does the same once a day.`,
		Example: "  feedfolio prune --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(c.Context(), func(s *store.Store, cfg *config.Config) error {
				sum, err := s.Prune(c.Context(), retention(cfg, time.Now(), dry))
				if err != nil {
					return err
				}
				verb := "removed"
				if dry {
					verb = "would be removed"
				}
				fmt.Fprintf(a.stdout, "%s and %s %s, %s\n", plural(sum.Pages, "kept page"), plural(sum.Revisions, "earlier revision"), verb, size(sum.Bytes))
				return nil
			})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be removed, and remove nothing")
	return c
}

// retention is what the configuration keeps, as of now.
func retention(cfg *config.Config, now time.Time, dry bool) store.Retention {
	before := func(keep time.Duration) time.Time {
		if keep == config.Forever {
			return time.Time{}
		}
		return now.Add(-keep)
	}
	return store.Retention{Pages: before(cfg.Raw.Keep), Revisions: before(cfg.Revisions.Keep), DryRun: dry}
}
