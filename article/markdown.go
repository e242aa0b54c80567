package article

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	render "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A Markdown body is a translation, and each translation is checked: it is rendered again, and the text, images, links and
// headings have to be those of the article. A block that does not pass stays HTML, which Markdown allows anywhere; if
// even that does not help, the whole body does. So nothing of an article is lost to Markdown.

// written remembers the Markdown that Decode read and the Body it made of it. A Body that nobody changed is then written
// back as it was, byte for byte: rendering and translating again would often change a hyphen or an escape.
type written struct{ body, markdown string }

// Limits of what is translated; beyond them a body stays HTML.
const (
	maxMarkdown = 4 << 20 // bytes
	maxNesting  = 200     // elements within one another
	maxLook     = 4       // containers that are looked into for the block that cannot be translated
	maxSpan     = 64      // columns or rows that one cell of a table takes
	maxCells    = 20_000  // cells of a table, each that spans others counted as often as it is repeated
)

// maxSigns is how often a body may have signs on which the translator or the renderer spends time in the square of their
// number: ten thousand in a row take a second, two thousand some milliseconds.
const maxSigns = 4000

func tooManySigns(s string) bool {
	for _, sign := range []string{"[", "~", "*", "_", "`"} {
		if len(s) > maxSigns && strings.Count(s, sign) > maxSigns {
			return true
		}
	}
	return false
}

// markdownOf returns the article's body as Markdown, and false where it has to stay HTML.
func markdownOf(a *Article) (string, bool) {
	if a.written.markdown != "" && a.written.body == a.Body {
		return a.written.markdown, true
	}
	body := visible(a.Body)
	if len(body) > maxMarkdown || tooManySigns(body) {
		return "", false
	}
	nodes, err := parseBody(body)
	if err != nil {
		return "", false
	}
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	if !tidy(root) {
		return "", false
	}
	want := factsOf(renderNode(root))
	if md, err := translate(root); err == nil && checks(md, want) {
		return md, md != ""
	}
	md := strings.Join(translateBlocks(root, maxLook), "\n\n")
	return md, md != "" && checks(md, want)
}

// setMarkdown makes the Body of Markdown that was read.
func setMarkdown(a *Article, md string) {
	if md == "" {
		return
	}
	body := strings.TrimSpace(visible(markdownToHTML(md)))
	a.Body, a.written = body, written{body, md}
}

// markdownToHTML renders CommonMark with tables and strikethrough.
func markdownToHTML(md string) string {
	var b bytes.Buffer
	if len(md) <= maxMarkdown && !tooManySigns(md) && !nested(md) && renderer().Convert([]byte(md), &b) == nil {
		return b.String()
	}
	return "<pre>" + html.EscapeString(md) + "</pre>"
}

// nested reports whether a line begins with more quotes and list items within one another than a renderer takes lightly.
func nested(md string) bool {
	for line := range strings.Lines(md) {
		depth := 0
		for i := 0; i+1 < len(line) && strings.IndexByte(" \t>-+*.)0123456789", line[i]) >= 0; i++ {
			if line[i] == '>' || (line[i+1] == ' ' || line[i+1] == '\t') && strings.IndexByte("-+*.)", line[i]) >= 0 {
				depth++
			}
		}
		if depth > maxNesting {
			return true
		}
	}
	return false
}

var renderer = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(render.WithUnsafe()))
})

var translator = sync.OnceValue(func() *converter.Converter {
	c := converter.NewConverter(converter.WithPlugins(
		base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), strikethrough.NewStrikethroughPlugin(),
		table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithNewlineBehavior(table.NewlineBehaviorPreserve),
			table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal)),
	))
	c.Register.Renderer(renderSpecial, converter.PriorityEarly)
	return c
})

// parseBody parses a body and refuses one that nests too deep for recursive walks.
func parseBody(body string) ([]*html.Node, error) {
	nodes, err := html.ParseFragment(strings.NewReader(body), &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"})
	if err != nil {
		return nil, err
	}
	for _, top := range nodes {
		depth := 0
		for n := top; n != nil; {
			switch {
			case n.FirstChild != nil:
				n = n.FirstChild
				if depth++; depth > maxNesting {
					return nil, errors.New("too deep")
				}
			default:
				for n != top && n.NextSibling == nil {
					n = n.Parent
					depth--
				}
				if n == top {
					n = nil
				} else {
					n = n.NextSibling
				}
			}
		}
	}
	return nodes, nil
}

// tidy takes out of the tree what has no place in Markdown, and spreads cells that span others. It reports false for a
// tree that Markdown cannot hold.
func tidy(n *html.Node) bool {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.CommentNode || c.Type == html.DoctypeNode || c.DataAtom == atom.Script || c.DataAtom == atom.Style:
			n.RemoveChild(c)
		case c.Type == html.ElementNode:
			for i := range c.Attr {
				c.Attr[i].Val = visible(c.Attr[i].Val)
			}
			if !tidy(c) {
				return false
			}
			if c.DataAtom == atom.Table && fitsMarkdown(c) {
				spread(c)
			}
		case c.Type == html.TextNode:
			if c.Data = visible(c.Data); c.Data == "" {
				n.RemoveChild(c)
			}
		default:
			return false
		}
		c = next
	}
	return true
}

