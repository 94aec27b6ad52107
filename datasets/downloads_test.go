package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/dlrun/dlrun/internal/fetch"
)

// served is a file on a server of its own.
func served(t *testing.T, name string, raw []byte) Download {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(string(raw)))
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(raw)
	return Download{Name: name, Addresses: []string{server.URL + "/" + name}, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(raw))}
}

func TestDownloads(t *testing.T) {
	ctx := context.Background()
	st := &Store{Dir: t.TempDir(), Client: &fetch.Client{Retries: 1, Pause: time.Millisecond}}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	csv := served(t, "table.csv", []byte("x\n1\n"))
	archive := served(t, "more.tar.zst", enc.EncodeAll(tarred(t, "./a/b.txt", "one", "c.txt", "two"), nil))
	archive.Unpack = true
	second := served(t, "zipped.zip", zipOf(t, "d/", "", "d/e.txt", "three"))
	second.Unpack = true
	all := []Download{csv, archive, second}
	if err := st.VerifyDownloads(all); err == nil {
		t.Error("what is not there was verified")
	}
	dir, err := st.Downloads(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"table.csv": "x\n1\n", "a/b.txt": "one", "c.txt": "two", "d/e.txt": "three"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	offline := &Store{Dir: st.Dir}
	if again, err := offline.Downloads(ctx, all); err != nil || again != dir || offline.VerifyDownloads(all) != nil {
		t.Errorf("%s %v %v", again, err, offline.VerifyDownloads(all))
	}
	if err := os.WriteFile(filepath.Join(dir, "c.txt"), []byte("TWO"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := st.VerifyDownloads(all); err == nil || !strings.Contains(err.Error(), "c.txt") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.txt"), []byte("longer"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := offline.Downloads(ctx, all); err != nil || st.VerifyDownloads(all) != nil { // unpacked anew
		t.Error(err, st.VerifyDownloads(all))
	}

	mirrored := csv
	mirrored.Addresses = append([]string{"http://127.0.0.1:1/gone"}, csv.Addresses...)
	fresh := &Store{Dir: t.TempDir(), Client: st.Client}
	if _, err := fresh.Downloads(ctx, []Download{mirrored}); err != nil {
		t.Error(err)
	}
	if _, err := (&Store{Dir: t.TempDir()}).Downloads(ctx, []Download{csv}); err == nil || !strings.Contains(err.Error(), "offline") {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		raw   []byte
		limit int64
		want  string
	}{
		"escape.tar":   {tarred(t, "../outside.txt", "x"), 0, "leads out of its folder"},
		"inside.tar":   {tarred(t, "a/../b.txt", "x"), 0, "leads out of its folder"},
		"absolute.zip": {zipOf(t, "/etc/outside.txt", "x"), 0, "leads out of its folder"},
		"bomb.tar.gz":  {gzipOf(t, tarred(t, "a", strings.Repeat("x", 5000))), 100, "unpacked_size allows more"},
		"twice.tar":    {tarred(t, "a", "x", "a", "y"), 0, "twice"},
		"empty.zip":    {zipOf(t), 0, "holds no files"},
		"none.zip":     {[]byte("nothing"), 0, "no zip archive"},
		"cut.tar":      {tarred(t, "a", strings.Repeat("x", 5000))[:2000], 0, "\"a\" in the archive"},
	} {
		d := served(t, name, c.raw)
		d.Unpack, d.Unpacked = true, c.limit
		own := &Store{Dir: t.TempDir(), Client: st.Client}
		if _, err := own.Downloads(ctx, []Download{d}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(own.Dir, "trees", "*")); len(left) > 0 {
			t.Errorf("%s: %q is left", name, left)
		}
	}
	wrong := csv
	wrong.SHA256 = strings.Repeat("0", 64)
	if _, err := fresh.Downloads(ctx, []Download{wrong}); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Error(err)
	}
}

// FuzzUnpack unpacks any bytes: files below the folder or an error, no more than is allowed.
func FuzzUnpack(f *testing.F) {
	f.Add(tarred(f, "a/b.txt", "one", "../c.txt", "two"), false)
	f.Add(gzipOf(f, tarred(f, "a", "one")), false)
	f.Add(zipOf(f, "a/b.txt", "one", "c/", "", "d", "two"), true)
	f.Fuzz(func(t *testing.T, raw []byte, zipped bool) {
		if len(raw) > 1<<16 {
			return
		}
		outside := t.TempDir()
		dir := filepath.Join(outside, "in")
		name := filepath.Join(t.TempDir(), "a.tar")
		if zipped {
			name = filepath.Join(t.TempDir(), "a.zip")
		}
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, raw, 0o666); err != nil {
			t.Fatal(err)
		}
		const limit = 1 << 16
		err := unpackArchive(context.Background(), name, dir, limit)
		if found, _ := os.ReadDir(outside); len(found) != 1 {
			t.Fatalf("%d files outside", len(found)-1)
		}
		files, err2 := listTree(dir)
		total := int64(0)
		for _, file := range files {
			total += file.Size
		}
		if err == nil && (err2 != nil || len(files) == 0 || total > limit) || total > limit+1 {
			t.Errorf("%d files of %d bytes: %v", len(files), total, err2)
		}
	})
}
