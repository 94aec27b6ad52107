// Asm generates the vector kernels of package f32vec. Each does to a vector, operation by operation, what the package's Go code
// does to one element.
package main

import (
	. "github.com/mmcloughlin/avo/build"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

func main() {
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		function(w, "exp", nil, exp)
		function(w, "expm1", nil, expm1)
		function(w, "tanh", nil, tanh)
		function(w, "sigmoid", nil, sigmoid)
		function(w, "log", onlyPositiveNormal, log)
		function(w, "erf", nil, erf)
	}
	sweeps()
	activations()
	Generate()
}
