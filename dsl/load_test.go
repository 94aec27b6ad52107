package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// TestExamples loads the examples of the language, which only ask for what this version has.
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

// TestBundle takes apart a document that imports a directory that imports the library, reads files and is
// given variables, and loads it from memory alone.
func TestBundle(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main/model.hcl":        "variable \"units\" { type = number }\nvariable \"none\" { default = null }\nimport \"blocks\" {\n  source = \"../blocks\"\n  width  = var.units * 2\n}\nlocals {\n  names = split(\",\", chomp(file(\"labels/names.txt\")))\n}\nmodel \"m\" {\n  input \"x\" { shape = [length(local.names), var.none == null ? 1 : 2] }\n  layer \"blocks.wide\" \"w\" {}\n}\n",
		"main/labels/names.txt": "a,b,c\n",
		"blocks/a.hcl":          "variable \"width\" { type = number }\nimport \"lib\" { source = \"dlrun:base\" }\nblock \"wide\" {\n  layer \"lib.base\" \"b\" {\n    units = var.width\n  }\n}\n",
		"blocks/b.hcl.json":     `{"block": {"other": {"layer": {"dense": {"d": {}}}}}}`,
		"lib/base.hcl":          "block \"base\" {\n  param \"units\" {}\n  layer \"dense\" \"d\" {\n    units = param.units\n  }\n}\n",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, diags := Load(filepath.Join(dir, "main"), Options{Vars: map[string]string{"units": "4"}, Library: os.DirFS(filepath.Join(dir, "lib"))})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	src, err := doc.Sources()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"document.json", "files/labels/names.txt", "imports/blocks/imports/lib/model/base.hcl", "imports/blocks/model/a.hcl", "imports/blocks/model/b.hcl.json", "model/model.hcl"}
	if d := cmp.Diff(want, sortedKeys(src)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	again, diags := LoadSources(src, Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, d := range []*Document{doc, again} {
		if d.Run.Name != "main" || !d.Variables["units"].Value.RawEquals(cty.NumberIntVal(4)) {
			t.Errorf("run %q, units %#v", d.Run.Name, d.Variables["units"].Value)
		}
		v, diags := d.Models[0].Graph.Inputs[0].Shape.Value(d.Models[0].Scope.Context)
		if diags.HasErrors() || !v.RawEquals(cty.TupleVal([]cty.Value{cty.NumberIntVal(3), cty.NumberIntVal(1)})) {
			t.Errorf("shape %#v %v", v, diags)
		}
		wide, ok := d.LookupBlock("blocks.wide")
		if !ok {
			t.Fatal(d.BlockNames())
		}
		g, ctx, diags := wide.Expand(nil, wide.DeclRange)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		base, ok := wide.Scope.Module.LookupBlock(g.Layers[0].Type)
		if !ok {
			t.Fatal(wide.Scope.Module.BlockNames())
		}
		args, diags := base.Arguments(g.Layers[0].Body, ctx, g.Layers[0].DeclRange)
		if diags.HasErrors() || !args["units"].RawEquals(cty.NumberIntVal(8)) {
			t.Errorf("units %#v %v", args, diags)
		}
	}
	for name, damage := range map[string]string{"document.json": `{"name": 3}`, "model/model.hcl": "model {", "imports/blocks/model/a.hcl": ""} {
		bad := map[string][]byte{}
		for n, b := range src {
			bad[n] = b
		}
		if bad[name] = []byte(damage); damage == "" {
			delete(bad, name)
			delete(bad, "imports/blocks/model/b.hcl.json")
		}
		if _, diags := LoadSources(bad, Options{}); !diags.HasErrors() {
			t.Errorf("%s may be damaged unnoticed", name)
		}
	}
}

// TestInfo knows steps_per_epoch and what the data says, where it can be asked.
func TestInfo(t *testing.T) {
	src := map[string][]byte{"model/model.hcl": []byte("dataset \"d\" {\n  source \"x\" {}\n  feature \"x\" {}\n}\nmodel \"m\" {\n  input \"x\" { shape = [num_classes(dataset.d, \"x\")] }\n  layer \"dense\" \"d\" {}\n}\n" +
		"train \"t\" {\n  model = model.m\n  data  = dataset.d\n  steps = 2 * steps_per_epoch\n}\n")}
	for _, c := range []struct {
		info         DataInfo
		shape, steps string
	}{{nil, "[a value that is not known yet]", "a value that is not known yet"}, {fakeInfo{}, "[2]", "20"}} {
		doc, diags := LoadSources(src, Options{Info: c.info})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		shape, diags := doc.Models[0].Graph.Inputs[0].Shape.Value(doc.Models[0].Scope.Context)
		if diags.HasErrors() || schema.Show(shape) != c.shape {
			t.Errorf("shape %s %v", schema.Show(shape), diags)
		}
		attrs, diags := doc.Trains[0].Body.JustAttributes()
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		steps, diags := attrs["steps"].Expr.Value(doc.Trains[0].Context)
		if diags.HasErrors() || schema.Show(steps) != c.steps {
			t.Errorf("steps %s %v", schema.Show(steps), diags)
		}
	}
	if _, diags := LoadSources(src, Options{Info: fakeInfo{fmt.Errorf("the file is gone")}}); !diags.HasErrors() || !strings.Contains(diags.Error(), "The file is gone.") {
		t.Error(diags)
	}
}
