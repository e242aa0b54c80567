package feed

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	const want = "2021-05-13T00:04:38Z"
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, tt := range []struct {
		in, lang, want string
	}{
		// RFC 822 and its kin
		{"Thu, 13 May 2021 00:04:38 GMT", "", want},
		{"Thu, 13 May 2021 08:04:38 +0800", "", want},
		{"Wed, 12 May 2021 20:04:38 EDT", "", want},
		{"Thu, 13 May 2021 08:04 +0800", "", "2021-05-13T00:04:00Z"},
		{"13 May 2021 08:04:38 +0800", "", want},
		{"13 May 21 08:04:38 +0800", "", want},
		{"Thu, 13-May-21 00:04:38 GMT", "", want},
		{"Thursday, 13-May-21 00:04:38 UTC", "", want},
		{"thu,13 may 2021 08:04:38+0800", "", want},
		{"Thu May 13 00:04:38 2021", "", want},
		{"Thu May 13 00:04:38 UTC 2021", "", want},
		{"Thu May 13 08:04:38 +0800 2021", "", want},
		{"Thu May 13 08:04:38 CST 2021", "zh-CN", want},
		{"Thu, 13 May 2021 00:04:38 -0000", "", want},
		{"Thu, 13 May 2021 08:04:38 +08", "", want},
		{"Thu, 13 May 2021 08:04:38 +8:00", "", want},
		{"Thu, 13 May 2021 08:04:38 UTC+8", "", want},
		{"Thu, 13 May 2021 08:04:38 GMT+08:00", "", want},
		{"Thu, 13 May 2021 24:00:00 GMT", "", "2021-05-14T00:00:00Z"},
		{"Thu, 13 May 2021 00:04:60 GMT", "", "2021-05-13T00:04:59Z"},
		{"Thu, 13 May 2021", "", "2021-05-13T00:00:00Z"},
		{"Fri, 13 May 2021 08:04:38 +0800", "", want}, // the wrong weekday
		{"13/May/2021:08:04:38 +0800", "", want},
		// ISO 8601
		{"2021-05-13T00:04:38Z", "", want},
		{"2021-05-13t00:04:38z", "", want},
		{"2021-05-13T08:04:38+08:00", "", want},
		{"2021-05-13T08:04:38.123+08:00", "", want},
		{"2021-05-13T08:04:38,123+08:00", "", want},
		{"2021-05-13 08:04:38.123456 +0800", "", want},
		{"2021-05-13 08:04:38 +0800 CST", "", want},
		{"2021-05-13 08:04:38 +0800 CST m=+0.000000001", "", want},
		{"2021-05-12T19:04:38-05:00", "", want},
		{"2021-05-12 19:04:38 -0500", "", want},
		{"2021-05-12 19:04:38-05", "", want},
		{"2021-05-13T08:04:38+08:00[Asia/Shanghai]", "", want},
		{"2021-05-13 08:04:38 Asia/Shanghai", "", want},
		{"2021-05-12 20:04:38 America/New_York", "", want},
		{"2021-05-13T08:04+08:00", "", "2021-05-13T00:04:00Z"},
		{"20210513T080438+0800", "", want},
		{"20210513T000438Z", "", want},
		{"20210513 08:04:38", "zh", want},
		{"20210513080438", "zh", want},
		{"20210513", "", "2021-05-13T00:00:00Z"},
		{"2021-05-13", "", "2021-05-13T00:00:00Z"},
		{"2021-133", "", "2021-05-13T00:00:00Z"},
		{"2021-W19-4", "", "2021-05-13T00:00:00Z"},
		{"2021-05", "", "2021-05-01T00:00:00Z"},
		{"2021", "", "2021-01-01T00:00:00Z"},
		// zones by name
		{"Thu, 13 May 2021 09:04:38 JST", "", want},
		{"Thu, 13 May 2021 09:04:38 KST", "", want},
		{"Thu, 13 May 2021 08:04:38 HKT", "", want},
		{"Thu, 13 May 2021 08:04:38 SGT", "", want},
		{"Thu, 13 May 2021 05:34:38 IST", "", want},
		{"Thu, 13 May 2021 03:04:38 MSK", "", want},
		{"Thu, 13 May 2021 10:04:38 AEST", "", want},
		{"Thu, 13 May 2021 02:04:38 CEST", "", want},
		{"Thu, 13 May 2021 01:04:38 BST", "", want},
		{"Wed, 12 May 2021 17:04:38 PDT", "", want},
		{"Wed, 12 May 2021 18:04:38 CST", "en-US", want},
		{"Thu, 13 May 2021 08:04:38 CST", "zh-CN", want},
		{"May 12, 2021 8:04:38 PM ET", "en", want},
		{"Thu May 13 2021 08:04:38 GMT+0800 (China Standard Time)", "", want},
		{"Thu May 13 2021 08:04:38 GMT+0800 (中国标准时间)", "", want},
		{"Thu May 13 2021 08:04:38 (China Standard Time)", "", want},
		{"北京时间 2021年5月13日 08:04:38", "", want},
		{"2021-05-12 20:04:38（美东时间）", "zh", want},
		// Chinese
		{"2021年05月13日 08:04:38", "zh-CN", want},
		{"2021年05月13日08:04:38", "zh-CN", want},
		{"2021年5月13日 8时4分38秒", "zh-CN", want},
		{"2021年5月13日 上午8:04:38", "zh-CN", want},
		{"2021年5月13日 下午8:04", "zh-CN", "2021-05-13T12:04:00Z"},
		{"2021年5月13日 晚上8点04分", "zh-CN", "2021-05-13T12:04:00Z"},
		{"2021年5月13日 上午12:04", "zh-CN", "2021-05-12T16:04:00Z"},
		{"2021年5月13日 中午12:04", "zh-CN", "2021-05-13T04:04:00Z"},
		{"2021年5月13日 8点半", "zh-CN", "2021-05-13T00:30:00Z"},
		{"2021年5月13日星期四 08:04:38", "zh-CN", want},
		{"2021年5月13日（星期四）08:04:38", "zh-CN", want},
		{"星期四, 13 五月 2021 08:04:38 +0800", "zh-CN", want},
		{"周四, 13 5月 2021 08:04:38 +0800", "zh-CN", want},
		{"二〇二一年五月十三日", "zh-CN", "2021-05-12T16:00:00Z"},
		{"二〇二一年十二月二十三日", "zh-CN", "2021-12-22T16:00:00Z"},
		{"民國110年5月13日 08:04:38", "zh-TW", want},
		{"2021/05/13 08:04:38", "zh-CN", want},
		{"2021/5/13 8:04:38", "zh-CN", want},
		{"2021.05.13 08:04:38", "zh-CN", want},
		{"2021-05-13T08:04:38", "zh-CN", want},
		{"2021-05-13 08:04", "zh_TW", "2021-05-13T00:04:00Z"},
		{"２０２１年５月１３日　０８：０４：３８", "zh-CN", want},
		{"发布时间：2021-05-13 08:04:38", "zh-CN", want},
		{"2021-05-13 08:04:38 来源：新浪财经", "zh-CN", want},
		{"21-05-13 08:04:38", "zh-CN", want},
		{"2021-05-13 08:04:38", "cn", want},
		// Japanese
		{"2021年05月13日 09:04:38", "ja", want},
		{"2021年5月13日(木) 9時04分38秒", "ja", want},
		{"2021年5月13日 午前9時4分38秒", "ja", want},
		{"2021年5月13日 午後9:04", "ja", "2021-05-13T12:04:00Z"},
		{"2021年5月13日 午後0時04分", "ja", "2021-05-13T03:04:00Z"},
		{"令和3年5月13日 9時4分38秒", "ja", want},
		{"木, 13 5月 2021 09:04:38 +0900", "ja", want},
		{"2021/05/13(木) 09:04:38", "ja", want},
		// Korean
		{"2021년 5월 13일 09:04:38", "ko", want},
		{"2021년 5월 13일 오전 9:04:38", "ko", want},
		{"2021년 5월 13일 오후 9시 4분", "ko", "2021-05-13T12:04:00Z"},
		{"2021년 05월 13일 목요일 오전 9시 04분 38초", "ko", want},
		{"2021. 5. 13. 오전 9:04:38", "ko", want},
		{"2021.05.13 09:04:38", "ko-KR", want},
		{"목, 13 5월 2021 09:04:38 +0900", "ko", want},
		// other languages
		{"Do, 13 Mai 2021 02:04:38 +0200", "de", want},
		{"13. Mai 2021, 00:04 Uhr", "de", "2021-05-13T00:04:00Z"},
		{"Donnerstag, den 13. März 2021 um 12:04", "de", "2021-03-13T12:04:00Z"},
		{"am 13. Mai 2021 12:30", "de", "2021-05-13T12:30:00Z"},
		{"jeu., 13 mai 2021 02:04:38 +0200", "fr", want},
		{"mar, 11 mai 2021 00:04:38 +0000", "fr", "2021-05-11T00:04:38Z"},
		{"1er août 2021 à 8h04", "fr", "2021-08-01T08:04:00Z"},
		{"13 févr. 2021 08:04", "fr", "2021-02-13T08:04:00Z"},
		{"jue, 13 may 2021 00:04:38 GMT", "es", want},
		{"13 de mayo de 2021, 0:04:38", "es", want},
		{"gio, 13 mag 2021 02:04:38 +0200", "it", want},
		{"mar, 11 mag 2021 02:04:38 +0200", "it", "2021-05-11T00:04:38Z"},
		{"qui, 13 mai 2021 00:04:38 +0000", "pt", want},
		{"13 de maio de 2021 às 00h04", "pt", "2021-05-13T00:04:00Z"},
		{"czw., 13 maja 2021 02:04:38 +0200", "pl", want},
		{"Чт, 13 мая 2021 03:04:38 +0300", "ru", want},
		{"13 мая 2021 г., 00:04", "ru", "2021-05-13T00:04:00Z"},
		{"чт, 13 трав. 2021 03:04:38 +0300", "uk", want},
		{"Per, 13 May 2021 03:04:38 +0300", "tr", want},
		{"13 Ağustos 2021 03:04", "tr", "2021-08-13T03:04:00Z"},
		{"do, 13 mei 2021 02:04:38 +0200", "nl", want},
		{"tors, 13 maj 2021 02:04:38 +0200", "sv", want},
		{"to 13. toukokuuta 2021 klo 0.04", "fi", "2021-05-13T00:04:00Z"},
		{"čt, 13 kvě 2021 02:04:38 +0200", "cs", want},
		{"2021. május 13. 0:04", "hu", "2021-05-13T00:04:00Z"},
		{"Πέμ, 13 Μαΐ 2021 03:04:38 +0300", "el", want},
		{"Kamis, 13 Mei 2021 07:04:38 WIB", "id", want},
		{"13 tháng 5, 2021 00:04", "vi", "2021-05-13T00:04:00Z"},
		{"Thứ Năm, ngày 13 tháng 5 năm 2021 00:04", "vi", "2021-05-13T00:04:00Z"},
		{"13 พฤษภาคม 2564 07:04:38 +0700", "th", want},
		{"13 พ.ค. 2564 07:04:38 +0700", "th", want},
		{"13 مايو 2021 00:04:38", "ar", want},
		{"13 במאי 2021 00:04:38", "he", want},
		{"13 listopada 2021 00:00", "hr", "2021-10-13T00:00:00Z"},
		{"13 listopada 2021 00:00", "pl", "2021-11-13T00:00:00Z"},
		{"Thu, 13 Sept 2021 08:04:38 +0800", "", "2021-09-13T00:04:38Z"},
		// American and other orders
		{"05/13/2021 12:04:38 AM", "", want},
		{"05/13/2021 12:04:38 a.m.", "", want},
		{"5/3/2021", "", "2021-05-03T00:00:00Z"},
		{"5/3/2021", "en-US", "2021-05-03T00:00:00Z"},
		{"3/5/2021", "en-GB", "2021-05-03T00:00:00Z"},
		{"3/5/2021", "fr", "2021-05-03T00:00:00Z"},
		{"03.05.2021", "", "2021-05-03T00:00:00Z"},
		{"03-05-2021 08:04", "", "2021-05-03T08:04:00Z"},
		{"May 13, 2021 12:04 AM", "", "2021-05-13T00:04:00Z"},
		{"May 13th, 2021 at 12:04pm", "", "2021-05-13T12:04:00Z"},
		{"Thursday, May 13, 2021 - 00:04", "", "2021-05-13T00:04:00Z"},
		{"13 May 2021 3 pm", "", "2021-05-13T15:00:00Z"},
		{"13.05.2021 - 00:04", "de", "2021-05-13T00:04:00Z"},
		{"00:04 - 13.05.2021", "de", "2021-05-13T00:04:00Z"},
		{"13 May 2021 0004 GMT", "", "2021-05-13T00:04:00Z"},
		{"2021-05-13T08", "", "2021-05-13T08:00:00Z"},
		{"110年5月13日 08:04:38", "zh-TW", want},
		{"13 พ.ค. 64", "th", "2021-05-13T00:00:00Z"},
		{"tor. 13. mai 2021 kl. 08.04", "no", "2021-05-13T08:04:00Z"},
		{"Thứ năm, 13/5/2021, 07:04 (GMT+7)", "vi", "2021-05-13T00:04:00Z"},
		{"May 13, 2021, 08:04 IST", "en-IN", "2021-05-13T02:34:00Z"},
		// time stamps
		{"1620864278", "", want},
		{"1620864278.5", "", want},
		{"1620864278000", "", want},
		{"1620864278000000", "", want},
		{"/Date(1620864278000)/", "", want},
		{"/Date(1620864278000+0800)/", "", want},
	} {
		t.Run(tt.in+" "+tt.lang, func(t *testing.T) {
			t.Parallel()
			got, err := ParseDate(tt.in, DateHint{Language: tt.lang})
			if err != nil || got.Truncate(time.Second).Format(time.RFC3339) != tt.want {
				t.Errorf("ParseDate(%q, %s) = %v, %v; want %s", tt.in, tt.lang, got.Format(time.RFC3339), err, tt.want)
			}
		})
	}
	t.Run("the source's clock is stronger than the language's", func(t *testing.T) {
		t.Parallel()
		got, err := ParseDate("2021-05-12 20:04:38", DateHint{Timezone: zone("America/New_York"), Language: "zh", Default: china})
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("got %v, %v; want %s", got, err, want)
		}
	})
	t.Run("the source's clock settles what CST is", func(t *testing.T) {
		t.Parallel()
		for tz, want := range map[string]string{"Asia/Shanghai": want, "Asia/Taipei": want, "America/Chicago": "2021-01-13T14:04:38Z"} {
			in := "Thu, 13 May 2021 08:04:38 CST"
			if tz == "America/Chicago" {
				in = "Wed, 13 Jan 2021 08:04:38 CST"
			}
			got, err := ParseDate(in, DateHint{Timezone: zone(tz)})
			if err != nil || got.Format(time.RFC3339) != want {
				t.Errorf("%s: got %v, %v; want %s", tz, got, err, want)
			}
		}
	})
	t.Run("the default clock is the last", func(t *testing.T) {
		t.Parallel()
		got, err := ParseDate("2021-05-13 08:04:38", DateHint{Default: china, Language: "en"})
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("got %v, %v; want %s", got, err, want)
		}
	})
}

func TestParseDateRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", " ", "yesterday", "foo", "12:30", "2021-13-45", "2021-13-01", "31 Feb 2021", "99999999999", "..", "3 hours ago", strings.Repeat("x", 1<<20)} {
		if got, err := ParseDate(in, DateHint{}); err == nil || !got.IsZero() {
			t.Errorf("ParseDate(%.40q) = %v, %v; want an error", in, got, err)
		}
	}
	for _, in := range []string{"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Thu, 01 Jan 1970 00:00:00 GMT", "1 May 2101", "0000-01-01"} {
		if got, err := ParseDate(in, DateHint{}); err == nil || !got.IsZero() || in != "0000-01-01" && !errors.Is(err, ErrDateRange) {
			t.Errorf("ParseDate(%q) = %v, %v; want ErrDateRange", in, got, err)
		}
	}
}

func TestParseDateRelative(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 5, 13, 0, 4, 38, 0, time.UTC)
	for in, want := range map[string]string{
		"3 hours ago": "2021-05-12T21:04:38Z",
		"5分钟前":        "2021-05-12T23:59:38Z",
		"5 分钟前":       "2021-05-12T23:59:38Z",
		"昨天 08:04":    "2021-05-12T00:04:00Z",
		"今天 07:30":    "2021-05-12T23:30:00Z",
		"刚刚":          "2021-05-13T00:04:38Z",
		"05-12 08:04": "2021-05-12T00:04:00Z",
		"5月12日 08:04": "2021-05-12T00:04:00Z",
		"12月31日":      "2020-12-30T16:00:00Z",
	} {
		got, err := ParseDate(in, DateHint{Now: now, Language: "zh-CN"})
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("ParseDate(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
}
