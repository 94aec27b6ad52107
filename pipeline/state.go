package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// State is what a dataset has learned from its train split, and what else a prediction has to know of
// its columns. It goes into a saved model as JSON.
type State struct {
	Features map[string]*ColumnState `json:"features"`
	Targets  map[string]*ColumnState `json:"targets"`
}

// ColumnState is what is known of a feature or target.
type ColumnState struct {
	Kind  string `json:"kind"`  // of the source's elements: uint8, int32, int64, float32, string
	Shape []int  `json:"shape"` // of a row of the source
	DType string `json:"dtype"` // of the tensor
	Use   []int  `json:"use"`   // shape that the model asked for, null for none

	// Steps holds what each step has learned, null where there was nothing to learn.
	Steps []json.RawMessage `json:"steps,omitempty"`

	NumClasses int      `json:"num_classes,omitempty"` // of class numbers no step knows the number of
	ClassNames []string `json:"class_names,omitempty"` // what the source says its numbers stand for
}

// save gathers the state of all chains.
func (def *definition) save() (*State, error) {
	s := &State{Features: map[string]*ColumnState{}, Targets: map[string]*ColumnState{}}
	for _, c := range def.chains() {
		cs := &ColumnState{
			Kind: c.in.Kind.String(), Shape: c.in.Shape, DType: dtypeOf(c.kind()), Use: c.use.Shape,
			NumClasses: c.numClasses, ClassNames: c.in.Classes,
		}
		for _, l := range c.steps() {
			var raw json.RawMessage
			if t, ok := l.transform.(transform.Learner); ok {
				var err error
				if raw, err = t.State(); err != nil {
					return nil, fmt.Errorf("%s, %s: %w", c.named(), l.step.Kind, err)
				}
			}
			if raw == nil {
				raw = json.RawMessage("null")
			}
			cs.Steps = append(cs.Steps, raw)
		}
		s.of(c.target)[c.decl.Name] = cs
	}
	return s, nil
}

func (s *State) of(target bool) map[string]*ColumnState {
	if target {
		return s.Targets
	}
	return s.Features
}

// steps are the links that the file says, the conversions between them left out.
func (c *chain) steps() []*link {
	var out []*link
	for _, l := range c.links {
		if l.index >= 0 {
			out = append(out, l)
		}
	}
	return out
}

// restore gives a chain what it had learned. in is what the state says the source's rows are.
func (c *chain) restore(s *State) error {
	cs := s.of(c.target)[c.decl.Name]
	if cs == nil {
		return fmt.Errorf("the saved preprocessing has no %s", c.named())
	}
	steps := c.steps()
	if len(cs.Steps) != len(steps) {
		return fmt.Errorf("the saved preprocessing has %d steps for the %s, the file has %d", len(cs.Steps), c.named(), len(steps))
	}
	c.numClasses = cs.NumClasses
	for i, l := range steps {
		l.ready = true
		t, ok := l.transform.(transform.Learner)
		if !ok {
			continue
		}
		switch raw := cs.Steps[i]; {
		case len(raw) > 0 && string(raw) != "null":
			if err := t.SetState(l.in, raw); err != nil {
				return fmt.Errorf("the saved state of %s in the %s: %w", l.step.Kind, c.named(), err)
			}
		case t.Learns():
			return fmt.Errorf("the saved preprocessing lacks what %s in the %s has learned", l.step.Kind, c.named())
		}
		// What the next steps get may only be known now.
		if d := c.infer(c.in); d.HasErrors() {
			return d
		}
	}
	return nil
}

// field is what the state says the source's rows are.
func (cs *ColumnState) field(name string) (column.Field, error) {
	for _, k := range []column.Kind{column.Uint8, column.Int32, column.Int64, column.Float32, column.String, column.List} {
		if k.String() == cs.Kind {
			f := column.Tensor(name, k, cs.Shape...)
			f.Classes = cs.ClassNames
			size := 1
			for _, d := range cs.Shape {
				if d < 1 || d > maxRowSize/size {
					return f, fmt.Errorf("the saved shape %s of %q cannot be that of a row", column.ShapeString(cs.Shape), name)
				}
				size *= d
			}
			return f, nil
		}
	}
	return column.Field{}, fmt.Errorf("the saved preprocessing says that %q holds %q, which is no kind of data", name, cs.Kind)
}

// maxRowSize bounds the elements of a row that a state, which may come from anywhere, can ask for.
const maxRowSize = 1 << 30

// Preprocessing is a dataset's chains with what they have learned. It knows all that is needed to turn
// new rows into tensors and predictions back, and needs no data.
type Preprocessing struct {
	def   *definition
	state *State
}

