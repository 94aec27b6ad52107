package dsl

import "github.com/dlrun/dlrun/dsl/schema"

// JSONSchema returns the JSON Schema (2020-12) of *.hcl.json. kinds are the registries that the labels of
// nested blocks name: "layer", "source", "transform", "augment" and "callback"; train describes what the
// builder takes from a train block.
func JSONSchema(kinds map[string]schema.Choice, train schema.Described) map[string]any {
	s := schema.NewJSONSchema(kinds, LayerArguments())
	file := Language()
	for i, n := range file.Blocks {
		if n.Name == "train" && train != nil {
			file.Blocks[i].Of = func() schema.Described { return joined{new(trainBlock), train} }
		}
	}
	out := s.Block(file, nil)
	out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	out["title"] = "A dlrun model file in JSON"
	out["$defs"] = s.Defs
	return out
}

// joined is a block that two packages read parts of.
type joined [2]schema.Described

// Schema describes both parts.
func (j joined) Schema(s *schema.Block) {
	j[0].Schema(s)
	own := *s
	j[1].Schema(s)
	s.Summary, s.Source, s.Notes = own.Summary, own.Source, own.Notes
}

// TrainBlock describes a whole train block: what dsl takes of it and what the builder does.
func TrainBlock(builder schema.Described) *schema.Block {
	return schema.Describe(joined{new(trainBlock), builder})
}
