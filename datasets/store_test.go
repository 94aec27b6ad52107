package datasets

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/internal/fetch"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// tgz is a compressed archive of files, with names and contents in turns.
func tgz(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Typeflag: tar.TypeReg, Size: int64(len(files[i+1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCIFARFiles(t *testing.T) {
	image := func(label, red byte) string {
		planes := bytes.Repeat([]byte{red}, 1024)
		planes[1] = 7
		return string(append(append(append([]byte{label}, planes...), bytes.Repeat([]byte{2}, 1024)...), bytes.Repeat([]byte{3}, 1024)...))
	}
	path := filepath.Join(t.TempDir(), "c.tar.gz")
	s := *cifar10
	s.Rows = map[string]int{source.Train: 3, source.Test: 1}
	s.files = cifar(&s, []string{"label"}, map[string]string{source.Train: "data_batch_", source.Test: "test_batch"})
	if err := os.WriteFile(path, tgz(t, "c/readme", "x", "c/data_batch_1.bin", image(5, 1)+image(6, 9), "c/data_batch_2.bin", image(4, 8), "../../c/test_batch.bin", image(0, 0)), 0o666); err != nil {
		t.Fatal(err)
	}
	var labels []int32
	for rec, err := range s.files(context.Background(), []string{path}, source.Train, []source.Want{{Name: "label"}, {Name: "image"}}) {
		if err != nil {
			t.Fatal(err)
		}
		v := columnsOf(t, rec)
		labels = append(labels, v[0].I32...)
		if p := v[1].U8[:6]; labels[len(labels)-1] == 6 && !bytes.Equal(p, []byte{1, 2, 3, 7, 2, 3}) {
			t.Errorf("the first two pixels are %v", p)
		}
	}
	if len(labels) != 3 || labels[0] != 5 || labels[2] != 4 {
		t.Error(labels)
	}
	s.Rows[source.Test] = 2
	for _, err := range s.files(context.Background(), []string{path}, source.Test, []source.Want{{Name: "label"}}) {
		if err != nil && !strings.Contains(err.Error(), "1 images for test, not 2") {
			t.Error(err)
		}
	}
}

// TestStore takes a set from a mirror and from files, and finds what is wrong with them.
func TestStore(t *testing.T) {
	content := []byte("what was published")
	sum := sha256.Sum256(content)
	s := &Set{Name: "some", Files: []File{{Name: "a.bin", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}}}
	mirror, ctx := t.TempDir(), context.Background()
	st := &Store{Dir: t.TempDir(), Client: &fetch.Client{Mirror: mirror}}
	if err := st.Fetch(ctx, s); err == nil || st.Has(s) {
		t.Errorf("%v: nothing is there", err)
	}
	file := filepath.Join(mirror, "a.bin")
	if err := os.WriteFile(file, []byte("what was PUBLISHED"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{st.Fetch(ctx, s), st.Import(ctx, s, mirror), st.Import(ctx, s, file)} {
		if err == nil || !strings.Contains(err.Error(), "SHA-256") || st.Has(s) {
			t.Error(err)
		}
	}
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, bring := range []func() error{func() error { return st.Fetch(ctx, s) }, func() error { return st.Import(ctx, s, mirror) }, func() error { return st.Import(ctx, s, file) }} {
		st.Dir = t.TempDir()
		if err := bring(); err != nil || !st.Has(s) || st.Verify(s) != nil {
			t.Errorf("%v, %v", err, st.Verify(s))
		}
	}
	if err := os.WriteFile(st.Path(s, s.Files[0]), []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := st.Verify(s); err == nil {
		t.Error("damage is not found")
	}
}

func columnsOf(t *testing.T, rec arrow.Record) []*column.Values {
	t.Helper()
	var out []*column.Values
	for i := range int(rec.NumCols()) {
		v, err := column.FromRecord(rec, i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}
