package symbol

import "strings"

// market is where codes of one form are listed.
type market struct {
	suffix  string                   // of the canonical form
	code    func(string) string      // the canonical code; "" for what is none
	classes bool                     // a letter behind a space is a class of shares
	any     func(code string) string // instead of both: the whole symbol
}

func (m *market) symbol(code string) string {
	if never[code] {
		return ""
	}
	if m.any != nil {
		return m.any(code)
	}
	if c := m.code(code); c != "" {
		return c + m.suffix
	}
	return ""
}

var (
	us        = &market{suffix: ".US", code: usCode}
	hongKong  = &market{suffix: ".HK", code: func(s string) string { return hkCode(s, 1) }}
	shanghai  = &market{suffix: ".SH", code: func(s string) string { return six(s, "012569") }}
	shenzhen  = &market{suffix: ".SZ", code: func(s string) string { return six(s, "0123") }}
	beijing   = &market{suffix: ".BJ", code: func(s string) string { return six(s, "489") }}
	anyChina  = &market{any: chinaSymbol}
	tokyo     = &market{suffix: ".T", code: tokyoCode}
	london    = &market{suffix: ".L", code: func(s string) string { return word(strings.TrimSuffix(s, "."), 2, 4) }}
	bombay    = &market{suffix: ".BO", code: func(s string) string { return six(s, "5") }}
	korea     = &market{suffix: ".KR", code: func(s string) string { return six(s, "0123456789") }}
	taiwan    = &market{suffix: ".TW", code: func(s string) string { return number(s, 4) }}
	sao       = &market{suffix: ".SA", code: saoCode}
	newMarket = func(suffix string, least, most int) *market {
		return &market{suffix: suffix, code: func(s string) string { return word(s, least, most) }}
	}
	nordic = func(suffix string) *market {
		return &market{suffix: suffix, classes: true, code: func(s string) string {
			base, class, ok := strings.Cut(s, "-")
			if ok && (len(class) != 1 || !letters(class)) || word(base, 2, 6) == "" {
				return ""
			}
			return s
		}}
	}
)

// markets are the labels that stand before a code, in lower case.
var markets = labels(map[*market]string{
	us: `nasdaq|nasdaqgs|nasdaqgm|nasdaqcm|nasdaq gs|nasdaq gm|nasdaq cm|nasdaq global select market|nasdaq global select|nasdaq global market|
		nasdaq capital market|nasdaq stock market|nyse|new york stock exchange|nyse american|nyseamerican|nyse mkt|nysemkt|nyse arca|nysearca|amex|nyse amex|
		otc|otcqb|otcqx|otc pink|otcpink|otcmkts|otc markets|otcbb|otc bb|bats|cboe bzx|纳斯达克|納斯達克|纽交所|紐交所|纽约证券交易所|紐約證券交易所|美股|美交所`,
	hongKong: `hkex|hkse|sehk|hkg|hk|hong kong stock exchange|stock exchange of hong kong|hkex main board|港交所|香港联交所|香港聯交所|联交所|聯交所|
		香港交易所|香港联合交易所|香港聯合交易所|香港证券交易所|港股|h股`,
	shanghai: `sse|sha|shse|sh|shanghai stock exchange|shanghai|上交所|上海证券交易所|上证|沪市|沪|科创板|上交所科创板`,
	shenzhen: `szse|she|sz|shenzhen stock exchange|shenzhen|深交所|深圳证券交易所|深证|深市|深|创业板|深交所创业板`,
	beijing:  `bjse|bj|beijing stock exchange|北交所|北京证券交易所`,
	anyChina: `a股|a-share|a shares|a share|股票代码|证券代码|股份代号|股份代號|股票代號|stock code|stock codes`,
	tokyo:    `tse|tyo|jpx|tokyo stock exchange|tokyo|tse prime|东证|東証|东京证券交易所|東京証券取引所|東証プライム|東証スタンダード|東証グロース|东京`,
	london:   `lse|lon|london stock exchange|london|aim|伦敦证券交易所|伦交所`,

	newMarket(".DE", 2, 5):  `xetra|etr|xetr|fwb|frankfurt stock exchange|frankfurt|deutsche börse`,
	newMarket(".PA", 2, 6):  `euronext paris`,
	newMarket(".AS", 2, 6):  `euronext amsterdam`,
	newMarket(".BR", 2, 6):  `euronext brussels`,
	newMarket(".LS", 2, 6):  `euronext lisbon`,
	newMarket(".IR", 2, 6):  `euronext dublin`,
	newMarket(".OL", 2, 6):  `oslo børs|oslo bors|euronext oslo|osl`,
	newMarket(".MI", 2, 6):  `borsa italiana|euronext milan`,
	newMarket(".MC", 2, 6):  `bme|bolsa de madrid`,
	newMarket(".SW", 2, 6):  `six|swx|six swiss exchange`,
	newMarket(".VI", 2, 6):  `vienna stock exchange`,
	nordic(".ST"):           `nasdaq stockholm|nasdaq omx stockholm`,
	nordic(".HE"):           `nasdaq helsinki|nasdaq omx helsinki`,
	nordic(".CO"):           `nasdaq copenhagen|nasdaq omx copenhagen`,
	northern(".TO"):         `tsx|toronto stock exchange`,
	northern(".V"):          `tsxv|tsx-v|tsx.v|tsx v|cve|tsx venture|tsx venture exchange`,
	newMarket(".AX", 3, 4):  `asx`,
	newMarket(".NZ", 3, 3):  `nzx`,
	newMarket(".SI", 3, 4):  `sgx|singapore exchange`,
	newMarket(".JO", 3, 3):  `jse`,
	newMarket(".NS", 2, 10): `nse`,

	bombay: `bse`,
	korea:  `krx|kospi|kosdaq|korea exchange`,
	taiwan: `twse|tpe|tpex|taiwan stock exchange`,
	sao:    `b3|bovespa`,
})

