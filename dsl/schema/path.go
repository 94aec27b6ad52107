package schema

import (
	"path/filepath"
	"strings"

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

// MarkPaths marks the texts in v as given by someone whose relative paths start from dir.
func MarkPaths(v cty.Value, dir string) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() != "" {
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
