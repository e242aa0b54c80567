package config

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// place is where a value stands.
type place struct {
	f    *file
	line int
	col  int
	text string // as written, before ${NAME} was replaced
}

// walker fills Go values from the node tree of one file. It goes where the types go, so its depth is theirs; aliases
// are followed, with a budget, so that its work is in proportion to the file.
type walker struct {
	*loader
	f      *file
	budget int
	active map[*yaml.Node]bool // aliases being followed
	spent  bool                // the budget's end was reported

	at map[string]place // of each value that was set, by its path in the present section
}

func (l *loader) walker(f *file) *walker {
	return &walker{
		loader: l, f: f,
		budget: 10_000 + 10*len(f.data),
		active: map[*yaml.Node]bool{},
		at:     map[string]place{},
	}
}

func (w *walker) fault(n *yaml.Node, msg, hint string) {
	w.faults.add(*w.f.at(n.Line, n.Column, msg, hint))
}

// follow returns the node that n stands for; nil where that cannot be. Call the function when done with the node.
func (w *walker) follow(n *yaml.Node) (*yaml.Node, func()) {
	none := func() {}
	w.budget--
	if w.budget < 0 {
		if !w.spent {
			w.fault(n, "too many values once the aliases are followed", "an alias (*name) copies all that its anchor (&name) holds; use `defaults` for what sources share")
		}
		w.spent = true
		return nil, none
	}
	if n.Kind != yaml.AliasNode {
		return n, none
	}
	target := n.Alias
	if target == nil || w.active[target] {
		w.fault(n, fmt.Sprintf("the alias *%s is within what it stands for", n.Value), "")
		return nil, none
	}
	w.active[target] = true
	return target, func() { delete(w.active, target) }
}

// entry is one key of a map with its value.
type entry struct {
	key   *yaml.Node
	value *yaml.Node
}

// entries lists the keys of a map: its own, then those of maps merged in by <<, where it has none of its own.
func (w *walker) entries(n *yaml.Node) []entry {
	var own, merged []entry
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content) && !w.faults.tooMany(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode && key.Alias != nil && key.Alias.Kind == yaml.ScalarNode {
			key = &yaml.Node{Kind: yaml.ScalarNode, Value: key.Alias.Value, Line: key.Line, Column: key.Column, Style: yaml.DoubleQuotedStyle}
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			w.fault(key, "a key must be a word", "a text that begins with { or [ needs quotes")
		case key.Value == "<<" && key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
			merged = append(merged, w.merge(value)...)
		case seen[key.Value] != nil:
			w.fault(key, fmt.Sprintf("the key %s is there twice", quote(key.Value)), fmt.Sprintf("the first is in line %d", seen[key.Value].Line))
		default:
			seen[key.Value] = key
			own = append(own, entry{key, value})
		}
	}
	for _, e := range merged {
		if seen[e.key.Value] == nil {
			seen[e.key.Value] = e.key
			own = append(own, e)
		}
	}
	return own
}

// merge lists the keys that << brings: of one map, or of a list of maps, the first winning.
func (w *walker) merge(n *yaml.Node) []entry {
	target, done := w.follow(n)
	defer done()
	switch {
	case target == nil:
		return nil
	case target.Kind == yaml.MappingNode:
		es := w.entries(target)
		w.budget -= len(es)
		return es
	case target.Kind == yaml.SequenceNode:
		var out []entry
		for _, c := range target.Content {
			if c.Kind == yaml.SequenceNode {
				w.fault(c, "<< takes a map, or a list of maps", "")
				continue
			}
			out = append(out, w.merge(c)...)
		}
		return out
	}
	w.fault(n, "<< takes a map, or a list of maps", "")
	return nil
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	locationType = reflect.TypeFor[*time.Location]()
	secretType   = reflect.TypeFor[Secret]()
)

// value fills v from n. A value that is absent (`key:` and nothing behind it, ~, null) leaves v as it is.
func (w *walker) value(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	src := n
	n, done := w.follow(n)
	defer done()
	if n == nil || !w.tagAllowed(n) || isNull(n) {
		return
	}
	p := place{w.f, src.Line, src.Column, n.Value}
	if isSection(v.Type()) {
		v = own(v)
	}
	if n.Kind == yaml.ScalarNode {
		w.scalarOrList(n, v, path, tag, p)
		return
	}
	w.at[path] = p
	switch kind := v.Kind(); {
	case n.Kind == yaml.MappingNode && kind == reflect.Struct:
		w.structure(n, v, path)
	case n.Kind == yaml.MappingNode && kind == reflect.Map:
		w.mapping(n, v, path, tag)
	case n.Kind == yaml.SequenceNode && kind == reflect.Slice:
		w.list(n, v, path, tag)
	default:
		w.hideAll(v.Type(), n)
		w.fault(n, w.mustBe(path, v.Type(), tag), w.shapeHint(n, v))
	}
}

