// Package layertest is the one harness for layers: a layer's own test is a few lines that say what
// to put in. Beside the layer, in its _test file:
//
//	var _ = layertest.Add(
//		layertest.Case{Type: "dense", Body: `units = 4`, In: layertest.In(5), Out: shape.Shape{4}},
//		layertest.Case{Type: "dense", Body: `units = 4`, In: layertest.In(), Says: "at least one axis"},
//	)
//
// Run says what every case is put through. A registered layer without a case fails a test.
package layertest

import (
	"fmt"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Case is a layer with its arguments and inputs.
type Case struct {
	Type string
	Name string // tells the cases of a type apart; the body does where it is left out
	Body string // the arguments, in HCL
	In   []shape.Spec

	Out      shape.Shape           // the output that is wanted, without the batch axis
	OutDType shape.DType           // float32 where left out
	Range    [2]float64            // of the values of float inputs; -1 to 1 where left out
	Below    int                   // values of integer inputs are less; 4 where left out
	Weights  map[string][2]float64 // ranges of weights' values; -1 to 1 where left out
	NoGrad   []int                 // inputs that have no gradient
	NoGradOf []string              // weights that have no gradient, or one that is not that of the output
	Changes  bool                  // training changes the weights that are not trained
	Steps    []string              // weights that are trained, and that training changes before they are used

	More    []shape.Shape           // the further outputs of a layer with several
	Mask    []float64               // the mask of the input for 3 examples, [3, time]
	Masks   bool                    // the output has a mask
	Tensors map[string][]shape.Spec // the call's tensor arguments

	// A case that is refused: the error says Says, and points at the argument Arg where it is given.
	Says string
	Arg  string
}

// In is one float input of the given shape, without the batch axis.
func In(dims ...int) []shape.Spec { return []shape.Spec{shape.Of(dims...)} }

// Ints is one integer input of the given shape, without the batch axis.
func Ints(dims ...int) []shape.Spec {
	return []shape.Spec{{Shape: dims, DType: shape.Int32, Known: true}}
}

// Ins is several float inputs.
func Ins(shapes ...shape.Shape) []shape.Spec {
	var out []shape.Spec
	for _, s := range shapes {
		out = append(out, shape.Of(s...))
	}
	return out
}

var cases []Case

// Add puts cases into the table.
func Add(cs ...Case) bool {
	cases = append(cases, cs...)
	return true
}

// Untested lists the registered layers that have no case.
func Untested() []string {
	has := map[string]bool{}
	for _, c := range cases {
		if c.Says == "" {
			has[layer.Registry.Full(c.Type)] = true
		}
	}
	var out []string
	for _, n := range layer.Registry.Names() {
		if !has[n] {
			out = append(out, n)
		}
	}
	return out
}

func (c *Case) title() string {
	if c.Name != "" {
		return c.Type + "/" + c.Name
	}
	return fmt.Sprintf("%s/%s %v", c.Type, c.Body, c.In)
}

// Decode makes the layer of a kind from its arguments, in HCL.
func Decode(t testing.TB, kind, body string) layer.Layer {
	t.Helper()
	c := Case{Type: kind, Body: body}
	l, _, err := c.decode()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// decode makes the layer from its text.
func (c *Case) decode() (layer.Layer, *schema.Decoded, error) {
	file, diags := hclsyntax.ParseConfig([]byte(c.Body), c.Type+".hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	return decode(c.Type, file.Body, hcl.Range{Filename: c.Type + ".hcl", Start: hcl.InitialPos, End: hcl.InitialPos})
}

// decode makes a layer, and the layers that are written inside it.
func decode(kind string, body hcl.Body, where hcl.Range) (layer.Layer, *schema.Decoded, error) {
	l, err := layer.Registry.New(kind)
	if err != nil {
		return nil, nil, err
	}
	w, wraps := l.(layer.Wrapper)
	var inner []layer.Inner
	if wraps {
		c, rest, diags := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "layer", LabelNames: []string{"type", "name"}}}})
		if diags.HasErrors() {
			return nil, nil, diags
		}
		body = rest
		for _, b := range c.Blocks {
			in := layer.Inner{Type: b.Labels[0], Name: b.Labels[1], Where: b.DefRange}
			if in.Layer, in.Args, err = decode(in.Type, b.Body, b.DefRange); err != nil {
				return nil, nil, err
			}
			inner = append(inner, in)
		}
	}
	d, diags := schema.Decode(body, nil, l, fmt.Sprintf("layer %q", kind), where)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	if wraps {
		return l, d, w.Wrap(inner)
	}
	return l, d, nil
}
