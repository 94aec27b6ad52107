package builder

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// params evaluates the arguments given to a block.
func (w *walker) params(sc *scope, b *dsl.Block, l *dsl.Layer, ctx *hcl.EvalContext) (map[string]cty.Value, bool) {
	if w.misnamed(sc, l.BodyReferences) {
		return nil, false
	}
	out, diags := b.Arguments(l.Body, ctx, l.DeclRange)
	w.diags = append(w.diags, diags...)
	return out, !diags.HasErrors()
}

// resolve makes a path relative to the module that wrote it.
func resolve(m *dsl.Module, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(m.Dir, file)
}

// block applies a block, or a model, to its inputs: a scope of its own below path.
func (w *walker) block(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext, app *application, trainable, reusing bool) (cty.Value, *Tensor) {
	if w.depth++; w.depth > maxDepth {
		w.depth--
		w.errorf(l.DeclRange, "Nested too deeply", "Blocks are nested more than %d deep here.", maxDepth)
		return cty.DynamicVal, nil
	}
	defer func() { w.depth-- }()

	inner := &scope{path: app.path + "/", trainable: trainable, reusing: reusing}
	var g dsl.Graph
	if app.block != nil {
		graph, inside, diags := app.block.Expand(app.params, l.DeclRange)
		w.diags = append(w.diags, diags...)
		if diags.HasErrors() {
			return cty.DynamicVal, nil
		}
		g, inner.ctx, inner.module = graph, inside, app.block.Scope.Module
	} else {
		if w.inside[app.model] {
			return cty.DynamicVal, nil // dsl has reported it
		}
		w.inside[app.model] = true
		defer delete(w.inside, app.model)
		g, inner.ctx, inner.module = app.model.Graph, app.model.Scope.Context, app.model.Scope.Module
	}
	if !w.bindInputs(sc, inner, l, ctx, g, app) {
		return cty.DynamicVal, nil
	}
	before := len(w.diags)
	outs := w.graph(inner, g, l.DeclRange)
	w.attribute(before, app, l)
	if len(outs) == 0 {
		return cty.DynamicVal, nil
	}
	byName := map[string]cty.Value{}
	for _, o := range outs {
		byName[o.name] = o.tensor.value(cty.NilVal)
	}
	first := *outs[0].tensor // the same value under the block's own name
	first.Name, first.Where, first.owner, first.chain = "layer."+l.Name, l.DeclRange, app, nil
	return first.value(cty.ObjectVal(byName)), &first
}

// attribute says of the mistakes found inside a block which use of it they showed in. One that shows in
// several is reported for the first.
func (w *walker) attribute(before int, app *application, l *dsl.Layer) {
	if w.said == nil {
		w.said = map[string]bool{}
	}
	kept := w.diags[:before]
	for _, d := range w.diags[before:] {
		if d.Severity == hcl.DiagError && !strings.Contains(d.Detail, usedBy) {
			key := d.Error()
			if w.said[key] {
				continue
			}
			w.said[key] = true
			d.Detail += fmt.Sprintf("%slayer %q on %s line %d", usedBy, app.path, l.DeclRange.Filename, l.DeclRange.Start.Line)
		}
		kept = append(kept, d)
	}
	w.diags = kept
}

const usedBy = "\n  used by "

// bindInputs feeds the inputs of a block: by name, or in order; one without an input block has one
// unnamed.
func (w *walker) bindInputs(sc, inner *scope, l *dsl.Layer, ctx *hcl.EvalContext, g dsl.Graph, app *application) bool {
	inner.inputs = map[string]cty.Value{}
	given, named, ok := w.blockInputs(sc, l, ctx)
	if !ok {
		return false
	}
	if named != nil {
		known := map[string]bool{}
		for _, in := range g.Inputs {
			known[in.Name] = true
			if named[in.Name] == nil {
				w.errorf(l.Inputs.Range(), "Missing input", "The block has an input %q, which inputs does not name.", in.Name)
				return false
			}
			given = append(given, named[in.Name])
		}
		for name := range named {
			if !known[name] {
				w.errorf(l.Inputs.Range(), "Unknown input", "The block has no input %q.%s", name, schema.Suggest(name, keys(known)))
				return false
			}
		}
	}
	if want := max(1, len(g.Inputs)); len(given) != want {
		w.errorf(fedAt(l), "Wrong number of inputs", "Layer %q takes %s, got %d: %s.", app.path, counted(want, want), len(given), sources(given))
		return false
	}
	for i, in := range g.Inputs {
		t := *given[i]
		t.Name, t.chain = "input."+in.Name, nil
		if !w.checkInput(inner, in, &t, given[i], l) {
			return false
		}
		inner.inputs[in.Name] = t.value(cty.NilVal)
	}
	for _, t := range given {
		w.read(t)
	}
	if len(given) == 1 {
		t := *given[0]
		t.chain = nil
		inner.previous = &t
	}
	return true
}

func (w *walker) blockInputs(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext) (list []*Tensor, named map[string]*Tensor, ok bool) {
	if l.Inputs == nil {
		list, ok = w.inputs(sc, l, ctx, sc.previous)
		return list, nil, ok
	}
	v, good := w.eval(sc, l.Inputs, ctx)
	if !good {
		return nil, nil, false
	}
	if ty := v.Type(); v.IsKnown() && !v.IsNull() && ty.IsObjectType() && !ty.HasAttribute(hidden) && isObjectLiteral(l.Inputs) {
		named = map[string]*Tensor{}
		for name, e := range v.AsValueMap() {
			t, err := tensorOf(e)
			if err != nil {
				w.errorf(l.Inputs.Range(), "Invalid value for \"inputs\"", "Input %q: %s.", name, err)
				return nil, nil, false
			}
			named[name] = t
		}
		return nil, named, true
	}
	list, ok = w.tensors(l.Inputs, "inputs", v)
	return list, nil, ok
}

