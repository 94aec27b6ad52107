// Package dsl turns model files into a typed document: text -> blocks with names, references,
// variables and functions, every value keeping its source range.
//
// The document knows what the language page lists (dataset, model, train, block, ...) but not what
// a conv2d or a csv source accepts: the bodies of things that are named in a registry stay hcl.Body
// (see Named and Layer) until the package that owns the registry decodes them with dsl/schema.
//
// A module is one file or directory with its own variables, locals, imports and blocks; the root
// module is what the command line named, the others are what it imports.
package dsl

import (
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Document is a whole model file, or directory of files, with what it imports.
type Document struct {
	*Module
	Run      Run
	Datasets []*Dataset // in the order written, then those of imports that a train uses
	Models   []*Model   // in the order written, then those of imports that something uses
	Trains   []*Train   // in the order of their references, then of writing
	Files    map[string]*hcl.File
	Broken   bool // a file does not parse, so that things may be missing
}

// Run is the dlrun block: settings of the run as a whole.
type Run struct {
	Name string // of the run; default: the file's
	Seed int64
}

// Module is a file or directory with names of its own.
type Module struct {
	Path      string // as given: what messages call it
	Dir       string // what its relative paths start from
	Library   bool   // imported: its file functions stay below Dir
	Variables map[string]*Variable
	Imports   map[string]*Module
	Blocks    map[string]*Block
	Datasets  map[string]*Dataset // by the name that the module itself uses
	Models    map[string]*Model   // likewise

	base   *hcl.EvalContext // var, local, path, import, the functions; in the root also dataset, model, train
	paths  *hcl.EvalContext // base, where texts from the command line know what paths in them start from
	locals map[string]*hcl.Attribute
	broken bool              // it has errors: what uses it is not looked at
	texts  map[string][]byte // its files, by name without the folder
	reads  map[string][]byte // what its file functions read, by path from Dir
}

// Variable is an input of a module.
type Variable struct {
	Name        string
	Description string
	Type        cty.Type
	Nullable    bool
	Value       cty.Value // unknown where validate has no value for it
	DeclRange   hcl.Range
}

// Named is something that a registry knows by name, not decoded yet: `transform "rescaling" {...}`.
type Named struct {
	Kind      string
	KindRange hcl.Range
	DeclRange hcl.Range
	Body      hcl.Body
	Context   *hcl.EvalContext // the scope its expressions see
}

// Dataset is a dataset block.
type Dataset struct {
	Name          string // of one that is imported "IMPORT.NAME"
	DeclRange     hcl.Range
	Dir           string // what the relative paths in Source start from
	Source        Named
	Features      []*Column
	Targets       []*Column
	Weights       []*Weight
	Window        *Window     // nil where the block is left out
	Split         *Split      // nil where the block is left out
	Unknown       bool        // a `dynamic` block has a for_each without a value yet: blocks may be missing here
	Memory        int64       // bytes that the decoded data may take; 0 for a share of the machine's
	Oversample    string      // a target whose classes come equally often in training; "" for none
	OnError       string      // fail, skip or null
	Downloads     []*Download // files that are fetched; the relative paths in Source start from their folder
	OpenDownloads bool        // one depends on a variable without a value
	Ranges        map[string]hcl.Range
}

// Column is a feature or a target: one or several columns of the source (or one other feature) and
// the steps that turn them into a tensor.
type Column struct {
	Name         string
	DeclRange    hcl.Range
	Columns      []string // default: the column's own name
	ColumnsRange hcl.Range
	Steps        []Step // in the order written
	Shift        int    // of a target: how many rows later each step of a window is read
	After        *After // of a target: the rows after a window's end that it reads instead of the window's; or nil
	Unknown      bool   // which columns, or which steps, depends on a variable without a value (Columns is then nil)

	ahead map[string]hcl.Range // of shift and steps, where they are given
}

// Step is a transform (at training and prediction) or an augment (training only).
type Step struct {
	Named
	Augment bool

	// Together is 0 for a step of one column; else it says which of the dataset's own augment blocks it is,
	// from 1, whose draws are the same for all its columns. Mask is true where the column's elements are
	// class numbers, which have nothing between them.
	Together int
	Mask     bool
	Label    bool // the column is the label of the images
}

// Weight is a weight block: a column of sample weights, for all targets or one of several.
type Weight struct {
	Column    string
	Target    string // "" for all
	DeclRange hcl.Range

	targetRange hcl.Range
}

// Window is a window block: an example is Length rows, each Rate after the one before, and the next
// example begins Stride rows later.
type Window struct {
	Length, Stride, Rate int
	OrderBy, Group       string // columns; "" for none
	DeclRange            hcl.Range
	Ranges               map[string]hcl.Range // of the values given, by argument
	Unknown              bool                 // an argument has no value yet, or a wrong one
}

// Split is a split block. Fractions are of the rows that the source's train part has.
type Split struct {
	Validation float64
	Test       float64
	Stratify   string // a target or feature name; "" for none
	Group      string // a column; "" for none
	OrderBy    string // a column: the smallest values are for training; "" for none
	Column     string // a column that names the split of each row; "" for none
	Folds      int    // parts of a cross-validation; 0 for none
	Fold       int    // the one that is held out for validation, from 1
	DeclRange  hcl.Range
	Ranges     map[string]hcl.Range // of the values given, by argument
	Unknown    []string             // arguments that are given without a value yet, or with one that is wrong
}

// Carves tells whether rows are held out of the source's train part.
func (s *Split) Carves() bool {
	return s != nil && (s.Validation+s.Test > 0 || s.Folds > 0 || s.Column != "")
}

// Scope is what a model or block body sees besides the names that grow with its layers.
type Scope struct {
	Module  *Module
	Context *hcl.EvalContext // var, local, import, functions, dataset; for a block's body a child adds param
}

// Model is a model block.
type Model struct {
	Name      string // of one that is imported "IMPORT.NAME"
	DeclRange hcl.Range
	Scope     Scope
	Graph     Graph
}

// Block is a reusable piece of model.
type Block struct {
	Name        string
	Description string
	DeclRange   hcl.Range
	Params      []*Param
	Inputs      []string // the names of its inputs, where they do not depend on its params
	Scope       Scope
	Body        hcl.Body // see Expand: `dynamic` in it may use param

	mu   *sync.Mutex          // Expand adds to uses
	uses map[string]hcl.Range // the layer types that the body asks for
}

// Param is an argument of a block.
type Param struct {
	Name        string
	Description string
	Type        cty.Type
	Default     cty.Value // cty.NilVal where the block's user must give one
	Validations []Validation
	DeclRange   hcl.Range

	decl *declaration
}

// Validation is a rule on a variable or param.
type Validation struct {
	Condition    hcl.Expression
	ErrorMessage hcl.Expression
	DeclRange    hcl.Range
}

// Graph is the body of a model or block: inputs, layers in order, outputs.
type Graph struct {
	Inputs  []*Input
	Layers  []*Layer
	Outputs []*Output
	Losses  []*AddLoss
	Unknown bool // a `dynamic` block has a for_each without a value yet: blocks may be missing here
}

// Input is an input block. In a block's body Shape and DType are nil when left out.
type Input struct {
	Name      string
	DeclRange hcl.Range
	Shape     hcl.Expression
	DType     hcl.Expression
}

// Layer is a layer block: the meta-arguments taken apart, the rest as it was written. The
// expressions are nil where left out.
type Layer struct {
	Type      string // "dense", a block's name, "IMPORT.NAME", "model.NAME", "IMPORT.model.NAME" or "shared"
	TypeRange hcl.Range
	Name      string
	DeclRange hcl.Range

	Inputs               hcl.Expression
	Count                hcl.Expression
	ForEach              hcl.Expression
	Enabled              hcl.Expression
	Trainable            hcl.Expression
	InitialWeights       hcl.Expression
	InitialWeightsPrefix hcl.Expression
	Reuse                hcl.Expression

	Body hcl.Body // what the layer type itself accepts

	References     []hcl.Traversal // every name that the block mentions
	BodyReferences []hcl.Traversal // those in Body

	inner map[string]hcl.Range // the types of layers nested in the body
}

// Output is an output block.
type Output struct {
	Name      string
	DeclRange hcl.Range
	Value     hcl.Expression
}

// AddLoss is an add_loss block. Value is nil where it is missing, which has been reported.
type AddLoss struct {
	Name      string
	DeclRange hcl.Range
	Value     hcl.Expression
}

// Train is a train block.
type Train struct {
	Name       string
	DeclRange  hcl.Range
	Model      *Model
	ModelRange hcl.Range
	Data       *Dataset
	DataRange  hcl.Range
	Callbacks  []Named
	Checks     []*Check
	Unknown    bool     // a `dynamic` block has a for_each without a value yet: callbacks may be missing here
	Body       hcl.Body // loss, metrics, optimizer, epochs, ...: what the builder decodes
	Context    *hcl.EvalContext
	Module     *Module
}

// Check is a condition on the final metrics.
type Check struct {
	Name         string
	Condition    hcl.Expression
	ErrorMessage hcl.Expression
	DeclRange    hcl.Range
	Context      *hcl.EvalContext
}

// DataInfo answers what only the data knows. An answer that is not ok is "known after reading the
// data", and the expression that asked becomes unknown.
type DataInfo interface {
	VocabularySize(dataset, column string) (n int, ok bool, err error)
	NumClasses(dataset, column string) (n int, ok bool, err error)
	ClassNames(dataset, column string) (names []string, ok bool, err error)
	StepsPerEpoch(train string) (n int, ok bool, err error)
}
