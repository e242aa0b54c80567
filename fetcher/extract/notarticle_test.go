package extract_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

// frame is a page of a news site, with its navigation and its foot, around what a test has to say.
func frame(lang, title, body string) []byte {
	links := []string{"Home", "Markets", "Ships", "Opinion", "Weather"}
	foot := "© 2026 The Ledger, Harbour Street 1. Imprint, terms, privacy, cookies, jobs."
	switch lang {
	case "zh":
		links, foot = []string{"首页", "股票", "基金", "债券", "下载客户端"}, "版权所有 滨海财经网 沪ICP备12345678号 广告服务 联系我们 隐私政策"
	case "de":
		links, foot = []string{"Start", "Börse", "Schiffe", "Meinung", "Wetter"}, "© 2026 Hafenblatt. Impressum, Datenschutz, Cookies, AGB."
	}
	var nav strings.Builder
	for i, l := range links {
		fmt.Fprintf(&nav, `<li><a href="/%d">%s</a></li>`, i, l)
	}
	return []byte(`<!doctype html><html lang="` + lang + `"><head><meta charset="utf-8"><title>` + title + `</title></head><body><header><ul class="nav">` + nav.String() + `</ul></header><main>` + body + `</main><footer><p>` + foot + `</p></footer></body></html>`)
}

const (
	english = "<p>The board of the harbour said on Tuesday that it would borrow the money, and that the banks had agreed to it after long talks in the town hall.</p>"
	chinese = "<p>　　临港新区管理委员会18日公布，今年前九个月，区内企业完成固定资产投资312.6亿元，同比增长11.4%，其中设备更新投资占四成以上。</p>"
)

