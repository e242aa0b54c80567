package feed

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// guess finds the character set of bytes that nothing true was said about. The feed's language, which is ASCII in every
// character set, says which ones to look at; Thai has a structure that no other text has; the character sets of several
// bytes are chardet's; among those of one byte the one wins in which the letters are those of a language.
func guess(body []byte) (encoding.Encoding, string) {
	sample := bareText(body)
	if thai(sample) {
		return charmap.Windows874, "windows-874"
	}
	hint := languageHint(body)
	var second encoding.Encoding
	secondName := ""
	if r, err := chardet.NewTextDetector().DetectBest(sample); err == nil {
		if enc, name := lookup(r.Charset); enc != nil && name != "utf-8" {
			if !multibyte(name) {
				second, secondName = enc, name
			} else if (hint == "" || cjkLanguage(hint)) && pairs(enc, sample) && errorRate(enc, sample) < 0.02 {
				return enc, name
			}
		}
	}
	if cjkLanguage(hint) {
		if enc, name := bestMultibyte(sample, hint); enc != nil {
			return enc, name
		}
	}
	if enc, name := bestAlphabet(sample, hint, secondName); enc != nil {
		return enc, name
	}
	if second != nil {
		return second, secondName
	}
	return charmap.Windows1252, "windows-1252"
}

// languageHint is the language that the document names, without the bytes being decoded.
func languageHint(body []byte) string {
	head := bytes.ToLower(body[:min(len(body), 16<<10)])
	for _, mark := range []string{"<language>", "<dc:language>", `xml:lang="`, `xml:lang='`} {
		if i := bytes.Index(head, []byte(mark)); i >= 0 {
			v := strings.TrimSpace(clip(string(head[i+len(mark):]), 12))
			n := 0
			for n < len(v) && (v[n]-'a' < 26 || v[n] == '-' || v[n] == '_') {
				n++
			}
			if n >= 2 {
				return v[:n]
			}
		}
	}
	return ""
}

func multibyte(name string) bool {
	switch name {
	case "gb18030", "gbk", "big5", "euc-jp", "euc-kr", "shift_jis", "iso-2022-jp":
		return true
	}
	return false
}

// errorRate is the share of the bytes above ASCII that do not decode.
func errorRate(enc encoding.Encoding, sample []byte) float64 {
	high := 0
	for _, c := range sample {
		if c >= utf8.RuneSelf {
			high++
		}
	}
	if high == 0 {
		return 0
	}
	return float64(strings.Count(convert(enc, sample), "\uFFFD")) / float64(high)
}

// pairs says whether the bytes above ASCII are two or more to a character, as in true text of such a character set. A
// stray byte or two can be anything.
func pairs(enc encoding.Encoding, sample []byte) bool {
	bytes, runes := 0, 0
	for _, c := range sample {
		if c >= utf8.RuneSelf {
			bytes++
		}
	}
	for _, r := range convert(enc, sample) {
		if r >= utf8.RuneSelf {
			runes++
		}
	}
	return bytes >= 4 && runes*4 <= bytes*3 || bytes == 0
}

// bestMultibyte is the one of the language's character sets that has the fewest faults.
func bestMultibyte(sample []byte, lang string) (encoding.Encoding, string) {
	labels := []string{"gb18030", "big5"}
	switch {
	case isLang(lang, "ja"):
		labels = []string{"shift_jis", "euc-jp"}
	case isLang(lang, "ko"):
		labels = []string{"euc-kr"}
	case isLang(lang, "zh-tw"), isLang(lang, "zh-hk"), isLang(lang, "zh-hant"):
		labels = []string{"big5", "gb18030"}
	}
	var best encoding.Encoding
	name, least := "", 0.1
	for _, l := range labels {
		if enc, n := lookup(l); enc != nil {
			if r := errorRate(enc, sample); r < least {
				best, name, least = enc, n, r
			}
		}
	}
	return best, name
}

// thai says whether bytes are TIS-620 (which windows-874 contains): a vowel or tone above or below follows what can
// carry it, and a vowel in front is followed by a consonant.
func thai(b []byte) bool {
	high, checked, right := 0, 0, 0
	consonant := func(c byte) bool { return c >= 0xA1 && c <= 0xCE }
	var prev byte
	for _, c := range b {
		if c >= 0xA0 {
			high++
		}
		switch {
		case c >= 0xE0 && c <= 0xE4: // a vowel in front: see the next byte
		case c == 0xD1 || c >= 0xD4 && c <= 0xDA:
			checked++
			if consonant(prev) {
				right++
			}
		case c >= 0xE7 && c <= 0xEE:
			checked++
			if consonant(prev) || prev == 0xD1 || prev >= 0xD4 && prev <= 0xDA {
				right++
			}
		case c >= 0xDB && c <= 0xDE || c >= 0xFC: // no letters
			return false
		}
		if prev >= 0xE0 && prev <= 0xE4 {
			checked++
			if consonant(c) {
				right++
			}
		}
		prev = c
	}
	return high >= 12 && checked*5 >= high && right*50 >= checked*48
}

// alphabet is a language's letters beyond ASCII, in lower case, and the character sets that it is written in, commonest
// first.
type alphabet struct {
	lang, letters string
	charsets      []string
}

