package layer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// heads is what layers have in common that project queries, keys and values to heads, let the queries
// attend to the keys, and project back, as keras/src/layers/attention/multi_head_attention.py.
type heads struct {
	queries, groups int // heads of the queries, and of the keys and values
	depth, width    int // of a head's queries and keys, and of its values
	dropout         float64
	useBias         bool
	useGate         bool
	window          *int // nil for none
	kernel, bias    WeightArgs
	seed            *int
	causal          bool
	activity        regularizer.Regularizer // of what each projection makes; nil for none
	mode
}

// bindRest binds the arguments that these layers share: all but the sizes. activityHelp is of activity_regularizer.
func (h *heads) bindRest(b *schema.Block, activityHelp string) {
	b.Float(&h.dropout, "dropout", "Share of the attention weights that are dropped in training.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.0))
	b.Bool(&h.useBias, "use_bias", "Whether the projections add a bias.", schema.Default(true))
	h.window = nil
	b.OptInt(&h.window, "sliding_window", "A query attends only to keys less than this many steps away; to all when left out.", schema.AtLeast(1))
	var flash bool
	b.Bool(&flash, "flash_attention", "Taken for the sake of Keras' files: the matrix of scores is never held here.", schema.Default(false))
	h.kernel.Bind(b, "kernel", "glorot_uniform")
	h.bias.Bind(b, "bias", "zeros")
	schema.Choose(b, &h.activity, "activity_regularizer", activityHelp, regularizer.Registry, schema.Optional())
	b.Bool(&h.useGate, "use_gate", "Whether each head's result is multiplied by a sigmoid of a projection of the query.", schema.Default(false))
	h.seed = nil
	b.OptInt(&h.seed, "seed", "Seed of the draws; they follow from the run's seed and the layer's path when left out.")
	h.CallArguments(b)
}

// CallArguments binds use_causal_mask and training, which are arguments of the call.
func (h *heads) CallArguments(b *schema.Block) {
	bindCausal(b, &h.causal)
	h.mode.Bind(b)
}

// bindCausal binds use_causal_mask.
func bindCausal(b *schema.Block, causal *bool) {
	b.Bool(causal, "use_causal_mask", "Whether a query attends to keys at its own place and before it alone.", schema.Default(false))
}

// projection is a dense layer whose kernel has the axes in, then out.
type projection struct {
	name    string
	in, out shape.Shape
}

// projections are those of the layer in Keras' order: of the features of query, value and key, and to
// the features out.
func (h *heads) projections(query, value, key int, out shape.Shape) []projection {
	p := []projection{
		{"query", shape.Shape{query}, shape.Shape{h.queries, h.depth}},
		{"key", shape.Shape{key}, shape.Shape{h.groups, h.depth}},
	}
	if h.useGate {
		p = append(p, projection{"gate", shape.Shape{query}, shape.Shape{h.queries, h.width}})
	}
	return append(p,
		projection{"value", shape.Shape{value}, shape.Shape{h.groups, h.width}},
		projection{"attention_output", shape.Shape{h.queries, h.width}, out})
}

// weightsOf are kernel and bias of each projection, such as query/kernel [features, heads, depth].
func (h *heads) weightsOf(list []projection) []Weight {
	var w []Weight
	for _, p := range list {
		kernel := h.kernel
		kernel.Initializer = initializer.WithAxes(kernel.Initializer, upTo(0, len(p.in)), upTo(len(p.in), len(p.in)+len(p.out)))
		w = append(w, Weight{Name: p.name + "/kernel", Shape: append(p.in.Clone(), p.out...), Args: kernel})
		if h.useBias {
			w = append(w, Weight{Name: p.name + "/bias", Shape: p.out, Args: h.bias})
		}
	}
	return w
}

// upTo are the numbers from lo up to, but without, hi.
func upTo(lo, hi int) []int {
	var out []int
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

// attending is what heads attend with: tensors [batch, time, features], and masks for scores of shape
// [batch, heads, time of the query, time of the keys].
type attending struct {
	query, value, key *op.Node
	masks             []*op.Node
	causal            bool
	mean              bool // a query that may attend to nothing takes the mean of all values
	out               shape.Shape
}

// attend makes [batch, time of the query] with the axes of out.
func (h *heads) attend(s *Scope, a attending) *op.Node {
	if s.Err() != nil {
		return nil
	}
	q := h.project(s, "query", a.query, h.queries, h.depth)
	k := h.project(s, "key", a.key, h.groups, h.depth)
	v := h.project(s, "value", a.value, h.groups, h.width)
	y := s.Apply(op.Attention{Scale: 1 / math.Sqrt(float64(h.depth)), Sight: h.sight(s, a)}, append([]*op.Node{q, k, v}, a.masks...)...)
	if h.useGate {
		gate := s.Apply(op.Unary{Fn: "sigmoid"}, h.projected(s, "gate", a.query, h.queries, h.width))
		s.Penalize(h.activity, gate)
		y = s.Apply(op.Binary{Fn: "mul"}, y, gate)
	}
	if s.Err() != nil {
		return nil
	}
	t := op.SpecOf(a.query).Shape
	flat := s.Apply(op.Reshape{To: []int{t[0], t[1], h.queries * h.width}}, y)
	out := h.dense(s, "attention_output", flat, h.queries*h.width, a.out.Size())
	out = s.Apply(op.Reshape{To: append([]int{t[0], t[1]}, a.out...)}, out)
	s.Penalize(h.activity, out)
	return out
}

func (h *heads) sight(s *Scope, a attending) op.Sight {
	o := op.Sight{Causal: a.causal, Masks: len(a.masks), Mean: a.mean}
	if h.window != nil {
		o.Window = *h.window
	}
	if h.dropout > 0 && h.trains(s) {
		o.Rate, o.Stream = h.dropout, s.Random("attention_dropout")
		if h.seed != nil {
			o.OwnSeed, o.Seed = true, uint64(*h.seed)
		}
	}
	return o
}

// project is projected, with the penalty of what comes out.
func (h *heads) project(s *Scope, name string, x *op.Node, heads, size int) *op.Node {
	y := h.projected(s, name, x, heads, size)
	s.Penalize(h.activity, y)
	return y
}

// projected makes [batch, time, heads, size] of [batch, time, features].
func (h *heads) projected(s *Scope, name string, x *op.Node, heads, size int) *op.Node {
	d := op.SpecOf(x).Shape
	y := h.dense(s, name, x, d[2], heads*size)
	return s.Apply(op.Reshape{To: []int{d[0], d[1], heads, size}}, y)
}

// dense multiplies the last axis by the kernel of a projection, seen as a matrix.
func (h *heads) dense(s *Scope, name string, x *op.Node, in, units int) *op.Node {
	args := []*op.Node{x, s.Apply(op.Reshape{To: []int{in, units}}, s.Weight(name+"/kernel"))}
	if h.useBias {
		args = append(args, s.Apply(op.Reshape{To: []int{units}}, s.Weight(name+"/bias")))
	}
	return s.Apply(op.Dense{Bias: h.useBias}, args...)
}

// maskOf is the mask of input i, or nil.
func maskOf(s *Scope, i int) *op.Node {
	if i >= len(s.Masks) {
		return nil
	}
	return s.Masks[i]
}

// queryMask hides all keys from the queries that a mask [batch, time] leaves out; keyMask hides keys
// from all queries. Both return masks as op.Attention wants them.
func queryMask(s *Scope, m *op.Node) *op.Node {
	d := m.Shape()
	return s.Apply(op.Reshape{To: []int{d[0], 1, d[1], 1}}, m)
}

func keyMask(s *Scope, m *op.Node) *op.Node {
	d := m.Shape()
	return s.Apply(op.Reshape{To: []int{d[0], 1, 1, d[1]}}, m)
}

// pairMask is the mask of a call's argument, of [time of the query, time of the keys] for each example
// or [heads, ...], as op.Attention wants it.
func pairMask(s *Scope, m *op.Node) *op.Node {
	d := m.Shape()
	if len(d) == 4 {
		return m
	}
	return s.Apply(op.Reshape{To: []int{d[0], 1, d[1], d[2]}}, m)
}

// pairMaskArgument is the call's argument of that name. time is the sizes of the axes that it is held
// against.
func pairMaskArgument(name string, heads func() int, time func(in []shape.Spec) (query, keys int)) TensorArgument {
	return TensorArgument{
		Name: name,
		Help: "A tensor that is other than 0 where a query may attend to a key: [time of the query, time of the keys] for each example, or [heads, ...]; an axis of 1 stands for all.",
		Check: func(given, in []shape.Spec) error {
			if len(given) != 1 {
				return schema.Atf(name, "one tensor is wanted, got %d", len(given))
			}
			m := given[0].Shape
			t, s := time(in)
			want := shape.Shape{t, s}
			if len(m) == 3 {
				want = shape.Shape{heads(), t, s}
			}
			ok := len(m) == len(want)
			for i := range m {
				ok = ok && (m[i] == 1 || m[i] == want[i] || m[i] == shape.Unknown || want[i] == shape.Unknown)
			}
			if !ok {
				return schema.Atf(name, "a mask of shape %s does not fit queries and keys of shape %s", m, want)
			}
			return nil
		},
	}
}

// wantSequence refuses what is not [time, features] of floats.
func wantSequence(in []shape.Spec) error {
	for i, x := range in {
		if err := wantFloats(x); err != nil {
			return err
		}
		if len(x.Shape) != 2 {
			return fmt.Errorf("this layer wants inputs [time, features], input %d is %s", i, x)
		}
	}
	return nil
}

// sameTime refuses values and keys of different lengths.
func sameTime(value, key shape.Spec) error {
	for i := range value.Shape[:len(value.Shape)-1] {
		v, k := value.Shape[i], key.Shape[i]
		if v != k && v != shape.Unknown && k != shape.Unknown {
			return fmt.Errorf("the value %s and the key %s differ in more than the last axis", value, key)
		}
	}
	return nil
}
