package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/invopop/jsonschema"
)

// comment is what the comment of a type or field says.
type comment struct {
	text    string
	example string // one line of YAML
}

// comments reads those of config.go, by "Type" and "Type.Field".
func comments(t *testing.T) map[string]comment {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]comment{}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			continue
		}
		spec := decl.Specs[0].(*ast.TypeSpec)
		out[spec.Name.Name] = split(decl.Doc.Text())
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range st.Fields.List {
			for _, name := range f.Names {
				out[spec.Name.Name+"."+name.Name] = split(f.Doc.Text())
			}
		}
	}
	return out
}

func split(text string) comment {
	var c comment
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if example, ok := strings.CutPrefix(line, "Example: "); ok {
			c.example = example
		} else if line != "" {
			lines = append(lines, line)
		}
	}
	c.text = strings.Join(lines, " ")
	return c
}

// walk calls f for each key of the schema, sections before their keys.
func walk(typ reflect.Type, value reflect.Value, path []string, f func(path []string, typ reflect.Type, field reflect.StructField, value reflect.Value)) {
	for i := range typ.NumField() {
		field := typ.Field(i)
		key := field.Tag.Get("yaml")
		if key == "-" || key == "" {
			continue
		}
		p := append(slices.Clone(path), key)
		v := reflect.Value{}
		if value.IsValid() {
			v = value.Field(i)
		}
		if ft := field.Type; ft.Kind() == reflect.Pointer && ft.Elem().Kind() == reflect.Struct && ft != reflect.TypeFor[*time.Location]() {
			field.Type = ft.Elem() // sources share their sections
			if v.IsValid() && v.IsNil() {
				v = reflect.New(field.Type)
			}
			if v.IsValid() {
				v = v.Elem()
			}
		}
		f(p, typ, field, v)
		switch ft := field.Type; {
		case ft == reflect.TypeFor[config.Source]():
			// defaults: any key of a source
		case ft.Kind() == reflect.Struct:
			walk(ft, v, p, f)
		case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct:
			walk(ft.Elem(), reflect.ValueOf(config.Default().Defaults), append(p, "[]"), f)
		case ft.Kind() == reflect.Map && ft.Elem().Kind() == reflect.Struct:
			walk(ft.Elem(), reflect.Value{}, append(p, "<host>"), f)
		}
	}
}

// TestEveryKeyIsExplained holds that each key has a comment, and each that is no section an example.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	docs := comments(t)
	walk(reflect.TypeFor[config.Config](), reflect.Value{}, nil, func(path []string, typ reflect.Type, field reflect.StructField, _ reflect.Value) {
		c := docs[typ.Name()+"."+field.Name]
		if c.text == "" {
			t.Errorf("%s has no comment", strings.Join(path, "."))
		}
		if c.example == "" && field.Type.Kind() != reflect.Struct {
			t.Errorf("%s has no example", strings.Join(path, "."))
		}
	})
}

// shown writes a default as YAML.
func shown(v reflect.Value, field reflect.StructField) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		if x == 0 && strings.Contains(field.Tag.Get("words"), "off") {
			return "off"
		}
		return config.FormatDuration(x)
	case *time.Location:
		if x == nil {
			return ""
		}
		return x.String()
	case []time.Duration:
		var out []string
		for _, d := range x {
			out = append(out, config.FormatDuration(d))
		}
		return "[" + strings.Join(out, ", ") + "]"
	case []string:
		return "[" + strings.Join(x, ", ") + "]"
	}
	switch {
	case v.IsZero() && v.Kind() != reflect.Bool && v.Kind() != reflect.Int:
		return ""
	case field.Tag.Get("unit") == "bytes":
		return config.FormatSize(v.Int())
	}
	return fmt.Sprint(v.Interface())
}

const durationPattern = `^([0-9]+(\.[0-9]+)?(w|d|h|m|s|ms|us|ns))+$`

