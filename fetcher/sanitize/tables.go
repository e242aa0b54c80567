package sanitize

import "strings"

// elements are the elements that stay, each with the attributes that it may have, besides the global ones, in the
// order in which they are written.
var elements = map[string][]string{
	"a":          {"href"},
	"abbr":       nil,
	"article":    nil,
	"aside":      nil,
	"audio":      {"src", "controls"},
	"b":          nil,
	"bdi":        nil,
	"bdo":        nil,
	"blockquote": {"cite"},
	"br":         nil,
	"caption":    nil,
	"cite":       nil,
	"code":       {"class"},
	"col":        {"span"},
	"colgroup":   {"span"},
	"dd":         nil,
	"del":        {"datetime"},
	"details":    {"open"},
	"dfn":        nil,
	"div":        nil,
	"dl":         nil,
	"dt":         nil,
	"em":         nil,
	"figcaption": nil,
	"figure":     nil,
	"h1":         nil,
	"h2":         nil,
	"h3":         nil,
	"h4":         nil,
	"h5":         nil,
	"h6":         nil,
	"hr":         nil,
	"i":          nil,
	"iframe":     nil, // see cleanIframe
	"img":        nil, // see cleanImage
	"ins":        {"datetime"},
	"kbd":        nil,
	"li":         {"value"},
	"mark":       nil,
	"ol":         {"start", "reversed", "type"},
	"p":          nil,
	"picture":    nil, // gives its best address to its img and goes
	"pre":        {"class"},
	"q":          {"cite"},
	"rp":         nil,
	"rt":         nil,
	"ruby":       nil,
	"s":          nil,
	"samp":       nil,
	"section":    nil,
	"small":      nil,
	"source":     {"src", "type"}, // in video and audio only
	"span":       nil,
	"strong":     nil,
	"sub":        nil,
	"summary":    nil,
	"sup":        nil,
	"table":      nil,
	"tbody":      nil,
	"td":         {"colspan", "rowspan"},
	"tfoot":      nil,
	"th":         {"colspan", "rowspan", "scope"},
	"thead":      nil,
	"time":       {"datetime"},
	"tr":         nil,
	"u":          nil,
	"ul":         nil,
	"var":        nil,
	"video":      {"src", "poster", "width", "height", "controls"},
	"wbr":        nil,
}

// globalAttributes may stand on every element. There is no id and no class among them: they mean something only with
// the publisher's style sheets and scripts, and something else in the page that shows the article.
var globalAttributes = []string{"title", "lang", "dir"}

// renamed are elements that stay under another name: old ones, and blocks whose text would otherwise run into that of
// their neighbours.
var renamed = map[string]string{
	"acronym": "abbr", "address": "div", "center": "div", "dir": "ul", "fieldset": "div", "footer": "div", "form": "div",
	"header": "div", "hgroup": "div", "legend": "div", "listing": "pre", "main": "div", "menu": "ul", "nav": "div",
	"plaintext": "pre", "search": "div", "strike": "s", "tt": "code", "xmp": "pre", "image": "img",
}

// dropped are elements that go with all that is in them; any other that is not allowed leaves its content behind.
var dropped = set(`applet area base basefont bgsound button canvas command datalist dialog embed frame frameset head
	input isindex keygen link map math meta noembed noframes noscript object optgroup option output param portal
	script select style svg template textarea track`)

// rawText are elements whose content a parser does not read as markup.
var rawText = set("iframe noembed noframes noscript plaintext script style textarea title xmp")

var voidElements = set("area base br col embed hr img input link meta param source track wbr")

// videoHosts are the hosts whose frames stay, as players of videos.
var videoHosts = set(`www.youtube.com youtube.com www.youtube-nocookie.com player.vimeo.com www.dailymotion.com
	geo.dailymotion.com embed.ted.com players.brightcove.net players.brightcove.com cdn.jwplayer.com fast.wistia.net
	player.bilibili.com www.bilibili.com v.qq.com player.youku.com open.iqiyi.com www.iqiyi.com www.ixigua.com
	players.fora.tv rutube.ru www.bloomberg.com`)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}
