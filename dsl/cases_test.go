package dsl

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the tests got into testdata as what they want")

// TestCases loads the files of each testdata/*.txtar and compares the diagnostics with the file "want". The
// comment's lines set options: "load: PATH" (default model.hcl), "var: NAME=VALUE", "var-file: PATH",
// "env: NAME=VALUE", "library: DIR", "version: V", "unset"; other lines are for the reader.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			f, err := filepath.Abs(f)
			if err != nil {
				t.Fatal(err)
			}
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			want, at := "", -1
			for i, part := range a.Files {
				if part.Name == "want" {
					want, at = string(part.Data), i
					continue
				}
				if err := os.MkdirAll(filepath.Dir(part.Name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(part.Name, part.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			path, opts := caseOptions(t, string(a.Comment))
			doc, diags := Load(path, opts)
			got := render(diags, doc.Files)
			if got == want {
				return
			}
			if !*update {
				t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
				return
			}
			if at < 0 {
				a.Files = append(a.Files, txtar.File{Name: "want"})
				at = len(a.Files) - 1
			}
			a.Files[at].Data = []byte(got)
			if err := os.WriteFile(f, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func caseOptions(t *testing.T, comment string) (string, Options) {
	path, opts := "model.hcl", Options{Vars: map[string]string{}, Env: map[string]string{}}
	for _, line := range strings.Split(comment, "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		name, v, _ := strings.Cut(value, "=")
		switch key {
		case "load":
			path = value
		case "var":
			opts.Vars[name] = v
		case "env":
			opts.Env[name] = v
		case "var-file":
			opts.VarFiles = append(opts.VarFiles, value)
		case "library":
			opts.Library = os.DirFS(value)
		case "version":
			opts.Version = value
		case "unset":
			opts.AllowUnsetVariables = true
		}
	}
	return path, opts
}

// render writes one diagnostic as three lines: where and what, the detail, the text it points at.
func render(diags hcl.Diagnostics, files map[string]*hcl.File) string {
	var b bytes.Buffer
	for _, d := range diags {
		kind := "error"
		if d.Severity == hcl.DiagWarning {
			kind = "warning"
		}
		where := "-"
		if d.Subject != nil {
			where = d.Subject.String()
		}
		fmt.Fprintf(&b, "%s: %s: %s\n  %s\n", where, kind, d.Summary, d.Detail)
		if d.Subject == nil {
			continue
		}
		f := files[d.Subject.Filename]
		if f == nil || d.Subject.End.Byte > len(f.Bytes) || d.Subject.Start.Byte > d.Subject.End.Byte {
			fmt.Fprintf(&b, "  at (no such text)\n")
			continue
		}
		fmt.Fprintf(&b, "  at %q\n", f.Bytes[d.Subject.Start.Byte:d.Subject.End.Byte])
	}
	if b.Len() == 0 {
		return "no diagnostics\n"
	}
	return b.String()
}
