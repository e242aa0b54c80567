package polite

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRobotsRules(t *testing.T) {
	t.Parallel()
	const ours = "feedfolio/1.0 (+https://example.org/contact)"
	for _, tt := range []struct {
		name, robots, agent, path string
		want                      bool
	}{
		// RFC 9309, 5.1
		{"simple example: a group of two agents, allowed", rfcSimple, "foobot/1.0", "/example/page.html", true},
		{"simple example: a group of two agents, disallowed", rfcSimple, "barbot/1.0", "/example/disallowed.gif", false},
		{"simple example: * is for the others", rfcSimple, "otherbot/1.0", "/x.gif", false},
		{"simple example: * does not matter to those named", rfcSimple, "foobot/1.0", "/x.gif", true},
		{"simple example: a named group without rules allows all", rfcSimple, "quxbot/1.0", "/x.gif", true},
		// 5.2
		{"longest match: the longer Disallow wins", rfcLongest, "foobot/1.0", "/example/page/disallowed.gif", false},
		{"longest match: the Allow holds elsewhere", rfcLongest, "foobot/1.0", "/example/page/", true},
		// 2.2.1
		{"groups of one agent are one", "User-agent: feedfolio\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: feedfolio\nDisallow: /b\n", ours, "/b", false},
		{"case of the agent does not matter", "User-Agent: FeedFolio\nDisallow: /", ours, "/", false},
		{"a version after the agent does not matter", "User-agent: Feedfolio/2.0\nDisallow: /", ours, "/", false},
		{"a longer name is another agent", "User-agent: feedfolio-images\nDisallow: /", ours, "/", true},
		{"a shorter name is another agent", "User-agent: feed\nDisallow: /", ours, "/", true},
		{"our name within a browser's", "User-agent: feedfolio\nDisallow: /", "Mozilla/5.0 (compatible; feedfolio/1.0; +https://x.example)", "/", false},
		{"a user agent that hides our name is still ours", "User-agent: feedfolio\nDisallow: /", "Company contact@example.com", "/", false},
		{"a user agent's own product", "User-agent: newsbot\nDisallow: /", "Mozilla/5.0 (compatible; NewsBot/3.1)", "/", false},
		{"Mozilla is nobody's name", "User-agent: mozilla\nDisallow: /", "Mozilla/5.0 (compatible; NewsBot/3.1)", "/", true},
		{"no group for us and none for *", "User-agent: x\nDisallow: /", ours, "/", true},
		{"rules before any agent are nobody's", "Disallow: /\nUser-agent: *\nDisallow: /a", ours, "/b", true},
		// 2.2.2
		{"/ closes all", "User-agent: *\nDisallow: /", ours, "/anything?x=1", false},
		{"an empty Disallow closes nothing", "User-agent: *\nDisallow:", ours, "/anything", true},
		{"an empty Allow says nothing", "User-agent: *\nAllow:\nDisallow: /", ours, "/x", false},
		{"Allow wins if both are as long", "User-agent: *\nDisallow: /page\nAllow: /page", ours, "/page", true},
		{"order does not matter", "User-agent: *\nDisallow: /\nAllow: /news/", ours, "/news/1", true},
		{"paths are compared with their case", "User-agent: *\nDisallow: /News", ours, "/news", true},
		{"a rule is a prefix", "User-agent: *\nDisallow: /fish", ours, "/fish.html", false},
		{"a rule with a slash at its end does not match without", "User-agent: *\nDisallow: /fish/", ours, "/fish", true},
		{"the query belongs to the path", "User-agent: *\nDisallow: /*?utm", ours, "/a?utm_source=x", false},
		{"robots.txt itself is always allowed", "User-agent: *\nDisallow: /", ours, "/robots.txt", true},
		{"a pattern without a slash gets one", "User-agent: *\nDisallow: private", ours, "/private", false},
		{"escaped and plain are the same: pattern escaped", "User-agent: *\nDisallow: /%62ar", ours, "/bar", false},
		{"escaped and plain are the same: path escaped", "User-agent: *\nDisallow: /bar", ours, "/%62ar", false},
		{"escapes of other alphabets: pattern plain", "User-agent: *\nDisallow: /财经", ours, "/%E8%B4%A2%E7%BB%8F/1", false},
		{"escapes in small letters", "User-agent: *\nDisallow: /%e8%b4%a2", ours, "/%E8%B4%A2", false},
		{"an escaped slash is no slash", "User-agent: *\nDisallow: /a%2Fb", ours, "/a/b", true},
		{"an escaped slash is an escaped slash", "User-agent: *\nDisallow: /a%2fb", ours, "/a%2Fb", false},
		// 2.2.3
		{"* is any sequence", "User-agent: *\nDisallow: /*/print/", ours, "/2026/01/print/x", false},
		{"* is also none", "User-agent: *\nDisallow: /a*b", ours, "/ab", false},
		{"* at the end changes nothing", "User-agent: *\nDisallow: /a*", ours, "/abc", false},
		{"$ is the end", "User-agent: *\nDisallow: /*.php$", ours, "/x.php", false},
		{"$ is the end: with a query it is not", "User-agent: *\nDisallow: /*.php$", ours, "/x.php?a", true},
		{"$ without a *", "User-agent: *\nDisallow: /$", ours, "/", false},
		{"$ without a *, other page", "User-agent: *\nDisallow: /$", ours, "/a", true},
		{"the end may come late", "User-agent: *\nDisallow: /*a$", ours, "/abca", false},
		{"* does not use a part twice", "User-agent: *\nDisallow: /*aba*aba$", ours, "/ababa", true},
		{"two rules with *: the longer wins", "User-agent: *\nDisallow: /*.html\nAllow: /news/*.html", ours, "/news/a.html", true},
		{"%2A is a star and no wildcard", "User-agent: *\nDisallow: /a%2Ab", ours, "/axb", true},
		{"%2A matches a star", "User-agent: *\nDisallow: /a%2Ab", ours, "/a*b", false},
		{"%24 is a dollar", "User-agent: *\nDisallow: /a%24", ours, "/a$b", false},
		{"a dollar in the middle is a dollar", "User-agent: *\nDisallow: /a$b", ours, "/a$b", false},
		// 2.2.4 and what is met
		{"Sitemap does not end a group", "User-agent: *\nSitemap: https://x.example/s.xml\nDisallow: /a", ours, "/a", false},
		{"Sitemap does not end the agents of a group", "User-agent: x\nSitemap: s\nUser-agent: *\nDisallow: /a", ours, "/a", false},
		{"comments", "# all\nUser-agent: * # everyone\nDisallow: /a # this", ours, "/a", false},
		{"line ends of a Macintosh", "User-agent: *\rDisallow: /a\r", ours, "/a", false},
		{"line ends of Windows", "User-agent: *\r\nDisallow: /a\r\n", ours, "/a", false},
		{"byte order mark", "\xef\xbb\xbfUser-agent: *\nDisallow: /a", ours, "/a", false},
		{"spaces around the colon", "User-agent : *\n  Disallow :  /a  ", ours, "/a", false},
		{"no colon", "User-agent *\nDisallow /a", ours, "/a", false},
		{"misspelt", "useragent: *\ndissallow: /a", ours, "/a", false},
		{"a page in place of a robots.txt", "<!DOCTYPE html><html><body>Disallow: /", ours, "/a", true},
		{"nothing", "", ours, "/a", true},
		{"NULs", "User-agent: *\x00\nDisallow: /\x00", ours, "/a", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := parseRobots([]byte(tt.robots), agentTokens(tt.agent))
			if got := r.allowed(tt.path); got != tt.want {
				t.Errorf("allowed(%q) for %q = %v; want %v\n%s", tt.path, tt.agent, got, tt.want, tt.robots)
			}
		})
	}
}

