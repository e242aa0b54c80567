package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
)

// secHost is where the SEC's preset holds: a contact in the User-Agent, and at most ten requests a second.
const secHost = "www.sec.gov"

// mostShown is how many entries of a listing add shows.
const mostShown = 5

// placeholder is a {word} in an address that has to be filled in.
var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

// mailbox is what a contact must have in it.
var mailbox = regexp.MustCompile(`[^\s@<(]+@([^\s@>)]+\.[^\s@>)]+)`)

type addFlags struct {
	set               []string
	dryRun, unchecked bool
}

func (a *app) addCmd() *cobra.Command {
	var f addFlags
	c := &cobra.Command{
		Use:   "add NAME|URL",
		Short: "Add a source, after trying it",
		Long: `Add takes a source of the catalogue by its name, or any address: of a feed, or of a
site whose feed it finds. It asks for the listing and for one article, shows what
would be stored, and writes the source at the end of the configuration. Comments
and all else in the file stay as they are.

--set fills in the {words} of an address (cik, ticker, ...) and any key of the
source. RSSHub's address is asked for once; the SEC wants a contact.`,
		Example: `  feedfolio add fed-press-all
  feedfolio add --dry-run https://news.example/
  feedfolio add edgar-company --set cik=320193 --set contact="Example Ltd news@example.org"
  feedfolio add jin10 --set rsshub=https://rsshub.example.org --set topic=快讯`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.add(c.Context(), args[0], f)
		},
		ValidArgsFunction: completeCatalogue,
	}
	c.Flags().StringArrayVar(&f.set, "set", nil, "KEY=VALUE: a {word} of the address, contact, or a key of the source; may be repeated")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be written, write nothing")
	c.Flags().BoolVar(&f.unchecked, "unchecked", false, "write the source without trying it")
	return c
}

