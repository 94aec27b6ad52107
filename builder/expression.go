package builder

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl"
)

// AddedLoss is an add_loss block of a model, or of one use of a block.
type AddedLoss struct {
	Path  string // the block's use and the name
	Where hcl.Range
	In    []*Tensor
	Value *expr.Tensor // nil where it is not known yet

	index int // among those of the same path
}

// leaves gathers the tensors that expressions mention.
type leaves struct {
	list []*Tensor
	made map[*Tensor]*expr.Tensor
}

// given is what a value means in an expression.
func (l *leaves) given(v cty.Value) (*expr.Tensor, bool) {
	t, err := tensorOf(v)
	if err != nil {
		return nil, false
	}
	if made, ok := l.made[t]; ok {
		return made, true
	}
	var leaf *expr.Tensor
	if t.Spec.Known {
		origin := t.Name
		if t.Where.Filename != "" {
			origin = fmt.Sprintf("%s (%s:%d)", t.Name, t.Where.Filename, t.Where.Start.Line)
		}
		leaf = expr.Leaf(len(l.list), origin, t.Spec)
	}
	if l.made == nil {
		l.made = map[*Tensor]*expr.Tensor{}
	}
	l.made[t] = leaf
	l.list = append(l.list, t)
	return leaf, true
}

// contextOf is what an expression sees, and whether all that it names is there.
func (w *walker) contextOf(sc *scope, e hcl.Expression, vars map[string]cty.Value) (*hcl.EvalContext, bool) {
	x, diags := expr.Parse(e)
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() || w.misnamed(sc, x.Variables()) {
		return nil, false
	}
	return sc.context(x.Variables(), vars), true
}

// express compiles the expressions of a layer, and returns the tensors that feed it.
func (w *walker) express(sc *scope, l *dsl.Layer, e layer.Expressive, in instance, ctx *hcl.EvalContext) ([]*Tensor, bool) {
	vars := maps.Clone(in.vars)
	var fed []*Tensor
	if l.Inputs != nil {
		var ok bool
		if fed, ok = w.inputs(sc, l, ctx, sc.previous); !ok {
			return nil, false
		}
		if vars == nil {
			vars = map[string]cty.Value{}
		}
		vars["previous"] = fed[0].value(cty.NilVal)
		w.read(fed[0])
	}
	var contexts []*hcl.EvalContext
	for _, x := range e.Expressions() {
		if x == nil {
			contexts = append(contexts, nil)
			continue
		}
		c, ok := w.contextOf(sc, x, vars)
		if !ok {
			return nil, false
		}
		contexts = append(contexts, c)
	}
	var used leaves
	diags := e.Compile(contexts, used.given)
	w.diags = append(w.diags, diags...)
	switch {
	case diags.HasErrors():
		return nil, false
	case len(used.list) > 0:
		return used.list, true
	case len(fed) > 0:
		return fed[:1], true
	case sc.previous != nil:
		return []*Tensor{sc.previous}, true
	}
	if len(sc.inputs) > 0 { // any tensor will do to know the size of the batch by
		if t, err := tensorOf(sc.inputs[slices.Min(keys(sc.inputs))]); err == nil {
			return []*Tensor{t}, true
		}
	}
	w.errorf(l.DeclRange, "No input", "Layer %q is the first and there is no input block above it.", l.Name)
	return nil, false
}

// addLosses compiles the add_loss blocks of a body, which may name all its layers.
func (w *walker) addLosses(sc *scope, g dsl.Graph) {
	for _, l := range g.Losses {
		if l.Value == nil {
			continue
		}
		ctx, ok := w.contextOf(sc, l.Value, nil)
		if !ok {
			continue
		}
		var used leaves
		c, diags := expr.Compile(l.Value, ctx, used.given)
		w.diags = append(w.diags, diags...)
		if diags.HasErrors() {
			continue
		}
		for _, t := range used.list {
			w.read(t)
		}
		added := &AddedLoss{Path: sc.path + l.Name, Where: l.DeclRange, In: used.list}
		for _, old := range w.model.Losses {
			if old.Path == added.Path {
				added.index++
			}
		}
		switch {
		case !c.Known:
			w.model.partial = true
		case c.List:
			w.errorf(l.Value.Range(), "Invalid expression", "One tensor is wanted, got a list of %d.", len(c.Tensors))
			continue
		case len(used.list) == 0:
			w.errorf(l.Value.Range(), "Invalid expression", "The value names neither a layer nor an input, so that there is nothing to train.")
			continue
		default:
			added.Value = c.Tensors[0].Total()
		}
		w.model.Losses = append(w.model.Losses, added)
	}
}

// build makes the scalar that is added.
func (l *AddedLoss) build(g *op.Graph, batch int, at func(*Tensor) *op.Node) (*op.Node, error) {
	s := &expr.Scope{
		Graph: g, Batch: batch, Anchor: at(l.In[0]),
		Leaf:   func(source any) *op.Node { return at(l.In[source.(int)]) },
		Random: func(purpose string) uint64 { return stream(l.Path, l.index, "add_loss "+purpose) },
	}
	n := s.Build(l.Value)
	if err := g.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: add_loss %q: %w", l.Where.Filename, l.Where.Start.Line, l.Path, err)
	}
	return n, nil
}

// peek is an example of the layer that a block asks for, or nil.
func (w *walker) peek(l *dsl.Layer) layer.Layer {
	impl, err := layer.Registry.New(l.Type)
	if err != nil {
		return nil // decode reports it
	}
	return impl
}
