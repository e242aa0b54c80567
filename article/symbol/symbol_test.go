package symbol

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// evidenceCases are texts with symbols in them.
var evidenceCases = []struct{ name, text, want string }{
	{"an American listing", "Apple (NASDAQ: AAPL) rose 2%.", "AAPL.US"},
	{"without a space", "Apple Inc. (NASDAQ:AAPL) rose.", "AAPL.US"},
	{"small letters in the label", "Apple (Nasdaq: AAPL) rose.", "AAPL.US"},
	{"one letter", "AT&T (NYSE: T) said", "T.US"},
	{"a class behind a point", "Berkshire (NYSE:BRK.B) said", "BRK-B.US"},
	{"a class behind a hyphen", "Berkshire (NYSE: BRK-A) said", "BRK-A.US"},
	{"two of one label", "Alphabet (NASDAQ: GOOG, GOOGL) said", "GOOG.US GOOGL.US"},
	{"two classes and a word", "Berkshire (NYSE: BRK.A and BRK.B)", "BRK-A.US BRK-B.US"},
	{"two labels", "BCE (TSX: BCE; NYSE: BCE)", "BCE.TO BCE.US"},
	{"two labels and a comma", "Alibaba (NYSE: BABA, HKEX: 9988)", "BABA.US 09988.HK"},
	{"labels with a slash", "Carnival (NYSE/LSE: CCL)", "CCL.L"},
	{"the long name of the exchange", "(Nasdaq Global Select Market: PDD)", "PDD.US"},
	{"the longest", "(New York Stock Exchange: IBM)", "IBM.US"},
	{"an over-the-counter market", "Tencent (OTCMKTS: TCEHY) and Foo (OTCQB: FOOBF)", "TCEHY.US FOOBF.US"},
	{"ticker symbol in the label", "(NASDAQ ticker symbol: MSFT)", "MSFT.US"},
	{"the move of the day behind the code", "Apple (NASDAQ: AAPL -2.3%) fell", "AAPL.US"},
	{"square brackets", "Shell [LSE: SHEL] said", "SHEL.L"},
	{"full-width signs", "阿里巴巴（NYSE：BABA）周三上涨", "BABA.US"},
	{"a Chinese label", "百度（纳斯达克：BIDU；港交所：9888）公布财报", "BIDU.US 09888.HK"},
	{"a Chinese label with 代码", "百度集团（纳斯达克股票代码：BIDU；港交所股份代号：09888）", "BIDU.US 09888.HK"},
	{"traditional characters", "騰訊控股（聯交所：0700）", "00700.HK"},
	{"American shares in Chinese", "理想汽车（美股：LI，港股：2015）", "LI.US 02015.HK"},
	{"Hong Kong", "Tencent (HKEX: 700) and HSBC (SEHK: 5, LSE: HSBA)", "00700.HK 00005.HK HSBA.L"},
	{"Hong Kong, a suffix", "Tencent (0700.HK) rose; Meituan 03690.HK fell", "00700.HK 03690.HK"},
	{"a short code in brackets", "(5.HK)", "00005.HK"},
	{"Shanghai, a suffix", "贵州茅台（600519.SH）今日上涨", "600519.SH"},
	{"a suffix without brackets", "贵州茅台600519.SH今日上涨，五粮液000858.SZ下跌", "600519.SH 000858.SZ"},
	{"Reuters' Shanghai", "Kweichow Moutai (600519.SS) rose", "600519.SH"},
	{"a prefix", "$贵州茅台(SH600519)$ 与 SZ000001", "600519.SH 000001.SZ"},
	{"a prefix in small letters in brackets", "贵州茅台(sh600519)", "600519.SH"},
	{"a prefix with a point", "腾讯控股(HK.00700) 苹果(US.AAPL)", "00700.HK AAPL.US"},
	{"Hong Kong, a prefix", "HK00700 上涨", "00700.HK"},
	{"Beijing", "贝特瑞（920185.BJ）、BJ430047", "920185.BJ 430047.BJ"},
	{"two of one company", "中国平安（601318.SH，02318.HK）发布公告", "601318.SH 02318.HK"},
	{"two of one company, a slash", "中国石化（600028.SH/00386.HK）", "600028.SH 00386.HK"},
	{"a slash without brackets", "中国石化600028.SH/00386.HK公告", "600028.SH 00386.HK"},
	{"kinds of shares as labels", "中国平安（A股：601318；H股：02318）", "601318.SH 02318.HK"},
	{"a label without brackets", "证券代码：600519 证券简称：贵州茅台 公告编号：临2024-001", "600519.SH"},
	{"a suffix behind a colon", "代码：600519.SH，简称：贵州茅台", "600519.SH"},
	{"spaces everywhere", "Apple ( NASDAQ : AAPL )( NYSE:IBM )", "AAPL.US IBM.US"},
	{"two labels in one piece", "（股票简称：贵州茅台 股票代码：600519）", "600519.SH"},
	{"an amount beside it", "港股代码：00700，市值3.5万亿", "00700.HK"},
	{"an announcement in Hong Kong", "(Incorporated in the Cayman Islands with limited liability) (Stock Code: 00700)", "00700.HK"},
	{"the same without brackets", "Stock Code: 00700", "00700.HK"},
	{"a number of the list", "阿里巴巴（纽交所代码：BABA，港交所上市编号：9988）", "BABA.US 09988.HK"},
	{"a label and a suffix", "(LSE: VOD.L) (HKEX: 0700.HK) (NYSE: BABA.US)", "VOD.L 00700.HK BABA.US"},
	{"a code and a name in one bracket", "（600519.SH，贵州茅台）", "600519.SH"},
	{"a list in brackets", "概念股（600519.SH、000858.SZ、000568.SZ）", "600519.SH 000858.SZ 000568.SZ"},
	{"a label with a space", "股票代码 000001", "000001.SZ"},
	{"a label of Hong Kong", "（于开曼群岛注册成立的有限公司）（股份代号：00700）", "00700.HK"},
	{"digits in brackets, an exchange near by", "上交所公告，贵州茅台（600519）即日起停牌。", "600519.SH"},
	{"digits in brackets, A shares near by", "A股公司宁德时代（300750）公布年报。", "300750.SZ"},
	{"digits of Hong Kong, the market near by", "港股腾讯控股（00700）收涨。", "00700.HK"},
	{"a code of an index", "上证指数（000001.SH）收涨", "000001.SH"},
	{"Tokyo", "Toyota (TSE: 7203), Sony (TYO: 6758) and Kioxia (285A.T)", "7203.T 6758.T 285A.T"},
	{"Tokyo in Japanese", "トヨタ自動車（東証：7203）", "7203.T"},
	{"Korea", "Samsung (KRX: 005930) and (035720.KQ)", "005930.KR 035720.KR"},
	{"Taiwan", "TSMC (TWSE: 2330, NYSE: TSM)", "2330.TW TSM.US"},
	{"London", "Vodafone (LON: VOD) and BP (BP.L) and (LSE: BP.)", "VOD.L BP.L"},
	{"Germany", "SAP (XETRA: SAP) and Siemens (ETR: SIE)", "SAP.DE SIE.DE"},
	{"Paris", "LVMH (Euronext Paris: MC)", "MC.PA"},
	{"Switzerland", "Nestlé (SIX: NESN)", "NESN.SW"},
	{"Stockholm with a class", "Ericsson (Nasdaq Stockholm: ERIC B)", "ERIC-B.ST"},
	{"Toronto", "Shopify (TSX: SHOP; NASDAQ: SHOP) and Foo (TSXV: FOO)", "SHOP.TO SHOP.US FOO.V"},
	{"Australia", "BHP (ASX: BHP) and (CBA.AX)", "BHP.AX CBA.AX"},
	{"India, both", "Infosys (BSE: 500209, NSE: INFY)", "500209.BO INFY.NS"},
	{"Brazil", "Petrobras (B3: PETR4) (PETR4.SA)", "PETR4.SA"},
	{"Singapore", "DBS (SGX: D05)", "D05.SI"},
	{"Reuters' codes", "Apple (AAPL.O), Alibaba (BABA.N), Berkshire (BRKb.N)", "AAPL.US BABA.US BRK-B.US"},
	{"a tight label", "Buy NASDAQ:AAPL and SSE:600519, HKEX:700 today", "AAPL.US 600519.SH 00700.HK"},
	{"an ISIN", "Apple's shares, US0378331005, rose", "US0378331005"},
	{"an ISIN with its name", "ISIN: DE0007164600, WKN 716460", "DE0007164600"},
	{"an ISIN of Britain", "Vodafone GB00BH4HKS39", "GB00BH4HKS39"},
	{"an ISIN in brackets", "(ISIN: CH0038863350)", "CH0038863350"},
	{"an ISIN of the Caymans", "KYG875721634", "KYG875721634"},
	{"a name and an ISIN", "(Nasdaq: ASML, ISIN NL0010273215)", "ASML.US NL0010273215"},
	{"at the end of a sentence", "He bought 600519.SH.", "600519.SH"},
	{"each once", "Apple (NASDAQ: AAPL) and again Apple (NASDAQ: AAPL)", "AAPL.US"},
	{"nested brackets", "Foo (NYSE: FOO (Class A)) said", "FOO.US"},
}

