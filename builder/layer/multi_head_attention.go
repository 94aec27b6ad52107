package layer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("multi_head_attention", func() Layer { return new(multiHeadAttention) })

// multiHeadAttention lets each step of one sequence look at all steps of another.
type multiHeadAttention struct {
	heads
	valueDim    *int
	outputShape []int
	axes        []int // that are attended over, the batch being 0; nil for all
	Masking
}

func (l *multiHeadAttention) Schema(b *schema.Block) {
	b.Doc("Lets each step of a sequence look at all steps of another, or of its own, with several heads.", "keras.layers.MultiHeadAttention",
		"One input is self-attention; else [query, value] or [query, value, key], where the value is also the key when that is left out.",
		"A query that masks keep from every key takes the mean of all values; with dropout, or over several axes, it gets zeros. It is Keras on JAX that makes this difference.")
	b.Int(&l.queries, "num_heads", "Number of heads.", schema.AtLeast(1))
	b.Int(&l.depth, "key_dim", "Length of a head's queries and keys.", schema.AtLeast(1))
	l.valueDim = nil
	b.OptInt(&l.valueDim, "value_dim", "Length of a head's values; key_dim when left out.", schema.AtLeast(1))
	l.outputShape, l.axes = nil, nil
	b.IntOrInts(&l.outputShape, "output_shape", "Features of the output, one number or the sizes of several axes; those of the query when left out.", schema.Optional(), schema.AtLeast(1))
	b.IntOrInts(&l.axes, "attention_axes", "Axes that queries look along, the batch being 0; all but the batch and the features when left out.", schema.Optional())
	l.bindRest(b, "Penalty on what each projection makes: queries, keys, values and the output, added to the loss.")
}

// Validate completes the sizes.
func (l *multiHeadAttention) Validate() error {
	l.groups, l.width = l.queries, l.depth
	if l.valueDim != nil {
		l.width = *l.valueDim
	}
	for _, n := range l.outputShape {
		if n < 1 {
			return schema.Atf("output_shape", "sizes of at least 1 are wanted, got %d", n)
		}
	}
	if l.axes != nil && len(l.axes) == 0 {
		return schema.Atf("attention_axes", "at least one axis is wanted")
	}
	return wantSize("a kernel", shape.Shape{l.queries, max(l.depth, l.width)})
}

// InputCount is one to three.
func (*multiHeadAttention) InputCount() (least, most int) { return 1, 3 }

// threeOf are query, value and key of one to three inputs.
func threeOf[T any](in []T) (query, value, key T) {
	query, value = in[0], in[len(in)-1]
	if len(in) > 1 {
		value = in[1]
	}
	key = value
	if len(in) > 2 {
		key = in[2]
	}
	return query, value, key
}

// Shape is that of the query, with the axes of output_shape.
func (l *multiHeadAttention) Shape(in []shape.Spec) (shape.Spec, error) {
	q, v, k := threeOf(in)
	for i, x := range in {
		if err := wantFloats(x); err != nil {
			return q, err
		}
		if len(x.Shape) < 2 || len(x.Shape) != len(q.Shape) {
			return q, fmt.Errorf("this layer wants inputs [time, features], or with further axes before the features, all with as many axes; input %d is %s", i, x)
		}
	}
	if err := sameTime(v, k); err != nil {
		return q, err
	}
	attended, others, err := l.along(q.Shape)
	if err != nil {
		return q, err
	}
	for _, a := range others {
		if x, y := q.Shape[a], v.Shape[a]; x != y && x != shape.Unknown && y != shape.Unknown {
			return q, schema.Atf("attention_axes", "axis %d is not attended over, so it must be the same in the query %s and the value %s", a+1, q, v)
		}
	}
	if len(attended)+len(others) > 1 && (l.causal || l.window != nil) {
		return q, fmt.Errorf("use_causal_mask and sliding_window are for inputs [time, features], got %s", q)
	}
	out := append(q.Shape[:len(q.Shape)-1].Clone(), l.features(q.Shape)...)
	sizes := []shape.Shape{out}
	for _, p := range l.projections(last(q.Shape), last(v.Shape), last(k.Shape), l.features(q.Shape)) {
		sizes = append(sizes, append(p.in.Clone(), p.out...))
	}
	for _, s := range sizes {
		if err := wantSize("a kernel or output", s); err != nil {
			return q, err
		}
	}
	return shape.Of(out...), nil
}

func last(s shape.Shape) int { return s[len(s)-1] }

// features are the axes of the output after those of the query's places.
func (l *multiHeadAttention) features(query shape.Shape) shape.Shape {
	if len(l.outputShape) > 0 {
		return l.outputShape
	}
	return shape.Shape{last(query)}
}

// along are the axes that queries look along and the ones besides, as indices of an example's shape.
func (l *multiHeadAttention) along(s shape.Shape) (attended, others []int, err error) {
	n := len(s) - 1
	chosen := make([]bool, n)
	for _, a := range l.axes {
		k := a
		if k < 0 {
			k += n + 2
		}
		if k < 1 || k > n {
			return nil, nil, schema.Atf("attention_axes", "axis %d is not between the batch and the features of the query %s", a, s)
		}
		if chosen[k-1] {
			return nil, nil, schema.Atf("attention_axes", "axis %d is given twice", a)
		}
		chosen[k-1] = true
	}
	for i := range chosen {
		if chosen[i] || l.axes == nil {
			attended = append(attended, i)
		} else {
			others = append(others, i)
		}
	}
	return attended, others, nil
}

