package article

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Limits of front matter that was edited: a YAML reader takes far more time and memory than the text is long.
const (
	maxYAML     = 1 << 20 // bytes
	maxBrackets = 10_000
)

// kind is how the values of a key are written.
type kind int

const (
	quotedText  kind = iota // always in single quotes
	keyword                 // plain, one of extraKey.words
	number                  // plain, from 1
	date                    // as the profile writes dates
	plainList               // each value plain where that is safe
	quotedList              // each value in single quotes
	freeList                // a plainList of texts that a theme may print: escaped with the title
	escapedText             // a quotedText that a theme may print
)

// extraKey is a key that may follow the seven. Its field returns a *string, *int, *time.Time or *[]string.
type extraKey struct {
	name  string
	kind  kind
	words []string // of a keyword
	field func(*Article) any
}

// extraKeys were each tried in Hexo, Hugo and Jekyll: none of them has a meaning there that changes the page.
var extraKeys = []extraKey{
	{name: "source_url", kind: quotedText, field: func(a *Article) any { return &a.SourceURL }},
	{name: "guid", kind: quotedText, field: func(a *Article) any { return &a.GUID }},
	{name: "updated", kind: date, field: func(a *Article) any { return &a.Updated }},
	{name: "tags", kind: freeList, field: func(a *Article) any { return &a.Tags }},
	{name: "published_raw", kind: quotedText, field: func(a *Article) any { return &a.PublishedRaw }},
	{name: "first_seen", kind: date, field: func(a *Article) any { return &a.FirstSeen }},
	{name: "fetched_at", kind: date, field: func(a *Article) any { return &a.Fetched }},
	{name: "revision", kind: number, field: func(a *Article) any { return &a.Revision }},
	{
		name: "body_status", kind: keyword, words: []string{string(Full), string(Partial), string(Summary)},
		field: func(a *Article) any { return (*string)(&a.Status) },
	},
	{name: "content_hash", kind: quotedText, field: func(a *Article) any { return &a.ContentHash }},
	{name: "content_lang", kind: quotedText, field: func(a *Article) any { return &a.Language }},
	{name: "symbols", kind: quotedList, field: func(a *Article) any { return &a.Symbols }},
	{name: "cluster", kind: quotedText, field: func(a *Article) any { return &a.Cluster }},
	{name: "origin", kind: keyword, words: []string{"origin", "copy"}, field: func(a *Article) any { return &a.Origin }},
	{name: "sources", kind: plainList, field: func(a *Article) any { return &a.Sources }},
}

// Extras returns the names of the extra keys that NewFormat takes.
func Extras() []string {
	names := make([]string, len(extraKeys))
	for i := range extraKeys {
		names[i] = extraKeys[i].name
	}
	return names
}

// reserved are names that site generators own: a value there hides, moves or replaces the article.
var reserved = set("content", "layout", "permalink", "published", "source", "path", "slug", "raw", "more", "photos", "id", "excerpt",
	"link", "lang", "language", "url", "type", "weight", "draft", "markup", "aliases", "pubdate", "expirydate", "name", "collection",
	"next", "previous", "output", "category", "hash")

// standard are the keys that every article has.
var standard = []string{"title", "categories", "headimg", "author", "comments", "date", "thumbnail"}

func findExtra(name string) (*extraKey, error) {
	for i := range extraKeys {
		if extraKeys[i].name == name {
			return &extraKeys[i], nil
		}
	}
	switch {
	case slices.Contains(standard, name):
		return nil, fmt.Errorf("format: extra key %q is one of the seven that are always written", name)
	case reserved[strings.ToLower(name)]:
		return nil, fmt.Errorf("format: extra key %q belongs to the site generators: it would hide, move or replace the article; one of %s",
			name, strings.Join(Extras(), ", "))
	}
	return nil, fmt.Errorf("format: unknown extra key %q; one of %s", name, strings.Join(Extras(), ", "))
}

// write writes the key where the article has a value for it.
func (k *extraKey) write(w *headWriter, f *format, a *Article) error {
	switch v := k.field(a).(type) {
	case *time.Time:
		if writable(*v) {
			w.date(k.name, *v)
		}
	case *int:
		if *v > 0 {
			w.b = append(strconv.AppendInt(append(append(w.b, k.name...), ": "...), int64(*v), 10), '\n')
		}
	case *[]string:
		list := cleanList(*v)
		if k.kind == freeList {
			list = f.texts(list)
		}
		if len(list) > 0 {
			w.list(k.name, list, k.kind == quotedList)
		}
	case *string:
		switch s := clean(*v); {
		case s == "":
		case k.kind != keyword:
			w.quoted(k.name, s)
		case slices.Contains(k.words, s):
			w.plain(k.name, s)
		default:
			return fmt.Errorf("%s is %q; one of %s", k.name, s, strings.Join(k.words, ", "))
		}
	}
	return nil
}

