package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/dsl/schema"
)

// fix sets the initializer of a weight that Keras has no argument for.
func (w *WeightArgs) fix(name string) {
	i, err := initializer.Registry.New(name)
	if err != nil {
		panic(fmt.Sprintf("layer: %v", err))
	}
	schema.Describe(i) // sets its defaults
	*w = WeightArgs{Initializer: i}
}
