package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// definition is what a dataset block says, decoded.
type definition struct {
	d             *dsl.Dataset
	source        source.Source
	sourceDecoded *schema.Decoded
	features      []*chain
	targets       []*chain
	weights       []weight
	stratify      *chain // whose source columns tell the classes, or nil
	tokens        bool   // windows are over the tokens of a text
}

// weight is a column of sample weights; target is -1 for all.
type weight struct {
	decl   *dsl.Weight
	target int
}

// maxLinks bounds the steps that features beginning with features add up to.
const maxLinks = 100

// decode reads what the registries know of the block. All mistakes are reported; the definition is
// usable as far as there are none.
func decode(d *dsl.Dataset) (*definition, hcl.Diagnostics) {
	def := &definition{d: d}
	var diags, more hcl.Diagnostics
	s := d.Source
	if err := source.Later(s.Kind); err != nil {
		diags = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Source not available", Detail: sentence(strings.ToUpper(err.Error()[:1]) + err.Error()[1:]), Subject: &s.KindRange}}
	} else {
		def.source, def.sourceDecoded, diags = schema.Resolve(source.Sources, s.Kind, s.KindRange, s.Body, s.Context, "source")
	}
	if diags.HasErrors() {
		def.source = nil
	}
	if o, ok := def.source.(source.Overlapping); ok && !diags.HasErrors() {
		if one, other, ok := o.Overlap(); ok {
			at := def.sourceDecoded.Range(other)
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Parts overlap", Subject: &at,
				Detail: fmt.Sprintf("The %s part reads files of the %s part: what a model is measured on it has then been trained on, and the numbers say nothing about data that it has not seen. Give a file of its own, or carve a part off with split { %[1]s = 0.1 }.", other, one),
			})
		}
	}
	def.features, more = decodeColumns(d, d.Features, false)
	diags = append(diags, more...)
	def.targets, more = decodeColumns(d, d.Targets, true)
	if source.OnError(d.OnError) == source.Null {
		for _, c := range def.chains() {
			if len(c.links) > 0 {
				if t, ok := c.links[0].transform.(transform.Lenient); ok {
					t.Lenient()
				}
			}
		}
	}
	diags = append(diags, more...)
	diags = append(diags, def.begin()...)
	for _, w := range d.Weights {
		at := -1
		if w.Target != "" {
			at = slices.IndexFunc(def.targets, func(c *chain) bool { return c.decl.Name == w.Target })
			if at < 0 && !d.Unknown {
				continue // dsl has reported it
			}
		}
		def.weights = append(def.weights, weight{w, at})
	}
	diags = append(diags, def.checkWindow()...)
	return def, append(diags, def.checkSplit()...)
}

func decodeColumns(d *dsl.Dataset, cols []*dsl.Column, target bool) ([]*chain, hcl.Diagnostics) {
	var out []*chain
	var diags hcl.Diagnostics
	for _, col := range cols {
		links, more := decodeSteps(col)
		diags = append(diags, more...)
		out = append(out, &chain{decl: col, target: target, columns: col.Columns, links: links, wrong: more.HasErrors(), reach: reachOf(d.Window, col), open: d.Window != nil && d.Window.Unknown})
	}
	return out, diags
}

// begin finds the chains that begin with another feature, and gives them its links.
func (def *definition) begin() hcl.Diagnostics {
	var diags hcl.Diagnostics
	byName := map[string]*chain{}
	for _, c := range def.features {
		byName[c.decl.Name] = c
	}
	all := append(slices.Clone(def.features), def.targets...)
	for _, c := range all {
		for _, name := range c.columns {
			base := byName[name]
			if base == nil || base == c || c.target && name == c.decl.Name {
				continue
			}
			if len(c.columns) > 1 {
				c.wrong = true
				r := c.where()
				diags = append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Feature among columns", Subject: &r,
					Detail: fmt.Sprintf("%q is a feature, and one begins with a feature alone or with columns of the source, never both; this version of dlrun cannot join features.", name),
				})
				break
			}
			c.base = base
		}
	}
	const unseen, open, done = 0, 1, 2
	state := map[*chain]int{}
	var visit func(c *chain) bool
	visit = func(c *chain) bool {
		if state[c] == open {
			return false
		}
		if state[c] == done || c.base == nil {
			state[c] = done
			return true
		}
		state[c] = open
		ok := visit(c.base)
		state[c] = done
		if ok {
			c.columns = c.base.columns
			c.links = append(slices.Clone(c.base.links), c.links...)
		}
		if c.wrong = c.wrong || !ok || c.base.wrong; !c.wrong && len(c.links) > maxLinks {
			c.wrong = true
			r := c.decl.DeclRange
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Too many steps", Subject: &r,
				Detail: fmt.Sprintf("With those of the features that it begins with, the %s has %d steps; %d is the most.", c.named(), len(c.links), maxLinks),
			})
		}
		return ok
	}
	for _, c := range all {
		if !visit(c) {
			r := c.where()
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Features in a circle", Subject: &r,
				Detail: fmt.Sprintf("The %s begins with feature %q, which begins with it in turn.", c.named(), c.base.decl.Name),
			})
			c.base = nil
		}
	}
	return diags
}

