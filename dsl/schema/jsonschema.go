package schema

import (
	"sort"
	"strings"
)

// JSONSchema derives a JSON Schema (2020-12) of *.hcl.json from descriptions. What can be named in a
// registry is described once, under $defs, by kind and name.
type JSONSchema struct {
	Kinds map[string]Choice // the registries that nested blocks name by kind, as "layer"
	Layer *Block            // the arguments that every layer takes besides its own
	Defs  map[string]any
	busy  map[string]bool
}

// NewJSONSchema starts a schema. kinds are the registries that nested blocks' labels name; layer describes
// the arguments of every layer.
func NewJSONSchema(kinds map[string]Choice, layer *Block) *JSONSchema {
	s := &JSONSchema{Kinds: kinds, Layer: layer, Defs: map[string]any{}, busy: map[string]bool{}}
	// A string with a template may stand for any value.
	s.Defs["expression"] = map[string]any{"type": "string", "pattern": `[$%]\{`, "description": "A template: an expression between ${ and }."}
	return s
}

// Block returns the schema of a body. extra are further properties, which the body's owner takes.
func (s *JSONSchema) Block(b *Block, extra map[string]any) map[string]any {
	props := map[string]any{"//": map[string]any{"description": "A comment."}}
	required := []string{}
	for _, a := range b.Args {
		v := s.Arg(a)
		props[a.Name] = v
		if a.List != "" {
			props[a.List] = s.labelled([]string{"name"}, s.named(a.Choice, a.per))
		}
		if a.Required && a.List == "" {
			required = append(required, a.Name)
		}
	}
	for _, n := range b.Blocks {
		props[n.Name] = s.nested(n)
	}
	if len(b.Blocks) > 0 {
		props["dynamic"] = map[string]any{"description": "Blocks written out from for_each, by type.", "type": []string{"object", "array"}}
	}
	for name, v := range extra {
		props[name] = v
	}
	out := map[string]any{"type": "object", "properties": props}
	if b.Summary != "" {
		out["description"] = b.Summary
	}
	if b.FreeHelp != "" {
		out["additionalProperties"] = map[string]any{"description": b.FreeHelp}
	} else {
		out["additionalProperties"] = false
	}
	if len(required) > 0 {
		sort.Strings(required)
		out["required"] = required
	}
	return out
}

// nested returns the schema of what a block's name may hold: bodies below their labels, alone or in arrays.
func (s *JSONSchema) nested(n Nested) map[string]any {
	var v map[string]any
	switch {
	case n.Kind != "":
		v = s.labelled(n.Labels, s.kind(n.Kind))
	default:
		body := s.Block(Describe(n.Of()), nil)
		v = s.labelled(n.Labels, map[string]any{"*": body})
	}
	v["description"] = n.Help
	if n.Ordered {
		v["$comment"] = "An array, for the order."
	}
	return v
}

// labelled puts bodies, by their first label ("*" for any), below labels. Every level may be an array.
func (s *JSONSchema) labelled(labels []string, bodies map[string]any) map[string]any {
	if len(labels) == 0 {
		return orArray(bodies["*"])
	}
	props := map[string]any{}
	for name, b := range bodies {
		if name != "*" {
			props[name] = s.below(labels[1:], b)
		}
	}
	obj := map[string]any{"type": "object", "properties": props}
	if b, ok := bodies["*"]; ok {
		obj["additionalProperties"] = s.below(labels[1:], b)
	} else {
		obj["additionalProperties"] = false
	}
	return orArray(obj)
}

func (s *JSONSchema) below(labels []string, body any) any {
	if len(labels) == 0 {
		return orArray(body)
	}
	return s.labelled(labels, map[string]any{"*": body})
}

func orArray(v any) map[string]any {
	return map[string]any{"anyOf": []any{v, map[string]any{"type": "array", "items": v}}}
}

// kind returns the bodies of a registry's things. Where other names may stand too (a layer's type can be a
// block), those are any object.
func (s *JSONSchema) kind(kind string) map[string]any {
	reg := s.Kinds[kind]
	if reg == nil {
		return map[string]any{"*": map[string]any{"type": "object"}}
	}
	bodies := s.named(reg, nil)
	if kind == "layer" {
		bodies["*"] = map[string]any{"type": "object"}
	}
	return bodies
}

// named returns references to the bodies of a registry's things by name and alias.
func (s *JSONSchema) named(reg Choice, of *per) map[string]any {
	out := map[string]any{}
	for _, name := range reg.Names() {
		ref := s.define(reg, name, of)
		out[name] = ref
		for _, a := range reg.Aliases(name) {
			out[a] = ref
		}
	}
	return out
}

