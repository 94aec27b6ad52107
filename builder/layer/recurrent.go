package layer

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// recurrent is embedded by the layers that apply cells along a sequence: one of its own in lstm, gru and simple_rnn, those inside it in rnn.
// Several cells are stacked: the output of each is the input of the next.
type recurrent struct {
	cells []placed
	sequenceArgs
	Activity
}

// sequenceArgs are the arguments of all layers that go along a sequence.
type sequenceArgs struct {
	returnSequences   bool
	returnState       bool
	goBackwards       bool
	stateful          bool
	unroll            bool
	zeroOutputForMask bool
	mode
}

// placed is a cell and its path within the layer.
type placed struct {
	path string
	*cell
}

// oneCell is a recurrent layer that makes its cell itself.
func oneCell(k *cellKind) recurrent { return recurrent{cells: []placed{{k.name, &cell{kind: k}}}} }

// Bind binds the arguments besides those of the cells.
func (l *recurrent) Bind(b *schema.Block) {
	l.sequenceArgs.Bind(b)
	l.Activity.Bind(b)
}

// Bind binds the arguments.
func (l *sequenceArgs) Bind(b *schema.Block) {
	b.Bool(&l.returnSequences, "return_sequences", "Whether the outputs of all steps come out, and not only the last.", schema.Default(false))
	b.Bool(&l.returnState, "return_state", "Whether the states after the last step are further outputs.", schema.Default(false))
	b.Bool(&l.goBackwards, "go_backwards", "Whether the sequence is read from its end; the outputs are in the order of reading.", schema.Default(false))
	b.Bool(&l.stateful, "stateful", "Whether the states after a batch are those before the next one, place by place, through the epochs and through evaluations; they begin with zeros. A smaller batch has the first places.", schema.Default(false))
	b.Bool(&l.unroll, "unroll", "The steps are one operation either way. As in Keras on JAX, zero_output_for_mask is then of no effect.", schema.Default(false))
	b.Bool(&l.zeroOutputForMask, "zero_output_for_mask", "Whether the output of a masked step is 0, and not that of the step before.", schema.Default(false))
	l.mode.Bind(b)
}

// Validate refuses what is not there.
func (l *recurrent) Validate() error {
	for _, c := range l.cells {
		if err := c.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// states are the sizes of the states of all cells.
func (l *recurrent) states() []int {
	var out []int
	for _, c := range l.cells {
		out = append(out, c.states()...)
	}
	return out
}

// OutputCount is 1, and with return_state the states.
func (l *recurrent) OutputCount() int {
	if l.returnState {
		return 1 + len(l.states())
	}
	return 1
}

// Shape is [time, units] with return_sequences, else [units].
func (l *recurrent) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if err := wantRank(x, "time", "features"); err != nil {
		return x, err
	}
	features := x.Shape[1]
	for _, c := range l.cells {
		if err := c.fits(features); err != nil {
			return x, err
		}
		features = c.units
	}
	out := shape.Shape{features}
	if l.returnSequences {
		out = shape.Shape{x.Shape[0], features}
	}
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("units", err)
	}
	return shape.Of(out...), nil
}

// Shapes are that of the output, and with return_state those of the states, each [units].
func (l *recurrent) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	s, err := l.Shape(in)
	out := []shape.Spec{s}
	if l.returnState {
		for _, n := range l.states() {
			out = append(out, shape.Of(n))
		}
	}
	return out, err
}

// Weights are those of the cells, under their paths.
func (l *recurrent) Weights(in []shape.Spec) []Weight {
	var out []Weight
	features := in[0].Shape[1]
	for _, c := range l.cells {
		for _, w := range c.weights(features) {
			w.Name = c.path + "/" + w.Name
			out = append(out, w)
		}
		features = c.units
	}
	return out
}

// TensorArguments is initial_state.
func (l *recurrent) TensorArguments() []TensorArgument {
	return []TensorArgument{{
		Name: "initial_state", Help: "The states before the first step, in the order of return_state; zeros when left out.",
		Check: func(given, in []shape.Spec) error { return checkStates("initial_state", given, unitSpecs(l.states())) },
	}}
}

// Mask is the input's with return_sequences, as in Keras also where the outputs are in reverse.
func (l *recurrent) Mask(_ *Scope, _, masks []*op.Node) *op.Node {
	if !l.returnSequences || len(masks) == 0 {
		return nil
	}
	return masks[0]
}

// Build is the output alone.
func (l *recurrent) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll is one op for each cell.
func (l *recurrent) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	mask, initial := stepMask(s)
	return l.carry(s, in[0], mask, initial, false)
}

// States are those of the cells, where they go on.
func (l *recurrent) States([]shape.Spec) []State {
	if !l.stateful {
		return nil
	}
	var out []State
	for i, n := range l.states() {
		out = append(out, State{stateName(i), shape.Shape{n}})
	}
	return out
}

// stateName is what state i is called where states go on.
func stateName(i int) string { return fmt.Sprintf("rnn_state_%d", i) }

// kept are the states that were left by the batch before, n of them, of so many examples.
func (s *Scope) kept(batch, n int) []*op.Node {
	var out []*op.Node
	for i := range n {
		x := s.State(stateName(i))
		if s.Err() == nil && op.SpecOf(x).Shape[0] > batch {
			x = s.Apply(op.SliceAxis(op.SpecOf(x), 0, 0, batch), x)
		}
		out = append(out, x)
	}
	return out
}

// keep leaves the states to the next batch.
func (s *Scope) keep(states []*op.Node) {
	for i, x := range states {
		s.Always(s.Apply(op.Assign{}, s.State(stateName(i)), x))
	}
}

