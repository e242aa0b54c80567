package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/cmd/feedfolio/demo"
)

func (a *app) demoCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "See it work, without a network",
		Long: `Demo starts a small web of invented publishers inside this process, fetches their
feeds exactly as fetch does, and shows the folder of articles that comes of it.
It needs no network. DIR keeps the result (default: a new temporary folder).`,
		Example: "  feedfolio demo\n  feedfolio demo /tmp/news",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := demoDir(args)
			if err != nil {
				return err
			}
			return a.demo(c.Context(), dir)
		},
	}
}

func demoDir(args []string) (string, error) {
	if len(args) == 0 {
		return os.MkdirTemp("", "feedfolio-demo-")
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return "", err
	}
	return filepath.Abs(args[0])
}

func (a *app) demo(ctx context.Context, dir string) error {
	web, err := demo.Serve()
	if err != nil {
		return fmt.Errorf("start the demo's web: %w", err)
	}
	defer web.Close()
	path := filepath.Join(dir, "feedfolio.yaml")
	own := web.Config(filepath.Join(dir, "archive"))
	if err := demosOwn(path, own); err != nil {
		return err
	}
	if err := os.WriteFile(path, own, 0o644); err != nil {
		return err
	}
	cfg, err := a.checks().Load(path)
	if err != nil {
		return err
	}
	picked, err := sources(cfg, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s on this machine publish news; the configuration is %s\n\n", plural(len(picked), "invented source"), path)
	if err := a.fetch(ctx, cfg, picked, fetchFlags{patience: 8 * time.Second}); err != nil {
		return err
	}
	articles := filepath.Join(dir, "archive", "articles")
	fmt.Fprintf(a.stdout, "\n%s\n", articles)
	files, err := tree(a.stdout, articles)
	if err != nil {
		return err
	}
	return a.showOne(files)
}

// demosOwn refuses to write over a configuration that no demo wrote: its first line tells.
func demosOwn(path string, own []byte) error {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head, _, _ := bytes.Cut(own, []byte("\n"))
	if !bytes.HasPrefix(old, head) {
		return &hinted{fmt.Errorf("%s is a configuration of yours; the demo would write over it", path), "name another folder: feedfolio demo DIR"}
	}
	return nil
}

// tree prints a folder as a tree and returns its files, in order.
func tree(w io.Writer, root string) ([]string, error) {
	var files []string
	var walk func(dir, indent string) error
	walk = func(dir, indent string) error {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
		for i, e := range entries {
			branch, below := "├── ", "│   "
			if i == len(entries)-1 {
				branch, below = "└── ", "    "
			}
			fmt.Fprintf(w, "%s%s%s\n", indent, branch, e.Name())
			path := filepath.Join(dir, e.Name())
			if !e.IsDir() {
				files = append(files, path)
				continue
			}
			if err := walk(path, indent+below); err != nil {
				return err
			}
		}
		return nil
	}
	return files, walk(root, "")
}

// showOne prints the beginning of one article, as it is in its file.
func (a *app) showOne(files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("the demo stored no article")
	}
	path := files[len(files)-1]
	for _, f := range files {
		if strings.Contains(f, demo.Showpiece) {
			path = f
			break
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const most = 34
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	fmt.Fprintf(a.stdout, "\n%s\n\n", path)
	for _, line := range lines[:min(most, len(lines))] {
		fmt.Fprintln(a.stdout, "  "+shorten(line, 116))
	}
	if len(lines) > most {
		fmt.Fprintf(a.stdout, "  … %s more\n", plural(len(lines)-most, "line"))
	}
	fmt.Fprintln(a.stdout, "\nYour own: feedfolio init news && cd news && feedfolio fetch")
	return nil
}