func completeCatalogue(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all, err := catalogue()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, l := range all {
		if l.Status != dead {
			names = append(names, l.Name+"\t"+l.What)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) add(ctx context.Context, what string, f addFlags) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	set, err := pairs(f.set)
	if err != nil {
		return err
	}
	l, fromCatalogue, err := pick(what)
	if err != nil {
		return err
	}
	if err := l.fill(set, cfg); err != nil {
		return err
	}
	t := a.tryout(cfg)
	if !fromCatalogue && !f.unchecked && cmp.Or(set["kind"], "feed") == "feed" {
		if err := t.discover(ctx, a, &l); err != nil {
			return err
		}
	}
	for _, s := range cfg.Sources {
		if s.URL == l.URL {
			return &hinted{fmt.Errorf("%s is configured already: it is %s in %s", l.URL, s.Name, cfg.Path), "feedfolio fetch " + s.Name + " brings its articles"}
		}
	}
	if err := l.preset(set, cfg); err != nil {
		return err
	}
	return a.addListed(ctx, cfg, l, set, t, f)
}

// pick finds what is meant: an entry of the catalogue, else an address.
func pick(what string) (l listed, fromCatalogue bool, err error) {
	all, err := catalogue()
	if err != nil {
		return l, false, err
	}
	var names []string
	for _, l := range all {
		if l.Name == what && l.Status == dead {
			return l, true, fmt.Errorf("%s is gone: %s", l.Name, l.Notes)
		}
		if l.Name == what || l.URL == what {
			return l, true, nil
		}
		names = append(names, l.Name)
	}
	if strings.Contains(what, "://") || strings.Contains(what, ".") {
		if !strings.Contains(what, "://") {
			what = "https://" + what
		}
		return listed{URL: what}, false, nil
	}
	hint := "feedfolio catalogue lists them; an address works as well"
	if best := nearest(what, names); best != "" {
		hint = "did you mean " + best + "?"
	}
	return l, false, &exit{code: exitUsage, err: &hinted{fmt.Errorf("the catalogue has no %q", what), hint}}
}

// pairs reads the values of --set.
func pairs(set []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range set {
		k, v, ok := strings.Cut(s, "=")
		if !ok || k == "" {
			return nil, usage("--set %s: want KEY=VALUE", s)
		}
		out[k] = v
	}
	return out, nil
}

// fill puts values into the {words} of the address and takes them out of set. A word that is not given is asked for,
// all of them at once.
func (l *listed) fill(set map[string]string, cfg *config.Config) error {
	var missing []string
	for _, word := range l.asks() {
		value, given := set[word]
		delete(set, word)
		switch {
		case word == "rsshub":
			value = strings.TrimRight(cmp.Or(value, rsshubOf(cfg)), "/")
		case word != "query":
			value = url.QueryEscape(value)
		}
		if value == "" {
			missing = append(missing, fmt.Sprintf("--set %s=%s", word, example(word)))
			continue
		}
		l.URL = strings.ReplaceAll(l.URL, "{"+word+"}", value)
		if word != "rsshub" && given {
			l.Name += "-" + fileName(value)
		}
	}
	if len(missing) > 0 {
		return &exit{code: exitUsage, err: &hinted{fmt.Errorf("%s is a template: its address is %s", l.Name, l.URL), "add " + strings.Join(missing, " ")}}
	}
	return nil
}

// rsshubOf is the address of the RSSHub that a configured source uses, so that it is asked for once; "" if none does.
func rsshubOf(cfg *config.Config) string {
	all, err := catalogue()
	if err != nil {
		return ""
	}
	for _, s := range cfg.Sources {
		for _, l := range all {
			path, ok := strings.CutPrefix(l.URL, "{rsshub}")
			if base, found := strings.CutSuffix(s.URL, path); ok && found {
				return base
			}
		}
	}
	return ""
}

// preset does what the entry's preset asks for besides a source.
func (l *listed) preset(set map[string]string, cfg *config.Config) error {
	u, err := url.Parse(l.URL)
	if err != nil || u.Hostname() != secHost {
		if set["contact"] != "" {
			return usage("--set contact is for the SEC's sources")
		}
		return nil
	}
	l.Preset = "sec" // also where it came by its address
	contact := set["contact"]
	m := mailbox.FindStringSubmatch(cmp.Or(contact, cfg.Host(secHost).UserAgent))
	if len(m) == 0 || strings.HasPrefix(m[1], "example.") {
		return &exit{code: exitUsage, err: &hinted{
			errors.New("the SEC refuses programs whose User-Agent names nobody"), `say who you are and where you are reached: --set contact=` + example("contact"),
		}}
	}
	return nil
}

// tryout asks a publisher who is to become a source, for each thing once.
type tryout struct {
	log       *slog.Logger
	transport *polite.Transport
	fetch     *fetcher.Fetcher
	found     *fetcher.Found // by discover; nil: the address is taken as it is
}

func (a *app) tryout(cfg *config.Config) *tryout {
	t := &tryout{log: a.logger()}
	t.configure(cfg)
	return t
}

// configure makes the requests from now on those of a configuration. The gap to the ones before is kept.
func (t *tryout) configure(cfg *config.Config) {
	t.transport = polite.New(cfg.Fetch, cfg.Hosts, polite.Options{Log: t.log, Previous: t.transport})
	t.fetch = fetcher.New(cfg, t.transport, t.log)
}

// list is what the source has.
func (t *tryout) list(ctx context.Context, src config.Source) (*fetcher.Listing, error) {
	if t.found != nil {
		return t.fetch.Listing(ctx, src, *t.found)
	}
	return t.fetch.List(ctx, src, article.Validators{})
}

// discover replaces the address by that of the one feed that is there.
func (t *tryout) discover(ctx context.Context, a *app, l *listed) error {
	found, err := t.fetch.Discover(ctx, l.URL)
	if err != nil {
		return &hinted{fmt.Errorf("find the feed of %s: %w", l.URL, err), "a listing that is no feed is read with --set kind=page (or json, sitemap) and the selectors of list"}
	}
	if len(found) > 1 {
		fmt.Fprintf(a.stdout, "%s names %s:\n", l.URL, plural(len(found), "feed"))
		for _, f := range found {
			fmt.Fprintf(a.stdout, "  %s\n      %s, %s, %s\n", f.URL, cmp.Or(f.Title, "no title"), f.Format, plural2(f.Entries, "entry", "entries"))
		}
		return &exit{code: exitUsage, err: errors.New("which one? Add it by its own address")}
	}
	t.found, l.URL = &found[0], found[0].URL
	return nil
}

// addListed tries the source as the new configuration has it, and then makes that the configuration.
func (a *app) addListed(ctx context.Context, cfg *config.Config, l listed, set map[string]string, t *tryout, f addFlags) error {
	path, err := filepath.EvalSymlinks(cfg.Path)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, known := cfg.Hosts[secHost]
	data := old
	if l.Preset == "sec" && (!known || set["contact"] != "") {
		if data, err = addHost(data, secHost, set["contact"]); err != nil {
			return err
		}
	}
	delete(set, "contact")
	fields, err := l.fields(set)
	if err != nil {
		return err
	}
	if data, err = config.AddSource(data, fields); err != nil {
		return fmt.Errorf("add the source to %s: %w", path, err)
	}
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := writeLike(path, temp, data); err != nil {
		return err
	}
	defer os.Remove(temp)
	fresh, err := a.checks().Load(temp)
	if err != nil {
		fmt.Fprintln(a.stderr, "feedfolio: with this source the configuration would be refused; nothing was written")
		return err
	}
	src, ok := fresh.Source(fmt.Sprint(fields[0].Value))
	if !ok {
		return fmt.Errorf("the new source is not found in %s", temp)
	}
	t.configure(fresh)
	if err := a.try(ctx, t, fresh, src, f.unchecked); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s", added(old, data))
	if f.dryRun {
		fmt.Fprintf(a.stdout, "\nnothing was written to %s\n", path)
		return nil
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
		return errors.Join(fmt.Errorf("%s was changed meanwhile; nothing was written", path), err)
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nwritten to %s; next: feedfolio fetch %s\n", path, src.Name)
	return nil
}

// fields are the keys of the source in the order in which they are written.
func (l listed) fields(set map[string]string) ([]config.Field, error) {
	values := map[string]any{"name": l.Name, "url": l.URL, "topic": l.Topic, "site": l.Site, "timezone": l.Timezone}
	maps.Copy(values, l.Set)
	for k, text := range set {
		v, err := value(k, text)
		if err != nil {
			return nil, usage("--set %s=%s: %v", k, text, err)
		}
		values[k] = v
	}
	if values["name"] == "" {
		name, err := nameOf(l.URL)
		if err != nil {
			return nil, err
		}
		values["name"] = name
	}
	order := []string{"name", "url", "kind", "topic", "site", "title", "timezone", "schedule"}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(order, k) {
			order = append(order, k)
		}
	}
	var out []config.Field
	for _, k := range order {
		if v, ok := values[k]; ok && v != "" {
			out = append(out, config.Field{Key: k, Value: v})
		}
	}
	return out, nil
}

// value reads a value of --set: YAML where the key wants more than text.
func value(key, text string) (any, error) {
	if key != "disabled" && key != "max_entries" && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") {
		return text, nil
	}
	var v any
	err := yaml.Load([]byte(text), &v)
	return v, err
}

