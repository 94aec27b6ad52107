package layer

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("attention", func() Layer { return &attention{scoring: scoring{kind: "dot"}} })

// scoring is what attention and additive_attention have in common: no projections, one head.
type scoring struct {
	kind     string // of scores: "dot", "concat" or "additive"
	useScale bool
	dropout  float64
	seed     *int
	causal   bool
	mode
	Activity
	Masking
}

func (l *scoring) bind(b *schema.Block) {
	b.Float(&l.dropout, "dropout", "Share of the attention weights that are dropped in training.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.0))
	l.seed = nil
	b.OptInt(&l.seed, "seed", "Seed of the draws; they follow from the run's seed and the layer's path when left out.")
	l.CallArguments(b)
	l.Activity.Bind(b)
}

// CallArguments binds use_causal_mask and training, which are arguments of the call.
func (l *scoring) CallArguments(b *schema.Block) {
	bindCausal(b, &l.causal)
	l.mode.Bind(b)
}

const scoringNote = "Inputs are [query, value] or [query, value, key]; the value is also the key when that is left out. Masks of query and value count, that of the key does not."

// InputCount is two or three.
func (*scoring) InputCount() (least, most int) { return 2, 3 }

// Shape is the query's time and the value's features.
func (l *scoring) Shape(in []shape.Spec) (shape.Spec, error) {
	q, v, k := threeOf(in)
	if err := wantSequence(in); err != nil {
		return q, err
	}
	if err := sameTime(v, k); err != nil {
		return q, err
	}
	if a, b := q.Shape[1], k.Shape[1]; a != b && a != shape.Unknown && b != shape.Unknown {
		return q, fmt.Errorf("the query %s and the key %s must have as many features", q, k)
	}
	return shape.Of(q.Shape[0], v.Shape[1]), nil
}

func (l *scoring) sight(s *Scope) (op.Sight, []*op.Node) {
	o := op.Sight{Causal: l.causal, Mean: true}
	if l.dropout > 0 && l.trains(s) {
		o.Rate, o.Stream = l.dropout, s.Random("attention_dropout")
		if l.seed != nil {
			o.OwnSeed, o.Seed = true, uint64(*l.seed)
		}
	}
	var masks []*op.Node
	if m := maskOf(s, 1); m != nil {
		masks = append(masks, keyMask(s, m))
	}
	o.Masks = len(masks)
	return o, masks
}

// hidden makes the rows of y 0 that the query's mask leaves out.
func (l *scoring) hidden(s *Scope, y *op.Node) *op.Node {
	m := maskOf(s, 0)
	if m == nil {
		return y
	}
	d := m.Shape()
	return s.Apply(op.Binary{Fn: "mul"}, y, s.Apply(op.Reshape{To: []int{d[0], d[1], 1}}, m))
}

// additive attends with scores Σ w·tanh(query + key), or without the weights w.
func (l *scoring) additive(s *Scope, q, v, k *op.Node, w ...*op.Node) *op.Node {
	o, masks := l.sight(s)
	args := slices.Concat([]*op.Node{q, k, v}, w, masks)
	return l.hidden(s, s.Apply(op.AdditiveAttention{Plain: len(w) == 0, Sight: o}, args...))
}

// attention lets queries take a mean of the values weighted by how well the keys fit.
type attention struct{ scoring }

func (l *attention) Schema(b *schema.Block) {
	b.Doc("Lets each step of a sequence take a mean of the steps of another, weighted by how well they fit: dot-product attention (Luong and others, 2015).", "keras.layers.Attention", scoringNote)
	b.Bool(&l.useScale, "use_scale", "Whether scores are multiplied by a number that is learned; with score_mode = \"concat\", what tanh is taken of.", schema.Default(false))
	b.Enum(&l.kind, "score_mode", "How well a key fits a query: their dot product, or a learned number times the sum of the tanh of their sum.", []string{"dot", "concat"}, schema.Default("dot"))
	l.bind(b)
}

// Weights are scale [] with use_scale, and concat_score_weight [] for that mode.
func (l *attention) Weights([]shape.Spec) []Weight {
	var w []Weight
	if l.useScale {
		w = append(w, Weight{Name: "scale", Shape: shape.Shape{}, Args: startingAt("ones")})
	}
	if l.kind == "concat" {
		w = append(w, Weight{Name: "concat_score_weight", Shape: shape.Shape{}, Args: startingAt("ones")})
	}
	return w
}

// startingAt is the initializer of that name, with its defaults, for a weight without arguments.
func startingAt(name string) WeightArgs {
	i, err := initializer.Registry.New(name)
	if err != nil {
		panic(err) // a misspelling in this package
	}
	schema.Describe(i)
	return WeightArgs{Initializer: i}
}

// Build is one op, after the scale.
func (l *attention) Build(s *Scope, in []*op.Node) *op.Node {
	q, v, k := threeOf(in)
	if l.useScale {
		scale := s.Weight("scale")
		q = s.Apply(op.Binary{Fn: "mul"}, q, scale)
		if l.kind == "concat" {
			k = s.Apply(op.Binary{Fn: "mul"}, k, scale)
		}
	}
	if l.kind == "concat" {
		return l.additive(s, q, v, k, s.Apply(op.Reshape{To: []int{1}}, s.Weight("concat_score_weight")))
	}
	o, masks := l.sight(s)
	one := func(x *op.Node) *op.Node {
		if s.Err() != nil {
			return nil
		}
		d := x.Shape()
		return s.Apply(op.Reshape{To: []int{d[0], d[1], 1, d[2]}}, x)
	}
	y := s.Apply(op.Attention{Scale: 1, Sight: o}, append([]*op.Node{one(q), one(k), one(v)}, masks...)...)
	if s.Err() != nil {
		return nil
	}
	d := y.Shape()
	return l.hidden(s, s.Apply(op.Reshape{To: []int{d[0], d[1], d[3]}}, y))
}
