package expr

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
)

// put is the transpose of taken: element j of an axis goes to place index[j] of an axis of n, what meets there is added,
// and where nothing goes is 0.
func put(x *Tensor, axis, n int, index []int) *Tensor {
	s := slices.Clone(x.Shape)
	s[axis] = Size(n)
	return apply(op.SelectGrad{Select: op.Select{Axis: axis, Index: index}, N: n}, s, Float, x.as(Float))
}

// steps are the cells below a window, position by position.
func steps(w op.Window, positions int) []int {
	var out []int
	for p := range positions {
		for k := range w.Size[0] {
			out = append(out, p*w.Strides[0]+k*max(1, w.Dilation[0]))
		}
	}
	return out
}

// patches are the cells of x [outer, spatial..., channels] below each position of a window: [outer, positions..., window...,
// channels].
func (c *call) patches(arg string, x *Tensor, w spatial.Window) *Tensor {
	r := len(w.Size)
	var split, perm []int
	shape := Shape{x.Shape[0]}
	for i := range r {
		n := c.fixedAxis(arg, x, 1+i)
		a := w.Axis(i)
		m := w.Out(i, n)
		if m < 1 {
			c.fail(arg, "the window is larger than the %d cells of axis %d", n, 1+i)
		}
		before := a.Before(0, n)
		after := max(0, (m-1)*a.Strides[0]+a.Extent(0)-before-n)
		if before+after > 0 {
			p := op.Pad{Before: make([]int, len(x.Shape)), After: make([]int, len(x.Shape))}
			p.Before[1+i], p.After[1+i] = before, after
			s := slices.Clone(x.Shape)
			s[1+i] = Size(n + before + after)
			x = apply(p, s, x.Kind, x)
		}
		index := steps(a, m)
		x = taken(x, 1+i, Size(len(index)), func(int) []int { return index })
		shape = append(shape, Size(m), Size(a.Size[0]))
		split = append(split, 1+2*i)
		perm = append(perm, 2+2*i)
	}
	c.bounded(arg, shape)
	x = reshape(x, append(shape, x.Shape[r+1]))
	return transpose(x, slices.Concat([]int{0}, split, perm, []int{1 + 2*r}))
}

// flatPatches are patches whose cells are one axis: [outer, positions..., window · channels], as keras.ops.image has them.
func (c *call) flatPatches(name string, rank int) any {
	x, back := c.channelsLast(c.tensor(name), rank)
	single := len(x.Shape) == rank+1
	if single {
		x = x.with(0)
	}
	if len(x.Shape) != rank+2 {
		c.fail(name, "%d axes, or one less without a batch, are wanted, got %s", rank+2, x.describe())
	}
	w := spatial.Window{Size: c.each("size", rank, 1), Dilation: c.each("dilation_rate", rank, 1), Padding: c.text("padding", "valid", "same")}
	w.Strides = w.Size
	if c.given("strides") {
		w.Strides = c.each("strides", rank, 1)
	}
	y := c.patches("size", x, w)
	y = reshape(y, append(slices.Clone(y.Shape[:1+rank]), y.Shape[1+rank:].elems()))
	if single {
		y = y.without(0)
	}
	return back(y)
}

// blocks is the argument block_size of an image of four axes whose height and width a block divides, or whose channels its
// square does.
func (c *call) blocks(x *Tensor) int {
	if len(x.Shape) != 4 {
		c.fail("x", "an image of four axes is wanted, got %s", x.describe())
	}
	b := c.integer("block_size")
	if b < 1 || b > 1<<12 {
		c.fail("block_size", "a block of %d", b)
	}
	return b
}

// divided is the size of an axis over n, which must divide it.
func (c *call) divided(arg string, x *Tensor, axis, n int) Dim {
	d := x.Shape[axis]
	if !d.known() {
		return unknown
	}
	if d.N%n != 0 {
		c.fail(arg, "the %s elements of axis %d cannot be divided by %d", d, axis, n)
	}
	return Dim{d.N / n, d.B}
}

// sliding is the window of unfold and fold: kernel_size, dilation, stride; and padding on both sides.
func (c *call) sliding() (w spatial.Window, padding []int) {
	w = spatial.Window{Size: c.each("kernel_size", 2, 1), Strides: c.each("stride", 2, 1), Dilation: c.each("dilation", 2, 1), Padding: "valid"}
	return w, c.each("padding", 2, 0)
}

