package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var (
	_ = register(resize[float32], resize[float64])
	_ = register(resizeGrad[float32], resizeGrad[float64])
)

// tap is one cell that a sum takes, with its weight.
type tap struct {
	cell   int
	weight float64
}

// resizeTaps are the cells of n that each of the samples takes, in order.
func resizeTaps(o op.Resize, n int) [][]tap {
	out := make([][]tap, o.To)
	apart := float64(n) / float64(o.To) // cells between two samples
	if o.Scale > 0 {
		apart = 1 / o.Scale
	}
	wide := 1.0
	if o.Antialias {
		wide = max(1, apart)
	}
	reach := float64(map[string]int{"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}[o.Method])
	for i := range out {
		at := float64(float64(float64(i)+0.5)*float64(n))/float64(o.To) - 0.5
		if o.Scale > 0 {
			at = float64((float64(i)+0.5-o.Shift)*apart) - 0.5
			if at < -0.5 || at > float64(n)-0.5 {
				continue
			}
		}
		if o.Method == "nearest" {
			out[i] = []tap{{min(n-1, int(math.Floor(at+0.5))), 1}}
			continue
		}
		sum := 0.0
		for c := max(0, int(math.Ceil(at-float64(reach*wide)))); c <= min(n-1, int(math.Floor(at+float64(reach*wide)))); c++ {
			w := resizeWeight(o.Method, reach, math.Abs(at-float64(c))/wide)
			sum += w
			out[i] = append(out[i], tap{c, w})
		}
		for k := range out[i] {
			out[i][k].weight /= sum
		}
	}
	return out
}

// resizeWeight is the weight of a cell at distance x from a sample.
func resizeWeight(method string, reach, x float64) float64 {
	switch {
	case method == "bilinear":
		return max(0, 1-x)
	case method == "bicubic" && x < 1:
		return float64(float64(float64(float64(1.5*x)-2.5)*x)*x) + 1
	case method == "bicubic" && x < 2:
		return float64(float64(float64(float64(float64(-0.5*x)+2.5)*x)-4)*x) + 2
	case method == "bicubic" || x > reach:
		return 0
	case x <= 1e-3:
		return 1
	}
	p := float64(math.Pi * x)
	return float64(reach*float64(f32vec.Sin64(p)*f32vec.Sin64(p/reach))) / float64(p*p)
}

func resize[T Float](o op.Resize, b *Bound[T]) Run {
	return tapped(b, o.Axis, resizeTaps(o, b.In[0].Shape[o.Axis]))
}

func resizeGrad[T Float](o op.ResizeGrad, b *Bound[T]) Run {
	back := make([][]tap, o.From)
	for i, taps := range resizeTaps(o.Resize, o.From) {
		for _, t := range taps {
			back[t.cell] = append(back[t.cell], tap{i, t.weight})
		}
	}
	return tapped(b, o.Axis, back)
}

// tapped makes each cell of the output, along an axis, the weighted sum of some of the input's.
func tapped[T Float](b *Bound[T], axis int, taps [][]tap) Run {
	x, y, shape := b.In[0].F, b.Out[0].F, b.In[0].Shape
	outer, inner := 1, 1
	for i, d := range shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	from, to := shape[axis], len(taps)
	return b.grouped(outer*to, inner, func(r, _ int) {
		row, base := y[r*inner:][:inner], r/to*from
		clear(row)
		for _, t := range taps[r%to] {
			src := x[(base+t.cell)*inner:][:inner]
			w := T(t.weight)
			if is32[T]() {
				f32vec.Axpy(b.ISA, f32(row), float32(w), f32(src))
				continue
			}
			for k, v := range src {
				row[k] += T(w * v)
			}
		}
	})
}
