package optest

import (
	"fmt"
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(append(decomposeCases(), solveCases()...)...)

// The parts of a matrix are multiplied together again; that each is what it should be, with its gradient, the cases of the
// functions of tensors hold against Keras.
func decomposeCases() []Case {
	var out []Case
	cut := func(g *op.Graph, y *op.Node, at, m, n int) *op.Node {
		s := op.SpecOf(y).Shape
		return g.Apply(op.Reshape{To: []int{s[0], m, n}}, g.Apply(op.SliceAxis(op.SpecOf(y), 1, at, at+m*n), y))
	}
	symmetric := func(in []Tensor) [][]float64 {
		a, n := in[0], in[0].Shape[1]
		y := Zeros(a.Shape...)
		for b := range a.Shape[0] {
			for i := range n {
				for j := range n {
					y.V[y.Index(b, i, j)] = (a.At(b, i, j) + a.At(b, j, i)) / 2
				}
			}
		}
		return [][]float64{y.V}
	}
	same := func(in []Tensor) [][]float64 { return [][]float64{in[0].V} }
	// strong is a matrix with a large diagonal.
	strong := func(n, m int) Arg {
		a := Floats(n, m, m)
		for i := range n * m * m {
			v := math.Mod(float64(i)*0.618034, 1) - 0.5
			if i%(m*m)%(m+1) == 0 {
				v += float64(m)
			}
			a.Given = append(a.Given, float64(float32(v)))
		}
		return a
	}
	for _, s := range [][2]int{{1, 1}, {3, 4}, {40, 6}} {
		n, m := s[0], s[1]
		name := func(fn string) string { return fmt.Sprintf("decompose/%s of %v", fn, s) }
		out = append(out,
			Case{
				Name: name("cholesky"), In: []Arg{strong(n, m)}, Want: symmetric,
				Build: func(g *op.Graph, in []*op.Node) []*op.Node {
					l := cut(g, g.Apply(op.Decompose{Fn: "cholesky"}, in[0]), 0, m, m)
					return []*op.Node{g.Apply(op.MatMul{TransB: true}, l, l)}
				},
			},
			Case{
				Name: name("eigh"), In: []Arg{Floats(n, m, m)}, Want: symmetric, TolGrad: 1e-5,
				Build: func(g *op.Graph, in []*op.Node) []*op.Node {
					y := g.Apply(op.Decompose{Fn: "eigh"}, in[0])
					v := cut(g, y, m, m, m)
					return []*op.Node{g.Apply(op.MatMul{TransB: true}, g.Apply(op.Binary{Fn: "mul"}, v, cut(g, y, 0, 1, m)), v)}
				},
			},
			Case{Name: name("lu"), Def: op.Decompose{Fn: "lu"}, In: []Arg{Floats(n, m, m)}, Want: lu, TolGrad: 1e-5})
	}
	for _, s := range [][3]int{{2, 4, 3}, {2, 3, 5}, {30, 7, 4}, {1, 5, 1}, {1, 1, 3}} {
		n, r, c := s[0], s[1], s[2]
		p := min(r, c)
		for _, full := range []bool{false, true} {
			q, u, v := p, p, p
			if full {
				q, u, v = r, r, c
			}
			qr := Case{
				Name: fmt.Sprintf("decompose/qr of %v, full %v", s, full), In: []Arg{Floats(n, r, c)}, Want: same, TolGrad: 1e-5,
				Build: func(g *op.Graph, in []*op.Node) []*op.Node {
					y := g.Apply(op.Decompose{Fn: "qr", Full: full}, in[0])
					return []*op.Node{g.Apply(op.MatMul{}, cut(g, y, 0, r, q), cut(g, y, r*q, q, c))}
				},
			}
			svd := Case{
				Name: fmt.Sprintf("decompose/svd of %v, full %v", s, full), In: []Arg{Floats(n, r, c)}, Want: same, TolGrad: 1e-5,
				Build: func(g *op.Graph, in []*op.Node) []*op.Node {
					y := g.Apply(op.Decompose{Fn: "svd", Full: full}, in[0])
					left := g.Apply(op.Slice{Begin: []int{0, 0, 0}, End: []int{n, r, p}}, cut(g, y, 0, r, u))
					right := g.Apply(op.Slice{Begin: []int{0, 0, 0}, End: []int{n, p, c}}, cut(g, y, r*u+p, v, c))
					return []*op.Node{g.Apply(op.MatMul{}, g.Apply(op.Binary{Fn: "mul"}, left, cut(g, y, r*u, 1, p)), right)}
				},
			}
			if full {
				qr.NoGrad, svd.NoGrad = []int{0}, []int{0}
			}
			out = append(out, qr, svd)
		}
		out = append(out, Case{
			Name: fmt.Sprintf("decompose/pinv of %v", s), In: []Arg{Floats(n, r, c)}, Want: same, TolGrad: 1e-5,
			Build: func(g *op.Graph, in []*op.Node) []*op.Node {
				y := cut(g, g.Apply(op.Decompose{Fn: "pinv", Rcond: 1e-6}, in[0]), 0, c, r)
				return []*op.Node{g.Apply(op.MatMul{}, g.Apply(op.MatMul{}, in[0], y), in[0])}
			},
		})
	}
	return out
}

// lu is L, U and the exchanges of Gauss' elimination.
func lu(in []Tensor) [][]float64 {
	n := in[0].Shape[1]
	var out []float64
	for b := range in[0].Shape[0] {
		a := slices.Clone(in[0].V[b*n*n:][:n*n])
		pivots := make([]float64, n)
		for k := range n {
			p := k
			for i := k; i < n; i++ {
				if math.Abs(a[i*n+k]) > math.Abs(a[p*n+k]) {
					p = i
				}
			}
			pivots[k] = float64(p)
			for j := range n {
				a[k*n+j], a[p*n+j] = a[p*n+j], a[k*n+j]
			}
			for i := k + 1; i < n; i++ {
				a[i*n+k] /= a[k*n+k]
				for j := k + 1; j < n; j++ {
					a[i*n+j] -= a[i*n+k] * a[k*n+j]
				}
			}
		}
		out = append(append(out, a...), pivots...)
	}
	return [][]float64{out}
}

func solveCases() []Case {
	var out []Case
	for _, triangle := range []string{"", "lower", "upper"} {
		for _, trans := range []bool{false, true} {
			for _, s := range [][3]int{{1, 1, 1}, {3, 4, 2}, {50, 5, 3}} {
				n, m, k := s[0], s[1], s[2]
				a := Floats(n, m, m)
				for i := range n * m * m {
					v := math.Mod(float64(i)*0.618034, 1) - 0.5
					if i%(m*m)%(m+1) == 0 {
						v += 3
					}
					a.Given = append(a.Given, float64(float32(v)))
				}
				o := op.Solve{Triangle: triangle, TransA: trans}
				out = append(out, Case{
					Name: fmt.Sprintf("solve/%v %q %v", s, triangle, trans), Def: o, In: []Arg{a, Floats(n, m, k)},
					Want: func(in []Tensor) [][]float64 { // by Gauss' and Jordan's elimination, the diagonal being large
						x := append([]float64(nil), in[1].V...)
						for b := range n {
							w := Zeros(m, m)
							for i := range m {
								for j := range m {
									if triangle == "" || triangle == "lower" && j <= i || triangle == "upper" && j >= i {
										if trans {
											w.V[j*m+i] = in[0].At(b, i, j)
										} else {
											w.V[i*m+j] = in[0].At(b, i, j)
										}
									}
								}
							}
							row := func(i int) []float64 { return x[(b*m+i)*k:][:k] }
							for p := range m {
								for i := range m {
									if i == p {
										continue
									}
									f := w.V[i*m+p] / w.V[p*m+p]
									for j := range m {
										w.V[i*m+j] -= f * w.V[p*m+j]
									}
									for j := range k {
										row(i)[j] -= f * row(p)[j]
									}
								}
							}
							for i := range m {
								for j := range k {
									row(i)[j] /= w.V[i*m+i]
								}
							}
						}
						return [][]float64{x}
					},
				})
			}
		}
	}
	return out
}
