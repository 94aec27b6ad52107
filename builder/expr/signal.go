package expr

import (
	"math"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
)

// complexes is an argument that is a list of real and imaginary parts.
func (c *call) complexes(arg string) (re, im *Tensor) {
	list := c.tensors(arg)
	if len(list) != 2 || len(list[0].Shape) == 0 {
		c.fail(arg, "a list of two tensors is wanted, the real and the imaginary parts")
	}
	re, im = list[0].as(Float), list[1].as(Float)
	s := mustStretch(re, im)
	return broadcastTo(re, s), broadcastTo(im, s)
}

// transformed is the Fourier transform along the last axis, not divided by its length.
func (c *call) transformed(arg string, re, im *Tensor, inverse bool) (yr, yi *Tensor) {
	last := len(re.Shape) - 1
	n := re.Shape[last]
	c.fixedAxis(arg, re, last)
	x := stack([]*Tensor{re, im}, last)
	flat := reshape(x, Shape{re.Shape[:last].elems(), Size(2), n})
	y := reshape(apply(op.Fourier{Inverse: inverse}, flat.Shape, Float, flat), x.Shape)
	return at(y, last, 0), at(y, last, 1)
}

// fitted is x with n elements along the last axis: cut, or with zeros behind.
func (c *call) fitted(arg string, x *Tensor, n int) *Tensor {
	last := len(x.Shape) - 1
	have := c.fixedAxis(arg, x, last)
	if have >= n {
		return part(x, last, 0, n)
	}
	s := slices.Clone(x.Shape)
	s[last] = Size(n)
	after := make([]int, len(s))
	after[last] = n - have
	return apply(op.Pad{Before: make([]int, len(s)), After: after}, s, x.Kind, x)
}

// realTransform is the first half of the transform of n real numbers.
func (c *call) realTransform(arg string, x *Tensor, n int) []*Tensor {
	x = c.fitted(arg, x.as(Float), n)
	re, im := c.transformed(arg, x, constantOf(Float, x.Shape, 0), false)
	last := len(x.Shape) - 1
	return []*Tensor{part(re, last, 0, n/2+1), part(im, last, 0, n/2+1)}
}

// realBack is the n real numbers of which re and im are the first half of the transform.
func (c *call) realBack(arg string, re, im *Tensor, n int) *Tensor {
	re, im = c.fitted(arg, re, n/2+1), c.fitted(arg, im, n/2+1)
	last := len(re.Shape) - 1
	places, signs := make([]int, n), make([]float64, n)
	for k := range n {
		places[k], signs[k] = k, 1
		if k > n/2 {
			places[k], signs[k] = n-k, -1
		}
	}
	whole := func(t *Tensor) *Tensor {
		return taken(t, last, Size(n), func(int) []int { return places })
	}
	y, _ := c.transformed(arg, whole(re), binary("mul", whole(im), constantOf(Float, Shape{Size(n)}, signs...)), true)
	return affine(y, 1/float64(n), 0)
}

// length is an argument that is a number of elements, or other where it was left out.
func (c *call) length(arg string, other int) int {
	n := other
	if c.given(arg) {
		n = c.integer(arg)
	}
	if n < 1 || n > maxElements {
		c.fail(arg, "%d elements", n)
	}
	return n
}

// frames are the arguments of stft and istft: how long a part is, how far apart, of how many elements its transform, and the
// window over these.
func (c *call) frames() (length, stride, n int, window []float64) {
	length, stride, n = c.length("sequence_length", 0), c.length("sequence_stride", 0), c.length("fft_length", 0)
	if n < length {
		c.fail("fft_length", "fft_length is %d, less than the %d elements of a part", n, length)
	}
	window = make([]float64, n)
	before := (n - length) / 2
	v := c.known("window")
	switch {
	case v.IsNull():
		for i := range window {
			window[i] = 1
		}
	case v.Type() == cty.String:
		a := 0.5
		if c.text("window", "hann", "hamming") == "hamming" {
			a = 0.54
		}
		for i := range length {
			window[before+i] = a - (1-a)*math.Cos(2*math.Pi*float64(i)/float64(length))
		}
	default:
		list := c.list("window", v)
		if len(list) != length {
			c.fail("window", "a window of %d elements for parts of %d", len(list), length)
		}
		for i, e := range list {
			if e.IsNull() || e.Type() != cty.Number {
				c.fail("window", "a window is a list of numbers")
			}
			window[before+i], _ = e.AsBigFloat().Float64()
		}
	}
	return length, stride, n, window
}

