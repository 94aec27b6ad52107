package expr

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
)

// images is an argument that is an image or a batch of them, as [batch, height, width, channels], and what makes a result of
// that form one of the argument's.
func (c *call) images(arg string) (x *Tensor, back func(y *Tensor) *Tensor) {
	x = c.floats(arg)
	if len(x.Shape) != 3 && len(x.Shape) != 4 {
		c.fail(arg, "an image of three axes or a batch of four is wanted, got %s", x.describe())
	}
	single := len(x.Shape) == 3
	x, last := c.channelsLast(x, 2)
	if single {
		x = x.with(0)
	}
	return x, func(y *Tensor) *Tensor {
		if single {
			y = y.without(0)
		}
		return last(y)
	}
}

// sizes are the known height and width of images.
func (c *call) sizes(arg string, x *Tensor) (h, w int) {
	return c.fixedAxis(arg, x, 1), c.fixedAxis(arg, x, 2)
}

// colors are the three channels.
func (c *call) colors(arg string, x *Tensor) (a, b, d *Tensor) {
	if n := c.fixedAxis(arg, x, 3); n != 3 {
		c.fail(arg, "three channels are wanted, got %d", n)
	}
	return at(x, 3, 0), at(x, 3, 1), at(x, 3, 2)
}

// resampled is x with other heights and widths.
func resampled(x *Tensor, axis int, o op.Resize) *Tensor {
	s := slices.Clone(x.Shape)
	s[axis] = Size(o.To)
	o.Axis = axis
	return apply(o, s, Float, x)
}

// eachChannel slides one kernel [height, width] over each channel.
func eachChannel(x *Tensor, kernel []float64, h, w int, padding string, shape Shape) *Tensor {
	k := constantOf(Float, Shape{Size(h), Size(w), Size(1), Size(1)}, kernel...)
	flat := moved(x, 3, 1)
	s := flat.Shape
	flat = reshape(flat, Shape{s[0].times(s[1]), s[2], s[3], Size(1)})
	win := spatial.Window{Size: []int{h, w}, Strides: []int{1, 1}, Padding: padding}
	y := built(Shape{s[0].times(s[1]), shape[1], shape[2], Size(1)}, Float, []*Tensor{flat, k}, func(g *op.Graph, in []*op.Node) *op.Node {
		return spatial.Convolve(g, win, 1, false, in[0], in[1], nil)
	})
	return moved(reshape(y, Shape{s[0], s[1], shape[1], shape[2]}), 1, 3)
}

