package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("constant", func() Initializer { return new(constant) })

// constant fills with one value.
type constant struct{ value float64 }

func (i *constant) Schema(b *schema.Block) {
	b.Doc("One value everywhere.", "keras.initializers.Constant")
	b.Float(&i.value, "value", "The value.", schema.Default(0.0))
}

// Fill sets every element to the value.
func (i *constant) Fill(w []float32, _ []int, _ Key) error {
	for k := range w {
		w[k] = float32(i.value)
	}
	return nil
}
