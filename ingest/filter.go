package ingest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

// Filter says which entries and articles of a source are wanted. It may be shared between goroutines.
//
// A drop rule that holds drops, whatever the keep rules say. Where there are keep rules, one of them must hold. Rules are
// asked twice: before the page, on the entry, so that no page is fetched in vain; and after it, on the article, whose
// word is the last. Before the page a field can be undecided, and then nothing is dropped for it:
//
//   - body always: a listing carries a part of it at most;
//   - title where the entry has none, and for keep rules where it is cut ("…");
//   - author, language and age where the entry does not say;
//   - category where a rule does not hold for the entry's own terms, unless the entry has terms and the categories that
//     all articles of the source have are known as well;
//   - url is decided by the link as listed. After the page the link and the canonical URL are asked, and one is enough.
//
// A field of several values (authors; categories and tags) holds where a rule matches one of them, each on its own, so
// that ^ and $ are the ends of a name. The body is asked as text: blank lines between blocks, no markup. A rule on a
// field that an article does not have does not hold. Age is the time from the publication to the given now, or from
// first_seen where the publisher gives no date; what is dated in the future is younger than any age. An age equal to
// the rule's is neither older nor younger.
type Filter struct {
	keep, drop []config.Rule
	categories []string
}

// NewFilter reads the rules. The categories are those that every article of the source has; with none given, keep rules
// on category wait for the page.
func NewFilter(cfg config.Filter, categories ...string) (*Filter, error) {
	f := &Filter{categories: categories}
	var faults []error
	read := func(list string, rules []string) (out []config.Rule) {
		for i, text := range rules {
			r, err := config.ParseRule(text)
			if err != nil {
				faults = append(faults, fmt.Errorf("filter.%s[%d]: %w", list, i, err))
				continue
			}
			out = append(out, r)
		}
		return out
	}
	f.keep, f.drop = read("keep", cfg.Keep), read("drop", cfg.Drop)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return f, nil
}

// Entry says whether an entry is not wanted, as far as that can be known before its page, and by which rule. Give the
// time at which the entry was first seen as now: then a later try of the same entry comes to the same.
func (f *Filter) Entry(e article.Entry, now time.Time) (drop bool, rule string) {
	return f.judge(func(r config.Rule) verdict { return f.ofEntry(r, e, now) })
}

// Article says whether an article is not wanted, and by which rule. The same now as for its entry keeps a recheck from
// dropping what was young when it came.
func (f *Filter) Article(a *article.Article, now time.Time) (drop bool, rule string) {
	return f.judge(func(r config.Rule) verdict { return ofArticle(r, a, now) })
}

// verdict is what is known of a rule.
type verdict int

const (
	undecided verdict = iota
	holds
	fails
)

func (f *Filter) judge(ask func(config.Rule) verdict) (drop bool, rule string) {
	if f == nil {
		return false, ""
	}
	for _, r := range f.drop {
		if ask(r) == holds {
			return true, "drop " + r.String()
		}
	}
	for _, r := range f.keep {
		if ask(r) != fails {
			return false, ""
		}
	}
	switch len(f.keep) {
	case 0:
		return false, ""
	case 1:
		return true, "not keep " + f.keep[0].String()
	}
	return true, fmt.Sprintf("none of %d keep rules", len(f.keep))
}

func (f *Filter) ofEntry(r config.Rule, e article.Entry, now time.Time) verdict {
	switch r.Field {
	case "title":
		v := match(r, e.Title)
		if v == fails && cut(e.Title) {
			return undecided
		}
		return unless(e.Title == "", v)
	case "author":
		return unless(len(e.Authors) == 0, match(r, e.Authors...))
	case "category":
		if v := match(r, f.categories...); v == holds {
			return v
		}
		v := match(r, e.Tags...)
		return unless(v == fails && (len(e.Tags) == 0 || len(f.categories) == 0), v)
	case "language":
		return unless(e.Language == "", match(r, e.Language))
	case "url":
		return unless(e.Link == "", match(r, e.Link))
	case "age":
		return unless(e.Published.IsZero(), age(r, e.Published, now))
	}
	return undecided
}

func ofArticle(r config.Rule, a *article.Article, now time.Time) verdict {
	switch r.Field {
	case "title":
		return match(r, a.Title)
	case "body":
		return match(r, a.Text())
	case "author":
		if v := match(r, a.Authors...); v == holds {
			return v
		}
		return match(r, a.Author)
	case "category":
		if v := match(r, a.Categories...); v == holds {
			return v
		}
		return match(r, a.Tags...)
	case "language":
		return match(r, a.Language)
	case "url":
		return match(r, a.Link, a.SourceURL)
	case "age":
		when := a.Published
		if when.IsZero() {
			when = a.FirstSeen
		}
		if when.IsZero() {
			return fails
		}
		return age(r, when, now)
	}
	return fails
}

// match asks each value that is there.
func match(r config.Rule, values ...string) verdict {
	for _, v := range values {
		if v != "" && r.Match.MatchString(v) {
			return holds
		}
	}
	return fails
}

func age(r config.Rule, when, now time.Time) verdict {
	is := now.Sub(when)
	if r.Older && is > r.Age || !r.Older && is < r.Age {
		return holds
	}
	return fails
}

// unless leaves a verdict open where too little is known.
func unless(unknown bool, v verdict) verdict {
	if unknown {
		return undecided
	}
	return v
}

// cut says whether a title ends as one that a listing has shortened.
func cut(title string) bool {
	title = strings.TrimSpace(title)
	return strings.HasSuffix(title, "…") || strings.HasSuffix(title, "...")
}
