package extract

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of the texts that are judged, in bytes. A page with more running text than fullText is an article whatever its
// words are: there are articles about captchas, and sites that print cookie notices below each.
const (
	fullText  = 1800
	shortText = 700
	teaser    = 3500
)

// wall is a kind of page that stands where an article should be, and the words it is known by.
type wall struct {
	kind   string
	reason string
	title  *regexp.Regexp // in the title element or a heading
	text   *regexp.Regexp // in the visible text
}

var walls = []wall{
	{
		"captcha", "the site asks for proof that a person is reading",
		regexp.MustCompile(`(?i)^(just a moment|attention required|are you (a )?(human|robot)|robot check|security check|access (to this page has been )?denied|please verify|human verification|verification required|pardon our interruption|安全验证|访问验证|人机验证|滑动验证|验证码|百度安全验证|403 forbidden|forbidden|request blocked|bot verification|one more step|ddos-guard)`),
		regexp.MustCompile(`(?i)(verify(ing)? (that )?you are (a )?human|are you a robot|not a robot|unusual traffic|checking your browser|complete the (captcha|security check)|enable javascript and cookies to continue|press (and|&) hold|请输入验证码|请完成(安全)?验证|拖动滑块|滑动完成|访问过于频繁|ip (address )?has been blocked|你的访问存在异常|ich bin kein roboter|pardon our interruption)`),
	},
	{
		"consent", "a consent wall covers the page",
		regexp.MustCompile(`(?i)^(before you continue|consent|cookie consent|privacy (settings|center)|we value your privacy|zustimmung|avec votre accord|(le )?respect de votre vie privée|gestion des cookies|su privacidad|la tua privacy|(weiter )?mit werbung (weiter)?lesen|datenschutz-?einstellungen|cookie-?einstellungen|einwilligung|yahoo (is part of|fait partie|ist teil)|隐私)`),
		regexp.MustCompile(`(?i)(before you continue to|we (and our (\d+ )?partners)? ?(value your privacy|use cookies|store and/or access)|accept all( cookies)?|alle akzeptieren|zustimmen und weiter|mit werbung (weiter)?lesen|tout accepter|continuer sans accepter|aceptar todo|accetta tutto|manage (your )?(cookie )?preferences|werbefrei lesen|pur-abo)`),
	},
	{
		"login", "the page asks to log in",
		regexp.MustCompile(`(?i)^(log ?in|sign ?in|please (log|sign) in|anmelden|einloggen|anmeldung|connexion|iniciar sesión|登录|登錄|用户登录|会员登录|ログイン|로그인)`),
		regexp.MustCompile(`(?i)(please (log|sign) in to|you (must|need to) (be logged|log|sign) in|forgot(ten)? (your )?password|passwort vergessen|bitte (melden sie sich an|loggen)|mot de passe oublié|忘记密码|请先登录|登录后(查看|阅读|继续)|没有账号)`),
	},
	{
		"not found", "the page says that there is no such page",
		regexp.MustCompile(`(?i)(^|\b)(404|410)\b|page (not|could not be) found|not found|page (doesn.t|does not) exist|no longer (available|exists)|seite (wurde )?nicht gefunden|nicht (mehr )?(gefunden|verfügbar)|page introuvable|página no encontrada|pagina non trovata|页面不存在|頁面不存在|页面没有找到|找不到(该|您|你|页面|網頁)|您访问的(页面|内容|文章)|内容已(被)?删除|该(文章|内容|信息|页面)(已|不存在)|出错了|ページが見つかりません|찾을 수 없`),
		regexp.MustCompile(`(?i)(page (you|that you)('re| are| were)? (looking|requested|trying)|(page|article|story|content) (you requested )?(is no longer|could not be found|can.?t be found|cannot be found|not found|does not exist|doesn.t exist|has been (removed|deleted|moved))|seite (konnte )?(leider )?nicht gefunden|existiert (leider )?nicht|n.existe (pas|plus)|页面不存在|已(被)?(删除|下线)|找不到(您|你|该|页面)|您访问的|很抱歉|404 error|error 404)`),
	},
	{
		"error", "the site says that it is out of order",
		regexp.MustCompile(`(?i)(^50[0234]\b|bad gateway|service (temporarily )?unavailable|gateway time-?out|internal server error|(down for|under|scheduled) maintenance|be (right )?back (soon|shortly)|be right back|wartungsarbeiten|wartungsmodus|maintenance en cours|系统(繁忙|维护|升级)|(网站|系统|服务器)(正在)?(维护|升级|繁忙|错误)|メンテナンス中)`),
		regexp.MustCompile(`(?i)(bad gateway|service (is )?(temporarily )?unavailable|gateway time-?out|internal server error|(undergoing|scheduled|for) maintenance|back (soon|shortly|in a few)|wartungsarbeiten|try again (later|in a few)|(请稍后|稍后)(再试|重试)|系统(繁忙|维护|升级)|メンテナンス)`),
	},
}