// translate returns a tree as Markdown. The library changes the tree it gets, so it gets a copy; and it changes addresses
// ("+" becomes "%20"), so it gets tokens for them.
func translate(n *html.Node) (md string, err error) {
	defer func() {
		if r := recover(); r != nil { // a fault of the library costs one translation, not the article
			err = errors.New("the translator failed")
		}
	}()
	c := copyNode(n)
	var addresses []string
	hideAddresses(c, &addresses)
	out, err := translator().ConvertNode(c)
	if err != nil {
		return "", err
	}
	return strings.Trim(braces.Replace(visible(showAddresses(string(out), addresses))), " \t\n"), nil
}

// A token stands for an address while the library works: the prefix and six digits.
const (
	tokenPrefix = "https://feedfolio.invalid/"
	tokenDigits = 6
)

func hideAddresses(n *html.Node, addresses *[]string) {
	for i, a := range n.Attr {
		if a.Val != "" && (n.DataAtom == atom.A && a.Key == "href" || n.DataAtom == atom.Img && a.Key == "src") && len(*addresses) < 1e6 {
			n.Attr[i].Val = fmt.Sprintf("%s%0*d", tokenPrefix, tokenDigits, len(*addresses))
			*addresses = append(*addresses, a.Val)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		hideAddresses(c, addresses)
	}
}

// showAddresses puts the addresses back. Most stand in Markdown, some in a table that stayed HTML.
func showAddresses(md string, addresses []string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(md, tokenPrefix)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		md = after
		n := -1
		if len(md) >= tokenDigits {
			if i, err := strconv.ParseUint(md[:tokenDigits], 10, 32); err == nil && i < uint64(len(addresses)) {
				n = int(i)
			}
		}
		switch {
		case n < 0:
			b.WriteString(tokenPrefix)
			continue
		case strings.HasSuffix(before, `="`):
			b.WriteString(html.EscapeString(addresses[n]))
		default:
			b.WriteString(destination(addresses[n]))
		}
		md = md[tokenDigits:]
	}
}

// destination writes an address so that CommonMark reads it, byte for byte but for white space, which becomes %20.
func destination(address string) string {
	var b strings.Builder
	entity := strings.LastIndexByte(address, ';') // behind it, no "&" can begin one
	for i := range len(address) {
		switch c := address[i]; {
		case c <= ' ':
			b.WriteString("%20")
		case c == '&' && i < entity:
			b.WriteString("&amp;")
		case strings.IndexByte("()<>\\`|", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// braces are template commands to site generators. Code that has some was written as HTML, where entities are read.
var braces = strings.NewReplacer("{", "&#123;", "}", "&#125;")

// translateBlocks translates block by block; one that does not come back whole stays HTML. A container is looked into
// first, a few levels deep.
func translateBlocks(root *html.Node, depth int) []string {
	var parts []string
	for _, block := range blocks(root) {
		source := renderNode(block)
		if md, err := translate(block); err == nil && !strings.HasPrefix(md, "<div>\n") && checks(md, factsOf(source)) {
			if md != "" {
				parts = append(parts, md)
			}
			continue
		}
		if depth > 0 && container(block) {
			parts = append(parts, translateBlocks(block, depth-1)...)
			continue
		}
		b := appendBody([]byte("<div>\n"), source, true)
		parts = append(parts, string(append(b, "\n</div>"...)))
	}
	return parts
}

// container reports whether a block only groups others.
func container(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Div, atom.Section, atom.Article, atom.Main:
		return true
	}
	return false
}

// blocks returns copies of the blocks below n; text and inline elements between two of them are a paragraph.
func blocks(n *html.Node) []*html.Node {
	var out []*html.Node
	var run *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && blockElement(c) {
			run = nil
			out = append(out, copyNode(c))
			continue
		}
		if run == nil {
			if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
				continue
			}
			run = &html.Node{Type: html.ElementNode, DataAtom: atom.P, Data: "p"}
			out = append(out, run)
		}
		run.AppendChild(copyNode(c))
	}
	return out
}

func blockElement(n *html.Node) bool { return breakOf(n.DataAtom) == blockBreak }

func copyNode(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace, Attr: append([]html.Attribute(nil), n.Attr...)}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.AppendChild(copyNode(k))
	}
	return c
}

