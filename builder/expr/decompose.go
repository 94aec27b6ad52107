package expr

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// matrix is an argument whose last two axes are matrices of known size.
func (c *call) matrix(arg string, square bool) (x *Tensor, m, n int) {
	x = c.floats(arg)
	r := len(x.Shape)
	if r < 2 {
		c.fail(arg, "a matrix is wanted, got %s", x.describe())
	}
	m, n = c.fixedAxis(arg, x, r-2), c.fixedAxis(arg, x, r-1)
	if square && m != n {
		c.fail(arg, "a matrix of as many rows as columns is wanted, got %d by %d", m, n)
	}
	if m < 1 || n < 1 {
		c.fail(arg, "a matrix of %d by %d", m, n)
	}
	return x, m, n
}

// outer are the axes before those of a matrix.
func (t *Tensor) outer() Shape { return slices.Clone(t.Shape[:len(t.Shape)-2]) }

// decomposed is what comes out of each matrix of x, one number after the other in a last axis.
func decomposed(x *Tensor, m, n int, o op.Decompose) *Tensor {
	batch := x.outer().elems()
	size := Size(o.Size(m, n))
	y := apply(o, Shape{batch, size}, Float, reshape(x, Shape{batch, Size(m), Size(n)}))
	return reshape(y, append(x.outer(), size))
}

// piece is some of the last axis, from at on, as axes of the given sizes.
func piece(x *Tensor, at int, sizes ...int) *Tensor {
	n := 1
	s := slices.Clone(x.Shape[:len(x.Shape)-1])
	for _, d := range sizes {
		n *= d
		s = append(s, Size(d))
	}
	return reshape(part(x, len(x.Shape)-1, at, at+n), s)
}

// turned is each matrix on its side.
func turned(x *Tensor) *Tensor { return moved(x, len(x.Shape)-1, len(x.Shape)-2) }

// solved is x with a·x = b; both have the axes of the other that it has not got.
func solved(a, b *Tensor, o op.Solve) *Tensor {
	outer := mustStretch(&Tensor{Shape: a.outer()}, &Tensor{Shape: b.outer()})
	batch := outer.elems()
	flat := func(t *Tensor) *Tensor {
		s := t.Shape[len(t.Shape)-2:]
		return reshape(broadcastTo(t, slices.Concat(outer, s)), slices.Concat(Shape{batch}, s))
	}
	x := flat(b)
	y := apply(o, x.Shape, Float, flat(a), x)
	return reshape(y, slices.Concat(outer, b.Shape[len(b.Shape)-2:]))
}

// equations solves for b as matrices or, with an axis less than a, vectors.
func (c *call) equations(o op.Solve) *Tensor {
	a, n, _ := c.matrix("a", true)
	b := c.floats("b")
	vector := len(b.Shape) == len(a.Shape)-1
	if vector {
		b = b.with(len(b.Shape))
	}
	if len(b.Shape) < 2 || c.fixedAxis("b", b, len(b.Shape)-2) != n {
		c.fail("b", "right sides of %d elements are wanted, got %s", n, b.describe())
	}
	y := solved(a, b, o)
	if vector {
		y = y.without(len(y.Shape) - 1)
	}
	return y
}

func unit(n int) *Tensor {
	return constantOf(Float, Shape{Size(n), Size(n)}, triangular(n, n, 0, "less_equal").and(triangular(n, n, 0, "greater_equal"))...)
}

func inverse(x *Tensor, n int) *Tensor { return solved(x, unit(n), op.Solve{}) }

// pivoted is the LU decomposition: its diagonal and the sign of the exchanges of rows.
func (c *call) pivoted(x *Tensor, n int) (diagonal, sign *Tensor) {
	y := decomposed(x, n, n, op.Decompose{Fn: "lu"})
	lu, p := piece(y, 0, n, n), piece(y, n*n, n)
	last := len(lu.Shape) - 1
	stay := make([]float64, n)
	for i := range stay {
		stay[i] = float64(i)
	}
	swaps := compare("not_equal", stopGradient(p), constantOf(Float, Shape{Size(n)}, stay...)).as(Float)
	odd := binary("mod", reduce("sum", swaps, []int{last - 1}, false), number(2))
	return c.diagonal(lu, 0, last-1, last), affine(odd, -2, 1)
}

// singular are the parts of the singular value decomposition.
func singular(x *Tensor, m, n int, full bool) (u, s, vt *Tensor) {
	p := min(m, n)
	y := decomposed(x, m, n, op.Decompose{Fn: "svd", Full: full})
	cu, rv := p, p
	if full {
		cu, rv = m, n
	}
	return piece(y, 0, m, cu), piece(y, m*cu, p), piece(y, m*cu+p, rv, n)
}

// rcond is below which share of the largest singular value one counts as 0.
func (c *call) rcond(m, n int, times float64) float64 {
	if c.given("rcond") {
		return c.number("rcond")
	}
	return times * float64(max(m, n)) * 0x1p-23
}

func slogdet(c *call) (sign, log *Tensor) {
	x, n, _ := c.matrix("x", true)
	d, exchanged := c.pivoted(x, n)
	last := len(d.Shape) - 1
	signs := product(unary("sign", d), []int{last}, false)
	return binary("mul", exchanged, signs), reduce("sum", unary("log", absolute(d)), []int{last}, false)
}