var (
	western  = []string{"windows-1252", "iso-8859-15"}
	central  = []string{"windows-1250", "iso-8859-2"}
	cyrillic = []string{"windows-1251", "koi8-r", "iso-8859-5"}
	baltic   = []string{"windows-1257", "iso-8859-13", "iso-8859-4"}
)

var alphabets = []alphabet{
	{"de", "äöüß", western},
	{"fr", "àâæçéèêëîïôœùûüÿ", western},
	{"es", "áéíñóúü", western},
	{"pt", "ãáàâçéêíóôõúü", western},
	{"it", "àèéìíòóùú", western},
	{"ca", "àçèéíïòóúü", western},
	{"nl", "áéëïóöüè", western},
	{"sv", "åäöé", western},
	{"fi", "äöåšž", western},
	{"da", "æøåé", western},
	{"no", "æøåéòô", western},
	{"is", "áðéíóúýþæö", western},
	{"pl", "ąćęłńóśźż", central},
	{"cs", "áčďéěíňóřšťúůýž", central},
	{"sk", "áäčďéíĺľňóôŕšťúýž", central},
	{"hu", "áéíóöőúüű", central},
	{"hr", "čćđšž", central},
	{"sl", "čšž", central},
	{"ro", "ăâîşţșț", append(central, "iso-8859-16")},
	{"ru", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", cyrillic},
	{"uk", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", []string{"windows-1251", "koi8-u", "iso-8859-5"}},
	{"bg", "абвгдежзийклмнопрстуфхцчшщъьюя", cyrillic},
	{"sr", "абвгдђежзијклљмнњопрстћуфхцчџш", cyrillic},
	{"el", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", []string{"windows-1253", "iso-8859-7"}},
	{"tr", "çğıöşüâîû", []string{"windows-1254"}},
	{"he", "אבגדהוזחטיךכלםמןנסעףפץצקרשת", []string{"windows-1255", "iso-8859-8"}},
	{"ar", "ءآأؤإئابةتثجحخدذرزسشصضطظعغـفقكلمنهوىيًٌٍَُِّْ", []string{"windows-1256", "iso-8859-6"}},
	{"fa", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ", []string{"windows-1256"}},
	{"lt", "ąčęėįšųūž", baltic},
	{"lv", "āčēģīķļņšūž", baltic},
	{"et", "äõöüšž", baltic},
	{"vi", "ăâđêôơưàáèéìíòóùúýạ\u0300\u0301\u0303\u0309\u0323", []string{"windows-1258"}},
}

// bestAlphabet is the character set of one byte in which the letters of sample are those of one language; nil where
// none fits well. With a language only its own are looked at; without one, likely (what chardet says, which counts
// letters that stand together) settles what the letters alone leave open.
func bestAlphabet(sample []byte, lang, likely string) (encoding.Encoding, string) {
	var best encoding.Encoding
	name, most := "", 0.9
	known := false
	for _, a := range alphabets {
		known = known || isLang(lang, a.lang)
	}
	for _, a := range alphabets {
		if known && !isLang(lang, a.lang) {
			continue
		}
		for i, label := range a.charsets {
			enc, n := lookup(label)
			if enc == nil {
				continue
			}
			s := a.score(convert(enc, sample)) - float64(i)/1000
			if !known && scriptOf(n) == scriptOf(likely) {
				s += 0.05
			}
			if s > most {
				best, name, most = enc, n, s
			}
		}
	}
	return best, name
}

// scriptOf groups the character sets that chardet tells apart.
func scriptOf(name string) string {
	switch name {
	case "windows-1251", "koi8-r", "koi8-u", "iso-8859-5":
		return "cyrillic"
	case "windows-1253", "iso-8859-7":
		return "greek"
	case "windows-1255", "iso-8859-8", "iso-8859-8-i":
		return "hebrew"
	case "windows-1256", "iso-8859-6":
		return "arabic"
	case "windows-1254", "iso-8859-9":
		return "turkish"
	case "windows-1250", "iso-8859-2":
		return "central"
	}
	return "western"
}

// score is the share of the letters beyond ASCII in text that the language has, 1 at best. A capital after a small
// letter, and a mark in a word, speak against the character set.
func (a alphabet) score(text string) float64 {
	good, bad := 0, 0
	var prev rune
	rest := text
	for rest != "" {
		r, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		if r >= utf8.RuneSelf {
			next, _ := utf8.DecodeRuneInString(rest)
			switch {
			case r == utf8.RuneError || r < 0xA0:
				bad += 2
			case unicode.IsUpper(r) && unicode.IsLower(prev):
				bad++
			case strings.ContainsRune(a.letters, unicode.ToLower(r)) || a.lang == "tr" && r == 'İ':
				good++
			case unicode.IsLetter(r):
				bad++
			case r == '’' || r == '‘':
				if !unicode.IsLetter(prev) && next >= utf8.RuneSelf && unicode.IsLower(next) {
					bad++
				}
			case unicode.IsLetter(prev) && unicode.IsLetter(next) && r != '–' && r != '\u00ad' && r != '\u200c':
				bad++
			case !strings.ContainsRune("«»„“”‚–—…¿¡\u00a0", r) && next >= utf8.RuneSelf && unicode.IsLower(next):
				bad++
			}
		}
		prev = r
	}
	if good == 0 {
		return 0
	}
	return float64(good) / float64(good+bad)
}
