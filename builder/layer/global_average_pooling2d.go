package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_average_pooling2d", func() Layer { return new(globalAveragePooling2D) }, "global_avg_pool2d")

// globalAveragePooling2D takes the mean of an image.
type globalAveragePooling2D struct{ globalPooling2D }

func (p *globalAveragePooling2D) Schema(b *schema.Block) {
	b.Doc("Takes the mean of an image, for each channel.", "keras.layers.GlobalAveragePooling2D")
	p.bind(b)
}

// Build is a reduction.
func (p *globalAveragePooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.reduce(s, "mean", in[0])
}
