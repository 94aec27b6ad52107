package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("crossentropy", func() Loss { return new(crossentropy) }, "ce")

// crossentropy is the crossentropy that the shapes call for, as
// keras/src/trainers/compile_utils.py: get_loss.
type crossentropy struct{ reduced }

func (l *crossentropy) Schema(b *schema.Block) {
	b.Doc("The binary, categorical or sparse categorical crossentropy, whichever the shapes of target and output call for.", "keras.Model.compile",
		"An output of one number is binary; a target with one number for each class is categorical; else it is sparse. Outputs are probabilities.")
	l.bind(b)
}

// of chooses by the shapes, with or without the batch axis.
func (l *crossentropy) of(target, output []int) Loss {
	var chosen Loss
	switch {
	case len(output) > 0 && output[len(output)-1] == 1:
		chosen = new(binaryCrossentropy)
	case len(target) < len(output) || len(target) > 0 && target[len(target)-1] == 1:
		chosen = new(sparseCategoricalCrossentropy)
	default:
		chosen = new(categoricalCrossentropy)
	}
	schema.Describe(chosen) // sets the defaults
	return chosen
}

// Target is that of the loss chosen.
func (l *crossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	if !target.Known || !output.Known {
		return target, nil
	}
	return l.of(target.Shape, output.Shape).Target(target, output)
}

// Build builds the loss chosen.
func (l *crossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	return l.of(op.SpecOf(y).Shape, op.SpecOf(output).Shape).Build(g, y, output)
}
