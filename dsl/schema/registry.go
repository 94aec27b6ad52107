package schema

import (
	"fmt"
	"maps"
	"sort"
	"strings"

	"github.com/agext/levenshtein"
)

// Registry holds the things of one kind that a file can name: the layers, the losses, ... A thing
// is registered by its own file, with `var _ = Register("name", ...)`.
type Registry[T Described] struct {
	kind    string
	entries map[string]func() T
	aliases map[string]string
	planned map[string]bool
}

// NewRegistry makes an empty registry of things of one kind, as "layer" or "loss".
func NewRegistry[T Described](kind string) *Registry[T] {
	return &Registry[T]{kind: kind, entries: map[string]func() T{}, aliases: map[string]string{}, planned: map[string]bool{}}
}

// Register adds a thing under its name and Keras' other names for it. A name taken twice is a
// programmer's mistake and panics when the program starts.
func (r *Registry[T]) Register(name string, make func() T, aliases ...string) bool {
	for _, n := range append([]string{name}, aliases...) {
		if _, dup := r.resolve(n); dup {
			panic(fmt.Sprintf("schema: %s %q is registered twice", r.kind, n))
		}
	}
	r.entries[name] = make
	for _, a := range aliases {
		r.aliases[a] = name
	}
	return true
}

// With is the registry and more things, which belong to one file. A name that the registry has stays its own.
func (r *Registry[T]) With(more map[string]func() T) *Registry[T] {
	out := &Registry[T]{kind: r.kind, entries: maps.Clone(r.entries), aliases: r.aliases, planned: r.planned}
	for n, f := range more {
		if !r.Has(n) {
			out.entries[n] = f
		}
	}
	return out
}

// Planned names things that dlrun does not have yet, so that asking for one says so.
func (r *Registry[T]) Planned(names ...string) {
	for _, n := range names {
		r.planned[n] = true
	}
}

func (r *Registry[T]) resolve(name string) (string, bool) {
	if full, ok := r.aliases[name]; ok {
		name = full
	}
	_, ok := r.entries[name]
	return name, ok
}

// New makes a fresh thing by its name or alias. The error says what there is.
func (r *Registry[T]) New(name string) (T, error) {
	if full, ok := r.resolve(name); ok {
		return r.entries[full](), nil
	}
	var none T
	if r.planned[name] {
		return none, fmt.Errorf("%q is a %s that this version of dlrun does not have yet", name, r.kind)
	}
	hint := Suggest(name, r.Names())
	if hint == "" {
		hint = fmt.Sprintf(" \"dlrun schema %s\" lists what there is.", r.kind)
	}
	return none, fmt.Errorf("there is no %s %q.%s", r.kind, name, hint)
}

// Full returns the name that an alias stands for; other names come back as they are.
func (r *Registry[T]) Full(name string) string { full, _ := r.resolve(name); return full }

// Has tells whether name, or the alias name, is registered.
func (r *Registry[T]) Has(name string) bool { _, ok := r.resolve(name); return ok }

// Kind is what the registry holds one of: "layer", "loss".
func (r *Registry[T]) Kind() string { return r.kind }

// Names lists what is registered, sorted, without aliases.
func (r *Registry[T]) Names() []string {
	names := make([]string, 0, len(r.entries))
	for n := range r.entries {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Aliases lists the other names of the thing called name, sorted.
func (r *Registry[T]) Aliases(name string) []string {
	var out []string
	for a, full := range r.aliases {
		if full == name {
			out = append(out, a)
		}
	}
	sort.Strings(out)
	return out
}

// Describe returns the description of the thing called name, or nil.
func (r *Registry[T]) Describe(name string) *Block {
	t, err := r.New(name)
	if err != nil {
		return nil
	}
	return Describe(t)
}

// Choice is a registry seen without its type: what documentation and completion need of it.
type Choice interface {
	Kind() string
	Has(name string) bool
	Names() []string
	Aliases(name string) []string
	Describe(name string) *Block
}

// maxCompared bounds the names that a misspelt one is compared with, of which ops:: has hundreds, and maxLength its length.
const (
	maxCompared = 1000
	maxLength   = 250
)

// Suggest returns " Did you mean X?" for the nearest of names, or, where none is near, a list of
// them when it is short; else "".
func Suggest(got string, names []string) string {
	best, at := "", 1<<30
	for i, n := range names {
		if i == maxCompared || len(got) > maxLength {
			break
		}
		d := levenshtein.Distance(got, n, nil)
		if letters(got) == letters(n) { // the name of Keras' class
			d = 0
		}
		if d < at || d == at && nearer(got, n, best) {
			best, at = n, d
		}
	}
	if best != "" && at <= max(2, len(got)/3) {
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	if len(names) > 0 && len(names) <= 40 {
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = fmt.Sprintf("%q", n)
		}
		return " There is " + strings.Join(quoted, ", ") + "."
	}
	return ""
}

// letters is a name without what tells snake_case from CamelCase.
func letters(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// nearer tells whether a rather than b was meant, which is as far off: a begins as what was written.
func nearer(got, a, b string) bool {
	begins := func(s string) bool { return got != "" && s != "" && s[0] == got[0] }
	return begins(a) && !begins(b)
}
