package callbacks

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/tfevents"
)

var _ = Register("tensorboard", func() Callback { return new(tensorBoard) })

// tensorBoard writes event files, after keras/src/callbacks/tensorboard.py.
type tensorBoard struct {
	dir             string
	histogramFreq   int
	graph, images   bool
	stepsPerSecond  bool
	updateFreq      cty.Value
	profileBatch    int
	embeddingsFreq  int
	embeddingsNames cty.Value

	run   *Run
	began time.Time // the epoch, or the continuation of it
	last  time.Time // the step before
	steps int       // done since the epoch, or its continuation, began
}

func (c *tensorBoard) Schema(b *schema.Block) {
	b.Doc("Writes event files for TensorBoard: numbers of epochs and steps, histograms and images of weights.", "keras.callbacks.TensorBoard",
		"Look at them with: tensorboard --logdir RUN/tensorboard",
		"The graph, profiles and embeddings are not written: `dlrun graph`, `dlrun time` and the weights in model.dlrun show them.")
	b.String(&c.dir, "log_dir", "The folder, relative to the run directory; in it are train and validation.", schema.Default("tensorboard"))
	b.Int(&c.histogramFreq, "histogram_freq", "Epochs between two histograms of each weight; 0 for none.", schema.Default(0), schema.AtLeast(0))
	b.Bool(&c.graph, "write_graph", "Not offered: Keras, whose default is true, draws the graph of its own layers.", schema.Default(false))
	b.Bool(&c.images, "write_images", "Whether to write each weight as an image too, where there are histograms.", schema.Default(false))
	b.Bool(&c.stepsPerSecond, "write_steps_per_second", "Whether to write how many steps a second took.", schema.Default(false))
	c.updateFreq = cty.NilVal
	b.Value(&c.updateFreq, "update_freq", "When to write losses and metrics: \"epoch\" for each epoch's alone, \"batch\" for each step's too, or a number of steps.", func(v cty.Value) error {
		if v.Type() == cty.String && (v.AsString() == "epoch" || v.AsString() == "batch") {
			return nil
		}
		if v.Type() == cty.Number {
			if n := v.AsBigFloat(); n.IsInt() && n.Sign() > 0 {
				return nil
			}
		}
		return fmt.Errorf("\"epoch\", \"batch\" or a whole number of steps is wanted, got %s", schema.Show(v))
	}, schema.Default("epoch"))
	b.Int(&c.profileBatch, "profile_batch", "Not offered: dlrun time says where a step's time goes.", schema.Default(0))
	b.Int(&c.embeddingsFreq, "embeddings_freq", "Not offered.", schema.Default(0))
	c.embeddingsNames = cty.NilVal
	b.Value(&c.embeddingsNames, "embeddings_metadata", "Not offered.", nil, schema.Optional())
}

// Validate refuses what is not offered.
func (c *tensorBoard) Validate() error {
	switch {
	case c.dir == "":
		return schema.Atf("log_dir", "the name of a folder is wanted")
	case c.graph:
		return schema.Atf("write_graph", "the graph is not written; leave the argument out, and see dlrun graph")
	case c.profileBatch != 0:
		return schema.Atf("profile_batch", "profiles are not written; leave the argument out, and see dlrun time")
	case c.embeddingsFreq != 0:
		return schema.Atf("embeddings_freq", "embeddings are not written; leave the argument out")
	case c.embeddingsNames != cty.NilVal && !c.embeddingsNames.IsNull():
		return schema.Atf("embeddings_metadata", "embeddings are not written; leave the argument out")
	}
	return nil
}

// every is the number of steps between two whose numbers are written, or 0 for none.
func (c *tensorBoard) every() int64 {
	switch {
	case c.updateFreq == cty.NilVal || !c.updateFreq.IsKnown():
		return 0
	case c.updateFreq.Type() == cty.Number:
		n, _ := c.updateFreq.AsBigFloat().Int64()
		return n
	case c.updateFreq.AsString() == "batch":
		return 1
	}
	return 0
}

// file is that of a split, named without time and machine so that a run which is continued goes on writing it.
func (c *tensorBoard) file(split string) string {
	return filepath.ToSlash(filepath.Join(c.dir, split, "events.out.tfevents.dlrun.v2"))
}

// LogFiles are the event files.
func (c *tensorBoard) LogFiles() []string {
	files := []string{c.file("train")}
	if c.run != nil && slices.ContainsFunc(c.run.Reports, func(name string) bool { return strings.HasPrefix(name, "val_") }) {
		files = append(files, c.file("validation"))
	}
	return files
}

// TrainBegin begins the files, or goes on with those of the run that is continued.
func (c *tensorBoard) TrainBegin(r *Run) error {
	c.run, c.began, c.last, c.steps = r, r.Now(), r.Now(), 0
	if r.Resuming {
		return nil
	}
	for _, name := range c.LogFiles() {
		path := c.path(name)
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if err == nil {
			err = os.WriteFile(path, tfevents.Version(tfevents.At{Time: c.began}), 0o666)
		}
		if err != nil {
			return fmt.Errorf("tensorboard: %w", err)
		}
	}
	return nil
}

func (c *tensorBoard) path(name string) string {
	path := filepath.FromSlash(name)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.run.Dir, path)
}

// write adds records to a split's file.
func (c *tensorBoard) write(split string, records []byte) (Decision, error) {
	if len(records) == 0 {
		return Decision{}, nil
	}
	f, err := os.OpenFile(c.path(c.file(split)), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.Write(records)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return Decision{}, fmt.Errorf("tensorboard: %w", err)
	}
	return Decision{}, nil
}

