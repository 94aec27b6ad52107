package expr

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
)

// ofDiagonal is a square matrix with a sequence on a diagonal.
func (c *call) ofDiagonal(x *Tensor, k int) *Tensor {
	n := c.fixedAxis("x", x, 0)
	size := n + max(k, -k)
	if size > maxElements/max(1, size) {
		c.fail("x", "a matrix of %d by %d", size, size)
	}
	index := make([]int, n)
	for i := range index {
		index[i] = (i+max(0, -k))*size + i + max(0, k)
	}
	return reshape(put(x, 0, size*size, index), Shape{Size(size), Size(size)}).as(x.Kind)
}

var (
	patternAxes = regexp.MustCompile(`\(([^()]*)\)|\S+`)
	patternName = regexp.MustCompile(`^[A-Za-z_]\w*$|^1$`)
)

// groups are the axes of one side of a pattern, those in brackets together.
func (c *call) groups(side string) [][]string {
	var out [][]string
	for _, g := range patternAxes.FindAllString(side, -1) {
		names := strings.Fields(strings.Trim(g, "()"))
		for _, n := range names {
			if !patternName.MatchString(n) {
				c.fail("pattern", "%q is not the name of an axis", n)
			}
		}
		out = append(out, names)
	}
	return out
}

// rearranged is einops' rearrange (Rogozhnikov, 2022): axes are named on both sides, split and joined in brackets.
func (c *call) rearranged(x *Tensor, pattern string) *Tensor {
	left, right, ok := strings.Cut(pattern, "->")
	if !ok {
		c.fail("pattern", "a pattern as \"b h w c -> b (h w) c\" is wanted, got %q", pattern)
	}
	from, to := c.groups(left), c.groups(right)
	if len(from) != len(x.Shape) {
		c.fail("pattern", "%q names %d axes, and the tensor has %d: %s", strings.TrimSpace(left), len(from), len(x.Shape), x.describe())
	}
	size := map[string]Dim{}
	var order []string
	var split Shape
	for i, names := range from {
		open, n := "", Size(1)
		for _, name := range names {
			if _, twice := size[name]; twice {
				c.fail("pattern", "the axis %q is there twice", name)
			}
			order = append(order, name)
			switch v, given := c.others()[name]; {
			case given:
				size[name] = Size(c.asInteger(name, v))
			case name == "1":
				size[name] = Size(1)
			case open != "":
				c.fail("pattern", "the sizes of both %q and %q are not known: give one of them", open, name)
			default:
				open, size[name] = name, unknown
				continue
			}
			n = n.times(size[name])
		}
		d := x.Shape[i]
		switch {
		case open != "" && d.known() && n.N > 0 && d.N%n.N == 0 && d.B >= n.B:
			size[open] = Dim{d.N / n.N, d.B - n.B}
		case d.known() && (open != "" || n != d):
			c.fail("pattern", "axis %d of %s elements is not %s", i, d, strings.Join(names, "·"))
		}
		for _, name := range names {
			split = append(split, size[name])
		}
	}
	var perm []int
	var out Shape
	for _, names := range to {
		n := Size(1)
		for _, name := range names {
			k := slices.Index(order, name)
			if k < 0 || slices.Contains(perm, k) {
				c.fail("pattern", "the axis %q of the result is not on the left, or there twice", name)
			}
			perm, n = append(perm, k), n.times(size[name])
		}
		out = append(out, n)
	}
	if len(perm) != len(order) {
		c.fail("pattern", "an axis of the left is not on the right")
	}
	for _, name := range slices.Sorted(maps.Keys(c.others())) {
		if _, ok := size[name]; !ok {
			c.fail(name, "the pattern has no axis %q", name)
		}
	}
	return reshape(transpose(reshape(x, split), perm), out)
}

