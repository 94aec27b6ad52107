package source

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// checkDecimal holds a text against strconv.
func checkDecimal(t *testing.T, text string) {
	t.Helper()
	for _, end := range []string{"", ",", "\n", "\r\n", ",12345678", "x"} {
		b := append([]byte(text+end), make([]byte, padded)...)
		got, next := float32At(b, 0)
		if next < 0 {
			continue
		}
		want, err := strconv.ParseFloat(string(b[:next]), 32)
		if err != nil {
			t.Fatalf("%q was read as %v up to %d: %v", b[:len(b)-padded], got, next, err)
		}
		if math.Float32bits(got) != math.Float32bits(float32(want)) {
			t.Fatalf("%q is %v, want %v", text, got, float32(want))
		}
		if n, next := int64At(b, 0); next >= 0 {
			want, err := strconv.ParseInt(string(b[:next]), 10, 64)
			if err != nil || n != want {
				t.Fatalf("%q is %d, want %d: %v", text, n, want, err)
			}
		}
	}
}

func TestDecimalsAreCorrectlyRounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		f := math.Float32frombits(r.Uint32())
		if f != f || math.IsInf(float64(f), 0) {
			continue
		}
		next := math.Nextafter32(f, float32(math.Inf(1)))
		middle := (float64(f) + float64(next)) / 2 // exact: the hardest case there is
		d := math.Float64frombits(math.Float64bits(middle) + uint64(r.IntN(41)) - 20)
		for _, text := range []string{
			strconv.FormatFloat(float64(f), 'g', -1, 32), strconv.FormatFloat(float64(f), 'e', -1, 32),
			strconv.FormatFloat(float64(f), 'e', r.IntN(18), 64), strconv.FormatFloat(middle, 'g', -1, 64),
			strconv.FormatFloat(middle, 'e', 30, 64), strconv.FormatFloat(d, 'e', 17, 64), strconv.FormatFloat(d, 'e', 16, 64),
			strconv.FormatInt(int64(r.Uint64()>>r.IntN(64)), 10), fmt.Sprintf("%.*f", r.IntN(17), r.NormFloat64()*10),
		} {
			checkDecimal(t, text)
		}
	}
}

func TestDecimalForms(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "00", "-0.0", "1.", ".5", "-.5", ".", "-", "", "+1", "--1", "1e", "1e+", "1e-", "1e5", "1E-5", "1e+5", "1.5e3", "1..2", "1.2.3", "e5", ".e5",
		"16777217", "16777219", "-16777217", "9007199254740993", "33554434.5", "123456789012345678", "1234567890123456789", "12345678.12345678", "123456789.123456789",
		"0.000000000000000000001", "1e-64", "1e64", "1e-45", "7e-46", "1.17549435e-38", "1.1754943e-38", "3.4028235e38", "3.4028236e38", "3.5e38", "0e99", "0.0e-70", "1e00005", "1e12345678",
		"1 2", "１", strings.Repeat("1", 40), "0." + strings.Repeat("0", 30) + "1", "1.00000005960464477539", "1.000000178813934326171875", "1:5", "1/5", "1;", "\xb1\xb2",
	} {
		checkDecimal(t, text)
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1.5", "-2e-3", "16777217", "0.12573022109349812"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { checkDecimal(t, text) })
}

func BenchmarkFloat32At(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, format := range map[string]func(float64) string{
		"float32": func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 32) },
		"float64": func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) },
		"whole":   func(f float64) string { return strconv.Itoa(int(f * 1000)) },
	} {
		b.Run(name, func(b *testing.B) {
			var text []byte
			const n = 100_000
			for range n {
				text = append(text, format(r.NormFloat64())+","...)
			}
			b.SetBytes(int64(len(text)))
			text = append(text, make([]byte, padded)...)
			slow := 0
			for b.Loop() {
				at := 0
				for range n {
					_, next := float32At(text, at)
					if next < 0 {
						slow++
						for next = at; text[next] != ','; next++ {
						}
					}
					at = next + 1
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/number")
			b.ReportMetric(float64(slow)/float64(b.N*n), "left/number")
		})
	}
}
