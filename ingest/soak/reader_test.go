package soak

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/store"
)

// feedServer is a well-behaved publisher's feed, which notes what it gave out.
type feedServer struct {
	etag, modified string // of the present edition
	header         http.Header
	body           string
	ignore         bool // 200 with the same body, whatever is asked
}

func (f *feedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for k, v := range f.header {
		w.Header()[k] = v
	}
	if f.etag != "" {
		w.Header()["ETag"] = []string{f.etag}
	}
	if f.modified != "" {
		w.Header().Set("Last-Modified", f.modified)
	}
	tag, since := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	if !f.ignore && (tag != "" && tag == f.etag || tag == "" && since != "" && since == f.modified) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	_, _ = w.Write([]byte(f.body))
}

const blog = "sources: [{name: blog, url: \"http://blog.example/feed.xml\"}]\n"

// daily is a blog that has had a post a day, the last one this morning.
func daily(posts int) string {
	var items []string
	newest := time.Date(2026, 1, 4, 20, 0, 0, 0, time.UTC)
	for n := posts; n > 0; n-- {
		items = append(items, whole(n, newest.Add(time.Duration(n-posts)*24*time.Hour)))
	}
	return rss("", items...)
}

// The criteria of Rachel Kroll's feed reader tests, each over simulated days.

