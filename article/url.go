package article

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// Canonical returns the one spelling of an http(s) address under which an article is kept.
//
// Tracking parameters and the fragment go; scheme and host are lower-cased, an international host is written in its
// ASCII form (publishers mix both spellings, and only this one can be requested), the default port and dot segments
// go, an empty path becomes "/". All other bytes stay as they are, in their order: servers may tell "%2f" from "%2F",
// or "?b&a" from "?a&b".
//
// A fragment that begins with "!" or "/" stays, because there it is the address itself: sites that route in the
// browser answer every such article from one page. Anything but an absolute http(s) address is returned with the white
// space around it trimmed. Canonical(Canonical(u)) == Canonical(u).
func Canonical(rawURL string) string {
	s := trimURL(rawURL)
	scheme, rest, ok := cutScheme(s)
	if !ok {
		return s
	}
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	authority, rest := rest[:end], rest[end:]
	user, host := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, host = authority[:at+1], authority[at+1:]
	}
	host = canonicalHost(scheme, host)
	if host == "" {
		return s
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	path = cutSession(removeDotSegments(path))
	if query = stripQuery(host, query); query != "" {
		query = "?" + query
	}
	if !hasFragment || !isRoute(fragment) {
		fragment = ""
	} else {
		fragment = "#" + stripRoute(host, fragment)
	}
	out := scheme + "://" + user + host + path + query + fragment
	if trimmed := trimURL(out); trimmed != out { // white space stood before a part that went
		return Canonical(trimmed)
	}
	return out
}

// StripTracking returns an address without its tracking parameters and otherwise byte for byte as listed: what tells
// entries without a GUID apart. A fragment stays unless it is tracking itself (#xtor=RSS-8), because live pages list
// many entries that differ by nothing else.
func StripTracking(rawURL string) string {
	s := trimURL(rawURL)
	_, rest, ok := cutScheme(s)
	if !ok {
		return s
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	host, _, _ = strings.Cut(host, "#")
	host = strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	host, _, _ = strings.Cut(host, ":")

	s, fragment, hasFragment := strings.Cut(s, "#")
	out := stripParts(host, s, fragment, hasFragment)
	if trimmed := trimURL(out); trimmed != out { // white space stood before a part that went
		return StripTracking(trimmed)
	}
	return out
}

// stripParts takes tracking out of the query and the fragment of an address.
func stripParts(host, s, fragment string, hasFragment bool) string {
	base, query, hasQuery := strings.Cut(s, "?")
	kept := stripQuery(host, query)
	if hasQuery && (kept != "" || query == "") {
		base += "?" + kept
	}
	if !hasFragment {
		return base
	}
	if isRoute(fragment) {
		return base + "#" + stripRoute(host, fragment)
	}
	if kept := stripQuery(host, fragment); kept != "" || fragment == "" {
		base += "#" + kept
	}
	return base
}

// trimURL trims white space and control characters around an address, and takes out the line breaks and tabs that
// feeds wrap long addresses with, as a browser does.
func trimURL(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0xA0 || r == 0x3000 || r == 0xFEFF })
	if !strings.ContainsAny(s, "\t\r\n") {
		return s
	}
	return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
}

// cutScheme splits "HTTP://rest" into "http" and "rest".
func cutScheme(s string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(s, "://")
	if !ok {
		return "", "", false
	}
	scheme = strings.ToLower(scheme)
	return scheme, rest, scheme == "http" || scheme == "https"
}

