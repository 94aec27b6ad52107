package dsl

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// fileBlock is a whole file.
type fileBlock struct{}

// Schema describes what a file holds.
func (fileBlock) Schema(s *schema.Block) {
	s.Doc("A model file, or all files of a directory together.", "dlrun")
	name := []string{"name"}
	s.Nested(schema.Nested{Name: "dlrun", Help: "Settings of the run as a whole.", Of: func() schema.Described { return new(runBlock) }, Once: true})
	s.Nested(schema.Nested{Name: "variable", Labels: name, Help: "An input of the file.", Of: func() schema.Described { return new(variableBlock) }})
	s.Nested(schema.Nested{Name: "locals", Help: "Named expressions.", Of: func() schema.Described { return localsBlock{} }})
	s.Nested(schema.Nested{Name: "import", Labels: name, Help: "What another file, a directory or the library has.", Of: func() schema.Described { return new(importBlock) }})
	s.Nested(schema.Nested{Name: "block", Labels: name, Help: "A reusable piece of model.", Of: func() schema.Described { return new(blockBlock) }})
	s.Nested(schema.Nested{Name: "dataset", Labels: name, Help: "Where the data comes from and what becomes of it.", Of: func() schema.Described { return new(datasetBlock) }})
	s.Nested(schema.Nested{Name: "model", Labels: name, Help: "Inputs, layers and outputs.", Of: func() schema.Described { return modelBlock{} }})
	s.Nested(schema.Nested{Name: "train", Labels: name, Help: "A training run: a model, a dataset, a loss, an optimizer.", Of: func() schema.Described { return new(trainBlock) }})
	s.Nested(schema.Nested{Name: "tune", Labels: name, Help: "A search over variables. Not in this version.", Of: func() schema.Described { return tuneBlock{} }})
}

// tuneBlock is a tune block, of which this version knows the name only.
type tuneBlock struct{}

// Schema describes a tune block.
func (tuneBlock) Schema(s *schema.Block) {
	s.Doc("A search over the file's variables for one train block. Not in this version.", "dlrun")
	s.Free("Not in this version.")
}

// Language describes what a file holds; its nested blocks are described in turn by their Of.
func Language() *schema.Block { return schema.Describe(fileBlock{}) }

// moduleCall is an import as seen from the module that is imported; zero for the root.
type moduleCall struct {
	name   string                    // of the import
	prefix string                    // of the module's names as the root sees them: "IMPORT." for each import around it
	base   string                    // what relative paths in the arguments start from; "" where that need not be known
	args   map[string]*hcl.Attribute // its arguments besides source: the module's variables
	values map[string]cty.Value
	where  *hcl.Range // of the import block
}

// reader carries what the blocks of one module need while they are read.
type reader struct {
	*loader
	m      *Module
	at     place // the module's directory
	root   bool
	prefix string                  // see moduleCall
	blocks map[string][]*hcl.Block // by type, in the order of files and of writing
	uses   uses
	late   map[string]bool // the locals that use imports
	diags  hcl.Diagnostics
}

func (r *reader) fail(subject *hcl.Range, summary, format string, a ...any) {
	r.diags = append(r.diags, problem(subject, summary, format, a...))
}

