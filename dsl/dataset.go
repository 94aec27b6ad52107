package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// datasetBlocks are the blocks of a dataset, in the order in which help lists them.
var datasetBlocks = []hcl.BlockHeaderSchema{
	{Type: "source", LabelNames: []string{"kind"}},
	{Type: "feature", LabelNames: []string{"name"}},
	{Type: "target", LabelNames: []string{"name"}},
	{Type: "weight"},
	{Type: "split"},
	{Type: "window"},
	{Type: "augment", LabelNames: []string{"kind"}},
	{Type: "transform", LabelNames: []string{"kind"}},
}

// notYet are parts of the language that this version knows without having them, and where to look.
const notYet = "%s is part of the language, but this version of dlrun does not have it yet."

// datasets reads the dataset blocks.
func (r *reader) datasets(doc *Document) {
	for _, raw := range r.blocks["dataset"] {
		doc.Datasets = append(doc.Datasets, r.dataset(raw))
	}
}

func (r *reader) dataset(raw *hcl.Block) *Dataset {
	d := &Dataset{Name: raw.Labels[0], DeclRange: raw.DefRange, Dir: r.m.Dir}
	title := fmt.Sprintf("dataset %q", d.Name)
	ctx := r.m.base
	s := &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "on_error"}}, Blocks: datasetBlocks}
	c, diags := expand(raw.Body, ctx).Content(s)
	d.Unknown = takeOpen(&diags)
	names := []string{"on_error", "dynamic"}
	for _, b := range datasetBlocks {
		names = append(names, b.Type)
	}
	schema.Rephrase(diags, title, names)
	r.diags = append(r.diags, diags...)
	if c == nil {
		return d
	}
	if a := c.Attributes["on_error"]; a != nil {
		r.onError(a)
	}
	if len(c.Blocks) > maxLayers {
		r.fail(&d.DeclRange, "Too many blocks", "%s has %d blocks; %d is the most.", title, len(c.Blocks), maxLayers)
		return d
	}
	var source *hcl.Block
	taken := map[string]*hcl.Block{}
	for _, b := range c.Blocks {
		switch b.Type {
		case "source":
			if source != nil {
				r.fail(b.DefRange.Ptr(), "Second source", "%s has a source on %s already, and takes one.", title, lineOf(source.DefRange, b.DefRange))
				continue
			}
			source = b
			d.Source = named(b, r.m.paths)
		case "feature", "target":
			if bad := checkName(b.Type, b.Labels[0], b.LabelRanges[0]); bad != nil {
				r.diags = append(r.diags, bad)
				continue
			}
			if other := taken[b.Labels[0]]; other != nil {
				if other.Type == b.Type {
					r.fail(b.LabelRanges[0].Ptr(), "Duplicate "+b.Type, "There is a %s %q on %s already.", b.Type, b.Labels[0], lineOf(other.DefRange, b.DefRange))
				} else {
					r.fail(b.LabelRanges[0].Ptr(), "Name taken", "There is a %s %q on %s already, and `stratify` and vocabulary_size could mean either: name the %s differently, with column = %q.",
						other.Type, b.Labels[0], lineOf(other.DefRange, b.DefRange), b.Type, b.Labels[0])
				}
				continue
			}
			taken[b.Labels[0]] = b
			col := r.column(b, ctx)
			if b.Type == "feature" {
				d.Features = append(d.Features, col)
			} else {
				d.Targets = append(d.Targets, col)
			}
		case "weight":
			if w := r.weight(b, ctx); w != nil {
				d.Weights = append(d.Weights, w)
			}
		case "split":
			if d.Split != nil {
				r.fail(b.DefRange.Ptr(), "Second split", "%s has a split on %s already, and takes one.", title, lineOf(d.Split.DeclRange, b.DefRange))
				continue
			}
			d.Split = r.split(b, ctx)
		case "window":
			r.fail(b.DefRange.Ptr(), "Not in this version", notYet, "`window`")
		default:
			r.fail(b.DefRange.Ptr(), "Not in this version", notYet, fmt.Sprintf("%s `%s` of several columns in step, in the dataset itself,", map[string]string{"augment": "An", "transform": "A"}[b.Type], b.Type))
		}
	}
	if source == nil {
		r.fail(&d.DeclRange, "Missing block", "%s needs a source block, which says where its rows come from, as in source \"csv\" { path = \"...\" }.", title)
	}
	if len(d.Features) == 0 && !d.Unknown {
		r.fail(&d.DeclRange, "Missing block", "%s needs a feature block for each input of the model.", title)
	}
	r.checkNames(d)
	return d
}

// named is a block whose label is the name of something in a registry.
func named(b *hcl.Block, ctx *hcl.EvalContext) Named {
	n := Named{Kind: b.Labels[0], KindRange: b.DefRange, DeclRange: b.DefRange, Body: b.Body, Context: ctx}
	if len(b.LabelRanges) > 0 {
		n.KindRange = b.LabelRanges[0]
	}
	return n
}

// checkNames checks the names that weight and split give of features and targets.
func (r *reader) checkNames(d *Dataset) {
	if d.Unknown {
		return
	}
	var targets, all []string
	for _, c := range d.Targets {
		targets = append(targets, c.Name)
	}
	all = append(all, targets...)
	for _, c := range d.Features {
		all = append(all, c.Name)
	}
	has := func(list []string, s string) bool {
		for _, x := range list {
			if x == s {
				return true
			}
		}
		return false
	}
	weighted := map[string]*Weight{}
	for _, w := range d.Weights {
		if w.Target != "" && !has(targets, w.Target) {
			r.fail(&w.targetRange, "Unknown target", "dataset %q has no target %q.%s", d.Name, w.Target, suggestOrNone(w.Target, targets, "targets"))
			continue
		}
		if other := weighted[w.Target]; other != nil {
			which := "all targets"
			if w.Target != "" {
				which = fmt.Sprintf("target %q", w.Target)
			}
			r.fail(&w.DeclRange, "Second weight", "The weight of %s is on %s already.", which, lineOf(other.DeclRange, w.DeclRange))
			continue
		}
		weighted[w.Target] = w
	}
	if s := d.Split; s != nil && s.Stratify != "" && !has(all, s.Stratify) {
		at := s.Ranges["stratify"]
		r.fail(&at, "Unknown target", "dataset %q has no target or feature %q to stratify by.%s", d.Name, s.Stratify, suggestOrNone(s.Stratify, all, "targets"))
	}
}

// onError reads dataset-wide on_error, of which this version has "fail", the default.
func (r *reader) onError(a *hcl.Attribute) {
	v, diags := a.Expr.Value(r.m.base)
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() || !v.IsKnown() {
		return
	}
	at := a.Expr.Range()
	switch {
	case v.IsNull() || v.Type() != cty.String:
		r.fail(&at, `Invalid value for "on_error"`, "One of \"fail\", \"skip\", \"null\" is wanted, got %s.", schema.Show(v))
	case v.AsString() == "skip" || v.AsString() == "null":
		r.fail(&at, "Not in this version", notYet, fmt.Sprintf("on_error = %q", v.AsString()))
	case v.AsString() != "fail":
		r.fail(&at, `Invalid value for "on_error"`, "One of \"fail\", \"skip\", \"null\" is wanted, got %s.%s", schema.Show(v), schema.Suggest(v.AsString(), []string{"fail", "skip", "null"}))
	}
}