// define writes the body of a registered thing under $defs and returns a reference to it.
func (s *JSONSchema) define(reg Choice, name string, of *per) map[string]any {
	key := defName(reg.Kind()) + "." + name
	var extra map[string]any
	if of != nil {
		key += of.of
		extra = map[string]any{of.key: map[string]any{"type": "string", "description": of.help}}
	}
	if reg.Kind() == "layer" {
		extra = s.layerExtra()
	}
	if _, ok := s.Defs[key]; !ok && !s.busy[key] {
		s.busy[key] = true
		s.Defs[key] = s.Block(reg.Describe(name), extra)
	}
	return map[string]any{"$ref": "#/$defs/" + key}
}

// layerExtra are the arguments that every layer takes.
func (s *JSONSchema) layerExtra() map[string]any {
	if s.Layer == nil {
		return nil
	}
	extra := map[string]any{}
	for _, a := range s.Layer.Args {
		extra[a.Name] = s.Arg(a)
	}
	return extra
}

// Arg returns the schema of one argument's value.
func (s *JSONSchema) Arg(a *Arg) map[string]any {
	var forms []any
	switch a.Type {
	case Int:
		forms = append(forms, a.limited(map[string]any{"type": "integer"}))
	case Float:
		forms = append(forms, a.limited(map[string]any{"type": "number"}))
	case Bool:
		forms = append(forms, map[string]any{"type": "boolean"})
	case String:
		forms = append(forms, a.limited(map[string]any{"type": "string"}))
	case Ints:
		forms = append(forms, list(a.limited(map[string]any{"type": []string{"integer", "null"}})))
	case Floats:
		forms = append(forms, list(a.limited(map[string]any{"type": "number"})))
	case Strings:
		forms = append(forms, list(a.limited(map[string]any{"type": "string"})))
	case IntOrInts:
		one := a.limited(map[string]any{"type": "integer"})
		forms = append(forms, one, list(one))
	case IntOrShape:
		forms = append(forms, a.limited(map[string]any{"type": "integer"}), list(a.limited(map[string]any{"type": []string{"integer", "null"}})))
	case FloatOrFloats:
		one := a.limited(map[string]any{"type": "number"})
		forms = append(forms, one, list(one))
	case Pair:
		one := a.limited(map[string]any{"type": "integer"})
		forms = append(forms, one, map[string]any{"type": "array", "items": one, "minItems": 2, "maxItems": 2})
	case Named, NamedList:
		forms = s.choice(a)
	default: // any value, or an expression
		return described(map[string]any{}, a)
	}
	forms = append(forms, map[string]any{"$ref": "#/$defs/expression"})
	if !a.Required {
		forms = append(forms, map[string]any{"type": "null"})
	}
	return described(map[string]any{"anyOf": forms}, a)
}

func described(v map[string]any, a *Arg) map[string]any {
	v["description"] = a.Help
	if a.Default != "" {
		v["$comment"] = "Default: " + a.Default
	}
	return v
}

func list(of any) map[string]any { return map[string]any{"type": "array", "items": of} }

func (a *Arg) limited(v map[string]any) map[string]any {
	for _, l := range a.Limits {
		for k, x := range l.JSON {
			v[k] = x
		}
	}
	return v
}

// choice lists the forms of a name-or-block argument.
func (s *JSONSchema) choice(a *Arg) []any {
	one := []any{map[string]any{"$ref": "#/$defs/" + s.nameOrBlock(a.Choice, a.per)}}
	if a.Number {
		one = append(one, a.limited(map[string]any{"type": "number"}))
	}
	if a.List == "" && a.per == nil {
		return one
	}
	forms := append([]any{}, one...)
	forms = append(forms, list(map[string]any{"anyOf": one}))
	if a.per != nil {
		each := append([]any{map[string]any{"type": "null"}}, one...)
		if a.List != "" {
			each = append(each, list(map[string]any{"anyOf": one}))
		}
		forms = append(forms, map[string]any{"type": "object", "additionalProperties": map[string]any{"anyOf": each}})
	}
	return forms
}

// nameOrBlock defines what names a thing of a registry, or is the block of that name, and returns the
// definition's key.
func (s *JSONSchema) nameOrBlock(reg Choice, of *per) string {
	key := defName(reg.Kind())
	if of != nil {
		key += of.of
	}
	if _, ok := s.Defs[key]; ok {
		return key
	}
	s.Defs[key] = true // things of a registry can take others of it
	var names []string
	for _, n := range reg.Names() {
		names = append(append(names, n), reg.Aliases(n)...)
	}
	sort.Strings(names)
	s.Defs[key] = map[string]any{"anyOf": []any{
		map[string]any{"enum": names},
		map[string]any{"type": "object", "properties": s.named(reg, of), "additionalProperties": false, "minProperties": 1, "maxProperties": 1},
	}}
	return key
}

// defName makes a key of $defs of a registry's kind: a reference is a URI, and holds no spaces.
func defName(kind string) string { return strings.ReplaceAll(kind, " ", "_") }