func TestWhatStandsInPlaceOfAnArticle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, kind, lang, title, body string }{
		{"a check of the browser", "captcha", "en", "Just a moment...", "<h1>ledger.example</h1><h2>Checking if the site connection is secure</h2><p>Enable JavaScript and cookies to continue</p><p>ledger.example needs to review the security of your connection before proceeding.</p><p>Ray ID: 8a1</p>"},
		{"a puzzle", "captcha", "en", "ledger.example", "<h1>Let's confirm you are human</h1><p>Complete the security check before continuing. This step verifies that you are not a bot, which helps to protect your account and prevent spam.</p><button>Begin</button>"},
		{"a button to hold", "captcha", "en", "Access to this page has been denied", "<p>Access to this page has been denied because we believe you are using automation tools to browse the website.</p><p>Press &amp; Hold to confirm you are a human (and not a bot).</p>"},
		{"unusual traffic", "captcha", "en", "Are you a robot?", "<h1>We've detected unusual activity from your computer network</h1><p>To continue, please click the box below to let us know you're not a robot.</p>"},
		{"a refusal", "captcha", "en", "Access Denied", "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p><p>Reference #18.2d</p>"},
		{"a firewall's refusal", "captcha", "en", "Attention Required!", "<h1>Sorry, you have been blocked</h1><h2>You are unable to access ledger.example</h2><p>This website is using a security service to protect itself from online attacks. The action you just performed triggered the security solution.</p>"},
		{"a Chinese slider", "captcha", "zh", "安全验证", "<div class=box><p>请完成下方验证后继续操作</p><p>向右拖动滑块填充拼图</p><a href=/feedback>意见反馈</a></div>"},
		{"a Chinese check of the address", "captcha", "zh", "访问验证", "<h1>您的访问出现异常</h1><p>系统检测到您所在的网络存在异常访问，请输入验证码后继续访问。</p>"},
		{"too many Chinese visits", "captcha", "zh", "滨海财经网", "<div><p>抱歉，您的访问过于频繁，请稍后再试</p><p>请求编号：8a1f</p></div>"},
		{"a consent wall", "consent", "en", "The Ledger", "<h1>We value your privacy</h1><p>We and our 843 partners store and/or access information on a device, such as cookies, and process personal data, such as unique identifiers. You may accept or manage your choices by clicking below.</p><button>Accept all</button><button>Manage preferences</button>"},
		{"a consent wall of a company's sites", "consent", "en", "Yahoo is part of the Yahoo family of brands", "<p>We, Yahoo, are part of the Yahoo family of brands.</p><p>When you use our sites and apps, we use cookies to provide our sites and apps to you, authenticate users, apply security measures and measure your use.</p><p>If you click 'Accept all', we and our partners will also store and/or access information on a device.</p><button>Accept all</button><button>Reject all</button>"},
		{"a German choice of paying or being tracked", "consent", "de", "Hafenblatt: Weiterlesen mit Werbung", "<h1>Weiter mit Werbung lesen</h1><p>Besuchen Sie unsere Seiten wie gewohnt mit Werbung und Tracking. Details zum Tracking finden Sie in der Datenschutzerklärung.</p><button>Akzeptieren und weiter</button><h2>Mit Pur-Abo lesen</h2><p>Nutzen Sie uns ganz ohne Werbetracking für 4,99 Euro im Monat.</p>"},
		{"a French wall", "consent", "fr", "Le Quai", "<h1>Avec votre accord</h1><p>Nos partenaires et nous utilisons des cookies pour stocker, consulter et traiter des données personnelles telles que votre visite sur ce site.</p><button>Tout accepter</button><button>Continuer sans accepter</button>"},
		{"a log-in", "login", "en", "Sign in - The Ledger", "<h1>Sign in</h1><form><input name=user><input type=password name=p><button>Sign in</button></form><p>Forgot your password?</p><p>New here? Create an account.</p>"},
		{"a log-in before reading", "login", "en", "Log in to continue", "<h1>Please log in to read this article</h1><p>You must be logged in to view this page. Registration is free of charge and takes a minute.</p>"},
		{"a Chinese log-in", "login", "zh", "用户登录", "<form><input name=u placeholder=手机号><input type=password><button>登录</button></form><p>忘记密码？</p><p>没有账号？立即注册</p>"},
		{"a Chinese request to log in", "login", "zh", "登录 - 滨海财经网", "<p>请先登录后查看</p><p>登录后可查看全部内容、评论与收藏</p>"},
		{"a page that is gone", "not found", "en", "Page not found - The Ledger", "<h1>Sorry, we can't find that page</h1><p>The page you are looking for may have been moved or deleted. Try a search, or go back to the front page.</p>"},
		{"a number alone", "not found", "en", "404", "<h1>404</h1><p>Oops! Something went missing.</p>"},
		{"an article taken down", "not found", "en", "The Ledger", "<h1>This article is no longer available</h1><p>The article you requested has been removed by the publisher.</p>"},
		{"a page of nothing with the most read", "not found", "en", "Not Found | The Ledger", "<h1>Page not found</h1><p>We could not find what you asked for.</p><h2>Most read</h2><ul>" + strings.Repeat("<li><a href=/x>Lindesholm borrows 240m crowns for a deeper harbour</a></li>", 12) + "</ul>"},
		{"a German page that is gone", "not found", "de", "Fehler 404 - Hafenblatt", "<h1>Seite nicht gefunden</h1><p>Die von Ihnen gewünschte Seite existiert leider nicht oder nicht mehr.</p>"},
		{"a Chinese page that is gone", "not found", "zh", "404_滨海财经网", "<h1>很抱歉，您要访问的页面不存在</h1><p>3秒后自动返回首页</p>"},
		{"a Chinese article that was deleted", "not found", "zh", "滨海财经网", "<div class=tip><p>该文章已被删除</p><p><a href=/>返回首页</a></p></div>"},
		{"a Chinese article off line", "not found", "zh", "滨海财经网", "<div class=tip><h2>抱歉，该内容已下线</h2><p>您可以看看别的</p></div>"},
		{"a site that is being mended", "error", "en", "We'll be right back", "<h1>Down for maintenance</h1><p>The Ledger is undergoing scheduled maintenance. Please check back in a few minutes.</p>"},
		{"an error of the server", "error", "en", "502 Bad Gateway", "<h1>502 Bad Gateway</h1><hr><p>nginx</p>"},
		{"a Chinese system that is busy", "error", "zh", "系统繁忙", "<p>系统繁忙，请稍后再试</p>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := extract.Page(frame(tt.lang, tt.title, tt.body), extract.Input{URL: address})
			var na *extract.NotArticle
			if !errors.As(err, &na) {
				t.Fatalf("Page = %+v, %v; want a *NotArticle of kind %q", r, err, tt.kind)
			}
			if na.Kind != tt.kind {
				t.Errorf("kind %q (%v); want %q", na.Kind, na, tt.kind)
			}
		})
	}
}

