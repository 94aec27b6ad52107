//go:build cuda

package cuda_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

const (
	seed = optest.Seed
	step = optest.Step
)

// without are the decompositions that have no kernel, by what the titles of their cases hold: eigenvalues and singular values are found in sweeps
// that go on until nothing changes, one after the other, for which a GPU's threads are the wrong place.
var without = regexp.MustCompile(`\b(eigh|svd|pinv)\b`)

// TestOps runs the table of op cases on the device: every case but those of decompositions that have no kernel, which must say so.
func TestOps(t *testing.T) {
	open(t) // or skip
	for _, c := range optest.Cases() {
		t.Run(c.Title(), func(t *testing.T) {
			err := optest.CheckOn(t, c, device{Device: open(t)})
			var unsupported *gpu.UnsupportedError
			switch {
			case without.MatchString(c.Title()):
				if !errors.As(err, &unsupported) {
					t.Errorf("it is said to have no kernel: %v", err)
				}
			case err != nil:
				t.Fatal(err)
			}
		})
	}
}
