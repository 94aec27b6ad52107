package expr

import (
	"slices"
	"strings"
)

// product2 is NumPy's matmul: tensors of one axis are rows or columns.
func product2(c *call, a, b *Tensor) *Tensor {
	if len(a.Shape) == 0 || len(b.Shape) == 0 {
		c.fail("", "a tensor without axes cannot be multiplied as a matrix (%s; %s)", a.describe(), b.describe())
	}
	row, column := len(a.Shape) == 1, len(b.Shape) == 1
	if row {
		a = a.with(0)
	}
	if column {
		b = b.with(1)
	}
	y := matmul(a, b)
	if column {
		y = y.without(len(y.Shape) - 1)
	}
	if row {
		k := len(y.Shape) - 2
		if column {
			k = len(y.Shape) - 1
		}
		y = y.without(k)
	}
	return y
}

// contract sums over pairs of axes of two tensors: what remains of a, then of b.
func contract(c *call, a, b *Tensor, over, of []int) *Tensor {
	split := func(t *Tensor, axes []int, front bool) (m *Tensor, rest Shape) {
		var perm []int
		n := Size(1)
		for i, d := range t.Shape {
			if !slices.Contains(axes, i) {
				perm, rest = append(perm, i), append(rest, d)
			}
		}
		for _, i := range axes {
			n = n.times(t.Shape[i])
		}
		if front {
			return reshape(transpose(t, append(slices.Clone(axes), perm...)), Shape{n, rest.elems()}), rest
		}
		return reshape(transpose(t, append(perm, axes...)), Shape{rest.elems(), n}), rest
	}
	for i := range over {
		if x, y := a.Shape[over[i]], b.Shape[of[i]]; x.known() && y.known() && x != y {
			c.fail("", "axis %d of %s and axis %d of %s are summed over together, and have %s and %s elements", over[i], a.describe(), of[i], b.describe(), x, y)
		}
	}
	x, left := split(a, over, false)
	y, right := split(b, of, true)
	return reshape(matmul(x, y), slices.Concat(left, right))
}

