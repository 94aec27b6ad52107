package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

func decode(t *testing.T, name, args string) (Metric, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "metric")
	return m, diags
}

func mustDecode(t *testing.T, name, args string) Metric {
	t.Helper()
	m, diags := decode(t, name, args)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return m
}

// testdata/vectors.py makes the vectors.
func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Metric, Args string
		Batches      []struct {
			Y       []float64
			YShape  []int `json:"y_shape"`
			Int     bool
			P       []float64
			PShape  []int `json:"p_shape"`
			Weights []float64
			Want    float64
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range cases {
		seen[c.Metric] = true
		t.Run(fmt.Sprintf("%d %s", i, c.Metric), func(t *testing.T) {
			m := mustDecode(t, c.Metric, c.Args)
			first := c.Batches[0]
			target := shape.Spec{Shape: first.YShape[1:], DType: shape.Float32, Known: true}
			if first.Int {
				target.DType = shape.Int32
			}
			if _, err := m.Target(target, shape.Of(first.PShape[1:]...)); err != nil {
				t.Fatal(err)
			}
			acc := make([]float64, m.Slots())
			if got := m.Result(acc); got != 0 {
				t.Errorf("of nothing: %g", got)
			}
			for k, b := range c.Batches {
				y, p := Values{Shape: b.YShape}, Values{Shape: b.PShape, F: floats(b.P)}
				if b.Int {
					y.I = make([]int32, len(b.Y))
					for i, v := range b.Y {
						y.I[i] = int32(v)
					}
				} else {
					y.F = floats(b.Y)
				}
				var w []float32
				if b.Weights != nil {
					w = floats(b.Weights)
				}
				m.Update(acc, y, p, w)
				if got := m.Result(acc); math.Abs(got-b.Want) > 2e-6*max(1, math.Abs(b.Want)) {
					t.Errorf("%s, target %v, output %v, after batch %d: %.9g, Keras has %.9g", c.Args, b.YShape, b.PShape, k, got, b.Want)
				}
			}
		})
	}
	for _, name := range Registry.Names() {
		if !seen[name] {
			t.Errorf("metric %s has no vector: add one to testdata/vectors.py", name)
		}
	}
}

