package op

import "fmt"

// Unary is y = f(x), element by element. Fn names f, one of Functions; A, B and C are its
// parameters, where it has any.
type Unary struct {
	Fn      string
	A, B, C float64
}

// Function is what the graph has to know of one function of Unary's: whether its derivative is
// computed from x, from y, from both or from neither. What is not needed need not be kept in memory
// from the forward to the backward pass. The executors keep the formulas.
type Function struct {
	X, Y bool
	// Slope says that the derivative is computed from x, and costs little beside the value: where a plan can have it kept in the place of x,
	// the backward pass need not compute it.
	Slope bool
}

// Functions are the functions that Unary knows, by name. At a kink, the point where two branches
// meet, the derivative is what JAX has, said here where it is not one of the two sides'.
var Functions = map[string]Function{
	"neg":            {},                     // -x
	"abs":            {X: true},              // |x|; derivative 0 at 0
	"square":         {X: true},              // x²
	"sqrt":           {Y: true},              // √x
	"rsqrt":          {Y: true},              // 1/√x
	"reciprocal":     {Y: true},              // 1/x
	"exp":            {Y: true},              // eˣ
	"expm1":          {Y: true},              // eˣ-1
	"log":            {X: true},              // ln x
	"log1p":          {X: true},              // ln(1+x)
	"sign":           {},                     // -1, 0 or 1; derivative 0
	"affine":         {},                     // A·x + B
	"clip":           {X: true},              // min(max(x, A), B); derivative ½ on a bound
	"pow":            {X: true},              // x to the power A
	"sin":            {X: true},              //
	"cos":            {X: true},              //
	"tan":            {Y: true},              //
	"sinh":           {X: true},              //
	"cosh":           {X: true},              //
	"arcsin":         {X: true},              //
	"arccos":         {X: true},              //
	"arctan":         {X: true},              //
	"arcsinh":        {X: true},              //
	"arccosh":        {X: true},              //
	"arctanh":        {X: true},              //
	"cbrt":           {Y: true},              // the cube root
	"erf":            {X: true},              // the error function
	"erfinv":         {Y: true},              // its inverse
	"floor":          {},                     // derivative 0, as of the next three
	"ceil":           {},                     //
	"round":          {},                     // half of a whole goes to the even one
	"trunc":          {},                     //
	"isnan":          {},                     // 1 or 0, as the next two
	"isinf":          {},                     //
	"isfinite":       {},                     //
	"signbit":        {},                     // 1 of negative numbers and of -0, else 0
	"i0":             {X: true},              // the modified Bessel function of order 0
	"relu":           {Y: true},              // max(x, 0); derivative 0 at 0
	"relu6":          {X: true},              // min(max(x, 0), 6); derivative 0 at 0 and at 6
	"leaky_relu":     {X: true},              // x where x ≥ 0, else A·x
	"bent_relu":      {X: true},              // Keras' relu with negative_slope A, max_value B (+Inf for none) and threshold C
	"elu":            {X: true, Y: true},     // x where x > 0, else A·(eˣ-1)
	"selu":           {X: true, Y: true},     // 1.0507·elu(x), with A = 1.6733
	"celu":           {X: true},              // max(x, 0) + A·(e^(min(x, 0)/A) - 1)
	"gelu":           {X: true, Slope: true}, // x·Φ(x), Φ the normal distribution
	"gelu_tanh":      {X: true, Slope: true}, // ½x·(1 + tanh(√(2/π)·(x + 0.044715x³)))
	"sigmoid":        {Y: true},              // 1/(1+e⁻ˣ)
	"tanh":           {Y: true},              //
	"softplus":       {X: true},              // ln(1+eˣ)
	"softsign":       {X: true},              // x/(1+|x|)
	"silu":           {X: true},              // x·sigmoid(x)
	"mish":           {X: true},              // x·tanh(softplus(x))
	"log_sigmoid":    {X: true},              // ln sigmoid(x)
	"hard_sigmoid":   {X: true},              // relu6(x+3)/6
	"hard_silu":      {X: true},              // x·relu6(x+3)/6
	"hard_tanh":      {X: true},              // x cut to [-1, 1]; derivative 1 on the bounds
	"hard_shrink":    {X: true},              // x where |x| > A, else 0
	"soft_shrink":    {X: true},              // x-A above A, x+A below -A, else 0
	"tanh_shrink":    {X: true},              // x - tanh x
	"threshold":      {X: true},              // x where x > A, else B
	"squareplus":     {X: true},              // (x + √(x²+A))/2
	"sparse_plus":    {X: true},              // 0 up to -1, x from 1 on, (x+1)²/4 between
	"sparse_sigmoid": {X: true},              // (x+1)/2 cut to [0, 1]; derivative ¼ on the bounds
}

// Scale is the function A·x.
func Scale(a float64) Unary { return Unary{Fn: "affine", A: a} }

// Kind is "unary".
func (Unary) Kind() string { return "unary" }

// Infer is the input's spec.
func (u Unary) Infer(in []Spec) ([]Spec, error) {
	if _, ok := Functions[u.Fn]; !ok {
		return nil, fmt.Errorf("there is no function %q", u.Fn)
	}
	if in[0].DType == Int32 {
		return nil, fmt.Errorf("%s wants floats, got %v", u.Fn, in[0])
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (Unary) Wrt(n int) []bool { return All(n) }

// Grad is dy·f'(x).
func (u Unary) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	f := Functions[u.Fn]
	args := make([]*Node, 0, 3)
	if f.X {
		args = append(args, in[0])
	}
	if f.Y {
		args = append(args, y)
	}
	return []*Node{g.Apply(UnaryGrad{u}, append(args, dy)...)}
}

// UnaryGrad is dy times the derivative. Its inputs are x and y, as far as the function needs them,
// and dy.
type UnaryGrad struct{ Unary }

// Kind is "unary.grad".
func (UnaryGrad) Kind() string { return "unary.grad" }

// Infer is the spec of dy.
func (UnaryGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[len(in)-1]}, nil }

// Wrt hides the gradient rule of the embedded Unary: there are no second derivatives.
func (UnaryGrad) Wrt(n int) []bool { return make([]bool, n) }