// einsum sums products of one or two tensors, whose axes are named by letters.
func einsum(c *call, spec string, list []*Tensor) *Tensor {
	spec = strings.ReplaceAll(spec, " ", "")
	left, out, arrow := strings.Cut(spec, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(list) {
		c.fail("subscripts", "%q is of %d tensors, and %d are given", spec, len(terms), len(list))
	}
	if strings.Contains(spec, ".") {
		c.fail("subscripts", "... is not there; name the axes one by one")
	}
	size := map[rune]Dim{}
	times := map[rune]int{}
	for i, t := range terms {
		if len(t) != len(list[i].Shape) {
			c.fail("subscripts", "%q names %d axes of a tensor that has %d: %s", t, len(t), len(list[i].Shape), list[i].describe())
		}
		for k, l := range t {
			d := list[i].Shape[k]
			if old, ok := size[l]; ok && old.known() && d.known() && old != d {
				c.fail("subscripts", "the axis %q has %s elements in one place and %s in another", l, old, d)
			} else if !ok || !old.known() {
				size[l] = d
			}
			if strings.Count(t, string(l)) > 1 {
				c.fail("subscripts", "%q names the axis %q twice; take the diagonal with ops::diagonal", t, l)
			}
			times[l]++
		}
	}
	if !arrow {
		var letters []rune
		for l, n := range times {
			if n == 1 {
				letters = append(letters, l)
			}
		}
		slices.Sort(letters)
		out = string(letters)
	}
	for _, l := range out {
		if _, ok := size[l]; !ok || strings.Count(out, string(l)) > 1 {
			c.fail("subscripts", "the axis %q of the result is in none of the tensors, or is there twice", l)
		}
	}
	// Axes of one tensor that are nowhere else are summed first.
	acc, name := list[0], terms[0]
	drop := func(t *Tensor, term, others string) (*Tensor, string) {
		var axes []int
		kept := ""
		for i, l := range term {
			if strings.ContainsRune(others, l) {
				kept += string(l)
			} else {
				axes = append(axes, i)
			}
		}
		return reduce("sum", t, axes, false), kept
	}
	for i := 1; i < len(list); i++ {
		rest := out + strings.Join(terms[i+1:], "")
		a, na := drop(acc, name, terms[i]+rest)
		b, nb := drop(list[i], terms[i], name+rest)
		var shared, summed, onlyA, onlyB string
		for _, l := range na {
			switch in := strings.ContainsRune(nb, l); {
			case in && strings.ContainsRune(rest, l):
				shared += string(l)
			case in:
				summed += string(l)
			default:
				onlyA += string(l)
			}
		}
		for _, l := range nb {
			if !strings.ContainsRune(na, l) {
				onlyB += string(l)
			}
		}
		dims := func(letters string) (s Shape) {
			for _, l := range letters {
				s = append(s, size[l])
			}
			return s
		}
		x := reshape(ordered(a, na, shared+onlyA+summed), slices.Concat(dims(shared), Shape{dims(onlyA).elems(), dims(summed).elems()}))
		y := reshape(ordered(b, nb, shared+summed+onlyB), slices.Concat(dims(shared), Shape{dims(summed).elems(), dims(onlyB).elems()}))
		name = shared + onlyA + onlyB
		acc = reshape(matmul(x, y), dims(name))
	}
	acc, name = drop(acc, name, out)
	return ordered(acc, name, out)
}

// ordered puts axes, named by letters, in another order.
func ordered(t *Tensor, from, to string) *Tensor {
	var perm []int
	for _, l := range to {
		perm = append(perm, strings.IndexRune(from, l))
	}
	return transpose(t, perm)
}

var (
	_ = function("ops::matmul", "x1, x2", "Products of the matrices of the last two axes.", func(c *call) any { return product2(c, c.floats("x1"), c.floats("x2")) })
	_ = function("ops::dot", "x1, x2", "Sum over the last axis of the one and the last but one of the other.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		if len(a.Shape) == 0 || len(b.Shape) == 0 {
			return binary("mul", a, b)
		}
		return contract(c, a, b, []int{len(a.Shape) - 1}, []int{max(0, len(b.Shape)-2)})
	})
	_ = function("ops::inner", "x1, x2", "Sum over the last axes of both.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		if len(a.Shape) == 0 || len(b.Shape) == 0 {
			return binary("mul", a, b)
		}
		return contract(c, a, b, []int{len(a.Shape) - 1}, []int{len(b.Shape) - 1})
	})
	_ = function("ops::vdot", "x1, x2", "Sum of all products of two tensors of as many elements.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		n := a.Shape.elems()
		if m := b.Shape.elems(); n != m && n.known() && m.known() {
			c.fail("x2", "the tensors have %s and %s elements", n, m)
		}
		return reduce("sum", binary("mul", reshape(a, Shape{n}), reshape(b, Shape{n})), []int{0}, false)
	})
	_ = function("ops::outer", "x1, x2", "The product of each element of the one with each of the other.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		return binary("mul", reshape(a, Shape{a.Shape.elems(), Size(1)}), reshape(b, Shape{Size(1), b.Shape.elems()}))
	})
	_ = function("ops::tensordot", "x1, x2, axes=2", "Sum over pairs of axes: a number of them, or a list of axes for each tensor.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		var over, of []int
		if l := c.known("axes"); !l.IsNull() && l.Type().FriendlyName() != "number" {
			for i, v := range c.list("axes", l) {
				t := a
				if i == 1 {
					t = b
				}
				var axes []int
				if v.Type().FriendlyName() == "number" {
					axes = []int{c.asInteger("axes", v)}
				} else {
					for _, e := range c.list("axes", v) {
						axes = append(axes, c.asInteger("axes", e))
					}
				}
				for k := range axes {
					axes[k] = c.index("axes", axes[k], len(t.Shape))
				}
				if i == 0 {
					over = axes
				} else {
					of = axes
				}
			}
		} else {
			n := c.integer("axes")
			if n < 0 || n > min(len(a.Shape), len(b.Shape)) {
				c.fail("axes", "%d axes of tensors of %d and %d", n, len(a.Shape), len(b.Shape))
			}
			for i := range n {
				over, of = append(over, len(a.Shape)-n+i), append(of, i)
			}
		}
		if len(over) != len(of) {
			c.fail("axes", "%d axes of the one and %d of the other", len(over), len(of))
		}
		return contract(c, a, b, over, of)
	})
	_ = function("ops::einsum", "subscripts, x1, x2=None, x3=None", "Sum of products of tensors whose axes are named by letters, as \"bij,bjk->bik\".", func(c *call) any {
		list := []*Tensor{c.floats("x1")}
		for _, arg := range []string{"x2", "x3"} {
			if c.given(arg) {
				list = append(list, c.floats(arg))
			}
		}
		return einsum(c, c.text("subscripts"), list)
	})
	_ = function("ops::cross", "x1, x2", "The vector product along the last axis, of three elements.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		for _, t := range []*Tensor{a, b} {
			if n := len(t.Shape); n == 0 || t.Shape[n-1].known() && t.Shape[n-1] != Size(3) {
				c.fail("x1", "vectors of three elements are wanted, got %s", t.describe())
			}
		}
		turn := func(t *Tensor, by int) *Tensor { return roll(t, len(t.Shape)-1, by) }
		return binary("sub", binary("mul", turn(a, -1), turn(b, 1)), binary("mul", turn(a, 1), turn(b, -1)))
	})
	_ = function("ops::kron", "x1, x2", "The Kronecker product of two matrices.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		if len(a.Shape) != 2 || len(b.Shape) != 2 {
			c.fail("x1", "two matrices are wanted, got %s; %s", a.describe(), b.describe())
		}
		m, n, p, q := a.Shape[0], a.Shape[1], b.Shape[0], b.Shape[1]
		y := binary("mul", reshape(a, Shape{m, Size(1), n, Size(1)}), reshape(b, Shape{Size(1), p, Size(1), q}))
		return reshape(y, Shape{m.times(p), n.times(q)})
	})
)