func floats(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func TestTopKTies(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		row   []float32
		label int
		k     int
		want  float64
	}{
		{[]float32{0.5, 0.5, 0.5}, 2, 1, 1},
		{[]float32{0.5, 0.6, 0.5}, 2, 1, 0},
		{[]float32{0.5, 0.6, nan}, 2, 2, 0},
		{[]float32{0.5, 0.6, nan}, 2, 3, 1},
		{[]float32{0.5, 0.6, 0.7}, 9, 3, 0},
		{[]float32{0.5, 0.6, 0.7}, -1, 4, 1},
	} {
		if got := inTopK(c.row, c.label, c.k); got != c.want {
			t.Errorf("label %d in the top %d of %v: %g, want %g", c.label, c.k, c.row, got, c.want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct {
		metric, args   string
		target, output shape.Spec
		err            string // part of it; "" for none
	}{
		{"accuracy", "", shape.Of(), shape.Of(1), ""},
		{"accuracy", "", shape.Of(1), shape.Of(10), ""},
		{"accuracy", "", shape.Of(10), shape.Of(10), ""},
		{"accuracy", "", shape.Of(3), shape.Of(10), "number for each class"},
		{"accuracy", "", shape.Of(3), shape.Of(1), "must be the same"},
		{"accuracy", "", shape.Spec{}, shape.Of(10), ""},
		{"binary_accuracy", "", shape.Of(3), shape.Of(10), "must be the same"},
		{"categorical_accuracy", "", shape.Of(), shape.Of(10), "sparse_"},
		{"sparse_categorical_accuracy", "", shape.Of(10), shape.Of(10), "without sparse_"},
		{"mae", "", shape.Of(shape.Unknown), shape.Of(10), ""},
		{"auc", "multi_label = true", shape.Of(2, 3), shape.Of(2, 3), "[labels]"},
		{"auc", "label_weights = [1, 2]", shape.Of(3), shape.Of(3), "3 weights are wanted, got 2"},
		{"auc", "multi_label = true\nnum_labels = 2", shape.Of(3), shape.Of(3), "num_labels is 2"},
		{"precision", "class_id = 3", shape.Of(3), shape.Of(3), "0 to 2"},
		{"recall", "top_k = 3", shape.Of(), shape.Of(), "several classes"},
		{"recall_at_precision", "precision = 0.5\nclass_id = 3", shape.Of(3), shape.Of(3), "0 to 2"},
		{"f1_score", "", shape.Of(3), shape.Of(3), "average = \"macro\""},
		{"f1_score", "", shape.Of(1), shape.Of(1), ""},
		{"fbeta_score", "average = \"micro\"", shape.Of(2, 3), shape.Of(2, 3), "[classes]"},
		{"mean_iou", "num_classes = 3", shape.Of(4, 4), shape.Of(4, 4), ""},
		{"mean_iou", "num_classes = 3\nsparse_y_pred = false", shape.Of(4), shape.Of(4, 3), ""},
		{"mean_iou", "num_classes = 3\nsparse_y_pred = false", shape.Of(4, 3), shape.Of(4, 3), "class number"},
		{"one_hot_mean_iou", "num_classes = 3", shape.Of(4), shape.Of(4, 3), "number for each class"},
		{"one_hot_mean_iou", "num_classes = 3\nsparse_y_pred = true", shape.Of(4, 3), shape.Of(4), ""},
		{"one_hot_mean_iou", "num_classes = 3\nsparse_y_pred = true", shape.Of(4, 3), shape.Of(4, 3), "sparse_y_pred"},
		{"r2_score", "", shape.Of(2, 3), shape.Of(2, 3), "[outputs]"},
		{"cosine_similarity", "axis = 2", shape.Of(3), shape.Of(3), "axis 2 does not exist"},
	} {
		_, err := mustDecode(t, c.metric, c.args).Target(c.target, c.output)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s { %s }, target %v, output %v: %v, want an error with %q", c.metric, c.args, c.target, c.output, err, c.err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"auc", "num_labels = 3", "multi_label"},
		{"auc", "curve = \"ROX\"", "ROC"},
		{"auc", "num_thresholds = 1", "at least 2"},
		{"top_k_categorical_accuracy", "k = 0", "at least 1"},
		{"iou", "num_classes = 3\ntarget_class_ids = [3]", "0 to 2"},
		{"mean_iou", "num_classes = 3\naxis = 1", "at most -1"},
		{"f1_score", "beta = 2", "beta"},
		{"fbeta_score", "beta = 0", "above 0"},
		{"precision_at_recall", "", "Missing argument"},
		{"acuracy", "", "Did you mean \"accuracy\""},
	} {
		if _, diags := decode(t, c.name, c.args); !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want an error with %q", c.name, c.args, diags, c.want)
		}
	}
}

// needed are arguments that have no default.
var needed = map[string]string{
	"iou": "\nnum_classes = 2\ntarget_class_ids = [0]", "mean_iou": "\nnum_classes = 2",
	"one_hot_iou": "\nnum_classes = 2\ntarget_class_ids = [0]", "one_hot_mean_iou": "\nnum_classes = 2",
	"precision_at_recall": "\nrecall = 0.5", "recall_at_precision": "\nprecision = 0.5",
	"sensitivity_at_specificity": "\nspecificity = 0.5", "specificity_at_sensitivity": "\nsensitivity = 0.5",
}

func TestRisingAndNames(t *testing.T) {
	var rising []string
	for _, name := range Registry.Names() {
		m := mustDecode(t, name, "name = \"other\""+needed[name])
		if _, ok := m.(Rising); ok {
			rising = append(rising, name)
		}
		if n, ok := m.(Named); !ok || n.LogName() != "other" {
			t.Errorf("metric %s has no argument name", name)
		}
	}
	want := []string{
		"accuracy", "auc", "binary_accuracy", "binary_iou", "categorical_accuracy", "concordance_correlation", "cosine_similarity",
		"f1_score", "fbeta_score", "iou", "mean_iou", "one_hot_iou", "one_hot_mean_iou", "pearson_correlation", "precision",
		"precision_at_recall", "r2_score", "recall", "recall_at_precision", "sensitivity_at_specificity", "sparse_categorical_accuracy",
		"sparse_top_k_categorical_accuracy", "specificity_at_sensitivity", "top_k_categorical_accuracy", "true_negatives", "true_positives",
	}
	if !slices.Equal(rising, want) {
		t.Errorf("better when larger: %v, want %v", rising, want)
	}
}
