package builder

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Limits on what a file can ask for, so that a slip of the pen ends in a message.
const (
	maxSteps   = 20_000 // layers, uses of blocks and repetitions, all together
	maxDepth   = 64
	maxRepeats = 10_000
)

// Walk infers a model: it decodes the layers in order and works out every shape. All mistakes are
// reported at once; a layer with a mistake has an unknown shape, so that it is reported once.
func Walk(doc *dsl.Document, m *dsl.Model) (*Model, hcl.Diagnostics) { return WalkOn(doc, m, nil) }

// WalkOn is Walk of a model whose inputs' open axes are those of what feeds them, by the inputs' names.
func WalkOn(doc *dsl.Document, m *dsl.Model, fed map[string]shape.Shape) (*Model, hcl.Diagnostics) {
	w := &walker{doc: doc, fed: fed, model: &Model{Name: m.Name, Where: m.DeclRange}, layers: map[string]*Layer{}, inside: map[*dsl.Model]bool{m: true}}
	sc := &scope{module: m.Scope.Module, ctx: m.Scope.Context, trainable: true}
	for _, in := range m.Graph.Inputs {
		w.input(sc, in)
	}
	outs := w.graph(sc, m.Graph, m.DeclRange)
	for _, o := range outs {
		w.model.Outputs = append(w.model.Outputs, &Output{Name: o.name, Tensor: o.tensor, Where: o.where})
	}
	w.model.Open = m.Graph.Unknown || len(outs) < max(1, len(m.Graph.Outputs))
	if w.model.Wrong = w.diags.HasErrors(); w.model.Wrong {
		return w.model, w.diags
	}
	w.unused(m) // where there are errors, what reads a layer may be among them
	for _, l := range w.model.Layers {
		w.model.Weights = append(w.model.Weights, l.Weights...)
	}
	return w.model, w.diags
}

type walker struct {
	doc    *dsl.Document
	model  *Model
	layers map[string]*Layer // by path, for reuse
	reads  map[*Tensor]bool
	depth  int
	inside map[*dsl.Model]bool    // the models around
	fed    map[string]shape.Shape // the shapes that feed the model's inputs, as far as they are known
	steps  int                    // towards maxSteps
	said   map[string]bool        // mistakes inside blocks, which are reported at their first use
	diags  hcl.Diagnostics

	compares bool // a block that is a loss or metric, whose output may be one number for the batch
}

// scope is the body of a model or of one use of a block.
type scope struct {
	module    *dsl.Module
	ctx       *hcl.EvalContext
	path      string // "" or ending in "/"
	trainable bool
	reusing   bool // the layers exist already; their weights are applied again

	inputs   map[string]cty.Value
	layers   map[string]cty.Value
	declared map[string]hcl.Range // every layer of the body, for "is below"
	open     bool                 // a `dynamic` block depends on a variable without a value: inputs and layers may be missing here
	previous *Tensor
	outputs  cty.Value // of the layer above, of which previous is the first; none where that is an input
}

type namedTensor struct {
	name   string
	tensor *Tensor
	where  hcl.Range
}

// application is what stands behind a tensor for `reuse`: a layer, or a block with its arguments.
type application struct {
	layer  *Layer
	block  *dsl.Block
	model  *dsl.Model
	params map[string]cty.Value
	path   string
	where  hcl.Range
}

func (w *walker) errorf(r hcl.Range, summary, format string, a ...any) {
	w.diags = append(w.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &r})
}

// step counts what the walk does. A few lines can ask for any number of layers: blocks of repeated
// blocks of repeated blocks, enabled or not, right or wrong.
func (w *walker) step(where hcl.Range) bool {
	if w.full() {
		return false
	}
	if w.steps++; w.full() {
		w.errorf(where, "Too many layers", "With its blocks and repetitions written out, the model has more than %d layers.", maxSteps)
	}
	return !w.full()
}

// full tells that the walk has stopped, and why was said.
func (w *walker) full() bool { return w.steps > maxSteps }

