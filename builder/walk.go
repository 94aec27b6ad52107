package builder

import (
	"fmt"
	"sort"
	"strconv"
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
	maxUses    = 20_000
	maxDepth   = 64
	maxRepeats = 10_000
)

// Walk infers a model: it decodes the layers in order and works out every shape. All mistakes are
// reported at once; a layer with a mistake has an unknown shape, so that it is reported once.
func Walk(doc *dsl.Document, m *dsl.Model) (*Model, hcl.Diagnostics) {
	w := &walker{doc: doc, model: &Model{Name: m.Name, Where: m.DeclRange}, layers: map[string]*Layer{}}
	sc := &scope{module: m.Scope.Module, ctx: m.Scope.Context, trainable: true}
	for _, in := range m.Graph.Inputs {
		w.input(sc, in)
	}
	outs := w.graph(sc, m.Graph, m.DeclRange)
	for _, o := range outs {
		w.model.Outputs = append(w.model.Outputs, &Output{Name: o.name, Tensor: o.tensor, Where: o.where})
	}
	w.unused(m)
	if w.diags.HasErrors() {
		return w.model, w.diags
	}
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
	diags  hcl.Diagnostics
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
	previous *Tensor
	first    bool // no layer yet: previous is the only input
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
		w.errorf(in.Shape.Range(), "Invalid shape", "%s", err)
		return
	}
	t.Spec.Shape, t.Spec.Known = dims, true
}