// headWriter appends front matter. One line a scalar, always.
type headWriter struct {
	b      []byte
	spaces bool   // a space after the name of a list, as in the original sample
	layout string // of dates
}

func (w *headWriter) quoted(name, value string) {
	w.b = append(append(w.b, name...), ": "...)
	w.quote(value)
}

func (w *headWriter) plain(name, value string) {
	w.b = append(append(w.b, name...), ": "...)
	w.value(value)
}

func (w *headWriter) list(name string, values []string, quote bool) {
	w.b = append(append(w.b, name...), ':')
	if len(values) == 0 {
		w.b = append(w.b, " []\n"...)
		return
	}
	if w.spaces {
		w.b = append(w.b, ' ')
	}
	w.b = append(w.b, '\n')
	for _, v := range values {
		w.b = append(w.b, " - "...)
		if quote {
			w.quote(v)
		} else {
			w.value(v)
		}
	}
}

func (w *headWriter) date(name string, t time.Time) {
	w.b = append(append(w.b, name...), ": "...)
	w.b = append(t.UTC().AppendFormat(w.b, w.layout), '\n')
}

// value writes a text plain if that is safe in every YAML reader, else in quotes.
func (w *headWriter) value(s string) {
	if safe(s) {
		w.b = append(append(w.b, s...), '\n')
		return
	}
	w.quote(s)
}

func (w *headWriter) quote(s string) {
	w.b = append(w.b, '\'')
	for {
		i := strings.IndexByte(s, '\'')
		if i < 0 {
			break
		}
		w.b = append(append(w.b, s[:i]...), "''"...)
		s = s[i+1:]
	}
	w.b = append(append(w.b, s...), "'\n"...)
}

// safe reports whether a cleaned text means itself as a plain YAML scalar, in YAML 1.1 and 1.2.
func safe(s string) bool {
	for i, r := range s {
		switch {
		case unicode.IsLetter(r):
		case i == 0:
			return false
		case r < 0x80:
			if (r < '0' || r > '9') && !strings.ContainsRune(" ._-/()", r) {
				return false
			}
		case !unicode.IsNumber(r) && !unicode.IsMark(r) && !unicode.IsPunct(r):
			return false
		}
	}
	return s != "" && s[len(s)-1] != ' ' && !words[strings.ToLower(s)]
}

// words are plain scalars that some reader takes for a boolean, nothing or a number.
var words = set("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf")

// pair is a key of front matter with its value: a scalar, or a list.
type pair struct {
	key    string
	scalar string
	list   []string
}

// values returns the pair's list; a scalar is a list of one.
func (p pair) values() []string {
	if p.list == nil && p.scalar != "" {
		return []string{p.scalar}
	}
	return p.list
}

// readHead sets the article's fields from its front matter.
func readHead(a *Article, head string, escaped bool) error {
	pairs, ok := strictPairs(head)
	if !ok {
		var err error
		if pairs, err = yamlPairs(head); err != nil {
			return err
		}
	}
text:
	for _, p := range pairs {
		for i := range extraKeys {
			if k := &extraKeys[i]; k.name == p.key {
				if err := k.read(a, p, escaped); err != nil {
					return err
				}
				continue text
			}
		}
		switch p.key {
		case "title":
			a.Title = unescapeText(p.scalar, escaped)
		case "categories":
			a.Categories = unescapeTexts(p.values(), escaped)
		case "author":
			a.Author = unescapeText(strings.Join(p.values(), ", "), escaped)
		case "headimg":
			a.Image = p.scalar
		case "thumbnail":
			a.Thumbnail = p.scalar
		case "date":
			t, err := parseDate(p.key, p.scalar)
			if err != nil {
				return err
			}
			a.Published = t
		}
	}
	if a.Thumbnail == a.Image {
		a.Thumbnail = ""
	}
	// Without a claim by the publisher, the date is the time when we first saw the entry.
	if a.PublishedRaw == "" && a.Published.Equal(a.FirstSeen) {
		a.Published = time.Time{}
	}
	return nil
}

func (k *extraKey) read(a *Article, p pair, escaped bool) error {
	switch v := k.field(a).(type) {
	case *time.Time:
		t, err := parseDate(k.name, p.scalar)
		if err != nil {
			return err
		}
		*v = t
	case *int:
		if p.scalar == "" {
			return nil
		}
		n, err := strconv.Atoi(p.scalar)
		if err != nil || n < 0 {
			return fmt.Errorf("%s: %q is not a whole number from 1", k.name, p.scalar)
		}
		*v = n
	case *[]string:
		*v = unescapeTexts(p.values(), escaped && k.kind == freeList)
	case *string:
		if k.kind == keyword && p.scalar != "" && !slices.Contains(k.words, p.scalar) {
			return fmt.Errorf("%s: %q is not one of %s", k.name, p.scalar, strings.Join(k.words, ", "))
		}
		*v = p.scalar
	}
	return nil
}