// How far a title or a heading is what a wall is known by: a headline may begin with such words and go on.
const (
	no = iota
	partly
	wholly
)

// named says how far one of the texts is what the wall is known by. What stands behind a bar or a dash is the site's name.
func (w wall) named(texts []string) int {
	most := no
	for _, t := range texts {
		at := w.title.FindStringIndex(t)
		if at == nil {
			continue
		}
		end := len(t)
		for _, c := range cutPoints(t) {
			if c.at >= at[1] {
				end = c.at
				break
			}
		}
		if (at[1]-at[0])*5 >= end*2 {
			return wholly
		}
		most = partly
	}
	return most
}

// magics are how files begin that are no pages.
var magics = []struct{ magic, what string }{
	{"%PDF-", "a PDF file"},
	{"\x89PNG", "a picture"},
	{"\xff\xd8\xff", "a picture"},
	{"GIF8", "a picture"},
	{"PK\x03\x04", "an archive"},
	{"\x1f\x8b", "packed data"},
	{"<rss", "a feed"},
	{"<feed", "a feed"},
	{"<urlset", "a sitemap"},
	{"<sitemapindex", "a sitemap"},
	{"{\"", "JSON data"},
	{"[{\"", "JSON data"},
}

// notHTML names what a body is that is no page; "" for what may be one.
func notHTML(body []byte) string {
	head := bytes.TrimSpace(bytes.TrimPrefix(body[:min(len(body), 1024)], []byte("\xef\xbb\xbf")))
	if bytes.HasPrefix(head, []byte("<?xml")) {
		if _, rest, ok := bytes.Cut(head, []byte("?>")); ok {
			head = bytes.TrimSpace(rest)
		}
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.what
		}
	}
	return ""
}

// notArticle decides whether the page holds an article at all. It errs on the side of articles: each kind needs words that
// say so and too little running text for an article.
func (p *page) notArticle(r *Result) error {
	kept, running := p.keptText()
	long := len(kept)
	p.paywall(r, long)
	if p.hasContentRule() {
		return nil
	}
	if running >= fullText {
		return p.index(r, long, running)
	}
	title := squeeze(p.head.title)
	names := p.headings()
	all := ""
	for _, w := range walls {
		named := w.named([]string{title})
		if w.kind != "login" {
			named = max(named, w.named(names))
		}
		if named == no && running >= 150 {
			continue
		}
		if all == "" {
			all = p.visibleText(6000)
		}
		said := w.text.MatchString(all)
		if w.kind == "login" {
			said = said || hasPassword(p.doc)
		}
		switch {
		case named == wholly && said && running < fullText, named == wholly && long < shortText && w.kind != "not found",
			named == wholly && running < 400 && w.kind == "not found", named == partly && said && running < 400,
			said && w.kind != "login" && running < 150 && len(all) < 2500:
			return &NotArticle{Kind: w.kind, Reason: w.reason + ": " + fmt.Sprintf("%q", cutRunes(firstOf(title, all), 80))}
		}
	}
	return p.index(r, long, running)
}

