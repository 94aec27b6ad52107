package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_max_pooling2d", func() Layer { return new(adaptiveMaxPooling2D) })

// adaptiveMaxPooling2D pools an image to a size.
type adaptiveMaxPooling2D struct{ adaptivePooling }

func (p *adaptiveMaxPooling2D) Schema(b *schema.Block) {
	b.Doc("Divides an image into as many windows as are wanted and keeps the largest value of each, for each channel.", "keras.layers.AdaptiveMaxPooling2D")
	p.bind(b, 2)
}

// Build pools.
func (p *adaptiveMaxPooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Max, in[0])
}
