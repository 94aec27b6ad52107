package safetensors

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() []Tensor {
	return []Tensor{
		Float32("dense/kernel", []int{2, 3}, []float32{1, 2, 3, 4, 5, float32(math.Inf(-1))}),
		Float32("dense/bias", []int{3}, []float32{0, -1, 0.5}),
		Float64("a/total", nil, []float64{math.Pi}),
		Int32("ids", []int{1, 1}, []int32{-7}),
		Int64("steps", []int{2}, []int64{1 << 40, -1}),
		Uint32("seed", []int{2}, []uint32{1, math.MaxUint32}),
		Uint8("bytes", []int{3}, []byte{1, 2, 255}),
		Boolean("mask", []int{2}, []bool{true, false}),
		Float32("empty", []int{0, 5}, nil),
		Float32("größe <&>", []int{1}, []float32{1e-45}),
	}
}

func encode(t testing.TB, tensors []Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tensors); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBytes(t *testing.T) {
	got := encode(t, []Tensor{
		Boolean("m", []int{1}, []bool{true}),
		Float32("b", nil, []float32{1}),
		Float32("a", []int{0}, nil),
	})
	header := `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"m":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]}}`
	for len(header)%8 != 0 {
		header += " "
	}
	want := string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + "\x00\x00\x80\x3f" + "\x01"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	file := encode(t, want)
	reversed := sample()
	slices.Reverse(reversed)
	if !bytes.Equal(file, encode(t, reversed)) {
		t.Error("the order of the slice changes the bytes")
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(file, got) {
		t.Errorf("WriteFile wrote other bytes than Write (%v)", err)
	}
	fromFile, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(want, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	for i := range want {
		if want[i].Shape == nil {
			want[i].Shape = []int{}
		}
		if want[i].Data == nil {
			want[i].Data = []byte{}
		}
	}
	if diff := cmp.Diff(want, fromFile); diff != "" {
		t.Errorf("ReadFile (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, parsed); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestReaderOneTensor(t *testing.T) {
	file := encode(t, sample())
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := r.Tensor("dense/kernel")
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 6)
	if err := kernel.CopyFloat32s(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1, 2, 3, 4, 5, float32(math.Inf(-1))}, got); diff != "" {
		t.Error(diff)
	}
	stream, err := r.Data("dense/kernel")
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := io.ReadAll(stream)
	if err != nil || !bytes.Equal(streamed, kernel.Data) {
		t.Errorf("Data gave %v, %v", streamed, err)
	}
	if info, ok := r.Lookup("ids"); !ok || info.DType != I32 || !slices.Equal(info.Shape, []int{1, 1}) {
		t.Errorf("Lookup = %+v, %v", info, ok)
	}
	if _, err := r.Tensor("nothing"); err == nil {
		t.Error("a missing tensor was read")
	}
	if _, err := r.Data("nothing"); err == nil {
		t.Error("a missing tensor was streamed")
	}
}

func TestAccessors(t *testing.T) {
	byName := map[string]Tensor{}
	for _, x := range sample() {
		byName[x.Name] = x
	}
	check := func(want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f64, err := byName["a/total"].Float64s()
	check([]float64{math.Pi}, f64, err)
	i32, err := byName["ids"].Int32s()
	check([]int32{-7}, i32, err)
	i64, err := byName["steps"].Int64s()
	check([]int64{1 << 40, -1}, i64, err)
	u32, err := byName["seed"].Uint32s()
	check([]uint32{1, math.MaxUint32}, u32, err)
	u8, err := byName["bytes"].Uint8s()
	check([]byte{1, 2, 255}, u8, err)
	mask, err := byName["mask"].Booleans()
	check([]bool{true, false}, mask, err)
	wide, err := byName["a/total"].AsFloat32s()
	check([]float32{math.Pi}, wide, err)

	kernel := byName["dense/kernel"]
	for name, err := range map[string]error{
		"wrong dtype":   second(kernel.Float64s()),
		"wrong length":  kernel.CopyFloat32s(make([]float32, 5)),
		"not a float":   second(byName["ids"].AsFloat32s()),
		"not boolean":   second(Tensor{"b", Bool, []int{1}, []byte{2}}.Booleans()),
		"huge shape":    second(Tensor{"h", F32, []int{1 << 40}, nil}.Float32s()),
		"negative axis": second(Tensor{"n", F32, []int{-1}, nil}.Float32s()),
		"overflow":      second(Tensor{"o", F32, []int{math.MaxInt, math.MaxInt}, nil}.AsFloat32s()),
		"unknown dtype": second(Tensor{"u", "F7", []int{0}, nil}.AsFloat32s()),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestNarrowFloats(t *testing.T) {
	halves := map[uint16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 1.0 / (1 << 14), 0x0001: 1.0 / (1 << 24), 0x03ff: 1023.0 / (1 << 24),
		0x3555: 0.333251953125, 0x7c00: float32(math.Inf(1)), 0xfc00: float32(math.Inf(-1)),
	}
	for bits, want := range halves {
		got, err := Tensor{"h", F16, nil, binary.LittleEndian.AppendUint16(nil, bits)}.AsFloat32s()
		if err != nil || got[0] != want {
			t.Errorf("half %#04x = %v, %v, want %v", bits, got, err, want)
		}
	}
	if got := fromHalf(0x8000); math.Float32bits(got) != 1<<31 {
		t.Errorf("half -0 = %v", got)
	}
	if got := fromHalf(0x7e00); got == got {
		t.Errorf("half NaN = %v", got)
	}
	got, err := Tensor{"b", BF16, nil, []byte{0x49, 0x40}}.AsFloat32s()
	if err != nil || got[0] != 3.140625 {
		t.Errorf("bfloat16 0x4049 = %v, %v", got, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for name, tensors := range map[string][]Tensor{
		"two of one name": {Float32("a", nil, one), Float32("a", nil, one)},
		"metadata":        {Float32("__metadata__", nil, one)},
		"not UTF-8":       {Float32("\xff", nil, one)},
		"shape":           {Float32("a", []int{2}, one)},
		"unknown dtype":   {{"a", "F7", nil, nil}},
		"long name":       {Float32(strings.Repeat("n", maxName+1), nil, one)},
	} {
		if err := Write(io.Discard, tensors); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// file builds a file from a header and so many zero bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestReadRefuses(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":            {nil, "too few"},
		"header too long":  {binary.LittleEndian.AppendUint64(nil, 1<<63), "at most"},
		"header cut short": {file("{}", 0)[:9], "cut short"},
		"no object":        {file("[]", 0), "not a JSON object"},
		"no header":        {file("", 0), "not a JSON object"},
		"not UTF-8":        {file("{\"\xff\":1}", 0), "UTF-8"},
		"trailing":         {file("{}{}", 0), "follows"},
		"unfinished":       {file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}`, 4), "header"},
		"duplicate":        {file(`{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}`, 2), "two tensors"},
		"overlap":          {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "overlap"},
		"gap":              {file(`{"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}`, 2), "gaps"},
		"data cut short":   {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1), "cut short"},
		"data left over":   {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 3), "belong to no tensor"},
		"size":             {file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "takes 8 bytes"},
		"backwards":        {file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}`, 1), "data_offsets"},
		"negative offset":  {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, 0), "data_offsets"},
		"one offset":       {file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}`, 0), "needed"},
		"no shape":         {file(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, 1), "needed"},
		"negative axis":    {file(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1), "negative axis"},
		"too many":         {file(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "too many elements"},
		"too many bytes":   {file(`{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}}`, 0), "too many elements"},
		"axis beyond int":  {file(`{"a":{"dtype":"U8","shape":[1e30],"data_offsets":[0,0]}}`, 0), "header"},
		"unknown dtype":    {file(`{"a":{"dtype":"F7","shape":[],"data_offsets":[0,1]}}`, 1), "unknown dtype"},
		"unknown field":    {file(`{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}}`, 1), "unknown field"},
		"rank":             {file(`{"a":{"dtype":"U8","shape":[1`+strings.Repeat(",1", maxRank)+`],"data_offsets":[0,1]}}`, 1), "axes"},
		"metadata":         {file(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},
		"deep":             {file(`{"a":`+deep, 0), "header"},
		"long name":        {file(`{"`+strings.Repeat("n", maxName+1)+`":1}`, 0), "a name of"},
	} {
		if _, err := Parse(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestReadOthers(t *testing.T) {
	// As PyTorch and Keras write: metadata, another order, an element type that dlrun does not compute with.
	f := file(`{"__metadata__":{"format":"pt"},"b":{"dtype":"I8","shape":[2],"data_offsets":[4,6]},"a":{"data_offsets":[0,4],"dtype":"BF16","shape":[2]}}   `, 6)
	r, err := NewReader(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Metadata()["format"] != "pt" || len(r.Infos()) != 2 || r.Infos()[0].Name != "a" {
		t.Errorf("read %v, %v", r.Metadata(), r.Infos())
	}
}

func TestTornAtEveryByte(t *testing.T) {
	whole := encode(t, sample())
	for n := range whole {
		if _, err := Parse(whole[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(whole))
		}
		path := filepath.Join(t.TempDir(), "torn")
		if n%97 == 0 { // a file that lies about its size to the reader
			if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadFile(path); err == nil {
				t.Errorf("file cut to %d bytes: no error", n)
			}
		}
	}
	// A reader of a file that shrinks after it was opened.
	r, err := NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	r.src = bytes.NewReader(whole[:len(whole)-1])
	if _, err := r.All(); err == nil {
		t.Error("a file that shrank was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, in []byte) {
		tensors, err := Parse(in)
		if err != nil {
			return
		}
		// What is read can be written, and is the same when it is read again.
		again, err := Parse(encode(t, tensors))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tensors, again); diff != "" {
			t.Error(diff)
		}
		for _, x := range tensors {
			if v, err := x.AsFloat32s(); err == nil && len(v) != x.Len() {
				t.Errorf("%q: %d elements of %d", x.Name, len(v), x.Len())
			}
		}
	})
}
