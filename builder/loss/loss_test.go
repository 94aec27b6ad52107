package loss

import (
	"errors"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

func ints(s shape.Spec) shape.Spec { s.DType = shape.Int32; return s }

func TestTarget(t *testing.T) {
	unknown := shape.Spec{DType: shape.Int32}
	for _, c := range []struct {
		loss, args     string
		target, output shape.Spec
		want           shape.Spec
		err            string // part of it
	}{
		{"mean_squared_error", "", shape.Of(3), shape.Of(3), shape.Of(3), ""},
		{"mean_squared_error", "", ints(shape.Of(3)), shape.Of(3), shape.Of(3), ""},
		{"mean_squared_error", "", shape.Of(), shape.Of(1), shape.Of(), ""},
		{"mean_squared_error", "", shape.Of(1), shape.Of(), shape.Of(1), ""},
		{"mean_squared_error", "", shape.Of(4), shape.Of(4, 1), shape.Of(4), ""},
		{"mean_squared_error", "", shape.Of(shape.Unknown), shape.Of(4), shape.Of(4), ""},
		{"mean_squared_error", "", shape.Of(1), shape.Of(3), shape.Of(), "sparse_categorical_crossentropy"},
		{"mean_squared_error", "", shape.Of(2), shape.Of(3), shape.Of(), "must be the same"},
		{"mean_squared_error", "", shape.Of(), shape.Of(4, 1), shape.Of(), "must be the same"},
		{"binary_crossentropy", "axis = 2", shape.Of(3), shape.Of(3), shape.Of(), "axis 2 does not exist"},
		{"binary_crossentropy", "", unknown, shape.Of(3), shape.Spec{DType: shape.Float32}, ""},
		{"categorical_crossentropy", "", shape.Of(3), shape.Of(3), shape.Of(3), ""},
		{"categorical_crossentropy", "", ints(shape.Of()), shape.Of(3), shape.Of(), "class number"},
		{"categorical_crossentropy", "", ints(shape.Of(1)), shape.Of(3), shape.Of(), "one_hot"},
		{"categorical_crossentropy", "", shape.Of(4), shape.Of(3), shape.Of(), "number for each class"},
		{"sparse_categorical_crossentropy", "", shape.Of(), shape.Of(3), ints(shape.Of()), ""},
		{"sparse_categorical_crossentropy", "", shape.Of(1), shape.Of(3), ints(shape.Of(1)), ""},
		{"sparse_categorical_crossentropy", "", shape.Of(7), shape.Of(7, 3), ints(shape.Of(7)), ""},
		{"sparse_categorical_crossentropy", "", shape.Of(7, 1), shape.Of(7, 3), ints(shape.Of(7, 1)), ""},
		{"sparse_categorical_crossentropy", "axis = 1", shape.Of(7), shape.Of(3, 7), ints(shape.Of(7)), ""},
		{"sparse_categorical_crossentropy", "", shape.Of(shape.Unknown), shape.Of(7, 3), ints(shape.Of(7)), ""},
		{"sparse_categorical_crossentropy", "", shape.Of(3), shape.Of(3), shape.Of(), "the loss is categorical_crossentropy"},
		{"sparse_categorical_crossentropy", "", shape.Of(5), shape.Of(7, 3), shape.Of(), "3 classes, so the shape [7]"},
		{"categorical_generalized_cross_entropy", "", shape.Of(), shape.Of(3), ints(shape.Of()), ""},
		{"categorical_focal_crossentropy", "", ints(shape.Of()), shape.Of(3), shape.Of(), "class number"},
		{"cosine_similarity", "axis = 2", shape.Of(3), shape.Of(3), shape.Of(), "axis 2 does not exist"},
		{"dice", "axis = [0, -1]", shape.Of(3), shape.Of(3), shape.Of(3), ""},
		{"dice", "axis = 2", shape.Of(3), shape.Of(3), shape.Of(), "axis 2 does not exist"},
		{"tversky", "axis = [1, -1]", shape.Of(3), shape.Of(3), shape.Of(), "given twice"},
		{"crossentropy", "", shape.Of(), shape.Of(1), shape.Of(), ""},
		{"crossentropy", "", shape.Of(), shape.Of(3), ints(shape.Of()), ""},
		{"ce", "", shape.Of(3), shape.Of(3), shape.Of(3), ""},
	} {
		got, err := decode(t, c.loss, c.args).Target(c.target, c.output)
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s, target %v, output %v: error %v, want one with %q", c.loss, c.target, c.output, err, c.err)
		case c.err == "" && err != nil:
			t.Errorf("%s, target %v, output %v: %v", c.loss, c.target, c.output, err)
		case c.err == "" && (!got.Shape.Equal(c.want.Shape) || got.DType != c.want.DType || got.Known != c.want.Known):
			t.Errorf("%s, target %v, output %v: fed %v, want %v", c.loss, c.target, c.output, got, c.want)
		}
	}
}

// The general name stands for the loss that the shapes call for.
func TestCrossentropyChooses(t *testing.T) {
	for _, c := range []struct {
		of string
		vector
	}{
		{"binary_crossentropy", vector{Y: []float64{1, 0}, YShape: []int{2}, P: []float64{0.25, 0.5}, PShape: []int{2, 1}}},
		{"sparse_categorical_crossentropy", vector{Y: []float64{1, 0}, YShape: []int{2, 1}, Int: true, P: []float64{0.25, 0.75, 0.5, 0.5}, PShape: []int{2, 2}}},
		{"categorical_crossentropy", vector{Y: []float64{0, 1, 1, 0}, YShape: []int{2, 2}, P: []float64{0.25, 0.75, 0.5, 0.5}, PShape: []int{2, 2}}},
	} {
		want, _ := c.run(t, decode(t, c.of, ""))
		if got, _ := c.run(t, decode(t, "crossentropy", "")); got != want {
			t.Errorf("target %v, output %v: loss %g, want that of %s, %g", c.YShape, c.PShape, got, c.of, want)
		}
	}
}

func TestLabelThatIsNoClass(t *testing.T) {
	for _, label := range []int32{-1, 3, 1 << 30} {
		g := op.NewGraph(op.Float32)
		y, p := g.Input("y", op.Int32, 2), g.Input("p", op.Float32, 2, 3)
		total := Reduce(g, decode(t, "sparse_categorical_crossentropy", "ignore_class = 7").Build(g, y, p), nil, nil, "sum")
		m := &cpu.Machine{Pool: cpu.NewPool(1), ISA: isa.Detect()}
		defer m.Close()
		pl, err := plan.New(plan.Options{Keep: []*op.Node{total}, IsState: func(string) bool { return false }, Scratch: m.Scratch})
		if err != nil {
			t.Fatal(err)
		}
		prog, err := cpu.Compile[float32](pl, m, new(cpu.Arena), nil)
		if err != nil {
			t.Fatal(err)
		}
		buf, err := prog.Buf(y)
		if err != nil {
			t.Fatal(err)
		}
		buf.I[0], buf.I[1] = 7, label
		err = prog.Run(new(cpu.Context))
		var wrong *op.LabelError
		if !errors.As(err, &wrong) || wrong.Label != label || wrong.Position != 1 || !strings.Contains(err.Error(), "3 classes, 0 to 2") {
			t.Errorf("label %d: error %v, want one that names it", label, err)
		}
	}
}
