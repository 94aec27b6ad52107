package layer

import (
	"strings"
	"testing"
)

func TestPlanned(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range planned {
		if seen[n] {
			t.Errorf("%q is planned twice", n)
		}
		seen[n] = true
		if Registry.Has(n) {
			t.Errorf("layer %q is there: take it off the list in planned.go", n)
			continue
		}
		if _, err := Registry.New(n); err == nil || !strings.Contains(err.Error(), "does not have yet") {
			t.Errorf("layer %q: %v", n, err)
		}
	}
}
