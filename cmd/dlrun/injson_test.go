package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// sameInJSON writes a model file in HCL's JSON syntax, which must mean the same: the same blocks are
// counted, the same layers with the same shapes and weights come of it, and nothing is complained of.
func sameInJSON(t *testing.T, name string, src []byte) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		t.Errorf("%s: %v", name, diags)
		return
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(inJSON(f.Body.(*hclsyntax.Body), src)), "", "  "); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if err := os.WriteFile(name+".json", b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(name + ".json")
	for _, command := range []string{"validate", "summary"} {
		want, _ := here(command, name)
		got, _ := here(command, name+".json")
		if diff := cmp.Diff(want, strings.ReplaceAll(got, name+".json", name)); diff != "" {
			t.Errorf("%s of %s and of the same in JSON:\n%s\n%s", command, name, diff, b.String())
		}
	}
}

// inJSON writes a body.
func inJSON(body *hclsyntax.Body, src []byte) string {
	var parts []string
	for _, name := range sortedAttributes(body) {
		parts = append(parts, quote(name)+":"+exprInJSON(name, body.Attributes[name].Expr, src))
	}
	var types []string
	blocks := map[string][]string{}
	for _, b := range body.Blocks {
		text := inJSON(b.Body, src)
		for i := len(b.Labels) - 1; i >= 0; i-- {
			text = "{" + quote(b.Labels[i]) + ":" + text + "}"
		}
		if blocks[b.Type] == nil {
			types = append(types, b.Type)
		}
		blocks[b.Type] = append(blocks[b.Type], text)
	}
	for _, typ := range types {
		parts = append(parts, quote(typ)+":["+strings.Join(blocks[typ], ",")+"]")
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func exprInJSON(name string, e hclsyntax.Expression, src []byte) string {
	text := string(e.Range().SliceBytes(src))
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.IsNull() || e.Val.Type() == cty.Bool || e.Val.Type() == cty.Number {
			return text
		}
	case *hclsyntax.TemplateExpr:
		return text // HCL's quoted strings escape as JSON's
	case *hclsyntax.TupleConsExpr:
		parts := make([]string, len(e.Exprs))
		for i, x := range e.Exprs {
			parts[i] = exprInJSON("", x, src)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *hclsyntax.ObjectConsExpr:
		parts := make([]string, len(e.Items))
		for i, x := range e.Items {
			parts[i] = quote(strings.Trim(string(x.KeyExpr.Range().SliceBytes(src)), `"`)) + ":" + exprInJSON("", x.ValueExpr, src)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	switch name {
	case "type", "function", "iterator": // the text itself
		return quote(text)
	}
	return quote("${" + text + "}")
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func sortedAttributes(body *hclsyntax.Body) []string {
	var names []string
	for n := range body.Attributes {
		names = append(names, n)
	}
	for i := range names { // in the order written
		for j := i; j > 0 && body.Attributes[names[j]].SrcRange.Start.Byte < body.Attributes[names[j-1]].SrcRange.Start.Byte; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	return names
}
