package augment

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_noise", func() Augment { return new(randomNoise) })

// randomNoise adds noise to numbers of any shape.
type randomNoise struct {
	stddev       float64
	distribution string
	factor       float64
}

func (a *randomNoise) Schema(b *schema.Block) {
	b.Doc("Adds noise to each element of an example, or not: an image, a series, a row of numbers.", "dlrun")
	b.Float(&a.stddev, "stddev", "Standard deviation of the noise.", schema.AtLeast(0))
	b.Enum(&a.distribution, "distribution", "Of the noise.", []string{"normal", "uniform"}, schema.Default("normal"))
	b.Float(&a.factor, "factor", "How likely it is that an example is changed.", schema.Default(1.0), schema.AtLeast(0), schema.AtMost(1))
}

// Check asks for numbers.
func (a *randomNoise) Check(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes numbers, and column %q holds text", in.Name)
	}
	return nil
}

// OfMask is nil: nothing is done to a mask.
func (a *randomNoise) OfMask() Augment { return nil }

func (a *randomNoise) Apply(dst, src []float32, _ []int, d *Draw) {
	if !(d.Unit() < float32(a.factor)) {
		copy(dst, src)
		return
	}
	s := float32(a.stddev)
	if a.distribution == "uniform" {
		const root3 = 1.7320508
		s = float32(s * root3) // the deviation of a uniform distribution from -1 to 1 is 1 over this
		for i, v := range src {
			dst[i] = v + d.Uniform(-s, s)
		}
		return
	}
	d.Normals(dst, 0, s)
	for i, v := range src {
		dst[i] += v
	}
}
