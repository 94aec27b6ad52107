package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("time_distributed", func() Layer { return new(timeDistributed) })

// timeDistributed applies the layer inside it to each step of a sequence.
type timeDistributed struct {
	inner Layer
	name  string
	Masking
}

func (l *timeDistributed) Schema(b *schema.Block) {
	b.Doc("Applies the layer inside it to each step of a sequence, with the same weights.", "keras.layers.TimeDistributed",
		"All steps are computed at once, as examples of one large batch; a batch_normalization inside normalizes each step for itself, one after the other, as in Keras.",
		"What stands inside may be a block or a model, as in layer \"model.NAME\" \"step\" {}.")
}

// Wrap takes one layer.
func (l *timeDistributed) Wrap(inner []Inner) error {
	if len(inner) != 1 {
		return fmt.Errorf("a time_distributed layer holds one layer, not %d", len(inner))
	}
	in := inner[0]
	if n, ok := in.Layer.(Inputs); ok {
		if least, _ := n.InputCount(); least > 1 {
			return fmt.Errorf("layer %q (%s) takes %d inputs; inside a time_distributed there is one", in.Name, in.Type, least)
		}
	}
	if m, ok := in.Layer.(MultiOutput); ok && m.OutputCount() > 1 {
		return fmt.Errorf("layer %q (%s) has %d outputs; inside a time_distributed there is one", in.Name, in.Type, m.OutputCount())
	}
	l.inner, l.name = in.Layer, in.Name
	return nil
}

// step is the input at one step.
func (l *timeDistributed) step(in []shape.Spec) ([]shape.Spec, error) {
	x := in[0]
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("a time_distributed layer wants an input [time, ...] of two axes or more, got %s", x)
	}
	x.Shape = x.Shape[1:]
	return []shape.Spec{x}, nil
}

// Shape is that of the layer inside, after the axis of time.
func (l *timeDistributed) Shape(in []shape.Spec) (shape.Spec, error) {
	step, err := l.step(in)
	if err != nil {
		return in[0], err
	}
	outs, err := Outputs(l.inner, step)
	if err != nil {
		return in[0], inside(err)
	}
	out := outs[0]
	out.Shape = append(shape.Shape{in[0].Shape[0]}, out.Shape...)
	return out, wantSize("an output", out.Shape)
}

// Weights are those of the layer inside, under its name.
func (l *timeDistributed) Weights(in []shape.Spec) []Weight {
	step, err := l.step(in)
	if err != nil {
		return nil // Shape has said so
	}
	list := Variables(l.inner, step)
	for i := range list {
		list[i].Name = l.name + "/" + list[i].Name
	}
	return list
}

// Apart tells whether steps must not be put together into one batch, because a layer looks at the batch as a whole.
func Apart(l Layer) bool {
	switch l := l.(type) {
	case interface{ Apart() bool }: // a block inside, which has several layers
		return l.Apart()
	case *batchNormalization:
		return true
	case *dropout:
		return l.noiseShape != nil
	case *timeDistributed:
		return Apart(l.inner)
	}
	return false
}

// Build takes the steps for examples, or one after the other.
func (l *timeDistributed) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0]
	n := x.Shape()
	batch, time := n[0], n[1]
	scope := s.within(l.name)
	if !Apart(l.inner) {
		scope.Batch = batch * time
		y := Make(l.inner, scope, []*op.Node{s.Apply(op.Reshape{To: append([]int{batch * time}, n[2:]...)}, x)})[0]
		if y == nil {
			return nil
		}
		return s.Apply(op.Reshape{To: append([]int{batch, time}, y.Shape()[1:]...)}, y)
	}
	var steps []*op.Node
	random := scope.Random
	for t := range time {
		scope.Random = func(purpose string) uint64 { return random(fmt.Sprintf("%s/%d", purpose, t)) }
		part := s.Apply(op.SliceAxis(op.SpecOf(x), 1, t, t+1), x)
		y := Make(l.inner, scope, []*op.Node{s.Apply(op.Reshape{To: append([]int{batch}, n[2:]...)}, part)})[0]
		if y == nil {
			return nil
		}
		steps = append(steps, s.Apply(op.Reshape{To: append([]int{batch, 1}, y.Shape()[1:]...)}, y))
	}
	return s.Apply(op.Concat{Axis: 1}, steps...)
}
