package f32conv2d

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// TestImageByImage goes through the images on several workers at once, each at its own pace, as chains do: the bits are those of Run.
func TestImageByImage(t *testing.T) {
	// The classes of these need different amounts of a worker's memory.
	list := append(slices.Clone(shapes), []struct {
		name string
		s    Shape
	}{
		{"classes", conv(14, 32, 16, 54, 3, 5, 42, 2, 2, 1, 1, false, 1)},
		{"classes-odd", conv(15, 19, 23, 9, 3, 3, 20, 3, 2, 1, 1, true, 1)},
		{"classes-gaps", conv(16, 17, 17, 8, 2, 3, 19, 4, 2, 1, 1, true, 1)},
	}...)
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			o := newOperands(c.s)
			wantY, wantDX, wantDW, wantDB := results(t, isa.Detect(), par.Serial{}, c.s, o, true, true)
			for _, i := range isa.All() {
				for range 3 { // workers meet differently each time
					y, dx, dw, db := newMemory(len(wantY)), newMemory(len(wantDX)), newMemory(len(wantDW)), newMemory(len(wantDB))
					r := crew(3)
					f := NewForward(i, c.s, Options{Relu: true})
					scratch := newMemory(f.Scratch(r.Workers()))
					f.Begin(r, o.x.data(), o.w.data(), o.b.data(), y.data(), scratch.data())
					r.For(c.s.N, func(n, worker int) { f.Images(n, n+1, worker) })
					f.End()
					scratch.check(t, "forward, scratch")
					same(t, fmt.Sprintf("y, %v", i), y.data(), wantY)

					g := NewInputGrad(i, c.s, true)
					scratch = newMemory(g.Scratch(r.Workers()))
					g.Begin(r, o.dy.data(), o.y.data(), o.w.data(), dx.data(), scratch.data())
					r.For(c.s.N, func(n, worker int) { g.Images(n, n+1, worker) })
					g.End()
					scratch.check(t, "input gradient, scratch")
					same(t, fmt.Sprintf("dx, %v", i), dx.data(), wantDX)

					k := NewKernelGrad(i, c.s, true, true)
					per := k.PerPart()
					if per == 0 {
						continue
					}
					scratch = newMemory(k.Scratch(r.Workers()))
					k.Begin(r, o.x.data(), o.dy.data(), o.y.data(), dw.data(), db.data(), scratch.data())
					r.For(ceilDiv(c.s.N, per), func(n, worker int) { k.Images(n*per, min(n*per+per, c.s.N), worker) })
					k.End(r)
					scratch.check(t, "kernel gradient, scratch")
					same(t, fmt.Sprintf("dw, %v", i), dw.data(), wantDW)
					same(t, fmt.Sprintf("db, %v", i), db.data(), wantDB)
				}
			}
		})
	}
}
