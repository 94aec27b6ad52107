package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(lossReduceCases()...)

func lossReduceCases() []Case {
	var out []Case
	mask := Ints(2, 4, 3).asFloats()
	for _, by := range []string{"sum", "sum_over_batch_size", "mean", "mean_with_sample_weight"} {
		for _, values := range []Arg{Floats(4, 3), Floats(20000)} {
			weights := Floats(values.Shape[0]).From(0.1, 2)
			out = append(out, lossReduceCase(op.LossReduce{By: by}, values),
				lossReduceCase(op.LossReduce{By: by, Weighted: true}, values, weights))
		}
		values, weights := Floats(4, 3), Floats(4, 3).From(0.1, 2)
		out = append(out,
			lossReduceCase(op.LossReduce{By: by, Weighted: true}, values, weights),
			lossReduceCase(op.LossReduce{By: by, Masked: true}, values, mask),
			lossReduceCase(op.LossReduce{By: by, Weighted: true, Masked: true}, values, Floats(4).From(0.1, 2), mask),
			lossReduceCase(op.LossReduce{By: by, Weighted: true}, values, Floats(4).From(0, 0)))
		out[len(out)-1].Name += " of zeros"
	}
	return out
}

func lossReduceCase(r op.LossReduce, in ...Arg) Case {
	name := fmt.Sprintf("%s %v", r.By, in[0].Shape)
	if r.Weighted {
		name += fmt.Sprintf(" weighted %v", in[1].Shape)
	}
	if r.Masked {
		name += " masked"
	}
	return Case{Name: name, Def: r, In: in, NoGrad: []int{}, Want: func(in []Tensor) [][]float64 {
		w, m := Tensor{V: []float64{1}}, Tensor{V: []float64{1}}
		if r.Weighted {
			w = in[1]
		}
		if r.Masked {
			m = in[len(in)-1]
		}
		n := len(in[0].V)
		sum, masks, weights := 0.0, 0.0, 0.0
		for i, v := range in[0].V {
			wi, mi := w.V[i*len(w.V)/n], m.V[i*len(m.V)/n]
			sum += v * wi * mi
			masks += mi
			weights += wi * mi
		}
		divisor := 1.0
		switch {
		case r.By == "mean_with_sample_weight" && r.Weighted && r.Masked:
			divisor = weights
		case r.By == "mean_with_sample_weight" && r.Weighted:
			divisor = 0
			for _, x := range w.V {
				divisor += x
			}
		case r.By != "sum":
			divisor = masks
		}
		if divisor == 0 {
			return [][]float64{{0}}
		}
		return [][]float64{{sum / divisor}}
	}}
}
