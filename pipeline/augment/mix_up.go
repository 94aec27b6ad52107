package augment

import (
	"errors"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mix_up", func() Augment { return new(mixUp) })

// mixUp mixes each example with another of its batch. Keras: layers/preprocessing/image_preprocessing/mix_up.py; Zhang and
// others, "mixup: Beyond empirical risk minimization", 2017.
type mixUp struct {
	mixing
	alpha float64
}

func (a *mixUp) Schema(b *schema.Block) {
	b.Doc("Mixes each example of a batch with another one, and their labels in the same shares.", "keras.layers.MixUp",
		`It stands in the dataset itself, with images and labels, as the last augmentation. Labels are vectors, as one_hot makes them.`)
	b.Float(&a.alpha, "alpha", "Parameter of the beta distribution that the shares are drawn from: small ones keep most examples nearly as they are.", schema.Default(0.2), schema.Above(0))
	a.bindFormat(b)
}

// Takes refuses masks.
func (a *mixUp) Takes(what Role) error {
	if what == Masks {
		return errors.New("class numbers of a mask cannot be blended; cut_mix moves them")
	}
	return nil
}

func (a *mixUp) Mix(dst, src []float32, _ []int, n int, _ Role, d *Draw) {
	partner := d.Permutation(n)
	shares := d.Scratch(n)
	for i := range shares {
		shares[i] = d.Beta(a.alpha)
	}
	blendWith(dst, src, n, partner, func(i int) float32 { return shares[i] })
}
