package expr

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
)

// built is a tensor made by several operations.
func built(s Shape, k Kind, in []*Tensor, f func(g *op.Graph, in []*op.Node) *op.Node) *Tensor {
	return &Tensor{Shape: s, Kind: k, in: in, make: func(s *Scope, in []*op.Node) *op.Node { return f(s.Graph, in) }}
}

// channelsLast is x, which has so many axes before or behind the channels, with these last, and what puts them back, by the
// argument data_format.
func (c *call) channelsLast(x *Tensor, axes int) (last *Tensor, back func(y *Tensor) *Tensor) {
	same := func(y *Tensor) *Tensor { return y }
	if !c.given("data_format") || c.text("data_format", "channels_last", "channels_first") == "channels_last" {
		return x, same
	}
	axis := len(x.Shape) - 1 - axes
	if axis < 0 {
		c.fail("data_format", "%d axes have no channels before %d others", len(x.Shape), axes)
	}
	return moved(x, axis, len(x.Shape)-1), func(y *Tensor) *Tensor { return moved(y, len(y.Shape)-1, axis) }
}

// each is an argument with a whole number of at least least for each of so many axes, or one for all.
func (c *call) each(arg string, rank, least int) []int {
	n := c.integers(arg)
	if len(n) == 1 {
		n = slices.Repeat(n, rank)
	}
	if len(n) != rank {
		c.fail(arg, "there are %d axes, and %d numbers", rank, len(n))
	}
	for _, v := range n {
		if v < least || v > maxElements {
			c.fail(arg, "%d is not at least %d", v, least)
		}
	}
	return n
}

// inputs is the argument of that name with its channels last.
func (c *call) inputs() (last *Tensor, back func(y *Tensor) *Tensor) {
	x := c.floats("inputs")
	return c.channelsLast(x, len(x.Shape)-2)
}

// spatialRank is the number of axes between batch and channels.
func (c *call) spatialRank(arg string, x *Tensor) int {
	r := len(x.Shape) - 2
	if r < 1 || r > 3 {
		c.fail(arg, "one to three axes between the batch and the channels are wanted, got %s", x.describe())
	}
	return r
}

// slid is the shape of what a window makes of x with so many channels.
func (c *call) slid(arg string, w spatial.Window, x *Tensor, channels Dim) Shape {
	s := Shape{x.Shape[0]}
	for i, d := range x.Shape[1 : len(x.Shape)-1] {
		if !d.fixed() {
			s = append(s, unknown)
			continue
		}
		n := w.Out(i, d.N)
		if n < 1 {
			c.fail(arg, "the window is larger than the %d cells of axis %d", d.N, i+1)
		}
		s = append(s, Size(n))
	}
	return append(s, channels)
}

// convolution slides kernel, [window..., channels/groups, filters], over x, whose channels are last.
func (c *call) convolution(x, kernel *Tensor, w spatial.Window) *Tensor {
	r := len(w.Size)
	channels, per, filters := x.Shape[r+1], kernel.Shape[r], kernel.Shape[r+1]
	if !channels.fixed() || !per.fixed() || !filters.fixed() {
		panic(unknownError{})
	}
	if per.N < 1 || channels.N%per.N != 0 || filters.N%(channels.N/per.N) != 0 {
		c.fail("kernel", "a kernel of shape %s does not fit %d channels", kernel.Shape, channels.N)
	}
	return built(c.slid("kernel", w, x, filters), Float, []*Tensor{x, kernel}, func(g *op.Graph, in []*op.Node) *op.Node {
		return spatial.Convolve(g, w, channels.N/per.N, false, in[0], in[1], nil)
	})
}

// window is the window of a kernel with so many axes after those of the window.
func (c *call) window(arg string, kernel *Tensor, rank int, paddings ...string) spatial.Window {
	if len(kernel.Shape) != rank+2 {
		c.fail(arg, "a kernel with %d axes is wanted for this input, got %s", rank+2, kernel.describe())
	}
	w := spatial.Window{Strides: c.each("strides", rank, 1), Dilation: c.each("dilation_rate", rank, 1), Padding: c.text("padding", paddings...)}
	for i := range rank {
		w.Size = append(w.Size, c.fixedAxis(arg, kernel, i))
		if w.Size[i] < 1 {
			c.fail(arg, "a kernel of shape %s", kernel.Shape)
		}
	}
	return w
}

// perChannel is a kernel [window..., channels, multiplier] as one with a group for each channel.
func perChannel(kernel *Tensor) *Tensor {
	r := len(kernel.Shape) - 2
	return reshape(kernel, append(slices.Clone(kernel.Shape[:r]), Size(1), kernel.Shape[r].times(kernel.Shape[r+1])))
}