// module loads the module at a place. doc is nil for an imported one.
func (l *loader) module(at place, call moduleCall, doc *Document) (*Module, hcl.Diagnostics) {
	m := &Module{
		Path: at.path, Library: doc == nil, Variables: map[string]*Variable{}, Imports: map[string]*Module{}, Blocks: map[string]*Block{},
		Datasets: map[string]*Dataset{}, Models: map[string]*Model{},
		texts: map[string][]byte{}, reads: map[string][]byte{},
	}
	m.base = &hcl.EvalContext{Variables: map[string]cty.Value{}}
	files, dir, diags := l.parseModule(at)
	m.Dir = dir.path
	r := &reader{loader: l, m: m, at: dir, root: doc != nil, prefix: call.prefix, blocks: map[string][]*hcl.Block{}, diags: diags}
	if len(files) == 0 {
		return m, r.diags
	}
	broken := r.diags.HasErrors()
	for _, f := range files {
		m.texts[path.Base(strings.TrimPrefix(filepath.ToSlash(f.name), LibraryScheme))] = f.file.Bytes
		c, more := f.file.Body.Content(schema.Header(Language(), false))
		r.topLevelDiags(more)
		if c == nil {
			continue
		}
		for _, b := range c.Blocks {
			r.blocks[b.Type] = append(r.blocks[b.Type], b)
		}
		r.uses.add(f)
	}
	for typ := range r.blocks {
		r.distinct(typ)
	}

	m.base.Functions = functions(r.at, m, l)
	m.base.Variables["path"] = cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(m.Dir), "root": cty.StringVal(l.rootDir(m))})
	m.base.Variables["dataset"], m.base.Variables["model"] = r.names("dataset"), r.names("model")
	if r.root {
		m.base.Variables["train"] = r.names("train")
	}
	if l.modules++; l.modules > maxModules {
		r.fail(call.where, "Too many imports", "More than %d modules are imported, all together.", maxModules)
		return m, r.diags
	}
	r.variables(call)
	later := r.locals()
	r.run(doc)
	r.imports()
	later()
	r.readBlocks()
	datasets, models := r.datasets(), r.models()
	if r.root {
		doc.Datasets, doc.Models = datasets, models
		r.trains(doc)
		doc.addImported()
		for _, b := range r.blocks["tune"] {
			r.fail(header(b).Ptr(), "Not in this version", "`tune` is part of the language, but this version of dlrun does not run searches yet.")
		}
	}
	if !broken {
		r.unused(doc)
	}
	return m, r.diags
}

func (l *loader) rootDir(m *Module) string {
	if l.root == "" {
		l.root = m.Dir
	}
	return l.root
}

// topLevelDiags rewords hcl's complaints about a file's own content.
func (r *reader) topLevelDiags(diags hcl.Diagnostics) {
	names := Language().Names()
	for _, d := range diags {
		if d.Summary == "Unsupported argument" || d.Summary == "Argument or block definition required" {
			if m := quoted(d.Detail); m != "" {
				d.Detail = "A file holds blocks, not arguments like " + m + "." + schema.Suggest(strings.Trim(m, `"`), names)
			}
		}
	}
	schema.Rephrase(diags, "The file", names)
	r.diags = append(r.diags, diags...)
}

// names makes the value of `dataset`, `model` or `train`: an object by name of objects with a name.
func (r *reader) names(typ string) cty.Value {
	all := map[string]cty.Value{}
	for _, b := range r.blocks[typ] {
		all[b.Labels[0]] = cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(r.prefix + b.Labels[0])})
	}
	return cty.ObjectVal(all)
}

// distinct reports blocks of one type with the same name, or with a name that cannot be referred to,
// and drops them.
func (r *reader) distinct(typ string) {
	first := map[string]*hcl.Block{}
	kept := r.blocks[typ][:0:0]
	for _, b := range r.blocks[typ] {
		if len(b.Labels) == 0 {
			kept = append(kept, b)
			continue
		}
		name := b.Labels[0]
		if d := checkName(typ, name, b.LabelRanges[0]); d != nil {
			r.diags = append(r.diags, d)
			continue
		}
		if other := first[name]; other != nil {
			r.fail(b.LabelRanges[0].Ptr(), "Duplicate "+typ, "There is %s %q on %s already.", article(typ), name, lineOf(header(other), header(b)))
			continue
		}
		first[name] = b
		kept = append(kept, b)
	}
	r.blocks[typ] = kept
}

// checkName says what is wrong with a name that references have to spell.
func checkName(what, name string, at hcl.Range) *hcl.Diagnostic {
	switch {
	case name == "":
		return problem(&at, "Invalid name", "The name of %s is empty; names are letters, digits, _ and -, starting with a letter or _.", article(what))
	case len(name) > 128:
		return problem(&at, "Invalid name", "The name of %s has %d characters; 128 is the most.", article(what), len(name))
	}
	for i, c := range name {
		ok := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && (c == '-' || c >= '0' && c <= '9')
		if !ok {
			return problem(&at, "Invalid name", "%q cannot be the name of %s; names are letters, digits, _ and -, starting with a letter or _.", name, article(what))
		}
	}
	return nil
}
