package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_flip", func() Augment { return new(randomFlip) })

// randomFlip mirrors half of the images. Keras: layers/preprocessing/image_preprocessing/random_flip.py.
type randomFlip struct{ mode string }

func (a *randomFlip) Schema(b *schema.Block) {
	b.Doc("Mirrors an image, or not, with equal chance.", "keras.layers.RandomFlip",
		`As in Keras, "horizontal_and_vertical" does both or neither.`)
	b.Enum(&a.mode, "mode", "Along which axis.", []string{"horizontal", "vertical", "horizontal_and_vertical"}, schema.Default("horizontal_and_vertical"))
}

func (a *randomFlip) Check(in column.Field) error { return isImage(in) }

func (a *randomFlip) Apply(dst, src []float32, shape []int, d *Draw) {
	if d.Uniform(0, 1) > 0.5 {
		copy(dst, src)
		return
	}
	h, w, c := shape[0], shape[1], shape[2]
	for y := range h {
		from := y
		if a.mode != "horizontal" {
			from = h - 1 - y
		}
		out, in := dst[y*w*c:(y+1)*w*c], src[from*w*c:(from+1)*w*c]
		if a.mode == "vertical" {
			copy(out, in)
			continue
		}
		for x := range w {
			copy(out[x*c:(x+1)*c], in[(w-1-x)*c:(w-x)*c])
		}
	}
}
