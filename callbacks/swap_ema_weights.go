package callbacks

import (
	"encoding/json"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("swap_ema_weights", func() Callback { return new(swapEMAWeights) })

// swapEMAWeights measures the moving averages of the weights in the place of the weights, after
// keras/src/callbacks/swap_ema_weights.py.
type swapEMAWeights struct {
	onEpoch bool
	state   swapState
}

type swapState struct {
	Swapped bool `json:"swapped"` // the averages are where the weights are trained
}

func (c *swapEMAWeights) Schema(b *schema.Block) {
	b.Doc("Validates with the moving averages of the weights, which an optimizer with use_ema keeps.", "keras.callbacks.SwapEMAWeights",
		"When training ends the weights are set to the averages with and without this callback.")
	b.Bool(&c.onEpoch, "swap_on_epoch", "Whether callbacks that stand below see the averages too at the end of an epoch, as model_checkpoint.", schema.Default(false))
}

// MeasuresAverages says that the averages are validated.
func (c *swapEMAWeights) MeasuresAverages() {}

// EpochBegin puts the weights back.
func (c *swapEMAWeights) EpochBegin(Epoch) (Decision, error) {
	swap := c.state.Swapped
	c.state.Swapped = false
	return Decision{Swap: swap}, nil
}

// EpochEnd puts the averages in the place of the weights.
func (c *swapEMAWeights) EpochEnd(Epoch) (Decision, error) {
	swap := c.onEpoch && !c.state.Swapped
	c.state.Swapped = c.state.Swapped || swap
	return Decision{Swap: swap}, nil
}

// State is whether they are swapped.
func (c *swapEMAWeights) State() (json.RawMessage, error) { return json.Marshal(c.state) }

// Restore sets the state.
func (c *swapEMAWeights) Restore(state json.RawMessage) error { return json.Unmarshal(state, &c.state) }
