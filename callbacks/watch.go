package callbacks

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/dsl/schema"
)

// watch is embedded by callbacks that look for the best value of a number, after
// keras/src/callbacks/monitor_callback.py.
type watch struct {
	monitor, mode string
	minDelta      float64
	rising        bool // whether larger is better
}

func (w *watch) bind(b *schema.Block) {
	b.String(&w.monitor, "monitor", "Which of the numbers that an epoch reports.", schema.Default("val_loss"))
	b.Enum(&w.mode, "mode", "Whether smaller or larger is better; auto goes by what the number is.", []string{"auto", "min", "max"}, schema.Default("auto"))
}

// Monitored is the argument "monitor".
func (w *watch) Monitored() string { return w.monitor }

// TrainBegin learns which way is up.
func (w *watch) TrainBegin(r *Run) error {
	w.rising = w.mode == "max" || w.mode == "auto" && slices.Contains(r.Rising, w.monitor)
	return nil
}

// better tells whether current is an improvement on best, nil being no value yet. Keras compares
// float32 numbers; to a NaN nothing is an improvement.
func (w *watch) better(current float64, best *number) bool {
	delta := math.Abs(w.minDelta)
	switch {
	case best == nil:
		return true
	case w.rising:
		return float32(current-delta) > float32(*best)
	}
	return float32(current+delta) < float32(*best)
}
