package pipeline

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/augment"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// chain is a feature or target: the source's columns that it begins with, and its links.
type chain struct {
	decl    *dsl.Column
	target  bool
	columns []string // of the source
	links   []*link  // those of the feature it begins with first, then its own
	base    *chain   // the feature it begins with, or nil
	use     Use
	open    bool        // how a window is cut depends on a variable without a value
	wrong   bool        // it has a mistake that was reported: what it gives is not known
	reads   column.Kind // what text is read as, where the links do not say; see OpenInput

	reach  *reach // the rows of a window that it reads; nil without a window
	tokens bool   // its rows are the tokens of texts, which the first link takes apart

	in  column.Field // rows as they go into the first link: the source's columns side by side
	out column.Field // rows as they leave the last one, of kind Unknown where that is not known yet

	// tail is what turns out into the tensor's dtype, or nil.
	tail *link

	numClasses int // of class numbers that no step knows the number of; 0 for none
}

// link is a step of a chain. Exactly one of transform and augment is set.
type link struct {
	owner string // the feature or target that it was written in
	index int    // among the owner's steps; -1 for one that was put in to convert
	step  dsl.Step

	transform transform.Transform
	augment   augment.Augment
	decoded   *schema.Decoded

	in, out column.Field
	ready   bool // it has learned, or has nothing to learn
}

func (c *chain) what() string {
	if c.target {
		return "target"
	}
	return "feature"
}

func (c *chain) named() string { return fmt.Sprintf("%s %q", c.what(), c.decl.Name) }

func (c *chain) where() hcl.Range {
	if c.decl.ColumnsRange != (hcl.Range{}) {
		return c.decl.ColumnsRange
	}
	return c.decl.DeclRange
}

// all is the links with the conversion at the end.
func (c *chain) all() []*link {
	if c.tail == nil {
		return c.links
	}
	return append(slices.Clone(c.links), c.tail)
}

// decodeSteps makes the links that a column's steps say.
func decodeSteps(col *dsl.Column) ([]*link, hcl.Diagnostics) {
	var links []*link
	var diags hcl.Diagnostics
	for i, s := range col.Steps {
		l := &link{owner: col.Name, index: i, step: s}
		var more hcl.Diagnostics
		if s.Augment {
			l.augment, l.decoded, more = schema.Resolve(augment.Augments, s.Kind, s.KindRange, s.Body, s.Context, "augment")
			if !more.HasErrors() {
				if m, ok := l.augment.(augment.Mixer); ok {
					more = l.mixes(m)
				}
				if l.augment = augment.Finish(l.augment, role(s)); l.augment == nil {
					continue // a mask stays as it is
				}
			}
		} else {
			l.transform, l.decoded, more = schema.Resolve(transform.Transforms, s.Kind, s.KindRange, s.Body, s.Context, "transform")
		}
		if diags = append(diags, more...); !more.HasErrors() {
			links = append(links, l)
		}
	}
	return links, diags
}

// role is what the column is to an augmentation.
func role(s dsl.Step) augment.Role {
	switch {
	case s.Mask:
		return augment.Masks
	case s.Label:
		return augment.Labels
	}
	return augment.Images
}

// mixes checks the place of an augmentation that mixes examples.
func (l *link) mixes(m augment.Mixer) hcl.Diagnostics {
	err := m.Takes(role(l.step))
	if err == nil && l.step.Together == 0 {
		err = fmt.Errorf("it mixes examples and their labels, so that it stands in the dataset itself, as in augment %q { images = [%q] labels = [...] }", l.step.Kind, l.owner)
	}
	if err == nil {
		return nil
	}
	return hcl.Diagnostics{l.decoded.Diagnose(fmt.Sprintf("Invalid augment %q", l.step.Kind), err)}
}

// mixer is the link's augmentation where it is one that mixes the examples of a batch.
func (l *link) mixer() augment.Mixer {
	m, _ := l.augment.(augment.Mixer)
	return m
}

