package f32norm

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// args is what the kernels read; asm/main.go knows its layout.
type args struct {
	x, z, out                            *float32
	rows                                 int
	stride                               int // bytes
	mean, scale, shift, a, center, slope *float32
	sums, more                           *float64
	mask                                 *int32
	floor                                float32
	blocks                               int // of 16 columns; the kernel counts them down
}

// maskTable holds at maskTable[8-n:] a mask for n of 8 channels.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// Of a matrix of many channels, blockFloats elements, or blockRows rows, are done, all their channels, before going on: what stays in
// the first-level cache, or, where rows are long, makes up for loading what belongs to channels.
const blockFloats, blockRows = 2048, 32

// sweep is the work of a kernel on a matrix; what it does not use is nil.
type sweep struct {
	x, z, out          []float32
	mean, scale, shift []float32 // by channel, as all that follows
	a, center, slope   []float32
	sums, more         []float64
	floor              float32
}

// run does all of n channels and returns n, or 0 without vector instructions.
func (s *sweep) run(i isa.ISA, k kernel, n int) int {
	if i == isa.Generic || n == 0 || len(s.x) == 0 {
		return 0
	}
	total := len(s.x) / n
	step := total
	if n > 16 {
		step = max(blockRows, blockFloats/n)
	}
	for r := 0; r < total; r += step {
		m := min(step, total-r)
		if n >= 16 {
			g := s.args(r*n, 0, m, n)
			g.blocks = n / 16
			call(k, 16, (*byte)(unsafe.Pointer(&g)))
		}
		c := n &^ 15
		if n-c >= 8 {
			g := s.args(r*n+c, c, m, n)
			call(k, 8, (*byte)(unsafe.Pointer(&g)))
			c += 8
		}
		if w := n - c; w > 0 {
			s.part(k, r*n+c, c, m, n)
		}
	}
	return n
}

// args are for rows from element at on, and columns from c on.
func (s *sweep) args(at, c, rows, n int) args {
	return args{
		x: &s.x[at], z: address(s.z, at), out: address(s.out, at), rows: rows, stride: 4 * n, floor: s.floor,
		mean: address(s.mean, c), scale: address(s.scale, c), shift: address(s.shift, c),
		a: address(s.a, c), center: address(s.center, c), slope: address(s.slope, c),
		sums: address(s.sums, c), more: address(s.more, c), mask: &maskTable[max(0, 8-(n-c))],
	}
}

// part does the last columns, fewer than 8.
func (s *sweep) part(k kernel, at, c, rows, n int) {
	g := s.args(at, c, rows, n)
	if s.sums == nil {
		call(k, n-c, (*byte)(unsafe.Pointer(&g)))
		return
	}
	// The kernel writes whole vectors of sums.
	var room [2][8]float64
	copy(room[0][:], s.sums[c:n])
	copy(room[1][:], s.more[c:n])
	g.sums, g.more = &room[0][0], &room[1][0]
	call(k, n-c, (*byte)(unsafe.Pointer(&g)))
	copy(s.sums[c:n], room[0][:])
	copy(s.more[c:n], room[1][:])
}

func address[T any](x []T, at int) *T {
	if x == nil {
		return nil
	}
	return &x[at]
}

func vecMoments(i isa.ISA, sums, squares []float64, x []float32) int {
	s := sweep{x: x, sums: sums, more: squares}
	return s.run(i, moments, len(sums))
}

func vecApply(i isa.ISA, y, x, scale, shift []float32, floor float32) int {
	s := sweep{x: x, out: y, scale: scale, shift: shift, floor: floor}
	return s.run(i, apply, len(scale))
}

func vecProducts(i isa.ISA, sums, more []float64, x, z, mean []float32, relu *Relu) int {
	s := sweep{x: x, z: z, sums: sums, more: more, mean: mean}
	if relu == nil {
		return s.run(i, products, len(mean))
	}
	s.scale, s.shift = relu.Scale, relu.Shift
	return s.run(i, reluProducts, len(mean))
}

func vecGrad(i isa.ISA, dx, x, z []float32, c *Slopes, relu *Relu) int {
	s := sweep{x: x, z: z, out: dx, mean: c.Mean, a: c.A, center: c.Center, slope: c.Slope}
	if relu == nil {
		return s.run(i, grad, len(c.Mean))
	}
	s.scale, s.shift = relu.Scale, relu.Shift
	return s.run(i, reluGrad, len(c.Mean))
}
