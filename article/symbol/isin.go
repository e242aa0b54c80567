package symbol

import "strings"

// isISIN says whether s has the form of an ISIN (ISO 6166), a country that gives them, and the right check digit.
func isISIN(s string) bool {
	if len(s) != 12 || !letters(s[:2]) || s[11] < '0' || s[11] > '9' || !countries[s[:2]] {
		return false
	}
	// The digits of all characters (A is 10), from the right, every second one doubled.
	sum, double := 0, false
	add := func(d int) {
		if double {
			d *= 2
		}
		sum += d/10 + d%10
		double = !double
	}
	for i := 11; i >= 0; i-- {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			add(int(c - '0'))
		case c >= 'A' && c <= 'Z':
			add(int(c-'A'+10) % 10)
			add(int(c-'A'+10) / 10)
		default:
			return false
		}
	}
	return sum%10 == 0
}

// knownISIN says whether an ISIN is built as its country's are. One in ten accidental strings has a right check digit;
// these are believed without the word ISIN before them.
func knownISIN(s string) bool {
	body := s[2:11]
	switch s[:2] {
	case "US", "CA":
		return cusip(body) && strings.ContainsAny(body[:6], "0123456789")
	case "GB", "IE", "JE", "GG", "IM":
		return body[:2] == "00" && sedol(body[2:])
	}
	for _, p := range [...]string{"DE000", "FR00", "CH0", "CNE", "HK0000", "JP3", "KYG", "BMG", "NL00", "KR7", "TW000", "AU0000", "ES01", "IT000", "SE00", "INE", "LU", "XS", "AT0000", "BE0", "DK00", "NO00", "FI0", "SG1"} {
		if strings.HasPrefix(s, p) {
			return strings.ContainsAny(s[3:11], "0123456789")
		}
	}
	return false
}

// saysISIN says whether a text ends with the word, or nearly.
func saysISIN(before string) bool { return strings.Contains(strings.ToUpper(tail(before, 24)), "ISIN") }

// value is a character's number: digits, then A to Z; -1 for all else.
func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// cusip says whether nine characters have the check digit of a CUSIP.
func cusip(s string) bool {
	sum := 0
	for i := range 8 {
		v := value(s[i])
		if i%2 == 1 {
			v *= 2
		}
		sum += v/10 + v%10
	}
	return value(s[8]) == (10-sum%10)%10
}

// sedol says whether seven characters have the check digit of a SEDOL.
func sedol(s string) bool {
	sum := 0
	for i, weight := range [...]int{1, 3, 1, 7, 3, 9} {
		sum += weight * value(s[i])
	}
	return value(s[6]) == (10-sum%10)%10
}

// countries are those of ISO 3166, and the codes that agencies use for international securities.
var countries = set(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH
	CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT
	GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD
	ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA
	RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ
	VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU XS XC XD XF XK`)
