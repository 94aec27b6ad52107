package callbacks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("model_checkpoint", func() Callback { return new(modelCheckpoint) })

// modelCheckpoint saves the model during training, after keras/src/callbacks/model_checkpoint.py.
type modelCheckpoint struct {
	watch
	frequency
	filepath    string
	verbose     int
	bestOnly    bool
	weightsOnly bool
	threshold   *float64

	name  *pattern
	state checkpointState
}

type checkpointState struct {
	Best *number `json:"best"`
	Seen int     `json:"seen"`
}

func (c *modelCheckpoint) Schema(b *schema.Block) {
	b.Doc("Saves the model during training, each time or when it is the best so far.", "keras.callbacks.ModelCheckpoint",
		"What is saved is a model.dlrun for predict and evaluate, or a safetensors file for initial_weights. To continue a run nothing of this is needed.")
	b.String(&c.filepath, "filepath", "The file, relative to the run directory. It may hold {epoch:02d} (from 1), {batch:04d} and the numbers that an epoch reports, as {val_loss:.2f}. By default checkpoints/model.dlrun, or .safetensors.", schema.Optional())
	c.watch.bind(b)
	b.Int(&c.verbose, "verbose", "1 says what is saved and why.", schema.Default(0))
	b.Bool(&c.bestOnly, "save_best_only", "Whether to save only when the monitored number has improved.", schema.Default(false))
	b.Bool(&c.weightsOnly, "save_weights_only", "Whether to save a safetensors file of the weights instead of the whole model.", schema.Default(false))
	c.frequency.bind(b)
	b.OptFloat(&c.threshold, "initial_value_threshold", "Value that must be improved on to be saved at all.")
}

// Validate checks the file's name.
func (c *modelCheckpoint) Validate() error {
	name, end := c.file(), ".dlrun"
	if c.weightsOnly {
		end = ".safetensors"
	}
	p, err := parsePattern(name)
	if err != nil {
		return schema.At("filepath", err)
	}
	if !strings.HasSuffix(name, end) || strings.HasSuffix(name, "/"+end) {
		what := "the whole model is saved"
		if c.weightsOnly {
			what = "weights alone are saved"
		}
		return schema.Atf("filepath", "%s, so the name must end in %s, got %q", what, end, name)
	}
	for _, f := range p.fields {
		if f.name == "batch" && c.steps() == 0 {
			return schema.Atf("filepath", "%s has a number only where save_freq is a number of steps", f.spec)
		}
	}
	c.name = p
	return nil
}

func (c *modelCheckpoint) file() string {
	switch {
	case c.filepath != "":
		return c.filepath
	case c.weightsOnly:
		return "checkpoints/model.safetensors"
	}
	return "checkpoints/model.dlrun"
}

// Monitored is the argument "monitor" where it decides.
func (c *modelCheckpoint) Monitored() string {
	if !c.bestOnly {
		return ""
	}
	return c.monitor
}

// TrainBegin checks that what the file's name asks for is reported.
func (c *modelCheckpoint) TrainBegin(r *Run) error {
	if err := c.watch.TrainBegin(r); err != nil {
		return err
	}
	if err := c.Validate(); err != nil { // also makes the pattern, where arguments were unknown before
		return err
	}
	reported := append(slices.Clone(r.Reports), "epoch", "batch", "learning_rate")
	for _, f := range c.name.fields {
		if !slices.Contains(reported, f.name) {
			return fmt.Errorf("model_checkpoint: nothing reports %q, which filepath asks for by %s.%s", f.name, f.spec, schema.Suggest(f.name, reported))
		}
		if strings.HasPrefix(f.name, "val_") && c.steps() > 0 {
			return fmt.Errorf("model_checkpoint: filepath asks for %s, which is known only at the end of an epoch, but save_freq is %d steps", f.spec, c.steps())
		}
	}
	if !r.Resuming && c.threshold != nil {
		best := number(*c.threshold)
		c.state.Best = &best
	}
	return nil
}

// StepEnd saves every so many steps.
func (c *modelCheckpoint) StepEnd(s Step) (Decision, error) {
	if !c.step() {
		return Decision{}, nil
	}
	return c.save(s.Epoch, s.Batch, s.Logs, s.Rate)
}

// EpochEnd saves where epochs are asked for.
func (c *modelCheckpoint) EpochEnd(e Epoch) (Decision, error) {
	if c.steps() > 0 {
		return Decision{}, nil
	}
	return c.save(e.Epoch, 0, e.Logs, e.Rate)
}

func (c *modelCheckpoint) save(epoch, batch int, logs Logs, rate float64) (Decision, error) {
	name, err := c.name.format(func(name string) (float64, bool) {
		switch name {
		case "epoch":
			return float64(epoch + 1), true
		case "batch":
			return float64(batch + 1), true
		}
		if v, ok := logs.Get(name); ok || name != "learning_rate" {
			return v, ok
		}
		return rate, true
	})
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Save: name, WeightsOnly: c.weightsOnly}
	note := fmt.Sprintf("Epoch %d: saving the model to %s.", epoch+1, name)
	// Where the number is not reported this time, Keras saves.
	if current, ok := logs.Get(c.monitor); ok && c.bestOnly {
		old := "None"
		if c.state.Best != nil {
			old = fmt.Sprintf("%.5f", float64(*c.state.Best))
		}
		if !c.better(current, c.state.Best) {
			d, note = Decision{}, fmt.Sprintf("Epoch %d: %s did not improve from %s.", epoch+1, c.monitor, old)
		} else {
			best := number(current)
			c.state.Best = &best
			note = fmt.Sprintf("Epoch %d: %s improved from %s to %.5f, saving the model to %s.", epoch+1, c.monitor, old, current, name)
		}
	}
	if c.verbose > 0 {
		d.Note = note
	}
	return d, nil
}

// State is the best value and the steps since the last save.
func (c *modelCheckpoint) State() (json.RawMessage, error) {
	c.state.Seen = c.seen
	return json.Marshal(c.state)
}

// Restore sets the state.
func (c *modelCheckpoint) Restore(state json.RawMessage) error {
	err := json.Unmarshal(state, &c.state)
	c.seen = c.state.Seen
	return err
}
