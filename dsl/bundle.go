package dsl

import (
	"fmt"
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// The layout of sources in memory, as Sources makes them and LoadSources reads them: each module is a
// folder with its files in "model", what its file functions read in "files", and its imports by name in
// "imports"; the root's is ".", and beside it stands what the document was called and its variables were.
const (
	bundleModel    = "model"
	bundleFiles    = "files"
	bundleImports  = "imports"
	bundleDocument = "document.json" // an object with name and variables
)

// bundle is the sources of a document in memory.
type bundle struct {
	fsys   mapFS
	name   string               // of the run
	values map[string]cty.Value // of the root's variables
}

// module is the place of an import of the module whose files are at a place.
func (b *bundle) module(at place, name string) place {
	return place{at.tree, path.Join(path.Dir(at.path), bundleImports, name, bundleModel)}
}

// LoadSources loads the document that Sources took apart, from memory alone: imports and files are found
// as they were then, and variables have the values they had. Of opts, Info, Version, AllowUnsetVariables
// and Vars count.
func LoadSources(files map[string][]byte, opts Options) (*Document, hcl.Diagnostics) {
	b := &bundle{fsys: mapFS(files), values: map[string]cty.Value{}}
	if src, ok := files[bundleDocument]; ok {
		if err := b.read(src); err != nil {
			return &Document{Module: &Module{}, Files: map[string]*hcl.File{}}, hcl.Diagnostics{problem(nil, "Damaged sources", "%s: %s.", bundleDocument, err)}
		}
	}
	opts.VarFiles, opts.Env = nil, nil
	return load(place{tree: fsTree{fsys: b.fsys}, path: bundleModel}, opts, b)
}

// read takes the name and the variables out of document.json.
func (b *bundle) read(src []byte) error {
	if diags := checkText(bundleDocument, src); diags.HasErrors() {
		return diags
	}
	var v ctyjson.SimpleJSONValue
	if err := v.UnmarshalJSON(src); err != nil {
		return err
	}
	if err := checkSize(v.Value); err != nil {
		return err
	}
	if v.IsNull() || !v.Type().IsObjectType() {
		return fmt.Errorf("an object is wanted")
	}
	for name, part := range v.AsValueMap() {
		switch {
		case name == "name" && !part.IsNull() && part.Type() == cty.String:
			b.name = part.AsString()
		case name == "variables" && part.Type().IsObjectType() && !part.IsNull():
			b.values = part.AsValueMap()
		default:
			return fmt.Errorf("%q is not expected, or not of the right type", name)
		}
	}
	return nil
}

// Sources returns all that the document was read from, for LoadSources: the files of its modules, what
// their file functions read, and the values of its variables. Keys are slash-separated paths that say
// nothing of the machine. It is an error while a variable has no value.
func (d *Document) Sources() (map[string][]byte, error) {
	out := map[string][]byte{}
	values := map[string]cty.Value{}
	for n, v := range d.Variables {
		if !v.Value.IsWhollyKnown() {
			return nil, fmt.Errorf("variable %q has no value", n)
		}
		values[n] = v.Value
	}
	src, err := ctyjson.SimpleJSONValue{Value: cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(d.Run.Name), "variables": cty.ObjectVal(values)})}.MarshalJSON()
	if err != nil {
		return nil, err
	}
	out[bundleDocument] = src
	d.Module.sources(".", out)
	return out, nil
}

func (m *Module) sources(at string, out map[string][]byte) {
	for name, b := range m.texts {
		out[path.Join(at, bundleModel, name)] = b
	}
	for name, b := range m.reads {
		out[path.Join(at, bundleFiles, name)] = b
	}
	for name, imp := range m.Imports {
		imp.sources(path.Join(at, bundleImports, name), out)
	}
}
