package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func batchNormCase(name string, d op.BatchNorm, x ...int) Case {
	if d.Epsilon == 0 {
		d.Epsilon, d.Momentum = 1e-3, 0.9
	}
	n := x[d.Axis]
	in := []Arg{Floats(x...).From(-1, 3), Floats(n), Floats(n).From(0.5, 2)}
	if d.Scale {
		in = append(in, Floats(n))
	}
	if d.Center {
		in = append(in, Floats(n))
	}
	return Case{Name: "batch_norm/" + name, Def: d, In: in, Want: batchNorm(d), Tol32: 3e-5}
}

var _ = Add(
	batchNormCase("features", op.BatchNorm{Axis: 1, Scale: true, Center: true}, 7, 5),
	batchNormCase("images", op.BatchNorm{Axis: 3, Scale: true, Center: true}, 3, 4, 5, 17),
	batchNormCase("channels_first", op.BatchNorm{Axis: 1, Scale: true, Center: true}, 3, 4, 5, 6),
	batchNormCase("middle", op.BatchNorm{Axis: 2, Scale: true}, 2, 3, 5, 2),
	batchNormCase("center_alone", op.BatchNorm{Axis: 1, Center: true}, 6, 3),
	batchNormCase("neither", op.BatchNorm{Axis: 1}, 5, 4),
	batchNormCase("one_example", op.BatchNorm{Axis: 1, Scale: true, Center: true}, 1, 3),
	batchNormCase("frozen", op.BatchNorm{Axis: 3, Scale: true, Center: true, Frozen: true}, 3, 4, 2, 3),
	batchNormCase("frozen_channels_first", op.BatchNorm{Axis: 1, Scale: true, Frozen: true}, 3, 4, 5),
	batchNormCase("frozen_neither", op.BatchNorm{Axis: 1, Frozen: true}, 4, 5),
	batchNormCase("large", op.BatchNorm{Axis: 3, Scale: true, Center: true}, 5, 31, 33, 13),
)

func batchNorm(d op.BatchNorm) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x, channels := in[0], in[0].Shape[d.Axis]
		inner := 1
		for _, n := range x.Shape[d.Axis+1:] {
			inner *= n
		}
		of := func(i int) int { return i / inner % channels }
		count := float64(len(x.V) / channels)
		mean, variance := make([]float64, channels), make([]float64, channels)
		for i, v := range x.V {
			mean[of(i)] += v / count
		}
		for i, v := range x.V {
			variance[of(i)] += (v - mean[of(i)]) * (v - mean[of(i)]) / count
		}
		var moved [][]float64
		if d.Frozen {
			mean, variance = in[1].V, in[2].V
		} else {
			for k, stat := range [][]float64{mean, variance} {
				m := make([]float64, channels)
				for c := range m {
					m[c] = in[1+k].V[c]*d.Momentum + stat[c]*(1-d.Momentum)
				}
				moved = append(moved, m)
			}
		}
		y, inv := make([]float64, len(x.V)), make([]float64, channels)
		for c := range inv {
			inv[c] = 1 / math.Sqrt(variance[c]+d.Epsilon)
		}
		for i, v := range x.V {
			c := of(i)
			y[i] = (v - mean[c]) * inv[c]
			if d.Scale {
				y[i] *= in[d.Gamma()].V[c]
			}
			if d.Center {
				y[i] += in[d.Beta()].V[c]
			}
		}
		return append([][]float64{y, mean, inv}, moved...)
	}
}
