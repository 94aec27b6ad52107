package gpu

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/gpu/kernels"
)

// TestKernelsAreThere binds examples of operations and looks for what they launch among the kernels' PTX, each with the size of its parameter.
func TestKernelsAreThere(t *testing.T) {
	sizes := map[string]int{}
	for _, im := range kernels.Images() {
		m, err := im.Parameters()
		if err != nil {
			t.Fatal(err)
		}
		if len(m) == 0 {
			t.Errorf("%s.ptx has no kernels", im.Name)
		}
		for name, n := range m {
			sizes[name] = n
		}
	}
	f := func(shape ...int) op.Spec { return op.Spec{Shape: shape, DType: op.Float32} }
	i := func(shape ...int) op.Spec { return op.Spec{Shape: shape, DType: op.Int32} }
	window := op.Window{Size: [2]int{3, 3}, Strides: [2]int{1, 1}}
	for _, c := range []struct {
		def op.Def
		in  []op.Spec
	}{
		{op.Dense{Bias: true, Relu: true}, []op.Spec{f(4, 3), f(3, 2), f(2)}},
		{op.Dense{}, []op.Spec{f(4, 30000), f(30000, 2)}},
		{op.DenseGrad{Dense: op.Dense{Bias: true, Relu: true}}, []op.Spec{f(4000, 3), f(3, 2), f(4000, 2), f(4000, 2)}},
		{op.Unary{Fn: "gelu"}, []op.Spec{f(5)}},
		{op.UnaryGrad{Unary: op.Unary{Fn: "gelu"}}, []op.Spec{f(5), f(5)}},
		{op.Binary{Fn: "add"}, []op.Spec{f(5, 1), f(1, 7)}},
		{op.Reduce{Fn: "sum", Axes: []int{1}}, []op.Spec{f(5, 100000)}},
		{op.Reduce{Fn: "max", Axes: []int{0}}, []op.Spec{f(100000, 5)}},
		{op.Crossentropy{Axis: 1, Sparse: true}, []op.Spec{i(5), f(5, 3)}},
		{op.Softmax{Axis: 1}, []op.Spec{f(5, 3)}},
		{op.Dropout{Rate: 0.5}, []op.Spec{f(5, 3)}},
		{op.Dropout{Rate: 0.5, Noise: []int{5, 1}}, []op.Spec{f(5, 3)}},
		{op.LossReduce{By: "sum"}, []op.Spec{f(5)}},
		{op.PointLoss{Fn: "hinge", Axis: 1}, []op.Spec{f(5, 3), f(5, 3)}},
		{op.SumSquares{Scale: 1}, []op.Spec{f(5, 3)}},
		{op.Conv2D{Window: window, Groups: 1}, []op.Spec{f(2, 9, 9, 8), f(3, 3, 8, 6)}},
		{op.Conv2D{Window: window, Groups: 8}, []op.Spec{f(2, 9, 9, 8), f(3, 3, 1, 8)}},
		{op.Conv2DGrad{Conv2D: op.Conv2D{Window: window, Groups: 1}}, []op.Spec{f(2, 9, 9, 8), f(3, 3, 8, 6), f(2, 7, 7, 6), f(2, 7, 7, 6)}},
		{op.Conv2DGrad{Conv2D: op.Conv2D{Window: window, Groups: 8}}, []op.Spec{f(2, 9, 9, 8), f(3, 3, 1, 8), f(2, 7, 7, 8), f(2, 7, 7, 8)}},
		{op.MaxPool2D{Window: window}, []op.Spec{f(2, 9, 9, 8)}},
		{op.AvgPool2D{Window: window}, []op.Spec{f(2, 9, 9, 8)}},
		{op.MaxPool2DGrad{Window: window, X: []int{2, 9, 9, 8}}, []op.Spec{i(2, 7, 7, 8), f(2, 7, 7, 8)}},
		{op.AvgPool2DGrad{Window: window, X: []int{2, 9, 9, 8}}, []op.Spec{f(2, 7, 7, 8)}},
		{op.BatchNorm{Axis: 1}, []op.Spec{f(5, 3), f(3), f(3)}},
		{op.BatchNormGrad{BatchNorm: op.BatchNorm{Axis: 1}}, []op.Spec{f(5, 3), f(3), f(3), f(5, 3)}},
		{op.LayerNorm{Axes: []int{1}}, []op.Spec{f(5, 3)}},
		{op.LayerNormGrad{LayerNorm: op.LayerNorm{Axes: []int{1}}}, []op.Spec{f(5, 3), f(5), f(5), f(5, 3)}},
		{op.Embedding{}, []op.Spec{i(5), f(9, 3)}},
		{op.EmbeddingGrad{Rows: 9}, []op.Spec{i(5), f(5, 3)}},
		{op.OneHot{Classes: 3, To: op.Float32}, []op.Spec{i(5)}},
		{op.Transpose{Perm: []int{1, 0}}, []op.Spec{f(5, 3)}},
		{op.Concat{Axis: 1}, []op.Spec{f(5, 3), f(5, 2)}},
		{op.Attention{Scale: 1, Sight: op.Sight{Rate: 0.1}}, []op.Spec{f(2, 3, 4, 5), f(2, 3, 2, 5), f(2, 3, 2, 6)}},
		{op.AttentionGrad{Attention: op.Attention{Scale: 1}}, []op.Spec{f(2, 3, 4, 5), f(2, 3, 2, 5), f(2, 3, 2, 6), f(2, 3, 4, 6), f(2, 4, 3), f(2, 3, 4, 6)}},
		{op.LSTM{}, []op.Spec{f(2, 3, 4), f(5, 20), f(4, 20)}},
		{op.LSTMGrad{}, []op.Spec{f(2, 3, 4), f(5, 20), f(4, 20), f(2, 3, 20), f(2, 3, 5), f(2, 3, 5), f(2, 1, 5)}},
		{op.GRU{ResetAfter: true}, []op.Spec{f(2, 3, 4), f(5, 15), f(4, 15)}},
		{op.GRUGrad{GRU: op.GRU{ResetAfter: true}}, []op.Spec{f(2, 3, 4), f(5, 15), f(4, 15), f(2, 3, 15), f(2, 3, 5), f(2, 3, 5), f(2, 1, 5)}},
		{op.MatMul{}, []op.Spec{f(4, 5, 3), f(4, 3, 2)}},
		{op.MatMul{TransA: true}, []op.Spec{f(4, 3, 5), f(4, 3, 2)}},
		{op.MatMul{TransA: true, TransB: true}, []op.Spec{f(4, 3, 5), f(4, 2, 3)}},
		{op.SimpleRNN{}, []op.Spec{f(2, 3, 4), f(5, 5), f(4, 5)}},
		{op.GRU{Recurrent: op.Recurrent{Dropout: true}}, []op.Spec{f(2, 3, 4), f(5, 15), f(4, 15), f(3, 2, 5)}},
		{op.GRUGrad{GRU: op.GRU{Recurrent: op.Recurrent{Dropout: true}}}, []op.Spec{f(2, 3, 4), f(5, 15), f(4, 15), f(3, 2, 5), f(2, 3, 15), f(2, 3, 5), f(2, 3, 5), f(2, 1, 5)}},
		{op.Gather{}, []op.Spec{f(5, 3), i(4)}},
		{op.GatherGrad{Shape: []int{5, 3}}, []op.Spec{i(4), f(4, 3)}},
		{op.Scatter{Dims: []int{5}, Fn: "add"}, []op.Spec{f(5, 3), i(4, 1), f(4, 3)}},
		{op.ScatterGrad{Scatter: op.Scatter{Dims: []int{5}, Fn: "max"}}, []op.Spec{f(5, 3), i(4, 1), f(4, 3), f(5, 3), f(5, 3)}},
		{op.Sort{}, []op.Spec{f(5, 30)}},
		{op.Scan{Fn: "cumprod"}, []op.Spec{f(5, 3)}},
		{op.ScanGrad{Scan: op.Scan{Fn: "cumprod"}}, []op.Spec{f(5, 3), f(5, 3)}},
		{op.ArgReduce{Fn: "argmax"}, []op.Spec{f(5, 3)}},
		{op.Resize{To: 7, Method: "bicubic"}, []op.Spec{f(5, 3)}},
		{op.Rotary{Features: 1, Frequencies: []float64{1, 2}}, []op.Spec{f(5, 4)}},
		{op.Sparsemax{Axis: 1}, []op.Spec{f(5, 4)}},
		{op.Fourier{}, []op.Spec{f(5, 2, 4)}},
		{op.Random{Fn: "normal", Shape: []int{5}, To: op.Float32}, []op.Spec{f(1)}},
		{op.CTC{}, []op.Spec{i(2, 3), f(2, 5, 4)}},
		{op.Circle{Gamma: 1}, []op.Spec{i(3), f(3, 3)}},
		{op.CircleGrad{Circle: op.Circle{Gamma: 1}}, []op.Spec{i(3), f(3, 3), f(3)}},
		{op.Lamb{}, []op.Spec{f(5), f(5), f(4), f(5), f(5)}},
		{op.Adafactor{}, []op.Spec{f(5, 3), f(5, 3), f(3), f(5), f(3)}},
		{op.Assign{}, []op.Spec{f(5), f(5)}},
		{op.Lookahead{At: 1}, []op.Spec{f(5), f(5), f(4), f()}},
		{op.NormLimit{Axes: []int{0}}, []op.Spec{f(5, 3)}},
		{op.Finite{}, []op.Spec{f(5), f(7)}},
		{op.Unscale{}, []op.Spec{f(5), f(), f()}},
		{op.AdditiveAttention{}, []op.Spec{f(2, 3, 4), f(2, 5, 4), f(2, 5, 6), f(4)}},
		{op.AdditiveAttentionGrad{}, []op.Spec{f(2, 3, 6), f(2, 3), f(2, 3, 6), f(2, 3, 4), f(2, 5, 4), f(2, 5, 6), f(4)}},
	} {
		outs, err := c.def.Infer(c.in)
		if err != nil {
			t.Fatalf("%s: %v", c.def.Kind(), err)
		}
		b := measuring(&op.Op{Def: c.def, In: c.in, Outs: outs})
		for b.precision = Float32; b.precision <= Float16; b.precision++ {
			if err := bind(b.Op, b); err != nil {
				t.Fatal(err)
			}
		}
		if len(b.launches) == 0 {
			t.Errorf("%s launches nothing", c.def.Kind())
		}
		for _, l := range b.launches {
			if n, ok := sizes[l.Kernel]; !ok || n != len(l.Params) {
				t.Errorf("%s: kernel %s takes %d bytes, it is given %d", c.def.Kind(), l.Kernel, n, len(l.Params))
			}
		}
	}
	for _, c := range []struct {
		kernel string
		bytes  int
	}{{"update", len(bytesOf(new(updateParams)))}} {
		if sizes[c.kernel] != c.bytes {
			t.Errorf("kernel %s takes %d bytes, it is given %d", c.kernel, sizes[c.kernel], c.bytes)
		}
	}
}

