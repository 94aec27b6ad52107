package callbacks

import (
	"encoding/json"
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("reduce_lr_on_plateau", func() Callback { return new(reduceLROnPlateau) })

// reduceLROnPlateau lowers the learning rate when a number has not improved for some epochs, after
// keras/src/callbacks/reduce_lr_on_plateau.py.
type reduceLROnPlateau struct {
	watch
	factor   float64
	patience int
	verbose  int
	cooldown int
	minRate  float64

	state plateauState
}

type plateauState struct {
	Best     *number `json:"best"`
	Wait     int     `json:"wait"`
	Cooldown int     `json:"cooldown"`
}

func (c *reduceLROnPlateau) Schema(b *schema.Block) {
	b.Doc("Lowers the learning rate when a number has stopped improving.", "keras.callbacks.ReduceLROnPlateau")
	c.bind(b)
	b.Float(&c.factor, "factor", "What the learning rate is multiplied by.", schema.Default(0.1), schema.AtLeast(0), schema.Below(1))
	b.Int(&c.patience, "patience", "Epochs without improvement after which the learning rate falls.", schema.Default(10), schema.AtLeast(0))
	b.Int(&c.verbose, "verbose", "1 says when the learning rate falls.", schema.Default(0))
	b.Float(&c.minDelta, "min_delta", "Smallest change that counts as an improvement.", schema.Default(1e-4))
	b.Int(&c.cooldown, "cooldown", "Epochs to wait after a fall before looking again.", schema.Default(0), schema.AtLeast(0))
	b.Float(&c.minRate, "min_lr", "Lowest learning rate.", schema.Default(0.0), schema.AtLeast(0))
}

// SetsLearningRate says that the learning rate must be a plain number.
func (c *reduceLROnPlateau) SetsLearningRate() {}

// EpochEnd compares with the best epoch so far.
func (c *reduceLROnPlateau) EpochEnd(e Epoch) (Decision, error) {
	rate := float64(float32(e.Rate))
	current, ok := e.Logs.Get(c.monitor)
	if c.monitor == "learning_rate" {
		current, ok = rate, true
	}
	if !ok {
		return Decision{}, nil
	}
	s := &c.state
	if s.Cooldown > 0 {
		s.Cooldown--
		s.Wait = 0
	}
	if c.better(current, s.Best) {
		best := number(current)
		s.Best, s.Wait = &best, 0
		return Decision{}, nil
	}
	if s.Cooldown > 0 {
		return Decision{}, nil
	}
	if s.Wait++; s.Wait < c.patience || !(rate > float64(float32(c.minRate))) {
		return Decision{}, nil
	}
	lower := max(rate*c.factor, c.minRate)
	s.Cooldown, s.Wait = c.cooldown, 0
	d := Decision{LearningRate: &lower}
	if c.verbose > 0 {
		d.Note = fmt.Sprintf("Epoch %d: reduce_lr_on_plateau reducing learning rate to %g.", e.Epoch+1, lower)
	}
	return d, nil
}

// State is the best value, the wait since then and what is left of the cooldown.
func (c *reduceLROnPlateau) State() (json.RawMessage, error) { return json.Marshal(c.state) }

// Restore sets the state.
func (c *reduceLROnPlateau) Restore(state json.RawMessage) error {
	return json.Unmarshal(state, &c.state)
}

// After implements Patient: the first epoch is the best so far, and the lower rate is for the epoch after.
func (c *reduceLROnPlateau) After() (epochs int, arg string) {
	return max(c.patience, 1) + 2, "patience"
}
