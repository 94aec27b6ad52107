// Package expr compiles the tensor expressions of a model file: what stands in a lambda layer, in
// add_loss, in the mask of a lambda.
//
// An expression is never evaluated: its syntax tree is walked once, when the model is. What is a constant
// (numbers, params, shapes) is computed by HCL; what touches a tensor becomes a Tensor, which knows its
// shape and type and how it is built in a graph of any batch size. A mistake points at the part of the
// expression that it is in.
//
// The words used here: a Dim is the size of an axis, the batch included; a leaf is a tensor that an
// expression is given (a layer's output, an input); a Function is one that a file calls as ops::NAME or
// random::NAME, with the arguments of Keras' function of that name.
package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

// Dim is the size of an axis: N times the B-th power of the size of the batch. N is negative where the
// size is not known yet.
type Dim struct{ N, B int }

// Batch is the size of the batch.
var Batch = Dim{1, 1}

// unknown is a size that depends on data which has not been read.
var unknown = Dim{N: shape.Unknown}

// Size is a size that does not depend on the batch; shape.Unknown is a size that is not known.
func Size(n int) Dim {
	if n < 0 {
		return unknown
	}
	return Dim{N: n}
}

func (d Dim) known() bool { return d.N >= 0 }

// fixed tells whether the size is a known number.
func (d Dim) fixed() bool { return d.N >= 0 && d.B == 0 }

// at is the size for a batch of n.
func (d Dim) at(n int) int {
	out := d.N
	for range d.B {
		out *= n
	}
	return out
}

func (d Dim) times(e Dim) Dim {
	switch {
	case !d.known() || !e.known():
		return unknown
	case d.N*e.N == 0:
		return Size(0)
	}
	return Dim{d.N * e.N, d.B + e.B}
}

func (d Dim) plus(e Dim) Dim {
	switch {
	case d == Size(0):
		return e
	case e == Size(0):
		return d
	case d.known() && e.known() && d.B == e.B:
		return Dim{d.N + e.N, d.B}
	}
	return unknown
}

func (d Dim) String() string {
	switch {
	case !d.known():
		return "null"
	case d.B == 0:
		return fmt.Sprint(d.N)
	}
	s := strings.Repeat("·batch", d.B)
	if d.N == 1 {
		return s[len("·"):]
	}
	return fmt.Sprint(d.N) + s
}

// Shape is the size of each axis, the batch included.
type Shape []Dim

func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (s Shape) at(batch int) []int {
	out := make([]int, len(s))
	for i, d := range s {
		out[i] = d.at(batch)
	}
	return out
}

// elems is the product of the sizes.
func (s Shape) elems() Dim {
	n := Size(1)
	for _, d := range s {
		n = n.times(d)
	}
	return n
}

// Kind is the type of a tensor's elements. A Bool is a float in the graph, 1 or 0.
type Kind string

// The types of elements.
const (
	Float Kind = "float32"
	Int   Kind = "int32"
	Bool  Kind = "bool"
)

// Tensor is a value of an expression that is computed in the graph.
type Tensor struct {
	Shape Shape
	Kind  Kind

	source   any       // of a leaf: the caller's name for it
	constant []float64 // of a constant: its elements, or the one that they all are
	origin   string    // of a leaf: what messages call it
	in       []*Tensor
	make     func(s *Scope, in []*op.Node) *op.Node
}

// Leaf is a tensor that an expression is given. source is what Scope.Leaf is asked for; origin is what
// messages call it; the shape is without the batch axis.
func Leaf(source any, origin string, spec shape.Spec) *Tensor {
	t := &Tensor{Shape: Shape{Batch}, Kind: Float, source: source, origin: origin}
	if spec.DType == shape.Int32 {
		t.Kind = Int
	}
	for _, d := range spec.Shape {
		t.Shape = append(t.Shape, Size(d))
	}
	return t
}

