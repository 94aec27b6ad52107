package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("stacked_rnn_cells", func() Layer { return new(stackedRNNCells) })

// stackedRNNCells is one step of several cells, one after the other.
type stackedRNNCells struct {
	cells []placed
	mode
}

func (l *stackedRNNCells) Schema(b *schema.Block) {
	b.Doc("One step of the cells inside it, each reading what the one before puts out; inside an rnn, what it does at each step.", "keras.layers.StackedRNNCells",
		"The outputs are that of the last cell, and the states of each cell after the step.")
	l.mode.Bind(b)
}

// Wrap takes the cells.
func (l *stackedRNNCells) Wrap(inner []Inner) (err error) {
	l.cells, err = cellsOf(inner)
	return err
}

// placed are the cells below a path.
func (l *stackedRNNCells) placed(path string) []placed {
	var out []placed
	for _, c := range l.cells {
		out = append(out, placed{path + "/" + c.path, c.cell})
	}
	return out
}

// steps is the layer as a recurrent one, for a sequence of one step.
func (l *stackedRNNCells) steps() *recurrent {
	return &recurrent{cells: l.cells, sequenceArgs: sequenceArgs{returnState: true, mode: l.mode}}
}

// asSequence is the input with a time axis of one step.
func asSequence(x shape.Spec) (shape.Spec, error) {
	if err := wantRank(x, "features"); err != nil {
		return x, err
	}
	x.Shape = shape.Shape{1, x.Shape[0]}
	return x, nil
}

// TensorArguments is states, those before the step.
func (l *stackedRNNCells) TensorArguments() []TensorArgument {
	return []TensorArgument{{Name: "states", Help: "The states before the step, cell after cell; zeros when left out.", Check: func(given, _ []shape.Spec) error {
		return checkStates("states", given, unitSpecs(l.steps().states()))
	}}}
}

// OutputCount is the output and the states.
func (l *stackedRNNCells) OutputCount() int { return l.steps().OutputCount() }

// Shape replaces the features by the last cell's units.
func (l *stackedRNNCells) Shape(in []shape.Spec) (shape.Spec, error) {
	out, err := l.Shapes(in)
	if err != nil {
		return in[0], err
	}
	return out[0], nil
}

// Shapes are those of the output and of the states.
func (l *stackedRNNCells) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	x, err := asSequence(in[0])
	if err != nil {
		return nil, err
	}
	return l.steps().Shapes([]shape.Spec{x})
}

// Weights are those of the cells, under their names.
func (l *stackedRNNCells) Weights(in []shape.Spec) []Weight {
	x, err := asSequence(in[0])
	if err != nil {
		return nil // Shape has said so
	}
	return l.steps().Weights([]shape.Spec{x})
}

// Build is the output alone.
func (l *stackedRNNCells) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll is a sequence of one step.
func (l *stackedRNNCells) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	n := in[0].Shape()
	return l.steps().run(s, s.Apply(op.Reshape{To: []int{n[0], 1, n[1]}}, in[0]), nil, s.Tensors["states"], false)
}
