package dsl

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/tools/txtar"
)

// seeds are the examples and the files of all cases whose name ends in ext.
func seeds(f *testing.F, ext string) {
	files, err := filepath.Glob("testdata/examples/*" + ext)
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		if strings.Contains(name, "limits_") { // slow on purpose
			continue
		}
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if strings.HasSuffix(part.Name, ext) {
				f.Add(part.Data)
			}
		}
	}
}

// load must neither panic nor take long, whatever it reads; what it says must be printable, and blocks must
// expand.
func fuzzLoad(t *testing.T, name string, src []byte) {
	start := time.Now()
	doc, diags := LoadSources(map[string][]byte{"model/" + name: src}, Options{AllowUnsetVariables: true, Info: fakeInfo{}})
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := WriteDiagnostics(io.Discard, diags, doc.Files, 80, true); err != nil {
		t.Error(err)
	}
	DiagnosticsJSON(diags)
	for _, d := range diags {
		if d.Severity == hcl.DiagError && (d.Summary == "" || d.Detail == "") {
			t.Errorf("an error without words: %#v", d)
		}
		if len(d.Detail) > 10000 {
			t.Errorf("a message of %d bytes", len(d.Detail))
		}
	}
	for _, b := range doc.Blocks {
		_, _, _ = b.Expand(map[string]cty.Value{}, b.DeclRange)
	}
	if !diags.HasErrors() {
		if out, diags := Format(name, src); diags.HasErrors() {
			t.Errorf("what loads does not format: %v", diags)
		} else if again, diags := Format(name, out); diags.HasErrors() || string(again) != string(out) {
			t.Errorf("formatting twice differs: %q and %q, %v", out, again, diags)
		}
	}
}

func FuzzLoad(f *testing.F) {
	seeds(f, ".hcl")
	f.Fuzz(func(t *testing.T, src []byte) { fuzzLoad(t, "model.hcl", src) })
}

func FuzzLoadJSON(f *testing.F) {
	seeds(f, ".json")
	for _, s := range []string{`{"locals": {"a": 1e999999999}}`, `{"locals": {"a": "${"}}`, `{"locals": {"a": "\u0024{1e999999999}"}}`, `{"locals": {"a": "\ud800 ${1}"}}`, `[{}, null, 3]`, `"x"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { fuzzLoad(t, "model.hcl.json", src) })
}

// FuzzExpression evaluates anything with all functions there are.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{
		`1e308 * 1e308`, `"${"1e999999999" + 0}"`, `pow(9, pow(9, 9))`, `range(0, 1/0)`, `yamldecode("a: &a [*a]")`, `jsondecode("1e999999999")`, `format("%*d", 3)`,
		`[for x in range(9): [for y in range(x): y]]`, `regex("(((a{1000}){1000}){1000})", "a")`, `csvdecode("a\n1")`, `templatefile("x", {})`, `try(file(".."), 1)`, `toset([1/0])`, `1/0 - 1/0`, `0 * (1/0)`, `(1/0) % 3`, `-(1/0)`,
		`substr("abc", -1, -1)`, `chunklist([1], -1)`, `element([], 0)`, `slice([1], 1, 0)`, `parseint("z", 99)`, `formatdate("", "")`, `indent(-1, "")`, `distinct([null, {}])`, `setproduct([], [null])`, `zipmap(["a"], [])`, `merge(null, {})`, `lookup({}, null)`, `sum([1/0, -1/0])`, `max()`, `log(1/0, 2)`, `base64decode("/w==")`, `one([1, 2])`, `timeadd("", "")`, `transpose({ a = [null] })`, `flatten(null)`, `signum(1/0)`, `floor(1/0)`, `ceil(-1/0)`, `abs(1/0)`, `strrev("\U0001F600")`, `title("")`, `urlencode("\n")`,
	} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		v, diags := eval(t, dir, text)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
		if !diags.HasErrors() {
			_ = checkSize(v)
		}
	})
}

// TestDeep loads what would overflow the stack of a parser that recurses.
func TestDeep(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("(", 100000), "a = " + strings.Repeat("!", 100000) + "b", "locals {\n a = " + strings.Repeat("1+", 100000) + "1\n}", strings.Repeat("a {\n", 100000),
		"locals {\n a = " + strings.Repeat("a.", 100000) + "b\n}", "locals {\n a = x" + strings.Repeat("[0]", 100000) + "\n}", "locals {\n a = x" + strings.Repeat("[*]", 50000) + "\n}",
		"locals {\n a = \"" + strings.Repeat("${\"", 50000) + "\n}", "locals {\n a = \"" + strings.Repeat("%{if true}", 50000) + "\n}", "locals {\n a = " + strings.Repeat("true ? 1 : ", 50000) + "1\n}",
		"locals {\n a = " + strings.Repeat("[", 50000) + "\n}", "locals {\n a = " + strings.Repeat("{a=", 50000) + "\n}", "locals {\n a = " + strings.Repeat("f(", 50000) + "\n}", "locals {\n a = <<E\n" + strings.Repeat("${<<E\n", 50000) + "\n}",
		"locals {\n a = 1" + strings.Repeat("0", 100000) + "\n}", "locals {\n a = " + strings.Repeat("-", 100000) + "1\n}", "block \"a\" {\n" + strings.Repeat("layer \"b\" \"c\" {\n", 50000),
	} {
		fuzzLoad(t, "model.hcl", []byte(s))
	}
	for _, s := range []string{
		strings.Repeat("[", 100000), strings.Repeat(`{"a":`, 100000), `{"locals": {"a": "${` + strings.Repeat("(", 100000) + `"}}`, `{"locals": {"a": ` + strings.Repeat("9", 100000) + `}}`, `{"locals": {"a": "\ud800 \u0024{` + strings.Repeat("(", 100000) + `"}}`, `{"variable": {"a": {"type": "` + strings.Repeat("list(", 100000) + `"}}}`,
		`{"dataset": {"d": {"dynamic": {"feature": {"for_each": [1], "iterator": "` + strings.Repeat("(", 100000) + `", "labels": ["a"], "content": {}}}}}}`, `{"train": {"t": {"model": "` + strings.Repeat("model.", 100000) + `"}}}`,
	} {
		fuzzLoad(t, "model.hcl.json", []byte(s))
	}
}
