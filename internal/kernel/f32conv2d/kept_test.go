package f32conv2d

import (
	"fmt"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// TestKept runs with a kernel that is kept: right the first time, the same from then on, also where the kernel's memory has something
// else by then, and the same on every instruction set and for any number of workers.
func TestKept(t *testing.T) {
	list := shapes
	for _, size := range []int{6, 7, 13, 14} { // transforms pay off here only where the kernel is kept
		s := conv(1, size, size, 9, 3, 3, 40, 1, 1, 1, 1, true, 1)
		list = append(list, struct {
			name string
			s    Shape
		}{fmt.Sprintf("kept %d", size), s})
	}
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			o := newOperands(c.s)
			want, _, _, _ := reference(c.s, o, true, true)
			var first []float32
			for _, i := range isa.All() {
				for _, r := range []par.Runner{par.Serial{}, crew(3)} {
					p := NewForward(i, c.s, Options{Relu: true, Keep: true})
					w := append([]float32(nil), o.w.data()...)
					for range 3 {
						y, scratch := newMemory(len(o.y.data())), newMemory(p.Scratch(r.Workers()))
						p.Run(r, o.x.data(), w, o.b.data(), y.data(), scratch.data())
						y.check(t, "y")
						scratch.check(t, "scratch")
						if !p.slidesInPlace() {
							clear(w)
						}
						if first == nil {
							first = y.data()
							near(t, "y", first, want)
						}
						same(t, fmt.Sprintf("y, %v, %d workers", i, r.Workers()), y.data(), first)
					}
				}
			}
		})
	}
}

// slidesInPlace tells whether the kernel is read where it is, so that nothing is kept.
func (p *Forward) slidesInPlace() bool { return p.winograd == nil && p.slider.inPlace }
