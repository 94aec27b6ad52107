// Package op holds the operations of our graphs and the one adapter through which they live in a
// gorgonia.ExprGraph and are differentiated by gorgonia.Grad.
//
// An operation is a plain struct of attributes (a Def) with a shape rule; if it can be
// differentiated it also has a gradient rule, written with other operations. What it computes is
// the business of the executors, which keep a kernel for each Kind. Every node is made by
// Graph.Apply, which guards against the ways a Gorgonia graph goes wrong in silence.
//
// The words: a node is a value in the graph; a spec is its shape (with the batch axis) and type; an
// operation with several outputs is one node, whose further outputs are got with Graph.Pick.
package op

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Node is a value in the graph.
type Node = gorgonia.Node

// The element types of nodes. Float64 is used by tests, which check gradients in it.
var (
	Float32 = tensor.Float32
	Float64 = tensor.Float64
	Int32   = tensor.Int32
)

// Spec is the shape, batch axis included, and element type of a node.
type Spec struct {
	Shape []int
	DType tensor.Dtype
}

// Elems is the number of elements; a scalar has one.
func (s Spec) Elems() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// Bytes is the memory that the elements take.
func (s Spec) Bytes() int { return s.Elems() * int(s.DType.Size()) }

// With is the same type with another shape.
func (s Spec) With(shape ...int) Spec { return Spec{append([]int(nil), shape...), s.DType} }

func (s Spec) String() string { return fmt.Sprintf("%v %v", s.Shape, s.DType) }

func (s Spec) hm() hm.Type {
	if len(s.Shape) == 0 {
		return s.DType
	}
	return gorgonia.TensorType{Dims: len(s.Shape), Of: s.DType}
}

// SpecOf is the spec of a node.
func SpecOf(n *Node) Spec { return Spec{append([]int(nil), n.Shape()...), n.Dtype()} }

// Def is what the author of an operation writes: attributes, and the shapes that follow from those
// of the inputs. Infer's errors name the shapes that met.
type Def interface {
	Kind() string // names the kernel: "conv2d", "conv2d.grad"
	Infer(in []Spec) ([]Spec, error)
}

// Differ is a Def that can be differentiated. Wrt tells for each of n inputs whether a gradient
// exists. Grad returns the gradients with respect to the inputs, nil where Wrt says false, given
// the gradient dy of output 0; output k of out is g.Pick(out, k).
type Differ interface {
	Def
	Wrt(n int) []bool
	Grad(g *Graph, in []*Node, out, dy *Node) []*Node
}

// Aliaser is a Def whose output is the storage of one of its inputs, seen otherwise.
type Aliaser interface{ AliasOf() int }

// Mutator is a Def whose kernel changes some of its inputs in place: running statistics, weights.
// Output 0 of such an op, where it is only a marker, has shape [] .
type Mutator interface{ Mutates() []int }

// Op is the only gorgonia.Op implementation of ours.
type Op struct {
	Def
	In, Outs []Spec
	Origin   Origin
	id       uint32
	graph    *Graph
}

// With is the same operation, on the same inputs, with another Def, whose outputs have the same specs: what a plan that joins
// operations makes of one.
func (o *Op) With(d Def) *Op {
	with := *o
	with.Def = d
	return &with
}

// Ending is With where the outputs are those of another operation, into which o's output went.
func (o *Op) Ending(d Def, last *Op) *Op {
	with := o.With(d)
	with.Outs = last.Outs
	return with
}

var ids atomic.Uint32

var _ gorgonia.SDOp = (*Op)(nil)

// Arity is the number of inputs.
func (o *Op) Arity() int { return len(o.In) }

// Type makes a new type at each call: Gorgonia puts it into a pool of its own afterwards.
func (o *Op) Type() hm.Type {
	ts := make([]hm.Type, 0, len(o.In)+1)
	for _, s := range o.In {
		ts = append(ts, s.hm())
	}
	return hm.NewFnType(append(ts, o.Outs[0].hm())...)
}

// InferShape is the shape of output 0.
func (o *Op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(o.Outs[0].Shape), nil
}

// Do is Gorgonia's own way of running an op, which nothing here uses.
func (o *Op) Do(...gorgonia.Value) (gorgonia.Value, error) {
	return nil, fmt.Errorf("%s runs in an executor of dlrun's, not in a Gorgonia machine", o.Kind())
}

// ReturnsPtr is part of gorgonia.Op.
func (o *Op) ReturnsPtr() bool { return true }

// CallsExtern is part of gorgonia.Op.
func (o *Op) CallsExtern() bool { return false }

// OverwritesInput is part of gorgonia.Op.
func (o *Op) OverwritesInput() int { return -1 }

// WriteHash gives each op an identity of its own: Gorgonia merges nodes of equal hash.
func (o *Op) WriteHash(h hash.Hash) {
	fmt.Fprintf(h, "%s|", o.Kind())
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], o.id)
	h.Write(b[:])
}

