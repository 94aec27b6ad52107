package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(resizeCases()...)

func resizeCases() []Case {
	var out []Case
	for _, m := range op.ResizeMethods {
		for _, c := range []struct {
			shape    []int
			axis, to int
		}{{[]int{2, 4, 3}, 1, 8}, {[]int{2, 5, 2}, 1, 7}, {[]int{3, 7}, 1, 3}, {[]int{2, 1, 3}, 1, 3}, {[]int{3, 40, 150}, 1, 60}} {
			o := op.Resize{Axis: c.axis, To: c.to, Method: m}
			out = append(out, Case{Name: fmt.Sprintf("resize/%s %v to %d", m, c.shape, c.to), Def: o, In: []Arg{Floats(c.shape...)}, Want: resize(o)})
		}
	}
	for _, m := range op.ResizeMethods[1:] {
		for _, o := range []op.Resize{
			{Axis: 1, To: 3, Method: m, Antialias: true},
			{Axis: 1, To: 12, Method: m, Antialias: true},
			{Axis: 1, To: 9, Method: m, Scale: 0.6, Shift: 1.25, Antialias: true},
			{Axis: 1, To: 9, Method: m, Scale: 1.4, Shift: -0.75},
		} {
			out = append(out, Case{Name: fmt.Sprintf("resize/%s to %d, scaled %v by %v, %v", m, o.To, o.Scale, o.Shift, o.Antialias), Def: o, In: []Arg{Floats(2, 8, 3)}, Want: resize(o)})
		}
	}
	return out
}

// resize weighs all cells of the axis, as jax/_src/image/scale.py: compute_weight_mat does.
func resize(o op.Resize) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		n := x.Shape[o.Axis]
		shape := append([]int(nil), x.Shape...)
		shape[o.Axis] = o.To
		y := Zeros(shape...)
		for i := range o.To {
			scale, wide := float64(o.To)/float64(n), 1.0
			if o.Scale > 0 {
				scale = o.Scale
			}
			if o.Antialias && scale < 1 {
				wide = 1 / scale
			}
			at := (float64(i)+0.5)/scale - o.Shift/scale - 0.5
			if o.Scale > 0 && (at < -0.5 || at > float64(n)-0.5) {
				continue
			}
			weights, sum := make([]float64, n), 0.0
			for c := range weights {
				weights[c] = sampleWeight(o.Method, math.Abs(at-float64(c))/wide)
				if o.Method == "nearest" && c == int(math.Floor(at+0.5)) {
					weights[c] = 1
				}
				sum += weights[c]
			}
			for k := range y.V {
				rest, inner := k, 1
				for _, d := range shape[o.Axis+1:] {
					inner *= d
				}
				if rest/inner%o.To != i {
					continue
				}
				for c, w := range weights {
					y.V[k] += w / sum * x.V[(rest/inner/o.To*n+c)*inner+rest%inner]
				}
			}
		}
		return [][]float64{y.V}
	}
}

func sampleWeight(method string, x float64) float64 {
	switch method {
	case "bilinear":
		return max(0, 1-x)
	case "bicubic":
		switch {
		case x < 1:
			return 1.5*x*x*x - 2.5*x*x + 1
		case x < 2:
			return -0.5*x*x*x + 2.5*x*x - 4*x + 2
		}
	case "lanczos3", "lanczos5":
		r := map[string]float64{"lanczos3": 3, "lanczos5": 5}[method]
		switch {
		case x == 0:
			return 1
		case x <= r:
			return r * math.Sin(math.Pi*x) * math.Sin(math.Pi*x/r) / (math.Pi * math.Pi * x * x)
		}
	}
	return 0
}
