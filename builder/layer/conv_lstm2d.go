package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv_lstm2d", func() Layer { return new(convLSTM2D) })

// convLSTM2D reads a sequence of images.
type convLSTM2D struct{ convLSTM }

func (l *convLSTM2D) Schema(b *schema.Block) { l.schema(b, 2) }
