package initializer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = Register("variance_scaling", func() Initializer { return new(varianceScaling) })

// varianceScaling draws numbers whose variance is scale over the number of inputs or outputs of a
// unit, so that activations keep their size from layer to layer.
type varianceScaling struct {
	scale        float64
	mode         string
	distribution string
	scaled
}

func (i *varianceScaling) Schema(b *schema.Block) {
	b.Doc("Random numbers whose variance is scale over the number of inputs or outputs of a unit.", "keras.initializers.VarianceScaling")
	b.Float(&i.scale, "scale", "Factor of the variance.", schema.Default(1.0), schema.Above(0))
	b.Enum(&i.mode, "mode", "What the variance is divided by: inputs, outputs, or their mean.", []string{"fan_in", "fan_out", "fan_avg"}, schema.Default("fan_in"))
	b.Enum(&i.distribution, "distribution", "What is drawn from; normal is truncated_normal.",
		[]string{"truncated_normal", "untruncated_normal", "uniform", "normal"}, schema.Default("truncated_normal"))
	i.bind(b)
}

// Fill draws the elements of w.
func (i *varianceScaling) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, i.scale, i.mode, i.distribution)
}

// scaled is what variance_scaling and the initializers that are cases of it have in common.
type scaled struct {
	seeded
	inputAxes, outputAxes []int
}

func (s *scaled) bind(b *schema.Block) {
	s.seeded.bind(b)
	b.Ints(&s.inputAxes, "input_axes", "Axes of the weight that count inputs; with output_axes.", schema.Optional())
	b.Ints(&s.outputAxes, "output_axes", "Axes of the weight that count outputs; with input_axes.", schema.Optional())
}

// Check refuses a weight that has not the axes which input_axes and output_axes name.
func (s *scaled) Check(shape []int) error {
	_, _, err := s.fans(shape)
	return err
}

// truncated is the standard deviation of a standard normal number that is cut at 2.
const truncated = 0.87962566103423978

func (s *scaled) fill(w []float32, shape []int, key Key, scale float64, mode, distribution string) error {
	in, out, err := s.fans(shape)
	if err != nil {
		return err
	}
	n := in
	switch mode {
	case "fan_out":
		n = out
	case "fan_avg":
		n = (in + out) / 2
	}
	variance := scale / max(1, n)
	switch distribution {
	case "uniform":
		limit := float32(math.Sqrt(3 * variance))
		philox.Uniform(w, s.random(key), 0, -limit, limit)
	case "untruncated_normal":
		philox.Normal(w, s.random(key), 0, 0, float32(math.Sqrt(variance)))
	default:
		philox.TruncatedNormal(w, s.random(key), 0, 0, float32(math.Sqrt(variance)/truncated))
	}
	return nil
}

// fans counts the inputs and outputs of a unit, as keras/src/initializers/random_initializers.py:
// compute_fans. The last two axes of a convolution's kernel are its channels, all before them the
// window.
func (s *scaled) fans(shape []int) (in, out float64, err error) {
	if s.inputAxes != nil && s.outputAxes != nil {
		if in, err = sizes(shape, s.inputAxes); err != nil {
			return 0, 0, schema.At("input_axes", err)
		}
		if out, err = sizes(shape, s.outputAxes); err != nil {
			return 0, 0, schema.At("output_axes", err)
		}
		return in, out, nil
	}
	n := len(shape)
	switch n {
	case 0:
		return 1, 1, nil
	case 1:
		return float64(shape[0]), float64(shape[0]), nil
	}
	window := 1.0
	for _, d := range shape[:n-2] {
		window *= float64(d)
	}
	return window * float64(shape[n-2]), window * float64(shape[n-1]), nil
}

func sizes(shape, axes []int) (float64, error) {
	n := 1.0
	for _, a := range axes {
		k := a
		if k < 0 {
			k += len(shape)
		}
		if k < 0 || k >= len(shape) {
			return 0, fmt.Errorf("axis %d does not exist in a weight of shape %s", a, schema.List(shape))
		}
		n *= float64(shape[k])
	}
	return n, nil
}
