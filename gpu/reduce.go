package gpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindReduce, "Fn", "Axes", "KeepDims")
	_ = register(bindReduceGrad, "Fn", "Axes", "KeepDims")
	_ = register(bindSumSquares, "Scale")
	_ = register(bindSumAbs, "Scale")
	_ = register(bindNorm)
	_ = register(bindClipNorm, "Max", "Global")
	_ = register(bindLossReduce, "By", "Weighted", "Masked")
	_ = register(bindLossReduceGrad, "By", "Weighted", "Masked")
)

// reduceRank is the most axes that stay, or that are joined, after neighbours were joined.
const reduceRank = 4

type reduceParams struct {
	x, out                 Ptr
	outs, over, part       int64
	keepStride, overStride [reduceRank]int64
	keepSize, overSize     [reduceRank]int32
	fn, parts              int32
	scale                  float32
	_                      int32
}

var reductions = []string{"sum", "mean", "max", "min"}

// reduction fills in which axes stay and which are joined.
func (b *Bound) reduction(shape []int, over []bool) (p reduceParams, err error) {
	stride := strideOf(shape)
	split := func(want bool) axes {
		var size, st []int
		for i, n := range shape {
			if over[i] == want {
				size, st = append(size, n), append(st, stride[i])
			}
		}
		return joinAxes(size, st)
	}
	put := func(a axes, size *[reduceRank]int32, st *[reduceRank]int64) (int64, error) {
		if len(a.size) > reduceRank {
			return 0, b.unsupported("%d axes that cannot be joined, the kernels know %d", len(a.size), reduceRank)
		}
		n := int64(1)
		for i := range size {
			size[i] = 1
		}
		lead := reduceRank - len(a.size)
		for i, s := range a.size {
			size[lead+i], st[lead+i] = int32(s), int64(a.strides[0][i])
			n *= int64(s)
		}
		return n, nil
	}
	if p.outs, err = put(split(false), &p.keepSize, &p.keepStride); err != nil {
		return p, err
	}
	p.over, err = put(split(true), &p.overSize, &p.overStride)
	return p, err
}

// columnPart is how many elements a thread adds up where results lie side by side; rowPart how many a block does.
const (
	columnPart = 256
	rowPart    = 1 << 14
)

// reduce launches what p says, in parts where a result is of many elements.
func (b *Bound) reduce(p reduceParams, x, out Ptr) {
	if p.outs == 0 {
		return
	}
	columns := p.overStride[reduceRank-1] != 1 && p.outs > 1 || p.over < 32
	most := int64(rowPart)
	if columns {
		most = columnPart
	}
	p.x, p.out, p.parts, p.part = x, out, 1, max(1, p.over)
	if p.over > most && p.outs < fewResults {
		p.part = most
		if n := (p.over + most - 1) / most; n > 1024 {
			p.part = (p.over + 1023) / 1024
		}
		p.parts = int32((p.over + p.part - 1) / p.part)
	}
	if p.parts > 1 {
		p.out = b.temporary(int(p.outs) * int(p.parts))
	}
	if columns {
		launch(b, "reduce_columns", [3]int{min(maxGrid, int(p.outs+threads-1)/threads), int(p.parts), 1}, threads, p)
	} else {
		launch(b, "reduce_rows", [3]int{int(p.outs), int(p.parts), 1}, threads, p)
	}
	if p.parts > 1 {
		p.x, p.out = p.out, out
		each(b, "reduce_parts", int(p.outs), p)
	}
}

// columnSums adds up the rows of a matrix.
func (b *Bound) columnSums(x, out Ptr, rows, columns int) {
	p := reduceParams{outs: int64(columns), over: int64(rows), scale: 1}
	for i := range reduceRank {
		p.keepSize[i], p.overSize[i] = 1, 1
	}
	p.keepSize[reduceRank-1], p.keepStride[reduceRank-1] = int32(columns), 1
	p.overSize[reduceRank-1], p.overStride[reduceRank-1] = int32(rows), int64(columns)
	b.reduce(p, x, out)
}

func bindReduce(d op.Reduce, b *Bound) error {
	over, err := d.Over(len(b.In[0].Shape))
	if err != nil {
		return err
	}
	p, err := b.reduction(b.In[0].Shape, over)
	if err != nil {
		return err
	}
	p.fn, p.scale = int32(slices.Index(reductions, d.Fn)), 1
	if d.Fn == "mean" {
		p.scale = 1 / float32(p.over)
	}
	b.reduce(p, b.In[0].Ptr, b.Out[0].Ptr)
	return nil
}

