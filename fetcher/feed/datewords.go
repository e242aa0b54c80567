package feed

import (
	"strings"
	"time"
)

var (
	china = time.FixedZone("CST", 8*3600)
	japan = time.FixedZone("JST", 9*3600)
)

// months has the names of the months in lower case: in full, in the case a date takes, and shortened. Names that two
// languages give to different months are in croatian, and need the language.
var months = monthTable(`
en january jan | february feb | march mar | april apr | may | june jun | july jul | august aug | september sep sept | october oct | november nov | december dec
de januar jänner jaenner jän | februar feber | märz maerz mär mrz mrt | april | mai | juni | juli | august | september | oktober okt | november | dezember dez
fr janvier janv | février fevrier févr fevr fév fév | mars | avril avr | mai | juin | juillet juil | août aout aoû | septembre | octobre | novembre | décembre decembre déc
es enero ene | febrero | marzo | abril abr | mayo | junio | julio | agosto ago | septiembre setiembre set | octubre | noviembre | diciembre dic
it gennaio genn gen | febbraio febbr | marzo | aprile | maggio magg mag | giugno giu | luglio lug | agosto | settembre sett | ottobre ott | novembre | dicembre
pt janeiro | fevereiro fev | março marco | abril | maio | junho | julho | agosto | setembro | outubro out | novembro | dezembro
ca gener | febrer | març | abril | maig | juny | juliol | agost | setembre | octubre | novembre | desembre des
ro ianuarie ian | februarie | martie | aprilie | mai | iunie iun | iulie iul | august | septembrie | octombrie | noiembrie noi | decembrie
nl januari | februari | maart | april | mei | juni | juli | augustus | september | oktober | november | december
sv januari | februari | mars | april | maj | juni | juli | augusti | september | oktober | november | december
da januar | februar | marts | april | maj | juni | juli | august | september | oktober | november | december
no januar | februar | mars | april | mai | juni | juli | august | september | oktober | november | desember
fi tammikuuta tammikuu tammi | helmikuuta helmikuu helmi | maaliskuuta maaliskuu maalis | huhtikuuta huhtikuu huhti | toukokuuta toukokuu touko | kesäkuuta kesäkuu kesä | heinäkuuta heinäkuu heinä | elokuuta elokuu elo | syyskuuta syyskuu syys | lokakuuta lokakuu loka | marraskuuta marraskuu marras | joulukuuta joulukuu joulu
et jaanuar | veebruar | märts | aprill | mai | juuni | juuli | august | september | oktoober | november | detsember
lv janvāris janvārī janv | februāris februārī | marts martā | aprīlis aprīlī | maijs maijā | jūnijs jūnijā | jūlijs jūlijā | augusts augustā | septembris septembrī | oktobris oktobrī | novembris novembrī | decembris decembrī
lt sausio sausis | vasario vasaris | kovo kovas | balandžio balandis | gegužės gegužė | birželio birželis | liepos liepa | rugpjūčio rugpjūtis | rugsėjo rugsėjis | spalio spalis | lapkričio lapkritis | gruodžio gruodis
pl stycznia styczeń sty | lutego luty lut | marca marzec | kwietnia kwiecień kwi | maja maj | czerwca czerwiec cze | lipca lipiec lip | sierpnia sierpień sie | września wrzesień wrz | października październik paź paz | listopada listopad lis | grudnia grudzień gru
cs ledna leden led | února únor úno | března březen bře | dubna duben dub | května květen kvě | června červen čer čvn | července červenec čvc | srpna srpen srp | září zář | října říjen říj | listopadu listopad | prosince prosinec pro
sk januára január | februára február | marca marec | apríla apríl | mája máj | júna jún | júla júl | augusta august | septembra september | októbra október | novembra november | decembra december
hu január jan | február febr | március márc | április ápr | május máj | június jún | július júl | augusztus | szeptember szept | október | november | december
sl januarja | februarja | marca | aprila | maja | junija | julija | avgusta avg | septembra | oktobra | novembra | decembra
sr јануар јануара | фебруар фебруара | март марта | април априла | мај маја | јун јуна | јул јула | август августа | септембар септембра | октобар октобра | новембар новембра | децембар децембра
sq janar | shkurt shk | mars | prill pri | maj | qershor qer | korrik kor | gusht gush | shtator shta | tetor tet | nëntor nën | dhjetor dhj
tr ocak oca | şubat subat şub | mart | nisan nis | mayıs mayis | haziran haz | temmuz tem | ağustos agustos ağu | eylül eylul eyl | ekim eki | kasım kasim kas | aralık aralik ara
az yanvar | fevral | mart | aprel | may | iyun | iyul | avqust | sentyabr | oktyabr | noyabr | dekabr
id januari | februari | maret | april | mei | juni | juli | agustus agu ags agt | september | oktober | november nop | desember
ms januari | februari | mac | april | mei | jun | julai | ogos ogo | september | oktober | november | disember dis
vi tháng_một | tháng_hai | tháng_ba | tháng_tư | tháng_năm | tháng_sáu | tháng_bảy | tháng_tám | tháng_chín | tháng_mười | tháng_mười_một | tháng_mười_hai
ru января январь янв | февраля февраль фев февр | марта март мар | апреля апрель апр | мая май | июня июнь июн | июля июль июл | августа август авг | сентября сентябрь сен сент | октября октябрь окт | ноября ноябрь ноя нояб | декабря декабрь дек
uk січня січень січ | лютого лютий лют | березня березень бер | квітня квітень квіт кві | травня травень трав тра | червня червень черв чер | липня липень лип | серпня серпень серп сер | вересня вересень вер | жовтня жовтень жовт жов | листопада листопад лист лис | грудня грудень груд гру
be студзеня | лютага | сакавіка | красавіка | мая | чэрвеня | ліпеня | жніўня | верасня | кастрычніка | лістапада | снежня
bg януари яну | февруари | март | април | май | юни | юли | август | септември септ | октомври | ноември | декември
el ιανουαρίου ιανουάριος ιαν | φεβρουαρίου φεβρουάριος φεβ φεβρ | μαρτίου μάρτιος μαρ μάρ | απριλίου απρίλιος απρ | μαΐου μάιος μαΐ μάι μαι μαϊ | ιουνίου ιούνιος ιουν ιούν | ιουλίου ιούλιος ιουλ ιούλ | αυγούστου αύγουστος αυγ αύγ | σεπτεμβρίου σεπτέμβριος σεπ σεπτ | οκτωβρίου οκτώβριος οκτ | νοεμβρίου νοέμβριος νοε νοέ νοεμ | δεκεμβρίου δεκέμβριος δεκ
he ינואר בינואר | פברואר בפברואר | מרץ במרץ מרס | אפריל באפריל | מאי במאי | יוני ביוני | יולי ביולי | אוגוסט באוגוסט | ספטמבר בספטמבר | אוקטובר באוקטובר | נובמבר בנובמבר | דצמבר בדצמבר
ar يناير كانون_الثاني | فبراير شباط | مارس آذار | أبريل ابريل إبريل نيسان | مايو أيار ايار | يونيو حزيران | يوليو تموز | أغسطس اغسطس آب | سبتمبر أيلول ايلول | أكتوبر اكتوبر تشرين_الأول | نوفمبر تشرين_الثاني | ديسمبر كانون_الأول
fa ژانویه | فوریه | مارس | آوریل | مه | ژوئن | ژوئیه | اوت | سپتامبر | اکتبر | نوامبر | دسامبر
hi जनवरी | फ़रवरी फरवरी | मार्च | अप्रैल | मई | जून | जुलाई | अगस्त | सितंबर सितम्बर | अक्टूबर अक्तूबर | नवंबर नवम्बर | दिसंबर दिसम्बर
bn জানুয়ারি জানুয়ারী | ফেব্রুয়ারি | মার্চ | এপ্রিল | মে | জুন | জুলাই | আগস্ট | সেপ্টেম্বর | অক্টোবর | নভেম্বর | ডিসেম্বর
th มกราคม ม.ค | กุมภาพันธ์ ก.พ | มีนาคม มี.ค | เมษายน เม.ย | พฤษภาคม พ.ค | มิถุนายน มิ.ย | กรกฎาคม ก.ค | สิงหาคม ส.ค | กันยายน ก.ย | ตุลาคม ต.ค | พฤศจิกายน พ.ย | ธันวาคม ธ.ค
ka იანვარი | თებერვალი | მარტი | აპრილი | მაისი | ივნისი | ივლისი | აგვისტო | სექტემბერი | ოქტომბერი | ნოემბერი | დეკემბერი
eu urtarrilaren urtarrila | otsailaren otsaila | martxoaren martxoa | apirilaren apirila | maiatzaren maiatza | ekainaren ekaina | uztailaren uztaila | abuztuaren abuztua | irailaren iraila | urriaren urria | azaroaren azaroa | abenduaren abendua
gl xaneiro xan | febreiro | marzo | abril | maio | xuño | xullo | agosto | setembro | outubro | novembro | decembro
is janúar | febrúar | mars | apríl | maí | júní | júlí | ágúst | september | október | nóvember | desember
ga eanáir | feabhra | márta | aibreán | bealtaine | meitheamh | iúil | lúnasa | meán_fómhair | deireadh_fómhair | samhain | nollaig
cy ionawr | chwefror | mawrth | ebrill | mai | mehefin | gorffennaf | awst | medi | hydref | tachwedd | rhagfyr
`)

