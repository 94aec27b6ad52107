package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Reduce makes the scalar that is minimised of the values of a loss: [batch, ...] -> []. weights is
// nil or one weight for each example, which holds for all its values. After
// keras/src/losses/loss.py: with w·v the weighted values and n the number of values,
//
//	sum                        Σ w·v
//	sum_over_batch_size, mean  Σ w·v / n
//	mean_with_sample_weight    Σ w·v / Σ w; n in the place of Σ w without weights
//
// Positions that a loss leaves out (ignore_class; a circle loss of 0), and those that out, the mask of the model's output,
// is 0 at (nil for none), count neither in the sum nor in n.
func Reduce(g *op.Graph, values, weights, out *op.Node, reduction string) *op.Node {
	if g.Err() != nil {
		return nil
	}
	r := op.LossReduce{By: reduction}
	in := []*op.Node{values}
	if weights != nil {
		r.Weighted = true
		in = append(in, weights)
	}
	m := mask(g, values)
	switch {
	case m == nil:
		m = out
	case out != nil:
		stretched := append([]int(nil), op.SpecOf(out).Shape...)
		for len(stretched) < len(op.SpecOf(m).Shape) {
			stretched = append(stretched, 1)
		}
		m = g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.Reshape{To: stretched}, out), m)
	}
	if len(op.SpecOf(values).Shape) == 0 { // one value for the whole batch: it holds for whatever is weighed
		for _, n := range []*op.Node{weights, m} {
			if n != nil {
				in[0] = g.Apply(op.BroadcastTo{To: op.SpecOf(n).Shape}, values)
			}
		}
	}
	if m != nil {
		r.Masked = true
		in = append(in, m)
	}
	return g.Apply(r, in...)
}

// mask is 1 where a value counts and 0 where not, of the values of a loss that leaves some out; else
// nil. As Keras' mask it belongs to the values themselves.
func mask(g *op.Graph, values *op.Node) *op.Node {
	o, ok := values.Op().(*op.Op)
	if !ok {
		return nil
	}
	switch d := o.Def.(type) {
	case op.Crossentropy:
		if d.HasIgnore {
			return g.Pick(values, 2)
		}
	case op.Circle:
		return g.Pick(values, 1)
	}
	return nil
}

// reduced is embedded by every loss: the argument reduction.
type reduced struct{ reduction string }

// Reduction is Keras' word for how the values become one.
func (r *reduced) Reduction() string { return r.reduction }

func (r *reduced) bind(b *schema.Block) {
	b.Enum(&r.reduction, "reduction", "How the values of a batch become one number.",
		[]string{"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"}, schema.Default("sum_over_batch_size"))
}
