package feed

import (
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// Report is a Feed in the form that `feedfolio parse --json` prints, a line for each input.
type Report struct {
	File        string       `json:"file,omitempty"`
	Error       string       `json:"error,omitempty"`
	Format      string       `json:"format,omitempty"`
	ID          string       `json:"id,omitempty"`
	Title       string       `json:"title,omitempty"`
	Link        string       `json:"link,omitempty"`
	Language    string       `json:"language,omitempty"`
	Description string       `json:"description,omitempty"`
	Image       string       `json:"image,omitempty"`
	Published   string       `json:"published,omitempty"`
	Updated     string       `json:"updated,omitempty"`
	Authors     []Person     `json:"authors,omitempty"`
	Categories  []string     `json:"categories,omitempty"`
	Items       []ReportItem `json:"items"`
	Remarks     []string     `json:"remarks,omitempty"`
}

// ReportItem is an Item within a Report.
type ReportItem struct {
	ID           string              `json:"id,omitempty"`
	Title        string              `json:"title,omitempty"`
	Link         string              `json:"link,omitempty"`
	Published    string              `json:"published,omitempty"`
	PublishedRaw string              `json:"published_raw,omitempty"`
	Updated      string              `json:"updated,omitempty"`
	Authors      []Person            `json:"authors,omitempty"`
	Categories   []string            `json:"categories,omitempty"`
	Summary      string              `json:"summary,omitempty"`
	Content      string              `json:"content,omitempty"`
	Enclosures   []article.Enclosure `json:"enclosures,omitempty"`
	Image        string              `json:"image,omitempty"`
	Language     string              `json:"language,omitempty"`
}

// NewReport is what Parse made of the input called file: f, or where that is nil the error. Summaries and contents go
// through sanitise where it is not nil; the feed's own description does too.
func NewReport(file string, f *Feed, err error, sanitise func(string) string) Report {
	r := Report{File: file}
	if err != nil {
		r.Error = err.Error()
	}
	if f == nil {
		return r
	}
	if sanitise == nil {
		sanitise = func(s string) string { return s }
	}
	r.Format, r.ID, r.Title, r.Link, r.Language, r.Image = f.Format, f.ID, f.Title, f.Link, f.Language, f.Image
	r.Description = sanitise(f.Description)
	r.Published, r.Updated = stamp(f.Published), stamp(f.Updated)
	r.Authors, r.Categories, r.Remarks = f.Authors, f.Categories, f.Remarks
	r.Items = make([]ReportItem, 0, len(f.Items))
	for _, it := range f.Items {
		r.Items = append(r.Items, ReportItem{
			ID: it.ID, Title: it.Title, Link: it.Link,
			Published: stamp(it.Published), PublishedRaw: it.PublishedRaw, Updated: stamp(it.Updated),
			Authors: it.Authors, Categories: it.Categories,
			Summary: strings.TrimSpace(sanitise(it.Summary)), Content: strings.TrimSpace(sanitise(it.Content)),
			Enclosures: it.Enclosures, Image: it.Image, Language: it.Language,
		})
	}
	return r
}

// stamp is a time in RFC 3339, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
