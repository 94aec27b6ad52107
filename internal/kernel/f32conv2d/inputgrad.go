package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// InputGrad makes the gradient of a convolution's input. It holds the arguments of the Run in progress, so it serves one Run at a time.
//
// With strides of 1 it is itself a convolution: of dz, by the kernel turned around. Else the rows and columns of dx fall into classes by
// their place below the strides, each a convolution by the cells that meet it.
type InputGrad struct {
	shape    Shape
	batch    int // images
	classes  []*slider
	packers  []*packer
	winograd *winograd // in place of the classes
	bundles  *bundles  // as Forward's
	relu     bool
}

// NewInputGrad plans gradients; relu says that Run gets the output too, and that dy is to count only where that is positive.
func NewInputGrad(i isa.ISA, s Shape, relu bool) *InputGrad {
	s.check(i)
	if j, b := bundlesOf(s); b != nil {
		p := NewInputGrad(i, j, relu)
		p.bundles = b
		return p
	}
	batch := s.N
	s = s.flat()
	p := &InputGrad{shape: s, batch: batch, relu: relu}
	if winogradFits(&s, s.H, s.W, false) {
		p.winograd = newWinograd(i, tilesOf(s.N, s.OH, s.OW, s.F, s.H, s.W, s.KH-1-s.Top, s.KW-1-s.Left), s.C, s.H, s.W, true)
		if relu {
			// dz is made where it is copied.
			p.winograd.win = newWindow(p.winograd.win.view, p.winograd.boxes.full, true)
		}
		return p
	}
	for ry := range min(s.StrideH, s.H) {
		for rx := range min(s.StrideW, s.W) {
			ys := cells(s.KH, s.DilationH, s.StrideH, ry+s.Top)
			xs := cells(s.KW, s.DilationW, s.StrideW, rx+s.Left)
			v := view{
				n: s.N, h: s.OH, w: s.OW, c: s.F, rows: ceilDiv(s.H-ry, s.StrideH), cols: ceilDiv(s.W-rx, s.StrideW),
				stepY: 1, stepX: 1, extY: 1, extX: 1,
			}
			var taps []tap
			if len(ys) > 0 && len(xs) > 0 {
				v.y0, v.x0 = ys[0].at, xs[0].at
				v.extY, v.extX = ys[len(ys)-1].at-v.y0+1, xs[len(xs)-1].at-v.x0+1
				for _, y := range ys {
					for _, x := range xs {
						taps = append(taps, tap{y.at - v.y0, x.at - v.x0, y.k, x.k})
					}
				}
			}
			to := place{h: s.H, w: s.W, c: s.C, y0: ry, x0: rx, stepY: s.StrideH, stepX: s.StrideW}
			c := newSlider(i, v, taps, s.Groups, s.cg(), to, relu && taps != nil, nil)
			p.classes = append(p.classes, c)
			p.packers = append(p.packers, newPacker(c, &s, true))
		}
	}
	return p
}

// cell of a window's axis that meets the first row of a class: it does so where it stands at position at.
type cell struct{ k, at int }

// cells are those of n cells that meet row r, counted from the first row of padding, in the order of at.
func cells(n, dilation, stride, r int) []cell {
	var out []cell
	for k := n - 1; k >= 0; k-- {
		if d := r - k*dilation; d%stride == 0 {
			out = append(out, cell{k, d / stride})
		}
	}
	return out
}

// Scratch returns how many floats of scratch memory Run needs with that many workers.
func (p *InputGrad) Scratch(workers int) int {
	if p.winograd != nil {
		return slack + p.bundles.floats() + p.winograd.scratch(workers)
	}
	packed, each := p.floats()
	return slack + p.bundles.floats() + packed + workers*each
}

// floats is what all classes' packed kernels take, and what a worker does: with Images one may be at another class than the others.
func (p *InputGrad) floats() (packed, each int) {
	for _, c := range p.classes {
		packed, each = packed+c.packed(), max(each, c.perWorker())
	}
	return packed, each
}

// Run makes dx from dy, the kernel and, where it was planned so, y. dx must not overlap the others. scratch is as for Forward.
func (p *InputGrad) Run(r par.Runner, dy, y, weights, dx, scratch []float32) {
	p.Begin(r, dy, y, weights, dx, scratch)
	if p.winograd != nil {
		each(r, p.winograd.count(), p.winograd.tasks)
	}
	for _, c := range p.classes {
		each(r, c.count(), c.tasks)
	}
	p.End()
}

// Begin begins a Run that goes image by image: Images does them, End ends it.
func (p *InputGrad) Begin(r par.Runner, dy, y, weights, dx, scratch []float32) {
	s := &p.shape
	need("dy", len(dy), s.N*s.OH*s.OW*s.F)
	need("the kernel", len(weights), s.KH*s.KW*s.cg()*s.F/p.bundles.groups())
	need("dx", len(dx), s.N*s.H*s.W*s.C)
	need("scratch", len(scratch), p.Scratch(r.Workers()))
	if p.relu {
		need("y", len(y), len(dy))
	} else {
		y = nil
	}
	scratch = align(scratch)
	weights, scratch = p.bundles.begin(weights, scratch)
	if p.winograd != nil {
		n := p.winograd.uFloats()
		p.winograd.begin(r, dy, y, weights, nil, dx, scratch[:n], false, scratch[n:])
		return
	}
	packed, each := p.floats()
	own := scratch[packed:]
	for i, c := range p.classes {
		n := c.packed()
		p.packers[i].run(r, weights, scratch[:n])
		b := scratch
		if c.inPlace {
			b = weights
		}
		c.slideRun = slideRun{x: dy, y: y, b: b, dst: dx, own: own, each: each}
		scratch = scratch[n:]
	}
}

// Images makes dx of images lo to hi-1, between Begin and End. Calls at the same time have different workers and images.
func (p *InputGrad) Images(lo, hi, worker int) {
	if p.winograd != nil {
		p.winograd.images(p.batch, lo, hi, worker)
	}
	for _, c := range p.classes {
		c.images(p.batch, lo, hi, worker)
	}
}

// End ends what Begin began.
func (p *InputGrad) End() {
	if p.winograd != nil {
		p.winograd.winogradRun = winogradRun{}
	}
	for _, c := range p.classes {
		c.slideRun = slideRun{}
	}
}