// isSection says whether a value of this type is a section behind a pointer, which sources share.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && t != locationType
}

// own makes a section that may be shared one of its own, to be changed.
func own(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		copied.Elem().Set(v.Elem())
	}
	v.Set(copied)
	return copied.Elem()
}

// isNull says whether a value is absent. A quoted "null" is a text.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&^yaml.TaggedStyle == 0 && n.ShortTag() == "!!null"
}

// tagAllowed refuses explicit tags that mean nothing here. The standard ones are accepted: the Go type decides anyway.
func (w *walker) tagAllowed(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle == 0 {
		return true
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "":
		return true
	}
	w.fault(n, "unknown tag "+quote(n.Tag), "take the tag out; a text that begins with ! needs quotes")
	return false
}

func (w *walker) mustBe(path string, t reflect.Type, tag reflect.StructTag) string {
	return lastKey(path) + " must be " + kindName(t, tag)
}

// lastKey is what a fault calls the value at a path.
func lastKey(path string) string {
	if path == "" {
		return "the file"
	}
	if i := strings.LastIndexByte(path, '['); i > 0 && strings.HasSuffix(path, "]") {
		base, key := lastKey(path[:i]), path[i+1:len(path)-1]
		if _, err := strconv.Atoi(key); err == nil {
			return "an item of " + base
		}
		return base + ": " + key
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// kindName names what is expected, for messages.
func kindName(t reflect.Type, tag reflect.StructTag) string {
	switch {
	case t == durationType:
		return "a duration such as 90s, 15m or 7d"
	case t == locationType:
		return "a time zone such as Asia/Shanghai"
	case t == secretType || t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case tag.Get("unit") == "bytes":
		return "a size such as 20MiB"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "a whole number"
	case t.Kind() == reflect.Pointer:
		return kindName(t.Elem(), tag)
	case t.Kind() == reflect.Slice:
		return "a list"
	}
	return "a map of keys and values"
}

func (w *walker) shapeHint(n *yaml.Node, v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Slice:
		return "put `- ` in front of each item"
	case n.Style&yaml.FlowStyle != 0 && (v.Kind() == reflect.String || v.Kind() == reflect.Pointer):
		return "a text that begins with { or [ needs quotes"
	case n.Kind == yaml.SequenceNode && v.Kind() != reflect.String:
		return "take out the `- `"
	}
	return ""
}

func (w *walker) structure(n *yaml.Node, v reflect.Value, path string) {
	for _, e := range w.entries(n) {
		field, ok := w.fieldOf(v.Type(), e.key.Value)
		if !ok {
			w.unknownKey(e, v.Type(), path)
			continue
		}
		w.value(e.value, v.FieldByIndex(field.Index), join(path, e.key.Value), field.Tag)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fieldOf finds the field of a key.
func (l *loader) fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	fields := l.fields[t]
	if fields == nil {
		fields = map[string]reflect.StructField{}
		for i := range t.NumField() {
			if f := t.Field(i); isKey(f) {
				fields[f.Tag.Get("yaml")] = f
			}
		}
		l.fields[t] = fields
	}
	f, ok := fields[key]
	return f, ok
}

// isKey says whether a field is a key of the file.
func isKey(f reflect.StructField) bool {
	return f.Tag.Get("yaml") != "" && f.Tag.Get("yaml") != "-"
}

// keysOf lists the keys of a type.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if f := t.Field(i); isKey(f) {
			keys = append(keys, f.Tag.Get("yaml"))
		}
	}
	return keys
}

// unknownKey reports a key that is not in the schema here, with the key that was meant, or where it belongs.
func (w *walker) unknownKey(e entry, t reflect.Type, path string) {
	if path == "" && strings.HasPrefix(e.key.Value, "x-") {
		return // a place for anchors
	}
	hint := didYouMean(e.key.Value, keysOf(t))
	if f, ok := w.fieldOf(t, nearest(e.key.Value, keysOf(t))); ok {
		w.hideAll(f.Type, e.value)
	} else if homes, types := homesOf(e.key.Value); len(homes) > 0 {
		hint = "it belongs to " + strings.Join(homes, " or ")
		w.hideAll(types[0], e.value)
	} else if f, ok := w.fieldOf(t, otherWords[strings.ToLower(e.key.Value)]); ok {
		hint = fmt.Sprintf("did you mean %q?", f.Tag.Get("yaml"))
	} else if secretName.MatchString(e.key.Value) {
		w.hideTree(e.value)
	}
	w.fault(e.key, "unknown key "+quote(e.key.Value), hint)
}

