package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(scatter[float32], scatter[float64])
	_ = register(scatterGrad[float32], scatterGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * 2 * padded(o.In[0].Shape[0])
	})
)

// scattered are the rows that indices name; where says so of one.
type scattered struct {
	dims    []int
	indices []int32
}

func (s scattered) where(j int) int {
	at := 0
	for k, d := range s.dims {
		at = at*d + element(s.indices[j*len(s.dims)+k], d)
	}
	return at
}

// check finds the first index that lies outside its axis.
func (s scattered) check() error {
	for i, x := range s.indices {
		if d := s.dims[i%len(s.dims)]; int(x) >= d || int(x) < -d {
			return &op.PlaceError{Index: x, Size: d}
		}
	}
	return nil
}

// scatterBlock is how many elements of a row one task writes.
const scatterBlock = 1 << 10

// byColumns is a Run over blocks of the columns of matrices of so many rows, after the indices were checked.
func byColumns(m *Machine, s scattered, inner, rows int, f func(lo, hi, worker int)) Run {
	run := m.grouped((inner+scatterBlock-1)/scatterBlock, rows*min(inner, scatterBlock), func(t, w int) {
		f(t*scatterBlock, min(inner, (t+1)*scatterBlock), w)
	})
	return func(c *Context) {
		if err := s.check(); err != nil {
			c.Fail(err)
			return
		}
		run(c)
	}
}

func scatter[T Float](o op.Scatter, b *Bound[T]) Run {
	base, u, y := b.In[0].F, b.In[2].F, b.Out[0].F
	s := scattered{o.Dims, b.In[1].I}
	rows, inner, n := b.In[0].Shape[0], b.In[0].Shape[1], b.In[1].Shape[0]
	return byColumns(b.Machine, s, inner, rows+n, func(lo, hi, _ int) {
		for i := range rows {
			copy(y[i*inner+lo:i*inner+hi], base[i*inner+lo:])
		}
		for j := range n {
			dst, src := y[s.where(j)*inner:], u[j*inner:]
			for k := lo; k < hi; k++ {
				a, x := dst[k], src[k]
				switch {
				case o.Fn == "add":
					x = flush(a + x)
				case o.Fn == "mul":
					x = flush(a * x)
				case o.Fn == "max" && a > x, o.Fn == "min" && a < x:
					x = a
				}
				dst[k] = x
			}
		}
	})
}

// scatterGrad knows of each row how many updates it got. A product's gradient takes as many steps for an update as there are
// updates.
func scatterGrad[T Float](o op.ScatterGrad, b *Bound[T]) Run {
	base, u, y, dy := b.In[0].F, b.In[2].F, b.In[3].F, b.In[4].F
	s := scattered{o.Dims, b.In[1].I}
	rows, inner, n := b.In[0].Shape[0], b.In[0].Shape[1], b.In[1].Shape[0]
	db, du := b.Out[0], b.Out[1]
	own := 2 * padded(rows)
	return byColumns(b.Machine, s, inner, rows+n*n, func(lo, hi, w int) {
		last := ints(b.Scratch[w*own:][:rows], rows) // of "update": which one is left
		for i := range last {
			last[i] = -1
		}
		for j := range n {
			last[s.where(j)] = int32(j)
		}
		share := func(at, k int) T { // of equal largest ones
			count := T(0)
			if base[at*inner+k] == y[at*inner+k] {
				count++
			}
			for j := range n {
				if s.where(j) == at && u[j*inner+k] == y[at*inner+k] {
					count++
				}
			}
			return flush(dy[at*inner+k] / count)
		}
		product := func(at, but, k int) T { // of all that meet at a place, but one
			p := 1.0
			if but >= 0 {
				p = float64(base[at*inner+k])
			}
			for j := range n {
				if j != but && s.where(j) == at {
					p *= float64(u[j*inner+k])
				}
			}
			return flush(T(float64(dy[at*inner+k]) * p))
		}
		for at := range rows {
			if db.Empty() {
				break
			}
			for k := lo; k < hi; k++ {
				g := dy[at*inner+k]
				switch {
				case last[at] < 0 || o.Fn == "add":
				case o.Fn == "update":
					g = 0
				case o.Fn == "mul":
					g = product(at, -1, k)
				case base[at*inner+k] == y[at*inner+k]:
					g = share(at, k)
				default:
					g = 0
				}
				db.F[at*inner+k] = g
			}
		}
		for j := range n {
			if du.Empty() {
				break
			}
			at := s.where(j)
			for k := lo; k < hi; k++ {
				g := dy[at*inner+k]
				switch {
				case o.Fn == "add" || o.Fn == "update" && last[at] == int32(j):
				case o.Fn == "mul":
					g = product(at, j, k)
				case o.Fn != "update" && u[j*inner+k] == y[at*inner+k]:
					g = share(at, k)
				default:
					g = 0
				}
				du.F[j*inner+k] = g
			}
		}
	})
}
