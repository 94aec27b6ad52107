package tfevents

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// field is one field of a protocol buffer: a number, or bytes.
type field struct {
	k     int
	n     uint64
	bytes []byte
}

// fields reads a message.
func fields(t *testing.T, b []byte) []field {
	t.Helper()
	var out []field
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatalf("no tag in %x", b)
		}
		b = b[n:]
		f := field{k: int(tag >> 3)}
		switch tag & 7 {
		case 0:
			f.n, n = binary.Uvarint(b)
			if n <= 0 {
				t.Fatalf("no number in %x", b)
			}
			b = b[n:]
		case 1:
			f.n, b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			size, n := binary.Uvarint(b)
			if n <= 0 || uint64(len(b)-n) < size {
				t.Fatalf("no %d bytes in %x", size, b)
			}
			f.bytes, b = b[n:n+int(size)], b[n+int(size):]
		default:
			t.Fatalf("field of kind %d", tag&7)
		}
		out = append(out, f)
	}
	return out
}

// get is the message or number of a path of fields, the first of each.
func get(t *testing.T, b []byte, path ...int) field {
	t.Helper()
	var f field
	for _, k := range path {
		list := fields(t, b)
		i := slices.IndexFunc(list, func(f field) bool { return f.k == k })
		if i < 0 {
			t.Fatalf("no field %d of %v", k, path)
		}
		f = list[i]
		b = f.bytes
	}
	return f
}

// events reads the records of a file and checks their sums.
func events(t *testing.T, file []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for len(file) > 0 {
		n := int(binary.LittleEndian.Uint64(file))
		if sum := binary.LittleEndian.Uint32(file[8:]); sum != masked(file[:8]) {
			t.Fatalf("check sum of a length: %x", sum)
		}
		data := file[12 : 12+n]
		if sum := binary.LittleEndian.Uint32(file[12+n:]); sum != masked(data) {
			t.Fatalf("check sum of %d bytes: %x", n, sum)
		}
		out, file = append(out, data), file[16+n:]
	}
	return out
}

func TestVersion(t *testing.T) {
	got := Version(At{Time: time.Unix(1700000000, 500000000)})
	e := events(t, got)
	if len(e) != 1 || string(get(t, e[0], 3).bytes) != "brain.Event:2" || math.Float64frombits(get(t, e[0], 1).n) != 1700000000.5 {
		t.Errorf("%x", got)
	}
	// The masked CRC-32C of "123456789" follows from its published check value, e3069283.
	c := uint32(0xe3069283)
	if got, want := masked([]byte("123456789")), (c>>15|c<<17)+0xa282ead8; got != want {
		t.Errorf("masked check sum %x, want %x", got, want)
	}
}

func TestScalar(t *testing.T) {
	e := events(t, append(Scalar(At{7, time.Unix(3, 0)}, "epoch_loss", 0.25), Scalar(At{1 << 40, time.Unix(4, 0)}, "x", float32(math.NaN()))...))
	if len(e) != 2 {
		t.Fatalf("%d events", len(e))
	}
	if step := get(t, e[0], 2).n; step != 7 {
		t.Errorf("step %d", step)
	}
	if step := get(t, e[1], 2).n; step != 1<<40 {
		t.Errorf("step %d", step)
	}
	if tag := string(get(t, e[0], 5, 1, 1).bytes); tag != "epoch_loss" {
		t.Errorf("tag %q", tag)
	}
	if plugin := string(get(t, e[0], 5, 1, 9, 1, 1).bytes); plugin != "scalars" {
		t.Errorf("plugin %q", plugin)
	}
	if v := math.Float32frombits(binary.LittleEndian.Uint32(get(t, e[0], 5, 1, 8, 5).bytes)); v != 0.25 {
		t.Errorf("value %g", v)
	}
	if kind := get(t, e[0], 5, 1, 8, 1).n; kind != float32s {
		t.Errorf("type %d", kind)
	}
}

func TestHistogram(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		values      []float32
		low, high   float64
		first, last float64 // counts
		all         float64
	}{
		{[]float32{0, 1, 2, 3, 30, nan, -inf}, 0, 30, 1, 1, 5},
		{[]float32{5, 5, 5}, 5, 5, 0, 3, 3},
		{[]float32{nan, inf}, 0, 0, 0, 0, 0},
		{nil, 0, 0, 0, 0, 0},
		{[]float32{-1, 1, 0.999}, -1, 1, 1, 2, 3},
	} {
		e := events(t, Histogram(At{}, "w/histogram", c.values))
		content := get(t, e[0], 5, 1, 8, 4).bytes
		var v []float64
		for ; len(content) > 0; content = content[8:] {
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(content)))
		}
		if len(v) != 3*buckets {
			t.Fatalf("%d numbers", len(v))
		}
		all := 0.0
		for i := range buckets {
			all += v[3*i+2]
			if i > 0 && v[3*i] != v[3*i-2] {
				t.Errorf("%v: part %d begins at %g, the one before ends at %g", c.values, i, v[3*i], v[3*i-2])
			}
		}
		got := fmt.Sprint(v[0], v[3*buckets-2], v[2], v[3*buckets-1], all)
		if want := fmt.Sprint(c.low, c.high, c.first, c.last, c.all); got != want {
			t.Errorf("%v: %s, want %s", c.values, got, want)
		}
		if shape := get(t, e[0], 5, 1, 8, 2, 2, 1).n; shape != buckets {
			t.Errorf("%d rows", shape)
		}
	}
}

func TestImages(t *testing.T) {
	e := events(t, Images(At{}, "w/image", 12, 3, [][]byte{{1, 2}, {3}}))
	var got []string
	for _, f := range fields(t, get(t, e[0], 5, 1, 8).bytes) {
		if f.k == 8 {
			got = append(got, string(f.bytes))
		}
	}
	if !slices.Equal(got, []string{"12", "3", "\x01\x02", "\x03"}) {
		t.Errorf("%q", got)
	}
}
