package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "rewrite golden and generated files")

// options are those that main gives, with a stand-in for what ingest knows of schedules and markets.
func options() config.Options {
	return config.Options{
		Getenv: func(name string) string {
			return map[string]string{"TOKEN": "hunter2", "RSSHUB": "https://rsshub.example", "PROXY": "http://u:hunter2@proxy.example:3128"}[name]
		},
		CheckSchedule: func(spec string, tz *time.Location) error {
			if tz == nil {
				return errors.New("no time zone given")
			}
			if strings.HasPrefix(spec, "@every ") || len(strings.Fields(spec)) == 5 {
				return nil
			}
			return fmt.Errorf("%q is not a schedule", spec)
		},
		CheckMarket: func(name string) error {
			if slices.Contains([]string{"xshg", "xnys"}, name) {
				return nil
			}
			return fmt.Errorf("%q is no market", name)
		},
	}
}

// TestFiles loads each good file without a warning, and gets from each bad file every fault that its first lines want, and no other.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := options().Load(path)
			if strings.HasSuffix(path, ".good.yml") {
				if err != nil {
					t.Fatalf("Load refuses it:\n%v", err)
				}
				for _, w := range cfg.Warnings {
					t.Errorf("warning:\n%s", w.Warning())
				}
				return
			}
			faults, ok := config.AsFaults(err)
			if !ok {
				t.Fatalf("Load = %v; want *Faults", err)
			}
			wants := wanted(data)
			if len(wants) == 0 {
				t.Fatal("a bad file begins with lines `# want: part of the error`")
			}
			for _, want := range wants {
				if !slices.ContainsFunc(faults.List, func(f config.Fault) bool { return strings.Contains(f.String(), want) }) {
					t.Errorf("no fault says %q", want)
				}
			}
			if len(faults.List) != len(wants) {
				t.Errorf("%d faults; want %d", len(faults.List), len(wants))
			}
			if t.Failed() {
				t.Logf("got:\n%v", err)
			}
		})
	}
}

func wanted(data []byte) []string {
	var wants []string
	for line := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\uFEFF")))) {
		want, ok := strings.CutPrefix(line, "# want: ")
		if !ok {
			break
		}
		wants = append(wants, strings.TrimSpace(want))
	}
	return wants
}

// TestFaultPrint compares the whole of what a person sees.
func TestFaultPrint(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"testdata/many.bad.yml", "testdata/syntax-tab.bad.yml"} {
		_, err := options().Load(path)
		if err == nil {
			t.Fatal("Load accepts it")
		}
		golden(t, strings.TrimSuffix(path, ".bad.yml")+".golden", err.Error()+"\n")
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what comes now; look at the difference, then go test -update.\ngot:\n%s", path, got)
	}
}

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := options().Parse("feedfolio.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg := load(t, "sources: [{url: https://www.news.example/rss/markets.xml}]")
	s := cfg.Sources[0]
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"archive lies beside the file", cfg.Archive, "archive"},
		{"database follows the archive", cfg.Database, filepath.Join("archive", "feedfolio.db")},
		{"listen", cfg.Listen, "127.0.0.1:8080"},
		{"time zone", cfg.Timezone, time.UTC},
		{"profile", cfg.Format.Profile, "hexo"},
		{"extra keys", len(cfg.Format.Extra), 10},
		{"raw pages", cfg.Raw.Keep, 90 * 24 * time.Hour},
		{"timeout", cfg.Fetch.Timeout, 30 * time.Second},
		{"body", cfg.Fetch.MaxBody, int64(20 << 20)},
		{"workers", cfg.Fetch.Workers, 64},
		{"delay", cfg.Fetch.PerHost, config.PerHost{Delay: time.Second, Connections: 1}},
		{"robots", cfg.Fetch.Robots, true},
		{"private networks", cfg.Fetch.AllowPrivateNetworks, false},
		{"name comes from the address", s.Name, "news-example-rss-markets"},
		{"kind", s.Kind, "feed"},
		{"schedule", s.Schedule, "auto"},
		{"closed", s.Closed, 30 * time.Minute},
		{"no time zone of its own", s.Timezone, (*time.Location)(nil)},
		{"full text", s.FullText, "auto"},
		{"deadline", s.FullTextDeadline, 6 * time.Hour},
		{"retry", s.RetryFor, 7 * 24 * time.Hour},
		{"recheck", s.Recheck, []time.Duration{30 * time.Minute, 3 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}},
		{"pages", s.List.Pages, 1},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %v; want %v", tt.name, tt.got, tt.want)
		}
	}
}

