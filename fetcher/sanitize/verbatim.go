package sanitize

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Verbatim cuts script elements, event handlers and javascript: addresses out of src and leaves every other byte as it
// is: comments, style sheets, white space, unbalanced tags. It is for the seed profile, whose files hold what the feed
// holds.
//
// What is left is then parsed as a browser does. If anything that runs is still in it (markup that hides a script from
// one reader and shows it to another), the text is not kept verbatim but cleaned as Fragment does without a base.
func Verbatim(src string) string {
	if len(src) > MaxBytes {
		return Fragment(src, nil)
	}
	out := src
	if strings.ContainsRune(src, '<') {
		out = cutScripts(src)
	}
	if runs(out) {
		return Fragment(src, nil)
	}
	return out
}

// cutScripts copies src token by token, without the scripts.
func cutScripts(src string) string {
	var b strings.Builder
	b.Grow(len(src))
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		kind := z.Next()
		// Raw is what the token was read from, at the end of the input too.
		raw := z.Raw()
		if kind == html.ErrorToken {
			b.Write(raw)
			return b.String()
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			b.Write(raw)
			continue
		}
		tag := append([]byte(nil), raw...) // TagName may overwrite it
		name, hasAttr := z.TagName()
		script := string(name) == "script"
		switch {
		case script && kind == html.EndTagToken:
		case script:
			skipRaw(z, "script")
		case hasAttr:
			b.Write(cutAttributes(tag))
		default:
			b.Write(tag)
		}
	}
}

// cutAttributes takes the attributes that run something out of a tag, each with the white space before it.
func cutAttributes(tag []byte) []byte {
	out := make([]byte, 0, len(tag))
	i := 1 + bytes.IndexFunc(tag[1:], isTagSpace)
	if i == 0 {
		return tag
	}
	out = append(out, tag[:i]...)
	for i < len(tag) {
		start := i
		for i < len(tag) && (isTagSpace(rune(tag[i])) || tag[i] == '/') {
			i++
		}
		if i >= len(tag) || tag[i] == '>' {
			out = append(out, tag[start:]...)
			return out
		}
		keyStart := i
		i++ // an attribute's name may begin with '='
		for i < len(tag) && !isTagSpace(rune(tag[i])) && tag[i] != '=' && tag[i] != '>' && tag[i] != '/' {
			i++
		}
		key := string(tag[keyStart:i])
		var val string
		val, i = attributeValue(tag, i)
		if !runsIn(strings.ToLower(key), html.UnescapeString(val)) {
			out = append(out, tag[start:i]...)
		}
	}
	return out
}

// attributeValue reads the value, if there is one, of an attribute whose name ends at i, and returns it as it is
// written, and where it ends.
func attributeValue(tag []byte, i int) (string, int) {
	j := i
	for j < len(tag) && isTagSpace(rune(tag[j])) {
		j++
	}
	if j >= len(tag) || tag[j] != '=' {
		return "", i
	}
	j++
	for j < len(tag) && isTagSpace(rune(tag[j])) {
		j++
	}
	if j >= len(tag) || tag[j] == '>' {
		return "", j
	}
	if q := tag[j]; q == '"' || q == '\'' {
		end := bytes.IndexByte(tag[j+1:], q)
		if end < 0 {
			return string(tag[j+1:]), len(tag)
		}
		return string(tag[j+1 : j+1+end]), j + 1 + end + 1
	}
	start := j
	for j < len(tag) && !isTagSpace(rune(tag[j])) && tag[j] != '>' {
		j++
	}
	return string(tag[start:j]), j
}

func isTagSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == '\x00'
}

// runsIn reports whether an attribute (its name in lower case, its value with references resolved) runs something.
func runsIn(key, val string) bool {
	if strings.HasPrefix(key, "on") || key == "srcdoc" {
		return true
	}
	if runningAddress(val) {
		return true
	}
	if animated[key] { // lists of values that an animation sets
		for part := range strings.SplitSeq(val, ";") {
			if runningAddress(part) {
				return true
			}
		}
	}
	return false
}

var animated = set("to from by values")

// runningAddress reports whether an address would be run, not fetched. Browsers ignore control characters before the
// scheme, and tabs and line breaks in it.
func runningAddress(val string) bool {
	for _, scheme := range []string{"javascript:", "vbscript:", "livescript:", "data:text/html", "data:image/svg", "data:application/x"} {
		i := 0
		for _, r := range val {
			if r <= ' ' || r == 0x7f || (i == 0 && (r == '\u00a0' || r == '\ufeff' || r == '\u200b' || r == '\ufffd')) {
				continue
			}
			if r|0x20 != rune(scheme[i]) && r != rune(scheme[i]) {
				break
			}
			if i++; i == len(scheme) {
				return true
			}
		}
	}
	return false
}

// runs reports whether a browser that shows src would run something of it. Markup that is nested too deeply to be
// looked at counts as running.
func runs(src string) bool {
	if !strings.ContainsRune(src, '<') {
		return false
	}
	context := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	kids, err := html.ParseFragment(strings.NewReader(src), context)
	if err != nil {
		return true
	}
	root := &html.Node{Type: html.DocumentNode}
	for _, k := range kids {
		root.AppendChild(k)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" {
			return true
		}
		for _, a := range n.Attr {
			if runsIn(strings.ToLower(a.Key), a.Val) {
				return true
			}
		}
	}
	return false
}
