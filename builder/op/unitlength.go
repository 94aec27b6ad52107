package op

import "math"

// UnitLength is x / max(|x|, epsilon), the length |x| being taken along axes, built of other
// operations. What is shorter has no gradient through its length (in Keras on JAX it is NaN at 0).
func UnitLength(g *Graph, x *Node, epsilon float64, axes ...int) *Node {
	sum := g.Apply(Reduce{Fn: "sum", Axes: axes, KeepDims: true}, g.Apply(Unary{Fn: "square"}, x))
	sum = g.Apply(Unary{Fn: "clip", A: epsilon * epsilon, B: math.MaxFloat32}, sum)
	return g.Apply(Binary{Fn: "mul"}, x, g.Apply(Unary{Fn: "rsqrt"}, sum))
}
