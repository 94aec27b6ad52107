package dsl

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/dlrun/dlrun/dsl/schema"
)

// lossy stands for the builder's part of a train block.
type lossy struct{ epochs int }

func (l *lossy) Schema(b *schema.Block) {
	b.Doc("", "")
	b.Int(&l.epochs, "epochs", "How often the data is seen.", schema.Default(1), schema.AtLeast(1))
}

// TestJSONSchema accepts the case that loads, and refuses it with a mistake in it.
func TestJSONSchema(t *testing.T) {
	text, err := json.Marshal(JSONSchema(nil, new(lossy)))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("dlrun.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("dlrun.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := txtar.ParseFile("testdata/json.txtar")
	if err != nil {
		t.Fatal(err)
	}
	model := strings.Replace(string(a.Files[0].Data), `"loss": "sparse_categorical_crossentropy",`, `"epochs": 3,`, 1)
	for _, change := range []struct {
		from, to string
		good     bool
	}{
		{"", "", true},
		{`"epochs": 3`, `"epochs": 0`, false},
		{`"epochs": 3`, `"epoch": 3`, false},
		{`"validation": 0.1`, `"validation": 1`, false},
		{`"validation": 0.1`, `"validation": "${0.1}"`, true},
		{`"dataset":`, `"datasets":`, false},
		{`"shape": [28, 28, 1]`, `"shap": [28]`, false},
		{`"condition": "${metrics.loss < 1}", `, ``, false},
		{`"target": {"label": {}}`, `"target": {"label": {"colum": "x"}}`, false},
		{`"output": {"digit"`, `"dynamic": {}, "output": {"digit"`, true},
	} {
		src := strings.Replace(model, change.from, change.to, 1)
		if src == model && change.from != "" {
			t.Fatalf("%q is not in the case", change.from)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(v); (err == nil) != change.good {
			t.Errorf("%s: %v", change.to, err)
		}
	}
}

// TestLanguagePages writes a page for every block of the language; their snippets parse and are formatted.
func TestLanguagePages(t *testing.T) {
	var visit func(name string, b *schema.Block, seen map[string]bool)
	visit = func(name string, b *schema.Block, seen map[string]bool) {
		if seen[name] {
			return
		}
		seen[name] = true
		if b.Summary == "" {
			t.Errorf("%s has no summary", name)
		}
		for _, a := range b.Args {
			if a.Help == "" || !strings.HasSuffix(a.Help, ".") {
				t.Errorf("%s.%s: help %q is no sentence", name, a.Name, a.Help)
			}
		}
		code := schema.Snippet(name, name, b)
		if _, diags := hclsyntax.ParseConfig([]byte(code), name, hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s: %v", code, diags)
		}
		if out, _ := Format("x.hcl", []byte(code)); string(out) != code {
			t.Errorf("%s is written %s", code, out)
		}
		for _, n := range b.Blocks {
			if n.Of != nil {
				visit(n.Name, schema.Describe(n.Of()), seen)
			}
		}
	}
	seen := map[string]bool{}
	visit("file", Language(), seen)
	visit("train", TrainBlock(new(lossy)), map[string]bool{})
	if len(seen) < 15 {
		t.Errorf("only %d blocks", len(seen))
	}
}