func unescapeText(s string, escaped bool) string {
	if !escaped {
		return s
	}
	return htmlUnescaper.Replace(s)
}

func unescapeTexts(list []string, escaped bool) []string {
	out := slices.Clone(list)
	if escaped {
		for i := range out {
			out[i] = htmlUnescaper.Replace(out[i])
		}
	}
	return out
}

// strictPairs reads front matter as the formats write it, and reports whether that is what it is. It exists because a
// real YAML reader takes many times as long, and the archive is read whole by reindex.
func strictPairs(head string) ([]pair, bool) {
	pairs := make([]pair, 0, 24)
	seen := make(map[string]bool, 24)
	open := false // the last key has nothing behind it, so a list may follow
	for len(head) > 0 {
		var line string
		line, head, _ = strings.Cut(head, "\n")
		line = strings.TrimRight(line, " ")
		if item, ok := strings.CutPrefix(line, " - "); ok {
			v, ok := strictScalar(item)
			if !ok || !open {
				return nil, false
			}
			p := &pairs[len(pairs)-1]
			p.list = append(p.list, v)
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || !keyName(key) || seen[key] || value != "" && value[0] != ' ' {
			return nil, false
		}
		seen[key] = true
		p := pair{key: key}
		value = strings.TrimLeft(value, " ")
		open = value == ""
		if !open && value != "[]" {
			if p.scalar, ok = strictScalar(value); !ok {
				return nil, false
			}
		}
		pairs = append(pairs, p)
	}
	return pairs, true
}

func keyName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// strictScalar reads a scalar in single quotes, or one of those that are written plain.
func strictScalar(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, "'")
	if !ok {
		return s, safe(s) || plainValue(s)
	}
	if inner, ok = strings.CutSuffix(inner, "'"); !ok {
		return "", false
	}
	if strings.ContainsFunc(inner, func(r rune) bool { return r == unicode.ReplacementChar || unseen(r) || lineSpace(r) }) {
		return "", false
	}
	if !strings.Contains(inner, "'") {
		return inner, true
	}
	out := strings.ReplaceAll(inner, "''", "'")
	if len(inner)-len(out) != len(out)-len(strings.ReplaceAll(out, "'", "")) {
		return "", false // a quote that is not doubled
	}
	return out, true
}

// plainValue reports whether s is a number, a boolean or a date as the formats write them.
func plainValue(s string) bool {
	if s == "false" || s == "true" {
		return true
	}
	if s == "" || s[0] == '0' {
		return false
	}
	if strings.Trim(s, "0123456789") == "" {
		return true
	}
	for _, layout := range []string{rfc1123, rfc3339} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// yamlPairs reads front matter that someone edited: any YAML. Scalars are taken as they are written, whatever type a
// reader would give them, so that a title 2021-05-13 or 5:30 stays one.
func yamlPairs(head string) ([]pair, error) {
	if strings.TrimSpace(head) == "" {
		return nil, nil
	}
	if err := bounded(head); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(head), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("it is YAML, but not keys with values")
	}
	pairs := make([]pair, 0, len(root.Content)/2)
	seen := make(map[string]bool, len(root.Content)/2)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if seen[key.Value] {
			return nil, fmt.Errorf("line %d: %s is there twice", key.Line+1, key.Value)
		}
		seen[key.Value] = true
		p := pair{key: key.Value}
		if v := follow(value); v.Kind == yaml.SequenceNode {
			p.list = sequence(v, 0, []string{})
		} else {
			p.scalar = scalar(v)
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// bounded refuses front matter that a YAML reader would take too long for.
func bounded(head string) error {
	if len(head) > maxYAML {
		return fmt.Errorf("%d bytes of YAML, more than %d", len(head), maxYAML)
	}
	if n := strings.Count(head, "[") + strings.Count(head, "{"); n > maxBrackets {
		return fmt.Errorf("%d brackets, more than %d", n, maxBrackets)
	}
	return nil
}

// follow resolves an alias once: an alias of an alias does not exist in YAML.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func scalar(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// sequence collects the scalars of a list, and of lists in it, since Hexo has categories written so.
func sequence(n *yaml.Node, depth int, out []string) []string {
	if depth > 3 {
		return out
	}
	for _, c := range n.Content {
		if c.Kind == yaml.SequenceNode {
			out = sequence(c, depth+1, out)
		} else if s := scalar(follow(c)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// parseDate reads what Encode writes, and the spellings that people use.
func parseDate(key, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{
		rfc1123, rfc3339, time.RFC3339Nano, time.RFC1123Z, "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %q is not a date; write it as %s or %s", key, s, rfc1123, rfc3339)
}
