package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// tabular writes a csv file of 28 numbers and a label.
func tabular(b *testing.B, rows int) string {
	var text strings.Builder
	for i := range 28 {
		fmt.Fprintf(&text, "f%d,", i)
	}
	text.WriteString("label\n")
	x := make([]float32, 28)
	for r := range rows {
		philox.Normal(x, philox.NewKey(1).Derive(uint64(r)), 0, 0, 1)
		for _, v := range x {
			fmt.Fprintf(&text, "%v,", v)
		}
		fmt.Fprintf(&text, "%d\n", r%2)
	}
	dir := b.TempDir()
	write(b, filepath.Join(dir, "data.csv"), []byte(text.String()))
	return dir
}

const tabularBlock = `
source "csv" {
  path = "data.csv"
}
feature "x" {
  columns = [for i in [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27] : "f${i}"]
  transform "normalization" {}
}
target "label" {}
`

// BenchmarkOpenCSV reads, parses and normalizes 200,000 rows of 29 columns.
func BenchmarkOpenCSV(b *testing.B) {
	const rows = 200_000
	d := dataset(b, tabular(b, rows), tabularBlock)
	for b.Loop() {
		open(b, d, Options{Workers: runtime.GOMAXPROCS(0)})
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkBatches makes the batches of an epoch on one core and on all.
func BenchmarkBatches(b *testing.B) {
	const rows, images = 500_000, 20_000
	dir := b.TempDir()
	x, img, label := make([]float32, rows*28), make([]uint8, images*32*32*3), make([]int64, images)
	philox.Normal(x, philox.NewKey(1), 0, 0, 1)
	for i := range img {
		img[i] = uint8(i * i >> 3)
	}
	npzFile(b, filepath.Join(dir, "table.npz"), map[string][]byte{"x": npy([]int{rows, 28}, x), "y": npy([]int{rows}, x[:rows])})
	npzFile(b, filepath.Join(dir, "images.npz"), map[string][]byte{"x": npy([]int{images, 32, 32, 3}, img), "y": npy([]int{images}, label)})
	for _, c := range []struct {
		name, body string
		rows, size int
	}{
		{"table", "source \"npz\" {\n  path = \"table.npz\"\n}\nfeature \"x\" {}\ntarget \"y\" {}\n", rows, 1024},
		{"images", imagesBlock, images, 128},
	} {
		for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
			b.Run(fmt.Sprintf("%s/workers=%d", c.name, workers), func(b *testing.B) {
				data := open(b, dataset(b, dir, c.body), Options{Workers: workers})
				for b.Loop() {
					for _, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: c.size, Shuffle: true, Augment: true}) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(float64(c.rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

const imagesBlock = `
source "npz" {
  path = "images.npz"
}
feature "x" {
  transform "rescaling" {
    scale = 1/255
  }
  augment "random_crop" {
    height  = 32
    width   = 32
    padding = 4
  }
  augment "random_flip" {
    mode = "horizontal"
  }
  transform "normalization" {
    mean     = [0.4914, 0.4822, 0.4465]
    variance = [0.061009, 0.059292, 0.068435]
  }
}
target "y" {}
`
