package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

var (
	_ = register(conv2D[float32], conv2D[float64]).withScratch(conv2DScratch)
	_ = register(conv2DGrad[float32], conv2DGrad[float64]).withScratch(conv2DGradScratch)
)

// blocks is a product of matrices done in blocks of rows, each by one worker: the same product for
// all blocks but the last, which may have fewer rows. A worker has its own plans and scratch memory.
type blocks[T Float] struct {
	rows, size int
	full, last []*gemm[T]
}

func newBlocks[T Float](m *Machine, rows, size int, shape func(rows int) *gemm[T]) *blocks[T] {
	b := &blocks[T]{rows: rows, size: min(size, rows)}
	for range m.Workers() {
		b.full = append(b.full, shape(b.size))
		b.last = append(b.last, shape(rows-(b.count()-1)*b.size))
	}
	return b
}

func (b *blocks[T]) count() int { return (b.rows + b.size - 1) / b.size }

// rowsOf is the range of rows of a block.
func (b *blocks[T]) rowsOf(block int) (lo, hi int) {
	return block * b.size, min(b.rows, (block+1)*b.size)
}

func (b *blocks[T]) gemm(block, worker int) *gemm[T] {
	if block == b.count()-1 {
		return b.last[worker]
	}
	return b.full[worker]
}

// scratch is what one worker needs.
func (b *blocks[T]) scratch() int {
	return padded(max(b.full[0].scratch(1), b.last[0].scratch(1)))
}

// conv2DPlan is what the shapes of a convolution say, for its kernel and its gradient.
type conv2DPlan struct {
	patches
	filters, fg int
}

func newConv2DPlan(c op.Conv2D, o *op.Op) conv2DPlan {
	p := conv2DPlan{patches: newPatches(c.Window, o.In[0].Shape, c.Groups), filters: o.In[1].Shape[3]}
	p.fg = p.filters / c.Groups
	return p
}

// colScratch is the memory of one block of patches; none where the input itself serves.
func (p *conv2DPlan) colScratch(rows int) int {
	if p.direct {
		return 0
	}
	return padded(rows * p.width)
}

func forwardBlocks[T Float](p *conv2DPlan, m *Machine) *blocks[T] {
	return newBlocks(m, p.rows, p.blockRows(), func(rows int) *gemm[T] {
		return newGemm[T](m.ISA, rows, p.fg, p.width, false, false)
	})
}

func conv2DScratch(o *op.Op, m *Machine) int {
	p := newConv2DPlan(o.Def.(op.Conv2D), o)
	b := forwardBlocks[float32](&p, m)
	return m.Workers() * (p.colScratch(b.size) + b.scratch())
}

func conv2D[T Float](c op.Conv2D, b *Bound[T]) Run {
	p := newConv2DPlan(c, b.Op)
	bl := forwardBlocks[T](&p, b.Machine)
	x, w, y := b.In[0].F, b.In[1].F, b.Out[0].F
	var bias []T
	if c.Bias {
		bias = b.In[2].F
	}
	colSize := p.colScratch(bl.size)
	perWorker := colSize + bl.scratch()
	task := func(t, worker int) {
		mine := b.Scratch[worker*perWorker:][:perWorker]
		lo, hi := bl.rowsOf(t)
		for g := range c.Groups {
			col := mine[:colSize]
			if p.direct {
				col = x[lo*p.width : hi*p.width]
			} else {
				gather(&p.patches, col, x, lo, hi, g)
			}
			o := operands[T]{a: col, lda: p.width, b: w[g*p.fg:], ldb: p.filters, c: y[lo*p.filters+g*p.fg:], ldc: p.filters, relu: c.Relu}
			if c.Bias {
				o.bias = bias[g*p.fg : (g+1)*p.fg]
			}
			bl.gemm(t, worker).run(par.Serial{}, o, mine[colSize:])
		}
	}
	return func(*Context) { b.For(bl.count(), task) }
}

// conv2DGradPlan cuts the gradient into tasks.
//
// The gradient of the input is made image by image, since the windows of one image overlap: a task
// takes some images. The gradient of the kernel is a sum over all positions: it is cut into parts of
// some rows, each summed by one task in order, and the parts are added in order.
type conv2DGradPlan struct {
	conv2DPlan
	parts     int // of the kernel's gradient
	partRows  int
	partSize  int // elements of one part: the kernel's gradient, then the bias's
	partBlock int // rows of a block within a part
	perTask   int // images of a task
	taskBlock int // rows of a block within such a task
}