// jsonSchema builds the schema from the types, their tags and comments. It accepts whatever the loader accepts; the
// loader is stricter.
func jsonSchema(t *testing.T) []byte {
	t.Helper()
	docs := comments(t)
	text := func() *jsonschema.Schema {
		return &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean", "null"}}}
	}
	duration := func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string", Pattern: durationPattern}, {Const: 0}}}
	}
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		Anonymous:                  true,
		ExpandedStruct:             true,
		RequiredFromJSONSchemaTags: true,
		LookupComment: func(typ reflect.Type, field string) string {
			if field == "" {
				return "" // the types' own comments are for programmers
			}
			return docs[typ.Name()+"."+field].text
		},
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			switch typ {
			case reflect.TypeFor[time.Duration]():
				return duration()
			case reflect.TypeFor[time.Location]():
				return &jsonschema.Schema{Type: "string"}
			case reflect.TypeFor[config.Secret](), reflect.TypeFor[string]():
				return text()
			}
			return nil
		},
	}
	s := r.Reflect(&config.Config{})
	sections := map[string]*jsonschema.Schema{"Config": s}
	for name, def := range s.Definitions {
		sections[name] = def
	}
	walk(reflect.TypeFor[config.Config](), reflect.ValueOf(*config.Default()), nil, func(_ []string, typ reflect.Type, field reflect.StructField, value reflect.Value) {
		p, ok := sections[typ.Name()].Properties.Get(field.Tag.Get("yaml"))
		if !ok {
			t.Fatalf("no property %s of %s", field.Tag.Get("yaml"), typ.Name())
		}
		refine(p, field, docs[typ.Name()+"."+field.Name], value)
	})
	sources, _ := s.Properties.Get("sources")
	sources.Items = &jsonschema.Schema{AllOf: []*jsonschema.Schema{sources.Items}, Required: []string{"url"}}
	s.PatternProperties = map[string]*jsonschema.Schema{"^x-": jsonschema.TrueSchema}
	s.Title = "feedfolio.yaml"
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// refine adds to a property what the tags of its field say.
func refine(p *jsonschema.Schema, field reflect.StructField, c comment, value reflect.Value) {
	if c.example != "" {
		p.Description += "\nExample: " + c.example
	}
	one := p
	if p.Items != nil && p.Items.Ref == "" {
		one = p.Items
	}
	words := strings.Fields(field.Tag.Get("enum"))
	if len(words) > 0 {
		one.Extras, one.Type, one.Enum = nil, "string", nil
		for _, w := range words {
			one.Enum = append(one.Enum, w)
		}
	}
	if field.Tag.Get("unit") == "bytes" {
		p.Type = ""
		p.AnyOf = []*jsonschema.Schema{{Type: "string", Pattern: `^[0-9]+(\.[0-9]+)? *([kKMGT]i?)?B?$`}, {Type: "integer"}}
	} else if p.Type == "integer" {
		p.Minimum, p.Maximum = json.Number(field.Tag.Get("min")), json.Number(field.Tag.Get("max"))
	}
	var extra []any
	for _, w := range strings.Fields(field.Tag.Get("words")) {
		extra = append(extra, w)
		if w == "off" {
			extra = append(extra, false) // off, as editors read it
		}
	}
	if field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() != reflect.Struct {
		if strings.HasPrefix(field.Name, "Keep") || strings.HasPrefix(field.Name, "Drop") {
			one.Extras["type"] = []string{"string", "number", "boolean", "object"} // `- title: x` is a map to YAML
			one.MaxProperties = new(uint64(1))
		}
		p.AnyOf = []*jsonschema.Schema{{Type: "array", Items: one}, one}
		p.Type, p.Items = "", nil
	}
	if len(extra) > 0 {
		p.AnyOf = append(p.AnyOf, &jsonschema.Schema{Enum: extra})
	}
	if value.IsValid() && field.Type.Kind() != reflect.Struct {
		p.Default = jsonDefault(value, field)
	}
}

// jsonDefault is a default as JSON has it; nil for none.
func jsonDefault(v reflect.Value, field reflect.StructField) any {
	switch x := v.Interface().(type) {
	case []time.Duration:
		out := []string{}
		for _, d := range x {
			out = append(out, config.FormatDuration(d))
		}
		return out
	case []string:
		if x == nil {
			return nil
		}
		return x
	case bool, int:
		return x
	}
	if s := shown(v, field); s != "" {
		return s
	}
	return nil
}

// TestSchemaIsCurrent compares feedfolio.schema.json with what the types give.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	golden(t, "feedfolio.schema.json", string(jsonSchema(t)))
	if !*update && !bytes.Contains(config.Schema(), []byte(`"per_host"`)) {
		t.Error("Schema() is not the schema")
	}
}

