package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32conv2d"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

var (
	_ = register(conv2D[float32], conv2D[float64]).withScratch(conv2DScratch).rowwise(conv2DPhases)
	_ = register(conv2DGrad[float32], conv2DGrad[float64]).withScratch(conv2DGradScratch).rowwise(conv2DGradPhases)
)

// conv2DShape is what the specs of a convolution or its gradient say.
func conv2DShape(c op.Conv2D, o *op.Op) f32conv2d.Shape {
	x, w := o.In[0].Shape, o.In[1].Shape
	return f32conv2d.Shape{
		N: x[0], H: x[1], W: x[2], C: x[3], KH: w[0], KW: w[1], F: w[3],
		StrideH: c.Strides[0], StrideW: c.Strides[1], DilationH: max(1, c.Dilation[0]), DilationW: max(1, c.Dilation[1]),
		Top: c.Before(0, x[1]), Left: c.Before(1, x[2]), OH: c.Out(0, x[1]), OW: c.Out(1, x[2]), Groups: c.Groups,
	}
}

func conv2DOptions(c op.Conv2D, kept bool) f32conv2d.Options {
	o := f32conv2d.Options{Relu: c.Relu, Keep: kept}
	if p := c.Pooled; p != nil {
		o.Pool = &f32conv2d.Pool{H: p.Size[0], W: p.Size[1], Mean: p.Mean}
	}
	return o
}

// pointwise tells whether a convolution visits each cell once, alone: then it is a dense layer over the channels.
func pointwise(c op.Conv2D, o *op.Op) bool {
	return c.Size == [2]int{1, 1} && c.Strides == [2]int{1, 1} && c.Groups == 1 && c.Pooled == nil && o.In[0].DType == op.Float32
}

// densely is that layer.
func densely(c op.Conv2D) op.Dense { return op.Dense{Bias: c.Bias, Relu: c.Relu} }

// denselyBack tells whether the gradients are made as those of a dense layer, too: not behind ReLU, for which the others need no
// copy of dy, nor of few channels.
func denselyBack(c op.Conv2D, o *op.Op) bool {
	w := o.In[1].Shape
	return pointwise(c, o) && !c.Relu && min(w[2], w[3]) >= 32
}

// conv2DScratch is for float32; in float64 nothing is needed.
func conv2DScratch(o *op.Op, m *Machine) int {
	c := o.Def.(op.Conv2D)
	if pointwise(c, o) {
		return denseScratch(o.With(densely(c)), m)
	}
	n := 0
	for _, kept := range []bool{false, true} {
		n = max(n, f32conv2d.NewForward(m.ISA, conv2DShape(c, o), conv2DOptions(c, kept)).Scratch(m.Workers()))
	}
	return n
}

// conv2DPhases has the images as rows, in float32.
func conv2DPhases(o *op.Op, _ *Machine) []plan.Phase {
	if o.In[0].DType == op.Float64 || pointwise(o.Def.(op.Conv2D), o) {
		return nil
	}
	in := make([]bool, len(o.In))
	in[0] = true
	return []plan.Phase{{Rows: o.In[0].Shape[0], Grain: 1, In: in, Out: []bool{true}}}
}

// conv2DGradPhases has the images as rows, where the sums for the kernel's gradient are cut so.
func conv2DGradPhases(o *op.Op, m *Machine) []plan.Phase {
	c := o.Def.(op.Conv2DGrad)
	if denselyBack(c.Conv2D, o) {
		return nil
	}
	grain := f32conv2d.NewKernelGrad(m.ISA, conv2DShape(c.Conv2D, o), c.Relu, c.Bias).PerPart()
	if grain == 0 || o.In[0].DType == op.Float64 {
		return nil
	}
	out := make([]bool, len(o.Outs))
	out[0] = true
	return []plan.Phase{{Rows: o.In[0].Shape[0], Grain: grain, In: []bool{true, false, true, true}, Out: out}}
}

