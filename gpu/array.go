package gpu

import (
	"encoding/binary"
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/resample"
)

var (
	_ = register(bindGather, "Axis", "Along")
	_ = register(bindGatherGrad, "Axis", "Along", "Shape")
	_ = register(bindScatter, "Dims", "Fn")
	_ = register(bindScatterGrad, "Dims", "Fn")
	_ = register(bindSelect, "Axis", "Index")
	_ = register(bindSelectGrad, "Axis", "Index", "N")
	_ = register(bindResize, "Axis", "To", "Method", "Antialias", "Scale", "Shift")
	_ = register(bindResizeGrad, "Axis", "To", "Method", "Antialias", "Scale", "Shift", "From")
	_ = register(bindSort, "Descending")
	_ = register(bindScan, "Fn", "Axis", "Reverse")
	_ = register(bindScanGrad, "Fn", "Axis", "Reverse")
	_ = register(bindArgReduce, "Fn", "Axis")
	_ = register(bindRotary, "Sequence", "Features", "Frequencies", "Factor", "Start", "Back")
	_ = register(bindSparsemax, "Axis")
	_ = register(bindSparsemaxGrad, "Axis")
	_ = register(bindFourier, "Inverse")
	_ = register(bindRescale, "Scale", "Offset")
	_ = register(bindBitcast, "To")
)

// sides are the elements before, along and after an axis.
func sides(shape []int, axis int) (outer, n, inner int) {
	outer, inner = 1, 1
	for i, d := range shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	return outer, shape[axis], inner
}

// list puts numbers into the program's constants.
func list[T int32 | float32 | float64](b *Bound, v []T) Ptr {
	var bytes []byte
	for i := range v {
		bytes = append(bytes, bytesOf(&v[i])...)
	}
	if len(bytes) == 0 {
		bytes = make([]byte, 8)
	}
	return b.data(bytes)
}

// place makes what a kernel says of an index that is outside: size is that of its axis.
func (b *Bound) place(indices Mem, size func(position int) int) {
	b.fault = func(position int, read func(m Mem) ([]byte, error)) error {
		bytes, err := read(indices)
		if err != nil {
			return err
		}
		return &op.PlaceError{Index: int32(binary.LittleEndian.Uint32(bytes[4*position:])), Size: size(position)}
	}
}

type gatherParams struct {
	x, indices, out, faults, dy, dx Ptr
	outer, k, inner                 int64
	n, along                        int32
	step                            uint32
	_                               int32
}

func (b *Bound) gather(o op.Gather, shape []int, indices Mem) gatherParams {
	outer, n, inner := sides(shape, o.Axis)
	p := gatherParams{indices: indices.Ptr, outer: int64(outer), inner: int64(inner), k: int64(indices.Elems()), n: int32(n), step: uint32(b.step)}
	if o.Along {
		p.along, p.k = 1, int64(indices.Shape[o.Axis])
	}
	return p
}

func (p *gatherParams) elems() int { return int(p.outer * p.k * p.inner) }

func bindGather(o op.Gather, b *Bound) error {
	p := b.gather(o, b.In[0].Shape, b.In[1])
	p.x, p.out, p.faults = b.In[0].Ptr, b.Out[0].Ptr, b.faults
	each(b, "gather", p.elems(), p)
	b.place(b.In[1], func(int) int { return int(p.n) })
	return nil
}

func bindGatherGrad(o op.GatherGrad, b *Bound) error {
	p := b.gather(o.Gather, o.Shape, b.In[0])
	p.dy, p.dx = b.In[1].Ptr, b.Out[0].Ptr
	b.fill(p.dx, b.Out[0].Elems(), 0)
	each(b, "gather_grad", p.elems(), p)
	return nil
}

func bindSelect(o op.Select, b *Bound) error {
	outer, n, inner := sides(b.In[0].Shape, o.Axis)
	p := gatherParams{x: b.In[0].Ptr, indices: list(b, int32s(o.Index)), out: b.Out[0].Ptr, outer: int64(outer), k: int64(len(o.Index)), inner: int64(inner), n: int32(n)}
	each(b, "gather", p.elems(), p)
	return nil
}

func int32s(v []int) []int32 {
	out := make([]int32, len(v))
	for i, x := range v {
		out[i] = int32(x)
	}
	return out
}

type tappedParams struct {
	x, y, starts, cells, weights Ptr
	outer, inner                 int64
	from, to                     int32
}

// tapped makes each cell along an axis a weighted sum of cells of x.
func (b *Bound) tapped(axis int, taps [][]resample.Tap) {
	outer, from, inner := sides(b.In[0].Shape, axis)
	starts, cells, weights := []int32{0}, []int32(nil), []float32(nil)
	for _, l := range taps {
		for _, t := range l {
			cells, weights = append(cells, int32(t.Cell)), append(weights, float32(t.Weight))
		}
		starts = append(starts, int32(len(cells)))
	}
	each(b, "tapped", outer*len(taps)*inner, tappedParams{
		b.In[0].Ptr, b.Out[0].Ptr, list(b, starts), list(b, cells), list(b, weights), int64(outer), int64(inner), int32(from), int32(len(taps)),
	})
}

