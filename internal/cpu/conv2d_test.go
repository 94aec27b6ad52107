package cpu_test

import (
	"math"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// TestPooledConvolutions runs a network forward, in chains with poolings joined to convolutions, and as whole steps apart.
func TestPooledConvolutions(t *testing.T) {
	n := newNet(9, 21, 18, 3)
	n.conv(7, 3, 1).pool().conv(16, 3, 1).pool().conv(20, 3, 1).apply(op.AvgPool2D{Window: op.Window{Size: [2]int{4, 2}, Strides: [2]int{4, 2}}}).flat().dense(4, false)
	if n.g.Err() != nil {
		t.Fatal(n.g.Err())
	}
	apart, _ := runNet(t, []*op.Node{n.x}, isa.Detect(), 1, false)
	var want []float32
	for _, i := range isa.All() {
		for _, workers := range []int{1, 3} {
			all, _ := runNet(t, []*op.Node{n.x}, i, workers, true)
			got := all[0]
			if want == nil {
				want = got
			}
			for k, v := range got {
				if math.Float32bits(v) != math.Float32bits(want[k]) {
					t.Fatalf("%v, %d workers: element %d is %g, else %g", i, workers, k, v, want[k])
				}
				if d := math.Abs(float64(v - apart[0][k])); !(d <= 1e-5*max(1, math.Abs(float64(v)))) {
					t.Fatalf("%v, %d workers: element %d is %g, apart %g", i, workers, k, v, apart[0][k])
				}
			}
		}
	}
}
