package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_average_pooling2d", func() Layer { return new(adaptiveAveragePooling2D) })

// adaptiveAveragePooling2D pools an image to a size.
type adaptiveAveragePooling2D struct{ adaptivePooling }

func (p *adaptiveAveragePooling2D) Schema(b *schema.Block) {
	b.Doc("Divides an image into as many windows as are wanted and takes the mean of each, for each channel.", "keras.layers.AdaptiveAveragePooling2D")
	p.bind(b, 2)
}

// Build pools.
func (p *adaptiveAveragePooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Average, in[0])
}
