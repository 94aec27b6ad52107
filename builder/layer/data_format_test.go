package layer_test

import (
	"testing"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

const first = "\ndata_format = \"channels_first\""

var _ = layertest.Add(
	layertest.Case{Type: "conv1d", Body: "filters = 4\nkernel_size = 2\npadding = \"causal\"" + first, In: layertest.In(3, 6), Out: shape.Shape{4, 6}},
	layertest.Case{Type: "conv2d", Body: "filters = 3\nkernel_size = [2, 3]\nstrides = [2, 1]\nactivation = \"softmax\"" + first, In: layertest.In(2, 5, 6), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "conv2d", Name: "glu", Body: "filters = 3\nkernel_size = 3\npadding = \"same\"\nactivation = \"glu\"" + first, In: layertest.In(2, 5, 6), Out: shape.Shape{3, 5, 3}},
	layertest.Case{Type: "conv2d", Name: "channels_first_rank", Body: "filters = 3\nkernel_size = 3" + first, In: layertest.In(5, 6), Says: "data_format"},
	layertest.Case{Type: "conv3d", Body: "filters = 2\nkernel_size = 2" + first, In: layertest.In(2, 3, 4, 3), Out: shape.Shape{2, 2, 3, 2}},
	layertest.Case{Type: "conv2d_transpose", Body: "filters = 3\nkernel_size = 2\nstrides = 2" + first, In: layertest.In(2, 3, 4), Out: shape.Shape{3, 6, 8}},
	layertest.Case{Type: "depthwise_conv2d", Body: "kernel_size = 2\ndepth_multiplier = 2" + first, In: layertest.In(2, 4, 3), Out: shape.Shape{4, 3, 2}},
	layertest.Case{Type: "separable_conv1d", Body: "filters = 4\nkernel_size = 3" + first, In: layertest.In(2, 5), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "max_pooling1d", Body: first, In: layertest.In(2, 6), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "average_pooling2d", Body: "padding = \"same\"" + first, In: layertest.In(2, 5, 4), Out: shape.Shape{2, 3, 2}},
	layertest.Case{Type: "max_pooling3d", Body: first, In: layertest.In(2, 4, 2, 3), Out: shape.Shape{2, 2, 1, 1}},
	layertest.Case{Type: "global_average_pooling1d", Body: first, In: layertest.In(2, 3), Mask: []float64{1, 1, 0, 1, 0, 0, 0, 1, 1}, Out: shape.Shape{2}},
	layertest.Case{Type: "global_average_pooling2d", Body: "keepdims = true" + first, In: layertest.In(2, 4, 3), Out: shape.Shape{2, 1, 1}},
	layertest.Case{Type: "global_max_pooling3d", Body: first, In: layertest.In(2, 2, 3, 2), Out: shape.Shape{2}},
	layertest.Case{Type: "adaptive_average_pooling2d", Body: "output_size = [2, 3]" + first, In: layertest.In(2, 5, 4), Out: shape.Shape{2, 2, 3}},
	layertest.Case{Type: "cropping2d", Body: "cropping = [[0, 1], [2, 0]]" + first, In: layertest.In(2, 3, 5), Out: shape.Shape{2, 2, 3}},
	layertest.Case{Type: "cropping3d", Body: first, In: layertest.In(2, 3, 4, 3), Out: shape.Shape{2, 1, 2, 1}},
	layertest.Case{Type: "zero_padding1d", Body: "padding = [0, 2]" + first, In: layertest.In(2, 3), Out: shape.Shape{2, 5}},
	layertest.Case{Type: "zero_padding3d", Body: first, In: layertest.In(2, 1, 2, 1), Out: shape.Shape{2, 3, 4, 3}},
	layertest.Case{Type: "up_sampling2d", Body: "size = [2, 3]\ninterpolation = \"bilinear\"" + first, In: layertest.In(2, 3, 2), Out: shape.Shape{2, 6, 6}},
	layertest.Case{Type: "spatial_dropout2d", Body: "rate = 0.5" + first, In: layertest.In(4, 3, 2), Out: shape.Shape{4, 3, 2}},
	layertest.Case{Type: "flatten", Name: "channels_first_ints", Body: first, In: layertest.Ints(2, 3, 2), Out: shape.Shape{12}, OutDType: shape.Int32},
)

// TestChannelsStayLast checks that a chain of layers with channels first moves them once, at its beginning, and once at its end.
func TestChannelsStayLast(t *testing.T) {
	g := op.NewGraph(op.Float32)
	x := g.Input("x", op.Float32, 2, 3, 8, 8)
	y := x
	for _, l := range []struct{ kind, body string }{
		{"conv2d", "filters = 4\nkernel_size = 3\npadding = \"same\"" + first},
		{"batch_normalization", "axis = 1"},
		{"relu", ""},
		{"activation", `activation = "gelu"`},
		{"max_pooling2d", first},
		{"dropout", "rate = 0.5"},
		{"conv2d", "filters = 2\nkernel_size = 3" + first},
	} {
		impl := layertest.Decode(t, l.kind, l.body)
		spec := shape.Of(op.SpecOf(y).Shape[1:]...)
		weights := map[string]*op.Node{}
		for _, w := range layer.Variables(impl, []shape.Spec{spec}) {
			weights[w.Name] = g.Input(l.kind+w.Name+y.Name(), op.Float32, w.Shape...)
		}
		y = layer.Make(impl, &layer.Scope{
			Graph: g, Training: true, Trainable: true, Batch: 2, Path: l.kind, Masks: []*op.Node{nil},
			Variable: func(name string) *op.Node { return weights[name] }, Random: func(string) uint64 { return 1 }, Also: func(*op.Node) {},
		}, []*op.Node{y})[0]
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
	}
	moves, seen, stack := 0, map[*op.Node]bool{}, []*op.Node{y}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		if o, ok := n.Op().(*op.Op); ok {
			if _, is := o.Def.(op.Transpose); is {
				moves++
			}
			stack = append(stack, op.Children(n)...)
		}
	}
	if moves != 2 {
		t.Errorf("the channels are moved %d times, want 2", moves)
	}
}
