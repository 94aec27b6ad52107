package op

// StopGradient is its input, through which no gradient flows.
type StopGradient struct{}

// Kind is "stop_gradient".
func (StopGradient) Kind() string { return "stop_gradient" }

// AliasOf says that no data moves.
func (StopGradient) AliasOf() int { return 0 }

// Infer is the input's spec.
func (StopGradient) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0]}, nil }
