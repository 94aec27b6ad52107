package train

import (
	"fmt"
	"math"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline"
)

// maxClass bounds the class numbers of class_weight.
const maxClass = 1 << 20

// sampleWeights tells for each head whether sample weights are fed, and the factor of each class.
func sampleWeights(u *Unit, d *pipeline.Data) (weighted []bool, classes [][]float64, err error) {
	weighted, classes = make([]bool, len(u.Program.Heads)), make([][]float64, len(u.Program.Heads))
	for i, h := range u.Program.Heads {
		for _, w := range u.Train.Data.Weights {
			weighted[i] = weighted[i] || w.Target == "" || w.Target == h.Target
		}
	}
	v := u.Training.ClassWeight
	if v == cty.NilVal || v.IsNull() {
		return weighted, classes, nil
	}
	for i, h := range u.Program.Heads {
		of := v
		if len(u.Program.Heads) > 1 {
			if !v.Type().IsObjectType() || !v.Type().HasAttribute(h.Name) {
				continue
			}
			of = v.GetAttr(h.Name)
		}
		if classes[i], err = classFactors(of, h, d); err != nil {
			r := u.Training.Args.Range("class_weight")
			return nil, nil, fmt.Errorf("%s:%d: class_weight: %w", r.Filename, r.Start.Line, err)
		}
		weighted[i] = weighted[i] || classes[i] != nil
	}
	return weighted, classes, nil
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

// classFactors reads { "0" = 1.0, "1" = 5.0 }; a class that is not named has 1.
func classFactors(v cty.Value, h *builder.Head, d *pipeline.Data) ([]float64, error) {
	if v.Type() == cty.String && v.AsString() == "balanced" {
		return balanced(h, d)
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return nil, fmt.Errorf("an object from class to factor is wanted, as { \"0\" = 1, \"1\" = 5 }; got %s", schema.Show(v))
	}
	names, _ := d.ClassNames(h.Target)
	var out []float64
	for key, e := range v.AsValueMap() {
		class, err := strconv.Atoi(key)
		if err != nil {
			class = -1
			for i, n := range names {
				if n == key {
					class = i
				}
			}
		}
		if class < 0 || class > maxClass {
			return nil, fmt.Errorf("there is no class %q.%s", key, schema.Suggest(key, names))
		}
		if e.IsNull() || e.Type() != cty.Number {
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