var (
	_ = function("ops::rearrange", "tensor, pattern, **axes_lengths", "Axes in another order, split and joined, by a pattern: \"b (h r) w c -> b h w (r c)\", { r = 2 }.", func(c *call) any {
		return c.rearranged(c.tensor("tensor"), c.text("pattern"))
	})
	_ = function("ops::diag", "x, k=0", "A matrix with a sequence on a diagonal, or the diagonal of a matrix.", func(c *call) any {
		x, k := c.tensor("x"), c.integer("k")
		switch len(x.Shape) {
		case 1:
			return c.ofDiagonal(x, k)
		case 2:
			return c.diagonal(x, k, 0, 1)
		}
		c.fail("x", "a sequence or a matrix is wanted, got %s", x.describe())
		return nil
	})
	_ = function("ops::diagflat", "x, k=0", "A matrix with all elements on a diagonal.", func(c *call) any {
		x := c.tensor("x")
		return c.ofDiagonal(reshape(x, Shape{x.Shape.elems()}), c.integer("k"))
	})
	_ = function("ops::vander", "x, N=None, increasing=False", "Powers of each element, N of them, the highest first or last.", func(c *call) any {
		x := c.tensor("x")
		if len(x.Shape) != 1 {
			c.fail("x", "a sequence of one axis is wanted, got %s", x.describe())
		}
		var n int
		if c.given("N") {
			n = c.integer("N")
		} else {
			n = c.fixedAxis("x", x, 0)
		}
		if n < 1 || n > 1<<12 {
			c.fail("N", "%d powers", n)
		}
		powers := []*Tensor{constantOf(x.Kind, x.Shape, 1)}
		for len(powers) < n {
			powers = append(powers, binary("mul", powers[len(powers)-1], x))
		}
		if !c.truth("increasing") {
			slices.Reverse(powers)
		}
		return stack(powers, 1)
	})
	_ = function("ops::unravel_index", "indices, shape", "Where elements of a shape lie that are counted one after the other: a list with the index of each axis.", func(c *call) any {
		x := c.tensor("indices")
		s := c.integers("shape")
		if x.Kind == Float {
			c.fail("indices", "whole numbers are wanted, got %s", x.describe())
		}
		var out []*Tensor
		step := 1
		for i := len(s) - 1; i >= 0; i-- {
			if s[i] < 1 || step > (1<<31-1)/s[i] {
				c.fail("shape", "an axis of %d elements", s[i])
			}
			y := binary("mod", binary("floor_divide", x, constantOf(Int, nil, float64(step))), constantOf(Int, nil, float64(s[i])))
			out = append(out, y)
			step *= s[i]
		}
		slices.Reverse(out)
		return out
	})
	_ = function("ops::view", "x, dtype=None", "The bits of the elements seen as \"float32\" or \"int32\".", func(c *call) any {
		x := c.tensor("x")
		if !c.given("dtype") {
			return x
		}
		switch to := Kind(c.text("dtype", "float32", "int32")); {
		case to == x.Kind:
			return x
		case x.Kind == Bool:
			c.fail("dtype", "truths have no bits to be seen; ops::cast makes numbers of them")
		case to == Int:
			return apply(op.Bitcast{To: op.Int32}, x.Shape, Int, x)
		}
		return &Tensor{Shape: x.Shape, Kind: Float, in: []*Tensor{x}, make: func(s *Scope, in []*op.Node) *op.Node {
			return s.Apply(op.Bitcast{To: s.DType}, in[0])
		}}
	})
	_ = function("ops::argpartition", "x, kth, axis=-1", "Places of the elements so that what is smaller than the kth stands before it; here all are in order.", func(c *call) any {
		x := c.tensor("x")
		axis := c.axis("axis", x)
		if k, d := c.integer("kth"), x.Shape[axis]; d.fixed() && (k >= d.N || k < -d.N) {
			c.fail("kth", "%d lies outside an axis of %d elements", k, d.N)
		}
		_, places := sorted(x, axis, false)
		return places
	})
	_ = function("ops::histogram", "x, bins=10, range=None", "How many elements lie in each of bins equal parts of a range, and the ends of these: a list of the two.", func(c *call) any {
		x, n := c.floats("x"), c.integer("bins")
		if n < 1 || n > maxElements {
			c.fail("bins", "%d parts", n)
		}
		flat := reshape(x, Shape{x.Shape.elems()})
		lo, hi := stopGradient(reduce("min", flat, []int{0}, false)), stopGradient(reduce("max", flat, []int{0}, false))
		same := compare("equal", lo, hi).as(Float)
		lo, hi = binary("sub", lo, affine(same, 0.5, 0)), binary("add", hi, affine(same, 0.5, 0))
		if v := c.known("range"); !v.IsNull() {
			l := c.list("range", v)
			if len(l) != 2 || l[0].Type() != cty.Number || l[1].Type() != cty.Number {
				c.fail("range", "a list of two numbers is wanted")
			}
			a, _ := l[0].AsBigFloat().Float64()
			b, _ := l[1].AsBigFloat().Float64()
			lo, hi = number(a), number(b)
		}
		share := make([]float64, n+1)
		for i := range share {
			share[i] = float64(i) / float64(n)
		}
		edges := where(constantOf(Bool, Shape{Size(n + 1)}, append(make([]float64, n), 1)...), hi,
			binary("add", lo, binary("mul", binary("sub", hi, lo), constantOf(Float, Shape{Size(n + 1)}, share...))))
		wide := flat.with(1)
		above := compare("greater_equal", wide, part(edges, 0, 0, n))
		below := compare("less", wide, part(edges, 0, 1, n+1))
		end := both(compare("equal", wide, at(edges, 0, n)), constantOf(Bool, Shape{Size(n)}, append(make([]float64, n-1), 1)...))
		return []*Tensor{reduce("sum", both(above, either(below, end)).as(Float), []int{0}, false), edges}
	})
	_ = function("ops::cdist", "x, y", "Distances of the vectors of the last axis of the one to those of the other.", func(c *call) any {
		a, b := c.floats("x"), c.floats("y")
		if len(a.Shape) < 2 || len(b.Shape) < 2 {
			c.fail("x", "two axes at least are wanted, got %s; %s", a.describe(), b.describe())
		}
		d := binary("sub", a.with(len(a.Shape)-1), b.with(len(b.Shape)-2))
		return unary("sqrt", reduce("sum", unary("square", d), []int{len(d.Shape) - 1}, false))
	})
	_ = function("ops::corrcoef", "x", "Correlations of the rows with each other.", func(c *call) any {
		x := c.floats("x")
		switch len(x.Shape) {
		case 1:
			x = x.with(0)
		case 2:
		default:
			c.fail("x", "rows of one or two axes are wanted, got %s", x.describe())
		}
		x = binary("sub", x, reduce("mean", x, []int{1}, true))
		length := unary("sqrt", reduce("sum", unary("square", x), []int{1}, true))
		y := binary("div", binary("div", matmul(x, turned(x)), length), turned(length))
		y = unary("clip", y, -1, 1)
		if len(c.floats("x").Shape) == 1 {
			return reshape(y, nil)
		}
		return y
	})
	_ = function("ops::kaiser", "x, beta", "Kaiser's window of so many points.", func(c *call) any {
		n, beta := c.integer("x"), c.number("beta")
		t := c.points("x", n, Float, func(i int) float64 {
			u := 2*float64(i)/float64(max(1, n-1)) - 1
			return beta * math.Sqrt(max(0, 1-u*u))
		})
		return binary("div", unary("i0", t), unary("i0", number(beta)))
	})
	_ = function("ops::geomspace", "start, stop, num=50, endpoint=True, dtype=None", "num numbers from start to stop, each a fixed multiple of the one before.", func(c *call) any {
		a, b := c.number("start"), c.number("stop")
		if a == 0 || b == 0 || (a < 0) != (b < 0) {
			c.fail("start", "start and stop are %v and %v: numbers of one sign, not 0, are wanted", a, b)
		}
		return c.line(func(x float64) float64 { return a * math.Pow(b/a, (x-a)/(b-a)) })
	})
)
