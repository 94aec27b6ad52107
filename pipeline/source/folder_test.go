package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/dlrun/dlrun/pipeline/column"
)

// plain is a picture of one colour.
func plain(h, w int, c color.NRGBA) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{c.R, c.G, c.B, c.A})
	}
	return m
}

func encoded(t testing.TB, ending string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch ending {
	case ".png":
		err = png.Encode(&b, m)
	case ".jpg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 100})
	case ".gif":
		err = gif.Encode(&b, m, nil)
	case ".bmp":
		err = bmp.Encode(&b, m)
	case ".tiff":
		err = tiff.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestImageFolder(t *testing.T) {
	dir := t.TempDir()
	red := plain(1, 2, color.NRGBA{200, 0, 0, 255})
	put(t, filepath.Join(dir, "cat", "b.png"), encoded(t, ".png", red))
	put(t, filepath.Join(dir, "cat", "a.bmp"), encoded(t, ".bmp", red))
	put(t, filepath.Join(dir, "cat", ".hidden.png"), []byte("no picture"))
	put(t, filepath.Join(dir, "cat", "notes.txt"), []byte("no picture"))
	put(t, filepath.Join(dir, "ant", "deep", "c.TIFF"), encoded(t, ".tiff", plain(1, 2, color.NRGBA{0, 100, 0, 255})))
	if err := os.Symlink(dir, filepath.Join(dir, "ant", "circle")); err != nil {
		t.Skip(err)
	}
	read := func(body string, columns ...string) (string, error) {
		s, err := decode(t, "image_folder", fmt.Sprintf("path = %q\n%s", dir, body))
		if err != nil {
			return "", err
		}
		var wants []Want
		for _, c := range columns {
			wants = append(wants, Want{Name: c})
		}
		return table(s, Request{Columns: wants, Workers: 2, Limit: 1 << 20})
	}
	for _, c := range []struct{ body, columns, want string }{
		{"", "image label", "[0 100 0 0 100 0]|[0]\n[200 0 0 200 0 0]|[1]\n[200 0 0 200 0 0]|[1]\n"},
		{"", "label", "[0]\n[1]\n[1]\n"},
		{`class_names = ["cat"]`, "label", "[0]\n[0]\n"},
		{`color_mode = "grayscale"`, "image", "[59 59]\n[60 60]\n[60 60]\n"},
		{`color_mode = "rgba"` + "\n" + `labels = "none"`, "image", "[0 100 0 255 0 100 0 255]\n[200 0 0 255 200 0 0 255]\n[200 0 0 255 200 0 0 255]\n"},
		{"image_size = [2, 1]", "image", "[0 100 0 0 100 0]\n[200 0 0 200 0 0]\n[200 0 0 200 0 0]\n"},
		{"image_size = [3, 1]\npad_to_aspect_ratio = true\ninterpolation = \"nearest\"\ncolor_mode = \"grayscale\"", "image", "[0 59 0]\n[0 60 0]\n[0 60 0]\n"},
	} {
		if got, err := read(c.body, strings.Fields(c.columns)...); err != nil || got != c.want {
			t.Errorf("{ %s }: %v\n%swant\n%s", c.body, err, got, c.want)
		}
	}
	files := new(Files)
	s, err := decode(t, "image_folder", fmt.Sprintf("path = %q", dir))
	if err != nil {
		t.Fatal(err)
	}
	for rec, err := range s.Read(t.Context(), Request{Part: Train, Files: files, Limit: 1 << 20, Columns: []Want{{Name: "image"}, {Name: "label"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if f, err := column.FieldOf(rec.Schema().Field(1)); err != nil || !slices.Equal(f.Classes, []string{"ant", "cat"}) {
			t.Errorf("classes %q, %v", f.Classes, err)
		}
	}
	if l := files.List(); len(l) != 1 || l[0].Path != dir || len(l[0].SHA256) != 64 {
		t.Errorf("files %v", l)
	}
	for _, c := range []struct{ name, data, body, want string }{
		{"cat/z.png", "", "", "no picture of a format"},
		{"cat/z.png", string(encoded(t, ".png", red)[:60]), "", "the picture is damaged"},
		{"cat/z.png", string(huge(t)), "", "the picture is too large: 50000 by 50000 pixels"},
		{"cat/z.png", string(encoded(t, ".png", plain(3, 3, color.NRGBA{}))), "", "it is 3 by 3 pixels"},
		{"cat/z.png", string(encoded(t, ".png", plain(3, 3, color.NRGBA{}))), "image_size = [0, 3]", "wo lengths"},
		{"cat/z.png", string(encoded(t, ".png", plain(3, 3, color.NRGBA{}))), "crop_to_aspect_ratio = true", "t needs image_size"},
		{"cat/z.png", string(encoded(t, ".png", red)), `class_names = ["dog"]`, "no such file"},
		{"cat/z.png", string(encoded(t, ".png", red)), `class_names = ["../cat"]`, "no folder of the dataset"},
	} {
		put(t, filepath.Join(dir, c.name), []byte(c.data))
		if _, err := read(c.body, "image"); err == nil || !strings.Contains(err.Error(), c.want) || c.body == "" && !strings.Contains(err.Error(), "z.png") {
			t.Errorf("%s { %s }: %v, want %q", c.name, c.body, err, c.want)
		}
	}
}

// huge is a picture whose header asks for 10 GB.
func huge(t testing.TB) []byte {
	raw := encoded(t, ".png", plain(1, 1, color.NRGBA{}))
	binary.BigEndian.PutUint32(raw[16:], 50000)
	binary.BigEndian.PutUint32(raw[20:], 50000)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

func TestText(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "pos", "1.txt"), []byte("good\nbook\n"))
	put(t, filepath.Join(dir, "neg", "2.txt"), []byte("bad"))
	put(t, filepath.Join(dir, "neg", "3.txt.gz"), gzipped(t, "worse"))
	lines := file(t, dir, "lines.txt", []byte("\xef\xbb\xbfone\r\n\ntwo\nthree"))
	read := func(body string, columns ...string) (string, error) {
		s, err := decode(t, "text", body)
		if err != nil {
			return "", err
		}
		var wants []Want
		for _, c := range columns {
			wants = append(wants, Want{Name: c})
		}
		return table(s, Request{Columns: wants})
	}
	for _, c := range []struct{ body, columns, want string }{
		{fmt.Sprintf("path = %q", dir), "text label", "[\"bad\"]|[0]\n[\"worse\"]|[0]\n[\"good\\nbook\\n\"]|[1]\n"},
		{fmt.Sprintf("path = %q\nunit = \"line\"\nclass_names = [\"pos\", \"neg\"]", dir), "label text", "[0]|[\"good\"]\n[0]|[\"book\"]\n[1]|[\"bad\"]\n[1]|[\"worse\"]\n"},
		{fmt.Sprintf("path = %q", lines), "anything", "[\"one\"]\n[\"two\"]\n[\"three\"]\n"},
		{fmt.Sprintf("path = %q\nunit = \"file\"", lines), "x", "[\"one\\r\\n\\ntwo\\nthree\"]\n"},
		{fmt.Sprintf("path = %q\nlabels = \"none\"", filepath.Join(dir, "*", "*.txt")), "x", "[\"bad\"]\n[\"good\"]\n[\"book\"]\n"},
	} {
		if got, err := read(c.body, strings.Fields(c.columns)...); err != nil || got != c.want {
			t.Errorf("{ %s }: %v\n%swant\n%s", c.body, err, got, c.want)
		}
	}
	if _, err := read(fmt.Sprintf("path = %q", file(t, dir, "bad.txt", []byte("a\nb\xff\n"))), "x"); err == nil || !strings.Contains(err.Error(), "row 2 (line 2): the text is not UTF-8") {
		t.Error(err)
	}
	if _, err := read(fmt.Sprintf("path = %q", file(t, dir, "empty.txt", nil)), "x"); err == nil || !strings.Contains(err.Error(), "there are no rows") {
		t.Error(err)
	}
	if _, err := read(fmt.Sprintf("path = %q", dir), "txt"); err == nil || !strings.Contains(err.Error(), `Did you mean "text"?`) {
		t.Error(err)
	}
}
