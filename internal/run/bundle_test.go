package run

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dlrun/dlrun/internal/safetensors"
)

func sampleBundle() *Bundle {
	return &Bundle{
		Dlrun: "0.1", Name: "mnist",
		Signature: Signature{
			Inputs: []ModelInput{{"image", Shape{28, AnyLength, 1}, "float32"}, {"scalar", Shape{}, "int32"}},
			Outputs: []ModelOutput{
				{Name: "digit", Shape: Shape{2}, DType: "float32", Activation: "softmax", Classes: []string{"<zero>", "eins ünd"}},
				{Name: "logit", Shape: Shape{1}, DType: "float32", FromLogits: true},
			},
		},
		Source:        map[string]string{"model.hcl": "model \"m\" {}\n", "lib/blocks.hcl": ""},
		Preprocessing: json.RawMessage(`{"mean":[1.5]}`),
		Weights:       []safetensors.Tensor{safetensors.Float32("d/kernel", []int{2, 1}, []float32{1, 2})},
	}
}

func bundleBytes(t testing.TB, b *Bundle) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.dlrun")
	if err := WriteBundle(path, b); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestBundleRoundTrip(t *testing.T) {
	want := sampleBundle()
	content := bundleBytes(t, want)
	if !bytes.Equal(content, bundleBytes(t, sampleBundle())) {
		t.Error("the same bundle gave other bytes")
	}
	path := filepath.Join(t.TempDir(), "m.dlrun")
	mustWrite(t, path, string(content))
	read, err := ReadBundle(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("ReadBundle (-want +got):\n%s", diff)
	}
	parsed, err := ParseBundle(content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, parsed); diff != "" {
		t.Errorf("ParseBundle (-want +got):\n%s", diff)
	}
	small := &Bundle{Source: map[string]string{}, Weights: []safetensors.Tensor{}}
	if got, err := ParseBundle(bundleBytes(t, small)); err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(small, got); diff != "" {
		t.Errorf("an empty bundle (-want +got):\n%s", diff)
	}
}

// TestBundleIsAPlainZip looks at the file as another program would.
func TestBundleIsAPlainZip(t *testing.T) {
	content := bundleBytes(t, sampleBundle())
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.Method != zip.Store || f.Flags&8 != 0 || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: method %d, flags %#x, time %v", f.Name, f.Method, f.Flags, f.Modified)
		}
	}
	want := []string{"manifest.json", "weights.safetensors", "preprocessing.json", "source/lib/blocks.hcl", "source/model.hcl"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	r, err := z.Open("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var plain struct {
		Signature struct{ Inputs []struct{ Shape []any } }
		Entries   []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{28.0, nil, 1.0}, plain.Signature.Inputs[0].Shape); diff != "" {
		t.Errorf("shape (-want +got):\n%s", diff)
	}
	sum := sha256.Sum256([]byte(`{"mean":[1.5]}`))
	if e := plain.Entries[1]; e.Name != "preprocessing.json" || e.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("second entry is %+v", e)
	}
}

func TestWriteBundleRefuses(t *testing.T) {
	for name, change := range map[string]func(*Bundle){
		"two inputs":        func(b *Bundle) { b.Signature.Inputs[1].Name = "image" },
		"two outputs":       func(b *Bundle) { b.Signature.Outputs[1].Name = "digit" },
		"negative axis":     func(b *Bundle) { b.Signature.Inputs[0].Shape[0] = -2 },
		"source outside":    func(b *Bundle) { b.Source["../x.hcl"] = "" },
		"source absolute":   func(b *Bundle) { b.Source["/x.hcl"] = "" },
		"source device":     func(b *Bundle) { b.Source["aux.hcl"] = "" },
		"names by case":     func(b *Bundle) { b.Source["Model.hcl"] = "" },
		"source not text":   func(b *Bundle) { b.Source["model.hcl"] = "\xff" },
		"preprocessing":     func(b *Bundle) { b.Preprocessing = json.RawMessage("{") },
		"broken tensor":     func(b *Bundle) { b.Weights[0].Data = nil },
		"too many files":    func(b *Bundle) { addSources(b, maxEntries) },
		"two of one weight": func(b *Bundle) { b.Weights = append(b.Weights, b.Weights[0]) },
	} {
		b := sampleBundle()
		change(b)
		path := filepath.Join(t.TempDir(), "m.dlrun")
		if err := WriteBundle(path, b); err == nil {
			t.Errorf("%s: no error", name)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
			t.Errorf("%s: left %v (%v)", name, entries, err)
		}
	}
}

