package dsl

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// Options are what a document depends on besides its files. The zero value loads a file that needs
// no variables and imports no library.
type Options struct {
	// Values for the root module's variables: the first that has one counts, then the default.
	Vars     map[string]string // from -var NAME=VALUE
	VarFiles []string          // HCL or JSON files of values; a later file overrides an earlier one
	Env      map[string]string // the environment, of which only DLRUN_VAR_NAME is looked at

	// AllowUnsetVariables makes a variable that has no value unknown instead of an error: what
	// validate wants.
	AllowUnsetVariables bool

	// Fold, where it is not 0, is the fold that all split blocks with folds hold out.
	Fold int

	Info    DataInfo // nil: nothing is known about the data
	Library fs.FS    // the modules that `source = "dlrun:NAME"` finds: NAME.hcl, or a folder NAME
	Version string   // of this dlrun, for required_version; "" accepts every constraint
	WorkDir string   // what paths given in Vars and Env start from; "" for the process's own
}

// Load reads the file or directory at path and everything it imports. The document holds what could
// be read even where there are errors, so that all of a file's mistakes can be reported in one pass;
// it must not be trained from then.
func Load(path string, opts Options) (*Document, hcl.Diagnostics) {
	return load(place{tree: osTree{}, path: filepath.Clean(path)}, opts, nil)
}

// LoadLibrary loads a module of opts.Library as Load does a file.
func LoadLibrary(name string, opts Options) (*Document, hcl.Diagnostics) {
	return load(place{fsTree{fsys: opts.Library, prefix: LibraryScheme}, LibraryScheme + name + ".hcl"}, opts, nil)
}

// loader carries what the modules of one document share.
type loader struct {
	opts    Options
	files   map[string]*hcl.File // by the name that ranges have
	bytes   int                  // read so far
	modules int                  // loaded so far
	open    []opened             // the modules being loaded, outermost first
	root    string               // directory of the root module
	broken  bool                 // a file does not parse
	syntax  hcl.Diagnostics      // what the parser said of such files
	work    *work
	bundle  *bundle // not nil where the sources are in memory
}

// opened is a module that is being loaded: which it is, and what messages call it.
type opened struct{ id, path string }

func load(root place, opts Options, b *bundle) (*Document, hcl.Diagnostics) {
	l := &loader{opts: opts, files: map[string]*hcl.File{}, bundle: b, work: newWork()}
	doc := &Document{Files: l.files}
	l.open = []opened{{root.path, root.path}}
	if real, err := root.tree.real(root.path); err == nil {
		l.open[0].id = real
	}
	m, diags := l.module(root, moduleCall{}, doc)
	doc.Module = m
	l.work.loaded()
	if doc.Broken = l.broken; doc.Broken {
		diags = onlySyntax(diags, l.syntax)
	}
	return doc, Tidy(diags)
}

// parsed is one file of a module.
type parsed struct {
	name   string
	file   *hcl.File
	broken bool // it does not parse
}

// parseModule reads the file or the files of a directory, sorted by name.
func (l *loader) parseModule(at place) (files []parsed, dir place, diags hcl.Diagnostics) {
	info, err := at.stat()
	if err != nil {
		return nil, at, hcl.Diagnostics{problem(nil, "Cannot read "+at.path, "%s.", reason(err))}
	}
	if !info.IsDir() {
		f, diags := l.parse(at)
		if f != nil {
			files = append(files, *f)
		}
		return files, at.dir(), diags
	}
	entries, err := at.readDir()
	if err != nil {
		return nil, at, hcl.Diagnostics{problem(nil, "Cannot read "+at.path, "%s.", reason(err))}
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isSource(e.Name()) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		return nil, at, hcl.Diagnostics{problem(nil, "Nothing to load in "+at.path, "The directory has no file that ends in .hcl or .hcl.json.")}
	}
	if len(names) > maxFiles {
		return nil, at, hcl.Diagnostics{problem(nil, "Too many files in "+at.path, "The directory has %d files of HCL; %d is the most.", len(names), maxFiles)}
	}
	for _, n := range names {
		f, more := l.parse(at.join(n))
		diags = append(diags, more...)
		if f != nil {
			files = append(files, *f)
		}
	}
	return files, at, diags
}

// isSource tells whether a file of a directory belongs to its module.
func isSource(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || name == LockFile {
		return false
	}
	return strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json")
}

// LockFile is the name of the lock file, which stands in a module's directory without being part of
// the module.
const LockFile = "dlrun.lock.hcl"

// parse reads one file, native or JSON by its name.
func (l *loader) parse(at place) (*parsed, hcl.Diagnostics) {
	src, err := at.readFile(maxFileBytes)
	if err != nil {
		return nil, hcl.Diagnostics{problem(nil, "Cannot read "+at.path, "%s.", reason(err))}
	}
	if l.bytes += len(src); l.bytes > maxBytes {
		return nil, hcl.Diagnostics{problem(nil, "Too much to read", "With %s the files of this model are larger than %d MiB together.", at.path, maxBytes>>20)}
	}
	f, diags := parseFile(at.path, src, l.work)
	l.files[at.path] = f
	if diags.HasErrors() {
		l.broken = true
		l.syntax = append(l.syntax, diags...)
	}
	return &parsed{name: at.path, file: f, broken: diags.HasErrors()}, diags
}

// parseFile parses src, native or JSON by the name's ending. The file is never nil: diagnostics
// need its text to quote from.
func parseFile(name string, src []byte, total *work) (*hcl.File, hcl.Diagnostics) {
	empty := &hcl.File{Bytes: src, Body: hcl.EmptyBody()}
	diags := checkText(name, src)
	if diags.HasErrors() {
		return empty, diags
	}
	var f *hcl.File
	if strings.HasSuffix(name, ".json") {
		f, diags = json.Parse(src, name)
	} else {
		f, diags = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		diags = firstUnclosed(diags)
	}
	if f == nil || f.Body == nil {
		return empty, diags
	}
	if body, ok := f.Body.(*hclsyntax.Body); ok {
		meter(body, total)
	} else {
		f.Body = jsonBody{f.Body, total}
	}
	return f, diags
}

// reason says why a file could not be read, without the path that the message has already.
func reason(err error) string {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.As(err, &pe):
		err = pe.Err
	}
	s := err.Error()
	if s == "" {
		return "Unknown error"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// problem makes an error diagnostic. subject may be nil.
func problem(subject *hcl.Range, summary, format string, a ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: subject}
}

func warning(subject *hcl.Range, summary, format string, a ...any) *hcl.Diagnostic {
	d := problem(subject, summary, format, a...)
	d.Severity = hcl.DiagWarning
	return d
}
