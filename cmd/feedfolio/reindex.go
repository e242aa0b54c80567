package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

func (a *app) reindexCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "reindex",
		Short: "Rebuild the database from the files",
		Long: `Reindex reads every file of the archive and brings the database in line with it:
files without a row are adopted, rows that say something else than their file are
corrected, and an article whose file you removed is forgotten and not fetched
again. A damaged database is put aside first, a missing one is made anew; files are
only read. It needs the archive for itself: stop the daemon before.`,
		Example: "  feedfolio reindex",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withArchive(c.Context(), store.Options{Exclusive: true, Rebuild: true}, func(s *store.Store, _ *config.Config) error {
				rep, err := s.Reindex(c.Context(), a.watch())
				if err != nil {
					return err
				}
				a.printReindex(rep)
				return nil
			})
		},
	}
}

func (a *app) verifyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Compare the files with the database",
		Long: `Verify reads every file of the archive and compares it with the database: files
that are missing, changed, torn or unknown are listed. Nothing is changed.
Exit code 1 says that something differs.`,
		Example: "  feedfolio verify",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(c.Context(), func(s *store.Store, _ *config.Config) error {
				rep, err := s.Verify(c.Context(), a.watch())
				if err != nil {
					return err
				}
				a.printVerify(rep)
				if !rep.Clean() {
					return &hinted{errors.New("the files and the database differ"), "feedfolio reindex brings the database in line with the files"}
				}
				return nil
			})
		},
	}
}

// watch prints each fault as it is found.
func (a *app) watch() store.Watch {
	return store.Watch{Fault: func(f store.Fault) { fmt.Fprintf(a.stdout, "%s: %s: %s\n", f.Kind, f.Path, f.Detail) }}
}

func (a *app) printReindex(r store.Report) {
	fmt.Fprintf(a.stdout, "%s read: %d added, %d updated, %s added, %d dropped", plural64(r.Files, "file"), r.Added, r.Updated,
		plural64(r.Revisions, "earlier revision"), r.Dropped)
	if r.Torn+r.Leftovers > 0 {
		fmt.Fprintf(a.stdout, "; %d could not be read, %s left by a crash", r.Torn, plural64(r.Leftovers, "file"))
	}
	fmt.Fprintln(a.stdout)
	if r.Partly > 0 {
		fmt.Fprintf(a.stdout, "%s name neither GUID nor address (profile seed, or format.extra without them): they are known by the hash in their name\n", plural64(r.Partly, "file"))
	}
}

func (a *app) printVerify(r store.Report) {
	fmt.Fprintf(a.stdout, "%s and %s compared: ", plural64(r.Files, "file"), plural64(r.Rows, "row"))
	if r.Clean() {
		fmt.Fprintln(a.stdout, "nothing differs")
		return
	}
	fmt.Fprintf(a.stdout, "%d missing, %d changed, %d torn, %d unknown, %d left by a crash\n", r.Missing, r.Changed, r.Torn, r.Orphans, r.Leftovers)
}