func renderNode(n *html.Node) string {
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		return ""
	}
	return b.String()
}

// facts are what has to be the same before and after a translation: the text without white space, where links and images
// lead, and how many headings and players there are.
type facts struct {
	text, addresses   string
	headings, players int
}

func factsOf(fragment string) facts {
	f := facts{text: strings.Join(strings.Fields(Text(fragment)), "")}
	var addresses strings.Builder
	z := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch z.Next() {
		case html.ErrorToken:
			f.addresses = addresses.String()
			return f
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			want := ""
			switch atom.Lookup(name) {
			case atom.Img:
				want = "src"
			case atom.A:
				want = "href"
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				f.headings++
			case atom.Iframe, atom.Video, atom.Audio, atom.Object, atom.Embed, atom.Svg, atom.Math:
				f.players++
			}
			for more && want != "" {
				var key, value []byte
				if key, value, more = z.TagAttr(); string(key) == want {
					addresses.WriteString(plainAddress(string(value)) + "\n")
					break
				}
			}
		}
	}
}

// plainAddress undoes the escapes that renderers add to addresses.
func plainAddress(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "+", "%2B")
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// checks reports whether Markdown says what it was made from.
func checks(md string, want facts) bool { return factsOf(markdownToHTML(md)) == want }

// renderSpecial writes what the library loses or CommonMark cannot express: sub- and superscripts, tables with more than
// lines of text, code with braces, and emphasis whose marks would not count beside Chinese text.
func renderSpecial(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	if n.Type != html.ElementNode {
		return converter.RenderTryNext
	}
	switch n.DataAtom {
	case atom.Sub, atom.Sup, atom.U, atom.Mark, atom.Small:
		return renderTag(ctx, w, n, n.Data)
	case atom.Strong, atom.B:
		if !flanks(n) {
			return renderTag(ctx, w, n, "strong")
		}
	case atom.Em, atom.I:
		if !flanks(n) {
			return renderTag(ctx, w, n, "em")
		}
	case atom.Table:
		if !fitsMarkdown(n) {
			return renderRaw(w, n)
		}
	case atom.Pre:
		if strings.ContainsAny(content(n), "{}") {
			return renderRaw(w, n)
		}
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		if text := content(n); strings.ContainsAny(text, "{}") {
			w.WriteString("<code>" + string(appendBody(nil, html.EscapeString(text), true)) + "</code>")
			return converter.RenderSuccess
		}
	}
	return converter.RenderTryNext
}

// renderTag writes an inline element as HTML around its translated content.
func renderTag(ctx converter.Context, w converter.Writer, n *html.Node, name string) converter.RenderStatus {
	if hasBlock(n) || strings.TrimSpace(content(n)) == "" {
		return converter.RenderTryNext
	}
	w.WriteString("<" + name + ">")
	ctx.RenderChildNodes(ctx, w, n)
	w.WriteString("</" + name + ">")
	return converter.RenderSuccess
}

// renderRaw writes a block as HTML, without a blank line in it.
func renderRaw(w converter.Writer, n *html.Node) converter.RenderStatus {
	w.WriteString("\n\n")
	w.Write(appendBody(nil, renderNode(n), true))
	w.WriteString("\n\n")
	return converter.RenderSuccess
}

func hasBlock(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (breakOf(c.DataAtom) != noBreak || hasBlock(c)) {
			return true
		}
	}
	return false
}

// content returns the text below a node, as it is.
func content(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(content(c))
	}
	return b.String()
}

// flanks reports whether the marks of emphasis around n would count. CommonMark wants no punctuation directly inside them
// where a letter stands directly outside, which Chinese, without spaces, does all the time: **“重磅”**利好.
func flanks(n *html.Node) bool {
	text := content(n)
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(trimmed)
	last, _ := utf8.DecodeLastRuneInString(trimmed)
	before, after := beside(n, false), beside(n, true)
	if first2, _ := utf8.DecodeRuneInString(text); unicode.IsSpace(first2) {
		before = ' '
	}
	if last2, _ := utf8.DecodeLastRuneInString(text); unicode.IsSpace(last2) {
		after = ' '
	}
	return (!sign(first) || !wordRune(before)) && (!sign(last) || !wordRune(after))
}

