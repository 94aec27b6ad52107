package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("group_query_attention", func() Layer { return new(groupQueryAttention) }, "grouped_query_attention")

// groupQueryAttention is attention of which several heads share their keys and values.
type groupQueryAttention struct {
	heads
	Masking
}

func (l *groupQueryAttention) Schema(b *schema.Block) {
	b.Doc("Lets each step of a sequence look at all steps of another, or of its own, with several heads that share their keys and values in groups (Ainslie and others, 2023).", "keras.layers.GroupQueryAttention",
		"One input is self-attention; else [query, value] or [query, value, key], where the value is also the key when that is left out.",
		"A query that masks keep from every key takes the mean of all values; with dropout it gets zeros. It is Keras on JAX that makes this difference.")
	b.Int(&l.depth, "head_dim", "Length of a head's queries, keys and values.", schema.AtLeast(1))
	b.Int(&l.queries, "num_query_heads", "Number of heads.", schema.AtLeast(1))
	b.Int(&l.groups, "num_key_value_heads", "Number of groups of heads that share keys and values; num_query_heads must be a multiple of it.", schema.AtLeast(1))
	l.bindRest(b, "Penalty on what each projection makes: queries, keys, values and the output, which counts twice, as in Keras; added to the loss.")
}

// Validate holds the numbers of heads against each other.
func (l *groupQueryAttention) Validate() error {
	l.width = l.depth
	if l.queries%l.groups != 0 {
		return schema.Atf("num_key_value_heads", "%d heads cannot share %d groups of keys and values: the one must be a multiple of the other", l.queries, l.groups)
	}
	return wantSize("a kernel", shape.Shape{l.queries, l.depth})
}

// InputCount is one to three.
func (*groupQueryAttention) InputCount() (least, most int) { return 1, 3 }

// Shape is that of the query.
func (l *groupQueryAttention) Shape(in []shape.Spec) (shape.Spec, error) {
	q, v, k := threeOf(in)
	if err := wantSequence(in); err != nil {
		return q, err
	}
	if err := sameTime(v, k); err != nil {
		return q, err
	}
	if a, b := q.Shape[1], v.Shape[1]; a != b && a != shape.Unknown && b != shape.Unknown {
		return q, fmt.Errorf("the query %s and the value %s must have as many features", q, v)
	}
	for _, p := range l.projections(q.Shape[1], v.Shape[1], k.Shape[1], q.Shape[1:]) {
		if err := wantSize("a kernel", append(p.in.Clone(), p.out...)); err != nil {
			return q, err
		}
	}
	return shape.Of(q.Shape...), nil
}

// TensorArguments are attention_mask.
func (l *groupQueryAttention) TensorArguments() []TensorArgument {
	return []TensorArgument{pairMaskArgument("attention_mask", func() int { return l.queries }, timeOfQueryAndKey)}
}

// timeOfQueryAndKey are the sizes of the axes of scores, for inputs [time, features].
func timeOfQueryAndKey(in []shape.Spec) (query, keys int) {
	q, _, k := threeOf(in)
	if len(q.Shape) == 0 || len(k.Shape) == 0 {
		return shape.Unknown, shape.Unknown // Shape says so
	}
	return q.Shape[0], k.Shape[0]
}

// Weights are kernel and bias of query, key, value and attention_output, and of a gate.
func (l *groupQueryAttention) Weights(in []shape.Spec) []Weight {
	q, v, k := threeOf(in)
	return l.weightsOf(l.projections(q.Shape[1], v.Shape[1], k.Shape[1], q.Shape[1:]))
}

// Build is a dense op for each projection, and the attention.
func (l *groupQueryAttention) Build(s *Scope, in []*op.Node) *op.Node {
	q, v, k := threeOf(in)
	a := attending{query: q, value: v, key: k, causal: l.causal, mean: l.dropout == 0, masks: selfMasks(s, len(in)), out: op.SpecOf(q).Shape[2:]}
	if m := s.Tensors["attention_mask"]; len(m) > 0 {
		a.masks = append(a.masks, pairMask(s, m[0]))
	}
	y := l.attend(s, a)
	s.Penalize(l.activity, y) // Keras' layer has the regularizer too, besides its projections
	return y
}
