package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_crop", func() Augment { return new(randomCrop) })

// randomCrop cuts a window out of a padded image. Keras: layers/preprocessing/image_preprocessing/random_crop.py,
// with keras.layers.ZeroPadding2D before it.
type randomCrop struct {
	images
	height, width, padding int
}

func (a *randomCrop) Schema(b *schema.Block) {
	b.Doc("Pads an image with zeros and cuts a window out at a random place.", "keras.layers.RandomCrop",
		"padding is dlrun's own, and stands for a ZeroPadding2D before the crop. The window has the size of the image, since validation and prediction see it whole.")
	b.Int(&a.height, "height", "Height of the window.", schema.AtLeast(1))
	b.Int(&a.width, "width", "Width of the window.", schema.AtLeast(1))
	b.Int(&a.padding, "padding", "Zeros added on each side first.", schema.Default(0), schema.AtLeast(0), schema.AtMost(1<<15))
	a.bindFormat(b)
}

func (a *randomCrop) Check(in column.Field) error {
	if err := isImage(in); err != nil || !in.Known {
		return err
	}
	if h := in.Shape[0]; h >= 0 && h != a.height {
		return schema.Atf("height", "the images of %q are %d high, and an augmentation keeps the size; got %d", in.Name, h, a.height)
	}
	if w := in.Shape[1]; w >= 0 && w != a.width {
		return schema.Atf("width", "the images of %q are %d wide, and an augmentation keeps the size; got %d", in.Name, w, a.width)
	}
	return nil
}

func (a *randomCrop) Apply(dst, src []float32, shape []int, d *Draw) {
	crop(dst, src, shape, a.padding, a.start(d), a.start(d), 0)
}

// Fill is 0, as ZeroPadding2D's.
func (a *randomCrop) Fill() float32 { return 0 }

func (a *randomCrop) Move(dst, src []uint8, shape []int, d *Draw, fill uint8) {
	crop(dst, src, shape, a.padding, a.start(d), a.start(d), fill)
}

// crop cuts the window that begins at row top and column left of an image padded by p on each side.
func crop[T uint8 | float32](dst, src []T, shape []int, p, top, left int, fill T) {
	h, w, c := shape[0], shape[1], shape[2]
	for y := range h {
		out := dst[y*w*c : (y+1)*w*c]
		from := y + top - p
		if from < 0 || from >= h {
			fillWith(out, fill)
			continue
		}
		// Column x of the window is column x+left-p of the image.
		lo, hi := min(max(0, p-left), w), max(min(w, w+p-left), 0)
		fillWith(out[:lo*c], fill)
		fillWith(out[hi*c:], fill)
		if lo < hi {
			copy(out[lo*c:hi*c], src[(from*w+lo+left-p)*c:])
		}
	}
}

func fillWith[T uint8 | float32](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

// start is where the window begins: uniform over 2*padding+1 places.
func (a *randomCrop) start(d *Draw) int {
	n := 2*a.padding + 1
	return min(int(d.Uniform(0, float32(n))), n-1)
}
