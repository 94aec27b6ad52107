package optest

import (
	"fmt"
	"math"
	"sort"

	"github.com/dlrun/dlrun/builder/op"
)

// alongAxis applies f to each row of t along an axis.
func alongAxis(t Tensor, axis int, f func(row []float64)) []float64 {
	stride := 1
	for _, d := range t.Shape[axis+1:] {
		stride *= d
	}
	n := t.Shape[axis]
	out := append([]float64(nil), t.V...)
	row := make([]float64, n)
	for k := range out {
		if k/stride%n != 0 {
			continue
		}
		for i := range row {
			row[i] = out[k+i*stride]
		}
		f(row)
		for i := range row {
			out[k+i*stride] = row[i]
		}
	}
	return out
}

func softmaxOf(x []float64) {
	m, s := math.Inf(-1), 0.0
	for _, v := range x {
		m = math.Max(m, v)
	}
	for i, v := range x {
		x[i] = math.Exp(v - m)
		s += x[i]
	}
	for i := range x {
		x[i] /= s
	}
}

func logSoftmaxOf(x []float64) {
	m, s := math.Inf(-1), 0.0
	for _, v := range x {
		m = math.Max(m, v)
	}
	for _, v := range x {
		s += math.Exp(v - m)
	}
	for i, v := range x {
		x[i] = v - m - math.Log(s)
	}
}

// sparsemaxOf follows Keras' formula, which see in op.Sparsemax.
func sparsemaxOf(x []float64) {
	z := append([]float64(nil), x...)
	sort.Sort(sort.Reverse(sort.Float64Slice(z)))
	k, c, sum := 0.0, 0.0, 0.0
	for j, v := range z {
		if c += v; v-(c-1)/float64(j+1) > 0 {
			k++
			sum += c
		}
	}
	for i, v := range x {
		x[i] = math.Max(v-(sum-1)/k, 0)
	}
}

var _ = Add(softmaxCases()...)

func softmaxCases() []Case {
	var out []Case
	for _, c := range []struct {
		axis  int
		shape []int
	}{
		{1, []int{4, 10}}, {0, []int{5, 3}}, {1, []int{2, 7, 3}}, {2, []int{2, 2, 1}}, {1, []int{3, 5000}}, {1, []int{900, 21}}, {1, []int{3, 70, 130}},
	} {
		a := Floats(c.shape...).From(-3, 3)
		title := fmt.Sprintf("%v axis %d", c.shape, c.axis)
		out = append(out,
			Case{
				Name: title, Def: op.Softmax{Axis: c.axis}, In: []Arg{a},
				Want: func(in []Tensor) [][]float64 { return [][]float64{alongAxis(in[0], c.axis, softmaxOf)} },
			},
			Case{
				Name: "logarithm " + title, Def: op.Softmax{Axis: c.axis, Log: true}, In: []Arg{a}, Tol32: 3e-5,
				Want: func(in []Tensor) [][]float64 { return [][]float64{alongAxis(in[0], c.axis, logSoftmaxOf)} },
			},
			Case{
				Name: title, Def: op.Sparsemax{Axis: c.axis}, In: []Arg{a},
				Want: func(in []Tensor) [][]float64 { return [][]float64{alongAxis(in[0], c.axis, sparsemaxOf)} },
			},
		)
	}
	big := Floats(2, 4).Values(1000, 999, 998, -1000, -2000, -1999, -2001, -5000)
	return append(out,
		Case{
			Name: "of large numbers", Def: op.Softmax{Axis: 1}, In: []Arg{big},
			Want: func(in []Tensor) [][]float64 { return [][]float64{alongAxis(in[0], 1, softmaxOf)} },
		},
		Case{
			Name: "logarithm of large numbers", Def: op.Softmax{Axis: 1, Log: true}, In: []Arg{big},
			Want: func(in []Tensor) [][]float64 { return [][]float64{alongAxis(in[0], 1, logSoftmaxOf)} },
		},
	)
}
