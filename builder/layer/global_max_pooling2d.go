package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_max_pooling2d", func() Layer { return new(globalMaxPooling2D) }, "global_max_pool2d")

// globalMaxPooling2D keeps the largest value of an image.
type globalMaxPooling2D struct{ globalPooling2D }

func (p *globalMaxPooling2D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value of an image, for each channel.", "keras.layers.GlobalMaxPooling2D")
	p.bind(b)
}

// Build is a reduction.
func (p *globalMaxPooling2D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.reduce(s, "max", in[0])
}
