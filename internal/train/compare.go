package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/run"
)

// Subject is a train as it is compared with another: its resolved configuration and its weights.
type Subject struct {
	Train   string
	Epochs  int
	Values  map[string]any
	Weights map[string]string // shapes by path; nil where they are not known
	Params  int
	Bytes   int // of weights and optimizer slots
}

// Comparison is how a train differs from another one.
type Comparison struct {
	Train    string   `json:"train"`
	Same     bool     `json:"same"`
	Layers   []Change `json:"layers,omitempty"`
	Model    []Change `json:"model,omitempty"`    // inputs and outputs
	Training []Change `json:"training,omitempty"` // the train block
	Data     []Change `json:"data,omitempty"`
	Carried  int      `json:"weights_carried_over"`
	Fresh    []string `json:"weights_new,omitempty"`     // names of weights that the other has not, or in another shape
	Lost     []string `json:"weights_dropped,omitempty"` // the other way round
	Params   [2]int   `json:"params"`                    // before and after
	Bytes    [2]int   `json:"state_bytes"`               // memory of weights and optimizer slots, before and after
}

// Change is one thing that differs. Kind is added, removed, moved or changed.
type Change struct {
	Kind string `json:"change"`
	Path string `json:"path"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// subject describes a checked train, as far as it is known without data.
func (u *Unit) subject(doc *dsl.Document) *Subject {
	s := &Subject{Train: u.Train.Name, Epochs: u.Training.Epochs, Weights: map[string]string{}, Values: plain(u.configuration(doc, nil))}
	for _, w := range u.Model.Weights {
		s.Weights[w.Path] = w.Shape.String()
	}
	s.Params, _, _ = u.Model.Parameters()
	for _, v := range u.Program.State() {
		if n := v.Shape.Size(); n > 0 {
			s.Bytes += 4 * n
		}
	}
	return s
}

// plain is a value as JSON has it. What has no JSON (an unknown number) is left out.
func plain(v map[string]any) map[string]any {
	out := map[string]any{}
	for k, x := range v {
		text, err := json.Marshal(x)
		if err != nil {
			continue
		}
		var y any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if dec.Decode(&y) == nil {
			out[k] = y
		}
	}
	return out
}

// RunSubject is the train of a run directory.
func RunSubject(dir string) (*Subject, error) {
	m, err := run.ReadManifest(dir + "/" + run.ManifestFile)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	dec := json.NewDecoder(bytes.NewReader(m.Configuration.Values))
	dec.UseNumber()
	if err := dec.Decode(&values); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &Subject{Train: m.Train, Epochs: m.Configuration.Epochs, Values: values}, nil
}

// PlanSubject is a planned train, with what is known of its data.
func PlanSubject(p *Plan) (*Subject, error) {
	s := &Subject{Train: p.Train, Epochs: p.Epochs, Params: p.Total, Bytes: p.Memory.Weights + p.Memory.Slots}
	dec := json.NewDecoder(bytes.NewReader(p.Manifest.Configuration.Values))
	dec.UseNumber()
	return s, dec.Decode(&s.Values)
}

// Compare tells how now differs from before.
func Compare(before, now *Subject) *Comparison {
	c := &Comparison{Train: now.Train, Params: [2]int{before.Params, now.Params}, Bytes: [2]int{before.Bytes, now.Bytes}}
	old, new := object(before.Values["model"]), object(now.Values["model"])
	c.Layers = compareLayers(list(old["layer"]), list(new["layer"]))
	for _, part := range []string{"input", "output"} {
		c.Model = append(c.Model, compareNamed(part, list(old[part]), list(new[part]))...)
	}
	c.Training = compareValues("", before.Values["train"], now.Values["train"])
	if before.Epochs != now.Epochs {
		c.Training = append(c.Training, Change{"changed", "epochs", fmt.Sprint(before.Epochs), fmt.Sprint(now.Epochs)})
	}
	c.Data = compareValues("", before.Values["dataset"], now.Values["dataset"])
	if before.Weights != nil && now.Weights != nil {
		for _, path := range slices.Sorted(maps.Keys(now.Weights)) {
			if was, ok := before.Weights[path]; ok && was == now.Weights[path] {
				c.Carried++
			} else {
				c.Fresh = append(c.Fresh, path)
			}
		}
		for _, path := range slices.Sorted(maps.Keys(before.Weights)) {
			if is, ok := now.Weights[path]; !ok || is != before.Weights[path] {
				c.Lost = append(c.Lost, path)
			}
		}
	}
	c.Same = len(c.Layers)+len(c.Model)+len(c.Training)+len(c.Data)+len(c.Fresh)+len(c.Lost) == 0
	return c
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// compareLayers pairs layers by path; of those left over, one that is the same under another path was moved.
func compareLayers(old, new []any) []Change {
	byPath := func(all []any) (map[string]map[string]any, []string) {
		out, order := map[string]map[string]any{}, []string{}
		for _, x := range all {
			l := object(x)
			p, _ := l["path"].(string)
			if out[p] == nil {
				order = append(order, p)
			}
			out[p] = l
		}
		return out, order
	}
	was, before := byPath(old)
	is, after := byPath(new)
	what := func(l map[string]any) string { return fmt.Sprint(l["type"]) }
	sameness := func(l map[string]any) string { return text(l["type"]) + text(l["arguments"]) }
	var out []Change
	gone := map[string][]string{}
	for _, p := range before {
		if is[p] == nil {
			gone[sameness(was[p])] = append(gone[sameness(was[p])], p)
		}
	}
	moved := map[string]bool{}
	for _, p := range after {
		l, o := is[p], was[p]
		if o == nil {
			key := sameness(l)
			if from := gone[key]; len(from) > 0 {
				gone[key], moved[from[0]] = from[1:], true
				out = append(out, Change{"moved", p, from[0], p})
				continue
			}
			out = append(out, Change{Kind: "added", Path: p, New: what(l)})
			continue
		}
		if what(l) != what(o) {
			out = append(out, Change{"changed", p, what(o), what(l)})
			continue
		}
		for _, key := range []string{"arguments", "inputs", "trainable"} {
			for _, d := range compareValues("", o[key], l[key]) {
				d.Path = strings.TrimSuffix(p+": "+strings.TrimSuffix(key+"."+d.Path, "."), ".")
				d.Path = strings.Replace(d.Path, ": arguments.", ": ", 1)
				out = append(out, d)
			}
		}
	}
	for _, p := range before {
		if is[p] == nil && !moved[p] {
			out = append(out, Change{Kind: "removed", Path: p, Old: what(was[p])})
		}
	}
	return out
}

// compareNamed pairs objects by their name.
func compareNamed(what string, old, new []any) []Change {
	gather := func(all []any) map[string]any {
		out := map[string]any{}
		for _, x := range all {
			out[fmt.Sprint(object(x)["name"])] = x
		}
		return out
	}
	return compareValues(what, gather(old), gather(new))
}

// compareValues walks two trees of JSON.
func compareValues(path string, old, new any) []Change {
	a, okA := old.(map[string]any)
	b, okB := new.(map[string]any)
	if okA && okB {
		keys := map[string]bool{}
		for k := range a {
			keys[k] = true
		}
		for k := range b {
			keys[k] = true
		}
		var names []string
		for k := range keys {
			names = append(names, k)
		}
		sort.Strings(names)
		var out []Change
		for _, k := range names {
			sub := k
			if path != "" {
				sub = path + "." + k
			}
			out = append(out, compareValues(sub, a[k], b[k])...)
		}
		return out
	}
	was, is := text(old), text(new)
	switch {
	case was == is:
		return nil
	case old == nil:
		return []Change{{Kind: "added", Path: path, New: is}}
	case new == nil:
		return []Change{{Kind: "removed", Path: path, Old: was}}
	}
	return []Change{{"changed", path, was, is}}
}
