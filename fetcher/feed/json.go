package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/feedfolio/feedfolio/article"
)

// errNotJSONFeed is the refusal of JSON that is something else, such as {"error":"rate limited"}.
var errNotJSONFeed = fmt.Errorf("%w: JSON that is no JSON Feed", ErrNotFeed)

// parseJSON reads JSON Feed 1 and 1.1, item by item, so that a fault in one costs that one only. A field of a wrong
// type is read as what it can be, or left out.
func parseJSON(doc, base string) (*Feed, rawFeed, []rawItem, error) {
	p := jsonParser{base: base, feed: &Feed{Format: "json"}}
	dec := json.NewDecoder(strings.NewReader(doc))
	err := p.document(dec)
	if err != nil && !p.isFeed() {
		if errors.Is(err, errNotJSONFeed) {
			return nil, rawFeed{}, nil, err
		}
		return nil, rawFeed{}, nil, fmt.Errorf("%w: broken JSON: %w", ErrNotFeed, err)
	}
	if !p.isFeed() {
		if p.message != "" {
			return nil, rawFeed{}, nil, fmt.Errorf("%w; it says %q", errNotJSONFeed, clip(p.message, 80))
		}
		return nil, rawFeed{}, nil, errNotJSONFeed
	}
	if err != nil {
		p.feed.remark("salvaged " + plural(len(p.items), "item") + ": the JSON is broken or cut")
	}
	if p.dropped > 0 {
		p.feed.remark(fmt.Sprintf("%s beyond the first %d left out", plural(p.dropped, "item"), maxItems))
	}
	if p.broken > 0 {
		p.feed.remark(plural(p.broken, "item") + " could not be read")
	}
	return p.feed, p.raw, p.items, nil
}

type jsonParser struct {
	base     string
	feed     *Feed
	raw      rawFeed
	items    []rawItem
	version  string
	message  string // of {"error": "..."}
	hasItems bool
	dropped  int
	broken   int
}

// isFeed says whether what was read is a JSON Feed: it says so, or it has a list of items and a title or address.
func (p *jsonParser) isFeed() bool {
	return strings.Contains(p.version, "jsonfeed.org") || p.hasItems && (p.raw.title.s != "" || p.raw.link.s != "" || p.feed.Self != "" || len(p.items) > 0)
}

func (p *jsonParser) document(dec *json.Decoder) error {
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return errNotJSONFeed
	}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		if key == "items" {
			if err := p.list(dec); err != nil {
				return err
			}
			continue
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		p.member(key, v)
	}
	if _, err := dec.Token(); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// member reads a member of the feed other than its items.
func (p *jsonParser) member(key string, v json.RawMessage) {
	f, r := p.feed, &p.raw
	switch key {
	case "version":
		p.version = jsonText(v)
		f.Format = "json"
		if i := strings.LastIndexByte(p.version, '/'); i >= 0 && strings.Contains(p.version, "jsonfeed.org") && len(p.version)-i < 8 {
			f.Format = "json " + p.version[i+1:]
		}
	case "title":
		r.title = text{s: jsonText(v), kind: kindPlain, rank: 1}
	case "home_page_url":
		r.link = text{s: resolve(p.base, jsonText(v)), rank: 1}
	case "feed_url":
		f.Self = resolve(p.base, jsonText(v))
	case "next_url":
		f.Next = resolve(p.base, jsonText(v))
	case "description":
		r.description = text{s: html.EscapeString(jsonText(v)), kind: kindHTML, rank: 1}
	case "icon":
		r.image.better(text{s: jsonText(v), rank: 1})
	case "favicon":
		r.image.better(text{s: jsonText(v), rank: 2})
	case "language":
		r.language = text{s: jsonText(v), rank: 1}
	case "author", "authors":
		f.Authors = append(f.Authors, p.people(v)...)
	case "hubs":
		for _, h := range jsonList(v) {
			var hub struct{ Type, URL json.RawMessage }
			if json.Unmarshal(h, &hub) == nil && f.Hub == "" {
				f.Hub = resolve(p.base, jsonText(hub.URL))
			}
		}
	case "error", "message", "detail":
		if p.message == "" {
			p.message = jsonText(v)
		}
	}
}

// list reads the items.
func (p *jsonParser) list(dec *json.Decoder) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('[') {
		return skipValue(dec, tok)
	}
	p.hasItems = true
	for dec.More() {
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if len(p.items) >= maxItems {
			p.dropped++
			continue
		}
		if it, ok := p.item(v); ok {
			p.items = append(p.items, it)
		} else {
			p.broken++
		}
	}
	_, err = dec.Token()
	return err
}