func isObjectLiteral(e hcl.Expression) bool {
	_, diags := hcl.ExprMap(e)
	return !diags.HasErrors()
}

// checkInput holds a block's declared input against what feeds it.
func (w *walker) checkInput(sc *scope, in *dsl.Input, t, given *Tensor, l *dsl.Layer) bool {
	if !t.Spec.Known {
		return true
	}
	if in.Shape != nil {
		v, diags := in.Shape.Value(sc.ctx)
		w.diags = append(w.diags, diags...)
		if diags.HasErrors() {
			return false
		}
		if v.IsKnown() {
			dims, err := dimsOf(v)
			if err != nil {
				w.errorf(in.Shape.Range(), "Invalid shape", "%s.", capital(err.Error()))
				return false
			}
			if !dims.Fits(t.Spec.Shape) {
				w.errorf(fedAt(l), "Shapes do not fit", "The block's input %q (%s:%d) has shape %s; it is fed %s.", in.Name, in.DeclRange.Filename, in.DeclRange.Start.Line, dims, given.from())
				return false
			}
		}
	}
	return true
}

// shared applies again what a layer above applied first.
func (w *walker) shared(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext) (cty.Value, *Tensor) {
	if l.Reuse == nil {
		return cty.DynamicVal, nil // dsl has reported it
	}
	v, ok := w.eval(sc, l.Reuse, ctx)
	if !ok {
		return cty.DynamicVal, nil
	}
	if !v.IsKnown() {
		return cty.DynamicVal, nil
	}
	t, err := tensorOf(v)
	if err != nil || t.owner == nil {
		w.errorf(l.Reuse.Range(), "Invalid value for \"reuse\"", "A layer of this model or block is wanted, as layer.NAME; got %s.", schema.Show(v))
		return cty.DynamicVal, nil
	}
	impl, tensors, ok := w.call(sc, l, ctx, t.owner.layer)
	if !ok {
		return cty.DynamicVal, nil
	}
	if t.owner.layer == nil {
		return w.block(sc, l, ctx, t.owner, sc.trainable, true)
	}
	in, ok := w.inputs(sc, l, ctx, sc.previous)
	if !ok {
		return cty.DynamicVal, nil
	}
	u := w.applyAs(t.owner.layer, impl, in, tensors, "layer."+l.Name, l)
	if u == nil {
		return cty.DynamicVal, nil
	}
	return u.value(), u.Outs[0]
}

// call reads the arguments of the call of a layer that is applied again, which may be nil for a block: it has none.
func (w *walker) call(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext, of *Layer) (impl layer.Layer, tensors map[string][]*Tensor, ok bool) {
	body, also := l.Body, append([]string{"reuse"}, dsl.MetaArguments...)
	if of != nil {
		impl = of.Impl
		if ta, is := impl.(layer.TensorArguments); is {
			var more []string
			if tensors, body, more, ok = w.tensorArguments(sc, ta, body, ctx); !ok {
				return nil, nil, false
			}
			also = append(also, more...)
		}
		if again := layer.Again(impl); again != nil {
			args, diags := schema.Decode(body, ctx, calling{again}, "layer \"shared\"", l.DeclRange, also...)
			w.diags = append(w.diags, diags...)
			if args.Partial() {
				w.errorf(l.DeclRange, "Unknown argument", "The arguments of the call of layer %q must be known when the model is made.", l.Name)
				return nil, nil, false
			}
			return again, tensors, !diags.HasErrors()
		}
	}
	attrs, diags := body.JustAttributes()
	w.diags = append(w.diags, diags...)
	for _, name := range keys(attrs) {
		w.errorf(attrs[name].NameRange, "Unsupported argument", "Layer \"shared\" has no argument %q: it takes reuse, inputs and the arguments of the call, and the rest from the layer it reuses.", name)
	}
	return impl, tensors, len(attrs) == 0 && !diags.HasErrors()
}

// calling is a layer of which only the arguments of the call are read.
type calling struct{ layer.Callable }

// Schema binds them.
func (c calling) Schema(b *schema.Block) {
	b.Doc("Applies a layer again.", "")
	c.CallArguments(b)
}

func (w *walker) initialWeights(sc *scope, l *dsl.Layer, ctx *hcl.EvalContext, path string) {
	text := func(e hcl.Expression, name string) (string, bool) {
		v, ok := w.eval(sc, e, sc.module.Paths(ctx))
		if err := schema.LeadsOut(v, sc.module.Paths(ctx)); ok && name == "initial_weights" && err != nil {
			w.errorf(e.Range(), "Invalid value for \""+name+"\"", "%s.", capital(err.Error()))
			return "", false
		}
		v = schema.ResolvePaths(v)
		if !ok || !v.IsKnown() && w.unset(sc.module) || v.IsNull() {
			return "", false
		}
		if !v.IsKnown() || v.Type() != cty.String {
			w.errorf(e.Range(), "Invalid value for \""+name+"\"", "A string is wanted, got %s.", schema.Show(v))
			return "", false
		}
		return v.AsString(), true
	}
	if l.InitialWeights == nil {
		return
	}
	file, ok := text(l.InitialWeights, "initial_weights")
	if !ok {
		return
	}
	s := InitialWeights{Path: path, File: resolve(sc.module, file), Where: l.InitialWeights.Range()}
	if l.InitialWeightsPrefix != nil {
		s.Prefix, _ = text(l.InitialWeightsPrefix, "initial_weights_prefix")
	}
	w.model.Starts = append(w.model.Starts, s)
}
