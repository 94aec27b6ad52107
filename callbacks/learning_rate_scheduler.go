package callbacks

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("learning_rate_scheduler", func() Callback { return new(learningRateScheduler) })

// learningRateScheduler sets the learning rate of each epoch to the value of an expression.
type learningRateScheduler struct {
	schedule schema.Expr
	verbose  int
}

func (c *learningRateScheduler) Schema(b *schema.Block) {
	b.Doc("Sets the learning rate at the beginning of each epoch.", "keras.callbacks.LearningRateScheduler")
	b.Expr(&c.schedule, "schedule", "Expression of epoch, which counts from 0, and learning_rate, the rate so far: epoch < 10 ? learning_rate : learning_rate * 0.9.")
	b.Int(&c.verbose, "verbose", "1 says what the learning rate is set to.", schema.Default(0))
}

// SetsLearningRate says that the learning rate must be a plain number.
func (c *learningRateScheduler) SetsLearningRate() {}

// Validate tries the expression for the first epoch.
func (c *learningRateScheduler) Validate() error {
	v, diags := c.schedule.Eval(map[string]cty.Value{"epoch": cty.Zero, "learning_rate": cty.UnknownVal(cty.Number)})
	if diags.HasErrors() {
		return schema.At("schedule", firstError(diags))
	}
	if v.IsKnown() && (v.IsNull() || v.Type() != cty.Number) || !v.IsKnown() && v.Type() != cty.Number && v.Type() != cty.DynamicPseudoType {
		return schema.Atf("schedule", "the learning rate must be a number, got %s", schema.Show(v))
	}
	return nil
}

func firstError(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return diags
}

// EpochBegin evaluates the expression.
func (c *learningRateScheduler) EpochBegin(e Epoch) (Decision, error) {
	rate, err := cty.ParseNumberVal(strconv.FormatFloat(e.Rate, 'g', -1, 32))
	if err != nil {
		return Decision{}, fmt.Errorf("learning rate %g: %w", e.Rate, err)
	}
	v, diags := c.schedule.Eval(map[string]cty.Value{"epoch": cty.NumberIntVal(int64(e.Epoch)), "learning_rate": rate})
	if diags.HasErrors() {
		return Decision{}, fmt.Errorf("epoch %d: %w", e.Epoch, diags)
	}
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number || v.AsBigFloat().IsInf() {
		return Decision{}, fmt.Errorf("epoch %d: the learning rate must be a number, got %s", e.Epoch, schema.Show(v))
	}
	next, _ := v.AsBigFloat().Float64()
	d := Decision{LearningRate: &next}
	if c.verbose > 0 {
		d.Note = fmt.Sprintf("Epoch %d: learning_rate_scheduler setting learning rate to %g.", e.Epoch+1, next)
	}
	return d, nil
}