// gappy tells whether the chain begins with a step for which values may be missing.
func (c *chain) gappy() bool { return c.takes() == column.Optional }

// takes is the kind that the chain wants text read as.
func (c *chain) takes() column.Kind {
	if steps := c.steps(); len(steps) > 0 {
		if t, ok := steps[0].transform.(transform.Taker); ok {
			return t.Takes()
		}
		return column.Float32
	}
	if c.use.DType == int32Type {
		return column.Int64
	}
	return column.Float32
}

// infer works out what each link gets and gives, from what the source gives. Links that convert
// are put in where a step takes one kind alone.
func (c *chain) infer(in column.Field) hcl.Diagnostics {
	in.Name = c.decl.Name
	c.in, c.out, c.tail = in, in, nil
	var links []*link
	f := in
	for i, l := range c.links {
		if l.index < 0 {
			continue // put in by an earlier call
		}
		if want, ok := l.wants(); ok && f.Kind != want && f.Kind != column.Unknown && f.Kind != column.String && f.Kind != column.List {
			conv := convertLink(l.owner, f, want)
			links = append(links, conv)
			f = conv.out
		}
		l.in = f
		if i > 0 && c.links[i-1].mixer() != nil && l.mixer() == nil {
			return hcl.Diagnostics{c.links[i-1].decoded.Diagnose("Augmentation in the wrong place", fmt.Errorf("%s: %s mixes examples as they are in a batch, and comes last", c.named(), c.links[i-1].step.Kind))}
		}
		if l.decoded.Partial() {
			f = column.Field{Name: f.Name}
		} else if err := l.infer(&f, c); err != nil {
			return hcl.Diagnostics{l.decoded.Diagnose(fmt.Sprintf("Invalid %s %q", l.what(), l.step.Kind), fmt.Errorf("%s: %w", c.named(), err))}
		}
		if c.tokens && l == c.links[0] {
			f = column.Scalar(f.Name, column.Int32)
		}
		l.out = f
		links = append(links, l)
	}
	c.links, c.out = links, f
	if f.Kind == column.String || f.Kind == column.List {
		r := c.where()
		hint := "; a transform such as string_lookup turns it into numbers"
		if len(c.links) > 0 {
			hint = ""
			r = c.links[len(c.links)-1].step.DeclRange
		}
		return hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Text where numbers are needed",
			Detail: fmt.Sprintf("The %s ends as text, and a model takes numbers%s.", c.named(), hint), Subject: &r,
		}}
	}
	if want := c.kind(); want != column.Unknown && f.Kind != column.Unknown && f.Kind != want {
		if n := len(links); n > 0 && links[n-1].mixer() != nil {
			return hcl.Diagnostics{links[n-1].decoded.Diagnose("Mixed class numbers", fmt.Errorf("%s: mixed labels are fractions, and whole numbers are wanted of it: make vectors of them by one_hot, with a loss such as categorical_crossentropy", c.named()))}
		}
		c.tail = convertLink(c.decl.Name, f, want)
		c.out = c.tail.out
	}
	return nil
}

// kind is the kind of the tensor; Unknown where that is not known yet.
func (c *chain) kind() column.Kind {
	switch {
	case c.use.DType == float32Type:
		return column.Float32
	case c.use.DType == int32Type:
		return column.Int32
	case c.out.Kind == column.Unknown:
		return column.Unknown
	case c.out.Kind == column.Float32, c.out.Kind == column.Uint8 && !c.target:
		return column.Float32 // bytes of a feature are pixels
	}
	return column.Int32
}

// shape is the tensor's: that of the examples, but for a last axis of one, which the model may want or not.
func (c *chain) shape() []int {
	out := c.windowed(c.out) // whose axes Open knows, but u's may be of any length
	if u := c.use.Shape; u != nil && c.out.Known && (oneMore(u, out.Shape) || oneMore(out.Shape, u)) {
		if len(u) > len(out.Shape) {
			return append(slices.Clone(out.Shape), 1)
		}
		return out.Shape[:len(u)]
	}
	return out.Shape
}

