package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(crossentropyCases()...)

func crossentropyCases() []Case {
	var out []Case
	for _, shape := range [][]int{{5, 7}, {3, 4, 6}, {1, 1}, {2, 300}} {
		for axis := 1; axis < len(shape); axis++ {
			for _, logits := range []bool{false, true} {
				x := Floats(shape...).From(0.05, 1)
				if logits {
					x = Floats(shape...).From(-4, 4)
				}
				c := op.Crossentropy{FromLogits: logits, Axis: axis}
				out = append(out, crossentropyCase(c, Floats(shape...).From(0, 1), x))
				c.Smoothing = 0.1
				out = append(out, crossentropyCase(c, Floats(shape...).From(0, 1), x))
				c = op.Crossentropy{FromLogits: logits, Axis: axis, Sparse: true}
				out = append(out, crossentropyCase(c, Ints(shape[axis], without(shape, axis)...), x))
				c.HasIgnore = true
				for _, c.Ignore = range []int{-1, 0} {
					out = append(out, crossentropyCase(c, Ints(shape[axis], without(shape, axis)...).From(float64(min(c.Ignore, 0)), float64(shape[axis])), x))
				}
			}
		}
	}
	for i := range out {
		if c := out[i]; c.In[1].Shape[1] == 1 { // 1 - 1e-7 is another number in float32
			out[i].Tol32 = 0.5
		}
	}
	// Probabilities that Keras cuts, whose gradient is 0.
	cut := crossentropyCase(op.Crossentropy{Axis: 1, Sparse: true}, Ints(3, 3).Values(0, 1, 2), Floats(3, 3).Values(1, 1<<30, 1<<30, 1, 1<<30, 1, 1<<30, 0, 1))
	cut.Name += ", cut"
	return append(out, cut)
}

func crossentropyCase(c op.Crossentropy, y, x Arg) Case {
	name := fmt.Sprintf("shape %v axis %d logits %v sparse %v smoothing %v", x.Shape, c.Axis, c.FromLogits, c.Sparse, c.Smoothing)
	if c.HasIgnore {
		name += fmt.Sprintf(" ignore %d", c.Ignore)
	}
	return Case{Name: name, Def: c, In: []Arg{y, x}, Tol: 1e-10, TolGrad: 1e-5, Want: func(in []Tensor) [][]float64 {
		y, x := in[0], in[1]
		values := Zeros(without(x.Shape, c.Axis)...)
		valid, prob := Zeros(values.Shape...), Zeros(x.Shape...)
		n := x.Shape[c.Axis]
		values.each(func(at []int, r int) {
			counts := !c.HasIgnore || int(y.V[r]) != c.Ignore
			if !counts {
				return
			}
			valid.V[r] = 1
			row := make([]float64, n)
			where := make([]int, n)
			sum := 0.0
			for i := range row {
				full := append(append(append([]int{}, at[:c.Axis]...), i), at[c.Axis:]...)
				where[i] = x.Index(full...)
				row[i] = x.V[where[i]]
				if c.FromLogits {
					row[i] = math.Exp(row[i])
				}
				sum += row[i]
			}
			for i := range row {
				p := row[i] / sum
				prob.V[where[i]] = p
				if !c.FromLogits {
					p = min(max(p, 1e-7), 1-1e-7)
				}
				target := 0.0
				switch {
				case !c.Sparse:
					target = y.V[where[i]]*(1-c.Smoothing) + c.Smoothing/float64(n)
				case i == int(y.V[r]):
					target = 1
				}
				values.V[r] -= target * math.Log(p)
			}
		})
		return [][]float64{values.V, prob.V, valid.V}
	}}
}
