package layer

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// convLSTM is embedded by conv_lstm1d, conv_lstm2d and conv_lstm3d, after keras/src/layers/rnn/conv_lstm.py: an lstm whose products are
// convolutions.
type convLSTM struct {
	windowArgs
	filters          int
	gate             activation.Activation // recurrent_activation
	kernel           WeightArgs
	recurrent        WeightArgs
	forgetBias       bool
	dropout          float64
	recurrentDropout float64
	seed             *int
	sequenceArgs
}

const convLSTMCell = "conv_lstm_cell/"

func (l *convLSTM) schema(b *schema.Block, rank int) {
	l.rank = rank
	b.Doc(fmt.Sprintf("Reads a sequence of %s step by step as an lstm does, with convolutions instead of products.", [...]string{"lines", "images", "volumes"}[rank-1]),
		fmt.Sprintf("keras.layers.ConvLSTM%dD", rank),
		"The input is convolved at all steps at once; what follows is one operation. With return_state the outputs are the sequence or its last step, then the states h and c.", initialNote)
	b.Int(&l.filters, "filters", "Number of output channels.", schema.AtLeast(1), schema.MayBeUnknown())
	l.kernelSize.bind(b, rank, "kernel_size", "Size of the windows over input and state.", schema.AtLeast(1))
	l.strides.bind(b, rank, "strides", "Step of the window over the input.", schema.AtLeast(1), schema.Default(1))
	bindPaddings(b, &l.padding)
	l.bindFormatAs(b, "axis 2, after batch and time, of states axis 1")
	l.dilationRate.bind(b, rank, "dilation_rate", "Distance of neighbouring cells of the window over the input.", schema.AtLeast(1), schema.Default(1))
	schema.Choose(b, &l.activation, "activation", "Activation of candidates and outputs; \"linear\" for none.", activation.Registry, schema.Default("tanh"))
	schema.Choose(b, &l.gate, "recurrent_activation", "Activation of the gates.", activation.Registry, schema.Default("sigmoid"))
	b.Bool(&l.useBias, "use_bias", "Whether a bias is added.", schema.Default(true))
	l.kernel.Bind(b, "kernel", "glorot_uniform")
	l.recurrent.Bind(b, "recurrent", "orthogonal")
	l.bias.Bind(b, "bias", "zeros")
	b.Bool(&l.forgetBias, "unit_forget_bias", "Whether the bias of the forget gate starts with ones.", schema.Default(true))
	bindRecurrentDropout(b, &l.dropout, &l.recurrentDropout, &l.seed)
	l.sequenceArgs.Bind(b)
	l.Activity.Bind(b)
}

// movesChannels implements ownFormat: the axis of time comes before the channels, and there are states.
func (l *convLSTM) movesChannels() {}

// Validate refuses what Keras refuses whatever the input is, and activations that no cell can have.
func (l *convLSTM) Validate() error {
	if err := l.checkWindow(true); err != nil {
		return err
	}
	return checkSteps(l.activation, l.gate)
}

// step is the input at one step, the channels last.
func (l *convLSTM) step(x shape.Spec) (shape.Spec, error) {
	if err := wantFloats(x); err != nil {
		return x, err
	}
	axes := spatialAxes(l.rank)
	if l.channelsFirst() {
		axes = append(axes[l.rank:], axes[:l.rank]...)
	}
	if err := wantRank(x, append([]string{"time"}, axes...)...); err != nil {
		return x, err
	}
	x.Shape = x.Shape[1:]
	if l.channelsFirst() {
		x = lastSpecs([]shape.Spec{x})[0]
	}
	return x, nil
}

// state is the shape of a state, in the order of the axes that the file asks for.
func (l *convLSTM) state(x shape.Spec) (shape.Spec, error) {
	in, err := l.step(x)
	if err != nil {
		return x, err
	}
	kernel, recurrent := l.kernels(in)
	w := l.window()
	out, err := w.positions("kernel_size", in)
	if err != nil {
		return x, err
	}
	for _, k := range []shape.Shape{kernel, recurrent} {
		if err := wantSize("a kernel", k); err != nil {
			return x, schema.At("filters", err)
		}
	}
	s := shape.Of(append(out, l.filters)...)
	if err := wantSize("a state", s.Shape); err != nil {
		return x, schema.At("filters", err)
	}
	if l.channelsFirst() {
		s = firstSpec(s)
	}
	return s, nil
}

