package raster

import "math"

// Interpolations are the ways to resize, by Keras' names.
var Interpolations = []string{"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"}

// Resizer brings pictures of one size to another. It may be used by several goroutines.
type Resizer struct {
	rows, columns []tap
	in, out       [2]int
}

// tap is what a pixel along an axis is made of: in[from] times weights[0], and so on.
type tap struct {
	from    int
	weights []float32
}

// NewResizer plans from one height and width to another, pixel centers at one half, as jax.image.resize
// and tf.image.resize do: the weights are the kernel's at the distance to each pixel, those beyond the edge
// left out, and add up to 1. With antialias the kernel is widened where the picture gets smaller.
// "nearest" takes the pixel whose area holds the center; "area" the mean of what a pixel covers.
func NewResizer(in, out [2]int, interpolation string, antialias bool) *Resizer {
	return &Resizer{taps(in[0], out[0], interpolation, antialias), taps(in[1], out[1], interpolation, antialias), in, out}
}

// kernels are the functions of the distance in pixels, and how far each reaches.
var kernels = map[string]struct {
	reach float64
	at    func(x float64) float64
}{
	"bilinear": {1, func(x float64) float64 { return max(0, 1-x) }},
	"bicubic":  {2, keys},
	"lanczos3": {3, func(x float64) float64 { return lanczos(3, x) }},
	"lanczos5": {5, func(x float64) float64 { return lanczos(5, x) }},
}

// keys is the cubic kernel with a = -1/2. R. Keys, Cubic convolution interpolation for digital image
// processing, 1981.
func keys(x float64) float64 {
	switch {
	case x >= 2:
		return 0
	case x >= 1:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return (1.5*x-2.5)*x*x + 1
}

func lanczos(radius, x float64) float64 {
	if x <= 1e-3 {
		return 1
	}
	if x > radius {
		return 0
	}
	return radius * math.Sin(math.Pi*x) * math.Sin(math.Pi*x/radius) / (math.Pi * math.Pi * x * x)
}

func taps(in, out int, interpolation string, antialias bool) []tap {
	list := make([]tap, out)
	scale := float64(in) / float64(out) // of the input a pixel of the output covers
	for i := range list {
		switch interpolation {
		case "nearest":
			list[i] = tap{min(in-1, int(math.Floor((float64(i)+0.5)*scale))), []float32{1}}
			continue
		case "area":
			list[i] = areaTap(float64(i)*scale, float64(i+1)*scale, in)
			continue
		}
		k := kernels[interpolation]
		wide := 1.0
		if antialias {
			wide = max(1, scale)
		}
		center := (float64(i)+0.5)*scale - 0.5
		lo := max(0, int(math.Ceil(center-k.reach*wide)))
		hi := min(in-1, int(math.Floor(center+k.reach*wide)))
		sum := 0.0
		w := make([]float64, 0, max(0, hi-lo+1))
		for j := lo; j <= hi; j++ {
			x := k.at(math.Abs(float64(j)-center) / wide)
			w = append(w, x)
			sum += x
		}
		t := tap{lo, make([]float32, len(w))}
		for j, x := range w {
			t.weights[j] = float32(x / sum)
		}
		list[i] = t
	}
	return list
}

func areaTap(from, to float64, in int) tap {
	lo, hi := int(math.Floor(from)), min(in, int(math.Ceil(to)))
	t := tap{lo, make([]float32, hi-lo)}
	for j := range t.weights {
		l, h := max(from, float64(lo+j)), min(to, float64(lo+j+1))
		t.weights[j] = float32((h - l) / (to - from))
	}
	return t
}

// Resize fills dst, of the height and width resized to, with src, of those resized from, both of so many
// channels. scratch is memory that is used again.
func (r *Resizer) Resize(dst, src []float32, channels int, scratch *[]float32) {
	// The rows first: whole rows are added to each other.
	n, m := r.in[1]*channels, r.out[1]*channels
	if cap(*scratch) < n {
		*scratch = make([]float32, n)
	}
	row := (*scratch)[:n]
	for y, t := range r.rows {
		clear(row)
		for k, w := range t.weights {
			for x, v := range src[(t.from+k)*n:][:n] {
				row[x] += float32(w * v)
			}
		}
		out := dst[y*m:][:m]
		for x, t := range r.columns {
			for c := range channels {
				s := float32(0)
				for k, w := range t.weights {
					s += float32(w * row[(t.from+k)*channels+c])
				}
				out[x*channels+c] = s
			}
		}
	}
}
