package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/dlrun/dlrun/dsl"

	_ "github.com/dlrun/dlrun/datasets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a dataset or ends the test.
func open(t testing.TB, d *dsl.Dataset, o Options) *Data {
	t.Helper()
	data, diags := Open(context.Background(), d, o)
	if diags.HasErrors() {
		t.Fatalf("%s", said(diags))
	}
	return data
}

// batches writes each batch of an epoch exactly, for comparison.
func batches(t testing.TB, d *Data, o BatchOptions) []string {
	t.Helper()
	var out []string
	for b, err := range d.Batches(context.Background(), o) {
		if err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		fmt.Fprintf(&s, "%d rows", b.Size)
		for _, x := range append(slices.Clone(b.Features), b.Targets...) {
			fmt.Fprintf(&s, "; %s %v", x.Name, x.Shape)
			for _, f := range x.F32 {
				fmt.Fprintf(&s, " %08x", math.Float32bits(f))
			}
			fmt.Fprint(&s, x.I32)
		}
		fmt.Fprint(&s, b.Weights)
		out = append(out, s.String())
	}
	return out
}

// pictures makes an npz of images, labels and weights.
func pictures(t testing.TB, n int) string {
	dir := t.TempDir()
	img, label, weight := make([]uint8, n*6*5*2), make([]int64, n), make([]float32, n)
	for i := range img {
		img[i] = uint8(i*i%251 + i)
	}
	for i := range label {
		label[i] = int64(i * 7 % 5)
		weight[i] = float32(i) / 4
	}
	npzFile(t, filepath.Join(dir, "data.npz"), map[string][]byte{
		"image": npy([]int{n, 6, 5, 2}, img), "label": npy([]int{n}, label), "w": npy([]int{n}, weight),
	})
	return dir
}

const pictureBlock = `
source "npz" {
  path = "data.npz"
}
feature "image" {
  transform "rescaling" {
    scale = 1/255
  }
  augment "random_translation" {
    height_factor = 0.3
    width_factor  = 0.3
  }
  augment "random_flip" {}
  transform "normalization" {}
}
target "label" {
  transform "one_hot" {}
}
weight {
  column = "w"
}
split {
  validation = 0.2
  test       = 0.1
}
`

func TestBatchesDoNotDependOnWorkersOrStart(t *testing.T) {
	dir := pictures(t, 203)
	d := dataset(t, dir, pictureBlock)
	var want []string
	o := BatchOptions{Split: Train, BatchSize: 16, Shuffle: true, Augment: true, Epoch: 3}
	for _, workers := range []int{1, 2, 5, 0} {
		data := open(t, d, Options{Seed: 11, Workers: workers})
		got := batches(t, data, o)
		if want == nil {
			want = got
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%d workers: %s", workers, diff)
		}
		if rows := data.Rows(Train); len(got) != (rows+15)/16 {
			t.Errorf("%d batches of %d rows", len(got), rows)
		}
		for _, start := range []int{1, 5, len(want) - 1, len(want), len(want) + 3} {
			from := o
			from.Start = start
			if got := batches(t, data, from); !slices.Equal(got, want[min(start, len(want)):]) {
				t.Errorf("from batch %d with %d workers: other batches", start, workers)
			}
		}
	}
}

func TestEpochsDiffer(t *testing.T) {
	d := dataset(t, pictures(t, 60), pictureBlock)
	data := open(t, d, Options{Seed: 1})
	first := func(o BatchOptions) string { return batches(t, data, o)[0] }
	base := BatchOptions{Split: Train, BatchSize: 60, Augment: true}
	// In file order, two epochs differ by their augmentation alone.
	next := base
	next.Epoch = 1
	if first(base) == first(next) {
		t.Error("epochs 0 and 1 are augmented alike")
	}
	plain, plainNext := base, next
	plain.Augment, plainNext.Augment = false, false
	if first(plain) != first(plainNext) {
		t.Error("epochs without shuffling and augmentation differ")
	}
	plain.Shuffle, plainNext.Shuffle = true, true
	if first(plain) == first(plainNext) {
		t.Error("epochs 0 and 1 are shuffled alike")
	}
	other := open(t, d, Options{Seed: 2})
	if got := batches(t, other, base); got[0] == first(base) {
		t.Error("two seeds gave the same")
	}
}

