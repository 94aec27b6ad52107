package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv_lstm3d", func() Layer { return new(convLSTM3D) })

// convLSTM3D reads a sequence of volumes.
type convLSTM3D struct{ convLSTM }

func (l *convLSTM3D) Schema(b *schema.Block) { l.schema(b, 3) }
