package train

import (
	"time"

	"github.com/dlrun/dlrun/internal/run"
)

// Observer is told how a run goes, to show it to a person. Its methods return at once.
type Observer interface {
	// Begin comes once for each train: its name, the run directory and what is trained.
	Begin(b Begin)
	// Epoch begins an epoch of so many steps; epochs count from 1.
	Epoch(epoch, epochs, steps int)
	// Step ends a step. logs computes the running means when asked.
	Step(step, steps int, logs func() run.Metrics)
	// Waited comes before Step where the step had to wait for its batch.
	Waited(time.Duration)
	// Measuring tells how many rows of a split were evaluated.
	Measuring(split string, done, rows int)
	// EpochEnd ends an epoch with its logs, validation included.
	EpochEnd(logs run.Metrics)
	// Test gives the metrics of the test split.
	Test(logs run.Metrics)
	// Note is a line worth showing.
	Note(text string)
}

// Begin describes a train that begins.
type Begin struct {
	Train      string
	Dir        string
	Parameters int
	Rows       map[string]int // by split
	Resumed    bool
	Epoch      int // complete epochs
	Step       int64
}

// Silent observes nothing.
type Silent struct{}

// Begin implements Observer.
func (Silent) Begin(Begin) {}

// Epoch implements Observer.
func (Silent) Epoch(int, int, int) {}

// Step implements Observer.
func (Silent) Step(int, int, func() run.Metrics) {}

// Waited implements Observer.
func (Silent) Waited(time.Duration) {}

// Measuring implements Observer.
func (Silent) Measuring(string, int, int) {}

// EpochEnd implements Observer.
func (Silent) EpochEnd(run.Metrics) {}

// Test implements Observer.
func (Silent) Test(run.Metrics) {}

// Note implements Observer.
func (Silent) Note(string) {}