const rfcSimple = `
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif
Allow: /x.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html
Disallow: /example/disallowed.gif

User-Agent: quxbot
`

const rfcLongest = `
User-Agent: foobot
Allow: /example/page/
Disallow: /example/page/disallowed.gif
`

func TestRobotsCrawlDelay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		robots string
		want   time.Duration
	}{
		{"User-agent: *\nCrawl-delay: 10\nDisallow: /a", 10 * time.Second},
		{"User-agent: *\nCrawl-delay: 0.5", 500 * time.Millisecond},
		{"User-agent: *\nCrawl-delay: 5s", 5 * time.Second},
		{"User-agent: *\nCrawl-delay: 86400", time.Minute},
		{"User-agent: *\nCrawl-delay: 1e300", time.Minute},
		{"User-agent: *\nCrawl-delay: -1", 0},
		{"User-agent: *\nCrawl-delay: NaN", 0},
		{"User-agent: *\nCrawl-delay: soon", 0},
		{"User-agent: other\nCrawl-delay: 10", 0},
		{"User-agent: slow\nCrawl-delay: 50\n\nUser-agent: *\nDisallow: /a", 0}, // it is for those named before it
		{"User-agent: *\nDisallow:\nCrawl-delay: 10\n\nUser-agent: feedfolio\nCrawl-delay: 2", 2 * time.Second},
	} {
		if got := parseRobots([]byte(tt.robots), agentTokens("feedfolio/1")).crawlDelay; got != tt.want {
			t.Errorf("Crawl-delay of %q = %s; want %s", tt.robots, got, tt.want)
		}
	}
}

func TestRobotsIsReadUpToItsLimit(t *testing.T) {
	t.Parallel()
	long := "User-agent: *\nDisallow: /a\n#" + strings.Repeat("x", maxRobots) + "\nDisallow: /b\n"
	r := parseRobots([]byte(long), agentTokens(""))
	if r.allowed("/a") || !r.allowed("/b") {
		t.Errorf("/a %v, /b %v; want what is within 500 KiB to hold, and no more", r.allowed("/a"), r.allowed("/b"))
	}
}

