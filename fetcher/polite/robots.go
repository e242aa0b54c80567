package polite

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	// maxRobots is how much of a robots.txt is read; RFC 9309 asks for at least this much.
	maxRobots = 500 << 10

	// maxCrawlDelay is the longest Crawl-delay that is kept. Some say 86400 and mean "go away", which Disallow says.
	maxCrawlDelay = time.Minute
)

// robots is what a robots.txt says to us, by RFC 9309.
type robots struct {
	rules      []rule // the longest pattern first, Allow before Disallow
	crawlDelay time.Duration
}

// rule is one Allow or Disallow line.
type rule struct {
	pattern  string // normalised, without the $ at its end
	allow    bool
	anchored bool // ended in $
	wild     bool // has a *
	length   int  // of the pattern as written, normalised: the longest match wins
}

// parseRobots reads the rules for us: those of all groups that name one of our tokens (lower case), else those of
// all groups for *. Nothing is an error: what cannot be read is skipped, as RFC 9309 asks.
func parseRobots(body []byte, tokens []string) *robots {
	if len(body) >= maxRobots { // of the last line there may be only the beginning, which would match more than is meant
		body = body[:bytes.LastIndexAny(body[:maxRobots], "\r\n")+1]
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var ours, others robots // rules of groups that name us, and of those for everyone
	var named, everyone bool
	var forUs, forAll, inAgents bool
	for len(body) > 0 {
		var line []byte
		if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
			line, body = body[:i], body[i+1:]
		} else {
			line, body = body, nil
		}
		key, value := robotsLine(line)
		switch key {
		case agentLine:
			if !inAgents {
				forUs, forAll, inAgents = false, false, true
			}
			if value == "*" || strings.HasPrefix(value, "* ") {
				forAll, everyone = true, true
			} else if has(tokens, productToken(value)) {
				forUs, named = true, true
			}
		case allowLine, disallowLine:
			inAgents = false
			if value == "" {
				continue
			}
			if forUs {
				ours.rules = append(ours.rules, newRule(value, key == allowLine))
			} else if forAll && !named {
				others.rules = append(others.rules, newRule(value, key == allowLine))
			}
		case delayLine: // not of RFC 9309, so it does not end the agents of a group; it is for those named so far
			d := parseCrawlDelay(value)
			if forUs {
				ours.crawlDelay = max(ours.crawlDelay, d)
			} else if forAll {
				others.crawlDelay = max(others.crawlDelay, d)
			}
		}
	}
	r := &robots{}
	switch {
	case named:
		r = &ours
	case everyone:
		r = &others
	}
	sort.SliceStable(r.rules, func(i, j int) bool {
		a, b := r.rules[i], r.rules[j]
		if a.length != b.length {
			return a.length > b.length
		}
		return a.allow && !b.allow
	})
	return r
}

type lineKind int

const (
	otherLine lineKind = iota
	agentLine
	allowLine
	disallowLine
	delayLine
)

// robotsLine splits a line into its key and its value, without comment and white space. The common misspellings are
// read as they are meant.
func robotsLine(line []byte) (lineKind, string) {
	if i := bytes.IndexByte(line, '#'); i >= 0 {
		line = line[:i]
	}
	line = bytes.TrimSpace(line)
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		i = bytes.IndexAny(line, " \t")
	}
	if i < 0 || i > 32 {
		return otherLine, ""
	}
	value := strings.TrimSpace(string(line[i+1:]))
	switch strings.ToLower(string(bytes.TrimSpace(line[:i]))) {
	case "user-agent", "useragent", "user agent":
		return agentLine, value
	case "allow":
		return allowLine, value
	case "disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw":
		return disallowLine, value
	case "crawl-delay", "crawldelay":
		return delayLine, value
	}
	return otherLine, ""
}

func parseCrawlDelay(s string) time.Duration {
	if i := strings.IndexAny(s, " \t,;"); i >= 0 {
		s = s[:i]
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "s"), 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return time.Duration(min(n, maxCrawlDelay.Seconds()) * float64(time.Second))
}

func newRule(pattern string, allow bool) rule {
	r := rule{allow: allow}
	if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*") {
		pattern = "/" + pattern
	}
	if p, ok := strings.CutSuffix(pattern, "$"); ok {
		pattern, r.anchored = p, true
	}
	r.pattern = normalize(pattern, true)
	r.wild = strings.Contains(r.pattern, "*")
	r.length = len(r.pattern)
	if r.anchored {
		r.length++
	}
	return r
}

// allowed reports whether we may fetch path, which is the escaped path and, after a ?, the query.
func (r *robots) allowed(path string) bool {
	if len(r.rules) == 0 {
		return true
	}
	path = normalize(path, false)
	if path == "/robots.txt" {
		return true
	}
	for i := range r.rules {
		if r.rules[i].matches(path) {
			return r.rules[i].allow
		}
	}
	return true
}

// matches reports whether the pattern matches the start of path, or all of it if anchored.
func (r *rule) matches(path string) bool {
	if !r.wild {
		return strings.HasPrefix(path, r.pattern) && (!r.anchored || len(path) == len(r.pattern))
	}
	first, rest, _ := strings.Cut(r.pattern, "*")
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			if r.anchored {
				return strings.HasSuffix(path, part)
			}
			return strings.Contains(path, part)
		}
		i := strings.Index(path, part)
		if i < 0 {
			return false
		}
		path, rest = path[i+len(part):], after
	}
}

// normalize brings a path or a pattern into the form in which RFC 9309 compares them: unreserved characters
// unescaped, all that is not ASCII escaped, escapes in capitals. In a path the characters that mean something in a
// pattern are escaped; in a pattern * stays.
func normalize(s string, pattern bool) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c == '%' || c <= ' ' || c >= 0x7f || c == '$' || c == '*' && !pattern {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		escape := c <= ' ' || c >= 0x7f || c == '$' || c == '*' && !pattern
		if c == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				escape = !unreserved(c)
				i += 2
			}
		}
		if escape {
			b = append(b, '%', digits[c>>4], digits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func unreserved(c byte) bool {
	return letter(c) || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// productToken is the name that s starts with, in lower case: feedfolio of "Feedfolio/1.0".
func productToken(s string) string {
	i := 0
	for i < len(s) && (letter(s[i]) || s[i] == '-' || s[i] == '_') {
		i++
	}
	return strings.ToLower(s[:i])
}

// pretences are the products that user agents name only to be taken for a browser.
var pretences = []string{"mozilla", "applewebkit", "khtml", "gecko", "chrome", "safari", "firefox", "version", "mobile", "edg", "opr"}

// agentTokens are the names under which a robots.txt may address us: feedfolio, whatever the user agent says, and
// each product (a name before a slash and a digit) of the user agent, wherever in it.
func agentTokens(userAgent string) []string {
	tokens := []string{"feedfolio"}
	for i := 1; i+1 < len(userAgent) && len(tokens) < 8; i++ {
		if userAgent[i] != '/' || userAgent[i+1] < '0' || userAgent[i+1] > '9' {
			continue
		}
		j := i
		for j > 0 && (letter(userAgent[j-1]) || userAgent[j-1] == '-' || userAgent[j-1] == '_') {
			j--
		}
		if t := strings.ToLower(userAgent[j:i]); t != "" && !has(pretences, t) && !has(tokens, t) {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