// kindOf names the type of a key for the reader.
func kindOf(field reflect.StructField) string {
	words := strings.Fields(field.Tag.Get("enum"))
	typ, list := field.Type, ""
	if typ.Kind() == reflect.Slice {
		typ, list = typ.Elem(), "list of "
	}
	if len(words) > 0 {
		if list != "" {
			list += "words out of "
		}
		return list + "`" + strings.Join(words, "`, `") + "`"
	}
	name := map[reflect.Type]string{
		reflect.TypeFor[time.Duration]():            "duration",
		reflect.TypeFor[*time.Duration]():           "duration",
		reflect.TypeFor[*time.Location]():           "time zone",
		reflect.TypeFor[config.Secret]():            "secret",
		reflect.TypeFor[string]():                   "text",
		reflect.TypeFor[bool]():                     "true or false",
		reflect.TypeFor[*bool]():                    "true or false",
		reflect.TypeFor[int]():                      "number",
		reflect.TypeFor[int64]():                    "size",
		reflect.TypeFor[map[string]config.Secret](): "map of names to secrets",
		reflect.TypeFor[map[string]config.Host]():   "map of hosts to settings",
		reflect.TypeFor[config.Source]():            "keys of a source",
	}[typ]
	if list != "" {
		name = map[string]string{"text": "texts", "duration": "durations", "": "sources"}[name]
	}
	switch w := strings.Fields(field.Tag.Get("words")); len(w) {
	case 1:
		name += ", or `" + w[0] + "`"
	case 2:
		name += ", `" + w[0] + "` or `" + w[1] + "`"
	}
	lo, hi := field.Tag.Get("min"), field.Tag.Get("max")
	switch {
	case lo != "" && hi != "":
		name += fmt.Sprintf(" (%s to %s)", lo, hi)
	case lo != "":
		name += fmt.Sprintf(" (at least %s)", lo)
	case hi != "":
		name += fmt.Sprintf(" (at most %s)", hi)
	}
	return list + name
}

// block wraps an example into a configuration that loads.
func block(path []string, example string) string {
	indent := func(n int) string { return strings.Repeat("  ", n) }
	var b strings.Builder
	if path[0] == "sources" && len(path) > 1 {
		b.WriteString("sources:\n")
		first := "  - "
		line := func(s string) { b.WriteString(first + s + "\n"); first = "    " }
		key := path[len(path)-1]
		if key != "url" {
			line("url: https://news.example/feed.xml")
		}
		list := key == "list" || path[len(path)-2] == "list"
		asJSON := slices.Contains([]string{"link", "content", "author", "id"}, key) && path[len(path)-2] == "list"
		switch {
		case asJSON:
			line("kind: json")
		case list:
			line("kind: page")
		}
		if len(path) == 3 {
			line(example)
			return b.String()
		}
		line(path[2] + ":")
		switch {
		case asJSON && key != "link" && key != "content":
			line("  link: url")
		case list && !asJSON && key != "item":
			line("  item: ul.news li")
		}
		if key == "pages" {
			line("  next: a.next")
		}
		line("  " + example)
		return b.String()
	}
	for i, key := range path[:len(path)-1] {
		if key == "<host>" {
			key = "news.example"
		}
		b.WriteString(indent(i) + key + ":\n")
	}
	b.WriteString(indent(len(path)-1) + example + "\n")
	return b.String()
}

const docsHead = `# Configuration

<!-- Generated from config/config.go by ` + "`go test ./config -update`" + `. Change the comments there. -->

Feedfolio reads one YAML file: what ` + "`--config`" + ` names, else the first that exists of

1. ` + "`./feedfolio.yaml`" + `
2. ` + "`$XDG_CONFIG_HOME/feedfolio/feedfolio.yaml`" + ` (` + "`~/.config`" + ` where the variable is not set)
3. ` + "`/etc/feedfolio/feedfolio.yaml`" + `

Every key has a default. The smallest file is one source:

` + "```yaml" + `
sources:
  - url: https://news.example/feed.xml
` + "```" + `

` + "`feedfolio check`" + ` reads the file and prints everything wrong with it, each fault with its place, the line and what to do:

` + "```text" + `
FAULTS
` + "```" + `

Editors check while you write, and complete keys, when the file begins with the line that ` + "`feedfolio init`" + ` writes:
` + "`# yaml-language-server: $schema=...`" + `.

## Values

- **Texts** keep what is written: a stock code ` + "`000001`" + ` stays ` + "`000001`" + `, and ` + "`no`" + ` stays a word. A text with ` + "`: `" + ` or ` + "` #`" + ` in it, or that begins with
  one of ` + "`@ % & * ! | > [ { ' \"`" + `, needs quotes. In single quotes a backslash is a backslash.
- **Durations** have units: ` + "`500ms`, `90s`, `15m`, `1h30m`, `7d`, `2w`" + `. A day has 24 hours. Some keys take ` + "`off`" + ` or ` + "`forever`" + ` as well.
- **Sizes** are numbers of bytes: ` + "`512KiB`, `20MiB`, `1GB`" + `. KiB, MiB and GiB are powers of 1024; kB, MB and GB of 1000.
- **Lists** with one item may be written without the brackets.
- A key with nothing behind it is as if it were not there.
- **Secrets** are printed as ` + "`***`" + `, everywhere. They take references: ` + "`${NAME}`" + ` is the environment variable, ` + "`file:/run/secrets/token`" + ` what is in
  the file (relative to the configuration, white space around it cut), ` + "`${file:/run/secrets/token}`" + ` the same within a text, and ` + "`$${`" + ` stands for ` + "`${`" + ` itself.
  A variable or file that is missing or empty is a fault. ` + "`${NAME}`" + ` also works in ` + "`archive`, `database`, `listen`, `url` and `user_agent`" + `; what it gives
  is no secret there.
- Anchors (` + "`&name`" + `), aliases (` + "`*name`" + `) and merges (` + "`<<: *name`" + `) work. Keys at the top that begin with ` + "`x-`" + ` are left alone, as a place for anchors.
  For what sources share, ` + "`defaults`" + ` is simpler.

A file has at most 16 MiB; put more sources into files of their own, and name those in ` + "`include`" + `.

` + "```yaml" + `
defaults: {topic: 金融, timezone: Asia/Shanghai}
sources:
  - name: sina-china
    url: https://rsshub.example/sina/finance/china
    site: 新浪财经
    title: 新浪财经－国內
    schedule: "*/10 9-15 * * 1-5"
    extract: {content: "#artibody", remove: [".appendQr_wrap"]}
    filter: {drop: ["title: 广告|推广", "age: > 7d"]}
  - name: news-site
    url: https://news.example/markets
    kind: page
    list: {item: "ul.news li", link: a, date: .time}
    headers: {Authorization: "Bearer ${NEWS_TOKEN}"}
` + "```" + `
`

