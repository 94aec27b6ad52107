package initializer

// WithAxes is i for a weight of which all axes in inputs count inputs and all in outputs count outputs, where i
// scales by their number and does not name the axes itself: what keras/src/layers/core/einsum_dense.py does to the
// initializer of its kernel. Other initializers come back as they are.
func WithAxes(i Initializer, inputs, outputs []int) Initializer {
	if s, ok := i.(interface{ namesAxes() bool }); !ok || s.namesAxes() {
		return i
	}
	return withAxes{i, inputs, outputs}
}

func (s *scaled) namesAxes() bool { return s.inputAxes != nil && s.outputAxes != nil }

type withAxes struct {
	Initializer
	inputs, outputs []int
}

// Fill draws as for a matrix of so many inputs and outputs.
func (w withAxes) Fill(x []float32, shape []int, key Key) error {
	in, err := sizes(shape, w.inputs)
	if err != nil {
		return err
	}
	out, err := sizes(shape, w.outputs)
	if err != nil {
		return err
	}
	return w.Initializer.Fill(x, []int{int(in), int(out)}, key)
}