// Shape is [time, state...] with return_sequences, else [state...].
func (l *convLSTM) Shape(in []shape.Spec) (shape.Spec, error) {
	s, err := l.state(in[0])
	if err != nil {
		return in[0], err
	}
	if l.returnSequences {
		s.Shape = append(shape.Shape{in[0].Shape[0]}, s.Shape...)
		if err := wantSize("an output", s.Shape); err != nil {
			return in[0], schema.At("filters", err)
		}
	}
	return s, nil
}

// OutputCount is 1, and with return_state the two states.
func (l *convLSTM) OutputCount() int {
	if l.returnState {
		return 3
	}
	return 1
}

// Shapes are that of the output, and with return_state those of the states.
func (l *convLSTM) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	s, err := l.Shape(in)
	out := []shape.Spec{s}
	if l.returnState && err == nil {
		state, err := l.state(in[0])
		return append(out, state, state), err
	}
	return out, err
}

// kernels are the shapes of kernel and recurrent kernel for an input at one step.
func (l *convLSTM) kernels(step shape.Spec) (kernel, recurrent shape.Shape) {
	wide := times(4, l.filters)
	return slices.Concat(l.kernelSize.values(), []int{step.Shape[l.rank], wide}), slices.Concat(l.kernelSize.values(), []int{l.filters, wide})
}

// Weights are kernel [window, channels, 4·filters], recurrent_kernel [window, filters, 4·filters] and bias [4·filters].
func (l *convLSTM) Weights(in []shape.Spec) []Weight {
	step, err := l.step(in[0])
	if err != nil {
		return nil // Shape has said so
	}
	kernel, recurrent := l.kernels(step)
	w := []Weight{{Name: convLSTMCell + "kernel", Shape: kernel, Args: l.kernel}, {Name: convLSTMCell + "recurrent_kernel", Shape: recurrent, Args: l.recurrent}}
	if l.useBias {
		bias := Weight{Name: convLSTMCell + "bias", Shape: shape.Shape{times(4, l.filters)}, Args: l.bias}
		if l.forgetBias {
			bias.Args.Initializer = unitForget{bias.Args.Initializer}
		}
		w = append(w, bias)
	}
	return w
}

// TensorArguments is initial_state.
func (l *convLSTM) TensorArguments() []TensorArgument {
	return []TensorArgument{{
		Name: "initial_state", Help: "The states h and c before the first step; zeros when left out.",
		Check: func(given, in []shape.Spec) error {
			want, err := l.stateSpecs(in[0])
			if err != nil {
				return err
			}
			return checkStates("initial_state", given, want)
		},
	}}
}

func (l *convLSTM) copied() directed { c := *l; return &c }

func (l *convLSTM) stateCount() int { return 2 }

func (l *convLSTM) stateSpecs(x shape.Spec) ([]shape.Spec, error) {
	s, err := l.state(x)
	return []shape.Spec{s, s}, err
}

// States are h and c, where they go on.
func (l *convLSTM) States(in []shape.Spec) []State {
	x, err := l.state(in[0])
	if err != nil || !l.stateful {
		return nil // Shape has said what is wrong
	}
	return []State{{stateName(0), x.Shape}, {stateName(1), x.Shape}}
}

// Mask is the input's with return_sequences.
func (l *convLSTM) Mask(_ *Scope, _, masks []*op.Node) *op.Node {
	if !l.returnSequences || len(masks) == 0 {
		return nil
	}
	return masks[0]
}

// Build is the output alone.
func (l *convLSTM) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll makes the outputs, and leaves the states to the next batch where they go on.
func (l *convLSTM) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	mask, initial := stepMask(s)
	return l.carry(s, in[0], mask, initial, false)
}

