package source

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/pipeline/column"
)

func TestImageTable(t *testing.T) {
	dir := t.TempDir()
	colour := func(n uint8) []byte { return encoded(t, ".png", plain(1, 1, color.NRGBA{n, n, n, 255})) }
	for i := range 40 {
		put(t, filepath.Join(dir, "pics", "a", fmt.Sprintf("%d.png", i)), colour(uint8(i)))
	}
	put(t, filepath.Join(dir, "outside.png"), colour(99))
	var table1, lines strings.Builder
	table1.WriteString("image,y\n")
	want := ""
	for i := range 40 {
		fmt.Fprintf(&table1, "a/%d.png,%d\n", i, 2*i)
		fmt.Fprintf(&lines, "{\"y\": %d, \"image\": \"a/%d.png\"}\n", 2*i, i)
		want += fmt.Sprintf("[%d]|[%d]\n", i, 2*i)
	}
	put(t, filepath.Join(dir, "one.csv"), []byte(table1.String()))
	put(t, filepath.Join(dir, "pics", "two.jsonl.zst"), zstdOf(t, lines.String()))
	wants := []Want{{Name: "image"}, {Name: "y"}}
	for _, body := range []string{
		fmt.Sprintf("path = %q\nimages = %q\ncolor_mode = \"grayscale\"", filepath.Join(dir, "one.csv"), filepath.Join(dir, "pics")),
		fmt.Sprintf("path = %q\ncolor_mode = \"grayscale\"", filepath.Join(dir, "pics", "two*.zst")),
		fmt.Sprintf("train = %q\nvalidation = \"gone.csv\"\ncolor_mode = \"grayscale\"", filepath.Join(dir, "pics", "two.jsonl.zst")),
	} {
		s, err := decode(t, "image_table", body)
		if err != nil {
			t.Fatal(err)
		}
		files := new(Files)
		if got, err := table(s, Request{Columns: wants, Workers: 3, Files: files}); err != nil || got != want {
			t.Errorf("%s: %s %v", body, got, err)
		}
		if len(files.List()) != 2 {
			t.Errorf("%v were read", files.List())
		}
		if got, err := table(s, Request{Columns: wants[1:]}); err != nil || !strings.HasPrefix(got, "[0]\n[2]\n") {
			t.Errorf("%q %v", got, err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "outside.png"), filepath.Join(dir, "pics", "link.png")); err != nil {
		t.Skip(err)
	}
	rows := []struct{ path, want string }{
		{"../outside.png", "leads out of the folder of the pictures"},
		{filepath.Join(dir, "outside.png"), "leads out of the folder"},
		{"link.png", "by a link"},
		{"gone.png", "there is no file"},
		{"two.jsonl.zst", "no picture of a format"},
	}
	all := "image,y\na/1.png,1\n"
	for _, c := range rows {
		put(t, filepath.Join(dir, "pics", "bad.csv"), []byte("image,y\na/1.png,1\n"+c.path+",2\n"))
		s, err := decode(t, "image_table", fmt.Sprintf("path = %q", filepath.Join(dir, "pics", "bad.csv")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := table(s, Request{Columns: wants}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.path, err)
		}
		all += c.path + ",2\n"
	}
	put(t, filepath.Join(dir, "pics", "bad.csv"), []byte(all+"a/3.png,three\na/4.png,4\n"))
	s, _ := decode(t, "image_table", fmt.Sprintf("path = %q", filepath.Join(dir, "pics", "bad.csv")))
	got, n, notes, err := leftOut(t, s, Skip, Want{Name: "image"}, Want{Name: "y", Kind: column.Float32})
	if got != "[1 1 1][1]\n[4 4 4][4]\n" || n != 6 || err != nil {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
}
