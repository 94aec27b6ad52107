package optimizer

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("muon", func() Optimizer { return new(muon) })

// muon takes steps along the nearest orthogonal matrix to the mean of the gradients (Jordan, 2024,
// https://kellerjordan.github.io/posts/muon). Weights that are no matrices, and embeddings, are
// adamw's.
type muon struct {
	base
	adam              moments
	adamDecay         *float64
	adamRatio         float64
	exclude           []string
	excludeEmbeddings bool
	a, b, c           float64
	momentum          float64
	iterations        int
	nesterov          bool
	rate              *float64

	excluded []*regexp.Regexp
}

func (o *muon) Schema(b *schema.Block) {
	b.Doc("For matrices, steps along the nearest orthogonal matrix to the mean of the gradients; for other weights, adamw.", "keras.optimizers.Muon")
	b.Float(&o.adam.beta1, "adam_beta_1", "Share of the old value in adamw's mean of the gradients.", schema.Default(0.9), schema.AtLeast(0), schema.Below(1))
	b.Float(&o.adam.beta2, "adam_beta_2", "Share of the old value in adamw's mean of their squares.", schema.Default(0.999), schema.AtLeast(0), schema.Below(1))
	b.OptFloat(&o.adamDecay, "adam_weight_decay", "weight_decay of the weights that are adamw's.", schema.Default(0.004), schema.AtLeast(0), schema.Null(func() { o.adamDecay = nil }))
	b.Float(&o.adam.epsilon, "epsilon", "Added to what adamw divides by.", schema.Default(1e-7), schema.AtLeast(0))
	b.Strings(&o.exclude, "exclude_layers", "Regular expressions; weights in whose path one is found are adamw's.", schema.Optional())
	b.Bool(&o.excludeEmbeddings, "exclude_embeddings", "Whether weights with \"embedding\" in their path are adamw's.", schema.Default(true))
	b.Float(&o.a, "muon_a", "First coefficient of the iteration that makes a matrix orthogonal: x = a·x + (b·xxᵀ + c·(xxᵀ)²)·x.", schema.Default(3.4445))
	b.Float(&o.b, "muon_b", "Second coefficient.", schema.Default(-4.775))
	b.Float(&o.c, "muon_c", "Third coefficient.", schema.Default(2.0315))
	b.Float(&o.adamRatio, "adam_lr_ratio", "Learning rate of adamw over that of the matrices.", schema.Default(1.0), schema.AtLeast(0))
	b.Float(&o.momentum, "momentum", "Share of the old value in the sum of the gradients.", schema.Default(0.95), schema.AtLeast(0), schema.AtMost(1))
	b.Int(&o.iterations, "ns_steps", "How often the iteration is done.", schema.Default(5), schema.AtLeast(0))
	b.Bool(&o.nesterov, "nesterov", "Whether the step looks ahead by the momentum.", schema.Default(true))
	b.OptFloat(&o.rate, "rms_rate", "Factor of a step besides the root of the longer side of the matrix; null for neither.",
		schema.Default(0.2), schema.AtLeast(0), schema.Null(func() { o.rate = nil }))
	o.common.bind(b, 0.001, schema.Default(0.004), schema.Null(func() { o.common.WeightDecay = nil }))
}

// Validate checks the expressions.
func (o *muon) Validate() error {
	o.excluded = nil
	for _, e := range o.exclude {
		r, err := regexp.Compile(e)
		if err != nil {
			return schema.Atf("exclude_layers", "%w", err)
		}
		o.excluded = append(o.excluded, r)
	}
	return o.base.Validate()
}

// adams tells whether a weight is adamw's.
func (o *muon) adams(path string, weight []int) bool {
	return len(weight) != 2 || o.excludeEmbeddings && strings.Contains(strings.ToLower(path), "embedding") ||
		slices.ContainsFunc(o.excluded, func(r *regexp.Regexp) bool { return r.MatchString(path) })
}

// Slots are the sum or mean of the gradients, and adamw's mean of squares.
func (o *muon) Slots() []Slot {
	return o.slots(Slot{Name: "momentum"}, Slot{Name: "velocity", Shape: func(path string, weight []int) []int {
		if o.adams(path, weight) {
			return weight
		}
		return []int{1} // not used
	}})
}

// Hyper is the learning rate; then, as adamw takes them, its decay times the rate and its own number.
func (o *muon) Hyper(step int, rate float64) []float64 {
	decay := 0.0
	if o.adamDecay != nil {
		decay = *o.adamDecay * rate
	}
	root := float32(math.Sqrt(float64(1 - power(o.adam.beta2, step))))
	alpha := float32(float32(rate*o.adamRatio)*root) / (1 - power(o.adam.beta1, step))
	return o.hyper(step, rate, rate, decay, float64(alpha))
}

// Update changes the weight.
func (o *muon) Update(g *op.Graph, p Param) *op.Node {
	if g.Err() != nil {
		return nil
	}
	own := p.Slots[:2]
	w := op.SpecOf(p.W)
	var n *op.Node
	if o.adams(p.Path, w.Shape) {
		h := g.Apply(op.SliceAxis(op.SpecOf(p.Hyper), 0, op.Hyper0+1, op.Hyper0+3), p.Hyper)
		n = g.Apply(op.Adam{Beta1: o.adam.beta1, Beta2: o.adam.beta2, Epsilon: o.adam.epsilon}, p.W, p.Grad, h, own[0], own[1])
	} else {
		next := g.Apply(op.Binary{Fn: "add"}, g.Apply(op.Scale(o.momentum), own[0]), p.Grad)
		x := next
		if o.nesterov {
			x = g.Apply(op.Binary{Fn: "add"}, p.Grad, g.Apply(op.Scale(o.momentum), next))
		}
		scale := 1.0
		if o.rate != nil {
			scale = math.Sqrt(float64(max(w.Shape[0], w.Shape[1]))) * *o.rate
		}
		n = g.Apply(op.Muon{Scale: scale}, p.W, o.orthogonal(g, x), p.Hyper, own[0], next)
	}
	return o.averaged(g, p, n)
}

// orthogonal is nearly the orthogonal matrix that is nearest to x, by the iteration of Newton and
// Schulz.
func (o *muon) orthogonal(g *op.Graph, x *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	s := op.SpecOf(x).Shape
	x = g.Apply(op.Binary{Fn: "div"}, x, g.Apply(op.Unary{Fn: "affine", A: 1, B: 1e-7}, g.Apply(op.Norm{}, x)))
	x = g.Apply(op.Reshape{To: []int{1, s[0], s[1]}}, x)
	turn := op.Transpose{Perm: []int{0, 2, 1}}
	if s[0] > s[1] {
		x = g.Apply(turn, x)
	}
	for range o.iterations {
		xx := g.Apply(op.MatMul{TransB: true}, x, x)
		b := g.Apply(op.Binary{Fn: "add"}, g.Apply(op.Scale(o.b), xx), g.Apply(op.MatMul{}, g.Apply(op.Scale(o.c), xx), xx))
		x = g.Apply(op.Binary{Fn: "add"}, g.Apply(op.Scale(o.a), x), g.Apply(op.MatMul{}, b, x))
	}
	if s[0] > s[1] {
		x = g.Apply(turn, x)
	}
	return g.Apply(op.Reshape{To: s}, x)
}
