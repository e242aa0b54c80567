package main

import (
	"strings"
	"testing"

	"github.com/feedfolio/feedfolio/config"
)

func TestEveryEntryOfTheCatalogueMakesAGoodSource(t *testing.T) {
	t.Parallel()
	all, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	seen, statuses := map[string]bool{}, map[string]bool{"unchecked": true, "fragile": true, dead: true}
	for _, l := range all {
		if seen[l.Name] || seen[l.URL] {
			t.Errorf("%s is listed twice", l.Name)
		}
		seen[l.Name], seen[l.URL] = true, true
		if l.What == "" || l.Kind == "" || l.Lang == "" || l.Region == "" || l.Topic == "" || l.Site == "" || !statuses[l.Status] {
			t.Errorf("%s is not described in full: %+v", l.Name, l)
		}
		for _, word := range l.asks() {
			l.URL = strings.ReplaceAll(l.URL, "{"+word+"}", strings.Trim(example(word), `"`))
		}
		if err := loads(l); err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
	}
}

// loads says what is wrong with the source that an entry becomes.
func loads(l listed) error {
	fields, err := l.fields(nil)
	if err != nil {
		return err
	}
	data, err := config.AddSource(nil, fields)
	if err != nil {
		return err
	}
	_, err = (&app{getenv: func(string) string { return "" }}).checks().Parse(l.Name, data)
	return err
}