// carry is run with the states that go on, where they do.
func (l *convLSTM) carry(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool) []*op.Node {
	return l.sequenceArgs.carry(s, x, mask, initial, aligned, 2, func(initial []*op.Node, states bool) []*op.Node {
		with := *l
		with.returnState = states
		return with.run(s, x, mask, initial, aligned)
	})
}

// run is a convolution of the input x at all steps, and an operation that goes from step to step. With aligned the outputs lie where
// their inputs do, also if the sequence is read from its end.
func (l *convLSTM) run(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool) []*op.Node {
	none := make([]*op.Node, l.OutputCount())
	cell := s.within("conv_lstm_cell")
	convolved := l.convolved(cell, x)
	if s.Err() != nil {
		return none
	}
	d := op.SpecOf(convolved).Shape
	batch, time := op.SpecOf(x).Shape[0], op.SpecOf(x).Shape[1]
	space := slices.Concat(fill(3-l.rank, 1), d[1:1+l.rank]) // depth, height and width
	size := slices.Concat(fill(3-l.rank, 1), l.kernelSize.values())
	o := op.ConvLSTM{
		Window: op.Window{Size: [2]int{size[1], size[2]}, Strides: [2]int{1, 1}, Same: true}, Depth: size[0],
		Sequences: l.returnSequences, States: l.returnState, Backwards: l.goBackwards, ZeroMasked: l.zeroes(),
		Aligned: l.goBackwards && aligned,
	}
	var whole bool
	if o.Activation, o.Gate, whole = isCurves(l.activation, l.gate); !whole {
		y := l.writeOut(s, cell, x, convolved, mask, initial, aligned)
		if s.Err() != nil {
			return none
		}
		return l.parts(s, y, batch, d[1:1+l.rank])
	}
	kernel := reshaped(s, cell.Weight("recurrent_kernel"), size[0], size[1], size[2], l.filters, 4*l.filters)
	if size[0] > 1 {
		kernel = s.Apply(op.Transpose{Perm: []int{1, 2, 0, 3, 4}}, kernel)
	}
	args := []*op.Node{
		reshaped(s, convolved, slices.Concat([]int{batch, time}, space, []int{4 * l.filters})...),
		reshaped(s, kernel, size[1], size[2], size[0]*l.filters, 4*l.filters),
	}
	if o.Mask = mask != nil; o.Mask {
		args = append(args, mask)
	}
	state := slices.Concat([]int{batch}, space, []int{l.filters})
	if o.Dropout = drops(l.trains(s), l.recurrentDropout); o.Dropout {
		one := reshaped(s, ones(s, x, 1), slices.Concat([]int{1, batch}, fill(4, 1))...)
		args = append(args, s.Apply(drop(cell, l.recurrentDropout, "recurrent_dropout", l.seed, nil), s.Apply(op.BroadcastTo{To: append([]int{4}, state...)}, one)))
	}
	if o.Initial = len(initial) > 0; o.Initial {
		for _, n := range initial {
			if l.channelsFirst() {
				n = channelsLast(s, n)
			}
			args = append(args, reshaped(s, n, state...))
		}
	}
	y := s.Apply(o, args...)
	if s.Err() != nil {
		return none
	}
	return l.parts(s, y, batch, space[3-l.rank:])
}

