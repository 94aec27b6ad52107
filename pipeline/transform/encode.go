package transform

import "github.com/dlrun/dlrun/pipeline/column"

// Indices become vectors in one of three ways (Keras: utils/numerical_utils.py,
// encode_categorical_inputs), where depth is the number of indices:
//
//	one_hot    each index becomes a vector with a 1 in its place; an axis of one index goes away
//	multi_hot  the last axis becomes one vector with a 1 for each index in it
//	count      the same, with how often each index is in it

// encodedField is what a field becomes.
func encodedField(in column.Field, mode string, depth int) column.Field {
	if mode == "int" {
		return in.WithKind(column.Int32)
	}
	out := in.WithKind(column.Float32)
	if !in.Known {
		return out
	}
	shape := append([]int(nil), in.Shape...)
	if len(shape) > 0 && (mode != "one_hot" || shape[len(shape)-1] == 1) {
		shape = shape[:len(shape)-1]
	}
	return in.With(column.Float32, append(shape, depth))
}

// lastAxis is how many indices make one vector with multi_hot and count.
func lastAxis(shape []int) int {
	if len(shape) == 0 {
		return 1
	}
	return max(1, shape[len(shape)-1])
}

// encoder writes indices into vectors.
type encoder struct {
	mode   string
	depth  int
	dst    []float32
	vector int // indices that make a vector
}

func (e *encoder) clear() { clear(e.dst) }

// put writes index n, the i-th of the input; one outside of the vector (a mask) leaves no trace.
func (e *encoder) put(i, n int) {
	if n < 0 || n >= e.depth {
		return
	}
	if e.mode != "one_hot" {
		i /= e.vector
	}
	if e.mode == "count" {
		e.dst[i*e.depth+n]++
		return
	}
	e.dst[i*e.depth+n] = 1
}