var (
	_ = function("ops::cholesky", "x, upper=False", "The lower triangle L (or the upper one) with L·Lᵀ the symmetric matrix; NaN where there is none.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		l := piece(decomposed(x, n, n, op.Decompose{Fn: "cholesky"}), 0, n, n)
		if c.truth("upper") {
			return turned(l)
		}
		return l
	})
	_ = function("ops::cholesky_inverse", "x, upper=False", "The inverse of the matrix whose Cholesky triangle x is.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		if c.truth("upper") {
			i := solved(x, unit(n), op.Solve{Triangle: "upper"})
			return matmul(i, turned(i))
		}
		i := solved(x, unit(n), op.Solve{Triangle: "lower"})
		return matmul(turned(i), i)
	})
	_ = function("ops::det", "x", "Determinants.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		d, sign := c.pivoted(x, n)
		return binary("mul", product(d, []int{len(d.Shape) - 1}, false), sign)
	})
	_ = function("ops::slogdet", "x", "Sign of the determinant and the logarithm of its magnitude: a list of the two.", func(c *call) any {
		sign, log := slogdet(c)
		return []*Tensor{sign, log}
	})
	_ = function("ops::logdet", "x", "The logarithm of the determinant's magnitude.", func(c *call) any {
		_, log := slogdet(c)
		return log
	})
	_ = function("ops::inv", "x", "Inverse matrices.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		return inverse(x, n)
	})
	_ = function("ops::solve", "a, b", "x with a·x = b; b are matrices, or vectors with an axis less than a.", func(c *call) any { return c.equations(op.Solve{}) })
	_ = function("ops::solve_triangular", "a, b, lower=False", "The same for triangular a, of which the other elements are not looked at.", func(c *call) any {
		if c.truth("lower") {
			return c.equations(op.Solve{Triangle: "lower"})
		}
		return c.equations(op.Solve{Triangle: "upper"})
	})
	_ = function("ops::lu_factor", "x", "L below the diagonal and U, and for each row with which later one it was exchanged: a list of the two.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		y := decomposed(x, n, n, op.Decompose{Fn: "lu"})
		return []*Tensor{piece(y, 0, n, n), stopGradient(piece(y, n*n, n)).as(Int)}
	})
	_ = function("ops::qr", `x, mode="reduced"`, "Q, whose columns are at right angles, and the upper triangle R: a list of the two. The complete form of more rows than columns has no gradient.", func(c *call) any {
		x, m, n := c.matrix("x", false)
		q, full := min(m, n), false
		if c.text("mode", "reduced", "complete") == "complete" && m > n {
			q, full = m, true
		}
		y := decomposed(x, m, n, op.Decompose{Fn: "qr", Full: full})
		return []*Tensor{piece(y, 0, m, q), piece(y, m*q, q, n)}
	})
	_ = function("ops::eigh", "x", "Eigenvalues of symmetric matrices, the smallest first, and their vectors as columns, each with its largest element positive: a list of the two.", func(c *call) any {
		x, n, _ := c.matrix("x", true)
		y := decomposed(x, n, n, op.Decompose{Fn: "eigh"})
		return []*Tensor{piece(y, 0, n), piece(y, n, n, n)}
	})
	_ = function("ops::svd", "x, full_matrices=True, compute_uv=True", "U, the singular values, and the transpose of V: a list of the three, or the values alone. Vectors of full matrices that are not square have no gradient.", func(c *call) any {
		x, m, n := c.matrix("x", false)
		u, s, vt := singular(x, m, n, false)
		if !c.truth("compute_uv") {
			return s
		}
		if c.truth("full_matrices") && m != n {
			u, _, vt = singular(x, m, n, true)
		}
		return []*Tensor{u, s, vt}
	})
	_ = function("ops::pinv", "x, rcond=None", "Pseudoinverse matrices; singular values of at most rcond times the largest count as 0.", func(c *call) any {
		x, m, n := c.matrix("x", false)
		return piece(decomposed(x, m, n, op.Decompose{Fn: "pinv", Rcond: c.rcond(m, n, 10)}), 0, n, m)
	})
	_ = function("ops::lstsq", "a, b, rcond=None", "x for which a·x is nearest to b; of several the shortest.", func(c *call) any {
		a, m, n := c.matrix("a", false)
		b := c.floats("b")
		vector := len(b.Shape) == 1
		if vector {
			b = b.with(1)
		}
		y := matmul(piece(decomposed(a, m, n, op.Decompose{Fn: "pinv", Rcond: c.rcond(m, n, 1)}), 0, n, m), b)
		if vector {
			y = y.without(len(y.Shape) - 1)
		}
		return y
	})
	_ = function("ops::matrix_rank", "x, tol=None", "How many singular values are above tol.", func(c *call) any {
		x, m, n := c.matrix("x", false)
		_, s, _ := singular(x, m, n, false)
		last := len(s.Shape) - 1
		least := affine(at(s, last, 0).with(last), float64(max(m, n))*0x1p-23, 0)
		if c.given("tol") {
			least = number(c.number("tol"))
		}
		return reduce("sum", compare("greater", s, least).as(Int), []int{last}, false)
	})
	_ = function("ops::matrix_power", "x, n", "Matrices multiplied n times with themselves; of the inverse where n is negative.", func(c *call) any {
		x, size, _ := c.matrix("x", true)
		n := c.integer("n")
		if n < -1<<20 || n > 1<<20 {
			c.fail("n", "the power %d", n)
		}
		if n < 0 {
			x, n = inverse(x, size), -n
		}
		var y *Tensor
		for ; n > 0; n /= 2 {
			switch {
			case n%2 == 1 && y == nil:
				y = x
			case n%2 == 1:
				y = matmul(y, x)
			}
			if n > 1 {
				x = matmul(x, x)
			}
		}
		if y == nil {
			return broadcastTo(unit(size), x.Shape)
		}
		return y
	})
)
