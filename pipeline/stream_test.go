package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/dlrun/dlrun/pipeline/shards"
)

// bigTable is a csv file of some mebibytes, in more than one record.
func bigTable(t testing.TB, dir, name string, rows int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("id,a,b,word,kind,w,text\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,%g,%g,w%d,%s,%d,%s\n", i, r.NormFloat64(), r.Float64(), r.IntN(50), []string{"x", "y", "z"}[r.IntN(3)], 1+r.IntN(3), strings.Repeat("lorem ", r.IntN(20)))
	}
	write(t, filepath.Join(dir, name), b.Bytes())
}

const bigBlock = `
source "csv" { path = "big*.csv" }
feature "id" {}
feature "numbers" {
  columns = ["a", "b"]
  transform "normalization" {}
}
feature "word" {
  transform "string_lookup" {}
}
feature "text" {
  transform "text_vectorization" {
    output_mode = "multi_hot"
    max_tokens = 2000
  }
}
target "kind" {
  transform "string_lookup" {
    num_oov_indices = 0
  }
}
weight { column = "w" }
`

// row is what a row of a batch holds.
func rowsOf(t testing.TB, data *Data, o BatchOptions) (order []int32, content map[int32]string) {
	t.Helper()
	content = map[int32]string{}
	for b, err := range data.Batches(context.Background(), o) {
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range b.Rows {
			order = append(order, row)
			var s strings.Builder
			for _, x := range slices.Concat(b.Features, b.Targets) {
				n := max(1, max(len(x.F32), len(x.I32))/b.Size)
				if x.F32 != nil {
					fmt.Fprint(&s, x.F32[i*n:(i+1)*n])
				} else {
					fmt.Fprint(&s, x.I32[i*n:(i+1)*n])
				}
			}
			if b.Weights != nil {
				fmt.Fprint(&s, b.Weights[0][i])
			}
			content[row] = s.String()
		}
	}
	return order, content
}

// TestStreamedDataIsTheSame holds data that is streamed to the same data in memory: the splits, what is learned,
// and every row.
func TestStreamedDataIsTheSame(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	bigTable(t, dir, "big1.csv", 40000)
	bigTable(t, dir, "big2.csv", 30000)
	for _, split := range []string{
		"split {\n validation = 0.2\n test = 0.1\n}\n", "split {\n validation = 0.2\n stratify = \"kind\"\n}\n", "split {\n validation = 0.3\n group = \"word\"\n}\n",
	} {
		d := dataset(t, dir, bigBlock+split)
		whole := open(t, d, Options{Seed: 7, Workers: 2})
		if whole.stream != nil {
			t.Fatal("data that fits is streamed")
		}
		cache := t.TempDir()
		data := open(t, d, Options{Seed: 7, Workers: 3, MemoryLimit: 2 << 20, CacheDir: cache})
		if data.stream == nil {
			t.Fatal("it is not streamed")
		}
		again := open(t, d, Options{Seed: 7, Workers: 1, MemoryLimit: 2 << 20, CacheDir: cache})
		for _, other := range []*Data{data, again} {
			a, b := whole.State().Features["numbers"].Steps[0], other.State().Features["numbers"].Steps[0]
			if !bytes.Equal(a, b) || !bytes.Equal(whole.State().Features["word"].Steps[0], other.State().Features["word"].Steps[0]) {
				t.Errorf("%s: it has learned other things: %s, %s", split, a, b)
			}
			if fmt.Sprint(whole.Files()) != fmt.Sprint(other.Files()) {
				t.Errorf("files %v, not %v", other.Files(), whole.Files())
			}
			ca, err := whole.ClassCounts("kind")
			cb, err2 := other.ClassCounts("kind")
			if fmt.Sprint(ca) != fmt.Sprint(cb) || errors.Join(err, err2) != nil {
				t.Errorf("classes %v, %v, %v", ca, cb, errors.Join(err, err2))
			}
			for _, name := range splitNames {
				if whole.Rows(name) != other.Rows(name) {
					t.Fatalf("%s: %d rows for %s, not %d", split, other.Rows(name), name, whole.Rows(name))
				}
				if whole.Rows(name) == 0 {
					continue
				}
				wantOrder, want := rowsOf(t, whole, BatchOptions{Split: name, BatchSize: 512})
				order, got := rowsOf(t, other, BatchOptions{Split: name, BatchSize: 512})
				if !slices.Equal(order, wantOrder) {
					t.Errorf("%s: the rows of %s come in another order", split, name)
				}
				for row, s := range want {
					if got[row] != s {
						t.Fatalf("%s: row %d is %s, not %s", split, row, got[row], s)
					}
				}
			}
			if err := other.Blame(45000, "word", false, errors.New("x")); !strings.Contains(err.Error(), "big2.csv, row 5001, column \"word\"") {
				t.Error(err)
			}
		}
		if open(t, d, Options{Seed: 7, CacheDir: cache}).stream != nil {
			t.Error("data that fits is streamed because it once did not")
		}
		if a, b := data.stream.made.Path(), again.stream.made.Path(); a != b {
			t.Errorf("the rows were made again: %s, %s", a, b)
		}
	}
}

