package builder

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dlrun/dlrun/dsl"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/*.txtar")

// TestWalk walks the models of testdata/*.txtar: each has files and, in "want", the diagnostics
// and, where there are none that are errors, the layers with their shapes and weights.
func TestWalk(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := -1
			for i, f := range a.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want < 0 {
				t.Fatal("no want section")
			}
			got := walkReport(filepath.Join(dir, "model.hcl"), dir)
			if *update {
				a.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(a.Files[want].Data), got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func walkReport(path, dir string) string {
	var out bytes.Buffer
	doc, diags := dsl.Load(path, dsl.Options{AllowUnsetVariables: true})
	for _, m := range doc.Models {
		walked, more := Walk(doc, m)
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		for _, u := range walked.Uses {
			fmt.Fprintf(&out, "%s (%s) %s\n", u.Layer.Path, u.Layer.Type, u.Outs[0].Spec)
		}
		for _, w := range walked.Weights {
			fmt.Fprintf(&out, "weight %s %s\n", w.Path, w.Shape)
		}
		for _, o := range walked.Outputs {
			fmt.Fprintf(&out, "output %s %s\n", o.Name, o.Tensor.Spec)
		}
	}
	for _, d := range diags {
		fmt.Fprintln(&out, strings.ReplaceAll(d.Error(), dir+string(filepath.Separator), ""))
	}
	return out.String()
}
