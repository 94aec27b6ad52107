package raster

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// testdata/resize.json is what keras.ops.image.resize made of random pictures (Keras 3.15 on JAX).
func TestResizeAsKeras(t *testing.T) {
	raw, err := os.ReadFile("testdata/resize.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Interpolation string
		Antialias     bool
		Shape         [3]int
		Size          [2]int
		X, Y          []float32
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) < 40 {
		t.Fatal(len(cases), err)
	}
	var scratch []float32
	for _, c := range cases {
		got := make([]float32, len(c.Y))
		NewResizer([2]int(c.Shape[:2]), c.Size, c.Interpolation, c.Antialias).Resize(got, c.X, c.Shape[2], &scratch)
		for i, y := range c.Y {
			if math.Abs(float64(got[i]-y)) > 2e-4 {
				t.Errorf("%s, antialias %v, %v to %v: element %d is %v, Keras has %v", c.Interpolation, c.Antialias, c.Shape, c.Size, i, got[i], y)
				break
			}
		}
	}
}

func TestArea(t *testing.T) {
	got := make([]float32, 2)
	var scratch []float32
	NewResizer([2]int{3, 2}, [2]int{2, 1}, "area", false).Resize(got, []float32{1, 3, 5, 7, 9, 11}, 1, &scratch)
	// Rows 0 to 1.5 and 1.5 to 3: (2·1 + 6·0.5)/1.5 and (6·0.5 + 10·1)/1.5.
	if math.Abs(float64(got[0])-5/1.5) > 1e-6 || math.Abs(float64(got[1])-13/1.5) > 1e-6 {
		t.Error(got)
	}
}
