package dsl

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// lineOf says where something is, seen from another place: "line 3", or "data.hcl line 3".
func lineOf(r, from hcl.Range) string {
	if r.Filename == from.Filename {
		return fmt.Sprintf("line %d", r.Start.Line)
	}
	return fmt.Sprintf("%s line %d", r.Filename, r.Start.Line)
}

// header is where a block begins. JSON has no header: there it is the block's last label, or its type.
func header(b *hcl.Block) hcl.Range {
	if !strings.HasSuffix(b.DefRange.Filename, ".json") {
		return b.DefRange
	}
	if n := len(b.LabelRanges); n > 0 {
		return b.LabelRanges[n-1]
	}
	return b.TypeRange
}

// suggestOrNone is schema.Suggest, saying so where there is nothing to suggest from.
func suggestOrNone(got string, names []string, what string) string {
	if len(names) == 0 {
		return " It has no " + what + "."
	}
	return schema.Suggest(got, names)
}

var inQuotes = regexp.MustCompile(`"[^"]*"`)

// quoted is the first quoted word of a message, with its quotes.
func quoted(s string) string { return inQuotes.FindString(s) }

func sortedKeys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// sentence makes an error the beginning of a sentence.
func sentence(err error) string {
	s := err.Error()
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// clip shortens a text for a message.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// pathError says which part of a value an error of cty's is about.
func pathError(err error) string {
	pe, ok := err.(cty.PathError)
	if !ok || len(pe.Path) == 0 {
		return err.Error()
	}
	var b strings.Builder
	for _, s := range pe.Path {
		switch s := s.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + s.Name)
		case cty.IndexStep:
			b.WriteString("[" + schema.Show(s.Key) + "]")
		}
	}
	return "at " + strings.TrimPrefix(b.String(), ".") + ", " + pe.Error()
}

// literalString reads an argument that must be a string without names in it.
func literalString(a *hcl.Attribute, name string) (string, hcl.Diagnostics) {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		for _, d := range diags {
			d.Detail = fmt.Sprintf("%q is a plain string here: it cannot use names or functions.", name)
		}
		return "", diags
	}
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return "", append(diags, problem(a.Expr.Range().Ptr(), fmt.Sprintf("Invalid value for %q", name), "A string is wanted, got %s.", schema.Show(v)))
	}
	return v.AsString(), diags
}
