package article

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Format writes articles as files and reads them back. It keeps nothing between calls and may be used by any number of
// goroutines.
type Format interface {
	// Encode returns the whole file. The article needs a publication date or a first-seen time; all else may be empty.
	Encode(*Article) ([]byte, error)
	// Decode reads a file of any profile, also one that was edited by hand: with or without the leading blank line and
	// the final spaces, keys in any order, quoted in any way that YAML knows, line ends of Windows. Keys it does not know
	// are passed over. What Encode wrote comes back so that encoding it again gives the same bytes.
	//
	// Only what the file holds is restored: the source's name is in its path, not in the file.
	Decode([]byte) (*Article, error)
	// Ext is the extension of the files, with its dot.
	Ext() string
}

// profile is one row of switches; the formats differ by nothing else.
type profile struct {
	name        string
	blank       bool   // a blank line before the front matter, spaces at some lines' ends, no newline at the end
	layout      string // of dates
	ext         string
	extra       bool // keys after the seven are written
	squeeze     bool // blank lines of the body go, so that Markdown takes the body for one block of HTML
	markdown    bool // the body is Markdown
	firstImage  bool // headimg is the first image of the body, whatever that shows
	description string
}

const (
	rfc1123 = "Mon, 02 Jan 2006 15:04:05 GMT"
	rfc3339 = "2006-01-02T15:04:05Z"
)

var profiles = []profile{
	{name: "hexo", layout: rfc1123, ext: ".md", extra: true, squeeze: true, description: "HTML in front matter that Hexo reads"},
	{name: "seed", blank: true, layout: rfc1123, ext: ".md", firstImage: true, description: "the original sample's bytes, body verbatim"},
	{name: "hugo", layout: rfc1123, ext: ".md", extra: true, squeeze: true, description: "Hugo, with unsafe = true"},
	{name: "jekyll", layout: rfc1123, ext: ".md", extra: true, squeeze: true, description: "Jekyll"},
	{name: "eleventy", layout: rfc3339, ext: ".md", extra: true, squeeze: true, description: "Eleventy, which stops at RFC 1123 dates"},
	{name: "obsidian", layout: rfc3339, ext: ".md", extra: true, markdown: true, description: "a vault of Markdown notes"},
	{name: "markdown", layout: rfc3339, ext: ".md", extra: true, markdown: true, description: "plain Markdown"},
}

// Profiles returns the names that NewFormat takes; the first is the default.
func Profiles() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.name
	}
	return names
}

// format is the one implementation of Format.
type format struct {
	profile
	extra  []*extraKey
	escape bool
}

