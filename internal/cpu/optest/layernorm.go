package optest

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

func layerNormCase(name string, d op.LayerNorm, x ...int) Case {
	d.Epsilon = 1e-3
	var sizes []int
	for _, a := range d.Axes {
		sizes = append(sizes, x[a])
	}
	in := []Arg{Floats(x...).From(-2, 3)}
	if d.Scale {
		in = append(in, Floats(sizes...))
	}
	if d.Center {
		in = append(in, Floats(sizes...))
	}
	return Case{Name: "layer_norm/" + name, Def: d, In: in, Want: layerNorm(d), Tol32: 3e-5}
}

var _ = Add(
	layerNormCase("last", op.LayerNorm{Axes: []int{1}, Scale: true, Center: true}, 5, 7),
	layerNormCase("last_of_three", op.LayerNorm{Axes: []int{2}, Scale: true, Center: true}, 3, 4, 6),
	layerNormCase("last_two", op.LayerNorm{Axes: []int{1, 2}, Scale: true, Center: true}, 3, 4, 5),
	layerNormCase("middle", op.LayerNorm{Axes: []int{1}, Scale: true, Center: true}, 3, 4, 5),
	layerNormCase("first_and_last", op.LayerNorm{Axes: []int{1, 3}, Scale: true, Center: true}, 2, 3, 4, 2),
	layerNormCase("scale_alone", op.LayerNorm{Axes: []int{1}, Scale: true}, 4, 9),
	layerNormCase("center_alone", op.LayerNorm{Axes: []int{1}, Center: true}, 4, 9),
	layerNormCase("neither", op.LayerNorm{Axes: []int{2}}, 2, 3, 4),
	layerNormCase("large", op.LayerNorm{Axes: []int{2}, Scale: true, Center: true}, 6, 50, 130),
	layerNormCase("large_middle", op.LayerNorm{Axes: []int{1}, Scale: true, Center: true}, 7, 120, 33),
)

func layerNorm(d op.LayerNorm) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		// For each element: which group it is in, and its place in gamma and beta.
		group, place := make([]int, len(x.V)), make([]int, len(x.V))
		groups := 1
		for a, n := range x.Shape {
			if !slices.Contains(d.Axes, a) {
				groups *= n
			}
		}
		for i := range x.V {
			index := make([]int, len(x.Shape))
			for a, rest := len(x.Shape)-1, i; a >= 0; a-- {
				index[a], rest = rest%x.Shape[a], rest/x.Shape[a]
			}
			for a, n := range x.Shape {
				if slices.Contains(d.Axes, a) {
					place[i] = place[i]*n + index[a]
				} else {
					group[i] = group[i]*n + index[a]
				}
			}
		}
		n := float64(len(x.V) / groups)
		mean, inv := make([]float64, groups), make([]float64, groups)
		for i, v := range x.V {
			mean[group[i]] += v / n
		}
		for i, v := range x.V {
			inv[group[i]] += (v - mean[group[i]]) * (v - mean[group[i]]) / n
		}
		for g, v := range inv {
			inv[g] = 1 / math.Sqrt(v+d.Epsilon)
		}
		y := make([]float64, len(x.V))
		for i, v := range x.V {
			y[i] = (v - mean[group[i]]) * inv[group[i]]
			if d.Scale {
				y[i] *= in[1].V[place[i]]
			}
			if d.Center {
				y[i] += in[len(in)-1].V[place[i]]
			}
		}
		return [][]float64{y, mean, inv}
	}
}
