package f32conv2d

import (
	"strings"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// BenchmarkConv2D reports the speed of convolutions as networks have them, forward and both gradients, on one worker.
func BenchmarkConv2D(b *testing.B) {
	for _, c := range []struct {
		name string
		s    Shape
	}{
		{"3x3-3-32", conv(32, 32, 32, 3, 3, 3, 32, 1, 1, 1, 1, false, 1)},
		{"3x3-16", conv(32, 32, 32, 16, 3, 3, 16, 1, 1, 1, 1, true, 1)},
		{"3x3-16-32-stride", conv(32, 32, 32, 16, 3, 3, 32, 2, 2, 1, 1, true, 1)},
		{"3x3-64", conv(32, 8, 8, 64, 3, 3, 64, 1, 1, 1, 1, true, 1)},
		{"3x3-512", conv(4, 7, 7, 512, 3, 3, 512, 1, 1, 1, 1, true, 1)},
		{"1x1-1024-256", conv(4, 14, 14, 1024, 1, 1, 256, 1, 1, 1, 1, true, 1)},
		{"7x7-3-64-stride", conv(1, 112, 112, 3, 7, 7, 64, 2, 2, 1, 1, true, 1)},
		{"w2-1", conv(32, 32, 32, 3, 3, 3, 32, 1, 1, 1, 1, false, 1)},
		{"w2-2", conv(32, 15, 15, 32, 3, 3, 64, 1, 1, 1, 1, false, 1)},
		{"w2-1-few", conv(2, 32, 32, 3, 3, 3, 32, 1, 1, 1, 1, false, 1)},
		{"w3-stem", conv(32, 32, 32, 3, 3, 3, 16, 1, 1, 1, 1, true, 1)},
		{"w3-16", conv(32, 32, 32, 16, 3, 3, 16, 1, 1, 1, 1, true, 1)},
		{"w3-32", conv(32, 16, 16, 32, 3, 3, 32, 1, 1, 1, 1, true, 1)},
		{"w3-64", conv(32, 8, 8, 64, 3, 3, 64, 1, 1, 1, 1, true, 1)},
		{"w3-16-32", conv(32, 32, 32, 16, 3, 3, 32, 2, 2, 1, 1, true, 1)},
		{"w3-32-64", conv(32, 16, 16, 32, 3, 3, 64, 2, 2, 1, 1, true, 1)},
		{"w3-16-32-1x1", conv(32, 32, 32, 16, 1, 1, 32, 2, 2, 1, 1, true, 1)},
		{"w3-32-64-1x1", conv(32, 16, 16, 32, 1, 1, 64, 2, 2, 1, 1, true, 1)},
		{"56-64", conv(8, 56, 56, 64, 3, 3, 64, 1, 1, 1, 1, true, 1)},
		{"14-256", conv(8, 14, 14, 256, 3, 3, 256, 1, 1, 1, 1, true, 1)},
		{"14-256-one", conv(1, 14, 14, 256, 3, 3, 256, 1, 1, 1, 1, true, 1)},
		{"7-512", conv(32, 7, 7, 512, 3, 3, 512, 1, 1, 1, 1, true, 1)},
		{"17-20", conv(9, 17, 17, 20, 3, 3, 20, 1, 1, 1, 1, true, 1)},
		{"groups-32x4", conv(4, 28, 28, 128, 3, 3, 128, 1, 1, 1, 1, true, 32)},
		{"groups-4x32", conv(4, 28, 28, 128, 3, 3, 128, 1, 1, 1, 1, true, 4)},
		{"depthwise-3x3-96", conv(8, 28, 28, 96, 3, 3, 96, 1, 1, 1, 1, true, 96)},
		{"line-5-64", conv(16, 1, 256, 64, 1, 5, 64, 1, 1, 1, 1, true, 1)},
		{"5x5-32-64", conv(16, 14, 14, 32, 5, 5, 64, 1, 1, 1, 1, true, 1)},
		{"1x1-256-64", conv(8, 28, 28, 256, 1, 1, 64, 1, 1, 1, 1, true, 1)},
		{"1x1-512-128", conv(8, 14, 14, 512, 1, 1, 128, 1, 1, 1, 1, true, 1)},
		{"primes", conv(5, 13, 17, 19, 5, 3, 23, 1, 1, 1, 1, true, 1)},
	} {
		for _, i := range isa.All()[min(1, len(isa.All())-1):] {
			s := c.s
			relu := !strings.HasPrefix(c.name, "w3") // where batch normalization comes between
			o := newOperands(s)
			y, dx, dw, db := make([]float32, len(o.y.data())), make([]float32, len(o.x.data())), make([]float32, len(o.w.data())), make([]float32, s.F)
			run := func(name string, scratch int, f func(scratch []float32)) {
				b.Run(c.name+"/"+name+"/"+i.String(), func(b *testing.B) {
					own := make([]float32, scratch)
					for b.Loop() {
						f(own)
					}
					b.ReportMetric(2*float64(s.N*s.OH*s.OW*s.KH*s.KW*s.C/s.Groups*s.F)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
			f, g, k := NewForward(i, s, Options{Relu: relu}), NewInputGrad(i, s, relu), NewKernelGrad(i, s, relu, true)
			run("y", f.Scratch(1), func(own []float32) { f.Run(par.Serial{}, o.x.data(), o.w.data(), o.b.data(), y, own) })
			pooled := NewForward(i, s, Options{Relu: relu, Keep: true, Pool: &Pool{H: 2, W: 2}})
			if strings.HasPrefix(c.name, "w2") {
				run("pooled", pooled.Scratch(1), func(own []float32) { pooled.Run(par.Serial{}, o.x.data(), o.w.data(), o.b.data(), y, own) })
			}
			run("dx", g.Scratch(1), func(own []float32) { g.Run(par.Serial{}, o.dy.data(), o.y.data(), o.w.data(), dx, own) })
			run("dw", k.Scratch(1), func(own []float32) { k.Run(par.Serial{}, o.x.data(), o.dy.data(), o.y.data(), dw, db, own) })
		}
	}
}