func TestReaderSendsValidatorsExactlyAsGiven(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, etag, modified string }{
		{"with quotes", `"abc-123"`, "Sun, 04 Jan 2026 20:00:00 GMT"},
		{"weak", `W/"abc-123"`, "Sun, 04 Jan 2026 20:00:00 GMT"},
		{"unquoted, as some servers give it", `abc-123`, ""},
		{"a date in a form of its own", "", "Sunday, 4-Jan-26 20:00:00 GMT"},
		{"no date is invented beside an ETag", `"x"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &feedServer{etag: tt.etag, modified: tt.modified, body: daily(5)}
			simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
				s.runFor(36 * time.Hour)
				for i, r := range s.web.asked("")[1:] {
					if got := r.header.Get("If-None-Match"); got != tt.etag {
						t.Errorf("poll %d: If-None-Match %q; want %q", i+2, got, tt.etag)
					}
					if got := r.header.Get("If-Modified-Since"); got != tt.modified {
						t.Errorf("poll %d: If-Modified-Since %q; want %q", i+2, got, tt.modified)
					}
				}
			})
		})
	}
}

func TestReaderTakesNewValidatorsFromEveryAnswer(t *testing.T) {
	t.Parallel()
	f := &feedServer{body: daily(5)}
	n := 0
	var gave []string
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		n++
		f.etag, f.modified = fmt.Sprintf(`"edition-%d"`, n), "Sun, 04 Jan 2026 20:00:00 GMT" // an equal date must not hide the new ETag
		f.ignore = n%2 == 1                                                                  // an equal body must not either
		gave = append(gave, f.etag)
		if !f.ignore {
			w.Header()["ETag"] = []string{f.etag}
			w.WriteHeader(http.StatusNotModified)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		all := s.web.asked("")
		if len(all) < 4 {
			t.Fatalf("%d polls in three days; want more", len(all))
		}
		for i, r := range all[1:] {
			if got := r.header.Get("If-None-Match"); got != gave[i] {
				t.Errorf("poll %d: If-None-Match %q; want %q, of the answer before", i+2, got, gave[i])
			}
		}
	})
}

func TestReaderAsksUnconditionallyOnlyOnce(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		for range 3 { // restarts included
			s.runFor(20 * time.Hour)
		}
		bare := 0
		for _, r := range s.web.asked("") {
			if r.header.Get("If-None-Match") == "" {
				bare++
			}
		}
		if bare != 1 {
			t.Errorf("%d unconditional requests; want 1, the first", bare)
		}
	})
}

// The one other reason to ask unconditionally: by the old rules the publisher has nothing new, by the new ones it has.
func TestReaderAsksUnconditionallyWhereItsRulesHaveChanged(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: "<ul><li class=a><a href=/1.html>The first of the stories</a></li><li class=b><a href=/2.html>The second of the stories</a></li></ul>"}
	const sources = "sources: [{name: blog, url: \"http://blog.example/\", kind: page, full_text: never, list: {item: li.a}}]\n"
	simulate(t, sources, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			f.ServeHTTP(w, r)
		}
	}, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(6 * time.Hour)
		s.web.forget()
		s.reload(strings.Replace(sources, "li.a", "li", 1))
		s.pass(6 * time.Hour)
		s.end()
		all := s.web.asked("")
		for i, r := range all {
			if bare := r.header.Get("If-None-Match") == ""; bare != (i == 0) {
				t.Errorf("poll %d after the reload is unconditional: %t; want the first alone", i+1, bare)
			}
		}
		if n := len(s.rows()); n != 2 || len(all) < 2 {
			t.Errorf("%d entries after %d polls by the new rules; want 2", n, len(all))
		}
	})
}

func TestReaderForgetsValidatorsThatAreNoMore(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, modified: "Sun, 04 Jan 2026 20:00:00 GMT", body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		f.etag, f.modified, f.body = "", "", daily(6)
		s.runFor(24 * time.Hour)
		all := s.web.asked("")
		if last := all[len(all)-1].header; last.Get("If-None-Match")+last.Get("If-Modified-Since") != "" {
			t.Errorf("validators %v after an answer without any; want none", last)
		}
	})
}

// What could not be read is not had: its validators would hide it.
func TestReaderTakesNoValidatorsOfWhatItCannotRead(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		f.etag, f.body = `"two"`, "<html><head><title>Not now</title></head></html>"
		s.web.forget()
		s.runFor(24 * time.Hour)
		for i, r := range s.web.asked("") {
			if got := r.header.Get("If-None-Match"); got != `"one"` {
				t.Errorf("poll %d after an edition that is no feed: If-None-Match %q; want that of the last one that was", i+1, got)
			}
		}
		f.body = daily(6)
		s.runFor(2 * 24 * time.Hour)
		if n := len(s.rows()); n != 6 {
			t.Errorf("%d articles once it is a feed again, under the same ETag; want 6", n)
		}
	})
}

func TestReaderSendsNoValidatorsToAnotherAddress(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, modified: "Sun, 04 Jan 2026 20:00:00 GMT", body: daily(5)}
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away.xml" {
			http.Redirect(w, r, "http://other.example/feed.xml", http.StatusFound)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		for _, to := range []string{"new.xml", "away.xml"} {
			s.web.forget()
			s.configure(strings.ReplaceAll(blog, "feed.xml", to))
			s.runFor(time.Hour)
			all := s.web.asked("")
			if len(all) == 0 {
				t.Errorf("%s was not asked for", to)
			}
			for _, r := range all {
				if r.header.Get("If-None-Match")+r.header.Get("If-Modified-Since") != "" {
					t.Errorf("%s: validators of another address", r.url)
				}
			}
		}
	})
}

func TestReaderAsksAtMostHourlyByItself(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		atLeast(t, s.web.asked(""), time.Hour)
	})
}

// atLeast fails where two requests came closer together; a second less counts, so jitter must only ever add.
func atLeast(t *testing.T, all []request, gap time.Duration) {
	t.Helper()
	if len(all) < 2 {
		t.Errorf("%d requests; want some to compare", len(all))
	}
	for i := 1; i < len(all); i++ {
		if got := all[i].at.Sub(all[i-1].at); got < gap {
			t.Errorf("request %d (%s) came %s after the one before; want %s", i+1, all[i].url, got, gap)
		}
	}
}

func TestReaderObeysMaxAge(t *testing.T) {
	t.Parallel()
	const twelve = 12 * time.Hour
	t.Run("of a 200", func(t *testing.T) {
		t.Parallel()
		f := &feedServer{etag: `"one"`, body: daily(5), header: http.Header{"Cache-Control": {"max-age=43200"}}, ignore: true}
		simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
			s.runFor(2 * 24 * time.Hour)
			atLeast(t, s.web.asked(""), twelve)
		})
	})
	t.Run("of a 304", func(t *testing.T) {
		t.Parallel()
		f := &feedServer{etag: `"one"`, body: daily(5)}
		simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				w.Header().Set("Cache-Control", "max-age=43200")
			}
			f.ServeHTTP(w, r)
		}, func(t *testing.T, s *simulation) {
			s.runFor(2 * 24 * time.Hour)
			atLeast(t, s.web.asked("")[1:], twelve)
		})
	})
	t.Run("of a 429", func(t *testing.T) {
		t.Parallel()
		simulate(t, blog, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=172800")
			w.WriteHeader(http.StatusTooManyRequests)
		}, func(t *testing.T, s *simulation) {
			s.runFor(5 * 24 * time.Hour)
			atLeast(t, s.web.asked(""), 48*time.Hour)
		})
	})
	t.Run("and ttl of the feed", func(t *testing.T) {
		t.Parallel()
		f := &feedServer{etag: `"one"`, body: strings.Replace(daily(5), "<description>d", "<ttl>600</ttl><description>d", 1)}
		simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
			s.runFor(2 * 24 * time.Hour)
			atLeast(t, s.web.asked(""), 10*time.Hour)
		})
	})
}

func TestReaderObeysRetryAfter(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		for _, form := range []string{"seconds", "date"} {
			t.Run(fmt.Sprint(code, " ", form), func(t *testing.T) {
				t.Parallel()
				simulate(t, blog, func(w http.ResponseWriter, _ *http.Request) {
					after := "108000"
					if form == "date" {
						after = time.Now().Add(30 * time.Hour).UTC().Format(http.TimeFormat)
					}
					w.Header().Set("Retry-After", after)
					w.WriteHeader(code)
				}, func(t *testing.T, s *simulation) {
					for range 3 { // restarts do not forget it
						s.runFor(17 * time.Hour)
					}
					atLeast(t, s.web.asked(""), 30*time.Hour-time.Second)
				})
			})
		}
	}
}

func TestReaderSlowsDownWhereItIsRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusTooManyRequests, http.StatusForbidden, http.StatusUnauthorized} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			simulate(t, blog, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }, func(t *testing.T, s *simulation) {
				s.runFor(4 * 24 * time.Hour)
				all := s.web.asked("")
				atLeast(t, all, time.Hour)
				if len(all) > 9 {
					t.Errorf("%d requests in four days of refusals; want ever fewer", len(all))
				}
			})
		})
	}
}

func TestReaderDoesNotHurryWhereItHasItsAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"not a feed": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html><title>New site</title></html>"))
		},
		"empty": func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, blog, answer, func(t *testing.T, s *simulation) {
				s.runFor(2 * 24 * time.Hour)
				all := s.web.asked("")
				atLeast(t, all, time.Hour)
				if len(all) > 20 {
					t.Errorf("%d requests in two days; want ever fewer", len(all))
				}
			})
		})
	}
	t.Run("pages that are not there", func(t *testing.T) {
		t.Parallel()
		f := &feedServer{etag: `"one"`, body: rss("", strings.ReplaceAll(stub(1, time.Date(2026, 1, 4, 1, 0, 0, 0, time.UTC)), "news.example", "blog.example"))}
		simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed.xml" {
				f.ServeHTTP(w, r)
				return
			}
			http.NotFound(w, r)
		}, func(t *testing.T, s *simulation) {
			s.runFor(24 * time.Hour)
			atLeast(t, s.web.asked("/1.html"), 5*time.Minute)
		})
	})
}

func TestReaderRestartDoesNotPollAgain(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		for range 40 {
			s.runFor(30 * time.Minute)
		}
		atLeast(t, s.web.asked(""), time.Hour)
	})
}

func TestReaderReloadDoesNotPollAgain(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.start()
		for n := range 40 {
			s.pass(30 * time.Minute)
			s.reload(strings.Replace(blog, "name: blog", fmt.Sprintf("topic: t%d, name: blog", n), 1))
		}
		s.end()
		atLeast(t, s.web.asked(""), time.Hour)
	})
}

func TestReaderMakesUpForOneMissedRun(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, strings.Replace(blog, "name: blog", `schedule: "0 * * * *", name: blog`, 1), f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(time.Minute)
		s.pass(30*time.Hour + 20*time.Minute)
		s.web.forget()
		s.runFor(5 * time.Minute)
		if n := len(s.web.asked("")); n != 1 {
			t.Errorf("%d requests after a day off; want 1", n)
		}
	})
}

func TestReaderAsksOnceWhenASourceIsAdded(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(30 * time.Minute)
		if all := s.web.asked(""); len(all) != 1 {
			t.Errorf("%d requests when a source was added: %v; want the feed, once: no front page, no icon, no robots.txt for what a user named", len(all), all)
		}
	})
}

func TestReaderDoesNotComeInBursts(t *testing.T) {
	t.Parallel()
	var items []string
	for n := range 20 {
		items = append(items, strings.ReplaceAll(stub(n, time.Date(2026, 1, 4, n, 0, 0, 0, time.UTC)), "news.example", "blog.example"))
	}
	f := &feedServer{etag: `"one"`, body: rss("", items...)}
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d.html", &n); err == nil {
			_, _ = w.Write([]byte(page(n)))
			return
		}
		if r.URL.Path == "/feed.xml" {
			f.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(2 * time.Hour)
		all := s.web.asked("")
		atLeast(t, all, time.Second)
		for _, r := range all {
			if strings.Contains(r.url, "favicon") || strings.HasSuffix(r.url, ".example/") {
				t.Errorf("%s was asked for; nobody listed it", r.url)
			}
		}
		if n := len(s.web.asked("robots.txt")); n != 1 {
			t.Errorf("robots.txt was asked for %d times; want 1", n)
		}
	})
}

// A host that has many feeds is asked for one after the other, at the start and after it was down; while it is down, one
// request asks for all of them.
func TestReaderOfManyFeedsOfOneHost(t *testing.T) {
	t.Parallel()
	const feeds = 50
	var sources strings.Builder
	sources.WriteString("sources:\n")
	for n := range feeds {
		fmt.Fprintf(&sources, "  - {name: feed-%d, url: \"http://blog.example/%d.xml\", schedule: \"0 * * * *\"}\n", n, n)
	}
	f := &feedServer{etag: `"one"`, body: daily(5)}
	var down atomic.Bool
	simulate(t, sources.String(), func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(5 * time.Minute)
		if n := len(s.web.asked("")); n != feeds {
			t.Errorf("%d requests at the start; want %d", n, feeds)
		}
		down.Store(true)
		s.pass(6 * time.Hour)
		all := s.web.asked("")[feeds:]
		if len(all) > 20 {
			t.Errorf("%d requests in six hours in which the host was down; want hardly more than one feed's", len(all))
		}
		down.Store(false)
		s.pass(3 * time.Hour)
		s.end()
		atLeast(t, s.web.asked(""), time.Second)
		for n := range feeds {
			if st := s.state(fmt.Sprintf("feed-%d", n)); st.Failures > 0 || st.Error != "" {
				t.Errorf("%s: %d failures, %s; want it well again", st.Source, st.Failures, st.Error)
			}
		}
	})
}

func TestReaderKeepsNoCookiesAndSendsNoReferer(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed.xml" {
			http.Redirect(w, r, "/real.xml", http.StatusFound)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "you", Path: "/", MaxAge: 1e6})
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(2 * 24 * time.Hour)
		for _, r := range s.web.asked("") {
			if c, ref := r.header.Get("Cookie"), r.header.Get("Referer"); c+ref != "" {
				t.Errorf("%s: Cookie %q, Referer %q; want neither", r.url, c, ref)
			}
		}
	})
}

func TestReaderAsksForTheAddressAsItIs(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	const odd = "http://blog.example/Feed;v=1/a%20b.xml?Key=a+b&empty=&c=%E4%B8%AD"
	simulate(t, "sources: [{name: blog, url: \""+odd+"\"}]\n", f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		for _, r := range s.web.asked("") {
			if r.url != odd {
				t.Errorf("asked for %s; want %s: nothing added, nothing changed, http stays http", r.url, odd)
			}
		}
	})
}

func TestReaderSaysWhoItIs(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		agents := map[string]bool{}
		for _, r := range s.web.asked("") {
			agents[r.header.Get("User-Agent")] = true
			if !strings.Contains(r.header.Get("Accept-Encoding"), "gzip") {
				t.Errorf("Accept-Encoding %q; want gzip in it", r.header.Get("Accept-Encoding"))
			}
			if !strings.Contains(r.header.Get("Accept"), "application/rss+xml") {
				t.Errorf("Accept %q; want the types of feeds", r.header.Get("Accept"))
			}
		}
		if len(agents) != 1 || !agents["feedfolio-soak/1 (+https://example.org/contact)"] {
			t.Errorf("User-Agents %v; want the one configured, always", agents)
		}
	})
}

func TestReaderFollowsAndRemembersAPermanentMove(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusMovedPermanently, http.StatusPermanentRedirect} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			f := &feedServer{etag: `"one"`, body: daily(5)}
			simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/feed.xml" {
					http.Redirect(w, r, "/new.xml", code)
					return
				}
				f.ServeHTTP(w, r)
			}, func(t *testing.T, s *simulation) {
				s.runFor(3 * 24 * time.Hour)
				s.web.forget()
				s.runFor(24 * time.Hour)
				old, news := s.web.asked("/feed.xml"), s.web.asked("/new.xml")
				if len(old) > 0 || len(news) == 0 {
					t.Errorf("after three days %d requests to the old address and %d to the new; want the new alone", len(old), len(news))
				}
				for _, r := range news {
					if r.header.Get("If-None-Match") != `"one"` {
						t.Errorf("If-None-Match %q at the new address; want what it gave", r.header.Get("If-None-Match"))
					}
				}
			})
		})
	}
}

func TestReaderDoesNotRememberATemporaryMove(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed.xml" {
			http.Redirect(w, r, "/new.xml", http.StatusFound)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(2 * 24 * time.Hour)
		if old, news := s.web.asked("/feed.xml"), s.web.asked("/new.xml"); len(old) != len(news) {
			t.Errorf("%d requests to the configured address, %d to where it sends us; want the same", len(old), len(news))
		}
		if m := s.state("blog").Moved; m != (store.Moved{}) {
			t.Errorf("remembered %+v; want nothing", m)
		}
	})
}

func TestReaderDoesNotRememberAMoveWithATemporaryHop(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/feed.xml":
			http.Redirect(w, r, "/hop.xml", http.StatusMovedPermanently)
		case "/hop.xml":
			http.Redirect(w, r, "/today.xml", http.StatusTemporaryRedirect)
		default:
			f.ServeHTTP(w, r)
		}
	}, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		if m := s.state("blog").Moved; m != (store.Moved{}) {
			t.Errorf("remembered %+v; want nothing", m)
		}
		all := s.web.asked("/today.xml")
		for i, r := range all[1:] {
			if r.header.Get("If-None-Match") != `"one"` {
				t.Errorf("poll %d is unconditional; want it conditional where the chain ends", i+2)
			}
		}
	})
}

func TestReaderDoesNotRunInCircles(t *testing.T) {
	t.Parallel()
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{"/feed.xml": "/a.xml", "/a.xml": "/feed.xml"}[r.URL.Path]
		http.Redirect(w, r, to, http.StatusMovedPermanently)
	}, func(t *testing.T, s *simulation) {
		s.runFor(30 * time.Second)
		if n := len(s.web.asked("")); n > 4 {
			t.Errorf("%d requests in one poll of a feed that redirects in a circle; want 4: once more, for a cookie that was missing", n)
		}
		s.runFor(24 * time.Hour)
		if st := s.state("blog"); !strings.Contains(st.Error, "circle") || st.Moved.Believed {
			t.Errorf("state %+v; want it to say so", st)
		}
	})
}

func TestReaderComesBackWhereAMoveWasAMistake(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	moved := true
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/feed.xml" && moved:
			http.Redirect(w, r, "/new.xml", http.StatusMovedPermanently)
		case r.URL.Path == "/new.xml" && !moved:
			http.NotFound(w, r)
		default:
			f.ServeHTTP(w, r)
		}
	}, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		moved = false
		s.web.forget()
		s.runFor(2 * 24 * time.Hour)
		if n := len(s.web.asked("/feed.xml")); n == 0 {
			t.Error("the configured address was not asked again after the new one was gone")
		}
		if st := s.state("blog"); st.Failures > 0 {
			t.Errorf("state %+v; want it well again", st)
		}
	})
}

func TestReaderComesBackWhereWhatItMovedToIsGone(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	moved := true
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/feed.xml" && moved:
			http.Redirect(w, r, "/new.xml", http.StatusMovedPermanently)
		case r.URL.Path == "/new.xml" && !moved:
			w.WriteHeader(http.StatusGone)
		default:
			f.ServeHTTP(w, r)
		}
	}, func(t *testing.T, s *simulation) {
		s.runFor(3 * 24 * time.Hour)
		moved = false
		s.web.forget()
		s.runFor(2 * 24 * time.Hour)
		if gone, old := len(s.web.asked("/new.xml")), len(s.web.asked("/feed.xml")); gone != 1 || old == 0 {
			t.Errorf("%d requests to the address that is gone, %d to the configured one; want one, and then the other", gone, old)
		}
		if st := s.state("blog"); st.Gone || st.Failures > 0 {
			t.Errorf("state %+v; want it well again", st)
		}
	})
}

func TestReaderStopsAt410(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	gone := false
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		if gone {
			w.WriteHeader(http.StatusGone)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.runFor(24 * time.Hour)
		gone = true
		s.web.forget()
		for range 3 {
			s.runFor(2 * 24 * time.Hour)
		}
		if all := s.web.asked(""); len(all) != 2 {
			t.Errorf("%d requests in six days of 410; want 2: once more after a day, for a mistake", len(all))
		}
		if st := s.state("blog"); !st.Gone || st.Error == "" {
			t.Errorf("state %+v; want it to say so", st)
		}
		s.web.forget()
		s.configure(strings.ReplaceAll(blog, "feed.xml", "other.xml"))
		s.runFor(time.Hour)
		if n := len(s.web.asked("other.xml")); n != 1 {
			t.Errorf("%d requests to another address that was configured; want 1, at once", n)
		}
	})
}

func TestReaderThatStoppedGoesOnAfterAFetchByHand(t *testing.T) {
	t.Parallel()
	f := &feedServer{etag: `"one"`, body: daily(5)}
	gone := true
	simulate(t, blog, func(w http.ResponseWriter, r *http.Request) {
		if gone {
			w.WriteHeader(http.StatusGone)
			return
		}
		f.ServeHTTP(w, r)
	}, func(t *testing.T, s *simulation) {
		s.start()
		s.pass(4 * 24 * time.Hour)
		gone = false
		s.web.forget()
		s.pass(4 * 24 * time.Hour)
		if n := len(s.web.asked("")); n != 0 {
			t.Errorf("%d requests in four days after it stopped; want 0", n)
		}
		src, _ := s.cfg.Source("blog")
		if r := s.engine().Run(t.Context(), src); r.Err != nil {
			t.Error(r.Err)
		}
		s.web.forget()
		s.pass(4 * 24 * time.Hour)
		s.end()
		if n := len(s.web.asked("")); n < 3 {
			t.Errorf("%d requests in four days after somebody fetched it; want it to be asked as before", n)
		}
	})
}

func TestReaderLeavesOutSkippedHoursAndDays(t *testing.T) {
	t.Parallel()
	skip := "<skipHours><hour>0</hour><hour>1</hour><hour>2</hour><hour>3</hour></skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
	f := &feedServer{etag: `"one"`, body: strings.Replace(daily(5), "<description>d", skip+"<description>d", 1)}
	simulate(t, blog, f.ServeHTTP, func(t *testing.T, s *simulation) {
		s.runFor(8 * 24 * time.Hour)
		for _, r := range s.web.asked("")[1:] { // the first could not know
			at := r.at.UTC()
			if at.Hour() < 4 || slices.Contains([]time.Weekday{time.Saturday, time.Sunday}, at.Weekday()) {
				t.Errorf("asked on %s", at.Format("Monday 15:04"))
			}
		}
	})
}
