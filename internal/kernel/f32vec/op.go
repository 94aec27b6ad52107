package f32vec

// op names a vector kernel.
type op int

const (
	opNone op = iota // there is no vector kernel
	opExp
	opExpm1
	opLog
	opTanh
	opSigmoid
	opErf
)