// nameOf is the name that a source gets of its address.
func nameOf(address string) (string, error) {
	data, err := config.AddSource(nil, []config.Field{{Key: "url", Value: address}})
	if err != nil {
		return "", err
	}
	cfg, err := config.Parse(address, data, nil)
	if err != nil {
		return "", err
	}
	return cfg.Sources[0].Name, nil
}

// try asks for the listing and for the newest article, and shows both.
func (a *app) try(ctx context.Context, t *tryout, cfg *config.Config, src config.Source, unchecked bool) error {
	fmt.Fprintln(a.stdout, src.Name)
	field(a.stdout, "address", src.URL)
	if unchecked {
		return nil
	}
	l, err := t.list(ctx, src)
	if err != nil {
		return &hinted{fmt.Errorf("try %s: %w", src.Name, err), "nothing was written; --unchecked writes it all the same"}
	}
	field(a.stdout, "title", l.Title)
	if l.Moved != "" {
		field(a.stdout, "moved", "for good, to "+l.Moved)
	}
	field(a.stdout, "listing", pace(l.Entries))
	field(a.stdout, "schedule", scheduleText(src))
	for _, r := range l.Remarks {
		field(a.stdout, "remark", r)
	}
	if len(l.Entries) == 0 {
		return nil
	}
	art, page, err := t.fetch.Article(ctx, src, l.Title, l.Entries[0])
	a.printTried(art, page, err)
	fmt.Fprintln(a.stdout)
	for _, e := range l.Entries[:min(mostShown, len(l.Entries))] {
		when := "no date         "
		if !e.Published.IsZero() {
			when = e.Published.In(cfg.Timezone).Format("2006-01-02 15:04")
		}
		fmt.Fprintf(a.stdout, "  %s  %s\n", when, shorten(strings.TrimSpace(cmp.Or(e.Title, e.Link)), 90))
	}
	return nil
}

