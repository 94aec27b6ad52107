package gpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindAttention, "Scale", "Causal", "Window", "Masks", "Mean", "Rate", "Stream", "OwnSeed", "Seed")
	_ = register(bindAdditive, "Plain", "Scale", "Causal", "Window", "Masks", "Mean", "Rate", "Stream", "OwnSeed", "Seed")
	_ = register(bindAdditiveGrad, "Plain", "Scale", "Causal", "Window", "Masks", "Mean", "Rate", "Stream", "OwnSeed", "Seed")
	_ = register(bindAttentionGrad, "Scale", "Causal", "Window", "Masks", "Mean", "Rate", "Stream", "OwnSeed", "Seed")
)

// mostMasks is how many masks the kernels know.
const mostMasks = 4

type attentionMask struct {
	at     Ptr
	stride [4]int64
}

type attentionParams struct {
	scores, grad, log, key                                            Ptr
	mask                                                              [mostMasks]attentionMask
	limit                                                             uint64
	heads, queries, keys, causal, window, mean, masks, ints, dropping int32
	factor, scale                                                     float32
	_                                                                 int32
}

// heads are the sizes of an attention, whose scores are written down: [batch, heads, t, s].
type heads struct {
	b                                             *Bound
	batch, t, s, heads, groups, depth, width, per int
}

func (b *Bound) heads() (heads, error) {
	q, k, v := b.In[0].Shape, b.In[1].Shape, b.In[2].Shape
	h := heads{b: b, batch: q[0], t: q[1], s: k[1], heads: q[2], groups: k[2], depth: q[3], width: v[3], per: q[2] / k[2]}
	if h.batch*h.heads > 65535 {
		return h, b.unsupported("%d examples with %d heads", h.batch, h.heads)
	}
	return h, nil
}

// side is one operand of the products of all heads: an input [batch, n, heads or groups, size], or scores.
type side struct {
	at     Ptr
	stride int    // from row to row
	batch  [2]int // from example to example, and from group to group
	next   int    // from head to head of a group
}

func (h heads) perHead(at Ptr, n, size int) side {
	return side{at, h.heads * size, [2]int{n * h.heads * size, h.per * size}, size}
}

func (h heads) perGroup(at Ptr, n, size int) side {
	return side{at, h.groups * size, [2]int{n * h.groups * size, size}, 0}
}

func (h heads) scores(at Ptr) side {
	return side{at, h.s, [2]int{h.heads * h.t * h.s, h.per * h.t * h.s}, h.t * h.s}
}

// multiply launches the products of all heads.
func (h heads) multiply(a, b, c side, m, n, k int, ta, tb bool, alpha float64) {
	for j := range h.per {
		p := product{
			a: a.at + Ptr(4*j*a.next), b: b.at + Ptr(4*j*b.next), c: c.at + Ptr(4*j*c.next), ta: ta, tb: tb, m: m, n: n, k: k, lda: a.stride, ldb: b.stride, ldc: c.stride,
			batch: [2]int{h.batch, h.groups}, sa: a.batch, sb: b.batch, sc: c.batch, alpha: float32(alpha),
		}
		h.b.multiply(p)
	}
}

// weights are the parameters of the kernels that make weights of scores.
func (h heads) weights(d op.Sight, masks []Mem, scores Ptr) (attentionParams, error) {
	p := attentionParams{scores: scores, heads: int32(h.heads), queries: int32(h.t), keys: int32(h.s), window: int32(d.Window), masks: int32(len(masks)), scale: 1}
	if len(masks) > mostMasks {
		return p, h.b.unsupported("%d masks", len(masks))
	}
	for i, m := range masks {
		p.mask[i].at = m.Ptr
		for a, s := range strideOf(m.Shape) {
			if m.Shape[a] > 1 {
				p.mask[i].stride[a] = int64(s)
			}
		}
		if m.DType == op.Int32 {
			p.ints |= 1 << i
		}
	}
	if d.Causal {
		p.causal = 1
	}
	if d.Mean {
		p.mean = 1
	}
	if d.Rate > 0 {
		drop := d.Dropout()
		keep := 1 - d.Rate
		p.dropping, p.limit = 1, uint64(math.Floor(keep*0x1p32))
		if keep > 0 {
			p.factor = float32(1 / keep)
		}
		p.key = h.b.stream(drop.Stream, drop.OwnSeed, drop.Seed)
	}
	return p, nil
}

func (h heads) rows() int { return h.batch * h.heads * h.t }

// flashWidest is the most depth and width of the kernels that write no scores down; flashScores from how many bytes of scores on they are taken
// although products of rounded factors, on tensor cores, would be faster.
const (
	flashWidest = 64
	flashScores = 64 << 20
	flashSide   = 32
)

