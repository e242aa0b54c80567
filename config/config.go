// Package config reads feedfolio.yaml: one schema, defaults filled and everything checked once, in Load.
//
// Loading is strict. Unknown keys, wrong values and contradictions are all reported together, each with file, line,
// column, the line itself and a hint. After Load a *Config never changes and no other package checks settings again.
//
// The types of this file are the schema. The comment of a field is what the user reads about its key, in
// docs/configuration.md and, through feedfolio.schema.json, in an editor; so it is written for the user, without the Go
// name in front. Lines that begin with "Example:" are YAML, and a test loads them. Tags say the rest:
//
//	yaml     the key
//	enum     the words allowed
//	min, max bounds of a number, a size or a duration
//	words    off (0) and forever (Forever), where a duration may be one of them
//	unit     bytes: the number is a size (20MiB)
//	expand   ${NAME} is replaced from the environment (a Secret always is, and takes file: references too)
//
// The way of a file: yaml builds a node tree (tree.go), the walker fills the types from it (decode.go), checks look at
// what single types cannot say (check.go), and every fault on the way is kept with its place (fault.go).
package config

import (
	"slices"
	"strings"
	"time"
)

// Config is the whole of feedfolio.yaml, with every default filled in.
type Config struct {
	// The folder that is kept: articles, revisions, raw pages and the database. A relative path is relative to this file.
	// Example: archive: /var/lib/feedfolio
	Archive string `yaml:"archive" expand:"true"`

	// The database file (SQLite). By default feedfolio.db in the archive. A relative path is relative to this file.
	// Example: database: ./archive/feedfolio.db
	Database string `yaml:"database" expand:"true"`

	// Address of the web pages, the API, metrics and health checks, as host:port. Empty or off: none of them.
	// Example: listen: 0.0.0.0:8080
	Listen string `yaml:"listen" expand:"true"`

	// Time zone of schedules, and of dates in feeds and pages that name none, where a source does not say its own. A name
	// of the IANA database.
	// Example: timezone: Asia/Shanghai
	Timezone *time.Location `yaml:"timezone"`

	// How articles are written.
	Format Format `yaml:"format"`

	// Files with more sources: a path or a pattern, or a list of them, relative to this file. An included file holds
	// `sources:` or just the list; the defaults of this file hold for it. A path must exist. A pattern may match no file,
	// as long as its folder exists.
	// Example: include: [sources/*.yaml]
	Include []string `yaml:"include"`

	// How long fetched pages are kept as they came, so that `feedfolio reprocess` can extract them again.
	Raw Raw `yaml:"raw"`

	// How long earlier revisions of corrected articles are kept. The newest is always kept.
	Revisions Revisions `yaml:"revisions"`

	// Who is told when a source needs to be looked at.
	Alarms Alarms `yaml:"alarms"`

	// Names that stand for listed instruments, for the extra key `symbols`: a name in a title or text, and the symbol
	// that it means.
	// Example: symbols: {贵州茅台: 600519.SH, Apple Inc.: AAPL.US}
	Symbols map[string]string `yaml:"symbols"`

	// How the network is used.
	Fetch Fetch `yaml:"fetch"`

	// Settings for one host, by its name (or name:port). What is left out is as in `fetch`.
	// Example: hosts: {www.sec.gov: {delay: 100ms, user_agent: "Example Ltd contact@example.com"}}
	Hosts map[string]Host `yaml:"hosts"`

	// Any keys of a source but name and url, for all sources that do not set them. Lists of a source replace the list
	// given here; headers and cookies are added to those given here.
	// Example: defaults: {topic: 金融, timezone: Asia/Shanghai}
	Defaults Source `yaml:"defaults"`

	// Where news come from. Each has at least a url.
	// Example: sources: [{url: https://news.example/feed.xml}]
	Sources []Source `yaml:"sources"`

	Path     string  `yaml:"-"` // the file this was read from
	Warnings []Fault `yaml:"-"` // what is allowed, but hardly meant

	byName map[string]int // index of Sources; nil where this was not loaded
}

// Format says how an article is written.
type Format struct {
	// Which site generator or program the files are for. `seed` is the original sample, byte for byte.
	// Example: profile: hugo
	Profile string `yaml:"profile" enum:"hexo seed hugo jekyll eleventy obsidian markdown"`

	// Keys written after the seven that every file has, in this order. [] for none. Without them the database cannot be
	// rebuilt in full from the files.
	// Example: extra: [source_url, guid, tags, symbols]
	Extra []string `yaml:"extra" enum:"source_url guid updated tags published_raw first_seen fetched_at revision body_status content_hash symbols cluster origin sources"`

	// Whether & < > " ' in title, author and categories are written as HTML entities, for themes that print titles
	// without escaping them.
	// Example: escape: html
	Escape string `yaml:"escape" enum:"none html"`
}

