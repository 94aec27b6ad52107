package layer

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// cell is what a recurrent layer applies at each step: the arguments that lstm shares with lstm_cell, and so on.
type cell struct {
	kind *cellKind

	units            int
	activation       activation.Activation
	gate             activation.Activation // recurrent_activation
	useBias          bool
	kernel           WeightArgs
	recurrent        WeightArgs
	bias             WeightArgs
	dropout          float64
	recurrentDropout float64
	seed             *int

	forgetBias bool // of an lstm
	resetAfter bool // of a gru
}

// cellKind is what tells one kind of cell from the others.
type cellKind struct {
	name          string // of the cell's layer, and of the cell in a layer that makes its own
	gates, states int
	gated         bool                           // whether there is a recurrent_activation, and each gate drops for itself
	bind          func(c *cell, b *schema.Block) // the arguments that only this kind has
	bias          func(c *cell) Weight           // its shape and initializer
	op            func(c *cell, r op.Recurrent) op.Def
	step          stepFunc
}

func (c *cell) Bind(b *schema.Block) {
	b.Int(&c.units, "units", "Number of outputs.", schema.AtLeast(1), schema.MayBeUnknown())
	schema.Choose(b, &c.activation, "activation", "Activation of candidates and outputs; \"linear\" for none.", activation.Registry, schema.Default("tanh"))
	if c.kind.gated {
		schema.Choose(b, &c.gate, "recurrent_activation", "Activation of the gates.", activation.Registry, schema.Default("sigmoid"))
	}
	b.Bool(&c.useBias, "use_bias", "Whether a bias is added.", schema.Default(true))
	c.kernel.Bind(b, "kernel", "glorot_uniform")
	c.recurrent.Bind(b, "recurrent", "orthogonal")
	c.bias.Bind(b, "bias", "zeros")
	if c.kind.bind != nil {
		c.kind.bind(c, b)
	}
	bindRecurrentDropout(b, &c.dropout, &c.recurrentDropout, &c.seed)
}

