package layer

import (
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// What batch_normalization does in training with a mask, or with renorm, written out in operations after
// keras/src/layers/normalization/batch_normalization.py.

// bindClipping binds renorm_clipping.
func (n *batchNormalization) bindClipping(b *schema.Block) {
	n.clipping = nil
	var v cty.Value
	b.Value(&v, "renorm_clipping", "Bounds of renorm's corrections x·r + d, as { rmin = 0.3, rmax = 3, dmax = 5 }, each of which may be left out.", func(v cty.Value) error {
		n.clipping = map[string]float64{}
		if !v.Type().IsObjectType() && !v.Type().IsMapType() {
			return fmt.Errorf("an object is wanted, as { rmin = 0.3, rmax = 3, dmax = 5 }, got %s", schema.Show(v))
		}
		for name, x := range v.AsValueMap() {
			switch {
			case name != "rmin" && name != "rmax" && name != "dmax":
				return fmt.Errorf("there is no bound %q, only rmin, rmax and dmax", name)
			case !x.IsNull() && x.Type() != cty.Number:
				return fmt.Errorf("a number is wanted for %s, got %s", name, schema.Show(x))
			case !x.IsNull():
				n.clipping[name], _ = x.AsBigFloat().Float64()
			}
		}
		least, low := n.clipping["rmin"]
		most, high := n.clipping["rmax"]
		if low && high && most < least {
			return fmt.Errorf("rmax = %v is less than rmin = %v", most, least)
		}
		if d := n.clipping["dmax"]; d < 0 {
			return fmt.Errorf("dmax = %v is less than 0", d)
		}
		return nil
	}, schema.Optional())
}

// renormWeights are the weights that renorm adds, each [channels].
func (n *batchNormalization) renormWeights(channels shape.Shape) []Weight {
	root := WeightArgs{Initializer: rootOf{n.movingVariance.Initializer}}
	return []Weight{
		{Name: "moving_stddev", Shape: channels, Args: root, NonTrainable: true},
		{Name: "renorm_mean", Shape: channels, Args: n.movingMean, NonTrainable: true},
		{Name: "renorm_stddev", Shape: channels, Args: root, NonTrainable: true},
	}
}

// rootOf takes the square roots of what an initializer gives.
type rootOf struct{ initializer.Initializer }

// Fill fills w.
func (r rootOf) Fill(w []float32, s []int, key initializer.Key) error {
	err := r.Initializer.Fill(w, s, key)
	for i, x := range w {
		w[i] = float32(math.Sqrt(float64(x)))
	}
	return err
}

// written is the layer in training.
func (n *batchNormalization) written(s *Scope, x, mask *op.Node, axis int) *op.Node {
	rank := len(x.Shape())
	channels := x.Shape()[axis]
	var axes []int
	wide := fill(rank, 1) // the shape of a statistic along x
	wide[axis] = channels
	for i := range rank {
		if i != axis {
			axes = append(axes, i)
		}
	}
	add, sub, mul, div := op.Binary{Fn: "add"}, op.Binary{Fn: "sub"}, op.Binary{Fn: "mul"}, op.Binary{Fn: "div"}
	sum := func(x *op.Node) *op.Node { return s.Apply(op.Reduce{Fn: "sum", Axes: axes, KeepDims: true}, x) }
	stretched := func(x *op.Node) *op.Node { return s.Apply(op.Reshape{To: wide}, x) }
	flat := func(x *op.Node) *op.Node { return s.Apply(op.Reshape{To: []int{channels}}, x) }
	square := func(x *op.Node) *op.Node { return s.Apply(op.Unary{Fn: "square"}, x) }

	mean := func(x *op.Node) *op.Node { return s.Apply(op.Reduce{Fn: "mean", Axes: axes, KeepDims: true}, x) }
	if mask != nil {
		d := mask.Shape()
		counts := s.Apply(op.BroadcastTo{To: x.Shape()}, s.Apply(op.Reshape{To: append(append([]int(nil), d...), 1)}, mask))
		total := s.Apply(op.Unary{Fn: "affine", A: 1, B: 1e-7}, sum(counts))
		mean = func(x *op.Node) *op.Node { return s.Apply(div, sum(s.Apply(mul, x, counts)), total) }
	}
	m := mean(x)
	centered := s.Apply(sub, x, m)
	variance := mean(square(centered))
	shifted := s.Apply(op.Unary{Fn: "affine", A: 1, B: n.epsilon}, variance)

	var gamma, beta *op.Node
	if n.scale {
		gamma = stretched(s.Weight("gamma"))
	}
	if n.center {
		beta = stretched(s.Weight("beta"))
	}
	// move makes share·old + (1-share)·value the weight's value for the next step, and returns it.
	move := func(weight string, share float64, value *op.Node) *op.Node {
		old := s.Weight(weight)
		next := s.Apply(add, s.Apply(op.Scale(share), old), s.Apply(op.Scale(1-share), flat(value)))
		s.Also(s.Apply(op.Assign{}, old, next))
		return next
	}
	if n.renorm {
		stddev := s.Apply(op.Unary{Fn: "sqrt"}, shifted)
		deviation := stretched(s.Apply(op.Unary{Fn: "clip", A: math.Sqrt(n.epsilon), B: math.Inf(1)}, s.Weight("renorm_stddev")))
		r := s.Apply(div, stddev, deviation)
		d := s.Apply(div, s.Apply(sub, m, stretched(s.Weight("renorm_mean"))), deviation)
		r, d = n.clipped(s, r, d)
		r, d = s.Apply(op.StopGradient{}, r), s.Apply(op.StopGradient{}, d)
		if gamma != nil {
			r, d = s.Apply(mul, r, gamma), s.Apply(mul, d, gamma)
		}
		if gamma = r; beta != nil {
			d = s.Apply(add, d, beta)
		}
		beta = d
		move("renorm_mean", n.renormMomentum, m)
		move("renorm_stddev", n.renormMomentum, stddev)
		move("moving_mean", n.momentum, m)
		moved := move("moving_stddev", n.momentum, stddev)
		below := s.Apply(op.Unary{Fn: "affine", A: 1, B: -n.epsilon}, square(moved))
		s.Also(s.Apply(op.Assign{}, s.Weight("moving_variance"), s.Apply(op.Unary{Fn: "relu"}, below)))
	} else {
		move("moving_mean", n.momentum, m)
		move("moving_variance", n.momentum, variance)
	}
	y := s.Apply(mul, centered, s.Apply(op.Unary{Fn: "rsqrt"}, shifted))
	if gamma != nil {
		y = s.Apply(mul, y, gamma)
	}
	if beta != nil {
		y = s.Apply(add, y, beta)
	}
	return y
}

// clipped are the corrections within their bounds.
func (n *batchNormalization) clipped(s *Scope, r, d *op.Node) (rc, dc *op.Node) {
	least, low := n.clipping["rmin"]
	most, high := n.clipping["rmax"]
	if !low {
		least = math.Inf(-1)
	}
	if !high {
		most = math.Inf(1)
	}
	if low || high {
		r = s.Apply(op.Unary{Fn: "clip", A: least, B: most}, r)
	}
	if bound, ok := n.clipping["dmax"]; ok {
		d = s.Apply(op.Unary{Fn: "clip", A: -bound, B: bound}, d)
	}
	return r, d
}