// input reads an input block of the model.
func (w *walker) input(sc *scope, in *dsl.Input) {
	t := &Tensor{Name: "input." + in.Name, Where: in.DeclRange, Spec: shape.Spec{DType: shape.Float32}, input: len(w.model.Inputs)}
	decl := &Input{Name: in.Name, Tensor: t, Where: in.DeclRange, ShapeWhere: in.DeclRange}
	w.model.Inputs = append(w.model.Inputs, decl)
	if in.DType != nil {
		v, diags := in.DType.Value(sc.ctx)
		w.diags = append(w.diags, diags...)
		switch {
		case diags.HasErrors():
		case v.IsKnown() && !v.IsNull() && v.Type() == cty.String && (v.AsString() == "float32" || v.AsString() == "int32"):
			t.Spec.DType = shape.DType(v.AsString())
		default:
			w.errorf(in.DType.Range(), "Invalid dtype", "An input is \"float32\" or \"int32\"; got %s.", schema.Show(v))
		}
	}
	if in.Shape == nil {
		w.errorf(in.DeclRange, "Missing argument", "Input %q needs a shape, without the batch axis: shape = [28, 28, 1], or [] for one number an example.", in.Name)
		return
	}
	decl.ShapeWhere = in.Shape.Range()
	v, diags := in.Shape.Value(sc.ctx)
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() || !v.IsKnown() {
		return
	}
	dims, err := dimsOf(v)
	if err != nil {
		w.errorf(in.Shape.Range(), "Invalid shape", "%s.", capital(err.Error()))
		return
	}
	if given := w.fed[in.Name]; !dims.Full() && given.Full() && dims.Fits(given) {
		dims = given
	}
	t.Spec.Shape, t.Spec.Known = dims, true
}

func dimsOf(v cty.Value) (shape.Shape, error) {
	v, _ = v.UnmarkDeep()
	elems, ok := elements(v)
	if !ok || v.Type().IsObjectType() || v.Type().IsMapType() {
		return nil, fmt.Errorf("a shape is a list of sizes without the batch axis, as [28, 28, 1]; got %s", schema.Show(v))
	}
	if len(elems) > 7 {
		return nil, fmt.Errorf("a shape has at most 7 axes; got %d", len(elems))
	}
	dims := shape.Shape{}
	size := 1
	for i, e := range elems {
		if !e.IsKnown() || e.IsNull() {
			dims = append(dims, shape.Unknown)
			continue
		}
		if e.Type() != cty.Number {
			return nil, fmt.Errorf("axis %d of the shape is %s; a size or null is wanted", i, schema.Show(e))
		}
		n, acc := e.AsBigFloat().Int64()
		if !e.AsBigFloat().IsInt() || acc != 0 || n < 1 || n > 1<<31-1 {
			return nil, fmt.Errorf("axis %d of the shape is %s; a whole number of at least 1 is wanted, or null", i, schema.Show(e))
		}
		if size *= int(n); size > 1<<31-1 {
			return nil, fmt.Errorf("the shape has more than 2147483647 elements")
		}
		dims = append(dims, int(n))
	}
	return dims, nil
}

// graph walks a body and returns its outputs.
func (w *walker) graph(sc *scope, g dsl.Graph, where hcl.Range) []namedTensor {
	if sc.inputs == nil {
		sc.inputs = map[string]cty.Value{}
		for _, in := range w.model.Inputs {
			sc.inputs[in.Name] = in.Tensor.value(cty.NilVal)
		}
		if len(w.model.Inputs) == 1 {
			sc.previous = w.model.Inputs[0].Tensor
		}
	}
	if sc.open = g.Unknown; sc.open {
		sc.previous = w.nothing("previous", where)
	}
	sc.layers, sc.declared = map[string]cty.Value{}, map[string]hcl.Range{}
	for _, l := range g.Layers {
		sc.declared[l.Name] = l.DeclRange
	}
	for _, l := range g.Layers {
		if !w.step(l.DeclRange) {
			return nil
		}
		w.layer(sc, l)
	}
	if w.full() {
		return nil
	}
	w.addLosses(sc, g)
	if len(g.Outputs) == 0 {
		if len(g.Layers) == 0 || sc.previous == nil {
			if len(g.Layers) == 0 && sc.previous == nil {
				w.errorf(where, "No layers", "There is neither a layer nor an output here.")
				return nil
			}
			if sc.previous == nil {
				return nil
			}
			return []namedTensor{{name: "output", tensor: sc.previous, where: where}}
		}
		last := g.Layers[len(g.Layers)-1]
		w.read(sc.previous)
		return []namedTensor{{name: last.Name, tensor: sc.previous, where: last.DeclRange}}
	}
	var outs []namedTensor
	for i, o := range g.Outputs {
		t := sc.previous
		if o.Value != nil {
			v, ok := w.eval(sc, o.Value, sc.context(o.Value.Variables(), nil))
			if !ok {
				continue
			}
			var err error
			if !v.IsKnown() { // the layer has a mistake, or depends on what is not known yet
				t = w.nothing("output."+o.Name, o.DeclRange)
			} else if t, err = tensorOf(v); err != nil {
				w.errorf(o.Value.Range(), "Invalid output", "Output %q: %s.", o.Name, err)
				continue
			}
		} else if len(g.Outputs) > 1 && i < len(g.Outputs)-1 {
			w.errorf(o.DeclRange, "Missing argument", "Output %q needs a value: of several outputs only the last may be left to be the last layer.", o.Name)
			continue
		}
		if t == nil {
			w.errorf(o.DeclRange, "Invalid output", "There is no layer that output %q could be.", o.Name)
			continue
		}
		w.read(t)
		outs = append(outs, namedTensor{o.Name, t, o.DeclRange})
	}
	return outs
}