// otherWords are what other programs call a key, for hints.
var otherWords = map[string]string{
	"cron": "schedule", "interval": "schedule", "every": "schedule", "refresh": "schedule", "type": "kind", "feed": "url", "link": "url",
	"address": "url", "category": "topic", "selector": "extract", "selectors": "extract", "rules": "extract", "id": "name", "limit": "max_entries",
	"enabled": "disabled", "skip": "disabled", "user-agent": "user_agent", "useragent": "user_agent", "output": "archive", "dir": "archive",
	"path": "archive", "db": "database", "port": "listen", "feeds": "sources", "tz": "timezone",
	"concurrency": "workers", "threads": "workers", "parallel": "workers", "retries": "retry_for", "full_content": "full_text", "crawler": "full_text",
}

// homesOf lists where in the schema a key does exist, and of what type it is there.
func homesOf(key string) (homes []string, types []reflect.Type) {
	var look func(t reflect.Type, path string)
	look = func(t reflect.Type, path string) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, ft := f.Tag.Get("yaml"), f.Type
			if !isKey(f) || name == "defaults" {
				continue
			}
			if isSection(ft) {
				ft = ft.Elem()
			}
			if name == key {
				homes = append(homes, cmp.Or(path, "the top level"))
				types = append(types, ft)
			}
			switch {
			case ft.Kind() == reflect.Struct:
				look(ft, join(path, name))
			case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct:
				look(ft.Elem(), "a source")
			case ft.Kind() == reflect.Map && ft.Elem().Kind() == reflect.Struct:
				look(ft.Elem(), join(path, name)+".<host>")
			}
		}
	}
	look(reflect.TypeFor[Config](), "")
	return homes, types
}

// hideAll keeps what n holds out of messages where a value of type t would be secret.
func (w *walker) hideAll(t reflect.Type, n *yaml.Node) {
	if t == secretType || t.Kind() == reflect.Map && t.Elem() == secretType {
		w.hideTree(n)
	}
}

func (w *walker) hideTree(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		w.f.hide(n)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key
		}
		w.hideTree(c)
	}
}

func (w *walker) mapping(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	out := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); {
		out.SetMapIndex(it.Key(), it.Value())
	}
	for _, e := range w.entries(n) {
		value := reflect.New(v.Type().Elem()).Elem()
		at := path + "[" + e.key.Value + "]"
		w.at["key "+at] = place{w.f, e.key.Line, e.key.Column, e.key.Value}
		w.value(e.value, value, at, tag)
		out.SetMapIndex(reflect.ValueOf(e.key.Value), value)
	}
	v.Set(out)
}

func (w *walker) list(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if v.Type().Elem() == reflect.TypeFor[Source]() {
		w.sources(n) // each with the defaults, later
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, c := range n.Content {
		if w.faults.tooMany() {
			break
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		value := reflect.New(v.Type().Elem()).Elem()
		switch {
		case c.Kind == yaml.MappingNode && value.Kind() == reflect.String:
			w.pair(c, value, at, tag)
		case isNull(c), c.Kind == yaml.ScalarNode && c.Value == "" && value.Kind() == reflect.String:
			w.fault(c, "an empty item", "take out the `-`, or write a value behind it")
		default:
			w.value(c, value, at, tag)
		}
		out = reflect.Append(out, value)
	}
	v.Set(out)
}

// pair reads `- title: 银行`, which YAML takes for a map, as the rule "title: 银行" that was meant.
func (w *walker) pair(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	es := w.entries(n)
	if !strings.HasPrefix(path, "filter.") || len(es) != 1 || es[0].value.Kind != yaml.ScalarNode {
		w.fault(n, w.mustBe(path, v.Type(), tag), "one text for each item; a text with \": \" in it, or that begins with {, needs quotes")
		return
	}
	text := *es[0].value
	text.Value = es[0].key.Value + ": " + text.Value
	text.Style = yaml.DoubleQuotedStyle
	text.Line, text.Column = n.Line, n.Column
	w.value(&text, v, path, tag)
}

// scalarOrList fills v from a single value; a list takes it as its only item.
func (w *walker) scalarOrList(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag, p place) {
	elem := v.Type()
	if v.Kind() == reflect.Slice {
		elem = elem.Elem()
	}
	switch {
	case v.Kind() != reflect.Slice:
		w.at[path] = p
		w.scalar(n, v, path, tag)
	case n.Value == "off" && slices.Contains(strings.Fields(tag.Get("words")), "off"):
		w.at[path] = p
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case elem.Kind() == reflect.Struct:
		w.fault(n, w.mustBe(path, v.Type(), tag), w.shapeHint(n, v))
	default:
		w.at[path], w.at[path+"[0]"] = p, p
		item := reflect.New(elem).Elem()
		w.scalar(n, item, path+"[0]", tag)
		v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), item))
	}
}

