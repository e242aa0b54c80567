package symbol

import (
	"net/url"
	"strings"
)

// edgar adds the filers that an address of EDGAR names, and those in brackets in the title of its own feeds:
// "8-K - Apple Inc. (0000320193) (Filer)". A person who reports (forms 3, 4 and 5) is no instrument.
func (f *finder) edgar(address, title string) {
	if len(address) > 4096 || !strings.Contains(address, "sec.gov") {
		return
	}
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	switch strings.ToLower(u.Hostname()) {
	case "www.sec.gov", "data.sec.gov", "sec.gov":
	default:
		return
	}
	persons := make(map[string]bool)
	for rest := title; ; {
		i := strings.Index(rest, ") (")
		if i < 0 {
			break
		}
		cik, role := cikOf(rest[max(0, i-10):i]), rest[i+3:]
		if i >= 11 && rest[i-11] == '(' && cik != "" {
			switch {
			case strings.HasPrefix(role, "Filer)"), strings.HasPrefix(role, "Issuer)"), strings.HasPrefix(role, "Subject)"):
				f.add(cik)
			default:
				persons[cik] = true
			}
		}
		rest = role
	}
	cik := pathCIK(u)
	if !persons[cik] {
		f.add(cik)
	}
}

func pathCIK(u *url.URL) string {
	path := strings.ToLower(u.Path)
	if _, rest, ok := strings.Cut(path, "/archives/edgar/data/"); ok {
		number, _, _ := strings.Cut(rest, "/")
		return cikOf(number)
	}
	if _, rest, ok := strings.Cut(path, "/cik"); ok && (strings.HasPrefix(path, "/submissions/") || strings.HasPrefix(path, "/api/xbrl/")) {
		return cikOf(head(rest, 10))
	}
	if strings.HasPrefix(path, "/cgi-bin/browse-edgar") || strings.HasPrefix(path, "/edgar/browse") {
		for key, values := range u.Query() {
			if strings.EqualFold(key, "CIK") && len(values) == 1 {
				return cikOf(values[0])
			}
		}
	}
	return ""
}

// cikOf is the canonical form of a filer's number; "" for what is none.
func cikOf(s string) string {
	if len(s) > 10 || !digits(s) || strings.Trim(s, "0") == "" {
		return ""
	}
	return "CIK" + "0000000000"[len(s):] + s
}
