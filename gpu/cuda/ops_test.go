//go:build nvidia

package cuda_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

const (
	seed = optest.Seed
	step = optest.Step
)

// TestOps runs the table of op cases on the device. Cases of operations that have no kernel yet are counted.
func TestOps(t *testing.T) {
	open(t) // or skip
	has := gpu.Kinds()
	missing := map[string]int{}
	ran := 0
	for _, c := range optest.Cases() {
		kinds, err := c.Kinds()
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(kinds, func(k string) bool { return !slices.Contains(has, k) }); i >= 0 {
			missing[kinds[i]]++
			continue
		}
		ran++
		t.Run(c.Title(), func(t *testing.T) {
			err := optest.CheckOn(t, c, device{open(t)})
			var unsupported *gpu.UnsupportedError
			switch {
			case errors.As(err, &unsupported):
				t.Skip(err)
			case err != nil:
				t.Fatal(err)
			}
		})
	}
	t.Logf("%d cases ran; %d kinds of operations have no kernel: %v", ran, len(missing), missing)
	if ran < 800 {
		t.Errorf("only %d cases ran", ran)
	}
}
