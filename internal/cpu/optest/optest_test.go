package optest

import "testing"

func TestCases(t *testing.T) { Run(t, Cases()...) }

func TestEveryKernelHasACase(t *testing.T) {
	kinds, err := Untested()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		t.Errorf("%s has a kernel and no case: add one in internal/cpu/optest", k)
	}
}