// TensorArguments are attention_mask.
func (l *multiHeadAttention) TensorArguments() []TensorArgument {
	one := pairMaskArgument("attention_mask", func() int { return l.queries }, func(in []shape.Spec) (query, keys int) {
		q, _, k := threeOf(in)
		return q.Shape[0], k.Shape[0]
	})
	check := one.Check
	one.Check = func(given, in []shape.Spec) error {
		q, _, k := threeOf(in)
		if len(q.Shape) != len(k.Shape) || len(q.Shape) < 2 {
			return nil // Shape says so
		}
		if len(q.Shape) == 2 {
			return check(given, in)
		}
		_, others, err := l.along(q.Shape)
		if err != nil {
			return err
		}
		want := append(q.Shape[:len(q.Shape)-1].Clone(), k.Shape[:len(k.Shape)-1]...)
		if len(given) != 1 || len(others) > 0 || !given[0].Shape.Fits(want) {
			return schema.Atf("attention_mask", "over several axes, one mask of shape %s is wanted, and no axis that is not attended over", want)
		}
		return nil
	}
	return []TensorArgument{one}
}

// Weights are kernel and bias of query, key, value and attention_output, and of a gate.
func (l *multiHeadAttention) Weights(in []shape.Spec) []Weight {
	q, v, k := threeOf(in)
	return l.weightsOf(l.projections(last(q.Shape), last(v.Shape), last(k.Shape), l.features(q.Shape)))
}

// Build is a dense op for each projection, and the attention.
func (l *multiHeadAttention) Build(s *Scope, in []*op.Node) *op.Node {
	q, v, k := threeOf(in)
	from := op.SpecOf(q).Shape
	attended, others, err := l.along(from[1:])
	if err != nil {
		return s.Fail(err)
	}
	a := attending{
		query: folded(s, q, attended, others), value: folded(s, v, attended, others), key: folded(s, k, attended, others),
		causal: l.causal, mean: l.dropout == 0 && len(from) == 3, out: l.features(from[1:]),
	}
	if len(from) == 3 {
		a.masks = selfMasks(s, len(in))
		if m := s.Tensors["attention_mask"]; len(m) > 0 {
			a.masks = append(a.masks, pairMask(s, m[0]))
		}
	} else {
		if s.Mask() != nil || maskOf(s, 1) != nil || maskOf(s, 2) != nil {
			return s.Fail(errors.New("multi_head_attention of a masked input (mask_zero) of more axes than [time, features] is not in this version of dlrun"))
		}
		if m := s.Tensors["attention_mask"]; len(m) > 0 && s.Err() == nil {
			t, keys := op.SpecOf(a.query).Shape[1], op.SpecOf(a.key).Shape[1]
			a.masks = append(a.masks, s.Apply(op.Reshape{To: []int{from[0], 1, t, keys}}, m[0]))
		}
	}
	return unfolded(s, l.attend(s, a), from, attended, others, a.out)
}

// selfMasks are the masks of one to three inputs, as Keras puts them together: that of the query hides
// all keys from a query, those of value and key hide a key from all.
func selfMasks(s *Scope, inputs int) []*op.Node {
	var out []*op.Node
	if m := maskOf(s, 0); m != nil {
		out = append(out, queryMask(s, m))
	}
	for i := min(1, inputs-1); i < inputs; i++ {
		if m := maskOf(s, i); m != nil {
			out = append(out, keyMask(s, m))
		}
	}
	return out
}

// folded makes [batch, time, features] of an input: the axes attended over become one, the others part
// of the batch.
func folded(s *Scope, x *op.Node, attended, others []int) *op.Node {
	if s.Err() != nil {
		return nil
	}
	d := op.SpecOf(x).Shape
	perm := folding(len(d), attended, others)
	if !slices.IsSorted(perm) {
		x = s.Apply(op.Transpose{Perm: perm}, x)
	}
	to := []int{d[0], 1, d[len(d)-1]}
	for _, a := range others {
		to[0] *= d[a+1]
	}
	for _, a := range attended {
		to[1] *= d[a+1]
	}
	return s.Apply(op.Reshape{To: to}, x)
}

// folding is the order of axes in which those that become one stand together.
func folding(rank int, attended, others []int) []int {
	perm := []int{0}
	for _, a := range slices.Concat(others, attended) {
		perm = append(perm, a+1)
	}
	return append(perm, rank-1)
}

// unfolded gives y, made of a folded x of shape from, the axes of x again, its features being out.
func unfolded(s *Scope, y *op.Node, from, attended, others []int, out shape.Shape) *op.Node {
	if s.Err() != nil {
		return nil
	}
	perm := folding(len(from), attended, others)
	var to []int
	for _, p := range perm[:len(perm)-1] {
		to = append(to, from[p])
	}
	y = s.Apply(op.Reshape{To: append(to, out...)}, y)
	if slices.IsSorted(perm) {
		return y
	}
	back := make([]int, 0, len(to)+len(out))
	for i := range to {
		back = append(back, slices.Index(perm, i))
	}
	return s.Apply(op.Transpose{Perm: append(back, upTo(len(to), len(to)+len(out))...)}, y)
}