// scalar fills v from the text of n: what YAML makes of a plain word does not matter, so 000001 and no stay as they are
// where a text is wanted.
func (w *walker) scalar(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if v.Kind() == reflect.Pointer && v.Type() != locationType {
		w.scalar(n, allocate(v), path, tag)
		return
	}
	text := strings.TrimSpace(n.Value)
	var err error
	switch {
	case v.Type() == secretType:
		w.secret(n, v, path)
		return
	case v.Type() == durationType:
		err = setDuration(v, text, path, tag)
	case v.Type() == locationType:
		err = setLocation(v, text)
	case v.Kind() == reflect.String:
		w.text(n, v, path, tag, text)
		return
	case v.Kind() == reflect.Bool:
		var b bool
		b, err = parseBool(text)
		v.SetBool(b)
	case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
		err = setNumber(v, text, path, tag)
	default:
		err = fmt.Errorf("%s", w.mustBe(path, v.Type(), tag))
	}
	if err != nil {
		msg, hint, _ := strings.Cut(err.Error(), "\n")
		w.fault(n, msg, hint)
	}
}

func allocate(v reflect.Value) reflect.Value {
	v.Set(reflect.New(v.Type().Elem()))
	return v.Elem()
}

// text fills in a plain string.
func (w *walker) text(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag, text string) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		w.fault(n, lastKey(path)+" holds a line break or another control character", "write it in one line")
		return
	}
	if tag.Get("expand") != "" {
		expanded, err := w.expand(text, false)
		if err != nil {
			msg, hint, _ := strings.Cut(err.Error(), "\n")
			w.fault(n, msg, hint)
			return
		}
		text = expanded
	} else if m := reference.FindString(text); m != "" {
		w.fault(n, m+" is not replaced here", "${NAME} is replaced in archive, database, listen, url, user_agent, proxy, headers and cookies")
		return
	}
	if words := strings.Fields(tag.Get("enum")); len(words) > 0 && !slices.Contains(words, text) {
		hint := didYouMean(text, words)
		if hint == "" {
			hint = "one of " + strings.Join(words, ", ")
		}
		w.fault(n, fmt.Sprintf("%s is no value of %s", quote(text), strings.TrimPrefix(lastKey(path), "an item of ")), hint)
		return
	}
	v.SetString(text)
}

// secret fills in a secret: its text is kept out of every message.
func (w *walker) secret(n *yaml.Node, v reflect.Value, path string) {
	text := strings.TrimSpace(n.Value)
	if !onlyReference.MatchString(text) {
		w.f.hide(n)
	}
	expanded, err := w.expand(text, true)
	if err == nil && strings.ContainsFunc(expanded, unicode.IsControl) {
		err = fmt.Errorf("%s holds a line break or another control character", lastKey(path))
	}
	if err != nil {
		msg, hint, _ := strings.Cut(err.Error(), "\n")
		w.fault(n, msg, hint)
		return
	}
	v.SetString(expanded)
}

