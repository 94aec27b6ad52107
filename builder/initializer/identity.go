package initializer

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("identity", func() Initializer { return new(identity) })

// identity makes the unit matrix.
type identity struct{ gain float64 }

func (i *identity) Schema(b *schema.Block) {
	b.Doc("A matrix of zeros with gain on its diagonal.", "keras.initializers.Identity")
	b.Float(&i.gain, "gain", "Value of the diagonal.", schema.Default(1.0))
}

// Check refuses a weight that is not a matrix.
func (i *identity) Check(shape []int) error {
	if len(shape) != 2 {
		return fmt.Errorf("identity fills matrices, not a weight of shape %s", schema.List(shape))
	}
	return nil
}

// Fill sets the diagonal.
func (i *identity) Fill(w []float32, shape []int, _ Key) error {
	if err := i.Check(shape); err != nil {
		return err
	}
	clear(w)
	for k := range min(shape[0], shape[1]) {
		w[k*shape[1]+k] = float32(i.gain)
	}
	return nil
}