func conv2D[T Float](c op.Conv2D, b *Bound[T]) Run {
	if pointwise(c, b.Op) {
		return dense(densely(c), b)
	}
	s := conv2DShape(c, b.Op)
	x, w, y := b.In[0].F, b.In[1].F, b.Out[0].F
	var bias []T
	if c.Bias {
		bias = b.In[2].F
	}
	if is32[T]() {
		p := f32conv2d.NewForward(b.ISA, s, conv2DOptions(c, b.Fixed(1)))
		x, w, bias, y, scratch := f32(x), f32(w), f32(bias), f32(y), f32(b.Scratch)
		b.stages = []stage{{
			before: func(*Context) { p.Begin(b, x, w, bias, y, scratch) },
			rows:   p.Images,
			after:  func(*Context) { p.End() },
		}}
		return func(*Context) { p.Run(b, x, w, bias, y, scratch) }
	}
	row := func(t, _ int) { convolve(&s, x, w, bias, y, t, c.Relu) }
	return func(*Context) { b.For(s.N*s.OH, row) }
}

// convolve computes a row of y by the definition.
func convolve[T Float](s *f32conv2d.Shape, x, w, bias, y []T, row int, relu bool) {
	for ox := range s.OW {
		out := y[(row*s.OW+ox)*s.F:][:s.F]
		clear(out)
		copy(out, bias)
		eachCell(s, row, ox, func(from, k int) {
			for f := range out {
				for c := range s.C / s.Groups {
					out[f] += T(x[from+f/(s.F/s.Groups)*(s.C/s.Groups)+c] * w[(k*(s.C/s.Groups)+c)*s.F+f])
				}
			}
		})
		if relu {
			for f, v := range out {
				out[f] = max(v, 0)
			}
		}
	}
}

// eachCell calls f for each cell inside the image that is below the window at a position, with where its first channel is in x, and
// its number in the kernel; row counts the rows of positions of all images.
func eachCell(s *f32conv2d.Shape, row, ox int, f func(from, k int)) {
	n, oy := row/s.OH, row%s.OH
	for ky := range s.KH {
		for kx := range s.KW {
			iy, ix := oy*s.StrideH+ky*s.DilationH-s.Top, ox*s.StrideW+kx*s.DilationW-s.Left
			if iy >= 0 && iy < s.H && ix >= 0 && ix < s.W {
				f(((n*s.H+iy)*s.W+ix)*s.C, ky*s.KW+kx)
			}
		}
	}
}

func conv2DGradScratch(o *op.Op, m *Machine) int {
	c := o.Def.(op.Conv2DGrad)
	if denselyBack(c.Conv2D, o) {
		return denseGradScratch(o.With(op.DenseGrad{Dense: densely(c.Conv2D)}), m)
	}
	s := conv2DShape(c.Conv2D, o)
	dx := f32conv2d.NewInputGrad(m.ISA, s, c.Relu).Scratch(m.Workers())
	dw := f32conv2d.NewKernelGrad(m.ISA, s, c.Relu, c.Bias).Scratch(m.Workers())
	if o.In[0].DType == op.Float64 {
		return s.N * s.OH * s.OW * s.F // dz
	}
	return dx + dw
}

func conv2DGrad[T Float](c op.Conv2DGrad, b *Bound[T]) Run {
	if denselyBack(c.Conv2D, b.Op) {
		return denseGrad(op.DenseGrad{Dense: densely(c.Conv2D)}, b)
	}
	s := conv2DShape(c.Conv2D, b.Op)
	g := conv2DGradient[T]{s: s, x: b.In[0].F, w: b.In[1].F, dz: b.In[3].F, dx: b.Out[0].F, dw: b.Out[1].F}
	y := b.In[2].F
	if c.Bias {
		g.db = b.Out[2].F
	}
	if is32[T]() {
		return conv2DGrad32(c, b, y, &g)
	}
	mask := func(*Context) {}
	if c.Relu {
		g.dz = b.Scratch[:len(b.In[3].F)]
		mask = reluGrad(b, g.dz, y, b.In[3].F)
	}
	images, cells, bias := g.image, g.cell, g.bias
	return func(c *Context) {
		mask(c)
		if g.dx != nil {
			b.For(s.N, images)
		}
		if g.dw != nil {
			b.For(s.KH*s.KW, cells)
		}
		if g.db != nil {
			bias()
		}
	}
}

