package schema

import (
	"fmt"
	"strings"
)

// Markdown writes the reference page of a block: what it is, whose name and meaning it has, how it is
// written, and its arguments. kind is what it is one of, as "layer"; for a block of the language itself
// kind and name are the same.
func Markdown(kind, name string, b *Block) string {
	var w strings.Builder
	fmt.Fprintf(&w, "# %s\n\n%s\n\n", name, b.Summary)
	if b.Source != "" {
		fmt.Fprintf(&w, "Named after and behaves as: `%s`.\n\n", b.Source)
	}
	fmt.Fprintf(&w, "```hcl\n%s```\n\n", Snippet(kind, name, b))
	for _, n := range b.Notes {
		fmt.Fprintf(&w, "%s\n\n", n)
	}
	if len(b.Args) == 0 && b.FreeHelp == "" {
		w.WriteString("It takes no arguments.\n\n")
	} else {
		w.WriteString("| argument | type | default | |\n| --- | --- | --- | --- |\n")
		for _, a := range b.Args {
			fmt.Fprintf(&w, "| `%s` | %s | %s | %s |\n", a.Name, cell(a.typeText()), cell(a.defaultText()), cell(a.text()))
		}
		if b.FreeHelp != "" {
			fmt.Fprintf(&w, "| any other | value | | %s |\n", cell(b.FreeHelp))
		}
		w.WriteString("\n")
	}
	if len(b.Blocks) > 0 {
		w.WriteString("| block | |\n| --- | --- |\n")
		for _, n := range b.Blocks {
			fmt.Fprintf(&w, "| `%s` | %s |\n", n.header(), cell(n.text()))
		}
		w.WriteString("\n")
	}
	return strings.TrimRight(w.String(), "\n") + "\n"
}

// cell keeps a text inside a cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ")
}

func (a *Arg) typeText() string {
	switch {
	case a.Choice != nil && a.Number:
		return fmt.Sprintf("number, name of a %s, or block", a.Choice.Kind())
	case a.Choice != nil && a.List != "":
		return fmt.Sprintf("list of %ss, or `%s` blocks", a.Choice.Kind(), a.List)
	case a.Choice != nil:
		return fmt.Sprintf("name of a %s, or block", a.Choice.Kind())
	}
	return string(a.Type)
}

func (a *Arg) defaultText() string {
	switch {
	case a.Required:
		return "required"
	case a.Default == "":
		return ""
	}
	return "`" + a.Default + "`"
}

// text is the help with the limits at its end.
func (a *Arg) text() string {
	var limits []string
	for _, l := range a.Limits {
		limits = append(limits, l.Text)
	}
	s := a.Help
	if a.per != nil {
		s += a.per.text
	}
	if len(limits) == 0 {
		return s
	}
	if s != "" {
		s += " "
	}
	joined := strings.Join(limits, " and ")
	return s + strings.ToUpper(joined[:1]) + joined[1:] + "."
}

func (n Nested) header() string {
	s := n.Name
	for _, l := range n.Labels {
		s += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	return s
}

func (n Nested) text() string {
	if n.Once {
		return n.Help + " At most one."
	}
	return n.Help
}

// Snippet writes a block as it stands in a file, with its required arguments, or its first ones where none
// is required.
func Snippet(kind, name string, b *Block) string {
	header := kind
	switch {
	case kind == "layer":
		header = fmt.Sprintf("layer %q \"NAME\"", name)
	case kind != name:
		header = fmt.Sprintf("%s %q", strings.ReplaceAll(kind, " ", "_"), name)
	}
	var args []*Arg
	for _, a := range b.Args {
		if a.Required {
			args = append(args, a)
		}
	}
	for _, a := range b.Args {
		if len(args) == 0 && a.Choice == nil && a.Default != "" {
			args = append(args, a)
		}
	}
	var blocks []Nested
	for _, n := range b.Blocks {
		if !n.Once || n.Name == "source" {
			blocks = append(blocks, n)
		}
	}
	if len(args) == 0 && len(blocks) == 0 {
		return header + " {}\n"
	}
	width := 0
	for _, a := range args {
		width = max(width, len(a.Name))
	}
	var w strings.Builder
	w.WriteString(header + " {\n")
	for _, a := range args {
		fmt.Fprintf(&w, "  %-*s = %s\n", width, a.Name, a.example())
	}
	for _, n := range blocks {
		fmt.Fprintf(&w, "  %s {}\n", n.header())
	}
	w.WriteString("}\n")
	return w.String()
}

// example is a value that the argument accepts.
func (a *Arg) example() string {
	switch {
	case a.Example != "":
		return a.Example
	case a.Default != "":
		return a.Default
	}
	number := "1"
	for _, l := range a.Limits {
		if words, ok := l.JSON["enum"].([]string); ok {
			return fmt.Sprintf("%q", words[0])
		}
		if min, ok := l.JSON["minimum"].(float64); ok && min > 1 {
			number = plain(min)
		}
		if max, ok := l.JSON["exclusiveMaximum"].(float64); ok && max <= 1 {
			number = "0.5"
		}
	}
	if a.Choice != nil {
		names := a.Choice.Names()
		if len(names) == 0 {
			return "null"
		}
		if a.List != "" {
			return fmt.Sprintf("[%q]", names[0])
		}
		return fmt.Sprintf("%q", names[0])
	}
	switch a.Type {
	case Int, Float, Pair, IntOrInts, IntOrShape, FloatOrFloats:
		return number
	case Bool:
		return "true"
	case String:
		return `"..."`
	case Ints, Floats:
		return "[" + number + "]"
	case Strings:
		return `["..."]`
	}
	return "null"
}
