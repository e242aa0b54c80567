package block

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is what a short block says it is by its words alone, in the languages whose news we meet most.
type line uint8

const (
	lineNone line = iota
	lineCredit
	lineFormerTitle
	lineRelated
	linePhoto
	lineRights
	lineFollow
	lineAdvert
	lineMore
	lineDisclaimer
	lineByline
	linePage
)

// lineStarts are how such blocks begin, lower case, without the brackets and marks that may stand before.
var lineStarts = []struct {
	line  line
	words []string
}{
	{lineFormerTitle, []string{"原标题", "原题", "本文原标题", "原文标题"}},
	{lineCredit, []string{
		"责任编辑", "编辑:", "编辑|", "编辑丨", "编辑/", "编辑 ", "责编", "本文编辑", "值班编辑", "值班主编", "审核:", "审校", "校对", "校对:", "监制", "终审", "主编", "来源:", "来源|", "来源丨", "来源/", "资料来源", "图片来源", "文章来源", "本文来源", "消息来源",
		"本文转自", "转自", "作者:", "作者|", "作者丨", "作者/", "作者 ", "文/", "文|", "文丨", "文:", "图/", "图|", "摄影", "撰文", "采写", "制图", "记者:", "记者|", "记者丨", "投稿", "出品", "综合:", "统筹", "译者", "翻译:", "来源 ",
	}},
	{lineRelated, []string{
		"相关阅读", "相关新闻", "相关报道", "相关文章", "相关链接", "相关推荐", "相关专题", "推荐阅读", "延伸阅读", "热门推荐", "猜你喜欢", "此前报道", "更多精彩", "更多新闻", "更多内容", "往期", "点击进入", "点击查看", "点击阅读", "阅读原文", "推荐:", "精彩推荐",
		"related", "read more", "read also", "also read", "more from", "more on this", "you may also", "you might also", "see also", "recommended", "don't miss", "most read", "trending", "up next", "mehr zum thema", "lesen sie auch", "lesen sie mehr", "auch interessant", "weitere artikel", "das könnte sie", "zum thema", "à lire aussi", "lire aussi", "leer también", "lea también", "leggi anche", "lees ook", "você pode gostar", "você também", "leia mais", "leia também", "veja também", "te puede interesar", "también te puede", "te recomendamos", "potrebbe interessarti", "this might interest", "other stories", "more stories", "related stories", "top stories", "what to read", "keep reading", "passend dazu", "mehr lesen", "weiterlesen", "das könnte", "interessante artikel", "ähnliche", "関連", "あわせて読みたい", "관련",
	}},
	{lineRights, []string{"版权", "copyright", "©", "(c) ", "all rights", "未经授权", "转载请", "本文版权", "本网站所有", "alle rechte"}},
	{lineDisclaimer, []string{"声明", "免责声明", "特别声明", "风险提示", "郑重声明", "以上内容", "本文仅", "本文不构成", "本文为", "本文系", "文章内容仅", "disclaimer", "haftungsausschluss", "注:本文", "提示:"}},
	{lineFollow, []string{"扫码", "扫一扫", "扫描", "长按", "关注我们", "关注微信", "关注公众号", "微信公众号", "微信扫", "下载客户端", "下载app", "分享到", "分享至", "打开app", "点击下载", "欢迎关注", "加入我们", "share this", "share on", "follow us", "follow ", "teilen", "sign up", "subscribe", "newsletter", "click here", "download our", "get the app"}},
	{lineAdvert, []string{"advertisement", "anzeige", "广告", "sponsored", "story continues", "article continues", "continue reading", "werbung", "publicité", "publicidad", "scroll to continue"}},
	{linePhoto, []string{"photo:", "photo by", "image:", "image credit", "photograph:", "picture:", "credit:", "foto:", "bild:", "quelle:", "getty", "图为", "图片说明", "图源", "供图", "视觉中国", "视频-", "视频:", "视频加载", "您的浏览器", "资料图", "(图片", "图:", "getty images", "file photo"}},
	{lineByline, []string{"by ", "von ", "written by", "reporting by", "editing by", "additional reporting", "par ", "por ", "autor:", "author:", "contact the", "email the", "writing by", "reported by"}},
	{lineMore, []string{"more:", "watch:", "video:", "listen:", "mehr:", "click to", "view gallery", "see more", "show more", "load more", "read the full"}},
	{linePage, []string{"page ", "上一页", "下一页", "上一篇", "下一篇", "1 2 3", "previous", "next", "第1页", "首页"}},
}

// lineIndex are the beginnings by their first byte, in order.
var lineIndex = func() (t [256][]lineStart) {
	for _, l := range lineStarts {
		for _, w := range l.words {
			t[w[0]] = append(t[w[0]], lineStart{w, l.line})
		}
	}
	return t
}()

type lineStart struct {
	word string
	line line
}

// lineOf reads the first words of a text.
func lineOf(text []byte) line {
	if len(text) > 400 {
		return lineNone
	}
	var buf [64]byte
	head := buf[:0]
	for i := 0; i < len(text) && len(head) < 56; {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		if len(head) == 0 && strings.ContainsRune(" ([{【（〔「『<《*#•·—–-▲△▼|丨>►▶↓☞★●■◆①“\"", r) {
			continue
		}
		switch r {
		case '：':
			r = ':'
		case '｜':
			r = '|'
		}
		if r < utf8.RuneSelf {
			if r >= 'A' && r <= 'Z' {
				r |= 0x20
			}
			head = append(head, byte(r))
			continue
		}
		head = utf8.AppendRune(head, unicode.ToLower(r))
	}
	if len(head) == 0 {
		return lineNone
	}
	for _, l := range lineIndex[head[0]] {
		if len(head) >= len(l.word) && string(head[:len(l.word)]) == l.word {
			return l.line
		}
	}
	if len(text) < 240 && photoCredit(text) {
		return linePhoto
	}
	return lineNone
}