// printTried says what was made of the one article that was tried.
func (a *app) printTried(art *article.Article, page *fetcher.Page, err error) {
	if err != nil {
		field(a.stdout, "article", "not to be had: "+firstLine(err.Error()))
		return
	}
	from := "from the feed itself"
	if page != nil {
		from = "from its page"
	}
	field(a.stdout, "article", shorten(art.Title, 80))
	field(a.stdout, "body", fmt.Sprintf("%d characters, %s, %s", utf8.RuneCountInString(article.Text(art.Body)), art.Status, from))
	field(a.stdout, "author", art.Author)
	field(a.stdout, "under", strings.Join(art.Categories, " / "))
}

// pace says how much a listing has, and how fast it moves.
func pace(entries []article.Entry) string {
	text := plural2(len(entries), "entry", "entries")
	var oldest, newest time.Time
	dated := 0
	for _, e := range entries {
		if e.Published.IsZero() {
			continue
		}
		dated++
		if newest.IsZero() || e.Published.After(newest) {
			newest = e.Published
		}
		if oldest.IsZero() || e.Published.Before(oldest) {
			oldest = e.Published
		}
	}
	if span := newest.Sub(oldest); dated > 1 && span > 0 {
		text += fmt.Sprintf(" over %s", rough(span))
	}
	return text
}

func scheduleText(s config.Source) string {
	text := s.Schedule
	if text == "auto" {
		text = "auto: as often as it publishes"
	}
	if s.Market != "" {
		text += ", while " + s.Market + " is open"
	}
	return text
}

// addHost adds the SEC's rules for a host to the hosts of a configuration; all else in the file stays as it is.
func addHost(data []byte, host, contact string) ([]byte, error) {
	rules := "{delay: 100ms}"
	if contact != "" {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(strings.Fields(contact), " "))
		rules = fmt.Sprintf(`{delay: 100ms, user_agent: "%s"}`, quoted)
	}
	line := host + ": " + rules + "\n"
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		return nil, err
	}
	key, hosts := topLevel(&doc, "hosts")
	lines := bytes.SplitAfter(data, []byte("\n"))
	at := func(n int, text string) []byte {
		head := bytes.Join(lines[:n], nil)
		if len(head) > 0 && head[len(head)-1] != '\n' {
			text = "\n" + text
		}
		if bytes.Contains(data, []byte("\r\n")) {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		return slices.Concat(head, []byte(text), bytes.Join(lines[n:], nil))
	}
	switch {
	case hosts == nil:
		return at(len(lines), "\nhosts:\n  "+line), nil
	case hosts.Kind == yaml.MappingNode && hosts.Style&yaml.FlowStyle == 0 && !hasKey(hosts, host):
		return at(hosts.Content[0].Line-1, strings.Repeat(" ", hosts.Content[0].Column-1)+line), nil
	case hosts.Kind == yaml.ScalarNode && hosts.Value == "":
		return at(key.Line, "  "+line), nil
	}
	return nil, &hinted{fmt.Errorf("hosts, in line %d, has to be changed by hand", key.Line), "set under hosts: " + strings.TrimSpace(line)}
}

// topLevel returns a key of the document's mapping and its value; nil where there is none.
func topLevel(doc *yaml.Node, name string) (key, value *yaml.Node) {
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil
	}
	m := doc.Content[0].Content
	for i := 0; i+1 < len(m); i += 2 {
		if m[i].Value == name {
			return m[i], m[i+1]
		}
	}
	return nil, nil
}

func hasKey(m *yaml.Node, name string) bool {
	for i := 0; i < len(m.Content); i += 2 {
		if strings.EqualFold(m.Content[i].Value, name) {
			return true
		}
	}
	return false
}

// added returns the lines that are new, as they will stand in the file.
func added(old, data []byte) string {
	had := map[string]int{}
	for line := range strings.Lines(string(old)) {
		had[strings.TrimRight(line, "\r\n")]++
	}
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if had[line] > 0 {
			had[line]--
			continue
		}
		fmt.Fprintf(&b, "+ %s\n", line)
	}
	return b.String()
}

// writeLike writes a new file with the rights and the owner of another, down to the disk.
func writeLike(model, path string, data []byte) error {
	info, err := os.Stat(model)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return ownLike(info, path)
}
