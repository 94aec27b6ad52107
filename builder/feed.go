package builder

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// inputs evaluates what feeds a layer.
func (w *walker) inputs(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext, fed *Tensor) ([]*Tensor, bool) {
	if l.Inputs == nil {
		if fed == nil {
			if len(sc.inputs) == 0 {
				w.errorf(l.DeclRange, "No input", "Layer %q is the first and there is no input block above it.", l.Name)
			} else {
				w.errorf(l.DeclRange, "No input", "Layer %q is the first and there are several inputs (%s): say which feed it with inputs = [...].", l.Name, strings.Join(keys(sc.inputs), ", "))
			}
			return nil, false
		}
		return []*Tensor{fed}, true
	}
	v, ok := w.eval(sc, l.Inputs, ctx)
	if !ok {
		return nil, false
	}
	return w.tensors(l.Inputs, "inputs", v)
}

// tensors reads the value of `inputs` or another argument that takes tensors: a list in call order
// (or one tensor).
func (w *walker) tensors(e hcl.Expression, name string, v cty.Value) ([]*Tensor, bool) {
	v, _ = v.UnmarkDeep()
	if v == cty.DynamicVal || !v.IsKnown() {
		return nil, false // a layer above had a mistake
	}
	if t, err := tensorOf(v); err == nil && v.Type().IsObjectType() && v.Type().HasAttribute(hidden) {
		return []*Tensor{t}, true
	}
	elems, ok := elements(v)
	if !ok || len(elems) == 0 {
		w.errorf(e.Range(), "Invalid value for \""+name+"\"", "A list of layers and inputs is wanted, as [layer.a, input.b]; got %s.", schema.Show(v))
		return nil, false
	}
	var out []*Tensor
	for i, x := range elems {
		if !x.IsKnown() {
			return nil, false
		}
		t, err := tensorOf(x)
		if err != nil {
			w.errorf(e.Range(), "Invalid value for \""+name+"\"", "Element %d: %s.", i, err)
			return nil, false
		}
		out = append(out, t)
	}
	return out, true
}
