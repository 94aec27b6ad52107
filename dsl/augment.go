package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// augmentBlock is an augment block in a dataset itself: one of several features and targets in step. Its
// keys are those of the dictionary that Keras' layers for images take.
type augmentBlock struct{ images, masks, labels []string }

const (
	imagesKey = "images"
	masksKey  = "segmentation_masks"
	labelsKey = "labels"
)

// Schema describes an augment block of a dataset.
func (a *augmentBlock) Schema(s *schema.Block) {
	s.Doc("A random step at training that changes several features and targets alike, after their own steps: an image and its mask are cropped at one place.", "dlrun")
	s.Strings(&a.images, imagesKey, "Features that are images.")
	s.Strings(&a.masks, masksKey, "Features and targets whose pixels are class numbers: they are moved with the images, and never blended.", schema.Optional())
	s.Strings(&a.labels, labelsKey, "Targets that are the images' labels, for what mixes images (mix_up, cut_mix).", schema.Optional())
	s.Free("the arguments of the augmentation")
}

// together gives the columns that an augment block of a dataset names the step. nth counts these blocks from 1.
func (r *reader) together(d *Dataset, b *hcl.Block, nth int, ctx *hcl.EvalContext) {
	var a augmentBlock
	keys := []string{imagesKey, masksKey, labelsKey, "bounding_boxes"}
	s := &hcl.BodySchema{}
	for _, k := range keys {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: k})
	}
	content, rest, diags := b.Body.PartialContent(s)
	r.diags = append(r.diags, diags...)
	if content == nil {
		return
	}
	for _, k := range keys[3:] {
		if at := content.Attributes[k]; at != nil {
			r.fail(at.NameRange.Ptr(), "Not in this version", notYet, "`"+k+"` of an augmentation")
		}
	}
	step := named(b, ctx)
	step.Body = rest
	for i, list := range []*[]string{&a.images, &a.masks, &a.labels} {
		at := content.Attributes[keys[i]]
		if at == nil {
			if i == 0 {
				r.fail(header(b).Ptr(), "Missing argument", "An augment %q of a dataset names the features it changes, as in images = [%q].", step.Kind, "image")
			}
			continue
		}
		names, known, ok := r.columnNames(at, ctx)
		if !known { // it may be any of them
			for _, c := range append(slices.Clone(d.Features), d.Targets...) {
				c.Unknown = true
			}
		}
		if !known || !ok {
			continue
		}
		*list = names
		for _, n := range names {
			r.step(d, n, at, Step{Named: step, Augment: true, Together: nth, Mask: i == 1, Label: i == 2})
		}
	}
}

// columnNames reads a list of names.
func (r *reader) columnNames(at *hcl.Attribute, ctx *hcl.EvalContext) (names []string, known, ok bool) {
	v, diags := at.Expr.Value(ctx)
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() {
		return nil, true, false
	}
	if !v.IsWhollyKnown() {
		return nil, false, false
	}
	wrong := func() ([]string, bool, bool) {
		r.fail(at.Expr.Range().Ptr(), "Invalid value", "%s is a list of the names of features and targets, got %s.", at.Name, schema.Show(v))
		return nil, true, false
	}
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		return wrong()
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String || slices.Contains(names, e.AsString()) {
			return wrong()
		}
		names = append(names, e.AsString())
	}
	return names, true, true
}

// step adds a step to the feature or target of a name; where both have it, a mask is the target, and all else the feature.
func (r *reader) step(d *Dataset, name string, at *hcl.Attribute, s Step) {
	var have []string
	all := append(slices.Clone(d.Features), d.Targets...)
	if s.Mask {
		all = append(slices.Clone(d.Targets), d.Features...)
	}
	for _, c := range all {
		if have = append(have, c.Name); c.Name != name {
			continue
		}
		if slices.Contains(d.Targets, c) && !s.Mask && !s.Label {
			r.fail(at.Expr.Range().Ptr(), "Augmented target", "%q is a target, and an augmentation changes what the model sees. A target that is a mask is moved with its image under %s.", name, masksKey)
			return
		}
		c.Steps = append(c.Steps, s)
		return
	}
	if !d.Unknown {
		r.fail(at.Expr.Range().Ptr(), "Unknown feature", "%s", fmt.Sprintf("dataset %q has no feature or target %q.%s", d.Name, name, suggestOrNone(name, have, "features")))
	}
}
