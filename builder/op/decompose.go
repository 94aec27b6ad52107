package op

import "fmt"

// Decompose takes each matrix of a [batch, m, n] apart; what comes out lies one after the other in a row of [batch, Size]:
//
//   - "cholesky": the lower triangle L, m by m, with L·Lᵀ = (a + aᵀ)/2; NaN where there is none
//   - "lu": L below the diagonal and U, m by m, then for each row with which later one it was exchanged, m numbers
//   - "qr": Q, m by q, and R, q by n; q is the smaller of m and n, with Full m
//   - "eigh": the m eigenvalues of (a + aᵀ)/2, smallest first, then the vectors as columns
//   - "svd": U, the singular values, largest first, and Vᵀ; with Full both matrices are square
//   - "pinv": the pseudoinverse, n by m; singular values up to Rcond times the largest count as 0
type Decompose struct {
	Fn    string
	Full  bool
	Rcond float64
}

// Kind is "decompose".
func (Decompose) Kind() string { return "decompose" }

// Size is how many numbers come out of a matrix of m by n; 0 where Fn wants a square one.
func (o Decompose) Size(m, n int) int {
	p := min(m, n)
	square := o.Fn == "cholesky" || o.Fn == "lu" || o.Fn == "eigh"
	switch {
	case square && m != n:
		return 0
	case o.Fn == "cholesky":
		return m * m
	case square:
		return m*m + m
	case o.Fn == "pinv":
		return m * n
	case o.Fn == "qr" && o.Full:
		return m*m + m*n
	case o.Fn == "qr":
		return m*p + p*n
	case o.Fn == "svd" && o.Full:
		return m*m + p + n*n
	case o.Fn == "svd":
		return m*p + p + p*n
	}
	return 0
}

// Infer checks the shape.
func (o Decompose) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if len(s) != 3 || in[0].DType == Int32 || s[1] < 1 || s[2] < 1 || o.Size(s[1], s[2]) == 0 {
		return nil, fmt.Errorf("%s of %v", o.Fn, in[0])
	}
	return []Spec{in[0].With(s[0], o.Size(s[1], s[2]))}, nil
}

// Wrt is true but for Full forms: what they add to the matrices is not unique.
func (o Decompose) Wrt(int) []bool { return []bool{!o.Full} }

// Grad is one node.
func (o Decompose) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	return []*Node{g.Apply(DecomposeGrad{o}, in[0], y, dy)}
}

// DecomposeGrad is (a, y, dy) -> da.
type DecomposeGrad struct{ Decompose }

// Kind is "decompose.grad".
func (DecomposeGrad) Kind() string { return "decompose.grad" }

// Infer is a's spec.
func (DecomposeGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0]}, nil }

// Wrt hides the gradient rule of the embedded Decompose: there are no second derivatives.
func (DecomposeGrad) Wrt(n int) []bool { return make([]bool, n) }

// Solve is (a [batch, n, n], b [batch, n, k]) -> x with a·x = b for each pair, or with TransA aᵀ·x = b. Triangle "lower" or
// "upper" says that a is triangular: its other elements are not looked at.
type Solve struct {
	Triangle string
	TransA   bool
}

// Kind is "solve".
func (Solve) Kind() string { return "solve" }

// Infer is b's spec.
func (o Solve) Infer(in []Spec) ([]Spec, error) {
	a, b := in[0].Shape, in[1].Shape
	if len(a) != 3 || len(b) != 3 || a[0] != b[0] || a[1] != a[2] || a[1] != b[1] || in[0].DType != in[1].DType || in[0].DType == Int32 {
		return nil, fmt.Errorf("equations of matrices %v with right sides %v", in[0], in[1])
	}
	return []Spec{in[1]}, nil
}

// Wrt is true for both.
func (Solve) Wrt(n int) []bool { return All(n) }

// Grad is db = a⁻ᵀ·dx and da = -db·xᵀ, in a's triangle.
func (o Solve) Grad(g *Graph, in []*Node, x, dx *Node) []*Node {
	back := o
	back.TransA = !o.TransA
	db := g.Apply(back, in[0], dx)
	da := g.Apply(MatMul{TransB: true}, db, x)
	if o.TransA {
		da = g.Apply(MatMul{TransB: true}, x, db)
	}
	if g.Err() != nil {
		return nil
	}
	n := in[0].Shape()[1]
	mask := make([]float64, n*n)
	for i := range n {
		for j := range n {
			if o.Triangle == "" || o.Triangle == "lower" && j <= i || o.Triangle == "upper" && j >= i {
				mask[i*n+j] = -1
			}
		}
	}
	m := g.Apply(Constant{Shape: []int{n, n}, Values: mask, To: SpecOf(in[0]).DType}, in[0])
	return []*Node{g.Apply(Binary{"mul"}, da, m), db}
}
