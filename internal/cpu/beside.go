package cpu

import "github.com/dlrun/dlrun/internal/kernel/par"

// beside runs the tasks of several computations that do not depend on each other as one round, so that no worker waits at the end
// of each. Of every computation, a worker's share of the round holds the tasks that would be its share of that computation alone.
type beside struct {
	parts   []jobs
	workers int
	each    func(task, worker int)
}

// jobs are the tasks of one computation.
type jobs struct {
	n int
	f func(task, worker int)
}

func newBeside() *beside {
	b := &beside{}
	b.each = b.task
	return b
}

func (b *beside) add(n int, f func(task, worker int)) { b.parts = append(b.parts, jobs{n, f}) }

func (b *beside) task(t, worker int) {
	for w := range b.workers {
		for i := range b.parts {
			p := &b.parts[i]
			first, end := w*p.n/b.workers, (w+1)*p.n/b.workers
			if t < end-first {
				p.f(first+t, worker)
				return
			}
			t -= end - first
		}
	}
}

// run runs what was added, and forgets it.
func (b *beside) run(r par.Runner) {
	n := 0
	for i := range b.parts {
		n += b.parts[i].n
	}
	b.workers = r.Workers()
	r.For(n, b.each)
	b.parts = b.parts[:0]
}

// products are float32 products that do not depend on each other, and sums of columns beside them: what is to be packed of all
// is packed in one round, and all is computed in another.
type products struct {
	packs, tasks *beside
}

func newProducts() products { return products{newBeside(), newBeside()} }

// single tells whether g can be part of products: it is a float32 product of one pass.
func (g *gemm[T]) single() bool { return g.plan != nil && g.plan.Single() }

// addProduct adds g, for which single is true, with scratch memory of its own.
func addProduct[T Float](p products, workers int, g *gemm[T], o operands[T], scratch []T) {
	packs, tasks := g.plan.Bind(workers, f32(o.a), o.lda, f32(o.b), o.ldb, f32(o.c), o.ldc, f32(scratch), o.add, f32epilogue(o))
	p.packs.add(packs, g.pack)
	p.tasks.add(tasks, g.product)
}

func (p products) run(r par.Runner) {
	p.packs.run(r)
	p.tasks.run(r)
}
