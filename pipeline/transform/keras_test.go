package transform

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/pipeline/column"
)

// kerasCases are what Keras' layers made of the same values (testdata/keras.json, Keras 3.15 on
// TensorFlow): learned from train, then x to y.
type kerasCase struct {
	Kind, Body, DType string
	Train, X          []any
	Shape             []int
	Y                 []float64
	YShape            []int
}

func kerasCases(t testing.TB) []kerasCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/keras.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []kerasCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// column makes values of a case, its lists flattened.
func (c *kerasCase) column(shape []int, list []any) *column.Values {
	var flat func(list []any) []any
	flat = func(list []any) (out []any) {
		for _, x := range list {
			if l, ok := x.([]any); ok {
				out = append(out, flat(l)...)
			} else {
				out = append(out, x)
			}
		}
		return out
	}
	v := &column.Values{Shape: shape}
	list = flat(list)
	for _, x := range list {
		switch c.DType {
		case "string":
			v.Kind, v.Str = column.String, append(v.Str, x.(string))
		case "int64":
			v.Kind, v.I64 = column.Int64, append(v.I64, int64(x.(float64)))
		default:
			v.Kind, v.F32 = column.Float32, append(v.F32, float32(x.(float64)))
		}
	}
	v.Rows = len(list) / v.Size()
	return v
}

func TestAsKeras(t *testing.T) {
	for _, c := range kerasCases(t) {
		t.Run(c.Kind+" "+strings.ReplaceAll(c.Body, "\n", " "), func(t *testing.T) {
			tr, err := decode(t, c.Kind, c.Body)
			if err != nil {
				t.Fatal(err)
			}
			in := c.column(c.Shape, c.X)
			got, err := apply(t, tr, c.column(nil, c.Train), in)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape, c.YShape) && !(len(c.YShape) == 1 && len(got.Shape) == 0) {
				t.Errorf("shape %v, Keras has %v", got.Shape, c.YShape)
			}
			if got.Len() != len(c.Y) {
				t.Fatalf("%d elements, Keras has %d", got.Len(), len(c.Y))
			}
			all := column.Make(column.Float32, got.Shape, got.Rows)
			if err := column.Convert(all, got); err != nil {
				t.Fatal(err)
			}
			for i, y := range c.Y {
				if d := math.Abs(float64(all.F32[i]) - y); !(d <= 1e-6*(1+math.Abs(y)) || (c.Kind == "resizing" || c.Kind == "center_crop") && d < 1e-4 ||
					c.Kind == "mel_spectrogram" && d < 1e-3) {
					t.Errorf("element %d is %v, Keras has %v", i, all.F32[i], y)
				}
			}
			saved(t, c.Kind, c.Body, tr, in, got)
		})
	}
}