// Raw says how long a page is kept as it came.
type Raw struct {
	// How long: a duration, off (kept not at all) or forever.
	// Example: keep: 30d
	Keep time.Duration `yaml:"keep" words:"off forever"`
}

// Revisions says how long what was corrected is kept.
type Revisions struct {
	// How long: a duration, or forever.
	// Example: keep: 365d
	Keep time.Duration `yaml:"keep" words:"forever" min:"1h"`
}

// Alarms says who is told that a source fails, is quiet, loses entries or comes out shorter than it used to.
type Alarms struct {
	// Address that a JSON document is POSTed to when a source's alarms change. Empty: nobody is told; feedfolio status
	// and the metrics show them all the same.
	// Example: webhook: https://hooks.example/feedfolio
	Webhook Secret `yaml:"webhook"`

	// Key of the signature (HMAC-SHA256 of the body, in hex, in the header X-Feedfolio-Signature), so that the receiver
	// knows who sent it.
	// Example: secret: file:/run/secrets/webhook
	Secret Secret `yaml:"secret"`
}

// Auto bounds what schedule auto chooses.
type Auto struct {
	// The shortest interval, for a source that publishes often.
	// Example: min: 5m
	Min time.Duration `yaml:"min" min:"1m" max:"7d"`

	// The longest interval, for one that is quiet.
	// Example: max: 6h
	Max time.Duration `yaml:"max" min:"1m" max:"30d"`
}

// Forever is the duration that "forever" means.
const Forever = time.Duration(1<<63 - 1)

// Fetch is how the network is used.
type Fetch struct {
	// The User-Agent of every request. Name an address where publishers reach you.
	// Example: user_agent: "feedfolio/1.0 (+https://example.org/contact)"
	UserAgent string `yaml:"user_agent" expand:"true"`

	// Most time for a whole request, its body read.
	// Example: timeout: 20s
	Timeout time.Duration `yaml:"timeout" min:"1s" max:"30m"`

	// Largest body of an answer, unpacked. A larger one is an error, not cut.
	// Example: max_body: 5MB
	MaxBody int64 `yaml:"max_body" unit:"bytes" min:"1KiB" max:"1GiB"`

	// How many requests, and the work on their answers, run at once over all hosts.
	// Example: workers: 16
	Workers int `yaml:"workers" min:"1" max:"10000"`

	// What every host is owed, for feeds, pages and images together.
	PerHost PerHost `yaml:"per_host"`

	// Whether robots.txt is obeyed.
	// Example: robots: false
	Robots bool `yaml:"robots"`

	// Whether loopback, private and link-local addresses may be fetched. Keep it false where feeds of strangers are read:
	// a feed could otherwise make this program ask the machines of your own network.
	// Example: allow_private_networks: true
	AllowPrivateNetworks bool `yaml:"allow_private_networks"`

	// Proxy for every request: an http://, https:// or socks5:// address. Empty: none. ${NAME} and file: references are
	// replaced.
	// Example: proxy: socks5://127.0.0.1:1080
	Proxy Secret `yaml:"proxy"`
}

// PerHost is the politeness that every host is owed.
type PerHost struct {
	// Least time between the starts of two requests to one host. A longer Crawl-delay in its robots.txt wins. 0 or off:
	// no gap.
	// Example: delay: 500ms
	Delay time.Duration `yaml:"delay" words:"off" max:"1h"`

	// Requests in flight to one host at once.
	// Example: connections: 2
	Connections int `yaml:"connections" min:"1" max:"64"`
}

