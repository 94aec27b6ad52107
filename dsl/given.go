package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// EnvPrefix begins the environment variables that set a file's variables.
const EnvPrefix = "DLRUN_VAR_"

// given is a value for a variable and who gave it.
type given struct {
	value cty.Value
	text  string // where value is NilVal: to be read by the variable's type
	where hcl.Range
	who   string // "-var", "the environment", a file
	base  string // what relative paths in it start from; "" for the directory of the module
}

// given gathers the values that were handed in, each name's strongest.
func (r *reader) given(call moduleCall, names []string) map[string]*given {
	out := map[string]*given{}
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	if !r.root {
		for n, a := range call.args {
			if !known[n] {
				r.fail(a.NameRange.Ptr(), "Unsupported argument", "The module that import %q brings has no variable %q.%s", call.name, n, suggestOrNone(n, names, "variables"))
				continue
			}
			out[n] = &given{value: call.values[n], where: a.Expr.Range(), who: "import " + call.name, base: call.base}
		}
		return out
	}
	if r.bundle != nil {
		for n, v := range r.bundle.values {
			if known[n] {
				out[n] = &given{value: v, who: "the bundle"}
			}
		}
	}
	for k, v := range r.opts.Env {
		if n, ok := strings.CutPrefix(k, EnvPrefix); ok && known[n] {
			out[n] = &given{text: v, value: cty.NilVal, who: k, base: r.workDir()}
		}
	}
	for _, f := range r.opts.VarFiles {
		for n, g := range r.readVarFile(f) {
			if !known[n] {
				r.fail(&g.where, "No such variable", "The model has no variable %q.%s", n, suggestOrNone(n, names, "variables"))
				continue
			}
			out[n] = g
		}
	}
	for _, n := range sortedKeys(r.opts.Vars) {
		if !known[n] {
			r.fail(nil, "No such variable", "-var sets %q, which is no variable of the model.%s", n, suggestOrNone(n, names, "variables"))
			continue
		}
		out[n] = &given{text: r.opts.Vars[n], value: cty.NilVal, who: "-var " + n, base: r.workDir()}
	}
	return out
}

// readVarFile reads a file of NAME = VALUE lines, or a JSON object.
func (r *reader) readVarFile(p string) map[string]*given {
	file, diags := r.parse(place{osTree{}, filepath.Clean(p)})
	r.diags = append(r.diags, diags...)
	if file == nil {
		return nil
	}
	attrs, diags := file.file.Body.JustAttributes()
	for _, d := range diags {
		if strings.Contains(d.Summary, "block") {
			d.Detail = "A file of variables holds lines of NAME = VALUE, no blocks."
		}
	}
	r.diags = append(r.diags, diags...)
	out := map[string]*given{}
	base := filepath.Dir(filepath.Clean(p))
	if !filepath.IsAbs(base) {
		base = filepath.Join(r.workDir(), base)
	}
	for n, a := range attrs {
		v, diags := a.Expr.Value(nil)
		r.diags = append(r.diags, diags...)
		if !diags.HasErrors() {
			out[n] = &given{value: v, where: a.Expr.Range(), who: p, base: base}
		}
	}
	return out
}

// readText reads a value from the command line or environment: for a string the text itself, for any
// other type an HCL expression without names.
func readText(text string, typ cty.Type) (cty.Value, error) {
	if len(text) > maxFileBytes {
		return cty.NilVal, fmt.Errorf("the text is longer than %s", size(maxFileBytes))
	}
	if typ == cty.String {
		return cty.StringVal(text), nil
	}
	asText := typ == cty.DynamicPseudoType || typ.IsPrimitiveType()
	if typ.IsPrimitiveType() {
		return cty.StringVal(strings.TrimSpace(text)), nil // convert knows "3" and "true"
	}
	if diags := checkText("value.hcl", []byte(text)); diags.HasErrors() {
		return cty.NilVal, fmt.Errorf("%s", diags[0].Detail)
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), "value.hcl", hcl.InitialPos)
	if !diags.HasErrors() {
		meter(e, nil)
		var v cty.Value
		if v, diags = e.Value(nil); !diags.HasErrors() {
			return v, nil
		}
	}
	if asText { // any: what is no expression is a string
		return cty.StringVal(text), nil
	}
	return cty.NilVal, fmt.Errorf("%q is not a value in HCL: %s", clip(text), strings.TrimSuffix(diags[0].Detail, "."))
}

// workDir is what relative paths on the command line start from.
func (l *loader) workDir() string {
	if l.opts.WorkDir != "" {
		return l.opts.WorkDir
	}
	d, err := os.Getwd()
	if err != nil {
		return "."
	}
	return d
}
