package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that time zones are the same on every machine, one without a zone database too

	"go.yaml.in/yaml/v4"
)

// Options is what Load needs from outside. Its zero value reads no environment and leaves schedules and markets unchecked.
type Options struct {
	// Getenv looks up ${NAME}; os.Getenv in main. An empty variable counts as not set.
	Getenv func(name string) string

	// CheckSchedule says what is wrong with a schedule other than auto; ingest reads schedules, config does not.
	CheckSchedule func(spec string, tz *time.Location) error

	// CheckMarket says what is wrong with a market's name.
	CheckMarket func(name string) error

	// ReadFile reads the file of a file: reference; nil means the disk, plain
	// files of at most 64 KiB, white space around their text cut.
	ReadFile func(path string) (string, error)

	// Reads, where set, is told of each file that Load is about to read and of each pattern of include, whether anything
	// is there or not: whoever wants to know of changes looks at these again.
	Reads func(pathOrPattern string)
}

// Load reads the configuration file at path and the files that it includes. The error is a *Faults.
func Load(path string, getenv func(string) string) (*Config, error) {
	return Options{Getenv: getenv}.Load(path)
}

// Parse reads a configuration from memory; name is what faults call it and where relative paths start. Included files
// are not read: their names are in the result. The error is a *Faults.
func Parse(name string, data []byte, getenv func(string) string) (*Config, error) {
	return Options{Getenv: getenv}.Parse(name, data)
}

// Load is the function Load with the checks that o brings.
func (o Options) Load(path string) (*Config, error) {
	l := o.loader()
	l.reads(path)
	data, err := readConfig(path)
	if err != nil {
		f := &file{name: path}
		fault := f.whole(reason(err), "")
		fault.err = err
		l.faults.add(*fault)
		return nil, l.faults.err()
	}
	return l.load(path, data, true)
}

// Parse is the function Parse with the checks that o brings.
func (o Options) Parse(name string, data []byte) (*Config, error) {
	return o.loader().load(name, data, false)
}

// loader is one Load or Parse.
type loader struct {
	Options
	getenv   func(string) string
	readFile func(string) (string, error)

	cfg      *Config
	faults   *Faults
	warnings Faults
	fields   map[reflect.Type]map[string]reflect.StructField
	items    []item           // the sources, as they stand in the files
	defaults map[string]place // what the main file sets, by path
	bytes    int              // read from included files
}

// item is one source as it stands in a file.
type item struct {
	w *walker
	n *yaml.Node
}

func (o Options) loader() *loader {
	l := &loader{
		Options: o, getenv: o.Getenv, readFile: o.ReadFile,
		cfg: Default(), faults: &Faults{}, fields: map[reflect.Type]map[string]reflect.StructField{},
	}
	if l.getenv == nil {
		l.getenv = func(string) string { return "" }
	}
	if l.readFile == nil {
		l.readFile = readSecret
	}
	return l
}

// reads tells whoever wants to know what is read.
func (l *loader) reads(path string) {
	if l.Reads != nil {
		l.Reads(path)
	}
}

func (l *loader) load(path string, data []byte, includes bool) (*Config, error) {
	f := &file{name: path, dir: filepath.Dir(path), data: data}
	root, fault := f.parse()
	if fault != nil {
		l.faults.add(*fault)
		return nil, l.faults.err()
	}
	w := l.walker(f)
	l.cfg.Path = path
	w.value(root, reflect.ValueOf(l.cfg).Elem(), "", "")
	l.defaults = w.at
	l.checkTop(w)
	if includes {
		l.include(w)
	}
	l.finishSources(w)
	if err := l.faults.err(); err != nil {
		return nil, err
	}
	l.cfg.byName = make(map[string]int, len(l.cfg.Sources))
	for i, s := range l.cfg.Sources {
		l.cfg.byName[s.Name] = i
	}
	finish(l.warnings.List)
	l.cfg.Warnings = l.warnings.List
	return l.cfg, nil
}

// sources keeps the items of a list of sources for finishSources: they need the defaults, which may stand below them.
func (w *walker) sources(n *yaml.Node) {
	for _, c := range n.Content {
		w.items = append(w.items, item{w, c})
	}
}

const (
	maxIncluded      = 10_000   // files
	maxIncludedBytes = 64 << 20 // of all of them
)

