package callbacks

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// frequency is the argument save_freq: every epoch, or every so many steps counted over epochs.
type frequency struct {
	written cty.Value
	seen    int // steps since the last save
}

func (f *frequency) bind(b *schema.Block) {
	f.written = cty.NilVal
	b.Value(&f.written, "save_freq", "When to save: \"epoch\", or a number of steps.", func(v cty.Value) error {
		if v.Type() == cty.String && v.AsString() == "epoch" {
			return nil
		}
		if v.Type() == cty.Number {
			if n := v.AsBigFloat(); n.IsInt() && n.Sign() > 0 {
				return nil
			}
		}
		return fmt.Errorf("\"epoch\" or a whole number of steps is wanted, got %s", schema.Show(v))
	}, schema.Default("epoch"))
}

// steps is the number of steps between saves, or 0 for epochs.
func (f *frequency) steps() int {
	if f.written == cty.NilVal || f.written.Type() != cty.Number {
		return 0
	}
	n, _ := f.written.AsBigFloat().Int64()
	return int(min(n, 1<<31-1))
}

// step counts a step and tells whether to save after it.
func (f *frequency) step() bool {
	if f.steps() == 0 {
		return false
	}
	if f.seen++; f.seen < f.steps() {
		return false
	}
	f.seen = 0
	return true
}
