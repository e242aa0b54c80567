package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Field is a key of a source with its value, for AddSource: a string, a number, a bool, or a list or map of them.
type Field struct {
	Key   string
	Value any
}

// AddSource returns the configuration file data with one more source at the end of its list. Nothing else of the file
// changes: comments, order and white space stay. It works on the main file and on an included one. The result is not
// checked beyond its YAML: give it to Load or Parse.
func AddSource(data []byte, fields []Field) ([]byte, error) {
	f := &file{name: "the configuration", data: data}
	bom := data[:len(data)-len(bytes.TrimPrefix(data, []byte("\uFEFF")))]
	root, fault := f.parse()
	if fault != nil && !errors.Is(fault.err, errEmpty) {
		list := []Fault{*fault}
		finish(list)
		return nil, &Faults{List: list}
	}
	at, err := f.sourcesEnd(root)
	if err != nil {
		return nil, err
	}
	text, err := sourceText(fields, at.indent)
	if err != nil {
		return nil, err
	}
	text = at.before + text
	if at.offset > 0 && f.data[at.offset-1] != '\n' {
		text = "\n" + text
	}
	if bytes.Contains(f.data, []byte("\r\n")) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	out := bytes.Join([][]byte{bom, f.data[:at.offset-at.cut], []byte(text), f.data[at.offset:]}, nil)
	if before, after := countSources(root), f.recount(out); after != before+1 {
		return nil, errors.New("the source cannot be added to this file as it is written\n  help: write `sources:` as a list with a `- ` for each source")
	}
	return out, nil
}

// spot is where a source's text goes.
type spot struct {
	offset int    // in the file
	cut    int    // bytes in front of it that go
	indent int    // columns in front of the -
	before string // text in front of the source
}

// sourcesOf returns the node of the list of sources; nil where there is none.
func sourcesOf(root *yaml.Node) *yaml.Node {
	switch {
	case root == nil:
		return nil
	case root.Kind == yaml.SequenceNode:
		return root
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "sources" {
			return root.Content[i+1]
		}
	}
	return nil
}

func countSources(root *yaml.Node) int {
	if n := sourcesOf(root); n != nil && n.Kind == yaml.SequenceNode {
		return len(n.Content)
	}
	return 0
}

// recount counts the sources of the changed file; -1 where it cannot be read.
func (f *file) recount(data []byte) int {
	root, fault := (&file{name: f.name, data: data}).parse()
	if fault != nil {
		return -1
	}
	return countSources(root)
}

// sourcesEnd finds the end of the list of sources.
func (f *file) sourcesEnd(root *yaml.Node) (spot, error) {
	end := spot{offset: len(f.data), indent: 2}
	n := sourcesOf(root)
	switch {
	case root != nil && root.Kind != yaml.MappingNode && root.Kind != yaml.SequenceNode:
		return end, errors.New("the configuration is not a map of keys and values")
	case n == nil:
		end.before = "sources:\n"
		if len(bytes.TrimSpace(f.data)) > 0 {
			end.before = "\nsources:\n"
		}
		return end, nil
	case isNull(n) && n.Value == "":
		end.offset = f.lineEnd(n.Line)
		return end, nil
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0:
		end.indent = n.Column - 1
		end.offset = f.lineEnd(f.lastLine(n))
		return end, nil
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0 && n != root:
		head, rest, ok := strings.Cut(f.line(n.Line), "[]")
		if ok && strings.TrimSpace(rest) == "" {
			end.offset = f.lineEnd(n.Line)
			end.cut = end.offset - f.lineStart(n.Line) - len(strings.TrimRight(head, " "))
			end.before = "\n"
			return end, nil
		}
	}
	return end, fmt.Errorf("the list of sources, in line %d, is not written with a line for each\n  help: write `sources:` and below it `  - url: ...` for each source", n.Line)
}

func (f *file) lineStart(n int) int {
	f.index()
	if n < 2 {
		return 0
	}
	return f.ends[n-2]
}

func (f *file) lineEnd(n int) int {
	f.index()
	return f.ends[n-1]
}

// lastLine is the last line of a block list: the last line that a node in it begins in, and what is indented below that.
func (f *file) lastLine(n *yaml.Node) int {
	last := n.Line
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		last = max(last, n.Line)
		for _, c := range n.Content {
			look(c)
		}
	}
	look(n)
	for line := last + 1; line <= f.lineCount(); line++ {
		text := f.line(line)
		if strings.TrimSpace(text) == "" {
			continue
		}
		if len(text)-len(strings.TrimLeft(text, " ")) < n.Column {
			break
		}
		last = line
	}
	return last
}

// sourceText writes a source as an item of a block list.
func sourceText(fields []Field, indent int) (string, error) {
	item := &yaml.Node{Kind: yaml.MappingNode}
	for _, field := range fields {
		key, value := new(yaml.Node), new(yaml.Node)
		key.SetString(field.Key)
		if s, ok := field.Value.(string); ok {
			value.SetString(s)
		} else if err := value.Encode(field.Value); err != nil {
			return "", fmt.Errorf("write %s: %w", field.Key, err)
		} else if value.Kind != yaml.ScalarNode {
			value.Style = yaml.FlowStyle
		}
		item.Content = append(item.Content, key, value)
	}
	b, err := yaml.Dump(item, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return "", fmt.Errorf("write the source: %w", err)
	}
	var out strings.Builder
	lead := strings.Repeat(" ", indent) + "- "
	for line := range strings.Lines(string(b)) {
		out.WriteString(lead + line)
		lead = strings.Repeat(" ", indent+2)
	}
	return out.String(), nil
}