// TestStreamedOrder: each row comes once, mixed across the file, in an order that neither the number of workers
// nor the batch that an epoch begins with changes.
func TestStreamedOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir, cache := t.TempDir(), t.TempDir()
	bigTable(t, dir, "big.csv", 60000)
	d := dataset(t, dir, bigBlock+"split {\n validation = 0.1\n}\n")
	o := Options{Seed: 3, Workers: 1, MemoryLimit: 4 << 20, CacheDir: cache}
	one := open(t, d, o)
	o.Workers = 7
	seven := open(t, d, o)
	opts := BatchOptions{Split: Train, BatchSize: 100, Shuffle: true, Epoch: 1}
	order, _ := rowsOf(t, one, opts)
	if other, _ := rowsOf(t, seven, opts); !slices.Equal(order, other) {
		t.Error("seven workers give another order")
	}
	sorted := slices.Clone(order)
	slices.Sort(sorted)
	if in, _ := rowsOf(t, one, BatchOptions{Split: Train, BatchSize: 999}); !slices.Equal(in, sorted) {
		t.Error("some rows come twice or not at all")
	}
	if s := one.streamed(opts, nil, nil, 0); len(s.stretches) < 3 {
		t.Errorf("%d stretches: the test has too little data", len(s.stretches))
	} else {
		s.close()
	}
	for _, start := range []int{1, 17, 250, len(order)/100 - 1} {
		opts.Start = start
		if rest, _ := rowsOf(t, seven, opts); !slices.Equal(rest, order[100*start:]) {
			t.Errorf("from batch %d the order is another", start)
		}
	}
	opts.Start = 0
	opts.Epoch = 2
	if other, _ := rowsOf(t, one, opts); slices.Equal(order, other) {
		t.Error("two epochs have one order")
	}
	// Stopping early leaves nothing behind, as goleak sees.
	for range one.Batches(context.Background(), opts) {
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range one.Batches(ctx, opts) {
		if n++; n == 3 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n > 40 {
		t.Errorf("%d batches came after the cancellation", n)
	}
}

// TestManyRunsOneCache: runs that begin together decode once, and all get their data.
func TestManyRunsOneCache(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	bigTable(t, dir, "big.csv", 30000)
	d := dataset(t, dir, bigBlock)
	var wg sync.WaitGroup
	paths := make([]string, 4)
	for i := range paths {
		wg.Go(func() {
			data, diags := Open(context.Background(), d, Options{Workers: 2, MemoryLimit: 1 << 20, CacheDir: cache})
			if diags.HasErrors() {
				t.Error(diags)
				return
			}
			paths[i] = data.stream.read.Path()
		})
	}
	wg.Wait()
	if slices.Max(paths) != slices.Min(paths) {
		t.Error(paths)
	}
}

// TestDamagedCache: rows that are damaged on the disk are made again when the data is opened, and are an error
// of the batch where that is found later.
func TestDamagedCache(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	bigTable(t, dir, "big.csv", 30000)
	d := dataset(t, dir, bigBlock)
	o := Options{Workers: 2, MemoryLimit: 1 << 20, CacheDir: cache}
	data := open(t, d, o)
	want, _ := rowsOf(t, data, BatchOptions{Split: Train, BatchSize: 100, Shuffle: true})
	for _, file := range []string{data.stream.read.Path(), data.stream.made.Path()} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		if err := os.Remove(file); err != nil { // a mapping of it stays as it is
			t.Fatal(err)
		}
		write(t, file, raw)
		again, diags := Open(context.Background(), d, o)
		if diags.HasErrors() {
			if !strings.Contains(diags.Error(), "damaged") {
				t.Fatal(diags)
			}
		} else {
			for _, err = range again.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 100, Shuffle: true}) {
				if err != nil {
					break
				}
			}
			var damaged *shards.DamagedError
			if !errors.As(err, &damaged) {
				t.Errorf("%s: %v", file, err)
			}
		}
		again = open(t, d, o)
		if got, _ := rowsOf(t, again, BatchOptions{Split: Train, BatchSize: 100, Shuffle: true}); !slices.Equal(got, want) {
			t.Error("what was made again comes in another order")
		}
	}
}

func TestTooLargeWithoutCache(t *testing.T) {
	dir := t.TempDir()
	bigTable(t, dir, "big.csv", 30000)
	_, diags := Open(context.Background(), dataset(t, dir, bigBlock), Options{MemoryLimit: 1 << 20})
	if !diags.HasErrors() || !strings.Contains(diags.Error(), "1.0 MiB of memory") {
		t.Error(diags)
	}
}

// TestMovedData: rows are found again by the content of the files, and errors name the files as they are now.
func TestMovedData(t *testing.T) {
	cache := t.TempDir()
	var first string
	for i := range 2 {
		dir := t.TempDir()
		bigTable(t, dir, fmt.Sprint("big", i, ".csv"), 30000)
		data := open(t, dataset(t, dir, bigBlock), Options{MemoryLimit: 1 << 20, CacheDir: cache})
		if i == 0 {
			first = data.stream.read.Path()
		} else if data.stream.read.Path() != first {
			t.Error("the same content was decoded again")
		}
		if err := data.Blame(3, "word", false, errors.New("x")); !strings.HasPrefix(err.Error(), filepath.Join(dir, fmt.Sprint("big", i, ".csv"))) {
			t.Error(err)
		}
	}
}
