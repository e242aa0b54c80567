package feed

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// charsetTexts are finance news in twelve languages, with the character sets that each is written in. A body is one
// paragraph: shorter than any real feed, so that guessing is no easier than in life.
var charsetTexts = []struct {
	lang, title, body string
	charsets          string
}{
	{"zh-CN", "财经要闻：央行下调存款准备金率", "证券时报网讯，中国人民银行今日宣布，决定下调金融机构存款准备金率0.25个百分点，释放长期资金约5000亿元。沪深两市主要股指午后走高，上证指数收涨1.2%。", "gb2312 gbk gb18030"},
	{"zh-CN", "A股三大指数集体收跌", "截至收盘，沪指跌0.86%，深成指跌1.37%。盘面上，煤炭、银行等板块涨幅居前，半导体、光伏设备板块跌幅居前。两市成交额不足八千亿元，较上一个交易日缩量。", "gb2312 gbk gb18030"},
	{"zh-TW", "台積電第三季營收創歷史新高", "經濟日報報導，台積電公布第三季合併營收，較去年同期成長約三成，創下單季歷史新高紀錄。外資法人上調目標價，股價開高走高，帶動加權指數上漲逾兩百點，成交量放大。", "big5 big5-hkscs"},
	{"zh-HK", "恒指收市升二百點", "港股今日高開，恒生指數升幅擴大至逾一個百分點，科技股領漲，騰訊及阿里巴巴齊升。大市成交額超過一千億港元，南向資金淨流入約三十億元。", "big5 big5-hkscs"},
	{"ja", "日銀が金融政策を維持、円相場は小幅安", "日本銀行は金融政策決定会合で現状維持を決めた。東京株式市場で日経平均株価は続伸し、終値は前日比二百円高となった。市場では今後の利上げ時期をめぐる見方が交錯している。", "shift_jis euc-jp iso-2022-jp"},
	{"ja", "トヨタ、純利益が過去最高を更新", "トヨタ自動車が発表した決算は、純利益が前の年を上回り過去最高となった。円安の進行で輸出の採算がよくなったうえ、北米でハイブリッド車の販売が伸びた。", "shift_jis euc-jp iso-2022-jp"},
	{"ko", "코스피 상승 마감, 외국인 순매수 이어져", "한국거래소에 따르면 코스피 지수는 전 거래일보다 상승한 채 거래를 마쳤다. 외국인 투자자가 순매수를 이어간 가운데 반도체 업종이 강세를 보였다. 원달러 환율은 하락했다.", "euc-kr"},
	{"ko", "삼성전자 3분기 영업이익 시장 기대 웃돌아", "삼성전자가 3분기 실적을 발표했다. 메모리 가격이 오르면서 영업이익이 지난해 같은 기간보다 두 배 가까이 늘었다. 증권사들은 목표 주가를 올렸다.", "euc-kr"},
	{"ru", "Банк России сохранил ключевую ставку", "Совет директоров Банка России принял решение сохранить ключевую ставку. Рубль укрепился к доллару, индекс Мосбиржи вырос на торгах в пятницу, сообщили участники рынка.", "windows-1251 koi8-r iso-8859-5"},
	{"ru", "Нефть дешевеет на фоне роста запасов", "Цены на нефть снижаются во вторник. Инвесторы оценивают данные о запасах в США, которые выросли сильнее прогноза аналитиков. Курс доллара почти не изменился.", "windows-1251 koi8-r iso-8859-5"},
	{"ar", "البنك المركزي يرفع أسعار الفائدة", "أعلن البنك المركزي رفع أسعار الفائدة ربع نقطة مئوية، وارتفعت مؤشرات الأسهم في ختام تعاملات اليوم وسط إقبال من المستثمرين على أسهم البنوك والطاقة.", "windows-1256 iso-8859-6"},
	{"ar", "النفط يصعد بعد قرار أوبك", "ارتفعت أسعار النفط في التعاملات المبكرة بعد أن قررت الدول المنتجة تمديد خفض الإنتاج حتى نهاية العام، فيما تراجع الذهب مع صعود الدولار.", "windows-1256 iso-8859-6"},
	{"el", "Η κεντρική τράπεζα διατήρησε τα επιτόκια", "Η κεντρική τράπεζα αποφάσισε να διατηρήσει αμετάβλητα τα επιτόκια, ενώ το χρηματιστήριο έκλεισε με άνοδο και οι αποδόσεις των ομολόγων υποχώρησαν.", "windows-1253 iso-8859-7"},
	{"el", "Άνοδος στο Χρηματιστήριο Αθηνών", "Με κέρδη έκλεισε σήμερα το χρηματιστήριο, καθώς οι τράπεζες κινήθηκαν ανοδικά. Ο γενικός δείκτης έφθασε στο υψηλότερο επίπεδο του έτους.", "windows-1253 iso-8859-7"},
	{"he", "בנק ישראל הותיר את הריבית ללא שינוי", "בנק ישראל החליט להותיר את הריבית ללא שינוי, והבורסה בתל אביב ננעלה בעליות שערים קלות בהובלת מניות הבנקים והנדלן.", "windows-1255 iso-8859-8"},
	{"he", "השקל התחזק מול הדולר", "השקל המשיך להתחזק מול הדולר ביום שלישי, לאחר פרסום נתוני האינפלציה. משקיעים זרים רכשו אגרות חוב ממשלתיות, כך אמרו סוחרים.", "windows-1255 iso-8859-8"},
	{"de", "Börse: DAX schließt über 18.000 Punkten", "Der Leitindex gewann 0,8 Prozent. Große Käufe kamen aus dem Ausland – Händler sprachen von „überraschend“ guten Zahlen für Österreich.", "windows-1252"},
	{"de", "Höhere Zölle drücken Gewinne", "Die Maßnahmen belasten mehrere Händler; für das laufende Jahr erwartet der Vorstand trotzdem ein kräftiges Plus in den Märkten außerhalb Europas.", "windows-1252 iso-8859-1 iso-8859-15"},
	{"fr", "La Bourse de Paris clôture en légère hausse", "Le CAC 40 a gagné 0,3 % à la clôture, porté par les valeurs bancaires. Les investisseurs ont été rassurés par les résultats du troisième trimestre publiés à Genève.", "windows-1252 iso-8859-1 iso-8859-15"},
	{"es", "El Ibex sube un 1 % y España coloca deuda", "La Bolsa española cerró la sesión con una subida del 1 %, según los analistas. Mañana se conocerá la inflación; el año pasado alcanzó su máximo en décadas.", "windows-1252 iso-8859-1"},
	{"pl", "Giełda: WIG20 zakończył sesję na plusie", "Indeks największych spółek wzrósł o 1,1 procent. Złoty umocnił się wobec euro, a rentowność obligacji dziesięcioletnich spadła.", "windows-1250 iso-8859-2"},
	{"pl", "Rada Polityki Pieniężnej bez zmian stóp", "Rada utrzymała stopy procentowe na dotychczasowym poziomie. Prezes banku centralnego powiedział, że inflacja będzie się obniżać wolniej, niż wcześniej sądzono. Spółki zależne też tracą.", "windows-1250 iso-8859-2"},
	{"cs", "Česká koruna posílila vůči euru", "Pražská burza dnes rostla, dařilo se hlavně bankám a energetické společnosti. Analytici očekávají, že centrální banka příští týden sníží úrokové sazby o čtvrt procentního bodu.", "windows-1250 iso-8859-2"},
	{"hu", "Erősödött a forint, esett a tőzsde", "A jegybank döntése után erősödött a forint az euróval szemben. A budapesti értéktőzsde mutatója csökkent, a legtöbb részvény ára visszaesett a délutáni kereskedésben.", "windows-1250 iso-8859-2"},
	{"tr", "Merkez Bankası faizi değiştirmedi", "Para Politikası Kurulu politika faizini sabit tuttu. Borsa İstanbul güne yükselişle başladı, döviz kurları geriledi, yatırımcılar açıklamayı bekliyor.", "windows-1254 iso-8859-9"},
	{"tr", "Borsa günü düşüşle tamamladı", "Bankacılık hisseleri değer kaybetti, altın fiyatları ise yükseldi. Uzmanlar yılın ikinci yarısında enflasyonun gerileyeceğini, dış ticaret açığının da azalacağını öngörüyor.", "windows-1254 iso-8859-9"},
	{"th", "ธนาคารแห่งประเทศไทยคงอัตราดอกเบี้ย", "คณะกรรมการนโยบายการเงินมีมติคงอัตราดอกเบี้ยนโยบาย ดัชนีตลาดหลักทรัพย์ปิดบวก นักลงทุนต่างชาติซื้อสุทธิหุ้นกลุ่มธนาคารและพลังงาน", "windows-874 tis-620"},
	{"th", "ตลาดหุ้นไทยปิดลบ", "ดัชนีปรับตัวลดลงตามตลาดต่างประเทศ หลังนักลงทุนกังวลเรื่องเศรษฐกิจชะลอตัว ขณะที่ราคาทองคำในประเทศปรับขึ้นบาทละสองร้อยบาท", "windows-874 tis-620"},
	{"uk", "Гривня зміцнилася до долара", "Національний банк підвищив облікову ставку. Курс гривні на міжбанківському ринку зріс, а індекс української біржі знизився за підсумками торгів у п’ятницю.", "windows-1251"},
	{"vi", "Chứng khoán tăng điểm", "Tất cả đều tăng.", ""},
}