// hasContentRule says whether a rule says where the article is: then it is one.
func (p *page) hasContentRule() bool {
	for _, set := range p.rules() {
		if set.content.set() && len(p.selected(set.content)) > 0 {
			return true
		}
	}
	return false
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

// keptText is the text of the kept blocks, and how much of it is running text: sentences, not links.
func (p *page) keptText() (text string, running int) {
	if p.kept != "" {
		return p.kept, p.running
	}
	var b strings.Builder
	for i, o := range p.odds {
		if o <= 0 {
			continue
		}
		b.WriteString(p.blocks.Text(i))
		b.WriteByte('\n')
		if p.blocks.Running(i) {
			running += p.blocks.Blocks[i].Len()
		}
	}
	p.kept, p.running = b.String(), running
	return p.kept, p.running
}

// visibleText is the beginning of all text on the page.
func (p *page) visibleText(limit int) string {
	var b strings.Builder
	for i := range p.blocks.Blocks {
		if b.Len() > limit {
			break
		}
		b.WriteString(p.blocks.Text(i))
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *page) headings() []string {
	var out []string
	for i := range p.blocks.Blocks {
		if l := p.blocks.Heading(i); l >= 1 && l <= 2 && len(out) < 8 && p.blocks.Blocks[i].Len() < 200 {
			out = append(out, p.blocks.Text(i))
		}
	}
	return out
}

func hasPassword(doc *nethtml.Node) bool {
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Input && strings.EqualFold(attr(n, "type"), "password") {
			return true
		}
	}
	return false
}

// index recognises pages that list articles: hardly any running text, many links, nothing that says article.
func (p *page) index(r *Result, long, running int) error {
	if p.head.article() != nil || len(p.head.metas["article:published_time"]) > 0 {
		return nil
	}
	links, linkBytes, all := p.blocks.Links()
	root := p.addr != nil && strings.Trim(p.addr.Path, "/") == "" && p.addr.RawQuery == ""
	kind, _ := p.head.get("og:type")
	website := strings.EqualFold(kind, "website") || kind == ""
	switch {
	case root && website && running < 3000 && links > 40 && linkBytes*4 > all:
	case running < 100 && long < 200 && links > 40 && linkBytes*5 > all*3:
	case p.listed() && running < 300 && links > 20:
	case p.teasers():
	default:
		return nil
	}
	return &NotArticle{Kind: "index", Reason: fmt.Sprintf("a list of links (%d links, %d bytes of running text)", links, running)}
}

// teasers says whether all that could be an article are teasers of other pages.
func (p *page) teasers() bool {
	n, outside := p.blocks.Teasers(p.odds)
	return n >= 5 && outside < 200
}

// listed says whether the JSON-LD calls the page a collection.
func (p *page) listed() bool {
	for _, o := range p.head.ld {
		for _, t := range ldTypes(o) {
			if t == "collectionpage" || t == "searchresultspage" {
				return true
			}
		}
	}
	return false
}

var payText = regexp.MustCompile(`(?i)(subscribe (now )?to (read|continue|unlock|keep reading)|to (continue|keep) reading|continue reading (with|this)|already a (subscriber|member)|for subscribers only|subscriber[- ]exclusive|subscribers only|start your (free )?trial|unlock this article|this (?:article|content|story) is (for|reserved|exclusive|only)|jetzt (weiterlesen|freischalten|testen)|weiterlesen mit|sie haben bereits ein abo|nur für abonnenten|für abonnenten|mit (plus|premium)[- ]?abo|réservé aux abonnés|il vous reste [\d.,]+ ?% de cet article|abonnez-vous|solo para suscriptores|剩余.{0,6}(内容|字|%)|(订阅|付费|登录|购买|开通会员)后?(可|即可)?(阅读|查看|继续阅读)(全文|剩余)?|阅读全文请|本文为付费|会員限定|この記事は有料|残り\d+文字)`)

// mentionsPay is a quick look for the words without which payText cannot match.
func mentionsPay(s string) bool {
	for _, w := range []string{"ubscri", "reading", "rial", "unlock", "this ", "weiterlesen", "freischalten", "testen", "abo", "Abo", "abonn", "este", "suscriptores", "剩余", "阅读", "查看", "全文", "付费", "会員", "有料", "残り"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// paywall marks the result as partial where the page says that it shows only the beginning, and the text bears it out.
func (p *page) paywall(r *Result, long int) {
	if long > teaser {
		return
	}
	_, last := p.span()
	for i := max(0, last-1); i <= last+12 && i < len(p.odds); i++ {
		if p.blocks.Blocks[i].Len() < 600 && mentionsPay(p.blocks.Text(i)) && payText.MatchString(p.blocks.Text(i)) {
			r.Partial = true
			r.Remarks = append(r.Remarks, fmt.Sprintf("paywall: only the beginning is shown (%q)", cutRunes(p.blocks.Text(i), 60)))
			return
		}
	}
	a := p.head.article()
	if free := strings.ToLower(fmt.Sprint(a["isAccessibleForFree"])); free == "false" && long < fullText {
		r.Partial = true
		r.Remarks = append(r.Remarks, "paywall: the JSON-LD says that the article is not free, and the text is short")
	}
}
