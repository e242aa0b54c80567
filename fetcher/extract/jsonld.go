package extract

import (
	"encoding/json"
	"strings"
)

// maxLD bounds what one page's JSON-LD may cost, in bytes and in objects.
const (
	maxLDBytes   = 1 << 20
	maxLDObjects = 400
)

// ldArticle are the schema.org types that are articles, best first.
var ldArticle = map[string]bool{
	"newsarticle": true, "article": true, "blogposting": true, "reportagenewsarticle": true, "analysisnewsarticle": true, "opinionnewsarticle": true,
	"backgroundnewsarticle": true, "liveblogposting": true, "techarticle": true, "scholarlyarticle": true, "report": true, "socialmediaposting": true,
	"advertisercontentarticle": true, "satiricalarticle": true, "reviewnewsarticle": true, "medicalscholarlyarticle": true, "discussionforumposting": true, "askpublicnewsarticle": true,
}

// ldObject is one JSON-LD object.
type ldObject = map[string]any

// parseLD reads the objects of one script element, nested graphs and main entities included. What is not JSON is mended
// (raw line breaks in strings, comments around it, a comma too many) or passed over.
func parseLD(src string, into []ldObject) []ldObject {
	src = strings.TrimSpace(src)
	if len(src) < 2 || len(src) > maxLDBytes {
		return into
	}
	var v any
	if json.Unmarshal([]byte(src), &v) != nil && json.Unmarshal([]byte(mendJSON(src)), &v) != nil {
		return into
	}
	return flattenLD(v, into, 0)
}

func flattenLD(v any, into []ldObject, depth int) []ldObject {
	if depth > 6 || len(into) > maxLDObjects {
		return into
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			into = flattenLD(e, into, depth+1)
		}
	case ldObject:
		into = append(into, v)
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage", "hasPart"} {
			if sub, ok := v[key]; ok {
				into = flattenLD(sub, into, depth+1)
			}
		}
	}
	return into
}

// mendJSON cuts what stands around the value, escapes line breaks inside strings and drops commas before a bracket.
func mendJSON(s string) string {
	s = strings.NewReplacer("<![CDATA[", "", "]]>", "", "<!--", "", "-->", "").Replace(s)
	if i := strings.IndexAny(s, "{["); i > 0 {
		s = s[i:]
	}
	if i := strings.LastIndexAny(s, "}]"); i >= 0 {
		s = s[:i+1]
	}
	var b strings.Builder
	b.Grow(len(s))
	quoted := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			if strings.IndexByte(`"\/bfnrtu`, s[i+1]) >= 0 {
				b.WriteByte(c)
			}
			i++
			b.WriteByte(s[i])
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted && c < ' ':
			b.WriteByte(' ')
		case !quoted && c == ',':
			rest := strings.TrimLeft(s[i+1:], " \t\r\n")
			if rest == "" || rest[0] != '}' && rest[0] != ']' {
				b.WriteByte(c)
			}
		case !quoted && c == ';':
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// ldTypes are an object's types, lower-cased, without their vocabulary's address.
func ldTypes(o ldObject) []string {
	var out []string
	for _, t := range ldStrings(o["@type"]) {
		t = t[strings.LastIndexAny(t, "/:#")+1:]
		out = append(out, strings.ToLower(t))
	}
	return out
}

func ldIsArticle(o ldObject) bool {
	for _, t := range ldTypes(o) {
		if ldArticle[t] {
			return true
		}
	}
	return false
}

// ldStrings reads a string, a list of them, or objects that have a name, an @value, a url or an @id.
func ldStrings(v any) []string {
	switch v := v.(type) {
	case string:
		if v = squeeze(v); v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, ldStrings(e)...)
		}
		return out
	case ldObject:
		for _, key := range []string{"name", "@value", "url", "contentUrl", "@id"} {
			if s := ldStrings(v[key]); len(s) > 0 {
				return s[:1]
			}
		}
	}
	return nil
}

// ldFirst is the first of ldStrings.
func ldFirst(v any) string {
	if s := ldStrings(v); len(s) > 0 {
		return s[0]
	}
	return ""
}
