package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/idna"
)

// check looks at one section after it was filled: at what no single type can say.
type check struct {
	*loader
	at    map[string]place // of the section's values
	whole place            // of the section
}

// place returns where a value was set: in this section, else in the defaults, else the section itself.
func (c check) place(path string) place {
	if p, ok := c.at[path]; ok {
		return p
	}
	if p, ok := c.defaults["defaults."+path]; ok {
		return p
	}
	return c.whole
}

// fault keeps a fault of the value at a path; a nil error is none.
func (c check) fault(path string, err error) {
	if err != nil {
		c.faultAt(c.place(path), err)
	}
}

// warn keeps a warning.
func (c check) warn(path, msg, hint string) {
	p := c.place(path)
	c.warnings.add(*p.f.at(p.line, p.col, msg, hint))
}

// checkTop checks all but the sources and their defaults, and makes paths relative to the file.
func (l *loader) checkTop(w *walker) {
	c, cfg := check{l, w.at, place{w.f, 1, 1, ""}}, l.cfg
	c.paths(w.f.dir)
	if cfg.Listen == "off" {
		cfg.Listen = ""
	}
	c.fault("listen", checkListen(cfg.Listen))
	for i, key := range cfg.Format.Extra {
		if key != "" && slices.Index(cfg.Format.Extra, key) < i {
			c.fault(fmt.Sprintf("format.extra[%d]", i), fmt.Errorf("%q is there twice", key))
		}
	}
	if _, set := c.at["format.extra"]; set && cfg.Format.Profile == "seed" && len(cfg.Format.Extra) > 0 {
		c.warn("format.extra", "the profile seed has no extra keys", "take out extra, or choose another profile")
	}
	c.fault("fetch.user_agent", checkUserAgent(cfg.Fetch.UserAgent, false))
	c.fault("fetch.proxy", checkProxy(cfg.Fetch.Proxy))
	c.hosts()
}

// paths refuses stores that this version does not have, and joins relative paths to the folder of the file.
func (c check) paths(dir string) {
	cfg := c.cfg
	archive, database := cfg.Archive, cfg.Database
	if scheme, _, ok := strings.Cut(archive, "://"); ok {
		hint := "give a folder"
		if scheme == "s3" {
			hint = "give a folder; S3 is planned, this version stores articles in a folder only"
		}
		c.fault("archive", fmt.Errorf("archive: %s:// is not available in this version\n%s", scheme, hint))
		return
	}
	if scheme, _, ok := strings.Cut(database, "://"); ok {
		hint := "give a file"
		if scheme == "postgres" || scheme == "postgresql" {
			hint = "give a file, or take the line out; PostgreSQL is planned, this version has SQLite only"
		}
		c.fault("database", fmt.Errorf("database: %s:// is not available in this version\n%s", scheme, hint))
		database = ""
	}
	if archive == "" {
		c.fault("archive", errors.New("archive is empty\ngive a folder, such as ./archive"))
		return
	}
	within := func(path string) string {
		if filepath.IsAbs(path) {
			return filepath.Clean(path)
		}
		return filepath.Join(dir, path)
	}
	cfg.Archive = within(archive)
	cfg.Database = filepath.Join(cfg.Archive, "feedfolio.db")
	if database != "" {
		cfg.Database = within(database)
	}
	if cfg.Database == cfg.Archive {
		c.fault("database", errors.New("database is the archive's folder\ngive a file, such as feedfolio.db in it"))
	}
}

func checkListen(s string) error {
	if s == "" {
		return nil
	}
	const help = "\nwrite host:port, such as 127.0.0.1:8080, or :8080 for all addresses, or off"
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%s is not an address to listen on%s", quote(s), help)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("%s is not a port from 0 to 65535%s", quote(port), help)
	}
	if strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%s is not a host%s", quote(host), help)
	}
	return nil
}

func checkUserAgent(s string, mayBeEmpty bool) error {
	if s == "" && !mayBeEmpty {
		return errors.New("user_agent is empty\nmany publishers refuse requests without one; take the line out for the default")
	}
	if !httpguts.ValidHeaderFieldValue(s) || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return errors.New("user_agent holds characters that a header cannot have\nwrite it in ASCII")
	}
	return nil
}

func checkProxy(s Secret) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return errors.New("proxy is not an http://, https:// or socks5:// address\nwrite for example socks5://127.0.0.1:1080")
	}
	return nil
}

