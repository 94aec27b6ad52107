package pipeline

import (
	"fmt"
	"strings"
	"testing"
)

// Features that begin with features that begin with features: a circle is reported once, and so is a chain
// that would copy its steps over and over.
func TestFeaturesOfFeatures(t *testing.T) {
	_, diags := Check(dataset(t, "", `
source "iris" {}
feature "a" {
  column = "b"
}
feature "b" {
  column = "a"
}
feature "c" {
  column = "b"
}
`))
	if got, want := said(diags), "3: Features in a circle; The feature \"a\" begins with feature \"b\", which begins with it in turn.\n"; !strings.HasSuffix(got, want[2:]) || strings.Count(got, "\n") != 1 {
		t.Errorf("got %s", got)
	}
	var long strings.Builder
	long.WriteString("source \"iris\" {}\nfeature \"x0\" {\n  column = \"petal_length\"\n}\n")
	for i := range 2000 {
		fmt.Fprintf(&long, "feature \"x%d\" {\n  column = \"x%d\"\n  transform \"rescaling\" {\n    scale = 1\n  }\n}\n", i+1, i)
	}
	_, diags = Check(dataset(t, "", long.String()))
	if got := said(diags); strings.Count(got, "\n") != 1 || !strings.Contains(got, `the feature "x101" has 101 steps; 100 is the most.`) {
		t.Errorf("got %s", got)
	}
}