func (def *definition) checkSplit() hcl.Diagnostics {
	s := def.d.Split
	if s == nil {
		return nil
	}
	var diags hcl.Diagnostics
	at := func(arg string) *hcl.Range {
		if r, ok := s.Ranges[arg]; ok {
			return &r
		}
		return &s.DeclRange
	}
	fractions := []struct {
		arg string
		of  float64
	}{{Validation, s.Validation}, {Test, s.Test}}
	if s.Stratify != "" {
		for _, c := range append(slices.Clone(def.targets), def.features...) {
			if c.decl.Name == s.Stratify {
				def.stratify = c
				break
			}
		}
	}
	if def.source == nil {
		return diags
	}
	if s.Folds > 0 {
		fractions = append(fractions, struct {
			arg string
			of  float64
		}{Validation, 1})
	}
	if s.Column != "" && len(def.source.Parts()) > 1 {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Splits given twice", Subject: at("column"),
			Detail: fmt.Sprintf("The source %q has splits of its own, which are kept; leave column out.", def.d.Source.Kind),
		})
	}
	for _, f := range fractions {
		if f.of > 0 && slices.Contains(def.source.Parts(), f.arg) {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: fmt.Sprintf("Two %s splits", f.arg), Subject: at(f.arg),
				Detail: fmt.Sprintf("The source %q has a %s split of its own, which is kept; leave %s out.", def.d.Source.Kind, f.arg, f.arg),
			})
		}
	}
	return diags
}

func names(cs []*chain) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.decl.Name
	}
	return out
}

// chains are the features and targets.
func (def *definition) chains() []*chain {
	return append(slices.Clone(def.features), def.targets...)
}

// use keeps the features and targets that are asked for, in that order.
func (def *definition) use(features, targets []Use) error {
	pick := func(cs []*chain, uses []Use, what string) ([]*chain, error) {
		if uses == nil {
			return cs, nil
		}
		out := make([]*chain, 0, len(uses))
		for _, u := range uses {
			i := slices.IndexFunc(cs, func(c *chain) bool { return c.decl.Name == u.Name })
			if i < 0 {
				return nil, fmt.Errorf("dataset %q has no %s %q.%s", def.d.Name, what, u.Name, schema.Suggest(u.Name, names(cs)))
			}
			if u.DType != "" && u.DType != float32Type && u.DType != int32Type {
				return nil, fmt.Errorf("the %s %q cannot be made %s: only float32 and int32 tensors are", what, u.Name, u.DType)
			}
			cs[i].use = u
			out = append(out, cs[i])
		}
		return out, nil
	}
	all := def.targets
	var err error
	if def.features, err = pick(def.features, features, "feature"); err != nil {
		return err
	}
	if def.targets, err = pick(def.targets, targets, "target"); err != nil {
		return err
	}
	var kept []weight
	for _, w := range def.weights {
		if w.target >= 0 {
			c := all[w.target]
			if w.target = slices.Index(def.targets, c); w.target < 0 {
				continue
			}
		}
		kept = append(kept, w)
	}
	def.weights = kept
	return nil
}

// ask returns the kind that the chain wants of its source columns.
func (c *chain) ask() column.Kind {
	if c.reads != column.Unknown {
		return c.reads
	}
	if c.base != nil {
		return c.base.ask()
	}
	return c.takes()
}

// inferAll works out every chain from the fields that the source's columns have.
func (def *definition) inferAll(field func(c *chain, name string) (column.Field, error)) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, c := range def.chains() {
		if c.wrong {
			continue
		}
		in, err := c.pack(field)
		if err != nil {
			c.wrong = true
			diags = append(diags, columnDiagnostic(c.named(), c.where(), err))
			continue
		}
		more := c.infer(in)
		c.wrong = more.HasErrors()
		diags = append(diags, more...)
	}
	return diags
}