func sign(r rune) bool     { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
func wordRune(r rune) bool { return !unicode.IsSpace(r) && !sign(r) }

// beside returns the character directly before or after a node in its block, and a space at the block's edge.
func beside(n *html.Node, after bool) rune {
	for ; n != nil; n = n.Parent {
		s := n.PrevSibling
		if after {
			s = n.NextSibling
		}
		for s != nil {
			if breakOf(s.DataAtom) != noBreak {
				return ' '
			}
			if text := content(s); text != "" {
				r, _ := utf8.DecodeLastRuneInString(text)
				if after {
					r, _ = utf8.DecodeRuneInString(text)
				}
				return r
			}
			if after {
				s = s.NextSibling
			} else {
				s = s.PrevSibling
			}
		}
		if n.Parent == nil || breakOf(n.Parent.DataAtom) != noBreak {
			break
		}
	}
	return ' '
}

// fitsMarkdown reports whether a table's cells hold lines of text and nothing more.
func fitsMarkdown(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Table || p.DataAtom == atom.Li || p.DataAtom == atom.Blockquote {
			return false
		}
	}
	rows := rowsOf(n)
	cells := 0
	for i, row := range rows {
		for _, cell := range cellsOf(row) {
			if cells += span(cell, "colspan") * span(cell, "rowspan"); cells > maxCells {
				return false
			}
			if i > 0 && cell.DataAtom == atom.Th && len(cellsOf(rows[0])) > 0 && cellsOf(rows[0])[0].DataAtom != atom.Th {
				return false // a heading that is not the first row's
			}
			if !fitsCell(cell) || span(cell, "colspan") > maxSpan || span(cell, "rowspan") > maxSpan {
				return false
			}
		}
	}
	return cells > 0
}

func fitsCell(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.DataAtom {
		case atom.P, atom.Div:
			if c.PrevSibling != nil && strings.TrimSpace(content(c.PrevSibling)) != "" || c.NextSibling != nil && strings.TrimSpace(content(c.NextSibling)) != "" {
				return false
			}
		case atom.Br:
		default:
			if breakOf(c.DataAtom) != noBreak {
				return false
			}
		}
		if !fitsCell(c) {
			return false
		}
	}
	return true
}

// rowsOf returns the rows of a table, not those of tables in it.
func rowsOf(n *html.Node) []*html.Node {
	var rows []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Tr:
			rows = append(rows, c)
		case atom.Thead, atom.Tbody, atom.Tfoot:
			rows = append(rows, rowsOf(c)...)
		}
	}
	return rows
}

func cellsOf(row *html.Node) []*html.Node {
	var cells []*html.Node
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			cells = append(cells, c)
		}
	}
	return cells
}

func span(cell *html.Node, name string) int {
	for _, a := range cell.Attr {
		if a.Key == name {
			if n, err := strconv.Atoi(strings.TrimSpace(a.Val)); err == nil && n > 1 {
				return min(n, maxSpan+1)
			} else if errors.Is(err, strconv.ErrRange) {
				return maxSpan + 1
			}
		}
	}
	return 1
}

// spread repeats each cell that spans others in all the places it takes, because Markdown has no spans.
func spread(n *html.Node) {
	type debt struct {
		cell *html.Node
		rows int
	}
	owed := map[int]debt{} // column -> a cell of a row above that reaches down
	for _, row := range rowsOf(n) {
		cells := cellsOf(row)
		column := 0
		settle := func(before *html.Node) {
			for owed[column].rows > 0 {
				d := owed[column]
				row.InsertBefore(copyNode(d.cell), before)
				owed[column] = debt{d.cell, d.rows - 1}
				column++
			}
		}
		for _, cell := range cells {
			settle(cell)
			width, height := span(cell, "colspan"), span(cell, "rowspan")
			drop(cell, "colspan", "rowspan")
			next := cell.NextSibling
			for i := range width {
				if i > 0 {
					row.InsertBefore(copyNode(cell), next)
				}
				if height > 1 {
					owed[column] = debt{cell, height - 1}
				}
				column++
			}
		}
		settle(nil)
	}
}

func drop(n *html.Node, names ...string) {
	kept := n.Attr[:0]
	for _, a := range n.Attr {
		if a.Key != names[0] && a.Key != names[1] {
			kept = append(kept, a)
		}
	}
	n.Attr = kept
}