// mostPartFloats bounds the memory of the parts, which are at least four.
const mostPartFloats = 4 << 20

func newConv2DGradPlan(o *op.Op) conv2DGradPlan {
	p := conv2DGradPlan{conv2DPlan: newConv2DPlan(o.Def.(op.Conv2DGrad).Conv2D, o)}
	p.partSize = padded(p.width*p.filters + p.filters)
	p.partBlock = p.blockRows()
	p.parts = min(max(4, min(16, mostPartFloats/p.partSize)), (p.rows+63)/64)
	p.parts = max(1, p.parts)
	p.partRows = (p.rows + p.parts - 1) / p.parts
	p.parts = (p.rows + p.partRows - 1) / max(1, p.partRows)
	p.partBlock = min(p.partBlock, p.partRows)
	perImage := p.oh * p.ow
	p.perTask = max(1, 64/perImage)
	p.taskBlock = min(p.blockRows(), p.perTask*perImage)
	return p
}

// partRange is the rows of a part.
func (p *conv2DGradPlan) partRange(part int) (lo, hi int) {
	return part * p.partRows, min(p.rows, (part+1)*p.partRows)
}

// sizes of products come in a few kinds: a block is full, or the last of its part or task. For each a
// worker has a plan, made when it is bound.
type gemmSet[T Float] struct {
	by   []map[int]*gemm[T] // by worker, by rows
	make func(rows int) *gemm[T]
}

func newGemmSet[T Float](workers int, rows []int, shape func(rows int) *gemm[T]) *gemmSet[T] {
	s := &gemmSet[T]{make: shape}
	for range workers {
		m := map[int]*gemm[T]{}
		for _, r := range rows {
			if r > 0 && m[r] == nil {
				m[r] = shape(r)
			}
		}
		s.by = append(s.by, m)
	}
	return s
}

func (s *gemmSet[T]) scratch() int {
	n := 0
	for _, g := range s.by[0] {
		n = max(n, g.scratch(1))
	}
	return padded(n)
}

// blockKinds are the numbers of rows that blocks of a given size have, where ranges of the lengths
// given are cut into them.
func blockKinds(size int, lengths ...int) []int {
	var out []int
	for _, n := range lengths {
		if n >= size {
			out = append(out, size)
		}
		out = append(out, n%size)
	}
	return out
}

func (p *conv2DGradPlan) kernelRows() []int {
	lo, hi := p.partRange(p.parts - 1)
	return blockKinds(p.partBlock, p.partRows, hi-lo)
}

func (p *conv2DGradPlan) inputRows() []int {
	perImage := p.oh * p.ow
	last := p.n % p.perTask
	return blockKinds(p.taskBlock, p.perTask*perImage, last*perImage)
}

func kernelGemms[T Float](p *conv2DGradPlan, i isa.ISA, workers int) *gemmSet[T] {
	return newGemmSet(workers, p.kernelRows(), func(rows int) *gemm[T] {
		return newGemm[T](i, p.width, p.fg, rows, true, false)
	})
}

func inputGemms[T Float](p *conv2DGradPlan, i isa.ISA, workers int) *gemmSet[T] {
	return newGemmSet(workers, p.inputRows(), func(rows int) *gemm[T] {
		return newGemm[T](i, rows, p.width, p.fg, false, true)
	})
}

// scratch is laid out as: dy behind relu, the parts, and for each worker patches and a product's.
func (p *conv2DGradPlan) layout(relu bool, i isa.ISA) (dz, parts, col, product int) {
	if relu {
		dz = padded(p.rows * p.filters)
	}
	col = p.colScratch(max(p.partBlock, p.taskBlock))
	product = max(kernelGemms[float32](p, i, 1).scratch(), inputGemms[float32](p, i, 1).scratch())
	return dz, p.parts * p.partSize, col, product
}

func conv2DGradScratch(o *op.Op, m *Machine) int {
	p := newConv2DGradPlan(o)
	dz, parts, col, product := p.layout(o.Def.(op.Conv2DGrad).Relu, m.ISA)
	return dz + parts + m.Workers()*(col+product)
}

