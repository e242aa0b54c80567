package feed

import "strings"

// author reads RSS's author, a text, and Atom's, a person construct.
func (p *xmlParser) author(list *[]Person) {
	if len(*list) >= maxAuthors || len(p.stack) >= maxDepth {
		p.push(inOther)
		return
	}
	p.push(inAuthor)
	if p.self {
		return
	}
	p.person, p.authors = &Person{}, list
	name, start := p.name, p.i
	var text strings.Builder // the text itself, where that is all there is
	for {
		at := p.i
		tok, s := p.next()
		switch tok {
		case tokText:
			text.WriteString(p.decode(s))
			continue
		case tokCDATA:
			text.WriteString(s)
			continue
		case tokEOF:
			return
		case tokStart:
			if _, local := split(p.name); htmlElements[local] { // a name in markup
				p.name, p.self, p.attrs, p.i = name, false, p.attrs[:0], start
				v := p.markup(1)
				p.addPerson(list, v.s)
				p.person = nil
				p.stack = p.stack[:len(p.stack)-1]
				return
			}
		}
		p.i = at
		break
	}
	p.person.Name = text.String()
}

func (p *xmlParser) authorElement(local string) {
	if p.person == nil {
		p.push(inOther)
		return
	}
	switch local {
	case "name":
		name := p.person.Name
		p.person.Name = p.plain(1).s
		if strings.TrimSpace(p.person.Name) == "" {
			p.person.Name = name
		}
	case "email":
		p.person.Email = strings.TrimSpace(p.plain(1).s)
	case "uri", "url", "homepage":
		p.person.URL = strings.TrimSpace(p.address(1).s)
	default:
		p.push(inOther)
	}
}

func (p *xmlParser) closeAuthor() {
	who := p.person
	if who == nil {
		return
	}
	p.person = nil
	if who.Email == "" && who.URL == "" {
		p.addPerson(p.authors, who.Name)
		return
	}
	who.Name = squash(who.Name)
	if strings.Contains(who.Name, "@") {
		n := parsePerson(who.Name)
		if who.Name = n.Name; who.Email == "" {
			who.Email = n.Email
		}
	}
	p.keepPerson(p.authors, *who)
}

// addPerson reads the ways to write a name and an address in one text.
func (p *xmlParser) addPerson(list *[]Person, s string) {
	if len(*list) >= maxAuthors {
		return
	}
	if s = squash(plainText(s, kindGuess)); s != "" {
		p.keepPerson(list, parsePerson(s))
	}
}

func (p *xmlParser) maybePerson(list *[]Person, s string) {
	if len(*list) == 0 {
		p.addPerson(list, s)
	}
}

func (p *xmlParser) keepPerson(list *[]Person, who Person) {
	if who == (Person{}) || len(*list) >= maxAuthors {
		return
	}
	for i, x := range *list {
		if x == who {
			return
		}
		if x.Name == who.Name && x.Name != "" && (x.Email == "" || who.Email == "" || x.Email == who.Email) {
			if x.Email == "" {
				(*list)[i].Email = who.Email
			}
			if x.URL == "" {
				(*list)[i].URL = who.URL
			}
			return
		}
	}
	*list = append(*list, who)
}

// parsePerson parts "a@b.example (Name)", "Name <a@b.example>" and their like.
func parsePerson(s string) Person {
	at := strings.IndexByte(s, '@')
	if at < 0 {
		return Person{Name: s}
	}
	start := strings.LastIndexAny(s[:at], " <(,;:[\"'") + 1
	end := len(s)
	if i := strings.IndexAny(s[at:], " >),;]\"'"); i >= 0 {
		end = at + i
	}
	email := s[start:end]
	if start == at || at+1 == end || !strings.Contains(email, ".") {
		return Person{Name: s}
	}
	name := strings.TrimSpace(s[:start] + " " + s[end:])
	name = strings.TrimSpace(strings.TrimSuffix(name, "mailto:"))
	name = strings.NewReplacer("()", "", "<>", "", "< >", "", "( )", "", "[]", "").Replace(name)
	name = squash(strings.Trim(name, " ()<>[],;\"'"))
	return Person{Name: name, Email: email}
}
