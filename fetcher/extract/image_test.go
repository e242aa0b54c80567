package extract

import (
	"fmt"
	"strings"
	"testing"
)

func TestNotLead(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://a.example/images/QRcode_app.png", "https://a.example/i/app_qr.png", "https://a.example/static/ewm.jpg", "https://a.example/%E4%BA%8C%E7%BB%B4%E7%A0%81.png",
		"https://a.example/logo.svg", "https://a.example/ledgerlogo.png", "https://a.example/LOGO_2.jpg", "https://a.example/img/site-logo-1200x630.png", "https://a.example/apple-touch-icon.png", "https://a.example/green_icon.png", "https://a.example/chart.svg?v=2",
		"https://b.example/1x1.gif", "https://b.example/tracking/pixel.png", "https://b.example/pixel?id=7", "https://a.example/spacer.gif", "https://a.example/img/lazyload.png", "https://a.example/loading.gif",
		"https://a.example/avatar/7.jpg", "https://secure.gravatar.com/avatar/0a", "https://a.example/authors/ada-holm.jpg", "https://a.example/default-user-image.png", "https://a.example/img/opengraph_default.jpg", "https://a.example/og-image.png", "https://a.example/no-image.jpg",
	} {
		if !notLead(address) {
			t.Errorf("notLead(%q) = false; want true", address)
		}
	}
	for _, address := range []string{
		"https://a.example/2026/harbour.jpg", "https://a.example/media/quay-large.jpg", "https://a.example/newman-at-the-newmarket.jpg", "https://a.example/google-pixel-9-review.jpg", "https://a.example/crop/quay-1x1.jpg",
		"https://a.example/silicon-valley.jpg", "https://a.example/sites/default/files/quay.jpg", "https://a.example/styles/og_image/quay.jpg", "https://a.example/og-image/quay.png", "https://a.example/shareholders.jpg", "https://a.example/coauthors.jpg", "https://a.example/catalogo-2026.jpg", "https://a.example/psicologo.jpg", "https://quay.blogspot.example/a.jpg", "lazyload wp-image-7",
	} {
		if notLead(address) {
			t.Errorf("notLead(%q) = true; want false", address)
		}
	}
}

func TestADrawingIsAPictureOfTheBody(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://a.example/chart.svg", "https://a.example/authors/lindgren-at-the-quay.jpg"} {
		if notPicture(address) {
			t.Errorf("notPicture(%q) = true; want false", address)
		}
	}
}

func TestLeadImage(t *testing.T) {
	t.Parallel()
	og := func(v string) string { return `<meta property="og:image" content="` + v + `">` }
	for _, tt := range []struct{ name, head, body, want, from string }{
		{"Open Graph's", og("/2026/quay.jpg"), "", "https://pier.example/2026/quay.jpg", "meta og:image"},
		{"a code there gives way to the body's picture", og("/img/qrcode.png"), `<p><img src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"and to Open Graph's next", og("/img/qrcode.png") + og("/2026/quay.jpg"), "", "https://pier.example/2026/quay.jpg", "meta og:image"},
		{"one of which is described as a code", og("/i/7.png") + `<meta property="og:image:alt" content="扫码关注">`, `<p><img src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"a picture with a logo in it is one", og("/i/7.png") + `<meta property="og:image:alt" content="The new quay at sunset, with the logo of the Ledger in its corner">`, "", "https://pier.example/i/7.png", "meta og:image"},
		{"an icon by its size is none", og("/i/7.png") + `<meta property="og:image:width" content="64">`, "", "", ""},
		{"a placeholder in place of an address is none", og("data:image/gif;base64,R0lGODlhAQABAAAAACw="), "", "", ""},
		{"the publisher's logo is none, whatever it is called", og("/i/7.png") + `<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","publisher":{"@type":"Organization","logo":{"@type":"ImageObject","url":"https://pier.example/i/7.png"}}}</script>`, "", "", ""},
		{"JSON-LD's", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","image":[{"@type":"ImageObject","url":"/i/small.jpg","width":48},{"@type":"ImageObject","url":"/i/large.jpg","width":1200}]}</script>`, "", "https://pier.example/i/large.jpg", "json-ld image"},
		{"a lazy picture", "", `<p><img src="/placeholder.gif" data-src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"a lazy picture by its class", "", `<p><img class="lazyload" src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"a counter before it", "", `<p><img src="/count.gif" width="1" height="1"><img src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"the writer's portrait before it", "", `<div class="author-box"><img src="/ada.jpg"> Ada Holm</div><p><img src="/a.jpg"></p>`, "https://pier.example/a.jpg", "first picture of the body"},
		{"a code by what stands beside it", "", `<p><img src="/a7f3.png"><br>扫描下方二维码，关注我们</p>`, "", ""},
		{"a sprite", "", `<p><img src="/sprite-7.png"></p>`, "", ""},
	} {
		text := "<p>The harbour office said on Monday that the quay will be open to ships of every size again by the end of the month, after the dredging that began in spring.</p>"
		page := fmt.Sprintf("<html lang=en><head><title>Quay opens again</title>%s</head><body><article><h1>Quay opens again</h1>%s%s%s</article></body></html>", tt.head, text, tt.body, strings.Repeat(text, 2))
		r, err := Page([]byte(page), Input{URL: "https://pier.example/a"})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if r.Image != tt.want || r.Sources["image"] != tt.from {
			t.Errorf("%s: image %q from %q; want %q from %q", tt.name, r.Image, r.Sources["image"], tt.want, tt.from)
		}
	}
}
