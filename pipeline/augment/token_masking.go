package augment

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("token_masking", func() Augment { return new(tokenMasking) })

// tokenMasking replaces some of the tokens of a text.
type tokenMasking struct {
	rate, maskRate, randomRate float64
	maskToken                  int
	vocabulary                 *int
	keep                       []int
}

// maxToken is as large as a token may be, so that a float32 holds it.
const maxToken = 1 << 24

func (a *tokenMasking) Schema(b *schema.Block) {
	b.Doc("Replaces some tokens of a text, at random, by a token that stands for none, or by any other.", "dlrun",
		"Its arguments are those of KerasHub's MaskedLMMaskGenerator. It stands behind the transform that makes indices of the text.")
	b.Float(&a.rate, "mask_selection_rate", "How likely it is that a token is chosen.", schema.AtLeast(0), schema.AtMost(1))
	b.Int(&a.maskToken, "mask_token_id", "The index of the token that stands for a chosen one.", schema.AtLeast(0), schema.AtMost(maxToken))
	b.Float(&a.maskRate, "mask_token_rate", "How likely it is that mask_token_id replaces a chosen token.", schema.Default(0.8), schema.AtLeast(0), schema.AtMost(1))
	b.Float(&a.randomRate, "random_token_rate", "How likely it is that any token of vocabulary_size replaces a chosen one. Otherwise it stays.", schema.Default(0.1), schema.AtLeast(0), schema.AtMost(1))
	b.OptInt(&a.vocabulary, "vocabulary_size", "Indices that there are. random_token_rate needs it.", schema.AtLeast(1), schema.AtMost(maxToken), schema.MayBeUnknown())
	b.Ints(&a.keep, "unselectable_token_ids", "Indices that are never chosen, as padding.", schema.Default([]int{0}))
}

// Validate checks what belongs together.
func (a *tokenMasking) Validate() error {
	if a.maskRate+a.randomRate > 1 {
		return schema.Atf("random_token_rate", "with mask_token_rate it is %g, and both are parts of 1", a.maskRate+a.randomRate)
	}
	if a.randomRate > 0 && a.vocabulary == nil {
		return schema.Atf("random_token_rate", "any token can only be drawn where vocabulary_size is known; give it, or random_token_rate = 0")
	}
	return nil
}

// Check asks for whole numbers.
func (a *tokenMasking) Check(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes indices of tokens, and column %q holds text; text_vectorization makes indices", in.Name)
	}
	return nil
}

// OfMask is nil: nothing is done to a mask.
func (a *tokenMasking) OfMask() Augment { return nil }

func (a *tokenMasking) Apply(dst, src []float32, _ []int, d *Draw) {
	for i, v := range src {
		dst[i] = v
		chosen, how := d.Unit(), d.Unit()
		any := 0
		if a.vocabulary != nil && *a.vocabulary > 0 {
			any = d.Int(*a.vocabulary)
		}
		if !(chosen < float32(a.rate)) || a.kept(v) {
			continue
		}
		switch {
		case how < float32(a.maskRate):
			dst[i] = float32(a.maskToken)
		case how < float32(a.maskRate+a.randomRate):
			dst[i] = float32(any)
		}
	}
}

func (a *tokenMasking) kept(token float32) bool {
	for _, k := range a.keep {
		if float32(k) == token {
			return true
		}
	}
	return false
}