type flashParams struct {
	q, k, v, y, dy, log                               Ptr
	out, logOut, delta, dq, dk, dv                    Ptr
	key                                               Ptr
	mask                                              [mostMasks]attentionMask
	limit                                             uint64
	batch, heads, groups, queries, keys, depth, width int32
	causal, window, mean, masks, ints, dropping       int32
	factor, scale                                     float32
	_                                                 int32
}

// flashes tells whether scores are not to be written down.
func (h heads) flashes() bool {
	return max(h.depth, h.width) <= flashWidest && (h.b.precision == Float32 || 4*h.rows()*h.s > flashScores)
}

func (h heads) flash(d op.Attention, masks []Mem) (flashParams, error) {
	w, err := h.weights(d.Sight, masks, 0)
	b := h.b
	return flashParams{
		q: b.In[0].Ptr, k: b.In[1].Ptr, v: b.In[2].Ptr, key: w.key, mask: w.mask, limit: w.limit,
		batch: int32(h.batch), heads: int32(h.heads), groups: int32(h.groups), queries: int32(h.t), keys: int32(h.s), depth: int32(h.depth), width: int32(h.width),
		causal: w.causal, window: w.window, mean: w.mean, masks: w.masks, ints: w.ints, dropping: w.dropping, factor: w.factor, scale: float32(d.Scale),
	}, err
}

// tiles are the blocks for tiles of n queries or keys of so many heads or groups.
func (h heads) tiles(n, of int) [3]int {
	return [3]int{(n + flashSide - 1) / flashSide, h.batch * of, 1}
}

func bindFlash(d op.Attention, h heads) error {
	b := h.b
	p, err := h.flash(d, b.In[3:])
	p.out, p.logOut = b.Out[0].Ptr, b.Out[1].Ptr
	if h.rows() > 0 {
		launch(b, "flash_forward", h.tiles(h.t, h.heads), threads, p)
	}
	return err
}

func bindFlashGrad(d op.AttentionGrad, h heads) error {
	b := h.b
	p, err := h.flash(d.Attention, b.In[6:])
	if err != nil {
		return err
	}
	p.y, p.log, p.dy, p.delta = b.In[3].Ptr, b.In[4].Ptr, b.In[5].Ptr, b.temporary(h.rows())
	p.dq, p.dk, p.dv = b.Out[0].Ptr, b.Out[1].Ptr, b.Out[2].Ptr
	each(b, "flash_delta", h.rows(), p)
	if p.dq != 0 && h.rows() > 0 {
		launch(b, "flash_query_grad", h.tiles(h.t, h.heads), threads, p)
	}
	if (p.dk != 0 || p.dv != 0) && h.batch*h.s > 0 {
		launch(b, "flash_key_grad", h.tiles(h.s, h.groups), threads, p)
	}
	return nil
}

func bindAttention(d op.Attention, b *Bound) error {
	h, err := b.heads()
	if err != nil {
		return err
	}
	if h.flashes() {
		return bindFlash(d, h)
	}
	s := h.scores(b.temporary(h.rows() * h.s))
	h.multiply(h.perHead(b.In[0].Ptr, h.t, h.depth), h.perGroup(b.In[1].Ptr, h.s, h.depth), s, h.t, h.s, h.depth, false, true, d.Scale)
	p, err := h.weights(d.Sight, b.In[3:], s.at)
	p.log = b.Out[1].Ptr
	rows(b, "attention_weights", h.rows(), h.s, p)
	if !b.Out[0].Unread() {
		h.multiply(s, h.perGroup(b.In[2].Ptr, h.s, h.width), h.perHead(b.Out[0].Ptr, h.t, h.width), h.t, h.width, h.s, false, false, 1)
	}
	return err
}

func bindAttentionGrad(d op.AttentionGrad, b *Bound) error {
	h, err := b.heads()
	if err != nil {
		return err
	}
	if h.flashes() {
		return bindFlashGrad(d, h)
	}
	q, k, v := b.In[0].Ptr, b.In[1].Ptr, b.In[2].Ptr
	dy := h.perHead(b.In[5].Ptr, h.t, h.width)
	w, g := h.scores(b.temporary(h.rows()*h.s)), h.scores(b.temporary(h.rows()*h.s))
	h.multiply(h.perHead(q, h.t, h.depth), h.perGroup(k, h.s, h.depth), w, h.t, h.s, h.depth, false, true, d.Scale)
	h.multiply(dy, h.perGroup(v, h.s, h.width), g, h.t, h.s, h.width, false, true, 1)
	p, err := h.weights(d.Sight, b.In[6:], w.at)
	if err != nil {
		return err
	}
	p.grad, p.log, p.scale = g.at, b.In[4].Ptr, float32(d.Scale)
	rows(b, "attention_weights_grad", h.rows(), h.s, p)
	if !b.Out[0].Unread() {
		h.multiply(g, h.perGroup(k, h.s, h.depth), h.perHead(b.Out[0].Ptr, h.t, h.depth), h.t, h.depth, h.s, false, false, 1)
	}
	if !b.Out[1].Unread() {
		h.gather(b.Out[1].Ptr, h.depth, func(c side) {
			h.multiply(g, h.perHead(q, h.t, h.depth), c, h.s, h.depth, h.t, true, false, 1)
		})
	}
	if !b.Out[2].Unread() {
		h.gather(b.Out[2].Ptr, h.width, func(c side) {
			h.multiply(w, dy, c, h.s, h.width, h.t, true, false, 1)
		})
	}
	return nil
}