// EpochBegin starts the clock.
func (c *tensorBoard) EpochBegin(Epoch) (Decision, error) {
	c.began, c.last, c.steps = c.run.Now(), c.run.Now(), 0
	return Decision{}, nil
}

// StepEnd writes the running means of the epoch.
func (c *tensorBoard) StepEnd(s Step) (Decision, error) {
	now := c.run.Now()
	took := now.Sub(c.last).Seconds()
	c.last = now
	c.steps++
	every := c.every()
	if every == 0 || s.Step%every != 0 {
		return Decision{}, nil
	}
	at := tfevents.At{Step: s.Step, Time: now}
	var out []byte
	if c.stepsPerSecond && took > 0 {
		out = append(out, tfevents.Scalar(at, "batch_steps_per_second", float32(1/took))...)
	}
	for _, l := range s.Logs {
		out = append(out, tfevents.Scalar(at, "batch_"+l.Name, float32(l.Value))...)
	}
	return c.write("train", out)
}

// EpochEnd writes the numbers of the epoch, and its weights when it is time.
func (c *tensorBoard) EpochEnd(e Epoch) (Decision, error) {
	now := c.run.Now()
	at, iterations := tfevents.At{Step: int64(e.Epoch), Time: now}, tfevents.At{Step: e.Step, Time: now}
	var train, validation, evaluation []byte
	for _, l := range e.Logs {
		if name, ok := strings.CutPrefix(l.Name, "val_"); ok {
			validation = append(validation, tfevents.Scalar(at, "epoch_"+name, float32(l.Value))...)
			evaluation = append(evaluation, tfevents.Scalar(iterations, "evaluation_"+name+"_vs_iterations", float32(l.Value))...)
		} else if l.Name != "learning_rate" {
			train = append(train, tfevents.Scalar(at, "epoch_"+l.Name, float32(l.Value))...)
		}
	}
	for _, l := range e.Rates {
		train = append(train, tfevents.Scalar(at, "epoch_"+l.Name, float32(l.Value))...)
	}
	if took := now.Sub(c.began).Seconds(); c.stepsPerSecond && took > 0 {
		train = append(train, tfevents.Scalar(at, "epoch_steps_per_second", float32(float64(c.steps)/took))...)
	}
	if c.histogramFreq > 0 && e.Epoch%c.histogramFreq == 0 {
		weights, err := e.Weights()
		if err != nil {
			return Decision{}, err
		}
		for _, w := range weights {
			name := strings.ReplaceAll(w.Path, ":", "_")
			train = append(train, tfevents.Histogram(at, name+"/histogram", w.Values)...)
			if !c.images {
				continue
			}
			picture, err := imagesOf(w, at, name+"/image")
			if err != nil {
				return Decision{}, fmt.Errorf("tensorboard: %s: %w", w.Path, err)
			}
			train = append(train, picture...)
		}
	}
	if _, err := c.write("train", train); err != nil {
		return Decision{}, err
	}
	return c.write("validation", append(evaluation, validation...))
}

// mostImages is how many images of a weight are written, as in TensorFlow.
const mostImages = 3

// imagesOf is a record of a weight as images, without its axes of size 1: of a vector one row, of a matrix
// one image that is wider than high, of three axes one image for each index of the last; nothing of others that are no images.
func imagesOf(w Weight, at tfevents.At, tag string) ([]byte, error) {
	var s []int
	for _, n := range w.Shape {
		if n != 1 {
			s = append(s, n)
		}
	}
	var count, height, width, channels int
	var index func(k, y, x, c int) int
	switch len(s) {
	case 1:
		count, height, width, channels = 1, s[0], 1, 1
		index = func(_, y, _, _ int) int { return y }
	case 2:
		count, height, width, channels = 1, s[0], s[1], 1
		index = func(_, y, x, _ int) int { return y*s[1] + x }
		if s[0] > s[1] {
			height, width = s[1], s[0]
			index = func(_, y, x, _ int) int { return x*s[1] + y }
		}
	case 3:
		count, height, width, channels = s[2], s[0], s[1], 1
		index = func(k, y, x, _ int) int { return (y*s[1]+x)*s[2] + k }
	case 4:
		count, height, width, channels = s[0], s[1], s[2], s[3]
		index = func(k, y, x, c int) int { return ((k*s[1]+y)*s[2]+x)*s[3] + c }
	}
	if channels != 1 && channels != 3 && channels != 4 || len(w.Values) == 0 {
		return nil, nil
	}
	var out [][]byte
	for k := range min(count, mostImages) {
		picture := image.NewNRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				p := [4]uint8{3: 255}
				for c := range channels {
					p[c] = tone(w.Values[index(k, y, x, c)])
				}
				if channels == 1 {
					p[1], p[2] = p[0], p[0]
				}
				picture.SetNRGBA(x, y, color.NRGBA{p[0], p[1], p[2], p[3]})
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, picture); err != nil {
			return nil, err
		}
		out = append(out, file.Bytes())
	}
	return tfevents.Images(at, tag, width, height, out), nil
}

// tone is a value from 0 to 1 as a byte.
func tone(v float32) uint8 {
	switch {
	case !(v > 0):
		return 0
	case v >= 1:
		return 255
	}
	return uint8(v * 255.5)
}
