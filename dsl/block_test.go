package dsl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

const blockModel = `
block "conv" {
  param "filters" {
    type = number
    validation {
      condition     = param.filters > 0
      error_message = "There must be some."
    }
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "names" {
    type    = list(string)
    default = ["a"]
  }
  input "x" {}
  dynamic "layer" {
    for_each = param.names
    iterator = item
    labels   = [param.strides == 2 ? "two" : "dense", item.value]
    content {
      units  = item.key + param.filters
      inputs = [input[item.value], layer.x]
    }
  }
}
block "two" {
  layer "conv" "inner" {
    filters = 1
    strides = 1
  }
}
model "m" {
  input "x" { shape = [1] }
  layer "conv" "a" {
    filters = "3"
    enabled = true
  }
  layer "conv" "b" {
    filter  = 3
    filters = 0
    names   = "x"
  }
}
`

func loadText(t *testing.T, text string) *Document {
	t.Helper()
	doc, diags := LoadSources(map[string][]byte{"model/model.hcl": []byte(text)}, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return doc
}

// TestExpand writes a block's body out for params.
func TestExpand(t *testing.T) {
	doc := loadText(t, blockModel)
	b, ok := doc.LookupBlock("conv")
	if !ok {
		t.Fatal("no block")
	}
	where := doc.Models[0].Graph.Layers[0].DeclRange
	g, ctx, diags := b.Expand(map[string]cty.Value{"filters": cty.NumberIntVal(3), "names": cty.ListVal([]cty.Value{cty.StringVal("p"), cty.StringVal("q")})}, where)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if len(g.Inputs) != 1 || len(g.Layers) != 2 || g.Layers[1].Type != "dense" || g.Layers[1].Name != "q" {
		t.Fatalf("%d inputs, %d layers", len(g.Inputs), len(g.Layers))
	}
	attrs, diags := g.Layers[1].Body.JustAttributes()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	v, diags := attrs["units"].Expr.Value(ctx)
	if diags.HasErrors() || !v.RawEquals(cty.NumberIntVal(4)) {
		t.Errorf("units = %#v, %v", v, diags)
	}
	// An element of a static list still sees the iterator.
	list, diags := hcl.ExprList(g.Layers[1].Inputs)
	if diags.HasErrors() || len(list) != 2 {
		t.Fatal(diags)
	}
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{"input": cty.ObjectVal(map[string]cty.Value{"q": cty.StringVal("found")})}
	if v, diags := list[0].Value(child); diags.HasErrors() || v.AsString() != "found" {
		t.Errorf("input[item.value] = %#v, %v", v, diags)
	}
	if vars := Iterators(g.Layers[1].Inputs); vars["item"].GetAttr("value").AsString() != "q" {
		t.Errorf("iterators %v", vars)
	}

	for _, c := range []struct {
		params map[string]cty.Value
		want   []string
	}{
		{map[string]cty.Value{}, []string{`Missing argument: block "conv" needs the argument "filters" (number).`}},
		{map[string]cty.Value{"filters": cty.UnknownVal(cty.Number)}, nil},
		{map[string]cty.Value{"filters": cty.DynamicVal, "strides": cty.DynamicVal}, nil},
		{map[string]cty.Value{"filters": cty.StringVal("x"), "stride": cty.Zero}, []string{`Unsupported argument: block "conv" has no param "stride". Did you mean "strides"?`, `Invalid value for "filters": A number is wanted, got "x".`}},
		{map[string]cty.Value{"filters": cty.Zero}, []string{`Invalid value for "filters": There must be some. The value is 0; the rule is on line 5.`}},
		{map[string]cty.Value{"filters": cty.NumberIntVal(1), "strides": cty.NumberIntVal(2)}, []string{"Block inside itself: A block may not recurse: conv -> two -> conv."}},
	} {
		_, _, diags := b.Expand(c.params, where)
		var got []string
		for _, d := range diags {
			got = append(got, d.Summary+": "+d.Detail)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.params, d)
		}
	}
}

// TestArguments reads the arguments of a layer that uses a block, each mistake where it stands.
func TestArguments(t *testing.T) {
	doc := loadText(t, blockModel)
	b, _ := doc.LookupBlock("conv")
	layers := doc.Models[0].Graph.Layers
	values, diags := b.Arguments(layers[0].Body, doc.Models[0].Scope.Context, layers[0].DeclRange)
	if diags.HasErrors() || !values["filters"].RawEquals(cty.NumberIntVal(3)) || !values["strides"].RawEquals(cty.NumberIntVal(1)) {
		t.Errorf("%#v %v", values, diags)
	}
	_, diags = b.Arguments(layers[1].Body, doc.Models[0].Scope.Context, layers[1].DeclRange)
	want := `model/model.hcl:42,5-11: error: Unsupported argument
  block "conv" has no argument "filter". Did you mean "filters"?
  at "filter"
model/model.hcl:44,15-18: error: Invalid value for "names"
  A list(string) is wanted, got "x".
  at "\"x\""
model/model.hcl:43,15-16: error: Invalid value for "filters"
  There must be some. The value is 0; the rule is on line 5.
  at "0"
`
	if d := cmp.Diff(want, render(diags, doc.Files)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, ok := doc.LookupBlock("nothing.conv"); ok {
		t.Error("a block of an import that is not there")
	}
}
