package dsl

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExamples loads the examples of the language, which only ask for what this version has, but for one.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.hcl")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		doc, diags := Load(f, Options{AllowUnsetVariables: true})
		var got, want []string
		for _, d := range diags {
			got = append(got, d.Error())
		}
		if filepath.Base(f) == "char_gpt.hcl" {
			want = []string{
				f + ":12,3-9: Not in this version; `window` is part of the language, but this version of dlrun does not have it yet.",
				f + ":23,5-10: Not in this version; `shift`, which goes with `window`, is part of the language, but this version of dlrun does not have it yet.",
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
		if len(doc.Trains) != 1 || len(doc.Datasets) != 1 || len(doc.Models) != 1 {
			t.Errorf("%s: %d datasets, %d models, %d trains", f, len(doc.Datasets), len(doc.Models), len(doc.Trains))
		}
		if tr := doc.Trains[0]; tr.Model != doc.Models[0] || tr.Data != doc.Datasets[0] {
			t.Errorf("%s: train refers to %v and %v", f, tr.Model, tr.Data)
		}
	}
}

// TestSources takes a document apart and loads it again from memory.
func TestSources(t *testing.T) {
	for _, f := range []string{"cifar10_resnet20.hcl", "census_tabular.hcl"} {
		f = filepath.Join("testdata/examples", f)
		opts := Options{Vars: map[string]string{}}
		if strings.Contains(f, "census") {
			opts.Vars["data"] = "adult.csv"
		}
		doc, diags := Load(f, opts)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		src, err := doc.Sources()
		if err != nil {
			t.Fatal(err)
		}
		again, diags := LoadSources(src, Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if d := cmp.Diff(doc.BlockNames(), again.BlockNames()); d != "" {
			t.Error(d)
		}
		if len(again.Datasets[0].Features) != len(doc.Datasets[0].Features) {
			t.Errorf("%d features, want %d", len(again.Datasets[0].Features), len(doc.Datasets[0].Features))
		}
	}
}
