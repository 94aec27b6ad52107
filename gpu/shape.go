package gpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindMatMul, "TransA", "TransB")
	_ = register(bindTranspose, "Perm")
	_ = register(bindSlice, "Begin", "End")
	_ = register(bindPad, "Before", "After", "Value")
	_ = register(bindConcat, "Axis")
)

func bindMatMul(d op.MatMul, b *Bound) error {
	m, n, k := d.Sizes(b.In[0].Shape, b.In[1].Shape)
	p := matrices(b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr, m, n, k, d.TransA, d.TransB)
	p.batch = [2]int{1, b.In[0].Shape[0]}
	p.sa[1], p.sb[1], p.sc[1] = m*k, k*n, m*n
	if p.batch[1] > 65535 || (m+63)/64 > 65535 {
		return b.unsupported("%d products of %d rows", p.batch[1], m)
	}
	b.multiply(p)
	return nil
}

func bindTranspose(d op.Transpose, b *Bound) error {
	own := strideOf(b.In[0].Shape)
	stride := make([]int, len(own))
	for i, a := range d.Perm {
		stride[i] = own[a]
	}
	return b.move(b.Out[0], b.In[0], joinAxes(b.Out[0].Shape, stride), 0)
}

// corner is where an index lies in a dense value.
func corner(shape, at []int) int {
	first := 0
	for i, s := range strideOf(shape) {
		first += s * at[i]
	}
	return first
}

func bindSlice(d op.Slice, b *Bound) error {
	return b.move(b.Out[0], b.In[0], joinAxes(b.Out[0].Shape, strideOf(b.In[0].Shape)), corner(b.In[0].Shape, d.Begin))
}

func bindPad(d op.Pad, b *Bound) error {
	bits := math.Float32bits(float32(d.Value))
	if b.Out[0].DType == op.Int32 {
		bits = uint32(int32(d.Value))
	}
	b.fill(b.Out[0].Ptr, b.Out[0].Elems(), bits)
	return b.scatter(b.Out[0], b.In[0], joinAxes(b.In[0].Shape, strideOf(b.Out[0].Shape)), corner(b.Out[0].Shape, d.Before))
}

func bindConcat(d op.Concat, b *Bound) error {
	at := make([]int, len(b.Out[0].Shape))
	for _, in := range b.In {
		if in.Elems() > 0 {
			if err := b.scatter(b.Out[0], in, joinAxes(in.Shape, strideOf(b.Out[0].Shape)), corner(b.Out[0].Shape, at)); err != nil {
				return err
			}
		}
		at[d.Axis] += in.Shape[d.Axis]
	}
	return nil
}
