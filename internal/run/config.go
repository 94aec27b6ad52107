package run

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Config is the resolved configuration of a train: what it would take to run it again.
type Config struct {
	// Epochs is how far the run is to go. It is apart from the rest because it alone may grow on resuming.
	Epochs int `json:"epochs"`

	// Values is everything else that decides the result, as a JSON object; differences are named by their path in
	// it ("train.main.optimizer.learning_rate"). What may change freely (threads, log verbosity) does not belong in it.
	Values json.RawMessage `json:"values,omitempty"`

	// Source is the text the values came from, by file name, for people to read. It is compared, line by line, only
	// where there are no Values.
	Source map[string]string `json:"source,omitempty"`
}

// A Difference is one thing that changed between a run and the attempt to resume it. Old and New are JSON, or empty
// where the thing is not there.
type Difference struct {
	Path     string
	Old, New string
}

func (d Difference) String() string {
	switch {
	case d.Old == "":
		return fmt.Sprintf("%s is new: %s", d.Path, excerpt(d.New))
	case d.New == "":
		return fmt.Sprintf("%s is gone: it was %s", d.Path, excerpt(d.Old))
	}
	return fmt.Sprintf("%s was %s, is %s", d.Path, excerpt(d.Old), excerpt(d.New))
}

func excerpt(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// Changed names what differs between two configurations and forbids a resume: anything but more epochs. The order is
// that of the paths. It is empty where the run may go on.
func Changed(old, new Config) []Difference {
	var out []Difference
	if new.Epochs < old.Epochs {
		out = append(out, Difference{"epochs", strconv.Itoa(old.Epochs), strconv.Itoa(new.Epochs)})
	}
	if len(old.Values) == 0 && len(new.Values) == 0 {
		return append(out, changedText(old.Source, new.Source)...)
	}
	oldTree, oldErr := decodeTree(old.Values)
	newTree, newErr := decodeTree(new.Values)
	if oldErr != nil || newErr != nil {
		// Not JSON: nothing finer than the whole can be named.
		if !bytes.Equal(old.Values, new.Values) {
			out = append(out, Difference{"configuration", string(old.Values), string(new.Values)})
		}
		return out
	}
	return changedTree(out, "", oldTree, newTree)
}

func decodeTree(text json.RawMessage) (any, error) {
	if len(text) == 0 {
		return map[string]any{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // 64-bit seeds must not be compared as floats
	var v any
	return v, dec.Decode(&v)
}

func changedTree(out []Difference, path string, old, new any) []Difference {
	switch a := old.(type) {
	case map[string]any:
		b, ok := new.(map[string]any)
		if !ok {
			break
		}
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			was, wasThere := a[k]
			is, isThere := b[k]
			sub := k
			if path != "" {
				sub = path + "." + k
			}
			switch {
			case !wasThere:
				out = append(out, Difference{sub, "", encodeTree(is)})
			case !isThere:
				out = append(out, Difference{sub, encodeTree(was), ""})
			default:
				out = changedTree(out, sub, was, is)
			}
		}
		return out
	case []any:
		b, ok := new.([]any)
		if !ok || len(a) != len(b) {
			break
		}
		for i := range a {
			out = changedTree(out, fmt.Sprintf("%s[%d]", path, i), a[i], b[i])
		}
		return out
	case json.Number:
		if b, ok := new.(json.Number); ok && sameNumber(a, b) {
			return out
		}
	}
	if was, is := encodeTree(old), encodeTree(new); was != is {
		out = append(out, Difference{cmp.Or(path, "configuration"), was, is})
	}
	return out
}

// sameNumber tells 1 and 1.0 as the same, but keeps integers apart that a float64 cannot.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	_, errA := a.Int64()
	_, errB := b.Int64()
	if errA == nil && errB == nil {
		return false
	}
	x, errA := a.Float64()
	y, errB := b.Float64()
	return errA == nil && errB == nil && x == y
}

func encodeTree(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("run: encode %T: %v", v, err)) // v came out of a JSON decoder
	}
	return string(text)
}

// changedText names, for each file, the first line that differs.
func changedText(old, new map[string]string) []Difference {
	var out []Difference
	names := maps.Clone(old)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, new)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, wasThere := old[name]
		is, isThere := new[name]
		switch {
		case !wasThere:
			out = append(out, Difference{name, "", encodeTree(is)})
		case !isThere:
			out = append(out, Difference{name, encodeTree(was), ""})
		case was != is:
			a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
			i := 0
			for i < len(a) && i < len(b) && a[i] == b[i] {
				i++
			}
			d := Difference{Path: fmt.Sprintf("%s:%d", name, i+1)}
			if i < len(a) {
				d.Old = encodeTree(a[i])
			}
			if i < len(b) {
				d.New = encodeTree(b[i])
			}
			out = append(out, d)
		}
	}
	return out
}

// Changed names what differs between the manifest of a run and that of the attempt to resume it, and forbids it: the
// configuration (but for more epochs), the seed and the precision, and the content
// of the inputs that are no configuration. A different device, on which other bits follow, machine, number of threads, version or path of an unchanged input does not.
func (m *Manifest) Changed(new *Manifest) []Difference {
	out := Changed(m.Configuration, new.Configuration)
	note := func(path string, old, new any) {
		if old != new {
			out = append(out, Difference{path, encodeTree(old), encodeTree(new)})
		}
	}
	note("seed", m.Seed, new.Seed)
	note("precision", m.Precision, new.Precision)
	return append(out, changedInputs(m.Inputs, new.Inputs)...)
}

// changedInputs pairs inputs by path, then those left over by content: a file that was only moved has not changed.
func changedInputs(old, new []Input) []Difference {
	was, is := map[string]Input{}, map[string]Input{}
	for _, in := range old {
		if !in.Configuration {
			was[in.Path] = in
		}
	}
	for _, in := range new {
		if !in.Configuration {
			is[in.Path] = in
		}
	}
	moved := map[string]int{}
	for path, in := range is {
		if _, ok := was[path]; !ok {
			moved[in.SHA256]++
		}
	}
	var out []Difference
	gone := map[string]int{}
	for _, path := range slices.Sorted(maps.Keys(was)) {
		before := was[path]
		after, ok := is[path]
		switch {
		case ok && after.SHA256 != before.SHA256:
			out = append(out, Difference{path, encodeTree(before.SHA256), encodeTree(after.SHA256)})
		case ok:
		case moved[before.SHA256] > 0:
			moved[before.SHA256]--
			gone[before.SHA256]++
		default:
			out = append(out, Difference{path, encodeTree(before.SHA256), ""})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(is)) {
		after := is[path]
		if _, ok := was[path]; ok {
			continue
		}
		if gone[after.SHA256] > 0 {
			gone[after.SHA256]--
			continue
		}
		out = append(out, Difference{path, "", encodeTree(after.SHA256)})
	}
	return out
}
