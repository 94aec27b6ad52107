package callbacks

import (
	"encoding/json"
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("early_stopping", func() Callback { return new(earlyStopping) })

// earlyStopping ends training when a number has not improved for some epochs, after
// keras/src/callbacks/early_stopping.py.
type earlyStopping struct {
	watch
	patience   int
	verbose    int
	baseline   *float64
	restore    bool
	startEpoch int

	state earlyState
}

type earlyState struct {
	Wait      int     `json:"wait"`
	Best      *number `json:"best"`
	BestEpoch int     `json:"best_epoch"`
	Kept      bool    `json:"kept"`
}

func (c *earlyStopping) Schema(b *schema.Block) {
	b.Doc("Ends training when a number has stopped improving.", "keras.callbacks.EarlyStopping")
	c.bind(b)
	b.Float(&c.minDelta, "min_delta", "Smallest change that counts as an improvement.", schema.Default(0.0))
	b.Int(&c.patience, "patience", "Epochs without improvement after which training ends.", schema.Default(0), schema.AtLeast(0))
	b.Int(&c.verbose, "verbose", "1 says which epoch's weights are restored.", schema.Default(0))
	b.OptFloat(&c.baseline, "baseline", "Value that must be reached: improvements short of it do not end the wait.")
	b.Bool(&c.restore, "restore_best_weights", "Whether to end with the weights of the best epoch instead of the last one.", schema.Default(false))
	b.Int(&c.startEpoch, "start_from_epoch", "Epochs to let pass before looking.", schema.Default(0), schema.AtLeast(0))
}

// EpochEnd compares with the best epoch so far.
func (c *earlyStopping) EpochEnd(e Epoch) (Decision, error) {
	current, ok := e.Logs.Get(c.monitor)
	if !ok || e.Epoch < c.startEpoch {
		return Decision{}, nil
	}
	s := &c.state
	s.Wait++
	if c.better(current, s.Best) {
		best := number(current)
		s.Best, s.BestEpoch, s.Kept = &best, e.Epoch, c.restore
		if c.baseline == nil || c.better(current, (*number)(c.baseline)) {
			s.Wait = 0
		}
		return Decision{Keep: c.restore}, nil
	}
	if s.Wait >= c.patience && e.Epoch > 0 {
		return Decision{Stop: true, Note: fmt.Sprintf("Epoch %d: early stopping, since %s has not improved on epoch %d.", e.Epoch+1, c.monitor, s.BestEpoch+1)}, nil
	}
	return Decision{}, nil
}

// TrainEnd restores the best weights, also when training was not ended early.
func (c *earlyStopping) TrainEnd() (Decision, error) {
	if !c.state.Kept {
		return Decision{}, nil
	}
	d := Decision{Restore: true}
	if c.verbose > 0 {
		d.Note = fmt.Sprintf("Restoring model weights from the end of the best epoch: %d.", c.state.BestEpoch+1)
	}
	return d, nil
}

// State is the best value, the wait since then, and whether its weights are kept.
func (c *earlyStopping) State() (json.RawMessage, error) { return json.Marshal(c.state) }

// Restore sets the state.
func (c *earlyStopping) Restore(state json.RawMessage) error { return json.Unmarshal(state, &c.state) }

// After implements Patient: the first epoch looked at is the best so far.
func (c *earlyStopping) After() (epochs int, arg string) {
	if c.restore { // it restores the best weights even where it never stops
		return 0, "patience"
	}
	return c.startEpoch + max(c.patience, 1) + 1, "patience"
}
