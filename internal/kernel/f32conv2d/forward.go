package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// packFloats is the least that a task packs.
const packFloats = 16 << 10

// packer brings a kernel into the form in which a slider reads it: panels of filters.
type packer struct {
	*slider
	f         int // filters of all groups
	kw        int
	transpose bool // whether the slider's filters are the kernel's channels
	weights   []float32
	to        []float32
	items     split // panels times taps
	tasks     func(task, worker int)
}

func newPacker(s *slider, sh *Shape, transpose bool) *packer {
	s.depthSteps(sh.KW)
	p := &packer{slider: s, f: sh.F, kw: sh.KW, transpose: transpose}
	n := s.panels * len(s.taps)
	p.items = split{n, min(n, max(1, s.packed()/packFloats))}
	p.tasks = p.task
	return p
}

func (p *packer) run(r par.Runner, weights, to []float32) {
	if p.inPlace || p.items.n == 0 {
		return
	}
	p.weights, p.to = weights, to
	each(r, p.items.parts, p.tasks)
	p.weights, p.to = nil, nil
}

func (p *packer) task(task, _ int) {
	for item := p.items.start(task); item < p.items.start(task+1); item++ {
		i, k := item/len(p.taps), item%len(p.taps)
		t := p.taps[k]
		g, f, w := p.panel(i)
		at, ldb := p.panelAt(i)
		dst := p.to[at+k*p.cg*ldb:][:p.cg*ldb]
		cell := t.ky*p.kw + t.kx
		if p.transpose {
			if w < ldb {
				clear(dst)
			}
			f32gemm.Transpose(p.isa, dst, ldb, p.weights[(cell*p.fg+f)*p.f+g*p.cg:], p.f, w, p.cg)
			continue
		}
		for c := range p.cg {
			row := dst[c*ldb:][:ldb]
			copy(row, p.weights[(cell*p.cg+c)*p.f+g*p.fg+f:][:w])
			clear(row[w:])
		}
	}
}

// Forward is the convolution of one shape. It holds the arguments of the Run in progress, so it serves one Run at a time.
type Forward struct {
	shape  Shape
	batch  int // images
	pooled int // elements of y
	// One of the two ways.
	slider   *slider
	packer   *packer
	winograd *winograd

	bundles *bundles // where groups are small: then all else is for these

	keep bool
	kept []float32 // the kernel as the one or the other wants it
}

// Options are what a Forward does beside the products.
type Options struct {
	Relu bool // ReLU at the end
	Keep bool // the kernel has the same weights in every Run: what the first one makes of them, later ones use. So transforms pay off for fewer positions
	Pool *Pool
}

// NewForward plans convolutions.
func NewForward(i isa.ISA, s Shape, o Options) *Forward {
	s.check(i)
	if j, b := bundlesOf(s); b != nil {
		p := NewForward(i, j, o)
		p.bundles = b
		return p
	}
	p := &Forward{batch: s.N, keep: o.Keep}
	if o.Pool == nil {
		s = s.flat()
	} else {
		s = o.Pool.trim(s)
	}
	p.shape, p.pooled = s, s.pooled(o.Pool)
	if winogradFits(&s, s.OH, s.OW, o.Keep) && o.Pool.inTiles() {
		p.winograd = newWinograd(i, tilesOf(s.N, s.H, s.W, s.C, s.OH, s.OW, s.Top, s.Left), s.F, s.OH, s.OW, false)
		p.winograd.relu = o.Relu
		p.winograd.poolBy(o.Pool)
		return p
	}
	var taps []tap
	for ky := range s.KH {
		for kx := range s.KW {
			taps = append(taps, tap{ky * s.DilationH, kx * s.DilationW, ky, kx})
		}
	}
	p.slider = newSlider(i, s.view(), taps, s.Groups, s.fg(), place{h: s.OH, w: s.OW, c: s.F, stepY: 1, stepX: 1}, false, o.Pool)
	p.slider.relu = o.Relu
	l := p.slider.tiles.lanes
	// What one panel takes is read where it is, and so is a kernel that is read but a few times.
	p.slider.inPlace = p.slider.depth != nil || s.Groups == 1 && s.F%l == 0 && (s.F <= 2*l || s.N*s.OH*s.OW <= 2*p.slider.tiles.slide[1])
	p.packer = newPacker(p.slider, &s, false)
	return p
}

// prepared returns room for the prepared kernel, which begins scratch unless it is kept, and whether it is there already.
func (p *Forward) prepared(n int, scratch []float32) (room []float32, done bool) {
	if !p.keep {
		return scratch[:n], false
	}
	if p.kept != nil {
		return p.kept, true
	}
	p.kept = align(make([]float32, n+slack))[:n]
	return p.kept, false
}

// Scratch returns how many floats of scratch memory Run needs with that many workers.
func (p *Forward) Scratch(workers int) int {
	if p.winograd != nil {
		return slack + p.bundles.floats() + p.winograd.scratch(workers)
	}
	return slack + p.bundles.floats() + p.slider.packed() + workers*p.slider.perWorker()
}

// Run convolves: y = x * weights + bias, then ReLU and pooling as planned. bias is nil or has an element for each filter. y must not overlap the
// others. scratch is at least Scratch(r.Workers()) floats, whose content does not matter before or after. Run panics if a buffer is too short.
func (p *Forward) Run(r par.Runner, x, weights, bias, y, scratch []float32) {
	p.Begin(r, x, weights, bias, y, scratch)
	if p.winograd != nil {
		each(r, p.winograd.count(), p.winograd.tasks)
	} else {
		each(r, p.slider.count(), p.slider.tasks)
	}
	p.End()
}

// Begin begins a Run that goes image by image: Images does them, End ends it.
func (p *Forward) Begin(r par.Runner, x, weights, bias, y, scratch []float32) {
	s := &p.shape
	need("x", len(x), s.N*s.H*s.W*s.C)
	need("the kernel", len(weights), s.KH*s.KW*s.cg()*s.F/p.bundles.groups())
	need("y", len(y), p.pooled)
	need("scratch", len(scratch), p.Scratch(r.Workers()))
	if bias != nil {
		need("the bias", len(bias), s.F)
	}
	scratch = align(scratch)
	weights, scratch = p.bundles.begin(weights, scratch)
	if p.winograd != nil {
		u, done := p.prepared(p.winograd.uFloats(), scratch)
		p.winograd.begin(r, x, nil, weights, bias, y, u, done, scratch[p.winograd.uFloats():])
		return
	}
	n := p.slider.packed()
	b, done := p.prepared(n, scratch)
	if !done {
		p.packer.run(r, weights, b)
	}
	if p.slider.inPlace {
		b = weights
	}
	p.slider.slideRun = slideRun{x: x, b: b, dst: y, bias: bias, own: scratch[n:], each: p.slider.perWorker()}
}

// Images convolves images lo to hi-1, between Begin and End. Calls at the same time have different workers and images.
func (p *Forward) Images(lo, hi, worker int) {
	if p.winograd != nil {
		p.winograd.images(p.batch, lo, hi, worker)
	} else {
		p.slider.images(p.batch, lo, hi, worker)
	}
}

// End ends what Begin began.
func (p *Forward) End() {
	if p.winograd != nil {
		p.winograd.winogradRun = winogradRun{}
	} else {
		p.slider.slideRun = slideRun{}
	}
}
