package schema

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A relative path means a file relative to whoever wrote it: one in a model file starts from that file,
// one on the command line from the working directory. A text that comes from outside of the file
// therefore carries where its paths start, as a mark, and an argument bound with Path obeys it.

// pathBase marks a text given outside of the file that uses it.
type pathBase struct {
	dir  string // absolute
	text string // as it was given
}

// MarkPaths marks the texts in v as given by someone whose relative paths start from dir, but for those
// that are marked already.
func MarkPaths(v cty.Value, dir string) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsMarked() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() != "" {
			return v.Mark(pathBase{dir, v.AsString()}), nil
		}
		return v, nil
	})
	if err != nil { // the function above returns none
		return v
	}
	return out
}

// Path says that a text, or each of a list, is the path of a file: one from the command line is made
// absolute, the others are left for the caller to join to the file's directory.
func Path() Option { return func(a *Arg) { a.path = true } }

// insideName is a variable that no file can name. A context that has it belongs to a module that was
// imported, whose own paths stay inside its directory.
const insideName = "\x00inside"

// Inside marks the variables of a context as those of a module that was imported: a path that it
// writes itself may not lead out of its directory.
func Inside(vars map[string]cty.Value) { vars[insideName] = cty.True }

func inside(ctx *hcl.EvalContext) bool {
	for ; ctx != nil; ctx = ctx.Parent() {
		if _, ok := ctx.Variables[insideName]; ok {
			return true
		}
	}
	return false
}

// LeadsOut finds a path in v, evaluated in ctx, that leads out of the directory of the imported module
// that wrote it. What was handed to the module is marked and may lead anywhere.
func LeadsOut(v cty.Value, ctx *hcl.EvalContext) error {
	if !inside(ctx) {
		return nil
	}
	return cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
			return true, nil
		}
		s := filepath.ToSlash(v.AsString())
		if strings.Contains(s, "://") {
			return true, nil
		}
		if clean := path.Clean(s); path.IsAbs(s) || filepath.IsAbs(v.AsString()) || clean == ".." || strings.HasPrefix(clean, "../") {
			return false, fmt.Errorf("%q leads out of the directory of the module, and what is imported stays inside its own; make it a variable that the import block sets", clip(v.AsString()))
		}
		return true, nil
	})
}

// ResolvePaths makes the paths in v absolute that begin with what was given on the command line.
func ResolvePaths(v cty.Value) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		u, marks := v.Unmark()
		if len(marks) == 0 || !u.IsKnown() || u.IsNull() || u.Type() != cty.String {
			return u, nil
		}
		s := u.AsString()
		for m := range marks {
			if b, ok := m.(pathBase); ok && strings.HasPrefix(s, b.text) && !filepath.IsAbs(s) && !strings.Contains(s, "://") {
				return cty.StringVal(filepath.Join(b.dir, filepath.FromSlash(s))), nil
			}
		}
		return u, nil
	})
	if err != nil {
		return v
	}
	return out
}
