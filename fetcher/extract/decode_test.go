package extract_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/feedfolio/feedfolio/fetcher/extract"
)

const (
	hans = "临港新区管理委员会公布，今年前九个月，区内企业完成固定资产投资三百亿元，同比增长百分之十一，其中设备更新投资占四成以上。"
	hant = "臺灣證券交易所今日公布，本年度前九個月上市公司的營業收入較去年同期成長百分之十一，其中電子業的貢獻最大。"
	kana = "東京証券取引所は十八日、上場企業の九月中間決算の集計を公表した。純利益の合計は前年同期に比べて一割増え、過去最高となった。"
	hang = "한국은행은 십팔일 기준금리를 현재 수준에서 유지하기로 결정했다고 밝혔다. 시장에서는 이번 결정이 예상에 부합한다고 평가했다."
	cyr  = "Центральный банк сохранил ключевую ставку на прежнем уровне, говорится в сообщении регулятора. Рынок ожидал такого решения."
	west = "Die Börse schloß fester: Größere Käufe ließen die Kurse am späten Nachmittag über die Schwelle steigen."
)

func TestDecode(t *testing.T) {
	t.Parallel()
	page := func(declared, text string) string {
		if declared != "" {
			declared = `<meta charset="` + declared + `">`
		}
		return "<html><head>" + declared + "<title>x</title></head><body><p>" + text + "</p></body></html>"
	}
	for _, tt := range []struct {
		name, text, declared, http string
		enc                        encoding.Encoding
		charset, why               string
	}{
		{"UTF-8 that is declared as gbk is UTF-8", hans, "gbk", "", encoding.Nop, "utf-8", "utf-8 valid"},
		{"UTF-8 that HTTP calls ISO-8859-1 is UTF-8", west, "", "text/html; charset=iso-8859-1", encoding.Nop, "utf-8", "utf-8 valid"},
		{"gb2312 is read as GB 18030", hans, "gb2312", "", simplifiedchinese.GBK, "gb18030", "declared"},
		{"GBK that is declared as UTF-8 is guessed", hans, "utf-8", "", simplifiedchinese.GBK, "gb18030", "guessed"},
		{"GBK without a declaration is guessed", hans, "", "", simplifiedchinese.GBK, "gb18030", "guessed"},
		{"HTTP comes before the declaration", hans, "big5", "text/html; charset=gbk", simplifiedchinese.GBK, "gb18030", "http"},
		{"GBK that HTTP calls ISO-8859-1 is what it declares", hans, "gbk", "text/html; charset=ISO-8859-1", simplifiedchinese.GBK, "gb18030", "declared"},
		{"GBK that is called ISO-8859-1 twice is guessed", hans, "iso-8859-1", "text/html; charset=ISO-8859-1", simplifiedchinese.GBK, "gb18030", "guessed"},
		{"Cyrillic that HTTP calls windows-1252 is what it declares", cyr, "windows-1251", "text/html; charset=windows-1252", charmap.Windows1251, "windows-1251", "declared"},
		{"accents are what HTTP calls them", west, "", "text/html; charset=iso-8859-15", charmap.ISO8859_15, "iso-8859-15", "http"},
		{"a four-byte character of GB 18030 is read", hans + "𠮷", "gb2312", "", simplifiedchinese.GB18030, "gb18030", "declared"},
		{"Big5 is declared", hant, "big5", "", traditionalchinese.Big5, "big5", "declared"},
		{"Big5 is guessed", hant, "", "", traditionalchinese.Big5, "big5", "guessed"},
		{"Shift-JIS is guessed", kana, "", "", japanese.ShiftJIS, "shift_jis", "guessed"},
		{"EUC-JP is guessed", kana, "", "", japanese.EUCJP, "euc-jp", "guessed"},
		{"EUC-KR is guessed", hang, "", "", korean.EUCKR, "euc-kr", "guessed"},
		{"windows-1251 is guessed", cyr, "", "", charmap.Windows1251, "windows-1251", "guessed"},
		{"KOI8-R is guessed", cyr, "", "", charmap.KOI8R, "koi8-r", "guessed"},
		{"windows-1252 is the last resort", west, "", "", charmap.Windows1252, "windows-1252", "guessed"},
		{"a byte order mark settles it", hans, "gbk", "", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16le", "bom"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, err := tt.enc.NewEncoder().String(page(tt.declared, tt.text))
			if err != nil {
				t.Fatal(err)
			}
			h := http.Header{}
			if tt.http != "" {
				h.Set("Content-Type", tt.http)
			}
			out, charset, why := extract.Decode([]byte(in), h)
			if !strings.Contains(string(out), tt.text) || charset != tt.charset || why != tt.why {
				t.Errorf("Decode = %.120q, %q, %q; want the text, %q, %q", out, charset, why, tt.charset, tt.why)
			}
		})
	}
}

func TestDecodeMendsDamagedUTF8(t *testing.T) {
	t.Parallel()
	out, charset, _ := extract.Decode([]byte("<p>"+strings.Repeat(hans, 3)+"\xff\xfe</p>"), nil)
	if charset != "utf-8" || !strings.Contains(string(out), hans) || !utf8.Valid(out) {
		t.Errorf("Decode = %.60q, %q; want valid UTF-8", out, charset)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(hans), "text/html; charset=gbk")
	f.Add([]byte("\xff\xfe\x00"), "")
	f.Add([]byte("<?xml encoding='utf-16'?><meta charset=x>"), "text/html; charset=\"")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		out, charset, why := extract.Decode(body, http.Header{"Content-Type": {contentType}})
		if !utf8.Valid(out) || charset == "" || why == "" {
			t.Errorf("Decode(%q, %q) = %q, %q, %q; want valid UTF-8 and names", body, contentType, out, charset, why)
		}
	})
}
