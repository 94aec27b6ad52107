package gpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(bindDecompose, "Fn", "Full")
	_ = register(bindDecomposeGrad, "Fn", "Full")
	_ = register(bindSolve, "Triangle", "TransA")
)

type matricesParams struct {
	a, y, dy, out, room  Ptr
	per                  int64
	count, m, n, k, fn   int32
	size                 int32
	triangle, transposed int32
}

// decompositions are those that have a kernel; the others, which go round in sweeps until nothing changes, are a GPU's threads' worst work.
var decompositions = []string{"cholesky", "lu", "qr"}

// matrixRooms is how many matrices as large as the largest that comes in or goes out one decomposition works in, at most.
const matrixRooms = 24

func (b *Bound) decomposing(o op.Decompose) (matricesParams, error) {
	s := b.In[0].Shape
	p := matricesParams{a: b.In[0].Ptr, out: b.Out[0].Ptr, count: int32(s[0]), m: int32(s[1]), n: int32(s[2]), k: int32(min(s[1], s[2])), size: int32(o.Size(s[1], s[2]))}
	if o.Full {
		p.k = p.m
	}
	side := max(s[1], s[2]) + 1
	p.per = int64(matrixRooms * side * side)
	p.room = b.temporary(2 * s[0] * int(p.per))
	var err error
	p.fn, err = b.number(decompositions, o.Fn)
	return p, err
}

func bindDecompose(o op.Decompose, b *Bound) error {
	p, err := b.decomposing(o)
	each(b, "decompose", int(p.count), p)
	return err
}

func bindDecomposeGrad(o op.DecomposeGrad, b *Bound) error {
	p, err := b.decomposing(o.Decompose)
	p.y, p.dy = b.In[1].Ptr, b.In[2].Ptr
	each(b, "decompose_grad", int(p.count), p)
	return err
}

func bindSolve(o op.Solve, b *Bound) error {
	s := b.In[1].Shape
	side := max(s[1], s[2]) + 1
	p := matricesParams{a: b.In[0].Ptr, y: b.In[1].Ptr, out: b.Out[0].Ptr, count: int32(s[0]), n: int32(s[1]), k: int32(s[2]), per: int64(4 * side * side)}
	p.room = b.temporary(2 * s[0] * int(p.per))
	switch o.Triangle {
	case "lower":
		p.triangle = 1
	case "upper":
		p.triangle = 2
	}
	if o.TransA {
		p.transposed = 1
	}
	each(b, "solve", s[0], p)
	return nil
}
