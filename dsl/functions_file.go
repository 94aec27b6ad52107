package dsl

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions read files below the module's directory, and none elsewhere.
func fileFunctions(at place, m *Module, l *loader) map[string]function.Function {
	read := func(p string) ([]byte, error) { return l.readBelow(at, m, p) }
	text := func(p string) (string, error) {
		b, err := read(p)
		if err == nil && !utf8.Valid(b) {
			err = fmt.Errorf("%s is not text in UTF-8; filebase64 reads any file", p)
		}
		return string(b), err
	}
	table := map[string]function.Function{
		"file": textFunc([]string{"path"}, cty.String, func(s []string) (cty.Value, error) {
			t, err := text(s[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(t), nil
		}),
		"filebase64": textFunc([]string{"path"}, cty.String, func(s []string) (cty.Value, error) {
			b, err := read(s[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(base64.StdEncoding.EncodeToString(b)), nil
		}),
		"fileexists": textFunc([]string{"path"}, cty.Bool, func(s []string) (cty.Value, error) {
			p, err := l.inside(at, s[0])
			if errors.Is(err, fs.ErrNotExist) {
				return cty.False, nil
			}
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			info, err := p.stat()
			if err == nil && !info.Mode().IsRegular() {
				return cty.NilVal, function.NewArgErrorf(0, "%s is a directory, not a file", s[0])
			}
			return cty.BoolVal(err == nil), nil
		}),
		"fileset": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
			Type:   function.StaticReturnType(cty.Set(cty.String)),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				names, err := l.fileSet(at, args[0].AsString(), args[1].AsString())
				if err != nil {
					return cty.NilVal, err
				}
				if len(names) == 0 {
					return cty.SetValEmpty(cty.String), nil
				}
				out := make([]cty.Value, len(names))
				for i, n := range names {
					out[i] = cty.StringVal(n)
				}
				return cty.SetVal(out), nil
			},
		}),
	}
	for name, h := range hashes {
		name = "file" + name
		if base, ok := strings.CutPrefix(name, "filebase64"); ok {
			name = "filebase64" + base
		}
		table[name] = textFunc([]string{"path"}, cty.String, func(s []string) (cty.Value, error) {
			b, err := read(s[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(h(b)), nil
		})
	}
	return table
}

// inside finds a path below a module's directory; an error where it leads out, also by a symbolic link.
func (l *loader) inside(at place, rel string) (place, error) {
	if rel == "" {
		return place{}, errors.New("the path is empty")
	}
	if strings.ContainsRune(rel, 0) {
		return place{}, errors.New("the path has a zero byte")
	}
	base := at
	if l.bundle != nil { // see bundle: what was read lies beside the model's own files
		base = place{at.tree, path.Join(path.Dir(at.path), "files")}
	}
	out := fmt.Errorf("%s is outside of the module's directory (%s), and file functions stay inside", rel, at.path)
	if filepath.IsAbs(rel) || strings.HasPrefix(rel, "/") {
		p := place{at.tree, filepath.Clean(rel)}
		if _, ok := at.tree.(osTree); !ok || !lexicallyBelow(base, p) {
			return place{}, out
		}
		return p, reallyBelow(base, p, out)
	}
	p := base.join(rel)
	if t, ok := at.tree.(fsTree); ok && (!fs.ValidPath(t.in(p.path)) || !strings.HasPrefix(p.path+"/", base.path+"/") && base.path != t.prefix+".") {
		return place{}, out
	}
	if !lexicallyBelow(base, p) {
		return place{}, out
	}
	return p, reallyBelow(base, p, out)
}

// lexicallyBelow compares paths as they are written.
func lexicallyBelow(base, p place) bool {
	if _, ok := base.tree.(osTree); !ok {
		return true // checked by ValidPath
	}
	a, err1 := filepath.Abs(base.path)
	b, err2 := filepath.Abs(p.path)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(a, b)
	return err == nil && filepath.IsLocal(rel)
}

// reallyBelow compares paths with symbolic links followed.
func reallyBelow(base, p place, out error) error {
	b, err := p.tree.real(p.path)
	if err != nil {
		return err
	}
	a, err := base.tree.real(base.path)
	if err != nil {
		return err
	}
	if _, ok := base.tree.(osTree); !ok {
		return nil
	}
	rel, err := filepath.Rel(a, b)
	if err != nil || !filepath.IsLocal(rel) {
		return out
	}
	return nil
}

// below tells whether p is inside the directory base.
func below(base, p place) bool {
	if !lexicallyBelow(base, p) {
		return false
	}
	err := reallyBelow(base, p, errors.New("outside"))
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// readBelow reads a file for a file function.
func (l *loader) readBelow(at place, m *Module, rel string) ([]byte, error) {
	p, err := l.inside(at, rel)
	if err == nil {
		var b []byte
		if b, err = p.readFile(maxString); err == nil {
			m.reads[path.Clean(slashed(rel))] = b
			return b, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s in the module's directory (%s)", rel, at.path)
	}
	return nil, fmt.Errorf("%s: %w", rel, err)
}

// fileSet lists the files below dir whose path from there matches a pattern in which * is any part of a
// name, ? one character and ** any folders.
func (l *loader) fileSet(at place, dir, pattern string) ([]string, error) {
	base, err := l.inside(at, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, function.NewArgError(0, err)
	}
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil {
		return nil, function.NewArgErrorf(1, "%q is not a pattern of file names", clip(pattern))
	}
	want := strings.Split(path.Clean(pattern), "/")
	var out []string
	seen := 0
	var walk func(dir place, parts []string) error
	walk = func(dir place, parts []string) error {
		if len(parts) > maxNesting {
			return nil
		}
		entries, err := dir.readDir()
		if err != nil {
			return err
		}
		for _, e := range entries {
			if seen++; seen > maxElements {
				return fmt.Errorf("there are more than %d files in %s", maxElements, base.path)
			}
			name := append(parts[:len(parts):len(parts)], e.Name())
			switch {
			case e.IsDir():
				if err := walk(dir.join(e.Name()), name); err != nil {
					return err
				}
			case e.Type().IsRegular() && matches(want, name):
				out = append(out, strings.Join(name, "/"))
			}
		}
		return nil
	}
	if err := walk(base, nil); err != nil {
		return nil, fmt.Errorf("cannot list %s: %s", dir, reason(err))
	}
	sort.Strings(out)
	return out, nil
}

// matches compares a path's parts with a pattern's.
func matches(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(name); i++ {
				if matches(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}

// templateError is the first mistake of a template as one sentence without its full stop.
func templateError(diags hcl.Diagnostics) error {
	Explain(diags)
	d := diags[0]
	if d.Subject == nil {
		return errors.New(strings.TrimSuffix(d.Detail, "."))
	}
	return fmt.Errorf("%s:%d,%d: %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, strings.TrimSuffix(d.Detail, "."))
}

// templateFileFunc renders a file as a template that sees the given variables and the functions, but not
// itself.
func templateFileFunc(at place, m *Module, l *loader, table map[string]function.Function) function.Function {
	inner := map[string]function.Function{}
	for n, f := range table {
		inner[n] = f
	}
	render := func(args []cty.Value) (cty.Value, error) {
		name := args[0].AsString()
		src, err := l.readBelow(at, m, name)
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		if !args[1].CanIterateElements() || !(args[1].Type().IsObjectType() || args[1].Type().IsMapType()) {
			return cty.NilVal, function.NewArgErrorf(1, "an object is wanted, whose attributes are what the template may name")
		}
		if diags := checkTemplate(name, src, hcl.InitialPos); diags.HasErrors() {
			return cty.NilVal, function.NewArgErrorf(0, "%s: %s", name, diags[0].Detail)
		}
		e, diags := hclsyntax.ParseTemplate(src, name, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, function.NewArgError(0, templateError(diags))
		}
		meter(e, l.work)
		ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: inner}
		for n, v := range args[1].AsValueMap() {
			ctx.Variables[n] = v
		}
		v, diags := e.Value(ctx)
		if diags.HasErrors() {
			return cty.NilVal, function.NewArgError(0, templateError(diags))
		}
		if err := checkSize(v); err != nil {
			return cty.NilVal, err
		}
		return v, nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}
