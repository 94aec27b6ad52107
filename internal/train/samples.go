package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline"
)

// maxClass bounds the class numbers of class_weight.
const maxClass = 1 << 20

// sampleWeights tells for each head of what shape an example's sample weights are, nil where none are fed, and the factor of
// each class.
func sampleWeights(u *Unit, d *pipeline.Data) (weighted [][]int, classes [][]float64, err error) {
	weighted, classes = make([][]int, len(u.Program.Heads)), make([][]float64, len(u.Program.Heads))
	for i, h := range u.Program.Heads {
		for _, w := range u.Train.Data.Weights {
			if w.Target != "" && w.Target != h.Target {
				continue
			}
			weighted[i] = d.WeightShape(h.Target)
			out := h.Output.Tensor.Spec.Shape
			if n := len(weighted[i]); n > 0 && (n >= len(out) || !slices.Equal(weighted[i], out[:n])) {
				r := w.DeclRange
				return nil, nil, fmt.Errorf("%s:%d: the weights of a row have the shape %v, and output %q is %v: a number a row is wanted, or one for each place of the output's axes but the last", r.Filename, r.Start.Line, weighted[i], h.Name, out)
			}
		}
	}
	for i, h := range u.Program.Heads {
		v := u.classWeight(h)
		switch {
		case v == cty.NilVal:
			continue
		case v.Type() == cty.String:
			classes[i], err = balanced(h, d)
		default:
			names, _ := d.ClassNames(h.Target)
			classes[i], err = classFactors(v, h, names, true)
		}
		if err != nil {
			r := u.Training.Args.Range("class_weight")
			return nil, nil, fmt.Errorf("%s:%d: class_weight: %w", r.Filename, r.Start.Line, err)
		}
		if classes[i] != nil && weighted[i] == nil {
			weighted[i] = []int{}
		}
	}
	return weighted, classes, nil
}

// classWeight is what class_weight says of an output; NilVal where it says nothing. With one output the
// classes may stand without its name.
func (u *Unit) classWeight(h *builder.Head) cty.Value {
	v := u.Training.ClassWeight
	if v == cty.NilVal || v.IsNull() {
		return cty.NilVal
	}
	if v.Type().IsObjectType() && v.Type().HasAttribute(h.Name) {
		if of := v.GetAttr(h.Name); of.Type() != cty.Number || len(u.Program.Heads) > 1 {
			return of
		}
	}
	if len(u.Program.Heads) > 1 {
		return cty.NilVal
	}
	return v
}

// checkClassWeight checks class_weight as far as it can be without counting classes.
func (u *Unit) checkClassWeight() hcl.Diagnostics {
	v := u.Training.ClassWeight
	if v == cty.NilVal || v.IsNull() || !u.Program.Headed || u.Training.Args.Failed("class_weight") {
		return nil
	}
	var diags hcl.Diagnostics
	fail := func(err error) {
		diags = append(diags, u.Training.Args.Diagnose("Invalid value for \"class_weight\"", schema.At("class_weight", err)))
	}
	var outputs []string
	for _, h := range u.Program.Heads {
		outputs = append(outputs, h.Name)
		of := u.classWeight(h)
		if of == cty.NilVal || of.Type() == cty.String && of.AsString() == "balanced" {
			continue
		}
		var names []string
		if t := u.Signature.Target(h.Target); t != nil {
			names = t.Classes.Names
		}
		if _, err := classFactors(of, h, names, names != nil); err != nil {
			fail(err)
		}
	}
	if len(outputs) > 1 {
		if !v.Type().IsObjectType() && !v.Type().IsMapType() {
			fail(fmt.Errorf("the model has several outputs (%s): an object by output name is wanted, got %s", strings.Join(outputs, ", "), schema.Show(v)))
			return diags
		}
		for it := v.ElementIterator(); it.Next(); {
			if k, _ := it.Element(); !contains(outputs, k.AsString()) {
				fail(fmt.Errorf("the model has no output %q.%s", k.AsString(), schema.Suggest(k.AsString(), outputs)))
			}
		}
	}
	return diags
}

// balanced gives every class the same weight in all: rows / (classes · rows of the class), as
// scikit-learn's compute_class_weight.
func balanced(h *builder.Head, d *pipeline.Data) ([]float64, error) {
	counts, err := d.ClassCounts(h.Target)
	if err != nil {
		return nil, err
	}
	rows, classes := 0, 0
	for _, n := range counts {
		rows += n
		if n > 0 {
			classes++
		}
	}
	out := make([]float64, len(counts))
	for i, n := range counts {
		if n > 0 {
			out[i] = float64(rows) / float64(classes*n)
		}
	}
	return out, nil
}

// classFactors reads { "0" = 1.0, "1" = 5.0 }; a class that is not named has 1. names are those of the
// classes; where they are not known yet any name passes.
func classFactors(v cty.Value, h *builder.Head, names []string, known bool) ([]float64, error) {
	if v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return nil, fmt.Errorf("\"balanced\", or an object from class to factor is wanted, as { \"0\" = 1, \"1\" = 5 }; got %s", schema.Show(v))
	}
	limit := maxClass
	if s := h.Output.Tensor.Spec; s.Known && len(s.Shape) > 0 {
		if n := s.Shape[len(s.Shape)-1]; n > 1 {
			limit = n
		}
	}
	var out []float64
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		key := k.AsString()
		class, err := strconv.Atoi(key)
		named := slices.Index(names, key)
		switch {
		case named >= 0:
			class = named
		case err == nil && (class < 0 || class >= limit):
			return nil, fmt.Errorf("there is no class %d: output %q has %d", class, h.Name, limit)
		case err != nil && !known:
			class = 0
		case err != nil:
			return nil, fmt.Errorf("there is no class %q.%s", key, schema.Suggest(key, names))
		}
		if !e.IsKnown() || e.IsNull() || e.Type() != cty.Number {
			return nil, fmt.Errorf("class %q: a number is wanted, got %s", key, schema.Show(e))
		}
		f, _ := e.AsBigFloat().Float64()
		if math.IsInf(f, 0) || f < 0 {
			return nil, fmt.Errorf("class %q: the factor is %v; it must be 0 or more", key, f)
		}
		for len(out) <= class {
			out = append(out, 1)
		}
		out[class] = f
	}
	return out, nil
}
