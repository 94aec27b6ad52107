package jpeg

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func decode(d *Decoder, raw []byte, channels int) (pix []uint8, size [2]int, err error) {
	err = d.Decode(raw, channels, func(w, h int) ([]uint8, error) {
		if w*h > 1<<20 {
			return nil, errors.New("too large")
		}
		size, pix = [2]int{w, h}, make([]uint8, w*h*channels)
		return pix, nil
	})
	return pix, size, err
}

// testdata/pillow.json is what Pillow with libjpeg-turbo makes of the pictures (pillow.py).
func TestAsPillow(t *testing.T) {
	raw, err := os.ReadFile("testdata/pillow.json")
	if err != nil {
		t.Fatal(err)
	}
	var wants map[string]struct {
		Size      [2]int
		RGB, Grey string
	}
	if err := json.Unmarshal(raw, &wants); err != nil || len(wants) < 13 {
		t.Fatal(len(wants), err)
	}
	for _, i := range isa.All() {
		d := NewDecoder(i)
		for name, want := range wants {
			raw, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for channels, sum := range map[int]string{1: want.Grey, 3: want.RGB} {
				pix, size, err := decode(d, raw, channels)
				if err != nil || size != want.Size {
					t.Errorf("%v, %s: %v, %v", i, name, size, err)
				} else if got := sha256.Sum256(pix); hex.EncodeToString(got[:]) != sum {
					t.Errorf("%v, %s: not the pixels of Pillow in %d channels", i, name, channels)
				}
			}
		}
	}
}

// A file that was cut short is an error wherever it was cut.
func TestCutShort(t *testing.T) {
	raw, err := os.ReadFile("testdata/08.jpg")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(isa.Detect())
	for n := range len(raw) - 4 {
		if _, _, err := decode(d, raw[:n], 3); err == nil {
			t.Fatalf("%d of %d bytes make a picture", n, len(raw))
		}
	}
}

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	fast, plain := NewDecoder(isa.Detect()), NewDecoder(isa.Generic)
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, _, errA := decode(fast, raw, 3)
		b, _, errB := decode(plain, raw, 3)
		if (errA == nil) != (errB == nil) || errA == nil && string(a) != string(b) {
			t.Fatal("two instruction sets differ", errA, errB)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw, err := os.ReadFile("testdata/12.jpg")
	if err != nil {
		b.Fatal(err)
	}
	d := NewDecoder(isa.Detect())
	dst := make([]uint8, 3*120*90)
	for b.Loop() {
		if err := d.Decode(raw, 3, func(int, int) ([]uint8, error) { return dst, nil }); err != nil {
			b.Fatal(err)
		}
	}
}
