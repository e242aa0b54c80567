// Package corpus reads pages that people marked, for the trainers of fetcher/extract.
package corpus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Each reads a set of a corpus, the folder DIR/SET with gold.jsonl and pages/, and calls do with each line of gold.jsonl,
// in their order. G is what the caller wants to know of a line. It stops at the first error.
func Each[G any](dir, set string, do func(gold G) error) error {
	f, err := os.Open(filepath.Join(dir, set, "gold.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var gold G
		if err := json.Unmarshal(in.Bytes(), &gold); err != nil {
			return fmt.Errorf("%s: %w", set, err)
		}
		if err := do(gold); err != nil {
			return err
		}
	}
	return in.Err()
}

// ReadPage reads a saved page, packed by gzip or not.
func ReadPage(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(z)
}

// Site names a page's site by the last label that people register, whatever the country: pages of one publisher must
// not stand on both sides of a split. A page without an address is a site of its own, named id.
func Site(address, id string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return id
	}
	host := strings.ToLower(u.Hostname())
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = d
	}
	name, _, _ := strings.Cut(host, ".")
	return name
}

// Fold is the fold of a cross-validation that a site is in.
func Fold(site string, folds int) int {
	h := fnv.New32a()
	io.WriteString(h, "fold "+site)
	return int(h.Sum32() % uint32(folds))
}
