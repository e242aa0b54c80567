package feed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// maxBytes is the largest feed that is read, unpacked.
const maxBytes = 32 << 20

// ErrTooBig says that a feed has more bytes than any sound one.
var ErrTooBig = errors.New("larger than 32 MiB")

// decoded is a document as UTF-8 text.
type decoded struct {
	text    string
	charset string
	remarks []string
}

// decode unpacks gzip, finds the character set and takes out what no text may have.
func decode(body []byte, header http.Header) (decoded, error) {
	var d decoded
	for range 2 { // twice packed happens, where server and generator both do it
		if len(body) < 3 || body[0] != 0x1f || body[1] != 0x8b {
			break
		}
		plain, cut, err := gunzip(body)
		if err != nil {
			return d, err
		}
		if cut {
			d.remarks = append(d.remarks, "the gzip data are cut off; what could be unpacked was read")
		}
		body = plain
	}
	if len(body) > maxBytes {
		return d, fmt.Errorf("%w (%d bytes)", ErrTooBig, len(body))
	}
	d.text, d.charset = toUTF8(body, header)
	d.text = strings.TrimLeft(d.text, "\ufeff")
	d.text = clean(d.text)
	return d, nil
}

func gunzip(body []byte) (plain []byte, cut bool, err error) {
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false, fmt.Errorf("unpack gzip: %w", err)
	}
	plain, err = io.ReadAll(io.LimitReader(zr, maxBytes+1))
	if len(plain) > maxBytes {
		return nil, false, fmt.Errorf("unpack gzip: %w", ErrTooBig)
	}
	if err != nil && len(plain) == 0 {
		return nil, false, fmt.Errorf("unpack gzip: %w", err)
	}
	return plain, err != nil, nil
}

// suspect are the bytes that clean has to look at: control characters, and what U+FFFE and U+FFFF begin with.
var suspect = byteSet("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\xef")