// TestLoaded looks at what the files of testdata give.
func TestLoaded(t *testing.T) {
	t.Parallel()
	cfg, err := options().Load("testdata/all.good.yml")
	if err != nil {
		t.Fatal(err)
	}
	shanghai, _ := time.LoadLocation("Asia/Shanghai")
	s, ok := cfg.Source("sina-china")
	if !ok {
		t.Fatal("no source sina-china")
	}
	sec := cfg.Host("WWW.SEC.GOV:443")
	other := cfg.Host("other.example")
	second, _ := cfg.Source("second")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"a relative archive is relative to the file", cfg.Archive, filepath.Join("testdata", "archive")},
		{"the database goes with it", cfg.Database, filepath.Join("testdata", "elsewhere", "x.db")},
		{"time zone", cfg.Timezone.String(), "UTC"},
		{"of the source", s.Timezone, shanghai},
		{"a stock code stays as it is written", s.Symbols, []string{"000001", "600519.SH", "1.10", "0x1F"}},
		{"no stays a word where a text is wanted", s.Topic, "no"},
		{"categories", s.Categories("新浪财经－国內"), []string{"no", "新浪财经", "国內"}},
		{"7d", s.RetryFor, 7 * 24 * time.Hour},
		{"recheck off", second.Recheck, []time.Duration{}},
		{"a list replaces that of the defaults", s.Recheck, []time.Duration{time.Hour}},
		{"headers are added to those of the defaults", len(s.Headers), 2},
		{"which stay as they are", len(second.Headers), 1},
		{"an extraction rule of the defaults stays", s.Extract.Remove, []string{".ad"}},
		{"beside that of the source", s.Extract.Content, "#artibody"},
		{"a rule written as a map", s.Filter.Keep, []string{"title: 银行|证券", "age: < 7d"}},
		{"a secret from the environment", s.Headers["Authorization"].Reveal(), "Bearer hunter2"},
		{"a secret from a file, relative to ours", s.Cookies["session"].Reveal(), "s3cret"},
		{"a url from the environment", second.URL, "https://rsshub.example/second"},
		{"host: delay", *sec.Delay, 100 * time.Millisecond},
		{"host: user agent", sec.UserAgent, "Company contact@example.com"},
		{"host: the rest is of fetch", sec.Connections, 1},
		{"host: robots", *sec.Robots, true},
		{"another host", other.UserAgent, config.DefaultUserAgent},
		{"merged by <<", second.Site, "shared"},
		{"raw kept for ever", cfg.Raw.Keep, config.Forever},
		{"sizes", cfg.Fetch.MaxBody, int64(5_000_000)},
		{"proxy", cfg.Fetch.Proxy.Reveal(), "http://u:hunter2@proxy.example:3128"},
		{"included, as map and as list, in order", names(cfg)[2:], []string{"inc-a", "inc-b"}},
		{"the defaults hold in included files", cfg.Sources[3].Headers["X-Common"].Reveal(), "1"},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %#v; want %#v", tt.name, tt.got, tt.want)
		}
	}
}