func addSources(b *Bundle, n int) {
	for i := range n {
		b.Source[fmt.Sprintf("f%d.hcl", i)] = ""
	}
}

func TestBundleTornOrFlippedAtEveryByte(t *testing.T) {
	whole := bundleBytes(t, sampleBundle())
	for n := range whole {
		if _, err := ParseBundle(whole[:n]); err == nil {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(whole))
		}
	}
	want := sampleBundle()
	for n := range whole {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			b := bytes.Clone(whole)
			b[n] ^= flip
			got, err := ParseBundle(b)
			if err != nil {
				continue
			}
			// Not noticed: then it lies where it changes nothing that is used.
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("byte %d ^ %#x (-want +got):\n%s", n, flip, diff)
			}
		}
	}
}

// A forged is an entry of a zip file made without our writer's care.
type forged struct {
	name, content string
	method        uint16
}

// forge makes a zip file with a right comment for its index. Where index is empty it lists the entries truly.
func forge(t *testing.T, index string, entries ...forged) []byte {
	t.Helper()
	if index == "" {
		list := []indexEntry{}
		for _, e := range entries {
			in := HashBytes(e.name, []byte(e.content))
			list = append(list, indexEntry{e.name, in.Bytes, in.SHA256})
		}
		text, err := json.Marshal(bundleIndex{Format: bundleFormat, Entries: list})
		if err != nil {
			t.Fatal(err)
		}
		index = string(text)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range append([]forged{{indexName, index, zip.Store}}, entries...) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.SetComment(commentPrefix + HashBytes("", []byte(index)).SHA256); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadBundleRefuses(t *testing.T) {
	var empty bytes.Buffer
	if err := safetensors.Write(&empty, nil); err != nil {
		t.Fatal(err)
	}
	weights := forged{name: weightsEntry, content: empty.String()}
	if _, err := ParseBundle(forge(t, "", weights)); err != nil {
		t.Fatalf("a forged bundle without fault: %v", err)
	}
	sum := HashBytes("", []byte(weights.content)).SHA256
	index := func(entries ...string) string {
		return `{"format":1,"signature":{},"entries":[` + strings.Join(entries, ",") + `]}`
	}
	listed := fmt.Sprintf(`{"name":%q,"bytes":%d,"sha256":%q}`, weights.name, len(weights.content), sum)
	many := []forged{weights}
	for i := range maxEntries {
		many = append(many, forged{name: fmt.Sprintf("source/%d", i)})
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"not a zip":         {[]byte("PK and nothing else"), "zip"},
		"empty":             {nil, "zip"},
		"compressed":        {forge(t, "", weights, forged{"source/bomb", strings.Repeat("0", 1<<16), zip.Deflate}), "compressed"},
		"leaves the folder": {forge(t, "", weights, forged{name: "source/../../x"}), "plain relative path"},
		"absolute":          {forge(t, "", weights, forged{name: "/etc/passwd"}), "plain relative path"},
		"drive":             {forge(t, "", weights, forged{name: "source/c:x"}), "plain relative path"},
		"backslash":         {forge(t, "", weights, forged{name: `source\x`}), "plain relative path"},
		"folder":            {forge(t, "", weights, forged{name: "source/"}), "plain relative path"},
		"device":            {forge(t, "", weights, forged{name: "source/nul"}), "plain relative path"},
		"long name":         {forge(t, "", weights, forged{name: "source/" + strings.Repeat("x", maxEntryName)}), "longer than"},
		"twice":             {forge(t, "", weights, weights), "same file"},
		"twice but case":    {forge(t, "", weights, forged{name: "source/a"}, forged{name: "source/A"}), "same file"},
		"too many":          {forge(t, "", many...), "entries, at most"},
		"foreign entry":     {forge(t, "", weights, forged{name: "run.sh"}), "no part of a bundle"},
		"no weights":        {forge(t, "", forged{name: "source/a"}), "no weights"},
		"no index":          {forge(t, "x", weights), "invalid character"},
		"index of a list":   {forge(t, "[]", weights), "cannot unmarshal"},
		"not listed":        {forge(t, index(), weights), "does not list"},
		"not there":         {forge(t, index(listed), forged{name: "source/a"}), "not there"},
		"listed twice":      {forge(t, index(listed, listed), weights), "twice"},
		"index in itself":   {forge(t, index(`{"name":"manifest.json"}`), weights), "twice"},
		"other size":        {forge(t, index(strings.Replace(listed, `"bytes":`, `"bytes":1`, 1)), weights), "says"},
		"negative size":     {forge(t, index(strings.Replace(listed, `"bytes":`, `"bytes":-`, 1)), weights), "says"},
		"other hash":        {forge(t, index(strings.Replace(listed, sum[:4], "0000", 1)), weights), "damaged"},
		"future format":     {forge(t, strings.Replace(index(listed), `"format":1`, `"format":2`, 1), weights), "format 2"},
		"bad weights":       {forge(t, "", forged{name: weightsEntry, content: "x"}), "too few"},
		"bad preprocessing": {forge(t, "", weights, forged{name: preprocessingEntry, content: "{"}), "not JSON"},
		"source not text":   {forge(t, "", weights, forged{name: "source/a", content: "\xff"}), "UTF-8"},
		"bad shape":         {forge(t, `{"format":1,"signature":{"inputs":[{"shape":[-7]}]},"entries":[`+listed+`]}`, weights), "axis"},
	} {
		if _, err := ParseBundle(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	if _, err := ReadBundle(t.TempDir()); err == nil {
		t.Error("a folder was read as a bundle")
	}
	// Sizes in the directory beyond the file's: nothing is allocated on their word.
	lying := forge(t, "", weights)
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	copy(lying[at+20:], "\xff\xff\xff\x7f\xff\xff\xff\x7f")
	if _, err := ParseBundle(lying); err == nil || !strings.Contains(err.Error(), "more bytes than the file") {
		t.Errorf("lying sizes: %v", err)
	}
}

// checkParsed says that a bundle which could be read can be written, and is the same when it is read again.
func checkParsed(t *testing.T, content []byte) {
	t.Helper()
	b, err := ParseBundle(content)
	if err != nil {
		return
	}
	var out bytes.Buffer
	if err := b.write(&out); err != nil {
		t.Fatal(err)
	}
	again, err := ParseBundle(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, again, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add(bundleBytes(f, sampleBundle()))
	f.Add(bundleBytes(f, &Bundle{}))
	f.Fuzz(checkParsed)
}

// FuzzBundleIndex reaches what lies behind the hashes: they are always right.
func FuzzBundleIndex(f *testing.F) {
	f.Add(`{"format":1,"signature":{"inputs":[{"name":"a","shape":[null,3]}],"outputs":[{"classes":["x"]}]},"entries":[`, "source/a.hcl", "text", []byte{2, 0, 0, 0, 0, 0, 0, 0, '{', '}'})
	f.Fuzz(func(t *testing.T, head, name, content string, weights []byte) {
		entries := []forged{{name: weightsEntry, content: string(weights)}, {name: name, content: content}}
		index := head
		for i, e := range entries {
			in := HashBytes(e.name, []byte(e.content))
			text, err := json.Marshal(indexEntry{e.name, in.Bytes, in.SHA256})
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				index += ","
			}
			index += string(text)
		}
		if len(name) > 1<<16-1 {
			return // no zip file can have it
		}
		checkParsed(t, forge(t, index+"]}", entries...))
	})
}