const sampleFault = `sources:
  - name: 新浪财经
    url: https://rsshub.example/sina
    full_txt: true
    schedule: auto
    retry_for: 15 minutes
`

// markdown writes docs/configuration.md.
func markdown(t *testing.T) string {
	t.Helper()
	docs := comments(t)
	_, err := options().Parse("feedfolio.yaml", []byte(sampleFault))
	var b strings.Builder
	b.WriteString(strings.Replace(docsHead, "FAULTS", err.Error(), 1))
	computed := map[string]string{
		"database": "feedfolio.db in the archive", "sources.[].name": "made from the url", "sources.[].title": "the feed's title",
		"sources.[].timezone": "the file's", "sources.[].list.id": "the item's address",
	}
	walk(reflect.TypeFor[config.Config](), reflect.ValueOf(*config.Default()), nil, func(path []string, typ reflect.Type, field reflect.StructField, value reflect.Value) {
		c := docs[typ.Name()+"."+field.Name]
		full := strings.Join(path, ".")
		title := strings.ReplaceAll(full, ".[]", "[]")
		section := field.Type.Kind() == reflect.Struct || field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct ||
			field.Type.Kind() == reflect.Map && field.Type.Elem().Kind() == reflect.Struct
		level := "###"
		if len(path) == 1 {
			level = "##"
		}
		fmt.Fprintf(&b, "\n%s %s\n\n%s\n", level, title, escapeMarkdown(c.text))
		if !section {
			fmt.Fprintf(&b, "\nType: %s.", kindOf(field))
			def := computed[full]
			if def == "" && value.IsValid() {
				if s := shown(value, field); s != "" {
					def = "`" + s + "`"
				}
			}
			if def == "" && path[0] == "hosts" {
				def = "as in `fetch`"
			}
			if def == "" || path[0] == "hosts" && (field.Name == "Headers" || field.Name == "Cookies") {
				def = "none"
			}
			if full != "sources.[].url" {
				fmt.Fprintf(&b, " Default: %s.", def)
			}
			b.WriteByte('\n')
		}
		if c.example != "" {
			b.WriteString("\n```yaml\n" + block(path, c.example) + "```\n")
		}
	})
	return b.String()
}

// escapeMarkdown keeps < and & of a comment from being read as HTML. Code spans are as they are.
func escapeMarkdown(s string) string {
	parts := strings.Split(s, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("&", "&amp;", "<", "&lt;", "${NAME}", "`${NAME}`").Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// TestDocsAreCurrent compares docs/configuration.md with what the comments give, and loads every YAML block in it.
func TestDocsAreCurrent(t *testing.T) {
	t.Parallel()
	const path = "../docs/configuration.md"
	golden(t, path, markdown(t))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Getenv = func(string) string { return "x" }
	o.ReadFile = func(string) (string, error) { return "x", nil }
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 50 {
		t.Errorf("%d YAML blocks; want one for each key", len(blocks))
	}
	for _, b := range blocks {
		if _, err := o.Parse("block.yaml", b[1]); err != nil {
			t.Errorf("a block is refused:\n%s\n%v", b[1], err)
		}
	}
}