// hosts checks the settings of single hosts, and writes their names as requests have them.
func (c check) hosts() {
	out := map[string]Host{}
	names := make([]string, 0, len(c.cfg.Hosts))
	for name := range c.cfg.Hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		h, path := c.cfg.Hosts[name], "hosts["+name+"]"
		host, err := hostName(name)
		c.fault("key "+path, err)
		if _, dup := out[host]; dup && err == nil {
			c.fault("key "+path, fmt.Errorf("the host %s is there twice", host))
		}
		c.fault(path+".user_agent", checkUserAgent(h.UserAgent, true))
		c.fault(path+".proxy", checkProxy(h.Proxy))
		c.headers(path+".headers", h.Headers)
		c.cookies(path+".cookies", h.Cookies)
		out[host] = h
	}
	if len(out) > 0 {
		c.cfg.Hosts = out
	}
}

// hostName checks a host's name and returns it as requests have it: lower case, ASCII.
func hostName(s string) (string, error) {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return "", fmt.Errorf("%s is an address, not the name of a host\nwrite %s", quote(s), u.Host)
	}
	name, port, hasPort := cutPort(strings.TrimSuffix(s, "."))
	if hasPort {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", fmt.Errorf("%s is not a port", quote(port))
		}
	}
	ascii := strings.Trim(name, "[]")
	if _, err := netip.ParseAddr(ascii); err == nil {
		return strings.ToLower(s), nil
	}
	if strings.Contains(name, "*") {
		return "", fmt.Errorf("%s: a pattern is not understood here\nwrite each host's name", quote(s))
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || ascii == "" || strings.ContainsAny(ascii, " /?#@\\%:") {
		return "", fmt.Errorf("%s is not the name of a host\nwrite for example www.sec.gov", quote(s))
	}
	if hasPort {
		ascii += ":" + port
	}
	return strings.ToLower(ascii), nil
}

// refusedHeaders belong to the transport.
var refusedHeaders = map[string]string{
	"host":                "the address says it",
	"content-length":      "the transport sets it",
	"transfer-encoding":   "the transport sets it",
	"connection":          "the transport sets it",
	"accept-encoding":     "the transport sets it, so that what comes is unpacked within limits",
	"cookie":              "use `cookies`",
	"proxy-authorization": "put user and password into `proxy`",
	"if-none-match":       "feedfolio sends what the server gave it",
	"if-modified-since":   "feedfolio sends what the server gave it",
	"range":               "feedfolio reads whole documents",
}

func (c check) headers(path string, headers map[string]Secret) {
	seen := map[string]string{}
	for _, name := range sortedKeys(headers) {
		at, lower := path+"["+name+"]", strings.ToLower(name)
		switch why := refusedHeaders[lower]; {
		case !httpguts.ValidHeaderFieldName(name):
			c.fault("key "+at, fmt.Errorf("%s is not the name of a header", quote(name)))
		case why != "":
			c.fault("key "+at, fmt.Errorf("the header %s cannot be set\n%s", name, why))
		case !httpguts.ValidHeaderFieldValue(headers[name].Reveal()):
			c.fault(at, fmt.Errorf("the value of the header %s holds characters that a header cannot have", name))
		case seen[lower] != "":
			c.fault("key "+at, fmt.Errorf("the header %s is there twice, as %s too", name, seen[lower]))
		}
		seen[lower] = name
	}
}

func (c check) cookies(path string, cookies map[string]Secret) {
	for _, name := range sortedKeys(cookies) {
		at, value := path+"["+name+"]", cookies[name].Reveal()
		bad := func(r rune) bool { return r <= ' ' || r >= 0x7F || r == ';' || r == ',' || r == '"' || r == '\\' }
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			c.fault("key "+at, fmt.Errorf("%s is not the name of a cookie", quote(name)))
		case strings.ContainsFunc(value, bad):
			c.fault(at, fmt.Errorf("the value of the cookie %s holds characters that a cookie cannot have\ngive each cookie a line: `name: value`, without ; and quotes", name))
		}
	}
}

