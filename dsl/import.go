package dsl

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// LibraryScheme begins the sources of imports that are embedded in dlrun.
const LibraryScheme = "dlrun:"

// remote are the addresses of Terraform's that would have to be fetched.
var remote = regexp.MustCompile(`^([a-z0-9]+::|[a-z][a-z0-9+.-]*://|git@|github\.com/|gitlab\.com/|bitbucket\.org/|hg::|s3::)|\.git($|//|\?)|\.(zip|tar\.gz|tgz|tar\.xz|tar\.bz2)($|//|\?)`)

// importBlock is an import block as it is written.
type importBlock struct{ source string }

// Schema describes an import block.
func (b *importBlock) Schema(s *schema.Block) {
	s.Doc("Brings what another module has: a block as layer \"IMPORT.NAME\", a model as layer \"IMPORT.model.NAME\" or import.IMPORT.model.NAME, a dataset as import.IMPORT.dataset.NAME, a local as import.IMPORT.local.NAME.", "dlrun")
	s.String(&b.source, "source", "A file or directory, relative to this file, or "+LibraryScheme+"NAME for a module of the embedded library.", schema.Example("\"./blocks/resnet.hcl\""))
	s.Free("The value of the module's variable of that name.")
}

// imports loads the modules that import blocks name.
func (r *reader) imports() {
	for _, b := range r.blocks["import"] {
		m := r.importBlock(b)
		if m != nil {
			r.m.Imports[b.Labels[0]] = m
		}
	}
	values := map[string]cty.Value{}
	for name := range r.m.Imports {
		values[name] = r.m.Imports[name].exports(name)
	}
	r.m.base.Variables["import"] = cty.ObjectVal(values)
}

func (r *reader) importBlock(b *hcl.Block) *Module {
	name := b.Labels[0]
	if name == "model" {
		r.fail(b.LabelRanges[0].Ptr(), "Invalid name", "An import cannot be called \"model\": layer \"model.NAME\" applies a model.")
		return nil
	}
	attrs, diags := b.Body.JustAttributes()
	for _, d := range diags {
		if strings.Contains(d.Summary, "block") {
			d.Detail = "An import block holds arguments only: source, and values for the variables of what is imported."
		}
	}
	r.diags = append(r.diags, diags...)
	src := attrs["source"]
	if src == nil {
		hint := ""
		if len(attrs) > 0 {
			if s := schema.Suggest("source", sortedKeys(attrs)); strings.Contains(s, "Did you mean") {
				hint = " It has " + quoted(s) + "."
			}
		}
		r.fail(header(b).Ptr(), "Missing argument", "import %q needs the argument \"source\": a file, a directory or %sNAME.%s", name, LibraryScheme, hint)
		return nil
	}
	source, diags := literalString(src, "source")
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	call := moduleCall{name: name, prefix: r.prefix + name + ".", base: r.base(), args: map[string]*hcl.Attribute{}, values: map[string]cty.Value{}, where: header(b).Ptr()}
	for _, n := range inOrder(attrs) {
		if n == "source" {
			continue
		}
		v, diags := attrs[n].Expr.Value(r.m.paths)
		if r.afterImports(attrs[n].Expr) {
			diags = nil
			v = cty.DynamicVal
		}
		r.diags = append(r.diags, diags...)
		if diags.HasErrors() {
			v = cty.DynamicVal
		}
		call.args[n], call.values[n] = attrs[n], v
	}
	at, ok := r.resolve(source, name, src.Expr.Range())
	if !ok {
		return nil
	}
	id := at.path
	if real, err := at.tree.real(at.path); err == nil {
		id = real
	}
	if i := slices.IndexFunc(r.open, func(o opened) bool { return o.id == id }); i >= 0 {
		var way []string
		for _, o := range r.open[i:] {
			way = append(way, o.path)
		}
		r.fail(src.Expr.Range().Ptr(), "Imports go in a circle", "%s is being loaded already: %s.", at.path, strings.Join(append(way, at.path), " -> "))
		return nil
	}
	if len(r.open) >= maxImports {
		r.fail(src.Expr.Range().Ptr(), "Imports go too deep", "More than %d imports inside each other.", maxImports)
		return nil
	}
	r.open = append(r.open, opened{id, at.path})
	m, diags := r.module(at, call, nil)
	r.open = r.open[:len(r.open)-1]
	for _, d := range diags {
		if d.Subject == nil { // about the module as a whole: show who asked for it
			d.Subject = src.Expr.Range().Ptr()
		}
	}
	r.diags = append(r.diags, diags...)
	m.broken = diags.HasErrors()
	return m
}

// resolve finds the place that a source names.
func (r *reader) resolve(source, name string, where hcl.Range) (place, bool) {
	if r.bundle != nil {
		return r.bundle.module(r.at, name), true
	}
	if lib, ok := strings.CutPrefix(source, LibraryScheme); ok {
		return r.library(lib, where)
	}
	switch {
	case source == "":
		r.fail(&where, `Invalid value for "source"`, "A file, a directory or %sNAME is wanted, got an empty string.", LibraryScheme)
		return place{}, false
	case remote.MatchString(source):
		r.fail(&where, "Not in this version", "%q would have to be fetched: this version imports files, directories and %sNAME. Copy it beside the model and import the copy.", source, LibraryScheme)
		return place{}, false
	}
	at := r.at.join(source)
	if _, ok := at.tree.(fsTree); ok && !fs.ValidPath(at.tree.(fsTree).in(at.path)) {
		r.fail(&where, `Invalid value for "source"`, "%q leads out of the library.", source)
		return place{}, false
	}
	if r.m.Library && !r.below(at) {
		r.fail(&where, `Invalid value for "source"`, "%q leads out of the directory of the module, and what is imported stays inside its own.", source)
		return place{}, false
	}
	if _, err := at.stat(); err != nil {
		hint := ""
		if _, err := (place{at.tree, at.path + ".hcl"}).stat(); err == nil {
			hint = " There is " + at.path + ".hcl."
		}
		r.fail(&where, "Cannot read the import", "%s: %s.%s", at.path, strings.ToLower(reason(err)[:1])+reason(err)[1:], hint)
		return place{}, false
	}
	return at, true
}

// below tells whether a place is inside the module's directory, symbolic links followed.
func (r *reader) below(at place) bool { return below(r.at, at) }

// library finds a module of the embedded library: NAME.hcl or a directory NAME.
func (r *reader) library(lib string, where hcl.Range) (place, bool) {
	if r.opts.Library == nil {
		r.fail(&where, "No library", "This build of dlrun has no embedded library to import %q from.", LibraryScheme+lib)
		return place{}, false
	}
	t := fsTree{fsys: r.opts.Library, prefix: LibraryScheme}
	for _, p := range []string{lib + ".hcl", lib} {
		if !fs.ValidPath(p) || p == "." {
			continue
		}
		if info, err := fs.Stat(r.opts.Library, p); err == nil && (info.IsDir() || strings.HasSuffix(p, ".hcl")) {
			return place{t, LibraryScheme + p}, true
		}
	}
	var names []string
	entries, _ := fs.ReadDir(r.opts.Library, ".")
	for _, e := range entries {
		if n := strings.TrimSuffix(e.Name(), ".hcl"); e.IsDir() || n != e.Name() {
			names = append(names, LibraryScheme+n)
		}
	}
	r.fail(&where, "Unknown library module", "The library has no %q.%s", LibraryScheme+lib, suggestOrNone(LibraryScheme+lib, names, "modules"))
	return place{}, false
}
