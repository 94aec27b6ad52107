package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("ones", func() Initializer { return new(ones) }, "one")

// ones fills with 1.
type ones struct{}

func (*ones) Schema(b *schema.Block) { b.Doc("Ones.", "keras.initializers.Ones") }

// Fill sets every element to 1.
func (*ones) Fill(w []float32, _ []int, _ Key) error {
	for i := range w {
		w[i] = 1
	}
	return nil
}