func TestRuleThatIsCutByTheLimitIsNone(t *testing.T) {
	t.Parallel()
	long := "User-agent: *\nDisallow: /a\n#" + strings.Repeat("x", maxRobots)
	long = long[:maxRobots-len("\nDisallow: /")] + "\nDisallow: /private/\n"
	r := parseRobots([]byte(long), agentTokens(""))
	if r.allowed("/a") || !r.allowed("/b") {
		t.Errorf("/a %v, /b %v; want the rule that 500 KiB hold only the beginning of left out", r.allowed("/a"), r.allowed("/b"))
	}
}

func TestHostileRobotsIsNotSlow(t *testing.T) {
	t.Parallel()
	r := parseRobots([]byte("User-agent: *\n"+strings.Repeat("Disallow: /"+strings.Repeat("*a", 50)+"b$\n", 4000)), agentTokens(""))
	began := time.Now()
	r.allowed("/" + strings.Repeat("a", 2000))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte(rfcSimple), "/example/page.html")
	f.Add([]byte("User-agent: *\nDisallow: /*%2a$%$\nCrawl-delay: 1e9"), "/%%2")
	f.Add([]byte("\xef\xbb\xbfuser agent:*\rallow:/\x00"), "/*$?")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		r := parseRobots(body, []string{"feedfolio"})
		if r.crawlDelay < 0 || r.crawlDelay > maxCrawlDelay {
			t.Errorf("Crawl-delay %s", r.crawlDelay)
		}
		first := r.allowed(path)
		if again := r.allowed(normalize(path, false)); again != first && !strings.Contains(path, "%") {
			t.Errorf("allowed(%q) = %v, normalised %v", path, first, again)
		}
		for _, rule := range r.rules {
			if normalize(rule.pattern, true) != rule.pattern {
				t.Errorf("pattern %q is not in its normal form", rule.pattern)
			}
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 6, 8, 49, 37, 0, time.UTC)
	const date = "Fri, 06 Nov 2026 08:49:37 GMT"
	for _, tt := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", -1},
		{"120", "", 2 * time.Minute},
		{" 120 ", "", 2 * time.Minute},
		{`"120"`, "", 2 * time.Minute},
		{"120s", "", 2 * time.Minute},
		{"1.5", "", 1500 * time.Millisecond},
		{"0", "", 0},
		{"-5", "", 0},
		{"99999999999999999999", "", maxRetryAfter},
		{"Inf", "", maxRetryAfter},
		{"NaN", "", -1},
		{"soon", "", -1},
		{"2 minutes", "", -1},
		{strings.Repeat("1", 1000), "", -1},
		{"Fri, 06 Nov 2026 08:50:37 GMT", "", time.Minute},
		{"Fri, 6 Nov 2026 08:50:37 GMT", "", time.Minute},
		{"Fri, 06 Nov 2026 08:50:37 UTC", "", time.Minute},
		{"Fri, 06 Nov 2026 08:50:37 +0000", "", time.Minute},
		{"Fri, 06 Nov 2026 16:50:37 +0800", "", time.Minute},
		{"Friday, 06-Nov-26 08:50:37 GMT", "", time.Minute},
		{"Fri, 06-Nov-2026 08:50:37 GMT", "", time.Minute},
		{"Fri Nov  6 08:50:37 2026", "", time.Minute},
		{"06 Nov 2026 08:50:37 GMT", "", time.Minute},
		{"2026-11-06T08:50:37Z", "", time.Minute},
		{"2026-11-06T16:50:37+08:00", "", time.Minute},
		{"Fri, 06 Nov 2026 08:48:37 GMT", "", 0},
		{"Fri, 06 Nov 2099 08:48:37 GMT", "", maxRetryAfter},
		{"Fri, 06 Nov 2026 07:50:37 GMT", "Fri, 06 Nov 2026 07:49:37 GMT", time.Minute}, // their clock is an hour behind
		{"Fri, 06 Nov 2026 08:50:37 GMT", date, time.Minute},
		{"Fri, 06 Nov 2026 08:50:37 GMT", "nonsense", time.Minute},
		{"120", "Fri, 06 Nov 2020 07:49:37 GMT", 2 * time.Minute},
	} {
		h := http.Header{"Retry-After": {tt.value}, "Date": {tt.date}}
		if got := RetryAfter(h, now); got != tt.want {
			t.Errorf("RetryAfter(%q, Date %q) = %s; want %s", tt.value, tt.date, got, tt.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range append(httpDates, "120", "-1", "1e9", "Inf", "0x10") {
		f.Add(s, s)
	}
	now := time.Date(2026, 11, 6, 8, 49, 37, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value, date string) {
		d := RetryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, now)
		if d != -1 && (d < 0 || d > maxRetryAfter) {
			t.Errorf("RetryAfter(%q, Date %q) = %s", value, date, d)
		}
	})
}