// bindRecurrentDropout binds what recurrent layers drop.
func bindRecurrentDropout(b *schema.Block, input, state *float64, seed **int) {
	b.Float(input, "dropout", "Share of the inputs that are dropped in training, the same ones at each step.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.0))
	b.Float(state, "recurrent_dropout", "Share of the state that is dropped in training on its way into the next step, the same at each.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.0))
	*seed = nil
	b.OptInt(seed, "seed", "Seed of the draws; they follow from the run's seed and the layer's path when left out.")
}

// bindCuDNN binds use_cudnn, which says nothing here.
func bindCuDNN(b *schema.Block) {
	var v cty.Value
	b.Value(&v, "use_cudnn", "Of no effect: \"auto\", true or false, the sequence is one operation with the same numbers.", func(v cty.Value) error {
		if v.Type() != cty.Bool && (v.Type() != cty.String || v.AsString() != "auto") {
			return fmt.Errorf("\"auto\", true or false is wanted, got %s", schema.Show(v))
		}
		return nil
	}, schema.Default("auto"))
}

// Validate refuses activations that no cell can have.
func (c *cell) Validate() error { return checkSteps(c.activation, c.gate) }

// curve is an activation as a recurrent operation wants it, if it has it: a is built in a graph of its own to see which function it is.
func curve(a activation.Activation) (op.Unary, error) {
	if a == nil {
		return op.Unary{}, nil
	}
	g := op.NewGraph(op.Float32)
	x := g.Input("x", op.Float32, 1)
	y := a.Build(g, x)
	if err := g.Err(); err != nil {
		return op.Unary{}, err
	}
	if y == x {
		return op.Unary{}, nil
	}
	if o, ok := y.Op().(*op.Op); ok && op.Children(y)[0] == x {
		if u, ok := o.Def.(op.Unary); ok && op.CheckCurve(u) == nil {
			return u, nil
		}
	}
	return op.Unary{}, errors.New("an activation that is not op.Recurrent's")
}

// weights are kernel [features, gates·units], recurrent_kernel [units, gates·units] and bias.
func (c *cell) weights(features int) []Weight {
	wide := times(c.kind.gates, c.units)
	w := []Weight{
		{Name: "kernel", Shape: shape.Shape{features, wide}, Args: c.kernel},
		{Name: "recurrent_kernel", Shape: shape.Shape{c.units, wide}, Args: c.recurrent},
	}
	if c.useBias {
		w = append(w, c.kind.bias(c))
	}
	return w
}

// times multiplies a dimension that may be unknown.
func times(n, dim int) int {
	if dim == shape.Unknown {
		return dim
	}
	return n * dim
}

// fits checks what the weights' sizes are.
func (c *cell) fits(features int) error {
	for _, w := range c.weights(features) {
		if err := wantSize("a "+w.Name, w.Shape); err != nil {
			return schema.At("units", err)
		}
	}
	return nil
}

// run applies the cell along x [batch, time, features]; the result is output 0 of op.Recurrent. r says what is to come out. The scope
// is the cell's own; trains tells whether to drop.
func (c *cell) run(s *Scope, trains bool, r op.Recurrent, x, mask *op.Node, initial []*op.Node) *op.Node {
	var whole bool
	r.Activation, r.Gate, whole = isCurves(c.activation, c.gate)
	drops := func(rate float64) bool { return drops(trains, rate) || trains && rate == 1 && !c.kind.gated }
	kernel := s.Weight("kernel")
	var bias *op.Node
	if c.useBias {
		bias = s.Weight("bias")
	}
	r.Dropout = drops(c.recurrentDropout)
	r.Projected = r.Dropout && c.kind.gated && drops(c.dropout)
	switch {
	case r.Projected:
		x, bias = c.project(s, x, kernel, bias)
	case drops(c.dropout):
		x = c.dropInput(s, x, "dropout")
	}
	if !whole {
		return c.writeOut(s, r, x, mask, bias, initial)
	}
	args := []*op.Node{x, s.Weight("recurrent_kernel")}
	if !r.Projected {
		args = append(args, kernel)
	}
	if r.Bias = bias != nil; r.Bias {
		args = append(args, bias)
	}
	if r.Mask = mask != nil; r.Mask {
		args = append(args, mask)
	}
	if r.Dropout {
		args = append(args, c.stateDropout(s, x))
	}
	if r.Initial = len(initial) > 0; r.Initial {
		args = append(args, initial...)
	}
	return s.Apply(c.kind.op(c, r), args...)
}

// drops tells whether cells with gates drop: as Keras', not at a rate of 1.
func drops(trains bool, rate float64) bool { return trains && rate > 0 && rate < 1 }

// drop is a dropout with the layer's own seed, where it has one.
func drop(s *Scope, rate float64, purpose string, seed *int, noise []int) op.Dropout {
	d := op.Dropout{Rate: rate, Stream: s.Random(purpose), Noise: noise}
	if seed != nil {
		d.OwnSeed, d.Seed = true, uint64(*seed)
	}
	return d
}

// dropInput drops the same inputs at each step.
func (c *cell) dropInput(s *Scope, x *op.Node, purpose string) *op.Node {
	if x == nil {
		return nil
	}
	n := x.Shape()
	return s.Apply(drop(s, c.dropout, purpose, c.seed, []int{n[0], 1, n[2]}), x)
}

// stateDropout is what the state is multiplied by on its way into each gate: [gates, batch, units].
func (c *cell) stateDropout(s *Scope, x *op.Node) *op.Node {
	if x == nil {
		return nil
	}
	batch := x.Shape()[0]
	to := []int{c.kind.gates, batch, c.units}
	one := s.Apply(op.Reshape{To: []int{1, batch, 1}}, ones(s, x, 1))
	return s.Apply(drop(s, c.recurrentDropout, "recurrent_dropout", c.seed, nil), s.Apply(op.BroadcastTo{To: to}, one))
}

// project multiplies x by the kernel, with a dropout of its own for each gate, as Keras does where the state is dropped too. The bias
// that is returned is what is left for the recurrent operation to add.
func (c *cell) project(s *Scope, x, kernel, bias *op.Node) (projected, rest *op.Node) {
	if x == nil || kernel == nil {
		return nil, nil
	}
	if bias != nil && len(bias.Shape()) == 2 {
		bias, rest = c.biasRow(s, bias, 0), c.biasRow(s, bias, 1)
	}
	var gates []*op.Node
	for g := range c.kind.gates {
		from, to := g*c.units, (g+1)*c.units
		args := []*op.Node{c.dropInput(s, x, fmt.Sprintf("dropout_%d", g)), s.Apply(op.SliceAxis(op.SpecOf(kernel), 1, from, to), kernel)}
		if bias != nil {
			args = append(args, s.Apply(op.SliceAxis(op.SpecOf(bias), 0, from, to), bias))
		}
		gates = append(gates, s.Apply(op.Dense{Bias: bias != nil}, args...))
	}
	return s.Apply(op.Concat{Axis: 2}, gates...), rest
}

// cellLayer is a cell as a layer of its own: one step, from states that are given.
type cellLayer struct {
	cell
	mode
}

// cellOf is how an rnn finds the cell inside it.
func (l *cellLayer) cellOf() *cell { return &l.cell }

func (l *cellLayer) bind(b *schema.Block) {
	l.cell.Bind(b)
	l.mode.Bind(b)
}

// TensorArguments is states, those before the step.
func (l *cellLayer) TensorArguments() []TensorArgument {
	return []TensorArgument{{Name: "states", Help: "The states before the step, as many as the cell has; zeros when left out.", Check: func(given, _ []shape.Spec) error {
		return checkStates("states", given, unitSpecs(l.states()))
	}}}
}

func (c *cell) states() []int {
	out := make([]int, c.kind.states)
	for i := range out {
		out[i] = c.units
	}
	return out
}

// unitSpecs are states of so many units each.
func unitSpecs(units []int) []shape.Spec {
	var out []shape.Spec
	for _, n := range units {
		out = append(out, shape.Of(n))
	}
	return out
}

// checkStates holds the specs of states against those that are wanted.
func checkStates(arg string, given, want []shape.Spec) error {
	if len(given) != len(want) {
		return schema.Atf(arg, "%s has %d tensors, and the layer %d states", arg, len(given), len(want))
	}
	for i, g := range given {
		if err := wantFloats(g); err != nil {
			return schema.At(arg, err)
		}
		if w := want[i].Shape; !g.Shape.Fits(w) && !w.Fits(g.Shape) {
			return schema.Atf(arg, "tensor %d of %s has shape %s, the state has %s", i, arg, g.Shape, w)
		}
	}
	return nil
}

// OutputCount is the output and the states.
func (l *cellLayer) OutputCount() int { return 1 + l.kind.states }

// Shape replaces the features by units.
func (l *cellLayer) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if err := wantRank(x, "features"); err != nil {
		return x, fmt.Errorf("%w: a cell does one step; put it inside an rnn for a sequence", err)
	}
	return shape.Of(l.units), l.fits(x.Shape[0])
}

// Shapes are those of the output and of the states, which are the same.
func (l *cellLayer) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	s, err := l.Shape(in)
	out := make([]shape.Spec, l.OutputCount())
	for i := range out {
		out[i] = s
	}
	return out, err
}