// pooled slides a window without weights.
func (c *call) pooled(of spatial.Pool) *Tensor {
	x, back := c.inputs()
	r := c.spatialRank("inputs", x)
	w := spatial.Window{Size: c.each("pool_size", r, 1), Padding: c.text("padding", "valid", "same")}
	w.Strides = w.Size
	if c.given("strides") {
		w.Strides = c.each("strides", r, 1)
	}
	return back(built(c.slid("pool_size", w, x, x.Shape[r+1]), Float, []*Tensor{x}, func(g *op.Graph, in []*op.Node) *op.Node {
		return spatial.Pooled(g, w, of, in[0])
	}))
}

// pooledTo pools to as many cells as asked.
func (c *call) pooledTo(of spatial.Pool) *Tensor {
	x, back := c.inputs()
	r := c.spatialRank("inputs", x)
	to := c.each("output_size", r, 1)
	s := slices.Clone(x.Shape)
	for i, n := range to {
		s[1+i] = Size(n)
	}
	c.bounded("output_size", s)
	return back(built(s, Float, []*Tensor{x}, func(g *op.Graph, in []*op.Node) *op.Node {
		y := in[0]
		for i, n := range to {
			if g.Err() != nil {
				return nil
			}
			y = spatial.AdaptiveAxis(g, of, y, 1+i, n)
		}
		return y
	}))
}

var (
	_ = function("ops::conv", `inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1`, "Convolution over one to three axes with a kernel [window..., channels/groups, filters].", func(c *call) any {
		x, back := c.inputs()
		kernel := c.floats("kernel")
		return back(c.convolution(x, kernel, c.window("kernel", kernel, c.spatialRank("inputs", x), "valid", "same")))
	})
	_ = function("ops::depthwise_conv", `inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1`, "Convolution of each channel by itself, with a kernel [window..., channels, multiplier].", func(c *call) any {
		x, back := c.inputs()
		kernel := c.floats("kernel")
		w := c.window("kernel", kernel, c.spatialRank("inputs", x), "valid", "same")
		return back(c.convolution(x, perChannel(kernel), w))
	})
	_ = function("ops::separable_conv", `inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1`, "A depthwise convolution, then one with a window of one cell.", func(c *call) any {
		x, back := c.inputs()
		depth, point := c.floats("depthwise_kernel"), c.floats("pointwise_kernel")
		r := c.spatialRank("inputs", x)
		y := c.convolution(x, perChannel(depth), c.window("depthwise_kernel", depth, r, "valid", "same"))
		if len(point.Shape) != r+2 {
			c.fail("pointwise_kernel", "a kernel with %d axes is wanted, got %s", r+2, point.describe())
		}
		one := slices.Repeat([]int{1}, r)
		return back(c.convolution(y, point, spatial.Window{Size: one, Strides: one, Padding: "valid"}))
	})
	_ = function("ops::conv_transpose", `inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1`, "Transposed convolution over one to three axes, with a kernel [window..., filters, channels].", func(c *call) any {
		x, back := c.inputs()
		kernel := c.floats("kernel")
		r := c.spatialRank("inputs", x)
		w := c.window("kernel", kernel, r, "valid", "same")
		var more []int
		if c.given("output_padding") {
			more = c.each("output_padding", r, 0)
		}
		s := Shape{x.Shape[0]}
		for i, d := range x.Shape[1 : r+1] {
			if !d.fixed() {
				s = append(s, unknown)
				continue
			}
			_, n := w.Transposed(more, i, d.N)
			if n < 1 {
				c.fail("output_padding", "of the %d cells of axis %d nothing is left", d.N, i+1)
			}
			s = append(s, Size(n))
		}
		if k, d := kernel.Shape[r+1], x.Shape[r+1]; k.known() && d.known() && k != d {
			c.fail("kernel", "a kernel of shape %s does not fit %s channels", kernel.Shape, d)
		}
		return back(built(append(s, kernel.Shape[r]), Float, []*Tensor{x, kernel}, func(g *op.Graph, in []*op.Node) *op.Node {
			return spatial.Transpose(g, w, more, in[0], in[1])
		}))
	})
	_ = function("ops::max_pool", `inputs, pool_size, strides=None, padding="valid", data_format=None`, "The largest cell below a sliding window.", func(c *call) any { return c.pooled(spatial.Max) })
	_ = function("ops::average_pool", `inputs, pool_size, strides=None, padding="valid", data_format=None`, "The mean of the cells below a sliding window; padding does not count.", func(c *call) any { return c.pooled(spatial.Average) })
	_ = function("ops::adaptive_max_pool", "inputs, output_size, data_format=None", "The largest cells of as many parts as asked.", func(c *call) any { return c.pooledTo(spatial.Max) })
	_ = function("ops::adaptive_average_pool", "inputs, output_size, data_format=None", "The means of as many parts as asked.", func(c *call) any { return c.pooledTo(spatial.Average) })
)
