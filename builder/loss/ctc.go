package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("ctc", func() Loss { return new(ctc) })

// ctc is the negative logarithm of the probability of the labels, over all alignments with the steps.
// See op.CTC.
type ctc struct{ reduced }

func (l *ctc) Schema(b *schema.Block) {
	b.Doc("How improbable a sequence of labels is, where it is not known at which step each is said: connectionist temporal classification.", "keras.losses.CTC",
		"The output is logits, [steps, classes], without a softmax. The target is class numbers from 1, filled up with 0, which is the blank.",
		"Labels that the steps are too few for have a loss of about 1e5, as in Keras.")
	l.bind(b)
}

// Logits says that the output is logits.
func (l *ctc) Logits() bool { return true }

// Target is a row of class numbers.
func (l *ctc) Target(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Int32
	switch {
	case output.Known && len(output.Shape) != 2:
		return target, fmt.Errorf("this loss wants an output of shape [steps, classes]")
	case target.Known && len(target.Shape) != 1:
		return target, fmt.Errorf("this loss wants a row of class numbers, from 1 and filled up with 0, as target")
	}
	return target, nil
}

// Build returns a value for each example.
func (l *ctc) Build(g *op.Graph, y, output *op.Node) *op.Node { return g.Apply(op.CTC{}, y, output) }
