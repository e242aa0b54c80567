package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
)

//go:embed starter.yaml
var starter []byte

func (a *app) initCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a feedfolio.yaml to begin with",
		Long: `Init writes a commented feedfolio.yaml with a few sources into DIR (default: here)
and beside it feedfolio.schema.json, with which editors complete and check it.
A feedfolio.yaml that is there already is not touched.`,
		Example: "  feedfolio init news && cd news && feedfolio fetch",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.init(dir)
		},
	}
}

func (a *app) init(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	path := filepath.Join(dir, "feedfolio.yaml")
	if err := writeNew(path, starter, "name another folder: feedfolio init DIR"); err != nil {
		return err
	}
	schema := filepath.Join(dir, "feedfolio.schema.json")
	if err := os.WriteFile(schema, config.Schema(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "wrote %s and %s\n\nNext:\n", path, schema)
	if dir != "." {
		fmt.Fprintf(a.stdout, "  cd %s\n", dir)
	}
	fmt.Fprintln(a.stdout, "  feedfolio check     # after editing")
	fmt.Fprintln(a.stdout, "  feedfolio fetch     # the first articles")
	return nil
}

// writeNew writes a file that must not exist yet; hint says what to do if it does.
func writeNew(path string, data []byte, hint string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return &hinted{fmt.Errorf("%s is there already", path), hint}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
