package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("random_flip", func() Augment { return new(randomFlip) })

// randomFlip mirrors half of the images. Keras: layers/preprocessing/image_preprocessing/random_flip.py.
type randomFlip struct {
	images
	mode string
}

func (a *randomFlip) Schema(b *schema.Block) {
	b.Doc("Mirrors an image, or not, with equal chance.", "keras.layers.RandomFlip",
		`As in Keras, "horizontal_and_vertical" does both or neither.`)
	b.Enum(&a.mode, "mode", "Along which axis.", []string{"horizontal", "vertical", "horizontal_and_vertical"}, schema.Default("horizontal_and_vertical"))
	a.bindFormat(b)
}

func (a *randomFlip) Apply(dst, src []float32, shape []int, d *Draw) {
	flip(dst, src, shape, a.mode, d.Uniform(0, 1) > 0.5)
}

// Fill is never needed.
func (a *randomFlip) Fill() float32 { return 0 }

func (a *randomFlip) Move(dst, src []uint8, shape []int, d *Draw, _ uint8) {
	flip(dst, src, shape, a.mode, d.Uniform(0, 1) > 0.5)
}

// flip mirrors an image, or keeps it.
func flip[T uint8 | float32](dst, src []T, shape []int, mode string, keep bool) {
	if keep {
		copy(dst, src)
		return
	}
	h, w, c := shape[0], shape[1], shape[2]
	for y := range h {
		from := y
		if mode != "horizontal" {
			from = h - 1 - y
		}
		out, in := dst[y*w*c:(y+1)*w*c], src[from*w*c:(from+1)*w*c]
		if mode == "vertical" {
			copy(out, in)
			continue
		}
		mirror(out, in, c)
	}
}

// mirror writes a row's pixels of c elements in the reverse order.
func mirror[T uint8 | float32](dst, src []T, c int) {
	switch c {
	case 1:
		for i, v := range src {
			dst[len(dst)-1-i] = v
		}
	case 3:
		for len(src) >= 3 && len(dst) >= 3 {
			out := dst[len(dst)-3:]
			out[0], out[1], out[2] = src[0], src[1], src[2]
			src, dst = src[3:], dst[:len(dst)-3]
		}
	default:
		for to := len(dst) - c; to >= 0; to -= c {
			copy(dst[to:to+c], src[len(dst)-c-to:])
		}
	}
}