// carry is run with the states that go on, where they do.
func (l *recurrent) carry(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool) []*op.Node {
	return l.sequenceArgs.carry(s, x, mask, initial, aligned, len(l.states()), func(initial []*op.Node, states bool) []*op.Node {
		with := *l
		with.returnState = states
		return with.run(s, x, mask, initial, aligned)
	})
}

func (l *recurrent) copied() directed { c := *l; return &c }

func (l *recurrent) stateCount() int { return len(l.states()) }

func (l *recurrent) stateSpecs(shape.Spec) ([]shape.Spec, error) { return unitSpecs(l.states()), nil }

// zeroes tells whether the output of a masked step is 0.
func (l *sequenceArgs) zeroes() bool { return l.zeroOutputForMask && !l.unroll }

// sequence are the arguments.
func (l *sequenceArgs) sequence() *sequenceArgs { return l }

// carry calls run with the states that the batch before has left, where they go on, and keeps those that come out for the next.
func (l *sequenceArgs) carry(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool, states int, run func(initial []*op.Node, states bool) []*op.Node) []*op.Node {
	if !l.stateful || x == nil {
		return run(initial, l.returnState)
	}
	if len(initial) == 0 {
		initial = s.kept(op.SpecOf(x).Shape[0], states)
	}
	outs := run(initial, true)
	s.keep(outs[1:])
	if mask != nil && s.Err() == nil {
		outs[0] = l.begun(s, outs[0], mask, aligned)
	}
	if !l.returnState {
		return outs[:1]
	}
	return outs
}

// begun makes the outputs 0 that come before the first step that counts, as Keras does on TensorFlow and PyTorch; on JAX, where the state
// would be repeated, it does not carry states on.
func (l *sequenceArgs) begun(s *Scope, y, mask *op.Node, aligned bool) *op.Node {
	spec := op.SpecOf(mask)
	batch, time := spec.Shape[0], spec.Shape[1]
	seen := s.Apply(op.Compare{Fn: "greater", To: s.DType}, s.Apply(op.Scan{Fn: "cumsum", Axis: 1, Reverse: l.goBackwards}, mask),
		s.Apply(op.Constant{Shape: []int{1, 1}, Values: []float64{0}, To: s.DType}, mask))
	if s.Err() != nil {
		return nil
	}
	var rows []*op.Node // in the order of the outputs
	for n := range time {
		t := n
		if l.goBackwards && !aligned {
			t = time - 1 - n
		}
		if !l.returnSequences { // the last that is read
			if t = time - 1; l.goBackwards {
				t = 0
			}
		}
		rows = append(rows, s.Apply(op.SliceAxis(op.SpecOf(seen), 1, t, t+1), seen))
		if !l.returnSequences {
			break
		}
	}
	if len(rows) > 1 {
		seen = s.Apply(op.Concat{Axis: 1}, rows...)
	} else {
		seen = rows[0]
	}
	to := slices.Repeat([]int{1}, len(op.SpecOf(y).Shape))
	if to[0] = batch; l.returnSequences {
		to[1] = time
	}
	return s.Apply(op.Binary{Fn: "mul"}, y, reshaped(s, seen, to...))
}

// stepMask is the mask that the steps see, and the initial states. Keras hands a layer the mask of its input only where the input is the
// only tensor of the call (keras/src/layers/layer.py: __call__), so with initial_state every step counts; the mask still goes on with
// the output.
func stepMask(s *Scope) (mask *op.Node, initial []*op.Node) {
	if initial = s.Tensors["initial_state"]; len(initial) > 0 {
		return nil, initial
	}
	return s.Mask(), nil
}

// initialNote says what stepMask does.
const initialNote = "With initial_state every step counts, as in Keras: the input's mask only goes on with the output."

// run applies the cells. With aligned the outputs lie where their inputs do, also if the sequence is read from its end.
func (l *recurrent) run(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool) []*op.Node {
	outs := make([]*op.Node, 1, l.OutputCount())
	for i, c := range l.cells {
		if x == nil {
			return make([]*op.Node, l.OutputCount())
		}
		last := i == len(l.cells)-1
		r := op.Recurrent{
			Sequences: !last || l.returnSequences, States: l.returnState, Backwards: l.goBackwards, Aligned: l.goBackwards && (!last || aligned),
			ZeroMasked: last && l.zeroes(),
		}
		var states []*op.Node
		if len(initial) > 0 {
			states, initial = initial[:c.kind.states], initial[c.kind.states:]
		}
		first, count := 1, 1
		if r.Sequences {
			first = x.Shape()[1]
		}
		if r.States {
			count += c.kind.states
		}
		y := c.run(s.within(c.path), l.trains(s), r, x, mask, states)
		rows := rowsOf(s, y, first, count)
		if r.Sequences && first == 1 && rows[0] != nil { // a sequence of one step
			n := rows[0].Shape()
			rows[0] = s.Apply(op.Reshape{To: []int{n[0], 1, n[1]}}, rows[0])
		}
		x, outs[0] = rows[0], rows[0]
		outs = append(outs, rows[1:]...)
	}
	return outs
}

// within is the scope of a part of the layer that has weights and random streams of its own.
func (s *Scope) within(path string) *Scope {
	in := *s
	in.Path = s.Path + "/" + path
	in.Variable = func(name string) *op.Node { return s.Variable(path + "/" + name) }
	in.Random = func(purpose string) uint64 { return s.Random(path + "/" + purpose) }
	in.State = func(name string) *op.Node { return s.State(path + "/" + name) }
	in.Masks, in.Tensors = nil, nil
	return &in
}
