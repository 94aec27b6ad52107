package layer

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// mode is embedded by layers that do something else in training: Keras' call argument training.
type mode struct{ training cty.Value }

func (m *mode) Bind(b *schema.Block) {
	m.training = cty.NilVal
	b.Value(&m.training, "training", "true or false: work as in training, or as in prediction, always; as the run does when left out.", func(v cty.Value) error {
		if v.Type() != cty.Bool {
			return fmt.Errorf("true or false is wanted, got %s", schema.Show(v))
		}
		return nil
	}, schema.Optional())
}

// CallArguments binds training, which is an argument of the call.
func (m *mode) CallArguments(b *schema.Block) { m.Bind(b) }

// trains tells whether the layer works as in training.
func (m *mode) trains(s *Scope) bool {
	if m.training == cty.NilVal {
		return s.Training
	}
	return m.training.True()
}
