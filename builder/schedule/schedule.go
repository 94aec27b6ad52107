// Package schedule holds Keras' learning-rate schedules, one file each.
package schedule

import "github.com/dlrun/dlrun/dsl/schema"

// Schedule is the learning rate as a function of the optimizer steps taken before.
type Schedule interface {
	schema.Described
	At(step int) float64
}

// Registry knows the schedules by name.
var Registry = schema.NewRegistry[Schedule]("learning-rate schedule")

// Register adds a schedule; its file calls it.
func Register(name string, make func() Schedule, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}

// Constant is the schedule that a plain number stands for. It is the only one that a callback
// (reduce_lr_on_plateau, learning_rate_scheduler) may change.
type Constant float64

// Schema accepts nothing: a constant is written as a number.
func (Constant) Schema(b *schema.Block) {
	b.Doc("The same learning rate at every step.", "keras.optimizers")
}

// At is the constant.
func (c Constant) At(int) float64 { return float64(c) }

// Argument binds "learning_rate": a number, or a schedule's block.
func Argument(b *schema.Block, p *Schedule, def float64) {
	schema.ChooseOrNumber(b, p, "learning_rate", "Learning rate: a number, or a schedule.", Registry,
		func(f float64) Schedule { return Constant(f) }, schema.Default(def))
}
