package callbacks

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dlrun/dlrun/internal/tfevents"
)

// The files hold the records of what is to be written, in order and nothing else, also of a run that is continued.
func TestTensorBoard(t *testing.T) {
	now := time.Unix(1700000000, 0)
	weight := Weight{Path: "a/kernel", Shape: []int{3, 2}, Values: []float32{0, 0.5, 1, -1, 2, 0.25}}
	for _, again := range []bool{false, true} {
		dir := t.TempDir()
		args := "histogram_freq = 2\nwrite_images = true\nupdate_freq = 2\nwrite_steps_per_second = true"
		c := mustDecode(t, "tensorboard", args).(*tensorBoard)
		run := &Run{Dir: dir, Reports: []string{"loss", "val_loss"}, Now: func() time.Time { return now }}
		if err := c.TrainBegin(run); err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{"train": tfevents.Version(tfevents.At{Time: now}), "validation": tfevents.Version(tfevents.At{Time: now})}
		add := func(split string, records ...[]byte) { want[split] = append(want[split], bytes.Join(records, nil)...) }
		step := 0
		for epoch := range 3 {
			if _, err := c.EpochBegin(Epoch{Epoch: epoch}); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				step++
				now = now.Add(time.Second / 4)
				if _, err := c.StepEnd(Step{Step: int64(step), Logs: Logs{{"loss", float64(step)}}}); err != nil {
					t.Fatal(err)
				}
				if step%2 == 0 {
					at := tfevents.At{Step: int64(step), Time: now}
					add("train", tfevents.Scalar(at, "batch_steps_per_second", 4), tfevents.Scalar(at, "batch_loss", float32(step)))
				}
			}
			e := Epoch{
				Epoch: epoch, Step: int64(step), Logs: Logs{{"loss", 0.5}, {"val_loss", 0.75}, {"learning_rate", 9}}, Rates: Logs{{"learning_rate", 0.1}},
				Weights: func() ([]Weight, error) { return []Weight{weight}, nil },
			}
			if _, err := c.EpochEnd(e); err != nil {
				t.Fatal(err)
			}
			at, iterations := tfevents.At{Step: int64(epoch), Time: now}, tfevents.At{Step: int64(step), Time: now}
			add("train", tfevents.Scalar(at, "epoch_loss", 0.5), tfevents.Scalar(at, "epoch_learning_rate", 0.1), tfevents.Scalar(at, "epoch_steps_per_second", 4))
			if epoch != 1 {
				picture, err := imagesOf(weight, at, "a/kernel/image")
				if err != nil {
					t.Fatal(err)
				}
				add("train", tfevents.Histogram(at, "a/kernel/histogram", weight.Values), picture)
			}
			add("validation", tfevents.Scalar(iterations, "evaluation_loss_vs_iterations", 0.75), tfevents.Scalar(at, "epoch_loss", 0.75))
			if again {
				c = mustDecode(t, "tensorboard", args).(*tensorBoard)
				resumed := *run
				resumed.Resuming = true
				if err := c.TrainBegin(&resumed); err != nil {
					t.Fatal(err)
				}
			}
		}
		for split, text := range want {
			got, err := os.ReadFile(filepath.Join(dir, "tensorboard", split, "events.out.tfevents.dlrun.v2"))
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s, continued %v: %d bytes, %v; want %d", split, again, len(got), err, len(text))
			}
		}
	}
}

func TestWeightsAsImages(t *testing.T) {
	for _, c := range []struct {
		shape         []int
		width, height int // of the images; 0 for none
		count         int
		corner        uint32 // the red of the last pixel of the first, of 65535
	}{
		{[]int{4}, 1, 4, 1, 65535},
		{[]int{2, 3}, 3, 2, 1, 65535},
		{[]int{3, 2}, 3, 2, 1, 65535},
		{[]int{1, 2, 3, 1}, 3, 2, 1, 65535},
		{[]int{2, 2, 5}, 2, 2, 3, 0x7f7f},
		{[]int{2, 2, 2, 3}, 2, 2, 2, 0},
		{[]int{2, 2, 2, 2}, 0, 0, 0, 0},
		{[]int{1}, 0, 0, 0, 0},
	} {
		n := 1
		for _, d := range c.shape {
			n *= d
		}
		w := Weight{Path: "w", Shape: c.shape, Values: make([]float32, n)}
		w.Values[n-1] = 7
		if n == 20 {
			w.Values[15] = 0.5
		}
		record, err := imagesOf(w, tfevents.At{}, "w/image")
		if err != nil {
			t.Fatal(err)
		}
		magic := []byte("\x89PNG")
		if got := bytes.Count(record, magic); got != c.count {
			t.Errorf("%v: %d images, want %d", c.shape, got, c.count)
			continue
		}
		if c.count == 0 {
			continue
		}
		picture, err := png.Decode(bytes.NewReader(record[bytes.Index(record, magic):]))
		if err != nil {
			t.Fatal(err)
		}
		if b := picture.Bounds(); b.Dx() != c.width || b.Dy() != c.height {
			t.Errorf("%v: %d by %d, want %d by %d", c.shape, b.Dx(), b.Dy(), c.width, c.height)
		}
		if red, _, _, _ := picture.At(c.width-1, c.height-1).RGBA(); red != c.corner {
			t.Errorf("%v: the last pixel is %x, want %x", c.shape, red, c.corner)
		}
	}
}
