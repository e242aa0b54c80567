package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

// listed is an entry of the catalogue. The head of catalogue.yaml says what its keys are.
type listed struct {
	Name     string         `yaml:"name" json:"name"`
	What     string         `yaml:"what" json:"what"`
	URL      string         `yaml:"url" json:"url"`
	Kind     string         `yaml:"kind" json:"kind"`
	Topic    string         `yaml:"topic" json:"topic"`
	Site     string         `yaml:"site" json:"site"`
	Lang     string         `yaml:"lang" json:"lang"`
	Region   string         `yaml:"region" json:"region"`
	Timezone string         `yaml:"timezone" json:"timezone,omitempty"`
	Status   string         `yaml:"status" json:"status"`
	Notes    string         `yaml:"notes" json:"notes,omitempty"`
	Preset   string         `yaml:"preset" json:"preset,omitempty"`
	Set      map[string]any `yaml:"set" json:"set,omitempty"`
}

// catalogue reads the catalogue that is part of the program.
func catalogue() ([]listed, error) {
	var all []listed
	if err := yaml.Load(catalogueYAML, &all, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return all, nil
}

type catalogueFlags struct {
	lang, kind, region string
	json               bool
}

func (a *app) catalogueCmd() *cobra.Command {
	var f catalogueFlags
	c := &cobra.Command{
		Use:   "catalogue [WORD...]",
		Short: "Show finance sources to choose from",
		Long: `Catalogue lists finance sources that come with the program, or those that have all
the words in their name or description. With one left, it tells all about it.

Unchecked means that public lists have the address, and that it was not tried:
feedfolio add tries it before it writes anything. Fragile ones are known to fail at
times, dead ones are listed so that nobody looks for them again.`,
		Example: "  feedfolio catalogue --lang zh\n  feedfolio catalogue --kind central-bank\n  feedfolio catalogue sec edgar",
		RunE: func(_ *cobra.Command, words []string) error {
			return a.catalogue(words, f)
		},
	}
	c.Flags().StringVar(&f.lang, "lang", "", "only this language: en, zh, de, ...")
	c.Flags().StringVar(&f.kind, "kind", "", "only this kind: central-bank, regulator, filings, markets, ...")
	c.Flags().StringVar(&f.region, "region", "", "only this region: US, CN, EU, GLOBAL, ...")
	c.Flags().BoolVar(&f.json, "json", false, "print a line of JSON for each source")
	return c
}

func (a *app) catalogue(words []string, f catalogueFlags) error {
	all, err := catalogue()
	if err != nil {
		return err
	}
	if err := f.check(all); err != nil {
		return err
	}
	var picked []listed
	for _, l := range all {
		if f.match(l) && l.has(words) {
			picked = append(picked, l)
		}
	}
	if f.json {
		for _, l := range picked {
			if err := encodeLine(a.stdout, l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(picked) == 1 {
		a.printListed(picked[0])
		return nil
	}
	t := table{head: []string{"NAME", "KIND", "LANG", "REGION", "STATUS", "WHAT"}}
	for _, l := range picked {
		t.add(l.Name, l.Kind, l.Lang, l.Region, l.Status, shorten(l.What, 60))
	}
	t.print(a.stdout)
	fmt.Fprintf(a.stdout, "\n%s of %d\n", plural(len(picked), "source"), len(all))
	return nil
}

// check refuses a flag's value that no entry has, and says which there are.
func (f catalogueFlags) check(all []listed) error {
	for _, c := range []struct {
		flag, value string
		of          func(listed) string
	}{
		{"lang", f.lang, func(l listed) string { return l.Lang }},
		{"kind", f.kind, func(l listed) string { return l.Kind }},
		{"region", f.region, func(l listed) string { return l.Region }},
	} {
		var values []string
		for _, l := range all {
			values = append(values, c.of(l))
		}
		slices.Sort(values)
		values = slices.Compact(values)
		if c.value != "" && !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, c.value) }) {
			return &exit{code: exitUsage, err: &hinted{
				fmt.Errorf("no source of the catalogue has --%s %s", c.flag, c.value), "there are " + strings.Join(values, ", "),
			}}
		}
	}
	return nil
}

func (f catalogueFlags) match(l listed) bool {
	is := func(want, got string) bool { return want == "" || strings.EqualFold(want, got) }
	return is(f.lang, l.Lang) && is(f.kind, l.Kind) && is(f.region, l.Region)
}

// has says whether all words are in what is said of the source. A name by itself means that source alone.
func (l listed) has(words []string) bool {
	text := strings.ToLower(strings.Join([]string{l.Name, l.What, l.Site, l.Topic}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// printListed tells all about one source, and how to take it.
func (a *app) printListed(l listed) {
	fmt.Fprintln(a.stdout, l.Name)
	field(a.stdout, "what", l.What)
	field(a.stdout, "address", l.URL)
	field(a.stdout, "kind", l.Kind)
	field(a.stdout, "language", l.Lang)
	field(a.stdout, "region", l.Region)
	field(a.stdout, "zone", l.Timezone)
	field(a.stdout, "status", l.Status)
	field(a.stdout, "note", l.Notes)
	if l.Status == dead {
		return
	}
	add := "feedfolio add " + l.Name
	for _, word := range l.asks() {
		add += " --set " + word + "=" + example(word)
	}
	field(a.stdout, "add", add)
}

// dead is the status of sources that are gone.
const dead = "dead"

// asks returns what has to be said before this source can be fetched: the {words} of its address.
func (l listed) asks() []string {
	var words []string
	for _, m := range placeholder.FindAllStringSubmatch(l.URL, -1) {
		words = append(words, m[1])
	}
	return words
}

// example is what a value for a word of an address looks like.
func example(word string) string {
	switch word {
	case "cik":
		return "320193"
	case "ticker":
		return "AAPL"
	case "rsshub":
		return "https://rsshub.example.org"
	case "domain":
		return "example.org"
	case "query":
		return "productId=600696"
	case "contact":
		return `"Example Ltd news@example.org"`
	}
	return "VALUE"
}
