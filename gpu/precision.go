package gpu

import "github.com/dlrun/dlrun/builder/op"

// Precision is how the factors of products are rounded on their way into the tensor cores: products of matrices and convolutions, forward and
// backward. Sums are float32, and so is all that lies in memory.
type Precision int

const (
	Float32  Precision = iota // not at all; tensor cores are not used
	TF32                      // to 10 bits after the point
	BFloat16                  // to 7 bits after the point
	Float16                   // to 10 bits after the point, up to 65504
)

// suffix is what the names of kernels end with.
func (p Precision) suffix() string { return [...]string{"", "_tf32", "_bf16", "_f16"}[p] }

// of is the precision of an operation's products: losses and updates keep float32.
func (p Precision) of(o *op.Op) Precision {
	if o != nil && (o.Origin.Part == op.Forward || o.Origin.Part == op.Backward) {
		return p
	}
	return Float32
}
