package transform

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/fourier"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("mel_spectrogram", func() Transform { return new(melSpectrogram) })

// melSpectrogram turns a sound into how loud each band of pitches is at each time. Keras:
// layers/preprocessing/mel_spectrogram.py.
type melSpectrogram struct {
	fftLength, stride       int
	length                  *int
	window                  string
	samplingRate, bins      int
	minFreq                 float64
	maxFreq                 *float64
	toDB                    bool
	topDB, magExp, minPower float64
	refPower                float64

	once   sync.Once
	plan   *fourier.Plan
	shaped []float64   // the window
	mel    [][]float64 // of each band, the weight of each frequency
}

func (t *melSpectrogram) Schema(b *schema.Block) {
	b.Doc("Turns a sound, samples along the last axis, into the power of each band of pitches at each time: [..., num_mel_bins, time].", "keras.layers.MelSpectrogram",
		"top_db counts from the loudest of one row, where Keras' layer takes the loudest of a whole batch.")
	b.Int(&t.fftLength, "fft_length", "Samples of a Fourier transform.", schema.Default(2048), schema.AtLeast(2), schema.AtMost(1<<20))
	b.Int(&t.stride, "sequence_stride", "Samples between one transform and the next.", schema.Default(512), schema.AtLeast(1), schema.AtMost(1<<20))
	b.OptInt(&t.length, "sequence_length", "Samples of the window. Default: fft_length.", schema.AtLeast(1), schema.AtMost(1<<20))
	b.Enum(&t.window, "window", "Its shape.", []string{"hann", "hamming"}, schema.Default("hann"))
	b.Int(&t.samplingRate, "sampling_rate", "Samples of a second.", schema.Default(16000), schema.AtLeast(1), schema.AtMost(1<<30))
	b.Int(&t.bins, "num_mel_bins", "Bands of pitches.", schema.Default(128), schema.AtLeast(1), schema.AtMost(1<<16))
	b.Float(&t.minFreq, "min_freq", "Lowest pitch, in hertz.", schema.Default(20.0), schema.AtLeast(0))
	b.OptFloat(&t.maxFreq, "max_freq", "Highest pitch, in hertz. Default: half of sampling_rate.")
	b.Bool(&t.toDB, "power_to_db", "Write powers in decibels.", schema.Default(true))
	b.Float(&t.topDB, "top_db", "How many decibels below the loudest the quietest is at most.", schema.Default(80.0))
	b.Float(&t.magExp, "mag_exp", "Power of the magnitude: 1 for magnitudes, 2 for powers.", schema.Default(2.0), schema.Above(0))
	b.Float(&t.minPower, "min_power", "The least power.", schema.Default(1e-10), schema.Above(0))
	b.Float(&t.refPower, "ref_power", "The power of 0 decibels.", schema.Default(1.0))
}

// Validate checks what belongs together.
func (t *melSpectrogram) Validate() error {
	if t.length != nil && *t.length > t.fftLength {
		return schema.Atf("sequence_length", "it is at most fft_length, %d, got %d", t.fftLength, *t.length)
	}
	if t.highest() <= t.minFreq {
		return schema.Atf("max_freq", "it is above min_freq, %g, got %g", t.minFreq, t.highest())
	}
	return nil
}

func (t *melSpectrogram) highest() float64 {
	if t.maxFreq != nil {
		return *t.maxFreq
	}
	return float64(t.samplingRate / 2)
}

// times is how many transforms there are of so many samples.
func (t *melSpectrogram) times(samples int) int {
	return (samples+t.fftLength/2*2-t.fftLength)/t.stride + 1
}

func (t *melSpectrogram) Out(in column.Field) (column.Field, error) {
	if err := numeric(in); err != nil {
		return in, err
	}
	if !in.Known {
		return in.WithKind(column.Float32), nil
	}
	if len(in.Shape) == 0 {
		return in, fmt.Errorf("it takes rows of samples, and %q is %s", in.Name, in.Describe())
	}
	shape := slices.Clone(in.Shape)
	n := shape[len(shape)-1]
	if n >= 0 && n <= t.fftLength/2 {
		return in, schema.Atf("fft_length", "a row of %q has %d samples, and more than half of fft_length, %d, are needed", in.Name, n, t.fftLength/2)
	}
	if n >= 0 {
		n = t.times(n)
	}
	return in.With(column.Float32, append(shape[:len(shape)-1], t.bins, n)), nil
}

