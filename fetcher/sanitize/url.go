package sanitize

import (
	"net/url"
	"strings"
)

// Link returns the address that a link keeps: absolute where base allows it, of scheme http, https, mailto or tel.
// Anything else, however it is disguised, gives "".
func Link(raw string, base *url.URL) string {
	s := trimURL(raw)
	switch scheme(s) {
	case "http", "https":
		return absolute(s, base)
	case "mailto", "tel":
		if strings.ContainsAny(s, "<>\"\\ ") || len(s) > 2000 {
			return ""
		}
		return s
	case "":
		return absolute(s, base)
	}
	return ""
}

// resource returns the address of something that is loaded: http or https only.
func resource(raw string, base *url.URL) string {
	s := trimURL(raw)
	switch scheme(s) {
	case "http", "https", "":
		if s == "" || s[0] == '#' {
			return ""
		}
		return absolute(s, base)
	}
	return ""
}

// trimURL takes out what browsers take out before they read an address: white space and control characters at the
// ends, tabs and line breaks anywhere.
func trimURL(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\ufeff' || r == '\u200b' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	return s
}

// scheme returns what stands before the colon of an absolute address, in lower case; "" for a relative one. Whatever
// could be taken for a scheme by a lax reader is one.
func scheme(s string) string {
	i := strings.IndexAny(s, ":/?#")
	if i <= 0 || s[i] != ':' {
		// An escaped colon makes no scheme, but nothing good begins like this either.
		if low := strings.ToLower(s); strings.HasPrefix(low, "javascript") && strings.Contains(low, "%3a") {
			return "javascript"
		}
		if strings.HasPrefix(s, ":") {
			return ":"
		}
		return ""
	}
	return strings.ToLower(s[:i])
}

// absolute resolves an http(s) or relative address with base. An address that is absolute already keeps its bytes, but
// for spaces and the like.
func absolute(s string, base *url.URL) string {
	if len(s) > 8000 {
		return ""
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return ""
		}
	}
	if strings.ContainsRune(s, '\\') {
		path, rest := s, ""
		if i := strings.IndexAny(s, "?#"); i >= 0 {
			path, rest = s[:i], s[i:]
		}
		s = strings.ReplaceAll(path, `\`, "/") + rest
	}
	s = unsafeChars.Replace(s)
	if strings.HasPrefix(s, "//") {
		proto := "https:"
		if base != nil && base.Scheme == "http" {
			proto = "http:"
		}
		s = proto + s
	}
	if hasHTTP(s) {
		return checkHost(s)
	}
	if sch := scheme(s); sch != "" {
		// http:path, which browsers resolve or repair.
		s = strings.TrimLeft(s[len(sch)+1:], "/")
		if base == nil || sch != base.Scheme {
			return ""
		}
	}
	if base == nil {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		// A stray % or a colon in the first part of the path.
		if u, err = url.Parse("./" + strings.ReplaceAll(s, "%", "%25")); err != nil {
			return ""
		}
	}
	u = base.ResolveReference(u)
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return checkHost(u.String())
}

// checkHost gives an absolute address back if its host can be one, else "".
func checkHost(s string) string {
	if host := hostOf(s); host == "" || strings.ContainsAny(host, "%()*,;<>'`{|}!&= ") {
		return ""
	}
	return unsafeChars.Replace(s)
}

// hasHTTP reports whether s begins like an absolute address.
func hasHTTP(s string) bool {
	low := strings.ToLower(s[:min(8, len(s))])
	return strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://")
}

// hostOf returns the host of an absolute address, with its port.
func hostOf(s string) string {
	_, rest, _ := strings.Cut(s, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return rest
}

var unsafeChars = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", "`", "%60")