func conv2DGrad[T Float](c op.Conv2DGrad, b *Bound[T]) Run {
	p := newConv2DGradPlan(b.Op)
	dzSize, partsSize, colSize, product := p.layout(c.Relu, b.ISA)
	parts := b.Scratch[dzSize:][:partsSize]
	perWorker := colSize + product
	own := b.Scratch[dzSize+partsSize:]
	dz := b.In[3].F
	mask := func(*Context) {}
	if c.Relu {
		dz = b.Scratch[:p.rows*p.filters]
		mask = reluGrad(b, dz, b.In[2].F, b.In[3].F)
	}
	j := &conv2DGradJob[T]{
		conv2DGradPlan: p, isa: b.ISA, x: b.In[0].F, weights: b.In[1].F, dz: dz,
		dx: b.Out[0].F, dw: b.Out[1].F, sums: parts, col: colSize, perWorker: perWorker, own: own,
		kernel: kernelGemms[T](&p, b.ISA, b.Workers()), input: inputGemms[T](&p, b.ISA, b.Workers()),
	}
	if c.Bias {
		j.db = b.Out[2].F
	}
	kernelTask, inputTask, addTask := j.part, j.images, j.add
	return func(c *Context) {
		mask(c)
		if j.dx != nil {
			b.For((p.n+p.perTask-1)/p.perTask, inputTask)
		}
		if j.dw != nil || j.db != nil {
			b.For(p.parts, kernelTask)
			b.For((p.partSize+chunk-1)/chunk, addTask)
		}
	}
}

// conv2DGradJob is the gradient bound to memory.
type conv2DGradJob[T Float] struct {
	conv2DGradPlan
	isa            isa.ISA
	x, weights, dz []T
	dx, dw, db     []T // nil where nobody reads it
	sums           []T // of the parts
	own            []T // of the workers
	col, perWorker int
	kernel, input  *gemmSet[T]
}

// part sums the kernel's and the bias's gradient over some rows.
func (j *conv2DGradJob[T]) part(part, worker int) {
	mine := j.own[worker*j.perWorker:][:j.perWorker]
	out := j.sums[part*j.partSize:][:j.partSize]
	lo, hi := j.partRange(part)
	for at := lo; at < hi; at += j.partBlock {
		end := min(hi, at+j.partBlock)
		for g := range j.groups {
			if j.dw == nil {
				break
			}
			col := mine[:j.col]
			if j.direct {
				col = j.x[at*j.width : end*j.width]
			} else {
				gather(&j.patches, col, j.x, at, end, g)
			}
			j.kernel.by[worker][end-at].run(par.Serial{}, operands[T]{
				a: col, lda: j.width, b: j.dz[at*j.filters+g*j.fg:], ldb: j.filters,
				c: out[g*j.fg:], ldc: j.filters, add: at > lo,
			}, mine[j.col:])
		}
	}
	if j.db == nil {
		return
	}
	db := out[j.width*j.filters:][:j.filters]
	clear(db)
	for r := lo; r < hi; r++ {
		addTo(j.isa, db, j.dz[r*j.filters:(r+1)*j.filters])
	}
}

// add adds the parts, in order.
func (j *conv2DGradJob[T]) add(task, _ int) {
	size := j.width * j.filters
	join := func(dst []T, at, lo, hi int) {
		lo, hi = max(lo, at), min(hi, at+len(dst))
		if dst == nil || lo >= hi {
			return
		}
		dst = dst[lo-at : hi-at]
		copy(dst, j.sums[lo:hi])
		for p := 1; p < j.parts; p++ {
			addTo(j.isa, dst, j.sums[p*j.partSize:][lo:hi])
		}
	}
	join(j.dw, 0, task*chunk, (task+1)*chunk)
	join(j.db, size, task*chunk, (task+1)*chunk)
}

// images makes the gradient of some images.
func (j *conv2DGradJob[T]) images(task, worker int) {
	mine := j.own[worker*j.perWorker:][:j.perWorker]
	image, perImage := j.h*j.w*j.c, j.oh*j.ow
	first, end := task*j.perTask, min(j.n, (task+1)*j.perTask)
	if !j.direct {
		clear(j.dx[first*image : end*image])
	}
	for at := first * perImage; at < end*perImage; at += j.taskBlock {
		hi := min(end*perImage, at+j.taskBlock)
		for g := range j.groups {
			col := mine[:j.col]
			if j.direct {
				col = j.dx[at*j.width : hi*j.width]
			}
			j.input.by[worker][hi-at].run(par.Serial{}, operands[T]{
				a: j.dz[at*j.filters+g*j.fg:], lda: j.filters, b: j.weights[g*j.fg:], ldb: j.filters, c: col, ldc: j.width,
			}, mine[j.col:])
			if !j.direct {
				scatter(j.isa, &j.patches, j.dx, col, at, hi, g)
			}
		}
	}
}
