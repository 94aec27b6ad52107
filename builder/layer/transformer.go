package layer

import (
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// transformer is what transformer_encoder and transformer_decoder have in common: the arguments, and
// their parts, each with a name that is part of its weights' paths.
type transformer struct {
	intermediate   int
	heads          int
	dropout        float64
	activation     activation.Activation
	epsilon        float64
	kernel, bias   WeightArgs
	normalizeFirst bool
	mode
	Activity
	Masking
}

func (l *transformer) bind(b *schema.Block) {
	b.Int(&l.intermediate, "intermediate_dim", "Width of the feedforward part.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Int(&l.heads, "num_heads", "Number of heads; each is as long as the features divided by it.", schema.AtLeast(1))
	b.Float(&l.dropout, "dropout", "Share of the attention weights, and of what each part adds, that is dropped in training.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.0))
	schema.Choose(b, &l.activation, "activation", "Activation inside the feedforward part.", activation.Registry, schema.Default("relu"))
	b.Float(&l.epsilon, "layer_norm_epsilon", "Small number added to the variance by each layer normalization.", schema.AtLeast(0), schema.Default(1e-5))
	schema.Choose(b, &l.kernel.Initializer, "kernel_initializer", "First values of the kernels.", initializer.Registry, schema.Default("glorot_uniform"))
	schema.Choose(b, &l.bias.Initializer, "bias_initializer", "First values of the biases.", initializer.Registry, schema.Default("zeros"))
	b.Bool(&l.normalizeFirst, "normalize_first", "Whether what goes into a part is normalized, as in GPT-2; else what comes out of the sum, as in BERT.", schema.Default(false))
	l.mode.Bind(b)
	l.Activity.Bind(b)
}

// Shape is that of the first input.
func (l *transformer) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSequence(in); err != nil {
		return x, err
	}
	if n := x.Shape[1]; n != shape.Unknown && n < l.heads {
		return x, schema.Atf("num_heads", "%d heads cannot share the %d features of the input %s", l.heads, n, x)
	}
	if out, err := activation.Shape(l.activation, shape.Shape{x.Shape[0], l.intermediate}); err != nil {
		return x, schema.At("activation", err)
	} else if out[1] != l.intermediate {
		return x, schema.Atf("activation", "an activation that keeps the number of features is wanted")
	}
	if err := wantSize("a kernel", shape.Shape{x.Shape[1], max(l.intermediate, x.Shape[1])}); err != nil {
		return x, schema.At("intermediate_dim", err)
	}
	return shape.Of(x.Shape...), nil
}

// multiHead is the attention for so many features.
func (l *transformer) multiHead(features int) *heads {
	depth := shape.Unknown
	if features != shape.Unknown {
		depth = features / l.heads
	}
	return &heads{queries: l.heads, groups: l.heads, depth: depth, width: depth, dropout: l.dropout, useBias: true, kernel: l.kernel, bias: l.bias, mode: l.mode}
}

// under puts the name of a part before the names of its weights.
func under(name string, w []Weight) []Weight {
	for i := range w {
		w[i].Name = name + "/" + w[i].Name
	}
	return w
}

// partOf is the scope of a part of a layer: its weights, and its random streams, are under its name.
func partOf(s *Scope, name string) *Scope {
	p := *s
	p.Path = s.Path + "/" + name
	p.Variable = func(weight string) *op.Node { return s.Variable(name + "/" + weight) }
	p.Random = func(purpose string) uint64 { return s.Random(name + "/" + purpose) }
	p.Masks, p.Tensors = nil, nil
	return &p
}

func (l *transformer) attentionWeights(name string, query, value int) []Weight {
	h := l.multiHead(query)
	return under(name, h.weightsOf(h.projections(query, value, value, shape.Shape{query})))
}

func (l *transformer) normWeights(name string, features int) []Weight {
	return under(name, []Weight{
		{Name: "gamma", Shape: shape.Shape{features}, Args: startingAt("ones")},
		{Name: "beta", Shape: shape.Shape{features}, Args: startingAt("zeros")},
	})
}

func (l *transformer) denseWeights(name string, in, units int) []Weight {
	return under(name, []Weight{
		{Name: "kernel", Shape: shape.Shape{in, units}, Args: l.kernel},
		{Name: "bias", Shape: shape.Shape{units}, Args: l.bias},
	})
}

// norm normalizes the last axis.
func (l *transformer) norm(s *Scope, name string, x *op.Node) *op.Node {
	p := partOf(s, name)
	return s.Apply(op.LayerNorm{Axes: []int{2}, Epsilon: l.epsilon, Scale: true, Center: true}, x, p.Weight("gamma"), p.Weight("beta"))
}

// drop is the dropout called name.
func (l *transformer) drop(s *Scope, name string, x *op.Node) *op.Node {
	if !l.trains(s) || l.dropout == 0 {
		return x
	}
	return s.Apply(op.Dropout{Rate: l.dropout, Stream: partOf(s, name).Random("dropout")}, x)
}

// residual adds to x what a part makes of it; norm and drop are the names of the layers around it.
func (l *transformer) residual(s *Scope, x *op.Node, norm, drop string, part func(x *op.Node) *op.Node) *op.Node {
	y := x
	if l.normalizeFirst {
		y = l.norm(s, norm, y)
	}
	y = s.Apply(op.Binary{Fn: "add"}, l.drop(s, drop, part(y)), x)
	if !l.normalizeFirst {
		y = l.norm(s, norm, y)
	}
	return y
}

// attention adds to x what its queries find in value, or in x itself where value is nil.
func (l *transformer) attention(s *Scope, x, value *op.Node, name, norm, drop string, masks []*op.Node, causal bool) *op.Node {
	if s.Err() != nil {
		return nil
	}
	features := x.Shape()[2]
	return l.residual(s, x, norm, drop, func(y *op.Node) *op.Node {
		v := value
		if v == nil {
			v = y
		}
		return l.multiHead(features).attend(partOf(s, name), attending{query: y, value: v, key: v, masks: masks, causal: causal, mean: l.dropout == 0, out: shape.Shape{features}})
	})
}

// feedforward adds to x what two dense layers make of it.
func (l *transformer) feedforward(s *Scope, x *op.Node) *op.Node {
	return l.residual(s, x, "feedforward_layer_norm", "feedforward_dropout", func(y *op.Node) *op.Node {
		y = l.dense(s, "feedforward_intermediate_dense", y, l.activation)
		return l.dense(s, "feedforward_output_dense", y, nil)
	})
}

func (l *transformer) dense(s *Scope, name string, x *op.Node, a activation.Activation) *op.Node {
	p := partOf(s, name)
	relu := activation.IsRelu(a)
	y := s.Apply(op.Dense{Bias: true, Relu: relu}, x, p.Weight("kernel"), p.Weight("bias"))
	if relu {
		return y
	}
	return activation.Apply(s.Graph, a, y)
}

// stepMaskArgument is a call's argument that marks the steps that count, of the input i.
func stepMaskArgument(name string, i int) TensorArgument {
	return TensorArgument{
		Name: name,
		Help: "A tensor [time] for each example that is other than 0 for the steps that count, in place of the mask that came with the input.",
		Check: func(given, in []shape.Spec) error {
			if len(given) != 1 {
				return schema.Atf(name, "one tensor is wanted, got %d", len(given))
			}
			if i >= len(in) {
				return schema.Atf(name, "there is no input %d that this could be a mask of", i)
			}
			if m := given[0].Shape; len(m) != 1 || len(in[i].Shape) > 0 && !m.Fits(in[i].Shape[:1]) {
				return schema.Atf(name, "a mask of shape %s does not fit the steps of the input %s", m, in[i])
			}
			return nil
		},
	}
}

// padding are the masks of scores that follow from the call's arguments of the given names and, where there is
// none for steps, from the mask of input i.
func padding(s *Scope, i int, steps, pairs string) []*op.Node {
	var out []*op.Node
	if m := s.Tensors[steps]; len(m) > 0 {
		out = append(out, keyMask(s, m[0]))
	} else if m := maskOf(s, i); m != nil {
		out = append(out, keyMask(s, m))
	}
	if m := s.Tensors[pairs]; len(m) > 0 {
		out = append(out, pairMask(s, m[0]))
	}
	return out
}
