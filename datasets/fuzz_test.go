package datasets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrun/dlrun/pipeline/source"
)

// tarred makes a tar archive of names and contents, uncompressed.
func tarred(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Typeflag: tar.TypeReg, Mode: 0o666, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzArchive reads any bytes as the archives of the sets that are fetched as one: rows or an error, nothing written.
func FuzzArchive(f *testing.F) {
	image := string(make([]byte, 3073))
	f.Add(tarred(f, "cifar-10-batches-bin/data_batch_1.bin", image, "cifar-10-batches-bin/test_batch.bin", image))
	f.Add(tarred(f, "aclImdb/train/neg/0_1.txt", "bad", "aclImdb/test/pos/0_9.txt", "good"))
	f.Add(tarred(f, "../../escape.bin", image))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		path := filepath.Join(dir, "a.tar.gz")
		if err := os.WriteFile(path, gzipOf(t, raw), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Set{cifar10, imdb} {
			var wants []source.Want
			for _, c := range s.Columns {
				wants = append(wants, source.Want{Name: c.Name})
			}
			rows := 0
			for rec, err := range s.files(context.Background(), []string{path}, source.Train, wants) {
				if err != nil {
					break
				}
				rows += int(rec.NumRows())
			}
			if rows > len(raw) {
				t.Errorf("%d rows of %d bytes", rows, len(raw))
			}
		}
		if found, _ := os.ReadDir(dir); len(found) != 1 {
			t.Errorf("%d files were written", len(found)-1)
		}
	})
}