// Host overrides settings for one host. A nil or empty field takes what Fetch says.
type Host struct {
	// Least time between the starts of two requests to this host.
	// Example: delay: 100ms
	Delay *time.Duration `yaml:"delay" words:"off" max:"1h"`

	// Requests in flight to this host at once.
	// Example: connections: 4
	Connections int `yaml:"connections" min:"1" max:"64"`

	// The User-Agent for this host.
	// Example: user_agent: "Example Ltd contact@example.com"
	UserAgent string `yaml:"user_agent" expand:"true"`

	// Whether this host's robots.txt is obeyed.
	// Example: robots: false
	Robots *bool `yaml:"robots"`

	// Whether this host may have a loopback, private or link-local address.
	// Example: allow_private_networks: true
	AllowPrivateNetworks *bool `yaml:"allow_private_networks"`

	// Proxy for this host.
	// Example: proxy: http://proxy.example:3128
	Proxy Secret `yaml:"proxy"`

	// Most time for a whole request to this host, its body read.
	// Example: timeout: 2m
	Timeout time.Duration `yaml:"timeout" min:"1s" max:"30m"`

	// Largest body of an answer of this host, unpacked.
	// Example: max_body: 50MiB
	MaxBody int64 `yaml:"max_body" unit:"bytes" min:"1KiB" max:"1GiB"`

	// Headers sent with every request to this host. ${NAME} and file: references are replaced.
	// Example: headers: {Authorization: "Bearer ${NEWS_TOKEN}"}
	Headers map[string]Secret `yaml:"headers"`

	// Cookies sent with every request to this host. ${NAME} and file: references are replaced.
	// Example: cookies: {session: "file:/run/secrets/news-session"}
	Cookies map[string]Secret `yaml:"cookies"`
}

// Source is one place that news come from. There may be very many of them, each copied as it is handed on: what hardly
// any sets for itself is behind a pointer, which is nil where it is not set, and shared by those that take the default.
type Source struct {
	// Name of the source: of its folder in the archive, on the command line and in metrics. Lower-case letters, digits
	// and hyphens, at most 64. By default it is made from the url. Do not change it later: it is part of the files' names.
	// Example: name: sina-china
	Name string `yaml:"name"`

	// Address of the feed, sitemap, page or JSON document. ${NAME} is replaced from the environment; logs and pages show
	// the result, so put tokens into headers where the publisher allows it.
	// Example: url: https://rsshub.example/sina/finance/china
	URL string `yaml:"url" expand:"true"`

	// What is at the address: feed (RSS, Atom, RDF, JSON Feed), sitemap, page (a listing in HTML; needs list.item) or json
	// (a listing in JSON; needs list.link or list.content).
	// Example: kind: sitemap
	Kind string `yaml:"kind" enum:"feed sitemap page json"`

	// First of the categories in the file, which are [topic, site, title].
	// Example: topic: 金融
	Topic string `yaml:"topic"`

	// Second of the categories, and the front matter's author. Without it the author is who wrote the article, else the
	// feed's title.
	// Example: site: 新浪财经
	Site string `yaml:"site"`

	// Third of the categories. By default the feed's title.
	// Example: title: 新浪财经－国內
	Title string `yaml:"title"`

	// When it is fetched: a cron expression of five fields, @every and a duration, or auto, which follows how often the
	// source publishes and what its server asks for.
	// Example: schedule: "*/10 9-15 * * 1-5"
	Schedule string `yaml:"schedule"`

	// Bounds of the interval that schedule auto chooses.
	Auto Auto `yaml:"auto"`

	// A market's calendar: the schedule holds in its sessions only, and `closed` outside them.
	// Example: market: xshg
	Market string `yaml:"market"`

	// Interval outside the market's sessions. off: not fetched then.
	// Example: closed: 1h
	Closed time.Duration `yaml:"closed" words:"off" min:"1m"`

	// Time zone of this source's schedule, and of its dates that name none. By default that of the whole file.
	// Example: timezone: Asia/Shanghai
	Timezone *time.Location `yaml:"timezone"`

	// Whether the article's page is fetched: always, never (the feed's own text is stored), or auto, which fetches it
	// unless the feed itself carries the whole body.
	// Example: full_text: always
	FullText string `yaml:"full_text" enum:"auto always never"`

	// How long a page that fails is tried before the feed's own text is stored, marked `body_status: summary`. forever:
	// such a text is never stored. off: it is stored at once.
	// Example: full_text_deadline: 1h
	FullTextDeadline time.Duration `yaml:"full_text_deadline" words:"off forever"`

	// How long a page is tried at all, ever more rarely, counted from when its entry was first seen.
	// Example: retry_for: 3d
	RetryFor time.Duration `yaml:"retry_for" words:"off forever"`

	// When a stored article is looked at again for corrections: times since it was first seen, ascending. [] or off:
	// never.
	// Example: recheck: [1h, 24h]
	Recheck []time.Duration `yaml:"recheck" words:"off" min:"1m" max:"365d"`

	// Rules for pages whose body is not found, or not found well, without them. CSS selectors.
	// Example: extract: {content: "#artibody", remove: [".appendQr_wrap"], next_page: "a.next"}
	Extract *Extract `yaml:"extract"`

	// Where the entries are in a listing that is no feed: CSS selectors for kind page, dotted field paths for kind json.
	// Example: list: {item: "ul.news li", link: a, date: .time}
	List *List `yaml:"list"`

	// Which entries are kept.
	// Example: filter: {drop: ["title: 广告|推广"]}
	Filter *Filter `yaml:"filter"`

	// Headers sent with this source's requests. ${NAME} and file: references are replaced.
	// Example: headers: {Referer: "https://finance.sina.com.cn/"}
	Headers map[string]Secret `yaml:"headers"`

	// Cookies sent with this source's requests. ${NAME} and file: references are replaced.
	// Example: cookies: {session: "${SESSION}"}
	Cookies map[string]Secret `yaml:"cookies"`

	// Proxy for this source's requests.
	// Example: proxy: http://127.0.0.1:3128
	Proxy Secret `yaml:"proxy"`

	// How many entries of a listing are taken, the newest first. 0: all.
	// Example: max_entries: 50
	MaxEntries int `yaml:"max_entries" min:"0" max:"1000000"`

	// Instruments that every article of this source is about.
	// Example: symbols: [600519.SH, "000001"]
	Symbols []string `yaml:"symbols"`

	// Whether the source is left out of schedules. What was stored stays.
	// Example: disabled: true
	Disabled bool `yaml:"disabled"`
}

