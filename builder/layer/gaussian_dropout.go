package layer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("gaussian_dropout", func() Layer { return new(gaussianDropout) })

// gaussianDropout multiplies by normal random numbers while training (Srivastava et al., 2014).
type gaussianDropout struct {
	rate float64
	noisy
}

func (n *gaussianDropout) Schema(b *schema.Block) {
	b.Doc("While training, multiplies by normal random numbers of mean 1 and of the variance that dropout has.", "keras.layers.GaussianDropout")
	b.Float(&n.rate, "rate", "Rate of the dropout with the same variance, rate/(1-rate).", schema.AtLeast(0), schema.Below(1))
	n.noisy.bind(b)
}

// Build is nothing but in training.
func (n *gaussianDropout) Build(s *Scope, in []*op.Node) *op.Node {
	if !n.trains(s) || n.rate == 0 {
		return in[0]
	}
	o := op.GaussianNoise{Mean: 1, Stddev: math.Sqrt(n.rate / (1 - n.rate)), Multiply: true, Stream: s.Random("gaussian_dropout")}
	o.OwnSeed, o.Seed = n.own()
	return s.Apply(o, in[0])
}

// moved implements anyOrder.
func (l *gaussianDropout) moved(int) Layer { return l }
