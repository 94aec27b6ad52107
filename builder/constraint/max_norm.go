package constraint

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("max_norm", func() Constraint { return new(maxNorm) })

// maxNorm shortens what is longer than a limit.
type maxNorm struct {
	maxValue float64
	norms
}

func (c *maxNorm) Schema(b *schema.Block) {
	b.Doc("Scales down what has a norm above max_value.", "keras.constraints.MaxNorm")
	b.Float(&c.maxValue, "max_value", "Largest norm.", schema.Default(2.0))
	c.bind(b)
}

// Build returns a node that scales w in place.
func (c *maxNorm) Build(g *op.Graph, w *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	axes, err := c.axes(len(w.Shape()))
	if err != nil {
		return g.Fail(err)
	}
	return g.Apply(op.NormLimit{Max: c.maxValue, Rate: 1, Axes: axes}, w)
}
