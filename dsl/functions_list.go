package dsl

import "strings"

// Function describes a function that an expression may call.
type Function struct {
	Name        string
	Signature   string // as it is called: join(separator, lists...)
	Description string // one sentence; "" where the name says it
}

// Functions lists what an expression may call, by name.
func Functions() []Function {
	table := functions(place{}, new(Module), &loader{work: new(work)})
	var out []Function
	for _, name := range sortedKeys(table) {
		f := table[name]
		var args []string
		for _, p := range f.Params() {
			args = append(args, p.Name)
		}
		if p := f.VarParam(); p != nil {
			args = append(args, p.Name+"...")
		}
		out = append(out, Function{Name: name, Signature: name + "(" + strings.Join(args, ", ") + ")", Description: f.Description()})
	}
	return out
}
