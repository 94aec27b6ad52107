package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// lora is embedded by layers whose kernel can be left as it is, while a product of two small matrices that is added to it is
// trained: low-rank adaptation (Hu and others, 2021, arXiv:2106.09685), after keras/src/layers/core/dense.py: enable_lora.
type lora struct {
	loraRank  *int // nil for none
	loraAlpha *float64
}

// bindLora binds the arguments; what names the weight that is adapted.
func (l *lora) bindLora(b *schema.Block, what string) {
	*l = lora{}
	b.OptInt(&l.loraRank, "lora_rank", "Columns of the first of two matrices whose product is added to the "+what+" and trained in its place (low-rank adaptation); none when left out.", schema.AtLeast(1))
	b.OptFloat(&l.loraAlpha, "lora_alpha", "The product is multiplied by lora_alpha / lora_rank; lora_rank when left out.", schema.Above(0))
}

// checkLora refuses a constraint, as Keras does. args are of the weight whose arguments begin with prefix.
func (l *lora) checkLora(args WeightArgs, prefix string) error {
	switch {
	case l.loraRank == nil && l.loraAlpha != nil:
		return schema.Atf("lora_alpha", "the layer has lora_alpha but no lora_rank, which it goes with")
	case l.loraRank != nil && args.Constraint != nil:
		return schema.Atf(prefix+"_constraint", "the layer has lora_rank, which does not go with %s_constraint: what is constrained is not trained", prefix)
	}
	return nil
}

// adapted are the weights of a layer of which the first, whose name ends in what, is adapted: lora_WHAT_a with the axes of that weight
// but the last, and lora_rank; and lora_WHAT_b [lora_rank, last axis].
func (l *lora) adapted(w []Weight, what string) []Weight {
	if l.loraRank == nil {
		return w
	}
	w[0].NonTrainable = true
	n := len(w[0].Shape) - 1
	args := startingAt("he_uniform")
	args.Regularizer = w[0].Args.Regularizer
	a := Weight{Name: "lora_" + what + "_a", Shape: append(slices.Clone(w[0].Shape[:n]), *l.loraRank), Args: args, Added: true}
	args = WeightArgs{Initializer: zeros(), Regularizer: args.Regularizer}
	return append(w, a, Weight{Name: "lora_" + what + "_b", Shape: shape.Shape{*l.loraRank, w[0].Shape[n]}, Args: args, Added: true})
}

func zeros() initializer.Initializer { return startingAt("zeros").Initializer }

// merged is the weight called what with the product added.
func (l *lora) merged(s *Scope, what string) *op.Node {
	w := s.Weight(what)
	if l.loraRank == nil || s.Err() != nil {
		return w
	}
	to := op.SpecOf(w).Shape
	a := reshaped(s, s.Weight("lora_"+what+"_a"), shape.Shape(to[:len(to)-1]).Size(), *l.loraRank)
	return s.Apply(op.Binary{Fn: "add"}, w, reshaped(s, l.times(s, a, what), to...))
}

// times is a, some rows of the first matrix, times the second and the factor.
func (l *lora) times(s *Scope, a *op.Node, what string) *op.Node {
	y := s.Apply(op.Dense{}, a, s.Weight("lora_"+what+"_b"))
	if l.loraAlpha == nil || *l.loraAlpha == float64(*l.loraRank) {
		return y
	}
	return s.Apply(op.Scale(*l.loraAlpha/float64(*l.loraRank)), y)
}