// Extract holds a user's own extraction rules, CSS selectors all.
type Extract struct {
	// The element whose content is the article's body.
	// Example: content: "#artibody"
	Content string `yaml:"content"`

	// Elements taken out of the body.
	// Example: remove: [".appendQr_wrap", .related]
	Remove []string `yaml:"remove"`

	// The link to the article's next page; the pages are joined.
	// Example: next_page: a.next
	NextPage string `yaml:"next_page"`

	// The element that holds the title.
	// Example: title: h1.main-title
	Title string `yaml:"title"`

	// The element that holds the date (its datetime or content attribute, else its text).
	// Example: date: .date-source .date
	Date string `yaml:"date"`

	// The element that holds the author.
	// Example: author: .article-editor
	Author string `yaml:"author"`
}

// List says where the entries are in a listing that is no feed: CSS selectors for kind page, dotted field paths for
// kind json. Each field but Item and Next is looked up inside one item.
type List struct {
	// The items. For json: the path of the array; empty where the document itself is the array.
	// Example: item: ul.news li
	Item string `yaml:"item"`

	// The item's address. page: selector of the link (default: the item itself, or its first link). json: a path, or a
	// template with {path} in it.
	// Example: link: "https://news.example/a/{id}.html"
	Link string `yaml:"link"`

	// The item's title. page: by default the text of the link.
	// Example: title: h3
	Title string `yaml:"title"`

	// The item's date.
	// Example: date: .time
	Date string `yaml:"date"`

	// The item's summary.
	// Example: summary: p.intro
	Summary string `yaml:"summary"`

	// The whole body, where the listing has it.
	// Example: content: rich_text
	Content string `yaml:"content"`

	// The item's author.
	// Example: author: media_name
	Author string `yaml:"author"`

	// The item's picture.
	// Example: image: img
	Image string `yaml:"image"`

	// What tells the item from others for good. By default its address.
	// Example: id: docid
	ID string `yaml:"id"`

	// Further pages of the listing. page: selector of the link to the next one. json: path of its address, or of a cursor
	// in a template.
	// Example: next: a.next
	Next string `yaml:"next"`

	// How many pages of the listing are read at most.
	// Example: pages: 3
	Pages int `yaml:"pages" min:"1" max:"1000"`
}

// Texts returns the selectors or paths, by their keys.
func (l *List) Texts() map[string]string {
	return map[string]string{
		"item": l.Item, "link": l.Link, "title": l.Title, "date": l.Date, "summary": l.Summary,
		"content": l.Content, "author": l.Author, "image": l.Image, "id": l.ID, "next": l.Next,
	}
}

