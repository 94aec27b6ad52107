// Package f32winograd has the steps of Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2015): 4 by 4 outputs of a 3 by 3 convolution take 36 products instead of 144. Package f32conv2d puts them together.
//
// The algorithm evaluates polynomials at the points 0, infinity, a, -a, b and -b. With the a = 3/4 and b = 3/2 used here, which are
// exact and whose powers stay near 1, the error of a result is about twice that of summing the 144 products; with the customary 1 and 2
// it is 5 to 10 times that.
//
// With d a tile of 6 by 6 inputs, g a kernel, z a tile of 4 by 4 gradients of outputs, and transforms along both axes:
//
//	Input(d)      = B'd B     Kernel(g)     = G g G'     Output(m)  = A'm A
//	Gradient(z)   = A z A'    KernelGrad(s) = G's G
//
//	y  = Output(sum over channels of Kernel(g) Input(d))         element by element
//	dg = KernelGrad(sum over tiles of Input(d) Gradient(z))
//
//	     | a²b²    0  -(a²+b²)   0     1  0 |      | 1/a²b²    0     0    |       | 1  0  1  1  1  1 |
//	     |  0   a²b²     0   -(a²+b²)  0  1 |      | 0        0     1     |       | 0  0  a -a  b -b |
//	B' = |  0   -ab²    -b²      a     1  0 |  G = | 1/n     a/n   a²/n   |  A' = | 0  0  a² a² b² b²|
//	     |  0    ab²    -b²     -a     1  0 |      | 1/n    -a/n   a²/n   |       | 0  1  a³-a³ b³-b³|
//	     |  0   -a²b    -a²      b     1  0 |      | 1/m     b/m   b²/m   |
//	     |  0    a²b    -a²     -b     1  0 |      | 1/m    -b/m   b²/m   |
//
//	n = 2a²(a²-b²), m = 2b²(b²-a²)
//
// Every function has the same bits on every instruction set: the lines of a transform are those of the functions in lines.go.
package f32winograd

import (
	"fmt"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

const (
	// Tile is how many outputs a tile has along an axis, Size how many inputs, Freqs how many products.
	Tile, Size, Freqs = 4, 6, Size * Size
	// Taps is the kernel's size along an axis.
	Taps = 3
	// Groups is how many groups of GroupRows rows, which are made together, the result of a transform to Size by Size has; AllGroups are all of them.
	Groups, GroupRows, AllGroups = 3, 2, 7
)

// Side is where the grids of one side of a transform are: grid i begins at Data[Pos[i]], its rows are Line apart, the cells of a row
// Cell apart. A cell is a vector over the channels.
type Side struct {
	Data       []float32
	Pos        []int
	Line, Cell int
}

// Job is what a transform does: for each grid of From, and each of Width channels, one of To.
//
// What Input, Gradient and Kernel write, and Output and KernelGrad read, are rows filled up to whole vectors, with PadTo(isa, Width) elements.
type Job struct {
	From, To Side
	Width    int
	Groups   uint32    // which rows of the result to make, a bit for each group
	Bias     []float32 // of Output, filled up to a multiple of 16 elements
	Floor    float32   // of Output, the least value
}

// Lanes returns how many elements a vector has; rows are multiples of that.
func Lanes(i isa.ISA) int {
	if i == isa.AVX512 {
		return 16
	}
	return 8
}

// PadTo rounds up to whole vectors.
func PadTo(i isa.ISA, n int) int { return (n + Lanes(i) - 1) / Lanes(i) * Lanes(i) }

// Input transforms tiles of 6 by 6 inputs.
func Input(i isa.ISA, j *Job) { run(i, input, j) }

// Output makes tiles of 4 by 4 outputs: flush(max(A'm A + bias, floor)), where flush is f32vec.Flush and a NaN stays one.
func Output(i isa.ISA, j *Job) { run(i, output, j) }

// Gradient transforms tiles of 4 by 4 gradients of outputs.
func Gradient(i isa.ISA, j *Job) { run(i, gradient, j) }

// Kernel transforms kernels of 3 by 3.
func Kernel(i isa.ISA, j *Job) { run(i, kernel, j) }

// KernelGrad makes gradients of kernels, of 3 by 3, flushed.
func KernelGrad(i isa.ISA, j *Job) { run(i, kernelGrad, j) }

func run(i isa.ISA, k *kind, j *Job) {
	if len(j.From.Pos) != len(j.To.Pos) {
		panic(fmt.Sprintf("f32winograd: %d grids to %d", len(j.From.Pos), len(j.To.Pos)))
	}
	if len(j.From.Pos) == 0 || j.Width == 0 {
		return
	}
	transform(i, k, j)
}

// Product is a product of matrices: for each of Rows rows r and Width columns c
//
//	s = 0; for each of Depth k, ascending:  s = fma(a[r,k], b[k,c], s)
//	dst[r,c] = s, or dst[r,c] + s if Load
//
// where a[r,k] is a[k,r] if Transposed. Depth is at least 1.
// Width is at most 2 vectors. B and Dst have rows of whole vectors.
type Product struct {
	A           []float32
	LDA         int
	Transposed  bool
	Rows, Depth int
	B           []float32
	LDB         int
	Dst         []float32
	LDD         int
	Width       int
	Load        bool
}

// MaxWidth is the most columns of a Product.
func MaxWidth(i isa.ISA) int { return 2 * Lanes(i) }

// Multiply computes p.
func Multiply(i isa.ISA, p *Product) {
	if p.Rows > 0 {
		multiply(i, p)
	}
}
