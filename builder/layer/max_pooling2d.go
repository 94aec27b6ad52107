package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("max_pooling2d", func() Layer { return new(maxPooling2D) }, "max_pool2d")

// maxPooling2D keeps the largest value below a window.
type maxPooling2D struct{ pooling2D }

func (p *maxPooling2D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value below a sliding window, for each channel.", "keras.layers.MaxPooling2D")
	p.bind(b)
}

// Build is one op.
func (p *maxPooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return s.Apply(op.MaxPool2D{Window: p.window()}, in[0])
}