var (
	_ = function("ops::depth_to_space", `x, block_size, data_format="channels_last"`, "Channels as blocks of cells: the image grows by block_size.", func(c *call) any {
		first := c.text("data_format", "channels_last", "channels_first") == "channels_first"
		x := c.tensor("x")
		b := c.blocks(x)
		s := x.Shape
		n := Size(b)
		if first {
			y := reshape(x, Shape{s[0], c.divided("block_size", x, 1, b*b), n, n, s[2], s[3]})
			return reshape(transpose(y, []int{0, 1, 4, 2, 5, 3}), Shape{s[0], y.Shape[1], s[2].times(n), s[3].times(n)})
		}
		y := reshape(x, Shape{s[0], s[1], s[2], n, n, c.divided("block_size", x, 3, b*b)})
		return reshape(transpose(y, []int{0, 1, 3, 2, 4, 5}), Shape{s[0], s[1].times(n), s[2].times(n), y.Shape[5]})
	})
	_ = function("ops::space_to_depth", `x, block_size, data_format="channels_last"`, "Blocks of cells as channels: the image shrinks by block_size.", func(c *call) any {
		first := c.text("data_format", "channels_last", "channels_first") == "channels_first"
		x := c.tensor("x")
		b := c.blocks(x)
		s := x.Shape
		n := Size(b)
		if first {
			h, w := c.divided("block_size", x, 2, b), c.divided("block_size", x, 3, b)
			y := transpose(reshape(x, Shape{s[0], s[1], h, n, w, n}), []int{0, 1, 3, 5, 2, 4})
			return reshape(y, Shape{s[0], s[1].times(Size(b * b)), h, w})
		}
		h, w := c.divided("block_size", x, 1, b), c.divided("block_size", x, 2, b)
		y := transpose(reshape(x, Shape{s[0], h, n, w, n, s[3]}), []int{0, 1, 3, 2, 4, 5})
		return reshape(y, Shape{s[0], h, w, s[3].times(Size(b * b))})
	})
	_ = function("ops::unfold", "input, kernel_size, dilation=1, padding=0, stride=1", "The cells below each position of a window over [batch, channels, height, width]: [batch, channels · window, positions].", func(c *call) any {
		x := c.tensor("input")
		if len(x.Shape) != 4 {
			c.fail("input", "[batch, channels, height, width] is wanted, got %s", x.describe())
		}
		w, p := c.sliding()
		s := slices.Clone(x.Shape)
		s[2], s[3] = s[2].plus(Size(2*p[0])), s[3].plus(Size(2*p[1]))
		around := []int{0, 0, p[0], p[1]}
		x = moved(apply(op.Pad{Before: around, After: around}, s, x.Kind, x), 1, 3)
		y := transpose(c.patches("kernel_size", x, w), []int{0, 5, 3, 4, 1, 2})
		s = y.Shape
		return reshape(y, Shape{s[0], s[1:4].elems(), s[4:].elems()})
	})
	_ = function("ops::fold", "x, output_size, kernel_size, dilation=1, padding=0, stride=1", "The transpose of unfold: what meets in one cell is added.", func(c *call) any {
		x := c.floats("x")
		if len(x.Shape) != 3 {
			c.fail("x", "[batch, channels · window, positions] is wanted, got %s", x.describe())
		}
		w, p := c.sliding()
		to := c.each("output_size", 2, 1)
		at := [2]int{w.Out(0, to[0]+2*p[0]), w.Out(1, to[1]+2*p[1])}
		if at[0] < 1 || at[1] < 1 {
			c.fail("kernel_size", "the window is larger than the output")
		}
		if n := c.fixedAxis("x", x, 2); n != at[0]*at[1] {
			c.fail("x", "the window has %d by %d positions, and axis 2 has %d elements", at[0], at[1], n)
		}
		kh, kw := w.Size[0], w.Size[1]
		channels := c.divided("x", x, 1, kh*kw)
		y := reshape(x, Shape{x.Shape[0], channels, Size(kh), Size(kw), Size(at[0]), Size(at[1])})
		y = transpose(y, []int{0, 1, 4, 2, 5, 3})
		y = reshape(y, Shape{x.Shape[0], channels, Size(at[0] * kh), Size(at[1] * kw)})
		for i := range 2 {
			y = put(y, 2+i, to[i]+2*p[i], steps(w.Axis(i), at[i]))
			y = part(y, 2+i, p[i], p[i]+to[i])
		}
		return y
	})
	_ = function("ops::image::extract_patches", `images, size, strides=None, dilation_rate=1, padding="valid", data_format=None`, "The cells below each position of a window: [batch, rows, columns, window · channels].", func(c *call) any {
		if v := c.known("size"); v.CanIterateElements() && v.LengthInt() == 3 {
			return c.flatPatches("images", 3)
		}
		return c.flatPatches("images", 2)
	})
	_ = function("ops::image::extract_patches_3d", `volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None`, "The cells below each position of a window over a volume.", func(c *call) any { return c.flatPatches("volumes", 3) })
	_ = function("ops::extract_sequences", "x, sequence_length, sequence_stride", "Parts of the last axis of one length, a stride apart, as an axis before it.", func(c *call) any {
		x := c.tensor("x")
		return c.sequences("sequence_length", x, c.integer("sequence_length"), c.integer("sequence_stride"))
	})
)

// sequences are the parts of the last axis of one length, a stride apart.
func (c *call) sequences(arg string, x *Tensor, length, stride int) *Tensor {
	last := len(x.Shape) - 1
	if last < 0 || length < 1 || stride < 1 {
		c.fail(arg, "parts of %d elements, %d apart, of %s", length, stride, x.describe())
	}
	n := c.fixedAxis(arg, x, last)
	if n < length {
		c.fail(arg, "there are %d elements along the last axis", n)
	}
	m := (n-length)/stride + 1
	index := steps(op.Window{Size: [2]int{length}, Strides: [2]int{stride}}, m)
	s := append(slices.Clone(x.Shape[:last]), Size(m), Size(length))
	return reshape(taken(x, last, Size(len(index)), func(int) []int { return index }), s)
}