var (
	_ = function("ops::fft", "x", "Fourier transform along the last axis of [real, imaginary]: a list of the two.", func(c *call) any {
		re, im := c.complexes("x")
		re, im = c.transformed("x", re, im, false)
		return []*Tensor{re, im}
	})
	_ = function("ops::fft2", "x", "Fourier transform along the last two axes of [real, imaginary]: a list of the two.", func(c *call) any { return c.plane(false) })
	_ = function("ops::ifft2", "x", "The inverse of fft2: a list of real and imaginary parts.", func(c *call) any { return c.plane(true) })
	_ = function("ops::rfft", "x, fft_length=None", "Fourier transform of real numbers along the last axis, its first half: a list of real and imaginary parts.", func(c *call) any {
		x := c.floats("x")
		if len(x.Shape) == 0 {
			c.fail("x", "there is no axis")
		}
		return c.realTransform("x", x, c.length("fft_length", c.fixedAxis("x", x, len(x.Shape)-1)))
	})
	_ = function("ops::irfft", "x, fft_length=None", "The real numbers of which [real, imaginary] is the rfft.", func(c *call) any {
		re, im := c.complexes("x")
		n := c.fixedAxis("x", re, len(re.Shape)-1)
		return c.realBack("x", re, im, c.length("fft_length", 2*(n-1)))
	})
	_ = function("ops::stft", `x, sequence_length, sequence_stride, fft_length, window="hann", center=True`, "Fourier transforms of parts of the last axis: a list of real and imaginary parts.", func(c *call) any {
		x := c.floats("x")
		_, stride, n, window := c.frames()
		last := len(x.Shape) - 1
		if last < 0 {
			c.fail("x", "there is no axis")
		}
		if c.truth("center") {
			d := c.fixedAxis("x", x, last)
			if n/2 >= d {
				c.fail("fft_length", "an axis of %d elements cannot be reflected by %d", d, n/2)
			}
			places := reflected(d, n/2, n/2, "reflect")
			x = taken(x, last, Size(len(places)), func(int) []int { return places })
		}
		parts := c.sequences("x", x, n, stride)
		return c.realTransform("x", binary("mul", parts, constantOf(Float, Shape{Size(n)}, window...)), n)
	})
	_ = function("ops::istft", `x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True`, "The signal of which [real, imaginary] is the stft.", func(c *call) any {
		re, im := c.complexes("x")
		_, stride, n, window := c.frames()
		if len(re.Shape) < 2 {
			c.fail("x", "two axes at least are wanted")
		}
		parts := c.realBack("x", re, im, n)
		last := len(parts.Shape) - 1
		m := c.fixedAxis("x", parts, last-1)
		index := steps(op.Window{Size: [2]int{n}, Strides: [2]int{stride}}, m)
		total := (m-1)*stride + n
		norm, sum := make([]float64, total), 0.0
		for j, i := range index {
			norm[i] += window[j%n] * window[j%n]
		}
		for _, w := range window {
			sum += w
		}
		scale := 1.0
		if !c.given("window") {
			scale = sum / float64(stride) // as Keras has it
		}
		for i, v := range norm {
			norm[i] = scale
			if v > 1e-10 {
				norm[i] = scale / v
			}
		}
		parts = binary("mul", parts, constantOf(Float, Shape{Size(n)}, window...))
		flat := reshape(parts, append(slices.Clone(parts.Shape[:last-1]), Size(m*n)))
		y := binary("mul", put(flat, last-1, total, index), constantOf(Float, Shape{Size(total)}, norm...))
		begin, end := 0, total
		if c.truth("center") {
			begin, end = n/2, total-n/2
		}
		if c.given("length") {
			end = min(total, begin+c.length("length", 0))
		}
		if end <= begin {
			c.fail("x", "nothing is left of %d elements", total)
		}
		return part(y, last-1, begin, end)
	})
	_ = function("ops::correlate", `x1, x2, mode="valid"`, "Sums of products of a sequence with another that is moved along it.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		if len(a.Shape) != 1 || len(b.Shape) != 1 {
			c.fail("x1", "two sequences of one axis are wanted, got %s; %s", a.describe(), b.describe())
		}
		n, m := c.fixedAxis("x1", a, 0), c.fixedAxis("x2", b, 0)
		if n == 0 || m == 0 {
			c.fail("x1", "a sequence has no elements")
		}
		turn := n < m
		if turn {
			a, b, n, m = b, a, m, n
		}
		before, after := 0, 0
		switch c.text("mode", "valid", "same", "full") {
		case "same":
			before, after = m/2, m-m/2-1
		case "full":
			before, after = m-1, m-1
		}
		a = apply(op.Pad{Before: []int{before}, After: []int{after}}, Shape{Size(n + before + after)}, Float, a)
		y := matmul(c.sequences("x1", a, m, 1), b.with(1)).without(1)
		if turn {
			y = flip(y, []int{0})
		}
		return y
	})
)

// plane transforms the last two axes.
func (c *call) plane(inverse bool) []*Tensor {
	re, im := c.complexes("x")
	last := len(re.Shape) - 1
	if last < 1 {
		c.fail("x", "two axes at least are wanted")
	}
	size := 1
	for range 2 {
		size *= c.fixedAxis("x", re, last)
		re, im = c.transformed("x", re, im, inverse)
		re, im = turned(re), turned(im)
	}
	if inverse {
		re, im = affine(re, 1/float64(size), 0), affine(im, 1/float64(size), 0)
	}
	return []*Tensor{re, im}
}
