package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("zeros", func() Initializer { return new(zeros) }, "zero")

// zeros fills with 0.
type zeros struct{}

func (*zeros) Schema(b *schema.Block) { b.Doc("Zeros.", "keras.initializers.Zeros") }

// Fill sets every element to 0.
func (*zeros) Fill(w []float32, _ []int, _ Key) error {
	for i := range w {
		w[i] = 0
	}
	return nil
}
