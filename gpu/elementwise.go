package gpu

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindUnary, "Fn", "A", "B", "C")
	_ = register(bindUnaryGrad, "Fn", "A", "B", "C")
	_ = register(bindBinary, "Fn")
	_ = register(bindBinaryGrad, "Fn")
	_ = register(bindBroadcastTo, "To")
	_ = register(bindCast, "To")
	_ = register(bindCompare, "Fn", "To")
	_ = register(bindNotEqual, "Value", "To")
	_ = register(bindWhere)
	_ = register(bindWhereGrad)
	_ = register(bindConstant, "Values", "Shape", "To")
)

// functions are those of op.Unary, by the number that elementwise.cu gives them.
var functions = []string{
	"neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "log", "log1p", "sign", "affine", "clip", "pow", "sin", "cos", "tan", "sinh",
	"cosh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "cbrt", "erf", "erfinv", "floor", "ceil", "round", "trunc", "isnan", "isinf",
	"isfinite", "relu", "relu6", "leaky_relu", "bent_relu", "elu", "selu", "celu", "gelu", "gelu_tanh", "sigmoid", "tanh", "softplus", "softsign",
	"silu", "mish", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "threshold", "squareplus",
	"sparse_plus", "sparse_sigmoid", "signbit", "i0",
}

// binaries are those of op.Binary, relations those of op.Compare, in the same way.
var (
	binaries  = []string{"add", "sub", "mul", "div", "max", "min", "pow", "mod", "floor_divide", "arctan2", "nextafter", "gammainc", "and", "or", "xor", "left", "right", "gcd"}
	relations = []string{"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
)

// number is the index of a function's name.
func (b *Bound) number(list []string, name string) (int32, error) {
	i := slices.Index(list, name)
	if i < 0 {
		return 0, b.unsupported("function %q", name)
	}
	return int32(i), nil
}

type unaryParams struct {
	x, y, dy, out Ptr
	n             int64
	fn            int32
	a, b, c       float32
}

func bindUnary(d op.Unary, b *Bound) error {
	fn, err := b.number(functions, d.Fn)
	n := b.Out[0].Elems()
	each(b, "unary", n, unaryParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, n: int64(n), fn: fn, a: float32(d.A), b: float32(d.B), c: float32(d.C)})
	return err
}

func bindUnaryGrad(d op.UnaryGrad, b *Bound) error {
	fn, err := b.number(functions, d.Fn)
	n := b.Out[0].Elems()
	p := unaryParams{dy: b.In[len(b.In)-1].Ptr, out: b.Out[0].Ptr, n: int64(n), fn: fn, a: float32(d.A), b: float32(d.B), c: float32(d.C)}
	k := 0
	if op.Functions[d.Fn].X {
		p.x, k = b.In[0].Ptr, 1
	}
	if op.Functions[d.Fn].Y {
		p.y = b.In[k].Ptr
	}
	each(b, "unary_grad", n, p)
	return err
}

// rank is the most axes that kernels index by, after neighbours were joined.
const rank = 6

// stretch is where the elements of a result lie in up to three inputs.
type stretch struct {
	stride [3][rank]int64
	size   [rank]int32
}

// axes are the axes of a result with the strides of inputs along them, neighbours joined where that changes nothing.
type axes struct {
	size    []int
	strides [][]int // by input
}

// strideOf are the strides of a dense value of a shape.
func strideOf(shape []int) []int {
	out := make([]int, len(shape))
	s := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = s
		s *= shape[i]
	}
	return out
}

// joinAxes drops axes of 1 and joins neighbours.
func joinAxes(size []int, strides ...[]int) axes {
	a := axes{strides: make([][]int, len(strides))}
	for i, n := range size {
		if n == 1 {
			continue
		}
		last := len(a.size) - 1
		joins := last >= 0
		for k := range strides {
			joins = joins && a.strides[k][last] == strides[k][i]*n
		}
		if joins {
			a.size[last] *= n
			for k := range strides {
				a.strides[k][last] = strides[k][i]
			}
			continue
		}
		a.size = append(a.size, n)
		for k := range strides {
			a.strides[k] = append(a.strides[k], strides[k][i])
		}
	}
	return a
}

// stretched are the axes of a result over inputs of shapes that stretch to it as in NumPy.
func stretched(to []int, from ...[]int) axes {
	strides := make([][]int, len(from))
	for k, shape := range from {
		own := strideOf(shape)
		strides[k] = make([]int, len(to))
		lead := len(to) - len(shape)
		for i := range shape {
			if shape[i] != 1 {
				strides[k][lead+i] = own[i]
			}
		}
	}
	return joinAxes(to, strides...)
}

func (b *Bound) stretch(a axes) (stretch, error) {
	var s stretch
	if len(a.size) > rank {
		return s, b.unsupported("%d axes that cannot be joined, the kernels know %d", len(a.size), rank)
	}
	for i := range s.size {
		s.size[i] = 1
	}
	lead := rank - len(a.size)
	for i, n := range a.size {
		s.size[lead+i] = int32(n)
		for k := range a.strides {
			s.stride[k][lead+i] = int64(a.strides[k][i])
		}
	}
	return s, nil
}

type binaryParams struct {
	a, b, out, dy, db Ptr
	n                 int64
	at                stretch
	fn, ints, same, _ int32
}

