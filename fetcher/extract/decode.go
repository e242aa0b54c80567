package extract

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	uni "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"github.com/feedfolio/feedfolio/fetcher/feed"
)

// declarationWindow is how much of a page is searched for its own charset declaration, in bytes. Browsers look at
// 1,024; pages that put scripts first declare later than that.
const declarationWindow = 8 << 10

// guessWindow is how much non-ASCII text a guess looks at, in bytes.
const guessWindow = 64 << 10

// Decode returns the page as UTF-8, the name of the encoding it came in and why that one was taken: "bom", "utf-8
// valid", "http", "declared" or "guessed". It never fails: what cannot be read becomes U+FFFD.
//
// The bytes are believed before any label. Text that is valid UTF-8 as a whole is UTF-8, whatever HTTP or the page
// says, because no other encoding looks like it by accident. Only then the Content-Type, then the page's declaration
// count, each if the bytes decode cleanly by it; the last resort is a guess by the letters that result. gb2312 and gbk
// are read as GB 18030, which contains both. By a Western European encoding all bytes decode cleanly, and servers add it to
// whatever they send, so it counts only where bytes beyond ASCII stand alone among letters, as accents do.
func Decode(body []byte, header http.Header) (text []byte, name, why string) {
	if t, n, ok := decodeBOM(body); ok {
		return t, n, "bom"
	}
	if utf8.Valid(body) {
		return body, "utf-8", "utf-8 valid"
	}
	if good, bad := feed.UTF8Share(body); good > 20*bad { // with some damage: a cut character, a foreign byte in an advertisement
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), "utf-8", "utf-8 with a few bad bytes"
	}
	type label struct{ name, why string }
	for _, l := range []label{{httpCharset(header), "http"}, {declaredCharset(body), "declared"}} {
		enc, n := lookup(l.name)
		if enc == nil || n == "utf-8" || western[n] && pairedHigh(body) {
			continue
		}
		if t, clean := decodeWith(body, enc); clean {
			return t, n, l.why
		}
	}
	enc, n := guess(body)
	t, _ := decodeWith(body, enc)
	return t, n, "guessed"
}

// western are the encodings, by their names in the WHATWG's Encoding standard, whose bytes beyond ASCII are accented letters
// and signs. ISO-8859-1 is windows-1252 there.
var western = map[string]bool{
	"windows-1252": true, "windows-1250": true, "windows-1254": true, "windows-1257": true, "macintosh": true,
	"iso-8859-2": true, "iso-8859-3": true, "iso-8859-4": true, "iso-8859-10": true, "iso-8859-13": true, "iso-8859-14": true, "iso-8859-15": true, "iso-8859-16": true,
}

// decodeBOM reads the byte order marks of UTF-8, UTF-16 and UTF-32.
func decodeBOM(body []byte) (text []byte, name string, ok bool) {
	var enc encoding.Encoding
	switch {
	case bytes.HasPrefix(body, []byte{0xEF, 0xBB, 0xBF}):
		return bytes.ToValidUTF8(body[3:], []byte("\uFFFD")), "utf-8", true
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE, 0, 0}):
		enc, name = utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf-32le"
	case bytes.HasPrefix(body, []byte{0, 0, 0xFE, 0xFF}):
		enc, name = utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32be"
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		enc, name = uni.UTF16(uni.LittleEndian, uni.UseBOM), "utf-16le"
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		enc, name = uni.UTF16(uni.BigEndian, uni.UseBOM), "utf-16be"
	default:
		return nil, "", false
	}
	t, _ := decodeWith(body, enc)
	return t, name, true
}

func httpCharset(header http.Header) string {
	if header == nil {
		return ""
	}
	_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return params["charset"]
}

// declaredCharset is what the first XML declaration or meta element says.
func declaredCharset(body []byte) string {
	head := bytes.ToLower(body[:min(len(body), declarationWindow)])
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) {
		if end := bytes.Index(head, []byte("?>")); end > 0 {
			if v := valueAfter(head[:end], "encoding"); v != "" {
				return v
			}
		}
	}
	for {
		i := bytes.Index(head, []byte("<meta"))
		if i < 0 {
			return ""
		}
		head = head[i+5:]
		end := bytes.IndexByte(head, '>')
		if end < 0 {
			return ""
		}
		if v := valueAfter(head[:end], "charset"); v != "" {
			return v
		}
	}
}

// valueAfter reads the value of key=value, quoted or not.
func valueAfter(s []byte, key string) string {
	i := bytes.Index(s, []byte(key))
	if i < 0 {
		return ""
	}
	s = bytes.TrimLeft(s[i+len(key):], " \t\r\n")
	if len(s) == 0 || s[0] != '=' {
		return ""
	}
	s = bytes.TrimLeft(s[1:], " \t\r\n\"'")
	end := bytes.IndexAny(s, " \t\r\n\"';/>?")
	if end < 0 {
		end = len(s)
	}
	return string(s[:end])
}