func dimsOf(v cty.Value) (shape.Shape, error) {
	v, _ = v.UnmarkDeep()
	elems, ok := elements(v)
	if !ok || v.Type().IsObjectType() || v.Type().IsMapType() {
		return nil, fmt.Errorf("A shape is a list of sizes without the batch axis, as [28, 28, 1]; got %s.", schema.Show(v))
	}
	if len(elems) > 7 {
		return nil, fmt.Errorf("A shape has at most 7 axes; got %d.", len(elems))
	}
	dims := shape.Shape{}
	size := 1
	for i, e := range elems {
		if !e.IsKnown() || e.IsNull() {
			dims = append(dims, shape.Unknown)
			continue
		}
		if e.Type() != cty.Number {
			return nil, fmt.Errorf("Axis %d of the shape is %s; a size or null is wanted.", i, schema.Show(e))
		}
		n, acc := e.AsBigFloat().Int64()
		if !e.AsBigFloat().IsInt() || acc != 0 || n < 1 || n > 1<<31-1 {
			return nil, fmt.Errorf("Axis %d of the shape is %s; a whole number of at least 1 is wanted, or null.", i, schema.Show(e))
		}
		if size *= int(n); size > 1<<31-1 {
			return nil, fmt.Errorf("The shape has more than 2147483647 elements.")
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
	sc.layers, sc.declared = map[string]cty.Value{}, map[string]hcl.Range{}
	for _, l := range g.Layers {
		sc.declared[l.Name] = l.DeclRange
	}
	for _, l := range g.Layers {
		if len(w.model.Uses) > maxUses {
			w.errorf(l.DeclRange, "Too many layers", "The model has more than %d layers.", maxUses)
			return nil
		}
		w.layer(sc, l)
	}
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
			v, ok := w.eval(sc, o.Value, sc.context(nil))
			if !ok {
				continue
			}
			var err error
			if t, err = tensorOf(v); err != nil {
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

// context is what the expressions of a layer see.
func (sc *scope) context(more map[string]cty.Value) *hcl.EvalContext {
	ctx := sc.ctx.NewChild()
	ctx.Variables = map[string]cty.Value{"input": cty.ObjectVal(sc.inputs), "layer": cty.ObjectVal(sc.layers)}
	if sc.previous != nil {
		ctx.Variables["previous"] = sc.previous.value(cty.NilVal)
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
	w.diags = append(w.diags, diags...)
	return v, !diags.HasErrors()
}

// misnamed reports references to inputs and layers that are not there, or not there yet.
func (w *walker) misnamed(sc *scope, refs []hcl.Traversal) bool {
	bad := false
	for _, ref := range refs {
		if len(ref) < 2 {
			continue
		}
		name, ok := ref[1].(hcl.TraverseAttr)
		if !ok {
			continue
		}
		r := ref.SourceRange()
		switch root := ref.RootName(); root {
		case "layer":
			if _, ok := sc.layers[name.Name]; ok {
				continue
			}
			bad = true
			if at, ok := sc.declared[name.Name]; ok {
				w.errorf(r, "Layer not above", "layer.%s is declared on line %d; only layers above can be named.", name.Name, at.Start.Line)
				continue
			}
			w.errorf(r, "Unknown layer", "There is no layer %q here.%s", name.Name, schema.Suggest(name.Name, keys(sc.layers)))
		case "input":
			if _, ok := sc.inputs[name.Name]; ok {
				continue
			}
			bad = true
			w.errorf(r, "Unknown input", "There is no input %q here.%s", name.Name, schema.Suggest(name.Name, keys(sc.inputs)))
		}
	}
	return bad
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// instance is one element of a repetition, or the only one.
type instance struct {
	suffix string // of the path: "" or ".KEY"
	index  cty.Value
	vars   map[string]cty.Value
}

// layer walks one layer block with its repetitions.
func (w *walker) layer(sc *scope, l *dsl.Layer) {
	fed := sc.previous
	list, kind, ok := w.instances(sc, l)
	if !ok {
		w.unknown(sc, l)
		return
	}
	if len(list) == 0 { // disabled, or nothing to repeat: the layer passes its first input on
		in, ok := w.inputs(sc, l, sc.context(nil), fed)
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
		sc.previous = &t
		return
	}
	linked := l.Inputs == nil || mentions(l.Inputs, "previous")
	c := &chain{linked: linked}
	var values []cty.Value
	for _, in := range list {
		if linked {
			fed = sc.previous
		}
		ctxSc := *sc
		ctxSc.previous = fed
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
		sc.previous = t
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

func withTensor(v cty.Value, t *Tensor) cty.Value {
	attrs := v.AsValueMap()
	attrs[hidden] = cty.CapsuleVal(tensorType, t)
	return cty.ObjectVal(attrs)
}

// unknown gives a layer that could not be made an unknown shape, so that what follows is not
// reported for its sake.
func (w *walker) unknown(sc *scope, l *dsl.Layer) {
	t := &Tensor{Name: "layer." + l.Name, Where: l.DeclRange, input: -1, use: &Use{}}
	t.use.Out = t
	sc.layers[l.Name] = cty.DynamicVal
	sc.previous = t
}

func mentions(e hcl.Expression, root string) bool {
	for _, v := range e.Variables() {
		if v.RootName() == root {
			return true
		}
	}
	return false
}

type repetition int

const (
	single repetition = iota
	byIndex
	byKey
)

// instances evaluates enabled, count and for_each.
func (w *walker) instances(sc *scope, l *dsl.Layer) ([]instance, repetition, bool) {
	ctx := sc.context(nil)
	known := func(e hcl.Expression, name string) (cty.Value, bool) {
		v, ok := w.eval(sc, e, ctx)
		if !ok {
			return v, false
		}
		v, _ = v.UnmarkDeep()
		if !v.IsWhollyKnown() {
			w.errorf(e.Range(), "Value not known yet", "%s depends on data that has not been read, or on a variable without a value; which layers a model has must be known beforehand.", name)
			return v, false
		}
		if v.IsNull() {
			w.errorf(e.Range(), "Invalid value for \""+name+"\"", "%s is null.", name)
			return v, false
		}
		return v, true
	}
	if l.Count != nil && l.ForEach != nil {
		w.errorf(l.DeclRange, "Both count and for_each", "Layer %q has both count and for_each; keep one.", l.Name)
		return nil, single, false
	}
	if l.Enabled != nil {
		v, ok := known(l.Enabled, "enabled")
		if !ok {
			return nil, single, false
		}
		if v.Type() != cty.Bool {
			w.errorf(l.Enabled.Range(), "Invalid value for \"enabled\"", "True or false is wanted, got %s.", schema.Show(v))
			return nil, single, false
		}
		if v.False() {
			return nil, single, true
		}
	}
	switch {
	case l.Count != nil:
		v, ok := known(l.Count, "count")
		if !ok {
			return nil, single, false
		}
		if v.Type() != cty.Number || !v.AsBigFloat().IsInt() || v.AsBigFloat().Sign() < 0 || v.GreaterThan(cty.NumberIntVal(maxRepeats)).True() {
			w.errorf(l.Count.Range(), "Invalid value for \"count\"", "A whole number from 0 to %d is wanted, got %s.", maxRepeats, schema.Show(v))
			return nil, single, false
		}
		n, _ := v.AsBigFloat().Int64()
		var list []instance
		for i := int64(0); i < n; i++ {
			iv := cty.NumberIntVal(i)
			list = append(list, instance{suffix: "." + strconv.FormatInt(i, 10), index: iv,
				vars: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": iv})}})
		}
		return list, byIndex, true
	case l.ForEach != nil:
		v, ok := known(l.ForEach, "for_each")
		if !ok {
			return nil, single, false
		}
		ty := v.Type()
		if !v.CanIterateElements() || v.LengthInt() > maxRepeats {
			w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "A list, map or set of at most %d elements is wanted, got %s.", maxRepeats, schema.Show(v))
			return nil, single, false
		}
		kind := byKey
		if ty.IsTupleType() || ty.IsListType() {
			kind = byIndex
		}
		var list []instance
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			name := ""
			switch {
			case ty.IsSetType() && e.Type() == cty.String:
				k, name = e, e.AsString()
			case ty.IsSetType():
				w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "A set repeated over is one of strings, got %s.", schema.Show(e))
				return nil, single, false
			case k.Type() == cty.Number:
				n, _ := k.AsBigFloat().Int64()
				name = strconv.FormatInt(n, 10)
			default:
				name = k.AsString()
			}
			if strings.ContainsAny(name, "/") || name == "" {
				w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "The key %q cannot be part of a weight's name: it is empty or has a \"/\".", name)
				return nil, single, false
			}
			list = append(list, instance{suffix: "." + name, index: k,
				vars: map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": k, "value": e})}})
		}
		return list, kind, true
	}
	return []instance{{}}, single, true
}

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
	return w.tensors(l, v)
}

// tensors reads the value of `inputs`: a list in call order (or one tensor).
func (w *walker) tensors(l *dsl.Layer, v cty.Value) ([]*Tensor, bool) {
	v, _ = v.UnmarkDeep()
	if v == cty.DynamicVal || !v.IsKnown() {
		return nil, false // a layer above had a mistake
	}
	if t, err := tensorOf(v); err == nil && v.Type().IsObjectType() && v.Type().HasAttribute(hidden) {
		return []*Tensor{t}, true
	}
	elems, ok := elements(v)
	if !ok || len(elems) == 0 {
		w.errorf(l.Inputs.Range(), "Invalid value for \"inputs\"", "A list of layers and inputs is wanted, as [layer.a, input.b]; got %s.", schema.Show(v))
		return nil, false
	}
	var out []*Tensor
	for i, e := range elems {
		if !e.IsKnown() {
			return nil, false
		}
		t, err := tensorOf(e)
		if err != nil {
			w.errorf(l.Inputs.Range(), "Invalid value for \"inputs\"", "Element %d: %s.", i, err)
			return nil, false
		}
		out = append(out, t)
	}
	return out, true
}

// instance applies one layer: of the registry, a block, a model, or again one that is there.
func (w *walker) instance(outer, sc *scope, l *dsl.Layer, in instance) (cty.Value, *Tensor) {
	ctx := sc.context(in.vars)
	path := sc.path + l.Name + in.suffix
	trainable := sc.trainable
	if l.Trainable != nil {
		v, ok := w.eval(sc, l.Trainable, ctx)
		if !ok {
			return cty.DynamicVal, nil
		}
		if !v.IsKnown() || v.IsNull() || v.Type() != cty.Bool {
			w.errorf(l.Trainable.Range(), "Invalid value for \"trainable\"", "True or false is wanted, got %s.", schema.Show(v))
			return cty.DynamicVal, nil
		}
		trainable = trainable && v.True()
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
		params, ok := w.params(sc, b, l, ctx)
		if !ok {
			return cty.DynamicVal, nil
		}
		app := &application{block: b, params: params, path: path, where: l.DeclRange}
		return w.block(sc, l, ctx, app, trainable, sc.reusing)
	}
	if name, ok := strings.CutPrefix(l.Type, "model."); ok {
		for _, m := range w.doc.Models {
			if m.Name == name {
				app := &application{model: m, path: path, where: l.DeclRange}
				return w.block(sc, l, ctx, app, trainable, sc.reusing)
			}
		}
	}
	tensors, ok := w.inputs(sc, l, ctx, sc.previous)
	if !layer.Registry.Has(l.Type) {
		w.noSuchLayer(sc, l)
		return cty.DynamicVal, nil
	}
	if w.misnamed(sc, bodyVariables(l.Body)) {
		return cty.DynamicVal, nil
	}
	impl, args, diags := schema.Resolve(layer.Registry, l.Type, l.TypeRange, l.Body, ctx, "layer", dsl.MetaArguments...)
	w.diags = append(w.diags, diags...)
	if !ok || diags.HasErrors() {
		return cty.DynamicVal, nil
	}
	args.Missing = l.DeclRange
	made := &Layer{Path: path, Type: l.Type, Impl: impl, Args: args, Where: l.DeclRange, Trainable: trainable}
	if old := w.layers[path]; sc.reusing && old != nil {
		made = old
	}
	t := w.apply(made, tensors, "layer."+l.Name+in.suffix, l.DeclRange)
	if t == nil {
		return cty.DynamicVal, nil
	}
	return t.value(cty.TupleVal([]cty.Value{t.value(cty.NilVal)})), t
}

func (w *walker) noSuchLayer(sc *scope, l *dsl.Layer) {
	_, err := layer.Registry.New(l.Type)
	detail := err.Error()
	if before, _, dot := strings.Cut(l.Type, "."); dot {
		detail = fmt.Sprintf("there is no layer %q, and no import %q that has it.%s", l.Type, before, schema.Suggest(l.Type, sc.module.BlockNames()))
	} else if s := schema.Suggest(l.Type, sc.module.BlockNames()); strings.Contains(s, "Did you mean") {
		detail = fmt.Sprintf("there is no layer or block %q.%s", l.Type, s)
	}
	w.errorf(l.TypeRange, "Unknown layer", "%s", strings.ToUpper(detail[:1])+detail[1:])
}

// apply uses a layer on tensors: infers the output, and the weights at the first use.
func (w *walker) apply(l *Layer, in []*Tensor, name string, where hcl.Range) *Tensor {
	specs := make([]shape.Spec, len(in))
	partial := l.Args.Partial()
	for i, t := range in {
		w.read(t)
		specs[i] = t.Spec
		partial = partial || !t.Spec.Known
	}
	least, most := 1, 1
	if m, ok := l.Impl.(layer.Inputs); ok {
		least, most = m.InputCount()
	}
	if len(in) < least || (most >= 0 && len(in) > most) {
		w.errorf(where, "Wrong number of inputs", "Layer %q (%s) takes %s, got %d.", l.Path, l.Type, counted(least, most), len(in))
		return nil
	}
	u := &Use{Layer: l, In: in, index: l.Uses}
	t := &Tensor{Name: name, Where: where, input: -1, use: u, owner: &application{layer: l}}
	u.Out = t
	if partial {
		l.Partial = true
	} else {
		out, err := l.Impl.Shape(specs)
		if err != nil {
			d := l.Args.Diagnose("Shapes do not fit", err)
			d.Detail += " Its input is " + sources(in) + "."
			w.diags = append(w.diags, d)
			return nil
		}
		if out.Shape.Size() > 1<<31-1 || overflows(out.Shape) {
			w.errorf(where, "Output too large", "Layer %q would make %s for each example: more than 2147483647 elements.", l.Path, out)
			return nil
		}
		out.Known = true
		t.Spec = out
		if !w.weights(l, specs, in, where) {
			return nil
		}
	}
	if l.Uses == 0 {
		if old := w.layers[l.Path]; old != nil && old != l {
			w.errorf(where, "Duplicate layer", "Two layers have the path %q; the other one is on line %d.", l.Path, old.Where.Start.Line)
			return nil
		}
		w.layers[l.Path] = l
		w.model.Layers = append(w.model.Layers, l)
	}
	l.Uses++
	w.model.Uses = append(w.model.Uses, u)
	return t
}

func overflows(s shape.Shape) bool {
	n := 1
	for _, d := range s {
		if d > 0 {
			if n *= d; n > 1<<31-1 {
				return true
			}
		}
	}
	return false
}

// weights makes the weights at a layer's first use, and checks at a later one that they fit.
func (w *walker) weights(l *Layer, specs []shape.Spec, in []*Tensor, where hcl.Range) bool {
	list := l.Impl.Weights(specs)
	if l.Uses > 0 {
		for i, x := range list {
			if !x.Shape.Fits(l.Weights[i].Shape) {
				w.errorf(where, "Shapes do not fit", "Layer %q is shared, and its weight %q has shape %s; applied to %s it would need %s.",
					l.Path, x.Name, l.Weights[i].Shape, sources(in), x.Shape)
				return false
			}
		}
		return true
	}
	for _, x := range list {
		if overflows(x.Shape) {
			w.errorf(where, "Weight too large", "Weight %q of layer %q would have shape %s: more than 2147483647 elements.", x.Name, l.Path, x.Shape)
			return false
		}
		if x.Args.Regularizer != nil {
			if c, ok := x.Args.Regularizer.(interface{ Check([]int) error }); ok && x.Shape.Full() {
				if err := c.Check(x.Shape); err != nil {
					w.errorf(l.Args.Range(x.Name+"_regularizer"), "Regularizer does not fit", "%s", err)
					return false
				}
			}
		}
		if x.Args.Constraint != nil {
			if c, ok := x.Args.Constraint.(interface{ Check([]int) error }); ok && x.Shape.Full() {
				if err := c.Check(x.Shape); err != nil {
					w.errorf(l.Args.Range(x.Name+"_constraint"), "Constraint does not fit", "%s", err)
					return false
				}
			}
		}
		l.Weights = append(l.Weights, &Weight{Weight: x, Path: l.Path + "/" + x.Name, Layer: l, Trainable: l.Trainable && !x.NonTrainable})
	}
	return true
}

func sources(in []*Tensor) string {
	var s []string
	for _, t := range in {
		s = append(s, t.from())
	}
	return strings.Join(s, " and ")
}

func counted(least, most int) string {
	switch {
	case most < 0:
		return fmt.Sprintf("at least %d inputs", least)
	case least == most && least == 1:
		return "one input"
	case least == most:
		return fmt.Sprintf("%d inputs", least)
	}
	return fmt.Sprintf("%d to %d inputs", least, most)
}

// unused warns of layers whose output nothing reads.
func (w *walker) unused(m *dsl.Model) {
	for _, u := range w.model.Uses {
		if u.Out.chain == nil && !w.reads[u.Out] && u.Out.Where.Filename != "" {
			r := u.Out.Where
			w.diags = append(w.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Unused layer",
				Detail: fmt.Sprintf("Nothing uses the output of %s: it is not trained and has no effect.", u.Out.Name), Subject: &r})
		}
	}
}
