package f32winograd

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// transformArgs is what the transforms read; asm/transform.go knows its layout. Lines and cells are in bytes.
type transformArgs struct {
	src              *float32
	srcPos           *int
	srcLine, srcCell int
	dst              *float32
	dstPos           *int
	dstLine, dstCell int
	items, vectors   int
	groups           uint32
	floor            float32
	bias             *float32
	mask             uint64 // AVX-512: the channels of the last vector
	tail             *int32 // AVX2: likewise
}

// maskTable holds at maskTable[8-n:] a mask for n of 8 channels.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

func transform(i isa.ISA, k *kind, j *Job) {
	if i == isa.Generic {
		transformGeneric(k, j)
		return
	}
	l := Lanes(i)
	t := transformArgs{
		src: unsafe.SliceData(j.From.Data), srcPos: unsafe.SliceData(j.From.Pos), srcLine: 4 * j.From.Line, srcCell: 4 * j.From.Cell,
		dst: unsafe.SliceData(j.To.Data), dstPos: unsafe.SliceData(j.To.Pos), dstLine: 4 * j.To.Line, dstCell: 4 * j.To.Cell,
		items: len(j.To.Pos), vectors: (j.Width + l - 1) / l, groups: j.Groups, floor: j.Floor, bias: unsafe.SliceData(j.Bias),
	}
	if k.out != Size {
		t.groups = AllGroups
	}
	last := (j.Width-1)%l + 1
	t.mask = 1<<last - 1
	t.tail = &maskTable[8-min(last, 8)]
	p := (*byte)(unsafe.Pointer(&t))
	if i == isa.AVX512 {
		switch k.id {
		case input.id:
			inputAVX512(p)
		case output.id:
			outputAVX512(p)
		case gradient.id:
			gradientAVX512(p)
		case kernel.id:
			kernelAVX512(p)
		case kernelGrad.id:
			kernelGradAVX512(p)
		}
		return
	}
	switch k.id {
	case input.id:
		inputAVX2(p)
	case output.id:
		outputAVX2(p)
	case gradient.id:
		gradientAVX2(p)
	case kernel.id:
		kernelAVX2(p)
	case kernelGrad.id:
		kernelGradAVX2(p)
	}
}

// productArgs is what the product's kernels read; asm/main.go knows its layout. Distances of rows are in bytes.
type productArgs struct {
	a    *float32
	lda  int
	k    int
	b    *float32
	ldb  int
	dst  *float32
	ldd  int
	rows int // in strips of the kernel's height
	load uint32
}

func multiply(i isa.ISA, p *Product) {
	if i == isa.Generic {
		multiplyGeneric(p)
		return
	}
	l := Lanes(i)
	nv := (p.Width + l - 1) / l
	most := 12
	if i == isa.AVX2 && nv == 2 {
		most = 6
	}
	// The rows are cut into strips as evenly as possible: taller ones first.
	parts := (p.Rows + most - 1) / most
	height, taller := p.Rows/parts, p.Rows%parts
	t := productArgs{
		a: unsafe.SliceData(p.A), lda: 4 * p.LDA, k: p.Depth, b: unsafe.SliceData(p.B), ldb: 4 * p.LDB,
		dst: unsafe.SliceData(p.Dst), ldd: 4 * p.LDD,
	}
	if p.Load {
		t.load = 1
	}
	if taller > 0 {
		t.rows = taller
		strips(i, p.Transposed, height+1, nv, &t)
		at := taller * (height + 1)
		step := p.LDA
		if p.Transposed {
			step = 1
		}
		t.a, t.dst = unsafe.SliceData(p.A[at*step:]), unsafe.SliceData(p.Dst[at*p.LDD:])
	}
	t.rows = parts - taller
	strips(i, p.Transposed, height, nv, &t)
}

func strips(i isa.ISA, transposed bool, mr, nv int, t *productArgs) {
	p := (*byte)(unsafe.Pointer(t))
	switch {
	case i == isa.AVX512 && transposed:
		outerAVX512(mr, nv, p)
	case i == isa.AVX512:
		productAVX512(mr, nv, p)
	case transposed:
		outerAVX2(mr, nv, p)
	default:
		productAVX2(mr, nv, p)
	}
}
