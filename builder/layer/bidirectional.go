package layer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("bidirectional", func() Layer { return new(bidirectional) })

// bidirectional reads a sequence from both ends.
type bidirectional struct {
	mergeMode             string // "" for two outputs
	forward, backward     directed
	forwardAt, backwardAt string // their paths within the layer
}

// directed is a layer that goes along a sequence in a direction: lstm, gru, simple_rnn, rnn and the conv_lstm.
type directed interface {
	ActivityRegularized
	OutputCount() int
	Shapes(in []shape.Spec) ([]shape.Spec, error)
	Weights(in []shape.Spec) []Weight
	States(in []shape.Spec) []State
	Mask(s *Scope, in, masks []*op.Node) *op.Node

	sequence() *sequenceArgs
	copied() directed                              // to be changed
	stateSpecs(x shape.Spec) ([]shape.Spec, error) // the states that go with an input
	stateCount() int
	carry(s *Scope, x, mask *op.Node, initial []*op.Node, aligned bool) []*op.Node
}

func (l *bidirectional) Schema(b *schema.Block) {
	b.Doc("Reads a sequence from both ends with a recurrent layer each, and merges what they put out.", "keras.layers.Bidirectional",
		"One layer inside it is copied for the way back; two are forward and backward, of which the second has go_backwards = true. The sequence of the way back is turned round before it is merged.",
		"With return_state the states of the forward layer come after the output, then those of the backward layer.", initialNote)
	b.Enum(&l.mergeMode, "merge_mode", "How the two outputs are merged; null keeps both.", []string{"sum", "mul", "concat", "ave"}, schema.Default("concat"), schema.Null(func() { l.mergeMode = "" }))
}

// Wrap takes one layer or two.
func (l *bidirectional) Wrap(inner []Inner) error {
	if len(inner) > 2 {
		return fmt.Errorf("a bidirectional layer holds one layer, or one forward and one backward, not %d", len(inner))
	}
	var found []directed
	for _, in := range inner {
		r, ok := in.Layer.(directed)
		if !ok {
			return fmt.Errorf("layer %q (%s) is not recurrent: lstm, gru, simple_rnn, rnn or conv_lstm is wanted here", in.Name, in.Type)
		}
		found = append(found, r.copied())
	}
	l.forwardAt = "forward_" + strings.TrimPrefix(inner[0].Name, "forward_")
	l.backwardAt = "backward_" + strings.TrimPrefix(inner[0].Name, "backward_")
	l.forward, l.backward = found[0], found[0].copied()
	forward, backward := l.forward.sequence(), l.backward.sequence()
	backward.goBackwards = true
	if len(found) == 2 {
		l.backward, l.backwardAt = found[1], inner[1].Name
		backward = l.backward.sequence()
	}
	switch {
	case forward.goBackwards:
		return fmt.Errorf("layer %q has go_backwards = true: the first layer of a bidirectional reads forwards", inner[0].Name)
	case !backward.goBackwards:
		return fmt.Errorf("layer %q reads forwards: the second layer of a bidirectional needs go_backwards = true", l.backwardAt)
	case l.backwardAt == l.forwardAt:
		return fmt.Errorf("both layers have the name %q", l.forwardAt)
	}
	for _, a := range []struct {
		name              string
		forward, backward bool
	}{
		{"return_sequences", forward.returnSequences, backward.returnSequences},
		{"return_state", forward.returnState, backward.returnState},
		{"stateful", forward.stateful, backward.stateful},
	} {
		if a.forward != a.backward {
			return fmt.Errorf("the forward layer has %s = %v, the backward layer %v: they must be the same", a.name, a.forward, a.backward)
		}
	}
	// As Keras: where a step does not count, neither direction must put its own old output beside the other's.
	forward.zeroOutputForMask, backward.zeroOutputForMask = forward.returnSequences, backward.returnSequences
	return nil
}

// outs is the number of merged outputs, before the states.
func (l *bidirectional) outs() int {
	if l.mergeMode == "" {
		return 2
	}
	return 1
}

// OutputCount is 1, or 2 with merge_mode = null, and with return_state the states.
func (l *bidirectional) OutputCount() int {
	return l.outs() + l.forward.OutputCount() + l.backward.OutputCount() - 2
}

// Shape is that of the first output.
func (l *bidirectional) Shape(in []shape.Spec) (shape.Spec, error) {
	out, err := l.Shapes(in)
	if err != nil {
		return in[0], err
	}
	return out[0], nil
}