// traps are texts without a symbol.
var traps = []struct{ name, text string }{
	{"a bare word", "AAPL and MSFT rose, IBM fell"},
	{"a word in brackets", "International Business Machines (IBM) said"},
	{"a cashtag names no exchange", "$AAPL to the moon"},
	{"an agency", "LONDON (AP) - Stocks fell; (Reuters); (AFP)"},
	{"an officer", "Jane Doe (CEO: XYZ) said"},
	{"an officer after an exchange's name", "(Nasdaq CEO: JANE)"},
	{"an exchange alone", "the exchange (NASDAQ) and (NYSE)"},
	{"an exchange and a verb", "Nasdaq: A look at the week"},
	{"an exchange and a move", "(Nasdaq: UP 2%) (NYSE: DOWN)"},
	{"an exchange and small letters", "(NASDAQ: up)"},
	{"an index", "(NASDAQ: IXIC) (Nasdaq: NDX)"},
	{"a ticker without an exchange", "(ticker: AAPL) (symbol: AAPL)"},
	{"too few digits for Shenzhen", "10.SZ and 00001.SZ"},
	{"too many digits", "1600519.SH"},
	{"no number of Shanghai's", "300750.SH and 400000.SH"},
	{"no number of Shenzhen's", "600519.SZ"},
	{"small letters are a script", "run 600519.sh and backup.sh"},
	{"a part of a file's name", "report-600519.SH.pdf"},
	{"a part of a decimal", "1.600519.SH"},
	{"a postcode", "地址：北京市海淀区中关村大街1号（100080）"},
	{"a postcode that could be a code", "A股公司总部位于天津市和平区（300040）"},
	{"a postcode and its name", "邮编：300040，A股公司"},
	{"digits after a name without an exchange", "贵州茅台（600519）昨日召开会议"},
	{"digits after a name, the exchange in another sentence", "上交所发布公告。贵州茅台（600519）昨日召开会议。"},
	{"digits that do not fit the exchange", "深交所表示，某某公司（600519）昨日召开会议。"},
	{"a number of people", "A股股东人数（300000）人"},
	{"an amount", "A股成交（600000）万元"},
	{"a document's number", "上交所批复（600519）号"},
	{"a document's number in brackets", "证监许可（2024）600519号"},
	{"a year in brackets", "港交所年报（2023）"},
	{"a year after the exchange", "港交所：2023年新股融资额下降"},
	{"a telephone number", "上交所电话（021）68808888，热线400-600519"},
	{"a telephone number with a prefix", "Tel. 0700-600519"},
	{"a date", "20240305 and 2024.03.05 (050324)"},
	{"a fund's code", "某某基金（161725）A股仓位上升"},
	{"an order number", "订单号600519"},
	{"a flight", "HK12345, SZ600519 and SH000001"},
	{"an amount in Hong Kong dollars", "HK$700, 700.HK$"},
	{"a domain", "see WEB.DE (WEB.DE) and (GMX.NET)"},
	{"an address", "https://example.com/quote/600519.SH?x=NASDAQ:AAPL"},
	{"an address with commas and brackets", "http://example.com/a,600519.SH,b(NASDAQ:AAPL)"},
	{"an address without a scheme", "www.example.com/600519.SH and example.com/SH600519/x"},
	{"a mail address", "600519.SH@example.com"},
	{"a query", "q=600519.SH&m=SZ000001"},
	{"initials", "J.P. Morgan, U.N., L.A. (U.N) (J.O)"},
	{"an ISIN with a wrong digit", "US0378331006 and DE0007164601"},
	{"an ISIN of no country", "ZZ0378331005"},
	{"a serial number", "Serial AB1234567890, invoice DE1234567890"},
	{"an IBAN", "DE89 3704 0044 0532 0130 00, GB29NWBK60161331926819"},
	{"what follows a symbol in a bracket", "(CEO: NYSE)"},
	{"the LSE as a school", "a study (LSE: 2019) by an economist (LSE)"},
	{"a clock", "LON:12:30 and TYO:09"},
	{"Nairobi or India", "(NSE: SCOM)"},
	{"Budapest", "(BSE: OTP)"},
	{"Toronto or Tokyo", "(TSE: RY)"},
	{"an abbreviation behind a colon", "(NOTE: ALL) (RE: IPO) (VIA: AP)"},
	{"a score", "(FRA: 2, GER: 1)"},
	{"an environment agency", "(EPA: CLEAN)"},
	{"a chapter", "(SIX: One)"},
	{"a long bracket", "(NASDAQ " + strings.Repeat("and so on ", 40) + ": AAPL)"},
	{"an open bracket", "(NASDAQ"},
	{"a bond's code", "债券代码：163456"},
	{"no code of Hong Kong", "00000.HK and 123456.HK and 12.HK"},
	{"a version", "v2.0700.HK"},
	{"a size", "600519.SHx and x600519.SH"},
	{"a company's English name", "SH Group (SH) and HK Ltd. (HK)"},
	{"a language", "(US: English; UK: English)"},
	{"a class of shares", "A股、H股、B股"},
	{"a name of a market", "港股（恒生指数）"},
	{"a move in points", "沪指（3000.50）"},
	{"a percentage", "沪市（1.25%）"},
	{"a time zone", "(HK: 9:30)"},
	{"a stock code elsewhere", "Maybank (Stock Code: 1155), stock code: 2330"},
	{"a code of six digits elsewhere", "Samsung, stock code: 005930"},
	{"a short code after words", "error code: 600519, product code 00700"},
	{"a verification code", "验证码：600519"},
	{"a hash", "commit 600519a, SH600519ab"},
	{"a phone number in brackets", "(010-600519) (+86 600519)"},
	{"a range", "600519-600530 and 0700-0800.HK"},
	{"a ratio", "3:1 and NYSE:1"},
	{"a placeholder", "write (NASDAQ: XXXX) behind the name"},
	{"an exchange and a number", "联系深交所（300300）"},
	{"a score of six digits", "彩票中奖号码（600519）A股"},
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range evidenceCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(Find("", tt.text, "", Options{}), " "); got != tt.want {
				t.Errorf("Find(%q) = %q; want %q", tt.text, got, tt.want)
			}
			if got := strings.Join(Find(tt.text, "", "https://www.example.com/", Options{}), " "); got != tt.want {
				t.Errorf("Find(title %q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
	for _, tt := range traps {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Find("", tt.text, "", Options{}); len(got) > 0 {
				t.Errorf("Find(%q) = %q; want none", tt.text, got)
			}
		})
	}
}

