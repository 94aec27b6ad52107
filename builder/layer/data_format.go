package layer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// dataFormat is embedded by layers with the argument data_format. Their rules are written for channels that
// are the last axis; Outputs, Variables and Make move the channels there and back.
type dataFormat struct{ format string }

// bindFormat binds the argument.
func (f *dataFormat) bindFormat(b *schema.Block) { f.bindFormatAs(b, "axis 1, after the batch") }

// bindFormatAs binds it where the channels that come first are at a place of another name.
func (f *dataFormat) bindFormatAs(b *schema.Block, where string) {
	b.Enum(&f.format, "data_format", `Order of the axes. "channels_last": the channels are the last axis; "channels_first": they are `+where+`. The weights are the same.`,
		[]string{"channels_last", "channels_first"}, schema.Default("channels_last"))
}

// channelsFirst implements formatted.
func (f *dataFormat) channelsFirst() bool { return f.format == "channels_first" }

// formatted is a layer with the argument data_format.
type formatted interface{ channelsFirst() bool }

// ownFormat is one that moves its channels itself.
type ownFormat interface{ movesChannels() }

// isChannelsFirst tells whether the channels of l's inputs and output are to be moved.
func isChannelsFirst(l Layer) bool {
	f, ok := l.(formatted)
	_, own := l.(ownFormat)
	return ok && !own && f.channelsFirst()
}

// lastSpecs are the inputs with their channels, axis 0, as the last axis.
func lastSpecs(in []shape.Spec) []shape.Spec {
	out := slices.Clone(in)
	for i, x := range in {
		if n := len(x.Shape); n > 1 {
			out[i].Shape = append(x.Shape[1:n:n].Clone(), x.Shape[0])
		}
	}
	return out
}

// firstSpec is x with its last axis as axis 0.
func firstSpec(x shape.Spec) shape.Spec {
	if n := len(x.Shape); n > 1 {
		x.Shape = append(shape.Shape{x.Shape[n-1]}, x.Shape[:n-1]...)
	}
	return x
}

// Outputs are the outputs of l that follow from its inputs.
func Outputs(l Layer, in []shape.Spec) ([]shape.Spec, error) {
	first := isChannelsFirst(l)
	if first {
		in = lastSpecs(in)
	}
	if m, ok := l.(MultiOutput); ok {
		return m.Shapes(in)
	}
	out, err := l.Shape(in)
	if first && err != nil {
		var arg *schema.ArgError
		if !errors.As(err, &arg) {
			err = fmt.Errorf("%w, after the channels, which data_format says come first, were made the last axis", err)
		}
	}
	if first {
		out = firstSpec(out)
	}
	return []shape.Spec{out}, err
}

// Variables are the weights of l; see Layer.Weights.
func Variables(l Layer, in []shape.Spec) []Weight {
	if isChannelsFirst(l) {
		in = lastSpecs(in)
	}
	return l.Weights(in)
}

// anyOrder is a layer that can work on values whose axis 1 was made the last axis.
type anyOrder interface {
	// moved is the layer that does the same to such values of so many axes, the batch included; nil where there is none.
	moved(axes int) Layer
}

// Make builds the outputs of l.
//
// Between layers with channels first, values stay as the operations want them, with the channels last, wherever what lies between
// does not care: where the input of a layer is a value whose channels were just moved, it takes the value itself.
func Make(l Layer, s *Scope, in []*op.Node) []*op.Node {
	if m, ok := l.(MultiOutput); ok {
		return m.BuildAll(s, in)
	}
	if isChannelsFirst(l) {
		last := make([]*op.Node, len(in))
		for i, x := range in {
			last[i] = channelsLast(s, x)
		}
		return []*op.Node{channelsFirst(s, l.Build(s, last))}
	}
	if a, ok := l.(anyOrder); ok && s.Err() == nil {
		if inner := unmoved(s, in); inner != nil {
			if m := a.moved(len(in[0].Shape())); m != nil {
				return []*op.Node{channelsFirst(s, m.Build(s, inner))}
			}
		}
	}
	return []*op.Node{l.Build(s, in)}
}

// unmoved are the values of which in are those with the channels moved to axis 1; nil unless all are, of one number of axes and without masks.
func unmoved(s *Scope, in []*op.Node) []*op.Node {
	var out []*op.Node
	for i, x := range in {
		from := beforeMove(x)
		if from == nil || len(x.Shape()) != len(in[0].Shape()) || i < len(s.Masks) && s.Masks[i] != nil {
			return nil
		}
		out = append(out, from)
	}
	return out
}

// beforeMove is what channelsFirst made x of, or nil.
func beforeMove(x *op.Node) *op.Node {
	o, ok := x.Op().(*op.Op)
	if !ok {
		return nil
	}
	if t, ok := o.Def.(op.Transpose); ok && slices.Equal(t.Perm, toFirst(len(t.Perm))) {
		return op.Children(x)[0]
	}
	return nil
}

// toFirst is the order of the axes of a value [batch, ..., channels] as [batch, channels, ...].
func toFirst(n int) []int {
	perm := []int{0, n - 1}
	for i := 1; i < n-1; i++ {
		perm = append(perm, i)
	}
	return perm
}

// channelsFirst moves the last axis behind the batch.
func channelsFirst(s *Scope, x *op.Node) *op.Node {
	if s.Err() != nil || x == nil {
		return x
	}
	n := len(x.Shape())
	if n < 3 {
		return x
	}
	return s.Apply(op.Transpose{Perm: toFirst(n)}, x)
}

// channelsLast moves axis 1 to the end.
func channelsLast(s *Scope, x *op.Node) *op.Node {
	if s.Err() != nil || x == nil {
		return x
	}
	n := len(x.Shape())
	if n < 3 {
		return x
	}
	if from := beforeMove(x); from != nil {
		return from
	}
	perm := []int{0}
	for i := 2; i < n; i++ {
		perm = append(perm, i)
	}
	return s.Apply(op.Transpose{Perm: append(perm, 1)}, x)
}

// activate applies an activation, which acts on the axes as the file has them, to a value with the channels last.
func (f *dataFormat) activate(s *Scope, a activation.Activation, x *op.Node) *op.Node {
	if !f.channelsFirst() || activation.IsElementwise(a) {
		return activation.Apply(s.Graph, a, x)
	}
	return channelsLast(s, activation.Apply(s.Graph, a, channelsFirst(s, x)))
}

// activated is the shape after that.
func (f *dataFormat) activated(a activation.Activation, x shape.Shape) (shape.Shape, error) {
	if !f.channelsFirst() || activation.IsElementwise(a) {
		return activation.Shape(a, x)
	}
	out, err := activation.Shape(a, firstSpec(shape.Spec{Shape: x}).Shape)
	return lastSpecs([]shape.Spec{{Shape: out}})[0].Shape, err
}
