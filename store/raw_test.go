package store

import (
	"bytes"
	"net/http"
	"testing"
)

// A kept page may have been cut off by power loss, or be no page at all.
func FuzzUnpackRaw(f *testing.F) {
	var s Store
	if err := s.coders(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	whole, err := s.packRaw(&Raw{URL: "https://a.example/", Status: 200, Header: http.Header{"Etag": {"x"}}, Body: bytes.Repeat([]byte("上证指数 "), 1000)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:6])
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, err := s.unpackRaw(data)
		if err != nil {
			return
		}
		again, err := s.packRaw(raw)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.unpackRaw(again)
		if err != nil || !bytes.Equal(back.Body, raw.Body) || back.URL != raw.URL {
			t.Fatalf("unpackRaw(packRaw(x)) = %+v, %v; want %+v", back, err, raw)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	f.Add("articles/a/2026/03/2026-03-02-x-0123456789ab.md")
	f.Add("revisions/a/2026/03/2026-03-02-x-0123456789ab/1.md")
	f.Add("revisions/x.md")
	f.Fuzz(func(t *testing.T, name string) {
		if got := parsePath(name); got.err == nil && (got.hash&lowBits != 0 || got.n < 0) {
			t.Errorf("parsePath(%q) = %+v", name, got)
		}
	})
}
