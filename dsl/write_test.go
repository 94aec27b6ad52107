package dsl

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

// TestWriteDiagnostics shows the source line, what names stood for, and wrapped words.
func TestWriteDiagnostics(t *testing.T) {
	src := "locals {\n  a = 3\n  b = [local.a, local.a.x, \"\x1b[31m\"]\n}\nvariable \"unused\" {\n  default = 1\n}\n"
	doc, diags := LoadSources(map[string][]byte{"model/model.hcl": []byte(src)}, Options{Vars: map[string]string{"unsued": "1"}})
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, diags, doc.Files, 40, false); err != nil {
		t.Fatal(err)
	}
	want := `Error: No such variable

-var sets "unsued", which is no variable
of the model. Did you mean "unused"?

Warning: Unused local

  on model/model.hcl line 3, in locals:
   3:   b = [local.a, local.a.x, "�[31m"]

Nothing uses the local "b".

Error: Unsupported attribute

  on model/model.hcl line 3, in locals:
   3:   b = [local.a, local.a.x, "�[31m"]

Can't access attributes on a
primitive-typed value (number).

Warning: Unused variable

  on model/model.hcl line 5, in variable "unused":
   5: variable "unused" {

Nothing uses the variable "unused".

`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	b.Reset()
	if err := WriteDiagnostics(&b, diags, nil, 0, true); err != nil || !strings.Contains(b.String(), "\x1b[1;31mError\x1b[0m: No such variable") || !strings.Contains(b.String(), "on model/model.hcl line 5\n") {
		t.Errorf("%v %q", err, b.String())
	}
	text, err := json.Marshal(DiagnosticsJSON(diags)[1])
	if err != nil {
		t.Fatal(err)
	}
	wantJSON := `{"severity":"warning","summary":"Unused local","detail":"Nothing uses the local \"b\".","range":{"filename":"model/model.hcl","start":{"line":3,"column":3,"byte":19},"end":{"line":3,"column":4,"byte":20}}}`
	if d := cmp.Diff(wantJSON, string(text)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if text, err := json.Marshal(DiagnosticsJSON(nil)); err != nil || string(text) != "[]" {
		t.Errorf("%s %v", text, err)
	}
}

// TestReceived says what a value was made of.
func TestReceived(t *testing.T) {
	src := "variable \"share\" {\n  default = 2\n}\ndataset \"d\" {\n  source \"csv\" {}\n  feature \"x\" {}\n  split {\n    validation = 1 + var.share\n  }\n}\n"
	doc, diags := LoadSources(map[string][]byte{"model/model.hcl": []byte(src)}, Options{})
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, diags, doc.Files, 0, false); err != nil {
		t.Fatal(err)
	}
	want := `Error: Invalid value for "validation"

  on model/model.hcl line 8, in dataset "d":
   8:     validation = 1 + var.share

  with var.share = 2

A number below 1 is wanted, got 3.

`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestLongLine keeps an excerpt short.
func TestLongLine(t *testing.T) {
	src := `{"locals": {"a": "` + strings.Repeat("x", 5000) + `", "b": "${nothing}", "c": "` + strings.Repeat("y", 5000) + `"}}`
	doc, diags := LoadSources(map[string][]byte{"model/model.hcl.json": []byte(src)}, Options{})
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, diags, doc.Files, 0, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "…xxx") || !strings.Contains(b.String(), "${nothing}") || !strings.Contains(b.String(), "yyy…") || b.Len() > 3000 {
		t.Errorf("%d bytes:\n%s", b.Len(), b.String())
	}
}

// TestFormat leaves the examples as they are and spaces what is not.
func TestFormat(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.hcl")
	more, err2 := filepath.Glob("testdata/examples/blocks/*.hcl")
	if err != nil || err2 != nil || len(files) < 6 || len(more) < 1 {
		t.Fatal(files, more, err, err2)
	}
	for _, f := range append(files, more...) {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out, diags := Format(f, src)
		if diags.HasErrors() {
			t.Error(diags)
		}
		if d := cmp.Diff(string(src), string(out)); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
	}
	for _, c := range []struct{ name, src, want string }{
		{"a.hcl", "locals {\na=1\n   bcd  = 2 }\n", ""},
		{"a.hcl", "locals {\na=1\n   bcd  = 2\n}\n", "locals {\n  a   = 1\n  bcd = 2\n}\n"},
		{"a.hcl.json", `{"a":1}`, `{"a":1}`},
		{"a.hcl.json", `{"a":`, ""},
	} {
		out, diags := Format(c.name, []byte(c.src))
		if c.want == "" {
			if !diags.HasErrors() || string(out) != c.src {
				t.Errorf("%s: %s, %v", c.src, out, diags)
			}
			continue
		}
		if string(out) != c.want || diags.HasErrors() {
			t.Errorf("%s: %s, %v", c.src, out, diags)
		}
	}
}

// TestSymlinks does not let a link lead out of a module.
func TestSymlinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making symbolic links needs a privilege there")
	}
	dir := t.TempDir()
	for _, d := range []string{"model/sub", "secret"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret/key.txt"), []byte("key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "model/sub/a.txt"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"model/out": "../secret", "model/key.txt": "../secret/key.txt", "model/in": "sub"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	at := filepath.Join(dir, "model")
	for text, good := range map[string]bool{
		`file("sub/a.txt")`: true, `file("in/a.txt")`: true, `file("out/key.txt")`: false, `file("key.txt")`: false, `fileexists("key.txt")`: false, `length(fileset("out", "*"))`: false,
		`file("` + dir + `/model/sub/a.txt")`: true, `file("` + dir + `/secret/key.txt")`: false, `fileset(".", "**/key.txt")`: true,
	} {
		v, diags := eval(t, at, text)
		if diags.HasErrors() == good {
			t.Errorf("%s: %#v, %v", text, v, diags)
		}
	}
	if v, _ := eval(t, at, `fileset(".", "**/key.txt")`); v.LengthInt() != 0 {
		t.Errorf("fileset follows links: %#v", v)
	}
}

// TestPaths knows where a path from the command line starts.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "model.hcl")
	text := "variable \"a\" {}\nvariable \"b\" { default = \"d.csv\" }\nlocals {\n  a = \"${var.a}.gz\"\n}\ndataset \"d\" {\n  source \"x\" {\n    p = var.a\n    q = local.a\n    r = var.b\n  }\n  feature \"x\" {}\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	doc, diags := Load(file, Options{Vars: map[string]string{"a": "x.csv"}, WorkDir: "/work"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	src := doc.Datasets[0].Source
	attrs, diags := src.Body.JustAttributes()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for name, marked := range map[string]bool{"p": true, "q": true, "r": false} {
		v, diags := attrs[name].Expr.Value(src.Context)
		if diags.HasErrors() || v.IsMarked() != marked {
			t.Errorf("%s = %#v, %v", name, v, diags)
		}
		if v, diags := attrs[name].Expr.Value(doc.base); diags.HasErrors() || v.IsMarked() {
			t.Errorf("elsewhere %s = %#v, %v", name, v, diags)
		}
	}
	if v := doc.Variables["a"].Value; !v.RawEquals(cty.StringVal("x.csv")) {
		t.Errorf("%#v", v)
	}
}