// canonicalHost lower-cases the host, writes an international one in ASCII and drops the scheme's own port. It returns ""
// for what is no host.
func canonicalHost(scheme, hostport string) string {
	host, port := hostport, ""
	if c := strings.LastIndexByte(hostport, ':'); c >= 0 && strings.Trim(hostport[c+1:], "0123456789") == "" {
		host, port = hostport[:c], hostport[c+1:]
	}
	if host == "" || strings.ContainsAny(host, ":[]") && !(host[0] == '[' && host[len(host)-1] == ']') {
		return ""
	}
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	} else {
		port = ":" + port
	}
	if ascii(host) {
		return strings.ToLower(host) + port
	}
	if a, err := idna.Lookup.ToASCII(host); err == nil && a != "" {
		return a + port
	}
	return strings.Map(lowerASCII, host) + port
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// removeDotSegments resolves "." and ".." (also written %2e) in a path, which becomes at least "/".
func removeDotSegments(path string) string {
	if path == "" {
		return "/"
	}
	if !strings.Contains(path, ".") && !strings.Contains(path, "%2") {
		return path
	}
	segments := strings.Split(path, "/")
	out := segments[:0:0]
	for i, seg := range segments {
		last := i == len(segments)-1
		switch dots(seg) {
		case 1:
			if last {
				out = append(out, "")
			}
		case 2:
			if len(out) > 1 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, seg)
		}
	}
	return strings.Join(out, "/")
}

// dots returns 1 for "." and 2 for "..", and 0 for any other segment.
func dots(seg string) int {
	if len(seg) == 0 || len(seg) > 6 || seg[0] != '.' && seg[0] != '%' {
		return 0
	}
	switch strings.ReplaceAll(strings.ToLower(seg), "%2e", ".") {
	case ".":
		return 1
	case "..":
		return 2
	}
	return 0
}

// cutSession cuts ";jsessionid=..." off a path: it is new at each visit, and would make each listing look new.
func cutSession(path string) string {
	i := strings.LastIndexByte(path, ';')
	if i < 0 || len(path)-i < len(";jsessionid=") || !strings.EqualFold(path[i:i+len(";jsessionid=")], ";jsessionid=") ||
		strings.Contains(path[i:], "/") {
		return path
	}
	return cutSession(path[:i])
}

// isRoute reports whether a fragment is an address that the site's own program reads (#!/news/1, #/news/1).
func isRoute(fragment string) bool {
	return strings.HasPrefix(fragment, "!") || strings.HasPrefix(fragment, "/")
}

// stripRoute takes tracking parameters out of the query that a fragment may carry.
func stripRoute(host, fragment string) string {
	base, query, ok := strings.Cut(fragment, "?")
	if !ok {
		return fragment
	}
	if query = stripQuery(host, query); query == "" {
		return base
	}
	return base + "?" + query
}

// stripQuery takes the tracking parameters out of a query; the others stay byte for byte and in order.
func stripQuery(host, query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	pairs := strings.Split(query, "&")
	for i, p := range pairs {
		if tracks(host, p) {
			if kept == nil {
				kept = append(make([]string, 0, len(pairs)), pairs[:i]...)
			}
		} else if kept != nil {
			kept = append(kept, p)
		}
	}
	if kept == nil {
		return query
	}
	return strings.Join(kept, "&")
}