func sortedKeys(m map[string]Secret) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// checkDefaults checks the defaults as far as they go without a source.
func (l *loader) checkDefaults(w *walker) {
	at := map[string]place{}
	for path, p := range w.at {
		if rest, ok := strings.CutPrefix(path, "defaults."); ok {
			at[rest] = p
		} else if rest, ok := strings.CutPrefix(path, "key defaults."); ok {
			at["key "+rest] = p
			l.defaults["defaults.key "+rest] = p
		}
	}
	c := check{l, at, place{w.f, 1, 1, ""}}
	for _, key := range []string{"name", "url"} {
		if p, set := at[key]; set {
			l.faultAt(p, fmt.Errorf("%s has no default\neach source has its own", key))
		}
	}
	s := l.cfg.Defaults
	c.values(&s)
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// source checks a complete source.
func (c check) source(s *Source) {
	if p, set := c.at["name"]; set && (!validName.MatchString(s.Name) || len(s.Name) > maxName) {
		hint := "lower-case letters, digits and hyphens, at most 64"
		if slug := slugify(p.text); slug != "" {
			hint += "; for example " + slug
		}
		c.fault("name", fmt.Errorf("%s is not a name\n%s", quote(p.text), hint))
	}
	if p, set := c.at["url"]; !set {
		c.fault("", errors.New("a source without url"))
	} else if s.URL != "" {
		c.fault("url", checkURL(s.URL, p.text))
	} else if p.text == "" {
		c.fault("url", errors.New("url is empty"))
	}
	c.values(s)
	c.kind(s)
	if s.Extract.isSet() && s.FullText == "never" {
		c.warn("full_text", "full_text: never leaves the rules of extract unused", "")
	}
}

func (e *Extract) isSet() bool {
	return e != nil && (e.Content != "" || e.NextPage != "" || e.Title != "" || e.Date != "" || e.Author != "" || len(e.Remove) > 0)
}

// checkURL checks a source's address. Faults show it as written, without what the environment added.
func checkURL(s, written string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return fmt.Errorf("%s is not an address\nwrite it whole, such as https://news.example/feed.xml", quote(written))
	case u.Scheme == "feed":
		return fmt.Errorf("%s is not fetched\nwrite https:// in place of its feed: prefix", quote(written))
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not an http:// or https:// address\nwrite it whole, such as https://news.example/feed.xml", quote(written))
	case u.User != nil:
		return errors.New("user and password in a url show in logs and files\nuse headers: {Authorization: \"Basic ${NAME}\"}, the variable holding user:password in base64")
	case u.Hostname() == "":
		return fmt.Errorf("%s names no host", quote(written))
	case strings.ContainsFunc(s, unicode.IsSpace):
		return fmt.Errorf("%s holds a space\nwrite %%20", quote(written))
	case len(s) > 8000:
		return errors.New("the url is longer than 8000 bytes")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%s is not a port", quote(port))
		}
	}
	if _, err := hostName(u.Hostname()); err != nil && !strings.Contains(u.Hostname(), "_") {
		return err
	}
	return nil
}

// sets says whether one of these keys was set in this section. What a source takes from the defaults was checked there.
func (c check) sets(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		_, set := c.at[key]
		return set
	})
}

// values checks what does not depend on url and name.
func (c check) values(s *Source) {
	switch {
	case !c.sets("schedule", "timezone"):
	case s.Schedule == "":
		c.fault("schedule", errors.New("schedule is empty\nwrite auto, a cron expression such as \"*/10 * * * *\", or @every 15m"))
	case s.Schedule != "auto" && c.CheckSchedule != nil:
		tz := s.Timezone
		if tz == nil {
			tz = c.cfg.Timezone
		}
		c.fault("schedule", c.CheckSchedule(s.Schedule, tz))
	}
	if s.Market != "" && c.CheckMarket != nil && c.sets("market") {
		c.fault("market", c.CheckMarket(s.Market))
	}
	if c.sets("recheck") {
		c.recheck(s.Recheck)
	}
	if c.sets("extract") {
		c.extract(s.Extract)
	}
	if c.sets("filter") {
		c.rules("filter.keep", s.Filter.Keep)
		c.rules("filter.drop", s.Filter.Drop)
	}
	if c.sets("headers") {
		c.headers("headers", s.Headers)
	}
	if c.sets("cookies") {
		c.cookies("cookies", s.Cookies)
	}
	if c.sets("proxy") {
		c.fault("proxy", checkProxy(s.Proxy))
	}
	for i, sym := range s.Symbols {
		if len(sym) > 64 {
			c.fault(fmt.Sprintf("symbols[%d]", i), fmt.Errorf("%s is not an instrument", quote(sym)))
		}
	}
}