// Weights are those of the cell.
func (l *cellLayer) Weights(in []shape.Spec) []Weight { return l.weights(in[0].Shape[0]) }

// Build is the output alone.
func (l *cellLayer) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll is a sequence of one step.
func (l *cellLayer) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	x := in[0]
	n := x.Shape()
	if len(n) != 2 {
		return []*op.Node{s.Fail(errors.New("a cell wants an input of [batch, features]"))}
	}
	y := l.run(s, l.trains(s), op.Recurrent{States: true}, s.Apply(op.Reshape{To: []int{n[0], 1, n[1]}}, x), nil, s.Tensors["states"])
	return rowsOf(s, y, 1, 1+l.kind.states)
}

// rowsOf are the rows of n [batch, rows, units] as values of their own: the first as [batch, first, units], or [batch, units] where
// first is 1, and each further one as [batch, units].
func rowsOf(s *Scope, n *op.Node, first, count int) []*op.Node {
	out := make([]*op.Node, count)
	if n == nil {
		return out
	}
	spec := op.SpecOf(n)
	flat := []int{spec.Shape[0], spec.Shape[2]}
	for i := range out {
		from, to := 0, first
		if i > 0 {
			from, to = first+i-1, first+i
		}
		out[i] = n
		if to-from < spec.Shape[1] {
			out[i] = s.Apply(op.SliceAxis(spec, 1, from, to), n)
		}
		if to-from == 1 {
			out[i] = s.Apply(op.Reshape{To: flat}, out[i])
		}
	}
	return out
}
