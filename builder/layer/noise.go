package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// noisy is embedded by the layers that do something random while training, and else nothing.
type noisy struct {
	seed *int
	mode
	elementwise
}

func (n *noisy) bind(b *schema.Block) {
	n.seed = nil
	b.OptInt(&n.seed, "seed", "Seed of the draws; they follow from the run's seed and the layer's path when left out.")
	n.mode.Bind(b)
	n.Activity.Bind(b)
}

// own is the seed, where there is one.
func (n *noisy) own() (is bool, seed uint64) {
	if n.seed == nil {
		return false, 0
	}
	return true, uint64(*n.seed)
}

// dropped is x without the elements that are dropped, the others scaled up; noise is the shape of the
// draws, nil for one for each element.
func (n *noisy) dropped(s *Scope, rate float64, noise []int, x *op.Node) *op.Node {
	o := op.Dropout{Rate: rate, Stream: s.Random("dropout"), Noise: noise}
	o.OwnSeed, o.Seed = n.own()
	return s.Apply(o, x)
}

// bindNoiseShape binds the argument noise_shape.
func bindNoiseShape(b *schema.Block, p *[]int) {
	*p = nil
	b.Ints(p, "noise_shape", "Shape of the draws, the batch first: along an axis of 1 all elements are dropped together, null is the axis of the input.", schema.Optional())
}

// checkNoise holds a noise_shape, nil where it was left out, against an input.
func checkNoise(noise []int, x shape.Spec) error {
	if noise == nil {
		return nil
	}
	if len(noise) != len(x.Shape)+1 {
		return schema.Atf("noise_shape", "noise_shape has %d axes, the input %s has %d with the batch", len(noise), x, len(x.Shape)+1)
	}
	for i, n := range noise {
		switch {
		case n == shape.Unknown || n == 1:
		case i == 0:
			return schema.Atf("noise_shape", "the first axis of noise_shape is the batch: it is 1 or null, got %d", n)
		case x.Shape[i-1] != shape.Unknown && x.Shape[i-1] != n:
			return schema.Atf("noise_shape", "axis %d of noise_shape is %d, that of the input %s is %d: it must be the same, 1 or null", i, n, x, x.Shape[i-1])
		}
	}
	return nil
}

// noiseOf is the shape of the draws for x.
func noiseOf(noise []int, x *op.Node) []int {
	var out []int
	for i, n := range noise {
		if n != 1 {
			n = x.Shape()[i]
		}
		out = append(out, n)
	}
	return out
}

// spatialDropout is embedded by the dropouts of whole channels, after
// keras/src/layers/regularization/spatial_dropout.py (Tompson et al., 2014, arXiv:1411.4280).
type spatialDropout struct {
	rank int
	rate float64
	dataFormat
	noisy
}

func (d *spatialDropout) bind(b *schema.Block, rank int) {
	d.rank = rank
	bindRate(b, &d.rate)
	if rank > 1 {
		d.bindFormat(b)
	}
	d.noisy.bind(b)
}

func bindRate(b *schema.Block, p *float64) {
	b.Float(p, "rate", "Share of what is dropped.", schema.AtLeast(0), schema.AtMost(1))
}

// Shape is that of the input.
func (d *spatialDropout) Shape(in []shape.Spec) (shape.Spec, error) {
	return in[0], wantSpatial(in[0], d.rank)
}

// Build is nothing but in training.
func (d *spatialDropout) Build(s *Scope, in []*op.Node) *op.Node {
	if !d.trains(s) || d.rate == 0 {
		return in[0]
	}
	x := op.SpecOf(in[0]).Shape
	noise := fill(len(x), 1)
	noise[0], noise[len(x)-1] = x[0], x[len(x)-1]
	return d.dropped(s, d.rate, noise, in[0])
}
