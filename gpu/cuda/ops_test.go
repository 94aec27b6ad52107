//go:build cuda

package cuda_test

import (
	"slices"
	"testing"

	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

const (
	seed = optest.Seed
	step = optest.Step
)

// without are the kinds of operations that have no kernel, and why.
var without = map[string]string{
	"decompose":      "small matrices are taken apart one by one, in float64, which a GPU is slow at",
	"decompose.grad": "as decompose",
	"solve":          "as decompose",
}

// TestOps runs the table of op cases on the device: every case but those of operations that are said to have no kernel.
func TestOps(t *testing.T) {
	open(t) // or skip
	has := gpu.Kinds()
	for _, c := range optest.Cases() {
		kinds, err := c.Kinds()
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(kinds, func(k string) bool { return !slices.Contains(has, k) }); i >= 0 {
			if without[kinds[i]] == "" {
				t.Errorf("%s: there is no kernel for %s", c.Title(), kinds[i])
			}
			continue
		}
		t.Run(c.Title(), func(t *testing.T) {
			if err := optest.CheckOn(t, c, device{Device: open(t)}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