// TestPrecision measures on all cases at once, with the traps between them.
func TestPrecision(t *testing.T) {
	t.Parallel()
	right, wrong, missed := 0, 0, 0
	count := func(text, want string) {
		got := Find("", text, "", Options{})
		for _, g := range got {
			if slices.Contains(strings.Fields(want), g) {
				right++
			} else {
				wrong++
			}
		}
		for _, w := range strings.Fields(want) {
			if !slices.Contains(got, w) {
				missed++
			}
		}
	}
	for i, tt := range evidenceCases {
		trap := traps[i%len(traps)].text
		count(tt.text, tt.want)
		count(trap+"\n\n"+tt.text, tt.want)
		count(tt.text+"\n\n"+trap, tt.want)
	}
	for _, tt := range traps {
		count(tt.text, "")
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(right+missed)
	t.Logf("%d right, %d wrong, %d missed: precision %.4f, recall %.4f", right, wrong, missed, precision, recall)
	if precision < 0.99 || recall < 0.95 {
		t.Errorf("precision %.4f, recall %.4f; want 0.99 and 0.95", precision, recall)
	}
}

func TestEDGAR(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, title, url, want string }{
		{"a filing", "", "https://www.sec.gov/Archives/edgar/data/320193/000032019324000123/aapl-20240928.htm", "CIK0000320193"},
		{"a company's page", "", "https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK=0000320193&type=10-K", "CIK0000320193"},
		{"the new page", "", "https://www.sec.gov/edgar/browse/?CIK=320193", "CIK0000320193"},
		{"submissions", "", "https://data.sec.gov/submissions/CIK0000320193.json", "CIK0000320193"},
		{"facts", "", "https://data.sec.gov/api/xbrl/companyfacts/CIK0000320193.json", "CIK0000320193"},
		{"a filer in the title", "8-K - Apple Inc. (0000320193) (Filer)", "https://www.sec.gov/Archives/edgar/data/320193/1/2-index.htm", "CIK0000320193"},
		{"a person who reports", "4 - Doe Jane (0001234567) (Reporting)", "https://www.sec.gov/Archives/edgar/data/1234567/1/2-index.htm", ""},
		{"an issuer", "4 - Apple Inc. (0000320193) (Issuer)", "https://www.sec.gov/Archives/edgar/data/320193/1/2-index.htm", "CIK0000320193"},
		{"a ticker in the query", "", "https://www.sec.gov/cgi-bin/browse-edgar?CIK=AAPL", ""},
		{"a press release", "", "https://www.sec.gov/news/press-release/2024-123", ""},
		{"another host", "8-K - Apple Inc. (0000320193) (Filer)", "https://www.example.com/sec.gov/Archives/edgar/data/320193/", ""},
		{"a host that looks like it", "", "https://www.sec.gov.example.com/Archives/edgar/data/320193/1", ""},
		{"too many digits", "", "https://www.sec.gov/Archives/edgar/data/32019332019/1", ""},
		{"no address at all", "", "://sec.gov/%zz", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(Find(tt.title, "", tt.url, Options{}), " "); got != tt.want {
				t.Errorf("Find(%q, %q) = %q; want %q", tt.title, tt.url, got, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	n, err := NewNames(map[string]string{
		"Apple Inc.": "NASDAQ:AAPL", "Apple": "AAPL.US", "Apple Hospitality": "APLE.US", "中国银行": "601988.SH", "中国银行业": "", "招商银行": "600036.SH",
		"AT&T": "T.US", "Total": "TTE.PA", "贵州茅台": "600519.SS",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"a word", "Shares of Apple rose", "AAPL.US"},
		{"the longer name", "Apple Hospitality rose", "APLE.US"},
		{"a part of a word", "Apples and Pineapple, Appleton", ""},
		{"capitals count", "an apple a day, APPLE", ""},
		{"signs around it", "“Apple,” he said", "AAPL.US"},
		{"a Chinese name", "招商银行公布年报", "600036.SH"},
		{"a longer word that means something else", "中国银行业协会", ""},
		{"and the name itself", "中国银行昨日公告", "601988.SH"},
		{"a name with a sign", "AT&T said", "T.US"},
		{"a domain is no name", "go to Apple.com? no: store.Apple", "AAPL.US"},
		{"the symbol is brought into its form", "贵州茅台", "600519.SH"},
		{"in the order of the text, each once", "招商银行、中国银行、招商银行", "600036.SH 601988.SH"},
		{"full-width letters", "Ａｐｐｌｅ 发布", "AAPL.US"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(Find("", tt.text, "", Options{Names: n}), " "); got != tt.want {
				t.Errorf("Find(%q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
	if _, err := NewNames(map[string]string{"A": "A.US", " ": "B.US"}); err == nil || strings.Count(err.Error(), "too short") != 2 {
		t.Errorf("NewNames of short names = %v; want both refused", err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	got := Find("Apple (NASDAQ: AAPL)", "", "https://www.sec.gov/Archives/edgar/data/320193/1", Options{Fixed: []string{" 600519.SS", "000001", "AAPL.US"}})
	if want := "600519.SH 000001 AAPL.US CIK0000320193"; strings.Join(got, " ") != want {
		t.Errorf("Find = %q; want %q", got, want)
	}
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, "600%03d.SH ", i)
	}
	if got := Find("", many.String(), "", Options{}); len(got) != maxSymbols {
		t.Errorf("%d symbols; want %d", len(got), maxSymbols)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"600519.SS", "600519.SH"},
		{"sh600519", "600519.SH"},
		{"700.HK", "00700.HK"},
		{"NASDAQ:AAPL", "AAPL.US"},
		{"NYSE: BRK.B", "BRK-B.US"},
		{"AAPL.US", "AAPL.US"},
		{"000001", "000001"},
		{"1.10", "1.10"},
		{"0x1F", "0x1F"},
		{"US0378331005", "US0378331005"},
		{" VOD.L ", "VOD.L"},
		{"港交所：700", "00700.HK"},
		{"", ""},
		{"SAP.DE", "SAP.DE"},
		{"BRK-B.US", "BRK-B.US"},
		{"7203.T", "7203.T"},
		{"005930.KR", "005930.KR"},
		{"CIK0000320193", "CIK0000320193"},
	} {
		if got := Canonical(tt.in); got != tt.want {
			t.Errorf("Canonical(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, tt := range evidenceCases {
		f.Add(tt.text, "https://www.sec.gov/Archives/edgar/data/320193/1")
	}
	for _, tt := range traps {
		f.Add(tt.text, "")
	}
	names, err := NewNames(map[string]string{"Apple": "AAPL.US", "中国银行": "601988.SH", "中国银行业": ""})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, url string) {
		got := Find(text, text, url, Options{Names: names})
		if len(got) > maxSymbols {
			t.Errorf("%d symbols", len(got))
		}
		for i, s := range got {
			if s == "" || len(s) > 24 || strings.ContainsAny(s, " \n()") || slices.Contains(got[:i], s) {
				t.Errorf("Find(%q) = %q", text, got)
			}
			if c := Canonical(s); c != s {
				t.Errorf("Canonical(%q) = %q: the canonical form is not its own", s, c)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for _, x := range []struct{ name, text string }{
		{"5 kB English", strings.Repeat("Shares of Example Corp (NYSE: EXM) rose 3.5% to $41.20 on March 5, 2026, after it raised its outlook for the year. ", 45)},
		{"5 kB Chinese", strings.Repeat("3月5日，某某银行（600999.SH）公告称，2025年度实现营业收入1234.56亿元，同比增长3.5%；拟派发现金红利（含税）。", 36)},
	} {
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(int64(len(x.text)))
			b.ReportAllocs()
			for b.Loop() {
				Find("A title", x.text, "https://news.example/1", Options{})
			}
		})
	}
}
