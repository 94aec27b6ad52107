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

// act names the vector kernel of an activation function, and of its gradient.
type act int

const (
	actClip act = iota
	actBelow
	actHardSigmoid
	actHardSilu
	actSigmoid
	actTanh
)
