package symbol

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// bracket looks at what stands between a bracket at i and the next one.
func (f *finder) bracket(s string, i int) {
	inside := head(s[i+1:], maxBracket)
	end := strings.IndexAny(inside, "()[]\n")
	if end < 0 {
		return
	}
	closed := inside[end] == ')' || inside[end] == ']'
	inside = inside[:end]
	if strings.Contains(inside, "://") || inside == "" {
		return
	}
	if digits(inside) {
		if closed {
			f.add(chinese(s[:i], inside, s[i+2+end:]))
		}
		return
	}
	f.pieces(inside, closed)
}

// pieces reads "NYSE: BRK.A, BRK.B; LSE: VOD": a label holds until the next one.
func (f *finder) pieces(inside string, closed bool) {
	var m *market
	national := false // a code of Bombay was there: NSE is India's
	for _, piece := range split(inside) {
		label, code, named := cutLast(piece)
		if named {
			m = marketOf(label)
		} else {
			code = piece
		}
		code = strings.TrimSpace(code)
		if sym := suffixed(code, closed); sym != "" {
			f.add(sym)
			continue
		}
		if sym := prefixed(code, closed); sym != "" {
			f.add(sym)
			continue
		}
		if m == nil || !named && (after[code] || year(code)) {
			continue
		}
		code = m.moved(code)
		sym := m.symbol(code)
		if m.suffix == ".NS" && !national {
			sym = ""
		}
		national = national || m.suffix == ".BO" && sym != ""
		f.add(sym)
	}
}

var ands = strings.NewReplacer(" and ", ",", " & ", ",", "和", ",", "及", ",", "与", ",", ";", ",", "|", ",", "/", ",")

// split parts a bracket at commas, semicolons, slashes and words that mean "and".
func split(s string) []string {
	s = ands.Replace(s)
	all := strings.Split(s, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// cutLast cuts at the last colon: "Company: NYSE: ABC" has its label in the middle.
func cutLast(piece string) (label, code string, ok bool) {
	i := strings.LastIndexByte(piece, ':')
	if i < 0 {
		return "", "", false
	}
	label = piece[:i]
	if j := strings.LastIndexByte(label, ':'); j >= 0 {
		label = label[j+1:]
	}
	return label, piece[i+1:], true
}

// moved drops the move of the day behind a code (UP alone is both a code and a move), and joins the class of Nordic shares to it: "ERIC B".
func (m *market) moved(code string) string {
	code, rest, ok := strings.Cut(code, " ")
	if !ok {
		return code
	}
	rest = strings.TrimSpace(rest)
	switch {
	case m.classes && len(rest) == 1 && letters(rest):
		return code + "-" + rest
	case code != "UP" && strings.HasSuffix(rest, "%") && strings.Trim(rest, "+-−▲▼.0123456789%") == "":
		return code
	}
	return code + " " + rest
}

// after are words in capitals that follow a symbol in a bracket and are none.
var after = set(`USA US UK EU UN CEO CFO COO CTO IPO INC LLC LTD PLC CO CORP ADR ADS ADRS ETF ETFS AI EV AP AFP NYSE NASDAQ AMEX OTC LSE
	TSX HKEX ASX SEC FDA FTC DOJ GAAP EPS YTD ET EST EDT GMT UTC CET USD EUR GBP CNY RMB HKD JPY CAD AUD A I AND OR THE ESG CLASS COM NEW NA
	N OLD AKA DBA PR Q FY BUY SELL HOLD TO VS S P`)

// never are words that follow an exchange and are no symbols.
var never = set(`DOWN FLAT TBD TBA NONE INDEX IXIC NDX NYA NYSE NASDAQ CEO CFO IPO USA INC XXX XXXX`)

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

func year(code string) bool {
	return len(code) == 4 && (code[:2] == "19" || code[:2] == "20") && digits(code)
}

// chinese is the symbol of digits alone in brackets, as in 贵州茅台(600519): a Chinese name must stand before it, and near
// by an exchange that fits the number.
func chinese(before, code, behind string) string {
	if len(code) != 6 && !(len(code) == 5 && code[0] == '0') || !named(before) {
		return ""
	}
	if next, _ := utf8.DecodeRuneInString(behind); strings.ContainsRune("号元万亿股人年吨件字", next) {
		return ""
	}
	around := sentenceTail(tail(before, 120)) + sentenceHead(head(behind, 90))
	sym := anyChina.symbol(code)
	specific, fits := false, false
	for _, e := range evidence {
		if strings.Contains(around, e.word) {
			specific = specific || e.suffix != ""
			fits = fits || e.suffix != "" && strings.HasSuffix(sym, e.suffix)
		}
	}
	if sym == "" || specific && !fits {
		return ""
	}
	if !specific && (len(code) == 5 || !strings.Contains(around, "A股") && !strings.Contains(around, "沪深")) {
		return ""
	}
	return sym
}

var evidence = []struct{ word, suffix string }{
	{"上交所", ".SH"},
	{"上海证券交易所", ".SH"},
	{"沪市", ".SH"},
	{"科创板", ".SH"},
	{"深交所", ".SZ"},
	{"深圳证券交易所", ".SZ"},
	{"深市", ".SZ"},
	{"创业板", ".SZ"},
	{"北交所", ".BJ"},
	{"北京证券交易所", ".BJ"},
	{"港交所", ".HK"},
	{"联交所", ".HK"},
	{"聯交所", ".HK"},
	{"港股", ".HK"},
	{"H股", ".HK"},
}

// named says whether a text ends with what may be a company's name: two Chinese characters, and no address or number.
func named(before string) bool {
	last, size := utf8.DecodeLastRuneInString(before)
	if !unicode.Is(unicode.Han, last) || strings.ContainsRune("市区县路号街镇乡村编室省楼邮第码话约共计达为是至和及与或", last) {
		return false
	}
	last, _ = utf8.DecodeLastRuneInString(before[:len(before)-size])
	if !unicode.Is(unicode.Han, last) {
		return false
	}
	for _, e := range evidence {
		if strings.HasSuffix(before, e.word) {
			return false
		}
	}
	near := tail(before, 36)
	for _, w := range [...]string{"邮编", "邮政", "编号", "文号", "批号", "电话", "地址", "基金"} {
		if strings.Contains(near, w) {
			return false
		}
	}
	return true
}

func sentenceTail(s string) string {
	if i := strings.LastIndexAny(s, "。！？\n"); i >= 0 {
		return s[i:]
	}
	return s
}

func sentenceHead(s string) string {
	if i := strings.IndexAny(s, "。！？\n"); i >= 0 {
		return s[:i]
	}
	return s
}