func bindSelectGrad(o op.SelectGrad, b *Bound) error {
	taps := make([][]resample.Tap, len(o.Index))
	for j, i := range o.Index {
		taps[j] = []resample.Tap{{Cell: i, Weight: 1}}
	}
	b.tapped(o.Axis, resample.Back(taps, o.N))
	return nil
}

func resizeTaps(o op.Resize, n int) [][]resample.Tap {
	return resample.Taps(resample.Sampling{Method: o.Method, Antialias: o.Antialias, Scale: o.Scale, Shift: o.Shift}, n, o.To)
}

func bindResize(o op.Resize, b *Bound) error {
	b.tapped(o.Axis, resizeTaps(o, b.In[0].Shape[o.Axis]))
	return nil
}

func bindResizeGrad(o op.ResizeGrad, b *Bound) error {
	b.tapped(o.Axis, resample.Back(resizeTaps(o.Resize, o.From), o.From))
	return nil
}

// scatterDims is the most axes that indices of rows have.
const scatterDims = 8

type scatterParams struct {
	base, updates, y, dy, indices, out, faults Ptr
	rows, n, inner                             int64
	dims                                       [scatterDims]int32
	k, fn                                      int32
	step                                       uint32
	_                                          int32
}

var scatterings = []string{"update", "add", "max", "min", "mul"}

func (b *Bound) scattering(o op.Scatter) (scatterParams, error) {
	p := scatterParams{
		base: b.In[0].Ptr, indices: b.In[1].Ptr, updates: b.In[2].Ptr, rows: int64(b.In[0].Shape[0]), n: int64(b.In[1].Shape[0]), inner: int64(b.In[0].Shape[1]),
		k: int32(len(o.Dims)), step: uint32(b.step),
	}
	if len(o.Dims) > scatterDims {
		return p, b.unsupported("indices of %d axes", len(o.Dims))
	}
	for i, d := range o.Dims {
		p.dims[i] = int32(d)
	}
	var err error
	p.fn, err = b.number(scatterings, o.Fn)
	return p, err
}

func bindScatter(o op.Scatter, b *Bound) error {
	p, err := b.scattering(o)
	if err != nil {
		return err
	}
	n := b.Out[0].Elems()
	p.out, p.faults = b.Out[0].Ptr, b.faults
	b.place(b.In[1], func(position int) int { return o.Dims[position%len(o.Dims)] })
	err = b.move(b.Out[0], b.In[0], joinAxes([]int{n}, []int{1}), 0)
	each(b, "scatter_rows", int(p.n*p.inner), p)
	return err
}

func bindScatterGrad(o op.ScatterGrad, b *Bound) error {
	p, err := b.scattering(o.Scatter)
	if err != nil {
		return err
	}
	p.y, p.dy = b.In[3].Ptr, b.In[4].Ptr
	if p.out = b.Out[0].Ptr; p.out != 0 {
		each(b, "scatter_base_grad", int(p.rows*p.inner), p)
	}
	if p.out = b.Out[1].Ptr; p.out != 0 {
		each(b, "scatter_updates_grad", int(p.n*p.inner), p)
	}
	return nil
}

type mergeParams struct {
	x, from, y, to           Ptr
	n                        int64
	row, size, descending, _ int32
}

func bindSort(o op.Sort, b *Bound) error {
	shape := b.In[0].Shape
	n, row := b.In[0].Elems(), shape[len(shape)-1]
	if n == 0 {
		return nil
	}
	passes := 1
	for size := 2; size < row; size *= 2 {
		passes++
	}
	p := mergeParams{x: b.In[0].Ptr, n: int64(n), row: int32(row)}
	if o.Descending {
		p.descending = 1
	}
	ends := [2]Ptr{b.orTemporary(b.Out[0], n), b.orTemporary(b.Out[1], n)}
	room := [2][2]Ptr{{b.temporary(n), b.temporary(n)}, {b.temporary(n), b.temporary(n)}}
	for i := range passes {
		p.size = 1 << i
		to := room[i%2]
		if i == passes-1 {
			to = ends
		}
		p.y, p.to = to[0], to[1]
		each(b, "merge", n, p)
		p.x, p.from = to[0], to[1]
	}
	return nil
}

type scanParams struct {
	x, dy, out       Ptr
	outer, n, inner  int64
	product, reverse int32
}