// Hashcode is WriteHash in 32 bits.
func (o *Op) Hashcode() uint32 { h := fnv.New32a(); o.WriteHash(h); return h.Sum32() }

func (o *Op) String() string { return o.Kind() }

// DiffWRT has one entry per input: Gorgonia takes nil for "unreachable".
func (o *Op) DiffWRT(n int) []bool {
	if d, ok := o.Def.(Differ); ok {
		return d.Wrt(n)
	}
	return make([]bool, n)
}

// SymDiff applies the gradient rule.
func (o *Op) SymDiff(in gorgonia.Nodes, out, dy *Node) (gorgonia.Nodes, error) {
	d, ok := o.Def.(Differ)
	if !ok {
		return nil, fmt.Errorf("%s has no gradient", o.Kind())
	}
	g := &Graph{G: out.Graph(), origin: o.Origin.gradient()}
	grads := d.Grad(g, in, out, dy)
	if g.err == nil && len(grads) != len(in) {
		return nil, fmt.Errorf("%s has %d inputs and %d gradients", o.Kind(), len(in), len(grads))
	}
	if g.err == nil {
		o.graph.contribute(in, grads, o.DiffWRT(len(in)))
	}
	return grads, g.err
}

// Graph makes nodes. The first error sticks: after it every method returns nil, and Err tells it,
// so that a layer can be written as a sequence of expressions.
type Graph struct {
	G     *gorgonia.ExprGraph
	DType tensor.Dtype // of the floating-point inputs it makes
	err   error
	terms map[*Node][]*Node // while differentiating: what each node's gradient is the sum of

	origin Origin // of the nodes that are made
}

// NewGraph makes an empty graph whose weights and values are of the given float type.
func NewGraph(dt tensor.Dtype) *Graph {
	return &Graph{G: gorgonia.NewGraph(), DType: dt}
}

// Err is the first error met.
func (g *Graph) Err() error { return g.err }

// Fail records an error, unless there was one.
func (g *Graph) Fail(err error) *Node {
	if g.err == nil {
		g.err = err
	}
	return nil
}

// Input makes an input node. Names are unique within a graph.
func (g *Graph) Input(name string, dt tensor.Dtype, shape ...int) *Node {
	if len(shape) == 0 {
		return gorgonia.NewScalar(g.G, dt, gorgonia.WithName(name))
	}
	return gorgonia.NewTensor(g.G, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// Apply makes a node that applies d to the inputs.
func (g *Graph) Apply(d Def, in ...*Node) *Node {
	if g.err != nil {
		return nil
	}
	specs := make([]Spec, len(in))
	for i, n := range in {
		if n == nil {
			return g.Fail(fmt.Errorf("%s: input %d is missing", d.Kind(), i))
		}
		specs[i] = SpecOf(n)
	}
	outs, err := d.Infer(specs)
	if err != nil {
		return g.Fail(fmt.Errorf("%s: %w", d.Kind(), err))
	}
	o := &Op{Def: d, In: specs, Outs: outs, Origin: g.origin, id: ids.Add(1), graph: g}
	n, err := gorgonia.ApplyOp(o, append([]*Node(nil), in...)...) // Gorgonia keeps and edits the slice
	if err != nil {
		return g.Fail(fmt.Errorf("%s: %w", d.Kind(), err))
	}
	if n.Op() != gorgonia.Op(o) {
		return g.Fail(fmt.Errorf("%s: Gorgonia merged it with another node of the same hash", d.Kind()))
	}
	return n
}

// Pick is output k of a node with several outputs.
func (g *Graph) Pick(n *Node, k int) *Node {
	if g.err != nil || k == 0 {
		return n
	}
	o, ok := n.Op().(*Op)
	if !ok || k >= len(o.Outs) {
		return g.Fail(fmt.Errorf("%v has no output %d", n, k))
	}
	return g.Apply(Pick{K: k, spec: o.Outs[k]}, n)
}

// Pick stands for one of the further outputs of its input. It computes nothing.
type Pick struct {
	K    int
	spec Spec
}

// Kind is "pick".
func (Pick) Kind() string { return "pick" }

// Infer is the spec of the output picked.
func (p Pick) Infer([]Spec) ([]Spec, error) { return []Spec{p.spec}, nil }

// Children are the inputs of a node, in order.
func Children(n *Node) []*Node {
	it := n.Graph().From(n.ID())
	if it == nil {
		return nil
	}
	out := make([]*Node, 0, it.Len())
	for it.Next() {
		out = append(out, it.Node().(*Node))
	}
	return out
}

// All returns n times true: what Wrt says of an op that has a gradient for every input.
func All(n int) []bool {
	b := make([]bool, n)
	for i := range b {
		b[i] = true
	}
	return b
}
