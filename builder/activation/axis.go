package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// alongAxis is embedded by activations that work along an axis, which counts the batch as 0.
type alongAxis struct{ axis int }

func (a *alongAxis) bind(b *schema.Block) {
	b.Int(&a.axis, "axis", "Axis along which it works; the batch is axis 0.", schema.Default(-1))
}

// along tells these activations from those that act on each element alone.
func (*alongAxis) along() {}

// Shape checks that there is such an axis.
func (a *alongAxis) Shape(in shape.Shape) (shape.Shape, error) {
	_, err := shape.Axis(a.axis, len(in))
	return in, err
}

// of is the axis in a node, whose axis 0 is the batch.
func (a *alongAxis) of(x *op.Node) int {
	if a.axis < 0 && x != nil {
		return a.axis + len(x.Shape())
	}
	return a.axis
}
