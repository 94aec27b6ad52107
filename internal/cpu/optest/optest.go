// Package optest is the table of op cases and what every case is put through. An executor, a loss
// or an optimizer that is made of operations proves itself with the same table and the same checks.
//
// The cases of an operation stand in the file of its name, as the operation in builder/op and its
// kernel in internal/cpu do; each has a plain reference in float64, written for clarity. To add an
// operation's cases:
//
//	var _ = Add(Case{
//		Name: "relu",
//		Def:  op.Relu{},
//		In:   []Arg{Floats(3, 5)},
//		Want: func(in []Tensor) [][]float64 { return [][]float64{in[0].Map(func(x float64) float64 { return max(x, 0) })} },
//	})
//
// Check says what is checked. A kind of operation that has a kernel and no case fails a test.
package optest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/dlrun/dlrun/builder/op"
)

// Seed and Step are those of the context that cases run in, for references of random operations.
const (
	Seed = 0x5eed
	Step = 3
)

// Case is an operation, or an expression of several, with inputs.
type Case struct {
	Name string
	Def  op.Def // the operation; or
	// Build makes an expression. Its first result is differentiated; a result that only stands for
	// a change of inputs (an op.Mutator's of shape []) is run and not compared.
	Build   func(g *op.Graph, in []*op.Node) []*op.Node
	Mutates []int // the inputs that Build's expression changes
	In      []Arg
	// Want is the reference: the outputs, then what changed inputs become. Nil entries are not
	// compared. It may be left out where Build is made of operations that have their own cases.
	Want   func(in []Tensor) [][]float64
	NoGrad []int // inputs not to differentiate, besides those that Wrt excludes

	Tol     float64 // of float64 results, relative; 0 is 1e-11
	Tol32   float64 // of float32 results, relative to the largest; 0 is 1e-5
	TolGrad float64 // of finite differences, relative; 0 is 1e-6
}

// Arg is an input of a case: random values, the same for every run of the case.
type Arg struct {
	Shape  []int
	IsInt  bool
	Lo, Hi float64   // floats from Lo to Hi; integers from Lo to Hi-1
	Given  []float64 // these values instead
}

// Floats is an input of values from -1 to 1.
func Floats(shape ...int) Arg { return Arg{Shape: shape, Lo: -1, Hi: 1} }

// Ints is an input of integers from 0 to n-1.
func Ints(n int, shape ...int) Arg { return Arg{Shape: shape, IsInt: true, Hi: float64(n)} }

// From sets the range of values.
func (a Arg) From(lo, hi float64) Arg { a.Lo, a.Hi = lo, hi; return a }

// Values sets the values.
func (a Arg) Values(v ...float64) Arg { a.Given = v; return a }

func (a Arg) spec(dt op.Spec) op.Spec {
	s := op.Spec{Shape: a.Shape, DType: dt.DType}
	if a.IsInt {
		s.DType = op.Int32
	}
	return s
}

// Tensor is an input as a reference sees it: row-major.
type Tensor struct {
	Shape []int
	V     []float64
}

// Map is f of every element.
func (t Tensor) Map(f func(x float64) float64) []float64 {
	out := make([]float64, len(t.V))
	for i, x := range t.V {
		out[i] = f(x)
	}
	return out
}

// At is the element at the given indices.
func (t Tensor) At(i ...int) float64 { return t.V[t.Index(i...)] }

// Index is the place in V of the element at the given indices.
func (t Tensor) Index(i ...int) int {
	at := 0
	for k, d := range t.Shape {
		if i[k] < 0 || i[k] >= d {
			panic(fmt.Sprintf("optest: index %v of a tensor of shape %v", i, t.Shape))
		}
		at = at*d + i[k]
	}
	return at
}

// Zeros is a tensor of zeros.
func Zeros(shape ...int) Tensor {
	return Tensor{shape, make([]float64, op.Spec{Shape: shape}.Elems())}
}

var cases []Case

// Add puts cases into the table.
func Add(cs ...Case) bool {
	cases = append(cases, cs...)
	return true
}

// Cases is the table.
func Cases() []Case { return cases }

// values makes the inputs, which are exact in float32.
func (c *Case) values() []Tensor {
	h := uint64(0)
	for _, r := range c.Name {
		h = h*31 + uint64(r)
	}
	rng := rand.New(rand.NewPCG(h, 1))
	var out []Tensor
	for k, a := range c.In {
		t := Zeros(a.Shape...)
		if a.Given != nil && len(a.Given) != len(t.V) {
			panic(fmt.Sprintf("optest: %s: input %d of shape %v has %d values", c.Name, k, a.Shape, len(a.Given)))
		}
		for i := range t.V {
			switch {
			case a.Given != nil:
				t.V[i] = a.Given[i]
			case a.IsInt:
				t.V[i] = math.Floor(a.Lo + rng.Float64()*(a.Hi-a.Lo))
			default:
				t.V[i] = float64(float32(a.Lo + rng.Float64()*(a.Hi-a.Lo)))
			}
		}
		out = append(out, t)
	}
	return out
}

func (c *Case) title() string {
	if c.Def != nil && !strings.HasPrefix(c.Name, c.Def.Kind()) {
		return c.Def.Kind() + " " + c.Name
	}
	return c.Name
}