// lookup finds an encoding by its label; gb2312 and gbk give GB 18030.
func lookup(label string) (encoding.Encoding, string) {
	label = strings.TrimSpace(strings.ToLower(label))
	if label == "" {
		return nil, ""
	}
	enc, name := charset.Lookup(label)
	switch name {
	case "gbk", "gb2312", "gb18030":
		return simplifiedchinese.GB18030, "gb18030"
	case "replacement", "x-user-defined":
		return nil, ""
	}
	return enc, name
}

// decodeWith also says whether the result is clean: at most one character in 500 beyond ASCII could not be read. A
// byte that stands for nothing in windows-1252 and its kin counts as unreadable too.
func decodeWith(body []byte, enc encoding.Encoding) (text []byte, clean bool) {
	text, _, err := transform.Append(enc.NewDecoder(), make([]byte, 0, len(body)+len(body)/4), body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), false
	}
	var high, bad int
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		high++
		if r == utf8.RuneError || (r >= 0x80 && r < 0xA0) || unicode.Is(unicode.Co, r) {
			bad++
		}
		i += n
	}
	return text, bad*500 <= high
}

// candidate is an encoding a page without a usable label may be in, with the letters that make up most of a text in it.
type candidate struct {
	name   string
	enc    encoding.Encoding
	common string
}

// candidates stand in the order in which ties are decided.
var candidates = []candidate{
	{"gb18030", simplifiedchinese.GB18030, "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经日月新本公司市场股价报网元亿万增长"},
	{"big5", traditionalchinese.Big5, "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經日月新本公司市場股價報網元億萬增長"},
	{"shift_jis", japanese.ShiftJIS, "のにはをたがでてとしれさいなるもんかすまりこっくだ年日月人大本中ーン、。"},
	{"euc-jp", japanese.EUCJP, "のにはをたがでてとしれさいなるもんかすまりこっくだ年日月人大本中ーン、。"},
	{"euc-kr", korean.EUCKR, "이다의는에을를가은로하고지한서기도사리대시인자어해정아일스과나"},
	{"windows-1251", charmap.Windows1251, "оеаинтсрвлкмдпуяызьбгчйхжюшцщэ"},
	{"koi8-r", charmap.KOI8R, "оеаинтсрвлкмдпуяызьбгчйхжюшцщэ"},
	{"windows-1253", charmap.Windows1253, "αοιετσνηυρπκμλςωδγχθφβξζψάέήίόύώ"},
	{"windows-1256", charmap.Windows1256, "اليمونترعبدسفهكقحجةشصطخضذزثغظءأإ"},
	{"windows-1255", charmap.Windows1255, "יולאהתרבשמנקדפחגעכצסטזםןךףץ"},
}

// guess chooses by the letters: an encoding that fits makes text of its language's most common characters. Scripts of
// thousands of characters are tried first, because their common characters do not come about by chance, while any high
// bytes are letters of some alphabet. Text with lone high bytes between ASCII letters is Western European.
func guess(body []byte) (encoding.Encoding, string) {
	sample := highText(body)
	clustered := pairedHigh(body)
	for i, part := range []struct {
		of    []candidate
		least float64
	}{{candidates[:5], 0.10}, {candidates[5:], 0.75}} {
		if i > 0 && !clustered {
			break // high bytes stand alone between ASCII letters: accents
		}
		var best candidate
		bestScore := part.least
		for _, c := range part.of {
			if score := c.score(sample); score > bestScore*1.02 {
				best, bestScore = c, score
			}
		}
		if best.enc != nil {
			return best.enc, best.name
		}
	}
	if _, clean := decodeWith(body, simplifiedchinese.GB18030); clean && clustered {
		return simplifiedchinese.GB18030, "gb18030" // no common letters, but it decodes without a fault
	}
	return charmap.Windows1252, "windows-1252"
}

// score is the share of common letters in the sample, read as c; negative where it cannot be read.
func (c candidate) score(sample []byte) float64 {
	text, err := c.enc.NewDecoder().Bytes(sample)
	if err != nil {
		return -1
	}
	var high, bad, common int
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			continue
		}
		high++
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Co, r):
			bad++
		case strings.ContainsRune(c.common, r):
			common++
		}
	}
	if high == 0 || bad*20 > high {
		return -1
	}
	return float64(common-5*bad) / float64(high)
}

// highText is the runs of bytes beyond ASCII with the byte after each (the second byte of a character may be ASCII),
// parted by spaces.
func highText(body []byte) []byte {
	out := make([]byte, 0, 4096)
	for i := 0; i < len(body) && len(out) < guessWindow; {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		j := i
		for j < len(body) && (body[j] >= utf8.RuneSelf || (j > i && body[j-1] >= utf8.RuneSelf && body[j] >= 0x30 && body[j] != '<')) {
			j++
		}
		out = append(out, body[i:j]...)
		out = append(out, ' ')
		i = j
	}
	return out
}

// pairedHigh says whether most bytes beyond ASCII stand beside another, as in a script that has no ASCII letters.
func pairedHigh(body []byte) bool {
	var high, paired int
	for i, c := range body {
		if c < utf8.RuneSelf {
			continue
		}
		high++
		if i > 0 && body[i-1] >= utf8.RuneSelf || i+1 < len(body) && body[i+1] >= utf8.RuneSelf {
			paired++
		}
	}
	return paired*4 > high*3
}
