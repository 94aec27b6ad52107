package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(conv2DTranspose[float32], conv2DTranspose[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return conv2DGradScratch(transposeOf(o), m)
})

// transposeOf is the gradient of a convolution with respect to its input, which is what the operation
// o computes. The input itself, of which only the shape counts, does not exist.
func transposeOf(o *op.Op) *op.Op {
	x, w, y := o.In[0], o.In[1], o.Outs[0]
	return &op.Op{
		Def:  op.Conv2DGrad{Conv2D: o.Def.(op.Conv2DTranspose).Forward()},
		In:   []op.Spec{y, w, x, x},
		Outs: []op.Spec{y, w},
	}
}

func conv2DTranspose[T Float](_ op.Conv2DTranspose, b *Bound[T]) Run {
	o := transposeOf(b.Op)
	x, w, y := b.In[0], b.In[1], b.Out[0]
	grad := &Bound[T]{
		Machine: b.Machine, Op: o, Scratch: b.Scratch,
		In:  []Buf[T]{{Shape: y.Shape}, w, {Shape: x.Shape}, x},
		Out: []Buf[T]{y, {Shape: w.Shape}},
	}
	return conv2DGrad(o.Def.(op.Conv2DGrad), grad)
}
