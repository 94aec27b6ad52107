package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(matMulCases()...)

func matMulCases() []Case {
	var out []Case
	for _, ta := range []bool{false, true} {
		for _, tb := range []bool{false, true} {
			for _, c := range [][4]int{{3, 2, 4, 5}, {1, 1, 3, 1}, {4, 33, 30, 70}, {70, 15, 16, 9}} {
				n, a, b := c[0], []int{c[1], c[3]}, []int{c[3], c[2]}
				if ta {
					a[0], a[1] = a[1], a[0]
				}
				if tb {
					b[0], b[1] = b[1], b[0]
				}
				o := op.MatMul{TransA: ta, TransB: tb}
				out = append(out, Case{
					Name: fmt.Sprintf("matmul/%v %v %v", c, ta, tb), Def: o,
					In: []Arg{Floats(n, a[0], a[1]), Floats(n, b[0], b[1])}, Want: matMul(o),
				})
			}
		}
	}
	return out
}

func matMul(o op.MatMul) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		m, n, k := o.Sizes(in[0].Shape, in[1].Shape)
		var out []float64
		for b := range in[0].Shape[0] {
			for i := range m {
				for j := range n {
					s := 0.0
					for p := range k {
						a := [2]int{i, p}
						if o.TransA {
							a = [2]int{p, i}
						}
						c := [2]int{p, j}
						if o.TransB {
							c = [2]int{j, p}
						}
						s += in[0].At(b, a[0], a[1]) * in[1].At(b, c[0], c[1])
					}
					out = append(out, s)
				}
			}
		}
		return [][]float64{out}
	}
}