// Load prepares a dataset's chains from a saved state. What the state lacks is left out: a bundle may
// hold only the features and targets that its model uses.
func Load(d *dsl.Dataset, s *State) (*Preprocessing, hcl.Diagnostics) {
	def, diags := decode(d)
	if diags.HasErrors() {
		return nil, diags
	}
	var uses [2][]Use
	for i, cs := range [][]*chain{def.features, def.targets} {
		uses[i] = []Use{}
		for _, c := range cs {
			if saved := s.of(c.target)[c.decl.Name]; saved != nil {
				uses[i] = append(uses[i], Use{Name: c.decl.Name, DType: saved.DType, Shape: saved.Use})
			}
		}
	}
	fail := func(err error) (*Preprocessing, hcl.Diagnostics) {
		return nil, append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unusable preprocessing", Detail: sentence(err.Error()), Subject: &d.DeclRange})
	}
	if err := def.use(uses[0], uses[1]); err != nil {
		return fail(err)
	}
	for _, c := range def.chains() {
		in, err := s.of(c.target)[c.decl.Name].field(c.decl.Name)
		if err != nil {
			return fail(err)
		}
		if diags = append(diags, c.infer(in)...); diags.HasErrors() {
			return nil, diags
		}
		if err := c.restore(s); err != nil {
			return fail(err)
		}
	}
	return &Preprocessing{def, s}, diags
}

// Signature says what the dataset gives, with all that is known now.
func (p *Preprocessing) Signature() *Signature { return p.def.signature() }

// State returns what was learned.
func (p *Preprocessing) State() *State { return p.state }

// find returns the feature or target of a name; where both are called so, the target.
func (p *Preprocessing) find(name string) *chain {
	for _, cs := range [][]*chain{p.def.targets, p.def.features} {
		for _, c := range cs {
			if c.decl.Name == name {
				return c
			}
		}
	}
	return nil
}

// Has tells whether there is a feature or target of a name.
func (p *Preprocessing) Has(name string) bool { return p.find(name) != nil }

// VocabularySize is the number of indices of the last lookup in a feature or target, special ones
// included; ok is false where there is none.
func (p *Preprocessing) VocabularySize(name string) (n int, ok bool) {
	c := p.find(name)
	if c == nil {
		return 0, false
	}
	for i := len(c.links) - 1; i >= 0; i-- {
		if v, is := c.links[i].transform.(transform.Vocabulary); is {
			n = v.VocabularySize()
			return n, n >= 0
		}
	}
	return 0, false
}

// NumClasses is the number of classes that a feature or target tells apart: what its last lookup or
// encoding knows, else what the source says, else one more than the largest class number of the train
// split. ok is false where it does not hold class numbers.
func (p *Preprocessing) NumClasses(name string) (n int, ok bool) {
	c := p.find(name)
	if c == nil {
		return 0, false
	}
	if n = c.classes().Number; n == 0 {
		n = c.numClasses
	}
	return n, n > 0
}

// ClassNames are the names of the classes of a feature or target, in the order of their numbers. ok is
// false where they have none.
func (p *Preprocessing) ClassNames(name string) (names []string, ok bool) {
	c := p.find(name)
	if c == nil {
		return nil, false
	}
	names = c.classes().Names
	return names, names != nil
}

// classes are what the chain's last lookup or encoding knows, else what the source says.
func (c *chain) classes() Classes {
	n, names, ok := c.categories()
	if names == nil && len(c.in.Classes) > 0 && (!ok || n == len(c.in.Classes)) {
		n, names = len(c.in.Classes), c.in.Classes
	}
	return Classes{max(0, n), names}
}

// categories asks the last link that knows them. Names may stand further up: one_hot knows the number,
// the lookup before it the names.
func (c *chain) categories() (n int, names []string, ok bool) {
	for i := len(c.links) - 1; i >= 0; i-- {
		t, is := c.links[i].transform.(transform.Categories)
		if !is {
			continue
		}
		m, ns := t.Categories()
		if m < 0 {
			continue
		}
		if !ok {
			n, ok = m, true
		}
		if m == n && ns != nil {
			return n, ns, true
		}
	}
	return n, nil, ok
}

// Invert undoes the transforms of numbers at the end of a target (normalization, rescaling) in
// predicted values, rows of the target's shape, in place. It stops at a step that cannot be undone, a
// lookup or an encoding: predictions of such a target are scores of classes, which ClassNames names.
func (p *Preprocessing) Invert(target string, values []float32) {
	i := slices.IndexFunc(p.def.targets, func(c *chain) bool { return c.decl.Name == target })
	if i < 0 {
		return
	}
	c := p.def.targets[i]
	for k := len(c.links) - 1; k >= 0; k-- {
		l := c.links[k]
		if t, ok := l.transform.(transform.Inverter); ok {
			if n := l.in.Size(); n < 1 || len(values)%n != 0 {
				return
			}
			t.Undo(values, l.in.Shape)
		} else if l.index >= 0 {
			return
		}
	}
}