func (w *walker) read(t *Tensor) {
	if w.reads == nil {
		w.reads = map[*Tensor]bool{}
	}
	if t != nil {
		w.reads[t] = true
	}
}

// readAny tells whether something reads one of a use's outputs.
func (w *walker) readAny(u *Use) bool {
	for _, t := range u.Outs {
		if w.reads[t] {
			return true
		}
	}
	return false
}

// context is what expressions see that mention refs. Of the inputs and layers it has those that they
// name: an object of all, made for each layer, would make the work grow with the square of the layers.
func (sc *scope) context(refs []hcl.Traversal, more map[string]cty.Value) *hcl.EvalContext {
	pick := func(root string, all map[string]cty.Value) cty.Value {
		some := map[string]cty.Value{}
		for _, ref := range refs {
			if ref.RootName() != root {
				continue
			}
			name, ok := named(ref)
			if !ok {
				return cty.ObjectVal(all)
			}
			if v, ok := all[name]; ok {
				some[name] = v
			}
		}
		return cty.ObjectVal(some)
	}
	ctx := sc.ctx.NewChild()
	ctx.Variables = map[string]cty.Value{"input": pick("input", sc.inputs), "layer": pick("layer", sc.layers)}
	if sc.previous != nil {
		ctx.Variables["previous"] = sc.previous.value(sc.outputs)
	}
	for k, v := range more {
		ctx.Variables[k] = v
	}
	return ctx
}

// eval evaluates an expression; a name that does not exist here is reported in our own words.
func (w *walker) eval(sc *scope, e hcl.Expression, ctx *hcl.EvalContext) (cty.Value, bool) {
	if w.misnamed(sc, e.Variables()) {
		return cty.DynamicVal, false
	}
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		if bare, again := e.Value(sc.bare(ctx)); !again.HasErrors() {
			v, diags = bare, again
		}
	}
	w.diags = append(w.diags, diags...)
	return v, !diags.HasErrors()
}

// bare is ctx with inputs and layers that have no outputs, and chains as their last: HCL refuses a condition
// between values of different types, and layers differ in how many outputs they have and whether these have names.
func (sc *scope) bare(ctx *hcl.EvalContext) *hcl.EvalContext {
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{}
	for _, root := range []string{"input", "layer"} {
		all := map[string]cty.Value{}
		if v, ok := ctx.Variables[root]; ok {
			for it := v.ElementIterator(); it.Next(); {
				name, e := it.Element()
				all[name.AsString()] = bare(e)
			}
			child.Variables[root] = cty.ObjectVal(all)
		}
	}
	if v, ok := ctx.Variables["previous"]; ok {
		child.Variables["previous"] = bare(v)
	}
	return child
}

// misnamed reports references to inputs and layers that are not there, or not there yet.
func (w *walker) misnamed(sc *scope, refs []hcl.Traversal) bool {
	bad := false
	for _, ref := range refs {
		name, ok := named(ref)
		if !ok {
			continue
		}
		there := map[string]map[string]cty.Value{"layer": sc.layers, "input": sc.inputs}[ref.RootName()]
		if there == nil {
			continue
		}
		if _, ok := there[name]; ok {
			continue
		}
		bad = true
		at, declared := sc.declared[name]
		switch r := ref.SourceRange(); {
		case ref.RootName() == "layer" && declared:
			w.errorf(r, "Layer not above", "layer.%s is declared on line %d; only layers above can be named.", name, at.Start.Line)
		case sc.open: // it may be one of those that are missing
		default:
			w.errorf(r, "Unknown "+ref.RootName(), "There is no %s %q here.%s", ref.RootName(), name, schema.Suggest(name, keys(there)))
		}
	}
	return bad
}