// NewFormat returns the format of a profile ("" is the first of Profiles). The extra keys are written after the seven, in
// the order given, where the article has a value for them; profile seed writes none. Escape is "none" (or "") or
// "html": then title, author, categories and tags are written with & < > " ' as HTML entities, for themes that print them
// raw.
func NewFormat(profile string, extra []string, escape string) (Format, error) {
	f := &format{}
	if profile == "" {
		profile = profiles[0].name
	}
	i := slices.Index(Profiles(), profile)
	if i < 0 {
		return nil, fmt.Errorf("format: unknown profile %q; one of %s", profile, strings.Join(Profiles(), ", "))
	}
	f.profile = profiles[i]
	switch escape {
	case "", "none":
	case "html":
		f.escape = true
	default:
		return nil, fmt.Errorf("format: unknown escape %q; one of none, html", escape)
	}
	var faults []error
	for i, name := range extra {
		key, err := findExtra(name)
		switch {
		case err != nil:
			faults = append(faults, err)
		case slices.Contains(extra[:i], name):
			faults = append(faults, fmt.Errorf("format: extra key %q is named twice", name))
		case f.profile.extra:
			f.extra = append(f.extra, key)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return f, nil
}

// Ext returns the extension of the files, with its dot.
func (f *format) Ext() string { return f.ext }

// Encode returns the article's file.
func (f *format) Encode(a *Article) ([]byte, error) {
	date := a.Published
	if !writable(date) {
		date = a.FirstSeen
	}
	if !writable(date) {
		return nil, fmt.Errorf("encode article %q: it has neither a publication date nor a first-seen time in the years 1 to 9999", a.Title)
	}
	image := usable(a.Image)
	if f.firstImage {
		if first := firstImage(a.Body); first != "" {
			image = first
		}
	}
	thumbnail := usable(a.Thumbnail)
	if thumbnail == "" {
		thumbnail = image
	}

	w := headWriter{b: make([]byte, 0, len(a.Body)+len(a.Body)/16+2048), spaces: f.blank, layout: f.layout}
	if f.blank {
		w.b = append(w.b, '\n')
	}
	w.b = append(w.b, "---\n"...)
	w.quoted("title", f.text(title(a)))
	w.list("categories", f.texts(categories(a)), false)
	w.quoted("headimg", image)
	w.plain("author", f.text(cut(author(a))))
	w.b = append(w.b, "comments: false\n"...)
	w.date("date", date)
	w.quoted("thumbnail", thumbnail)
	for _, key := range f.extra {
		if err := key.write(&w, f, a); err != nil {
			return nil, fmt.Errorf("encode article %q: %w", a.Title, err)
		}
	}
	w.b = append(w.b, "---\n\n"...)
	return f.body(w.b, a), nil
}

// body appends the body, wrapped as the profile wants it.
func (f *format) body(b []byte, a *Article) []byte {
	switch {
	case f.markdown:
		if md, ok := markdownOf(a); ok {
			return append(append(b, md...), '\n')
		}
		// A body that Markdown cannot express stays HTML: every reader of Markdown takes that too.
		fallthrough
	case f.squeeze:
		b = append(b, "<div>\n"...)
		start := len(b)
		if b = appendBody(b, a.Body, true); len(b) > start {
			b = append(b, '\n')
		}
		return append(b, "</div>\n"...)
	default:
		b = append(b, seedOpen...)
		b = appendBody(b, a.Body, false)
		return append(b, seedClose...)
	}
}

// What surrounds the body in the original sample.
const (
	seedOpen  = "<div>   \n"
	seedClose = "  \n</div>\n            "
)

// text cleans a value, and escapes it for themes that print raw.
func (f *format) text(s string) string {
	s = clean(s)
	if f.escape {
		s = htmlEscaper.Replace(s)
	}
	return s
}

func (f *format) texts(list []string) []string {
	if !f.escape {
		return list
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f.text(s)
	}
	return out
}

var (
	htmlEscaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
	htmlUnescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'")
)

// title returns the cleaned title; for an empty one the beginning of the text, or the address.
func title(a *Article) string {
	if t := clean(a.Title); t != "" {
		return t
	}
	t := []rune(clean(Text(a.Body)))
	if len(t) > 0 {
		return clean(string(t[:min(len(t), titleLen)]))
	}
	for _, t := range []string{a.SourceURL, a.Link, a.GUID} {
		if t = clean(t); t != "" {
			return t
		}
	}
	return "(untitled)"
}

const (
	titleLen = 80  // characters of the text that stand for a missing title
	textMax  = 200 // bytes of an author or a category: a longer one makes a folder name that Hexo cannot create
)

func author(a *Article) string {
	if clean(a.Author) != "" {
		return a.Author
	}
	return strings.Join(cleanList(a.Authors), ", ")
}

func categories(a *Article) []string {
	if list := cleanList(a.Categories); len(list) > 0 {
		return list
	}
	return cleanList([]string{a.Source})
}

// cleanList cleans and cuts each text, and drops empty ones and repeats.
func cleanList(list []string) []string {
	out := make([]string, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if s = cut(clean(s)); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// cut cuts a cleaned text at a rune boundary to textMax bytes.
func cut(s string) string {
	s = clean(s)
	if len(s) <= textMax {
		return s
	}
	end := 0
	for i := range s {
		if i > textMax {
			break
		}
		end = i
	}
	return strings.TrimSpace(s[:end])
}

// usable returns an absolute http(s) address, cleaned, and "" for anything else.
func usable(address string) string {
	s := clean(address)
	if _, rest, ok := cutScheme(s); ok && rest != "" {
		return s
	}
	return ""
}

// writable reports whether the formats can express a time.
func writable(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	y := t.UTC().Year()
	return y >= 1 && y <= 9999
}

// Decode reads a file of any profile that was written without escaping; see Format.
func Decode(data []byte) (*Article, error) { return decode(data, false, false) }

// Decode reads a file of any profile; with escape html, the entities in the texts are undone.
func (f *format) Decode(data []byte) (*Article, error) { return decode(data, f.escape, f.markdown) }

// maxDocument is more than any article; a bigger file in the archive is something else.
const maxDocument = 256 << 20

func decode(data []byte, escaped, markdown bool) (*Article, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("decode article: %d bytes, more than the %d that an article may have", len(data), maxDocument)
	}
	doc := string(bytes.TrimPrefix(data, []byte("\uFEFF")))
	if strings.Contains(doc, "\r") {
		doc = lineEnds.Replace(doc)
	}
	head, rest, err := splitHead(doc)
	if err != nil {
		return nil, fmt.Errorf("decode article: %w", err)
	}
	a := &Article{}
	if err := readHead(a, head, escaped); err != nil {
		return nil, fmt.Errorf("decode article: front matter: %w", err)
	}
	readBody(a, rest, markdown)
	return a, nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// splitHead cuts a document at the two lines of three hyphens.
func splitHead(doc string) (head, rest string, err error) {
	first, after := "", doc
	for first == "" {
		if after == "" {
			return "", "", errors.New("no front matter: the file is empty")
		}
		line, tail, _ := strings.Cut(after, "\n")
		first, after = strings.TrimSpace(line), tail
	}
	if first != "---" {
		return "", "", fmt.Errorf("no front matter: the first line is %.60q, not ---", first)
	}
	for n := 0; n < len(after); {
		line, _, _ := strings.Cut(after[n:], "\n")
		if strings.HasPrefix(line, "---") && strings.TrimRight(line, " \t") == "---" {
			return after[:n], after[min(len(after), n+len(line)+1):], nil
		}
		n += len(line) + 1
	}
	return "", "", errors.New("the front matter has no end: a line --- is missing")
}

// readBody takes a body out of its wrapping: HTML in a <div> of its own, or Markdown. A profile of Markdown remembers how
// it was written.
func readBody(a *Article, rest string, markdown bool) {
	for {
		line, tail, more := strings.Cut(rest, "\n")
		if strings.Trim(line, " \t") != "" || !more {
			break
		}
		rest = tail
	}
	if inner, ok := strings.CutPrefix(rest, seedOpen); ok {
		if inner, ok = strings.CutSuffix(inner, seedClose); ok {
			a.Body = unescapeBody(inner, false)
			return
		}
	}
	rest = strings.TrimRight(rest, " \t\n")
	line, tail, _ := strings.Cut(rest, "\n")
	inner, ok := strings.CutSuffix(tail, "</div>")
	if !ok || strings.TrimRight(line, " \t") != "<div>" || !encloses(inner) {
		setMarkdown(a, rest)
		return
	}
	a.Body = unescapeBody(strings.Trim(inner, " \t\n"), true)
	if markdown {
		a.written = written{a.Body, rest}
	}
}

// encloses reports whether what stands between <div> and </div> is that one element's content. Markdown may begin and end
// with such an element too, but then there are blank lines, and the first element ends before the last.
func encloses(inner string) bool {
	if !strings.Contains(inner, "\n\n") {
		return true
	}
	z := html.NewTokenizer(strings.NewReader(inner))
	for depth := 0; ; {
		switch z.Next() {
		case html.ErrorToken:
			return true
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) == "div" {
				depth++
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "div" {
				if depth--; depth < 0 {
					return false
				}
			}
		}
	}
}
