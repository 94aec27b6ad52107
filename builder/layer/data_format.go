package layer

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// channelsLast binds data_format, of whose two values one is offered.
func channelsLast(b *schema.Block) {
	var v cty.Value
	b.Value(&v, "data_format", `Order of the axes; "channels_last" is the only one.`, func(v cty.Value) error {
		if v.Type() == cty.String && v.AsString() == "channels_last" {
			return nil
		}
		if v.Type() == cty.String && v.AsString() == "channels_first" {
			return fmt.Errorf(`"channels_first" is not offered: channels are the last axis here; a layer "permute" with dims = [2, 3, 1] moves those of an image there`)
		}
		return fmt.Errorf(`"channels_last" is wanted, got %s`, schema.Show(v))
	}, schema.Default("channels_last"))
}