// bell is a normal distribution at n points around their middle, which adds up to 1.
func bell(n int, sigma float64) []float64 {
	out, sum := make([]float64, n), 0.0
	for i := range out {
		u := (float64(i) - float64(n-1)/2) / sigma
		out[i] = math.Exp(-0.5 * u * u)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// outer is the products of each element of a with each of b.
func outer(a, b []float64) []float64 {
	var out []float64
	for _, x := range a {
		for _, y := range b {
			out = append(out, x*y)
		}
	}
	return out
}

// blurred slides a bell over x; sigma and size are of the width, then the height, as Keras has them.
func (c *call) blurred(x *Tensor, size []int, sigma []float64) *Tensor {
	for i := range 2 {
		if size[i] > 1<<10 || !(sigma[i] > 0) {
			c.fail("", "a window of %d with a deviation of %v", size[i], sigma[i])
		}
	}
	return eachChannel(x, outer(bell(size[1], sigma[1]), bell(size[0], sigma[0])), size[1], size[0], "same", x.Shape)
}

// pair is an argument with two numbers, or one for both.
func (c *call) pair(arg string, or float64) []float64 {
	v := c.known(arg)
	if v.IsNull() {
		return []float64{or, or}
	}
	if !v.CanIterateElements() {
		n := c.number(arg)
		return []float64{n, n}
	}
	var out []float64
	for _, e := range c.list(arg, v) {
		t := c.lift(arg, e)
		n, ok := t.scalar()
		if !ok {
			c.fail(arg, "numbers are wanted")
		}
		out = append(out, n)
	}
	if len(out) != 2 {
		c.fail(arg, "two numbers are wanted, got %d", len(out))
	}
	return out
}

// around are two of before, after and the size that they leave or make, and the third that follows; sign is 1 for padding.
func (c *call) around(before, after, target string, n, sign int) (b, a int) {
	has := func(arg string) bool { return c.given(arg) }
	count := 0
	for _, arg := range []string{before, after, target} {
		if has(arg) {
			count++
		}
	}
	if count != 2 {
		c.fail(target, "two of %q, %q and %q must be given", before, after, target)
	}
	switch {
	case !has(target):
		b, a = c.integer(before), c.integer(after)
	case has(before):
		b = c.integer(before)
		a = sign*(c.integer(target)-n) - b
	default:
		a = c.integer(after)
		b = sign*(c.integer(target)-n) - a
	}
	if b < 0 || a < 0 || b > maxElements || a > maxElements || sign < 0 && a+b > n {
		c.fail(target, "of %d cells %d before and %d after", n, b, a)
	}
	return b, a
}

// padded has cells around the middle axes.
func padded(x *Tensor, top, bottom, left, right int, value float64) *Tensor {
	if top+bottom+left+right == 0 {
		return x
	}
	s := slices.Clone(x.Shape)
	s[1], s[2] = s[1].plus(Size(top+bottom)), s[2].plus(Size(left+right))
	return apply(op.Pad{Before: []int{0, top, left, 0}, After: []int{0, bottom, right, 0}, Value: value}, s, x.Kind, x)
}

var (
	_ = function("ops::image::rgb_to_grayscale", "images, data_format=None", "One channel: 0.2989 of red, 0.587 of green, 0.114 of blue.", func(c *call) any {
		x, back := c.images("images")
		if x.Shape[3] == Size(1) {
			return c.tensor("images")
		}
		c.colors("images", x)
		return back(matmul(x, constantOf(Float, Shape{Size(3), Size(1)}, 0.2989, 0.5870, 0.1140)))
	})
	_ = function("ops::image::rgb_to_hsv", "images, data_format=None", "Hue, saturation and value, each from 0 to 1, of red, green and blue.", func(c *call) any {
		x, back := c.images("images")
		x = where(compare("less", absolute(x), number(0x1p-23)), number(0), x)
		r, g, b := c.colors("images", x)
		value := binary("max", binary("max", r, g), b)
		wide := binary("sub", value, binary("min", binary("min", r, g), b)) // the width of the range
		positive, some := compare("greater", value, number(0)), compare("greater", wide, number(0))
		saturation := where(positive, binary("div", wide, where(positive, value, number(1))), number(0))
		norm := affine(unary("reciprocal", where(some, wide, number(1))), 1./6, 0)
		sector := func(u, v *Tensor, turn float64) *Tensor {
			return affine(binary("mul", norm, binary("sub", u, v)), 1, turn)
		}
		hue := where(compare("equal", value, g), sector(b, r, 2./6), sector(r, g, 4./6))
		hue = where(compare("equal", value, r), sector(g, b, 0), hue)
		below := compare("less", hue, number(0)).as(Float)
		hue = binary("add", where(some, hue, number(0)), below)
		return back(stack([]*Tensor{hue, saturation, value}, 3))
	})
	_ = function("ops::image::hsv_to_rgb", "images, data_format=None", "Red, green and blue of hue, saturation and value.", func(c *call) any {
		x, back := c.images("images")
		hue, saturation, value := c.colors("images", x)
		turn := affine(binary("mod", hue, number(1)), 6, 0)
		color := func(middle, sign, shift float64) *Tensor {
			d := unary("clip", affine(absolute(affine(turn, 1, -middle)), sign, shift), 0, 1)
			return binary("mul", value, binary("add", affine(saturation, -1, 1), binary("mul", saturation, d)))
		}
		return back(stack([]*Tensor{color(3, 1, -1), color(2, -1, 2), color(4, -1, 2)}, 3))
	})
	_ = function("ops::image::resize", `images, size, interpolation="bilinear", antialias=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_mode="constant", fill_value=0.0, data_format=None`, "Images of another height and width.", func(c *call) any {
		x, back := c.images("images")
		to := c.each("size", 2, 1)
		method := c.text("interpolation", op.ResizeMethods...)
		c.text("fill_mode", "constant")
		crop, pad := c.truth("crop_to_aspect_ratio"), c.truth("pad_to_aspect_ratio")
		if crop && pad {
			c.fail("pad_to_aspect_ratio", "one of crop_to_aspect_ratio and pad_to_aspect_ratio can be true")
		}
		if crop || pad {
			h, w := c.sizes("images", x)
			likeH, likeW := w*to[0]/to[1], h*to[1]/to[0]
			if crop {
				ch, cw := max(min(h, likeH), 1), max(min(w, likeW), 1)
				top, left := (h-ch)/2, (w-cw)/2
				x = part(part(x, 1, top, top+ch), 2, left, left+cw)
			} else if v := (max(h, likeH) - h) / 2; v > 0 {
				x = padded(x, v, v, 0, 0, c.number("fill_value"))
			} else {
				v = (max(w, likeW) - w) / 2
				x = padded(x, 0, 0, v, v, c.number("fill_value"))
			}
		}
		for i, n := range to {
			if x.Shape[1+i] != Size(n) {
				x = resampled(x, 1+i, op.Resize{To: n, Method: method, Antialias: c.truth("antialias")})
			}
		}
		return back(x)
	})
	_ = function("ops::image::scale_and_translate", "images, output_shape, scale, translation, spatial_dims, method, antialias=True", "Some axes scaled, then moved, in an output of a given shape.", func(c *call) any {
		x := c.floats("images")
		to, dims := c.dims("output_shape"), c.integers("spatial_dims")
		method := c.text("method", "linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3", "lanczos5")
		switch method[len(method)-3:] {
		case "ear":
			method = "bilinear"
		case "bic":
			method = "bicubic"
		}
		if len(to) != len(x.Shape) {
			c.fail("output_shape", "the shape of all %d axes is wanted", len(x.Shape))
		}
		list := func(arg string) []float64 {
			var out []float64
			for _, e := range c.list(arg, c.known(arg)) {
				n, ok := c.lift(arg, e).scalar()
				if !ok {
					c.fail(arg, "numbers are wanted")
				}
				out = append(out, n)
			}
			if len(out) != len(dims) {
				c.fail(arg, "there are %d axes, and %d numbers", len(dims), len(out))
			}
			return out
		}
		scale, shift := list("scale"), list("translation")
		for i, d := range dims {
			axis := c.index("spatial_dims", d, len(x.Shape))
			if !to[axis].fixed() || to[axis].N < 1 || !(scale[i] > 0) {
				c.fail("scale", "axis %d of %s elements, scaled by %v", d, to[axis], scale[i])
			}
			x = resampled(x, axis, op.Resize{To: to[axis].N, Method: method, Antialias: c.truth("antialias"), Scale: scale[i], Shift: shift[i]})
		}
		for i, d := range x.Shape {
			if d.known() && d != to[i] {
				c.fail("output_shape", "axis %d has %s elements and is not among spatial_dims", i, d)
			}
		}
		return x
	})
	_ = function("ops::image::crop_images", "images, top_cropping=None, left_cropping=None, bottom_cropping=None, right_cropping=None, target_height=None, target_width=None, data_format=None", "A part of images; of what is cut on two sides and what is left two are given, for height and for width.", func(c *call) any {
		x, back := c.images("images")
		h, w := c.sizes("images", x)
		top, bottom := c.around("top_cropping", "bottom_cropping", "target_height", h, -1)
		left, right := c.around("left_cropping", "right_cropping", "target_width", w, -1)
		return back(part(part(x, 1, top, h-bottom), 2, left, w-right))
	})
	_ = function("ops::image::pad_images", "images, top_padding=None, left_padding=None, bottom_padding=None, right_padding=None, target_height=None, target_width=None, data_format=None", "Zeros around images; of what is added on two sides and what it makes two are given, for height and for width.", func(c *call) any {
		x, back := c.images("images")
		h, w := c.sizes("images", x)
		top, bottom := c.around("top_padding", "bottom_padding", "target_height", h, 1)
		left, right := c.around("left_padding", "right_padding", "target_width", w, 1)
		return back(padded(x, top, bottom, left, right, 0))
	})
	_ = function("ops::image::gaussian_blur", "images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None", "Images blurred by a normal distribution.", func(c *call) any {
		x, back := c.images("images")
		size := []int{3, 3}
		if _, ok := c.values["kernel_size"]; ok {
			size = c.each("kernel_size", 2, 1)
		}
		sigma := []float64{1, 1}
		if _, ok := c.values["sigma"]; ok {
			sigma = c.pair("sigma", 1)
		}
		return back(c.blurred(x, size, sigma))
	})
	_ = function("ops::image::sobel_edges", "images, data_format=None", "How fast images change along the height and along the width, as a last axis of two.", func(c *call) any {
		x, back := c.images("images")
		down := []float64{-1, -2, -1, 0, 0, 0, 1, 2, 1}
		right := []float64{-1, 0, 1, -2, 0, 2, -1, 0, 1}
		dy, dx := eachChannel(x, down, 3, 3, "same", x.Shape), eachChannel(x, right, 3, 3, "same", x.Shape)
		y := back(dy)
		return stack([]*Tensor{y, back(dx)}, len(y.Shape))
	})
	_ = function("ops::image::ssim", "image1, image2, max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, data_format=None", "Structural similarity of images (Wang and others, 2004).", func(c *call) any {
		a, _ := c.images("image1")
		b, _ := c.images("image2")
		h, w := c.sizes("image1", a)
		n := c.integer("filter_size")
		if n < 1 || n > min(h, w) {
			c.fail("filter_size", "a window of %d over %d by %d cells", n, h, w)
		}
		line := bell(n, c.number("filter_sigma"))
		kernel := outer(line, line)
		s := slices.Clone(a.Shape)
		s[1], s[2] = Size(h-n+1), Size(w-n+1)
		mean := func(x *Tensor) *Tensor { return eachChannel(x, kernel, n, n, "valid", s) }
		top := c.number("max_val")
		c1, c2 := math.Pow(c.number("k1")*top, 2), math.Pow(c.number("k2")*top, 2)
		ma, mb := mean(a), mean(b)
		aa, bb, ab := unary("square", ma), unary("square", mb), binary("mul", ma, mb)
		va := binary("sub", mean(unary("square", a)), aa)
		vb := binary("sub", mean(unary("square", b)), bb)
		vab := binary("sub", mean(binary("mul", a, b)), ab)
		y := binary("div", binary("mul", affine(ab, 2, c1), affine(vab, 2, c2)),
			binary("mul", affine(binary("add", aa, bb), 1, c1), affine(binary("add", va, vb), 1, c2)))
		y = reduce("mean", y, []int{1, 2, 3}, false)
		if len(c.tensor("image1").Shape) == 3 {
			y = y.without(0)
		}
		return y
	})
)
