// Package pipeline turns a dataset block into batches. It is a function: the same (seed, epoch, step)
// gives the same batch, whatever the number of workers and wherever in an epoch reading begins.
//
//	source -> split -> transform -> shuffle -> augment -> batch -> prefetch
//
// A source (package source) yields Arrow records. Rows are numbered from 0 over the source's train,
// validation and test parts, in this order, as they come. The split puts each row of the train part
// into train, validation or test. Each feature and target is a chain of steps: transforms (package
// transform), some of which learn from the train split, and augmentations (package augment). A chain
// is worked out once for all rows as far as its rows get no larger, and kept in memory; the rest of it
// runs when a batch is made. Shuffling permutes row numbers. Prefetching makes batches ahead, on
// goroutines of its own, in buffers that are used again and again.
//
// Check does what needs no data, Open reads, Data.Batches delivers. What was learned is a State, which
// goes into a saved model: Load and OpenInput prepare a prediction's input from it.
package pipeline

import (
	"context"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// The splits of a dataset, and the one of OpenInput.
const (
	Train      = source.Train
	Validation = source.Validation
	Test       = source.Test
	Input      = "input"
)

// Spec says what a feature or target is as a tensor.
type Spec struct {
	Name  string
	Shape []int     // without the batch axis; -1 for an axis known after reading the data
	Known bool      // whether Shape is known at all, its rank at least
	DType string    // float32, int32; "" where it is what the model takes (see Use)
	Where hcl.Range // the feature or target block

	Classes Classes // that it tells apart, where a transform or the source says so
}

// Classes are what class numbers stand for.
type Classes struct {
	Number int      // 0 where it is not known, or there are none
	Names  []string // in the order of their numbers; nil where there are none
}

// Signature says what a dataset gives. What has a mistake in it is there, without being known.
type Signature struct {
	Features, Targets []Spec
	HasValidation     bool // it will have, or may have, a validation split
	HasTest           bool // the same for a test split
	Weighted          bool // it has sample weights
}

// Feature returns the feature called name, or nil.
func (s *Signature) Feature(name string) *Spec { return find(s.Features, name) }

// Target returns the target called name, or nil.
func (s *Signature) Target(name string) *Spec { return find(s.Targets, name) }

func find(specs []Spec, name string) *Spec {
	for i := range specs {
		if specs[i].Name == name {
			return &specs[i]
		}
	}
	return nil
}

// Use is a feature or target that the model takes, and how: the dtype of its input, or for a target
// what its loss wants (int32 for the sparse ones). Numbers are converted; one that does not fit is an
// error. A last axis of one in Shape may be there or not; nil takes what comes.
type Use struct {
	Name  string
	DType string // float32, int32; "" for what the data is
	Shape []int  // of the model's input, for a last axis of one; may be nil
}

// Options are how a dataset is opened.
type Options struct {
	Seed    int64
	Workers int // goroutines that make batches ahead; 0 for 1

	// MemoryLimit is how many bytes of decoded data may be held; 0 for DefaultMemoryLimit.
	MemoryLimit int64

	// CacheDir is the folder where data that is larger than the limit is kept decoded; without one it is refused.
	CacheDir string

	// CacheLimit is how many bytes decoded data may take there, other than that in use; 0 for any number.
	CacheLimit int64

	// Version is that of the program: what another one has decoded is not used.
	Version string

	// Features and Targets are those to read, in the order of Batch's; nil for all of the dataset's.
	Features, Targets []Use

	// State is what was learned before, to be used instead of learning it again.
	State *State

	// Progress, where it is set, is told what has been done since it was told last: reading so many rows in all,
	// learning from them, transforming them.
	Progress func(stage string, rows int)

	// Downloads brings the files of a dataset that are fetched, and returns the folder that its relative paths start from.
	Downloads func(context.Context, []*dsl.Download) (string, error)

	// Takes tells, of a feature of OpenInput's, whether rows of another shape than was trained on will do; nil where none will.
	Takes func(feature string, row []int) bool
}

// DefaultMemoryLimit is the limit where Options has none.
const DefaultMemoryLimit = 8 << 30

// File is a data file that was read: path, size, SHA-256.
type File = source.File

// dtypes of tensors.
const (
	float32Type = "float32"
	int32Type   = "int32"
)

func dtypeOf(k column.Kind) string {
	switch k {
	case column.Float32:
		return float32Type
	case column.Int32:
		return int32Type
	}
	return ""
}