func (c check) recheck(times []time.Duration) {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			c.fault(fmt.Sprintf("recheck[%d]", i), errors.New("the times of recheck must ascend"))
			break
		}
	}
	if len(times) > 20 {
		c.fault("recheck", errors.New("recheck has more than 20 times"))
	}
}

func (c check) extract(x *Extract) {
	c.selector("extract.content", x.Content)
	c.selector("extract.next_page", x.NextPage)
	c.selector("extract.title", x.Title)
	c.selector("extract.date", x.Date)
	c.selector("extract.author", x.Author)
	for i, sel := range x.Remove {
		c.selector(fmt.Sprintf("extract.remove[%d]", i), sel)
	}
}

func (c check) rules(path string, rules []string) {
	for i, r := range rules {
		if r == "" {
			continue // reported already
		}
		_, err := ParseRule(r)
		c.fault(fmt.Sprintf("%s[%d]", path, i), err)
	}
}

// maxSelector bounds selectors: the parser is recursive, and no page needs more.
const maxSelector = 2000

func (c check) selector(path, sel string) {
	if sel == "" {
		return
	}
	if len(sel) > maxSelector {
		c.fault(path, fmt.Errorf("the selector is longer than %d bytes", maxSelector))
		return
	}
	if _, err := cascadia.ParseGroup(sel); err != nil {
		c.fault(path, fmt.Errorf("%s is not a CSS selector: %w", quote(sel), err))
	}
}

// kind checks that what a kind needs is there, and nothing that it does not know.
func (c check) kind(s *Source) {
	switch s.Kind {
	case "page":
		if s.List.Item == "" {
			c.fault("kind", errors.New("kind: page needs list.item, the CSS selector of the entries\nwrite for example list: {item: \"ul.news li\"}"))
		}
		for key, sel := range s.List.Texts() {
			c.selector("list."+key, sel)
		}
	case "json":
		if s.List.Link == "" && s.List.Content == "" {
			c.fault("kind", errors.New("kind: json needs list.link, the path of an entry's address, or list.content\nwrite for example list: {item: data.list, link: url}"))
		}
		for key, path := range s.List.Texts() {
			c.fault("list."+key, checkPath(path, key == "link" || key == "next"))
		}
	default:
		if p, set := c.at["list"]; set {
			c.faultAt(p, fmt.Errorf("list means nothing for kind: %s\nwrite kind: page (a listing in HTML) or kind: json", s.Kind))
		}
	}
	if _, set := c.at["list.pages"]; set && s.List.Pages > 1 && s.List.Next == "" {
		c.fault("list.pages", errors.New("list.pages needs list.next, which says where the next page is"))
	}
}

// checkPath checks a dotted field path, or a template with {path} in it.
func checkPath(s string, template bool) error {
	if s == "" {
		return nil
	}
	paths := []string{s}
	if template && strings.ContainsAny(s, "{}") {
		paths = nil
		for rest := s; ; {
			before, after, ok := strings.Cut(rest, "{")
			if strings.Contains(before, "}") {
				return fmt.Errorf("%s: a } without {", quote(s))
			}
			if !ok {
				break
			}
			path, tail, closed := strings.Cut(after, "}")
			if !closed {
				return fmt.Errorf("%s: a { without }", quote(s))
			}
			paths, rest = append(paths, path), tail
		}
	} else if template && strings.Contains(s, "://") {
		return fmt.Errorf("%s is the same address for all entries\nput a path in braces into it: https://news.example/a/{id}", quote(s))
	}
	for _, p := range paths {
		if slices.Contains(strings.Split(p, "."), "") || strings.ContainsAny(p, "{} \t") || len(p) > 500 {
			return fmt.Errorf("%s is not a path of fields\nwrite names with dots between them: data.list, or result.0.title", quote(p))
		}
	}
	return nil
}

// twice reports names and addresses that an earlier source has.
func (c check) twice(s *Source, names, urls map[string]place) {
	p, named := c.at["name"]
	if first, dup := names[s.Name]; dup && named {
		c.faultAt(p, fmt.Errorf("the name %q is there twice\nthe first is at %s", s.Name, first))
	}
	first, dup := urls[s.URL]
	switch {
	case s.URL == "":
	case !dup:
		urls[s.URL] = c.place("url")
	case named:
		c.warn("url", "the same url is there twice", "the first is at "+first.String())
	default:
		c.fault("url", fmt.Errorf("the same url is there twice, and no name tells the two apart\nthe first is at %s", first))
	}
}
