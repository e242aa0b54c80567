package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// maxInput is the most that parse and extract read of one input, in bytes, packed and unpacked.
const maxInput = 64 << 20

// input is one document for parse or extract: from a file, an address, standard input, or a line of a --from file.
type input struct {
	id     string // as a line of a --from file gives it; may be ""
	file   string // as it was named: a path, an address, - or the place of a line that is none
	url    string // the address it came from; may be ""
	header http.Header
	body   []byte // as it came, gzip and all
	err    error
}

// inputFlags are the flags that say where documents come from.
type inputFlags struct {
	url, from string
}

func (f *inputFlags) add(c *cobra.Command, what string) {
	c.Flags().StringVar(&f.url, "url", "", "the address that a file came from")
	c.Flags().StringVar(&f.from, "from", "", `a file with a line {"id","file","url","headers"} for each `+what)
}

// inputLine is a line of a --from file.
type inputLine struct {
	ID      string            `json:"id"`
	File    string            `json:"file"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// eachInput gives one document after the other to do, which says whether it is good; an error ends the command. What is
// bad decides the exit code, but not with --from: there each line has its answer, and the command did as it was asked.
func (a *app) eachInput(ctx context.Context, args []string, f inputFlags, do func(input) (good bool, err error)) error {
	all, err := a.inputs(ctx, args, f)
	if err != nil {
		return err
	}
	total, bad := 0, 0
	for in := range all {
		good, err := do(in)
		if err != nil {
			return err
		}
		total++
		if !good {
			bad++
		}
	}
	switch {
	case bad == 0, f.from != "":
		return nil
	case bad == total:
		return &exit{code: exitFailed}
	}
	return &exit{code: exitPartly}
}

// inputs yields the documents that a command line names, one after the other. get fetches an address.
func (a *app) inputs(ctx context.Context, args []string, f inputFlags) (iter.Seq[input], error) {
	switch {
	case f.from != "" && len(args) > 0:
		return nil, usage("--from and files do not go together")
	case f.from != "":
		return a.inputsFrom(f.from)
	case len(args) == 0:
		return nil, usage("name a file, an address, or - for standard input")
	}
	return func(yield func(input) bool) {
		for _, arg := range args {
			if !yield(a.input(ctx, arg, f.url)) {
				return
			}
		}
	}, nil
}

func (a *app) input(ctx context.Context, arg, url string) input {
	switch {
	case arg == "-":
		body, err := readCapped(a.stdin)
		return input{file: "-", url: url, header: http.Header{}, body: body, err: err}
	case strings.HasPrefix(arg, "http://"), strings.HasPrefix(arg, "https://"):
		return a.get(ctx, arg)
	}
	body, err := readFile(arg)
	return input{file: arg, url: url, header: http.Header{}, body: body, err: err}
}

// inputsFrom reads a file with a line of JSON for each document.
func (a *app) inputsFrom(path string) (iter.Seq[input], error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(path)
	return func(yield func(input) bool) {
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 64<<10), 8<<20)
		for n := 1; lines.Scan(); n++ {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			if !yield(inputOf(lines.Bytes(), folder, fmt.Sprintf("%s:%d", path, n))) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(input{file: path, err: fmt.Errorf("read %s: %w", path, err)})
		}
	}, nil
}

func inputOf(line []byte, folder, where string) input {
	var l inputLine
	if err := json.Unmarshal(line, &l); err != nil {
		return input{file: where, err: fmt.Errorf("%s: not a line of JSON: %w", where, err)}
	}
	in := input{id: l.ID, file: l.File, url: l.URL, header: http.Header{}}
	for k, v := range l.Headers {
		in.header.Set(k, v)
	}
	if l.File == "" {
		in.file, in.err = where, fmt.Errorf("%s: no file is named", where)
		return in
	}
	path := filepath.FromSlash(l.File)
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	in.body, in.err = readFile(path)
	return in
}

// baseName is a file's name without its folder, .gz and .html.
func baseName(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".gz"), ".html")
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := readCapped(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return body, nil
}

// unpacked is a document without the gzip that it may be packed in. Of one that is cut off the beginning counts.
func unpacked(body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out, err := readCapped(z)
	if errors.Is(err, io.ErrUnexpectedEOF) && len(out) > 0 {
		err = nil
	}
	return out, err
}

// readCapped reads all of r. On an error what was read until then is returned as well.
func readCapped(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return body, err
	}
	if len(body) > maxInput {
		return nil, fmt.Errorf("more than %d MiB", maxInput>>20)
	}
	return body, nil
}

// get fetches an address politely, with the settings of the configuration where there is one.
func (a *app) get(ctx context.Context, url string) input {
	in := input{file: url, url: url, header: http.Header{}}
	cfg, err := a.settings()
	if err != nil {
		in.err = err
		return in
	}
	client := &http.Client{
		Transport:     polite.New(cfg.Fetch, cfg.Hosts, polite.Options{Log: a.logger(), Now: time.Now}),
		CheckRedirect: polite.CheckRedirect,
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		in.err = err
		return in
	}
	req.Header.Set("User-Agent", cfg.Fetch.UserAgent)
	resp, err := client.Do(req)
	if err != nil {
		in.err = err
		return in
	}
	defer resp.Body.Close()
	in.url, in.header = resp.Request.URL.String(), resp.Header
	if in.body, in.err = readCapped(resp.Body); in.err == nil && resp.StatusCode != http.StatusOK {
		in.err = fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return in
}

// settings is the configuration where there is one, else the defaults: parse and extract need none.
func (a *app) settings() (*config.Config, error) {
	cfg, err := a.load()
	var faults *config.Faults
	if err == nil || a.configPath != "" || errors.As(err, &faults) {
		return cfg, err
	}
	return config.Default(), nil
}