// An example is augmented alike in whichever batch it comes.
func TestAugmentationFollowsTheExample(t *testing.T) {
	d := dataset(t, pictures(t, 40), pictureBlock)
	data := open(t, d, Options{})
	collect := func(size int, shuffle bool) map[string]int {
		seen := map[string]int{}
		for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: size, Shuffle: shuffle, Augment: true}) {
			if err != nil {
				t.Fatal(err)
			}
			n := len(b.Features[0].F32) / b.Size
			for r := range b.Size {
				seen[fmt.Sprint(b.Features[0].F32[r*n:(r+1)*n], b.Weights[0][r])]++
			}
		}
		return seen
	}
	if diff := cmp.Diff(collect(7, false), collect(4, true)); diff != "" {
		t.Error(diff)
	}
}

func TestShuffleIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		rows := make([]int32, n)
		for i := range rows {
			rows[i] = int32(3 * i)
		}
		seed, epoch := rapid.Int64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "epoch")
		got := order(rows, true, seed, epoch)
		if !slices.Equal(got, order(rows, true, seed, epoch)) {
			t.Fatal("two orders of one epoch")
		}
		sorted := slices.Clone(got)
		slices.Sort(sorted)
		if !slices.Equal(sorted, rows) {
			t.Fatal("not the same rows")
		}
	})
}

func TestSplitsAreDisjointCompleteAndStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := splitter{seed: rapid.Int64().Draw(t, "seed"), validation: rapid.Float64Range(0, 0.5).Draw(t, "validation"), test: rapid.Float64Range(0, 0.4).Draw(t, "test")}
		n := rapid.IntRange(1, 400).Draw(t, "n")
		parts := s.byRow(n, 3)
		// A row's split does not depend on how many rows follow.
		if m := rapid.IntRange(1, n).Draw(t, "m"); !slices.Equal(parts[:m], s.byRow(m, 3)) {
			t.Fatal("rows moved to other splits when rows were added")
		}
		classes := make([]string, n)
		for i := range classes {
			classes[i] = fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "class"))
		}
		count := map[[2]string]int{}
		sizes := map[string]int{}
		for i, part := range s.byClass(classes) {
			count[[2]string{classes[i], part}]++
			sizes[classes[i]]++
		}
		for c, size := range sizes {
			for part, share := range map[string]float64{Test: s.test, Validation: s.validation} {
				if got, want := float64(count[[2]string{c, part}]), share*float64(size); math.Abs(got-want) > 1 {
					t.Fatalf("class %s of %d rows has %v in %s, want about %v", c, size, got, part, want)
				}
			}
		}
		of := map[string]string{}
		for i, part := range s.byGroup(classes) {
			if known, ok := of[classes[i]]; ok && known != part {
				t.Fatalf("group %s is in %s and %s", classes[i], known, part)
			}
			of[classes[i]] = part
		}
	})
}

func TestSplitSizesAreAboutRight(t *testing.T) {
	s := splitter{seed: 5, validation: 0.1, test: 0.2}
	count := map[string]int{}
	for _, p := range s.byRow(60000, 3) {
		count[p]++
	}
	for part, want := range map[string]int{Validation: 6000, Test: 12000, Train: 42000} {
		if d := count[part] - want; d < -350 || d > 350 { // more than 4 standard deviations
			t.Errorf("%s has %d rows, want about %d", part, count[part], want)
		}
	}
}

