package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("auto_contrast", func() Augment { return new(autoContrast) })

// autoContrast stretches each channel over the whole range. Keras:
// layers/preprocessing/image_preprocessing/auto_contrast.py.
type autoContrast struct {
	colours
	valueRange
}

func (a *autoContrast) Schema(b *schema.Block) {
	b.Doc("Stretches the values of each channel over the whole range. Nothing about it is random.", "keras.layers.AutoContrast")
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *autoContrast) Apply(dst, src []float32, shape []int, _ *Draw) {
	c := shape[2]
	for ch := range c {
		low, high := a.to255(src[ch]), a.to255(src[ch])
		for i := ch; i < len(src); i += c {
			v := a.to255(src[i])
			low, high = min(low, v), max(high, v)
		}
		if low == high {
			for i := ch; i < len(src); i += c {
				dst[i] = src[i]
			}
			continue
		}
		scale := 255 / (high - low)
		offset := float32(-low * scale)
		for i := ch; i < len(src); i += c {
			dst[i] = a.from255(min(max(float32(a.to255(src[i])*scale)+offset, 0), 255))
		}
	}
}