// Shapes merges those of the two layers.
func (l *bidirectional) Shapes(in []shape.Spec) ([]shape.Spec, error) {
	f, err := l.forward.Shapes(in)
	if err != nil {
		return nil, inside(err)
	}
	b, err := l.backward.Shapes(in)
	if err != nil {
		return nil, inside(err)
	}
	if len(f[0].Shape) != len(b[0].Shape) {
		return nil, fmt.Errorf("the outputs of the two layers, %s and %s, cannot be merged", f[0], b[0])
	}
	out := []shape.Spec{f[0], b[0]}
	last := len(f[0].Shape) - 1
	fu, bu := f[0].Shape[last], b[0].Shape[last]
	switch {
	case l.mergeMode == "concat":
		merged := f[0].Shape.Clone()
		merged[last] = shape.Unknown
		if fu != shape.Unknown && bu != shape.Unknown {
			merged[last] = fu + bu
		}
		if err := wantSize("an output", merged); err != nil {
			return nil, err
		}
		out = []shape.Spec{shape.Of(merged...)}
	case l.mergeMode != "":
		if fu != bu && fu != shape.Unknown && bu != shape.Unknown {
			return nil, schema.Atf("merge_mode", "merge_mode = %q wants two outputs of one size, got %d units and %d", l.mergeMode, fu, bu)
		}
		out = out[:1]
	}
	return append(append(out, f[1:]...), b[1:]...), nil
}

// inside takes the argument off an error that belongs to a layer inside another one.
func inside(err error) error {
	var diags hcl.Diagnostics
	if errors.As(err, &diags) { // of a block, which has places of its own
		return diags
	}
	return fmt.Errorf("the layer inside: %s", err)
}

// Weights are those of the two layers, under their names.
func (l *bidirectional) Weights(in []shape.Spec) []Weight {
	var out []Weight
	add := func(path string, r directed) {
		for _, w := range r.Weights(in) {
			w.Name = path + "/" + w.Name
			out = append(out, w)
		}
	}
	add(l.forwardAt, l.forward)
	add(l.backwardAt, l.backward)
	return out
}

// States are those of the two layers, where they go on.
func (l *bidirectional) States(in []shape.Spec) []State {
	var out []State
	add := func(path string, r directed) {
		for _, x := range r.States(in) {
			x.Name = path + "/" + x.Name
			out = append(out, x)
		}
	}
	add(l.forwardAt, l.forward)
	add(l.backwardAt, l.backward)
	return out
}

// TensorArguments is initial_state.
func (l *bidirectional) TensorArguments() []TensorArgument {
	return []TensorArgument{{
		Name: "initial_state", Help: "The states before the first step, of the forward layer, then of the backward layer; zeros when left out.",
		Check: func(given, in []shape.Spec) error {
			want, err := l.forward.stateSpecs(in[0])
			if err != nil {
				return inside(err)
			}
			more, err := l.backward.stateSpecs(in[0])
			if err != nil {
				return inside(err)
			}
			return checkStates("initial_state", given, append(want, more...))
		},
	}}
}

// Mask is the input's with return_sequences.
func (l *bidirectional) Mask(s *Scope, in, masks []*op.Node) *op.Node {
	return l.forward.Mask(s, in, masks)
}

// Build is the first output alone.
func (l *bidirectional) Build(s *Scope, in []*op.Node) *op.Node { return l.BuildAll(s, in)[0] }

// BuildAll builds both layers and merges their outputs.
func (l *bidirectional) BuildAll(s *Scope, in []*op.Node) []*op.Node {
	mask, initial := stepMask(s)
	var ahead, back []*op.Node
	if n := l.forward.stateCount(); len(initial) > 0 {
		ahead, back = initial[:n], initial[n:]
	}
	f := l.forward.carry(s.within(l.forwardAt), in[0], mask, ahead, false)
	b := l.backward.carry(s.within(l.backwardAt), in[0], mask, back, true)
	for i := range f {
		s.Penalize(l.forward.ActivityRegularizer(), f[i])
		s.Penalize(l.backward.ActivityRegularizer(), b[i])
	}
	return append(append(l.merge(s, f[0], b[0]), f[1:]...), b[1:]...)
}

func (l *bidirectional) merge(s *Scope, f, b *op.Node) []*op.Node {
	if f == nil || b == nil {
		return make([]*op.Node, l.outs())
	}
	switch l.mergeMode {
	case "concat":
		return []*op.Node{s.Apply(op.Concat{Axis: len(f.Shape()) - 1}, f, b)}
	case "sum":
		return []*op.Node{s.Apply(op.Binary{Fn: "add"}, f, b)}
	case "mul":
		return []*op.Node{s.Apply(op.Binary{Fn: "mul"}, f, b)}
	case "ave":
		return []*op.Node{s.Apply(op.Scale(0.5), s.Apply(op.Binary{Fn: "add"}, f, b))}
	}
	return []*op.Node{f, b}
}
