package augment

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("random_gaussian_blur", func() Augment { return new(randomGaussianBlur) })

// randomGaussianBlur blurs some images. Keras: layers/preprocessing/image_preprocessing/random_gaussian_blur.py.
type randomGaussianBlur struct {
	colours
	valueRange
	factor, sigma factor
	kernelSize    cty.Value
	size          [2]int // along x and y
}

// largestBlur bounds a kernel's size.
const largestBlur = 255

func (a *randomGaussianBlur) Schema(b *schema.Block) {
	b.Doc("Blurs an image, or not, by a Gaussian kernel. Outside of the image there are zeros.", "keras.layers.RandomGaussianBlur")
	a.factor.bind(b, "factor", "How likely it is that an image is blurred; of a list of two, a likelihood between them.", 0, 1, bothSides, schema.Default(1.0))
	b.Value(&a.kernelSize, "kernel_size", "Pixels that a blurred one is made of along an axis, an odd number; or a list of two, along x and y.", func(v cty.Value) error {
		lo, hi, err := bounds(v, 1, largestBlur, alone)
		if err != nil {
			return err
		}
		a.size = [2]int{int(lo), int(hi)}
		if isList(v) { // bounds has put them in order
			first, _ := v.AsValueSlice()[0].AsBigFloat().Float64()
			if float32(first) == hi {
				a.size = [2]int{int(hi), int(lo)}
			}
		}
		for i, f := range []float32{lo, hi} {
			if n := [2]int{int(lo), int(hi)}[i]; float32(n) != f || n%2 == 0 {
				return fmt.Errorf("an odd whole number is wanted, got %v", f)
			}
		}
		return nil
	}, schema.Default(3))
	a.sigma.bind(b, "sigma", "Width of the kernel in pixels is drawn from 0 to this, or from the first to the second of a list.", 0, 1, bothSides, schema.Default(1.0))
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomGaussianBlur) Apply(dst, src []float32, shape []int, d *Draw) {
	changed := a.factor.draw(d)
	if !(d.Unit() < changed) {
		copy(dst, src)
		a.clip(dst)
		return
	}
	x := a.sigma.draw(d) + 1e-6
	a.blur(dst, src, shape, x, a.sigma.draw(d)+1e-6, d)
}

// gaussian fills a kernel.
func gaussian(k []float32, sigma float32) {
	sum := float32(0)
	for i := range k {
		x := (float32(i) - float32(len(k)-1)/2) / sigma
		k[i] = f32vec.Exp(-0.5 * float32(x*x))
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
}

// blur goes along the rows first, then along the columns.
func (a *randomGaussianBlur) blur(dst, src []float32, shape []int, sigmaX, sigmaY float32, d *Draw) {
	h, w, c := shape[0], shape[1], shape[2]
	across, down := d.Scratch(a.size[0]), d.Scratch(a.size[1])
	gaussian(across, sigmaX)
	gaussian(down, sigmaY)
	rows := d.Scratch(len(src))
	clear(rows)
	for i, k := range across {
		// Element x of a row gets k times the one so many columns further.
		by := (i - len(across)/2) * c
		for y := range h {
			out, in := rows[y*w*c:(y+1)*w*c], src[y*w*c:(y+1)*w*c]
			lo, hi := max(0, -by), min(w*c, w*c-by)
			for x := lo; x < hi; x++ {
				out[x] += float32(k * in[x+by])
			}
		}
	}
	clear(dst)
	for i, k := range down {
		by := i - len(down)/2
		for y := max(0, -by); y < min(h, h-by); y++ {
			out, in := dst[y*w*c:(y+1)*w*c], rows[(y+by)*w*c:(y+by+1)*w*c]
			for x, v := range in {
				out[x] += float32(k * v)
			}
		}
	}
	a.clip(dst)
}