// croatian has the months whose names are those of others in Polish, Czech or Ukrainian.
var croatian = monthTable(`
hr siječnja siječanj sij | veljače veljača velj | ožujka ožujak ožu | travnja travanj tra | svibnja svibanj svi | lipnja lipanj lip | srpnja srpanj srp | kolovoza kolovoz kol | rujna rujan ruj | listopada listopad lis | studenoga studenog studeni stu | prosinca prosinac pro
`)

// monthTable reads lines of a language and its twelve months, parted by bars. Earlier lines win.
func monthTable(s string) map[string]int {
	m := map[string]int{}
	for line := range strings.Lines(s) {
		_, names, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		for i, words := range strings.Split(names, "|") {
			for _, w := range strings.Fields(words) {
				if _, ok := m[w]; !ok {
					m[w] = i + 1
				}
			}
		}
	}
	return m
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

var (
	// small words and endings stand between a day and its month: 13th of May, 13 de mayo de 2021, 1er mai.
	small = words("th st nd rd of de del du d di e er o a den the le el la ta anno m y г năm")

	yearUnits    = words("年 年度 년 nian жылы жыл г г.")
	monthUnits   = words("月 月份 월 月號")
	dayUnits     = words("日 号 號 일")
	monthsBefore = words("tháng thang")
	hourUnits    = words("時 时 点 點 点钟 點鐘 시 h uhr 点半 點半 時半 时半 giờ hrs")
	minuteUnits  = words("分 분 min m mn phút 分钟")
	secondUnits  = words("秒 초 s giây")
	clockWords   = words("um klo kl pukul jam à ore alle as às a")
	nightWords   = words("晚上 晚间 晚 夜 夜晚 深夜 夜里 밤")
)

// halves says which half of the day a word means: 1 before noon, 2 after it, 3 about noon.
var halves = map[string]int{
	"am": 1, "pm": 2, "sa": 1, "ch": 2, "πμ": 1, "μμ": 2,
	"上午": 1, "早上": 1, "清晨": 1, "凌晨": 1, "早晨": 1, "早": 1, "午前": 1, "오전": 1, "새벽": 1, "아침": 1,
	"下午": 2, "傍晚": 2, "晚上": 2, "晚间": 2, "夜晚": 2, "深夜": 2, "夜里": 2, "晚": 2, "午後": 2, "午后": 2, "오후": 2, "저녁": 2, "밤": 2,
	"中午": 3, "正午": 3, "정오": 3,
}

// eras has the year before the first of each era that is still written.
var eras = map[string]int{
	"民國": 1911, "民国": 1911, "中華民國": 1911, "令和": 2018, "平成": 1988, "昭和": 1925,
}

// agoWords and their kin read relative dates.
var (
	agoWords = words("ago 前 以前 之前 전 vor hace fa geleden sedan назад")
	dayWords = map[string]int{
		"刚刚": 0, "刚才": 0, "今天": 0, "今日": 0, "오늘": 0, "today": 0, "heute": 0, "hoy": 0, "oggi": 0, "hoje": 0, "сегодня": 0,
		"昨天": -1, "昨日": -1, "어제": -1, "yesterday": -1, "gestern": -1, "hier": -1, "ayer": -1, "ieri": -1, "ontem": -1, "вчера": -1,
		"前天": -2, "一昨日": -2, "그제": -2,
	}
	agoUnits = map[string]time.Duration{
		"second": time.Second, "seconds": time.Second, "sec": time.Second, "秒": time.Second, "秒钟": time.Second, "초": time.Second,
		"minute": time.Minute, "minutes": time.Minute, "min": time.Minute, "mins": time.Minute, "分钟": time.Minute, "分鐘": time.Minute, "分": time.Minute, "분": time.Minute, "minuten": time.Minute,
		"hour": time.Hour, "hours": time.Hour, "hr": time.Hour, "hrs": time.Hour, "小时": time.Hour, "小時": time.Hour, "時間": time.Hour, "시간": time.Hour, "stunden": time.Hour, "stunde": time.Hour, "horas": time.Hour,
		"day": 24 * time.Hour, "days": 24 * time.Hour, "天": 24 * time.Hour, "日": 24 * time.Hour, "일": 24 * time.Hour, "tagen": 24 * time.Hour,
		"week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour, "周": 7 * 24 * time.Hour, "週間": 7 * 24 * time.Hour, "주": 7 * 24 * time.Hour,
	}
)

// cjkZones are the names of clocks in Chinese, Japanese and Korean.
var cjkZones = map[string]string{
	"北京时间": "+8", "北京時間": "+8", "中国标准时间": "+8", "中國標準時間": "+8", "香港时间": "+8", "香港時間": "+8", "台北时间": "+8", "台北時間": "+8", "台灣時間": "+8", "新加坡时间": "+8",
	"日本時間": "+9", "日本标准时间": "+9", "日本標準時": "+9", "東京時間": "+9", "东京时间": "+9", "한국시간": "+9", "한국": "+9", "首尔时间": "+9",
	"美东时间": "America/New_York", "美東時間": "America/New_York", "纽约时间": "America/New_York", "美国东部时间": "America/New_York", "米東部時間": "America/New_York", "伦敦时间": "Europe/London",
	"格林尼治时间": "+0", "格林威治时间": "+0", "协调世界时": "+0", "世界标准时间": "+0",
}

// longZones are zones written out, as JavaScript and Windows do.
var longZones = map[string]string{
	"china standard time": "+8", "china time": "+8", "beijing time": "+8", "hong kong standard time": "+8", "hong kong time": "+8", "taipei standard time": "+8", "singapore standard time": "+8", "singapore time": "+8",
	"malaysia time": "+8", "philippine standard time": "+8", "australian western standard time": "+8", "japan standard time": "+9", "japan time": "+9", "korean standard time": "+9", "korea standard time": "+9", "tokyo standard time": "+9",
	"indochina time": "+7", "western indonesia time": "+7", "india standard time": "+5:30", "pakistan standard time": "+5", "gulf standard time": "+4", "arabian standard time": "+4", "moscow standard time": "+3", "arabia standard time": "+3", "israel standard time": "+2", "israel daylight time": "+3",
	"south africa standard time": "+2", "eastern european standard time": "+2", "eastern european summer time": "+3", "central european standard time": "+1", "central european summer time": "+2", "central european time": "+1", "western european summer time": "+1", "british summer time": "+1",
	"greenwich mean time": "+0", "coordinated universal time": "+0", "universal time": "+0", "brasilia standard time": "-3", "argentina standard time": "-3", "atlantic standard time": "-4", "atlantic daylight time": "-3",
	"eastern standard time": "-5", "eastern daylight time": "-4", "central standard time": "-6", "central daylight time": "-5", "mountain standard time": "-7", "mountain daylight time": "-6", "pacific standard time": "-8", "pacific daylight time": "-7",
	"eastern time": "America/New_York", "central time": "America/Chicago", "mountain time": "America/Denver", "pacific time": "America/Los_Angeles", "london time": "Europe/London", "new york time": "America/New_York",
	"alaska standard time": "-9", "alaska daylight time": "-8", "hawaii standard time": "-10", "australian eastern standard time": "+10", "australian eastern daylight time": "+11", "aus eastern standard time": "+10", "australian central standard time": "+9:30",
	"new zealand standard time": "+12", "new zealand daylight time": "+13",
}

// usClocks are America's clocks without saying whether it is summer.
var usClocks = map[string]string{"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}

// zoneOffsets has the offset of each zone's name, in seconds east of UTC: for an ambiguous one the commonest in news.
var zoneOffsets = func() map[string]int {
	m := map[string]int{}
	for _, f := range strings.Fields(`utc=0 gmt=0 ut=0 wet=0 west=1 bst=1 cet=1 cest=2 mez=1 mesz=2 met=1 mest=2 eet=2 eest=3 msk=3 msd=4 trt=3 ist=5.5 pkt=5 npt=5.75 bdt=6
		ict=7 wib=7 wita=8 wit=9 hkt=8 hkst=9 sgt=8 myt=8 pht=8 twt=8 tst=8 cst=-6 cdt=-5 jst=9 jdt=10 kst=9 kdt=10 awst=8 awdt=9 acst=9.5 acdt=10.5 aest=10 aedt=11 nzst=12 nzdt=13
		est=-5 edt=-4 mst=-7 mdt=-6 pst=-8 pdt=-7 akst=-9 akdt=-8 hst=-10 ast=-4 adt=-3 nst=-3.5 ndt=-2.5 brt=-3 brst=-2 art=-3 clt=-4 clst=-3 cot=-5 pet=-5 vet=-4 bot=-4 ect=-5
		sast=2 eat=3 wat=1 cat=2 gst=4 irst=3.5 irdt=4.5 idt=3 uzt=5 almt=6 vlat=10 yekt=5 omst=6 krat=7 irkt=8 yakt=9 sst=-11 chst=10 cct=8 bjt=8`) {
		name, off, _ := strings.Cut(f, "=")
		m[name] = seconds(off)
	}
	return m
}()

// ambiguous names of zones, and what they mean in feeds of a language.
var ambiguous = []struct {
	name, lang string
	offset     int
}{
	{"cst", "zh", 8 * 3600},
	{"ist", "he", 2 * 3600},
	{"ist", "iw", 2 * 3600},
	{"ist", "ga", 3600},
	{"ist", "en-ie", 3600},
	{"bst", "bn", 6 * 3600},
	{"ast", "ar", 3 * 3600},
	{"adt", "ar", 4 * 3600},
	{"est", "en-au", 10 * 3600},
	{"edt", "en-au", 11 * 3600},
	{"pst", "fil", 8 * 3600},
	{"pst", "tl", 8 * 3600},
	{"pst", "en-ph", 8 * 3600},
	{"sst", "en-sg", 8 * 3600},
	{"mst", "ms", 8 * 3600},
}

// seconds reads hours as 5, 5.5 or +5:30.
func seconds(s string) int {
	s, neg := strings.CutPrefix(s, "-")
	s = strings.TrimPrefix(s, "+")
	h, m, ok := strings.Cut(s, ":")
	var n int
	if ok {
		n = digits(h)*3600 + digits(m)*60
	} else if h, frac, ok := strings.Cut(s, "."); ok {
		n = digits(h)*3600 + digits((frac + "0")[:2])*36
	} else {
		n = digits(s) * 3600
	}
	if neg {
		return -n
	}
	return n
}

var ianaAreas = words("africa america antarctica asia atlantic australia europe indian pacific us etc")

// zoneLocation is the zone of an offset ("+8") or of the zone database (Asia/Shanghai); nil where it is not known.
func zoneLocation(name string) *time.Location {
	if name[0] == '+' || name[0] == '-' {
		return time.FixedZone(name, seconds(name))
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return l
}

// cjkWords are the words that the lexer keeps whole.
var cjkWords = func() map[string]bool {
	m := map[string]bool{}
	for _, t := range []map[string]bool{yearUnits, monthUnits, dayUnits, hourUnits, minuteUnits, secondUnits, agoWords} {
		for w := range t {
			m[w] = true
		}
	}
	for w := range halves {
		m[w] = true
	}
	for w := range eras {
		m[w] = true
	}
	for w := range cjkZones {
		m[w] = true
	}
	for w := range dayWords {
		m[w] = true
	}
	for w := range agoUnits {
		m[w] = true
	}
	m["元年"] = true
	return m
}()