// Filter keeps or drops entries. ParseRule reads one rule.
type Filter struct {
	// Rules of which at least one must hold. A rule is `field: pattern`, field one of title, body, author, category,
	// language and url, the pattern a regular expression (RE2; (?i) in front ignores case) that matches anywhere; or
	// `age: < 7d`.
	// Example: keep: ["title: 银行|证券", "category: (?i)^markets$"]
	Keep []string `yaml:"keep"`

	// Rules of which none may hold. Drop wins over keep.
	// Example: drop: ["title: 广告", "age: > 7d"]
	Drop []string `yaml:"drop"`
}

// DefaultUserAgent is sent where fetch.user_agent is not set.
const DefaultUserAgent = "feedfolio/1.0 (+https://github.com/feedfolio/feedfolio)"

// Default returns the configuration that an empty file stands for. Archive and Database are as they stand in the
// file: not yet joined to its folder, and Database is empty, which means feedfolio.db in the archive.
func Default() *Config {
	return &Config{
		Archive:  "./archive",
		Listen:   "127.0.0.1:8080",
		Timezone: time.UTC,
		Format: Format{
			Profile: "hexo",
			Extra: []string{
				"source_url", "guid", "updated", "tags", "published_raw", "first_seen", "fetched_at", "revision",
				"body_status", "content_hash",
			},
			Escape: "none",
		},
		Raw:       Raw{Keep: 90 * day},
		Revisions: Revisions{Keep: Forever},
		Fetch: Fetch{
			UserAgent: DefaultUserAgent,
			Timeout:   30 * time.Second,
			MaxBody:   20 << 20,
			Workers:   64,
			PerHost:   PerHost{Delay: time.Second, Connections: 1},
			Robots:    true,
		},
		Defaults: Source{
			Kind:             "feed",
			Schedule:         "auto",
			Auto:             Auto{Min: 10 * time.Minute, Max: 12 * time.Hour},
			Closed:           30 * time.Minute,
			FullText:         "auto",
			FullTextDeadline: 6 * time.Hour,
			RetryFor:         7 * day,
			Recheck:          []time.Duration{30 * time.Minute, 3 * time.Hour, day, 7 * day},
			List:             &List{Pages: 1},
		},
	}
}

// Source returns the source of this name.
func (c *Config) Source(name string) (Source, bool) {
	if c.byName != nil {
		i, ok := c.byName[name]
		if !ok {
			return Source{}, false
		}
		return c.Sources[i], true
	}
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return c.Sources[i], true
		}
	}
	return Source{}, false
}

// Host returns what holds for one host (a name, or name:port), with everything that its entry in hosts leaves out taken
// from Fetch: no pointer of the result is nil. An entry with the port wins over one without.
func (c *Config) Host(host string) Host {
	return MergeHost(c.Fetch, c.Hosts, host)
}

// MergeHost is Config.Host for who has the parts only.
func MergeHost(f Fetch, hosts map[string]Host, host string) Host {
	host = strings.ToLower(host)
	h, ok := hosts[host]
	if !ok {
		name, _, _ := cutPort(host)
		h = hosts[name]
	}
	if h.Delay == nil {
		h.Delay = &f.PerHost.Delay
	}
	if h.Robots == nil {
		h.Robots = &f.Robots
	}
	if h.AllowPrivateNetworks == nil {
		h.AllowPrivateNetworks = &f.AllowPrivateNetworks
	}
	if h.Connections == 0 {
		h.Connections = f.PerHost.Connections
	}
	if h.UserAgent == "" {
		h.UserAgent = f.UserAgent
	}
	if h.Proxy == "" {
		h.Proxy = f.Proxy
	}
	if h.Timeout == 0 {
		h.Timeout = f.Timeout
	}
	if h.MaxBody == 0 {
		h.MaxBody = f.MaxBody
	}
	return h
}

// cutPort splits host:port; ok says whether there was a port. An IPv6 address keeps its brackets.
func cutPort(hostport string) (host, port string, ok bool) {
	i := strings.LastIndexByte(hostport, ':')
	if i < 0 || strings.IndexByte(hostport[i:], ']') >= 0 || strings.Count(hostport, ":") > 1 && hostport[0] != '[' {
		return hostport, "", false
	}
	return hostport[:i], hostport[i+1:], true
}

// Categories returns the categories of this source's articles: topic, site, and title (or else the feed's), without
// empties and repeats; the source's name where nothing is left.
func (s Source) Categories(feedTitle string) []string {
	title := s.Title
	if strings.TrimSpace(title) == "" {
		title = feedTitle
	}
	var out []string
	for _, c := range []string{s.Topic, s.Site, title} {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if out == nil {
		out = []string{s.Name}
	}
	return out
}
