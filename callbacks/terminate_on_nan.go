package callbacks

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("terminate_on_nan", func() Callback { return new(terminateOnNaN) })

// terminateOnNaN ends training when the loss of the epoch so far is not a finite number.
type terminateOnNaN struct{ raiseError bool }

func (c *terminateOnNaN) Schema(b *schema.Block) {
	b.Doc("Ends training when the loss is not a finite number.", "keras.callbacks.TerminateOnNaN")
	b.Bool(&c.raiseError, "raise_error", "Whether the run then fails instead of ending as usual.", schema.Default(false))
}

// StepEnd looks at the loss.
func (c *terminateOnNaN) StepEnd(s Step) (Decision, error) {
	loss, ok := s.Logs.Get("loss")
	if !ok || !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return Decision{}, nil
	}
	if c.raiseError {
		return Decision{}, fmt.Errorf("the loss is %g at batch %d of epoch %d", loss, s.Batch+1, s.Epoch+1)
	}
	return Decision{Stop: true, Note: fmt.Sprintf("Epoch %d, batch %d: the loss is %g, terminating training.", s.Epoch+1, s.Batch+1, loss)}, nil
}