// What sources take from the defaults is there once, however many they are, and stays as it is where one sets a part of it.
func TestSourcesShareWhatTheyTakeFromTheDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("many.yaml", []byte(`
defaults: {extract: {content: main, remove: [.ad]}, filter: {drop: ["title: ad"]}}
sources:
  - {url: https://a.example/feed}
  - {url: https://b.example/feed}
  - {url: https://c.example/feed, extract: {content: "#text"}, list: }
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	base, a, b, c := cfg.Defaults, cfg.Sources[0], cfg.Sources[1], cfg.Sources[2]
	if a.Extract != base.Extract || b.Extract != base.Extract || a.Filter != base.Filter || c.Filter != base.Filter || c.List != base.List {
		t.Error("a source that sets nothing of a section has one of its own")
	}
	if base.Extract.Content != "main" || c.Extract.Content != "#text" || !slices.Equal(c.Extract.Remove, []string{".ad"}) {
		t.Errorf("defaults %+v; with content set %+v", base.Extract, c.Extract)
	}
	if size := reflect.TypeFor[config.Source]().Size(); size > 400 {
		t.Errorf("a source takes %d bytes, times 100,000: what few set belongs behind a pointer", size)
	}
}

func names(cfg *config.Config) []string {
	var out []string
	for _, s := range cfg.Sources {
		out = append(out, s.Name)
	}
	return out
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"host and path make the name", "- url: https://feeds.example/a/b.rss", []string{"feeds-example-a-b"}},
		{"a query is told apart by a hash", "- url: https://x.example/f?id=1\n- url: https://x.example/f?id=2", []string{"x-example-f-55e0a2", "x-example-f-bcda1a"}},
		{"the second of two equal names gets a hash", "- url: https://x.example/a.xml\n- url: https://x.example/a.rss", []string{"x-example-a", "x-example-a-dbc0fc"}},
		{"a name that is written wins", "- url: https://x.example/a\n- {url: https://x.example/b, name: x-example-a}", []string{"x-example-a-5189a0", "x-example-a"}},
		{"Chinese paths are told apart by a hash", "- url: https://x.example/财经", []string{"x-example-b11722"}},
		{"what the environment gives is not in the name", "- url: ${RSSHUB}/sina/finance", []string{"rsshub-sina-finance"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := names(load(t, "sources:\n"+tt.text)); !slices.Equal(got, tt.want) {
				t.Errorf("names = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		source config.Source
		feed   string
		want   []string
	}{
		{"topic, site and the feed's title", config.Source{Topic: "金融", Site: "新浪财经"}, "国內", []string{"金融", "新浪财经", "国內"}},
		{"the configured title wins", config.Source{Title: "t"}, "feed", []string{"t"}},
		{"empties and repeats go", config.Source{Site: "x", Title: " x "}, "", []string{"x"}},
		{"the name where nothing else is known", config.Source{Name: "n"}, " ", []string{"n"}},
	} {
		if got := tt.source.Categories(tt.feed); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"0": 0, "90s": 90 * time.Second, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute,
		"7d": 168 * time.Hour, "2w": 336 * time.Hour, "1d12h": 36 * time.Hour, "100ms": 100 * time.Millisecond,
	} {
		got, err := config.ParseDuration(in)
		if err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", in, got, err, want)
		}
		if back, err := config.ParseDuration(config.FormatDuration(want)); err != nil || back != want {
			t.Errorf("FormatDuration(%v) = %q, read again as %v, %v", want, config.FormatDuration(want), back, err)
		}
	}
	for _, in := range []string{"", "5", "-5m", "15 minutes", "1y", "m", "1.2.3s", "99999999999d", "1e5s", "５m", "forever"} {
		if got, err := config.ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v; want an error", in, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"20MiB": 20 << 20, "5MB": 5e6, "512KiB": 512 << 10, "65536": 65536, "1.5 GiB": 3 << 29, "0": 0, "7B": 7} {
		if got, err := config.ParseSize(in); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %v, %v; want %v", in, got, err, want)
		}
		if back, err := config.ParseSize(config.FormatSize(want)); err != nil || back != want {
			t.Errorf("FormatSize(%v) = %q, read again as %v, %v", want, config.FormatSize(want), back, err)
		}
	}
	for _, in := range []string{"", "MB", "-1", "1XB", "1e9", "99999999999999999999TB"} {
		if got, err := config.ParseSize(in); err == nil {
			t.Errorf("ParseSize(%q) = %v; want an error", in, got)
		}
	}
}

// TestSecretsPrintAsStars prints the configuration in every way that a careless line of code may.
func TestSecretsPrintAsStars(t *testing.T) {
	t.Parallel()
	cfg := load(t, `
fetch: {proxy: "http://u:hunter2@proxy.example"}
hosts: {a.example: {headers: {X: hunter2}}}
sources: [{url: "https://a.example/f", headers: {Authorization: "Bearer ${TOKEN}"}, cookies: {s: hunter2}, proxy: "${PROXY}"}]`)
	var out strings.Builder
	for _, v := range []any{cfg, *cfg, cfg.Sources[0], cfg.Hosts, cfg.Fetch.Proxy, &cfg.Fetch.Proxy} {
		fmt.Fprintf(&out, "%v %+v %#v\n", v, v, v)
	}
	p := cfg.Fetch.Proxy
	fmt.Fprintf(&out, "%s %q %x %X %d %v", p, p, p, p, p, []any{p})
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, func(v any) ([]byte, error) { return yaml.Dump(v) }} {
		b, err := marshal(cfg.Sources[0])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "***") {
			t.Errorf("no stars in %s", b)
		}
		out.Write(b)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "proxy", p, "source", cfg.Sources[0], "hosts", cfg.Hosts)
	}
	for _, secret := range []string{"hunter2", "68756e7465"} {
		if strings.Contains(strings.ToLower(out.String()), secret) {
			t.Errorf("a secret is printed:\n%s", out.String())
		}
	}
}

// TestFaultsHideSecrets sets secrets beside and within faults.
func TestFaultsHideSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"fetch: {proxy: ftp://u:hunter2@x, timeout: soon}",
		"fetch:\n  proxy: >\n    ftp://u:hunter2@x\n  timeout: soon",
		"fetch:\n  proxy: \"ftp://u:\\u0068unter2@x hunter2\"\n  timeout: soon",
		"fetch:\n  proxi: http://u:hunter2@x",
		"proxy: http://u:hunter2@x",
		"sources:\n- url: https://x.example\n  headrs: {Authorization: hunter2}",
		"sources:\n- url: https://x.example\n  headers: {Authorization: \"hunter2\nhunter2\"}\n  kind: x",
		"sources:\n- url: https://x.example\n  headers: [hunter2]",
		"sources:\n- url: https://x.example\n  cookies: {s: [hunter2]}",
		"sources:\n- url: https://x.example\n  headers: {Authorization: \"${TOKEN}\\n\", X: \"é\\u0001${TOKEN}\"}",
		"sources:\n- url: https://x.example\n  headers:\n    Authorization: Bearer hunter2\n\tX: y",
		"sources:\n- url: \"https://x.example/ ?k=${TOKEN}\"",
		"fetch:\n  proxy: http://u:hunter2@x: y",
	} {
		_, err := options().Parse("feedfolio.yaml", []byte(text))
		if err == nil {
			t.Errorf("accepted: %q", text)
		} else if b, _ := json.Marshal(err); strings.Contains(err.Error()+string(b), "hunter2") {
			t.Errorf("a secret is shown for %q:\n%v", text, err)
		}
	}
}

func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("x-0: &a0 {keep: [\"title: x\"]}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "x-%d: &a%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	b.WriteString("sources: [{url: https://x.example, filter: {<<: *a29}}]\n")
	start := time.Now()
	_, err := config.Parse("bomb.yaml", []byte(b.String()), nil)
	if err == nil || !strings.Contains(err.Error(), "too many values") {
		t.Errorf("Parse = %v; want too many values", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
	_, err = config.Parse("self.yaml", []byte("sources: &s [{url: https://x.example, filter: {<<: &f {<<: *f}}}]"), nil)
	if err == nil || !strings.Contains(err.Error(), "within what it stands for") {
		t.Errorf("Parse = %v; want a fault of the alias", err)
	}
}

// TestLongLineIsBounded sets many faults and secrets into one line of half a megabyte.
func TestLongLineIsBounded(t *testing.T) {
	t.Parallel()
	text := "sources: [" + strings.Repeat("{url: x, kin: y, headers: {Authorization: hunter2}}, ", 10_000) + "]"
	start := time.Now()
	_, err := config.Parse("long.yaml", []byte(text), nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") || len(err.Error()) > 200_000 {
		t.Errorf("Parse = %.1000v; want some faults, bounded, without secrets", err)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestLargeFileIsRefused(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("large.yaml", make([]byte, 17<<20), nil)
	if err == nil || !strings.Contains(err.Error(), "larger than 16MiB") {
		t.Errorf("Parse = %v; want larger than 16MiB", err)
	}
}

func TestTooManyValuesAreRefused(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("values.yaml", []byte("include: ["+strings.Repeat("a,", 2_000_000)+"]"), nil)
	if err == nil || !strings.Contains(err.Error(), "too many values for one file") {
		t.Errorf("Parse = %.200v; want too many values", err)
	}
}

func TestExampleLoads(t *testing.T) {
	t.Parallel()
	cfg, err := options().Load("../deploy/feedfolio.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range cfg.Warnings {
		t.Error(w.Warning())
	}
}

func TestMissingFileIsNotExist(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v; want fs.ErrNotExist", err)
	}
}

func TestInclude(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, include string
		want          []string
		fault         string
	}{
		{"a file", "a.yaml", []string{"a"}, ""},
		{"the same file once, whatever names it", "[a.yaml, ./a.yaml, 'a*.yaml']", []string{"a"}, ""},
		{"a pattern without the file it stands in", "'*.yaml'", []string{"a", "b"}, ""},
		{"a pattern that matches nothing in a folder that exists", "'sub/*.yml'", nil, ""},
		{"a pattern in a folder that is missing", "none/*.yaml", nil, "no such file"},
		{"a file that is missing", "none.yaml", nil, "no such file"},
		{"a folder", "sub", nil, "is a folder"},
		{"two stars", "'**/*.yaml'", nil, "** is not understood"},
		{"a pattern that is none", "'[a.yaml'", nil, "is not a pattern"},
		{"settings in an included file", "bad/settings.yml", nil, `the key "archive" is not allowed`},
		{"a fault in an included file shows that file", "bad/fault.yml", nil, "fault.yml:2:3: error: unknown key"},
		{"a name twice over two files", "[a.yaml, bad/same.yml]", nil, `the name "a" is there twice`},
		{"a file that is no list", "bad/word.yml", nil, "an included file holds `sources:`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"feedfolio.yaml":   "include: " + tt.include,
				"a.yaml":           "sources: [{name: a, url: https://a.example}]",
				"b.yaml":           "- {name: b, url: https://b.example}",
				"sub/x":            "",
				"bad/settings.yml": "archive: x\nsources: []",
				"bad/fault.yml":    "- url: https://c.example\n  nam: c",
				"bad/same.yml":     "- {name: a, url: https://c.example}",
				"bad/word.yml":     "word",
			} {
				path := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := config.Load(filepath.Join(dir, "feedfolio.yaml"), nil)
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("Load = %v; want %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := names(cfg); !slices.Equal(got, tt.want) {
				t.Errorf("sources = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir() // not parallel: the working folder changes
	t.Chdir(dir)
	env := map[string]string{"HOME": filepath.Join(dir, "home")}
	find := func(flag string) (string, error) { return config.Find(flag, func(k string) string { return env[k] }) }

	if _, err := find(""); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "feedfolio init") ||
		!strings.Contains(err.Error(), "/etc/feedfolio/feedfolio.yaml") {
		t.Errorf("Find = %v; want what was looked for, and a hint", err)
	}
	if _, err := find("other.yaml"); err == nil {
		t.Error("Find accepts a flag whose file is missing")
	}
	write := func(path string) string {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := func(flag, want string) {
		t.Helper()
		if got, err := find(flag); err != nil || got != want {
			t.Errorf("Find(%q) = %q, %v; want %q", flag, got, err, want)
		}
	}
	want("", write(filepath.Join(dir, "home/.config/feedfolio/feedfolio.yaml")))
	env["XDG_CONFIG_HOME"] = filepath.Join(dir, "xdg")
	want("", write(filepath.Join(dir, "xdg/feedfolio/feedfolio.yaml")))
	want("", write("feedfolio.yaml"))
	want("other.yaml", write("other.yaml"))
}

func TestParseRule(t *testing.T) {
	t.Parallel()
	r, err := config.ParseRule("title: (?i)银行|bank: x")
	if err != nil || r.Field != "title" || !r.Match.MatchString("A BANK: X") || r.Match.MatchString("bank") {
		t.Errorf("ParseRule = %+v, %v", r, err)
	}
	r, err = config.ParseRule("age: >7d")
	if err != nil || !r.Older || r.Age != 168*time.Hour {
		t.Errorf("ParseRule = %+v, %v", r, err)
	}
	for _, s := range []string{"", "title", "title:", "tilte: x", "age: 7d", "age: >", "age: > 7", "title: (", ": x", "title: a{1001}", "title: " + strings.Repeat("x", 20_000)} {
		if r, err := config.ParseRule(s); err == nil {
			t.Errorf("ParseRule(%.20q) = %+v; want an error", s, r)
		}
	}
}

// FuzzAddSource holds that a file that could be read can still be read, with one source more, or is refused.
func FuzzAddSource(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yml")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	o := options()
	o.ReadFile = func(string) (string, error) { return "x", nil }
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := o.Parse("fuzz.yaml", data)
		if err != nil {
			return
		}
		data, err = config.AddSource(data, []config.Field{{"name", "one-more-of-them"}, {"url", "https://one-more.example/"}})
		if err != nil {
			return
		}
		after, err := o.Parse("fuzz.yaml", data)
		if err != nil {
			t.Fatalf("it is refused now: %v", err)
		}
		if _, ok := after.Source("one-more-of-them"); !ok || len(after.Sources) != len(before.Sources)+1 {
			t.Fatalf("sources = %q; want one more than %q", names(after), names(before))
		}
	})
}

// FuzzParse holds that no bytes make Parse panic, that a fault points into the file, and that what is accepted is complete.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yml")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	o := options()
	o.ReadFile = func(string) (string, error) { return "", fs.ErrNotExist }
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := o.Parse("fuzz.yaml", data)
		if err != nil {
			faults, ok := config.AsFaults(err)
			if !ok || len(faults.List) == 0 || err.Error() == "" {
				t.Fatalf("Parse = %v; want faults", err)
			}
			for _, fault := range faults.List {
				if fault.Message == "" || strings.ContainsAny(fault.Message, "\n\x1b") || fault.Line > bytes.Count(data, nil)+1 {
					t.Fatalf("a bad fault: %+v", fault)
				}
			}
			return
		}
		seen := map[string]bool{}
		for _, s := range cfg.Sources {
			if s.Name == "" || seen[s.Name] || s.URL == "" || s.Kind == "" || s.Schedule == "" {
				t.Fatalf("an incomplete source: %+v", s)
			}
			seen[s.Name] = true
		}
		if cfg.Archive == "" || cfg.Database == "" || cfg.Timezone == nil {
			t.Fatalf("incomplete: %+v", cfg)
		}
	})
}
