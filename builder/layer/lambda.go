package layer

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("lambda", func() Layer { return new(lambda) })

// lambda is an expression of the file. The builder compiles it, and gives the tensors that it mentions as
// inputs.
type lambda struct {
	function, mask schema.Expr
	value, masked  expr.Compiled
	compiled       bool
	allowed, total bool // that the value is one number for the batch
	Activity
}

func (l *lambda) Schema(b *schema.Block) {
	b.Doc("What an expression of layers and inputs computes: operators, ops:: and random:: functions.", "keras.layers.Lambda",
		"`previous` in the expression is what feeds the layer; other layers and inputs above are named as layer.NAME and input.NAME.",
		"A list makes several outputs. In JSON the expression is a string.")
	b.Expr(&l.function, "function", "The expression.", schema.Example("ops::relu(previous) + 1"))
	b.Expr(&l.mask, "mask", "The mask of the output, [batch, time], true where a step counts; none when left out.", schema.Optional())
	l.Activity.Bind(b)
}

// Expressions are function and mask.
func (l *lambda) Expressions() []hcl.Expression {
	return []hcl.Expression{l.function.Expression, l.mask.Expression}
}

// Compile compiles function and mask.
func (l *lambda) Compile(ctx []*hcl.EvalContext, given expr.Given) hcl.Diagnostics {
	l.compiled = true
	var diags hcl.Diagnostics
	l.value, diags = expr.Compile(l.function.Expression, ctx[0], given)
	if l.mask.Expression == nil {
		return diags
	}
	var more hcl.Diagnostics
	l.masked, more = expr.Compile(l.mask.Expression, ctx[1], given)
	return append(diags, more...)
}

// Partial tells whether the expression depends on what is not known yet.
func (l *lambda) Partial() bool {
	return !l.value.Known || l.mask.Expression != nil && !l.masked.Known
}

// InputCount is any number.
func (l *lambda) InputCount() (least, most int) { return 1, -1 }

// AllowTotal lets the value be one number for the batch.
func (l *lambda) AllowTotal() { l.allowed = true }

// Total tells whether it is.
func (l *lambda) Total() bool { return l.total }

// OutputCount is the length of the list, or 1.
func (l *lambda) OutputCount() int { return max(1, len(l.value.Tensors)) }

// alone compiles the expression where no model has: `previous` is the first input.
func (l *lambda) alone(in []shape.Spec) error {
	leaf := expr.Leaf(0, "previous", in[0])
	hold := cty.StringVal("previous")
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"previous": hold}}
	diags := l.Compile([]*hcl.EvalContext{ctx, ctx}, func(v cty.Value) (*expr.Tensor, bool) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() == "previous" {
			return leaf, true
		}
		return nil, false
	})
	l.compiled = false
	if diags.HasErrors() {
		return schema.At("function", diags)
	}
	return nil
}

// Shape is that of the first output.
func (l *lambda) Shape(in []shape.Spec) (shape.Spec, error) {
	list, err := l.Shapes(in)
	if err != nil {
		return shape.Spec{}, err
	}
	return list[0], nil
}

// Shapes are those of the expression.
func (l *lambda) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	if !l.compiled {
		if err := l.alone(in); err != nil {
			return nil, err
		}
	}
	if l.Partial() {
		return make([]shape.Spec, l.OutputCount()), nil
	}
	var out []shape.Spec
	if l.total = l.allowed && len(l.value.Tensors) == 1 && len(l.value.Tensors[0].Shape) == 0; l.total {
		s := shape.Spec{Shape: shape.Shape{}, DType: shape.Float32, Known: true}
		if l.value.Tensors[0].Kind == expr.Int {
			s.DType = shape.Int32
		}
		return []shape.Spec{s}, nil
	}
	for _, t := range l.value.Tensors {
		s, err := t.Spec()
		if err != nil {
			return nil, schema.At("function", err)
		}
		out = append(out, s)
	}
	if l.mask.Expression != nil {
		if err := l.checkMask(out[0]); err != nil {
			return nil, schema.At("mask", err)
		}
	}
	return out, nil
}

func (l *lambda) checkMask(out shape.Spec) error {
	if len(l.masked.Tensors) != 1 || l.masked.List {
		return fmt.Errorf("one tensor is wanted")
	}
	m, err := l.masked.Tensors[0].Spec()
	if err != nil {
		return err
	}
	if len(m.Shape) != 1 || len(out.Shape) < 1 || !m.Shape.Fits(out.Shape[:1]) {
		return fmt.Errorf("a mask has one number for each step, [batch, time]; this one has shape %s for an output of shape %s", m.Shape, out.Shape)
	}
	return nil
}

// Weights are none.
func (l *lambda) Weights([]shape.Spec) []Weight { return nil }

func (l *lambda) scope(s *Scope, in []*op.Node) *expr.Scope {
	if !l.compiled {
		spec := shape.Of(op.SpecOf(in[0]).Shape[1:]...)
		if op.SpecOf(in[0]).DType == op.Int32 {
			spec.DType = shape.Int32
		}
		if err := l.alone([]shape.Spec{spec}); err != nil {
			s.Fail(err)
		}
	}
	return &expr.Scope{
		Graph: s.Graph, Batch: s.Batch, Anchor: in[0], Random: s.Random,
		Leaf: func(source any) *op.Node { return in[source.(int)] },
	}
}

// Build makes the first output.
func (l *lambda) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll makes the outputs.
func (l *lambda) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	sc := l.scope(s, in)
	out := make([]*op.Node, len(l.value.Tensors))
	for i, t := range l.value.Tensors {
		out[i] = sc.Build(t.Whole())
	}
	return out
}

// Mask is what the expression mask computes.
func (l *lambda) Mask(s *Scope, in, _ []*op.Node) *op.Node {
	if l.mask.Expression == nil {
		return nil
	}
	return l.scope(s, in).Build(l.masked.Tensors[0].Truth())
}