// An attribute that a kernel does not know is refused, not passed over.
func TestUnknownAttribute(t *testing.T) {
	o := &op.Op{Def: op.Dense{Then: &op.Unary{Fn: "gelu"}}, In: []op.Spec{{Shape: []int{2, 3}, DType: op.Float32}, {Shape: []int{3, 4}, DType: op.Float32}}}
	o.Outs = []op.Spec{{Shape: []int{2, 4}, DType: op.Float32}}
	o.Origin.Layer = "d"
	err := bind(o, measuring(o))
	if want := `layer "d": the GPU kernel of operation "dense" cannot do this yet: it has Then set; device = "cpu" can run it`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// atomics are sums of floats by several threads at once, whose order is not that of another run.
var atomics = regexp.MustCompile(`\b(atom|red)\.[a-z.]*\.(f16|f32|f64|bf16|f16x2|bf16x2)\b`)

// Sums have one order: no kernel adds floats atomically.
func TestNoAtomicFloats(t *testing.T) {
	if !atomics.MatchString("	red.global.add.f32 	[%rd1], %f1;") || atomics.MatchString("	atom.global.min.u64 	%rd1, [%rd2], %rd3;") {
		t.Fatal("the pattern finds something else")
	}
	for _, im := range kernels.Images() {
		if s := atomics.FindString(im.PTX); s != "" {
			t.Errorf("%s.cu: %s", im.Name, s)
		}
	}
}

func TestParse(t *testing.T) {
	for device, want := range map[string]string{
		"cuda": "", "cuda:0": "", "cuda:12": "",
		"cuda:": "no number", "cuda:-1": "no number", "cuda:01": "no number", "tpu": `there is no device "tpu"`, "cuda0": "there is no device",
	} {
		_, _, err := Parse(device)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", device, err, want)
		}
	}
}

func TestJoinAxes(t *testing.T) {
	for _, c := range []struct {
		to       []int
		from     [][]int
		size     []int
		stridesA []int
	}{
		{[]int{2, 3, 4}, [][]int{{2, 3, 4}}, []int{24}, []int{1}},
		{[]int{2, 3, 4}, [][]int{{3, 1}}, []int{2, 3, 4}, []int{0, 1, 0}},
		{[]int{2, 3, 4}, [][]int{{4}}, []int{6, 4}, []int{0, 1}},
		{[]int{1, 1}, [][]int{{}}, nil, nil},
	} {
		a := stretched(c.to, c.from...)
		if !slices.Equal(a.size, c.size) || !slices.Equal(a.strides[0], c.stridesA) {
			t.Errorf("%v from %v: %+v", c.to, c.from, a)
		}
	}
}

// TestDeviceTests says what is not tested here.
func TestDeviceTests(t *testing.T) {
	if !Built("cuda") {
		t.Skip("built without -tags cuda: gpu/check.sh tests kernels and trainer, on a GPU or an emulated one")
	}
}
