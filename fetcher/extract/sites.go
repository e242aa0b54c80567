package extract

import (
	_ "embed"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/feedfolio/feedfolio/config"
)

//go:embed sites.yml
var sitesYAML []byte

// shipped are the rules of sites.yml by host.
var shipped = sync.OnceValue(func() map[string]*Rules {
	var list map[string]config.Extract
	if err := yaml.Unmarshal(sitesYAML, &list); err != nil {
		panic("extract: sites.yml: " + err.Error())
	}
	rules := map[string]*Rules{}
	for host, x := range list {
		r, err := Compile(x)
		if err != nil {
			panic("extract: sites.yml: " + host + ": " + err.Error())
		}
		rules[host] = r
	}
	return rules
})

// siteRules are the shipped rules for a host or the nearest domain above it; nil for none.
func siteRules(host string) *Rules {
	host = strings.ToLower(host)
	for host != "" {
		if r := shipped()[host]; r != nil {
			return r
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return nil
}
