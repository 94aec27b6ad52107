package builder

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// decoded is a layer of the registry with its arguments, before it is used.
type decoded struct {
	impl    layer.Layer
	args    *schema.Decoded
	tensors map[string][]*Tensor // the call's tensor arguments
}

// decode reads a layer's body: tensor arguments, nested layers, then what its schema binds.
func (w *walker) decode(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext) (*decoded, bool) {
	impl, err := layer.Registry.New(l.Type)
	if err != nil {
		w.noSuchLayer(sc, l)
		return nil, false
	}
	if w.misnamed(sc, l.BodyReferences) {
		return nil, false
	}
	d := &decoded{impl: impl}
	body, also, ok := l.Body, append([]string(nil), dsl.MetaArguments...), true
	if ta, is := impl.(layer.TensorArguments); is {
		var more []string
		if d.tensors, body, more, ok = w.tensorArguments(sc, ta, body, ctx); !ok {
			return nil, false
		}
		also = append(also, more...)
	}
	var inner []layer.Inner
	wrapper, wraps := impl.(layer.Wrapper)
	if wraps {
		if inner, body, ok = w.nested(sc, l, body, ctx); !ok {
			return nil, false
		}
		also = append(also, "layer")
	}
	var diags hcl.Diagnostics
	d.args, diags = schema.Decode(body, ctx, impl, fmt.Sprintf("layer %q", l.Type), l.DeclRange, also...)
	for _, x := range diags {
		if strings.Contains(x.Detail, "in namespace \"ops::") || strings.Contains(x.Detail, "in namespace \"random::\"") {
			x.Detail = "Tensors are computed in a lambda layer, as function = ops::exp(layer.NAME), and in add_loss; this argument must be known when the model is made."
		}
	}
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() {
		return nil, false
	}
	if wraps {
		if err := wrapper.Wrap(inner); err != nil {
			w.diags = append(w.diags, d.args.Diagnose("Invalid layer inside", err))
			return nil, false
		}
	}
	return d, true
}

// tensorArguments takes the attributes that name tensors out of a body.
func (w *walker) tensorArguments(sc *scope, ta layer.TensorArguments, body hcl.Body, ctx *hcl.EvalContext) (map[string][]*Tensor, hcl.Body, []string, bool) {
	var s hcl.BodySchema
	var names []string
	for _, a := range ta.TensorArguments() {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.Name})
		names = append(names, a.Name)
	}
	c, rest, diags := body.PartialContent(&s)
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() {
		return nil, rest, names, false
	}
	out := map[string][]*Tensor{}
	for _, name := range names {
		attr := c.Attributes[name]
		if attr == nil {
			continue
		}
		v, ok := w.eval(sc, attr.Expr, ctx)
		if !ok {
			return nil, rest, names, false
		}
		if v.IsKnown() && v.IsNull() {
			continue
		}
		list, ok := w.tensors(attr.Expr, name, v)
		if !ok {
			return nil, rest, names, false
		}
		out[name] = list
	}
	return out, rest, names, true
}

// nested decodes the layer blocks inside a wrapper. They are part of it: no meta-arguments, no
// names that others could refer to.
func (w *walker) nested(sc *scope, l *dsl.Layer, body hcl.Body, ctx *hcl.EvalContext) ([]layer.Inner, hcl.Body, bool) {
	c, rest, diags := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "layer", LabelNames: []string{"type", "name"}}}})
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() {
		return nil, rest, false
	}
	if len(c.Blocks) == 0 {
		w.errorf(l.DeclRange, "Missing layer", "Layer %q holds another layer: write it inside, as layer \"lstm\" \"lstm\" { units = 64 }.", l.Type)
		return nil, rest, false
	}
	var out []layer.Inner
	for _, b := range c.Blocks {
		block, fine := w.nestedBlock(sc, b, ctx)
		if !fine {
			return nil, rest, false
		}
		if block != nil {
			out = append(out, layer.Inner{Type: b.Labels[0], Name: b.Labels[1], Layer: block, Where: b.DefRange})
			continue
		}
		impl, err := layer.Registry.New(b.Labels[0])
		if err != nil {
			r := b.LabelRanges[0]
			w.errorf(r, "Unknown layer", "%s.", capital(err.Error()))
			return nil, rest, false
		}
		inner := layer.Inner{Type: b.Labels[0], Name: b.Labels[1], Layer: impl, Where: b.DefRange}
		body := b.Body
		var held []layer.Inner
		wrapper, wraps := impl.(layer.Wrapper)
		if wraps {
			var ok bool
			if held, body, ok = w.nested(sc, &dsl.Layer{Type: b.Labels[0], DeclRange: b.DefRange}, body, ctx); !ok {
				return nil, rest, false
			}
		}
		var diags hcl.Diagnostics
		inner.Args, diags = schema.Decode(body, ctx, impl, fmt.Sprintf("layer %q", b.Labels[0]), b.DefRange)
		w.diags = append(w.diags, diags...)
		if diags.HasErrors() {
			return nil, rest, false
		}
		if wraps {
			if err := wrapper.Wrap(held); err != nil {
				w.diags = append(w.diags, inner.Args.Diagnose("Invalid layer inside", err))
				return nil, rest, false
			}
		}
		out = append(out, inner)
	}
	return out, rest, true
}

// value is what expressions see of a use: its first output, with all under outputs.
func (u *Use) value() cty.Value {
	list := make([]cty.Value, len(u.Outs))
	for i, t := range u.Outs {
		list[i] = t.value(cty.NilVal)
	}
	return u.Outs[0].value(cty.TupleVal(list))
}
