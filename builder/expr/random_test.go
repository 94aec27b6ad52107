package expr

import (
	"hash/fnv"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

// compileX compiles an expression of one input x, [batch, 4].
func compileX(t *testing.T, text string) (Compiled, hcl.Diagnostics) {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(text), "x.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	leaf := Leaf(0, "x", shape.Of(4))
	return Compile(e, &hcl.EvalContext{Variables: map[string]cty.Value{"x": cty.StringVal("x")}}, func(v cty.Value) (*Tensor, bool) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() == "x" {
			return leaf, true
		}
		return nil, false
	})
}

// TestRandom draws, and checks what must be true of the numbers; each has the same bits for any workers.
func TestRandom(t *testing.T) {
	for _, text := range []string{
		`ops::all(random::uniform([50], { minval = 2, maxval = 3 }) >= 2 && random::uniform([50], { minval = 2, maxval = 3 }) < 3)`,
		`ops::abs(ops::mean(random::normal([40, 50], { mean = 3, stddev = 0.5 })) - 3) < 0.05`,
		`ops::abs(ops::std(random::normal([40, 50], { mean = 3, stddev = 0.5 })) - 0.5) < 0.05`,
		`ops::max(ops::abs(random::truncated_normal([2000]))) <= 2`,
		`ops::std(random::truncated_normal([2000])) > 0.8`,
		`ops::all(random::randint([200], -2, 3) >= -2 && random::randint([200], -2, 3) <= 2)`,
		`ops::min(random::randint([200], -2, 3)) == -2 && ops::max(random::randint([200], -2, 3)) == 2`,
		`ops::abs(ops::mean(random::gamma([2000], 3)) - 3) < 0.2`,
		`ops::abs(ops::mean(random::beta([2000], 2, 6)) - 0.25) < 0.02`,
		`ops::abs(ops::mean(random::beta([2000], 2, 2)) - 0.5) < 0.02 && ops::std(random::beta([2000], 2, 2)) > 0.1`,
		`ops::abs(ops::mean(random::binomial([2000], 10, 0.3)) - 3) < 0.1`,
		`ops::all(random::categorical(ops::zeros([null, 3]) + [0, 30, 0], 7) == 1)`,
		`ops::abs(ops::mean(random::dropout(ops::ones([null, 5000]), 0.4)) - 1) < 0.05`,
		`[for d in [random::dropout(ops::ones([null, 50]), 0.5)] : ops::all(d == 0 || d == 2) && ops::any(d == 0) && ops::any(d == 2)][0]`,
		`ops::all(ops::sort(random::shuffle(x, { axis = 1 })) == ops::sort(x))`,
		`ops::abs(ops::sum(random::shuffle(x)) - ops::sum(x)) < 0.00001`,
		`ops::all(random::normal([9], { seed = 4 }) == random::normal([9], { seed = 4 }))`,
		`ops::any(random::normal([9], { seed = 4 }) != random::normal([9], { seed = 5 }))`,
		`ops::any(random::normal([9]) != random::normal([9]))`,
		`ops::all(ops::image::elastic_transform(ops::reshape(x, [null, 2, 2, 1]), { alpha = 0 }) == ops::reshape(x, [null, 2, 2, 1]))`,
		`[for e in [ops::image::elastic_transform(ops::reshape(ops::tile(x, [1, 16]), [null, 8, 8, 1]), { sigma = 1.5 })] : ops::max(e) <= ops::max(x) + 0.00001 && ops::min(e) >= ops::min(x) - 0.00001 && ops::any(e != ops::reshape(ops::tile(x, [1, 16]), [null, 8, 8, 1]))][0]`,
		`ops::all(ops::empty([null, 2]) == ops::zeros([null, 2])) && ops::all(ops::empty_like(x) == 0)`,
		`ops::shape(x)[1] == 4 && ops::ndim(x) == 2 && ops::dtype(x) == "float32" && ops::size(ops::ones([2, 3])) == 6 && ops::is_tensor(x) && !ops::is_tensor(3) ? x == x : x != x`,
		`ops::all(ops::saturate_cast(x, "int32") == 0)`,
		`x == ops::reshape(x, [ops::shape(x)[0], ops::shape(x)[1]])`,
	} {
		t.Run(text, func(t *testing.T) {
			got, diags := compileX(t, text)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			y := got.Tensors[0]
			optest.Check(t, optest.Case{
				Name: text, In: []optest.Arg{optest.Floats(3, 4).From(-0.9, 0.9)}, NoGrad: []int{0},
				Build: func(g *op.Graph, in []*op.Node) []*op.Node {
					s := &Scope{Graph: g, Batch: 3, Anchor: in[0], Leaf: func(any) *op.Node { return in[0] }, Random: func(purpose string) uint64 {
						h := fnv.New64a()
						h.Write([]byte(purpose))
						return h.Sum64()
					}}
					return []*op.Node{s.Build(reduce("min", y.as(Bool), axesOf(y), false).Whole())}
				},
				Want: func([]optest.Tensor) [][]float64 { return [][]float64{{1}} },
			})
		})
	}
}

func axesOf(t *Tensor) []int {
	out := make([]int, len(t.Shape))
	for i := range out {
		out[i] = i
	}
	return out
}