func northern(suffix string) *market {
	return &market{suffix: suffix, code: func(s string) string { return classed(s, 4) }}
}

func labels(by map[*market]string) map[string]*market {
	all := make(map[string]*market)
	for m, list := range by {
		for label := range strings.SplitSeq(list, "|") {
			all[strings.TrimSpace(label)] = m
		}
	}
	return all
}

// tight are the labels after which a code may follow without brackets and without a space.
var tight = set(`NASDAQ NYSE AMEX NYSEARCA NYSEAMERICAN OTCMKTS HKEX SEHK HKG SSE SZSE SHSE TYO LSE LON XETRA ETR TSX TSXV ASX KRX TWSE TPE SGX`)

// marketOf reads a label; nil for one that names no market.
func marketOf(label string) *market {
	if len(label) > 60 {
		return nil
	}
	l := strings.Join(strings.Fields(strings.ToLower(label)), " ")
	for range 4 {
		if m := markets[l]; m != nil {
			return m
		}
		was := l
		for _, w := range [...]string{"ticker symbol", "ticker", "symbol", "stock code", "code", "上市编号", "上市編號", "股票代码", "证券代码", "股份代号", "股份代號", "股票代號", "交易代码", "上市代码", "代码", "代號", "代号", "上市", "股票"} {
			if l = strings.TrimSpace(strings.TrimSuffix(l, w)); l != was {
				break
			}
		}
		l = strings.TrimPrefix(l, "the ")
		if l == was || l == "" {
			return nil
		}
	}
	return nil
}

// suffixed is the symbol of a code with its market behind it. Inside brackets more is believed.
func suffixed(t string, inBrackets bool) string {
	i := strings.LastIndexByte(t, '.')
	if i < 1 || len(t)-i > 4 {
		return ""
	}
	code := t[:i]
	switch t[i+1:] {
	case "SH", "SS":
		return with(six(code, "012569"), ".SH")
	case "SZ":
		return with(six(code, "0123"), ".SZ")
	case "BJ":
		return with(six(code, "489"), ".BJ")
	case "HK":
		if inBrackets {
			return with(hkCode(code, 1), ".HK")
		}
		return with(hkCode(code, 4), ".HK")
	}
	if !inBrackets {
		return ""
	}
	switch t[i+1:] {
	case "T", "JP":
		return with(tokyoCode(code), ".T")
	case "KS", "KQ", "KR":
		return with(six(code, "0123456789"), ".KR")
	case "TW", "TWO":
		return with(number(code, 4), ".TW")
	case "US":
		return with(usCode(code), ".US")
	case "O", "OQ", "N":
		return reuters(code)
	case "L":
		return with(word(code, 2, 4), ".L")
	case "AX":
		return with(word(code, 3, 4), ".AX")
	case "SA":
		return with(saoCode(code), ".SA")
	}
	return ""
}