type reduceGradParams struct {
	x, y, dy, dx           Ptr
	outs, over             int64
	keepStride, overStride [reduceRank]int64
	keepSize, overSize     [reduceRank]int32
}

func bindReduceGrad(d op.ReduceGrad, b *Bound) error {
	over, err := d.Over(len(b.In[0].Shape))
	if err != nil {
		return err
	}
	p, err := b.reduction(b.In[0].Shape, over)
	each(b, "reduce_grad", int(p.outs), reduceGradParams{
		b.In[0].Ptr, b.In[1].Ptr, b.In[2].Ptr, b.Out[0].Ptr, p.outs, p.over, p.keepStride, p.overStride, p.keepSize, p.overSize,
	})
	return err
}

type squaresParams struct {
	x, out Ptr
	n      int64
	fn, _  int32
}

type totalParams struct {
	parts, out Ptr
	n          int64
	fn         int32
	scale      float32
}

// squaresPart is how many elements a block of the kernel squares takes.
const squaresPart = 4096

// sums adds up the squares (fn 0) or magnitudes (fn 1) of values and finishes with a root (finish 1) or not.
func (b *Bound) sums(of []Mem, fn, finish int32, scale float32, out Ptr) {
	blocks := 0
	for _, m := range of {
		blocks += (m.Elems() + squaresPart - 1) / squaresPart
	}
	room := b.temporary(blocks)
	at := room
	for _, m := range of {
		if n := (m.Elems() + squaresPart - 1) / squaresPart; n > 0 {
			launch(b, "squares", [3]int{n, 1, 1}, threads, squaresParams{x: m.Ptr, out: at, n: int64(m.Elems()), fn: fn})
			at += Ptr(4 * n)
		}
	}
	launch(b, "total", [3]int{1, 1, 1}, threads, totalParams{room, out, int64(blocks), finish, scale})
}

func bindSumSquares(d op.SumSquares, b *Bound) error {
	b.sums(b.In[:1], 0, 0, float32(d.Scale), b.Out[0].Ptr)
	return nil
}

func bindSumAbs(d op.SumAbs, b *Bound) error {
	b.sums(b.In[:1], 1, 0, float32(d.Scale), b.Out[0].Ptr)
	return nil
}

func bindNorm(_ op.Norm, b *Bound) error {
	b.sums(b.In, 0, 1, 1, b.Out[0].Ptr)
	return nil
}

type clipNormParams struct {
	x, norm, out Ptr
	n            int64
	max          float32
	global       int32
}

func bindClipNorm(d op.ClipNorm, b *Bound) error {
	n := b.Out[0].Elems()
	p := clipNormParams{x: b.In[0].Ptr, norm: b.In[1].Ptr, out: b.Out[0].Ptr, n: int64(n), max: float32(d.Max)}
	if d.Global {
		p.global = 1
	}
	each(b, "clip_norm", n, p)
	return nil
}

type lossReduceParams struct {
	values, weight, mask, d, out   Ptr
	n, weights, perWeight, perMask int64
	by, _                          int32
}

func (b *Bound) lossReduce(d op.LossReduce) lossReduceParams {
	n := b.In[0].Elems()
	p := lossReduceParams{values: b.In[0].Ptr, out: b.Out[0].Ptr, n: int64(n), perWeight: 1, perMask: 1}
	switch d.By {
	case "sum_over_batch_size", "mean":
		p.by = 1
	case "mean_with_sample_weight":
		p.by = 2
	}
	k := 1
	if d.Weighted {
		m := b.In[k]
		p.weight, p.weights, p.perWeight, k = m.Ptr, int64(m.Elems()), int64(max(1, n/max(1, m.Elems()))), k+1
	}
	if d.Masked {
		p.mask, p.perMask = b.In[k].Ptr, int64(max(1, n/max(1, b.In[k].Elems())))
	}
	p.d = b.In[len(b.In)-1].Ptr
	return p
}

func bindLossReduce(d op.LossReduce, b *Bound) error {
	launch(b, "loss_reduce", [3]int{1, 1, 1}, 1024, b.lossReduce(d))
	return nil
}

func bindLossReduceGrad(d op.LossReduceGrad, b *Bound) error {
	p := b.lossReduce(d.LossReduce)
	if p.n > 0 {
		launch(b, "loss_reduce_grad", [3]int{min(1024, int(p.n+threads-1)/threads), 1, 1}, threads, p)
	}
	return nil
}