// named is NAME of layer.NAME or layer["NAME"].
func named(ref hcl.Traversal) (name string, ok bool) {
	if len(ref) < 2 {
		return "", false
	}
	switch s := ref[1].(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String {
			return s.Key.AsString(), true
		}
	}
	return "", false
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// layer walks one layer block with its repetitions.
func (w *walker) layer(sc *scope, l *dsl.Layer) {
	if sc.open {
		sc.previous, sc.outputs = w.nothing("previous", l.DeclRange), cty.DynamicVal
	}
	fed, outputs := sc.previous, sc.outputs
	list, kind, ok := w.instances(sc, l)
	if !ok {
		w.unknown(sc, l)
		return
	}
	if len(list) == 0 { // disabled, or nothing to repeat: the layer passes its first input on
		in, ok := w.inputs(sc, l, sc.context(l.References, nil), fed)
		if !ok || len(in) == 0 {
			if ok {
				w.errorf(l.DeclRange, "No input", "Layer %q does nothing here and has no input to pass on.", l.Name)
			}
			w.unknown(sc, l)
			return
		}
		t := *in[0]
		t.Name, t.Where = "layer."+l.Name, l.DeclRange
		w.read(in[0])
		sc.layers[l.Name] = t.value(cty.NilVal)
		sc.previous, sc.outputs = &t, cty.NilVal
		return
	}
	linked := l.Inputs == nil || mentions(l.Inputs, "previous")
	c := &chain{linked: linked}
	var values []cty.Value
	for i, in := range list {
		if i > 0 && !w.step(l.DeclRange) {
			return
		}
		if linked {
			fed, outputs = sc.previous, sc.outputs
		}
		ctxSc := *sc
		ctxSc.previous, ctxSc.outputs = fed, outputs
		v, t := w.instance(sc, &ctxSc, l, in)
		if t == nil {
			w.unknown(sc, l)
			return
		}
		if kind != single {
			t.chain, c.last = c, t
			v = withTensor(v, t)
		}
		values = append(values, v)
		sc.previous, sc.outputs = t, outputsOf(v)
	}
	switch kind {
	case single:
		sc.layers[l.Name] = values[0]
	case byIndex:
		sc.layers[l.Name] = cty.TupleVal(values)
	case byKey:
		m := map[string]cty.Value{}
		for i, in := range list {
			m[in.index.AsString()] = values[i]
		}
		sc.layers[l.Name] = cty.ObjectVal(m)
	}
}

// outputsOf is what a layer's value says of its outputs.
func outputsOf(v cty.Value) cty.Value {
	if ty := v.Type(); ty.IsObjectType() && ty.HasAttribute("outputs") {
		return v.GetAttr("outputs")
	}
	return cty.NilVal
}

func withTensor(v cty.Value, t *Tensor) cty.Value {
	attrs := v.AsValueMap()
	attrs[hidden] = cty.CapsuleVal(tensorType, t)
	return cty.ObjectVal(attrs)
}

// unknown gives a layer that could not be made an unknown shape, so that what follows is not
// reported for its sake.
func (w *walker) unknown(sc *scope, l *dsl.Layer) {
	sc.layers[l.Name] = cty.DynamicVal
	sc.previous, sc.outputs = w.nothing("layer."+l.Name, l.DeclRange), cty.DynamicVal
}

// nothing is a tensor of which nothing is known.
func (w *walker) nothing(name string, where hcl.Range) *Tensor {
	w.model.partial = true
	t := &Tensor{Name: name, Where: where, input: -1, use: &Use{}}
	t.use.Outs = []*Tensor{t}
	return t
}

func mentions(e hcl.Expression, root string) bool {
	for _, v := range e.Variables() {
		if v.RootName() == root {
			return true
		}
	}
	return false
}

// instance applies one layer: of the registry, a block, a model, or again one that is there.
func (w *walker) instance(outer, sc *scope, l *dsl.Layer, in instance) (cty.Value, *Tensor) {
	ctx := sc.context(l.References, in.vars)
	path := sc.path + l.Name + in.suffix
	trainable := sc.trainable
	if l.Trainable != nil {
		v, ok := w.eval(sc, l.Trainable, ctx)
		if !ok {
			return cty.DynamicVal, nil
		}
		switch {
		case !v.IsKnown() && w.unset(sc.module):
		case v.IsKnown() && v.IsNull():
		case !v.IsKnown() || v.Type() != cty.Bool:
			w.errorf(l.Trainable.Range(), "Invalid value for \"trainable\"", "True or false is wanted, got %s.", schema.Show(v))
			return cty.DynamicVal, nil
		default:
			trainable = trainable && v.True()
		}
	}
	w.initialWeights(sc, l, ctx, path)
	if l.Type == "shared" {
		return w.shared(sc, l, ctx)
	}
	if l.Reuse != nil {
		w.errorf(l.Reuse.Range(), "Unsupported argument", "\"reuse\" belongs to layer \"shared\".")
	}
	// Blocks take their inputs by name, or in order.
	if b, ok := sc.module.LookupBlock(l.Type); ok {
		if layer.Registry.Has(l.Type) {
			w.errorf(b.DeclRange, "Name taken", "%q is the name of a layer, so a block cannot have it; choose another name.", l.Type)
			return cty.DynamicVal, nil
		}
		w.steps += len(b.Params) / 16 // each costs a little
		params, ok := w.params(sc, b, l, ctx)
		if !ok {
			return cty.DynamicVal, nil
		}
		app := &application{block: b, params: params, path: path, where: l.DeclRange}
		return w.block(sc, l, ctx, app, trainable, sc.reusing)
	}
	if m, ok := sc.module.LookupModel(l.Type); ok {
		app := &application{model: m, path: path, where: l.DeclRange}
		return w.block(sc, l, ctx, app, trainable, sc.reusing)
	}
	var tensors []*Tensor
	fed := true
	_, expressive := w.peek(l).(layer.Expressive)
	if !expressive {
		tensors, fed = w.inputs(sc, l, ctx, sc.previous)
	}
	d, ok := w.decode(sc, l, ctx)
	if ok && expressive {
		tensors, fed = w.express(sc, l, d.impl.(layer.Expressive), in, ctx)
	}
	if !ok || !fed {
		return cty.DynamicVal, nil
	}
	made := &Layer{Path: path, Type: l.Type, Impl: d.impl, Args: d.args, Where: l.DeclRange, Trainable: trainable}
	if old := w.layers[path]; sc.reusing && old != nil {
		made = old
		if expressive {
			made.Impl = d.impl // compiled for what is fed here
		}
	}
	u := w.apply(made, tensors, d.tensors, "layer."+l.Name+in.suffix, l)
	if u == nil {
		return cty.DynamicVal, nil
	}
	return u.value(), u.Outs[0]
}

func (w *walker) noSuchLayer(sc *scope, l *dsl.Layer) {
	if detail, ok := sc.module.UnknownModel(l.Type); ok {
		w.errorf(l.TypeRange, "Unknown model", "%s", detail)
		return
	}
	_, err := layer.Registry.New(l.Type)
	detail := err.Error()
	if before, _, dot := strings.Cut(l.Type, "."); dot {
		detail = fmt.Sprintf("there is no layer %q, and no import %q that has it.%s", l.Type, before, schema.Suggest(l.Type, sc.module.BlockNames()))
	} else if s := schema.Suggest(l.Type, sc.module.BlockNames()); strings.Contains(s, "Did you mean") {
		detail = fmt.Sprintf("there is no layer or block %q.%s", l.Type, s)
	}
	if !strings.HasSuffix(detail, ".") && !strings.HasSuffix(detail, "?") {
		detail += "."
	}
	w.errorf(l.TypeRange, "Unknown layer", "%s", capital(detail))
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// unused warns of layers whose output nothing reads.
func (w *walker) unused(m *dsl.Model) {
	for _, u := range w.model.Uses {
		t := u.Outs[0]
		if t.chain == nil && !w.readAny(u) && t.Where.Filename != "" {
			r := t.Where
			w.diags = append(w.diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Unused layer",
				Detail: fmt.Sprintf("Nothing uses the output of %s: it is not trained and has no effect.", t.Name), Subject: &r,
			})
		}
	}
}
