package fetcher

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher/extract"
	"github.com/feedfolio/feedfolio/fetcher/sanitize"
)

// parseJSON reads a listing in JSON: the entries are where the paths of list: say.
//
// A path is names and indexes with dots between them: "result.data", "data.0.items", "pics[0].url"; "*" takes all
// elements of an array. list.link and list.next may be templates, in which {path} is replaced: by the item's field, and
// for next by the document's, or for {page} by the number of the page. Around the JSON a call (JSONP), an assignment,
// comments and guards against inclusion may stand. Numbers in list.date are Unix times, in seconds or smaller units.
func parseJSON(d document, src config.Source) (*part, error) {
	text, _, _ := extract.Decode(d.Body, d.Header)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, notFeed("the answer is empty")
	}
	root, ok := findJSON(text)
	if !ok {
		return nil, notFeed("%s", noJSON(d, text))
	}
	list := cmp.Or(src.List, &config.List{})
	r := jsonReader{list: list, d: d}
	var err error
	if r.base, err = url.Parse(d.URL); err != nil {
		return nil, err
	}
	items, ok := itemsAt(root, list.Item)
	if !ok {
		return nil, notFeed("the JSON has no array at list.item %q: %s", list.Item, outline(root))
	}
	p := &part{Listing: Listing{Link: d.URL}}
	for _, item := range items[:min(len(items), maxEntries)] {
		if e := r.entry(item); e.Link != "" || e.Content != "" {
			p.Entries = append(p.Entries, e)
		}
	}
	if len(p.Entries) == 0 && len(items) > 0 {
		return nil, notFeed("none of the %d items at list.item %q has a link at list.link %q: %s", len(items), list.Item, list.Link, outline(items[0]))
	}
	if next := r.next(root); next != "" && len(items) > 0 {
		p.More = []string{next}
	}
	return p, nil
}

// findJSON returns the first object or array of a text, whatever stands around it.
func findJSON(text []byte) (any, bool) {
	from := 0
	for range 16 {
		i := bytes.IndexAny(text[from:], "{[")
		if i < 0 || from+i > 64<<10 {
			return nil, false
		}
		from += i
		dec := json.NewDecoder(bytes.NewReader(text[from:]))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err == nil && !empty(v) {
			return v, true
		} else if err == nil && len(bytes.TrimSpace(text[from+int(dec.InputOffset()):])) == 0 {
			return v, true
		}
		from++
	}
	return nil, false
}

// empty reports whether a value holds nothing: "[]" and "{}" stand in code around the data.
func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return true
}

// noJSON says what came in place of JSON.
func noJSON(d document, text []byte) string {
	if isHTML(d) {
		return describeHTML(d)
	}
	begins := fmt.Sprintf("%q", shorten(string(text[:min(len(text), 1000)]), 80))
	if bytes.ContainsAny(text[:min(len(text), 1000)], "{[") {
		return "the JSON is broken or cut short; it begins " + begins
	}
	return "there is no JSON in the answer; it begins " + begins
}

// itemsAt returns the items at a path: the elements of an array, the values of an object by the order of their keys.
func itemsAt(root any, path string) ([]any, bool) {
	v, ok := at(root, path)
	if !ok {
		return nil, false
	}
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		var out []any
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if _, ok := v[k].(map[string]any); ok {
				out = append(out, v[k])
			}
		}
		return out, len(out) > 0
	case nil:
		return nil, true
	}
	return nil, false
}

// at looks a path up. A name that holds dots itself is found, too.
func at(v any, path string) (any, bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(path), "$"), ".")
	return lookup(v, path, 0)
}

func lookup(v any, path string, depth int) (any, bool) {
	if path == "" {
		return v, true
	}
	if depth > 50 {
		return nil, false
	}
	if m, ok := v.(map[string]any); ok {
		if found, ok := m[path]; ok {
			return found, true
		}
	}
	name, rest := step(path)
	switch v := v.(type) {
	case map[string]any:
		if name == "*" {
			return each(slices.Collect(valuesByKey(v)), rest, depth)
		}
		next, ok := v[name]
		if !ok {
			return nil, false
		}
		return lookup(next, rest, depth+1)
	case []any:
		if name == "*" {
			return each(v, rest, depth)
		}
		i, err := strconv.Atoi(name)
		if err != nil {
			return nil, false
		}
		if i < 0 {
			i += len(v)
		}
		if i < 0 || i >= len(v) {
			return nil, false
		}
		return lookup(v[i], rest, depth+1)
	}
	return nil, false
}

// step cuts the first name or index off a path.
func step(path string) (name, rest string) {
	if path[0] == '[' {
		if i := strings.IndexByte(path, ']'); i > 0 {
			return strings.Trim(path[1:i], `"' `), strings.TrimPrefix(path[i+1:], ".")
		}
	}
	i := strings.IndexAny(path[1:], ".[")
	if i < 0 {
		return path, ""
	}
	i++
	return path[:i], strings.TrimPrefix(path[i:], ".")
}

func valuesByKey(m map[string]any) func(func(any) bool) {
	return func(yield func(any) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(m[k]) {
				return
			}
		}
	}
}

// each looks the rest of a path up in all of several values; arrays that are found become one.
func each(list []any, rest string, depth int) (any, bool) {
	out := []any{}
	for _, v := range list {
		found, ok := lookup(v, rest, depth+1)
		if !ok {
			continue
		}
		if more, ok := found.([]any); ok {
			out = append(out, more...)
		} else {
			out = append(out, found)
		}
		if len(out) > maxEntries {
			break
		}
	}
	return out, len(out) > 0
}

// jsonReader reads the items of one document.
type jsonReader struct {
	list *config.List
	d    document
	base *url.URL
}

