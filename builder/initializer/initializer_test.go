package initializer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/dsl/schema"
)

func decode(t *testing.T, name, args string) Initializer {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	i, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "initializer")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return i
}

func filled(t *testing.T, i Initializer, shape []int, key Key) []float32 {
	t.Helper()
	n := 1
	for _, d := range shape {
		n *= d
	}
	w := make([]float32, n)
	for k := range w {
		w[k] = float32(math.NaN()) // an element that is left out shows
	}
	if err := i.Fill(w, shape, key); err != nil {
		t.Fatal(err)
	}
	return w
}

// moments are the mean, the standard deviation and the largest size.
func moments(w []float32) (mean, std, size float64) {
	for _, x := range w {
		mean += float64(x)
		size = max(size, math.Abs(float64(x)))
	}
	mean /= float64(len(w))
	for _, x := range w {
		std += (float64(x) - mean) * (float64(x) - mean)
	}
	return mean, math.Sqrt(std / float64(len(w))), size
}

func TestRandom(t *testing.T) {
	const cut = 0.87962566103423978
	kernel := []int{3, 3, 40, 60} // fan in 360, fan out 540, mean 450
	for _, c := range []struct {
		name, args      string
		shape           []int
		mean, std, size float64 // size is what no element exceeds
	}{
		{"random_normal", "", kernel, 0, 0.05, 0.05 * 6.7},
		{"normal", "mean = 3\nstddev = 0.5", kernel, 3, 0.5, 7},
		{"random_uniform", "", kernel, 0, 0.1 / math.Sqrt(12), 0.05},
		{"uniform", "minval = 1\nmaxval = 2", kernel, 1.5, 1 / math.Sqrt(12), 2},
		{"truncated_normal", "", kernel, 0, 0.05 * cut, 0.1},
		{"truncated_normal", "mean = 1\nstddev = 0.2", kernel, 1, 0.2 * cut, 1.4},
		{"variance_scaling", "", kernel, 0, math.Sqrt(1. / 360), 2 / cut * math.Sqrt(1./360)},
		{"variance_scaling", "scale = 2\nmode = \"fan_out\"\ndistribution = \"uniform\"", kernel, 0, math.Sqrt(2. / 540), math.Sqrt(6. / 540)},
		{"variance_scaling", "mode = \"fan_avg\"\ndistribution = \"untruncated_normal\"", kernel, 0, math.Sqrt(1. / 450), 1},
		{"variance_scaling", "distribution = \"normal\"", []int{100, 300}, 0, math.Sqrt(1. / 100), 2 / cut * math.Sqrt(1./100)},
		{"variance_scaling", "input_axes = [0, 1]\noutput_axes = [-1]", []int{20, 30, 40}, 0, math.Sqrt(1. / 600), 1},
		{"glorot_uniform", "", kernel, 0, math.Sqrt(1. / 450), math.Sqrt(3. / 450)},
		{"glorot_normal", "", kernel, 0, math.Sqrt(1. / 450), 2 / cut * math.Sqrt(1./450)},
		{"glorot_uniform", "", []int{30000}, 0, math.Sqrt(1. / 30000), math.Sqrt(3. / 30000)},
		{"he_uniform", "", kernel, 0, math.Sqrt(2. / 360), math.Sqrt(6. / 360)},
		{"he_normal", "", kernel, 0, math.Sqrt(2. / 360), 2 / cut * math.Sqrt(2./360)},
		{"lecun_uniform", "", kernel, 0, math.Sqrt(1. / 360), math.Sqrt(3. / 360)},
		{"lecun_normal", "", kernel, 0, math.Sqrt(1. / 360), 2 / cut * math.Sqrt(1./360)},
	} {
		w := filled(t, decode(t, c.name, c.args), c.shape, Key{1, 2})
		mean, std, size := moments(w)
		n := math.Sqrt(float64(len(w)))
		if math.Abs(mean-c.mean) > 4*c.std/n || math.Abs(std-c.std) > 4*c.std/n || size > c.size*(1+1e-6) {
			t.Errorf("%s %q: mean %.4g, deviation %.4g, size %.4g; want %.4g, %.4g, at most %.4g", c.name, c.args, mean, std, size, c.mean, c.std, c.size)
		}
	}
}

