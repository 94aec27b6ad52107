package schema

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// Nested describes a block that may stand in another. Decode does not read it: whoever reads the outer
// block takes its nested blocks out first (see Header), because they come in an order or have labels.
type Nested struct {
	Name    string
	Labels  []string         // what its labels are: "name", or "type" and "name"
	Help    string           // one sentence
	Of      func() Described // what it accepts; nil where its first label is the name of a Kind
	Kind    string           // the registry that its first label names a thing of, as "layer"
	Once    bool             // at most one
	Ordered bool             // their order matters, so that JSON writes them as an array
}

// Nested adds a block that may stand in this one.
func (b *Block) Nested(n Nested) {
	for _, o := range b.Blocks {
		if o.Name == n.Name {
			panic(fmt.Sprintf("schema: block %q is bound twice", n.Name))
		}
	}
	b.Blocks = append(b.Blocks, n)
}

// Free says that arguments of other names are allowed too; help says what they are.
func (b *Block) Free(help string) { b.FreeHelp = help }

// Header is what hcl has to know to take a described block's nested blocks, and with attributes also its
// arguments, out of a body.
func Header(b *Block, attributes bool) *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, n := range b.Blocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: n.Name, LabelNames: n.Labels})
	}
	if attributes {
		for _, a := range b.Args {
			s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.Name})
		}
	}
	return s
}

// Names lists the arguments and nested blocks of a block, for suggestions.
func (b *Block) Names() []string {
	var out []string
	for _, a := range b.Args {
		out = append(out, a.Name)
		if a.List != "" {
			out = append(out, a.List)
		}
	}
	for _, n := range b.Blocks {
		out = append(out, n.Name)
	}
	return out
}
