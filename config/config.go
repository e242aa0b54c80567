// Package config reads feedfolio.yaml: one schema, defaults filled and everything checked once, in Load.
//
// Loading is strict. Unknown keys, wrong values and contradictions are all reported together, each with file, line,
// column, the line itself and a hint. After Load a *Config never changes and no other package checks settings again.
package config

import "time"

// Config is the whole of feedfolio.yaml, with every default filled in.
type Config struct {
	Archive  string          `yaml:"archive"`  // the folder that is kept
	Database string          `yaml:"database"` // the SQLite file; default <archive>/feedfolio.db
	Listen   string          `yaml:"listen"`   // address of pages, API and metrics; "" = off
	Timezone *time.Location  `yaml:"timezone"` // of schedules, and of dates that have none
	Format   Format          `yaml:"format"`
	Include  []string        `yaml:"include"` // more sources, in files of their own; globs, relative to this file
	Raw      Raw             `yaml:"raw"`
	Fetch    Fetch           `yaml:"fetch"`
	Hosts    map[string]Host `yaml:"hosts"`    // settings for one host
	Defaults Source          `yaml:"defaults"` // any key of a source
	Sources  []Source        `yaml:"sources"`

	Path string `yaml:"-"` // the file this was read from
}

// Format says how an article is written.
type Format struct {
	Profile string   `yaml:"profile"` // hexo | seed | hugo | jekyll | eleventy | obsidian | markdown
	Extra   []string `yaml:"extra"`   // keys after the seven; empty for none
	Escape  string   `yaml:"escape"`  // none | html: for themes that print titles raw
}

// Raw says how long a page is kept as it came.
type Raw struct {
	Keep time.Duration `yaml:"keep"` // 0: off; Forever: never pruned
}

// Forever is the duration that "forever" means.
const Forever = time.Duration(1<<63 - 1)

// Fetch is how the network is used.
type Fetch struct {
	UserAgent            string        `yaml:"user_agent"`
	Timeout              time.Duration `yaml:"timeout"`  // of a whole request, its body read
	MaxBody              int64         `yaml:"max_body"` // bytes, unpacked
	Workers              int           `yaml:"workers"`  // requests (and the work on their answers) at once
	PerHost              PerHost       `yaml:"per_host"`
	Robots               bool          `yaml:"robots"`
	AllowPrivateNetworks bool          `yaml:"allow_private_networks"`
	Proxy                Secret        `yaml:"proxy"` // http://, https:// or socks5:// URL; "" = none
}

// PerHost is the politeness that every host is owed.
type PerHost struct {
	Delay       time.Duration `yaml:"delay"`       // least time between the starts of two requests
	Connections int           `yaml:"connections"` // requests in flight at once
}

// Host overrides settings for one host. A nil or empty field takes what Fetch says.
type Host struct {
	Delay                *time.Duration    `yaml:"delay"`
	Connections          int               `yaml:"connections"`
	UserAgent            string            `yaml:"user_agent"`
	Robots               *bool             `yaml:"robots"`
	AllowPrivateNetworks *bool             `yaml:"allow_private_networks"`
	Proxy                Secret            `yaml:"proxy"`
	Timeout              time.Duration     `yaml:"timeout"`
	MaxBody              int64             `yaml:"max_body"`
	Headers              map[string]Secret `yaml:"headers"`
	Cookies              map[string]Secret `yaml:"cookies"`
}

// Source is one place that news come from.
type Source struct {
	Name             string            `yaml:"name"` // [a-z0-9-]; default: made from the URL
	URL              string            `yaml:"url"`
	Kind             string            `yaml:"kind"`     // feed | sitemap | page | json
	Topic            string            `yaml:"topic"`    // first of the categories [topic, site, title]
	Site             string            `yaml:"site"`     // second of the categories, and the author
	Title            string            `yaml:"title"`    // third; default: the feed's title
	Schedule         string            `yaml:"schedule"` // cron expression, @every 10m, or auto
	Market           string            `yaml:"market"`   // a calendar: xshg, xhkg, xnys ...
	Closed           time.Duration     `yaml:"closed"`   // interval outside the market's sessions
	Timezone         *time.Location    `yaml:"timezone"` // nil: not set
	FullText         string            `yaml:"full_text"`
	FullTextDeadline time.Duration     `yaml:"full_text_deadline"`
	RetryFor         time.Duration     `yaml:"retry_for"`
	Recheck          []time.Duration   `yaml:"recheck"`
	Extract          Extract           `yaml:"extract"`
	List             List              `yaml:"list"` // of kind page (CSS selectors) and json (field paths)
	Filter           Filter            `yaml:"filter"`
	Headers          map[string]Secret `yaml:"headers"`
	Cookies          map[string]Secret `yaml:"cookies"`
	Proxy            Secret            `yaml:"proxy"`
	MaxEntries       int               `yaml:"max_entries"` // newest of a listing; 0 = all
	Symbols          []string          `yaml:"symbols"`     // fixed for every article of this source
	Disabled         bool              `yaml:"disabled"`
}

// Extract holds a user's own extraction rules, CSS selectors all.
type Extract struct {
	Content  string   `yaml:"content"`
	Remove   []string `yaml:"remove"`
	NextPage string   `yaml:"next_page"`
	Title    string   `yaml:"title"`
	Date     string   `yaml:"date"`
	Author   string   `yaml:"author"`
}

// List says where the entries are in a listing that is no feed: CSS selectors for kind page, dotted field paths for
// kind json. Each field but Item is looked up inside one item.
type List struct {
	Item    string `yaml:"item"`    // selects the items; for json the path of the array
	Link    string `yaml:"link"`    // page: selector of the <a> (default: the item itself or its first link); json: path, or a template with {path}
	Title   string `yaml:"title"`   //
	Date    string `yaml:"date"`    //
	Summary string `yaml:"summary"` //
	Content string `yaml:"content"` // the full body, where the listing has it
	Author  string `yaml:"author"`  //
	Image   string `yaml:"image"`   //
	ID      string `yaml:"id"`      // default: the link
	Next    string `yaml:"next"`    // further pages of the listing
	Pages   int    `yaml:"pages"`   // how many pages of the listing at most (default 1)
}

// Filter keeps or drops entries. A rule is "field: RE2", field one of title, body, author, category, language, url;
// or "age: > 7d".
type Filter struct {
	Keep []string `yaml:"keep"`
	Drop []string `yaml:"drop"`
}

// Secret is a string that prints as ***.
type Secret string

// String hides the secret; Reveal gives it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }
