package layer_test

import (
	"testing"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/layer/layertest"
)

func TestLayers(t *testing.T) { layertest.Run(t) }

func TestEveryLayerHasACase(t *testing.T) {
	for _, n := range layertest.Untested() {
		t.Errorf("layer %q has no case: add one in %s_test.go", n, n)
	}
}

// TestDocumented keeps the reference pages whole.
func TestDocumented(t *testing.T) {
	for _, n := range layer.Registry.Names() {
		b := layer.Registry.Describe(n)
		if b.Summary == "" || b.Source == "" {
			t.Errorf("layer %q has no documentation", n)
		}
		for _, a := range b.Args {
			if a.Help == "" {
				t.Errorf("layer %q: argument %q has no help", n, a.Name)
			}
		}
	}
}
