package fetcher

import (
	"strings"
	"unicode"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/config"
)

// NeedsPage decides whether the article of an entry has to be taken from its page (full_text: auto), and why.
//
// The entry's text is the longer of its content and its summary, measured in units: words, and characters of scripts
// that write none (Chinese, Japanese, Thai), two of which count as one word. In this order:
//
//  1. An entry without a link needs no page: there is none.
//  2. A text that was cut needs the page: it ends with "...", "[…]", "read more", "阅读全文" or the like, or stops in the
//     middle of a long sentence after a length at which programs cut.
//  3. A feed that carries content beside a shorter summary (content:encoded, Atom content and summary) says that the
//     content is the article: 60 words, or 120 Chinese characters, are enough to believe it.
//  4. A lone content or description is believed from 200 words, or 400 Chinese characters, if it has the shape of an
//     article: at least two paragraphs or line breaks. 600 words are believed in any shape.
//  5. Everything else needs the page.
//
// A wrong yes costs a request, and the better text is kept (see better); a wrong no would store a stub. So the
// thresholds are high.
func NeedsPage(e article.Entry) (bool, string) {
	if e.Link == "" {
		return false, "the entry has no link"
	}
	b := feedBody(e)
	if b.units == 0 {
		return true, "the entry has no text"
	}
	if b.cut != "" {
		return true, b.cut
	}
	switch {
	case b.beside && b.units >= 60:
		return false, "the feed carries the content beside a summary"
	case b.units >= 200 && b.blocks >= 2:
		return false, "the feed carries a text of article length"
	case b.units >= 600:
		return false, "the feed carries a long text"
	}
	return true, "the entry's text is short"
}

// wantsPage applies a source's full_text to an entry.
func wantsPage(src config.Source, e article.Entry) (bool, string) {
	switch src.FullText {
	case "never":
		return false, "full_text: never"
	case "always":
		return true, "full_text: always"
	}
	return NeedsPage(e)
}

// entryBody is the text that an entry carries.
type entryBody struct {
	html   string
	text   string
	units  int    // see units
	blocks int    // paragraphs, line breaks, list items
	beside bool   // it stands beside a summary that is much shorter
	cut    string // why it is taken to be cut; ""
}

// feedBody picks the longer of an entry's content and summary.
func feedBody(e article.Entry) entryBody {
	content, summary := article.Text(e.Content), article.Text(e.Summary)
	nc, ns := units(content), units(summary)
	b := entryBody{html: e.Content, text: content, units: nc}
	if ns > nc {
		b = entryBody{html: e.Summary, text: summary, units: ns}
	}
	b.beside = ns > 0 && nc > ns+ns/4
	b.blocks = countBlocks(b.html)
	b.cut = cutReason(b.text)
	return b
}

// units measures a text: words, and half for each character of a script without spaces.
func units(s string) int {
	words, dense := 0, 0
	in := false
	for _, r := range s {
		switch {
		case isDense(r):
			dense++
			in = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if !in {
				words++
			}
			in = true
		case r == '\'' || r == '’' || r == '-' || r == '.' || r == ',':
		default:
			in = false
		}
	}
	return words + (dense+1)/2
}

// isDense reports whether a rune belongs to a script that does not part words by spaces.
func isDense(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// countBlocks counts the tags that part a text into blocks.
func countBlocks(html string) int {
	low := strings.ToLower(html)
	n := 0
	for _, tag := range []string{"<p>", "<p ", "<br", "<li", "<div", "<blockquote", "<h2", "<h3", "<tr"} {
		n += strings.Count(low, tag)
	}
	return n
}

// moreLines are the words that lead from a teaser to the article.
var moreLines = []string{
	"read more", "read the full story", "read the full article", "read full story", "read full article", "read on", "continue reading",
	"full story", "view article", "view full article", "click here to read", "see more", "more…", "[more]", "keep reading",
	"the full article", "read the rest", "learn more", "find out more",
	"阅读全文", "閱讀全文", "查看全文", "全文阅读", "阅读更多", "查看更多", "查看详情", "点击查看", "点击阅读", "展开全文", "继续阅读", "繼續閱讀", "阅读原文", "查看原文", "更多内容", "全文",
	"続きを読む", "全文を読む", "더보기", "weiterlesen", "mehr lesen", "lire la suite", "leer más", "seguir leyendo", "leggi tutto", "lees meer",
}

// footers are lines that publishers' programs put below a feed's text, complete or not.
var footers = []string{"appeared first on", "first appeared on", "was originally published on", "filed under", "comments"}

// cutReason says why a text looks cut, by its end; "" where it does not.
func cutReason(text string) string {
	text = withoutFooter(strings.TrimSpace(text))
	end := strings.TrimRight(text, " \t\n\u3000\u00a0>»›→)）]】")
	for _, dots := range []string{"…", "...", "。。。", "⋯", "[...", "[…", "[&#8230;"} {
		if strings.HasSuffix(end, dots) {
			return "the entry's text ends with an ellipsis"
		}
	}
	tail := strings.ToLower(lastRunes(end, 60))
	tail = strings.TrimRight(tail, " .:：。,，!！")
	for _, m := range moreLines {
		if strings.HasSuffix(tail, m) && (m != "全文" || endsLine(tail, m)) {
			return "the entry's text ends with " + m
		}
		// "... Read more on example.com", "Continue reading The title"
		if i := strings.LastIndex(tail, m); i >= 0 && len(m) > 8 && m[0] < 0x80 && (i == 0 || strings.ContainsRune("\n….", lastRune(tail[:i]))) {
			return "the entry's text ends with " + m
		}
	}
	last := lastRune(end)
	n := units(text)
	if n >= 20 && n < 200 && (unicode.IsLetter(last) || last == ',' || last == '，' || last == '、') && len(text) > 0 && !strings.Contains(lastRunes(text, 80), "\n") && !endsLikeByline(text) {
		return "the entry's text stops in the middle of a sentence"
	}
	return ""
}

// endsLikeByline reports whether a text ends with a line such as (责任编辑：邓健) or 来源：新华社.
func endsLikeByline(text string) bool {
	tail := lastRunes(text, 30)
	return strings.ContainsAny(tail, "：:（(")
}

// endsLine reports whether the words at the end of a text stand on their own there.
func endsLine(tail, words string) bool {
	before := strings.TrimSuffix(tail, words)
	return before == "" || strings.ContainsRune("\n [【(（>…。", lastRune(before))
}

// withoutFooter cuts the last lines off a text that say where it appeared.
func withoutFooter(text string) string {
	for range 2 {
		i := strings.LastIndexByte(text, '\n')
		line := strings.ToLower(text[i+1:])
		if len(line) > 400 {
			break
		}
		footer := false
		for _, f := range footers {
			footer = footer || strings.Contains(line, f) && (len(f) > 8 || len(line) < 20)
		}
		if !footer {
			break
		}
		text = strings.TrimSpace(text[:max(i, 0)])
	}
	return text
}

// lastRunes returns at most n runes of the end of a text.
func lastRunes(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		i--
		for i > 0 && s[i]&0xC0 == 0x80 {
			i--
		}
	}
	return s[i:]
}

func lastRune(s string) rune {
	for _, r := range lastRunes(s, 1) {
		return r
	}
	return 0
}
