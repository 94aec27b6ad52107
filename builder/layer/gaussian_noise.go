package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("gaussian_noise", func() Layer { return new(gaussianNoise) })

// gaussianNoise adds normal random numbers while training.
type gaussianNoise struct {
	stddev float64
	noisy
}

func (n *gaussianNoise) Schema(b *schema.Block) {
	b.Doc("While training, adds normal random numbers of mean 0.", "keras.layers.GaussianNoise")
	b.Float(&n.stddev, "stddev", "Standard deviation of the numbers.", schema.AtLeast(0), schema.AtMost(1))
	n.noisy.bind(b)
}

// Build is nothing but in training.
func (n *gaussianNoise) Build(s *Scope, in []*op.Node) *op.Node {
	if !n.trains(s) || n.stddev == 0 {
		return in[0]
	}
	o := op.GaussianNoise{Stddev: n.stddev, Stream: s.Random("gaussian_noise")}
	o.OwnSeed, o.Seed = n.own()
	return s.Apply(o, in[0])
}

// moved implements anyOrder.
func (l *gaussianNoise) moved(int) Layer { return l }