func TestParseKnowsCharsets(t *testing.T) {
	t.Parallel()
	for n, x := range charsetTexts {
		sets := strings.Fields(x.charsets + " utf-8 utf-16le utf-16be utf-32le utf-32be utf-16le-bom utf-16be-bom utf-32le-bom utf-32be-bom")
		for _, set := range sets {
			enc := testEncoding(t, set)
			for _, how := range []string{"xml", "http", "none", "no-language", "lie", "wronghttp", "wrongxml"} {
				if strings.HasPrefix(set, "utf") && how != "xml" && how != "none" && how != "wronghttp" {
					continue
				}
				t.Run(fmt.Sprintf("%s %d in %s, declared %s", x.lang, n, set, how), func(t *testing.T) {
					t.Parallel()
					checkCharset(t, enc, set, how, x.lang, x.title, x.body)
				})
			}
		}
	}
}

func checkCharset(t *testing.T, enc encoding.Encoding, set, how, lang, title, body string) {
	label, _, _ := strings.Cut(set, "-bom")
	decl, language, contentType := "", "<language>"+lang+"</language>", ""
	switch how {
	case "xml":
		decl = ` encoding="` + label + `"`
	case "http":
		contentType = "text/xml; charset=" + label
	case "no-language":
		language = ""
	case "lie":
		decl = ` encoding="` + label + `"`
		enc = encoding.Nop
	case "wronghttp":
		decl = ` encoding="` + label + `"`
		contentType = "text/xml; charset=utf-8"
	case "wrongxml":
		decl = ` encoding="utf-8"`
		contentType = "text/xml; charset=" + label
	}
	doc := `<?xml version="1.0"` + decl + "?>\n<rss version=\"2.0\"><channel><title>" + title + "</title><link>https://feed.test/</link>" + language +
		"<item><title>" + title + "</title><link>https://feed.test/1</link><description><![CDATA[<p>" + body + "</p>]]></description></item></channel></rss>\n"
	raw, err := enc.NewEncoder().String(doc)
	if err != nil {
		t.Skipf("%s cannot write this text: %v", set, err)
	}
	f, err := Parse([]byte(raw), Input{URL: "https://feed.test/", Header: http.Header{"Content-Type": {contentType}}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Title != title || len(f.Items) != 1 || f.Items[0].Summary != "<p>"+body+"</p>" {
		t.Errorf("got title %q; want %q", f.Title, title)
	}
}

func testEncoding(t *testing.T, set string) encoding.Encoding {
	t.Helper()
	switch set {
	case "utf-8":
		return encoding.Nop
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-16le-bom":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16be-bom":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf-32le-bom":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "utf-32be-bom":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	}
	enc, _ := lookup(set)
	if enc == nil {
		t.Fatalf("no encoding %s", set)
	}
	return enc
}