// Spec is the tensor without its batch axis, as a layer's output; it is an error where there is no batch
// axis.
func (t *Tensor) Spec() (shape.Spec, error) {
	if len(t.Shape) == 0 || t.Shape[0] != Batch && t.Shape[0].known() {
		return shape.Spec{}, fmt.Errorf("the value has the shape %s, and the first axis of a layer's output is the batch: %s", t.Shape, t.Shape.remedy())
	}
	out := shape.Spec{Shape: shape.Shape{}, DType: shape.Float32, Known: true}
	if t.Kind == Int {
		out.DType = shape.Int32
	}
	for i, d := range t.Shape[1:] {
		if d.B > 0 {
			return shape.Spec{}, fmt.Errorf("the value has the shape %s, whose axis %d depends on the size of the batch", t.Shape, i+1)
		}
		out.Shape = append(out.Shape, d.N)
	}
	return out, nil
}

// remedy says how a value of a shape whose first axis is not the batch becomes the output of a layer.
func (s Shape) remedy() string {
	if len(s) > 0 && s[0].B > 0 {
		return "what has several rows for each example belongs into one expression with what makes one row of them"
	}
	if i := slices.Index(s, Batch); i > 0 {
		return fmt.Sprintf("ops::moveaxis(x, %d, 0) puts the batch first", i)
	}
	return "ops::broadcast_to(x, [null, ...]) repeats it for each example, and add_loss takes what is one number"
}

// describe is the tensor as messages name it.
func (t *Tensor) describe() string {
	kind := ""
	if t.Kind != Float {
		kind = " " + string(t.Kind)
	}
	if t.origin != "" {
		return fmt.Sprintf("%s, of shape %s%s", t.origin, t.Shape, kind)
	}
	return fmt.Sprintf("shape %s%s", t.Shape, kind)
}

// Scope is what an expression is built into: one use of it in one graph.
type Scope struct {
	*op.Graph
	Batch  int
	Anchor *op.Node                    // a node of the graph that constants hang on
	Leaf   func(source any) *op.Node   // the node of a leaf
	Random func(purpose string) uint64 // a random stream of this use

	nodes map[*Tensor]*op.Node
}

// Build makes the tensor's node.
func (s *Scope) Build(t *Tensor) *op.Node {
	if s.Err() != nil {
		return nil
	}
	if n := s.nodes[t]; n != nil {
		return n
	}
	var n *op.Node
	if t.make == nil {
		n = s.Leaf(t.source)
	} else {
		in := make([]*op.Node, len(t.in))
		for i, x := range t.in {
			in[i] = s.Build(x)
		}
		if s.Err() != nil {
			return nil
		}
		n = t.make(s, in)
	}
	if s.Err() != nil {
		return nil
	}
	if got, want := op.SpecOf(n), t.Shape.at(s.Batch); !equalShapes(got.Shape, want) || (got.DType == op.Int32) != (t.Kind == Int) {
		return s.Fail(fmt.Errorf("an expression promised %v of %s and built %v", want, t.Kind, got))
	}
	if s.nodes == nil {
		s.nodes = map[*Tensor]*op.Node{}
	}
	s.nodes[t] = n
	return n
}

// equalShapes takes any size for one that was not known when the expression was compiled.
func equalShapes(got, want []int) bool {
	if len(got) != len(want) {
		return false
	}
	for i, d := range want {
		if d >= 0 && got[i] != d {
			return false
		}
	}
	return true
}

// Whole is the tensor as others see it: truths are floats.
func (t *Tensor) Whole() *Tensor {
	if t.Kind == Bool {
		return t.as(Float)
	}
	return t
}

// Truth is 1 where the tensor is not 0, and 0 elsewhere.
func (t *Tensor) Truth() *Tensor { return t.as(Bool).as(Float) }

// Total is the sum of all elements, a float without axes.
func (t *Tensor) Total() *Tensor {
	axes := make([]int, len(t.Shape))
	for i := range axes {
		axes[i] = i
	}
	return reduce("sum", t.as(Float), axes, false)
}