func TestStoppingEarlyLeavesNothingBehind(t *testing.T) {
	data := open(t, dataset(t, pictures(t, 100), pictureBlock), Options{Workers: 3})
	o := BatchOptions{Split: Train, BatchSize: 4, Shuffle: true, Augment: true}
	for stop := range 5 {
		n := 0
		for _, err := range data.Batches(context.Background(), o) {
			if err != nil {
				t.Fatal(err)
			}
			if n == stop {
				break
			}
			n++
		}
		goleak.VerifyNone(t)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range data.Batches(ctx, o) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			n = -1
			continue
		}
		if n < 0 {
			t.Fatal("a batch after the error")
		}
		if n++; n == 2 {
			cancel()
		}
	}
	if n != -1 {
		t.Error("cancelling was not reported")
	}
	goleak.VerifyNone(t)
}

func TestUnusableBatchOptions(t *testing.T) {
	data := open(t, dataset(t, pictures(t, 30), strings.Split(pictureBlock, "split")[0]), Options{})
	for _, o := range []BatchOptions{{Split: Train}, {Split: Train, BatchSize: 4, Start: -1}, {Split: Test, BatchSize: 4}, {Split: "tran", BatchSize: 4}} {
		n := 0
		for b, err := range data.Batches(context.Background(), o) {
			if n++; err == nil || b != nil {
				t.Errorf("%+v: a batch", o)
			}
		}
		if n != 1 {
			t.Errorf("%+v: %d answers", o, n)
		}
	}
}

func TestWeights(t *testing.T) {
	body := strings.Split(pictureBlock, "split")[0] + `
target "again" {
  column = "label"
}
weight {
  column = "label"
  target = "again"
}
`
	data := open(t, dataset(t, pictures(t, 10), body), Options{})
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]float32{{0, 0.25, 0.5}, {0, 2, 4}}, b.Weights); diff != "" {
			t.Error(diff)
		}
		break
	}
	if !data.Signature().Weighted {
		t.Error("not Weighted")
	}
	// Only what is used is read: a weight of another target goes.
	data = open(t, dataset(t, pictures(t, 10), strings.Replace(body, "weight {\n  column = \"w\"\n}", "", 1)), Options{Targets: []Use{{Name: "label", DType: "float32"}}})
	if data.Signature().Weighted {
		t.Error("Weighted by another target's weights")
	}
}

func TestStateInsteadOfLearning(t *testing.T) {
	dir := pictures(t, 120)
	first := open(t, dataset(t, dir, pictureBlock), Options{Seed: 4})
	raw, err := json.Marshal(first.State())
	if err != nil {
		t.Fatal(err)
	}
	st := new(State)
	if err := json.Unmarshal(raw, st); err != nil {
		t.Fatal(err)
	}
	again := open(t, dataset(t, dir, pictureBlock), Options{Seed: 4, State: st})
	o := BatchOptions{Split: Validation, BatchSize: 8}
	if diff := cmp.Diff(batches(t, first, o), batches(t, again, o)); diff != "" {
		t.Error(diff)
	}
	more, err := json.Marshal(again.State())
	if err != nil || string(more) != string(raw) {
		t.Errorf("the state changed by being used: %s\n%s", raw, more)
	}
	// Another seed splits otherwise, but what was learned stays.
	other := open(t, dataset(t, dir, pictureBlock), Options{Seed: 5, State: st})
	if more, _ := json.Marshal(other.State()); string(more) != string(raw) {
		t.Error("it learned again")
	}
}

func TestMemoryLimit(t *testing.T) {
	dir := pictures(t, 100)
	for limit, want := range map[int64]string{
		3000:  `column "image": 5.9 KiB would have to be held in memory, and the limit is 2.9 KiB.`,
		13000: `2: Cannot read the data; dataset "d": the data takes more than 12.7 KiB of memory once decoded, which is the limit.`,
		20000: "",
	} {
		_, diags := Open(context.Background(), dataset(t, dir, pictureBlock), Options{MemoryLimit: limit})
		if got := strings.TrimSpace(said(diags)); !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