// reuters is a code of Reuters for an American exchange; a small letter at its end is a class.
func reuters(code string) string {
	n := len(code)
	if n > 2 && code[n-1] >= 'a' && code[n-1] <= 'z' && letters(code[:n-1]) && n <= 6 {
		return code[:n-1] + "-" + strings.ToUpper(code[n-1:]) + ".US"
	}
	if n < 2 || n > 5 || !letters(code) {
		return ""
	}
	return code + ".US"
}

// prefixed is the symbol of a code with its market before it, as Chinese quote services write them: SH600519, HK.00700.
func prefixed(t string, inBrackets bool) string {
	if len(t) < 6 {
		return ""
	}
	market, code := t[:2], t[2:]
	if code[0] == '.' || code[0] == ':' {
		code = code[1:]
	}
	if inBrackets {
		market = strings.ToUpper(market)
	}
	switch market {
	case "SH":
		return with(six(code, "569"), ".SH")
	case "SZ":
		if len(code) == 6 && (code[:2] == "00" || code[:2] == "30" || code[:2] == "20" || code[:2] == "15" || code[:2] == "39") {
			return with(six(code, "0123"), ".SZ")
		}
	case "BJ":
		if beijingCode(code) {
			return with(six(code, "489"), ".BJ")
		}
	case "HK":
		if len(code) == 5 && (inBrackets || code[0] == '0') {
			return with(hkCode(code, 5), ".HK")
		}
	case "US":
		if inBrackets && t[2] == '.' {
			return with(usCode(code), ".US")
		}
	}
	return ""
}

// chinaSymbol finds the market by the number, for instruments that have no other: six digits of the mainland, five of
// Hong Kong.
func chinaSymbol(code string) string {
	if len(code) == 5 {
		return with(hkCode(code, 5), ".HK")
	}
	if len(code) != 6 || !digits(code) {
		return ""
	}
	switch p := code[:3]; {
	case strings.Contains("600 601 603 605 688 689 900 110 111 113 118 510 511 512 513 515 516 517 518 560 561 562 563 588", p):
		return code + ".SH"
	case strings.Contains("000 001 002 003 300 301 200 123 127 128 159", p):
		return code + ".SZ"
	case beijingCode(code):
		return code + ".BJ"
	}
	return ""
}

func beijingCode(code string) bool {
	return len(code) == 6 && strings.Contains("43 83 87 88 92", code[:2])
}

func with(code, suffix string) string {
	if code == "" {
		return ""
	}
	return code + suffix
}

// six is a code of six digits that begins with one of first.
func six(s, first string) string {
	if len(s) != 6 || !digits(s) || strings.IndexByte(first, s[0]) < 0 {
		return ""
	}
	return s
}

func number(s string, n int) string {
	if len(s) != n || !digits(s) {
		return ""
	}
	return s
}

// hkCode is a code of Hong Kong of at least so many digits, filled up to five.
func hkCode(s string, least int) string {
	if len(s) < least || len(s) > 5 || !digits(s) || strings.Trim(s, "0") == "" {
		return ""
	}
	return "00000"[len(s):] + s
}

// tokyoCode is four digits, the last of which may be a letter.
func tokyoCode(s string) string {
	if len(s) != 4 || !digits(s[:3]) || s[0] == '0' || !digits(s[3:]) && !letters(s[3:]) {
		return ""
	}
	return s
}

// usCode is one to five letters and perhaps a class, which comes to stand behind a hyphen.
func usCode(s string) string { return classed(s, 5) }

func classed(s string, most int) string {
	i := strings.IndexAny(s, ".-")
	if i < 0 {
		if len(s) > most || !letters(s) {
			return ""
		}
		return s
	}
	base, class := s[:i], s[i+1:]
	if len(base) > most || !letters(base) || len(class) > 2 || !letters(class) {
		return ""
	}
	return base + "-" + class
}

// saoCode is four letters and a number, as in PETR4.
func saoCode(s string) string {
	if len(s) < 5 || len(s) > 6 || !letters(s[:4]) || !digits(s[4:]) {
		return ""
	}
	return s
}

// word is capitals and digits, one capital at least.
func word(s string, least, most int) string {
	if len(s) < least || len(s) > most || digits(s) {
		return ""
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return ""
		}
	}
	return s
}
