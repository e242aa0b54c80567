package polite

import (
	"bytes"
	"io"
	"net/url"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for i := range codingNames {
		f.Add(byte(i), []byte("plain text"))
		f.Add(byte(i), []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		for range 2 { // the second time with what the first gave back to the pools
			d := newDecoder(codingNames[int(which)%len(codingNames)], bytes.NewReader(data))
			n, _ := io.Copy(io.Discard, io.LimitReader(d, 1<<20))
			if n > 1<<20 {
				t.Errorf("%d bytes", n)
			}
			if d.recycle != nil {
				d.recycle()
			}
		}
	})
}

var codingNames = []string{"gzip", "deflate", "br", "zstd"}

func FuzzCheckTarget(f *testing.F) {
	for _, s := range []string{"http://./", "http://127.1/", "http://0x7f.1:80/", "http://[::1%25eth0]/", "http://1.2.3.4.5/", "http://0x/", "http://a.localhost./"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" {
			return
		}
		if a, ok := parseAddr(hostName(u.Hostname())); ok && private(a) && checkTarget(u, false) == nil {
			t.Errorf("%q is %s and passes", s, a)
		}
		_ = checkTarget(u, true)
	})
}
