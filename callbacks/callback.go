// Package callbacks holds Keras' callbacks, one file each.
//
// A callback sees the training loop only through its events, and acts only through the Decision it
// returns: the loop stops, sets the learning rate, keeps or saves weights on its behalf. What it
// remembers between events is declared (Stateful) and is saved in every checkpoint, so that a run
// goes on exactly where it was. To add a callback, write its file.
package callbacks

import (
	"encoding/json"
	"time"

	"github.com/dlrun/dlrun/dsl/schema"
)

// Callback is a callback with its arguments decoded. What it can do it says by the small interfaces
// below, which the loop finds by type assertion.
type Callback interface{ schema.Described }

// Monitor is a callback that watches a number of the logs.
type Monitor interface {
	// Monitored is the argument "monitor"; "" where none is watched.
	Monitored() string
}

// RateSetter is a callback that sets the learning rate, which then must be a plain number.
type RateSetter interface{ SetsLearningRate() }

// Patient is a callback that acts only after some epochs.
type Patient interface {
	// After is how many epochs there must be for it to act at all, and the argument that says so.
	After() (epochs int, arg string)
}

// AverageMeasurer is a callback for which validation measures the moving averages of the weights, which an
// optimizer must keep.
type AverageMeasurer interface{ MeasuresAverages() }

// TrainBeginner hears of the start of training, also of one that continues.
type TrainBeginner interface {
	TrainBegin(r *Run) error
}

// EpochBeginner hears of the start of an epoch (not of its continuation).
type EpochBeginner interface {
	EpochBegin(e Epoch) (Decision, error)
}

// StepEnder hears of the end of each optimizer step.
type StepEnder interface {
	StepEnd(s Step) (Decision, error)
}

// EpochEnder hears of the end of each epoch, validation included.
type EpochEnder interface {
	EpochEnd(e Epoch) (Decision, error)
}

// TrainEnder hears of the end of training, however it came.
type TrainEnder interface {
	TrainEnd() (Decision, error)
}

// Stateful is a callback that remembers something between events.
type Stateful interface {
	State() (json.RawMessage, error)
	Restore(state json.RawMessage) error
}

// Logger is a callback that appends to files, which are cut back when a run continues.
type Logger interface {
	LogFiles() []string
}

// Run is what a callback may know of the run.
type Run struct {
	Dir      string // the run directory
	Epochs   int
	Steps    int      // of an epoch
	Reports  []string // names of an epoch's logs: loss, accuracy, val_loss, ...
	Rising   []string // those of them that are better when larger
	Resuming bool
	Now      func() time.Time
}

// Step is one optimizer step.
type Step struct {
	Epoch int     // from 0
	Batch int     // in the epoch, from 0
	Step  int64   // over the whole run, from 1
	Size  int     // examples in the batch
	Loss  float32 // the step's own
	Logs  Logs    // running means of the epoch
	Rate  float64 // learning rate of the step
}

// Epoch is one epoch.
type Epoch struct {
	Epoch int     // from 0
	Logs  Logs    // empty at the beginning
	Rate  float64 // learning rate now

	// At the end alone:
	Step    int64                    // steps of the whole run so far
	Rates   Logs                     // learning rates: of several optimizers each with its name at the end
	Weights func() ([]Weight, error) // all weights as they are now, until the next step
}

// Weight is a weight under its path.
type Weight struct {
	Path   string
	Shape  []int
	Values []float32
}

// Logs are the numbers that an event reports, in order.
type Logs []Log

// Log is one number.
type Log struct {
	Name  string
	Value float64
}

// Get returns the number called name.
func (l Logs) Get(name string) (float64, bool) {
	for _, x := range l {
		if x.Name == name {
			return x.Value, true
		}
	}
	return 0, false
}

// Decision is what a callback asks of the loop. The zero value asks for nothing.
type Decision struct {
	Stop         bool     // end training after this event
	LearningRate *float64 // from the next step on
	Keep         bool     // remember the weights, and the logs of this epoch, in place of those kept before
	Restore      bool     // set the weights to those kept
	Swap         bool     // exchange weights and their moving averages
	Checkpoint   bool     // save everything that resuming needs
	Save         string   // write the weights to this file, relative to the run directory
	WeightsOnly  bool     // of Save: a safetensors file instead of a model.dlrun
	Note         string   // a line to show the user
}

// Registry knows the callbacks by name.
var Registry = schema.NewRegistry[Callback]("callback")

// Register adds a callback; its file calls it.
func Register(name string, make func() Callback, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