func conv2DGrad32[T Float](c op.Conv2DGrad, b *Bound[T], y []T, g *conv2DGradient[T]) Run {
	x, w, dy, dx, dw, db := f32(g.x), f32(g.w), f32(g.dz), f32(g.dx), f32(g.dw), f32(g.db)
	scratch := f32(b.Scratch)
	input := f32conv2d.NewInputGrad(b.ISA, g.s, c.Relu)
	kernel := f32conv2d.NewKernelGrad(b.ISA, g.s, c.Relu, c.Bias)
	room := len(scratch) - kernel.Scratch(b.Workers())
	b.stages = []stage{{
		before: func(*Context) {
			if dx != nil {
				input.Begin(b, dy, f32(y), w, dx, scratch[:room])
			}
			if dw != nil || db != nil {
				kernel.Begin(b, x, dy, f32(y), dw, db, scratch[room:])
			}
		},
		rows: func(lo, hi, worker int) {
			if dw != nil || db != nil {
				kernel.Images(lo, hi, worker)
			}
			if dx != nil {
				input.Images(lo, hi, worker)
			}
		},
		after: func(*Context) {
			if dx != nil {
				input.End()
			}
			if dw != nil || db != nil {
				kernel.End(b)
			}
		},
	}}
	return func(*Context) {
		if dx != nil {
			input.Run(b, dy, f32(y), w, dx, scratch)
		}
		if dw != nil || db != nil {
			kernel.Run(b, x, dy, f32(y), dw, db, scratch)
		}
	}
}

// conv2DGradient computes the gradients by the definition.
type conv2DGradient[T Float] struct {
	s          f32conv2d.Shape
	x, w, dz   []T
	dx, dw, db []T // nil where nobody reads it
}

func (g *conv2DGradient[T]) image(n, _ int) {
	s := &g.s
	cg, fg := s.C/s.Groups, s.F/s.Groups
	clear(g.dx[n*s.H*s.W*s.C:][:s.H*s.W*s.C])
	for row := n * s.OH; row < (n+1)*s.OH; row++ {
		for ox := range s.OW {
			dz := g.dz[(row*s.OW+ox)*s.F:][:s.F]
			eachCell(s, row, ox, func(from, k int) {
				for f, d := range dz {
					for c := range cg {
						g.dx[from+f/fg*cg+c] += T(d * g.w[(k*cg+c)*s.F+f])
					}
				}
			})
		}
	}
}

func (g *conv2DGradient[T]) cell(cell, _ int) {
	s := &g.s
	cg, fg := s.C/s.Groups, s.F/s.Groups
	clear(g.dw[cell*cg*s.F:][:cg*s.F])
	for row := range s.N * s.OH {
		for ox := range s.OW {
			dz := g.dz[(row*s.OW+ox)*s.F:][:s.F]
			eachCell(s, row, ox, func(from, k int) {
				if k != cell {
					return
				}
				for f, d := range dz {
					for c := range cg {
						g.dw[(k*cg+c)*s.F+f] += T(d * g.x[from+f/fg*cg+c])
					}
				}
			})
		}
	}
}

func (g *conv2DGradient[T]) bias() {
	clear(g.db)
	for i, d := range g.dz {
		g.db[i%g.s.F] += d
	}
}

// addTo adds src to dst.
func addTo[T Float](i isa.ISA, dst, src []T) {
	if is32[T]() {
		f32vec.Add(i, f32(dst), f32(dst), f32(src))
		return
	}
	for k, v := range src {
		dst[k] += v
	}
}
