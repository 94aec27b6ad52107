package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write what the tests got into testdata as what they want")

// outer has nested blocks and takes free arguments.
type outer struct{ shape shape }

func (o *outer) Schema(b *Block) {
	b.Doc("Holds blocks.", "test")
	ChooseOrNumber(b, &o.shape, "shape", "A shape, or | a number.", shapes, func(f float64) shape { return &circle{radius: f} })
	b.Nested(Nested{Name: "everything", Labels: []string{"name"}, Help: "Everything.", Of: func() Described { return new(everything) }})
	b.Nested(Nested{Name: "thing", Labels: []string{"kind", "name"}, Help: "A shape.", Kind: "shape", Ordered: true})
	b.Nested(Nested{Name: "plain", Help: "Without a label.", Of: func() Described { return new(square) }, Once: true})
}

// TestMarkdown compares reference pages with testdata; their snippets parse.
func TestMarkdown(t *testing.T) {
	var got bytes.Buffer
	for _, p := range []struct {
		kind, name string
		b          *Block
	}{
		{"outer", "outer", Describe(new(outer))},
		{"layer", "everything", Describe(new(everything))},
		{"shape", "square", Describe(new(square))},
		{"shape", "nothing", Describe(describedFunc(func(b *Block) { b.Doc("Nothing.", "") }))},
		{"free", "free", Describe(describedFunc(func(b *Block) { b.Doc("Free.", ""); b.Free("Anything.") }))},
	} {
		page := Markdown(p.kind, p.name, p.b)
		got.WriteString(page + "\n")
		_, code, _ := strings.Cut(page, "```hcl\n")
		code, _, _ = strings.Cut(code, "```")
		if _, diags := hclsyntax.ParseConfig([]byte(code), p.name, hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s: %v", code, diags)
		}
	}
	golden(t, "testdata/pages.md", got.Bytes())
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// TestJSONSchema accepts what decodes and refuses what does not.
func TestJSONSchema(t *testing.T) {
	s := NewJSONSchema(map[string]Choice{"shape": shapes}, nil)
	root := s.Block(Describe(new(outer)), nil)
	root["$defs"] = s.Defs
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for src, good := range map[string]bool{
		`{"shape": "circle"}`:                                                                  true,
		`{"shape": "round"}`:                                                                   true,
		`{"shape": 3}`:                                                                         true,
		`{"shape": "${x}"}`:                                                                    true,
		`{"shape": {"square": {"side": 3}}}`:                                                   true,
		`{"shape": {"square": {"side": "${1 + 2}"}}}`:                                          true,
		`{"//": "a comment", "shape": 1}`:                                                      true,
		`{}`:                                                                                   false,
		`{"shape": "circel"}`:                                                                  false,
		`{"shape": {"square": {}}}`:                                                            false,
		`{"shape": {"square": {"side": 11}}}`:                                                  false,
		`{"shape": {"square": {"side": "3"}}}`:                                                 false,
		`{"shape": {"circel": {}}}`:                                                            false,
		`{"shape": 1, "colour": "red"}`:                                                        false,
		`{"shape": 1, "plain": {"side": 2}}`:                                                   true,
		`{"shape": 1, "plain": [{"side": 2}]}`:                                                 true,
		`{"shape": 1, "plain": {"sid": 2}}`:                                                    false,
		`{"shape": 1, "thing": {"square": {"x": {"side": 2}}}}`:                                true,
		`{"shape": 1, "thing": [{"square": {"x": {"side": 2}}}]}`:                              true,
		`{"shape": 1, "thing": {"square": {"x": {"side": 0}}}}`:                                false,
		`{"shape": 1, "thing": {"pentagon": {"x": {}}}}`:                                       false,
		`{"shape": 1, "everything": {"a": {"i": 3}}}`:                                          true,
		`{"shape": 1, "everything": {"a": {"i": null}}}`:                                       true,
		`{"shape": 1, "everything": {"a": {"i": 1.5}}}`:                                        false,
		`{"shape": 1, "everything": {"a": {"is": [1, null]}}}`:                                 true,
		`{"shape": 1, "everything": {"a": {"pair": [1, 2]}}}`:                                  true,
		`{"shape": 1, "everything": {"a": {"pair": [1, 2, 3]}}}`:                               false,
		`{"shape": 1, "everything": {"a": {"many": 2}}}`:                                       true,
		`{"shape": 1, "everything": {"a": {"many": [2, "x"]}}}`:                                false,
		`{"shape": 1, "everything": {"a": {"e": "same"}}}`:                                     true,
		`{"shape": 1, "everything": {"a": {"e": "other"}}}`:                                    false,
		`{"shape": 1, "everything": {"a": {"list": ["circle", {"square": {"side": 1}}]}}}`:     true,
		`{"shape": 1, "everything": {"a": {"element": {"square": {"side": 1}}}}}`:              true,
		`{"shape": 1, "everything": {"a": {"list": ["circel"]}}}`:                              false,
		`{"shape": 1, "everything": {"a": {"per": {"out": "circle", "other": null}}}}`:         true,
		`{"shape": 1, "everything": {"a": {"per": [{"square": {"side": 1, "output": "a"}}]}}}`: true,
		`{"shape": 1, "everything": {"a": {"pers": {"out": ["circle"]}}}}`:                     true,
		`{"shape": 1, "everything": {"a": {"per": 3}}}`:                                        false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(src))
		if err != nil {
			t.Fatal(src, err)
		}
		if err := compiled.Validate(v); (err == nil) != good {
			t.Errorf("%s: %v", src, err)
		}
	}
}
