package optimizer

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// moments are the arguments of the family of Adam.
type moments struct{ beta1, beta2, epsilon float64 }

func (m *moments) bind(b *schema.Block, beta1, beta2 float64) {
	b.Float(&m.beta1, "beta_1", "Share of the old value in the mean of the gradients.", schema.Default(beta1), schema.AtLeast(0), schema.Below(1))
	b.Float(&m.beta2, "beta_2", "Share of the old value in the mean of their squares.", schema.Default(beta2), schema.AtLeast(0), schema.Below(1))
	b.Float(&m.epsilon, "epsilon", "Added to what is divided by.", schema.Default(1e-7), schema.AtLeast(0))
}

// power is x to the power n in float32. Near 1 what remains after subtracting it from 1 has few
// digits, so it must be rounded where Keras rounds it.
func power(x float64, n int) float32 { return f32vec.Pow(float32(x), float32(n)) }
