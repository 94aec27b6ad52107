package cpu

import (
	"time"

	"github.com/dlrun/dlrun/internal/kernel/f32peak"
)

// Peak measures how many floating-point operations in a second all workers do together at best: fused multiply-adds in registers, of
// which each counts two. It takes some tens of milliseconds.
func (m *Machine) Peak(now func() time.Duration) float64 {
	acc := make([][f32peak.Lanes]float32, m.Workers())
	n := 1000
	task := func(t, _ int) { f32peak.Chains(m.ISA, &acc[t], 0.5, 1, n) }
	best := 0.0
	for begin := now(); now()-begin < 50*time.Millisecond || best == 0; {
		from := now()
		m.For(len(acc), task)
		took := now() - from
		if took < time.Millisecond/2 && n < 1<<30 { // else starting the workers would count
			n *= 2
			continue
		}
		best = max(best, 2*f32peak.Lanes*float64(n)*float64(len(acc))/took.Seconds())
	}
	return best
}