// TestRefused are expressions that cannot be, and where the mistake is said to be.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`x + [1, 2, 3]`:                              "x.hcl:1,1-14: Invalid expression; +: the shapes do not fit together: axis 1 is 4 in one and 3 in the other (x, of shape [batch, 4]; shape [3] int32).",
		`2 * ops::sum(x, { axis = [1, 1] })`:         "x.hcl:1,26-32: Invalid expression; ops::sum: axis 1 is given twice.",
		`ops::concatenate([x, ops::ones([2])])`:      "x.hcl:1,1-38: Invalid expression; ops::concatenate: tensors of 2 and 1 axes cannot be joined: x, of shape [batch, 4]; shape [2].",
		`ops::sum()`:                                 `x.hcl:1,1-11: Missing argument; ops::sum needs the argument "x": ops::sum(x, axis=None, keepdims=False).`,
		`ops::sum(x, 1, true, 4)`:                    "x.hcl:1,22-23: Too many arguments; ops::sum takes 3 arguments: x, axis=None, keepdims=False.",
		`ops::sum(x, 1, { axis = 1 })`:               `x.hcl:1,25-26: Argument given twice; "axis" is the argument number 2 of ops::sum, which is given there already.`,
		`ops::sum(x, { keepdims = 1 })`:              `x.hcl:1,26-27: Invalid expression; ops::sum: true or false is wanted for "keepdims", got 1.`,
		`ops::sum(x, { axis = x })`:                  `x.hcl:1,22-23: Invalid expression; ops::sum: "axis" must be known when the model is made; it cannot be computed by it.`,
		`random::normal([null, 3])`:                  "x.hcl:1,16-25: Invalid expression; random::normal: the shape is of one example: without the batch, of known numbers.",
		`random::uniform([3], 2, 1)`:                 "x.hcl:1,25-26: Invalid expression; random::uniform: maxval 1 is below minval 2.",
		`ops::einsum("bi,bj->bk", x, x)`:             `x.hcl:1,13-24: Invalid expression; ops::einsum: the axis 'k' of the result is in none of the tensors, or is there twice.`,
		`ops::take(x, 4, { axis = 1 })`:              "x.hcl:1,1-30: Invalid expression; ops::take: the index 4 lies outside an axis of 4 elements.",
		`x[9.5]`:                                     "x.hcl:1,1-7: Invalid expression; The index: a tensor is indexed by whole numbers along its first axis, the batch; along another axis by ops::take(x, i, { axis = 1 }).",
		`x + 1/0`:                                    "x.hcl:1,5-8: Invalid expression; +: the number is infinite (it was divided by 0?).",
		`x + "a"`:                                    `x.hcl:1,5-8: Invalid expression; +: a tensor or a number is wanted, got "a".`,
		`x + null`:                                   "x.hcl:1,5-9: Invalid expression; +: a tensor or a number is wanted, got null.",
		`ops::matmul(x, ops::ones([3, 2]))`:          "x.hcl:1,1-34: Invalid expression; ops::matmul: matrices of 4 columns and 3 rows cannot be multiplied (x, of shape [batch, 4]; shape [3, 2]).",
		`ops::zeros([1000000, 1000000])`:             "x.hcl:1,12-30: Invalid expression; ops::zeros: the shape [1000000, 1000000] has more than 2147483647 elements.",
		`ops::arange(100000000)`:                     "x.hcl:1,1-23: Invalid expression; ops::arange: 1e+08 elements; a constant has at most 1000000.",
		`ops::flip(x, { axis = 2 })`:                 "x.hcl:1,23-24: Invalid expression; ops::flip: axis 2 does not exist: with the batch there are 2.",
		`ops::stack([x, x], { axis = -4 })`:          "x.hcl:1,29-31: Invalid expression; ops::stack: axis -4 does not exist: with the batch there are 3.",
		`ops::rearrange(x, "b (h w) -> b w h")`:      `x.hcl:1,19-37: Invalid expression; ops::rearrange: the sizes of both "h" and "w" are not known: give one of them.`,
		`ops::rearrange(x, "b c -> c b", { d = 2 })`: `x.hcl:1,39-40: Invalid expression; ops::rearrange: the pattern has no axis "d".`,
		`ops::conv(x, ops::ones([2, 2]))`:            "x.hcl:1,11-12: Invalid expression; ops::conv: one to three axes between the batch and the channels are wanted, got x, of shape [batch, 4].",
		`ops::inv(x)`:                                "x.hcl:1,10-11: Invalid expression; ops::inv: axis 0 is the batch, which cannot be taken apart.",
		`ops::image::resize(x, [2, 2])`:              "x.hcl:1,20-21: Invalid expression; ops::image::resize: an image of three axes or a batch of four is wanted, got x, of shape [batch, 4].",
		`ops::bitwise_and(x, 1)`:                     `x.hcl:1,18-19: Invalid expression; ops::bitwise_and: whole numbers are wanted; ops::cast(x, "int32") makes them so.`,
		`ops::quantile(x, 2, { axis = 1 })`:          "x.hcl:1,18-19: Invalid expression; ops::quantile: a share from 0 to 1 is wanted, got 2.",
	} {
		got, diags := compileX(t, text)
		s := ""
		if len(diags) > 0 {
			s = diags[0].Error()
		}
		if s != want {
			t.Errorf("%s:\n got  %s\n want %s (%v)", text, s, want, got.Known)
		}
	}
}
