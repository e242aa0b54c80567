package article

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"tracking parameters go", "https://a.example/x?utm_source=rss&id=7", "https://a.example/x?id=7"},
		{"order of the rest stays", "https://a.example/?b=1&a=2", "https://a.example/?b=1&a=2"},
		{"nothing left, nothing asked", "https://a.example/x?utm_source=rss&fbclid=1", "https://a.example/x"},
		{"escapes stay byte for byte", "https://a.example/%e4%B8%ad?q=%20+a%2F&utm_id=3&t=", "https://a.example/%e4%B8%ad?q=%20+a%2F&t="},
		{"characters that are not ASCII stay in path and query", "https://a.example/中文?关=键", "https://a.example/中文?关=键"},
		{"names count in any case", "https://a.example/?UTM_Source=x&GCLID=1&Id=2", "https://a.example/?Id=2"},
		{"names count escaped", "https://a.example/?utm%5Fsource=x&a=1", "https://a.example/?a=1"},
		{"an ampersand escaped twice hides nothing", "https://a.example/?a=1&amp;utm_source=rss", "https://a.example/?a=1"},
		{"a value that looks like tracking stays", "https://a.example/?q=utm_source=rss", "https://a.example/?q=utm_source=rss"},
		{"a name that only contains a tracking name stays", "https://a.example/?my_utm_source=1&gclid2=2", "https://a.example/?my_utm_source=1&gclid2=2"},
		{"parameters without a value stay", "https://a.example/?a&&b", "https://a.example/?a&&b"},
		{"an empty query goes", "https://a.example/x?", "https://a.example/x"},
		{"the fragment goes", "https://a.example/x#comments", "https://a.example/x"},
		{"a hash-bang address stays", "https://a.example/#!/news/1", "https://a.example/#!/news/1"},
		{"a hash route stays, its tracking goes", "https://a.example/#/news?id=1&utm_source=x", "https://a.example/#/news?id=1"},
		{"the scheme and the host are lower-cased, the path is not", "HTTPS://News.Example.COM/Path", "https://news.example.com/Path"},
		{"an international host becomes ASCII", "https://Bücher.example/ü", "https://xn--bcher-kva.example/ü"},
		{"a Chinese host too", "http://新闻.中国/1", "http://xn--efvy88h.xn--fiqs8s/1"},
		{"the default port goes", "https://a.example:443/x", "https://a.example/x"},
		{"any other port stays", "https://a.example:80/x", "https://a.example:80/x"},
		{"an empty port goes", "http://a.example:/x", "http://a.example/x"},
		{"an IPv6 address keeps its brackets", "http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"},
		{"user and password stay", "https://User:Pa@a.example/x", "https://User:Pa@a.example/x"},
		{"an empty path is a slash", "https://a.example?x=1", "https://a.example/?x=1"},
		{"dot segments go", "https://a.example/a/./b/../c/%2E%2e/d/.", "https://a.example/a/d/"},
		{"dot segments do not leave the root", "https://a.example/../../x", "https://a.example/x"},
		{"doubled slashes stay", "https://a.example//a//b/", "https://a.example//a//b/"},
		{"dots in names stay", "https://a.example/a..b/.c/d.", "https://a.example/a..b/.c/d."},
		{"a session in the path goes", "https://a.example/n.do;jsessionid=0F3?id=1", "https://a.example/n.do?id=1"},
		{"line breaks and spaces that a feed adds go", " \n https://a.example/x\n?a=1\t ", "https://a.example/x?a=1"},
		{"CNBC marks its feed", "https://www.cnbc.com/2026/03/02/x.html?__source=iosappshare%7Ccom.apple", "https://www.cnbc.com/2026/03/02/x.html"},
		{"the Guardian too", "https://www.theguardian.com/business/x?CMP=Share_iOSApp_Other", "https://www.theguardian.com/business/x"},
		{"elsewhere cmp may be a company", "https://a.example/c?cmp=600036", "https://a.example/c?cmp=600036"},
		{"BBC marks its feed", "https://www.bbc.co.uk/news/1?at_medium=RSS&at_campaign=KARANGA", "https://www.bbc.co.uk/news/1"},
		{"Dow Jones marks its feed", "https://www.marketwatch.com/story/x?mod=mw_rss_topstories", "https://www.marketwatch.com/story/x"},
		{"from=rss says where the reader came from", "https://a.example/?from=rss&id=1", "https://a.example/?id=1"},
		{"from=2026-01-01 selects content", "https://a.example/?from=2026-01-01", "https://a.example/?from=2026-01-01"},
		{"a word that only contains rss selects content", "https://a.example/?source=carssale", "https://a.example/?source=carssale"},
		{"WeChat keeps what names the article", "https://mp.weixin.qq.com/s?__biz=MzA=&mid=1&idx=2&sn=f&chksm=8&scene=27#wechat_redirect", "https://mp.weixin.qq.com/s?__biz=MzA=&mid=1&idx=2&sn=f"},
		{"what is a tracker there is none elsewhere", "https://a.example/?scene=2", "https://a.example/?scene=2"},
		{"spm goes", "https://a.example/a?spm=0.0.0.0.abc&id=1", "https://a.example/a?id=1"},
		{"another scheme stays as it is", "mailto:A@B.example?utm_source=x", "mailto:A@B.example?utm_source=x"},
		{"a relative address stays as it is", "/a/../b?utm_source=x", "/a/../b?utm_source=x"},
		{"an address without a host stays as it is", "https:///x", "https:///x"},
		{"nothing stays nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Canonical(tt.in)
			if got != tt.want {
				t.Errorf("Canonical(%q) = %q; want %q", tt.in, got, tt.want)
			}
			if again := Canonical(got); again != got {
				t.Errorf("Canonical(%q) = %q; it should change nothing more", got, again)
			}
		})
	}
}