// writeOut is what run does, with the steps written out.
func (l *convLSTM) writeOut(s, cell *Scope, x, convolved, mask *op.Node, initial []*op.Node, aligned bool) *op.Node {
	d := op.SpecOf(convolved).Shape
	batch, time := op.SpecOf(x).Shape[0], op.SpecOf(x).Shape[1]
	state := slices.Concat([]int{batch}, d[1:1+l.rank], []int{l.filters})
	k := &stepped{Scope: s, units: l.filters, activation: l.activation, gate: l.gate, states: 2}
	kernel := cell.Weight("recurrent_kernel")
	window := sliding{size: l.kernelSize.values(), strides: fill(l.rank, 1), dilation: fill(l.rank, 1), padding: "same"}
	if !drops(l.trains(s), l.recurrentDropout) {
		k.recur = func(h *op.Node, _, _ int) *op.Node { return convolve(s, window, 1, false, h, kernel, nil) }
	} else {
		one := reshaped(s, ones(s, x, 1), slices.Concat([]int{1, batch}, fill(l.rank+1, 1))...)
		dropped := s.Apply(drop(cell, l.recurrentDropout, "recurrent_dropout", l.seed, nil), s.Apply(op.BroadcastTo{To: append([]int{4}, state...)}, one))
		k.recur = func(h *op.Node, from, to int) *op.Node {
			var parts []*op.Node
			for g := from; g < to && s.Err() == nil; g++ {
				gate := reshaped(s, s.Apply(op.SliceAxis(op.SpecOf(dropped), 0, g, g+1), dropped), state...)
				columns := s.Apply(op.SliceAxis(op.SpecOf(kernel), l.rank+1, g*l.filters, (g+1)*l.filters), kernel)
				parts = append(parts, convolve(s, window, 1, false, k.binary("mul", h, gate), columns, nil))
			}
			return s.Apply(op.Concat{Axis: l.rank + 1}, parts...)
		}
	}
	var states []*op.Node
	for _, n := range initial {
		if l.channelsFirst() {
			n = channelsLast(s, n)
		}
		states = append(states, n)
	}
	r := op.Recurrent{Sequences: l.returnSequences, States: l.returnState, ZeroMasked: l.zeroes(), Backwards: l.goBackwards, Aligned: l.goBackwards && aligned}
	return k.along(lstmStep, r, reshaped(s, convolved, slices.Concat([]int{batch, time}, d[1:])...), mask, states)
}

// parts are the outputs, from those of the operation. positions are the axes of a state but the filters.
func (l *convLSTM) parts(s *Scope, y *op.Node, batch int, positions []int) []*op.Node {
	state := append(slices.Clone(positions), l.filters)
	var out []*op.Node
	rows := op.SpecOf(y).Shape[1]
	for i := range l.OutputCount() {
		from, to := rows-l.OutputCount()+i, rows-l.OutputCount()+i+1
		if i == 0 {
			from = 0
		}
		part := y
		if to-from < rows {
			part = s.Apply(op.SliceAxis(op.SpecOf(y), 1, from, to), y)
		}
		lead := []int{batch}
		if i == 0 && l.returnSequences {
			lead = []int{batch * to}
		}
		part = reshaped(s, part, slices.Concat(lead, state)...)
		if l.channelsFirst() {
			part = channelsFirst(s, part)
		}
		if i == 0 && l.returnSequences && s.Err() == nil {
			part = reshaped(s, part, slices.Concat([]int{batch, to}, op.SpecOf(part).Shape[1:])...)
		}
		out = append(out, part)
	}
	return out
}

// convolved is the input [batch, time, ...] convolved at all steps: [batch·time, positions..., 4·filters].
func (l *convLSTM) convolved(s *Scope, x *op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
	kernel := s.Weight("kernel")
	groups := 1
	if drops(l.trains(s), l.dropout) { // each gate reads an input of its own
		n := op.SpecOf(x).Shape
		noise := slices.Concat([]int{n[0], 1}, n[2:])
		var parts []*op.Node
		for g := range 4 {
			parts = append(parts, s.Apply(drop(s, l.dropout, fmt.Sprintf("dropout_%d", g), l.seed, noise), x))
		}
		axis := len(n) - 1
		if l.channelsFirst() {
			axis = 2
		}
		x, groups = s.Apply(op.Concat{Axis: axis}, parts...), 4
	}
	if s.Err() != nil {
		return nil
	}
	n := op.SpecOf(x).Shape
	x = reshaped(s, x, append([]int{n[0] * n[1]}, n[2:]...)...)
	if l.channelsFirst() {
		x = channelsLast(s, x)
	}
	return convolve(s, l.window(), groups, false, x, kernel, l.biasNode(s))
}
