package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Rule is one rule of a filter, ready to be used. It may be shared between goroutines.
type Rule struct {
	Field string         // title, body, author, category, language, url, or age
	Match *regexp.Regexp // matches anywhere in the field; nil for age
	Older bool           // age: holds for entries older than Age, else for younger ones
	Age   time.Duration

	text string
}

// String returns the rule as it was written.
func (r Rule) String() string { return r.text }

var ruleFields = []string{"title", "body", "author", "category", "language", "url", "age"}

// maxRule bounds a rule, and with it the memory of its compiled form.
const maxRule = 10_000

// ParseRule reads a rule of a filter: "field: RE2", or "age: > 7d" and "age: < 1h".
func ParseRule(s string) (Rule, error) {
	field, pattern, ok := strings.Cut(s, ":")
	field, pattern = strings.TrimSpace(field), strings.TrimSpace(pattern)
	const example = "\nwrite `field: pattern`, such as \"title: 银行|证券\" or \"age: > 7d\""
	switch {
	case !ok:
		return Rule{}, fmt.Errorf("%s is not a rule%s", quote(s), example)
	case !slices.Contains(ruleFields, field):
		hint := "one of " + strings.Join(ruleFields, ", ")
		if near := nearest(field, ruleFields); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return Rule{}, fmt.Errorf("a rule cannot look at %s\n%s", quote(field), hint)
	case pattern == "":
		return Rule{}, fmt.Errorf("the rule %s has no pattern%s", quote(s), example)
	case len(s) > maxRule:
		return Rule{}, fmt.Errorf("the rule is longer than %d bytes\nsplit it: rules of one list are alternatives", maxRule)
	case field == "age":
		return ageRule(s, pattern)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return Rule{}, fmt.Errorf("%s is not a regular expression: %s\nthe syntax is RE2: https://github.com/google/re2/wiki/Syntax", quote(pattern), strings.ReplaceAll(why, "\n", " "))
	}
	return Rule{Field: field, Match: re, text: s}, nil
}

func ageRule(s, pattern string) (Rule, error) {
	op, rest := pattern[:1], strings.TrimSpace(pattern[1:])
	if op != ">" && op != "<" {
		return Rule{}, fmt.Errorf("%s is no age\nwrite `age: > 7d` (older) or `age: < 1h` (younger)", quote(pattern))
	}
	d, err := ParseDuration(rest)
	if err != nil {
		return Rule{}, err
	}
	return Rule{Field: "age", Older: op == ">", Age: d, text: s}, nil
}
