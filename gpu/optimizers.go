package gpu

import "github.com/dlrun/dlrun/builder/op"

// The updates that are more than a formula for each element, and what is done around updates.
var (
	_ = register(bindLamb, "Beta1", "Beta2", "Epsilon")
	_ = register(bindAdafactor, "Epsilon1", "Epsilon2", "Threshold")
	_ = register(bindMuon, "Scale")
	_ = register(bindScheduleFree, "Beta1", "Beta2", "Epsilon")
	_ = register(bindAssign)
	_ = register(bindRemember, "At")
	_ = register(bindLookahead, "At")
	_ = register(bindNormLimit, "Axes", "Min", "Max", "Rate", "Unit")
	_ = register(bindFinite)
	_ = register(bindUnscale)
)

func bindMuon(d op.Muon, b *Bound) error {
	b.update(updateParams{fn: updateMuon, a: float32(d.Scale)}, b.In[3], b.In[4])
	return nil
}

func bindScheduleFree(d op.ScheduleFreeAdamW, b *Bound) error {
	b.update(updateParams{fn: updateScheduleFree, a: float32(d.Beta1), b: 1 - float32(d.Beta2), c: float32(d.Epsilon)}, b.In[3:]...)
	return nil
}

type lambParams struct {
	w, m, v, g, hyper, parts, faults Ptr
	n                                int64
	beta1, beta2, epsilon            float32
	blocks                           int32
}

func bindLamb(d op.Lamb, b *Bound) error {
	n := b.In[0].Elems()
	blocks := (n + updateChunk - 1) / updateChunk
	if blocks == 0 {
		return nil
	}
	p := lambParams{
		w: b.In[0].Ptr, g: b.In[1].Ptr, hyper: b.In[2].Ptr, m: b.In[3].Ptr, v: b.In[4].Ptr, parts: b.temporary(4 * blocks), faults: b.faults, n: int64(n),
		beta1: float32(1 - d.Beta1), beta2: float32(1 - d.Beta2), epsilon: float32(d.Epsilon), blocks: int32(blocks),
	}
	for _, kernel := range []string{"lamb_means", "lamb_take"} {
		launch(b, kernel, [3]int{blocks, 1, 1}, threads, p)
	}
	return nil
}

type adafactorParams struct {
	w, r, c, g, hyper, squares, scale, faults Ptr
	outer, rows, columns                      int64
	epsilon1, epsilon2, threshold             float32
	factored                                  int32
}

func bindAdafactor(d op.Adafactor, b *Bound) error {
	n, shape := b.In[0].Elems(), b.In[0].Shape
	if n == 0 {
		return nil
	}
	p := adafactorParams{
		w: b.In[0].Ptr, g: b.In[1].Ptr, hyper: b.In[2].Ptr, r: b.In[3].Ptr, c: b.In[4].Ptr, faults: b.faults, outer: 1, rows: 1, columns: int64(n),
		epsilon1: float32(d.Epsilon1), epsilon2: float32(d.Epsilon2), threshold: float32(d.Threshold),
	}
	if k := len(shape); k > 1 {
		p.factored, p.rows, p.columns = 1, int64(shape[k-2]), int64(shape[k-1])
		p.outer = int64(n) / (p.rows * p.columns)
	}
	count, columns := int(p.outer*p.rows), int(p.columns)
	p.squares, p.scale = b.temporary(4*count), b.temporary(count)
	rows(b, "adafactor_rows", count, columns, p)
	if p.factored != 0 {
		each(b, "adafactor_columns", int(p.outer)*columns, p)
		rows(b, "adafactor_scale", int(p.outer), int(p.rows), p)
	}
	rows(b, "adafactor_lengths", count, columns, p)
	rows(b, "adafactor_take", count, columns, p)
	return nil
}

type assignParams struct {
	state, x, faults Ptr
	n                int64
}

func bindAssign(_ op.Assign, b *Bound) error {
	n := b.In[1].Elems()
	each(b, "assign", n, assignParams{b.In[0].Ptr, b.In[1].Ptr, b.faults, int64(n)})
	return nil
}

type lookaheadParams struct {
	w, slow, hyper, out, faults Ptr
	n                           int64
	at, remember, hypers, _     int32
}

func (b *Bound) lookahead(at int, out Mem, remember int32) {
	n := b.In[0].Elems()
	each(b, "lookahead", max(1, n), lookaheadParams{
		w: b.In[0].Ptr, slow: b.In[1].Ptr, hyper: b.In[2].Ptr, out: out.Ptr, faults: b.faults, n: int64(n), at: int32(at), remember: remember, hypers: int32(b.In[2].Elems()),
	})
}

func bindRemember(d op.Remember, b *Bound) error {
	b.lookahead(d.At, b.Out[0], 1)
	return nil
}

func bindLookahead(d op.Lookahead, b *Bound) error {
	b.lookahead(d.At, Mem{}, 0)
	return nil
}

type normLimitParams struct {
	w, norms, faults Ptr
	n                int64
	at               stretch
	min, max, rate   float32
	unit             int32
}

func bindNormLimit(d op.NormLimit, b *Bound) error {
	w, n := b.In[0], b.In[0].Elems()
	if n == 0 {
		return nil
	}
	over, kept := make([]bool, len(w.Shape)), append([]int(nil), w.Shape...)
	for _, a := range d.Axes {
		over[a], kept[a] = true, 1
	}
	fn, err := b.number(functions, "square")
	if err != nil {
		return err
	}
	squares, norms := b.temporary(n), b.temporary(op.Spec{Shape: kept}.Elems())
	each(b, "unary", n, unaryParams{x: w.Ptr, out: squares, n: int64(n), fn: fn})
	r, err := b.reduction(w.Shape, over)
	if err != nil {
		return err
	}
	r.scale = 1
	b.reduce(r, squares, norms)
	p := normLimitParams{w: w.Ptr, norms: norms, faults: b.faults, n: int64(n), min: float32(d.Min), max: float32(d.Max), rate: float32(d.Rate)}
	if d.Unit {
		p.unit = 1
	}
	p.at, err = b.stretch(stretched(w.Shape, kept))
	each(b, "norm_limit", n, p)
	return err
}

type finiteParams struct {
	x, faults Ptr
	n         int64
	step      uint32
	_         int32
}

// bindFinite has no updates run after it where a gradient is not finite: they look for faults. Its output is a marker.
func bindFinite(_ op.Finite, b *Bound) error {
	for _, in := range b.In {
		each(b, "finite", in.Elems(), finiteParams{x: in.Ptr, faults: b.faults, n: int64(in.Elems()), step: uint32(b.step)})
	}
	if !b.Out[0].Unread() {
		b.fill(b.Out[0].Ptr, 1, 0)
	}
	b.fault = func(int, func(m Mem) ([]byte, error)) error { return op.ErrNotFinite }
	return nil
}

type unscaleParams struct {
	x, scale, out Ptr
	n             int64
}

func bindUnscale(_ op.Unscale, b *Bound) error {
	n := b.Out[0].Elems()
	each(b, "unscale", n, unscaleParams{b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr, int64(n)})
	return nil
}