func (b *Bound) binary(kernel string, fn int32, to []int) error {
	at, err := b.stretch(stretched(to, b.In[0].Shape, b.In[1].Shape))
	if err != nil {
		return err
	}
	n := op.Spec{Shape: to}.Elems()
	p := binaryParams{a: b.In[0].Ptr, b: b.In[1].Ptr, out: b.Out[0].Ptr, n: int64(n), at: at, fn: fn}
	if b.In[0].DType == op.Int32 {
		p.ints = 1
	}
	if b.In[0].Elems() == n && b.In[1].Elems() == n {
		p.same = 1
	}
	if len(b.In) > 2 {
		p.dy, p.db = b.In[2].Ptr, b.Out[1].Ptr
	}
	each(b, kernel, n, p)
	return nil
}

func bindBinary(d op.Binary, b *Bound) error {
	fn, err := b.number(binaries, d.Fn)
	if err != nil {
		return err
	}
	return b.binary("binary", fn, b.Out[0].Shape)
}

func bindBinaryGrad(d op.BinaryGrad, b *Bound) error {
	fn, err := b.number(binaries, d.Fn)
	if err != nil {
		return err
	}
	return b.binary("binary_grad", fn, b.In[2].Shape)
}

// addGradients is Gorgonia's own addition.
func addGradients(b *Bound) {
	n := b.Out[0].Elems()
	each(b, "binary", n, binaryParams{a: b.In[0].Ptr, b: b.In[1].Ptr, out: b.Out[0].Ptr, n: int64(n), same: 1})
}

func bindCompare(d op.Compare, b *Bound) error {
	fn, err := b.number(relations, d.Fn)
	if err != nil {
		return err
	}
	return b.binary("compare", fn, b.Out[0].Shape)
}

type moveParams struct {
	x, out   Ptr
	n, first int64
	at       stretch
}

// move copies elements of 32 bits: element i of the result, whose axes are a's, from place first + i's place in x.
func (b *Bound) move(out, x Mem, a axes, first int) error {
	at, err := b.stretch(a)
	if err != nil {
		return err
	}
	n := 1
	for _, s := range a.size {
		n *= s
	}
	each(b, "move", n, moveParams{x.Ptr, out.Ptr, int64(n), int64(first), at})
	return nil
}

// scatter copies the other way: element i of x, whose axes are a's, to place first + i's place in out.
func (b *Bound) scatter(out, x Mem, a axes, first int) error {
	at, err := b.stretch(a)
	if err != nil {
		return err
	}
	n := 1
	for _, s := range a.size {
		n *= s
	}
	each(b, "scatter", n, moveParams{x.Ptr, out.Ptr, int64(n), int64(first), at})
	return nil
}

func bindBroadcastTo(_ op.BroadcastTo, b *Bound) error {
	return b.move(b.Out[0], b.In[0], stretched(b.Out[0].Shape, b.In[0].Shape), 0)
}

type fillParams struct {
	out  Ptr
	n    int64
	bits uint32
	_    uint32
}

// fill sets all elements to 32 bits.
func (b *Bound) fill(out Ptr, n int, bits uint32) {
	each(b, "fill", n, fillParams{out: out, n: int64(n), bits: bits})
}

type castParams struct {
	x, out   Ptr
	n        int64
	toInt, _ int32
}

func bindCast(_ op.Cast, b *Bound) error {
	n := b.Out[0].Elems()
	p := castParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, n: int64(n)}
	if b.Out[0].DType == op.Int32 {
		p.toInt = 1
	}
	each(b, "cast", n, p)
	return nil
}

func bindNotEqual(d op.NotEqual, b *Bound) error {
	n := b.Out[0].Elems()
	bits := math.Float32bits(float32(d.Value))
	p := binaryParams{a: b.In[0].Ptr, out: b.Out[0].Ptr, n: int64(n), fn: int32(slices.Index(relations, "not_equal"))}
	if b.In[0].DType == op.Int32 {
		if d.Value != math.Trunc(d.Value) || math.Abs(d.Value) > math.MaxInt32 {
			return b.unsupported("a comparison of integers with %v", d.Value)
		}
		p.ints, bits = 1, uint32(int32(d.Value))
	}
	p.b = b.data(bytesOf(&bits))
	at, err := b.stretch(stretched([]int{n}, []int{n}, []int{1}))
	p.at = at
	each(b, "compare", n, p)
	return err
}

func bindConstant(d op.Constant, b *Bound) error {
	var bytes []byte
	for _, v := range d.Values {
		bits := math.Float32bits(float32(v))
		if b.Out[0].DType == op.Int32 {
			bits = uint32(int32(v))
		}
		bytes = append(bytes, bytesOf(&bits)...)
	}
	if len(d.Values) == 1 {
		b.fill(b.Out[0].Ptr, b.Out[0].Elems(), binary.LittleEndian.Uint32(bytes))
		return nil
	}
	shape := []int{len(d.Values)}
	return b.move(b.Out[0], Mem{Ptr: b.data(bytes)}, stretched(shape, shape), 0)
}

type whereParams struct {
	c, a, b, out, dy, da, db Ptr
	n                        int64
	at                       stretch
}

func bindWhere(_ op.Where, b *Bound) error {
	at, err := b.stretch(stretched(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape, b.In[2].Shape))
	n := b.Out[0].Elems()
	each(b, "where", n, whereParams{c: b.In[0].Ptr, a: b.In[1].Ptr, b: b.In[2].Ptr, out: b.Out[0].Ptr, n: int64(n), at: at})
	return err
}

func bindWhereGrad(_ op.WhereGrad, b *Bound) error {
	at, err := b.stretch(stretched(b.In[1].Shape, b.In[0].Shape))
	n := b.In[1].Elems()
	each(b, "where_grad", n, whereParams{c: b.In[0].Ptr, dy: b.In[1].Ptr, da: b.Out[0].Ptr, db: b.Out[1].Ptr, n: int64(n), at: at})
	return err
}
