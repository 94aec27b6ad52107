package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// pooling2D is what max_pooling2d and average_pooling2d have in common.
type pooling2D struct {
	poolSize [2]int
	strides  [2]int // 0 where left out: as poolSize
	padding  string
	dataFormat
	Activity
}

func (p *pooling2D) bind(b *schema.Block) {
	b.Pair(&p.poolSize, "pool_size", "Height and width of the window.", schema.AtLeast(1), schema.Default(2))
	p.strides = [2]int{}
	b.Pair(&p.strides, "strides", "Step of the window; pool_size when left out.", schema.AtLeast(1), schema.Optional())
	bindPadding(b, &p.padding)
	p.bindFormat(b)
	p.Activity.Bind(b)
}

func (p *pooling2D) window() op.Window {
	w := op.Window{Size: p.poolSize, Strides: p.strides, Same: p.padding == "same"}
	if w.Strides == [2]int{} {
		w.Strides = p.poolSize
	}
	return w
}

// Shape is [positions of the window, channels].
func (p *pooling2D) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantImage(x); err != nil {
		return x, err
	}
	h, w, err := slide(p.window(), "pool_size", x)
	return shape.Of(h, w, x.Shape[2]), err
}

// Weights are none.
func (p *pooling2D) Weights([]shape.Spec) []Weight { return nil }
