package expr

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// sizeOf is a size as a whole number without axes, the batch's too.
func sizeOf(d Dim) *Tensor {
	if d.fixed() {
		return constantOf(Int, nil, float64(d.N))
	}
	return &Tensor{Kind: Int, make: func(s *Scope, _ []*op.Node) *op.Node {
		return s.Apply(op.Constant{Shape: []int{}, Values: []float64{float64(d.at(s.Batch))}, To: op.Int32}, s.Anchor)
	}}
}

// inside is a place of an axis of n that stands for index, which may lie outside of it, and whether what is there counts.
func inside(index, n *Tensor, mode string) (place, counts *Tensor) {
	one := constantOf(Int, nil, 1)
	top := binary("sub", n, one)
	// mirrored are places of an axis whose ends are not repeated: s is the last.
	mirrored := func(i, s *Tensor) *Tensor {
		return absolute(binary("sub", binary("mod", binary("add", i, s), binary("add", s, s)), s))
	}
	switch mode {
	case "wrap":
		return binary("mod", index, n), nil
	case "mirror":
		return mirrored(index, top), nil
	case "reflect":
		twice := func(t *Tensor) *Tensor { return binary("add", t, t) }
		m := mirrored(binary("add", twice(index), one), twice(n))
		return binary("floor_divide", binary("sub", m, one), constantOf(Int, nil, 2)), nil
	case "constant":
		counts = both(compare("greater_equal", index, constantOf(Int, nil, 0)), compare("less", index, n))
	}
	return binary("max", binary("min", index, top), constantOf(Int, nil, 0)), counts
}

// corner is one of the places that a sample takes, with its weight; weight is nil for 1.
type corner struct{ place, counts, weight *Tensor }

// corners are, along one axis of n elements, the places whose elements a sample at a coordinate is made of.
func corners(at, n *Tensor, order int, mode string) []corner {
	if order == 0 { // halves go away from 0
		i := binary("mul", unary("sign", at), unary("floor", affine(absolute(at), 1, 0.5))).as(Int)
		p, ok := inside(i, n, mode)
		return []corner{{p, ok, nil}}
	}
	low := unary("floor", at)
	upper := binary("sub", at, stopGradient(low))
	i := low.as(Int)
	p, ok := inside(i, n, mode)
	q, also := inside(binary("add", i, constantOf(Int, nil, 1)), n, mode)
	return []corner{{p, ok, affine(upper, -1, 1)}, {q, also, upper}}
}

// sampled joins what fetch gets at the corners of all axes.
func sampled(axes [][]corner, sizes []*Tensor, fetch func(place, counts *Tensor) *Tensor) *Tensor {
	var sum *Tensor
	var from func(k int, place, counts, weight *Tensor)
	from = func(k int, place, counts, weight *Tensor) {
		if k == len(axes) {
			v := fetch(place, counts)
			if weight != nil {
				v = binary("mul", v, weight)
			}
			if sum == nil {
				sum = v
			} else {
				sum = binary("add", sum, v)
			}
			return
		}
		for _, o := range axes[k] {
			p, ok, w := o.place, o.counts, o.weight
			if place != nil {
				p = binary("add", binary("mul", place, sizes[k]), p)
			}
			if counts != nil && ok != nil {
				ok = both(counts, ok)
			} else if ok == nil {
				ok = counts
			}
			if weight != nil && w != nil {
				w = binary("mul", weight, w)
			} else if w == nil {
				w = weight
			}
			from(k+1, p, ok, w)
		}
	}
	from(0, nil, nil, nil)
	return sum
}

// warped is images [batch, height, width, channels] taken at coordinates y and x, [batch or 1, height', width'].
func (c *call) warped(images, y, x *Tensor, order int, mode string, fill float64) *Tensor {
	h, w := c.sizes("images", images)
	channels := images.Shape[3]
	s := slices.Clone(mustStretch(y, x))
	s[0] = images.Shape[0]
	flat := reshape(images, Shape{s[0], Size(h * w), channels})
	each := Shape{s[0], s[1].times(s[2]), channels}
	wide := func(t *Tensor) *Tensor { // of the samples: one for each channel
		t = reshape(broadcastTo(t, s), Shape{s[0], each[1], Size(1)})
		return broadcastTo(t, each)
	}
	sizes := []*Tensor{sizeOf(Size(h)), sizeOf(Size(w))}
	axes := [][]corner{corners(wide(y), sizes[0], order, mode), corners(wide(x), sizes[1], order, mode)}
	v := sampled(axes, sizes, func(place, counts *Tensor) *Tensor {
		v := gather(flat, place, 1, true)
		if counts != nil {
			v = where(counts, v, number(fill))
		}
		return v
	})
	return reshape(v, Shape{s[0], s[1], s[2], channels})
}

// order is how the argument interpolation makes a value between cells.
func (c *call) order() int {
	if c.text("interpolation", "nearest", "bilinear") == "nearest" {
		return 0
	}
	return 1
}

// grid are the coordinates of the cells, [1, height, 1] and [1, 1, width].
func grid(h, w int) (y, x *Tensor) {
	count := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(i)
		}
		return v
	}
	return constantOf(Float, Shape{Size(1), Size(h), Size(1)}, count(h)...), constantOf(Float, Shape{Size(1), Size(1), Size(w)}, count(w)...)
}

// column is element i of the last axis of transforms [batch, n], as [batch, 1, 1].
func column(t *Tensor, i int) *Tensor { return at(t, 1, i).with(1).with(1) }

