package article

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key tells the entries of one source apart: the GUID, else the link as listed without its tracking parameters, else a
// hash of title and date (as written, where it was written); in place of a title that there is not stands the text.
func (e Entry) Key() string {
	if e.GUID != "" {
		return e.GUID
	}
	if link := StripTracking(e.Link); link != "" {
		return link
	}
	date := e.PublishedRaw
	if date == "" && !e.Published.IsZero() {
		date = e.Published.UTC().Format(time.RFC3339)
	}
	title := cmp.Or(clean(e.Title), clean(cmp.Or(e.Content, e.Summary)))
	sum := sha256.Sum256([]byte(title + "\n" + clean(date)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Hash is the last part of the name of an entry's file: the first 12 hex digits of the SHA-256 of the source's name, a
// NUL and the entry's Key. It can be had back from a file's name when the database is rebuilt; see HashOf.
func (e Entry) Hash(source string) string {
	h := sha256.New()
	h.Write([]byte(source))
	h.Write([]byte{0})
	h.Write([]byte(e.Key()))
	return hex.EncodeToString(h.Sum(nil))[:hashLen]
}

const (
	hashLen = 12
	slugMax = 60 // bytes; a name is then at most 10+1+60+1+12 = 84 bytes long
)

// HashOf returns the hash that the name or path of a file ends with, and "" where there is none.
func HashOf(name string) string {
	name = path.Base(name)
	name, _, _ = strings.Cut(name, ".")
	h := name[strings.LastIndexByte(name, '-')+1:]
	if len(h) != hashLen || strings.Trim(h, "0123456789abcdef") != "" {
		return ""
	}
	return h
}

// Name returns "yyyy/mm/yyyy-mm-dd-slug-hash12": where in a source's folder the files of an entry go. The date is the
// UTC day of the entry's own publication date, or of firstSeen where it has none. The result is in [a-z0-9-/] and its
// last part at most 120 bytes long. It is made once, when the article is first written; a later title or date does not
// move the file.
func Name(source string, e Entry, firstSeen time.Time) string {
	day := e.Published.UTC()
	if !writable(day) {
		day = firstSeen.UTC()
	}
	if y := day.Year(); y < 0 || y > 9999 {
		day = time.Time{}
	}
	name := day.Format("2006/01/2006-01-02-")
	if slug := Slug(e.Title); slug != "" {
		name += slug + "-"
	}
	return name + e.Hash(source)
}

// Name returns the name of the article's file, as the function Name makes it for an entry with the article's GUID, link,
// title and dates.
func (a *Article) Name() string { return Name(a.Source, a.Entry(), a.FirstSeen) }

// Entry returns the part of the article that a listing gives: enough for its Key and Name.
func (a *Article) Entry() Entry {
	return Entry{
		GUID: a.GUID, Link: a.Link, Title: a.Title, Authors: a.Authors, Tags: a.Tags,
		Published: a.Published, PublishedRaw: a.PublishedRaw, Updated: a.Updated, Image: a.Image, Language: a.Language,
	}
}

// Slug returns the ASCII words of a title, in lower case and joined by hyphens, at most 60 bytes of whole words (of the
// first word, if that alone is longer). Accents go ("Zürich" is "zurich"), apostrophes vanish, and a word with a letter
// that is still not ASCII is left out: Chinese has no slug, since its romanisation is ambiguous.
func Slug(title string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(norm.NFD.String(strings.ToValidUTF8(title, " ")), between) {
		word = strings.Map(slugRune, word)
		if word == "" || !ascii(word) {
			continue
		}
		if b.Len() == 0 {
			b.WriteString(word[:min(len(word), slugMax)])
			continue
		}
		if b.Len()+1+len(word) > slugMax {
			break
		}
		b.WriteByte('-')
		b.WriteString(word)
	}
	return b.String()
}

func between(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
}

func slugRune(r rune) rune {
	if unicode.IsMark(r) || r == '\'' || r == '’' {
		return -1
	}
	return unicode.ToLower(r)
}

// Path returns where the newest revision of an article is kept, relative to the archive's root, with slashes. The name is
// what Name returned, and ext what the format's Ext returns.
func Path(source, name, ext string) string { return "articles/" + source + "/" + name + ext }

// RevisionPath returns where the earlier revision n is kept.
func RevisionPath(source, name string, n int, ext string) string {
	return fmt.Sprintf("revisions/%s/%s/%d%s", source, name, n, ext)
}

// RawPath returns where the page of revision n is kept as it came, compressed.
func RawPath(source, name string, n int) string {
	return fmt.Sprintf("raw/%s/%s/%d.html.zst", source, name, n)
}