// gather makes a gradient [batch, s, groups, size] of one for each head: what the heads of a group give is added up.
func (h heads) gather(out Ptr, size int, products func(c side)) {
	if h.per == 1 {
		products(h.perHead(out, h.s, size))
		return
	}
	each := h.b.temporary(h.batch * h.s * h.heads * size)
	products(h.perHead(each, h.s, size))
	p, err := h.b.reduction([]int{h.batch * h.s * h.groups, h.per, size}, []bool{false, true, false})
	if err != nil {
		panic("gpu: " + err.Error()) // three axes are few
	}
	p.scale = 1
	h.b.reduce(p, each, out)
}

type additiveParams struct {
	q, k, w, ds, out               Ptr
	batch, t, s, depth, weights, _ int32
}

// additive is an additive attention, whose scores are written down, as attention with one head.
func (b *Bound) additive(d op.AdditiveAttention, in []Mem) (additiveParams, heads, error) {
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	h := heads{b: b, batch: q[0], t: q[1], s: k[1], heads: 1, groups: 1, depth: q[2], width: v[2], per: 1}
	p := additiveParams{q: in[0].Ptr, k: in[1].Ptr, batch: int32(q[0]), t: int32(q[1]), s: int32(k[1]), depth: int32(q[2])}
	if !d.Plain {
		p.w, p.weights = in[3].Ptr, int32(in[3].Elems())
	}
	if h.batch > 65535 {
		return p, h, b.unsupported("%d examples", h.batch)
	}
	return p, h, nil
}

func bindAdditive(d op.AdditiveAttention, b *Bound) error {
	p, h, err := b.additive(d, b.In)
	if err != nil {
		return err
	}
	p.out = b.temporary(h.rows() * h.s)
	each(b, "additive_scores", h.rows()*h.s, p)
	w, err := h.weights(d.Sight, b.In[d.First():], p.out)
	w.log = b.Out[1].Ptr
	rows(b, "attention_weights", h.rows(), h.s, w)
	if !b.Out[0].Unread() {
		h.multiply(h.scores(p.out), h.perGroup(b.In[2].Ptr, h.s, h.width), h.perHead(b.Out[0].Ptr, h.t, h.width), h.t, h.width, h.s, false, false, 1)
	}
	return err
}

func bindAdditiveGrad(d op.AdditiveAttentionGrad, b *Bound) error {
	p, h, err := b.additive(d.AdditiveAttention, b.In[3:])
	if err != nil {
		return err
	}
	scores, ds := b.temporary(h.rows()*h.s), b.temporary(h.rows()*h.s)
	dy := h.perHead(b.In[2].Ptr, h.t, h.width)
	p.out = scores
	each(b, "additive_scores", h.rows()*h.s, p)
	h.multiply(dy, h.perGroup(b.In[5].Ptr, h.s, h.width), h.scores(ds), h.t, h.s, h.width, false, true, 1)
	w, err := h.weights(d.Sight, b.In[3+d.First():], scores)
	if err != nil {
		return err
	}
	w.grad, w.log = ds, b.In[1].Ptr
	rows(b, "attention_weights_grad", h.rows(), h.s, w)
	p.ds = ds
	if p.out = b.Out[0].Ptr; p.out != 0 {
		each(b, "additive_query_grad", h.rows()*h.depth, p)
	}
	if p.out = b.Out[1].Ptr; p.out != 0 {
		each(b, "additive_key_grad", h.batch*h.s*h.depth, p)
	}
	if !b.Out[2].Unread() {
		h.multiply(h.scores(scores), dy, h.perGroup(b.Out[2].Ptr, h.s, h.width), h.s, h.width, h.t, true, false, 1)
	}
	if d.Plain || b.Out[3].Unread() {
		return nil
	}
	n := h.rows() * h.depth
	p.out = b.temporary(n)
	each(b, "additive_weight_grad", n, p)
	if p.weights == 1 {
		b.columnSums(p.out, b.Out[3].Ptr, n, 1)
	} else {
		b.columnSums(p.out, b.Out[3].Ptr, h.rows(), h.depth)
	}
	return nil
}