// tracks reports whether a parameter says only where the reader came from.
func tracks(host, pair string) bool {
	name, value, _ := strings.Cut(pair, "=")
	// A feed that escapes "&" twice lists ?a=1&amp;utm_source=rss.
	name = strings.ToLower(strings.TrimPrefix(unescaped(name), "amp;"))
	if name == "" {
		return false
	}
	if trackingNames[name] {
		return true
	}
	for _, p := range trackingPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	if originNames[name] && namesFeed(unescaped(value)) {
		return true
	}
	for host != "" {
		if trackingHosts[host][name] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

func unescaped(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// namesFeed reports whether a value such as "rss", "mw_rss_topstories" or "rss----abc" says that the link was taken from
// a feed. The word has to stand alone: "carssale" does not count.
func namesFeed(value string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(value), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		switch word {
		case "rss", "rss2", "rssfeed", "rssfeeds", "feedburner":
			return true
		}
	}
	return strings.HasPrefix(strings.ToLower(value), "feed_")
}

// The tables below are kept conservative: a parameter that stays makes at worst a second spelling of one address, a
// parameter that goes wrongly makes two articles one. Names are in lower case.

// trackingPrefixes begin the names of whole families that analytics programs own.
var trackingPrefixes = []string{
	"utm_", "mtm_", "matomo_", "piwik_", "hsa_", "hmb_", "oly_", "vero_", "itm_", "ns_", "gad_", "guce_", "wt.", "wt_",
	"at_", "fb_action_", "_bta_", "stm_",
}

// trackingNames mean the same on every site.
var trackingNames = set(
	// click identifiers of advertisers
	"fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid", "li_fat_id", "yclid", "ysclid",
	"ymclid", "igshid", "igsh", "irclickid", "irgwc", "rb_clickid", "s_kwcid", "ef_id", "epik", "srsltid", "wickedid", "rdt_cid",
	"_openstat", "_branch_match_id", "_branch_referrer", "sccid", "scclid", "qclid", "mkwid", "pcrid", "tblci",
	// mailings
	"mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "__s", "ck_subscriber_id", "mkt_tok",
	"dm_i", "trk_contact", "trk_msg", "trk_module", "trk_sid",
	// analytics programs
	"_ga", "_gl", "ga_source", "ga_medium", "ga_campaign", "ga_content", "ga_term", "ga_place", "pk_campaign", "pk_kwd",
	"pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid", "fb_ref", "fb_source", "fb_comment_id", "spm", "s_cid",
	"sc_cid", "sc_campaign", "sc_channel", "sc_content", "sc_medium", "sc_outcome", "sc_geo", "sc_country",
	"xtor", "icid", "ncid", "intcmp", "int_cmp", "ref_src", "ref_url", "guccounter", "soc_src", "soc_trk", "__twitter_impression",
	"__source", ".tsrc", "tsrc", "fromrss", "from_rss", "isrss", "ftcamp",
)

// originNames say where the reader came from on some sites and select content on others ("cmp" is also a company), so
// they go only with a value that names a feed (from=rss).
var originNames = set("from", "f", "frm", "source", "src", "ref", "refer", "referer", "referrer", "via", "partner", "emc", "mod",
	"medium", "cid", "camp", "campaign", "origin", "rss_source", "channel_source", "rpc", "cmp", "cmpid", "ocid")

// trackingHosts are names that mean tracking on one site (and its subdomains) only.
var trackingHosts = map[string]map[string]bool{
	"theguardian.com":  set("cmp"),
	"bloomberg.com":    set("srnd", "sref", "leadsource", "in_source", "cmpid"),
	"ft.com":           set("segmentid"),
	"wsj.com":          set("mod", "reflink"),
	"marketwatch.com":  set("mod", "reflink", "siteid", "link"),
	"barrons.com":      set("mod", "reflink", "siteid"),
	"nytimes.com":      set("smid", "smtyp", "partner", "emc", "referringsource", "campaign_id", "instance_id", "segment_id", "regi_id"),
	"reuters.com":      set("taid", "feedtype", "feedname", "virtualbrandchannel"),
	"cnbc.com":         set("par", "qsearchterm"),
	"seekingalpha.com": set("mailingid", "messageid"),
	"bbc.co.uk":        set("ocid", "intlink_from_url", "link_location", "pinned_post_locator"),
	"bbc.com":          set("ocid", "intlink_from_url", "link_location", "pinned_post_locator"),
	"msn.com":          set("ocid", "cvid"),
	"news.google.com":  set("oc"),
	"mp.weixin.qq.com": set("scene", "subscene", "ascene", "chksm", "sharer_sharetime", "sharer_shareid", "sharer_shareinfo",
		"sharer_shareinfo_first", "clicktime", "enterid", "sessionid", "srcid", "exportkey", "pass_ticket", "wx_header", "isappinstalled",
		"devicetype", "nettype", "abtest_cookie"),
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
