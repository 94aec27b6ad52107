package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv_lstm1d", func() Layer { return new(convLSTM1D) })

// convLSTM1D reads a sequence of lines.
type convLSTM1D struct{ convLSTM }

func (l *convLSTM1D) Schema(b *schema.Block) { l.schema(b, 1) }