// skipValue passes over the rest of a value whose first token was read.
func skipValue(dec *json.Decoder, tok json.Token) error {
	d, ok := tok.(json.Delim)
	if !ok || d != '{' {
		return nil
	}
	for depth := 1; depth > 0; {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

func (p *jsonParser) item(v json.RawMessage) (rawItem, bool) {
	var m struct {
		ID            json.RawMessage `json:"id"`
		URL           json.RawMessage `json:"url"`
		ExternalURL   json.RawMessage `json:"external_url"`
		Title         json.RawMessage `json:"title"`
		ContentHTML   json.RawMessage `json:"content_html"`
		ContentText   json.RawMessage `json:"content_text"`
		Summary       json.RawMessage `json:"summary"`
		Image         json.RawMessage `json:"image"`
		Banner        json.RawMessage `json:"banner_image"`
		DatePublished json.RawMessage `json:"date_published"`
		DateModified  json.RawMessage `json:"date_modified"`
		Author        json.RawMessage `json:"author"`
		Authors       json.RawMessage `json:"authors"`
		Tags          json.RawMessage `json:"tags"`
		Language      json.RawMessage `json:"language"`
		Attachments   json.RawMessage `json:"attachments"`
	}
	if json.Unmarshal(v, &m) != nil {
		return rawItem{}, false
	}
	str := func(v json.RawMessage) text { return text{s: jsonText(v), kind: kindPlain, rank: 1} }
	r := rawItem{id: str(m.ID), title: str(m.Title), published: str(m.DatePublished), updated: str(m.DateModified)}
	r.link.better(text{s: resolve(p.base, jsonText(m.URL)), rank: 1})
	r.link.better(text{s: resolve(p.base, jsonText(m.ExternalURL)), rank: 2})
	if r.link.s == "" && isHTTP(r.id.s) {
		r.link = r.id
	}
	r.summary = text{s: html.EscapeString(jsonText(m.Summary)), kind: kindHTML, rank: 2}
	base := r.link.s
	if base == "" {
		base = p.base
	}
	r.content.better(text{s: rebase(jsonText(m.ContentHTML), base), kind: kindHTML, rank: 1})
	r.content.better(text{s: textHTML(jsonText(m.ContentText)), kind: kindHTML, rank: 2})
	r.image.better(text{s: resolve(p.base, jsonText(m.Image)), rank: 1})
	r.image.better(text{s: resolve(p.base, jsonText(m.Banner)), rank: 2})
	r.Language = jsonText(m.Language)
	r.Authors = append(p.people(m.Authors), p.people(m.Author)...)
	for _, t := range jsonList(m.Tags) {
		if len(r.Categories) >= maxCategories {
			r.cuts |= cutCategories
			break
		}
		if s := squash(jsonText(t)); s != "" {
			r.Categories = append(r.Categories, s)
		}
	}
	for _, a := range jsonList(m.Attachments) {
		if len(r.Enclosures) >= maxLinks {
			r.cuts |= cutLinks
			break
		}
		var e struct {
			URL  json.RawMessage `json:"url"`
			Type json.RawMessage `json:"mime_type"`
			Size json.RawMessage `json:"size_in_bytes"`
		}
		if json.Unmarshal(a, &e) != nil || jsonText(e.URL) == "" {
			continue
		}
		size, _ := strconv.ParseFloat(jsonText(e.Size), 64)
		r.Enclosures = append(r.Enclosures, article.Enclosure{URL: resolve(p.base, jsonText(e.URL)), Type: jsonText(e.Type), Length: int64(max(0, min(size, 1<<53)))})
	}
	return r, true
}

// textHTML makes HTML of a plain text: its lines stay lines.
func textHTML(s string) string {
	if s == "" {
		return ""
	}
	return strings.ReplaceAll(html.EscapeString(strings.TrimSpace(s)), "\n", "<br>\n")
}

// people reads author (an object, or just a name) and authors (a list of them).
func (p *jsonParser) people(v json.RawMessage) []Person {
	var out []Person
	for _, a := range jsonList(v) {
		if len(out) >= maxAuthors {
			break
		}
		var m struct{ Name, URL, Email json.RawMessage }
		if json.Unmarshal(a, &m) == nil && len(a) > 0 && a[0] == '{' {
			who := Person{Name: squash(jsonText(m.Name)), URL: resolve(p.base, jsonText(m.URL)), Email: jsonText(m.Email)}
			if who != (Person{}) {
				out = append(out, who)
			}
		} else if name := squash(jsonText(a)); name != "" {
			out = append(out, parsePerson(name))
		}
	}
	return out
}

// jsonText is a string, a number or true as text; "" for all else.
func jsonText(v json.RawMessage) string {
	if len(v) == 0 {
		return ""
	}
	switch v[0] {
	case '"':
		var s string
		if json.Unmarshal(v, &s) != nil {
			return ""
		}
		return strings.TrimSpace(clean(s))
	case 'n', '{', '[':
		return ""
	}
	return string(v)
}

// jsonList is the elements of an array; a single value is a list of one.
func jsonList(v json.RawMessage) []json.RawMessage {
	if len(v) == 0 || v[0] == 'n' {
		return nil
	}
	if v[0] != '[' {
		return []json.RawMessage{v}
	}
	var l []json.RawMessage
	if json.Unmarshal(v, &l) != nil {
		return nil
	}
	return l
}
