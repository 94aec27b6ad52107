// Package resample says which cells along an axis a sample between them is made of, and with what weights, for the executors to add up.
package resample

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// Tap is one cell that a sum takes, with its weight.
type Tap struct {
	Cell   int
	Weight float64
}

// Sampling says how samples are taken: see op.Resize, whose fields these are.
type Sampling struct {
	Method       string
	Antialias    bool
	Scale, Shift float64
}

// Taps are the cells of n that each of `to` samples takes, in order.
func Taps(o Sampling, n, to int) [][]Tap {
	out := make([][]Tap, to)
	apart := float64(n) / float64(to) // cells between two samples
	if o.Scale > 0 {
		apart = 1 / o.Scale
	}
	wide := 1.0
	if o.Antialias {
		wide = max(1, apart)
	}
	reach := float64(map[string]int{"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}[o.Method])
	for i := range out {
		at := float64(float64(float64(i)+0.5)*float64(n))/float64(to) - 0.5
		if o.Scale > 0 {
			at = float64((float64(i)+0.5-o.Shift)*apart) - 0.5
			if at < -0.5 || at > float64(n)-0.5 {
				continue
			}
		}
		if o.Method == "nearest" {
			out[i] = []Tap{{min(n-1, int(math.Floor(at+0.5))), 1}}
			continue
		}
		sum := 0.0
		for c := max(0, int(math.Ceil(at-float64(reach*wide)))); c <= min(n-1, int(math.Floor(at+float64(reach*wide)))); c++ {
			w := weight(o.Method, reach, math.Abs(at-float64(c))/wide)
			sum += w
			out[i] = append(out[i], Tap{c, w})
		}
		for k := range out[i] {
			out[i][k].Weight /= sum
		}
	}
	return out
}

// weight is the weight of a cell at distance x from a sample.
func weight(method string, reach, x float64) float64 {
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

// Back is the transpose: for each of n cells the samples that take it, in order.
func Back(taps [][]Tap, n int) [][]Tap {
	back := make([][]Tap, n)
	for i, list := range taps {
		for _, t := range list {
			back[t.Cell] = append(back[t.Cell], Tap{i, t.Weight})
		}
	}
	return back
}
