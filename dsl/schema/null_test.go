package schema

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// merge has an argument of which null is a value.
type merge struct{ how string }

func (m *merge) Schema(b *Block) {
	b.Doc("Merges.", "test")
	b.Enum(&m.how, "how", "How.", []string{"sum", "mul"}, Default("sum"), Null(func() { m.how = "" }))
}

func TestNullAsAValue(t *testing.T) {
	for body, want := range map[string]string{"": "sum", `how = "mul"`: "mul", "how = null": ""} {
		f, diags := hclsyntax.ParseConfig([]byte(body), "a.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		m := new(merge)
		if _, diags := Decode(f.Body, nil, m, "merge", hcl.Range{}); diags.HasErrors() || m.how != want {
			t.Errorf("%q: got %q, %v; want %q", body, m.how, diags, want)
		}
	}
}
