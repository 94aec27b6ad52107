package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
)

// convolve is spatial.Convolve.
func convolve(s *Scope, w sliding, groups int, relu bool, x, kernel, bias *op.Node) *op.Node {
	return spatial.Convolve(s.Graph, w.window(), groups, relu, x, kernel, bias)
}

// reshaped is x in another shape.
func reshaped(s *Scope, x *op.Node, to ...int) *op.Node {
	if s.Err() != nil {
		return nil
	}
	return s.Apply(op.Reshape{To: to}, x)
}
