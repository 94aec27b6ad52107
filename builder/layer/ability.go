package layer

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// What follows are the optional abilities of a layer, found by type assertion.

// MultiOutput is a layer with several outputs (an lstm with return_state): layer.x.outputs[k].
// Shape and Build then stand for the first alone and are not called.
type MultiOutput interface {
	// OutputCount is how many there are; it follows from the arguments alone.
	OutputCount() int
	// Shapes are the outputs that follow from the inputs, in Keras' order.
	Shapes(in []shape.Spec) ([]shape.Spec, error)
	// BuildAll makes them.
	BuildAll(s *Scope, in []*op.Node) []*op.Node
}

// Masker is a layer that makes or changes a mask: a node [batch, time] of the graph's float type
// that is 1 where a step counts and 0 where it does not.
type Masker interface {
	// Mask is the mask of the output, or nil for none. masks are those of the inputs, nil where
	// there is none; Build ran before.
	Mask(s *Scope, in, masks []*op.Node) *op.Node
}

// MaskPasser is a layer that hands the mask of its first input on unchanged, as Keras' layers with
// supports_masking do. Of other layers, but Maskers, the output has no mask.
type MaskPasser interface{ PassesMask() }

// Masking is embedded by layers that hand their input's mask on.
type Masking struct{}

// PassesMask implements MaskPasser.
func (Masking) PassesMask() {}

// TensorArguments is a layer whose call takes tensors besides its inputs, as attributes:
// initial_state = [layer.a], attention_mask = layer.m. They are in Scope.Tensors when it builds.
type TensorArguments interface {
	// TensorArguments names the attributes, with help for the reference.
	TensorArguments() []TensorArgument
}

// Callable is a layer whose call takes arguments that are no tensors, as attributes: training. Where it is applied again each use has its own.
type Callable interface {
	// CallArguments binds them.
	CallArguments(b *schema.Block)
}

// Again is a copy of l for another use, with the arguments of its call still to be decoded; nil where it has none.
func Again(l Layer) interface {
	Layer
	Callable
} {
	if _, ok := l.(Callable); !ok {
		return nil
	}
	v := reflect.ValueOf(l).Elem()
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c.Interface().(interface {
		Layer
		Callable
	})
}

// TensorArgument is one such attribute: a layer or input, or a list of them.
type TensorArgument struct {
	Name, Help string
	// Check holds the given tensors against the inputs; nil takes any.
	Check func(given, in []shape.Spec) error
}

// Expressive is a layer that expressions of the file compute: lambda. Its inputs are the tensors that
// they mention, in the order in which given was first asked for each.
type Expressive interface {
	// Expressions are those to compile; nil for one that was left out.
	Expressions() []hcl.Expression
	// Compile compiles them, each in a context of its own, before Shape is asked. The leaves that given
	// returns have their place among the inputs as source.
	Compile(ctx []*hcl.EvalContext, given expr.Given) hcl.Diagnostics
	// Partial tells whether they depend on what is not known yet.
	Partial() bool
}

// Stateful is a layer that keeps values from batch to batch, for each place in the batch. They begin with zeros; Build reads them with
// Scope.State and changes them with op.Assign and Scope.Always.
type Stateful interface {
	// States are what it keeps; nil for nothing.
	States(in []shape.Spec) []State
}

// State is one such value.
type State struct {
	Name  string
	Shape shape.Shape // without the batch
}

// Wrapper is a layer that holds others, written as nested layer blocks: bidirectional, rnn.
type Wrapper interface {
	// Wrap takes the nested layers, in order, before Shape is asked. Use schema.At to point at an
	// argument of the wrapper; an Inner's own Where is for what is wrong with it.
	Wrap(inner []Inner) error
}

// Inner is a layer inside a Wrapper, decoded.
type Inner struct {
	Type, Name string
	Layer      Layer
	Args       *schema.Decoded
	Where      hcl.Range
}

// Totalling is a layer that can make one number of the whole batch, where the block that it stands in may have such an output.
type Totalling interface {
	// AllowTotal says so, before the shapes are asked for.
	AllowTotal()
	// Total tells whether the output is one number: its shape is then [], without a batch.
	Total() bool
}
