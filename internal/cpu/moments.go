package cpu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32norm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// channels is how a value lies in memory when seen as [outer, channels, inner], and how sums over
// each channel are cut into tasks: a part is some of the outer indices, or, where there are none to
// speak of, nothing is cut. A part's sums are in float64, in order; parts are added in order.
type channels struct {
	outer, n, inner int
	parts, perPart  int
	images          int // of a part, where it is whole examples of a batch; else 0
}

func newChannels(x []int, axis int) channels {
	c := channels{outer: 1, n: x[axis], inner: 1}
	for i, d := range x {
		switch {
		case i < axis:
			c.outer *= d
		case i > axis:
			c.inner *= d
		}
	}
	// At least some thousand elements in a part, at most 64 parts.
	row := max(1, c.n*c.inner)
	c.perPart = max(1, (4096+row-1)/row, (c.outer+63)/64)
	if batch := x[0]; axis > 0 && batch >= wholeImages {
		image := c.outer / batch
		for c.images = 1; c.images*image < c.perPart; c.images *= 2 {
		}
		c.perPart = c.images * image
	}
	c.parts = (c.outer + c.perPart - 1) / c.perPart
	return c
}

// wholeImages is from how many examples on a part is some whole ones, so that it can be summed while they
// are in the cache.
const wholeImages = 32

// phase is what a plan is told of work on parts, 0 rows meaning that they are not cut along the first axis.
func (c *channels) phase(batch int, in, out []bool) plan.Phase {
	if c.images == 0 {
		return plan.Phase{Rows: 0, Grain: 1}
	}
	return plan.Phase{Rows: batch, Grain: c.images, In: in, Out: out}
}

// partStage is a stage of work on parts.
type partStage struct {
	part          func(part, worker int)
	before, after Run
}

// runParts returns the Run of stages, which b gets in rows too where parts are whole images.
func runParts[T Float](b *Bound[T], c *channels, all ...partStage) Run {
	for _, s := range all {
		if c.images > 0 {
			b.stages = append(b.stages, stage{before: s.before, after: s.after, rows: func(lo, hi, worker int) {
				for p := lo / c.images; p*c.images < hi; p++ {
					s.part(p, worker)
				}
			}})
		}
	}
	return func(ctx *Context) {
		for i := range all {
			s := &all[i]
			if s.before != nil {
				s.before(ctx)
			}
			b.For(c.parts, s.part)
			if s.after != nil {
				s.after(ctx)
			}
		}
	}
}

// count is the number of elements of a channel.
func (c *channels) count() int { return c.outer * c.inner }

// rows is the range of outer indices of a part.
func (c *channels) rows(part int) (lo, hi int) {
	return part * c.perPart, min(c.outer, (part+1)*c.perPart)
}

// join adds what the parts have summed for channel k; sums has one row of size for each part.
func (c *channels) join(sums []float64, size, k int) float64 {
	s := 0.0
	for p := range c.parts {
		s += sums[p*size+k]
	}
	return s
}

// sumMoments sums, for each channel, its elements in outer indices lo to hi-1, and their squares. In float64 the
// squares of float32 are exact, so that their mean less the square of the mean is a good variance.
func sumMoments[T Float](i isa.ISA, c *channels, sums, squares []float64, x []T, lo, hi int) {
	sums, squares = sums[:c.n], squares[:c.n]
	clear(sums)
	clear(squares)
	if c.inner == 1 && is32[T]() {
		f32norm.Moments(i, sums, squares, f32(x)[lo*c.n:hi*c.n])
		return
	}
	for o := lo; o < hi; o++ {
		row := x[o*c.n*c.inner:][:c.n*c.inner]
		for k := range sums {
			s, q := 0.0, 0.0
			for _, v := range row[k*c.inner:][:c.inner] {
				d := float64(v)
				s += d
				q += float64(d * d)
			}
			sums[k] += s
			squares[k] += q
		}
	}
}

// productsOf sums, for each channel, dy to sums and dy·(x-mean) to products.
func productsOf[T Float](i isa.ISA, c *channels, sums, products []float64, x, mean, dy []T, lo, hi int) {
	sums, products, mean = sums[:c.n], products[:c.n], mean[:c.n]
	clear(sums)
	clear(products)
	if c.inner == 1 && is32[T]() {
		lo, hi := lo*c.n, hi*c.n
		f32norm.Products(i, sums, products, f32(x)[lo:hi], f32(dy)[lo:hi], f32(mean), nil)
		return
	}
	for o := lo; o < hi; o++ {
		at := o * c.n * c.inner
		row, grow := x[at:][:c.n*c.inner], dy[at:][:c.n*c.inner]
		for k, m := range mean {
			s, p := 0.0, 0.0
			in := row[k*c.inner:][:c.inner]
			for i, v := range grow[k*c.inner:][:c.inner] {
				g := float64(v)
				s += g
				p += float64(g * float64(in[i]-m))
			}
			sums[k] += s
			products[k] += p
		}
	}
}