// include reads the files that `include` names, in the order of the patterns, each once and its matches sorted.
func (l *loader) include(w *walker) {
	seen := map[string]bool{}
	if abs, err := filepath.Abs(w.f.name); err == nil {
		seen[abs] = true // a pattern like *.yaml may match the file it stands in
	}
	for i, pattern := range l.cfg.Include {
		at := w.at[fmt.Sprintf("include[%d]", i)]
		paths, err := l.match(w.f.dir, pattern)
		if err != nil {
			l.faultAt(at, err)
			continue
		}
		for _, path := range paths {
			abs, err := filepath.Abs(path)
			if err != nil || seen[abs] {
				continue
			}
			seen[abs] = true
			if len(seen) > maxIncluded || l.bytes > maxIncludedBytes {
				l.faultAt(at, fmt.Errorf("more than %d files, or %s, are included", maxIncluded, FormatSize(maxIncludedBytes)))
				return
			}
			l.includeFile(path, len(seen), at)
		}
	}
}

// match lists the files of one entry of `include`.
func (l *loader) match(dir, pattern string) ([]string, error) {
	full := pattern
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	if pattern == "" {
		return nil, errors.New("an empty entry of include")
	}
	l.reads(full)
	if !strings.ContainsAny(pattern, "*?[") {
		info, err := os.Stat(full)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the included file %s: %s", full, reason(err))
		case info.IsDir():
			return nil, fmt.Errorf("%s is a folder\nwrite %s", full, filepath.Join(pattern, "*.yaml"))
		}
		return []string{full}, nil
	}
	if strings.Contains(pattern, "**") {
		return nil, errors.New("** is not understood\none * stands for one name; give a pattern for each level")
	}
	paths, err := filepath.Glob(full)
	if err != nil {
		return nil, fmt.Errorf("%s is not a pattern: %w", quote(pattern), err)
	}
	if len(paths) == 0 {
		base := full
		for strings.ContainsAny(base, "*?[") {
			base = filepath.Dir(base)
		}
		if _, err := os.Stat(base); err != nil {
			return nil, fmt.Errorf("the folder of the included files, %s: %s", base, reason(err))
		}
	}
	slices.Sort(paths)
	return slices.DeleteFunc(paths, func(p string) bool {
		info, err := os.Stat(p)
		return err == nil && info.IsDir()
	}), nil
}

// includeFile reads the sources of one included file.
func (l *loader) includeFile(path string, order int, at place) {
	data, err := readConfig(path)
	if err != nil {
		l.faultAt(at, fmt.Errorf("the included file %s: %s", path, reason(err)))
		return
	}
	l.bytes += len(data)
	f := &file{name: path, dir: filepath.Dir(path), data: data, order: order}
	root, fault := f.parse()
	if fault != nil {
		l.faults.add(*fault)
		return
	}
	w := l.walker(f)
	switch root.Kind {
	case yaml.SequenceNode:
		w.sources(root)
	case yaml.MappingNode:
		for _, e := range w.entries(root) {
			switch {
			case e.key.Value == "sources":
				var list []Source
				w.value(e.value, reflect.ValueOf(&list).Elem(), "sources", "")
			case !strings.HasPrefix(e.key.Value, "x-"):
				w.fault(e.key, fmt.Sprintf("the key %s is not allowed in an included file", quote(e.key.Value)), "an included file holds `sources:` only, or just the list; settings belong to "+l.cfg.Path)
			}
		}
	default:
		w.fault(root, "an included file holds `sources:`, or just the list", "")
	}
}