// oneMore tells whether a shape is another with one more axis, of length 1.
func oneMore(long, short []int) bool {
	n := len(short)
	return len(long) == n+1 && (long[n] == 1 || long[n] < 0)
}

// spec describes the tensor.
func (c *chain) spec() Spec {
	s := Spec{Name: c.decl.Name, Where: c.decl.DeclRange, Known: c.out.Known && !c.decl.Unknown && !c.wrong && !c.open}
	if c.wrong {
		return s
	}
	if s.Known {
		s.Shape = slices.Clone(c.shape())
	}
	s.Classes = c.classes()
	s.DType = dtypeOf(c.kind())
	if c.use.DType == "" && len(c.steps()) == 0 && c.in.Kind != column.Uint8 && !c.fixed() {
		s.DType = ""
	}
	return s
}

// fixed tells whether the kind of the source's column does not depend on what is asked of it.
func (c *chain) fixed() bool { return c.in.Kind == column.Int32 || c.in.Kind == column.Int64 }

// draws tells what the link draws its random numbers for: itself, or all columns that it changes in step.
func (l *link) draws() (owner string, index int) {
	if l.step.Together > 0 {
		return "", l.step.Together // no feature's name is empty
	}
	return l.owner, l.index
}

func (l *link) what() string {
	if l.augment != nil {
		return "augment"
	}
	return "transform"
}

// wants is the kind that the link takes alone.
func (l *link) wants() (column.Kind, bool) {
	if l.augment != nil {
		return column.Float32, true
	}
	if t, ok := l.transform.(transform.Taker); ok {
		return t.Takes(), !slices.Contains([]column.Kind{column.String, column.Optional, column.List}, t.Takes())
	}
	return column.Unknown, false
}

// infer turns what goes in into what comes out.
func (l *link) infer(f *column.Field, c *chain) error {
	if l.augment != nil {
		if l.mixer() != nil && role(l.step) != augment.Labels {
			if err := augment.IsImage(c.windowed(*f)); err != nil {
				return err
			}
		}
		return l.augment.Check(c.windowed(*f))
	}
	if b, ok := l.transform.(interface{ Bound(n int) }); ok && len(f.Classes) > 0 {
		b.Bound(len(f.Classes))
	}
	out, err := l.transform.Out(*f)
	if err != nil {
		return err
	}
	if c, ok := l.transform.(transform.Categories); ok {
		if _, names := c.Categories(); names != nil {
			out.Classes = names
		} else {
			out.Classes = f.Classes
		}
	}
	*f = out
	return nil
}

// learner returns the link as one that has to learn, or nil.
func (l *link) learner() transform.Learner {
	if t, ok := l.transform.(transform.Learner); ok && t.Learns() {
		return t
	}
	return nil
}

// once tells whether the link's work is better done once than in each epoch, though its rows be larger.
func (l *link) once() bool {
	o, ok := l.transform.(transform.Onceler)
	return ok && o.Once()
}

func (l *link) canFail() bool {
	f, ok := l.transform.(transform.Fallible)
	return ok && f.CanFail()
}

// conversion changes the kind of numbers.
type conversion struct{ from, to column.Kind }

func convertLink(owner string, in column.Field, to column.Kind) *link {
	out := in
	out.Kind = to
	return &link{owner: owner, index: -1, transform: &conversion{in.Kind, to}, in: in, out: out, ready: true}
}

func (t *conversion) Schema(*schema.Block) {}

func (t *conversion) Out(in column.Field) (column.Field, error) { return in.WithKind(t.to), nil }

func (t *conversion) Apply(dst, src *column.Values) error { return column.Convert(dst, src) }

// ByChannel is true: a conversion knows nothing but the element.
func (t *conversion) ByChannel(column.Field) bool { return true }

// CanFail is true where a number may be out of the range of the kind it becomes.
func (t *conversion) CanFail() bool {
	return t.to == column.Int32 && t.from != column.Uint8 && t.from != column.Int32 || t.to == column.Int64 && t.from == column.Float32
}
