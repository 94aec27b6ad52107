package augment

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("equalization", func() Augment { return new(equalization) })

// equalization spreads the values of each channel evenly. Keras:
// layers/preprocessing/image_preprocessing/equalization.py.
type equalization struct {
	colours
	valueRange
	bins int
}

func (a *equalization) Schema(b *schema.Block) {
	b.Doc("Spreads the values of each channel evenly over the range, by their histogram. Nothing about it is random.", "keras.layers.Equalization",
		"The histogram is that of one image, where Keras' layer takes that of a whole batch.")
	a.valueRange.bind(b)
	b.Int(&a.bins, "bins", "Bins of the histogram.", schema.Default(256), schema.AtLeast(2), schema.AtMost(1<<16))
	a.bindFormat(b)
}

func (a *equalization) Apply(dst, src []float32, shape []int, d *Draw) {
	c, most := shape[2], float32(a.bins-1)
	table := d.Scratch(a.bins)
	for ch := range c {
		clear(table)
		for i := ch; i < len(src); i += c {
			at := float32(a.to255(src[i]) * most / 255)
			table[int(min(max(at, 0), most))]++
		}
		first, full := float32(0), 0
		sum := float32(0)
		for i, n := range table {
			if n > 0 {
				if full++; full == 1 {
					first = n
				}
			}
			sum += n
			table[i] = sum
		}
		if full <= 1 {
			for i := ch; i < len(src); i += c {
				dst[i] = a.from255(a.to255(src[i]))
			}
			continue
		}
		for i, n := range table {
			table[i] = float32(math.RoundToEven(float64(min(max((n-first)*255/(sum-first), 0), 255))))
		}
		for i := ch; i < len(src); i += c {
			at := float32(a.to255(src[i]) / 255 * most)
			dst[i] = a.from255(table[int(min(max(at, 0), most))])
		}
	}
}