func TestStripTracking(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"tracking parameters go", "https://a.example/x?utm_source=rss&id=7", "https://a.example/x?id=7"},
		{"all else stays byte for byte", "HTTPS://A.example:443/a/../x?b=1&utm_id=2&&a=%2f#Part", "HTTPS://A.example:443/a/../x?b=1&&a=%2f#Part"},
		{"an empty query stays", "https://a.example/x?", "https://a.example/x?"},
		{"a fragment that is tracking goes", "https://a.example/x#xtor=RSS-8", "https://a.example/x"},
		{"an entry of a live page keeps its fragment", "https://a.example/live#entry-12", "https://a.example/live#entry-12"},
		{"a host's own rules hold with user, port and capitals", "https://u@WWW.WSJ.com:443/a?mod=x", "https://u@WWW.WSJ.com:443/a"},
		{"what is no address stays", "urn:x:1?utm_source=2", "urn:x:1?utm_source=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := StripTracking(tt.in)
			if got != tt.want {
				t.Errorf("StripTracking(%q) = %q; want %q", tt.in, got, tt.want)
			}
			if again := StripTracking(got); again != got {
				t.Errorf("StripTracking(%q) = %q; it should change nothing more", got, again)
			}
		})
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"https://a.example/x?utm_source=rss&id=7#!/a?utm_id=1", "http://Ü.example:80/./..//%2e", "https://a:b@[::1]:443?x", "http://a\\b", "https://a.example/;jsessionid=1;JSESSIONID=2",
		"http://a.example/?&utm_a&", "https://:443/", "https://a:443:443/", "https://x@:80", "http://a#/?utm_=1&", "https://a.example/?amp;amp;utm_a=1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Canonical(s)
		if again := Canonical(c); again != c {
			t.Errorf("Canonical(%q) = %q, but Canonical of that = %q", s, c, again)
		}
		k := StripTracking(s)
		if again := StripTracking(k); again != k {
			t.Errorf("StripTracking(%q) = %q, but StripTracking of that = %q", s, k, again)
		}
		if len(k) > len(s) {
			t.Errorf("StripTracking(%q) = %q is longer", s, k)
		}
		if strings.Contains(c, "&utm_") && strings.Contains(c, "?") && strings.HasPrefix(c, "http://") && !strings.Contains(c, "#") {
			t.Errorf("Canonical(%q) = %q", s, c)
		}
	})
}