func columnDiagnostic(what string, r hcl.Range, err error) *hcl.Diagnostic {
	summary := "Unusable column"
	var missing *source.MissingColumn
	if errors.As(err, &missing) {
		summary = "Missing column"
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Subject: &r, Detail: sentence(fmt.Sprintf("For the %s: %v", what, err))}
}

// pack puts the source's columns side by side: one column as it is, k single numbers as a row of k.
func (c *chain) pack(field func(c *chain, name string) (column.Field, error)) (column.Field, error) {
	if c.decl.Unknown || len(c.columns) == 0 {
		return column.Field{Name: c.decl.Name}, nil
	}
	var in column.Field
	for i, name := range c.columns {
		f, err := field(c, name)
		if err != nil {
			return in, err
		}
		if len(c.columns) == 1 {
			return f, nil
		}
		if f.Known && len(f.Shape) > 0 {
			return in, fmt.Errorf("several columns are put side by side where each is a single number, and %q is %s", name, f.Describe())
		}
		if i > 0 && f.Kind != in.Kind {
			if f.Kind == column.String || in.Kind == column.String {
				return in, fmt.Errorf("text and numbers cannot stand side by side, and %q is %s", name, f.Kind)
			}
			f.Kind = wider(in.Kind, f.Kind)
		}
		in = column.Tensor(c.decl.Name, f.Kind, len(c.columns))
	}
	return in, nil
}

// wider is a kind that holds the numbers of both.
func wider(a, b column.Kind) column.Kind {
	switch {
	case a == column.Unknown || b == column.Unknown:
		return column.Unknown
	case a == column.Float32 || b == column.Float32:
		return column.Float32
	case a == column.Int64 || b == column.Int64:
		return column.Int64
	}
	return column.Int32
}

// signature describes what there is.
func (def *definition) signature() *Signature {
	s := &Signature{Weighted: len(def.weights) > 0}
	for _, c := range def.features {
		s.Features = append(s.Features, c.spec())
	}
	for _, c := range def.targets {
		s.Targets = append(s.Targets, c.spec())
	}
	if sp := def.d.Split; sp != nil {
		s.HasValidation = sp.Validation > 0 || sp.Folds > 0 || sp.Column != "" || slices.Contains(sp.Unknown, Validation)
		s.HasTest = sp.Test > 0 || sp.Column != "" || slices.Contains(sp.Unknown, Test)
	}
	if def.source == nil {
		s.HasValidation, s.HasTest = true, true
	} else {
		s.HasValidation = s.HasValidation || slices.Contains(def.source.Parts(), Validation)
		s.HasTest = s.HasTest || slices.Contains(def.source.Parts(), Test)
	}
	if def.source != nil && def.sourceDecoded != nil { // rows to predict have a source that no block describes
		// A path that depends on a variable without a value is one that is given.
		s.HasValidation = s.HasValidation || slices.Contains(def.sourceDecoded.Unknown, Validation)
		s.HasTest = s.HasTest || slices.Contains(def.sourceDecoded.Unknown, Test)
	}
	return s
}

// Check decodes the sources, transforms and augmentations of a dataset and says what it gives, as far
// as that can be known without reading data. All mistakes are reported.
func Check(d *dsl.Dataset) (*Signature, hcl.Diagnostics) {
	def, diags := decode(d)
	if def.source == nil {
		return def.signature(), diags
	}
	diags = append(diags, def.inferAll(func(c *chain, name string) (column.Field, error) {
		return def.source.Field(name, c.ask())
	})...)
	for _, w := range def.weights {
		if _, err := def.source.Field(w.decl.Column, column.Float32); err != nil {
			diags = append(diags, columnDiagnostic("weight block", w.decl.DeclRange, err))
		}
	}
	named := func(what, arg, name string, ranges map[string]hcl.Range, r hcl.Range) {
		if name == "" {
			return
		}
		if _, err := def.source.Field(name, column.String); err != nil {
			if at, ok := ranges[arg]; ok {
				r = at
			}
			diags = append(diags, columnDiagnostic(what, r, err))
		}
	}
	if s := d.Split; s != nil {
		named("split", "group", s.Group, s.Ranges, s.DeclRange)
		named("split", "order_by", s.OrderBy, s.Ranges, s.DeclRange)
		named("split", "column", s.Column, s.Ranges, s.DeclRange)
	}
	if w := d.Window; w != nil && !w.Unknown {
		named("window", "group", w.Group, w.Ranges, w.DeclRange)
		named("window", "order_by", w.OrderBy, w.Ranges, w.DeclRange)
	}
	return def.signature(), diags
}