func TestArticlesThatTalkOfWallsAreArticles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, lang, title, body string }{
		{"about captchas", "en", "Are you human? How captchas came to rule the web", "<h1>Are you human? How captchas came to rule the web</h1><p>Every day millions are asked to verify that they are human, and to press and hold a button.</p>" + strings.Repeat(english, 3)},
		{"about a 404", "en", "Page not found: how a harbour lost its web site", "<h1>Page not found: how a harbour lost its web site</h1>" + strings.Repeat(english, 4)},
		{"with a cookie notice above it", "en", "Harbour borrows again", "<div class=cookie><p>We use cookies. Accept all or manage your preferences.</p></div><h1>Harbour borrows again</h1>" + strings.Repeat(english, 4)},
		{"with a log-in in the head of the page", "en", "Harbour borrows again", "<form><input name=u><input type=password><a href=/f>Forgot your password?</a></form><h1>Harbour borrows again</h1>" + strings.Repeat(english, 4)},
		{"with a request to log in for comments", "en", "Harbour borrows again", "<h1>Harbour borrows again</h1>" + strings.Repeat(english, 4) + "<p>Please log in to comment.</p>"},
		{"a Chinese one about bots", "zh", "验证码为何越来越难？", "<h1>验证码为何越来越难？</h1>" + strings.Repeat(chinese, 3)},
		{"a Chinese one with a log-in", "zh", "临港新区投资增长", "<div>登录 注册 忘记密码</div><h1>临港新区投资增长</h1>" + strings.Repeat(chinese, 3) + "<p>请先登录后发表评论</p>"},
		{"a short Chinese flash", "zh", "临港新区投资增长", "<h1>临港新区投资增长</h1>" + chinese},
		{"a short English flash", "en", "Harbour borrows again", "<h1>Harbour borrows again</h1>" + english},
		{"a Chinese one about deleted articles", "zh", "三万篇文章已被删除", "<h1>三万篇文章已被删除</h1>" + strings.Repeat(chinese, 2)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r, err := extract.Page(frame(tt.lang, tt.title, tt.body), extract.Input{URL: address}); err != nil || r.Partial {
				t.Errorf("Page = %+v, %v; want a whole article", r, err)
			}
		})
	}
}

func TestTeasersOfPaywallsArePartial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, lang, wall string }{
		{"subscribe to continue", "en", "<div><h2>Subscribe to continue reading</h2><p>Get a month for a crown.</p></div>"},
		{"already a subscriber", "en", "<div><p>This article is for subscribers only.</p><p>Already a subscriber? Log in</p></div>"},
		{"to read the full story", "en", "<div><p>To read the full story, start your free trial.</p></div>"},
		{"unlock", "en", "<div><p>Unlock this article for 1 crown</p></div>"},
		{"register for free", "en", "<div><p>Register for free to continue reading this article</p></div>"},
		{"German", "de", "<div><p>Jetzt weiterlesen mit HafenPlus</p><p>Sie haben bereits ein Abo? Anmelden</p></div>"},
		{"French", "fr", "<div><p>Il vous reste 75.3% de cet article à lire. La suite est réservée aux abonnés.</p></div>"},
		{"Chinese: the rest for those who pay", "zh", "<div><p>剩余80%内容，付费后可阅读全文</p></div>"},
		{"Chinese: subscribe", "zh", "<div><p>本文为会员专享，开通会员继续阅读</p></div>"},
		{"Chinese: log in for the rest", "zh", "<div><p>登录后阅读全文</p></div>"},
		{"Japanese", "ja", "<div><p>この記事は会員限定です。登録すると続きをお読みいただけます。</p></div>"},
		{"JSON-LD alone", "en", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Quay sold","isAccessibleForFree":"False"}</script>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := english
			if tt.lang == "zh" || tt.lang == "ja" {
				text = chinese
			}
			r, err := extract.Page(frame(tt.lang, "Quay sold", "<article><h1>Quay sold</h1>"+text+text+tt.wall+"</article>"), extract.Input{URL: address})
			if err != nil || !r.Partial {
				t.Fatalf("Page = %+v, %v; want a partial article", r, err)
			}
			if !strings.Contains(strings.Join(r.Remarks, " "), "paywall") || !strings.Contains(r.Text, "on Tuesday") && !strings.Contains(r.Text, "312.6") {
				t.Errorf("remarks %q, text %q; want the reason, and the beginning", r.Remarks, r.Text)
			}
		})
	}
}
