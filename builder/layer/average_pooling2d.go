package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("average_pooling2d", func() Layer { return new(averagePooling2D) }, "avg_pool2d")

// averagePooling2D takes the mean below a window.
type averagePooling2D struct{ pooling2D }

func (p *averagePooling2D) Schema(b *schema.Block) {
	b.Doc("Takes the mean of the values below a sliding window, for each channel; padding does not count.", "keras.layers.AveragePooling2D")
	p.bind(b)
}

// Build is one op.
func (p *averagePooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return s.Apply(op.AvgPool2D{Window: p.window()}, in[0])
}
