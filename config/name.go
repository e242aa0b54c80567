package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"strings"
)

const maxName = 64 // bytes of a source's name

// slugOf makes a source's name from its address: host and path, without www. and the ending. It depends on the address
// alone, so it stays when other sources come and go. What cannot stand in a name, the query too, is told apart by a hash.
func slugOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return withHash(slugify(address), address)
	}
	p := u.Path
	switch ext := path.Ext(p); strings.ToLower(ext) {
	case ".xml", ".rss", ".atom", ".rdf", ".json", ".html", ".htm", ".php", ".aspx":
		p = strings.TrimSuffix(p, ext)
	}
	text := strings.TrimPrefix(strings.ToLower(u.Host), "www.") + "-" + p
	slug := slugify(text)
	lossy := u.RawQuery != "" || len(slug) > maxName || slug == ""
	for _, r := range text {
		lossy = lossy || r > 0x7F
	}
	if lossy {
		return withHash(slug, address)
	}
	return slug
}

// withHash adds six characters of an address's hash to a name, which is cut to make room.
func withHash(slug, address string) string {
	sum := sha256.Sum256([]byte(address))
	slug = strings.Trim(slug[:min(len(slug), maxName-7)], "-")
	if slug == "" {
		slug = "source"
	}
	return slug + "-" + hex.EncodeToString(sum[:3])
}

// slugify keeps lower-case letters and digits, with one hyphen for all else between them.
func slugify(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if r < '0' || r > '9' && r < 'a' || r > 'z' {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}
