package inflate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// texts are data of many kinds.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 500_000) // long codes: the frequencies fall by half
	for i := range skewed {
		for skewed[i] = 0; r.IntN(2) == 0 && skewed[i] < 40; skewed[i]++ {
		}
	}
	images := make([]byte, 400_000) // runs of zeros between other bytes
	for i := 0; i < len(images); i += r.IntN(60) + 1 {
		for k := i; k < min(len(images), i+r.IntN(9)); k++ {
			images[k] = noise[k%len(noise)]
		}
	}
	far := append(append(append([]byte(nil), noise[:40_000]...), noise[7232:40_000]...), noise[7231:9000]...) // as far back as a match goes
	periods := []byte{}
	for p := range 20 {
		for range 600 {
			periods = append(periods, noise[:p+1]...)
		}
	}
	return map[string][]byte{
		"nothing": {}, "one byte": {7}, "zeros": make([]byte, 1_000_000), "noise": noise, "skewed": skewed, "images": images, "far": far, "periods": periods,
		"text": bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog; "), 3000), "short": []byte("abracadabra"),
	}
}

func pack(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Name, w.Comment, w.Extra = "name", "a comment", []byte{1, 2, 3}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpack(packed []byte) ([]byte, error) {
	r, err := NewGzip(packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestRoundTrip(t *testing.T) {
	for name, data := range texts() {
		for _, level := range []int{gzip.NoCompression, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression, gzip.HuffmanOnly} {
			packed := pack(t, data, level)
			got, err := unpack(packed)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, level %d: %d bytes, want %d; %v", name, level, len(got), len(data), err)
			}
			r, err := NewGzip(packed)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, data[:min(len(data), 1<<30)]); len(data) < 1000 && err != nil {
				t.Errorf("%s, level %d: %v", name, level, err)
			}
		}
	}
}

// TestDamage cuts data short and changes bytes: it must be told, never believed, and never panic.
func TestDamage(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, data := range texts() {
		data = data[:min(len(data), 20_000)]
		for _, level := range []int{gzip.NoCompression, gzip.DefaultCompression, gzip.HuffmanOnly} {
			packed := pack(t, data, level)
			for range 100 {
				n := r.IntN(len(packed))
				if _, err := unpack(packed[:n]); err == nil {
					t.Fatalf("%s, level %d: %d of %d bytes are enough", name, level, n, len(packed))
				}
			}
			for range 200 {
				bad := bytes.Clone(packed)
				bad[27+r.IntN(len(bad)-27)] ^= byte(1 << r.IntN(8)) // after the header
				got, err := unpack(bad)
				if err == nil && !bytes.Equal(got, data) {
					t.Fatalf("%s, level %d: damaged data are believed", name, level)
				}
			}
		}
	}
	for _, bad := range []string{"", "\x1f\x8b", "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xffname", "\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\xff"} {
		if _, err := NewGzip([]byte(bad)); err == nil {
			t.Errorf("%q is taken for gzip", bad)
		}
	}
}

// FuzzReader holds the reader against compress/gzip.
func FuzzReader(f *testing.F) {
	for _, data := range texts() {
		f.Add(pack(f, data[:min(len(data), 2000)], gzip.DefaultCompression))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		got, err := unpack(packed)
		var want []byte
		z, wantErr := gzip.NewReader(bytes.NewReader(packed))
		if wantErr == nil {
			z.Multistream(false)
			want, wantErr = io.ReadAll(z)
		}
		switch {
		case (err == nil) != (wantErr == nil) && !errors.Is(wantErr, gzip.ErrHeader):
			t.Fatalf("%v, compress/gzip says %v", err, wantErr)
		case err == nil && !bytes.Equal(got, want):
			t.Fatal("different bytes")
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for name, data := range texts() {
		if len(data) < 100_000 {
			continue
		}
		packed := pack(b, data, gzip.DefaultCompression)
		out := make([]byte, len(data))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for range b.N {
				r, err := NewGzip(packed)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(r, out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/compress", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for range b.N {
				r, err := gzip.NewReader(bytes.NewReader(packed))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(r, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