// Once is true: the work is dear.
func (t *melSpectrogram) Once() bool { return true }

func (t *melSpectrogram) prepare() {
	t.plan = fourier.New(t.fftLength)
	n := t.fftLength
	if t.length != nil {
		n = *t.length
	}
	t.shaped = make([]float64, t.fftLength)
	a := 0.5
	if t.window == "hamming" {
		a = 0.54
	}
	for i := range n {
		w := 1.0 // a window of one sample
		if n > 1 {
			w = a - float64((1-a)*f32vec.Cos64(2*math.Pi*float64(i)/float64(n)))
		}
		t.shaped[(t.fftLength-n)/2+i] = float64(float32(w))
	}
	pitch := func(hertz float64) float64 { return 1127 * f32vec.Log64(1+hertz/700) }
	low, high := pitch(t.minFreq), pitch(t.highest())
	edge := func(i int) float64 { return low + float64((high-low)*float64(i))/float64(t.bins+1) }
	frequencies := t.fftLength/2 + 1
	t.mel = make([][]float64, t.bins)
	for m := range t.mel {
		t.mel[m] = make([]float64, frequencies)
		below, middle, above := edge(m), edge(m+1), edge(m+2)
		for f := 1; f < frequencies; f++ {
			p := pitch(float64(t.samplingRate) / 2 * float64(f) / float64(frequencies-1))
			t.mel[m][f] = max(0, min((p-below)/(middle-below), (above-p)/(above-middle)))
		}
	}
}

func (t *melSpectrogram) Apply(dst, src *column.Values) error {
	t.once.Do(t.prepare)
	x := src
	if src.Kind != column.Float32 {
		x = column.Make(column.Float32, src.Shape, src.Rows)
		if err := column.Convert(x, src); err != nil {
			return err
		}
	}
	n := src.Shape[len(src.Shape)-1]
	room := fourier.NewRoom(t.fftLength)
	size := t.bins * t.times(n)
	row := src.Size() / n // sounds of a row
	for i := range src.Rows {
		out := dst.F32[i*row*size : (i+1)*row*size]
		for k := range row {
			t.sound(out[k*size:(k+1)*size], x.F32[(i*row+k)*n:(i*row+k+1)*n], room)
		}
		if t.toDB {
			t.decibels(out)
		}
	}
	return nil
}

// sound writes the powers of one sound.
func (t *melSpectrogram) sound(out []float32, x []float32, room *fourier.Room) {
	times, half := t.times(len(x)), t.fftLength/2
	re, im := make([]float64, t.fftLength), make([]float64, t.fftLength)
	yr, yi := make([]float64, t.fftLength), make([]float64, t.fftLength)
	power := make([]float64, half+1)
	for s := range times {
		for i, w := range t.shaped {
			at := s*t.stride + i - half // outside of the sound it is read backwards, the ends once
			if at < 0 {
				at = -at
			}
			if at >= len(x) {
				at = 2*(len(x)-1) - at
			}
			re[i] = float64(w * float64(x[at]))
		}
		t.plan.Transform(room, yr, yi, re, im, false)
		for f := range power {
			p := float64(yr[f]*yr[f]) + float64(yi[f]*yi[f])
			if t.magExp != 2 {
				p = f32vec.Pow64(p, t.magExp/2)
			}
			power[f] = p
		}
		for m, weights := range t.mel {
			sum := 0.0
			for f, w := range weights {
				if w != 0 {
					sum += float64(w * power[f])
				}
			}
			out[m*times+s] = float32(sum)
		}
	}
}

// decibels writes powers on the logarithmic scale.
func (t *melSpectrogram) decibels(x []float32) {
	db := func(p float64) float64 { return 10 / math.Ln10 * f32vec.Log64(max(p, t.minPower)) }
	ref := db(math.Abs(t.refPower))
	most := math.Inf(-1)
	for _, p := range x {
		most = max(most, db(float64(p))-ref)
	}
	for i, p := range x {
		x[i] = float32(max(db(float64(p))-ref, most-t.topDB))
	}
}