func (b *Bound) scanning(o op.Scan) scanParams {
	outer, n, inner := sides(b.In[0].Shape, o.Axis)
	p := scanParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, outer: int64(outer), n: int64(n), inner: int64(inner)}
	if o.Fn == "cumprod" {
		p.product = 1
	}
	if o.Reverse {
		p.reverse = 1
	}
	return p
}

func bindScan(o op.Scan, b *Bound) error {
	p := b.scanning(o)
	each(b, "scan", int(p.outer*p.inner), p)
	return nil
}

func bindScanGrad(o op.ScanGrad, b *Bound) error {
	p := b.scanning(o.Scan)
	p.dy = b.In[1].Ptr
	each(b, "scan_grad", b.Out[0].Elems(), p)
	return nil
}

type argReduceParams struct {
	x, out   Ptr
	n, inner int64
	sign     float32
	_        int32
}

func bindArgReduce(o op.ArgReduce, b *Bound) error {
	_, n, inner := sides(b.In[0].Shape, o.Axis)
	p := argReduceParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, n: int64(n), inner: int64(inner), sign: 1}
	if o.Fn == "argmin" {
		p.sign = -1
	}
	rows(b, "argreduce", b.Out[0].Elems(), n, p)
	return nil
}

type rotaryParams struct {
	x, cos, sin, y        Ptr
	n, sequence, features int64
	steps, half           int32
}

// bindRotary has the angles of internal/cpu/rotary.go among its constants.
func bindRotary(o op.Rotary, b *Bound) error {
	shape := b.In[0].Shape
	half, steps, stride := len(o.Frequencies), shape[o.Sequence], strideOf(shape)
	cos, sin := make([]float32, steps*half), make([]float32, steps*half)
	for p := range steps {
		for i, f := range o.Frequencies {
			angle := float64(float32(o.Start+p) * float32(f))
			cos[p*half+i] = float32(f32vec.Cos64(angle) * o.Factor)
			sin[p*half+i] = float32(f32vec.Sin64(angle) * o.Factor)
			if o.Back {
				sin[p*half+i] = -sin[p*half+i]
			}
		}
	}
	n := b.Out[0].Elems()
	each(b, "rotary", n, rotaryParams{
		b.In[0].Ptr, list(b, cos), list(b, sin), b.Out[0].Ptr, int64(n), int64(stride[o.Sequence]), int64(stride[o.Features]), int32(steps), int32(half),
	})
	return nil
}

type sparsemaxParams struct {
	x, dy, out, order Ptr
	n, inner          int64
}

func (b *Bound) sparsemax(axis int, dy Ptr) {
	outer, n, inner := sides(b.In[0].Shape, axis)
	rows(b, "sparsemax", outer*inner, n, sparsemaxParams{b.In[0].Ptr, dy, b.Out[0].Ptr, b.temporary(outer * inner * n), int64(n), int64(inner)})
}

func bindSparsemax(o op.Sparsemax, b *Bound) error {
	b.sparsemax(o.Axis, 0)
	return nil
}

func bindSparsemaxGrad(o op.SparsemaxGrad, b *Bound) error {
	b.sparsemax(o.Axis, b.In[1].Ptr)
	return nil
}

type fourierParams struct {
	x, y, turns Ptr
	rows        int64
	n, inverse  int32
}

func bindFourier(o op.Fourier, b *Bound) error {
	s := b.In[0].Shape
	n := s[2]
	turns := make([]float64, 2*n)
	for k := range n {
		a := 2 * math.Pi * float64(k) / float64(n)
		turns[k], turns[n+k] = f32vec.Cos64(a), f32vec.Sin64(a)
	}
	p := fourierParams{x: b.In[0].Ptr, y: b.Out[0].Ptr, turns: list(b, turns), rows: int64(s[0]), n: int32(n)}
	if o.Inverse {
		p.inverse = 1
	}
	each(b, "fourier", s[0]*n, p)
	return nil
}

// bindRescale multiplies, then adds.
func bindRescale(o op.Rescale, b *Bound) error {
	shape := b.Out[0].Shape
	n := b.Out[0].Elems()
	at, err := b.stretch(stretched(shape, shape, []int{len(o.Scale)}))
	if err != nil {
		return err
	}
	p := binaryParams{a: b.In[0].Ptr, b: list(b, float32s(o.Scale)), out: b.Out[0].Ptr, n: int64(n), at: at}
	if p.fn, err = b.number(binaries, "mul"); err != nil {
		return err
	}
	each(b, "binary", n, p)
	p.a, p.b = p.out, list(b, float32s(o.Offset))
	p.fn, err = b.number(binaries, "add")
	each(b, "binary", n, p)
	return err
}

func float32s(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func bindBitcast(_ op.Bitcast, b *Bound) error {
	return b.move(b.Out[0], b.In[0], joinAxes([]int{b.Out[0].Elems()}, []int{1}), 0)
}