var (
	reference     = regexp.MustCompile(`\$\{(?:[A-Za-z_][A-Za-z0-9_]*|file:[^}]*)\}`)
	onlyReference = regexp.MustCompile(`^(?:file:.*|(?:[A-Z][a-z]+ )?\$\{[^}]*\})?$`)
	secretName    = regexp.MustCompile(`(?i)auth|token|passw|secret|cookie|session|api.?key|proxy`)
	envName       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func setDuration(v reflect.Value, text, path string, tag reflect.StructTag) error {
	words := strings.Fields(tag.Get("words"))
	if slices.Contains(words, text) {
		v.SetInt(int64(map[string]time.Duration{"off": 0, "forever": Forever}[text]))
		return nil
	}
	d, err := ParseDuration(text)
	if err != nil {
		if len(words) > 0 {
			return fmt.Errorf("%w\nor write %s", err, strings.Join(words, " or "))
		}
		return err
	}
	if lo, err := ParseDuration(tag.Get("min")); err == nil && d < lo && !(d == 0 && slices.Contains(words, "off")) {
		return fmt.Errorf("%s must be at least %s, not %s", lastKey(path), tag.Get("min"), text)
	}
	if hi, err := ParseDuration(tag.Get("max")); err == nil && d > hi {
		return fmt.Errorf("%s must be at most %s, not %s", lastKey(path), tag.Get("max"), text)
	}
	v.SetInt(int64(d))
	return nil
}

func setNumber(v reflect.Value, text, path string, tag reflect.StructTag) error {
	parse := func(s string) (int64, error) {
		n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s is not a whole number", quote(s))
		}
		return n, nil
	}
	if tag.Get("unit") == "bytes" {
		parse = ParseSize
	}
	n, err := parse(text)
	if err != nil {
		return err
	}
	if lo, err := parse(tag.Get("min")); err == nil && n < lo {
		return fmt.Errorf("%s must be at least %s, not %s", lastKey(path), tag.Get("min"), text)
	}
	if hi, err := parse(tag.Get("max")); err == nil && n > hi {
		return fmt.Errorf("%s must be at most %s, not %s", lastKey(path), tag.Get("max"), text)
	}
	v.SetInt(n)
	return nil
}

func setLocation(v reflect.Value, text string) error {
	if text == "" {
		return nil
	}
	loc, err := time.LoadLocation(text)
	if err != nil {
		hint := "write a name of the IANA database, such as Asia/Shanghai, America/New_York or UTC"
		if near := nearest(text, commonZones); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Errorf("%s is not a time zone\n%s", quote(text), hint)
	}
	v.Set(reflect.ValueOf(loc))
	return nil
}

// commonZones are those of the world's financial centres, for hints.
var commonZones = []string{
	"UTC", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore", "Asia/Kolkata", "Asia/Dubai",
	"Australia/Sydney", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Zurich", "Europe/Amsterdam", "Europe/Moscow",
	"America/New_York", "America/Chicago", "America/Los_Angeles", "America/Toronto", "America/Sao_Paulo", "Africa/Johannesburg",
}

// maxSecret is the largest file that a file: reference may name.
const maxSecret = 64 << 10

// readSecret reads the file that a reference names. Pipes and devices are refused: they could wait for ever.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return "", fmt.Errorf("%s is not a plain file of at most %s", path, FormatSize(maxSecret))
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	return strings.TrimSpace(string(b)), err
}

// expand replaces ${NAME} from the environment and, in a secret, `file:path` and ${file:path} by what the file holds.
// $${NAME} stands for ${NAME} itself.
func (w *walker) expand(s string, secret bool) (string, error) {
	if path, ok := strings.CutPrefix(s, "file:"); ok && secret {
		path, err := w.expand(path, false)
		if err != nil {
			return "", err
		}
		return w.fromFile(path)
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		name, rest, ok := strings.Cut(s[i+2:], "}")
		if !ok {
			return "", fmt.Errorf("${ without }\nwrite ${NAME}; $${ stands for ${ itself")
		}
		value, err := w.lookup(name, secret)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		s = rest
	}
}

func (w *walker) lookup(name string, secret bool) (string, error) {
	if path, ok := strings.CutPrefix(name, "file:"); ok && secret {
		return w.fromFile(path)
	}
	if !envName.MatchString(name) {
		return "", fmt.Errorf("${…} holds no name of an environment variable\nletters, digits and _, as in ${FEED_TOKEN}; $${ stands for ${ itself")
	}
	value := w.getenv(name)
	if value == "" {
		return "", fmt.Errorf("the environment variable %s is not set\nset it where feedfolio is started, or use a file: reference", name)
	}
	return value, nil
}

func (w *walker) fromFile(path string) (string, error) {
	if path == "" {
		return "", fmt.Errorf("file: without a path\nwrite for example file:/run/secrets/token")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.f.dir, path)
	}
	w.reads(path)
	s, err := w.readFile(path)
	if err != nil {
		return "", fmt.Errorf("the secret's file cannot be read: %w", err)
	}
	if s == "" {
		return "", fmt.Errorf("the secret's file %s is empty", path)
	}
	return s, nil
}