// turnedBy is a·x + b·y + c of three columns.
func turnedBy(t *Tensor, i int, y, x *Tensor) *Tensor {
	return binary("add", binary("add", binary("mul", column(t, i), x), binary("mul", column(t, i+1), y)), column(t, i+2))
}

var fillModes = []string{"constant", "nearest", "wrap", "mirror", "reflect"}

var (
	_ = function("ops::image::map_coordinates", `inputs, coordinates, order, fill_mode="constant", fill_value=0`, "Elements at coordinates, one list or first axis for each axis of the inputs; between cells by the nearest (order 0) or linearly (1).", func(c *call) any {
		x := c.floats("inputs")
		var coords []*Tensor
		if v := c.value("coordinates"); v.IsKnown() && v.CanIterateElements() && !v.Type().IsObjectType() {
			coords = c.tensors("coordinates")
		} else {
			t := c.floats("coordinates")
			if len(t.Shape) < 2 {
				c.fail("coordinates", "two axes at least are wanted, got %s", t.describe())
			}
			for i := range c.fixedAxis("coordinates", t, 0) {
				coords = append(coords, at(t, 0, i))
			}
		}
		if len(coords) != len(x.Shape) || len(coords) == 0 {
			c.fail("coordinates", "there are %d axes, and coordinates for %d", len(x.Shape), len(coords))
		}
		order := c.integer("order")
		if order != 0 && order != 1 {
			c.fail("order", "0 or 1 is wanted")
		}
		mode, fill := c.text("fill_mode", fillModes...), c.number("fill_value")
		var axes [][]corner
		var sizes []*Tensor
		for i, t := range coords {
			sizes = append(sizes, sizeOf(x.Shape[i]))
			axes = append(axes, corners(t.as(Float), sizes[i], order, mode))
		}
		flat := reshape(x, Shape{x.Shape.elems()})
		return sampled(axes, sizes, func(place, counts *Tensor) *Tensor {
			v := gather(flat, place, 0, false)
			if counts != nil {
				v = where(counts, v, number(fill))
			}
			return v
		})
	})
	_ = function("ops::image::affine_transform", `images, transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None`, "Images taken at (a0·x + a1·y + a2, b0·x + b1·y + b2); transform is [a0, a1, a2, b0, b1, b2, 0, 0], or one for each image.", func(c *call) any {
		images, back := c.images("images")
		t := c.floats("transform")
		if len(t.Shape) == 1 {
			t = t.with(0)
		}
		if len(t.Shape) != 2 || t.Shape[1] != Size(8) {
			c.fail("transform", "eight numbers are wanted, or eight for each image, got %s", t.describe())
		}
		h, w := c.sizes("images", images)
		y, x := grid(h, w)
		return back(c.warped(images, turnedBy(t, 3, y, x), turnedBy(t, 0, y, x), c.order(), c.text("fill_mode", fillModes...), c.number("fill_value")))
	})
	_ = function("ops::image::perspective_transform", `images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None`, "Images seen so that the four start_points [x, y] come to lie at the end_points.", func(c *call) any {
		images, back := c.images("images")
		point := func(arg string) (x, y *Tensor) {
			p := c.floats(arg)
			if len(p.Shape) == 2 {
				p = p.with(0)
			}
			if len(p.Shape) != 3 || p.Shape[1] != Size(4) || p.Shape[2] != Size(2) {
				c.fail(arg, "four points of two coordinates are wanted, got %s", p.describe())
			}
			return at(p, 2, 0), at(p, 2, 1)
		}
		sx, sy := point("start_points")
		ex, ey := point("end_points")
		zero := affine(ex, 0, 0)
		one := affine(zero, 1, 1)
		row := func(s *Tensor, list ...*Tensor) *Tensor {
			list = append(list, negative(binary("mul", s, ex)), negative(binary("mul", s, ey)))
			return stack(list, 2)
		}
		m := concat([]*Tensor{row(sx, ex, ey, one, zero, zero, zero), row(sy, zero, zero, zero, ex, ey, one)}, 1)
		t := solved(m, concat([]*Tensor{sx, sy}, 1).with(2), op.Solve{}).without(2)
		h, w := c.sizes("images", images)
		y, x := grid(h, w)
		down := affine(binary("add", binary("mul", column(t, 6), x), binary("mul", column(t, 7), y)), 1, 1)
		return back(c.warped(images, binary("div", turnedBy(t, 3, y, x), down), binary("div", turnedBy(t, 0, y, x), down), c.order(), "constant", c.number("fill_value")))
	})
	_ = function("ops::image::elastic_transform", `images, alpha=20.0, sigma=5.0, interpolation="bilinear", fill_mode="reflect", fill_value=0.0, seed=None, data_format=None`, "Images whose cells are moved at random, neighbours alike.", func(c *call) any {
		images, back := c.images("images")
		h, w := c.sizes("images", images)
		alpha, sigma := c.number("alpha"), c.number("sigma")
		if !(sigma > 0) {
			c.fail("sigma", "a deviation of %v", sigma)
		}
		size := int(6*sigma) | 1
		noise := c.drawn("normal", Shape{images.Shape[0], Size(h), Size(w), Size(2)}, 0, sigma)
		moves := affine(c.blurred(noise, []int{size, size}, []float64{sigma, sigma}), alpha, 0)
		y, x := grid(h, w)
		return back(c.warped(images, binary("add", y, at(moves, 3, 0)), binary("add", x, at(moves, 3, 1)), c.order(), c.text("fill_mode", fillModes...), c.number("fill_value")))
	})
)