// clean takes out the characters that XML forbids, and makes \n of \r\n and \r.
func clean(s string) string {
	dirty := false
	for i := 0; i < len(s) && !dirty; i++ {
		if suspect[s[i]] {
			dirty = s[i] != 0xEF || i+2 < len(s) && s[i+1] == 0xBF && s[i+2] >= 0xBE
		}
	}
	if !dirty {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				b = append(b, '\n')
			}
		case c == '\f' || c == '\v':
			b = append(b, ' ')
		case c < ' ' && c != '\n' && c != '\t':
		case c == 0xEF && i+2 < len(s) && s[i+1] == 0xBF && (s[i+2] == 0xBE || s[i+2] == 0xBF):
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// toUTF8 finds the character set: the byte order mark, the pattern of NUL bytes, valid UTF-8 whatever is declared,
// then what HTTP and the XML declaration say, then what the bytes look like.
func toUTF8(body []byte, header http.Header) (text, name string) {
	if enc, name, skip := marked(body); enc != nil {
		return convert(enc, body[skip:]), name
	}
	declared := declarations(body, header)
	if utf8.Valid(body) {
		if enc, name := escaped(body, declared); enc != nil {
			return convert(enc, body), name
		}
		return string(body), "utf-8"
	}
	good, bad := UTF8Share(body)
	if good >= 10*bad {
		return repairUTF8(body), "utf-8"
	}
	best, bestBad := "", -1
	for _, label := range declared {
		enc, canonical := lookup(label)
		if enc == nil || canonical == "utf-8" || canonical == "us-ascii" {
			continue
		}
		t := convert(enc, body)
		n := strings.Count(t, "\uFFFD")
		if bestBad < 0 || n < bestBad {
			best, bestBad, name = t, n, canonical
		}
	}
	if bestBad >= 0 && bestBad*20 <= len(body) {
		return best, name
	}
	if good >= bad && good > 0 {
		return repairUTF8(body), "utf-8"
	}
	enc, name := guess(body)
	return convert(enc, body), name
}

// marked knows UTF-16 and UTF-32 by byte order mark or by the NUL bytes of their ASCII characters, UTF-8 by its mark,
// and EBCDIC by how it writes "<?xml".
func marked(b []byte) (enc encoding.Encoding, name string, skip int) {
	switch {
	case bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32be", 4
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le", 4
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 2
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 2
	case bytes.HasPrefix(b, []byte{0x4C, 0x6F, 0xA7, 0x94}):
		return charmap.CodePage037, "cp037", 0
	}
	head := b[:min(len(b), 256)&^3]
	if len(head) < 8 {
		return nil, "", 0
	}
	var nul [4]int
	for i, c := range head {
		if c == 0 {
			nul[i&3]++
		}
	}
	n := len(head) / 4
	most := func(i int) bool { return nul[i]*10 >= n*8 }
	few := func(i int) bool { return nul[i]*10 <= n }
	switch {
	case most(0) && most(1) && few(3):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32be", 0
	case most(2) && most(3) && few(0):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le", 0
	case nul[0]+nul[2] >= n && few(1) && few(3):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 0
	case nul[1]+nul[3] >= n && few(0) && few(2):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 0
	}
	return nil, "", 0
}

// declarations are the character sets that HTTP and the document name, in that order.
func declarations(body []byte, header http.Header) []string {
	var labels []string
	if ct := header.Get("Content-Type"); ct != "" {
		if _, params, err := mime.ParseMediaType(ct); err == nil && params["charset"] != "" {
			labels = append(labels, strings.Trim(params["charset"], `'" `))
		} else if _, v, ok := strings.Cut(strings.ToLower(ct), "charset="); ok {
			v, _, _ = strings.Cut(v, ";")
			labels = append(labels, strings.Trim(v, `'" `))
		}
	}
	head := body[:min(len(body), 1024)]
	if i := bytes.Index(head, []byte("<?xml")); i >= 0 {
		decl := head[i:]
		if end := bytes.IndexByte(decl, '>'); end > 0 {
			decl = decl[:end]
		}
		if j := bytes.Index(decl, []byte("encoding")); j >= 0 {
			v := bytes.TrimLeft(decl[j+8:], " \t\r\n=")
			if len(v) > 1 && (v[0] == '"' || v[0] == '\'') {
				if end := bytes.IndexByte(v[1:], v[0]); end >= 0 {
					labels = append(labels, strings.TrimSpace(string(v[1:1+end])))
				}
			}
		}
	}
	return labels
}

// lookup knows a character set by its label, as browsers do and then some.
func lookup(label string) (encoding.Encoding, string) {
	label = strings.ToLower(strings.TrimSpace(label))
	switch label {
	case "gb2312", "gb_2312-80", "gbk", "cp936", "ms936", "windows-936", "x-gbk", "csgb2312", "gb-2312", "gb18030":
		label = "gb18030"
	case "ascii", "us-ascii", "iso646-us", "ansi_x3.4-1968", "usascii":
		return nil, "us-ascii"
	case "utf8", "utf-8", "unicode-1-1-utf-8", "utf_8", "utf8mb4":
		return encoding.Nop, "utf-8"
	case "cp037", "ebcdic-cp-us", "ibm037":
		return charmap.CodePage037, label
	case "cp437", "ibm437":
		return charmap.CodePage437, label
	case "cp850", "ibm850":
		return charmap.CodePage850, label
	case "cp852", "ibm852":
		return charmap.CodePage852, label
	case "shift-jis", "sjis", "cp932", "ms932", "windows-932", "x-sjis":
		label = "shift_jis"
	case "cp949", "ms949", "uhc", "ks_c_5601":
		label = "euc-kr"
	case "cp950", "ms950", "big-5":
		label = "big5"
	case "big5hkscs", "big5_hkscs":
		label = "big5-hkscs"
	case "tis620", "cp874", "iso-8859-11", "iso8859-11":
		label = "windows-874"
	case "utf-16", "utf-32", "ucs-2", "iso-10646-ucs-2": // no NUL bytes: it is not
		return nil, label
	}
	if rest, ok := strings.CutPrefix(label, "cp125"); ok {
		label = "windows-125" + rest
	}
	if rest, ok := strings.CutPrefix(label, "win-125"); ok {
		label = "windows-125" + rest
	}
	enc, name := charset.Lookup(label)
	if enc == nil || name == "replacement" {
		return nil, label
	}
	return enc, name
}

// escaped knows the character sets of seven bits, which are valid UTF-8 too: ISO-2022 and HZ.
func escaped(body []byte, declared []string) (encoding.Encoding, string) {
	if bytes.IndexByte(body, 0x1b) < 0 {
		for _, label := range declared {
			if strings.EqualFold(label, "hz-gb-2312") && bytes.Contains(body, []byte("~{")) {
				enc, _ := htmlindex.Get("hz-gb-2312")
				return enc, "hz-gb-2312"
			}
		}
		return nil, ""
	}
	if bytes.Contains(body, []byte("\x1b$B")) || bytes.Contains(body, []byte("\x1b$@")) || bytes.Contains(body, []byte("\x1b(J")) {
		enc, _ := htmlindex.Get("iso-2022-jp")
		return enc, "iso-2022-jp"
	}
	return nil, ""
}

func convert(enc encoding.Encoding, body []byte) string {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return string(out)
}

// UTF8Share counts the characters of several bytes that are valid UTF-8, and the bytes that are not. Text in a legacy
// encoding has hardly any of the former by accident.
func UTF8Share(b []byte) (good, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good, bad
}

// repairUTF8 reads the bytes that are not UTF-8 as windows-1252.
func repairUTF8(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/16)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			s.WriteRune(charmap.Windows1252.DecodeByte(b[i]))
		} else {
			s.Write(b[i : i+n])
		}
		i += n
	}
	return s.String()
}

// bareText is the bytes outside tags, at most 64 kB of them.
func bareText(body []byte) []byte {
	out := make([]byte, 0, min(len(body), 64<<10))
	for len(body) > 0 && len(out) < 64<<10 {
		i := bytes.IndexByte(body, '<')
		if i < 0 {
			return append(out, body...)
		}
		out = append(out, body[:i]...)
		j := bytes.IndexByte(body[i:], '>')
		if bytes.HasPrefix(body[i:], []byte("<![CDATA[")) {
			j = 8
		}
		if j < 0 {
			break
		}
		body = body[i+j+1:]
	}
	return out
}