func (r jsonReader) entry(item any) article.Entry {
	l := r.list
	e := article.Entry{
		Link:    r.link(item),
		Title:   plain(r.text(item, l.Title, "title")),
		Summary: asHTML(r.text(item, l.Summary, "")),
		Content: asHTML(r.text(item, l.Content, "")),
		GUID:    r.text(item, l.ID, ""),
		Image:   r.image(r.text(item, l.Image, "")),
		Authors: r.names(item),
	}
	e.PublishedRaw = r.text(item, l.Date, "")
	e.Published = r.date(e.PublishedRaw)
	return e
}

// image is the address of an item's picture; "" where it has none.
func (r jsonReader) image(raw string) string {
	if raw == "" {
		return ""
	}
	return httpOnly(sanitize.Link(raw, r.base))
}

// text is the field at a path as a text; a path "" stands for another.
func (r jsonReader) text(item any, path, fallback string) string {
	if path == "" {
		path = fallback
	}
	if path == "" {
		return ""
	}
	v, _ := at(item, path)
	return strings.TrimSpace(str(v))
}

// str writes a value as a text: of an array the first that has one, of an object its name or address.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		for _, e := range v {
			if s := str(e); s != "" {
				return s
			}
		}
	case map[string]any:
		for _, k := range []string{"name", "url", "src", "title", "text", "$t", "#text", "rendered"} {
			if s, ok := v[k].(string); ok && s != "" {
				return s
			}
		}
	}
	return ""
}

// link is the address of an item: what is at list.link, or the template of it filled in.
func (r jsonReader) link(item any) string {
	l := r.list.Link
	if !strings.Contains(l, "{") {
		raw := r.text(item, l, "")
		if raw == "" {
			return ""
		}
		return httpOnly(sanitize.Link(raw, r.base))
	}
	u, ok := fill(l, func(path string) string { return r.text(item, path, "") })
	if !ok {
		return ""
	}
	return httpOnly(sanitize.Link(u, r.base))
}

// fill replaces each {path} of a template; ok is false if one of them has no value. A value at the beginning, or that
// is an address itself, is put in as it is, any other is escaped.
func fill(template string, value func(path string) string) (string, bool) {
	var b strings.Builder
	for rest := template; ; {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(before)
		if !open {
			return b.String(), true
		}
		path, after, closed := strings.Cut(after, "}")
		v := value(path)
		if !closed || v == "" {
			return "", false
		}
		switch {
		case b.Len() == 0:
		case strings.Contains(b.String(), "?"):
			v = url.QueryEscape(v)
		default:
			v = strings.ReplaceAll(url.PathEscape(v), "%2F", "/")
		}
		b.WriteString(v)
		rest = after
	}
}

// next is the address of the next document: at list.next, or the template of it filled in.
func (r jsonReader) next(root any) string {
	n := r.list.Next
	if n == "" {
		return ""
	}
	var raw string
	if strings.Contains(n, "{") {
		raw, _ = fill(n, func(path string) string {
			if path == "page" {
				return strconv.Itoa(r.d.Number + 1)
			}
			return r.text(root, path, "")
		})
	} else {
		raw = r.text(root, n, "")
	}
	if raw == "" {
		return ""
	}
	return httpOnly(sanitize.Link(raw, r.base))
}

// names are the authors of an item: one text, or an array of texts or of objects that have a name.
func (r jsonReader) names(item any) []string {
	if r.list.Author == "" {
		return nil
	}
	v, _ := at(item, r.list.Author)
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, v := range list[:min(len(list), 20)] {
		if s := plain(str(v)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// date reads a Unix time, in seconds, milli-, micro- or nanoseconds, or any other date.
func (r jsonReader) date(raw string) time.Time {
	if t, ok := unixTime(raw); ok {
		return t
	}
	return readDate(raw, r.d, "")
}

func unixTime(raw string) (time.Time, bool) {
	whole, frac, _ := strings.Cut(raw, ".")
	if len(whole) < 9 || len(whole) > 19 || strings.Trim(whole, "0123456789") != "" || strings.Trim(frac, "0123456789") != "" || len(whole) == 14 {
		return time.Time{}, false // 14 digits are 20210513080438
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	var t time.Time
	switch {
	case n < 1e11:
		t = time.Unix(n, 0)
	case n < 1e14:
		t = time.UnixMilli(n)
	case n < 1e17:
		t = time.UnixMicro(n)
	default:
		t = time.Unix(0, n)
	}
	if t.Year() < 1990 || t.Year() > 2100 {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// asHTML makes HTML of a field: plain text is escaped, and its lines become paragraphs.
func asHTML(s string) string {
	if s == "" || strings.Contains(s, "</") || strings.Contains(s, "/>") || strings.Contains(s, "<p>") || strings.Contains(s, "<br>") {
		return s
	}
	if !strings.Contains(s, "\n") {
		return html.EscapeString(html.UnescapeString(s))
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString("<p>" + html.EscapeString(html.UnescapeString(line)) + "</p>\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// outline says what a value is, for who has to find the right path.
func outline(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var keys []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			switch e := v[k].(type) {
			case []any:
				k += fmt.Sprintf(" (array of %d)", len(e))
			case map[string]any:
				k += " (object)"
			case string:
				k += fmt.Sprintf(" (%q)", shorten(e, 40))
			case json.Number:
				k += " (" + e.String() + ")"
			}
			if keys = append(keys, k); len(keys) == 12 {
				keys = append(keys, "…")
				break
			}
		}
		return "there is an object with " + strings.Join(keys, ", ")
	case []any:
		return fmt.Sprintf("there is an array of %d", len(v))
	}
	return fmt.Sprintf("there is %q", shorten(str(v), 40))
}
