package block

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sense is what a word in a class or id is known to stand for, whatever the site.
type sense uint8

const (
	senseNone sense = iota
	senseComment
	senseRelated
	senseShare
	senseAdvert
	senseNav
	senseCaption
	senseByline
	senseSubscribe
	senseSide
	senseFoot
	senseTags
	sensePopup
	senseCard
	senseGallery
	senseEmbed
	senseHead
	senseBody // article-body, entry-content and the like
	senseText // paragraph, text, content
	senseHidden
	numSenses
)

// meaning is what a word in a class or id means by itself, and with the word before or after it.
type meaning struct {
	sense         sense
	first, second bool // half of a name of an article's body: story-body, post__content
}

// meanings are the words that mean anything, and meant a quick look for them.
var (
	meanings = wordMeanings()
	meant    = func() sieve {
		s := newSieve(1 << 12)
		for h := range meanings {
			s.add(h)
		}
		return s
	}()
)

func wordMeanings() map[uint64]meaning {
	m := map[uint64]meaning{}
	for s, list := range map[sense]string{
		senseComment:   "comment comments commentlist disqus respond reply replies discussion livefyre kommentar kommentare pinglun comentarios commentaires reactions leserkommentare forum",
		senseRelated:   "related recommend recommended recommendation recommendations recirc recirculation more morefrom readmore read-more seealso trending popular mostread mostpopular mostviewed latest outbrain taboola tuijian xiangguan verwandte zergnet teads similar suggested upnext further ligatus plista weiterlesen",
		senseShare:     "share sharing shares sharebar social socials socialbar sharetools facebook whatsapp addthis sharedaddy jiathis bshare fenxiang teilen follow followus like likes",
		senseAdvert:    "ad ads advert advertisement advertising adsense adslot adbox banner sponsor sponsored sponsoring promo promotion promoted commercial dfp anzeige werbung guanggao affiliate adv adwrap",
		senseNav:       "nav navigation navbar menu menubar breadcrumb breadcrumbs crumb crumbs pagination pager paging pages toolbar topbar sitemap daohang submenu toc skip jump",
		senseCaption:   "caption captions credit credits figcaption imgcaption bildunterschrift legend photocredit attribution copyright source legende quelle",
		senseByline:    "byline author authors authorbox bio biography meta metadata date dateline datetime timestamp pubdate published time writer autor auteur zuozhe editor reporter infos posted entrymeta",
		senseSubscribe: "newsletter subscribe subscription signup register registration paywall login signin membership donate donation cta optin mailchimp abo piano premium offer offers regwall",
		senseSide:      "sidebar aside rail sidebars rightcol rightbar secondary complementary widget widgets marginalia right",
		senseFoot:      "footer foot footnote colophon bottom legal imprint impressum disclaimer",
		senseTags:      "tag tags taglist topics topic keywords categories category cat hashtags schlagworte biaoqian themen",
		sensePopup:     "popup modal overlay cookie cookies consent gdpr lightbox toast snackbar dialog notification alert tooltip interstitial cmp offcanvas drawer",
		senseCard:      "teaser teasers card cards tile tiles grid slider carousel swiper slick listing feed stream collection playlist thumb thumbnails stories headlines promos",
		senseGallery:   "gallery slideshow video player audio videoplayer lightgallery photos podcast bildergalerie media",
		senseEmbed:     "embed tweet twitter instagram tiktok youtube oembed twitterwidget pullquote infobox factbox box inset",
		senseHead:      "headline title subtitle standfirst dek deck lead lede intro kicker subheadline excerpt summary teasertext abstract overline heading",
		senseText:      "paragraph text richtext prose copy bodytext bodycopy content body wysiwyg artikeltext",
		senseBody:      "articlebody storybody entrycontent postcontent articlecontent articletext storycontent artibody artbody zhengwen postbody bodycontent articlebodytext newscontent newstext maintext articledetail",
		senseHidden:    "hidden hide invisible visuallyhidden screenreader offscreen none noprint",
	} {
		for _, w := range splitWords(list) {
			m[hashString(w)] = meaning{sense: s}
		}
	}
	for _, w := range splitWords("article story post entry news main artikel page blog detail single body rich text field node td") {
		x := m[hashString(w)]
		x.first = true
		m[hashString(w)] = x
	}
	for _, w := range splitWords("body content text copy inner bodytext container detail paragraphs paragraph") {
		x := m[hashString(w)]
		x.second = true
		m[hashString(w)] = x
	}
	return m
}

// pictureNames are words in names of boxes that hold a picture and what is said of it.
var pictureNames = hashSet("image images img photo photos picture pictures pic foto fotos bild bilder imgwrapper imagewrapper photowrapper")

// namedForPictures says whether the class or id of an element has such a word.
func namedForPictures(n *html.Node) bool {
	for i := range n.Attr {
		if a := &n.Attr[i]; a.Key == "class" || a.Key == "id" {
			for _, w := range nameWords(a.Val) {
				if pictureNames[hashString(w)] {
					return true
				}
			}
		}
	}
	return false
}

// nameWords parts a name as tokens does.
func nameWords(v string) []string {
	small := false
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		switch {
		case c >= 'a' && c <= 'z':
			small = true
		case c >= 'A' && c <= 'Z':
			if small {
				b.WriteByte(' ')
			}
			small = false
			c |= 0x20
		default:
			small, c = false, ' '
		}
		b.WriteByte(c)
	}
	return splitWords(b.String())
}

// holdsPicture says whether a picture is below an element.
func holdsPicture(n *html.Node) bool {
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.Img, atom.Picture, atom.Video:
			return true
		}
	}
	return false
}

func hashSet(list string) map[uint64]bool {
	m := map[uint64]bool{}
	for _, w := range splitWords(list) {
		m[hashString(w)] = true
	}
	return m
}

func splitWords(s string) []string {
	var out []string
	start := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' {
			if i > start {
				out = append(out, s[start:i])
			}
			start = i + 1
		}
	}
	return out
}

// hiddenInline says whether an inline element is not to be seen where it stands: text for screen readers, and what a
// pointer must rest on to show.
func hiddenInline(n *html.Node) bool {
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if hiddenStyle(a.Val) {
				return true
			}
		case "class":
			if unseen(a.Val) {
				return true
			}
		}
	}
	return false
}

// unseenNames are parts of class names of such elements, by their first letter.
var unseenNames = func() (t [256][]string) {
	for _, w := range []string{"sr-only", "sronly", "screen-reader", "screenreader", "visually-hidden", "visuallyhidden", "visuallyhide", "offscreen", "tooltip", "hovercard", "hover-card", "rollover", "popover", "assistive", "u-hidden", "a11y"} {
		t[w[0]] = append(t[w[0]], w)
		t[w[0]-'a'+'A'] = append(t[w[0]-'a'+'A'], w)
	}
	return t
}()

// unseen says whether a class holds one of the unseenNames, in any case.
func unseen(class string) bool {
	for i := range len(class) {
		for _, w := range unseenNames[class[i]] {
			if len(class)-i >= len(w) && strings.EqualFold(class[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}
