package initializer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("stft", func() Initializer { return new(stft) })

// stft makes the kernel of a convolution that is a short-time Fourier transform.
type stft struct {
	side     string
	window   string
	scaling  string
	periodic bool
}

// windows are sums of cosines, as scipy.signal.windows.general_cosine has them: the coefficients of
// cos(0), cos(θ), cos(2θ), ..., with alternating signs left out.
var windows = map[string][]float64{
	"boxcar":         {1},
	"hann":           {0.5, 0.5},
	"hamming":        {0.54, 0.46},
	"blackman":       {0.42, 0.50, 0.08},
	"nuttall":        {0.3635819, 0.4891775, 0.1365995, 0.0106411},
	"blackmanharris": {0.35875, 0.48829, 0.14128, 0.01168},
	"flattop":        {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368},
}

func (i *stft) Schema(b *schema.Block) {
	b.Doc("The kernel of a short-time Fourier transform, for a weight of shape [frame length, 1, frequencies].", "keras.initializers.STFT",
		`Keras' None for window and scaling is written "none".`)
	b.Enum(&i.side, "side", "Part of the complex numbers that the convolution yields.", []string{"real", "imag"}, schema.Default("real"))
	b.Enum(&i.window, "window", "Window over the time of a frame.",
		[]string{"hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop", "boxcar", "none"}, schema.Default("hann"))
	b.Enum(&i.scaling, "scaling", "Divide by the window's length (density) or by its sum (spectrum).", []string{"density", "spectrum", "none"}, schema.Default("density"))
	b.Bool(&i.periodic, "periodic", "The window goes on from its end to its beginning.", schema.Default(false))
}

// Check refuses a weight that is no [T, 1, F].
func (i *stft) Check(shape []int) error {
	if len(shape) != 3 || shape[1] != 1 || shape[2] < 2 {
		return fmt.Errorf("stft fills weights of shape [frame length, 1, frequencies], not one of shape %s", schema.List(shape))
	}
	return nil
}

// Fill sets w, of shape [T, 1, F], to window(t)·cos or sin(-2π·t·f/(2F-2)).
func (i *stft) Fill(w []float32, shape []int, _ Key) error {
	if err := i.Check(shape); err != nil {
		return err
	}
	length, freqs := shape[0], shape[2]
	win := i.weights(length)
	period := 2 * (freqs - 1)
	for t := range length {
		for f := range freqs {
			// The angle's remainder by a full turn is exact in integers.
			a := -2 * math.Pi * float64(t*f%period) / float64(period)
			x := f32vec.Cos64(a)
			if i.side == "imag" {
				x = f32vec.Sin64(a)
			}
			w[t*freqs+f] = float32(x * win[t])
		}
	}
	return nil
}

// weights is the window, divided as scaling says.
func (i *stft) weights(length int) []float64 {
	win := make([]float64, length)
	if i.window == "none" { // Keras scales by the window only
		for t := range win {
			win[t] = 1
		}
		return win
	}
	span := length - 1
	if i.periodic {
		span = length
	}
	squares, sum := 0.0, 0.0
	for t := range win {
		win[t] = 1
		if span > 0 {
			win[t] = 0
			for k, c := range windows[i.window] {
				if k%2 == 1 {
					c = -c
				}
				win[t] += float64(c * f32vec.Cos64(2*math.Pi*float64(k)*float64(t)/float64(span)))
			}
		}
		squares += float64(win[t] * win[t])
		sum += math.Abs(win[t])
	}
	by := 1.0
	switch i.scaling {
	case "density":
		by = math.Sqrt(squares)
	case "spectrum":
		by = sum
	}
	if by == 0 { // a window of its two ends, both 0
		by = 1
	}
	for t := range win {
		win[t] /= by
	}
	return win
}
