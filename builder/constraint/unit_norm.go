package constraint

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("unit_norm", func() Constraint { return new(unitNorm) })

// unitNorm makes every norm 1.
type unitNorm struct {
	norms
}

func (c *unitNorm) Schema(b *schema.Block) {
	b.Doc("Scales every norm to 1.", "keras.constraints.UnitNorm")
	c.bind(b)
}

// Build returns a node that scales w in place.
func (c *unitNorm) Build(g *op.Graph, w *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	axes, err := c.axes(len(w.Shape()))
	if err != nil {
		return g.Fail(err)
	}
	return g.Apply(op.NormLimit{Unit: true, Axes: axes}, w)
}