func TestSeeds(t *testing.T) {
	for _, name := range []string{"random_normal", "random_uniform", "truncated_normal", "variance_scaling", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal"} {
		s := []int{7, 5}
		w := filled(t, decode(t, name, ""), s, Key{1, 2})
		if !slices.Equal(w, filled(t, decode(t, name, ""), s, Key{1, 2})) {
			t.Errorf("%s: one key, two results", name)
		}
		for _, k := range []Key{{2, 2}, {1, 3}} {
			if slices.Equal(w, filled(t, decode(t, name, ""), s, k)) {
				t.Errorf("%s: keys {1 2} and %v give one result", name, k)
			}
		}
		own := filled(t, decode(t, name, "seed = 9"), s, Key{1, 2})
		if slices.Equal(w, own) || !slices.Equal(own, filled(t, decode(t, name, "seed = 9"), s, Key{5, 2})) {
			t.Errorf("%s: a seed of its own does not replace the run's", name)
		}
	}
}

func TestConstants(t *testing.T) {
	for _, c := range []struct {
		name, args string
		shape      []int
		want       []float32
	}{
		{"zeros", "", []int{3}, []float32{0, 0, 0}},
		{"zero", "", []int{}, []float32{0}},
		{"ones", "", []int{2, 1}, []float32{1, 1}},
		{"constant", "", []int{2}, []float32{0, 0}},
		{"constant", "value = -2.5", []int{2}, []float32{-2.5, -2.5}},
		{"identity", "", []int{2, 3}, []float32{1, 0, 0, 0, 1, 0}},
		{"identity", "gain = 3", []int{3, 2}, []float32{3, 0, 0, 3, 0, 0}},
		{"stft", "window = \"none\"", []int{4, 1, 3}, []float32{1, 1, 1, 1, 0, -1, 1, -1, 1, 1, 0, -1}},
		{"stft", "window = \"none\"\nside = \"imag\"", []int{4, 1, 3}, []float32{0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0}},
		// Of 5 points a symmetric hann is 0, ½, 1, ½, 0; its squares add up to 1.5, its values to 2.
		{"stft", "scaling = \"none\"", []int{5, 1, 2}, []float32{0, 0, 0.5, -0.5, 1, 1, 0.5, -0.5, 0, 0}},
		{"stft", "scaling = \"spectrum\"", []int{5, 1, 2}, []float32{0, 0, 0.25, -0.25, 0.5, 0.5, 0.25, -0.25, 0, 0}},
		{"stft", "periodic = true", []int{4, 1, 2}, []float32{0, 0, 0.5 / 1.2247449, -0.5 / 1.2247449, 1 / 1.2247449, 1 / 1.2247449, 0.5 / 1.2247449, -0.5 / 1.2247449}},
	} {
		w := filled(t, decode(t, c.name, c.args), c.shape, Key{})
		for k := range w {
			if !(math.Abs(float64(w[k]-c.want[k])) < 1e-6) {
				t.Errorf("%s %q %v: %v, want %v", c.name, c.args, c.shape, w, c.want)
				break
			}
		}
	}
}

func TestOrthogonal(t *testing.T) {
	for _, shape := range [][]int{{60, 60}, {7, 20}, {20, 7}, {3, 3, 2, 8}, {1, 5}} {
		w := filled(t, decode(t, "orthogonal", "gain = 2"), shape, Key{3, 4})
		cols := shape[len(shape)-1]
		rows := len(w) / cols
		at := func(v, k int) float64 { return float64(w[k*cols+v]) } // column v
		n, length := cols, rows
		if rows < cols {
			at = func(v, k int) float64 { return float64(w[v*cols+k]) }
			n, length = rows, cols
		}
		for i := range n {
			for j := range i + 1 {
				d, want := 0.0, 0.0
				for k := range length {
					d += at(i, k) * at(j, k)
				}
				if i == j {
					want = 4
				}
				if math.Abs(d-want) > 1e-5 {
					t.Fatalf("%v: product of vectors %d and %d is %g", shape, i, j, d)
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, args string
		shape      []int
		says       string
	}{
		{"identity", "", []int{2, 2, 2}, "matrices"},
		{"orthogonal", "", []int{4}, "two or more axes"},
		{"stft", "", []int{4, 2, 3}, "[frame length, 1, frequencies]"},
		{"variance_scaling", "input_axes = [2]\noutput_axes = [0]", []int{4, 2}, "axis 2 does not exist"},
	} {
		err := decode(t, c.name, c.args).Fill(make([]float32, 64), c.shape, Key{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s of %v: %v, want an error that says %q", c.name, c.shape, err, c.says)
		}
	}
}

// A registered initializer without a test would be missing here.
func TestAllAreTested(t *testing.T) {
	want := []string{
		"constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform", "ones", "orthogonal",
		"random_normal", "random_uniform", "stft", "truncated_normal", "variance_scaling", "zeros",
	}
	if got := Registry.Names(); !slices.Equal(got, want) {
		t.Errorf("registered: %v; the tests here know %v", got, want)
	}
}