// finishSources reads each source onto a copy of the defaults, names and checks it.
func (l *loader) finishSources(w *walker) {
	l.checkDefaults(w)
	var s Source
	l.cfg.Sources = slices.Grow(l.cfg.Sources, len(l.items))
	taken, urls := make(map[string]place, len(l.items)), make(map[string]place, len(l.items))
	var unnamed []int
	places := make([]place, 0, len(l.items))
	set := map[string]place{}
	for i, it := range l.items {
		l.items[i].n = nil // the tree of a large file goes as it is read
		if l.faults.tooMany() {
			return
		}
		clear(set)
		it.w.at = set
		at := place{it.w.f, it.n.Line, it.n.Column, ""}
		if isNull(it.n) {
			l.faultAt(at, errors.New("an empty source\ntake out the `-`, or give it at least a url"))
			continue
		}
		if it.n.Kind == yaml.ScalarNode || it.n.Kind == yaml.SequenceNode {
			l.faultAt(at, errors.New("a source must be a map of keys and values\nwrite `- url: https://news.example/feed.xml`"))
			continue
		}
		s = l.cfg.Defaults
		it.w.value(it.n, reflect.ValueOf(&s).Elem(), "", "")
		if _, isMap := it.w.at[""]; !isMap {
			continue // reported
		}
		c := check{l, it.w.at, at}
		c.source(&s)
		c.twice(&s, taken, urls)
		if p, named := it.w.at["name"]; named {
			taken[s.Name] = p
		} else {
			s.Name = slugOf(c.place("url").text)
			unnamed = append(unnamed, len(l.cfg.Sources))
		}
		l.cfg.Sources = append(l.cfg.Sources, s)
		places = append(places, c.place("url"))
	}
	for _, i := range unnamed {
		s := &l.cfg.Sources[i]
		if _, dup := taken[s.Name]; dup {
			s.Name = withHash(s.Name, places[i].text)
		}
		if first, dup := taken[s.Name]; dup && s.URL != "" {
			l.faultAt(places[i], fmt.Errorf("the name made from this url, %s, is there already\ngive this source a name; the other is at %s", s.Name, first))
		}
		taken[s.Name] = places[i]
	}
	if len(l.items) == 0 {
		l.warnings.add(*w.f.whole("no sources", "add one with `feedfolio add URL`, or under `sources:`"))
	}
}

// faultAt keeps a fault at a place. What stands behind a line break in the error is the hint.
func (l *loader) faultAt(p place, err error) {
	msg, hint, _ := strings.Cut(err.Error(), "\n")
	l.faults.add(*p.f.at(p.line, p.col, msg, hint))
}

// String names the place as in faults.
func (p place) String() string { return fmt.Sprintf("%s:%d:%d", p.f.name, p.line, p.col) }

// readConfig reads a configuration file, and hardly more than maxFile of it.
func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder", path)
	}
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// reason is an error of the file system without the path, which is known already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// FileName is the name of the configuration file where none is given.
const FileName = "feedfolio.yaml"

// Find returns the path of the configuration file: the flag if given, else the first that exists of ./feedfolio.yaml,
// $XDG_CONFIG_HOME/feedfolio/feedfolio.yaml (~/.config where that is not set) and /etc/feedfolio/feedfolio.yaml.
func Find(flag string, getenv func(string) string) (string, error) {
	if flag != "" {
		if _, err := os.Stat(flag); err != nil {
			return "", fmt.Errorf("configuration %s: %s", flag, reason(err))
		}
		return flag, nil
	}
	paths := []string{FileName}
	switch {
	case getenv("XDG_CONFIG_HOME") != "":
		paths = append(paths, filepath.Join(getenv("XDG_CONFIG_HOME"), "feedfolio", FileName))
	case getenv("HOME") != "":
		paths = append(paths, filepath.Join(getenv("HOME"), ".config", "feedfolio", FileName))
	case getenv("AppData") != "":
		paths = append(paths, filepath.Join(getenv("AppData"), "feedfolio", FileName))
	}
	paths = append(paths, filepath.Join("/etc/feedfolio", FileName))
	var looked []string
	for _, p := range paths {
		_, err := os.Stat(p)
		if err == nil {
			return p, nil
		}
		// A folder of another user's, as where a service is tried by hand, is no place of ours.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("configuration %s: %s", p, reason(err))
		}
		looked = append(looked, p)
	}
	return "", &NotFoundError{Looked: looked}
}

// NotFoundError says where Find looked in vain.
type NotFoundError struct{ Looked []string }

// Error lists the places, with a hint.
func (e *NotFoundError) Error() string {
	return "no configuration found; looked for " + strings.Join(e.Looked, ", ") +
		"\n  help: `feedfolio init` writes one; --config FILE names one"
}

// Unwrap makes errors.Is(err, fs.ErrNotExist) true.
func (e *NotFoundError) Unwrap() error { return fs.ErrNotExist }
