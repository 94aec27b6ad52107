package builder

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// apply uses a layer on tensors, as by says: infers the output, and the weights at the first use.
func (w *walker) apply(l *Layer, in []*Tensor, tensors map[string][]*Tensor, name string, by *dsl.Layer) *Use {
	return w.applyAs(l, l.Impl, in, tensors, name, by)
}

// applyAs is apply where the arguments of the call are those of impl.
func (w *walker) applyAs(l *Layer, impl layer.Layer, in []*Tensor, tensors map[string][]*Tensor, name string, by *dsl.Layer) *Use {
	where := by.DeclRange
	partial := l.Args.Partial()
	specsOf := func(list []*Tensor) []shape.Spec {
		specs := make([]shape.Spec, len(list))
		for i, t := range list {
			w.read(t)
			specs[i] = t.Spec
			partial = partial || !t.Spec.Known
		}
		return specs
	}
	specs := specsOf(in)
	given := map[string][]shape.Spec{}
	for _, arg := range keys(tensors) {
		given[arg] = specsOf(tensors[arg])
	}
	least, most := 1, 1
	if m, ok := impl.(layer.Inputs); ok {
		least, most = m.InputCount()
	}
	if len(in) < least || (most >= 0 && len(in) > most) {
		w.errorf(fedAt(by), "Wrong number of inputs", "Layer %q (%s) takes %s, got %d: %s.", l.Path, l.Type, counted(least, most), len(in), sources(in))
		return nil
	}
	u := &Use{Layer: l, In: in, Tensors: tensors, impl: impl, index: l.Uses}
	if e, ok := impl.(layer.Expressive); ok {
		partial = partial || e.Partial()
	}
	if t, ok := l.Impl.(layer.Totalling); ok && w.compares {
		t.AllowTotal()
	}
	outs := []shape.Spec{{}}
	if partial {
		l.Partial = true
		if m, ok := impl.(layer.MultiOutput); ok {
			outs = make([]shape.Spec, m.OutputCount())
		}
	} else {
		var err error
		if err = checkTensors(impl, given, specs); err == nil {
			outs, err = layer.Outputs(impl, specs)
		}
		var said hcl.Diagnostics // by a block inside the layer
		if errors.As(err, &said) {
			w.diags = append(w.diags, said...)
			return nil
		}
		if err != nil {
			w.diags = append(w.diags, misfit(l, in, err, by))
			return nil
		}
		for i, s := range outs {
			if overflows(s.Shape) {
				w.errorf(where, "Output too large", "Layer %q would make %s for each example: more than 2147483647 elements. %s", l.Path, s, fedBy(in))
				return nil
			}
			outs[i].Known = true
		}
		if !w.weights(l, impl, specs, in, by) {
			return nil
		}
	}
	for i, s := range outs {
		t := &Tensor{Spec: s, Name: name, Where: where, input: -1, use: u, out: i, owner: &application{layer: l}}
		if i > 0 {
			t.Name = fmt.Sprintf("%s.outputs[%d]", name, i)
		}
		u.Outs = append(u.Outs, t)
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
	return u
}

// misfit reports an error of a layer's shape rule. It points at the argument that the error names; where
// that one was not written, or the layer is applied again, at what feeds it here.
func misfit(l *Layer, in []*Tensor, err error, by *dsl.Layer) *hcl.Diagnostic {
	d := l.Args.Diagnose("Shapes do not fit", err)
	d.Detail += " " + fedBy(in)
	var arg *schema.ArgError
	written := false
	if errors.As(err, &arg) {
		_, written = l.Args.Ranges[arg.Arg]
	}
	if !written || l.Uses > 0 {
		at := fedAt(by)
		d.Subject = &at
	}
	return d
}

// fedAt is where a layer says what feeds it.
func fedAt(l *dsl.Layer) hcl.Range {
	if l.Inputs != nil {
		return l.Inputs.Range()
	}
	return l.DeclRange
}

// fedBy says what feeds a layer, as a sentence.
func fedBy(in []*Tensor) string {
	if len(in) == 1 {
		return "Its input is " + sources(in) + "."
	}
	return "Its inputs are " + sources(in) + "."
}

// checkTensors holds the call's tensor arguments against the inputs.
func checkTensors(l layer.Layer, given map[string][]shape.Spec, in []shape.Spec) error {
	ta, ok := l.(layer.TensorArguments)
	if !ok {
		return nil
	}
	for _, a := range ta.TensorArguments() {
		if specs, ok := given[a.Name]; ok && a.Check != nil {
			if err := a.Check(specs, in); err != nil {
				return err
			}
		}
	}
	return nil
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
func (w *walker) weights(l *Layer, impl layer.Layer, specs []shape.Spec, in []*Tensor, by *dsl.Layer) bool {
	list := layer.Variables(impl, specs)
	if l.Uses > 0 {
		if l.Partial { // the first use was of an unknown shape
			return true
		}
		for i, x := range list {
			if !x.Shape.Fits(l.Weights[i].Shape) {
				w.errorf(fedAt(by), "Shapes do not fit", "Layer %q is shared, and its weight %q has shape %s; applied to %s it would need %s.",
					l.Path, x.Name, l.Weights[i].Shape, sources(in), x.Shape)
				return false
			}
		}
		return true
	}
	fits := true
	for _, x := range list {
		if overflows(x.Shape) {
			w.errorf(by.DeclRange, "Weight too large", "Weight %q of layer %q would have shape %s: more than 2147483647 elements.", x.Name, l.Path, x.Shape)
			return false
		}
		if err := x.Check(); err != nil {
			w.diags = append(w.diags, l.Args.Diagnose("Shapes do not fit", err))
			fits = false
			continue
		}
		l.Weights = append(l.Weights, &Weight{Weight: x, Path: l.Path + "/" + x.Name, Layer: l, Trainable: l.Trainable && !x.NonTrainable})
	}
	return fits
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
