package optimizer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("adamw", func() Optimizer { return new(adamw) })

// adamw is adam with a weight decay of 0.004 unless said otherwise (Loshchilov and Hutter, 2019).
type adamw struct{ adam }

func (o *adamw) Schema(b *schema.Block) {
	b.Doc("Adam with weight decay, apart from the gradient.", "keras.optimizers.AdamW")
	o.bind(b)
	o.common.bind(b, 0.001, schema.Default(0.004))
}
